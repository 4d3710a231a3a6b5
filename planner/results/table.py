"""A finished table: columns, rows, and how it is written as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.case.text import csv_text, guarded

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; numbers stay numbers until they are written."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> Iterator[dict[str, Cell]]:
        """Yields each row as a dictionary by column."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def csv(self) -> str:
        """Returns the table as CSV text: numbers with all digits, an empty cell for None.

        Text that a spreadsheet would take for a formula is led by an apostrophe.
        """
        return csv_text([self.columns, *(tuple(_text(cell) for cell in row) for row in self.rows)])


def table(name: str, columns: str, rows: Sequence[Sequence[Cell]]) -> Table:
    """Returns a table from rows; `columns` holds the names separated by spaces."""
    return Table(name, tuple(columns.split()), tuple(tuple(_plain(cell) for cell in row) for row in rows))


def _plain(cell: Cell) -> Cell:
    if cell is None or isinstance(cell, (str, int)):
        return cell
    number = float(cell)
    return None if number != number else number + 0.0


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else repr(cell)
