"""A sheet for each table: title, note, header with units and filter, rows by their form, what is quiet in grey."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.documents.blocks import Column, Rule, TableBlock
from planner.documents.cell_text import Shape, is_map, is_numeric, number, shapes, shown
from planner.documents.xlsx.cell_formulas import FIRST_ROW, formula
from planner.documents.xlsx.cell_style import NOTHING, CellKind, Look
from planner.documents.xlsx.document_book import DocumentBook, Leaf
from planner.documents.xlsx.workbook_writing import LINE_PIXELS, lines_of

HEADER_ROW, UNIT_ROW = FIRST_ROW - 2, FIRST_ROW - 1
_LEAST, _MOST, _LEAST_NOTE = 8.0, 70.0, 60.0
_LONGEST_WORD = 24
SCALE = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#E58A6B"}


NumberWriter = Callable[[tuple[int, int], tuple[int, int], Shape], None]
"""Writes the number of a cell of a table, given by row and column, at a place of a sheet."""


def write_table(book: DocumentBook, table: TableBlock) -> None:
    """Writes a table on a sheet of its own."""
    leaf = book.leaf(book.names[table.name], table.title)
    leaf.widths(widths_of(table))
    draw_table(leaf, table, lambda cell, where, shape: write_number(book, leaf, table, cell, where, shape))
    end = FIRST_ROW + max(1, len(table.rows)) - 1
    leaf.sheet.autofilter(UNIT_ROW, 0, end, len(table.columns) - 1)
    freeze(leaf, table)


def freeze(leaf: Leaf, table: TableBlock) -> None:
    """Keeps the header of the first table of a sheet, and its first column of text, in sight."""
    leaf.sheet.freeze_panes(FIRST_ROW, 0 if is_numeric(table.columns[0]) else 1)
    leaf.heads = (HEADER_ROW, UNIT_ROW)


def draw_table(leaf: Leaf, table: TableBlock, write: NumberWriter, first: int = FIRST_ROW) -> int:
    """Writes note, header, units and rows, the first of them at a row of the sheet; returns the row after them."""
    widths, last = leaf.column_widths, len(table.columns) - 1
    if table.note:
        total = max(sum(widths), _LEAST_NOTE)
        leaf.across(first - 4, table.note, leaf.formats.note(), last, total)
    write_head(leaf, table.columns, widths, first - 2)
    _rows(leaf, table, write, first)
    end = first + max(1, len(table.rows)) - 1
    if not table.rows:
        leaf.text(first, 0, "None.", Look.LABEL)
    if table.rows:
        hides = {"type": "cell", "criteria": "between", "minimum": -NOTHING, "maximum": NOTHING}
        for place, column in enumerate(table.columns):
            if is_numeric(column):
                facts = {**hides, "format": leaf.formats.zero(), "stop_if_true": False}
                leaf.sheet.conditional_format(first, place, end, place, facts)
        if is_map(table):
            leaf.sheet.conditional_format(first, 1, end, last, SCALE)
    return end + 1


def write_head(leaf: Leaf, columns: Sequence[Column], widths: Sequence[float], row: int) -> None:
    """Writes a header and the units below it."""
    lines = 1
    for place, column in enumerate(columns):
        right = is_numeric(column)
        leaf.text(row, place, column.title, Look.HEADER if right else Look.HEADER_LEFT)
        leaf.words(row + 1, place, column.unit, leaf.formats.unit(is_right=right))
        lines = max(lines, lines_of(column.title, widths[place] * 0.7))
    leaf.sheet.set_row_pixels(row, LINE_PIXELS * min(lines, 4) + 8)


def widths_of(table: TableBlock) -> list[float]:
    """Returns the width of each column in characters, by its heading and what it holds."""
    every = shapes(table)
    found = []
    for place, column in enumerate(table.columns):
        cells = [shown(row[place], every[at][place]) for at, row in enumerate(table.rows)]
        longest = max((len(cell) for cell in cells), default=0)
        word = min(_LONGEST_WORD, max((len(part) for part in column.title.split()), default=0))
        unit = len(column.unit) * 0.85
        if is_numeric(column):
            found.append(max(_LEAST, longest + 4.0, word * 1.15 + 3.5, unit + 4.0))
        else:
            most = max(float(column.width), _LEAST)
            found.append(min(_MOST, max(_LEAST, word * 1.15 + 2.0, min(most, longest * 1.1 + 2.5))))
    return found


def _rows(leaf: Leaf, table: TableBlock, write: NumberWriter, first: int) -> None:
    every, widths = shapes(table), leaf.column_widths
    for at, row in enumerate(table.rows):
        lines = 1
        for place, cell in enumerate(row):
            is_quiet, is_strong = (at, place) in table.quiet, at in table.bold
            shape = every[at][place]
            where = first + at, place
            if shape is None or number(cell) is None:
                leaf.value(
                    *where, cell, leaf.formats.words(is_quiet=is_quiet, is_strong=is_strong, more=leaf.words_more)
                )
                lines = max(lines, lines_of(str(cell), widths[place] * 0.9) if isinstance(cell, str) else 1)
                continue
            write((at, place), where, shape)
        if lines > 1:
            leaf.sheet.set_row_pixels(first + at, lines * LINE_PIXELS + 4)


def write_number(
    book: DocumentBook, leaf: Leaf, table: TableBlock, cell: tuple[int, int], where: tuple[int, int], shape: Shape
) -> None:
    """Writes the number of a cell of a table at a place of a sheet: as a formula where it follows from others."""
    is_quiet, is_strong = cell in table.quiet, cell[0] in table.bold
    value, derived = number(table.rows[cell[0]][cell[1]]) or 0.0, table.derived.get(cell)
    if derived is None:
        leaf.value(*where, value, book.formats.value(CellKind.PLAN, shape, is_quiet=is_quiet, is_strong=is_strong))
        return
    kind = CellKind.LINK if derived.rule is Rule.LINK else CellKind.CALC
    form = book.formats.value(kind, shape, is_quiet=is_quiet, is_strong=is_strong)
    home = table.name if leaf.name == book.names.get(table.name) else ""
    leaf.formula(*where, formula(book.document, book.names, home, derived), derived.value, form)
