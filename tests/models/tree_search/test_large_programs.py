"""The search by parts for large models: its bounds hold for the whole model, its plans keep every row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import stages
from models.build import build
from models.outcome import SolveOptions, Status, Stop
from models.program import Program
from models.solvers.mathopt import model_of
from models.solvers.mathopt_rebased import RebasedProgram, interior_basis
from models.solvers.plain import greatest_violation
from models.stages import large_guide_of, solve_model
from models.tree_search.column_aggregation import aggregate
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.large_reduced_lp import LargeReducedLp
from models.tree_search.lp_protocol import Accuracy, LpResult, LpStatus
from models.tree_search.sos1_branching import StrategySets
from models.tree_search.stock_chains import chain_rows
from planner.case import read_case
from tests.models.tree_search.programs import outcome_of, too_dear
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[3] / "inputs"
PARTS = "search by parts over GLOP"


@pytest.fixture
def all_large(monkeypatch):
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
    np.testing.assert_array_equal(chain_rows(whole, np.arange(3)).row, [0, 1, 2])
    above = replace(whole, column_lower=np.where(np.arange(whole.column_count) == 0, 0.5, 0.0))
    np.testing.assert_array_equal(chain_rows(above, np.arange(3)).row, [1, 2])
    chains = chain_rows(whole, np.arange(1, 3))
    np.testing.assert_array_equal(chains.row, [1, 2])
    np.testing.assert_allclose(chains.share, [0.5, 0.5])
    core = aggregate(whole, chains, np.array([True, True]))
    np.testing.assert_array_equal(core.kept, [0, 1])
    np.testing.assert_array_equal(core.rows, [0])
    np.testing.assert_allclose(core.program.objective, [1.0, -2.0])
    np.testing.assert_allclose(core.postsolve_values(np.array([2.0, 2.0])), [2.0, 2.0, 1.0, 0.5])


def test_plans_of_the_core_are_plans_of_the_whole(engine, quarterly):
    program, guide = quarterly.program, large_guide_of(quarterly)
    chains = chain_rows(program, guide.stock_rows)
    tied = ~guide.never_aggregated[chains.later]
    core = aggregate(program, chains, tied)
    assert core.program.column_count < 0.7 * program.column_count
    small = engine.solve(core.program, SolveOptions(relax=True), code="glop")
    lifted = core.postsolve_values(small.solution)
    assert greatest_violation(program, lifted) < 1e-6
    assert program.objective_of(lifted) == pytest.approx(small.objective, rel=1e-9)
    whole = engine.solve(program, SolveOptions(relax=True), code="glop")
    assert whole.objective <= small.objective + 1e-6 * abs(small.objective)


class ByEngine:
    """Linear programs through an engine, without any memory."""

    def __init__(self, engine, program):
        self._engine, self._program = engine, program

    def saved_basis(self):
        return None

    def restore_basis(self, mark):
        raise AssertionError

    def solve(self, lower, upper, cutoff=np.inf, accuracy=Accuracy.DUAL_BOUND):
        program = replace(self._program, column_lower=lower, column_upper=upper)
        found = self._engine.solve(program, SolveOptions(relax=True), code="glop")
        if found.status is Status.INFEASIBLE:
            return LpResult(LpStatus.INFEASIBLE)
        return LpResult(LpStatus.OPTIMAL, found.solution, found.row_duals)


def fleets(seed, vintages=4, periods=7, kinds=2):
    """Vintages of some kinds that fail and may be sold, against work that is asked for by period; and the chain rows.

    Columns: bought[k, v], then stock[k, v, t] of t ≥ v, then work[k, t] and unmet[t].
    """
    draw = np.random.default_rng(seed)
    cost, lines, low, high, chains, number = [], [], [], [], [], {}

    def column(key, price):
        number[key] = len(cost)
        cost.append(price)
        return number[key]

    def row(terms, least, most):
        lines.append(terms)
        low.append(least)
        high.append(most)

    resale = draw.uniform(0.0, 3.0, (kinds, vintages, periods))
    for k in range(kinds):
        for v in range(vintages):
            row([(column(("bought", k, v), draw.uniform(3.0, 6.0)), 1.0)], -np.inf, 8.0)
            for t in range(v, periods):
                # What is sold brings its resale value, so that holding on costs what it would have brought.
                held = resale[k, v, t] - (0.9 * resale[k, v, t + 1] if t + 1 < periods else 0.0)
                later = column(("stock", k, v, t), held + 0.1)
                before, share = (("bought", k, v), 1.0) if t == v else (("stock", k, v, t - 1), 0.9)
                if t > v:
                    chains.append(len(lines))
                row([(number[before], -share), (later, 1.0)], 0.0 if t == v else -np.inf, 0.0)
    for t in range(periods):
        unmet = column(("unmet", t), 20.0)
        works = [(column(("work", k, t), 0.2), draw.uniform(0.5, 2.0)) for k in range(kinds)]
        asked = draw.uniform(0.0, 12.0)
        row([(unmet, 1.0), *((work, 1.0) for work, _ in works)], asked, asked)
        for k, (work, rate) in enumerate(works):
            owned = [(number["stock", k, v, t], -rate) for v in range(vintages) if t >= v]
            row([*owned, (work, 1.0)], -np.inf, 0.0)
    lines = [sorted(line) for line in lines]
    count = len(cost)
    whole = Program(
        objective=np.array(cost),
        constant=3.0,
        column_lower=np.zeros(count),
        column_upper=np.full(count, np.inf),
        is_integer=np.zeros(count, dtype=bool),
        starts=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        columns=np.array([at for line in lines for at, _ in line], dtype=np.int64),
        values=np.array([value for line in lines for _, value in line]),
        row_lower=np.array(low),
        row_upper=np.array(high),
        column_names=(),
        row_names=(),
    )
    return whole, np.array(chains)


def priced(engine, program, chains, tolerance):
    proofs = DualBounds(program)
    nothing = np.zeros(program.column_count, dtype=bool)
    return proofs, LargeReducedLp(program, proofs, chains, nothing, lambda part: ByEngine(engine, part), tolerance)


def test_bound_by_prices_holds_while_ties_are_wrong_and_meets_the_optimum_once_they_are_not(engine):
    wrong = 0
    for seed in range(12):
        program, chains = fleets(seed)
        best = engine.solve(program, SolveOptions(relax=True), code="glop").objective
        scale = 1e-6 * max(1.0, abs(best))
        # Everything is tolerated: the first answer is taken, whatever its ties cost.
        proofs, loose = priced(engine, program, chains, np.inf)
        first = loose.solve(program.column_lower, program.column_upper)
        bound = proofs.bound(first.duals, program.column_lower, program.column_upper)
        assert loose.rebuild_count == 1
        assert bound <= best + scale, f"{seed}: the bound lies above the optimum"
        assert program.objective_of(first.values) >= best - scale
        assert greatest_violation(program, first.values) < 1e-7
        wrong += program.objective_of(first.values) > best + scale
        proofs, exact = priced(engine, program, chains, 1e-8)
        last = exact.solve(program.column_lower, program.column_upper)
        assert program.objective_of(last.values) == pytest.approx(best, abs=scale)
        assert proofs.bound(last.duals, program.column_lower, program.column_upper) == pytest.approx(best, abs=scale)
        assert last.proven <= best + scale
        assert exact.aggregated.any(), f"{seed}: all stocks were untied"
    assert wrong > 6, "ties cost nothing: these cases test little"


def test_prices_of_ties_are_what_makes_the_bound(engine):
    """Without duals for the tied rows the core's own duals prove far less, or nothing."""
    program, chains = fleets(1)
    proofs, relaxation = priced(engine, program, chains, np.inf)
    duals = relaxation.solve(program.column_lower, program.column_upper).duals
    bare = duals.copy()
    bare[chains] = 0.0
    at = program.column_lower, program.column_upper
    assert proofs.bound(bare, *at) < proofs.bound(duals, *at) - 1.0


def test_program_that_breaks_once_is_solved_again_from_nothing(engine):
    program, chains = fleets(2)
    built, breaking = [], set()

    class Fragile(ByEngine):
        def solve(self, lower, upper, cutoff=np.inf, accuracy=Accuracy.DUAL_BOUND):
            return (
                LpResult(LpStatus.FAILED) if len(built) in breaking else super().solve(lower, upper, cutoff, accuracy)
            )

    def lp_of(part):
        built.append(part)
        return Fragile(engine, part)

    best = engine.solve(program, SolveOptions(relax=True), code="glop").objective
    at = program.column_lower, program.column_upper
    for broken, verdict in (({1}, LpStatus.OPTIMAL), ({1, 2}, LpStatus.FAILED)):
        built.clear()
        breaking.clear()
        breaking.update(broken)
        nothing = np.zeros(program.column_count, dtype=bool)
        answer = LargeReducedLp(program, DualBounds(program), chains, nothing, lp_of, 1e-8).solve(*at)
        assert answer.status is verdict
        if verdict is LpStatus.OPTIMAL:
            assert program.objective_of(answer.values) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("has_first", [True, False])
def test_untied_programs_begin_with_the_basis_of_the_tied_ones_and_cost_what_they_should(engine, has_first):
    rebuild_count = 0
    for seed in range(6):
        program, chains = fleets(seed, vintages=8, periods=16)
        best = engine.solve(program, SolveOptions(relax=True), code="glop").objective
        asked = []

        def first_basis(model, asked=asked):
            asked.append(model)
            return interior_basis(model, 60.0) if has_first else None

        def lp_of(part, first_basis=first_basis):
            return RebasedProgram(
                model_of(part), part, seconds_left=lambda: None, interrupter=None, first_basis=first_basis
            )

        proofs = DualBounds(program)
        nothing = np.zeros(program.column_count, dtype=bool)
        relaxation = LargeReducedLp(program, proofs, chains, nothing, lp_of, 1e-9)
        at = program.column_lower, program.column_upper
        answer = relaxation.solve(*at)
        scale = 1e-6 * abs(best)
        assert program.objective_of(answer.values) == pytest.approx(best, abs=scale)
        assert proofs.bound(answer.duals, *at) == pytest.approx(best, abs=scale)
        assert len(asked) == 1, "a program was solved from nothing that had a basis"
        mark, steps = relaxation.saved_basis(), answer.iterations
        fewer = np.where(np.arange(program.column_count) == 0, 0.0, program.column_upper)
        other = relaxation.solve(at[0], fewer)
        assert proofs.bound(other.duals, at[0], fewer) >= best - scale
        relaxation.restore_basis(mark)
        again = relaxation.solve(*at)
        assert program.objective_of(again.values) == pytest.approx(best, abs=scale)
        assert again.iterations <= steps
        rebuild_count += relaxation.rebuild_count
    assert rebuild_count > 6, "nothing was untied"


def with_row(program, column, most):
    """The program with `column ≤ most` as a row."""
    return replace(
        program,
        starts=np.append(program.starts, program.starts[-1] + 1),
        columns=np.append(program.columns, column),
        values=np.append(program.values, 1.0),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most),
    )


def test_what_only_ties_make_empty_is_untied_and_answered(engine):
    """One must buy a unit, and at the end not own more than a tenth of one: the rest is sold."""
    program = with_row(stocks(), 3, 0.1)
    _, relaxation = priced(engine, program, np.array([1, 2]), 1e-8)
    lower = np.array([1.0, 0.0, 0.0, 0.0])
    answer = relaxation.solve(lower, program.column_upper)
    assert answer.status is LpStatus.OPTIMAL
    assert relaxation.rebuild_count > 1
    assert program.objective_of(answer.values) == pytest.approx(1.0 - 0.1 * 8.0)


def test_what_the_rows_make_empty_is_proven_though_stocks_are_tied(engine):
    """Half a unit less than one must be owned at the start, of the one or more that are bought."""
    program = with_row(stocks(), 1, 0.5)
    proofs, relaxation = priced(engine, program, np.array([1, 2]), 1e-8)
    at = np.array([1.0, 0.0, 0.0, 0.0]), program.column_upper
    assert relaxation.solve(*at).status is LpStatus.INFEASIBLE
    assert proofs.proves_infeasible(relaxation.farkas_ray(*at), *at)
    assert relaxation.aggregated.all()


def test_sides_of_a_strategy_hold_every_whole_plan_and_not_the_relaxed_one(quarterly):
    guide = large_guide_of(quarterly)
    formulation = extended_formulation(quarterly.program, guide)
    sets = StrategySets(formulation, guide.sos1_rows)
    program, integers = quarterly.program, formulation.integers
    columns = max((program.columns[program.starts[row] : program.starts[row + 1]] for row in guide.sos1_rows), key=len)
    group = np.searchsorted(integers, columns)
    values = np.zeros(len(integers))
    values[group[3]], values[group[8]] = 0.3, 0.7
    sides = sets.sides(formulation.lower[integers], formulation.upper[integers], values)
    assert len(sides) == 2
    for lower, upper in sides:
        assert (values > upper).any() or (values < lower).any(), "the relaxed point is still there"
    for column in group:
        whole = np.zeros(len(integers))
        whole[column] = 1.0
        allowed = [((whole[group] >= lower[group]) & (whole[group] <= upper[group])).all() for lower, upper in sides]
        assert any(allowed), f"column {column} is lost"


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
    assert greatest_violation(quarterly.program, found.solution) < 1e-5


@pytest.mark.usefixtures("all_large")
def test_large_case_without_a_plan_is_infeasible(engine):
    from tests.models.test_diagnose import tight

    assert solve_model(build(tight()), engine, SolveOptions()).status is Status.INFEASIBLE


def test_large_search_proves_by_itself_that_there_is_no_plan(engine):
    """The relaxed program costs more than its row allows: a ray of the aggregated program proves it of the whole."""
    outcome = outcome_of(engine, too_dear(6, "small", 1.0, large=True))
    assert outcome.status is Status.INFEASIBLE
    assert outcome.detail.startswith(PARTS)
