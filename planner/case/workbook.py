"""Reads a case from an Excel workbook: the tables and the settings are its sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.case import TABLES
from planner.case.assemble import RawCase
from planner.case.nearest_name import nearest
from planner.case.sheet import Sheet
from planner.case.text import UnreadableError
from planner.case.wide_tables import narrowed
from planner.case.workbook_book import BookSheet, WorkbookParts, open_book
from planner.case.workbook_cell_names import PLAN_SHEET, CellNames, WorkbookFault
from planner.case.workbook_cells import SheetFacts, read_rows
from planner.case.workbook_plan import PlanLine, read_plan_sheet
from planner.case.workbook_sheet import read_table
from planner.errors import Fault, FaultLog

IGNORED = frozenset(("index", "lists", "help"))
README_SHEET = "_readme"
SHEETS_OF_RESULTS = frozenset(("Summary", "Assumptions", "Checks"))


@dataclass(frozen=True)
class Workbook:
    """A workbook as it was read: the raw case, where its cells stand, and the lines of its settings and readme."""

    raw: RawCase
    places: CellNames
    plan_lines: tuple[PlanLine, ...] = ()
    readme: tuple[str, ...] | None = None


def read_workbook(name: str, data: bytes, log: FaultLog) -> Workbook | None:
    """Returns the case in a workbook; faults go to the log, and None is returned where it cannot be opened."""
    try:
        book = open_book(data)
    except UnreadableError as error:
        log.add(Fault(name, error.expected, error.remedy))
        return None
    if {sheet.name for sheet in book.sheets} >= SHEETS_OF_RESULTS:
        remedy = "Its inputs are in the folder `inputs` of the run that it comes from: name that."
        log.add(Fault(name, "is the workbook of a plan that was made, not a case", remedy))
        return None
    sheets = {sheet.name: sheet for sheet in _sheets_of_case(name, book, log)}
    settings, readme = None, None
    tables: dict[str, Sheet] = {}
    letters: dict[str, dict[str, str]] = {}
    for sheet in sheets.values():
        try:
            if sheet.name == README_SHEET:
                readme = _readme(book, sheet)
            elif sheet.name == PLAN_SHEET:
                settings = read_plan_sheet(book, sheet, log)
            else:
                table, letters[sheet.name] = read_table(book, sheet, TABLES[sheet.name], log)
                found = None if table is None else narrowed(table, TABLES[sheet.name], log)
                if found is not None:
                    tables[sheet.name] = found
        except UnreadableError as error:
            log.add(WorkbookFault(sheet.name, error.expected, error.remedy))
    present = frozenset(sheets) & frozenset(TABLES)
    raw = RawCase(None if settings is None else settings.plan, tables, present, has_plan=PLAN_SHEET in sheets)
    if settings is None:
        return Workbook(raw, CellNames(letters), readme=readme)
    return Workbook(raw, CellNames(letters, settings.cells), tuple(settings.lines), readme)


def _sheets_of_case(name: str, book: WorkbookParts, log: FaultLog) -> Iterator[BookSheet]:
    """Yields the sheets that belong to a case; one that cannot be recognised goes to the log."""
    known = (PLAN_SHEET, *TABLES)
    names = [sheet.name for sheet in book.sheets]
    for sheet in book.sheets:
        if sheet.name in known:
            if sheet.has_cells:
                yield sheet
            else:
                remedy = "Write the table on a sheet of this name, and name the other _" + sheet.name + "."
                log.add(WorkbookFault(sheet.name, "is a chart or dialog and holds no cells", remedy))
        elif sheet.name == README_SHEET and sheet.has_cells:
            yield sheet
        elif not sheet.name.startswith("_") and sheet.name not in IGNORED and sheet.has_cells:
            if _is_blank(book, sheet):
                continue
            close = nearest(sheet.name, [other for other in known if other not in names])
            aside = f"Name it _{sheet.name[:30]} to keep it without its being read."
            expected = "is not a sheet of a case"
            log.add(WorkbookFault(sheet.name, expected, f"Did you mean {close}? {aside}" if close else aside))
    if not any(sheet.name in known for sheet in book.sheets):
        remedy = "Begin with `fleetplan template case.xlsx`, or name the sheets as the tables are named."
        log.add(Fault(name, "holds no sheet of a case", remedy))


def _is_blank(book: WorkbookParts, sheet: BookSheet) -> bool:
    try:
        return not any(True for _ in read_rows(book.package, sheet.part, book.strings, SheetFacts()))
    except UnreadableError:
        return False


def _readme(book: WorkbookParts, sheet: BookSheet) -> tuple[str, ...]:
    """Returns the lines of the text that came with a case."""
    lines: dict[int, str] = {}
    for row in read_rows(book.package, sheet.part, book.strings, SheetFacts()):
        if row.cells[0].column == 1:
            lines[row.number] = row.cells[0].text or ""
    return tuple(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
