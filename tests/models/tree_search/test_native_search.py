"""The native search agrees with general codes, and every bound that it states is a proof."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import stages
from models.build import build
from models.outcome import SolveOptions, Status, Stop
from models.program import Program
from models.stages import guide_of, solve_model
from models.tree import branching
from models.tree_search.bound_propagation import propagated_bounds
from models.tree_search.branch_and_bound import BranchAndBound
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.infeasibility import elastic_program
from models.tree_search.lp_protocol import LpResult, LpStatus
from models.tree_search.search_state import SearchCallbacks, SearchState
from models.tree_search.strong_branching import StrongBranching
from planner.case import read_case
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[3] / "inputs"
CASES = ("tenth-of-google", "make-or-buy-2023", "mid-size", "frontier-lab")
OWN = "tree over GLOP"


@pytest.fixture(scope="module")
def models():
    return {name: build(read_case(INPUTS / name).case) for name in CASES}


def program(cost, rows, low, high, most, whole):
    matrix = np.array(rows, dtype=float)
    counts = (matrix != 0).sum(axis=1)
    return Program(
        objective=np.array(cost, dtype=float),
        constant=5.0,
        column_lower=np.zeros(len(cost)),
        column_upper=np.array(most, dtype=float),
        is_integer=np.array(whole, dtype=bool),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        columns=np.nonzero(matrix)[1].astype(np.int64),
        values=matrix[matrix != 0],
        row_lower=np.array(low, dtype=float),
        row_upper=np.array(high, dtype=float),
        column_names=(),
        row_names=(),
    )


@pytest.mark.parametrize(
    ("size", "first"), [("tiny", seed) for seed in range(0, 100, 20)] + [("small", 0), ("small", 10)]
)
def test_search_costs_what_two_general_codes_cost_at_gap_zero(engine, size, first):
    options, searched = SolveOptions(gap=0.0, time_limit_s=60.0), 0
    for seed in range(first, first + (20 if size == "tiny" else 10)):
        model = build(random_case(seed, size))
        found = solve_model(model, engine, options)
        single = [engine.solve(model.program, options, code=code) for code in ("scip", "highs")]
        scale = 1e-6 * max(1.0, abs(single[0].objective))
        assert found.status is Status.OPTIMAL, f"{size} {seed}: {found.status.value} {found.detail}"
        for other in single:
            assert found.objective == pytest.approx(other.objective, abs=scale), f"{size} {seed}"
            assert found.bound <= other.objective + scale, f"{size} {seed}: the bound lies above a plan"
        searched += OWN in found.detail
    assert searched > 0


@pytest.mark.parametrize("name", CASES)
def test_search_closes_the_gap_of_each_case_by_itself_and_twice_the_same_way(engine, models, name):
    outcomes = [solve_model(models[name], engine, SolveOptions(gap=0.001, time_limit_s=120.0)) for _ in range(2)]
    for found in outcomes:
        assert found.status is Status.OPTIMAL
        assert found.detail.startswith(OWN)
        assert ";" not in found.detail, "SCIP had to go on"
        assert found.bound >= found.objective * (1 - 0.001) - 1e-6
    np.testing.assert_array_equal(outcomes[0].solution, outcomes[1].solution)
    assert outcomes[0].bound == outcomes[1].bound


def test_plan_of_the_same_case_as_hint_is_the_first_plan_and_costs_no_linear_programs_more(engine, models):
    first = solve_model(models["mid-size"], engine, SolveOptions(gap=0.001))
    again = solve_model(models["mid-size"], engine, SolveOptions(gap=0.001, hint=first.solution))
    assert again.status is Status.OPTIMAL
    assert again.incumbents[0].objective == pytest.approx(first.objective, rel=1e-9)
    assert first.incumbents[0].objective > 1.0002 * first.objective, "sums_without a hint the first plan was no worse"
    assert programs_of(again) < programs_of(first)


def test_plan_of_a_neighbouring_case_as_hint_gives_a_plan_of_this_case(engine, models):
    other = models["mid-size"]
    hint = solve_model(other, engine, SolveOptions(gap=0.001)).solution
    case = read_case(INPUTS / "mid-size").case
    dearer = tuple(replace(row, unit_price_usd=1.03 * row.unit_price_usd) for row in case.prices)
    model = build(replace(case, prices=dearer))
    found = solve_model(model, engine, SolveOptions(gap=0.001, hint=hint))
    plain = solve_model(model, engine, SolveOptions(gap=0.001))
    assert found.status is Status.OPTIMAL
    assert found.bound <= plain.objective + 1e-6
    assert plain.bound <= found.objective + 1e-6


def test_hint_that_breaks_the_rows_or_is_unknown_does_no_harm(engine, models):
    model = models["frontier-lab"]
    most = np.where(model.program.is_integer, model.program.column_upper, np.nan)
    found = solve_model(model, engine, SolveOptions(gap=0.001, hint=most))
    plain = solve_model(model, engine, SolveOptions(gap=0.001))
    assert found.status is Status.OPTIMAL
    assert found.bound <= plain.objective + 1e-6
    assert plain.bound <= found.objective + 1e-6


def test_search_that_uses_up_its_linear_programs_goes_on_with_scip(engine, models, monkeypatch):
    monkeypatch.setattr(stages, "LP_LIMIT", 20)
    seen = []
    model = models["make-or-buy-2023"]
    found = solve_model(model, engine, SolveOptions(gap=0.01), on_progress=seen.append)
    assert found.status is Status.OPTIMAL
    assert found.detail.startswith(OWN)
    assert found.objective <= found.bound * 1.0101
    plans = [progress.objective for progress in seen if progress.objective is not None]
    assert plans == sorted(plans, reverse=True)


def test_another_solver_by_name_is_left_alone(engine, models):
    found = solve_model(models["mid-size"], engine, SolveOptions(solver="highs", gap=0.05))
    assert found.solver == "highs"
    assert OWN not in found.detail


def test_time_limit_ends_the_search_with_its_bound(engine):
    quarterly = build(read_case(INPUTS / "frontier-lab-quarterly").case)
    found = solve_model(quarterly, engine, SolveOptions(gap=1e-9, time_limit_s=4.0))
    assert found.status in {Status.FEASIBLE, Status.NOTHING_FOUND}
    assert found.stop is Stop.TIME
    assert found.seconds["solve"] < 8.0


def test_any_duals_prove_no_more_than_the_optimum(engine):
    random = np.random.default_rng(11)
    for seed in range(30):
        model = build(random_case(seed, "tiny"))
        relaxed = engine.solve(model.program, SolveOptions(relax=True), code="glop")
        best = engine.solve(model.program, SolveOptions(gap=0.0)).objective
        proofs = DualBounds(model.program)
        lower, upper = model.program.column_lower, model.program.column_upper
        exact = proofs.bound(relaxed.row_duals, lower, upper)
        assert relaxed.objective - 1e-6 * max(1.0, abs(relaxed.objective)) <= exact <= best + 1e-9 * max(1.0, abs(best))
        for spread in (1e-9, 1e-3, 1.0):
            wrong = relaxed.row_duals * (1 + spread * random.standard_normal(model.program.row_count))
            assert proofs.bound(wrong, lower, upper) <= best + 1e-9 * max(1.0, abs(best))


def test_bounds_that_follow_from_rows_cut_off_no_best_plan(engine):
    for seed in range(40):
        model = build(random_case(seed, "tiny"))
        lower, upper = propagated_bounds(model.program)
        inside = replace(model.program, column_lower=lower, column_upper=upper)
        best = engine.solve(model.program, SolveOptions(gap=0.0)).objective
        assert engine.solve(inside, SolveOptions(gap=0.0)).objective == pytest.approx(best, rel=1e-6, abs=1e-6)


def test_reach_by_hand():
    """2x + 3y ≤ 12 with x, y ≥ 0: x ≤ 6 and y ≤ 4; z costs 1 and is only asked for: z ≥ x − 2, so z ≤ 4."""
    asked = program(
        [-1, -1, 1], [[2, 3, 0], [1, 0, -1]], [-np.inf, -np.inf], [12, 2], [np.inf] * 3, [False, True, False]
    )
    lower, upper = propagated_bounds(asked)
    np.testing.assert_allclose(lower, [0, 0, 0])
    np.testing.assert_allclose(upper, [6, 4, 4], rtol=1e-8)


def test_contradiction_is_proven_by_a_ray_and_by_nothing_else(engine):
    """x + y ≥ 3 with x, y ≤ 1 is short by 1, and the ray (1) says so; x + y ≥ 2 can be kept."""
    short = program([1, 1], [[1, 1]], [3], [np.inf], [1, 1], [False, False])
    least = engine.solve(elastic_program(short), SolveOptions(), code="glop")
    assert least.objective == pytest.approx(1.0)
    proofs = DualBounds(replace(short, column_upper=np.array([9.0, 9.0])))
    assert proofs.proves_infeasible(least.row_duals, np.zeros(2), np.ones(2))
    assert not proofs.proves_infeasible(least.row_duals, np.zeros(2), np.array([1.0, 2.0]))
    assert not proofs.proves_infeasible(np.zeros(1), np.zeros(2), np.ones(2))


def test_sums_and_running_totals_change_no_cost(engine, models):
    model = models["frontier-lab"]
    formulation = extended_formulation(model.program, guide_of(model))
    added = formulation.program.column_count - model.program.column_count
    assert added > 0
    plain = engine.solve(model.program, SolveOptions(relax=True), code="glop").objective
    extended = engine.solve(formulation.program, SolveOptions(relax=True), code="glop").objective
    assert plain - 1e-6 * plain <= extended <= plain * 1.01
    found = solve_model(model, engine, SolveOptions(gap=0.001)).solution
    totals = formulation.program.row_activity(np.concatenate([found, np.zeros(added)]))
    assert totals.shape == (formulation.program.row_count,)


def programs_of(outcome):
    """How many linear programs the search took, from its words."""
    return int(outcome.detail.split("nodes, ")[1].split(" linear")[0])


@pytest.mark.parametrize("aversion", [0.0, 0.4])
def test_search_agrees_with_scip_where_the_future_branches(engine, aversion):
    case = read_case(INPUTS / "make-or-buy-2023").case
    case = replace(case, settings=replace(case.settings, risk_aversion=aversion, risk_level=0.5))
    years = case.settings.periods + case.settings.lookahead_periods
    start = int(case.settings.start[:4])
    more = tuple(
        replace(row, queries_per_day_million=1.3 * row.queries_per_day_million)
        if int(row.period[:4]) >= start + 3
        else row
        for row in case.demand
    )
    tree = branching(years, (0.6, 0.4), (3, 3))
    model = build(case, futures=(case, replace(case, demand=more)), tree=tree)
    found = solve_model(model, engine, SolveOptions(gap=0.005, time_limit_s=120.0))
    single = engine.solve(model.program, SolveOptions(gap=0.005, time_limit_s=120.0), code="scip")
    assert found.status is Status.OPTIMAL
    assert OWN in found.detail
    scale = 1e-6 * abs(single.objective)
    assert found.bound <= single.objective + scale
    assert single.bound <= found.objective + scale


def test_part_of_the_tree_that_is_narrowed_keeps_every_plan_worth_having(engine):
    """The best plan is put outside by nothing: with its cost a hair above, the narrowed bounds still hold it."""
    narrowed = 0
    for seed in range(60):
        model = build(random_case(seed, "tiny"))
        best = engine.solve(model.program, SolveOptions(gap=0.0))
        if best.solution is None or not model.program.is_integer.any():
            continue
        formulation = extended_formulation(model.program, guide_of(model))
        relaxation = Solved(engine, formulation.program)
        ignore = SearchCallbacks(lambda *_: None, lambda *_: None, lambda: None)
        state = SearchState(formulation, relaxation, lambda *_: None, ignore, 0.0)
        state.incumbent_cost = best.objective + 1e-6 * max(1.0, abs(best.objective))
        tree = BranchAndBound(state, StrongBranching(state))
        tree.solve_root()
        node = tree.queue.best
        if node is None:
            continue
        low, high = node.lower, node.upper
        tree.rule._fix_by_reduced_cost(node, tree.queue)
        narrowed += int((node.lower > low).sum() + (node.upper < high).sum())
        own = formulation.integers[formulation.is_original]
        values = np.rint(best.solution[own])
        assert (values >= node.lower[formulation.is_original]).all(), seed
        assert (values <= node.upper[formulation.is_original]).all(), seed
    assert narrowed > 20


class Solved:
    """A relaxation by a general code."""

    def __init__(self, engine, program):
        self._engine, self._program = engine, program

    def saved_basis(self):
        return None

    def restore_basis(self, mark):
        assert mark is None

    def solve(self, lower, upper, cutoff=np.inf, accuracy=None):
        found = self._engine.solve(
            replace(self._program, column_lower=lower, column_upper=upper), SolveOptions(relax=True), code="glop"
        )
        return LpResult(LpStatus.OPTIMAL, found.solution, found.row_duals, 1)
