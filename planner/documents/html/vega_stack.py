"""Stacked columns, with dashes for what is allowed or available; small multiples where there is a panel column."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import ChartBlock, Column, Document
from planner.documents.chart_data import (
    Slice,
    axis_title,
    column,
    labels_of,
    marks_of,
    palette_of,
    scale_of,
    slices_of,
    tallest,
)
from planner.documents.colours import INK
from planner.documents.html.figure import DisplayTable, Figure, Panel, Spec, pivot
from planner.documents.html.vegalite import colour, tips, x_axis, y_axis
from planner.documents.number_text import percent

_HEIGHTS = {1: 300, 2: 190, 3: 160}
_LYING_ROW, _FRAME = 19, 30
_THREE_FROM = 5


def stack_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of stacked columns; names of the input go in as data."""
    table = document.table(chart.table)
    slices = slices_of(document, chart)
    _, up = column(table, chart.y)
    labels, palette = labels_of(chart, slices), palette_of(chart, slices)
    panels = list(dict.fromkeys(part.panel for part in slices))
    abreast = 1 if len(panels) < 2 else 3 if len(panels) >= _THREE_FROM else 2
    drawn = []
    for name in panels:
        own = [part for part in slices if part.panel == name]
        spec = _spec(chart, own, labels, palette, up)
        height = _FRAME + _LYING_ROW * len(labels) if chart.is_lying else _HEIGHTS[abreast]
        alt = f"{chart.title}{f': {name}' if name else ''}, {axis_title(up)}."
        drawn.append(Panel(name, spec, height, alt))
    legend = list(palette.items())
    if marks_of(slices):
        legend.append((column(table, chart.mark)[1].title, INK))
    return Figure(
        name=chart.name,
        title=chart.title,
        caption=chart.note,
        panels=tuple(drawn) if any(part.value for part in slices) else (),
        legend=tuple(legend),
        grid=_grid(document, chart, slices, labels),
        columns=abreast,
        source=chart.source,
    )


def _spec(
    chart: ChartBlock, slices: Sequence[Slice], labels: tuple[str, ...], palette: dict[str, str], up: Column
) -> Spec:
    factor, unit = scale_of(up, tallest(slices))
    rank = {name: place for place, name in enumerate(palette)}
    values: list[Spec] = [
        {
            "period": part.label,
            "series": part.series,
            "value": part.value * factor,
            "rank": rank.get(part.series, len(rank)),
            "said": part.text,
            "part": f"{percent(part.value / part.whole)} %" if part.whole and part.whole > 0 else "",
            "mark": part.mark_text,
        }
        for part in slices
        if part.value
    ]
    along, high = x_axis(labels), y_axis(up.title if chart.is_share else unit, tallest(slices) * factor)
    if chart.is_share:
        high |= {"scale": {"domain": [0, 1]}, "axis": high["axis"] | {"format": ".0%"}}
    if chart.is_lying:
        axis = {"title": None, "ticks": False, "domain": False, "labelLimit": 190}
        along = {"field": "period", "type": "nominal", "sort": list(labels), "axis": axis}
    first, second = ("y", "x") if chart.is_lying else ("x", "y")
    tooltip = [("period", "where"), ("series", "what"), ("said", axis_title(up))]
    tooltip += [("part", "of all")] if chart.whole else []
    tooltip += [("mark", "at most")] if chart.mark else []
    bars: Spec = {
        "data": {"values": values},
        "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 0.4},
        "encoding": {
            first: along,
            second: high | {"stack": "zero"},
            "color": colour(palette),
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": tips(*tooltip),
        },
    }
    return {"layer": [bars, *_dashes(slices, along, factor)]}


def _dashes(slices: Sequence[Slice], along: Spec, factor: float) -> list[Spec]:
    """Returns a layer with a black dash at each mark; none where nothing is marked."""
    values = [
        {"period": label, "value": mark * factor, "said": text} for (_, label), (mark, text) in marks_of(slices).items()
    ]
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "tick", "thickness": 2.5, "color": INK, "opacity": 1, "orient": "horizontal"},
            "encoding": {
                "x": along,
                "y": {"field": "value", "type": "quantitative"},
                "tooltip": tips(("period", "where"), ("said", "at most")),
            },
        }
    ]


def _grid(document: Document, chart: ChartBlock, slices: Sequence[Slice], labels: tuple[str, ...]) -> DisplayTable:
    """Returns the numbers with time across: a row for each series of each panel, then their whole and their mark."""
    table = document.table(chart.table)
    shown: dict[tuple[str, str], dict[str, str]] = {}
    for part in slices:
        shown.setdefault((part.panel, part.series), {})[part.label] = part.text
    rows = []
    for panel in dict.fromkeys(part.panel for part in slices):
        own = [part for part in slices if part.panel == panel]
        found = {series: cells for (name, series), cells in shown.items() if name == panel}
        for name, texts in (
            (chart.whole, {part.label: part.whole_text for part in own}),
            (chart.mark, {part.label: part.mark_text for part in own}),
        ):
            if name and any(texts.values()):
                found[column(table, name)[1].title] = texts
        for series, cells in found.items():
            head = f"{panel}: {series}" if panel and series else panel or series
            rows.append((head, [cells.get(label, "") for label in labels]))
    up = column(table, chart.y)[1]
    if chart.is_lying:
        heads = list(dict.fromkeys(name for name, _ in rows))
        body = tuple((label, *(dict(zip(labels, cells, strict=True))[label] for _, cells in rows)) for label in labels)
        return DisplayTable((column(table, chart.x)[1].title, *heads), body, frozenset(range(1, len(heads) + 1)))
    return pivot(axis_title(up), labels, rows)
