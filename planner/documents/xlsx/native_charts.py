"""Charts that stay charts in the workbook; their rows stand sorted on a sheet of their own and read the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.chart import Chart

from planner.documents.blocks import ChartBlock, ChartKind, Form, Medium
from planner.documents.cell_text import Shape, axis_percent, number, shapes
from planner.documents.chart_data import (
    MOST_BARS,
    MOST_INPUTS,
    axis_title,
    bars_of,
    bins_of,
    column,
    round_step,
    swings_of,
)
from planner.documents.colours import ACCENT, ALERT, GOOD
from planner.documents.html.vega_bars import ENDS, PALE
from planner.documents.html.vega_curves import series_of
from planner.documents.xlsx.cell_formulas import at
from planner.documents.xlsx.cell_style import GREY, NAVY, CellKind, Look
from planner.documents.xlsx.document_book import DATA, TOP, DocumentBook, Leaf
from planner.documents.xlsx.workbook_writing import sheet_prefix

_PALE_ENDS = ("#C9DDEE", "#F3DCB8", "#E0C9D8", "#C4DFD8")
_LABEL_WIDTH, _NUMBER_WIDTH = 44.0, 17.0
_MOST_SERIES = 6


@dataclass(frozen=True)
class Native:
    """A chart of the workbook and how high it wants to be, in pixels."""

    chart: Chart
    height: int


@dataclass(frozen=True)
class _ChartRange:
    """Where the rows of a chart stand on their sheet: its title, header, first and last row."""

    title: int
    head: int
    first: int
    last: int

    def span(self, place: int) -> list[Any]:
        return [DATA, self.first, place, self.last, place]

    def name(self, place: int) -> list[Any]:
        return [DATA, self.head, place]


def make_charts(book: DocumentBook) -> list[Native]:
    """Writes the rows of charts and returns the charts; maps have a sheet of their own instead."""
    wanted = [chart for chart in book.document.charts(Medium.SUMMARY) if chart.kind is not ChartKind.HEATMAP]
    makers = {
        ChartKind.BARS: _bars,
        ChartKind.TORNADO: _tornado,
        ChartKind.HISTOGRAM: _histogram,
        ChartKind.LINE: _points,
        ChartKind.SCATTER: _points,
        ChartKind.COLUMNS: _columns,
    }
    if not wanted:
        return []
    leaf = book.leaf(DATA, "Chart data: the rows behind the charts of the summary")
    leaf.widths([_LABEL_WIDTH, *(_NUMBER_WIDTH for _ in range(5))])
    leaf.rows = TOP
    made = [makers[chart.kind](book, leaf, chart) for chart in wanted]
    return [native for native in made if native is not None]


def _bars(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    bars = bars_of(book.document, chart)[:MOST_BARS]
    if not bars:
        return None
    table = book.document.table(chart.table)
    (x, value), label = column(table, chart.x), column(table, chart.y)[1]
    block = _begin(leaf, chart, (label.title, axis_title(value)), len(bars))
    for row, bar in enumerate(bars, block.first):
        leaf.text(row, 0, bar.label)
        _link(book, leaf, (row, 1), chart, bar.row, x)
    made = _chart(book, {"type": "bar"}, block)
    is_told = any(bar.word for bar in bars) and bool(chart.colour)
    shades = [
        PALE if bar.is_quiet else {"more": ALERT, "less": GOOD}.get(bar.word, ACCENT) if is_told else ACCENT
        for bar in bars
    ]
    made.add_series(
        {
            "name": block.name(1), "categories": block.span(0), "values": block.span(1), "gap": 45,
            "points": [{"fill": {"color": shade}} for shade in shades],
            "data_labels": {"value": True, "num_format": _labels(value.form), "font": {"size": 8}},
        }
    )  # fmt: skip
    made.set_legend({"none": True})
    _lying(made, _labels(value.form))
    return Native(made, 90 + 24 * len(bars))


def _tornado(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    swings = swings_of(book.document, chart)[:MOST_INPUTS]
    if not swings:
        return None
    table = book.document.table(chart.table)
    (x, value), label = column(table, chart.x), column(table, chart.y)[1]
    words = list(dict.fromkeys(end for swing in swings for end in swing.ends))
    block = _begin(leaf, chart, (label.title, *words), len(swings), unit=axis_title(value))
    for row, swing in enumerate(swings, block.first):
        leaf.text(row, 0, swing.label)
        for place, word in enumerate(words, 1):
            if word in swing.ends:
                _link(book, leaf, (row, place), chart, swing.ends[word].row, x)
    made = _chart(book, {"type": "bar"}, block)
    # Bars of one row lie over each other unless that would hide a finding.
    is_split = all(swing.is_split or all(end.is_quiet for end in swing.ends.values()) for swing in swings)
    for place, word in enumerate(words):
        ends = [swing.ends.get(word) for swing in swings]
        shades = [(_PALE_ENDS if end is not None and end.is_quiet else ENDS)[place % len(ENDS)] for end in ends]
        made.add_series(
            {
                "name": block.name(place + 1), "categories": block.span(0), "values": block.span(place + 1),
                "gap": 40, "overlap": 100 if is_split else 0, "fill": {"color": ENDS[place % len(ENDS)]},
                "points": [{"fill": {"color": shade}} for shade in shades],
            }
        )  # fmt: skip
    made.set_legend({"position": "bottom", "font": {"size": 8}})
    _lying(made, _labels(value.form))
    return Native(made, 110 + 28 * len(swings))


def _histogram(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    table = book.document.table(chart.table)
    place, own = column(table, chart.x)
    bins = bins_of([value for row in table.rows if (value := number(row[place])) is not None])
    if not bins:
        return None
    reference = "" if chart.reference is None else f"reference {chart.reference:,.0f}"
    block = _begin(leaf, chart, (axis_title(own), "Count"), len(bins), unit=reference)
    for row, (low, high, count) in enumerate(bins, block.first):
        leaf.text(row, 0, f"{low:,.10g} to {high:,.10g}")
        leaf.value(row, 1, float(count), book.formats.value(CellKind.PLAN, Shape()))
    made = _chart(book, {"type": "column"}, block)
    made.add_series(
        {"name": block.name(1), "categories": block.span(0), "values": block.span(1), "gap": 4,
         "fill": {"color": ACCENT}}
    )  # fmt: skip
    made.set_legend({"none": True})
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "name": block.name(0), "name_font": _small()})
    made.set_y_axis(_upright("#,##0") | {"name": block.name(1), "name_font": _small()})
    return Native(made, 300)


def _points(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    """Lines and points over numbers; over labels a line with a category for each."""
    table = book.document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    series = dict(list(series_of(table, chart).items())[:_MOST_SERIES])
    is_number = all(number(table.rows[at][x]) is not None for rows in series.values() for at in rows)
    if not series or (chart.kind is ChartKind.SCATTER and not is_number):
        return None
    is_line = chart.kind is ChartKind.LINE
    kind = {"type": "scatter", "subtype": "straight_with_markers"} if is_line and is_number else {"type": "scatter"}
    made, block = _chart(book, kind if is_number else {"type": "line"}, None), None
    for shade, (name, rows) in enumerate(series.items()):
        block = _begin(leaf, chart, (axis_title(across), name or axis_title(up)), len(rows))
        for row, source in enumerate(rows, block.first):
            if is_number:
                _link(book, leaf, (row, 0), chart, source, x)
            else:
                leaf.text(row, 0, str(table.rows[source][x]))
            _link(book, leaf, (row, 1), chart, source, y)
        colour = ENDS[shade % len(ENDS)] if len(series) > 1 else ACCENT
        made.add_series(
            {"name": block.name(1), "categories": block.span(0), "values": block.span(1),
             "line": {"color": colour, "width": 2} if is_line else {"none": True},
             "marker": {"type": "circle", "size": 6, "fill": {"color": colour}, "border": {"color": colour}}}
        )  # fmt: skip
    assert block is not None
    _title(made, block)
    made.set_x_axis(
        {"num_font": {"size": 8, "color": GREY}, "label_position": "low", "name": block.name(0), "name_font": _small(),
         **(_span(table.rows, x) if is_number else {})}
    )  # fmt: skip
    code = _labels(up.form)
    if up.form is Form.PERCENT:
        code = axis_percent([value for row in table.rows if (value := number(row[y])) is not None])
    made.set_y_axis(_upright(code) | ({"name": block.name(1), "name_font": _small()} if len(series) == 1 else {}))
    made.set_legend({"position": "bottom", "font": {"size": 8}} if len(series) > 1 else {"none": True})
    return Native(made, 300)


def _columns(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    """Columns side by side: a category for each label, a series for each colour."""
    table = book.document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    series = dict(list(series_of(table, chart).items())[:_MOST_SERIES])
    labels = list(dict.fromkeys(str(table.rows[at][x]) for rows in series.values() for at in rows))
    if not labels:
        return None
    block = _begin(leaf, chart, (across.title, *series), len(labels), unit=axis_title(up))
    for row, label in enumerate(labels, block.first):
        leaf.text(row, 0, label)
    for place, rows in enumerate(series.values(), 1):
        for source in rows:
            where = block.first + labels.index(str(table.rows[source][x])), place
            _link(book, leaf, where, chart, source, y)
    made = _chart(book, {"type": "column"}, block)
    for place in range(len(series)):
        made.add_series(
            {"name": block.name(place + 1), "categories": block.span(0), "values": block.span(place + 1), "gap": 60,
             "fill": {"color": ENDS[place % len(ENDS)]}}
        )  # fmt: skip
    made.set_legend({"position": "bottom", "font": {"size": 8}} if len(series) > 1 else {"none": True})
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "label_position": "low"})
    made.set_y_axis(_upright(_labels(up.form)))
    return Native(made, 260)


def _span(rows: Sequence[Sequence[Any]], place: int) -> dict[str, float]:
    """The ends of an axis that does not begin at zero, and the step between its numbers."""
    values = [value for row in rows if (value := number(row[place])) is not None]
    if max(values) <= min(values):
        return {}
    step = round_step((max(values) - min(values)) / 6)
    ends = math.floor(min(values) / step + 1e-9), math.ceil(max(values) / step - 1e-9)
    return {"min": round(ends[0] * step, 12), "max": round(ends[1] * step, 12), "major_unit": step}


def _begin(leaf: Leaf, chart: ChartBlock, heads: Sequence[str], count: int, *, unit: str = "") -> _ChartRange:
    """Writes the title and header of a block and returns where its rows go."""
    title = leaf.rows + 1
    leaf.text(title, 0, chart.title if not unit else f"{chart.title} ({unit})", Look.LABEL_STRONG)
    for place, head in enumerate(heads):
        leaf.text(title + 1, place, head, Look.HEADER if place else Look.HEADER_LEFT)
    leaf.rows = title + 2 + count
    return _ChartRange(title, title + 1, title + 2, title + 1 + count)


def _link(book: DocumentBook, leaf: Leaf, where: tuple[int, int], chart: ChartBlock, row: int, place: int) -> None:
    table = book.document.table(chart.table)
    shape = shapes(table)[row][place] or Shape()
    address = f"{sheet_prefix(book.names[table.name])}{at(row, place)}"
    leaf.formula(*where, address, number(table.rows[row][place]) or 0.0, book.formats.value(CellKind.LINK, shape))


def _chart(book: DocumentBook, kind: dict[str, str], block: _ChartRange | None) -> Chart:
    made = book.workbook.add_chart(kind)
    made.set_chartarea({"border": {"color": "#D9D9D9"}})
    if block is not None:
        _title(made, block)
    return made


def _title(made: Chart, block: _ChartRange) -> None:
    # A title that is read from a cell is shown as it is; as a text, one that begins with = would be a reference.
    made.set_title(
        {"name": [DATA, block.title, 0], "name_font": {"size": 11, "bold": True, "color": NAVY}, "overlay": False}
    )


def _lying(made: Chart, code: str) -> None:
    """Axes of lying bars: the first row on top, labels beside the chart and not at zero."""
    made.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 8}, "line": {"color": GREY},
                     "major_gridlines": {"visible": False}, "major_tick_mark": "none"})  # fmt: skip
    # With the first row on top the axis of amounts would stand above; its labels go to the other side.
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "num_format": code, "line": {"none": True},
                     "label_position": "high",
                     "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}}})  # fmt: skip


def _upright(code: str) -> dict[str, Any]:
    return {
        "num_font": {"size": 8, "color": GREY}, "num_format": code, "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}},
    }  # fmt: skip


def _small() -> dict[str, Any]:
    return {"size": 8, "bold": False, "color": GREY}


def _labels(form: Form) -> str:
    special = {Form.PERCENT: "0%", Form.NUMBER: "General", Form.MUSD_CHANGE: "+#,##0;-#,##0;0"}
    return special.get(form, "#,##0;-#,##0;0")
