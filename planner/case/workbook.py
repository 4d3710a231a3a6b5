"""Reads a case from an Excel workbook: the tables and the settings are its sheets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from models.case import TABLES
from planner.case.assemble import RawCase
from planner.case.nearest import nearest
from planner.case.sheet import Sheet
from planner.case.text import UnreadableError
from planner.case.workbook_book import Book, BookSheet, open_book
from planner.case.workbook_cells import SheetFacts, read_rows
from planner.case.workbook_places import PLAN_SHEET, CellFault, Places
from planner.case.workbook_plan import PlanLine, read_plan_sheet
from planner.case.workbook_sheet import read_table
from planner.errors import Fault, FaultLog

SUFFIX = ".xlsx"
IGNORED = frozenset(("index", "lists", "help"))
README_SHEET = "_readme"


@dataclass(frozen=True)
class Workbook:
    """A workbook as it was read: the raw case, where its cells stand, and the lines of its settings and readme."""

    raw: RawCase
    places: Places
    plan_lines: tuple[PlanLine, ...] = ()
    readme: tuple[str, ...] | None = None


@dataclass
class _Found:
    sheets: dict[str, Sheet] = field(default_factory=dict)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)


def read_workbook(name: str, data: bytes, log: FaultLog) -> Workbook | None:
    """Returns the case in a workbook; faults go to the log, and None is returned where it cannot be opened."""
    try:
        book = open_book(data)
        return _read(book, log)
    except UnreadableError as error:
        log.add(Fault(name, error.expected, error.remedy))
        return None


def _read(book: Book, log: FaultLog) -> Workbook:
    found = _Found()
    plan, lines, cells = None, (), {}
    has_plan, readme = False, None
    present = set()
    for sheet in _sheets_of_case(book, log):
        if sheet.name == README_SHEET:
            readme = _readme(book, sheet)
        elif sheet.name == PLAN_SHEET:
            has_plan = True
            settings = _guarded_plan(book, sheet, log)
            if settings is not None:
                plan, lines, cells = settings.plan, tuple(settings.lines), settings.cells
        else:
            present.add(sheet.name)
            _add_table(book, sheet, found, log)
    raw = RawCase(plan, found.sheets, frozenset(present), has_plan=has_plan)
    return Workbook(raw, Places(found.letters, cells), lines, readme)


def _guarded_plan(book, sheet, log):
    try:
        return read_plan_sheet(book, sheet, log)
    except UnreadableError as error:
        log.add(CellFault(sheet.name, error.expected, error.remedy))
        return None
