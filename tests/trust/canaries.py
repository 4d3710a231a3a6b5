"""T3: programs with known answers in every engine of this machine, and libraries loaded in either order."""

from __future__ import annotations

import subprocess
import sys

from models.solvers import canaries
from models.solvers.canaries import run_canaries
from tests.trust.tools import require

TITLE = "canaries of every engine; OR-Tools and PuLP loaded in either order"
ENGINES = ("native", "scip", "highs", "cp_sat", "glop", "pdlp", "cbc")
LIBRARIES = ("import pulp", "from ortools.math_opt.python import mathopt")
ORDERS = (LIBRARIES, LIBRARIES[::-1])


def count():
    return len(ENGINES) * len(canaries.canaries()) + len(ORDERS)


def check(number, tools):
    if number >= count() - len(ORDERS):
        words = "; ".join(ORDERS[number - count()])
        done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=120, check=False)
        require(done.returncode == 0, f"{words}: {done.returncode}, {done.stderr[-500:]}")
        return words
    engine, at = ENGINES[number // len(canaries.canaries())], number % len(canaries.canaries())
    finding = run_canaries(tools.engines[engine])[at]
    require(finding.is_right, f"{engine}, {finding.canary}: {finding.found}, expected {finding.expected}")
    return f"{engine} {tools.engines[engine].version}: {finding.canary}"
