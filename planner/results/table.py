"""A finished table: columns, rows, and how it is written as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from planner.case.text import csv_text, guarded
from planner.results.packed_rows import Cell, PackedRows

_ROWS_OF_A_PIECE = 4096


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; numbers stay numbers until they are written."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]

    def records(self) -> Iterator[dict[str, Cell]]:
        """Yields each row as a dictionary by column."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def csv(self) -> str:
        """Returns the table as CSV text: numbers with all digits, an empty cell for None.

        Text that a spreadsheet would take for a formula is led by an apostrophe.
        """
        return "".join(self.csv_pieces())

    def csv_pieces(self) -> Iterator[str]:
        """Yields the CSV text in pieces, so that a long table is never in memory as text."""
        lines: list[Sequence[str]] = [self.columns]
        for row in self.rows:
            lines.append(tuple(_text(cell) for cell in row))
            if len(lines) >= _ROWS_OF_A_PIECE:
                yield csv_text(lines)
                lines = []
        yield csv_text(lines)

    def mappings(self) -> Sequence[dict[str, Cell]]:
        """Returns the rows as dictionaries by column, each made when it is read where the table is packed."""
        return _Mappings(self) if isinstance(self.rows, PackedRows) else list(self.records())


class _Mappings(Sequence[dict[str, Cell]]):
    def __init__(self, table: Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table.rows)

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        return self._table.records()

    @overload
    def __getitem__(self, at: int) -> dict[str, Cell]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Cell]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Cell] | list[dict[str, Cell]]:
        columns = self._table.columns
        if isinstance(at, slice):
            return [dict(zip(columns, row, strict=True)) for row in self._table.rows[at]]
        return dict(zip(columns, self._table.rows[at], strict=True))


def expected(row: Mapping[str, Cell], column: str) -> float:
    """Returns a number of a row times the probability of the branch that it stands for; 0 where it is blank.

    A row of a plan for one future has no probability, and counts in full.
    """
    value, chance = row[column], row.get("probability", 1.0)
    return float(value) * float(chance) if isinstance(value, int | float) and isinstance(chance, int | float) else 0.0


def table(name: str, columns: str, rows: Sequence[Sequence[Cell]]) -> Table:
    """Returns a table from rows; `columns` holds the names separated by spaces."""
    return Table(name, tuple(columns.split()), tuple(tuple(plain(cell) for cell in row) for row in rows))


def plain(cell: Cell) -> Cell:
    """Returns a cell as a text, a number of Python, or None for what is not a number."""
    if cell is None or isinstance(cell, (str, int)):
        return cell
    number = float(cell)
    return None if number != number else number + 0.0


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else repr(cell)


__all__ = ["Cell", "PackedRows", "Table", "plain", "table"]
