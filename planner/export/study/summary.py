"""The first sheet: what a board reads, the first table in short, and the charts."""

from __future__ import annotations

from collections.abc import Sequence

from planner.export.study.book import TOP, Leaf, StudyBook, quoted
from planner.export.study.cells import is_blank, is_map, is_numeric, number, quiet_cells, shapes
from planner.export.study.live import Live, at
from planner.export.study.native import Native
from planner.export.study.tables import widths_of, write_head
from planner.export.workbook.book import ROW_PIXELS
from planner.export.workbook.page import LINE_PIXELS, lines_of
from planner.export.workbook.style import Kind, Look
from planner.whatif.study import StudyTable

MOST_ROWS = 16
_MOST_WIDTH = 128.0
_LEAST_WIDTH = 96.0
_LEFT_OUT = ("_least_musd", "_most_musd", "gap")
_WORDS = 44.0
_CHART_GAP = 10
_PIXELS = 7.0
"""About how many pixels a unit of width takes."""


def write_summary(book: StudyBook, leaf: Leaf, live: Live, charts: Sequence[Native]) -> None:
    """Writes headlines, notes, the first table and the charts on the first sheet."""
    study = book.study
    first = study.tables[0] if study.tables else None
    places = _places(first) if first is not None else []
    widths = [min(width, _WORDS) for width in (widths_of(first) if first is not None else [])]
    shown = [widths[place] for place in places] or [_LEAST_WIDTH]
    shown[-1] += max(0.0, _LEAST_WIDTH - sum(shown))
    leaf.widths(shown)
    last, total = len(shown) - 1, sum(shown)
    row = TOP
    for place, line in enumerate(study.headlines):
        leaf.across(row, line, book.formats.finding(is_first=not place), last, total * 0.95)
        row += 1
    row += 1
    for note in study.notes:
        leaf.across(row, note, book.formats.note(), last, total)
        row += 1
    if first is not None and first.rows:
        row = _table(book, leaf, first, places, live, row + 1)
    row = _charts(leaf, charts, row + 1, total)
    leaf.rows = max(leaf.rows, row)


def _places(table: StudyTable) -> list[int]:
    """Returns the columns that fit on the sheet: without the ends of ranges, and as many as there is room for."""
    found: list[int] = []
    width = 0.0
    for place, (column, own) in enumerate(zip(table.columns, widths_of(table), strict=True)):
        if is_blank(table, place) or (column.name.endswith(_LEFT_OUT) and not is_map(table)):
            continue
        width += min(own, _WORDS)
        if width > _MOST_WIDTH:
            break
        found.append(place)
    return found


def _table(book: StudyBook, leaf: Leaf, table: StudyTable, places: Sequence[int], live: Live, row: int) -> int:
    leaf.text(row, 0, table.title, Look.SECTION)
    for place in range(1, len(places)):
        leaf.text(row, place, "", Look.SECTION)
    widths = [widths_of(table)[place] for place in places]
    write_head(leaf, [table.columns[place] for place in places], widths, row + 1)
    row += 3
    quiet, every = quiet_cells(book.study, table), shapes(table)
    for source, cells in enumerate(table.rows[:MOST_ROWS]):
        lines = 1
        for target, place in enumerate(places):
            is_quiet, is_strong = (source, place) in quiet, source in table.bold
            shape, value = every[source][place], number(cells[place])
            if shape is None or value is None:
                leaf.value(row, target, cells[place], book.formats.words(is_quiet=is_quiet, is_strong=is_strong))
                lines = max(
                    lines, lines_of(str(cells[place]), min(widths[target], _WORDS) * 0.9) if cells[place] else 1
                )
                continue
            formula = live.formulas.get((table.name, source, place))
            form = book.formats.value(Kind.LINK, shape, is_quiet=is_quiet, is_strong=is_strong)
            address = f"{quoted(book.names[table.name])}{at(source, place)}"
            leaf.formula(row, target, address, value if formula is None else formula.value, form)
        if lines > 1:
            leaf.sheet.set_row_pixels(row, lines * LINE_PIXELS + 4)
        row += 1
    rest = len(table.rows) - MOST_ROWS
    told = f"and {rest} more on the sheet {book.names[table.name]}" if rest > 0 else ""
    hidden = [column.title for place, column in enumerate(table.columns) if place not in places]
    if told or any(not is_numeric(column) for column in table.columns if column.title in hidden):
        told = told or f"More columns stand on the sheet {book.names[table.name]}."
        leaf.text(row, 0, told, Look.SUBTITLE)
        row += 1
    return row


def _charts(leaf: Leaf, charts: Sequence[Native], row: int, width: float) -> int:
    """Places charts two abreast below the table; a single one takes most of the width."""
    if not charts:
        return row
    leaf.text(row, 0, "Charts", Look.SECTION)
    for place in range(1, leaf.columns):
        leaf.text(row, place, "", Look.SECTION)
    row += 1
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
