"""Plans from relaxed ones: integers are fixed one by one, each at the side that costs less."""

from __future__ import annotations

import numpy as np

from models.program import Floats
from models.solvers.search.state import WHOLE, Point, State

NEAR = 0.02
"""A side that costs no more than this share of the gap is good enough."""


def dive(state: State, lower: Floats, upper: Floats, values: Floats) -> bool:
    """Fixes what is not whole, from the columns that decide most on; True when a better plan was found.

    `lower` and `upper` are the bounds of all columns to begin with, `values` those of the columns that must be whole.
    """
    form = state.form
    lower, upper, values = lower.copy(), upper.copy(), values.copy()
    own = np.flatnonzero(form.own)
    most = form.upper[form.whole[own]]
    enough = NEAR * state.gap * abs(state.bound) if np.isfinite(state.bound) else 0.0
    cost = -np.inf
    point: Point | None = None
    while True:
        apart = np.abs(values[own] - np.rint(values[own])) > WHOLE
        if not apart.any():
            break
        open_ones = own[apart]
        # What comes first leaves those after it room to answer; of one period, large lots before small ones.
        order = np.lexsort((open_ones, most[apart], form.period[open_ones], -form.rank[open_ones]))
        at = int(open_ones[order[0]])
        point = _cheaper_side(state, lower, upper, int(form.whole[at]), float(values[at]), cost + enough)
        if point is None or point.values is None or state.is_done:
            return False
        values, cost = point.values[form.whole], point.bound
    if point is None or point.values is None:
        point = state.try_out(lower, upper)
    return point.values is not None and state.is_whole(point.values) and state.found(point.values)


def _cheaper_side(
    state: State, lower: Floats, upper: Floats, column: int, value: float, enough: float
) -> Point | None:
    """Fixes a column at the whole number on the side that costs less; None where neither side has a plan.

    The farther side is not looked at where the nearer one costs no more than `enough`.
    """
    best: Point | None = None
    chosen = 0.0
    floor = np.floor(value)
    for side in (floor, floor + 1.0) if value - floor < 0.5 else (floor + 1.0, floor):
        low, high = lower.copy(), upper.copy()
        low[column] = high[column] = side
        point = state.try_out(low, high)
        if point.values is not None and (best is None or point.bound < best.bound):
            best, chosen = point, side
        if best is not None and best.bound <= enough:
            break
    lower[column] = upper[column] = chosen
    return best
