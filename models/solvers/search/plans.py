"""Plans from relaxed ones: integers are fixed one by one, each at the side that costs less."""

from __future__ import annotations

import numpy as np

from models.program import Floats
from models.solvers.search.guide import Rank
from models.solvers.search.state import WHOLE, Point, State


def dive(state: State, lower: Floats, upper: Floats, values: Floats) -> bool:
    """Fixes what is not whole, from the columns that decide most on; True when a better plan was found.

    `lower` and `upper` are the bounds of all columns to begin with, `values` those of the columns that must be whole.
    """
    form = state.form
    lower, upper, values = lower.copy(), upper.copy(), values.copy()
    own = np.flatnonzero(form.own)
    point: Point | None = None
    while True:
        apart = np.abs(values[own] - np.rint(values[own])) > WHOLE
        if not apart.any():
            break
        open_ones = own[apart]
        high = form.rank[open_ones] > Rank.MODULE
        # Few modules or lots are hit hardest by being made whole, so they choose first.
        order = np.lexsort((open_ones, values[open_ones], ~high))
        at = int(open_ones[order[0]])
        point = _cheaper_side(state, lower, upper, int(form.whole[at]), float(values[at]))
        if point is None or point.values is None or state.is_done:
            return False
        values = point.values[form.whole]
    if point is None or point.values is None:
        point = state.try_out(lower, upper)
    return point.values is not None and state.is_whole(point.values) and state.found(point.values)


def _cheaper_side(state: State, lower: Floats, upper: Floats, column: int, value: float) -> Point | None:
    """Fixes a column at the whole number on the side that costs less; None where neither side has a plan."""
    best: Point | None = None
    chosen = 0.0
    for side in (np.floor(value), np.floor(value) + 1.0):
        low, high = lower.copy(), upper.copy()
        low[column] = high[column] = side
        point = state.try_out(low, high)
        if point.values is not None and (best is None or point.bound < best.bound):
            best, chosen = point, side
    lower[column] = upper[column] = chosen
    return best
