"""Stacked columns, with dashes for what is allowed or available; small multiples where there is a panel column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.documents.blocks import ChartBlock, Document, Form, TableBlock
from planner.documents.cell_text import number, shapes, shown
from planner.documents.chart_data import column
from planner.export.report.colours import INK
from planner.export.report.figure import Figure, Grid, Panel, Spec, pivot
from planner.export.report.vegalite import colour, money_unit, tips, x_axis, y_axis

_HEIGHTS = {1: 300, 2: 190, 3: 160}
_LYING_ROW, _FRAME = 26, 40
_TWO, _THREE = 2, 5


@dataclass(frozen=True)
class Slice:
    """One number of a stack: its panel, label, series, value, and value as text."""

    panel: str
    label: str
    series: str
    value: float
    text: str


def slices_of(table: TableBlock, chart: ChartBlock) -> list[Slice]:
    """Returns the numbers of a stack in the order of the table; rows without a number are left out."""
    x, y, by = (column(table, name)[0] for name in (chart.x, chart.y, chart.colour))
    panel = column(table, chart.panel)[0] if chart.panel else None
    shape = shapes(table)
    return [
        Slice(
            "" if panel is None else str(row[panel] or ""), str(row[x] or ""), str(row[by] or ""),
            value, shown(row[y], shape[at][y]),
        )
        for at, row in enumerate(table.rows)
        if (value := number(row[y])) is not None
    ]  # fmt: skip


def panel_columns(count: int) -> int:
    """Returns how many small multiples stand abreast."""
    return 1 if count < _TWO else 3 if count >= _THREE else 2


def stack_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of stacked columns."""
    table = document.table(chart.table)
    slices = slices_of(table, chart)
    _, up = column(table, chart.y)
    tallest = _tallest(slices, chart)
    factor, unit = (1.0, up.unit) if up.form is not Form.MUSD else money_unit(tallest)
    if chart.is_share:
        unit = up.title
    panels = list(dict.fromkeys(part.panel for part in slices))
    labels = chart.labels or tuple(dict.fromkeys(part.label for part in slices))
    abreast = panel_columns(len(panels))
    drawn = []
    for name in panels:
        own = [part for part in slices if part.panel == name]
        spec = _spec(own, chart, labels, factor, unit)
        height = _FRAME + _LYING_ROW * len(labels) if chart.is_lying else _HEIGHTS[abreast]
        drawn.append(Panel(name, spec, height, f"{chart.title}{f': {name}' if name else ''}. {chart.note}".strip()))
    seen = {part.series for part in slices}
    legend = [(name, shade) for name, shade in chart.palette if name in seen and name not in chart.marks]
    legend += [(name, INK) for name in chart.marks if name in seen]
    return Figure(
        name=chart.name,
        title=chart.title,
        caption=chart.note,
        panels=tuple(drawn) if any(part.value for part in slices) else (),
        legend=tuple(legend),
        grid=_grid(slices, labels, f"{up.title}, {up.unit}" if up.unit else up.title),
        columns=abreast,
        source=chart.source,
    )


def _tallest(slices: Sequence[Slice], chart: ChartBlock) -> float:
    ups: dict[tuple[str, str], float] = {}
    marks = [part.value for part in slices if part.series in chart.marks]
    for part in slices:
        if part.series not in chart.marks:
            key = part.panel, part.label
            ups[key] = ups.get(key, 0.0) + max(0.0, part.value)
    return max([*ups.values(), *marks], default=0.0)


def _spec(slices: Sequence[Slice], chart: ChartBlock, labels: tuple[str, ...], factor: float, unit: str) -> Spec:
    shades = dict(chart.palette)
    rank = {name: place for place, name in enumerate(shades)}
    wholes: dict[str, float] = {}
    for part in slices:
        if part.series not in chart.marks:
            wholes[part.label] = wholes.get(part.label, 0.0) + part.value
    rows: list[Spec] = [
        {
            "period": part.label, "series": part.series, "value": part.value * factor, "said": part.text,
            "part": f"{100 * part.value / wholes[part.label]:.1f} %" if wholes[part.label] > 0 else "",
            "rank": rank.get(part.series, len(rank)),
        }
        for part in slices
        if part.series not in chart.marks
    ]  # fmt: skip
    most = _tallest(slices, chart) * factor
    along, up = x_axis(labels), y_axis(unit, most)
    if chart.is_share:
        up |= {"scale": {"domain": [0, 1]}, "axis": up["axis"] | {"format": ".0%"}}
    if chart.is_lying:
        axis = {"title": None, "ticks": False, "domain": False}
        along = {"field": "period", "type": "nominal", "sort": list(labels), "axis": axis}
    names = ("y", "x") if chart.is_lying else ("x", "y")
    used = {name: shade for name, shade in shades.items() if any(row["series"] == name for row in rows)}
    encoding = {
        names[0]: along,
        names[1]: up | {"stack": "zero"},
        "color": colour(used),
        "order": {"field": "rank", "type": "quantitative"},
        "tooltip": tips(("period", "where"), ("series", "what"), ("said", unit), ("part", "of all")),
    }
    bars = {
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 0.4},
        "encoding": encoding,
    }
    marks = [
        {"period": part.label, "value": part.value * factor, "said": f"{part.series} {part.text}"}
        for part in slices
        if part.series in chart.marks
    ]
    if not marks:
        return {"layer": [bars]}
    dashes = {
        "data": {"values": marks},
        "mark": {"type": "tick", "color": INK, "thickness": 2.5, "bandSize": 26 if len(labels) < 14 else 9},
        "encoding": {names[0]: along, names[1]: up, "tooltip": tips(("period", "where"), ("said", unit))},
    }
    return {"layer": [bars, dashes]}


def _grid(slices: Sequence[Slice], labels: tuple[str, ...], corner: str) -> Grid:
    told = {(part.panel, part.series, part.label): part.text for part in slices}
    heads = list(dict.fromkeys((part.panel, part.series) for part in slices))
    rows = [
        (f"{panel}: {series}" if panel else series, [told.get((panel, series, label), "") for label in labels])
        for panel, series in heads
    ]
    return pivot(corner, labels, rows)
