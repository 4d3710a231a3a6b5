"""T4: random cases in every solver; plans are made exact and checked before their costs are compared."""

from __future__ import annotations

from models.outcome import Status
from tests.oracle.random_cases import random_case
from tests.oracle.random_shocks import disrupted_case
from tests.trust.tools import RELATIVE, require

TITLE = "solvers compared: native, HiGHS, CBC, SCIP at gap 0, CP-SAT on every tenth case"
SOLVERS = ("native", "highs", "cbc", "scip")
TENTH = 10


def count():
    return 500


def case_of(number):
    return (disrupted_case if number % 2 else random_case)(20_000 + number)


def check(number, tools):
    case = case_of(number)
    found = {solver: tools.planned(case, solver, limit=30.0)[0] for solver in SOLVERS}
    if number % TENTH == 0:
        # It plans on a grid and proves nothing: its plan is checked, and may not be better than a bound. Where orders
        # have no bound it refuses, and says so.
        grid = tools.planned(case, "cp_sat", limit=3.0)[0]
        found |= {} if "needs bounds within" in grid.detail else {"cp_sat": grid}
    told = {solver: f"{one.status.value} {one.objective} {one.bound}" for solver, one in found.items()}
    none = [solver for solver, one in found.items() if one.status is Status.INFEASIBLE]
    plans = {solver: one for solver, one in found.items() if one.has_solution}
    require(not (none and plans), f"infeasible in {none}, not in all: {told}")
    if none:
        return f"infeasible in {len(none)} solvers"
    failed = [solver for solver, one in found.items() if one.status is Status.FAILED]
    require(not failed, f"failed in {failed}: {[found[solver].detail for solver in failed]}")
    costs = [one.objective for one in plans.values()]
    scale = RELATIVE * max(1.0, *map(abs, costs))
    bounds = [one.bound for one in found.values() if one.bound is not None]
    require(max(bounds) <= min(costs) + scale, f"a plan is better than a bound: {told}")
    proven = [one.objective for one in plans.values() if one.status is Status.OPTIMAL]
    spread = max(proven) - min(proven)
    require(spread <= scale, f"proven costs differ by {spread}: {told}")
    still = [solver for solver, one in found.items() if one.status is not Status.OPTIMAL and solver != "cp_sat"]
    return f"spread {spread / max(1.0, abs(costs[0])):.1e}" + (
        f"; no proof in time: {', '.join(still)}" if still else ""
    )
