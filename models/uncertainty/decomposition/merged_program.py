"""The program of some paths of a tree together: what they share they have once.

For duals y of it and d = c − Aᵀy, path s gets of each row and column that share of the dual and of d which its weight
has among the paths that share it. So every path gets an objective of its own under which its part of y proves as much
as y does for all; the objectives add up, so that the sum of what the paths cost at least is no less than the merged
program's cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints, Program
from models.tree_search.branching_guide import NO_PREDECESSOR, BranchingGuide
from models.tree_search.lp_protocol import BASIC, Basis, WarmStart
from models.uncertainty.decomposition.path_programs import PathProgram


@dataclass(frozen=True, eq=False)
class MergedProgram:
    """The program; `columns` and `rows` say, for each path, which of its are the path's own."""

    program: Program
    paths: tuple[PathProgram, ...]
    weights: Floats
    columns: tuple[Ints, ...]
    rows: tuple[Ints, ...]

    def split(self, duals: Floats) -> list[Floats]:
        """Returns for each path the multipliers by its columns under which it proves its part of what the duals prove.

        They are those of the objective of one unit of weight: weights times multipliers add up to those of before.
        """
        program = self.program
        weight = program.values * duals[program.row_of_entries()]
        reduced = program.objective - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        of_columns, of_rows = (
            _sums(self.columns, self.weights, program.column_count),
            _sums(self.rows, self.weights, program.row_count),
        )
        found = []
        for path, columns, rows in zip(self.paths, self.columns, self.rows, strict=True):
            own = path.program
            y = duals[rows] / of_rows[rows]
            priced = np.bincount(own.columns, weights=own.values * y[own.row_of_entries()], minlength=own.column_count)
            found.append(priced + reduced[columns] / of_columns[columns] - own.objective)
        return found

    def guide(self) -> BranchingGuide:
        """Returns what the search should know of the integers."""
        count = self.program.column_count
        priority, period, predecessor = (np.zeros(count, dtype=np.int64) for _ in range(3))
        sos1, stocks = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        for path, columns, rows in zip(self.paths, self.columns, self.rows, strict=True):
            own = path.structure.guide
            priority[columns], period[columns] = own.priority, own.period
            predecessor[columns] = np.where(
                own.predecessor > NO_PREDECESSOR, columns[np.maximum(own.predecessor, 0)], own.predecessor
            )
            sos1, stocks = np.union1d(sos1, rows[own.sos1_rows]), np.union1d(stocks, rows[own.stock_rows])
        return BranchingGuide(priority, period, predecessor, sos1, stocks)

    def start(self, ends: Sequence[WarmStart | None]) -> WarmStart | None:
        """Returns a basis made of the bases of the paths: what is shared is as in the first of them."""
        columns = np.full(self.program.column_count, -1, dtype=np.int64)
        rows = np.full(self.program.row_count, -1, dtype=np.int64)
        for end, own_columns, own_rows in zip(ends, self.columns, self.rows, strict=True):
            if end is None or not end.fits(len(own_columns), len(own_rows)):
                return None
            columns[own_columns] = np.where(columns[own_columns] < 0, end.basis.columns, columns[own_columns])
            rows[own_rows] = np.where(rows[own_rows] < 0, end.basis.rows, rows[own_rows])
        return WarmStart(_squared(self.program, columns, rows))


def merged(paths: Sequence[PathProgram], weights: Floats, multipliers: Sequence[Floats | None]) -> MergedProgram:
    """Returns the program of some paths, each with its objective and multipliers times its weight."""
    columns = _numbers([(path.column_node, path.structure.column_key) for path in paths])
    rows = _numbers([(path.row_node, path.structure.row_key) for path in paths])
    column_count, row_count = (1 + max(int(own.max()) for own in found) for found in (columns, rows))
    objective, constant = np.zeros(column_count), 0.0
    lower, upper = np.full(column_count, -np.inf), np.full(column_count, np.inf)
    is_integer = np.zeros(column_count, dtype=bool)
    row_lower, row_upper = np.zeros(row_count), np.zeros(row_count)
    seen = np.zeros(row_count, dtype=bool)
    entries: list[tuple[Ints, Ints, Floats]] = []
    for path, weight, own, at, more in zip(paths, weights, columns, rows, multipliers, strict=True):
        program = path.program
        cost = program.objective if more is None else program.objective + more
        objective += np.bincount(own, weights=weight * cost, minlength=column_count)
        constant += weight * program.constant
        lower[own], upper[own] = (
            np.maximum(lower[own], program.column_lower),
            np.minimum(upper[own], program.column_upper),
        )
        is_integer[own] = program.is_integer
        row_lower[at], row_upper[at] = program.row_lower, program.row_upper
        is_new = ~seen[at[program.row_of_entries()]]
        entries.append((at[program.row_of_entries()[is_new]], own[program.columns[is_new]], program.values[is_new]))
        seen[at] = True
    row, column, values = (np.concatenate([part[i] for part in entries]) for i in range(3))
    order = np.lexsort((column, row))
    starts = np.zeros(row_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=row_count), out=starts[1:])
    found = Program(
        objective, float(constant), lower, upper, is_integer, starts, column[order], values[order], row_lower,
        row_upper, (), (),
    )  # fmt: skip
    return MergedProgram(found, tuple(paths), np.asarray(weights, dtype=float), tuple(columns), tuple(rows))


def _numbers(named: Sequence[tuple[Ints, Ints]]) -> list[Ints]:
    """Numbers pairs of node and name from 0 on, in their order."""
    wide = 1 + max(int(key.max()) for _, key in named)
    _, number = np.unique(np.concatenate([node * wide + key for node, key in named]), return_inverse=True)
    return np.split(number.astype(np.int64), np.cumsum([len(key) for _, key in named])[:-1])


def _sums(places: Sequence[Ints], weights: Floats, count: int) -> Floats:
    found = np.zeros(count)
    for own, weight in zip(places, weights, strict=True):
        found[own] += weight
    return found


_AT_LOWER, _AT_UPPER, _FREE = 2, 3, 1


def _squared(program: Program, columns: Ints, rows: Ints) -> Basis:
    """Makes a basis have as many basic columns and slacks as there are rows."""
    columns, rows = columns.copy(), rows.copy()
    missing = program.row_count - int((columns == BASIC).sum()) - int((rows == BASIC).sum())
    if missing > 0:
        rows[np.flatnonzero(rows != BASIC)[::-1][:missing]] = BASIC
    elif missing < 0:
        surplus = np.flatnonzero(rows == BASIC)[:-missing]
        at_lower = np.isfinite(program.row_lower[surplus])
        rows[surplus] = np.where(at_lower, _AT_LOWER, _AT_UPPER)
    return Basis(columns, rows)
