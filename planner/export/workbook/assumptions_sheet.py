"""The sheet of assumptions: every input table with unit, source and note, and the file and row of each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from planner.documents.xlsx.cell_style import CellKind, Look, Numbers
from planner.documents.xlsx.time_sheet import FIRST, HEADER_ROW, LABEL, TOP, Cell, TimeSheet
from planner.export.workbook.plan_book import ASSUMPTIONS, PlanBook

_WIDTHS = {LABEL: 30, 1: 22, 2: 56, 3: 56}
_COLUMN_WIDTH = 14
_MOST_COLUMNS = 9
"""Wider tables go on in a second block, so that a page stays readable."""
_NARROWER = 0.85
"""Names are in larger print than remarks, and break at no space."""
_REMARKS = ("note", "source")


def write_assumptions(book: PlanBook) -> None:
    """Writes the settings and every input table of the case; cells are kept for formulas by table, key and column."""
    page = book.pages[ASSUMPTIONS]
    book.titles(page, "Assumptions: the inputs of the case, with their sources")
    for column, word in enumerate(("Key", "File and row", "Source", "Note")):
        page.text(HEADER_ROW, column, word, Look.HEADER_LEFT)
    page.sheet.freeze_panes(HEADER_ROW + 1, LABEL + 1)
    page.row = TOP
    _settings(book, page)
    widest = 1
    for table in book.facts.loaded.read.rows:
        rows = getattr(book.facts.loaded.case, table)
        if rows:
            widest = max(widest, _table(book, page, table, rows))
    for column, width in _WIDTHS.items():
        page.sheet.set_column(column, column, width)
    page.sheet.set_column(FIRST, FIRST + widest - 1, _COLUMN_WIDTH)
    for column in range(FIRST, FIRST + widest):
        page.text(HEADER_ROW, column, "Columns" if column == FIRST else "", Look.HEADER_LEFT)
    page.sheet.repeat_rows(HEADER_ROW)
    page.sheet.print_area(0, 0, page.row - 1, FIRST + widest - 1)


def _settings(book: PlanBook, page: TimeSheet) -> None:
    page.text(page.row, LABEL, "plan", Look.SECTION)
    page.row += 1
    case = book.facts.loaded.case
    for group, lead in ((case.settings, ""), (case.solver, "solver.")):
        for entry in fields(group):
            page.text(page.row, LABEL, f"{lead}{entry.name}", Look.LABEL)
            page.text(page.row, 1, "plan.toml", Look.UNIT)
            cell = _value(page, FIRST, getattr(group, entry.name))
            if cell is not None:
                book.cells["settings", entry.name] = cell
            page.row += 1


def _table(book: PlanBook, page: TimeSheet, table: str, rows: Sequence[Any]) -> int:
    """Writes one table, a wide one in several blocks, and returns how many columns a block has."""
    facts = {entry.name: entry.metadata["column"] for entry in fields(rows[0])}
    columns = [name for name in facts if name not in _REMARKS]
    keys = [name for name in columns if facts[name].key]
    for first in range(0, len(columns), _MOST_COLUMNS):
        block = columns[first : first + _MOST_COLUMNS]
        page.row += 1
        head = [f"{table} (continued)", "", "", ""] if first else [table, "", "source", "note"]
        units = ["" if first else f"{len(rows)} rows", "", "", "", *(facts[name].unit for name in block)]
        for column, (word, unit) in enumerate(zip([*head, *block], units, strict=True)):
            page.text(page.row, column, word, Look.COLUMN)
            page.text(page.row + 1, column, unit, Look.UNIT)
        page.row += 2
        for index, row in enumerate(rows):
            key = tuple(_words(getattr(row, name)) for name in keys)
            cite = book.facts.loaded.read.cite(table, index)
            _row(book, page, (table, *key), row, block, cite, with_remarks=not first)
    return min(len(columns), _MOST_COLUMNS)


def _row(
    book: PlanBook,
    page: TimeSheet,
    key: tuple[str, ...],
    row: Any,  # noqa: ANN401  a row of any table
    columns: Sequence[str],
    cite: str,
    *,
    with_remarks: bool,
) -> None:
    page.text(page.row, LABEL, ", ".join(key[1:]), Look.LABEL)
    page.text(page.row, 1, cite, Look.UNIT)
    texts = [(_words(getattr(row, name)), _COLUMN_WIDTH * _NARROWER) for name in columns]
    if with_remarks:
        page.text(page.row, 2, row.source, Look.NOTE)
        page.text(page.row, 3, row.note, Look.NOTE)
        texts += [(row.source, _WIDTHS[2]), (row.note, _WIDTHS[3])]
    page.make_room(page.row, texts)
    for offset, name in enumerate(columns):
        cell = _value(page, FIRST + offset, getattr(row, name))
        if cell is not None:
            book.cells["assumptions", *key, name] = cell
    page.row += 1


def _value(page: TimeSheet, column: int, value: Any) -> Cell | None:  # noqa: ANN401  a cell of any input column
    """Writes one input; returns its cell where it is a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return page.number(page.row, column, value, kind=CellKind.INPUT, numbers=_numbers(value))
    page.text(page.row, column, _words(value), Look.WORDS, kind=CellKind.INPUT)
    return None


def _numbers(value: float) -> Numbers:
    """As many decimals as the number has, up to six."""
    text = f"{abs(value):.6f}".rstrip("0")
    return Numbers(len(text.partition(".")[2]), is_plain=abs(value) < 1000)


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ";".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
