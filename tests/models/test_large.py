"""The search by parts for large models: its bounds hold for the whole model, its plans keep every row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import stages
from models.build import build
from models.outcome import SolveOptions, Status, Stop
from models.program import Program
from models.solvers.plain import greatest_violation
from models.solvers.search.large_core import chains_of, core_of
from models.stages import large_guide_of, solve_model
from planner.case import read_case
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[2] / "inputs"
PARTS = "own search by parts"


@pytest.fixture
def all_large(monkeypatch):
    monkeypatch.setattr(stages, "SMALL", 0)
    monkeypatch.setattr(stages, "LARGE", 0)


@pytest.fixture(scope="module")
def quarterly():
    return build(read_case(INPUTS / "frontier-lab-quarterly").case)


def stocks():
    """Buy x, own s0 = x, s1 ≤ 0.5 s0, s2 ≤ 0.5 s1; selling early brings nothing, s2 is worth 8."""
    rows = np.array([[-1.0, 1, 0, 0], [0, -0.5, 1, 0], [0, 0, -0.5, 1]])
    return Program(
        objective=np.array([1.0, 0.0, 0.0, -8.0]),
        constant=0.0,
        column_lower=np.zeros(4),
        column_upper=np.array([3.0, np.inf, np.inf, np.inf]),
        is_integer=np.array([True, False, False, False]),
        starts=np.array([0, 2, 4, 6]),
        columns=np.nonzero(rows)[1].astype(np.int64),
        values=rows[rows != 0],
        row_lower=np.array([0.0, -np.inf, -np.inf]),
        row_upper=np.zeros(3),
        column_names=(),
        row_names=(),
    )


def test_tied_stocks_by_hand():
    """Both later stocks tied to s0: the core has x and s0, and s0 is worth 0.25 · 8 = 2."""
    whole = stocks()
    chains = chains_of(whole, np.arange(3))
    np.testing.assert_array_equal(chains.row, [1, 2])
    np.testing.assert_allclose(chains.share, [0.5, 0.5])
    core = core_of(whole, chains, np.array([True, True]), np.zeros(4, dtype=bool))
    np.testing.assert_array_equal(core.kept, [0, 1])
    np.testing.assert_array_equal(core.rows, [0])
    np.testing.assert_allclose(core.program.objective, [1.0, -2.0])
    np.testing.assert_allclose(core.lifted(np.array([2.0, 2.0])), [2.0, 2.0, 1.0, 0.5])
    np.testing.assert_allclose(core.lowered(np.array([2.0, 2.0, 1.0, 0.5])), [2.0, 2.0])


def test_column_held_at_nought_takes_those_tied_to_it_along():
    whole = stocks()
    core = core_of(whole, chains_of(whole, np.arange(3)), np.array([True, True]), np.arange(4) == 1)
    np.testing.assert_array_equal(core.kept, [0])
    np.testing.assert_allclose(core.lifted(np.array([0.0])), np.zeros(4))


def test_plans_of_the_core_are_plans_of_the_whole(engine, quarterly):
    program, guide = quarterly.program, large_guide_of(quarterly)
    chains = chains_of(program, guide.chains)
    tied = ~guide.may_end[chains.later]
    core = core_of(program, chains, tied, np.zeros(program.column_count, dtype=bool))
    assert core.program.column_count < 0.7 * program.column_count
    small = engine.solve(core.program, SolveOptions(relax=True), code="glop")
    lifted = core.lifted(small.solution)
    assert greatest_violation(program, lifted) < 1e-6
    assert program.objective_of(lifted) == pytest.approx(small.objective, rel=1e-9)
    whole = engine.solve(program, SolveOptions(relax=True), code="glop")
    assert whole.objective <= small.objective + 1e-6 * abs(small.objective)


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("seed", range(10))
def test_large_search_with_scip_after_it_costs_what_scip_costs(engine, seed):
    model = build(random_case(seed, "small"))
    options = SolveOptions(gap=1e-6, time_limit_s=60.0)
    found = solve_model(model, engine, options)
    single = engine.solve(model.program, options, code="scip")
    scale = 1e-5 * max(1.0, abs(single.objective))
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(single.objective, abs=scale)
    assert found.bound <= single.objective + scale


@pytest.mark.usefixtures("all_large")
def test_large_search_closes_four_percent_of_the_quarterly_case_by_itself_and_twice_the_same_way(engine, quarterly):
    seen = []
    options = SolveOptions(gap=0.04)
    outcomes = [solve_model(quarterly, engine, options, on_progress=seen.append) for _ in range(2)]
    for found in outcomes:
        assert found.status is Status.OPTIMAL
        assert found.detail.startswith(PARTS)
        assert ";" not in found.detail, "SCIP had to go on"
        assert found.bound >= found.objective * (1 - 0.04) - 1e-6
        assert greatest_violation(quarterly.program, found.solution) < 1e-5
    np.testing.assert_array_equal(outcomes[0].solution, outcomes[1].solution)
    bounds = [progress.bound for progress in seen if progress.bound is not None]
    assert max(bounds) <= min(found.objective for found in outcomes)


@pytest.mark.usefixtures("all_large")
def test_plan_as_hint_is_never_made_worse(engine, quarterly):
    first = solve_model(quarterly, engine, SolveOptions(gap=0.04))
    again = solve_model(quarterly, engine, SolveOptions(gap=0.04, hint=first.solution))
    assert again.incumbents[0].objective <= first.objective * (1 + 1e-6)


@pytest.mark.usefixtures("all_large")
def test_time_limit_ends_the_large_search_with_its_bound(engine, quarterly):
    found = solve_model(quarterly, engine, SolveOptions(gap=1e-9, time_limit_s=6.0))
    assert found.status in {Status.FEASIBLE, Status.NOTHING_FOUND}
    assert found.stop is Stop.TIME
    assert found.seconds["solve"] < 11.0


@pytest.mark.usefixtures("all_large")
def test_large_search_that_is_stopped_has_ended(engine, quarterly):
    found = solve_model(quarterly, engine, SolveOptions(gap=1e-9), should_stop=lambda: True)
    assert found.stop is Stop.INTERRUPT
    assert not found.has_solution


@pytest.mark.usefixtures("all_large")
def test_large_case_without_a_plan_is_infeasible(engine):
    from tests.models.test_diagnose import tight

    assert solve_model(build(tight()), engine, SolveOptions()).status is Status.INFEASIBLE
