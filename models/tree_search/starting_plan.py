"""A first plan from a few linear programs, for a search that may be ended before it has found one.

The program is restricted until its linear programs are small, and what satisfies it then is a plan of the whole one:

    strategic decisions   what can be decided once only stays as it is committed: a column at its lower bound
    stocks                nothing is sold before the end of its life: `later ≤ share · earlier` holds as an equation,
                          so that stocks can be aggregated (`column_aggregation`)

Its integers are rounded many at a time, from those that decide most on: tiers of prices, capacity modules along their
running totals, then what is ordered, period by period. After each rounding the linear program is solved again, so that
what follows makes up for it. Lots are rounded down first: fewer of them break no budget, limit or power, and demand may
be left unserved. Where a rounding admits no plan the next one is tried. A small program tries all of them and takes the
cheapest; where none admits a plan, it fixes its columns one by one.

Where the restrictions admit no plan, both are given up, and strategic decisions are rounded like the rest. There are
programs with plans of which it finds none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from models.program import Floats, Ints, Program, relaxed
from models.tree_search.aggregated_lp import AggregatedLp
from models.tree_search.branching_guide import BranchingGuide, Priority
from models.tree_search.lp_protocol import LpResult, LpStatus, WarmLpRelaxation

COMPARED_BELOW = 5_000
"""Columns up to which all roundings are tried: a linear program takes a few milliseconds."""
MAX_BLOCKS = 60
"""Of more periods of a large program several are rounded together: each linear program takes a tenth of a second."""
_WHOLE = 1e-6

Rounding = Callable[[Floats], Floats]
LpFactory = Callable[[Program], WarmLpRelaxation]


def _down(values: Floats) -> Floats:
    return np.floor(values + _WHOLE)


def _up(values: Floats) -> Floats:
    return np.ceil(values - _WHOLE)


def _nearest(values: Floats) -> Floats:
    return np.floor(values + 0.5)


ROUNDINGS: dict[Priority, tuple[Rounding, ...]] = {
    Priority.STRATEGY: (_nearest, _up, _down),
    Priority.CHOICE: (_up, _nearest, _down),
    Priority.CAPACITY: (_down, _up, _nearest),
    Priority.LOT_SIZE: (_down, _up, _nearest),
}
"""By priority of columns: how their fractions are rounded, in the order in which it is tried."""


def starting_plan(program: Program, guide: BranchingGuide, lp_of: LpFactory) -> Floats | None:
    """Returns the values of a plan, its integers exact; None where the roundings find none."""
    for is_restricted in (True, False):
        found = _Rounder(program, guide, lp_of, is_restricted=is_restricted).plan()
        if found is not None:
            return found
    return None


@dataclass(frozen=True)
class _RoundedPoint:
    """Bounds by column, of which some are fixed already, and the values of the linear program within them."""

    lower: Floats
    upper: Floats
    values: Floats
    cost: float


class _BoundedLp(Protocol):
    def solve(self, lower: Floats, upper: Floats) -> LpResult:
        """Returns the result for these column bounds."""


class _AggregatedStocks(AggregatedLp):
    """The relaxation with all stocks aggregated: what it finds is a solution of the whole program."""

    def __init__(self, program: Program, guide: BranchingGuide, lp_of: LpFactory) -> None:
        super().__init__(program, guide.stock_rows, lp_of, np.zeros(program.column_count, dtype=bool))

    def solve(self, lower: Floats, upper: Floats) -> LpResult:
        """Returns the result for these bounds of the whole program's columns."""
        at = self._substitution.kept[self._core.kept]
        result = self._lp.solve(lower[at], upper[at])
        if result.values is None:
            return result
        values = self._core.postsolve_values(result.values)
        return replace(result, values=self._substitution.postsolve_values(values))


class _Rounder:
    """Rounds the integers of a program, restricted or not."""

    def __init__(self, program: Program, guide: BranchingGuide, lp_of: LpFactory, *, is_restricted: bool) -> None:
        self._program, self._guide = program, guide
        whole = program.is_integer
        self._lower, self._upper = program.column_lower.copy(), program.column_upper.copy()
        self._lower[whole], self._upper[whole] = _up(self._lower[whole]), _down(self._upper[whole])
        if is_restricted:
            once = guide.priority == Priority.STRATEGY
            self._upper[once] = self._lower[once]
            program = replace(program, column_lower=self._lower, column_upper=self._upper)
            self._lp: _BoundedLp = _AggregatedStocks(program, guide, lp_of)
        else:
            self._lp = lp_of(replace(relaxed(program), column_lower=self._lower, column_upper=self._upper))

    def plan(self) -> Floats | None:
        """Returns a plan with whole integers, or None."""
        if (self._lower > self._upper).any():
            return None
        point = self._solved(self._lower, self._upper)
        for priority, columns in self._groups():
            if point is None:
                return None
            point = self._rounded(point, priority, columns)
        if point is None:
            return None
        whole = self._program.is_integer
        values = np.clip(point.values, self._program.column_lower, self._program.column_upper)
        values[whole] = np.rint(values[whole])
        return values

    def _groups(self) -> Iterator[tuple[Priority, Ints]]:
        """The integer columns that are rounded together, in turn."""
        whole, priority, period = self._program.is_integer, self._guide.priority, self._guide.period
        is_lot, is_choice = whole & (priority == Priority.LOT_SIZE), whole & (priority == Priority.CHOICE)
        # A tier of prices counts the lots of many periods, so it is chosen before all of them.
        is_of_span = is_choice & (period > period[is_lot].max(initial=-1))
        yield Priority.STRATEGY, np.flatnonzero(whole & (priority == Priority.STRATEGY))
        yield Priority.CHOICE, np.flatnonzero(is_of_span)
        yield Priority.CAPACITY, np.flatnonzero(whole & (priority == Priority.CAPACITY))
        periods = np.unique(period[whole & ~is_of_span])
        most = MAX_BLOCKS if self._program.column_count >= COMPARED_BELOW else len(periods)
        for block in np.array_split(periods, min(len(periods), most)) if len(periods) else ():
            is_now = np.isin(period, block)
            yield Priority.CHOICE, np.flatnonzero(is_choice & ~is_of_span & is_now)
            yield Priority.LOT_SIZE, np.flatnonzero(is_lot & is_now)

    def _rounded(self, point: _RoundedPoint, priority: Priority, columns: Ints) -> _RoundedPoint | None:
        """Returns the point with these columns fixed at whole values; None where no rounding admits a plan."""
        values = point.values[columns]
        is_done = np.abs(values - np.rint(values)).max(initial=0.0) <= _WHOLE
        best: _RoundedPoint | None = None
        for rounding in (_nearest,) if is_done else ROUNDINGS[priority]:
            whole = self._totals(point.values, columns, rounding) if priority is Priority.CAPACITY else rounding(values)
            lower, upper = point.lower.copy(), point.upper.copy()
            lower[columns] = upper[columns] = np.clip(whole, self._lower[columns], self._upper[columns])
            found = replace(point, lower=lower, upper=upper) if is_done else self._solved(lower, upper)
            if found is not None and (best is None or found.cost < best.cost):
                best = found
            if best is not None and self._program.column_count >= COMPARED_BELOW:
                break
        if best is not None:
            return best
        if self._program.column_count < COMPARED_BELOW:
            return self._one_by_one(point, columns)
        return self._period_by_period(point, priority, columns)

    def _period_by_period(self, point: _RoundedPoint, priority: Priority, columns: Ints) -> _RoundedPoint | None:
        """Returns the point with these columns fixed in turn by their periods, where those are several."""
        periods = np.unique(self._guide.period[columns])
        if len(periods) <= 1:
            return None
        for each in periods:
            found = self._rounded(point, priority, columns[self._guide.period[columns] == each])
            if found is None:
                return None
            point = found
        return point

    def _one_by_one(self, point: _RoundedPoint, columns: Ints) -> _RoundedPoint | None:
        """Returns the point with these columns fixed one by one, each at the nearer side that admits a plan."""
        for column in columns.tolist():
            value = point.values[column : column + 1]
            sides = sorted({float(_down(value)[0]), float(_up(value)[0])}, key=lambda side: abs(side - value[0]))
            for side in sides:
                lower, upper = point.lower.copy(), point.upper.copy()
                lower[column] = upper[column] = np.clip(side, self._lower[column], self._upper[column])
                found = self._solved(lower, upper)
                if found is not None:
                    point = found
                    break
            else:
                return None
        return point

    def _totals(self, values: Floats, columns: Ints, rounding: Rounding) -> Floats:
        """Values by column of which the running total along each series is the rounded one.

        A predecessor has the lower number, so it comes first.
        """
        total: dict[int, tuple[float, float]] = {}
        found = np.empty(len(columns))
        for place, column in enumerate(columns.tolist()):
            before, whole_before = total.get(int(self._guide.predecessor[column]), (0.0, 0.0))
            exact = before + values[column]
            whole = max(whole_before, float(rounding(np.array(exact))))
            total[column] = exact, whole
            found[place] = whole - whole_before
        return found

    def _solved(self, lower: Floats, upper: Floats) -> _RoundedPoint | None:
        result = self._lp.solve(lower, upper)
        if result.status is not LpStatus.OPTIMAL or result.values is None:
            return None
        return _RoundedPoint(lower, upper, result.values, self._program.objective_of(result.values))
