"""Modules of a relaxed plan, and lots of a whole one, are moved by single ones while that saves cost.

While modules are moved lots stay relaxed: what it costs to make them whole hardly depends on the modules. What a move
saves is told by a linear program, but most moves need none: rows over whole columns alone forbid them, or the duals of
a program that was solved before prove that they save nothing.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from models.program import Floats, Ints
from models.solvers.search.form import FEW_LOTS, Form
from models.solvers.search.guide import Rank
from models.solvers.search.proof import ends
from models.solvers.search.relaxation import Care
from models.solvers.search.state import WHOLE, Point, State

LEAST_SAVING = 0.01
"""A move has to save this share of the gap."""
EARLY = (0.9, 0.5)
"""Of a module, 1 less this must be asked for before it is ordered, all that was ordered before counted in. The cheaper
of these is taken."""
MOST_FAILED = 16
"""Moves end after so many linear programs in vain."""
NOTHING = -1

Steps: TypeAlias = tuple[Ints, Ints]
"""For each move the number of the column that one is added to, and of the one that it is taken from, or `NOTHING`."""


def moved(state: State, lower: Floats, upper: Floats, point: Point) -> Point:
    """Holds the modules of a point and moves them one by one; returns the last point, whose bounds are moved too."""
    form = state.form
    assert point.values is not None
    place = np.flatnonzero(form.own & (form.rank >= Rank.MODULE))
    columns = form.whole[place]
    lower[columns] = upper[columns] = np.rint(point.values[columns])
    return _descended(state, lower, upper, point, place, _steps(form, place), Care.PLAN)


def lots_moved(state: State, lower: Floats, upper: Floats, point: Point) -> Point:
    """Moves the lots of a plan whose integers are all held, as `moved` does; those of which there are few at a time."""
    form = state.form
    place = np.flatnonzero(form.own)
    return _descended(state, lower, upper, point, place, _lot_steps(form, place), Care.LEAST)


def _descended(
    state: State, lower: Floats, upper: Floats, point: Point, place: Ints, steps: Steps, care: Care
) -> Point:
    """A move saves no more than the prices of the points so far promise, so only those that promise much are tried."""
    form, columns = state.form, state.form.whole[place]
    if point.duals is None or len(steps[0]) == 0:
        return point
    is_allowed, promises, failed = _Allowed(form), _Promises(state, place), 0
    promises.add(point, lower, upper)
    while failed < MOST_FAILED and not state.is_done:
        enough = point.bound - LEAST_SAVING * state.gap * abs(point.bound)
        better: Point | None = None
        for up, down in _by_promise(form, promises, lower[columns], place, steps, enough):
            if failed >= MOST_FAILED or state.is_done:
                break
            target = lower[columns]
            if up != NOTHING:
                target[up] += 1.0
            if down != NOTHING:
                target[down] -= 1.0
            low, high = lower.copy(), upper.copy()
            low[columns] = high[columns] = target
            if promises.least(target[None])[0] >= enough or not is_allowed(low, high):
                continue
            found = state.try_out(low, high, enough, care)
            promises.add(found, low, high)
            if found.values is not None and found.bound < enough:
                better = found
                lower[:], upper[:] = low, high
                break
            failed += 1
        if better is None:
            break
        point = better
    return point


def _by_promise(
    form: Form, promises: _Promises, values: Floats, place: Ints, steps: Steps, enough: float
) -> list[tuple[int, int]]:
    """The steps from these values that stay within the bounds and may cost less than `enough`, the best one first."""
    columns = form.whole[place]
    up, down = steps
    room = np.append(form.upper[columns] - values, np.inf)[up] >= 1.0
    room &= np.append(values - form.lower[columns], np.inf)[down] >= 1.0
    least = promises.after(values, steps)
    at = np.flatnonzero(room & (least < enough))
    at = at[np.argsort(least[at], kind="stable")]
    return list(zip(up[at].tolist(), down[at].tolist(), strict=True))


def rounded(state: State, lower: Floats, upper: Floats, values: Floats) -> tuple[Floats, Floats, Point]:
    """Returns bounds with all modules fixed, and their point: `values`, of the columns that must be whole, are rounded.

    Of each expansion as many modules are ordered up to each period as are asked for by then, a little early or late.
    """
    found = lower, upper, Point(np.inf)
    for early in EARLY:
        low, high = _rounded(state.form, lower, upper, values, early)
        point = state.try_out(low, high)
        if point.bound < found[2].bound:
            found = low, high, point
    return found


def _rounded(form: Form, lower: Floats, upper: Floats, values: Floats, early: float) -> tuple[Floats, Floats]:
    lower, upper = lower.copy(), upper.copy()
    modules = np.flatnonzero(form.own & (form.rank == Rank.MODULE))
    asked, done = np.zeros(len(values)), np.zeros(len(values))
    before = np.full(len(values), -1)
    before[form.shifts[:, 0]] = form.shifts[:, 1]
    for at in modules[np.argsort(form.period[modules], kind="stable")].tolist():
        last, column = int(before[at]), form.whole[at]
        asked[at] = values[at] + (asked[last] if last >= 0 else 0.0)
        have = done[last] if last >= 0 else 0.0
        order = np.clip(np.floor(asked[at] + early) - have, lower[column], upper[column])
        lower[column] = upper[column] = order
        done[at] = have + order
    return lower, upper


def _steps(form: Form, place: Ints) -> Steps:
    """One module more or less, or one earlier or later."""
    modules = np.flatnonzero(form.own & (form.rank == Rank.MODULE))
    return _pairs(form, place, modules, form.shifts[:, 0], form.shifts[:, 1])


def _lot_steps(form: Form, place: Ints) -> Steps:
    """One lot more or less, or one instead of another of the same period or a neighbouring one."""
    is_few = form.upper[form.whole] <= FEW_LOTS
    lots = np.flatnonzero(form.own & (form.rank == Rank.LOT) & is_few)
    period = form.period[lots]
    one, other = (np.abs(period[:, None] - period) <= 1).nonzero()
    # Each pair once: it goes both ways.
    return _pairs(form, place, lots, lots[one[one > other]], lots[other[one > other]])


def _pairs(form: Form, place: Ints, moved: Ints, one: Ints, other: Ints) -> Steps:
    number = np.full(len(form.whole), NOTHING)
    number[place] = np.arange(len(place))
    single, none = number[moved], np.full(len(moved), NOTHING)
    up, down = number[one], number[other]
    return np.concatenate([single, none, up, down]), np.concatenate([none, single, down, up])


class _Promises:
    """What the points so far prove of others whose modules, choices and strategy (at `place`) stand elsewhere."""

    def __init__(self, state: State, place: Ints) -> None:
        self._state, self._place, self._columns = state, place, state.form.whole[place]
        self._least = np.empty(0)
        self._slopes = np.empty((0, len(place)))

    def add(self, point: Point, lower: Floats, upper: Floats) -> None:
        """Takes over what the duals of a point within these bounds prove."""
        if point.duals is not None:
            slopes = self._state.slopes(point.duals)[self._place]
            proven = self._state.form.proofs.bound(point.duals, lower, upper)
            self._least = np.append(self._least, proven - slopes @ lower[self._columns])
            self._slopes = np.concatenate([self._slopes, slopes[None]])

    def after(self, values: Floats, steps: Steps) -> Floats:
        """Returns the least cost after each step from these values."""
        slopes = np.append(self._slopes, np.zeros((len(self._least), 1)), axis=1)
        now = self._least + self._slopes @ values
        found: Floats = (now[:, None] + slopes[:, steps[0]] - slopes[:, steps[1]]).max(axis=0)
        return found

    def least(self, targets: Floats) -> Floats:
        """Returns the least cost of each row of values."""
        found: Floats = (self._least + targets @ self._slopes.T).max(axis=1)
        return found


class _Allowed:
    """What the rows over whole columns alone say of bounds; they are few, and forbid most moves that have no plan."""

    def __init__(self, form: Form) -> None:
        program = form.program
        row = program.row_of_entries()
        is_other = np.ones(program.column_count, dtype=bool)
        is_other[form.whole] = False
        mixed = np.bincount(row[is_other[program.columns]], minlength=program.row_count) > 0
        at = np.flatnonzero(~mixed[row])
        rows, self._row = np.unique(row[at], return_inverse=True)
        self._columns, self._values = program.columns[at], program.values[at]
        self._lower, self._upper = program.row_lower[rows] - WHOLE, program.row_upper[rows] + WHOLE

    def __call__(self, lower: Floats, upper: Floats) -> bool:
        """False where one of the rows has no solution within the bounds."""
        least, most = ends(self._values, lower[self._columns], upper[self._columns])
        is_within = np.bincount(self._row, weights=least) <= self._upper
        return bool((is_within & (np.bincount(self._row, weights=most) >= self._lower)).all())
