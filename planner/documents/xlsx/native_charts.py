"""Charts that stay charts in the workbook; their rows stand sorted on a sheet of their own and read the tables."""

from __future__ import annotations

from planner.documents.blocks import ChartBlock, ChartKind, Form, Medium
from planner.documents.cell_text import Shape, axis_percent, number
from planner.documents.chart_data import (
    MOST_BARS,
    MOST_INPUTS,
    axis_title,
    bars_of,
    bins_of,
    column,
    swings_of,
)
from planner.documents.colours import ACCENT, ALERT, GOOD
from planner.documents.html.vega_bars import ENDS, PALE
from planner.documents.html.vega_curves import series_of
from planner.documents.xlsx.cell_style import GREY, CellKind
from planner.documents.xlsx.chart_parts import (
    Native,
    axis_ends,
    begin,
    label_code,
    lie_flat,
    link,
    new_chart,
    set_title,
    small,
    upright,
)
from planner.documents.xlsx.document_book import DATA, TOP, DocumentBook, Leaf
from planner.documents.xlsx.scenario_native import SCENARIO_CHARTS

_PALE_ENDS = ("#C9DDEE", "#F3DCB8", "#E0C9D8", "#C4DFD8")
_LABEL_WIDTH, _NUMBER_WIDTH = 44.0, 17.0
_MOST_SERIES = 6


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
    found: list[Native] = []
    for chart in wanted:
        if chart.kind in SCENARIO_CHARTS:
            found += SCENARIO_CHARTS[chart.kind](book, leaf, chart)
        elif (native := makers[chart.kind](book, leaf, chart)) is not None:
            found.append(native)
    return found


def _bars(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    bars = bars_of(book.document, chart)[:MOST_BARS]
    if not bars:
        return None
    table = book.document.table(chart.table)
    (x, value), label = column(table, chart.x), column(table, chart.y)[1]
    block = begin(leaf, chart, (label.title, axis_title(value)), len(bars))
    for row, bar in enumerate(bars, block.first):
        leaf.text(row, 0, bar.label)
        link(book, leaf, (row, 1), chart, bar.row, x)
    made = new_chart(book, {"type": "bar"}, block)
    is_coloured = any(bar.word for bar in bars) and bool(chart.colour)
    shades = [
        PALE if bar.is_quiet else {"more": ALERT, "less": GOOD}.get(bar.word, ACCENT) if is_coloured else ACCENT
        for bar in bars
    ]
    made.add_series(
        {
            "name": block.name(1), "categories": block.span(0), "values": block.span(1), "gap": 45,
            "points": [{"fill": {"color": shade}} for shade in shades],
            "data_labels": {"value": True, "num_format": label_code(value.form), "font": {"size": 8}},
        }
    )  # fmt: skip
    made.set_legend({"none": True})
    lie_flat(made, label_code(value.form))
    return Native(made, 90 + 24 * len(bars))


def _tornado(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    swings = swings_of(book.document, chart)[:MOST_INPUTS]
    if not swings:
        return None
    table = book.document.table(chart.table)
    (x, value), label = column(table, chart.x), column(table, chart.y)[1]
    words = list(dict.fromkeys(end for swing in swings for end in swing.ends))
    block = begin(leaf, chart, (label.title, *words), len(swings), unit=axis_title(value))
    for row, swing in enumerate(swings, block.first):
        leaf.text(row, 0, swing.label)
        for place, word in enumerate(words, 1):
            if word in swing.ends:
                link(book, leaf, (row, place), chart, swing.ends[word].row, x)
    made = new_chart(book, {"type": "bar"}, block)
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
    lie_flat(made, label_code(value.form))
    return Native(made, 110 + 28 * len(swings))


def _histogram(book: DocumentBook, leaf: Leaf, chart: ChartBlock) -> Native | None:
    table = book.document.table(chart.table)
    place, own = column(table, chart.x)
    bins = bins_of([value for row in table.rows if (value := number(row[place])) is not None])
    if not bins:
        return None
    reference = "" if chart.reference is None else f"reference {chart.reference:,.0f}"
    block = begin(leaf, chart, (axis_title(own), "Count"), len(bins), unit=reference)
    for row, (low, high, count) in enumerate(bins, block.first):
        leaf.text(row, 0, f"{low:,.10g} to {high:,.10g}")
        leaf.value(row, 1, float(count), book.formats.value(CellKind.PLAN, Shape()))
    made = new_chart(book, {"type": "column"}, block)
    made.add_series(
        {"name": block.name(1), "categories": block.span(0), "values": block.span(1), "gap": 4,
         "fill": {"color": ACCENT}}
    )  # fmt: skip
    made.set_legend({"none": True})
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "name": block.name(0), "name_font": small()})
    made.set_y_axis(upright("#,##0") | {"name": block.name(1), "name_font": small()})
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
    made, block = new_chart(book, kind if is_number else {"type": "line"}, None), None
    for shade, (name, rows) in enumerate(series.items()):
        block = begin(leaf, chart, (axis_title(across), name or axis_title(up)), len(rows))
        for row, source in enumerate(rows, block.first):
            if is_number:
                link(book, leaf, (row, 0), chart, source, x)
            else:
                leaf.text(row, 0, str(table.rows[source][x]))
            link(book, leaf, (row, 1), chart, source, y)
        colour = ENDS[shade % len(ENDS)] if len(series) > 1 else ACCENT
        made.add_series(
            {"name": block.name(1), "categories": block.span(0), "values": block.span(1),
             "line": {"color": colour, "width": 2} if is_line else {"none": True},
             "marker": {"type": "circle", "size": 6, "fill": {"color": colour}, "border": {"color": colour}}}
        )  # fmt: skip
    assert block is not None
    set_title(made, block)
    made.set_x_axis(
        {"num_font": {"size": 8, "color": GREY}, "label_position": "low", "name": block.name(0), "name_font": small(),
         **(axis_ends(table.rows, x) if is_number else {})}
    )  # fmt: skip
    code = label_code(up.form)
    if up.form is Form.PERCENT:
        code = axis_percent([value for row in table.rows if (value := number(row[y])) is not None])
    made.set_y_axis(upright(code) | ({"name": block.name(1), "name_font": small()} if len(series) == 1 else {}))
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
    block = begin(leaf, chart, (across.title, *series), len(labels), unit=axis_title(up))
    for row, label in enumerate(labels, block.first):
        leaf.text(row, 0, label)
    for place, rows in enumerate(series.values(), 1):
        for source in rows:
            where = block.first + labels.index(str(table.rows[source][x])), place
            link(book, leaf, where, chart, source, y)
    made = new_chart(book, {"type": "column"}, block)
    for place in range(len(series)):
        made.add_series(
            {"name": block.name(place + 1), "categories": block.span(0), "values": block.span(place + 1), "gap": 60,
             "fill": {"color": ENDS[place % len(ENDS)]}}
        )  # fmt: skip
    made.set_legend({"position": "bottom", "font": {"size": 8}} if len(series) > 1 else {"none": True})
    made.set_x_axis({"num_font": {"size": 8, "color": GREY}, "label_position": "low"})
    made.set_y_axis(upright(label_code(up.form)))
    return Native(made, 260)
