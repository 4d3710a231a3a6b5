"""Sheets of a comparison's workbook: text as text, numbers as numbers, and formulas never without their value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from planner.compare.parts import FRACTION, MUSD, Comparison, Line, Standing
from planner.compare.words import mark
from planner.documents.safe_text import plain
from planner.documents.xlsx.safe_cells import safe, write_safe
from planner.results.table import Cell

_DENSITY = 1.3
"""Characters of size 10 that stand in one unit of width, on the safe side."""
_LINE_HEIGHT, _MOST_LINES = 14, 12
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
RUNS, REMARK = "Runs", "Remark"
RUNS_FIRST, RUNS_COST, RUNS_GAP = 4, 5, 6
"""On the sheet of runs: the row of the reference, and the columns of net present cost and gap."""
# Amounts in brackets are negative, as accountants write them; differences have their sign.
_NUMBERS = {MUSD: '#,##0.0_);(#,##0.0);"–"_)', FRACTION: '0.00%_);(0.00%);"–"_)', "": '#,##0.00_);(#,##0.00);"–"_)'}
_WHOLE = '#,##0_);(#,##0);"–"_)'
_SIGNED = {MUSD: '+#,##0.0;-#,##0.0;"–"', FRACTION: '+0.00%;-0.00%;"–"', "": '+#,##0.00;-#,##0.00;"–"'}
_SIGNED_WHOLE = '+#,##0;-#,##0;"–"'
_DIGITS = 9
"""Differences are rounded to so many decimals, which takes the noise of a solver off."""
_COUNTS = ("units", "modules", "queries/s", "MW")
_SHARE = '+0.0%;-0.0%;"–"'
_BLUE, _PALE = "#1F3A5F", "#F2F5F9"


@dataclass
class Book:
    """A workbook in memory with its formats; `bytes` closes it."""

    file: BytesIO
    book: Any
    formats: dict[tuple[tuple[str, Any], ...], Any]

    @classmethod
    def new(cls) -> Book:
        """Returns an empty workbook that turns no text into a formula, a link or a number."""
        file = BytesIO()
        return cls(file, xlsxwriter.Workbook(file, OPTIONS), {})

    def style(self, **wanted: object) -> Any:  # noqa: ANN401  XlsxWriter's own Format
        """Returns a format; one that was made before is used again."""
        key = tuple(sorted(wanted.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": "Calibri", "font_size": 10, **wanted})
        return self.formats[key]

    def bytes(self) -> bytes:
        """Returns the finished workbook."""
        self.book.close()
        return self.file.getvalue()


@dataclass
class Sheet:
    """One sheet, written row by row."""

    book: Book
    sheet: Any

    def text(self, row: int, column: int, text: str, **style: object) -> None:
        """Writes text as text, whatever it begins with."""
        write_safe(self.sheet, row, column, text, self.book.style(**style))

    def cell(self, row: int, column: int, value: Cell, **style: object) -> None:
        """Writes a number as a number, text as text, nothing for None."""
        if isinstance(value, str):
            self.text(row, column, value, **style)
        elif value is None:
            self.sheet.write_blank(row, column, None, self.book.style(**style))
        else:
            self.sheet.write_number(row, column, value, self.book.style(**style))

    def formula(self, row: int, column: int, formula: str, value: float | str, **style: object) -> None:
        """Writes a formula with its value, which viewers show that do not calculate."""
        self.sheet.write_formula(row, column, formula, self.book.style(**style), value)

    def high_enough(self, row: int, texts: Sequence[tuple[str, float]]) -> None:
        """Makes a row high enough for texts that are wrapped in columns of given widths, in characters."""
        lines = max((math.ceil(len(safe(text)) / (width * _DENSITY)) for text, width in texts), default=1)
        self.sheet.set_row(row, _LINE_HEIGHT * max(1, min(lines, _MOST_LINES)))

    def head(self, row: int, titles: Sequence[str], numbers_from: int) -> None:
        """Writes a header row."""
        for column, title in enumerate(titles):
            side = "right" if column >= numbers_from and title != REMARK else "left"
            self.text(
                row,
                column,
                title,
                bold=True,
                font_color="white",
                bg_color=_BLUE,
                align=side,
                indent=int(title == REMARK),
            )


def number_format(unit: str, *, signed: bool = False) -> str:
    """Returns how numbers of a unit are shown."""
    if unit in _COUNTS:
        return _SIGNED_WHOLE if signed else _WHOLE
    formats = _SIGNED if signed else _NUMBERS
    return formats.get(unit, formats[""])


def line_titles(comparison: Comparison) -> list[str]:
    """Returns the headers of the numbers of a line."""
    first, *others = comparison.sides
    titles = [first.letter]
    for side in others:
        titles += [side.letter, f"{side.letter} − {first.letter}", "%", REMARK]
    return titles


def write_line(
    sheet: Sheet,
    comparison: Comparison,
    at: tuple[int, int],
    line: Line,
    links: Mapping[int, str] | None = None,
    *,
    is_bold: bool = False,
) -> None:
    """Writes the numbers of a line from a cell on: values, then difference, per cent and remark as formulas.

    `links` gives, by run, the cell that a value is taken from; without it the value itself is written.
    """
    row, start = at
    style: dict[str, Any] = {"num_format": number_format(line.unit), "bold": is_bold}
    _value(sheet, (row, start), line.values[0], (links or {}).get(0), style)
    for run in comparison.others:
        column = start + 1 + 4 * (run - 1)
        _value(sheet, (row, column), line.values[run], (links or {}).get(run), style)
        if line.difference(run) is not None:
            _differences(sheet, comparison, (row, start, column), line, run, is_bold=is_bold)
        elif mark(line, run):
            sheet.text(row, column + 3, mark(line, run), italic=True, indent=1, font_color="#8A8A8A")


def _value(sheet: Sheet, at: tuple[int, int], value: float | None, link: str | None, style: dict[str, Any]) -> None:
    if value is None:
        return
    if link is not None:
        sheet.formula(*at, f"={link}", value, **style, font_color="#2E7D32")
    else:
        sheet.cell(*at, value, **style)


def _differences(
    sheet: Sheet,
    comparison: Comparison,
    at: tuple[int, int, int],
    line: Line,
    run: int,
    *,
    is_bold: bool,
) -> None:
    """Writes what tells of a run beside its value; `at` is the row and the columns of the reference and the run."""
    row, start, column = at
    first = xl_rowcol_to_cell(row, start)
    difference = round(line.difference(run) or 0.0, _DIGITS)
    other, delta = xl_rowcol_to_cell(row, column), xl_rowcol_to_cell(row, column + 1)
    quiet: dict[str, Any] = {"bold": is_bold}
    if line.standings[run - 1] is not Standing.DIFFERENT:
        quiet["font_color"] = "#8A8A8A"
    signed = number_format(line.unit, signed=True)
    sheet.formula(row, column + 1, f"=ROUND({other}-{first},{_DIGITS})", difference, num_format=signed, **quiet)
    if line.unit != FRACTION:
        share = None if line.share(run) is None else difference / abs(line.values[0] or 1.0)
        formula = f'=IF(ABS({first})<=0.000001,"",{delta}/ABS({first}))'
        sheet.formula(row, column + 2, formula, "" if share is None else share, num_format=_SHARE, **quiet)
    gaps = _gaps(comparison, run)
    if line.unit == MUSD and gaps:
        formula = (
            f'=IF(ABS({delta})<=0.000001*MAX(1,ABS({first}),ABS({other})),"",'
            f'IF(ABS({delta})<={gaps},"inside the gaps",""))'
        )
        sheet.formula(row, column + 3, formula, mark(line, run), italic=True, indent=1, **quiet)
    elif mark(line, run):
        sheet.text(row, column + 3, mark(line, run), italic=True, indent=1, **quiet)


def _gaps(comparison: Comparison, run: int) -> str:
    """Returns the sum of two gaps as a formula; nothing where one is not known."""
    if comparison.sides[0].gap_musd is None or comparison.sides[run].gap_musd is None:
        return ""
    cells = [xl_rowcol_to_cell(RUNS_FIRST + side, RUNS_GAP, row_abs=True, col_abs=True) for side in (0, run)]
    return f"({RUNS}!{cells[0]}+{RUNS}!{cells[1]})"


def print_set_up(sheet: Sheet, comparison: Comparison, *, pages_high: int, landscape: bool = True) -> None:
    """Sets A4, one page wide, header rows repeated and a footer that names the page."""
    if landscape:
        sheet.sheet.set_landscape()
    sheet.sheet.set_paper(9)
    sheet.sheet.fit_to_pages(1, pages_high)
    sheet.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.sheet.hide_gridlines(2)
    # An ampersand begins a code in footers; doubled it is itself. A footer holds at most 255 characters.
    case = plain(comparison.sides[0].case).replace("&", "&&")[:100].rstrip("&")
    sheet.sheet.set_footer(f"&L&8fleetplan compare: {case}&R&8&A, page &P of &N")
