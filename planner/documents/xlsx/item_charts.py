"""Charts of a workbook with live formulas: over line items, which they follow, and over the table of their sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_rowcol_to_cell

from planner.documents.blocks import ChartBlock, ChartKind, TableBlock
from planner.documents.cell_text import Shape, axis_percent, number, shapes
from planner.documents.chart_data import column
from planner.documents.colours import INK, SERIES_COLOURS
from planner.documents.html.vega_curves import series_of
from planner.documents.line_items import LineItem
from planner.documents.live_workbook import ItemChart
from planner.documents.xlsx.cell_style import GREY, NAVY, CellKind
from planner.documents.xlsx.chart_parts import begin, label_code, set_title, small, upright
from planner.documents.xlsx.document_book import Leaf
from planner.documents.xlsx.line_formulas import FIRST, HEADER_ROW, LABEL, Place
from planner.documents.xlsx.workbook_writing import ROW_PIXELS

_STACK_HEIGHT = 300


def draw_stack(workbook: Workbook, leaf: Leaf, chart: ChartBlock, table: TableBlock, first: int) -> None:
    """Writes the numbers of a stack below a table of the same sheet, which they read, and the chart over them.

    The rows of the table begin in row `first`.
    """
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    series = series_of(table, chart)
    known = {str(row[x]) for row in table.rows}
    labels = [label for label in chart.labels if label in known] or list(
        dict.fromkeys(str(row[x]) for row in table.rows)
    )
    block = begin(leaf, chart, (across.title, *series), len(labels))
    form = leaf.formats.value(CellKind.LINK, shapes(table)[0][y] or Shape())
    for row, label in enumerate(labels, block.first):
        leaf.text(row, 0, label)
        for place, rows in enumerate(series.values(), 1):
            own = [source for source in rows if str(table.rows[source][x]) == label]
            if own:
                cells = "+".join(xl_rowcol_to_cell(first + source, y) for source in own)
                leaf.formula(row, place, cells, sum(number(table.rows[source][y]) or 0.0 for source in own), form)
    made = workbook.add_chart({"type": "column", "subtype": "stacked"})
    for place, name in enumerate(series, 1):
        made.add_series(_filled(block.name(place), block.span(0), block.span(place), _shade(chart, name, place - 1)))
    set_title(made, block)
    made.set_y_axis(upright(label_code(up.form)) | {"name": up.unit, "name_font": small()})
    made.set_legend({"position": "bottom", "font": {"size": 8}})
    made.set_size({"width": 760, "height": _STACK_HEIGHT})
    leaf.sheet.insert_chart(leaf.rows + 1, 0, made, {"object_position": 2})
    leaf.rows += 2 + -(-_STACK_HEIGHT // ROW_PIXELS)


def item_chart(workbook: Workbook, described: ItemChart, places: Mapping[object, Place]) -> Chart:
    """Returns a chart of line items as columns, stacked where it is a stack, which follows their cells."""
    chart = described.chart
    subtype = "percent_stacked" if chart.is_share else "stacked" if chart.kind is ChartKind.STACK else ""
    made = workbook.add_chart({"type": "column", **({"subtype": subtype} if subtype else {})})
    for order, (name, item) in enumerate(described.series.items()):
        made.add_series(_of_item(item, places, _shade(chart, name, order)))
    if described.line is not None:
        over = workbook.add_chart({"type": "line"})
        line = {"color": INK, "width": 2.25}, {"type": "circle", "size": 5, "fill": {"color": INK}}
        own = _of_item(described.line, places, INK) | {"name": described.line_name, "line": line[0], "marker": line[1]}
        over.add_series({key: value for key, value in own.items() if key not in ("fill", "gap", "border")})
        made.combine(over)
    made.set_title({"name": chart.title, "name_font": {"size": 11, "bold": True, "color": NAVY}, "overlay": False})
    count = max((len(item.axis.labels) for item in described.series.values()), default=1)
    axis = {"num_font": {"size": 8, "color": GREY}, "line": {"color": GREY}, "label_position": "low"}
    made.set_x_axis(axis | {"interval_unit": max(1, count // 12)})
    values = [value for item in described.series.values() for value in item.numbers]
    is_percent = chart.kind is ChartKind.COLUMNS and all(item.shape.is_share for item in described.series.values())
    code = "0%" if chart.is_share else axis_percent([0.0, *values]) if is_percent else "#,##0"
    made.set_y_axis(upright(code) | {"name": chart.y, "name_font": small()})
    made.set_legend({"position": "right" if described.line is None else "bottom", "font": {"size": 8}})
    made.set_chartarea({"border": {"color": "#D9D9D9"}})
    return made


def _of_item(item: LineItem, places: Mapping[object, Place], shade: str) -> dict[str, Any]:
    """A line item as a series; its name is that of the cell, so that no text of the inputs is read."""
    place, last = places[item], FIRST + len(item.axis.labels) - 1
    categories = [place.sheet, HEADER_ROW, FIRST, HEADER_ROW, last]
    return _filled([place.sheet, place.row, LABEL], categories, [place.sheet, place.row, FIRST, place.row, last], shade)


def _filled(name: list[Any], categories: list[Any], values: list[Any], shade: str) -> dict[str, Any]:
    return {
        "name": name, "categories": categories, "values": values, "fill": {"color": shade}, "border": {"none": True},
        "gap": 60,
    }  # fmt: skip


def _shade(chart: ChartBlock, name: str, at: int) -> str:
    return chart.palette.get(name, SERIES_COLOURS[at % len(SERIES_COLOURS)])
