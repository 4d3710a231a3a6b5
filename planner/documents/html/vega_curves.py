"""Histograms, lines and scatter plots of a document."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import ChartBlock, Column, Document, Form, TableBlock
from planner.documents.cell_text import axis_percent, number, shapes, shown
from planner.documents.chart_data import axis_title, bins_of, column
from planner.documents.colours import ACCENT, ALERT, GRID, MUTED
from planner.documents.html.figure import DisplayTable as Rows
from planner.documents.html.figure import Figure, Panel, Spec
from planner.documents.html.vega_bars import ENDS
from planner.documents.html.vegalite import tips

_HEIGHT = 270
_PALE = "#aeb8c1"


def histogram_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a distribution, in bins with round borders."""
    table = document.table(chart.table)
    place, own = column(table, chart.x)
    values = [value for row in table.rows if (value := number(row[place])) is not None]
    bins = bins_of(values)
    rows = [
        {"from": a, "to": b, "count": n, "text": f"{_plain(a)} to {_plain(b)}", "times": str(n)} for a, b, n in bins
    ]
    x = {"field": "from", "type": "quantitative", "bin": {"binned": True}, "axis": _axis(axis_title(own)),
         "scale": {"zero": False, "nice": False}}  # fmt: skip
    y = {"field": "count", "type": "quantitative", "axis": _axis("count") | {"tickMinStep": 1}}
    bars: Spec = {
        "data": {"values": rows},
        "mark": {"type": "bar", "color": ACCENT, "stroke": "#ffffff", "strokeWidth": 1, "binSpacing": 0},
        "encoding": {
            "x": x, "x2": {"field": "to"}, "y": y, "tooltip": tips(("text", axis_title(own)), ("times", "Count")),
        },
    }  # fmt: skip
    layers = [bars]
    if chart.reference is not None:
        layers.append(_rule("x", chart.reference))
    grid = Rows((axis_title(own), "count"), tuple((str(r["text"]), str(r["times"])) for r in rows), frozenset({1}))
    return _figure(chart, {"layer": layers} if bins else None, grid, f"{len(values)} values")


def line_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a line over a number or over labels, one for each series."""
    return _points(document, chart, is_line=True)


def scatter_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of points over two numbers."""
    return _points(document, chart, is_line=False)


def columns_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of columns side by side, a colour for each series."""
    table = document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    series, shape = series_of(table, chart), shapes(table)
    shades = {name: ENDS[at % len(ENDS)] for at, name in enumerate(series)}
    rows: list[Spec] = [
        {
            "x": str(table.rows[at][x]),
            "y": number(table.rows[at][y]),
            "series": name,
            "up": shown(table.rows[at][y], shape[at][y]),
            "ink": shades[name],
        }
        for name, places in series.items()
        for at in places
    ]
    band = {"field": "x", "type": "ordinal", "axis": {"title": None, "labelAngle": 0}}
    spec: Spec = {
        "data": {"values": rows},
        "mark": {"type": "bar"},
        "encoding": {
            "x": band,
            "xOffset": {"field": "series", "type": "nominal", "scale": {"domain": list(series)}},
            "y": {"field": "y", "type": "quantitative", "axis": _axis(axis_title(up))},
            "color": _literal("ink"),
            "tooltip": tips(("x", across.title), ("series", "Series"), ("up", up.title)),
        },
    }
    labels = list(dict.fromkeys(str(row["x"]) for row in rows))
    cells = {(str(row["x"]), str(row["series"])): str(row["up"]) for row in rows}
    body = tuple((label, *(cells.get((label, name), "") for name in series)) for label in labels)
    grid = Rows((across.title, *series), body, frozenset(range(1, 1 + len(series))))
    legend = tuple(shades.items()) if chart.colour else ()
    return _figure(chart, {"layer": [spec]} if rows else None, grid, f"{len(rows)} columns", legend)


def series_of(table: TableBlock, chart: ChartBlock) -> dict[str, list[int]]:
    """Returns the rows of each series that have a value, by the text of its column; one series where there is none."""
    y = column(table, chart.y)[0]
    by = column(table, chart.colour)[0] if chart.colour else None
    found: dict[str, list[int]] = {}
    for at, row in enumerate(table.rows):
        if number(row[y]) is not None:
            found.setdefault("" if by is None else str(row[by] or ""), []).append(at)
    return found


def _points(document: Document, chart: ChartBlock, *, is_line: bool) -> Figure:
    table = document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    series, quiet, shape = series_of(table, chart), table.quiet, shapes(table)
    is_number = all(number(table.rows[at][x]) is not None for rows in series.values() for at in rows)
    shades = {name: ENDS[at % len(ENDS)] if len(series) > 1 else ACCENT for at, name in enumerate(series)}
    rows: list[Spec] = [
        {
            "x": table.rows[at][x],
            "y": number(table.rows[at][y]),
            "series": name,
            "across": shown(table.rows[at][x], shape[at][x]),
            "up": shown(table.rows[at][y], shape[at][y]),
            "ink": shades[name],
            "fill": _PALE if (at, y) in quiet else shades[name],
        }
        for name, places in series.items()
        for at in places
    ]
    encoding: Spec = {
        "x": _along(rows, axis_title(across), is_number=is_number),
        "y": {"field": "y", "type": "quantitative", "axis": _axis(axis_title(up), up, rows), "scale": {"zero": False}},
    }
    layers: list[Spec] = []
    if chart.reference is not None:
        layers.append(_rule("y", chart.reference))
    if is_line:
        lines = encoding | {"color": _literal("ink"), "detail": {"field": "series", "type": "nominal"}}
        layers.append({"data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 2}, "encoding": lines})
    tooltip = tips(("across", across.title), ("up", up.title), *([("series", "Series")] if chart.colour else []))
    dots = encoding | {"color": _literal("fill"), "tooltip": tooltip}
    layers.append({"data": {"values": rows}, "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                   "encoding": dots})  # fmt: skip
    grid = Rows((axis_title(across), axis_title(up)), tuple((str(r["across"]), str(r["up"])) for r in rows),
                frozenset({0, 1} if is_number else {1}))  # fmt: skip
    legend = [(name, shades[name]) for name in series if chart.colour]
    if any(row["fill"] == _PALE for row in rows):
        legend.append(("within the gaps", _PALE))
    return _figure(chart, {"layer": layers} if rows else None, grid, f"{len(rows)} points", tuple(legend))


def _along(rows: Sequence[Spec], title: str, *, is_number: bool) -> Spec:
    if is_number:
        return {
            "field": "x",
            "type": "quantitative",
            "axis": _axis(title),
            "scale": {"zero": False, "nice": False, "padding": 12},
        }
    labels = list(dict.fromkeys(str(row["x"]) for row in rows))
    return {"field": "x", "type": "ordinal", "scale": {"domain": labels}, "axis": {"title": title, "labelAngle": 0}}


def _rule(channel: str, value: float) -> Spec:
    return {
        "data": {"values": [{"at": value}]},
        "mark": {
            "type": "rule",
            "color": ALERT if channel == "x" else MUTED,
            "strokeWidth": 2 if channel == "x" else 1.2,
        },
        "encoding": {channel: {"field": "at", "type": "quantitative"}},
    }


def _axis(title: str, own: Column | None = None, rows: Sequence[Spec] = ()) -> Spec:
    """Returns an axis of numbers; shares are labelled in per cent, with decimals enough that the labels differ."""
    form = ",~f"
    if own is not None and own.form is Form.PERCENT:
        form = f".{max(0, len(axis_percent([row['y'] for row in rows])) - 3)}%"
        title = own.title
    return {"title": title, "format": form, "tickCount": 7, "domain": False, "gridColor": GRID}


def _literal(field: str) -> Spec:
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _plain(value: float) -> str:
    return f"{value:,.10g}"


def _figure(
    chart: ChartBlock, spec: Spec | None, grid: Rows, alt: str, legend: tuple[tuple[str, str], ...] = ()
) -> Figure:
    return Figure(
        name=chart.name,
        title=chart.title,
        caption=chart.note,
        panels=() if spec is None else (Panel("", spec, _HEIGHT, f"{chart.title}: {alt}. {chart.note}".strip()),),
        legend=legend,
        grid=grid,
        least_width=420,
        source=(chart.table,),
    )
