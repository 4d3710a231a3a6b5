"""A finished study: sentences, tables and charts that every document of it is made from."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.results.table import Cell, Table


@enum.unique
class Form(enum.Enum):
    """How the numbers of a column are shown."""

    TEXT = "text"
    MUSD = "USD million"
    MUSD_CHANGE = "USD million, with its sign"
    PERCENT = "per cent"
    """The cell holds a fraction."""
    NUMBER = "number"
    COUNT = "count"


@dataclass(frozen=True)
class StudyColumn:
    """One column: its name in the CSV file, its heading, unit and form; `width` in characters of a sheet."""

    name: str
    title: str
    form: Form = Form.TEXT
    unit: str = ""
    width: int = 14


@dataclass(frozen=True)
class StudyTable:
    """One table of a study. `note` says in a sentence how to read it; `bold` tells rows to stress by number."""

    name: str
    title: str
    note: str
    columns: tuple[StudyColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    bold: frozenset[int] = frozenset()

    def records(self) -> list[dict[str, Cell]]:
        """Returns each row as a dictionary by column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def plain(self) -> Table:
        """Returns the table as it is written to a CSV file."""
        return Table(self.name, tuple(column.name for column in self.columns), self.rows)


@enum.unique
class ChartKind(enum.Enum):
    """What a chart shows, and how its columns are read."""

    BARS = "bars"
    """One bar a row: `x` a number (musd change), `y` the label; `colour` an optional text column."""
    TORNADO = "tornado"
    """Two bars a label from a shared zero: `x` number, `y` label, `colour` the end (low, high)."""
    HEATMAP = "heatmap"
    """A cell a row: `x` and `y` labels or numbers, `colour` a number, `mark` a text written in the cell."""
    HISTOGRAM = "histogram"
    """Distribution of the column `x` over the rows."""
    LINE = "line"
    """`x` number or label, `y` number, `colour` an optional series."""
    SCATTER = "scatter"
    """`x` and `y` numbers, `colour` an optional text."""


@dataclass(frozen=True)
class StudyChart:
    """One chart over the rows of a table; `reference` draws a line at a value of the number axis.

    A heatmap draws the frontier between cells whose `mark` differs.
    """

    name: str
    title: str
    kind: ChartKind
    table: str
    x: str
    y: str = ""
    colour: str = ""
    mark: str = ""
    reference: float | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a command such as `stress` or `tornado` has found.

    `headlines` are the sentences that a board reads; `notes` what limits them. `facts` are name and value pairs for
    the page about the study: case, hashes, options, versions, points solved.
    """

    kind: str
    title: str
    case_name: str
    headlines: tuple[str, ...]
    tables: tuple[StudyTable, ...]
    charts: tuple[StudyChart, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> StudyTable:
        """Returns a table by name.

        Raises:
            KeyError: there is none.
        """
        return {table.name: table for table in self.tables}[name]


def rows_of(records: Sequence[Mapping[str, Cell]], columns: Sequence[StudyColumn]) -> tuple[tuple[Cell, ...], ...]:
    """Returns records as the rows of columns; what a record lacks is blank."""
    return tuple(tuple(record.get(column.name) for column in columns) for record in records)
