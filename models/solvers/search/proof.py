"""Bounds that are proofs: what any row duals prove of a program, computed here and not taken from an LP code.

For any y, cost ≥ Σ y·(side of the row that y pushes against) + Σ over columns of the least of (c − Aᵀy)·x within its
bounds. Columns without a bound get one that follows from the rows (`reach`), so that rounding errors in their reduced
cost weigh next to nothing.
"""

from __future__ import annotations

import numpy as np

from models.program import Floats, Program

ROUNDS = 12
WIDER = 1e-9
_WHOLE = 1e-6
_MARGIN = 1e-10
_EPSILON = float(np.finfo(float).eps)
_EVALUATION = 32 * _EPSILON
_LEAST_BREACH = 1e-7


class Proofs:
    """What duals prove of one program; `lower` and `upper` are its column bounds with those that follow from rows.

    An upper bound may also be one that some best solution keeps: a column that costs money and is only asked for by
    rows never needs to exceed what they can ask for.
    """

    def __init__(self, program: Program, lower: Floats | None = None, upper: Floats | None = None) -> None:
        self._program = program
        self._row = program.row_of_entries()
        if lower is None or upper is None:
            lower, upper = reach(program)
        self.lower, self.upper = lower, upper

    def bound(self, duals: Floats, lower: Floats, upper: Floats) -> float:
        """Returns a cost that no solution within the column bounds goes below; −inf where the duals prove nothing."""
        return self._least(duals, self._program.objective, lower, upper) + self._program.constant

    def is_empty(self, ray: Floats, lower: Floats, upper: Floats) -> bool:
        """True when a ray of duals proves that no values within the column bounds satisfy the rows."""
        scale = float(np.abs(ray).max(initial=0.0))
        if scale == 0.0:
            return False
        return self._least(ray / scale, np.zeros(self._program.column_count), lower, upper) > _LEAST_BREACH

    def _least(self, duals: Floats, cost: Floats, lower: Floats, upper: Floats) -> float:
        program = self._program
        side = np.where(duals > 0, program.row_lower, program.row_upper)
        known = np.isfinite(side) & (duals != 0.0)
        y = np.where(known, duals, 0.0)
        of_rows = y[known] * side[known]
        weight = program.values * y[self._row]
        reduced = cost - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        place = np.where(reduced > 0, np.maximum(lower, self.lower), np.minimum(upper, self.upper))
        open_end = ~np.isfinite(place)
        if open_end.any():
            size = np.abs(cost) + np.bincount(program.columns, weights=np.abs(weight), minlength=program.column_count)
            if (np.abs(reduced[open_end]) > _EVALUATION * size[open_end]).any():
                return -np.inf
            place = np.where(open_end, 0.0, place)
        of_columns = reduced * place
        found = float(of_rows.sum() + of_columns.sum())
        weighed = float(np.abs(of_rows).sum() + np.abs(of_columns).sum())
        return found - _MARGIN * abs(found) - _EVALUATION * weighed


def reach(program: Program, rounds: int = ROUNDS) -> tuple[Floats, Floats]:
    """Returns column bounds that every solution keeps, or at least some best one; whole for integer columns."""
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for _ in range(rounds):
        low, high = _implied(program, lower, upper)
        high = np.minimum(high, _asked_for(program, lower, upper))
        whole = program.is_integer
        low = np.where(whole, np.ceil(low - _WHOLE), low - WIDER * (1.0 + np.abs(low)))
        high = np.where(whole, np.floor(high + _WHOLE), high + WIDER * (1.0 + np.abs(high)))
        # Steps that move a finite bound of a continuous column buy nothing.
        low = np.where(whole | ~np.isfinite(lower), np.maximum(low, lower), lower)
        high = np.where(whole | ~np.isfinite(upper), np.minimum(high, upper), upper)
        if np.array_equal(low, lower) and np.array_equal(high, upper):
            break
        lower, upper = low, high
    return lower, upper


def ends(values: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest of each term `value · x`, x between its bounds."""
    up = values > 0
    return values * np.where(up, lower, upper), values * np.where(up, upper, lower)


def ends_of(program: Program, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest of each stored term of a program with these column bounds."""
    return ends(program.values, lower[program.columns], upper[program.columns])


def without(program: Program, terms: Floats) -> Floats:
    """For each stored term the sum of the others of its row; infinite where one of them is."""
    row = program.row_of_entries()
    open_end = ~np.isfinite(terms)
    known = np.where(open_end, 0.0, terms)
    sums = np.bincount(row, weights=known, minlength=program.row_count).astype(np.float64)[row] - known
    if open_end.any():
        others = np.bincount(row[open_end], minlength=program.row_count)[row] - open_end
        sums[others > 0] = np.nan
    return sums


def _implied(program: Program, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    row, values = program.row_of_entries(), program.values
    least, most = ends_of(program, lower, upper)
    # value·x ≤ row's upper side − least of the others, and ≥ its lower side − most of the others.
    ceiling = (program.row_upper[row] - without(program, least)) / values
    floor = (program.row_lower[row] - without(program, most)) / values
    high, low = np.where(values > 0, ceiling, floor), np.where(values > 0, floor, ceiling)
    found_low, found_high = np.full(program.column_count, -np.inf), np.full(program.column_count, np.inf)
    good = np.isfinite(high)
    np.minimum.at(found_high, program.columns[good], high[good])
    good = np.isfinite(low)
    np.maximum.at(found_low, program.columns[good], low[good])
    return found_low, found_high


def _asked_for(program: Program, lower: Floats, upper: Floats) -> Floats:
    """The most that any row can ask of a column that costs something and that no row pushes up otherwise."""
    row, values, columns = program.row_of_entries(), program.values, program.columns
    up = values > 0
    asks = np.where(up, np.isfinite(program.row_lower[row]), np.isfinite(program.row_upper[row]))
    least, most = ends_of(program, lower, upper)
    # A row asks most when the others give least.
    need = np.where(
        up,
        (program.row_lower[row] - without(program, least)) / values,
        (program.row_upper[row] - without(program, most)) / values,
    )
    found = np.maximum(program.column_lower, 0.0)
    unknown = np.zeros(program.column_count, dtype=bool)
    unknown[columns[asks & ~np.isfinite(need)]] = True
    good = asks & np.isfinite(need)
    np.maximum.at(found, columns[good], need[good])
    fits = (program.objective >= 0) & ~program.is_integer & ~unknown & np.isfinite(found)
    # An equality also holds the column down: it is no row that only asks.
    fits[columns[program.row_lower[row] == program.row_upper[row]]] = False
    return np.where(fits, found, np.inf)
