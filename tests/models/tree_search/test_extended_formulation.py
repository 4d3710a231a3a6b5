"""What the search adds to a program cuts off no plan, and moved modules never cost more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.program import Program, relaxed
from models.solvers.mathopt import model_of
from models.solvers.plain import greatest_violation
from models.solvers.warm import WarmProgram
from models.stages import guide_of
from models.tables.site_rows import Expansion
from models.tree import branching
from models.tree_search import extended_formulation as extended_formulation_module
from models.tree_search.branching_guide import NO_PREDECESSOR, NO_SERIES, BranchingGuide, Priority
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.local_search import MIN_SAVING, move_capacity
from models.tree_search.search_state import LpPoint, SearchCallbacks, SearchState, ignore, no_farkas_ray
from planner.case import read_case
from tests.models.tiny import add, rich_case
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[3] / "inputs"
EXACT = SolveOptions(gap=0.0, time_limit_s=60.0)
SEEDS = range(20)


def expanded(seed):
    """A small random case with two expansions more, of which the later one starts late."""
    case, random = random_case(seed, "small"), np.random.default_rng(seed)
    halls = [
        Expansion(
            expansion=f"hall{number}",
            site=case.sites[0].site,
            module_mw=float(random.uniform(0.01, 0.1)),
            cost_musd_per_module=float(random.uniform(0.05, 0.3)),
            max_modules=int(random.integers(1, 4)),
            lead_time_months=float(random.choice([0.0, 6.0])),
            life_years=10.0,
        )
        for number in range(2)
    ]
    tight = replace(case.sites[0], power_mw=0.02)
    return replace(add(case, expansions=halls), sites=(tight, *case.sites[1:]))


def form_and_program(case):
    model = build(case)
    return extended_formulation(model.program, guide_of(model)), model.program


def definitions(formulation):
    """By added column the row that says what it is, and the columns that it sums."""
    part = formulation.program
    row_of, found = part.row_of_entries(), {}
    for column in range(formulation.original_count, part.column_count):
        entries = np.flatnonzero((part.columns == column) & (part.values == -1.0))
        rows = [row for row in row_of[entries] if part.row_lower[row] == part.row_upper[row] == 0.0]
        assert len(rows) == 1, f"column {column} is not said to be anything"
        terms = slice(part.starts[rows[0]], part.starts[rows[0] + 1])
        others = part.columns[terms][part.columns[terms] != column]
        assert (np.delete(part.values[terms], part.columns[terms] == column) > 0).all()
        found[column] = others.tolist()
    return found


def extended(formulation, solution):
    """The solution with what the added columns are then."""
    values = np.concatenate([solution, np.zeros(formulation.program.column_count - formulation.original_count)])
    for column, parts in definitions(formulation).items():
        values[column] = values[parts].sum()
    return values


def test_every_whole_solution_has_whole_values_of_the_added_columns(engine, monkeypatch):
    """Solutions of all kinds: of costs drawn at random. Nothing is narrowed here, as that may cut off dear ones."""
    monkeypatch.setattr(
        extended_formulation_module, "propagated_bounds", lambda part: (part.column_lower, part.column_upper)
    )
    added = 0
    for seed in SEEDS:
        formulation, program = form_and_program(expanded(seed))
        random = np.random.default_rng(seed)
        cost = np.where(program.is_integer, random.uniform(-5.0, 5.0, program.column_count), 0.0)
        bounded = replace(program, objective=cost, column_upper=np.minimum(program.column_upper, 1e4))
        found = engine.solve(bounded, SolveOptions(gap=0.5, time_limit_s=60.0), code="scip")
        if found.solution is None:
            continue
        solution = np.where(program.is_integer, np.rint(found.solution), found.solution)
        values = extended(formulation, solution)
        assert greatest_violation(formulation.program, values) < 1e-6, seed
        more = values[formulation.original_count :]
        np.testing.assert_array_equal(more, np.rint(more))
        added += int((more > 0).sum())
    assert added > 3 * len(SEEDS)


def test_program_with_its_totals_costs_what_it_cost_without(engine):
    totals = 0
    for seed in SEEDS:
        formulation, program = form_and_program(expanded(seed))
        totals += formulation.program.column_count - formulation.original_count
        plain, more = engine.solve(program, EXACT, code="scip"), engine.solve(formulation.program, EXACT, code="scip")
        assert plain.status is more.status is Status.OPTIMAL
        assert more.objective == pytest.approx(plain.objective, rel=1e-6, abs=1e-6), seed
        own = more.solution[: formulation.original_count]
        assert program.objective_of(own) == pytest.approx(plain.objective, rel=1e-6, abs=1e-6)
        assert greatest_violation(program, own) < 1e-6
    assert totals > 5 * len(SEEDS)


def modules_of(guide):
    return np.flatnonzero((guide.predecessor != NO_SERIES) & (guide.priority == Priority.CAPACITY))


def overall(formulation, guide):
    """Added columns that sum columns of more than one expansion, with what they sum and their period."""
    period = dict(zip(formulation.integers.tolist(), formulation.period.tolist(), strict=True))
    parts = definitions(formulation)

    def modules(column):
        return (
            [column]
            if column < formulation.original_count
            else [own for part in parts[column] for own in modules(part)]
        )

    is_module = (guide.predecessor != NO_SERIES) & (guide.priority == Priority.CAPACITY)

    def first(column):
        while guide.predecessor[column] >= 0:
            column = guide.predecessor[column]
        return int(column)

    found = []
    for column in range(formulation.original_count, formulation.program.column_count):
        summed = modules(column)
        if is_module[summed].all() and len({first(own) for own in summed}) > 1:
            found.append((column, summed, period[column]))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_two_expansions_have_one_overall_total_by_period_of_all_that_was_ordered_until_then(seed):
    model = build(expanded(seed))
    guide = guide_of(model)
    formulation = extended_formulation(model.program, guide)
    chained = modules_of(guide)
    firsts = {
        int(column): int(guide.period[column]) for column in chained if guide.predecessor[column] == NO_PREDECESSOR
    }
    assert len(firsts) >= 2
    second = sorted(firsts.values())[1]
    periods = sorted({int(now) for now in guide.period[chained] if now >= second})
    found = overall(formulation, guide)
    assert [now for *_, now in found] == periods
    for column, summed, now in found:
        assert sorted(summed) == [own for own in chained if guide.period[own] <= now]
        assert formulation.priority[formulation.integers == column] == [Priority.CAPACITY]
        assert formulation.upper[column] <= model.program.column_upper[summed].sum()


def test_single_expansion_has_no_overall_total():
    model = build(rich_case())
    guide = guide_of(model)
    formulation = extended_formulation(model.program, guide)
    assert len(modules_of(guide)) > 2
    assert overall(formulation, guide) == []
    assert all(len(parts) > 1 for parts in definitions(formulation).values()), "a total that says nothing new"


@pytest.mark.parametrize("seed", range(6))
def test_shifts_are_the_neighbours_of_one_expansion(seed):
    model = build(expanded(seed))
    guide = guide_of(model)
    formulation = extended_formulation(model.program, guide)
    pairs = {tuple(formulation.integers[pair].tolist()) for pair in formulation.neighbours}
    expected = {(int(at), int(guide.predecessor[at])) for at in modules_of(guide) if guide.predecessor[at] >= 0}
    assert pairs == expected
    assert len(pairs) == len(formulation.neighbours) > 2


def test_whole_solution_of_a_branching_future_has_whole_values_of_the_added_columns(engine, monkeypatch):
    monkeypatch.setattr(
        extended_formulation_module, "propagated_bounds", lambda part: (part.column_lower, part.column_upper)
    )
    case = read_case(INPUTS / "make-or-buy-2023").case
    hall = Expansion(expansion="hall", site=case.sites[0].site, module_mw=0.5, cost_musd_per_module=2.0, max_modules=3)
    case = add(case, expansions=(hall, replace(hall, expansion="annexe", cost_musd_per_module=1.0)))
    years = case.settings.periods + case.settings.lookahead_periods
    model = build(case, futures=(case, case), tree=branching(years, (0.6, 0.4), (3, 3)))
    guide = guide_of(model)
    formulation = extended_formulation(model.program, guide)
    chained = modules_of(guide)
    assert len(overall(formulation, guide)) == len(np.unique(guide.period[chained]))
    is_module = np.isin(np.arange(formulation.original_count), chained)
    cost = np.where(is_module, np.random.default_rng(5).uniform(-5.0, 1.0, formulation.original_count), 0.0)
    found = engine.solve(replace(model.program, objective=cost), SolveOptions(gap=0.2, time_limit_s=60.0), code="scip")
    values = extended(formulation, np.where(model.program.is_integer, np.rint(found.solution), found.solution))
    assert greatest_violation(formulation.program, values) < 1e-6
    assert values[formulation.original_count :].sum() > 5


def test_stock_is_bounded_along_its_chain_however_long_by_hand():
    """At most 4 are bought, and of each year's stock nine tenths are left: in year t at most 4 · 0.9^t."""
    years = 40
    count = years + 1
    rows = np.zeros((years, count))
    rows[np.arange(years), np.arange(1, count)] = 1.0
    rows[np.arange(years), np.arange(years)] = -0.9
    part = Program(
        objective=np.full(count, -1.0),
        constant=0.0,
        column_lower=np.zeros(count),
        column_upper=np.array([4.0] + [np.inf] * years),
        is_integer=np.zeros(count, dtype=bool),
        starts=np.arange(0, 2 * years + 1, 2),
        columns=np.nonzero(rows)[1].astype(np.int64),
        values=rows[rows != 0],
        row_lower=np.full(years, -np.inf),
        row_upper=np.zeros(years),
        column_names=(),
        row_names=(),
    )
    none = np.zeros(count, dtype=np.int64)
    guide = BranchingGuide(none, none, np.full(count, NO_SERIES), np.empty(0, dtype=np.int64), np.arange(years))
    formulation = extended_formulation(part, guide)
    most = 4.0 * 0.9 ** np.arange(count)
    assert (formulation.dual_bounds.upper >= most).all()
    np.testing.assert_allclose(formulation.dual_bounds.upper, most, rtol=1e-6)


PENALTY = 100.0
FIXED = 5.0


def halls(demand, cost, chosen=0.0):
    """Modules of one expansion in three periods, 10 places each, for a demand; column 3 is a strategy.

    The strategy costs 5 and saves `chosen` of the demand of each period.
    """
    count = 3
    whole = np.array([True] * count + [True] + [False] * count)
    rows = np.zeros((count, 2 * count + 1))
    for t in range(count):
        rows[t, : t + 1] = 10.0
        rows[t, count] = chosen
        rows[t, count + 1 + t] = 1.0
    none = np.full(count, NO_SERIES)
    part = Program(
        objective=np.array([*cost, FIXED, *[PENALTY] * count]),
        constant=0.0,
        column_lower=np.zeros(2 * count + 1),
        column_upper=np.array([4.0] * count + [1.0] + [np.inf] * count),
        is_integer=whole,
        starts=np.concatenate([[0], np.cumsum((rows != 0).sum(axis=1))]).astype(np.int64),
        columns=np.nonzero(rows)[1].astype(np.int64),
        values=rows[rows != 0],
        row_lower=np.array(demand, dtype=float),
        row_upper=np.full(count, np.inf),
        column_names=(),
        row_names=(),
    )
    guide = BranchingGuide(
        priority=np.array([Priority.CAPACITY] * count + [Priority.STRATEGY] + [Priority.NONE] * count, dtype=np.int64),
        period=np.array([0, 1, 2, 0, 0, 1, 2]),
        predecessor=np.array([NO_PREDECESSOR, 0, 1, NO_SERIES, *none]),
        sos1_rows=np.empty(0, dtype=np.int64),
        stock_rows=np.empty(0, dtype=np.int64),
    )
    return extended_formulation(part, guide)


def state_of(formulation, gap=0.001):
    part = relaxed(formulation.program)
    relaxation = WarmProgram(model_of(part), part, seconds_left=lambda: None, interrupter=None)
    return SearchState(formulation, relaxation, no_farkas_ray, SearchCallbacks(ignore, ignore, lambda: None), gap)


def point_at(state, columns, values):
    """The point with these columns held, and the bounds that hold them."""
    lower, upper = state.formulation.lower.copy(), state.formulation.upper.copy()
    lower[columns] = upper[columns] = values
    return state.solve_primal(lower, upper), lower, upper


@pytest.mark.parametrize(
    ("demand", "cost", "start", "end", "note"),
    [
        ((0, 10, 10), (10, 8, 6), (1, 0, 0), (0, 1, 0), "one later"),
        ((0, 0, 10), (10, 8, 6), (1, 0, 0), (0, 0, 1), "two later, one after the other"),
        ((10, 10, 10), (10, 8, 6), (0, 1, 0), (1, 0, 0), "one earlier"),
        ((0, 10, 20), (10, 8, 6), (0, 1, 0), (0, 1, 1), "one more"),
        ((0, 0, 0), (10, 8, 6), (0, 0, 1), (0, 0, 0), "one less, the only move that promises anything"),
        ((0, 10, 10), (10, 8, 6), (0, 1, 2), (0, 1, 0), "two less"),
        ((10, 10, 20), (10, 8, 6), (1, 0, 1), (1, 0, 1), "none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_modules_move_to_where_they_cost_least_by_hand(demand, cost, start, end, note):
    state = state_of(halls(demand, cost))
    point, lower, upper = point_at(state, np.arange(4), (*start, 0))
    found = move_capacity(state, lower, upper, point)
    np.testing.assert_allclose(found.values[:3], end, atol=1e-9, err_msg=note)
    assert found.bound == pytest.approx(np.dot(cost, end))
    np.testing.assert_array_equal(lower[:4], (*end, 0))
    np.testing.assert_array_equal(upper[:4], (*end, 0))


def test_strategy_is_held_even_where_the_other_one_would_save():
    """The strategy costs 5 and does the work of modules of 24: only these move."""
    formulation = halls((10, 10, 10), (10, 8, 6), chosen=10.0)
    for chosen, start, end in ((0.0, (0, 1, 0), (1, 0, 0)), (1.0, (1, 0, 0), (0, 0, 0))):
        state = state_of(formulation)
        point, _, _ = point_at(state, np.arange(4), (*start, chosen))
        found = move_capacity(state, formulation.lower.copy(), formulation.upper.copy(), point)
        np.testing.assert_allclose(found.values[:4], (*end, chosen), atol=1e-9)


def test_move_that_saves_less_than_a_share_of_the_gap_is_not_made():
    cost = (10.0, 10.0 - 0.5 * MIN_SAVING, 20.0)
    for gap, start in ((0.1, (1, 0, 0)), (0.01, (0, 1, 0))):
        state = state_of(halls((0, 10, 10), cost), gap)
        point, lower, upper = point_at(state, np.arange(4), (1, 0, 0, 0))
        assert move_capacity(state, lower, upper, point).values[:3].tolist() == pytest.approx(start)


def test_modules_never_move_outside_the_bounds_of_the_program():
    formulation = halls((0, 0, 60), (10, 8, 6))
    state = state_of(formulation)
    point, lower, upper = point_at(state, np.arange(4), (0, 0, 4, 0))
    found = move_capacity(state, lower, upper, point)
    np.testing.assert_allclose(found.values[:3], (0, 2, 4), atol=1e-9)


def test_point_without_duals_is_returned_as_it_is():
    state = state_of(halls((0, 10, 10), (10, 8, 6)))
    point, lower, upper = point_at(state, np.arange(4), (1, 0, 0, 0))
    bare = LpPoint(point.bound, point.values)
    before = state.lp_count
    assert move_capacity(state, lower, upper, bare) is bare
    assert state.lp_count == before


def moves_somewhere(formulation, program, solution, random):
    """Moves modules from near those of a plan; returns what it saves, or None where there is no such point."""
    state = state_of(formulation)
    own = formulation.integers[formulation.is_original & (formulation.priority >= Priority.CAPACITY)]
    is_module = (
        formulation.priority[formulation.is_original & (formulation.priority >= Priority.CAPACITY)] == Priority.CAPACITY
    )
    start = np.rint(solution[own])
    changed = random.choice(np.flatnonzero(is_module), 2, replace=False)
    start[changed] += random.choice([-1.0, 1.0], 2)
    start = np.clip(start, formulation.lower[own], formulation.upper[own])
    point, lower, upper = point_at(state, own, start)
    if point.values is None:
        return None
    found = move_capacity(state, lower, upper, point)
    assert found.bound <= point.bound
    assert found.bound == pytest.approx(
        program.objective_of(found.values[: formulation.original_count]), rel=1e-9, abs=1e-9
    )
    assert greatest_violation(relaxed(program), found.values[: formulation.original_count]) < 1e-6
    np.testing.assert_allclose(found.values[own[~is_module]], start[~is_module], atol=1e-7)
    np.testing.assert_allclose(found.values[own], lower[own], atol=1e-7)
    np.testing.assert_array_equal(lower[own], np.rint(lower[own]))
    return point.bound - found.bound


def test_moved_point_costs_no_more_holds_the_strategy_and_keeps_all_rows(engine):
    saved = []
    for seed in SEEDS:
        formulation, program = form_and_program(expanded(seed))
        random = np.random.default_rng(seed)
        solution = engine.solve(program, SolveOptions(gap=0.2, time_limit_s=60.0), code="scip").solution
        saved += [moves_somewhere(formulation, program, solution, random) for _ in range(6)]
    saved = [amount for amount in saved if amount is not None]
    assert len(saved) > 2 * len(SEEDS)
    assert sum(amount > 0 for amount in saved) > len(SEEDS)


@pytest.mark.parametrize("name", ["mid-size", "frontier-lab"])
def test_moved_point_of_a_real_case_costs_less_than_one_with_a_module_to_spare(engine, name):
    formulation, program = form_and_program(read_case(INPUTS / name).case)
    solution = engine.solve(program, SolveOptions(gap=0.05, time_limit_s=60.0), code="scip").solution
    random = np.random.default_rng(1)
    saved = [moves_somewhere(formulation, program, solution, random) for _ in range(4)]
    assert max(amount for amount in saved if amount is not None) > 0.0
