"""T6: cases small enough to be enumerated, each combination of decisions priced in fractions."""

from __future__ import annotations

from tests.oracle.brute_force import brute_force
from tests.oracle.random_cases import random_case
from tests.oracle.random_shocks import disrupted_case
from tests.trust.tools import require, require_close

TITLE = "enumeration: every combination of decisions priced, half of the cases disrupted"
RELATIVE = 1e-9


def count():
    return 300


def case_of(number):
    seed = 1000 + number // 2
    return disrupted_case(seed, "tiny", backlogs=False) if number % 2 else random_case(seed, "tiny")


def check(number, tools):
    case = case_of(number)
    counted = brute_force(case)
    require(counted.objective is not None, "no combination is allowed")
    for solver in ("native", "highs"):
        found, _ = tools.optimal(case, solver)
        require_close(found.objective, counted.objective, f"{solver}, {case.settings.name}", RELATIVE)
    return f"{case.settings.name}: {counted.combinations} combinations"
