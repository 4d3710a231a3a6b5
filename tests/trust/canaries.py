"""T3: programs with known answers in every engine of this machine, and libraries loaded in either order."""

from __future__ import annotations

import subprocess
import sys

from models.solvers import self_tests
from models.solvers.self_tests import run_self_tests
from tests.trust.tools import require

TITLE = "self-tests of every engine; OR-Tools and PuLP loaded in either order"
ENGINES = ("native", "scip", "highs", "cp_sat", "glop", "pdlp", "cbc")
LIBRARIES = ("import pulp", "from ortools.math_opt.python import mathopt")
ORDERS = (LIBRARIES, LIBRARIES[::-1])


def count():
    return len(ENGINES) * len(self_tests.self_tests()) + len(ORDERS)


def check(number, tools):
    if number >= count() - len(ORDERS):
        words = "; ".join(ORDERS[number - count()])
        done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=120, check=False)
        require(done.returncode == 0, f"{words}: {done.returncode}, {done.stderr[-500:]}")
        return words
    engine, at = ENGINES[number // len(self_tests.self_tests())], number % len(self_tests.self_tests())
    finding = run_self_tests(tools.engines[engine])[at]
    require(finding.is_right, f"{engine}, {finding.test}: {finding.found}, expected {finding.expected}")
    return f"{engine} {tools.engines[engine].version}: {finding.test}"
