"""A plan of a large program in few linear programs: what decides most first, then whole blocks at once."""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.solvers.search.guide import Rank
from models.solvers.search.state import WHOLE, Point, State

WORTH_BOTH = 3e-4
"""Where fixing a choice at its nearer side costs more than this share, the other side is tried too."""
LITTLE = 5e-5
"""A block that adds no more than this share to the cost is made whole no other way."""
SHIFTS = {Rank.MODULE: (0.5, 0.75, 0.25), Rank.LOT: (0.5,)}
"""How much of a whole one must be asked for before it is ordered: 1 less this. The first that is cheap is taken."""
SINGLE_SHIFTS = (0.5, 0.0, 1.0 - 2.0 * WHOLE)
"""The same for a single column: nearest, down and up."""
BLOCKS = {Rank.MODULE: 8, Rank.LOT: 20}
"""In how many steps over the horizon they are made whole, each answered by what comes after."""


class Rounder:
    """Makes the integers of a search whole, in bulk; `series` numbers by column what follows each other in time."""

    def __init__(self, state: State, series: Ints) -> None:
        self._state = state
        form = state.form
        self._series = series
        self._whole, self._rank, self._own, self._period = form.whole, form.rank, form.own, form.period

    def plan(self, lower: Floats, upper: Floats, point: Point) -> bool:
        """Returns whether a better plan was found below these column bounds, whose answer is `point`."""
        lower, upper = lower.copy(), upper.copy()
        found = self._choices(lower, upper, point)
        if found is not None and found.values is not None:
            # The strategy stays: what follows could not pay for another one.
            chosen = self._whole[self._rank == Rank.STRATEGY]
            lower[chosen] = upper[chosen] = np.rint(found.values[chosen])
        for rank in (Rank.MODULE, Rank.LOT):
            found = None if found is None else self._by_blocks(rank, lower, upper, found)
        if found is not None and found.values is not None:
            # Choices that were whole before may have moved to answer the lots.
            found = self._choices(lower, upper, found) or self._nearest(lower, upper, found.values)
        if found is None or found.values is None or not self._state.is_whole(found.values):
            return False
        cost = self._state.cost
        lower[self._whole] = upper[self._whole] = np.rint(found.values[self._whole])
        # Stocks that were tied for other lots may cost something here.
        exact = self._state.solve(lower, upper, -np.inf)
        if exact.values is not None:
            self._state.found(exact.values)
        self._state.found(found.values)
        return self._state.cost < cost

    def _choices(self, lower: Floats, upper: Floats, point: Point) -> Point | None:
        """Settles strategy and choices one by one, sums before their parts and great values before small ones."""
        state, whole = self._state, self._whole
        while point.values is not None and not state.is_done:
            values = point.values[whole]
            open_ones = np.flatnonzero((np.abs(values - np.rint(values)) > WHOLE) & (self._rank > Rank.MODULE))
            if not len(open_ones):
                return point
            order = np.lexsort((open_ones, -values[open_ones], self._own[open_ones], -self._rank[open_ones]))
            at = int(open_ones[order[0]])
            answer = self._better_side(lower, upper, int(whole[at]), float(values[at]), point)
            if answer is None:
                return None
            point = answer
        return None

    def _better_side(self, lower: Floats, upper: Floats, column: int, value: float, point: Point) -> Point | None:
        floor = float(np.floor(value))
        best, chosen = None, floor
        for side in (floor + 1.0, floor) if value - floor >= 0.5 else (floor, floor + 1.0):
            low, high = lower.copy(), upper.copy()
            low[column] = high[column] = side
            answer = self._state.try_out(low, high)
            if answer.values is not None and (best is None or answer.bound < best.bound):
                best, chosen = answer, side
            if best is not None and best.bound - point.bound <= WORTH_BOTH * abs(point.bound):
                break
        lower[column] = upper[column] = chosen
        return best

    def _nearest(self, lower: Floats, upper: Floats, values: Floats) -> Point:
        low, high = lower.copy(), upper.copy()
        low[self._whole] = high[self._whole] = np.rint(values[self._whole])
        return self._state.try_out(low, high)

    def _by_blocks(self, rank: Rank, lower: Floats, upper: Floats, point: Point) -> Point | None:
        """Makes a rank whole block by block; a block that leaves no plan is halved, down to single columns."""
        all_of_rank = np.flatnonzero(self._own & (self._rank == rank))
        members = all_of_rank[np.argsort(self._period[all_of_rank], kind="stable")]
        blocks = [
            members[np.isin(self._period[members], periods)]
            for periods in np.array_split(np.unique(self._period[members]), BLOCKS[rank])
        ]
        blocks.reverse()
        while blocks:
            at = blocks.pop()
            if not len(at):
                continue
            if point.values is None or self._state.is_done:
                return None
            columns, values = self._whole[at], point.values[self._whole[at]]
            if np.abs(values - np.rint(values)).max() <= WHOLE:
                lower[columns] = upper[columns] = np.rint(values)
                continue
            shifts = SHIFTS[rank] if len(at) > 1 else SINGLE_SHIFTS
            found = self._bulk(lower, upper, at, point, shifts)
            if found is not None:
                point = found
            elif len(at) == 1:
                return None
            else:
                blocks += [at[len(at) // 2 :], at[: len(at) // 2]]
        return point

    def _bulk(self, lower: Floats, upper: Floats, at: Ints, point: Point, shifts: tuple[float, ...]) -> Point | None:
        """Fixes all of `at` along their running totals by the first of `shifts` that costs little, or the cheapest."""
        columns, best, chosen = self._whole[at], None, None
        assert point.values is not None
        for shift in shifts:
            whole = self._along(at, point.values, shift, lower, upper)
            low, high = lower.copy(), upper.copy()
            low[columns] = high[columns] = whole
            answer = self._state.try_out(low, high)
            if answer.values is not None and (best is None or answer.bound < best.bound):
                best, chosen = answer, whole
            is_cheap = best is not None and best.bound - point.bound <= LITTLE * abs(point.bound)
            if is_cheap or self._state.stop is not None:
                break
        if chosen is not None:
            lower[columns] = upper[columns] = chosen
        return best

    def _along(self, at: Ints, values: Floats, shift: float, lower: Floats, upper: Floats) -> Floats:
        """Whole numbers whose running totals keep close to those of the values, each within its bounds."""
        columns = self._whole[at]
        found = np.empty(len(at))
        carried: dict[int, float] = {}
        for i in np.lexsort((columns, self._period[at])).tolist():
            column = int(columns[i])
            series = int(self._series[column])
            asked = float(values[column]) + carried.get(series, 0.0)
            found[i] = np.clip(np.floor(asked + shift + WHOLE), lower[column], upper[column])
            carried[series] = asked - found[i]
        return found
