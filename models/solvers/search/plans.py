"""Plans from relaxed ones: integers are fixed one by one, each at the side that costs less."""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.solvers.search.form import Form
from models.solvers.search.guide import Rank
from models.solvers.search.moves import lots_moved, moved, rounded
from models.solvers.search.relaxation import Care
from models.solvers.search.state import WHOLE, Point, State
from models.solvers.search.tree import Tree

BETTER = 0.1
"""A dive ends where its plan cannot be better by this share of the gap."""
NEAR, NEAR_MODULE = 0.05, 0.4
"""A side that costs no more than this share of the gap is good enough; modules are moved afterwards."""
LEAST_WIDTH = 2
WINDOWS = 6
"""A window is this part of the plan's periods wide, but at least `LEAST_WIDTH` periods."""
MOST_PROGRAMS = 100
"""Linear programs that a window may take."""
PLUNGES = 2
"""A window's tree first goes straight down this often."""


def dive(state: State, lower: Floats, upper: Floats, values: Floats) -> bool:
    """Fixes what is not whole, from the columns that decide most on; True when a better plan was found.

    `lower` and `upper` are the bounds of all columns to begin with, `values` those of the columns that must be whole.
    """
    form = state.form
    lower, upper, values = lower.copy(), upper.copy(), values.copy()
    own = np.flatnonzero(form.own)
    of_gap = state.gap * abs(state.bound) if np.isfinite(state.bound) else 0.0
    cost = -np.inf
    point: Point | None = None
    # Later dives begin where the first one went elsewhere.
    at_once, may_move = state.plan is None, True
    while len(open_ones := own[np.abs(values[own] - np.rint(values[own])) > WHOLE]) or may_move:
        top = int(form.rank[open_ones].max(initial=Rank.NONE))
        if at_once and top == Rank.MODULE:
            at_once = False
            low, high, bulk = rounded(state, lower, upper, values)
            if bulk.values is None:
                continue
            lower, upper, point = low, high, bulk
        elif may_move and top <= Rank.LOT:
            may_move = False
            if point is None or point.duals is None:
                continue
            point = moved(state, lower, upper, point)
        else:
            at = _first(form, open_ones)
            enough = cost + of_gap * (NEAR_MODULE if form.rank[at] == Rank.MODULE else NEAR)
            lower, upper, point = _fixed(state, lower, upper, values, at, enough)
        if point is None or point.values is None or state.is_done:
            return False
        values, cost = point.values[form.whole], point.bound
    held = form.whole[own]
    lower[held] = upper[held] = np.rint(values[own])
    point = state.try_out(lower, upper, care=Care.LEAST)
    if point.values is None or not state.is_whole(point.values):
        return False
    point = lots_moved(state, lower, upper, point)
    return point.values is not None and state.found(point.values)


def _first(form: Form, open_ones: Ints) -> int:
    """What comes first leaves those after it room to answer; of one period, large lots before small ones."""
    most = form.upper[form.whole[open_ones]]
    order = np.lexsort((open_ones, most, form.period[open_ones], -form.rank[open_ones]))
    return int(open_ones[order[0]])


def _fixed(
    state: State, lower: Floats, upper: Floats, values: Floats, at: int, enough: float
) -> tuple[Floats, Floats, Point | None]:
    """Returns bounds with the column at position `at` fixed on the side that costs less, and their point.

    The lots of its period that are whole already are held: else its fraction would only move on to the next of equal
    offers, as often as there are offers. Where that leaves no plan they are let go, and no stock is tied.
    """
    column, value = int(state.form.whole[at]), float(values[at])
    low, high = lower.copy(), upper.copy()
    held = _whole_neighbours(state.form, values, at)
    low[state.form.whole[held]] = high[state.form.whole[held]] = np.rint(values[held])
    # Of lots the last thousandths count, which ties would hide.
    care = Care.LEAST if state.form.rank[at] == Rank.LOT else Care.PLAN
    point = _cheaper_side(state, low, high, column, value, enough, care)
    if point is not None or state.is_done:
        return low, high, point
    return lower, upper, _cheaper_side(state, lower, upper, column, value, enough, Care.LEAST)


def _whole_neighbours(form: Form, values: Floats, at: int) -> Ints:
    """Positions of the lots that are whole in the period of the lot at `at`; none where that is no lot."""
    if form.rank[at] != Rank.LOT:
        return np.empty(0, dtype=np.int64)
    beside = np.flatnonzero(form.own & (form.rank == Rank.LOT) & (form.period == form.period[at]))
    return beside[np.abs(values[beside] - np.rint(values[beside])) <= WHOLE]


def _cheaper_side(
    state: State, lower: Floats, upper: Floats, column: int, value: float, enough: float, care: Care
) -> Point | None:
    """Fixes a column at the whole number on the side that costs less; None where neither side has a plan.

    The farther side is not looked at where the nearer one costs no more than `enough`.
    """
    best: Point | None = None
    chosen = 0.0
    most = state.cost if state.plan is None else state.cost - BETTER * state.gap * abs(state.cost)
    floor = np.floor(value)
    for side in (floor, floor + 1.0) if value - floor < 0.5 else (floor + 1.0, floor):
        low, high = lower.copy(), upper.copy()
        low[column] = high[column] = side
        point = state.try_out(low, high, most, care)
        if point.values is not None and (best is None or point.bound < best.bound):
            best, chosen = point, side
        if best is not None and best.bound <= enough:
            break
    lower[column] = upper[column] = chosen
    return best


def take_hint(state: State, hint: Floats) -> None:
    """Tries the integers of a plan of this or a neighbouring program, then its strategy with a dive for the rest.

    Columns whose hint is not a number are free.
    """
    form = state.form
    own = form.whole[form.own]
    known = np.isfinite(hint[own])
    columns = own[known]
    values = np.clip(np.rint(hint[columns]), form.lower[columns], form.upper[columns])
    for part in (np.ones(len(columns), dtype=bool), form.rank[form.own][known] > Rank.MODULE):
        if not part.any():
            continue
        lower, upper = form.lower.copy(), form.upper.copy()
        lower[columns[part]] = upper[columns[part]] = values[part]
        point = state.try_out(lower, upper, care=Care.LEAST)
        if point.values is None:
            continue
        if state.is_whole(point.values):
            state.found(point.values)
        else:
            dive(state, lower, upper, point.values[form.whole])
        if state.plan is not None:
            return


def grown(part: State) -> None:
    """Searches a restricted problem by a tree of its own that first goes straight down."""
    tree = Tree(part)
    tree.root()
    plunges = 0
    while tree.best is not None and not part.is_done:
        if plunges < PLUNGES:
            tree.plunge()
        else:
            tree.split_best()
        plunges += 1


class Windows:
    """Improves the best plan: all of it is held but the modules and lots of a few neighbouring periods.

    Each window is a small tree of its own. The windows slide over the plan until none of them finds anything.
    """

    def __init__(self, state: State) -> None:
        form = state.form
        self._movable = form.own & (form.rank <= Rank.MODULE)
        periods = np.array(sorted(set(form.period[self._movable].tolist())), dtype=np.int64)
        width = max(LEAST_WIDTH, len(periods) // WINDOWS)
        self._windows = [periods[at : at + width] for at in range(0, max(1, len(periods) - width + 1), width // 2)]
        self._next = self._idle = 0
        self._cost = np.inf

    def is_idle(self, state: State) -> bool:
        """True when there is no plan, or every window was searched since the plan became as good as it is."""
        return state.plan is None or (self._idle >= len(self._windows) and self._cost <= state.cost)

    def improve(self, state: State) -> None:
        """Searches the next window around the plan of a search."""
        form = state.form
        assert state.plan is not None
        if state.cost < self._cost:
            self._idle = 0
        window = self._windows[self._next % len(self._windows)]
        self._next += 1
        self._idle += 1
        held = form.own & ~(self._movable & np.isin(form.period, window))
        columns = form.whole[held]
        lower, upper = form.lower.copy(), form.upper.copy()
        lower[columns] = upper[columns] = np.rint(state.plan[columns])
        part = state.restricted(lower, upper, MOST_PROGRAMS)
        grown(part)
        state.take(part)
        self._cost = state.cost
