"""A search in stages proves and finds what a single search does, and keeps its best plan when it is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.build import build
from models.outcome import SolveOptions, Status, Stop
from models.stages import solve_model
from planner.case import read_case
from tests.oracle.random_cases import random_case

FRONTIER = Path(__file__).parents[2] / "inputs" / "frontier-lab"


@pytest.fixture(scope="module")
def frontier():
    return build(read_case(FRONTIER).case)


@pytest.mark.parametrize("seed", range(12))
def test_stages_find_the_cost_of_a_single_search(engine, seed):
    model = build(random_case(seed, "small"))
    options = SolveOptions(gap=1e-9, time_limit_s=60.0)
    staged = solve_model(model, engine, options)
    single = engine.solve(model.program, options, code="scip")
    assert staged.status is Status.OPTIMAL
    assert staged.objective == pytest.approx(single.objective, rel=1e-7, abs=1e-7)
    assert staged.bound <= staged.objective + 1e-7


def test_progress_never_shows_a_plan_of_the_relaxed_stage_or_a_bound_of_the_fixed_one(engine, frontier):
    seen = []
    found = solve_model(frontier, engine, SolveOptions(gap=0.002, time_limit_s=120.0), on_progress=seen.append)
    assert found.status is Status.OPTIMAL
    plans = [progress.objective for progress in seen if progress.objective is not None]
    bounds = [progress.bound for progress in seen if progress.bound is not None]
    tolerance = 1e-6 * found.objective
    assert min(plans) >= found.bound - tolerance
    assert max(bounds) <= found.objective + tolerance
    assert plans == sorted(plans, reverse=True)
    assert bounds == sorted(bounds)


def test_a_search_that_is_stopped_after_a_plan_keeps_it(engine, frontier):
    plans = []

    def follow(progress):
        if progress.objective is not None:
            plans.append(progress.objective)

    found = solve_model(frontier, engine, SolveOptions(gap=1e-7), on_progress=follow, should_stop=lambda: bool(plans))
    assert found.status is Status.FEASIBLE
    assert found.stop is Stop.INTERRUPT
    assert found.has_solution
    assert found.objective <= plans[0] + 1e-6 * plans[0]


def test_a_case_without_a_plan_is_infeasible_in_stages_too(engine):
    from tests.models.test_diagnose import tight

    assert solve_model(build(tight()), engine, SolveOptions()).status is Status.INFEASIBLE
