"""Charts over scenarios: a cumulative distribution, bands and lines over time, and the scenario tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.documents.blocks import ChartBlock, Document
from planner.documents.cell_text import axis_percent, texts
from planner.documents.chart_data import axis_title, column, money_unit
from planner.documents.colours import ACCENT, GRID, INK, MUTED
from planner.documents.html.figure import DisplayTable, Figure, Panel, Spec, pivot
from planner.documents.html.vegalite import range_beside, tips, x_axis
from planner.documents.scenario_charts import (
    DrawnBranch,
    Fan,
    FanLine,
    Reference,
    Step,
    fans_of,
    references_of,
    steps_of,
    tree_of,
)

_HEIGHT, _PANEL_HEIGHT = 290, 210
_MOST_NAMED = 14
"""Points of a distribution that have their names beside them."""
_TREE_WIDTH, _LEAST_TREE = 730, 760
_LETTER, _ROW = 6.2, 38
_THICK = 5.0
_LEAST_SHARE = 0.99
"""Axes of shares reach down to here at least, so that service in full is a line at the top."""


def distribution_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a cumulative distribution with the values that are marked on it."""
    table = document.table(chart.table)
    steps, rules = steps_of(document, chart), references_of(document, chart)
    (_, across), (_, up) = column(table, chart.x), column(table, chart.y)
    factor, unit = money_unit(max((abs(step.x) for step in steps), default=0.0))
    names = [step.label for step in steps] if len(steps) <= _MOST_NAMED else []
    known = [step.x * factor for step in steps] + [rule.value * factor for rule in rules]
    room = (max(known) - min(known) or abs(max(known)) or 1.0) * 0.04 if known else 0.0
    ends = [min(known) - room, max(known) + room] if known else [0.0, 1.0]
    axis = {"title": f"{across.title}, {unit}", "format": ",~f", "tickCount": 6, "domain": False, "gridColor": GRID}
    x = {"field": "x", "type": "quantitative", "axis": axis,
         "scale": {"domain": ends, "range": range_beside([], names), "zero": False, "nice": False}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [0, 1]},
         "axis": {"title": up.title, "format": ".0%", "tickCount": 5, "domain": False, "gridColor": GRID}}  # fmt: skip
    spec = {"layer": [*_stairs(steps, factor, ends[0], x, y), *_rules(rules, factor, x)]}
    if names:
        spec["layer"].append(_names(steps, factor, x, y))
    marks = ", ".join(f"{rule.label} {rule.text} {across.unit}" for rule in rules)
    alt = f"{chart.title}: {len(steps)} scenarios, {marks}."
    legend = [(f"{rule.label} {rule.text}", rule.colour) for rule in rules]
    rows = [(step.label, step.x_text, step.y_text) for step in steps]
    heads = ("Scenario", axis_title(across), up.title)
    return Figure(
        name=chart.name, title=chart.title, caption=chart.note,
        panels=(Panel("", spec, _HEIGHT, alt),) if steps else (),
        legend=tuple(legend), grid=DisplayTable(heads, tuple(rows), frozenset({1, 2})), least_width=420,
        source=chart.source or (chart.table,),
    )  # fmt: skip


def _stairs(steps: Sequence[Step], factor: float, low: float, x: Spec, y: Spec) -> list[Spec]:
    values: list[Spec] = [{"x": low, "y": 0.0, "rank": 0}]
    before = 0.0
    for place, step in enumerate(steps, 1):
        # A vertical line at each cost, so that the curve is a staircase whatever draws it.
        values.append({"x": step.x * factor, "y": before, "rank": 2 * place - 1})
        values.append({"x": step.x * factor, "y": step.y, "rank": 2 * place})
        before = step.y
    points = [
        {"x": step.x * factor, "y": step.y, "label": step.label, "cost": step.x_text, "share": step.y_text}
        for step in steps
    ]
    rank = {"field": "rank", "type": "quantitative"}
    tooltip = tips(("label", "scenario"), ("cost", "costs"), ("share", "as much or less"))
    size = 55 if len(steps) <= _MOST_NAMED else 14
    return [
        {"data": {"values": values}, "mark": {"type": "line", "color": ACCENT, "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "order": rank}},
        {"data": {"values": points}, "mark": {"type": "point", "filled": True, "color": ACCENT, "size": size,
                                              "opacity": 1},
         "encoding": {"x": x, "y": y, "tooltip": tooltip}},
    ]  # fmt: skip


def _series(name: str, shades: Mapping[str, str]) -> Spec:
    """Returns the colour of one of several series, which gives files of charts their legend."""
    scale = {"domain": list(shades), "range": list(shades.values())}
    return {"datum": name, "type": "nominal", "scale": scale, "title": None}


def _rules(rules: Sequence[Reference], factor: float, x: Spec) -> list[Spec]:
    shades = {f"{rule.label} {rule.text}": rule.colour for rule in rules}
    return [
        {
            "data": {"values": [{"x": rule.value * factor, "mark": f"{rule.label} {rule.text}"}]},
            "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": [5, 3]},
            "encoding": {
                "x": x,
                "color": _series(f"{rule.label} {rule.text}", shades),
                "tooltip": tips(("mark", "mark")),
            },
        }
        for rule in rules
    ]


def _names(steps: Sequence[Step], factor: float, x: Spec, y: Spec) -> Spec:
    return {
        "data": {"values": [{"x": step.x * factor, "y": step.y, "label": step.label} for step in steps]},
        "mark": {"type": "text", "align": "left", "dx": 6, "dy": 10, "fontSize": 11, "color": INK},
        "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
    }


def fan_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of bands and lines over labels, small multiples where there are panels."""
    table = document.table(chart.table)
    up = column(table, chart.y)[1]
    fans = fans_of(document, chart)
    abreast = 1 if len(fans) < 2 else 2
    height = _HEIGHT if abreast == 1 else _PANEL_HEIGHT
    panels = []
    for fan in fans:
        what = f"{chart.title}{f': {fan.panel}' if fan.panel else ''}"
        lines = ", ".join(line.name for line in fan.lines)
        bands = "".join(f", {band.name}" for band in fan.bands)
        panels.append(Panel(fan.panel, _fan_spec(fan), height, f"{what}: {lines}{bands}."))
    legend: dict[str, str] = {}
    for fan in fans:
        legend |= {band.name: band.colour for band in fan.bands} | {line.name: line.colour for line in fan.lines}
    labels = max((fan.labels for fan in fans), key=len, default=())
    rows = [row for fan in fans for row in _fan_rows(document, chart, fan, labels)]
    return Figure(
        name=chart.name, title=chart.title, caption=chart.note, panels=tuple(panels), legend=tuple(legend.items()),
        grid=pivot(axis_title(up), labels, rows), least_width=300, columns=abreast,
        source=chart.source or (chart.table,),
    )  # fmt: skip


def _fan_rows(
    document: Document, chart: ChartBlock, fan: Fan, labels: Sequence[str]
) -> list[tuple[str, Sequence[str]]]:
    lead = f"{fan.panel}: " if fan.panel else ""
    found: list[tuple[str, Sequence[str]]] = []
    for line in fan.lines:
        by_label = dict(zip(fan.labels, line.texts, strict=True))
        found.append((f"{lead}{line.name}", [by_label.get(label, "") for label in labels]))
    table = document.table(chart.table)
    cells = texts(table) if fan.bands else []
    for band in fan.bands:
        for name in band.columns:
            place, own = column(table, name)
            by_label = {label: cells[at][place] for label, at in zip(fan.labels, fan.rows, strict=True)}
            found.append((f"{lead}{own.title}", [by_label.get(label, "") for label in labels]))
    return found


def _fan_spec(fan: Fan) -> Spec:
    x = x_axis(fan.labels) | {"scale": {"type": "point", "domain": list(fan.labels), "padding": 0.2}}
    x["axis"] = {key: value for key, value in x["axis"].items() if key != "bandPosition"}
    low, high = (min(fan.values), max(fan.values)) if fan.values else (0.0, 1.0)
    axis: Spec = {"title": None if fan.is_share else fan.unit, "tickCount": 5, "domain": False, "ticks": False}
    if fan.is_share:
        low = min(low, _LEAST_SHARE)
        decimals = max(0, len(axis_percent([low, 1.0])) - 3)
        axis |= {"format": f".{decimals}%"}
        scale: Spec = {"domain": [max(0.0, low - 0.05 * (1.0 - low) - 1e-4), 1.0], "nice": False, "zero": False}
    else:
        axis |= {"format": "~s" if high >= 10_000 else ",~f"}
        scale = {"domain": [min(0.0, low), high * 1.02 if high > 0 else 1.0], "nice": True}
    y = {"field": "value", "type": "quantitative", "axis": axis, "scale": scale}
    layers: list[Spec] = []
    shades = {band.name: band.colour for band in fan.bands} | {line.name: line.colour for line in fan.lines}
    for band in fan.bands:
        values = [
            {"period": label, "value": one, "upper": other}
            for label, one, other in zip(fan.labels, band.low, band.high, strict=True)
        ]
        place = {"x": x, "y": y, "y2": {"field": "upper"}, "color": _series(band.name, shades)}
        layers.append({"data": {"values": values}, "mark": {"type": "area", "opacity": 1}, "encoding": place})
    for line in fan.lines:
        layers += _fan_line(fan, line, x, y, _series(line.name, shades))
    return {"layer": layers}


def _fan_line(fan: Fan, line: FanLine, x: Spec, y: Spec, colour: Spec) -> list[Spec]:
    values = [
        {"period": label, "value": value, "series": line.name, "said": text}
        for label, value, text in zip(fan.labels, line.values, line.texts, strict=True)
        if value is not None
    ]
    stroke: Spec = {"type": "line", "strokeWidth": 2.2}
    if line.colour == INK and len(fan.lines) > 1:
        stroke |= {"strokeDash": [6, 3]}
    tooltip = tips(("period", "when"), ("series", "what"), ("said", "value"))
    dot = {"type": "point", "filled": True, "size": 34, "opacity": 1}
    place = {"x": x, "y": y, "color": colour}
    return [
        {"data": {"values": values}, "mark": stroke, "encoding": place},
        {"data": {"values": values}, "mark": dot, "encoding": place | {"tooltip": tooltip}},
    ]


def tree_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a scenario tree: a line a branch along time, thicker the more probable it is."""
    table = document.table(chart.table)
    picture = tree_of(document, chart)
    periods = len(picture.labels)
    x = {"field": "x", "type": "quantitative", "axis": None,
         "scale": {"domain": [0, periods], "nice": False, "zero": False}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "axis": None,
         "scale": {"domain": [picture.count - 0.4, -0.7], "nice": False, "zero": False}}  # fmt: skip
    lines: list[Spec] = []
    words: list[Spec] = []
    for branch in picture.branches:
        thick = 1.0 + (_THICK - 1.0) * branch.chance
        hover = {"branch": branch.title, "known": branch.says}
        lines.append({"x": branch.start, "x2": branch.end, "y": branch.height, "y2": branch.height, "w": thick} | hover)
        if branch.parent_height is not None:
            ends = {"y": branch.parent_height, "y2": branch.height}
            lines.append({"x": branch.start, "x2": branch.start, **ends, "w": thick} | hover)
        words.append({"x": branch.start, "y": branch.height, "above": _cut(branch, branch.title, periods),
                      "below": _cut(branch, branch.says, periods)})  # fmt: skip
    tooltip = tips(("branch", "branch"), ("known", "what is known"))
    width = {"field": "w", "type": "quantitative", "scale": None, "legend": None}
    rule = {"type": "rule", "color": ACCENT, "strokeCap": "round"}
    layers = [
        _years(picture.labels, x, y, picture.count),
        {"data": {"values": lines}, "mark": rule,
         "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "strokeWidth": width,
                      "tooltip": tooltip}},
        _words(words, "above", -7, INK, x, y),
        _words(words, "below", 10, MUTED, x, y),
    ]  # fmt: skip
    shown = [place for place, own in enumerate(table.columns) if own.title]
    heads = tuple(table.columns[place].title for place in shown)
    cells = tuple(tuple(row[place] for place in shown) for row in texts(table))
    alt = f"{chart.title}: {len(picture.branches)} branches over {picture.labels[0]} to {picture.labels[-1]}."
    return Figure(
        name=chart.name, title=chart.title, caption=chart.note,
        panels=(Panel("", {"layer": layers}, 30 + _ROW * picture.count, alt),), grid=DisplayTable(heads, cells),
        least_width=_LEAST_TREE, source=chart.source or (chart.table,),
    )  # fmt: skip


def _cut(branch: DrawnBranch, text: str, periods: int) -> str:
    """Returns a text as far as it has room above its line."""
    room = int((branch.end - branch.start) / periods * _TREE_WIDTH / _LETTER) - 1
    return text if len(text) <= room else f"{text[: max(1, room - 1)]}…"


def _words(values: Sequence[Spec], field: str, down: int, colour: str, x: Spec, y: Spec) -> Spec:
    return {
        "data": {"values": list(values)},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 5, "dy": down, "fontSize": 11,
                 "color": colour},
        "encoding": {"x": x, "y": y, "text": {"field": field, "type": "nominal"}},
    }  # fmt: skip


def _years(labels: Sequence[str], x: Spec, y: Spec, count: int) -> Spec:
    """Returns a line at the begin of each year with its label."""
    firsts = [place for place, label in enumerate(labels) if place == 0 or label[:4] != labels[place - 1][:4]]
    values = [{"x": place, "label": labels[place][:4], "y": -0.7, "y2": count - 0.4} for place in firsts]
    rule = {"mark": {"type": "rule", "color": GRID}, "encoding": {"x": x, "y": y, "y2": {"field": "y2"}}}
    mark = {"type": "text", "align": "left", "baseline": "bottom", "dx": 2, "dy": -2, "fontSize": 11, "color": MUTED}
    words = {"mark": mark, "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "label", "type": "nominal"}}}
    return {"data": {"values": values}, "layer": [rule, words]}
