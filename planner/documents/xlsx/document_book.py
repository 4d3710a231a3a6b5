"""The workbook of a document while it is written: its sheets, and what every one of them carries."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.documents.blocks import Document, Medium, TableBlock, TableCell
from planner.documents.cell_text import Shape, shapes
from planner.documents.xlsx.cell_style import COLOURS, GREY, NAVY, PALE_BLUE, RULE, CellKind, Formats, Look
from planner.documents.xlsx.workbook_writing import (
    A3,
    A4,
    FAILS,
    LINE_PIXELS,
    PlainSheet,
    begin_workbook,
    close_sheet,
    lines_of,
    set_up_page,
    write_formula,
    write_safe,
    write_value,
)

SUMMARY, DATA, CHECKS, ABOUT = "Summary", "Chart data", "Checks", "About"
MAP = "Map"
TITLE_ROW, SUBTITLE_ROW, FLAG_ROW, TOP = 0, 1, 2, 4
_LONGEST_NAME = 31
A4_WIDTH = 150.0
"""Characters of width that are still read easily on a landscape page of A4."""
_UNFIT = set("[]:*?/\\'")


class DocumentFormats(Formats):
    """The cell formats of a plan, and those that only documents need."""

    def value(
        self, kind: CellKind, shape: Shape, *, is_quiet: bool = False, is_strong: bool = False,
        more: Mapping[str, Any] | None = None,
    ) -> Format:  # fmt: skip
        """Returns the format of a number; a quiet one is within the gaps, a strong one stressed."""
        facts: dict[str, Any] = {"font_color": GREY if is_quiet else COLOURS[kind], "num_format": shape.code}
        facts |= {"align": "right", "locked": kind in (CellKind.CALC, CellKind.LINK), "italic": is_quiet}
        facts |= self._strong(is_strong=is_strong) | dict(more or {})
        return self._format(("value", *sorted(facts.items())), facts, is_grey=False)

    def words(
        self, *, is_quiet: bool = False, is_strong: bool = False, more: Mapping[str, Any] | None = None
    ) -> Format:  # fmt: skip
        """Returns the format of text in a table."""
        facts: dict[str, Any] = {"text_wrap": True, "align": "left", "indent": 1, "locked": False, "italic": is_quiet}
        facts |= {"font_color": GREY if is_quiet else "#000000", **self._strong(is_strong=is_strong)}
        facts |= dict(more or {})
        return self._format(("words", *sorted(facts.items())), facts, is_grey=False)

    def unit(self, *, is_right: bool) -> Format:
        """Returns the format of the row of units below a header."""
        facts: dict[str, Any] = {"font_color": "white", "bg_color": NAVY, "font_size": 8}
        facts |= {"align": "right"} if is_right else {"align": "left", "indent": 1}
        return self._format(("unit", is_right), facts, is_grey=False)

    def finding(self, *, is_first: bool) -> Format:
        """Returns the format of a headline."""
        facts = {"text_wrap": True, "valign": "vcenter", "font_size": 12 if is_first else 11, "indent": 1}
        facts |= {"bg_color": PALE_BLUE, "left": 5, "left_color": NAVY, "align": "left"}
        return self._format(("finding", is_first), facts, is_grey=False)

    def note(self) -> Format:
        """Returns the format of a sentence across the columns."""
        return self._format(
            "note", {"text_wrap": True, "font_color": GREY, "italic": True, "align": "left"}, is_grey=False
        )

    def _strong(self, *, is_strong: bool) -> dict[str, Any]:
        if not is_strong:
            return {}
        return {"bold": True, "bg_color": "#EEF4FA", "top": 1, "top_color": RULE, "bottom": 1, "bottom_color": RULE}


@dataclass(eq=False)
class Leaf:
    """One sheet; `rows` and `columns` are how far it reaches."""

    name: str
    sheet: Worksheet
    formats: DocumentFormats
    rows: int = TOP
    columns: int = 1
    column_widths: tuple[float, ...] = ()
    is_locked: bool = False
    """True where text cannot be overwritten."""
    heads: tuple[int, int] = (TITLE_ROW, TITLE_ROW)
    """The rows that are repeated on every printed page."""

    def titles(self, title: str, subtitle: str) -> None:
        """Writes the title of the sheet, and what it belongs to."""
        self.sheet.set_row_pixels(TITLE_ROW, 26)
        self.text(TITLE_ROW, 0, title, Look.TITLE)
        self.text(SUBTITLE_ROW, 0, subtitle, Look.SUBTITLE)

    @property
    def words_more(self) -> dict[str, Any]:
        """What else the cells of text are."""
        return {"locked": True} if self.is_locked else {}

    @property
    def width(self) -> float:
        """How wide the columns are together."""
        return sum(self.column_widths)

    def text(self, row: int, column: int, text: str, look: Look = Look.TEXT) -> None:
        """Writes text as text, whatever it looks like."""
        self.words(row, column, text, self.formats.text(look))

    def words(self, row: int, column: int, text: str | Sequence[str], form: Format) -> None:
        """Writes text, or lines of it below each other, as text in a format of its own."""
        write_safe(self.sheet, row, column, text, form)
        self._reach(row, column)

    def value(self, row: int, column: int, value: TableCell, form: Format) -> None:
        """Writes a number as a number, text as text, lines below each other, nothing for None."""
        write_value(self.sheet, row, column, value, form)
        self._reach(row, column)

    def formula(self, row: int, column: int, formula: str, value: float | str, form: Format) -> None:
        """Writes a formula with its value; there is no formula without one."""
        write_formula(self.sheet, row, column, formula, value, form)
        self._reach(row, column)

    def across(self, row: int, text: str, form: Format, last: int, width: float) -> None:
        """Writes a sentence over the columns from the first to the last, which are so wide together."""
        if last > 0:
            self.sheet.merge_range(row, 0, row, last, "", form)
        self.words(row, 0, text, form)
        size = form.font_size / 10
        lines = lines_of(text, width / size)
        self.sheet.set_row_pixels(row, round((lines * LINE_PIXELS + 6) * size))

    def widths(self, widths: Sequence[float]) -> None:
        """Sets the widths of the columns from the first on."""
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.column_widths = tuple(widths)

    def _reach(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)


@dataclass(eq=False)
class DocumentBook:
    """All sheets of a document's workbook, by name in the order in which they are shown."""

    document: Document
    names: dict[str, str]
    """The name of the sheet of each table."""
    stream: io.BytesIO = field(default_factory=io.BytesIO)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    known: dict[str, list[list[Shape | None]]] = field(default_factory=dict)
    """The shapes of the cells of tables that were asked for."""

    def __post_init__(self) -> None:
        self.workbook = begin_workbook(self.stream, f"{self.document.title}: {self.document.subject}")
        self.formats = DocumentFormats(self.workbook)

    def leaf(self, name: str, title: str) -> Leaf:
        """Adds a sheet with its title and what it belongs to."""
        sheet = self.workbook.add_worksheet(name, worksheet_class=PlainSheet)
        leaf = Leaf(name, sheet, self.formats)
        self.leaves[name] = leaf
        leaf.titles(title, f"{self.document.subject} · {self.document.source} · {self.document.title}")
        return leaf

    def shapes(self, table: TableBlock) -> list[list[Shape | None]]:
        """Returns the shape of every cell of a table by row; many cells of one table are asked for."""
        if table.name not in self.known:
            self.known[table.name] = shapes(table)
        return self.known[table.name]

    def finish(self, flag: str) -> bytes:
        """Writes flags and print set-up, and returns the bytes of the workbook; without checks there is no flag."""
        for leaf in self.leaves.values():
            if flag:
                self._flag(leaf, flag)
            self._print_set_up(leaf)
            close_sheet(leaf.sheet, has_filter=True)
        self.leaves[SUMMARY].sheet.activate()
        self.workbook.close()
        return self.stream.getvalue()

    def _flag(self, leaf: Leaf, flag: str) -> None:
        if leaf.name != CHECKS:
            form = self.formats.text(Look.FLAG)
            write_formula(leaf.sheet, FLAG_ROW, 0, f"{CHECKS}!$A${FLAG_ROW + 1}", flag, form)
        facts = {"type": "text", "criteria": "begins with", "value": FAILS[:7], "format": self.formats.alarm()}
        leaf.sheet.conditional_format(FLAG_ROW, 0, FLAG_ROW, 0, facts)

    def _print_set_up(self, leaf: Leaf) -> None:
        sheet = leaf.sheet
        # A first sheet with several tables below each other is higher than wide.
        is_high = leaf.name == SUMMARY and len([*self.document.tables(Medium.SUMMARY)]) > 1
        subject = f"{self.document.subject} · {self.document.source}"
        set_up_page(sheet, subject, paper=A4 if leaf.width <= A4_WIDTH else A3, is_landscape=not is_high)
        # What a board reads first stays on one page.
        sheet.fit_to_pages(1, 1 if leaf.name == SUMMARY else 0)
        sheet.repeat_rows(*leaf.heads)
        sheet.print_area(0, 0, leaf.rows - 1, leaf.columns - 1)


def sheet_names(document: Document) -> dict[str, str]:
    """Returns the names of the sheets of tables: their own names in words, made fit and different from each other."""
    taken = {name.lower() for name in (SUMMARY, DATA, CHECKS, ABOUT, MAP, "History")}
    found = {}
    for table in document.tables(Medium.SHEETS):
        bare = "".join(" " if letter in _UNFIT or not letter.isprintable() else letter for letter in table.name)
        words = " ".join(bare.replace("_", " ").split()).capitalize()[:_LONGEST_NAME] or "Table"
        name, number = words, 2
        while name.lower() in taken:
            name = f"{words[: _LONGEST_NAME - 4]} {number}"
            number += 1
        taken.add(name.lower())
        found[table.name] = name
    return found
