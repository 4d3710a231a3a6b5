"""Diving: a plan from a relaxed one, by fixing the integers one by one, each at the side that costs less."""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.tree_search.branching_guide import Priority
from models.tree_search.extended_formulation import ExtendedFormulation
from models.tree_search.local_search import move_capacity, move_lots, round_capacity
from models.tree_search.lp_protocol import Accuracy
from models.tree_search.search_state import INTEGRALITY_TOLERANCE, LpPoint, SearchState

MIN_IMPROVEMENT = 0.1
"""A dive ends where its plan cannot be better by this share of the gap (decision 0009)."""
GOOD_ENOUGH, GOOD_ENOUGH_CAPACITY = 0.05, 0.4
"""The other side is not solved where the nearer one costs at most this share of the gap; capacity is moved later."""


def dive(state: SearchState, lower: Floats, upper: Floats, values: Floats) -> bool:
    """Fixes what is not whole, from the columns that decide most on; True when a better plan was found.

    `lower` and `upper` are the bounds of all columns to begin with, `values` those of the integer columns.
    """
    formulation = state.formulation
    lower, upper, values = lower.copy(), upper.copy(), values.copy()
    original = np.flatnonzero(formulation.is_original)
    of_gap = state.gap * abs(state.best_bound) if np.isfinite(state.best_bound) else 0.0
    cost = -np.inf
    point: LpPoint | None = None
    # Later dives fix capacity one by one, so that they end elsewhere.
    may_round_all, may_move = state.incumbent is None or not state.has_dived, True
    state.has_dived = True
    while len(fractional := _fractional(original, values)) or may_move:
        top = int(formulation.priority[fractional].max(initial=Priority.NONE))
        if may_round_all and top == Priority.CAPACITY:
            may_round_all = False
            low, high, rounded = round_capacity(state, lower, upper, values)
            if rounded.values is None:
                continue
            lower, upper, point = low, high, rounded
        elif may_move and top <= Priority.LOT_SIZE:
            may_move = False
            if point is None or point.duals is None:
                continue
            point = move_capacity(state, lower, upper, point)
        else:
            at = _next_column(formulation, fractional)
            enough = cost + of_gap * (
                GOOD_ENOUGH_CAPACITY if formulation.priority[at] == Priority.CAPACITY else GOOD_ENOUGH
            )
            lower, upper, point = _fix_column(state, lower, upper, values, at, enough)
        if point is None or point.values is None or state.is_finished:
            return False
        values, cost = point.values[formulation.integers], point.bound
    held = formulation.integers[original]
    lower[held] = upper[held] = np.rint(values[original])
    point = state.solve_primal(lower, upper, accuracy=Accuracy.OPTIMAL)
    if point.values is None or not state.is_integral(point.values):
        return False
    point = move_lots(state, lower, upper, point)
    return point.values is not None and state.update_incumbent(point.values)


def _fractional(columns: Ints, values: Floats) -> Ints:
    return columns[np.abs(values[columns] - np.rint(values[columns])) > INTEGRALITY_TOLERANCE]


def _next_column(formulation: ExtendedFormulation, fractional: Ints) -> int:
    """What comes first leaves those after it room to answer; of one period, large lots before small ones."""
    most = formulation.upper[formulation.integers[fractional]]
    order = np.lexsort((fractional, most, formulation.period[fractional], -formulation.priority[fractional]))
    return int(fractional[order[0]])


def _fix_column(
    state: SearchState, lower: Floats, upper: Floats, values: Floats, at: int, enough: float
) -> tuple[Floats, Floats, LpPoint | None]:
    """Returns bounds with the column at position `at` fixed on the side that costs less, and their point.

    The lots of its period that are whole already are held: else its fraction would only move on to the next of equal
    offers, as often as there are offers. Where that leaves no plan they are let go, and nothing is aggregated.
    """
    formulation = state.formulation
    column, value = int(formulation.integers[at]), float(values[at])
    low, high = lower.copy(), upper.copy()
    held = _whole_neighbours(formulation, values, at)
    low[formulation.integers[held]] = high[formulation.integers[held]] = np.rint(values[held])
    # Of lots the last thousandths count, which aggregation would hide.
    accuracy = Accuracy.OPTIMAL if formulation.priority[at] == Priority.LOT_SIZE else Accuracy.FEASIBLE
    point = _cheaper_side(state, low, high, column, value, enough, accuracy)
    if point is not None or state.is_finished:
        return low, high, point
    return lower, upper, _cheaper_side(state, lower, upper, column, value, enough, Accuracy.OPTIMAL)


def _whole_neighbours(formulation: ExtendedFormulation, values: Floats, at: int) -> Ints:
    """Positions of the lots that are whole in the period of the lot at `at`; none where that is no lot."""
    if formulation.priority[at] != Priority.LOT_SIZE:
        return np.empty(0, dtype=np.int64)
    is_lot = formulation.is_original & (formulation.priority == Priority.LOT_SIZE)
    beside = np.flatnonzero(is_lot & (formulation.period == formulation.period[at]))
    return beside[np.abs(values[beside] - np.rint(values[beside])) <= INTEGRALITY_TOLERANCE]


def _cheaper_side(
    state: SearchState, lower: Floats, upper: Floats, column: int, value: float, enough: float, accuracy: Accuracy
) -> LpPoint | None:
    """Fixes a column at the whole number on the side that costs less; None where neither side has a plan.

    The farther side is not looked at where the nearer one costs no more than `enough`.
    """
    best: LpPoint | None = None
    chosen = 0.0
    most = _worth_finding(state)
    floor = np.floor(value)
    for side in (floor, floor + 1.0) if value - floor < 0.5 else (floor + 1.0, floor):
        low, high = lower.copy(), upper.copy()
        low[column] = high[column] = side
        point = state.solve_primal(low, high, most, accuracy)
        if point.values is not None and (best is None or point.bound < best.bound):
            best, chosen = point, side
        if best is not None and best.bound <= enough:
            break
    lower[column] = upper[column] = chosen
    return best


def try_hint(state: SearchState, hint: Floats) -> None:
    """Tries the integers of a plan of this or a neighbouring program, then its strategy with a dive for the rest.

    Columns whose hint is not a number are free.
    """
    columns, values, priority = _hinted(state, hint)
    for part in (np.ones(len(columns), dtype=bool), priority > Priority.CAPACITY):
        if not part.any():
            continue
        lower, upper, point = _held(state, columns[part], values[part])
        if point.values is None:
            continue
        if state.is_integral(point.values):
            state.update_incumbent(point.values)
        else:
            dive(state, lower, upper, point.values[state.formulation.integers])
        if state.incumbent is not None:
            return


def try_other_lots(state: SearchState, hint: Floats) -> None:
    """Keeps strategy and capacity of a neighbour's plan, and finds lots that fit this program beside its own."""
    columns, values, priority = _hinted(state, hint)
    is_lot = priority == Priority.LOT_SIZE
    if not is_lot.any() or is_lot.all() or state.is_finished:
        return
    lower, upper, point = _held(state, columns[~is_lot], values[~is_lot])
    if point.values is not None and point.bound < _worth_finding(state):
        _round_lots(state, lower, upper, columns[is_lot], values[is_lot], point)


def _hinted(state: SearchState, hint: Floats) -> tuple[Ints, Floats, Ints]:
    """The integer columns that a hint knows, what it says of them within their bounds, and their priority."""
    formulation = state.formulation
    columns = formulation.integers[formulation.is_original]
    known = np.isfinite(hint[columns])
    columns, priority = columns[known], formulation.priority[formulation.is_original][known]
    return columns, np.clip(np.rint(hint[columns]), formulation.lower[columns], formulation.upper[columns]), priority


def _held(state: SearchState, columns: Ints, values: Floats) -> tuple[Floats, Floats, LpPoint]:
    """Bounds with some columns fixed, and their point."""
    lower, upper = state.formulation.lower.copy(), state.formulation.upper.copy()
    lower[columns] = upper[columns] = values
    return lower, upper, state.solve_primal(lower, upper, accuracy=Accuracy.OPTIMAL)


def _round_lots(
    state: SearchState, lower: Floats, upper: Floats, columns: Ints, values: Floats, point: LpPoint
) -> None:
    """Rounds lots period by period towards those of a neighbour: its roundings fit each other.

    Each to the neighbour's number where that is one of the two beside it, else to the nearest one.
    """
    formulation = state.formulation
    period = formulation.period[np.searchsorted(formulation.integers, columns)]
    for at in (np.flatnonzero(period == number) for number in np.unique(period)):
        assert point.values is not None
        relaxed = point.values[columns[at]]
        lots = np.where(np.abs(relaxed - values[at]) < 1.0, values[at], np.rint(relaxed))
        lower[columns[at]] = upper[columns[at]] = np.clip(lots, lower[columns[at]], upper[columns[at]])
        if np.abs(lots - relaxed).max(initial=0.0) > INTEGRALITY_TOLERANCE:
            point = state.solve_primal(lower, upper, accuracy=Accuracy.OPTIMAL)
            if point.values is None or state.is_finished:
                return
    if point.values is None or not state.is_integral(point.values):
        return
    point = move_lots(state, lower, upper, point)
    if point.values is not None:
        state.update_incumbent(point.values)


def _worth_finding(state: SearchState) -> float:
    """What a plan has to cost less than to be better than the incumbent by a part of the gap."""
    cost = state.incumbent_cost
    return cost - MIN_IMPROVEMENT * state.gap * abs(cost) if np.isfinite(cost) else cost
