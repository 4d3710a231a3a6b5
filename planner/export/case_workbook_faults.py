"""Marks the faults of a case in a copy of its workbook: red cells with the message, and a sheet that lists them all.

The copy keeps cells, formulas with their stored values, formats and drop-downs; charts and pictures are lost.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import load_workbook  # type: ignore[import-untyped, unused-ignore]
from openpyxl.cell.cell import MergedCell  # type: ignore[import-untyped, unused-ignore]
from openpyxl.comments import Comment  # type: ignore[import-untyped, unused-ignore]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped, unused-ignore]
from openpyxl.worksheet.properties import PageSetupProperties  # type: ignore[import-untyped, unused-ignore]

from planner.case.workbook_book import open_book
from planner.case.workbook_cell_names import WorkbookFault
from planner.case.workbook_cells import RawCell, SheetFacts, column_letters, read_rows
from planner.errors import Fault, Severity, shown

FAULTS = "_faults"
AUTHOR = "fleetplan"
MOST_MARKED = 5_000
_COLOURS = {Severity.FAULT: "FFFF9999", Severity.WARNING: "FFFFE699"}
_FORMULA = re.compile(
    r'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?)(?: t="[a-z]+")?>(<f[^>]*(?:/>|>.*?</f>))<v ?(?:/>|></v>)</c>'
)


def marked_workbook(data: bytes, faults: Sequence[Fault]) -> bytes:
    """Returns a copy of a workbook with its faults marked; those that are no cell's are in the list alone.

    `data` must have been read before without its being refused: this opens it whole.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data))
        _clear(book)
        messages: dict[tuple[str, str], list[Fault]] = {}
        for fault in faults[:MOST_MARKED]:
            if isinstance(fault, WorkbookFault) and fault.file in book.sheetnames:
                messages.setdefault((fault.file, fault.cell or "A1"), []).append(fault)
        for (sheet, cell), found in messages.items():
            if hasattr(book[sheet], "cell"):
                _mark(book[sheet], cell, found)
        _list(book, faults)
        out = io.BytesIO()
        book.save(out)
    return _with_stored_values(out.getvalue(), data)


def _clear(book: Any) -> None:  # noqa: ANN401  a workbook of openpyxl, which has no types
    """Takes away the marks of an earlier copy."""
    if FAULTS in book.sheetnames:
        del book[FAULTS]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment = None
                    if cell.fill.fgColor.rgb in _COLOURS.values():
                        cell.fill = PatternFill()


def _mark(sheet: Any, place: str, faults: Sequence[Fault]) -> None:  # noqa: ANN401
    cell = sheet[place]
    if isinstance(cell, MergedCell):
        ranges = (found for found in sheet.merged_cells.ranges if place in found)
        cell = next(sheet.cell(found.min_row, found.min_col) for found in ranges)
    worst = Severity.FAULT if any(fault.severity is Severity.FAULT for fault in faults) else Severity.WARNING
    cell.fill = PatternFill("solid", fgColor=_COLOURS[worst])
    text = "\n".join(f"{fault.expected[:1].upper()}{fault.expected[1:]}. {fault.remedy}" for fault in faults)
    if cell.comment is not None:
        text = f"{text}\n\n{cell.comment.text}"
    cell.comment = Comment(_plain(text), AUTHOR, width=320, height=40 + 18 * (1 + len(text) // 45))


def _list(book: Any, faults: Sequence[Fault]) -> None:  # noqa: ANN401
    sheet = book.create_sheet(FAULTS, 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    for at, (title, width) in enumerate((("where", 26), ("value", 26), ("what is wrong", 70), ("what to do", 70)), 1):
        cell = sheet.cell(1, at, title)
        cell.font = Font(name="Calibri", size=10, bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF1F3864")
        sheet.column_dimensions[column_letters(at)].width = width
    for row, fault in enumerate(faults[:MOST_MARKED], start=2):
        column = f", {fault.column}" if fault.column else ""
        texts = (fault.place + column, "" if fault.value is None else shown(fault.value), fault.expected, fault.remedy)
        for at, text in enumerate(texts, start=1):
            cell = sheet.cell(row, at, _plain(text))
            # What begins like a formula is text all the same.
            cell.data_type = "s"
            cell.font = Font(name="Calibri", size=10)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_COLOURS[fault.severity])
        if isinstance(fault, WorkbookFault) and fault.file in book.sheetnames and fault.cell:
            sheet.cell(row, 1).hyperlink = f"#'{fault.file}'!{fault.cell}"
            sheet.cell(row, 1).data_type = "s"
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _plain(text: str) -> str:
    """Returns a text without the characters that a workbook cannot hold."""
    return "".join(part if part.isprintable() or part == "\n" else "\ufffd" for part in text)


def _with_stored_values(made: bytes, before: bytes) -> bytes:
    """Returns the copy with the values that formulas had before; the library writes formulas without them."""
    values = _stored_values(before)
    if not values:
        return made
    parts = {sheet.part: values.get(sheet.name, {}) for sheet in open_book(made).sheets}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry.filename)
            if parts.get(entry.filename):
                content = _filled(content.decode("utf-8"), parts[entry.filename]).encode("utf-8")
            new.writestr(entry, content)
    return out.getvalue()


def _stored_values(data: bytes) -> dict[str, dict[str, RawCell]]:
    book = open_book(data)
    return {
        sheet.name: {
            f"{column_letters(cell.column)}{row.number}": cell
            for row in read_rows(book.package, sheet.part, book.strings, SheetFacts())
            for cell in row.cells
            if cell.is_formula and cell.text is not None
        }
        for sheet in book.sheets
        if sheet.has_cells and book.package.has(sheet.part)
    }


def _filled(xml: str, values: Mapping[str, RawCell]) -> str:
    def filled(found: re.Match[str]) -> str:
        cell = values.get(found.group(1))
        if cell is None or cell.text is None:
            return found.group(0)
        kind = {"n": "", "s": ' t="str"'}.get(cell.kind, f' t="{cell.kind}"')
        return f'<c r="{found.group(1)}"{found.group(2)}{kind}>{found.group(3)}<v>{escape(cell.text)}</v></c>'

    return _FORMULA.sub(filled, xml)
