"""A sheet with the columns that all sheets share: label, unit, constant or total, note, then time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.documents.cell_text import PLAIN, TINY, WHOLE, Shape
from planner.documents.xlsx.cell_style import NOTHING, CellKind, Formats, Look
from planner.documents.xlsx.line_formulas import FIRST, LABEL, NOTE, TOP, TOTAL, UNIT
from planner.documents.xlsx.workbook_writing import LINE_PIXELS, lines_of, write_formula, write_safe

LEAST_WIDTH = 8.5
_MOST_LABEL, _MOST_UNIT = 56, 26
NEVER = 1_000_000
_WIDE = (34, 15, 13, 30)
_OPEN = (CellKind.INPUT, CellKind.PLAN)


@dataclass(frozen=True)
class OpenCell:
    """One open cell: an input or a value of the plan, as it was when the plan was solved; "" where it was blank."""

    row: int
    column: int
    kind: CellKind
    value: float | str


class TimeSheet:
    """One sheet while it is written, from the top down."""

    def __init__(
        self, name: str, sheet: Worksheet, formats: Formats, columns: Sequence[str], grey_from: int | None = None
    ) -> None:
        self.name = name
        self.sheet = sheet
        self.formats = formats
        self.columns = tuple(columns)
        self.row = TOP
        self.entries: list[OpenCell] = []
        """Every cell that can be overwritten, with what it holds."""
        # A sheet without time has no lookahead.
        self._grey_from = grey_from if self.columns and grey_from is not None else NEVER
        self._letters = [str(xl_col_to_name(FIRST + at)) for at in range(-1, len(self.columns))]
        self._width = LEAST_WIDTH
        self._fitted: dict[Shape, tuple[float, float]] = {}
        self._total_width = float(_WIDE[TOTAL])
        self._label_width = float(_WIDE[LABEL])
        self._unit_width = float(_WIDE[UNIT])
        self.is_wide = False
        """True where the sheet is printed on larger paper however few its columns are."""
        self.is_scaled = False
        """True where the sheet sets its own scale of print."""

    def titles(self, title: str, subtitle: str) -> None:
        """Writes the title of the sheet, and what it belongs to."""
        self.sheet.set_row_pixels(0, 26)
        self.text(0, LABEL, title, Look.TITLE)
        self.text(1, LABEL, subtitle, Look.SUBTITLE)

    def text(self, row: int, column: int, text: str, look: Look = Look.TEXT, *, kind: CellKind | None = None) -> None:
        """Writes text as text, whatever it looks like."""
        if kind in _OPEN:
            self.entries.append(OpenCell(row, column, kind, text))
        write_safe(self.sheet, row, column, text, self.formats.text(look, kind=kind))

    def cell(
        self, row: int, column: int, formula: str, value: float | None, *, kind: CellKind = CellKind.CALC,
        numbers: Shape = WHOLE, is_strong: bool = False,
    ) -> None:  # fmt: skip
        """Writes a formula with its value, None where it leaves the cell blank; there is no formula without one."""
        is_grey = column - FIRST >= self._grey_from
        form = self.formats.number(kind, numbers, is_strong=is_strong, is_grey=is_grey)
        write_formula(self.sheet, row, column, formula, "" if value is None else value, form)
        self._fit(column, numbers, value or 0.0)

    def number(
        self,
        row: int,
        column: int,
        value: float,
        *,
        kind: CellKind = CellKind.PLAN,
        numbers: Shape = WHOLE,
        lead: str = "",
    ) -> None:
        """Writes a number."""
        if kind in _OPEN:
            self.entries.append(OpenCell(row, column, kind, value))
        is_grey = column - FIRST >= self._grey_from
        form = self.formats.number(kind, numbers, is_grey=is_grey, lead=lead)
        self.sheet.write_number(row, column, value, form)
        self._fit(column, numbers, value)

    def formulas(
        self, row: int, formula: str, values: Sequence[float | None], *, kind: CellKind, numbers: Shape, is_strong: bool
    ) -> None:  # fmt: skip
        """Writes a formula across time, filled in with the letters of its own column and the one before."""
        reported, ahead = (
            self.formats.number(kind, numbers, is_strong=is_strong, is_grey=is_grey) for is_grey in (False, True)
        )
        for at, value in enumerate(values):
            written = formula.format(self._letters[at + 1], self._letters[at])
            form = ahead if at >= self._grey_from else reported
            write_formula(self.sheet, row, FIRST + at, written, "" if value is None else value, form)
        known = [value for value in values if value is not None]
        for value in (min(known), max(known)) if known else ():
            self._fit(FIRST, numbers, value)

    def section(self, title: str) -> None:
        """Begins a part of the sheet."""
        self.row += 1 if self.row > TOP else 0
        form = self.formats.text(Look.SECTION)
        for column in range(FIRST + len(self.columns)):
            self.sheet.write_blank(self.row, column, None, form)
        self.text(self.row, LABEL, title, Look.SECTION)
        self.row += 1

    def sentence(self, sentence: str) -> None:
        """Writes a sentence on a row of its own, across the columns."""
        self.text(self.row, LABEL, sentence, Look.SUBTITLE)
        self.row += 1

    def events(self, label: str, words: Mapping[int, tuple[str, bool]], *, note: str = "") -> None:
        """Writes words over time: of each period a word, and whether it is an event (else it lasts)."""
        row = self.begin_row(label, "", note)
        for index, (word, is_event) in sorted(words.items()):
            if 0 <= index < len(self.columns):
                self.text(row, FIRST + index, word, Look.EVENT if is_event else Look.SPELL)

    def finish(self, *, hides_noise: bool) -> None:
        """Sets widths, and may show noise around zero as a dash."""
        for column, width in enumerate((self._label_width, self._unit_width, self._total_width, _WIDE[NOTE])):
            self.sheet.set_column(column, column, width)
        last = FIRST + len(self.columns) - 1
        self.sheet.set_column(FIRST, min(last, FIRST + self._grey_from - 1), self._width)
        if self._grey_from < len(self.columns):
            self.sheet.set_column(FIRST + self._grey_from, last, self._width, self.formats.grey())
        if not hides_noise:
            return
        facts = {"type": "cell", "criteria": "between", "minimum": -NOTHING, "maximum": NOTHING}
        self.sheet.conditional_format(
            TOP, TOTAL, max(self.row, TOP), last, {**facts, "format": self.formats.zero(), "stop_if_true": False}
        )

    def begin_row(self, label: str, unit: str, note: str, *, is_strong: bool = False) -> int:
        """Writes what a row begins with, and returns the row."""
        row = self.row
        self.text(row, LABEL, label, Look.LABEL_STRONG if is_strong else Look.LABEL)
        self._label_width = min(_MOST_LABEL, max(self._label_width, len(label) + 2))
        if unit:
            self.text(row, UNIT, unit, Look.UNIT)
            self._unit_width = min(_MOST_UNIT, max(self._unit_width, len(unit)))
        if note:
            self.text(row, NOTE, note, Look.NOTE)
            self.make_room(row, [(note, _WIDE[NOTE])])
        self.row += 1
        return row

    def make_room(self, row: int, texts: Sequence[tuple[str, float]]) -> None:
        """Makes a row high enough for texts that wrap in columns of some widths."""
        lines = max(lines_of(text, width) for text, width in texts)
        if lines > 1:
            self.sheet.set_row_pixels(row, lines * LINE_PIXELS + 4)

    def _fit(self, column: int, numbers: Shape, value: float) -> None:
        if column < TOTAL or column == NOTE or numbers in (PLAIN, TINY):
            return
        if column >= FIRST:
            least, most = self._fitted.get(numbers, (math.inf, -math.inf))
            # Between two numbers that have room there is room for every other.
            if not least <= value <= most:
                self._fitted[numbers] = min(least, value), max(most, value)
                self._width = max(self._width, _width_of(value, numbers))
        else:
            self._total_width = max(self._total_width, _width_of(value, numbers) + 1)


def _width_of(value: float, shape: Shape) -> int:
    """Returns about how many characters a number takes."""
    return 7 + shape.decimals if shape.is_share else len(f"{value:,.{shape.decimals}f}") + 3
