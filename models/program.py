"""The finished program: sparse rows and columns in plain arrays, the one form that every engine receives."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Names:
    """Names of a block of columns or rows, made on demand: `first` is the block's first index.

    `cells` holds, for each axis of the block, the position of each of the block's members on that axis.
    """

    block: str
    first: int
    axes: tuple[tuple[str, ...], ...]
    cells: tuple[Ints, ...]

    @property
    def size(self) -> int:
        """How many columns or rows the block has."""
        return len(self.cells[0]) if self.cells else 1

    def name(self, index: int) -> str:
        """Returns the readable name of column or row `index`, such as `order[h100,2027]`."""
        labels = [axis[cell[index - self.first]] for axis, cell in zip(self.axes, self.cells, strict=True)]
        return f"{self.block}[{','.join(labels)}]" if labels else self.block

    def all(self) -> list[str]:
        """Returns the readable names of the whole block."""
        if not self.cells:
            return [self.block]
        labels = [[axis[cell] for cell in cells.tolist()] for axis, cells in zip(self.axes, self.cells, strict=True)]
        return [f"{self.block}[{','.join(parts)}]" for parts in zip(*labels, strict=True)]


@dataclass(frozen=True)
class Program:
    """minimise objective·x + constant, row_lower ≤ A x ≤ row_upper, column_lower ≤ x ≤ column_upper.

    A is stored by rows: the entries of row i are `columns[starts[i]:starts[i+1]]` with `values`, columns
    ascending, none twice. Money in USD million. Infinite bounds are ±inf.
    """

    objective: Floats
    constant: float
    column_lower: Floats
    column_upper: Floats
    is_integer: NDArray[np.bool_]
    starts: Ints
    columns: Ints
    values: Floats
    row_lower: Floats
    row_upper: Floats
    column_names: tuple[Names, ...]
    row_names: tuple[Names, ...]

    @property
    def column_count(self) -> int:
        """Number of columns."""
        return len(self.objective)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @property
    def non_zeros(self) -> int:
        """Number of stored coefficients."""
        return len(self.values)

    def row_of_entries(self) -> Ints:
        """Returns the row of each stored coefficient; the array is shared and cannot be written to."""
        return self._row_of_entries

    @cached_property
    def _row_of_entries(self) -> Ints:
        rows = np.repeat(np.arange(self.row_count), np.diff(self.starts))
        rows.setflags(write=False)
        return rows

    def __getstate__(self) -> dict[str, Any]:
        """Only what the program is goes to another process, not what follows from it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def row_activity(self, solution: Floats) -> Floats:
        """Returns A·x."""
        terms = self.values * solution[self.columns]
        sums = np.bincount(self.row_of_entries(), weights=terms, minlength=self.row_count)
        return sums.astype(np.float64, copy=False)

    def objective_of(self, solution: Floats) -> float:
        """Returns objective·x + constant, USD million."""
        return float(self.objective @ solution) + self.constant

    def column_name(self, index: int) -> str:
        """Returns the readable name of a column."""
        return _find(self.column_names, index).name(index)

    def all_column_names(self) -> list[str]:
        """Returns the readable names of all columns, in a tenth of the time that one by one takes."""
        return [name for block in self.column_names for name in block.all()]

    def row_name(self, index: int) -> str:
        """Returns the readable name of a row."""
        return _find(self.row_names, index).name(index)


def with_columns(
    program: Program,
    rows: Ints,
    places: Ints,
    values: Floats,
    *,
    count: int,
    upper: float,
    cost: float = 0.0,
    integer: bool = False,
) -> Program:
    """Returns the program with `count` more columns from 0 to `upper`; entries by row and place among them.

    The new columns are named `more`, by number.
    """
    first = program.column_count
    entries = np.concatenate([program.row_of_entries(), rows])
    columns, numbers = np.concatenate([program.columns, first + places]), np.concatenate([program.values, values])
    order = np.lexsort((columns, entries))
    starts = np.zeros(program.row_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(entries, minlength=program.row_count), out=starts[1:])
    more = Names("more", first, (tuple(str(i) for i in range(count)),), (np.arange(count),))
    return replace(
        program,
        objective=np.concatenate([program.objective, np.full(count, cost)]),
        column_lower=np.concatenate([program.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([program.column_upper, np.full(count, upper)]),
        is_integer=np.concatenate([program.is_integer, np.full(count, integer)]),
        starts=starts,
        columns=columns[order],
        values=numbers[order],
        column_names=(*program.column_names, more),
    )


def with_rows(
    program: Program, block: str, entries: tuple[Ints, Ints, Floats], lower: Floats, upper: Floats | None = None
) -> Program:
    """Returns the program with more rows from `lower` to `upper` after its own; without `upper` they equal `lower`.

    `entries` are the row among them, the column and the value of each coefficient; equal places are added up.
    """
    first, count = program.row_count, len(lower)
    if not count:
        return program
    starts, columns, values = compressed(*entries, count, program.column_count)
    names = Names(block, first, (tuple(str(i) for i in range(count)),), (np.arange(count),))
    return replace(
        program,
        starts=np.concatenate([program.starts, starts[1:] + program.starts[-1]]),
        columns=np.concatenate([program.columns, columns]),
        values=np.concatenate([program.values, values]),
        row_lower=np.concatenate([program.row_lower, lower]),
        row_upper=np.concatenate([program.row_upper, lower if upper is None else upper]),
        row_names=(*program.row_names, names),
    )


def compressed(
    rows: Ints, columns: Ints, values: Floats, row_count: int, column_count: int
) -> tuple[Ints, Ints, Floats]:
    """Returns the starts of rows, columns and values of terms, sorted by row and column, equal places added up.

    Zeros are dropped.
    """
    key = rows * max(column_count, 1) + columns
    order = np.argsort(key, kind="stable")
    key, values = key[order], values[order]
    is_first = np.ones(len(key), dtype=bool)
    is_first[1:] = key[1:] != key[:-1]
    merged = np.add.reduceat(values, np.flatnonzero(is_first)) if len(key) else values
    places = key[is_first]
    keep = merged != 0.0
    places, merged = places[keep], merged[keep]
    row = places // max(column_count, 1)
    starts = np.zeros(row_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=row_count), out=starts[1:])
    return starts, places % max(column_count, 1), merged


def _find(blocks: tuple[Names, ...], index: int) -> Names:
    firsts = np.array([block.first for block in blocks])
    return blocks[int(np.searchsorted(firsts, index, side="right")) - 1]


def relaxed(program: Program) -> Program:
    """Returns the program without integrality."""
    return replace(program, is_integer=np.zeros(program.column_count, dtype=bool))
