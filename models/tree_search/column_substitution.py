"""Substitution: a smaller program with the same best plans, without columns that follow from others.

A continuous column that costs something, that one row alone asks for and that only hurts in all others is never greater
than that row asks (dual reductions call it an implied equality). Such a column and its row are taken out of the program
together. So is a column that a row makes a multiple of an integer column (a doubleton equation), with that row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.program import Floats, Ints, Program
from models.tree_search.bound_propagation import sums_without, term_ranges_of

MAX_FILL = 60
"""A column is not substituted where this would make more terms than this: a denser program is no faster one."""
_TOLERANCE = 1e-9
"""By how much a column's implied lower bound may lie below its own: rounding errors of the sums that imply it."""
_CANCELLED = 1e-13
"""A sum below this share of its terms is a rounding error."""


@dataclass(frozen=True)
class Substitution:
    """What is left of a program; column `gone[i]` follows from row `by[i]`, where its coefficient is `pivot[i]`.

    `kept` and `rows` are the columns and rows of the whole program that are left, in its order.
    """

    program: Program
    original: Program
    kept: Ints
    rows: Ints
    gone: Ints
    by: Ints
    pivot: Floats
    side: Floats

    def postsolve_values(self, values: Floats) -> Floats:
        """Returns the values of the whole program's columns."""
        found = np.zeros(self.original.column_count)
        found[self.kept] = values
        asked = self.original.row_activity(found)[self.by]
        found[self.gone] = np.maximum(self.original.column_lower[self.gone], (self.side - asked) / self.pivot)
        return found

    def postsolve_duals(self, duals: Floats) -> Floats:
        """Returns row duals of the whole program that leave the columns that are gone no reduced cost."""
        found = np.zeros(self.original.row_count)
        found[self.rows] = duals
        original = self.original
        weight = original.values * found[original.row_of_entries()]
        reduced = original.objective - np.bincount(original.columns, weights=weight, minlength=original.column_count)
        found[self.by] = reduced[self.gone] / self.pivot
        return found


def substitute_columns(program: Program, stays: np.ndarray) -> Substitution:
    """Returns the program without the columns that follow from others.

    Those marked in `stays` are left alone, but where they are multiples of integer columns.
    """
    gone, by, pivot = _substitutable(program, stays)
    from_below = np.isfinite(program.row_lower[by])
    side = np.where(from_below, program.row_lower[by], program.row_upper[by])
    is_kept, row_stays = np.ones(program.column_count, dtype=bool), np.ones(program.row_count, dtype=bool)
    is_kept[gone], row_stays[by] = False, False
    kept, rows = np.flatnonzero(is_kept), np.flatnonzero(row_stays)
    small = _reduced_program(program, gone, by, pivot, side, kept, rows)
    return Substitution(small, program, kept, rows, gone, by, pivot, side)


def _substitutable(program: Program, stays: np.ndarray) -> tuple[Ints, Ints, Floats]:
    """Columns that follow from one row each, such that none of these rows holds another such column."""
    row, columns, values = program.row_of_entries(), program.columns, program.values
    count = program.column_count
    below, above = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
    asks = np.where(values > 0, below[row], above[row])
    fits = ~stays & ~program.is_integer & (program.objective >= 0.0)
    fits &= np.isposinf(program.column_upper) & np.isfinite(program.column_lower)
    fits[columns[(below & above)[row]]] = False
    fits &= np.bincount(columns[asks], minlength=count) == 1
    at = np.flatnonzero(asks & fits[columns])
    # What the row asks for at least must not lie below the column's own lower bound.
    least, most = term_ranges_of(program, program.column_lower, program.column_upper)
    up = values[at] > 0
    others = np.where(up, sums_without(program, most)[at], sums_without(program, least)[at])
    low = (np.where(up, program.row_lower[row[at]], program.row_upper[row[at]]) - others) / values[at]
    at = at[np.isfinite(low) & (low >= program.column_lower[columns[at]] - _TOLERANCE)]
    size = np.diff(program.starts)
    entries = np.bincount(columns, minlength=count)
    at = at[(size[row[at]] - 1) * (entries[columns[at]] - 1) <= MAX_FILL]
    # Multiples come first: what else follows may then follow from the columns that they are multiples of.
    at = np.concatenate([_multiples(program), at])
    taken = _independent(program, columns[at].tolist(), row[at].tolist())
    at = at[taken]
    return columns[at], row[at], values[at]


def _multiples(program: Program) -> Ints:
    """Stored entries of columns that a row makes a multiple of an integer column: what arrives is what was ordered.

    They may be stocks: an integer column is never substituted.
    """
    column, whole = program.columns, program.is_integer
    is_zero = (program.row_lower == 0.0) & (program.row_upper == 0.0)
    first = program.starts[:-1][(np.diff(program.starts) == 2) & is_zero]
    first = first[whole[column[first]] != whole[column[first + 1]]]
    of = np.where(whole[column[first]], first, first + 1)
    at = 2 * first + 1 - of
    fits = (program.values[at] * program.values[of] < 0.0) & (program.column_lower[column[of]] >= 0.0)
    fits &= (program.column_lower[column[at]] <= 0.0) & np.isposinf(program.column_upper[column[at]])
    return np.asarray(at[fits], dtype=np.int64)


def _independent(program: Program, columns: list[int], rows: list[int]) -> Ints:
    of_row, starts = program.columns.tolist(), program.starts.tolist()
    used: set[int] = set()
    taken: list[int] = []
    chosen: set[int] = set()
    for i, (column, row) in enumerate(zip(columns, rows, strict=True)):
        others = [one for one in of_row[starts[row] : starts[row + 1]] if one != column]
        # Neither may this row hold a column that is gone, nor a row that states one hold this column.
        if column in used or any(one in chosen for one in others):
            continue
        used.update(others)
        chosen.add(column)
        taken.append(i)
    return np.array(taken, dtype=np.int64)


def _reduced_program(
    program: Program, gone: Ints, by: Ints, pivot: Floats, side: Floats, kept: Ints, rows: Ints
) -> Program:
    row, size = program.row_of_entries(), np.diff(program.starts)
    which = np.full(program.column_count, -1)
    which[gone] = np.arange(len(gone))
    states = np.zeros(program.row_count, dtype=bool)
    states[by] = True
    of_gone = (which[program.columns] >= 0) & ~states[row]
    plain = np.flatnonzero((which[program.columns] < 0) & ~states[row])
    # Each entry of a column that is gone becomes the terms of its row, but for the column itself.
    at = np.flatnonzero(of_gone)
    place = which[program.columns[at]]
    terms = size[by[place]]
    first = np.repeat(program.starts[by[place]] - (np.cumsum(terms) - terms), terms)
    entry = np.arange(int(terms.sum())) + first
    share = np.repeat(-program.values[at] / pivot[place], terms)
    other = which[program.columns[entry]] < 0
    new_row = np.concatenate([row[plain], np.repeat(row[at], terms)[other]])
    new_column = np.concatenate([program.columns[plain], program.columns[entry[other]]])
    new_value = np.concatenate([program.values[plain], (share * program.values[entry])[other]])
    moved = np.bincount(row[at], weights=program.values[at] * side[place] / pivot[place], minlength=program.row_count)
    objective = program.objective.copy()
    unit = np.repeat(-objective[gone] / pivot, size[by])
    entry = np.arange(int(size[by].sum())) + np.repeat(program.starts[by] - (np.cumsum(size[by]) - size[by]), size[by])
    np.add.at(objective, program.columns[entry], unit * program.values[entry])
    number = np.cumsum(which < 0) - 1
    of_rows = np.cumsum(~states) - 1
    starts, columns, values = _summed(of_rows[new_row], number[new_column], new_value, len(rows), len(kept))
    return replace(
        program,
        objective=objective[kept],
        constant=program.constant + float(program.objective[gone] @ (side / pivot)),
        column_lower=program.column_lower[kept],
        column_upper=program.column_upper[kept],
        is_integer=program.is_integer[kept],
        starts=starts,
        columns=columns,
        values=values,
        row_lower=(program.row_lower - moved)[rows],
        row_upper=(program.row_upper - moved)[rows],
        column_names=(),
        row_names=(),
    )


def _summed(row: Ints, column: Ints, value: Floats, rows: int, columns: int) -> tuple[Ints, Ints, Floats]:
    """Returns starts, columns and values of rows in which no column stands twice."""
    found, at = np.unique(row * columns + column, return_inverse=True)
    summed = np.bincount(at, weights=value, minlength=len(found))
    size = np.bincount(at, weights=np.abs(value), minlength=len(found))
    stays = np.abs(summed) > _CANCELLED * size
    found, summed = found[stays], summed[stays]
    starts = np.zeros(rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(found // columns, minlength=rows), out=starts[1:])
    return starts, found % columns, np.asarray(summed, dtype=np.float64)
