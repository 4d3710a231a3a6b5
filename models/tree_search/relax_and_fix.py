"""Relax-and-fix: a plan of a large program in few linear programs, block by block along the horizon (decision 0008)."""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.tree_search.branching_guide import Priority
from models.tree_search.search_state import INTEGRALITY_TOLERANCE, LpPoint, SearchState

TRY_BOTH_SIDES = 3e-4
"""Where fixing a choice at its nearer side costs more than this share, a third of the usual gap, both are tried."""
CHEAP_BLOCK = 5e-5
"""A block that adds no more than this share to the cost is rounded no other way: a twentieth of the usual gap."""
OFFSETS = {Priority.CAPACITY: (0.5, 0.75, 0.25), Priority.LOT_SIZE: (0.5,)}
"""How much is added to running totals before they are rounded down; the first that is cheap is taken."""
SINGLE_OFFSETS = (0.5, 0.0, 1.0 - 2.0 * INTEGRALITY_TOLERANCE)
"""The same for a single column: nearest, down and up."""
BLOCKS = {Priority.CAPACITY: 8, Priority.LOT_SIZE: 20}
"""Into how many blocks the horizon is divided: what comes after a block can still answer it."""


class RelaxAndFix:
    """Makes the integers of a search whole; `series` numbers by integer column what follows each other in time.

    Columns are positions among the integer columns, and bounds are those of the integer columns.
    """

    def __init__(self, state: SearchState, series: Ints) -> None:
        self._state = state
        formulation = state.formulation
        self._series = series
        self._priority, self._period = formulation.priority, formulation.period
        self._is_original = formulation.is_original

    def plan(self, lower: Floats, upper: Floats, point: LpPoint) -> bool:
        """Returns whether a better plan was found within these bounds, whose linear program is answered by `point`."""
        state = self._state
        lower, upper = lower.copy(), upper.copy()
        found = self._fix_choices(lower, upper, point)
        if found is not None and found.values is not None:
            # The strategy stays: what follows could not pay for another one.
            strategy = self._priority == Priority.STRATEGY
            lower[strategy] = upper[strategy] = np.rint(self._of(found)[strategy])
        for priority in (Priority.CAPACITY, Priority.LOT_SIZE):
            found = None if found is None else self._fix_by_blocks(priority, lower, upper, found)
        if found is not None and found.values is not None:
            # Choices that were whole before may have moved to answer the lots.
            integers = np.rint(self._of(found))
            found = self._fix_choices(lower, upper, found) or self._solve(integers, integers)
        if found is None or found.values is None or not state.is_integral(found.values):
            return False
        before = state.incumbent_cost
        integers = np.rint(self._of(found))
        # Stocks that were aggregated for other lots may cost something here.
        exact = state.solve(*state.formulation.column_bounds(integers, integers), -np.inf)
        if exact.values is not None:
            state.update_incumbent(exact.values)
        state.update_incumbent(found.values)
        return state.incumbent_cost < before

    def _of(self, point: LpPoint) -> Floats:
        """The values of the integer columns."""
        assert point.values is not None
        return point.values[self._state.formulation.integers]

    def _solve(self, lower: Floats, upper: Floats) -> LpPoint:
        return self._state.solve_primal(*self._state.formulation.column_bounds(lower, upper))

    def _fix_choices(self, lower: Floats, upper: Floats, point: LpPoint) -> LpPoint | None:
        """Fixes strategy and choices one by one, sums before their parts and great values before small ones.

        Returns the last point; None where there is no plan.
        """
        while point.values is not None and not self._state.is_finished:
            values = self._of(point)
            is_open = np.abs(values - np.rint(values)) > INTEGRALITY_TOLERANCE
            columns = np.flatnonzero(is_open & (self._priority > Priority.CAPACITY))
            if not len(columns):
                return point
            order = np.lexsort((columns, -values[columns], self._is_original[columns], -self._priority[columns]))
            column = int(columns[order[0]])
            better = self._fix_cheaper_side(lower, upper, column, float(values[column]), point.bound)
            if better is None:
                return None
            point = better
        return None

    def _fix_cheaper_side(self, lower: Floats, upper: Floats, column: int, value: float, cost: float) -> LpPoint | None:
        floor = float(np.floor(value))
        best, chosen = None, floor
        for side in (floor + 1.0, floor) if value - floor >= 0.5 else (floor, floor + 1.0):
            low, high = lower.copy(), upper.copy()
            low[column] = high[column] = side
            point = self._solve(low, high)
            if point.values is not None and (best is None or point.bound < best.bound):
                best, chosen = point, side
            if best is not None and best.bound - cost <= TRY_BOTH_SIDES * abs(cost):
                break
        lower[column] = upper[column] = chosen
        return best

    def _fix_by_blocks(self, priority: Priority, lower: Floats, upper: Floats, point: LpPoint) -> LpPoint | None:
        """Rounds the columns of a priority by blocks; a block that leaves no plan is halved, down to single columns."""
        of_priority = np.flatnonzero(self._is_original & (self._priority == priority))
        members = of_priority[np.argsort(self._period[of_priority], kind="stable")]
        blocks = [
            members[np.isin(self._period[members], periods)]
            for periods in np.array_split(np.unique(self._period[members]), BLOCKS[priority])
        ]
        blocks.reverse()
        while blocks:
            block = blocks.pop()
            if not len(block):
                continue
            if point.values is None or self._state.is_finished:
                return None
            values = self._of(point)[block]
            if np.abs(values - np.rint(values)).max() <= INTEGRALITY_TOLERANCE:
                lower[block] = upper[block] = np.rint(values)
                continue
            offsets = OFFSETS[priority] if len(block) > 1 else SINGLE_OFFSETS
            found = self._round_block(lower, upper, block, point, offsets)
            if found is not None:
                point = found
            elif len(block) == 1:
                return None
            else:
                blocks += [block[len(block) // 2 :], block[: len(block) // 2]]
        return point

    def _round_block(
        self, lower: Floats, upper: Floats, block: Ints, point: LpPoint, offsets: tuple[float, ...]
    ) -> LpPoint | None:
        """Fixes a block along its running totals by the first offset that costs little, or the cheapest."""
        best, chosen = None, None
        for offset in offsets:
            rounded = self._rounded(block, self._of(point), offset, lower, upper)
            low, high = lower.copy(), upper.copy()
            low[block] = high[block] = rounded
            found = self._solve(low, high)
            if found.values is not None and (best is None or found.bound < best.bound):
                best, chosen = found, rounded
            is_cheap = best is not None and best.bound - point.bound <= CHEAP_BLOCK * abs(point.bound)
            if is_cheap or self._state.stop is not None:
                break
        if chosen is not None:
            lower[block] = upper[block] = chosen
        return best

    def _rounded(self, block: Ints, values: Floats, offset: float, lower: Floats, upper: Floats) -> Floats:
        """Whole numbers whose running totals keep close to those of the values, each within its bounds."""
        rounded = np.empty(len(block))
        carried: dict[int, float] = {}
        for i in np.lexsort((block, self._period[block])).tolist():
            column = int(block[i])
            series = int(self._series[column])
            asked = float(values[column]) + carried.get(series, 0.0)
            floor = np.floor(asked + offset + INTEGRALITY_TOLERANCE)
            rounded[i] = np.clip(floor, lower[column], upper[column])
            carried[series] = asked - rounded[i]
        return rounded
