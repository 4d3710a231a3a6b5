"""Aggregation: chained stocks become one column, so that a smaller program has only plans of the large one.

Most columns of a program of many periods are stocks, each at most a share of the one before. Where such rows are held
as equalities, all stocks of a chain are multiples of the first. What is left keeps every row of the large program, so
its plans are plans there; its bound says nothing of the large one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.program import Floats, Ints, Program
from models.tree_search.lp_protocol import AT_UPPER, BASIC, Basis
from models.tree_search.stock_chains import ChainRows

_CANCELLED = 1e-13
"""A sum below this share of its terms is a rounding error."""
_TOLERANCE = 1e-9
"""A row without columns is left out where its sides differ from zero by less than this."""


@dataclass(frozen=True)
class AggregatedProgram:
    """The smaller program; column j of the large one is `factor[j]` times column `column_of[j]` of it.

    `kept` and `rows` are the columns and rows of the large program that the small one has, in its order.
    """

    program: Program
    column_of: Ints
    factor: Floats
    kept: Ints
    rows: Ints
    row_count: int

    def postsolve_values(self, values: Floats) -> Floats:
        """Returns the values of the large program."""
        found: Floats = self.factor * values[self.column_of]
        return found

    def spread_duals(self, duals: Floats) -> Floats:
        """Returns the row duals of the large program; rows that the small one does not have get none."""
        found = np.zeros(self.row_count)
        found[self.rows] = duals
        return found

    def postsolve_basis(self, basis: Basis) -> Basis:
        """Returns the basis of the large program: aggregated columns are basic, and their rows hold as equalities."""
        columns, rows = np.full(len(self.column_of), BASIC), np.full(self.row_count, AT_UPPER)
        columns[self.kept], rows[self.rows] = basis.columns, basis.rows
        return Basis(columns, rows)


def aggregate(program: Program, chains: ChainRows, aggregated: np.ndarray) -> AggregatedProgram:
    """Returns the program with those chain rows held as equalities that are marked in `aggregated`."""
    count = program.column_count
    above, factor = np.arange(count), np.ones(count)
    later = chains.later[aggregated]
    above[later], factor[later] = chains.earlier[aggregated], chains.share[aggregated]
    while (above[above] != above).any():
        above, factor = above[above], factor * factor[above]
    is_kept = above == np.arange(count)
    kept, column_of = np.flatnonzero(is_kept), (np.cumsum(is_kept) - 1)[above]
    found, rows = _aggregated_rows(program, column_of, factor, kept)
    return AggregatedProgram(found, column_of, factor, kept, rows, program.row_count)


def _aggregated_rows(program: Program, column_of: Ints, factor: Floats, kept: Ints) -> tuple[Program, Ints]:
    row, column = program.row_of_entries(), column_of[program.columns]
    values = program.values * factor[program.columns]
    key = row * len(kept) + column
    found, entry = np.unique(key, return_inverse=True)
    summed = np.bincount(entry, weights=values, minlength=len(found))
    size = np.bincount(entry, weights=np.abs(values), minlength=len(found))
    is_left = np.abs(summed) > _CANCELLED * size
    found, summed = found[is_left], summed[is_left]
    row, column = found // len(kept), found % len(kept)
    counts = np.bincount(row, minlength=program.row_count)
    is_row_left = (counts > 0) | (program.row_lower > _TOLERANCE) | (program.row_upper < -_TOLERANCE)
    starts = np.concatenate([[0], np.cumsum(counts[is_row_left])]).astype(np.int64)
    cost = np.bincount(column_of, weights=program.objective * factor, minlength=len(kept))
    small = replace(
        program,
        objective=cost.astype(float),
        column_lower=program.column_lower[kept],
        column_upper=program.column_upper[kept],
        is_integer=program.is_integer[kept],
        starts=starts,
        columns=column.astype(np.int64),
        values=summed.astype(float),
        row_lower=program.row_lower[is_row_left],
        row_upper=program.row_upper[is_row_left],
        column_names=(),
        row_names=(),
    )
    return small, np.flatnonzero(is_row_left)
