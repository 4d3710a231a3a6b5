"""The first sheet: what a board reads, the sections that belong there in short, and the charts."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import BesideBlock, Medium, Section, TableBlock, TextBlock, Tone
from planner.documents.cell_text import is_blank, is_map, is_numeric, number, shown
from planner.documents.xlsx.cell_formulas import at
from planner.documents.xlsx.cell_style import CellKind, Look
from planner.documents.xlsx.chart_parts import Native
from planner.documents.xlsx.document_book import TOP, DocumentBook, Leaf
from planner.documents.xlsx.table_sheets import widths_of, write_head, write_number
from planner.documents.xlsx.workbook_writing import LINE_PIXELS, ROW_PIXELS, lines_of, sheet_prefix

MOST_ROWS = 16
_MOST_WIDTH = 128.0
_LEAST_WIDTH = 96.0
_WORDS = 44.0
_CHART_GAP = 10
_PIXELS = 7.0
"""About how many pixels a unit of width takes."""


def write_summary(book: DocumentBook, leaf: Leaf, charts: Sequence[Native]) -> None:
    """Writes headlines, notes, the sections in short and the charts on the first sheet."""
    document = book.document
    places = {table.name: _places(table) for table in document.tables(Medium.SUMMARY)}
    columns = _widths([(table, places[table.name]) for table in document.tables(Medium.SUMMARY)])
    leaf.widths(columns)
    last, total = len(columns) - 1, sum(columns)
    row = TOP
    for line in document.headlines_in(Medium.SUMMARY):
        leaf.across(row, line.text, book.formats.finding(is_first=line.tone is Tone.STRONG), last, total * 0.95)
        row += 1
    row += 1
    for note in document.notes:
        leaf.across(row, note, book.formats.note(), last, total)
        row += 1
    for section in document.sections_in(Medium.SUMMARY):
        row = _section(book, leaf, section, places, columns, row)
    row = _charts(leaf, charts, row + 1, total)
    leaf.rows = max(leaf.rows, row)


def _widths(tables: Sequence[tuple[TableBlock, Sequence[int]]]) -> list[float]:
    """The widths of the sheet's columns: each as wide as the widest of the tables that stand in it."""
    found: list[float] = []
    for table, places in tables:
        for target, width in enumerate(widths_of(table)[place] for place in places):
            if target == len(found):
                found.append(0.0)
            found[target] = max(found[target], min(width, _WORDS))
    found = found or [_LEAST_WIDTH]
    found[-1] += max(0.0, _LEAST_WIDTH - sum(found))
    return found


def _places(table: TableBlock) -> list[int]:
    """Returns the columns that fit on the sheet: without the ends of ranges, and as many as there is room for."""
    found: list[int] = []
    width = 0.0
    ends = {name for column in table.columns for name in column.ends or ()}
    for place, (column, own) in enumerate(zip(table.columns, widths_of(table), strict=True)):
        if is_blank(table, place) or ((column.name in ends or column.name.endswith("gap")) and not is_map(table)):
            continue
        width += min(own, _WORDS)
        if width > _MOST_WIDTH:
            break
        found.append(place)
    return found


def _section(
    book: DocumentBook, leaf: Leaf, section: Section, places: dict[str, list[int]], widths: Sequence[float], row: int
) -> int:
    """Writes the sentences and tables of a section and returns the row after."""
    for block in section.blocks:
        if isinstance(block, TextBlock):
            row = _title(leaf, row + 1, section.title, len(widths))
            for line in block.sentences:
                form = book.formats.words(is_quiet=line.tone is Tone.FAINT, is_strong=line.tone is Tone.STRONG)
                leaf.across(row, line.text, form, len(widths) - 1, sum(widths) * 0.95)
                row += 1
        tables = block.tables if isinstance(block, BesideBlock) else (block,)
        for table in tables:
            if isinstance(table, TableBlock) and table.rows:
                row = _table(book, leaf, table, places[table.name], widths, row + 1)
    return row


def _title(leaf: Leaf, row: int, title: str, columns: int) -> int:
    leaf.text(row, 0, title, Look.SECTION)
    for place in range(1, columns):
        leaf.text(row, place, "", Look.SECTION)
    return row + 1


def _table(
    book: DocumentBook, leaf: Leaf, table: TableBlock, places: Sequence[int], widths: Sequence[float], row: int
) -> int:
    row = _title(leaf, row, table.title, len(places))
    write_head(leaf, [table.columns[place] for place in places], widths, row)
    row += 2
    every = book.shapes(table)
    for source, cells in enumerate(table.rows[:MOST_ROWS]):
        lines = 1
        for target, place in enumerate(places):
            shape = every[source][place]
            if shape is not None and number(cells[place]) is not None:
                _number(book, leaf, table, (source, place), (row, target))
                continue
            is_quiet, is_strong = (source, place) in table.quiet, source in table.bold
            form = book.formats.words(is_quiet=is_quiet, is_strong=is_strong)
            width = widths[target]
            if target == len(places) - 1 and target < len(widths) - 1:
                # The last column of text takes what is left of the sheet.
                leaf.sheet.merge_range(row, target, row, len(widths) - 1, "", form)
                width = sum(widths[target:])
            leaf.value(row, target, cells[place], form)
            lines = max(lines, lines_of(shown(cells[place], None), width * 0.9) if cells[place] else 1)
        if lines > 1:
            # Lines that stand below each other on purpose have the height of rows.
            is_list = any(isinstance(cell, tuple) for cell in cells)
            leaf.sheet.set_row_pixels(row, lines * (ROW_PIXELS if is_list else LINE_PIXELS) + 4)
        row += 1
    return _rest(book, leaf, table, places, row)


def _number(book: DocumentBook, leaf: Leaf, table: TableBlock, cell: tuple[int, int], where: tuple[int, int]) -> None:
    """Writes a number as a link to the sheet of its table, where it has one."""
    shape = book.shapes(table)[cell[0]][cell[1]]
    assert shape is not None
    if table.name not in book.names:
        write_number(book, leaf, table, cell, where, shape)
        return
    is_quiet, is_strong = cell in table.quiet, cell[0] in table.bold
    form = book.formats.value(CellKind.LINK, shape, is_quiet=is_quiet, is_strong=is_strong)
    derived, value = table.derived.get(cell), number(table.rows[cell[0]][cell[1]]) or 0.0
    address = f"{sheet_prefix(book.names[table.name])}{at(*cell)}"
    leaf.formula(*where, address, value if derived is None else derived.value, form)


def _rest(book: DocumentBook, leaf: Leaf, table: TableBlock, places: Sequence[int], row: int) -> int:
    """Says what of a table stands on its own sheet only."""
    if table.name not in book.names:
        return row
    rest = len(table.rows) - MOST_ROWS
    note = f"and {rest} more on the sheet {book.names[table.name]}" if rest > 0 else ""
    hidden = [column for place, column in enumerate(table.columns) if place not in places]
    if note or any(not is_numeric(column) for column in hidden):
        note = note or f"More columns stand on the sheet {book.names[table.name]}."
        leaf.text(row, 0, note, Look.SUBTITLE)
        row += 1
    return row


def _charts(leaf: Leaf, charts: Sequence[Native], row: int, width: float) -> int:
    """Places charts two abreast below the tables; a single one takes most of the width."""
    if not charts:
        return row
    row = _title(leaf, row, "Charts", leaf.columns)
    abreast = 2 if len(charts) > 1 else 1
    whole = round(width * _PIXELS)
    size = whole // abreast - _CHART_GAP if abreast > 1 else min(whole, max(620, round(whole * 0.8)))
    for start in range(0, len(charts), abreast):
        group = charts[start : start + abreast]
        height = max(native.height for native in group)
        for place, native in enumerate(group):
            native.chart.set_size({"width": size, "height": height})
            left = 4 + place * (size + _CHART_GAP)
            leaf.sheet.insert_chart(row, 0, native.chart, {"x_offset": left, "y_offset": 6, "object_position": 2})
        row += -(-(height + 16) // ROW_PIXELS)
    return row
