"""A disruption that is known in advance never makes the best plan cheaper: no order is a free option."""

from __future__ import annotations

import random

import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.solvers.child import Engine
from planner.studies.future_recipes import known_in_advance
from tests.models.test_monotone import less_supply
from tests.oracle.random_cases import random_case

TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def solve():
    with Engine.start("scip") as engine:

        def run(case):
            return engine.solve(build(case).program, SolveOptions(gap=0.0, time_limit_s=20.0), code="scip")

        yield run


def test_a_supply_cut_that_is_known_never_makes_the_plan_cheaper(solve):
    dearer = 0
    for seed in range(24):
        case = random_case(seed)
        undisturbed = solve(case)
        cut = solve(known_in_advance(less_supply(random.Random(seed), case)[-1])[0])
        if cut.status is Status.INFEASIBLE:
            dearer += 1
            continue
        assert cut.objective >= undisturbed.bound - TOLERANCE * max(1.0, abs(undisturbed.objective)), seed
        dearer += cut.bound > undisturbed.objective + 1e-3
    assert dearer >= 4
