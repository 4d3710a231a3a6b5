"""A sheet with the columns that all sheets share: label, unit, constant or total, note, then time."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.documents.xlsx.cell_style import NOTHING, PLAIN, TINY, WHOLE, CellKind, Formats, Look, Numbers
from planner.documents.xlsx.workbook_writing import LINE_PIXELS, lines_of, sheet_prefix, write_formula, write_safe

LABEL, UNIT, TOTAL, NOTE, FIRST = range(5)
HEADER_ROW, NUMBER_ROW, YEAR_ROW, TOP = 3, 4, 5, 6
LEAST_WIDTH = 8.5
_MOST_LABEL, _MOST_UNIT = 56, 26
NEVER = 1_000_000
_WIDE = (34, 15, 13, 30)
_OPEN = (CellKind.INPUT, CellKind.PLAN)

Rule = Callable[[str, str], str]
"""A formula by the letters of its own column and the one before."""


@enum.unique
class Sum(enum.Enum):
    """What stands in the column of constants and totals."""

    NONE = ""
    SUM = "SUM({})"
    """Of the reported periods."""
    ALL = "SUM({0})"
    """Of all optimised periods."""
    MOST = "MAX({})"
    LEAST = "MIN({})"
    SIZE = "MAX(MAX({0}),-MIN({0}))"

    def over(self, cells: str) -> str:
        """Returns the formula over some cells."""
        return str(self.value).format(cells)

    def of(self, values: Sequence[float]) -> float:
        """Returns what the formula gives."""
        if self is Sum.SIZE:
            return float(max(max(values), -min(values)))
        if self in (Sum.SUM, Sum.ALL):
            return float(sum(values))
        return float(max(values) if self is Sum.MOST else min(values))


@dataclass(frozen=True)
class Cell:
    """One cell to refer to: its sheet, row and column, and its value."""

    sheet: str
    row: int
    column: int
    value: float

    def on(self, sheet: str) -> str:
        """Returns the address for a formula on a sheet."""
        return f"{prefix(self.sheet, sheet)}${xl_col_to_name(self.column)}${self.row + 1}"


@dataclass(frozen=True)
class OpenCell:
    """One open cell: an input or a value of the plan, as it was when the plan was solved; "" where it was blank."""

    row: int
    column: int
    kind: CellKind
    value: float | str


@dataclass(frozen=True)
class TimeRow:
    """One row over time, to refer to: where it stands, and its values (0 for blank)."""

    sheet: str
    row: int
    values: tuple[float, ...]
    label: str = ""
    total: float = 0.0
    shown: tuple[float | None, ...] = ()
    """The values with None for those that a formula leaves blank; nothing where it leaves none."""

    def at(self, column: str, sheet: str = "") -> str:
        """Returns the address of the cell in a column, for a formula on a sheet (the line's own by default)."""
        return f"{prefix(self.sheet, sheet)}{column}{self.row + 1}"

    def span(self, sheet: str = "", first: int = 0, last: int = -1) -> str:
        """Returns the addresses of the periods from first to last, fixed in their columns."""
        begin, end = xl_col_to_name(FIRST + first), xl_col_to_name(FIRST + (last % len(self.values)))
        return f"{prefix(self.sheet, sheet)}${begin}${self.row + 1}:${end}${self.row + 1}"

    def constant(self, sheet: str = "") -> str:
        """Returns the address of the constant or total."""
        return f"{prefix(self.sheet, sheet)}$C${self.row + 1}"

    @property
    def cell(self) -> Cell:
        """The constant or total as a cell."""
        return Cell(self.sheet, self.row, TOTAL, self.total)


def prefix(of: str, on: str) -> str:
    """Returns the sheet's part of an address: none on the sheet itself."""
    return "" if on in ("", of) else sheet_prefix(of)


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
        self._width = LEAST_WIDTH
        self._fitted: dict[Numbers, tuple[float, float]] = {}
        self._total_width = float(_WIDE[TOTAL])
        self._label_width = float(_WIDE[LABEL])
        self._unit_width = float(_WIDE[UNIT])

    def letter(self, index: int) -> str:
        """Returns the letter of a period's column."""
        return str(xl_col_to_name(FIRST + index))

    def text(self, row: int, column: int, text: str, look: Look = Look.TEXT, *, kind: CellKind | None = None) -> None:
        """Writes text as text, whatever it looks like."""
        if kind in _OPEN:
            self.entries.append(OpenCell(row, column, kind, text))
        write_safe(self.sheet, row, column, text, self.formats.text(look, kind=kind))

    def cell(
        self, row: int, column: int, formula: str, value: float | None, *, kind: CellKind = CellKind.CALC,
        numbers: Numbers = WHOLE, is_strong: bool = False,
    ) -> Cell:  # fmt: skip
        """Writes a formula with its value, None where it leaves the cell blank; there is no formula without one."""
        is_grey = column - FIRST >= self._grey_from
        form = self.formats.number(kind, numbers, is_strong=is_strong, is_grey=is_grey)
        write_formula(self.sheet, row, column, formula, "" if value is None else value, form)
        self._fit(column, numbers, value or 0.0)
        return Cell(self.name, row, column, value or 0.0)

    def number(
        self,
        row: int,
        column: int,
        value: float,
        *,
        kind: CellKind = CellKind.PLAN,
        numbers: Numbers = WHOLE,
        lead: str = "",
    ) -> Cell:
        """Writes a number."""
        if kind in _OPEN:
            self.entries.append(OpenCell(row, column, kind, value))
        is_grey = column - FIRST >= self._grey_from
        form = self.formats.number(kind, numbers, is_grey=is_grey, lead=lead)
        self.sheet.write_number(row, column, value, form)
        self._fit(column, numbers, value)
        return Cell(self.name, row, column, value)

    def section(self, title: str) -> None:
        """Begins a part of the sheet."""
        self.row += 1 if self.row > TOP else 0
        form = self.formats.text(Look.SECTION)
        for column in range(FIRST + len(self.columns)):
            self.sheet.write_blank(self.row, column, None, form)
        self.text(self.row, LABEL, title, Look.SECTION)
        self.row += 1

    def says(self, sentence: str) -> None:
        """Writes a sentence on a row of its own, across the columns."""
        self.text(self.row, LABEL, sentence, Look.SUBTITLE)
        self.row += 1

    def constant(
        self, label: str, value: float, *, unit: str = "", note: str = "", kind: CellKind = CellKind.INPUT,
        numbers: Numbers = WHOLE, formula: str = "", is_strong: bool = False,
    ) -> Cell:  # fmt: skip
        """Writes a row that holds one number in the column of constants."""
        row = self.begin_row(label, unit, note, is_strong=is_strong)
        if formula:
            return self.cell(row, TOTAL, formula, value, kind=kind, numbers=numbers, is_strong=is_strong)
        return self.number(row, TOTAL, value, kind=kind, numbers=numbers)

    def values(
        self,
        label: str,
        values: Sequence[float | None],
        *,
        unit: str = "",
        note: str = "",
        kind: CellKind = CellKind.PLAN,
        numbers: Numbers = WHOLE,
        total: Sum = Sum.SUM,
    ) -> TimeRow:
        """Writes a row of numbers over time; None stays blank."""
        row = self.begin_row(label, unit, note)
        for index, value in enumerate(values):
            if value is not None:
                self.number(row, FIRST + index, value, kind=kind, numbers=numbers)
        line = TimeRow(self.name, row, tuple(value or 0.0 for value in values), label)
        return self._totalled(line, total, numbers, is_strong=False)

    def formula(
        self, label: str, rule: Rule, values: Sequence[float | None], *, unit: str = "", note: str = "",
        kind: CellKind = CellKind.CALC, numbers: Numbers = WHOLE, total: Sum = Sum.SUM, is_strong: bool = False,
        before: float = 0.0,
    ) -> TimeRow:  # fmt: skip
        """Writes one formula across time; `before` is a number that stands where the period before the first would."""
        row = self.begin_row(label, unit, note, is_strong=is_strong)
        if before:
            self.number(row, NOTE, before, kind=CellKind.INPUT, numbers=numbers, lead="at the start")
        for index, value in enumerate(values):
            written = rule(self.letter(index), xl_col_to_name(FIRST + index - 1))
            self.cell(row, FIRST + index, written, value, kind=kind, numbers=numbers, is_strong=is_strong)
        shown = tuple(values) if None in values else ()
        line = TimeRow(self.name, row, tuple(value or 0.0 for value in values), label, 0.0, shown)
        return self._totalled(line, total, numbers, is_strong=is_strong)

    def added(
        self, label: str, lines: Sequence[TimeRow], *, unit: str = "", note: str = "", numbers: Numbers = WHOLE,
        total: Sum = Sum.SUM, is_strong: bool = True,
    ) -> TimeRow:  # fmt: skip
        """Writes the sum of lines: of a block by SUM, of scattered ones by +."""
        values = [sum(parts) for parts in zip(*(line.values for line in lines), strict=True)]
        values = values or [0.0] * len(self.columns)
        rows = [line.row for line in lines]
        is_block = len(rows) > 1 and rows == list(range(rows[0], rows[0] + len(rows)))
        is_block = is_block and all(line.sheet == lines[0].sheet for line in lines)

        def rule(here: str, _: str) -> str:
            if is_block:
                return f"SUM({lines[0].at(here, self.name)}:{here}{rows[-1] + 1})"
            return "+".join(line.at(here, self.name) for line in lines) or "0"

        kind = CellKind.LINK if lines and all(line.sheet != self.name for line in lines) else CellKind.CALC
        return self.formula(
            label, rule, values, unit=unit, note=note, numbers=numbers, total=total, is_strong=is_strong, kind=kind
        )

    def link(
        self, line: TimeRow, *, label: str = "", unit: str = "", note: str = "", numbers: Numbers = WHOLE,
        total: Sum = Sum.SUM,
    ) -> TimeRow:  # fmt: skip
        """Writes a copy of a line of another sheet, by reference."""

        def rule(here: str, _: str) -> str:
            return line.at(here, self.name)

        return self.formula(
            label or line.label,
            rule,
            line.shown or line.values,
            unit=unit,
            note=note,
            numbers=numbers,
            total=total,
            kind=CellKind.LINK,
        )

    def differs(self, here: TimeRow, told: TimeRow, *, unit: str = "") -> TimeRow:
        """Writes a line less what the plan says of it; the total is the largest difference, without its sign."""
        values = [one - other for one, other in zip(here.values, told.values, strict=True)]

        def rule(column: str, _: str) -> str:
            return f"{here.at(column)}-{told.at(column)}"

        return self.formula(
            "Formula less plan", rule, values, unit=unit, numbers=TINY, total=Sum.SIZE, note="total: the largest"
        )

    def events(self, label: str, cells: dict[int, tuple[str, bool]], *, note: str = "", unit: str = "") -> None:
        """Writes words over time: of each period a word, and whether it is an event (else it lasts)."""
        row = self.begin_row(label, unit, note)
        for index, (word, is_event) in sorted(cells.items()):
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

    def _totalled(self, line: TimeRow, total: Sum, numbers: Numbers, *, is_strong: bool) -> TimeRow:
        if total is Sum.NONE:
            return line
        reach = len(line.values)
        if total in (Sum.SUM, Sum.MOST):
            # What is told of a line is of the reported periods; what is checked is of all.
            reach = max(1, min(reach, self._grey_from))
        value = total.of(line.values[:reach])
        last = self.letter(reach - 1)
        formula = total.over(f"{self.letter(0)}{line.row + 1}:{last}{line.row + 1}")
        self.cell(line.row, TOTAL, formula, value, numbers=numbers, is_strong=is_strong)
        return TimeRow(line.sheet, line.row, line.values, line.label, value, line.shown)

    def _fit(self, column: int, numbers: Numbers, value: float) -> None:
        if column < TOTAL or column == NOTE or numbers in (PLAIN, TINY):
            return
        if column >= FIRST:
            least, most = self._fitted.get(numbers, (math.inf, -math.inf))
            # Between two numbers that have room there is room for every other.
            if not least <= value <= most:
                self._fitted[numbers] = min(least, value), max(most, value)
                self._width = max(self._width, numbers.width(value))
        else:
            self._total_width = max(self._total_width, numbers.width(value) + 1)
