"""Bound propagation: column bounds that follow from the rows, by the least and greatest activity of each row."""

from __future__ import annotations

import numpy as np

from models.program import Floats, Program

MAX_ROUNDS = 12
"""Chains of rows are followed this far; longer chains of stocks have a rule of their own (decision 0008)."""
BOUND_SLACK = 1e-9
"""Bounds of continuous columns are wider by this share, so that no rounding error cuts off a solution."""
_INTEGRALITY = 1e-6


def propagated_bounds(program: Program, rounds: int = MAX_ROUNDS) -> tuple[Floats, Floats]:
    """Returns column bounds that every solution keeps, or at least some best one; whole for integer columns."""
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for _ in range(rounds):
        low, high = _implied(program, lower, upper)
        high = np.minimum(high, _greatest_need(program, lower, upper))
        whole = program.is_integer
        low = np.where(whole, np.ceil(low - _INTEGRALITY), low - BOUND_SLACK * (1.0 + np.abs(low)))
        high = np.where(whole, np.floor(high + _INTEGRALITY), high + BOUND_SLACK * (1.0 + np.abs(high)))
        # Steps that move a finite bound of a continuous column buy nothing.
        low = np.where(whole | ~np.isfinite(lower), np.maximum(low, lower), lower)
        high = np.where(whole | ~np.isfinite(upper), np.minimum(high, upper), upper)
        if np.array_equal(low, lower) and np.array_equal(high, upper):
            break
        lower, upper = low, high
    return lower, upper


def term_ranges(values: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest of each term `value · x`, x between its bounds."""
    up = values > 0
    return values * np.where(up, lower, upper), values * np.where(up, upper, lower)


def term_ranges_of(program: Program, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest of each stored term of a program with these column bounds."""
    return term_ranges(program.values, lower[program.columns], upper[program.columns])


def sums_without(program: Program, terms: Floats) -> Floats:
    """For each stored term the sum of the others of its row; infinite where one of them is."""
    row = program.row_of_entries()
    is_infinite = ~np.isfinite(terms)
    known = np.where(is_infinite, 0.0, terms)
    sums = np.bincount(row, weights=known, minlength=program.row_count).astype(np.float64)[row] - known
    if is_infinite.any():
        others = np.bincount(row[is_infinite], minlength=program.row_count)[row] - is_infinite
        sums[others > 0] = np.nan
    return sums


def _implied(program: Program, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    row, values = program.row_of_entries(), program.values
    least, most = term_ranges_of(program, lower, upper)
    # value·x ≤ row's upper side − least of the others, and ≥ its lower side − most of the others.
    ceiling = (program.row_upper[row] - sums_without(program, least)) / values
    floor = (program.row_lower[row] - sums_without(program, most)) / values
    high, low = np.where(values > 0, ceiling, floor), np.where(values > 0, floor, ceiling)
    found_low, found_high = np.full(program.column_count, -np.inf), np.full(program.column_count, np.inf)
    good = np.isfinite(high)
    np.minimum.at(found_high, program.columns[good], high[good])
    good = np.isfinite(low)
    np.maximum.at(found_low, program.columns[good], low[good])
    return found_low, found_high


def _greatest_need(program: Program, lower: Floats, upper: Floats) -> Floats:
    """The most that any row can ask of a column that costs something and that no row pushes up otherwise."""
    row, values, columns = program.row_of_entries(), program.values, program.columns
    up = values > 0
    asks = np.where(up, np.isfinite(program.row_lower[row]), np.isfinite(program.row_upper[row]))
    least, most = term_ranges_of(program, lower, upper)
    # A row asks most when the others give least.
    need = np.where(
        up,
        (program.row_lower[row] - sums_without(program, least)) / values,
        (program.row_upper[row] - sums_without(program, most)) / values,
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
