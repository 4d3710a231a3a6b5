"""Lots: their running totals, their moves, and what arrives of an order; by hand and on real cases."""

from __future__ import annotations

import numpy as np
import pytest

from models.program import relaxed
from models.solvers.plain import greatest_violation
from models.tree_search import strong_branching as strong_branching_module
from models.tree_search.branch_and_bound import BranchAndBound
from models.tree_search.branching_guide import NO_PREDECESSOR, NO_SERIES, BranchingGuide, Priority
from models.tree_search.column_substitution import substitute_columns
from models.tree_search.diving import dive
from models.tree_search.extended_formulation import MAX_LOTS_WITH_TOTALS, extended_formulation
from models.tree_search.local_search import MIN_SAVING, NO_COLUMN, DualEstimates, _lot_steps, move_lots
from models.tree_search.node_queue import Node
from models.tree_search.primal_heuristics import DivesAndWindows
from models.tree_search.search_state import LpPoint
from models.tree_search.strong_branching import TOTALS_FROM, StrongBranching
from tests.models.tree_search.fleets import Rows, formulations_of_cases
from tests.models.tree_search.test_extended_formulation import (
    definitions,
    expanded,
    form_and_program,
    point_at,
    state_of,
)

YEARS = 3


def bought(demand, cost=(10.0, 8.0), most=(4.0, 9.0), lot=(10.0, 6.0)):
    """Lots of two offers over three years for a growing demand; what is not served costs 3 a unit.

    Columns 0 to 2 are lots of the first offer, 3 to 5 those of the second; all that was bought serves on.
    """
    rows = Rows()
    for offer in range(2):
        for year in range(YEARS):
            rows.column(f"order{offer}{year}", cost[offer], upper=most[offer], whole=True)
    for year in range(YEARS):
        rows.column(f"unserved{year}", 3.0)
    for year in range(YEARS):
        terms = {f"order{offer}{past}": lot[offer] for offer in range(2) for past in range(year + 1)}
        rows.row(terms | {f"unserved{year}": 1.0}, low=demand[year])
    rank = np.array([Priority.LOT_SIZE] * (2 * YEARS) + [Priority.NONE] * YEARS, dtype=np.int64)
    before = np.array([NO_PREDECESSOR, 0, 1, NO_PREDECESSOR, 3, 4] + [NO_SERIES] * YEARS)
    none = np.empty(0, dtype=np.int64)
    guide = BranchingGuide(rank, np.array([0, 1, 2] * 3), before, none, none)
    return extended_formulation(rows.program(), guide)


def totals(formulation):
    return {column: sorted(parts) for column, parts in definitions(formulation).items()}


def test_lots_of_each_offer_have_a_running_total_from_the_second_year_on():
    formulation = bought((10, 20, 30))
    added = totals(formulation)
    first = formulation.original_count
    assert added == {first: [0, 1], first + 1: [3, 4], first + 2: [2, first], first + 3: [5, first + 1]}
    assert formulation.priority[~formulation.is_original].tolist() == [Priority.LOT_SIZE] * 4
    assert formulation.period[~formulation.is_original].tolist() == [1, 1, 2, 2]


@pytest.mark.parametrize(("most", "offers"), [(MAX_LOTS_WITH_TOTALS, {0, 1}), (MAX_LOTS_WITH_TOTALS + 1, {1})])
def test_offer_of_many_lots_has_no_total(most, offers):
    formulation = bought((10_000, 20_000, 30_000), most=(most, 9.0))
    summed = {
        own // YEARS for parts in totals(formulation).values() for own in parts if own < formulation.original_count
    }
    assert summed == offers


def fractional_of(formulation, values, branched=0):
    size = len(formulation.integers)
    node = Node(0.0, 1, np.zeros(size), np.full(size, 9.0), values, np.zeros(size), 0.0, None)
    return StrongBranching(state_of(formulation)).fractional(node, branched).tolist()


def test_totals_are_branched_on_once_the_tree_has_grown():
    formulation = bought((10, 20, 30))
    values = np.array([0.5, 0, 0, 0.25, 0, 0, 0.5, 0.25, 0.5, 0.25])
    assert fractional_of(formulation, values, TOTALS_FROM - 1) == [0, 3]
    assert fractional_of(formulation, values, TOTALS_FROM) == [0, 3, 6, 7, 8, 9]


def test_total_is_branched_on_where_nothing_else_is_left():
    formulation = bought((10, 20, 30))
    values = np.array([1.0, 0, 0, 0, 0, 0, 0.5, 0, 0.5, 0])
    assert fractional_of(formulation, values) == [6, 8]


def test_what_totals_are_expected_to_add_is_measured_by_totals_and_else_by_lots():
    formulation = bought((10, 20, 30))
    rule = StrongBranching(state_of(formulation))
    rule.gains[:, 0], rule.trials[:, 0] = (4.0, 2.0), 2
    columns = np.arange(len(formulation.integers))
    expected = [[2.0] * 10, [1.0] * 10]
    np.testing.assert_array_equal(rule._pseudo_costs(columns), expected)
    rule.gains[:, 7], rule.trials[:, 7] = (9.0, 6.0), 1
    found = rule._pseudo_costs(columns)
    np.testing.assert_array_equal(found[:, :6], np.array(expected)[:, :6])
    np.testing.assert_array_equal(found[:, 6:], np.repeat([[9.0], [6.0]], 4, axis=1))


def test_search_with_totals_ends_at_the_optimum_that_it_has_without(monkeypatch):
    trees = 0
    for seed in range(8):
        costs = []
        for since in (0, 10**9):
            monkeypatch.setattr(strong_branching_module, "TOTALS_FROM", since)
            formulation, _ = form_and_program(expanded(seed))
            state = state_of(formulation)
            state.gap = 1e-5
            tree = BranchAndBound(state, StrongBranching(state), DivesAndWindows(state))
            tree.run()
            trees += tree.queue.branched
            costs.append(state.incumbent_cost)
        assert costs[0] == pytest.approx(costs[1], rel=2e-5, abs=1e-6), seed
    assert trees > 50


def test_steps_of_lots_are_one_more_or_less_and_one_instead_of_a_neighbour_by_hand():
    formulation = bought((10, 20, 30))
    place = np.flatnonzero(formulation.is_original)
    up, down = _lot_steps(formulation, place)
    found = set(zip(up.tolist(), down.tolist(), strict=True))
    assert len(found) == len(up)
    single = {(at, NO_COLUMN) for at in range(6)} | {(NO_COLUMN, at) for at in range(6)}
    pairs = {(one, other) for one in range(6) for other in range(6) if one != other}
    near = {(one, other) for one, other in pairs if abs(one % YEARS - other % YEARS) <= 1}
    assert found == single | near
    assert len(near) == 22


def test_lots_of_which_there_are_many_are_not_moved():
    formulation = bought((10_000, 20_000, 30_000), most=(MAX_LOTS_WITH_TOTALS + 1.0, 9.0))
    up, down = _lot_steps(formulation, np.flatnonzero(formulation.is_original))
    assert set(up.tolist()) | set(down.tolist()) == {NO_COLUMN, 3, 4, 5}


@pytest.mark.parametrize(
    ("demand", "start", "end"),
    [
        ((10, 10, 10), (1, 0, 0, 1, 0, 0), (1, 0, 0, 0, 0, 0)),
        ((0, 10, 10), (1, 0, 0, 0, 0, 0), (0, 1, 0, 0, 0, 0)),
        ((12, 12, 12), (1, 0, 0, 1, 0, 0), (0, 0, 0, 2, 0, 0)),
        ((10, 10, 10), (0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0)),
        ((6, 6, 6), (0, 0, 0, 1, 0, 0), (0, 0, 0, 1, 0, 0)),
    ],
)
def test_lots_are_moved_while_that_saves_cost_by_hand(demand, start, end):
    """Later is as dear as early here, so a lot is moved in time only where it costs more to have it early."""
    cost = (10.0, 8.0)
    formulation = bought(demand, cost)
    state = state_of(formulation)
    own = formulation.integers[formulation.is_original]
    point, lower, upper = point_at(state, own, np.array(start, dtype=float))
    moved = move_lots(state, lower, upper, point)
    at_end = point_at(state, own, np.array(end, dtype=float))[0].bound
    assert moved.bound == pytest.approx(at_end)
    np.testing.assert_array_equal(lower[own], upper[own])
    np.testing.assert_allclose(moved.values[own], lower[own])


def test_promise_after_a_step_is_that_of_the_values_after_it():
    formulation, _ = formulations_of_cases()["mid-size"]
    state, place = state_of(formulation), np.flatnonzero(formulation.is_original)
    columns = formulation.integers[place]
    assert dive(
        state,
        formulation.lower,
        formulation.upper,
        state.solve(formulation.lower, formulation.upper, -np.inf).values[formulation.integers],
    )
    values = np.rint(state.incumbent[columns])
    promises = DualEstimates(state, place)
    for shift in (0.0, 1.0):
        point, lower, upper = point_at(state, columns, np.minimum(values + shift, formulation.upper[columns]))
        if point.duals is not None:
            promises.add(point, lower, upper)
    steps = _lot_steps(formulation, place)
    targets = np.repeat(values[None], len(steps[0]), axis=0)
    rows = np.arange(len(steps[0]))
    for by, at in zip((1.0, -1.0), steps, strict=True):
        real = at != NO_COLUMN
        targets[rows[real], at[real]] += by
    np.testing.assert_allclose(promises.after(values, steps), promises.least(targets), rtol=1e-9)


def test_moved_lots_of_a_real_plan_are_a_plan_that_costs_less():
    formulation, _ = formulations_of_cases()["mid-size"]
    state = state_of(formulation, gap=0.001)
    root = state.solve(formulation.lower, formulation.upper, -np.inf)
    assert dive(state, formulation.lower, formulation.upper, root.values[formulation.integers])
    own = formulation.integers[formulation.is_original]
    random, saved = np.random.default_rng(4), 0
    lots = np.flatnonzero(formulation.priority[formulation.is_original] == Priority.LOT_SIZE)
    for _ in range(8):
        values = np.rint(state.incumbent[own])
        values[random.choice(lots, 2, replace=False)] += 1.0
        values = np.minimum(values, formulation.upper[own])
        state.incumbent_cost = np.inf
        point, lower, upper = point_at(state, own, values)
        if point.values is None:
            continue
        moved = move_lots(state, lower, upper, point)
        assert moved.bound <= point.bound
        assert greatest_violation(formulation.program, moved.values) < 1e-6
        np.testing.assert_allclose(moved.values[own], lower[own], atol=1e-6)
        saved += moved.bound < point.bound - MIN_SAVING * state.gap * abs(point.bound)
    assert saved > 2


def test_plan_of_a_dive_is_one_whose_lots_were_moved():
    formulation, _ = formulations_of_cases()["mid-size"]
    state = state_of(formulation, gap=0.001)
    root = state.solve(formulation.lower, formulation.upper, -np.inf)
    assert dive(state, formulation.lower, formulation.upper, root.values[formulation.integers])
    own = formulation.integers[formulation.is_original]
    plan, state.incumbent_cost = np.rint(state.incumbent[own]), np.inf
    point, lower, upper = point_at(state, own, plan)
    assert move_lots(state, lower, upper, point).bound == pytest.approx(point.bound, rel=1e-9)


def test_lots_of_a_point_without_duals_stay():
    state = state_of(bought((10, 20, 30)))
    point, lower, upper = point_at(state, np.arange(6), np.array([1.0, 0, 0, 0, 0, 0]))
    bare = LpPoint(point.bound, point.values)
    before = state.lp_count
    assert move_lots(state, lower, upper, bare) is bare
    assert state.lp_count == before


def arrived(least=0.0, size=8.0, **column):
    """Up to 5 lots at 20, of 8 units each, of which each that is used earns 4: x = 8 · lots."""
    rows = Rows()
    rows.column("lots", 20.0, lower=least, upper=5.0, whole=True)
    rows.column("x", **{"cost": 1.0, **column})
    rows.column("used", -4.0)
    rows.row({"x": 1.0, "lots": -size}, low=0.0, high=0.0)
    rows.row({"used": 1.0, "x": -1.0}, high=0.0)
    return rows


def test_what_arrives_of_an_order_is_put_in_its_place_by_hand():
    part = arrived().program()
    small = substitute_columns(part, np.ones(3, dtype=bool))
    assert small.gone.tolist() == [1]
    np.testing.assert_array_equal(small.program.objective, [28.0, -4.0])
    np.testing.assert_array_equal(small.program.values, [-8.0, 1.0])
    np.testing.assert_array_equal(small.postsolve_values(np.array([5.0, 40.0])), [5.0, 40.0, 40.0])
    assert small.program.objective_of(np.array([5.0, 40.0])) == part.objective_of(np.array([5.0, 40.0, 40.0]))
    # Of each unit that is used 4 come in: the row of arrivals is worth what is left of that.
    np.testing.assert_array_equal(small.postsolve_duals(np.array([-4.0])), [-3.0, -4.0])


@pytest.mark.parametrize(
    "column", [{"whole": True}, {"upper": 9.0}, {"lower": 0.5}, {"least": -1.0}, {"size": -8.0}], ids=str
)
def test_column_that_a_bound_may_hold_elsewhere_is_no_multiple(column):
    assert substitute_columns(arrived(**column).program(), np.ones(3, dtype=bool)).gone.tolist() == []


def test_orders_stand_for_their_arrivals_in_a_real_case():
    formulation, _ = formulations_of_cases()["mid-size"]
    every = np.ones(formulation.program.column_count, dtype=bool)
    assert len(substitute_columns(formulation.program, every).gone) > 30
    assert len(substitute_columns(relaxed(formulation.program), every).gone) == 0
