"""Local search: single units of capacity or lots are added, taken or moved while that saves cost (decision 0009).

While capacity is moved, lots stay relaxed: what it costs to make them whole hardly depends on the capacity. What a move
saves is found by a linear program, but most moves need none: rows over integer columns alone forbid them, or the duals
of a program that was solved before prove that they save nothing.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from models.program import Floats, Ints
from models.tree_search.bound_propagation import term_ranges
from models.tree_search.branching_guide import Priority
from models.tree_search.extended_formulation import MAX_LOTS_WITH_TOTALS, ExtendedFormulation
from models.tree_search.lp_protocol import Accuracy
from models.tree_search.search_state import INTEGRALITY_TOLERANCE, LpPoint, SearchState

MIN_SAVING = 0.01
"""A move has to save this share of the gap: less is not worth the linear programs that follow."""
ROUNDING_OFFSETS = (0.9, 0.5)
"""What is added to running totals of capacity before they are rounded down (early, nearest); the cheaper is taken."""
MAX_FAILURES = 16
"""Moves end after so many linear programs in vain: estimates are lower bounds, and may promise what is not there."""
NO_COLUMN = -1

Steps: TypeAlias = tuple[Ints, Ints]
"""For each move the number of the column that one is added to, and of the one that it is taken from, or `NO_COLUMN`."""


def move_capacity(state: SearchState, lower: Floats, upper: Floats, point: LpPoint) -> LpPoint:
    """Fixes the capacity of a point and moves single units; returns the last point and changes the bounds to it."""
    formulation = state.formulation
    assert point.values is not None
    place = np.flatnonzero(formulation.is_original & (formulation.priority >= Priority.CAPACITY))
    columns = formulation.integers[place]
    lower[columns] = upper[columns] = np.rint(point.values[columns])
    return _descend(state, lower, upper, point, place, _steps(formulation, place), Accuracy.FEASIBLE)


def move_lots(state: SearchState, lower: Floats, upper: Floats, point: LpPoint) -> LpPoint:
    """Moves single lots of a plan whose integers are all fixed, as `move_capacity` does, where lots are few."""
    formulation = state.formulation
    place = np.flatnonzero(formulation.is_original)
    return _descend(state, lower, upper, point, place, _lot_steps(formulation, place), Accuracy.OPTIMAL)


def _descend(
    state: SearchState, lower: Floats, upper: Floats, point: LpPoint, place: Ints, steps: Steps, accuracy: Accuracy
) -> LpPoint:
    """Makes the moves that may save most first: none saves more than the duals of the points so far allow."""
    formulation, columns = state.formulation, state.formulation.integers[place]
    if point.duals is None or len(steps[0]) == 0:
        return point
    is_allowed, estimates, failures = IntegerRows(formulation), DualEstimates(state, place), 0
    estimates.add(point, lower, upper)
    while failures < MAX_FAILURES and not state.is_finished:
        enough = point.bound - MIN_SAVING * state.gap * abs(point.bound)
        better: LpPoint | None = None
        for up, down in _by_estimate(formulation, estimates, lower[columns], place, steps, enough):
            if failures >= MAX_FAILURES or state.is_finished:
                break
            target = lower[columns]
            if up != NO_COLUMN:
                target[up] += 1.0
            if down != NO_COLUMN:
                target[down] -= 1.0
            low, high = lower.copy(), upper.copy()
            low[columns] = high[columns] = target
            if estimates.least(target[None])[0] >= enough or not is_allowed(low, high):
                continue
            found = state.solve_primal(low, high, enough, accuracy)
            estimates.add(found, low, high)
            if found.values is not None and found.bound < enough:
                better = found
                lower[:], upper[:] = low, high
                break
            failures += 1
        if better is None:
            break
        point = better
    return point


def _by_estimate(
    formulation: ExtendedFormulation, estimates: DualEstimates, values: Floats, place: Ints, steps: Steps, enough: float
) -> list[tuple[int, int]]:
    """The steps from these values that stay within the bounds and may cost less than `enough`, the best one first."""
    columns = formulation.integers[place]
    up, down = steps
    room = np.append(formulation.upper[columns] - values, np.inf)[up] >= 1.0
    room &= np.append(values - formulation.lower[columns], np.inf)[down] >= 1.0
    least = estimates.after(values, steps)
    at = np.flatnonzero(room & (least < enough))
    at = at[np.argsort(least[at], kind="stable")]
    return list(zip(up[at].tolist(), down[at].tolist(), strict=True))


def round_capacity(state: SearchState, lower: Floats, upper: Floats, values: Floats) -> tuple[Floats, Floats, LpPoint]:
    """Returns bounds with all capacity fixed, and their point: the `values` of the integer columns are rounded.

    Of each series as much is there in each period as is asked for by then, a little early or late.
    """
    found = lower, upper, LpPoint(np.inf)
    for offset in ROUNDING_OFFSETS:
        low, high = _rounded_totals(state.formulation, lower, upper, values, offset)
        point = state.solve_primal(low, high)
        if point.bound < found[2].bound:
            found = low, high, point
    return found


def _rounded_totals(
    formulation: ExtendedFormulation, lower: Floats, upper: Floats, values: Floats, offset: float
) -> tuple[Floats, Floats]:
    lower, upper = lower.copy(), upper.copy()
    capacity = np.flatnonzero(formulation.is_original & (formulation.priority == Priority.CAPACITY))
    asked, done = np.zeros(len(values)), np.zeros(len(values))
    before = np.full(len(values), -1)
    before[formulation.neighbours[:, 0]] = formulation.neighbours[:, 1]
    for at in capacity[np.argsort(formulation.period[capacity], kind="stable")].tolist():
        last, column = int(before[at]), formulation.integers[at]
        asked[at] = values[at] + (asked[last] if last >= 0 else 0.0)
        have = done[last] if last >= 0 else 0.0
        order = np.clip(np.floor(asked[at] + offset) - have, lower[column], upper[column])
        lower[column] = upper[column] = order
        done[at] = have + order
    return lower, upper


def _steps(formulation: ExtendedFormulation, place: Ints) -> Steps:
    """One unit of capacity more or less, or one earlier or later."""
    capacity = np.flatnonzero(formulation.is_original & (formulation.priority == Priority.CAPACITY))
    return _pairs(formulation, place, capacity, formulation.neighbours[:, 0], formulation.neighbours[:, 1])


def _lot_steps(formulation: ExtendedFormulation, place: Ints) -> Steps:
    """One lot more or less, or one instead of another of the same period or a neighbouring one."""
    is_few = formulation.upper[formulation.integers] <= MAX_LOTS_WITH_TOTALS
    lots = np.flatnonzero(formulation.is_original & (formulation.priority == Priority.LOT_SIZE) & is_few)
    period = formulation.period[lots]
    one, other = (np.abs(period[:, None] - period) <= 1).nonzero()
    # Each pair once: it goes both ways.
    return _pairs(formulation, place, lots, lots[one[one > other]], lots[other[one > other]])


def _pairs(formulation: ExtendedFormulation, place: Ints, moved: Ints, one: Ints, other: Ints) -> Steps:
    number = np.full(len(formulation.integers), NO_COLUMN)
    number[place] = np.arange(len(place))
    single, none = number[moved], np.full(len(moved), NO_COLUMN)
    up, down = number[one], number[other]
    return np.concatenate([single, none, up, down]), np.concatenate([none, single, down, up])


class DualEstimates:
    """Lower bounds on what other values of the integer columns at `place` cost, from the duals of points so far."""

    def __init__(self, state: SearchState, place: Ints) -> None:
        self._state, self._place, self._columns = state, place, state.formulation.integers[place]
        self._least = np.empty(0)
        self._reduced_costs = np.empty((0, len(place)))

    def add(self, point: LpPoint, lower: Floats, upper: Floats) -> None:
        """Takes over what the duals of a point within these bounds prove."""
        if point.duals is not None:
            reduced_costs = self._state.reduced_costs(point.duals)[self._place]
            proven = self._state.formulation.dual_bounds.bound(point.duals, lower, upper)
            self._least = np.append(self._least, proven - reduced_costs @ lower[self._columns])
            self._reduced_costs = np.concatenate([self._reduced_costs, reduced_costs[None]])

    def after(self, values: Floats, steps: Steps) -> Floats:
        """Returns the least cost after each step from these values."""
        reduced_costs = np.append(self._reduced_costs, np.zeros((len(self._least), 1)), axis=1)
        now = self._least + self._reduced_costs @ values
        found: Floats = (now[:, None] + reduced_costs[:, steps[0]] - reduced_costs[:, steps[1]]).max(axis=0)
        return found

    def least(self, targets: Floats) -> Floats:
        """Returns the least cost of each row of values."""
        found: Floats = (self._least + targets @ self._reduced_costs.T).max(axis=1)
        return found


class IntegerRows:
    """What the rows over integer columns alone say of bounds; they are few, and forbid most moves that have no plan."""

    def __init__(self, formulation: ExtendedFormulation) -> None:
        program = formulation.program
        row = program.row_of_entries()
        is_other = np.ones(program.column_count, dtype=bool)
        is_other[formulation.integers] = False
        mixed = np.bincount(row[is_other[program.columns]], minlength=program.row_count) > 0
        at = np.flatnonzero(~mixed[row])
        rows, self._row = np.unique(row[at], return_inverse=True)
        self._columns, self._values = program.columns[at], program.values[at]
        self._lower = program.row_lower[rows] - INTEGRALITY_TOLERANCE
        self._upper = program.row_upper[rows] + INTEGRALITY_TOLERANCE

    def __call__(self, lower: Floats, upper: Floats) -> bool:
        """False where one of the rows has no solution within the bounds."""
        least, most = term_ranges(self._values, lower[self._columns], upper[self._columns])
        is_within = np.bincount(self._row, weights=least) <= self._upper
        return bool((is_within & (np.bincount(self._row, weights=most) >= self._lower)).all())
