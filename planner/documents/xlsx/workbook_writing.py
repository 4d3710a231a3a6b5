"""What all workbooks of results share: beginning, text that is nothing else, formulas with values, print and locks."""

from __future__ import annotations

import copy
import datetime
import io
from collections.abc import Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.documents.safe_text import plain
from planner.documents.xlsx.cell_style import FONT

LONGEST = 32_000
"""Characters; a cell holds little more, and XlsxWriter leaves out one that is longer."""
ROW_PIXELS, LINE_PIXELS = 17, 13
HOLDS, FAILS = "All checks hold", "A CHECK FAILS: see the sheet Checks"
A3, A4 = 8, 9
_LONGEST_TITLE, _LONGEST_FOOTER = 200, 80
_FILL = 1.3
"""Characters of small print that go into the width of a digit, with words broken whole."""
_CREATED = datetime.datetime(2000, 1, 1)
AS_GIVEN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
"""How every workbook of ours is written: nothing is made of a text or number but what it is."""
_OPTIONS = AS_GIVEN | {
    # Arial is metric for metric the same in every office suite, so widths fit everywhere.
    "default_format_properties": {"font_name": FONT, "font_size": 10},
    "default_row_height": ROW_PIXELS,
    "default_column_width": 64,
}
_MAY = {
    "select_locked_cells": True,
    "select_unlocked_cells": True,
    "format_columns": True,
    "format_rows": True,
    "objects": False,
    "scenarios": False,
}


class PlainSheet(Worksheet):  # type: ignore[misc, unused-ignore]
    """A sheet whose formulas use old functions only, which need no prefix.

    The library tries some thirty patterns for newer functions on every formula, a quarter of the time of a workbook.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        del expand_future_functions
        return formula.removeprefix("=")


def begin_workbook(stream: io.BytesIO, title: str) -> Workbook:
    """Returns a workbook that is written to a stream; the same content gives the same bytes."""
    # The library writes into the properties that it is given, so a second workbook would differ from the first.
    book = Workbook(stream, copy.deepcopy(_OPTIONS))
    book.set_properties(
        {"title": safe(title)[:_LONGEST_TITLE], "author": "fleetplan", "company": "", "created": _CREATED}
    )
    book.set_calc_mode("auto")
    return book


def write_safe(sheet: Worksheet, row: int, column: int, text: str | Sequence[str], style: Format) -> None:
    """Writes text, or lines of it below each other, as text: no formula, link, number or markup comes of it."""
    shown = safe(text) if isinstance(text, str) else "\n".join(map(safe, text))[:LONGEST]
    if not shown:
        sheet.write_blank(row, column, None, style)
    elif is_taken_for_markup(shown):
        sheet.write_rich_string(row, column, *in_two_runs(shown, style), style)
    else:
        sheet.write_string(row, column, shown, style)


def is_taken_for_markup(text: str) -> bool:
    """Returns whether XlsxWriter passes a text on as markup of its own."""
    return text.startswith("<r>") and text.endswith("</r>")


def in_two_runs(text: str, style: Format) -> tuple[str, Format, str]:
    """Returns a text as the parts of a rich one, in which it is escaped like any other."""
    return text[0], style, text[1:]


def write_value(
    sheet: Worksheet, row: int, column: int, value: float | str | Sequence[str] | None, style: Format
) -> None:
    """Writes a number as a number, text as text, lines below each other, nothing for None."""
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    else:
        write_safe(sheet, row, column, value, style)


def write_formula(sheet: Worksheet, row: int, column: int, formula: str, value: float | str, style: Format) -> None:
    """Writes a formula, given without its equals sign, with its value; there is no formula without one."""
    sheet.write_formula(row, column, f"={formula}", style, value)


def safe(text: str) -> str:
    """Returns text that a cell can hold and that shows as what it is."""
    shown = plain(text)
    # XlsxWriter leaves out a cell that is longer than a spreadsheet allows.
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def lines_of(text: str, width: float) -> int:
    """Returns about how many lines a text takes in a column of a width in characters."""
    room = max(1, int(width * _FILL))
    if len(text) <= room and text.isprintable():
        return 1
    return max(1, sum(-(-len(part) // room) for part in text.splitlines()))


def sheet_prefix(name: str) -> str:
    """Returns how a formula refers to another sheet."""
    return f"{name}!" if name.isalpha() and name.isascii() else f"'{name}'!"


def set_up_page(sheet: Worksheet, subject: str, *, paper: int, is_landscape: bool = True) -> None:
    """Sets paper, margins and footer of a printed sheet; `subject` is what it belongs to."""
    set_paper(sheet, paper, is_landscape=is_landscape)
    sheet.center_horizontally()
    sheet.set_footer(f"&L&8{_footer(subject)}&C&8&A&R&8Page &P of &N")


def set_paper(sheet: Worksheet, paper: int, *, is_landscape: bool = True) -> None:
    """Sets the paper and margins of a printed sheet."""
    if is_landscape:
        sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)


def close_sheet(sheet: Worksheet, *, has_filter: bool = False) -> None:
    """Hides grid lines, and locks what is not for editing, without a password."""
    sheet.hide_gridlines(2)
    sheet.protect("", {**_MAY, "autofilter": True} if has_filter else dict(_MAY))


def _footer(text: str) -> str:
    """Returns text for a footer, in which & begins a code."""
    text = "".join(part if part.isprintable() else " " for part in text)
    short = text if len(text) <= _LONGEST_FOOTER else f"{text[: _LONGEST_FOOTER - 1]}…"
    # A digit after the size code of the footer would be read as part of the size.
    return " " + short.replace("&", "&&")
