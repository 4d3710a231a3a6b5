"""Parts of the plan's document that have a sheet of their own: their tables as lists, and charts that read them."""

from __future__ import annotations

from xlsxwriter.utility import xl_rowcol_to_cell

from planner.documents.blocks import ChartBlock, Form, Medium, Section, TableBlock
from planner.documents.content.plan_document import further_sections
from planner.documents.xlsx.cell_style import FACTOR, FINE, GREY, NAVY, PALETTE, SHARE, TENTHS, WHOLE, Look, Numbers
from planner.documents.xlsx.time_sheet import HEADER_ROW, LABEL, TimeSheet
from planner.export.workbook.list_sheets import Shown, write_list
from planner.export.workbook.plan_book import PlanBook
from planner.results.loaded_run import LoadedRun

_NUMBERS = {
    Form.MUSD: FINE, Form.PERCENT: SHARE, Form.SHARE: SHARE, Form.NUMBER: FACTOR, Form.COUNT: WHOLE,
    Form.EXACT: FACTOR, Form.AMOUNT: TENTHS, Form.QUANTITY: TENTHS,
}  # fmt: skip
_CHART_ROWS, _CHART_SIZE = 17, {"width": 760, "height": 300}


def sheets_of(loaded: LoadedRun) -> tuple[str, ...]:
    """Returns the names of the sheets of parts of the document."""
    return tuple(section.short for section in further_sections(loaded) if Medium.SHEETS in section.media)


def write_sections(book: PlanBook) -> None:
    """Writes a sheet for each part of the document that is meant for one."""
    for section in further_sections(book.facts.loaded):
        if Medium.SHEETS in section.media:
            _write(book, book.pages[section.short], section)


def _write(book: PlanBook, page: TimeSheet, section: Section) -> None:
    first: dict[str, tuple[TableBlock, int]] = {}
    tables = [block for block in (*section.blocks, *section.details) if isinstance(block, TableBlock)]
    for at, table in enumerate(tables):
        if at:
            page.row += 1
            page.text(page.row, LABEL, table.title, Look.SECTION)
        top = page.row + 1 if at else HEADER_ROW
        first[table.name] = table, top + 1
        shown = [_shown(column.name, column.title, column.unit, column.form, column.width) for column in table.columns]
        write_list(book, page, section.title, table.records(), shown, "Nothing.", top=top)
    for chart in section.blocks:
        if isinstance(chart, ChartBlock) and chart.table in first:
            _draw(book, page, chart, *first[chart.table])


def _shown(name: str, title: str, unit: str, form: Form, width: float) -> Shown:
    header = f"{title}, {unit}" if unit else title
    return Shown(name, header, width, None if form is Form.TEXT else _NUMBERS.get(form, TENTHS))


def _draw(book: PlanBook, page: TimeSheet, chart: ChartBlock, table: TableBlock, first: int) -> None:
    """Writes the numbers of a stack as a small table that reads the list, and the chart over it."""
    x, y, colour = (table.place(name) for name in (chart.x, chart.y, chart.colour))
    series = list(dict.fromkeys(str(row[colour]) for row in table.rows))
    labels = [label for label in chart.labels if any(row[x] == label for row in table.rows)] or list(
        dict.fromkeys(str(row[x]) for row in table.rows)
    )
    head, numbers = page.row + 2, _numbers_of(table, y)
    page.text(head - 1, LABEL, chart.title, Look.SECTION)
    page.text(head, LABEL, table.columns[x].title, Look.HEADER_LEFT)
    for place, name in enumerate(series, 1):
        page.text(head, place, name, Look.HEADER)
    for down, label in enumerate(labels, head + 1):
        page.text(down, LABEL, label)
        for place, name in enumerate(series, 1):
            own = [(at, row[y]) for at, row in enumerate(table.rows, first) if (row[x], row[colour]) == (label, name)]
            if own:
                value = sum(float(amount) for _, amount in own if isinstance(amount, int | float))
                page.cell(down, place, "+".join(xl_rowcol_to_cell(at, y) for at, _ in own), value, numbers=numbers)
    last = head + len(labels)
    made = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for place in range(1, len(series) + 1):
        made.add_series({
            "name": [page.name, head, place], "categories": [page.name, head + 1, LABEL, last, LABEL],
            "values": [page.name, head + 1, place, last, place], "gap": 60,
            "fill": {"color": PALETTE[(place - 1) % len(PALETTE)]},
        })  # fmt: skip
    made.set_title({"name": [page.name, head - 1, LABEL], "name_font": {"size": 11, "bold": True, "color": NAVY}})
    made.set_y_axis({"name": table.columns[y].unit, "num_font": {"size": 8, "color": GREY}, "num_format": "#,##0.0"})
    made.set_legend({"position": "bottom", "font": {"size": 8}})
    made.set_size(_CHART_SIZE)
    page.sheet.insert_chart(last + 2, LABEL, made, {"object_position": 2})
    page.row = last + 2 + _CHART_ROWS


def _numbers_of(table: TableBlock, place: int) -> Numbers:
    return _NUMBERS.get(table.columns[place].form, TENTHS)
