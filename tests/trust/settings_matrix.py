"""T5: known answers under presolve on and off and three seeds.

The planner itself sets no presolve, so SCIP and HiGHS are asked through MathOpt; the native search and CBC are asked as
the planner asks them, with each seed.
"""

from __future__ import annotations

import datetime
import functools

from ortools.math_opt.python import mathopt

from models.build import build
from models.solvers.mathopt import model_of
from models.tree import branching
from tests.oracle.hand_cases import HAND_CASES
from tests.trust import published
from tests.trust.known_answers import EVEN, FARMS
from tests.trust.tools import require, require_close

TITLE = "settings: known answers × presolve on, off × seeds 1, 2, 3"
SETTINGS = tuple((presolve, seed) for presolve in (True, False) for seed in (1, 2, 3))
DIRECT = {"scip": mathopt.SolverType.GSCIP, "highs": mathopt.SolverType.HIGHS}
THROUGH_US = ("native", "cbc")


def tree_program(futures, chances):
    return build(futures[0], futures=futures, tree=branching(2, chances, (1,) * len(futures))).program


def electricity():
    futures = tuple(map(published.electricity, published.ELECTRICITY_DEMAND))
    return tree_program(futures, published.ELECTRICITY_CHANCES), published.ELECTRICITY_COST


BOOKS = {"electricity": electricity, "farmer": lambda: (tree_program(FARMS, EVEN), -108.390)}
NAMES = (*range(len(HAND_CASES)), *BOOKS)


@functools.lru_cache(maxsize=2)
def problem(name):
    """A program and its optimum."""
    if name in BOOKS:
        return BOOKS[name]()
    return build(HAND_CASES[name].case).program, HAND_CASES[name].expected


def count():
    return len(NAMES) * len(SETTINGS)


def check(number, tools):
    name, (presolve, seed) = NAMES[number // len(SETTINGS)], SETTINGS[number % len(SETTINGS)]
    program, expected = problem(name)
    told = f"problem {name}, presolve {'on' if presolve else 'off'}, seed {seed}"
    for solver, kind in DIRECT.items():
        parameters = mathopt.SolveParameters(
            presolve=mathopt.Emphasis.MEDIUM if presolve else mathopt.Emphasis.OFF,
            random_seed=seed,
            relative_gap_tolerance=0.0,
            time_limit=datetime.timedelta(seconds=60),
        )
        found = mathopt.solve(mathopt.Model.from_model_proto(model_of(program)), kind, params=parameters)
        reason = found.termination.reason
        require(reason is mathopt.TerminationReason.OPTIMAL, f"{told}, {solver}: {reason}")
        require_close(found.objective_value(), expected, f"{told}, {solver}")
    for solver in THROUGH_US if presolve else ():
        outcome = tools.outcome(program, solver, seed=seed)
        require(outcome.status.value == "optimal", f"{told}, {solver}: {outcome.status.value}, {outcome.detail}")
        require_close(outcome.objective, expected, f"{told}, {solver}")
    return told
