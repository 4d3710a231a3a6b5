"""A timeline as a chart."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import TimelineBlock
from planner.documents.cell_text import is_numeric, texts
from planner.documents.colours import GRID, INK, MUTED
from planner.documents.html.figure import DisplayTable, Figure, Panel, Spec
from planner.documents.html.vegalite import tips
from planner.documents.timeline import Milestone, Stretch, TimelineGroup

_LABEL_WIDTH = 170
_LANE, _TALL_LANE = 15, 24
_PLOT_WIDTH = 760
_LEAST_WIDTH = 940
_MOST_LABELLED = 26
_SAME = "\u200b"  # makes lanes of one name different without showing
_OPACITY = {
    Stretch.WAITING: 0.32,
    Stretch.ARRIVAL: 1.0,
    Stretch.IN_USE: 1.0,
    Stretch.DESIGN: 0.85,
    Stretch.BRING_UP: 1.0,
}
_SHAPES = {
    Milestone.SIGNED: "circle",
    Milestone.TAPE_OUT: "diamond",
    Milestone.READY: "triangle-right",
    Milestone.FAILED: "cross",
}


def timeline_figure(block: TimelineBlock) -> Figure:
    """Returns the figure of a timeline; its numbers are its table."""
    heads = tuple(f"{own.title}, {own.unit}" if own.unit else own.title for own in block.table.columns)
    numeric = frozenset(place for place, own in enumerate(block.table.columns) if is_numeric(own))
    return Figure(
        name=block.name,
        title=block.title,
        caption=block.note,
        panels=timeline_panels(block.labels, block.groups),
        grid=DisplayTable(heads, tuple(map(tuple, texts(block.table))), numeric),
        least_width=_LEAST_WIDTH,
        source=block.source,
        notes=(block.table.note,) if block.table.note else (),
    )


def timeline_panels(labels: Sequence[str], groups: Sequence[TimelineGroup]) -> tuple[Panel, ...]:
    """Returns a timeline over labels of periods, a panel for each group: stretches as bars, milestones as marks."""
    return tuple(_panel(labels, group) for group in groups)


def _panel(labels: Sequence[str], group: TimelineGroup) -> Panel:
    lane_of: dict[tuple[int, int], str] = {}
    taken: set[str] = set()
    firsts: list[str] = []
    for place, row in enumerate(group.rows):
        for lane in range(row.lanes):
            name = row.name
            while name in taken:
                name += _SAME
            taken.add(name)
            lane_of[place, lane] = name
        firsts.append(lane_of[place, 0])
    has_marks = any(row.marks for row in group.rows)
    height = (_TALL_LANE if has_marks else _LANE) * len(lane_of) + 4
    x = _x(labels)
    axis = {
        "title": None,
        "values": firsts,
        "ticks": False,
        "domain": False,
        "labelPadding": 8,
        "labelLimit": _LABEL_WIDTH - 10,
        "minExtent": _LABEL_WIDTH,
        "maxExtent": _LABEL_WIDTH,
    }
    y = {
        "field": "row",
        "type": "nominal",
        "scale": {"domain": list(lane_of.values()), "paddingInner": 0.22, "paddingOuter": 0.1},
        "axis": axis,
    }
    layers = [_bands(labels, group, lane_of, x, y), _grid(labels, x), _bars(group, lane_of, x, y)]
    if len(labels) <= _MOST_LABELLED:
        layers.append(_labels(group, lane_of, x, y))
    if has_marks:
        layers += _marks(group, len(labels), lane_of, x, y)
    return Panel(group.title, {"layer": layers}, height, f"{group.title} over time; the table below lists all.")


def _x(labels: Sequence[str]) -> Spec:
    count = len(labels)
    return {
        "field": "start",
        "type": "quantitative",
        "scale": {"domain": [0, count], "nice": False, "zero": False},
        "axis": None,
    }


def _grid(labels: Sequence[str], x: Spec) -> Spec:
    """Returns a line at the begin of each year with its label."""
    periods = labels
    firsts = [place for place, label in enumerate(periods) if place == 0 or label[:4] != periods[place - 1][:4]]
    values = [{"start": place, "label": periods[place][:4]} for place in firsts]
    rule = {"mark": {"type": "rule", "color": GRID}, "encoding": {"x": x}}
    words = {
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "bottom",
            "dx": 2,
            "dy": -2,
            "fontSize": 11,
            "color": MUTED,
        },
        "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "label", "type": "nominal"}},
    }
    return {"data": {"values": values}, "layer": [rule, words]}


def _bands(labels: Sequence[str], group: TimelineGroup, lane_of: dict[tuple[int, int], str], x: Spec, y: Spec) -> Spec:
    """Returns a pale band behind every second row, so that lanes are seen to belong together."""
    values = [{"row": name, "start": 0, "end": len(labels)} for (place, _), name in lane_of.items() if place % 2]
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "color": "#f3f5f8", "height": {"band": 1.29}},
        "encoding": {"x": x, "x2": {"field": "end"}, "y": y},
    }


def _bars(group: TimelineGroup, lane_of: dict[tuple[int, int], str], x: Spec, y: Spec) -> Spec:
    values = [
        {
            "row": lane_of[place, bar.lane],
            "item": row.name,
            "start": bar.start,
            "end": bar.end,
            "colour": bar.colour,
            "opacity": _OPACITY[bar.stretch],
            "shown": bar.says,
            "when": bar.when,
        }
        for place, row in enumerate(group.rows)
        for bar in row.bars
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadius": 1.5},
        "encoding": {
            "x": x,
            "x2": {"field": "end"},
            "y": y,
            "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
            "opacity": {"field": "opacity", "type": "quantitative", "scale": None, "legend": None},
            "tooltip": tips(("item", "item"), ("shown", "what"), ("when", "when")),
        },
    }


def _labels(group: TimelineGroup, lane_of: dict[tuple[int, int], str], x: Spec, y: Spec) -> Spec:
    values = [
        {
            "row": lane_of[place, bar.lane],
            "start": (bar.start + bar.end) / 2,
            "label": bar.label,
            "ink": "#ffffff" if is_dark(bar.colour) else INK,
        }
        for place, row in enumerate(group.rows)
        for bar in row.bars
        if bar.label
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "text", "fontSize": 9.5, "baseline": "middle", "align": "center"},
        "encoding": {
            "x": x,
            "y": y,
            "text": {"field": "label", "type": "nominal"},
            "color": {"field": "ink", "type": "nominal", "scale": None, "legend": None},
        },
    }


def _marks(group: TimelineGroup, periods: int, lane_of: dict[tuple[int, int], str], x: Spec, y: Spec) -> list[Spec]:
    values = [
        {
            "row": lane_of[place, mark.lane],
            "start": mark.at,
            "label": mark.label if row.has_room(mark, _PLOT_WIDTH / periods, 5.0) else "",
            "shown": mark.label,
            "item": row.name,
            "shape": _SHAPES[mark.milestone],
        }
        for place, row in enumerate(group.rows)
        for mark in row.marks
    ]
    shape = {"field": "shape", "type": "nominal", "scale": None, "legend": None}
    tooltip = tips(("item", "item"), ("shown", "when"))
    points = {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "size": 80, "color": INK, "opacity": 1, "stroke": "#ffffff"},
        "encoding": {"x": x, "y": y, "shape": shape, "tooltip": tooltip},
    }
    words = {
        "data": {"values": values},
        "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 10, "color": INK, "baseline": "middle"},
        "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
    }
    return [points, words]


def is_dark(colour: str) -> bool:
    """True where white text is easier to read than black."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
