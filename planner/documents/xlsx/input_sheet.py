"""The sheet of inputs: every table with units, sources and notes, in blocks that fit a page."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from planner.documents.blocks import TableCell
from planner.documents.cell_text import Shape
from planner.documents.live_workbook import InputSheet, InputTable
from planner.documents.xlsx.cell_style import CellKind, Look
from planner.documents.xlsx.line_formulas import FIRST, HEADER_ROW, LABEL, TOP, Place
from planner.documents.xlsx.time_sheet import TimeSheet

_WIDTHS = {LABEL: 30, 1: 22, 2: 56, 3: 56}
_COLUMN_WIDTH = 14
_MOST_COLUMNS = 9
"""Wider tables go on in a second block, so that a page stays readable."""
_NARROWER = 0.85
"""Names are in larger print than remarks, and break at no space."""
_HEADS = ("Key", "File and row", "Source", "Note")


@dataclass(frozen=True)
class _Block:
    """Some columns of a table, by place, and the row of the sheet on which its rows begin."""

    table: InputTable
    columns: tuple[int, ...]
    first: int
    is_continued: bool


def place_inputs(sheet: InputSheet, places: MutableMapping[object, Place]) -> None:
    """Adds where each number of the inputs stands that formulas may read."""
    for at, row in enumerate(sheet.settings.rows):
        if isinstance(row[1], int | float):
            places["", 0, str(row[0])] = Place(sheet.name, TOP + 1 + at, FIRST)
    for block in _blocks(sheet):
        table = block.table.table
        for down, row in enumerate(table.rows):
            for across, place in enumerate(block.columns):
                if isinstance(row[place], int | float):
                    key = block.table.name, down, table.columns[place].name
                    places[key] = Place(sheet.name, block.first + down, FIRST + across)


def write_inputs(page: TimeSheet, sheet: InputSheet) -> None:
    """Writes the settings and every input table, each row with the place that it comes from."""
    for column, word in enumerate(_HEADS):
        page.text(HEADER_ROW, column, word, Look.HEADER_LEFT)
    page.sheet.freeze_panes(HEADER_ROW + 1, LABEL + 1)
    page.text(TOP, LABEL, sheet.settings.title, Look.SECTION)
    page.row = TOP + 1
    for name, value, place in sheet.settings.rows:
        page.text(page.row, LABEL, str(name), Look.LABEL)
        page.text(page.row, 1, str(place), Look.UNIT)
        _write(page, page.row, FIRST, value)
        page.row += 1
    widest = 1
    for block in _blocks(sheet):
        widest = max(widest, len(block.columns))
        _write_block(page, block)
    for column, width in _WIDTHS.items():
        page.sheet.set_column(column, column, width)
    page.sheet.set_column(FIRST, FIRST + widest - 1, _COLUMN_WIDTH)
    for column in range(FIRST, FIRST + widest):
        page.text(HEADER_ROW, column, "Columns" if column == FIRST else "", Look.HEADER_LEFT)
    page.sheet.repeat_rows(HEADER_ROW)
    page.sheet.print_area(0, 0, page.row - 1, FIRST + widest - 1)
    page.is_wide = True


def _blocks(sheet: InputSheet) -> Iterator[_Block]:
    row = TOP + 1 + len(sheet.settings.rows)
    for table in sheet.tables:
        columns = tuple(table.table.place(name) for name in table.units)
        for start in range(0, len(columns), _MOST_COLUMNS):
            yield _Block(table, columns[start : start + _MOST_COLUMNS], row + 3, start > 0)
            row += 3 + len(table.table.rows)


def _write_block(page: TimeSheet, block: _Block) -> None:
    given, table = block.table, block.table.table
    head = [f"{table.title} (continued)", "", "", ""] if block.is_continued else [table.title, "", "source", "note"]
    units = ["" if block.is_continued else f"{len(table.rows)} rows", "", "", ""]
    for place in block.columns:
        name = table.columns[place].name
        head.append(name)
        units.append(given.units[name])
    for column, (word, unit) in enumerate(zip(head, units, strict=True)):
        page.text(block.first - 2, column, word, Look.COLUMN)
        page.text(block.first - 1, column, unit, Look.UNIT)
    keys = [table.place(name) for name in given.keys]
    source, note = table.place("source"), table.place("note")
    for row, (cells, origin) in enumerate(zip(table.rows, given.places, strict=True), block.first):
        page.text(row, LABEL, ", ".join(_words(cells[key]) for key in keys), Look.LABEL)
        page.text(row, 1, origin, Look.UNIT)
        texts = [(_words(cells[place]), _COLUMN_WIDTH * _NARROWER) for place in block.columns]
        if not block.is_continued:
            for column, place in ((2, source), (3, note)):
                page.text(row, column, _words(cells[place]), Look.NOTE)
                texts.append((_words(cells[place]), _WIDTHS[column]))
        page.make_room(row, texts)
        for across, place in enumerate(block.columns):
            _write(page, row, FIRST + across, cells[place])
    page.row = block.first + len(table.rows)


def _write(page: TimeSheet, row: int, column: int, value: TableCell) -> None:
    if isinstance(value, int | float):
        page.number(row, column, value, kind=CellKind.INPUT, numbers=_shape(value))
    else:
        page.text(row, column, _words(value), Look.WORDS, kind=CellKind.INPUT)


def _shape(value: float) -> Shape:
    """As many decimals as the number has, up to six."""
    text = f"{abs(value):.6f}".rstrip("0")
    return Shape(len(text.partition(".")[2]), is_plain=abs(value) < 1000)


def _words(value: TableCell) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
