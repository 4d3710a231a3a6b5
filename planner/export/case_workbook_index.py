"""The first sheet of an input workbook: what the other sheets hold, and how they are filled in."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped, unused-ignore]

from planner.case.workbook_form import CaseForm, groups
from planner.documents.xlsx.workbook_writing import A4, set_paper, write_formula
from planner.export.case_workbook_style import FIRST_ROW, LAST_CHECKED_ROW, Style

_HOW = (
    "Fill in the sheets. Dark tabs are needed, the others may stay as they are. Row 2 explains the columns.",
    "Dark headings need a value in every row; below a grey heading a blank means what row 2 says.",
    "A time is 2027, 2027H1, 2027Q3 or 2027-07; a span is a time or a range 2027Q3..2028Q2.",
    "Prices and demand hold from their period until the next row of the same name.",
    "Several names in one cell have a semicolon between them. Names are matched letter by letter.",
    "Say in `source` where a number comes from and in `note` what is worth knowing; the report carries both.",
    "Rows that begin with # are comments. Sheets whose name begins with _ are not read.",
)
_EXAMPLE = "The rows that are there are a small worked example: run it, then delete them and enter your own."


def write_index(sheet: Worksheet, form: CaseForm, style: Style) -> None:
    """Writes the index: a line a sheet with its meaning, whether it is needed, and the number of its rows."""
    for at, width in enumerate((3, 20, 66, 12, 10)):
        sheet.set_column(at, at, width, style.text)
    sheet.set_row(0, 30)
    sheet.write_string(0, 1, "Input of a fleetplan case" if form.is_template else form.title, style.title)
    sheet.write_string(1, 1, "fleetplan check FILE lists every fault; fleetplan plan FILE makes the plan.", style.lead)
    lines = [*((_EXAMPLE,) if form.is_template else ()), *_HOW]
    row = 2
    for line in lines:
        row += 1
        sheet.write_string(row, 1, f"• {line}", style.text)
    row += 2
    for at, title in enumerate(("sheet", "what a row is", "", "rows"), start=1):
        sheet.write_string(row, at, title, style.plain_header)
    row = _entry(sheet, row + 1, ("plan", "The settings: start, periods, discount rate, solver.", "needed"), style)
    for group, tables in groups().items():
        sheet.write_string(row, 1, group, style.group)
        for at in range(2, 5):
            sheet.write_blank(row, at, None, style.group)
        row += 1
        for name in tables:
            table = form.sheet(name)
            needed = "needed" if table.is_needed else "optional"
            row = _entry(sheet, row, (name, table.meaning, needed), style)
            count = sum(not line.is_comment for line in table.rows)
            keys = f"{name}!$A${FIRST_ROW}:$A${max(LAST_CHECKED_ROW, FIRST_ROW + len(table.rows) + 1000)}"
            write_formula(sheet, row - 1, 4, f'COUNTA({keys})-COUNTIF({keys},"# *")', count, style.count)
    set_paper(sheet, A4)
    sheet.fit_to_pages(1, 1)
    sheet.hide_gridlines(2)
    sheet.set_footer("&L&F&RPage &P of &N")


def _entry(sheet: Worksheet, row: int, texts: tuple[str, str, str], style: Style) -> int:
    name, meaning, needed = texts
    sheet.write_url(row, 1, f"internal:'{name}'!A1", style.link, name)
    sheet.write_string(row, 2, meaning, style.text)
    sheet.write_string(row, 3, needed, style.text)
    return row + 1
