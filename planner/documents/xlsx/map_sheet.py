"""A map of two inputs as a sheet: x across, y upwards, thick borders on the frontier between decisions."""

from __future__ import annotations

from typing import Any

from planner.documents.blocks import ChartBlock, ChartKind, Document, Medium
from planner.documents.cell_text import Shape, number
from planner.documents.chart_data import Map, Square, axis_title, column, map_of, variants_of
from planner.documents.xlsx.cell_formulas import at
from planner.documents.xlsx.cell_style import CellKind, Look
from planner.documents.xlsx.document_book import MAP, TOP, DocumentBook
from planner.documents.xlsx.workbook_writing import sheet_prefix

_FIRST = 20.0
_CELL, _ROW_PIXELS = 14.0, 34
_SCALE = {"type": "2_color_scale", "min_color": "#F2F7FC", "max_color": "#6FA8DC"}
_LONG_MARK = 11


def grids_of(document: Document) -> list[ChartBlock]:
    """Returns the charts that are maps of two numbers."""
    return [
        chart
        for chart in document.charts(Medium.SUMMARY)
        if chart.kind is ChartKind.HEATMAP and document.table(chart.table).rows and map_of(document, chart).is_grid
    ]


def write_map(book: DocumentBook) -> None:
    """Writes the maps of a document, one under the other on one sheet; nothing where it has none."""
    charts = grids_of(book.document)
    if not charts:
        return
    leaf = book.leaf(MAP, charts[0].title)
    row = TOP + 1
    most = max(len(map_of(book.document, chart).across) for chart in charts)
    marks = [square.mark for chart in charts for square in map_of(book.document, chart).squares]
    width = _CELL + max(0, min(30, max(map(len, marks), default=0)) - _LONG_MARK)
    leaf.widths([_FIRST, _FIRST, *(width for _ in range(most))])
    for chart in charts:
        row = _block(book, chart, row, is_value=True)
        row = _block(book, chart, row + 1, is_value=False)
        for mark, decisions in variants_of(book.document, chart):
            leaf.across(row, f"{mark}: {decisions}", book.formats.words(), 1 + most, leaf.width * 0.95)
            row += 1
        row += 1
    last = 1 + most
    note = "Thick lines are the frontier: decisions differ on both sides. Numbers are read from the table behind."
    leaf.across(TOP - 1, note, book.formats.note(), last, leaf.width)


def _block(book: DocumentBook, chart: ChartBlock, row: int, *, is_value: bool) -> int:
    """Writes values as numbers that are read from the table, or marks as text; returns the row after."""
    leaf, table = book.leaves[MAP], book.document.table(chart.table)
    found = map_of(book.document, chart)
    x, y = column(table, chart.x)[1], column(table, chart.y)[1]
    shown = column(table, chart.colour if is_value else chart.mark)[1]
    leaf.text(row, 0, axis_title(shown), Look.SECTION)
    for place in range(1, 2 + len(found.across)):
        leaf.text(row, place, "", Look.SECTION)
    leaf.text(row + 1, 0, f"{axis_title(y)} ↑", Look.HEADER_LEFT)
    leaf.text(row + 1, 1, f"{axis_title(x)} →", Look.HEADER_LEFT)
    leaf.sheet.set_row_pixels(row + 1, _ROW_PIXELS)
    first = row + 2
    for i in range(len(found.across)):
        square = next(own for own in found.squares if own.across == i)
        _axis(
            book, table.rows[square.row], column(table, chart.x)[0], (row + 1, 2 + i), square, is_head=True, chart=chart
        )
    sides = _sides(found)
    for j in range(len(found.down)):
        leaf.sheet.set_row_pixels(first + j, _ROW_PIXELS)
        square = next(own for own in found.squares if own.down == j)
        _axis(
            book, table.rows[square.row], column(table, chart.y)[0], (first + j, 1), square, is_head=False, chart=chart
        )
    for square in found.squares:
        where = first + square.down, 2 + square.across
        lines = sides.get((square.across, square.down), {}) | {"valign": "vcenter"}
        _square(book, chart, square, where, lines, is_value=is_value)
    end = first + len(found.down) - 1
    if is_value:
        leaf.sheet.conditional_format(first, 2, end, 1 + len(found.across), _SCALE)
    return end + 1


def _axis(
    book: DocumentBook, cells: tuple[Any, ...], place: int, where: tuple[int, int], square: Square, *, is_head: bool,
    chart: ChartBlock,
) -> None:  # fmt: skip
    table = book.document.table(chart.table)
    shape = book.shapes(table)[square.row][place] or Shape(3)
    more: dict[str, Any] = {"bold": True, "bg_color": "#DCE6F1"} | ({} if is_head else {"valign": "vcenter"})
    value = number(cells[place]) or 0.0
    book.leaves[MAP].value(*where, value, book.formats.value(CellKind.PLAN, shape, more=more))


def _square(
    book: DocumentBook,
    chart: ChartBlock,
    square: Square,
    where: tuple[int, int],
    lines: dict[str, Any],
    *,
    is_value: bool,
) -> None:
    leaf, table = book.leaves[MAP], book.document.table(chart.table)
    if not is_value:
        leaf.words(
            *where, square.mark, book.formats.words(more={**lines, "bold": True, "align": "center", "indent": 0})
        )
        return
    place = column(table, chart.colour)[0]
    if square.value is None:
        leaf.words(*where, square.mark, book.formats.words(is_quiet=True, more=lines))
        return
    shape = book.shapes(table)[square.row][place] or Shape()
    address = f"{sheet_prefix(book.names[table.name])}{at(square.row, place)}"
    leaf.formula(*where, address, square.value, book.formats.value(CellKind.LINK, shape, more=lines))


def _sides(found: Map) -> dict[tuple[int, int], dict[str, Any]]:
    """Both cells beside a border draw it, since the last one written would hide the other's."""
    sides: dict[tuple[int, int], dict[str, Any]] = {}
    for one, other in found.borders():
        near, far = ("right", "left") if other.across > one.across else ("bottom", "top")
        sides.setdefault((one.across, one.down), {})[near] = 5
        sides.setdefault((other.across, other.down), {})[far] = 5
    return sides
