"""Modules of a relaxed plan are moved by single ones while that saves cost.

Lots stay relaxed: what it costs to make them whole hardly depends on the modules. What a move saves is told by a linear
program, but most moves need none: rows over whole columns alone forbid them, or the duals of a program that was solved
before prove that they save nothing.
"""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.solvers.search.form import Form
from models.solvers.search.guide import Rank
from models.solvers.search.proof import ends
from models.solvers.search.state import WHOLE, Point, State

LEAST_SAVING = 0.01
"""A move has to save this share of the gap."""
EARLY = 0.9
"""Of a module, 1 less this must be asked for before it is ordered, all that was ordered before counted in."""
MOST_FAILED = 16
"""Moves end after so many linear programs in vain."""


def moved(state: State, lower: Floats, upper: Floats, point: Point) -> Point:
    """Holds the modules of a point and moves them by single ones; returns the last point, whose bounds are moved too.

    A move saves no more than the prices of the point promise, so only those that promise something are looked at.
    """
    form = state.form
    assert point.values is not None
    assert point.duals is not None
    held = form.whole[form.own & (form.rank >= Rank.MODULE)]
    lower[held] = upper[held] = np.rint(point.values[held])
    is_allowed, known, failed = _Allowed(form), [point.duals], 0
    while point.duals is not None and failed < MOST_FAILED and not state.is_done:
        enough = point.bound - LEAST_SAVING * state.gap * abs(point.bound)
        better: Point | None = None
        for promise, columns, steps in _moves(form, state.slopes(point.duals), lower):
            if point.bound + promise >= enough or failed >= MOST_FAILED or state.is_done:
                break
            low, high = lower.copy(), upper.copy()
            low[columns] += steps
            high[columns] += steps
            if not is_allowed(low, high) or any(form.proofs.bound(one, low, high) >= enough for one in known):
                continue
            found = state.try_out(low, high, enough)
            if found.duals is not None:
                known.append(found.duals)
            if found.values is not None and found.bound < enough:
                better = found
                lower[:], upper[:] = low, high
                break
            failed += 1
        if better is None:
            break
        point = better
    return point


def rounded(form: Form, lower: Floats, upper: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Returns bounds with all modules fixed: of each expansion as many up to each period as `values` ask for by then.

    `values` are those of the columns that must be whole. Early modules cost a little; missing ones cost queries.
    """
    lower, upper = lower.copy(), upper.copy()
    modules = np.flatnonzero(form.own & (form.rank == Rank.MODULE))
    asked, done = np.zeros(len(values)), np.zeros(len(values))
    before = np.full(len(values), -1)
    before[form.shifts[:, 0]] = form.shifts[:, 1]
    for at in modules[np.argsort(form.period[modules], kind="stable")].tolist():
        last, column = int(before[at]), form.whole[at]
        asked[at] = values[at] + (asked[last] if last >= 0 else 0.0)
        have = done[last] if last >= 0 else 0.0
        order = np.clip(np.floor(asked[at] + EARLY) - have, lower[column], upper[column])
        lower[column] = upper[column] = order
        done[at] = have + order
    return lower, upper


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


def _moves(form: Form, slopes: Floats, held: Floats) -> list[tuple[float, Ints, Floats]]:
    """One module more or less, or one earlier or later: what the slopes promise, columns and steps, best first."""
    modules = np.flatnonzero(form.own & (form.rank == Rank.MODULE))
    found = []
    for positions in [*modules[:, None], *form.shifts]:
        columns = form.whole[positions]
        for sign in (1.0, -1.0):
            steps = np.array([sign, -sign])[: len(columns)]
            moved_to = held[columns] + steps
            if (moved_to >= form.lower[columns]).all() and (moved_to <= form.upper[columns]).all():
                found.append((float(steps @ slopes[positions]), columns, steps))
    found.sort(key=lambda move: move[0])
    return found
