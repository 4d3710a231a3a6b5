"""A workbook with live formulas as data: sheets of line items and checks, of tables, of inputs, and the first one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from planner.documents.blocks import ChartBlock, TableBlock
from planner.documents.cell_text import TINY, WHOLE, Shape
from planner.documents.formula_terms import ZERO, Cells, Term, largest
from planner.documents.line_items import Constant, LineItem, TimeAxis, Total


@dataclass(eq=False)
class CountOfChanged(Term):
    """How many inputs, or values of the plan, are no longer those with which the plan was solved: none."""

    is_input: bool

    def value(self, at: int) -> float:
        """Returns 0: nothing is changed yet."""
        del at
        return 0.0


@dataclass(eq=False)
class Check:
    """One thing that must hold: a difference is next to nothing, against the size of what is compared."""

    label: str
    difference: Term
    size: Term
    unit: str
    note: str


@dataclass(eq=False)
class Verdicts(Cells):
    """Whether each of several checks holds: 1 or 0."""

    checks: tuple[Check, ...]
    tolerance: Constant
    least: Constant

    def numbers(self) -> list[float]:
        """Returns 1 for each check that holds."""
        return [1.0 if abs(one.difference.number()) <= self.allowed(one) else 0.0 for one in self.checks]

    def allowed(self, check: Check) -> float:
        """Returns how large the difference of a check may be."""
        return self.tolerance.number() * max(self.least.number(), abs(check.size.number()))


@dataclass(frozen=True)
class EventRow:
    """A row of words over time: of each period a word, and whether it is an event (else it lasts)."""

    label: str
    words: Mapping[int, tuple[str, bool]]
    note: str = ""


@dataclass(frozen=True)
class PartTitle:
    """Where a part of a sheet begins."""

    title: str


@dataclass(frozen=True)
class Remark:
    """A sentence on a row of its own."""

    text: str


Row: TypeAlias = LineItem | Constant | EventRow | PartTitle | Remark | Check
_Any = TypeVar("_Any", LineItem, Constant, Check)


@dataclass(eq=False)
class LineSheet:
    """A sheet of line items: its rows from the top down, and what must hold of them."""

    name: str
    title: str
    axis: TimeAxis
    total: str = "Constant or total"
    """The heading of the column of constants and totals."""
    rows: list[Row] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def add(self, row: _Any) -> _Any:
        """Adds a row and returns it."""
        if isinstance(row, LineItem):
            row.axis = self.axis
        self.rows.append(row)
        return row

    def part(self, title: str) -> None:
        """Begins a part of the sheet."""
        self.rows.append(PartTitle(title))

    def remark(self, text: str) -> None:
        """Adds a sentence."""
        self.rows.append(Remark(text))

    def must_hold(self, label: str, difference: Term, size: Term, *, unit: str, note: str) -> None:
        """Adds a check: a difference, against the size of what is compared."""
        self.checks.append(Check(label, difference, size, unit, note))

    def must_agree(self, label: str, here: LineItem, given: LineItem, size: Term, *, unit: str, note: str) -> None:
        """Adds a line item less what the plan has of it, and the check that the largest difference is none."""
        gap = LineItem("Formula less plan", here - given, given.unit, "total: the largest", TINY, Total.SIZE)
        self.must_hold(label, self.add(gap).whole, size, unit=unit, note=note)

    def must_cover(self, label: str, left: LineItem, size: Term, *, unit: str, note: str) -> None:
        """Adds the check that the least of what is left does not lie below zero."""
        self.must_hold(label, largest(ZERO, -left.whole), size, unit=unit, note=note)


@dataclass(eq=False)
class CheckSheet(LineSheet):
    """The sheet on which checks are rows, each with its size, what is allowed, and whether it holds."""

    verdicts: Verdicts | None = None
    """Those of all checks, which make the overall flag."""


TOLERANCE, LEAST_SIZE = 1e-6, 1.0
"""The difference that a check allows, of the size of what is compared, and the size of what is next to nothing."""
CHECK_COLUMNS = ("size", "allowed", "holds")


@dataclass(frozen=True)
class SheetNumber:
    """A number on a sheet: one of the plan, or a term that is written as a formula."""

    term: Term
    shape: Shape = WHOLE


@dataclass(frozen=True)
class ItemChart:
    """A chart over line items: those of its series by name, and one that is drawn as a line over them."""

    chart: ChartBlock
    series: Mapping[str, LineItem]
    line: LineItem | None = None
    line_name: str = ""


@dataclass(frozen=True)
class FirstSheet:
    """The sheet that is read first: figures, a table, remarks and charts."""

    name: str
    title: str
    standing: str
    figures: tuple[tuple[str, SheetNumber, str], ...]
    """Label, number and unit of each."""
    headings: tuple[tuple[str, float], ...]
    """Heading and width of each column."""
    rows: tuple[tuple[str | SheetNumber | None, ...] | str, ...]
    """Rows of the table, and sentences between them."""
    charts: tuple[ItemChart, ...]
    after: tuple[str, ...] = ()
    """Sentences below the charts."""


@dataclass(frozen=True)
class TableSheet:
    """A sheet of tables below each other, and of charts that read them."""

    name: str
    title: str
    tables: tuple[TableBlock, ...]
    charts: tuple[ChartBlock, ...] = ()
    links: Mapping[tuple[int, int], Term] = field(default_factory=dict)
    """What cells of the first table read, by row and column, where they stand elsewhere too."""


@dataclass(frozen=True)
class InputTable:
    """A table of the inputs: its rows with note and source, its key columns, and the file and row of each row."""

    name: str
    table: TableBlock
    keys: tuple[str, ...]
    units: Mapping[str, str]
    """The unit of each column that is shown, in their order."""
    places: tuple[str, ...]


@dataclass(frozen=True)
class InputSheet:
    """The sheet of the inputs that the plan rests on: settings, and every table."""

    name: str
    title: str
    settings: TableBlock
    """Name, value and file of each."""
    tables: tuple[InputTable, ...]


@dataclass(frozen=True)
class AboutSheet:
    """The sheet of where a workbook comes from: parts with labels and texts."""

    name: str
    title: str
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


AnySheet: TypeAlias = LineSheet | FirstSheet | TableSheet | InputSheet | AboutSheet


@dataclass(frozen=True)
class LiveWorkbook:
    """A workbook: its sheets in the order in which they are shown, and what stands on each of them."""

    title: str
    subtitle: str
    footer: str
    sheets: tuple[AnySheet, ...]
