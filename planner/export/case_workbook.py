"""Writes a case as an Excel workbook to fill in: a sheet a table, with units, meanings and drop-downs.

Row 1 holds the names of the columns; row 2 tells meanings and units as a comment, which the reader passes
over. Text is written as text whatever it looks like, and numbers with all their digits.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped, unused-ignore]
from xlsxwriter.format import Format  # type: ignore[import-untyped, unused-ignore]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped, unused-ignore]

from planner.case.workbook import README_SHEET
from planner.case.workbook_cells import column_letters
from planner.case.workbook_form import CaseForm, FormCell, FormColumn, FormRow, FormSheet
from planner.case.workbook_sheet import Holds
from planner.documents.xlsx.workbook_writing import A4, AS_GIVEN, in_two_runs, is_taken_for_markup, set_paper
from planner.errors import InternalError
from planner.export.case_workbook_index import write_index
from planner.export.case_workbook_lists import LISTS, Lists
from planner.export.case_workbook_style import (
    EMPTY_TAB,
    FILLED_TAB,
    FIRST_ROW,
    LAST_CHECKED_ROW,
    NEEDED_TAB,
    Style,
)

_MADE = datetime(2026, 1, 1)
_WIDEST, _REMARK_WIDTH = 30, 44
_PAGE_WIDTH = 240
_ROW_HEIGHT = 13.5
"""The height of one line, in points, at which a cell of several lines is cut."""
_LAST_ROW = 1_048_575
"""The last row that a sheet can have, counted from 0."""


class ExactSheet(Worksheet):  # type: ignore[misc, unused-ignore]
    """A sheet that stores numbers with all digits that tell them apart, and every text as text.

    The library stores sixteen digits, and passes a text such as `<r>…</r>` on as markup of its own.
    """

    def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> int:  # noqa: ANN401
        if is_taken_for_markup(string) and cell_format is not None:
            return int(self._write_rich_string(row, col, *in_two_runs(string, cell_format), cell_format))
        return int(super()._write_string(row, col, string, cell_format))

    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:  # noqa: ANN401  as the library has it
        parts = "".join(f' {key}="{value}"' for key, value in attributes)
        text = str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(float(number))
        self.fh.write(f"<c{parts}><v>{text}</v></c>")


def case_workbook(form: CaseForm) -> bytes:
    """Returns a case as the bytes of a workbook.

    Raises:
        InternalError: a cell cannot be written.
    """
    out = io.BytesIO()
    book = Workbook(out, dict(AS_GIVEN))
    # A fixed date makes the same case the same file.
    book.set_properties({"title": form.title, "comments": "Input of fleetplan", "created": _MADE})
    style = Style(book)
    sheets = {"index": _added(book, "index"), "plan": _added(book, "plan")}
    sheets |= {sheet.name: _added(book, sheet.name) for sheet in form.sheets}
    lists = Lists(form)
    write_index(sheets["index"], form, style)
    _write_plan(sheets["plan"], form, style)
    for sheet in form.sheets:
        _write_table(sheets[sheet.name], sheet, style, lists, is_template=form.is_template)
    lists.write(_added(book, LISTS), style)
    if form.readme is not None:
        _write_readme(_added(book, README_SHEET), form.readme, style)
    sheets["index"].activate()
    book.close()
    return out.getvalue()


def tables_workbook(title: str, sheets: Sequence[FormSheet], readme: Sequence[str]) -> bytes:
    """Returns tables that are no case as the bytes of a workbook, with a text beside them; rows are examples.

    Raises:
        InternalError: a cell cannot be written.
    """
    out = io.BytesIO()
    book = Workbook(out, dict(AS_GIVEN))
    book.set_properties({"title": title, "comments": "Input of fleetplan", "created": _MADE})
    style = Style(book)
    _write_readme(_added(book, README_SHEET), tuple(readme), style)
    lists = Lists(CaseForm(title, (), tuple(sheets)))
    for sheet in sheets:
        _write_table(_added(book, sheet.name), sheet, style, lists, is_template=True)
    book.close()
    return out.getvalue()


def _added(book: Workbook, name: str) -> Worksheet:
    return book.add_worksheet(name, worksheet_class=ExactSheet)


def put(sheet: Worksheet, row: int, column: int, value: FormCell, style: Format) -> None:
    """Writes a value as what it is, never as a formula or link; raises InternalError where the library refuses."""
    if value is None:
        done = sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        done = sheet.write_boolean(row, column, value, style)
    elif isinstance(value, str):
        # These two are no letters of XML; a replacement is what every reader would make of them.
        value = value.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
        done = sheet.write_string(row, column, value, style)
    else:
        done = sheet.write_number(row, column, value, style)
    if done:
        msg = f"the cell {sheet.get_name()}!{column_letters(column + 1)}{row + 1} could not be written ({done})"
        raise InternalError(msg)


def _write_table(sheet: Worksheet, table: FormSheet, style: Style, lists: Lists, *, is_template: bool) -> None:
    sheet.set_tab_color(NEEDED_TAB if table.is_needed else FILLED_TAB if table.rows else EMPTY_TAB)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, _width(table, at), style.blank(column))
        put(sheet, 0, at, column.name, style.header(column))
        _check(sheet, at, column, lists)
    for at, text in enumerate(table.explanations()):
        put(sheet, 1, at, text, style.explanation(table.columns[at]))
    sheet.set_row(0, 20)
    sheet.set_row(1, _height(table))
    for number, row in enumerate(table.rows, start=FIRST_ROW - 1):
        _write_row(sheet, number, row, table, style, is_example=is_template)
    sheet.freeze_panes(2, 1)
    width = sum(_width(table, at) for at in range(len(table.columns)))
    _set_page(sheet, width)
    # Without an area of print every row is printed that is filled in later, too.
    remarks = [len(str(text)) for row in table.rows if row.is_comment for text in row.cells if text]
    if max(remarks, default=0) > width > 0:
        # A long remark would make the page wider than the table; whole columns print as far as they are filled in.
        sheet.print_area(0, 0, _LAST_ROW, len(table.columns) - 1)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0)


def _write_row(
    sheet: Worksheet, number: int, row: FormRow, table: FormSheet, style: Style, *, is_example: bool
) -> None:
    if row.is_comment:
        for at, text in enumerate(row.cells):
            if text:
                put(sheet, number, at, text, style.comment)
        return
    for at, (value, column) in enumerate(zip(row.cells, table.columns, strict=True)):
        if value is not None or is_example:
            put(sheet, number, at, value, style.cell(column, value, is_example=is_example))
    if any(isinstance(value, str) and "\n" in value for value in row.cells):
        sheet.set_row(number, _ROW_HEIGHT)


def _width(table: FormSheet, at: int) -> float:
    column = table.columns[at]
    if column.holds is Holds.REMARK:
        return _REMARK_WIDTH
    longest = max((len(str(row.cells[at])) for row in table.rows[:500] if not row.is_comment), default=0)
    return max(12.0, min(_WIDEST, max(len(column.name), longest) + 3))


def _height(table: FormSheet) -> float:
    """Returns the height of the explanations, in points, so that the longest of them fits."""
    lines = 1
    for at, column in enumerate(table.columns):
        letters = _width(table, at) * 1.25
        lines = max(lines, sum(-(-len(line) // int(letters)) for line in column.explanation.split("\n")))
    return 11.5 * lines + 4


def _check(sheet: Worksheet, at: int, column: FormColumn, lists: Lists) -> None:
    """Gives the cells of a column their drop-down or bounds; the reader checks them all again."""
    rule: dict[str, Any] = {"ignore_blank": True}
    source = lists.source_of(column)
    if column.choices and not column.many:
        rule |= {"validate": "list", "source": list(column.choices), "error_message": "Choose one of the list."}
    elif column.holds is Holds.TRUTH:
        rule |= {"validate": "list", "source": ["TRUE", "FALSE"]}
    elif column.many:
        names = list(column.choices) or source
        if names is None:
            return
        message = "Choose one, or write several with a semicolon between them."
        rule |= {"validate": "list", "source": names, "show_error": False, "input_message": message}
    elif source is not None:
        message = "There is no such name yet. Keep it, and add it to its sheet?"
        rule |= {"validate": "list", "source": source, "error_type": "warning", "error_message": message}
    elif column.holds is Holds.NUMBER:
        rule |= _bounds(column)
        # A word may stand there too, such as "no limit".
        rule |= {"error_type": "warning"} if column.also else {}
    else:
        return
    sheet.data_validation(FIRST_ROW - 1, at, LAST_CHECKED_ROW - 1, at, rule)


def _bounds(column: FormColumn) -> dict[str, Any]:
    least, above, most = column.bounds
    low = least if least is not None else above
    rule: dict[str, Any] = {"validate": "integer" if column.is_whole else "decimal"}
    rule["error_title"] = "Not a value of this column"
    rule["error_message"] = f"Enter {column.bounds_text}."
    if low is not None and most is not None and above is None:
        return rule | {"criteria": "between", "minimum": low, "maximum": most}
    if low is not None:
        return rule | {"criteria": ">=" if least is not None else ">", "value": low}
    return rule | {"criteria": "<=", "value": 1e15 if most is None else most}


def _write_plan(sheet: Worksheet, form: CaseForm, style: Style) -> None:
    """Writes the settings, a row each, with what they mean beside them."""
    names = ["setting", "value", "unit", "meaning", "note", "source"]
    if not any(line.source for line in form.settings):
        names.remove("source")
    for at, (name, width) in enumerate(zip(names, (24, 20, 10, 72, 60, 40), strict=False)):
        sheet.set_column(at, at, width)
        put(sheet, 0, at, name, style.plain_header)
    row = 0
    for line in form.settings:
        row += 1
        if line.comment or not line.setting:
            put(sheet, row, 0, f"# {line.comment}".rstrip(), style.comment)
            continue
        column = form.setting_columns.get(line.setting) or FormColumn(line.setting, "")
        blank = "" if column.blank in (None, "") else f"; blank: {column.blank}"
        cells = {"setting": line.setting, "unit": column.unit, "meaning": f"{column.meaning}{blank}"}
        cells |= {"note": line.note, "source": line.source}
        for at, name in enumerate(names):
            if name == "value":
                put(sheet, row, at, line.value, style.setting(column, line.value))
            elif cells[name]:
                looks = {"setting": style.setting_name, "note": style.remark, "source": style.remark}
                put(sheet, row, at, cells[name], looks.get(name, style.grey))
        _check_setting(sheet, row, column)
    sheet.set_tab_color(NEEDED_TAB)
    sheet.freeze_panes(1, 2)
    _set_page(sheet)


def _check_setting(sheet: Worksheet, row: int, column: FormColumn) -> None:
    if column.choices:
        sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": list(column.choices)})
    elif column.holds is Holds.TRUTH:
        sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": ["TRUE", "FALSE"]})
    elif column.holds is Holds.NUMBER:
        sheet.data_validation(row, 1, row, 1, _bounds(column))


def _write_readme(sheet: Worksheet, lines: tuple[str, ...], style: Style) -> None:
    sheet.set_column(0, 0, 120)
    for row, line in enumerate(lines):
        if line:
            put(sheet, row, 0, line, style.readme)
    _set_page(sheet)


def _set_page(sheet: Worksheet, width: float = 0.0) -> None:
    """Sets the sheet up for print: landscape, as many pages wide as can be read."""
    set_paper(sheet, A4)
    sheet.fit_to_pages(1 + int(width // _PAGE_WIDTH), 0)
    sheet.hide_gridlines(1)
    sheet.set_footer("&L&F&C&A&RPage &P of &N")
