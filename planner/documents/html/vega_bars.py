"""Bars and tornados: one bar a row, or the two ends of an input from a shared zero."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import ChartBlock, Document
from planner.documents.chart_data import (
    MOST_BARS,
    MOST_INPUTS,
    Bar,
    Swing,
    axis_title,
    bars_of,
    column,
    end_text,
    swings_of,
)
from planner.documents.colours import ACCENT, ALERT, GOOD, INK, MUTED
from planner.documents.html.figure import DisplayTable, Figure, Panel, Spec
from planner.documents.html.vegalite import range_beside, text_room, tips

PALE = "#c3cbd3"
ENDS = ("#2f7fc1", "#d98200", "#7a2158", "#00795a")
_PALE_ENDS = ("#c9ddee", "#f3dcb8", "#e0c9d8", "#c4dfd8")
_DEARER, _CHEAPER, _OTHER, _NONE = "dearer", "cheaper", "beyond the gaps", "within the gaps"
_ROW, _FRAME, _LABEL = 26, 54, 270
_LEAST, _LEAST_BARS = 520, 150
"""Pixels of the narrowest chart, and of its bars alone."""


def bars_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a chart of bars, the largest first."""
    bars = bars_of(document, chart)
    shown = _most(bars, MOST_BARS)
    x, y = column(document.table(chart.table), chart.x)[1], column(document.table(chart.table), chart.y)[1]
    colours = _bar_colours(bars, is_coloured=bool(chart.colour) or any(bar.is_quiet for bar in bars))
    has_words = any(bar.word for bar in bars)
    places = _places([bar.label for bar in shown])
    rows: list[Spec] = [
        {"place": place, "label": bar.label, "value": bar.value, "text": bar.text, "word": bar.word or "–",
         "ink": colours[_word(bar)] if colours else chart.palette.get(bar.label, ACCENT),
         "text_ink": MUTED if bar.is_quiet else INK}
        for place, bar in zip(places, shown, strict=True)
    ]  # fmt: skip
    labelled = [(bar.value, bar.text) for bar in shown]
    axis = _amounts(axis_title(x), labelled, chart.reference)
    tooltip = tips(("label", y.title or "Row"), ("text", axis_title(x)), *([("word", "Finding")] if has_words else []))
    band = _band(places)
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "height": {"band": 0.66}},
            "encoding": {"x": axis, "y": band, "color": _literal("ink"), "tooltip": tooltip},
        },
        _ends("text"),
        *_reference(0.0 if chart.reference is None else chart.reference),
    ]
    panel = _panel(chart, {"data": {"values": rows}, "layer": _with_place(layers, axis, band)}, len(shown))
    legend = tuple((label, shade) for label, shade in colours.items() if any(_word(bar) == label for bar in shown))
    grid = DisplayTable((y.title, axis_title(x)), tuple((bar.label, bar.text) for bar in bars), frozenset({1}))
    width = _least_width(places, labelled)
    return _figure(chart, panel if shown else None, legend, grid, width, len(bars) - len(shown))


def tornado_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a tornado: the widest swing on top, ends within the gaps pale."""
    swings = swings_of(document, chart)
    shown = swings[:MOST_INPUTS]
    table = document.table(chart.table)
    x, y = column(table, chart.x)[1], column(table, chart.y)[1]
    words = list(dict.fromkeys(end for swing in swings for end in swing.ends))
    places = _places([swing.label for swing in shown])
    rows = [
        row
        for place, swing in zip(places, shown, strict=True)
        for row in _swing_rows(document, chart, place, swing, words)
    ]
    labelled = [(float(row["value"]), str(row["beside"])) for row in rows]
    axis = _amounts(axis_title(x), labelled, 0.0)
    layers = [_part(rows, name, *span) for name, span in _SPANS.items() if any(row["part"] == name for row in rows)]
    layers += [{"data": {"values": rows}, **layer} for layer in (_ends("beside"),)]
    layers += _reference(0.0)
    band = _band(places)
    panel = _panel(chart, {"layer": _with_place(layers, axis, band)}, len(shown))
    legend = [(word, ENDS[at % len(ENDS)]) for at, word in enumerate(words)]
    if any(bar.is_quiet for swing in shown for bar in swing.ends.values()):
        legend += [(f"{word}, within the gaps", _PALE_ENDS[at % len(ENDS)]) for at, word in enumerate(words)]
    body = tuple(
        (swing.label, *(swing.ends[word].text if word in swing.ends else "" for word in words)) for swing in swings
    )
    grid = DisplayTable((y.title, *words), body, frozenset(range(1, 1 + len(words))))
    width = _least_width(places, labelled)
    return _figure(chart, panel if shown else None, tuple(legend), grid, width, len(swings) - len(shown))


_SPANS = {"whole": (0.16, 0.84), "upper": (0.12, 0.48), "lower": (0.52, 0.88)}
_MIDDLES = {"whole": 0.5, "upper": 0.3, "lower": 0.7}


def _swing_rows(document: Document, chart: ChartBlock, place: str, swing: Swing, words: Sequence[str]) -> list[Spec]:
    """Both ends take the height of their row where zero parts them; on one side they lie one under the other."""
    rows: list[Spec] = []
    table = document.table(chart.table)
    for end, bar in swing.ends.items():
        at = words.index(end) % len(ENDS)
        part = "whole" if swing.is_split or len(swing.ends) == 1 else "upper" if at == 0 else "lower"
        end_label = end_text(table, bar, end)
        rows.append(
            {
                "place": place,
                "label": swing.label,
                "value": bar.value,
                "end": end_label,
                "text": bar.text,
                "word": bar.word or "–",
                "part": part,
                "beside": f"{end_label}: {bar.text}",
                "ink": (_PALE_ENDS if bar.is_quiet else ENDS)[at],
                "text_ink": MUTED if bar.is_quiet else INK,
            }
        )
    return rows


def _part(rows: Sequence[Spec], name: str, top: float, foot: float) -> Spec:
    tooltip = tips(("label", "Input"), ("end", "End"), ("text", "Change"), ("word", "Finding"))
    return {
        "data": {"values": [row for row in rows if row["part"] == name]},
        "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 0.5},
        "encoding": {
            "x2": {"datum": 0},
            "y": {"bandPosition": top},
            "y2": {"field": "place", "bandPosition": foot},
            "color": _literal("ink"),
            "tooltip": tooltip,
        },
    }


def _ends(field: str) -> Spec:
    """Numbers beside the ends of bars: to the right of positive ones, to the left of negative ones."""
    sides = []
    for test, align, offset in (("datum.value >= 0", "left", 4), ("datum.value < 0", "right", -4)):
        for part, middle in _MIDDLES.items() if field == "beside" else (("", 0.5),):
            within = f"{test} && datum.part === '{part}'" if part else test
            sides.append(
                {
                    "transform": [{"filter": within}],
                    "mark": {"type": "text", "align": align, "dx": offset, "fontSize": 10.5},
                    "encoding": {
                        "y": {"bandPosition": middle},
                        "text": {"field": field, "type": "nominal"},
                        "color": _literal("text_ink"),
                    },
                }
            )
    return {"layer": sides}


def _with_place(layers: Sequence[Spec], axis: Spec, band: Spec) -> list[Spec]:
    """Gives every layer the two axes; what a layer says itself goes before."""
    found = []
    for layer in layers:
        if "layer" in layer:
            found.append(layer | {"layer": _with_place(layer["layer"], axis, band)})
            continue
        own = layer.get("encoding", {})
        y = {} if layer.get("mark", {}).get("type") == "rule" else {"y": band | own.get("y", {})}
        found.append(layer | {"encoding": {"x": axis, **own, **y}})
    return found


def _reference(value: float) -> list[Spec]:
    return [
        {
            "data": {"values": [{"value": value}]},
            "mark": {"type": "rule", "color": MUTED, "strokeWidth": 1.2},
            "encoding": {},
        }
    ]


def _amounts(title: str, labelled: Sequence[tuple[float, str]], reference: float | None) -> Spec:
    """The axis of amounts, with room for the texts beside them at both ends."""
    known = [0.0, *(value for value, _ in labelled), *([] if reference is None else [reference])]
    low, high = min(known), max(known)
    axis = {"title": title, "format": ",~f" if high - low >= 1 else ",~g", "tickCount": 6, "domain": False}
    scale = {
        "domain": [low, high if high > low else low + 1.0],
        "range": range_beside(*_sides(labelled)),
        "nice": False,
        "zero": False,
    }
    return {"field": "value", "type": "quantitative", "axis": axis, "scale": scale}


def _sides(labelled: Sequence[tuple[float, str]]) -> tuple[list[str], list[str]]:
    """The texts to the left of negative amounts, and to the right of the others."""
    return [text for value, text in labelled if value < 0], [text for value, text in labelled if value >= 0]


def _least_width(labels: Sequence[str], labelled: Sequence[tuple[float, str]]) -> int:
    """The pixels that labels, bars and the texts beside them take at the least."""
    room = sum(map(text_room, _sides(labelled)))
    return max(_LEAST, min(_LABEL, text_room(labels)) + room + _LEAST_BARS)


def _band(places: Sequence[str]) -> Spec:
    axis = {"title": None, "labelLimit": _LABEL, "domain": False, "ticks": False, "grid": False, "labelPadding": 8}
    scale = {"domain": list(places), "padding": 0}
    return {"field": "place", "type": "ordinal", "scale": scale, "axis": axis}


def _places(labels: Sequence[str]) -> list[str]:
    """Returns labels that differ from each other: a label that stands twice is numbered."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


def _literal(field: str) -> Spec:
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _most(bars: Sequence[Bar], most: int) -> list[Bar]:
    """Returns the bars that weigh most, in the order that they stand in."""
    kept = sorted(sorted(range(len(bars)), key=lambda at: -abs(bars[at].value))[:most])
    return [bars[at] for at in kept]


def _word(bar: Bar) -> str:
    if bar.is_quiet:
        return _NONE
    return {"more": _DEARER, "less": _CHEAPER}.get(bar.word, _OTHER)


def _bar_colours(bars: Sequence[Bar], *, is_coloured: bool) -> dict[str, str]:
    if not is_coloured or not any(bar.word for bar in bars):
        return {}
    return {_DEARER: ALERT, _CHEAPER: GOOD, _OTHER: ACCENT, _NONE: PALE}


def _panel(chart: ChartBlock, spec: Spec, count: int) -> Panel:
    return Panel("", spec, _FRAME + _ROW * max(1, count), f"{chart.title}: {count} rows. {chart.note}".strip())


def _figure(
    chart: ChartBlock,
    panel: Panel | None,
    legend: tuple[tuple[str, str], ...],
    grid: DisplayTable,
    width: int,
    more: int,
) -> Figure:
    rest = f" {more} smaller ones are in the table." if more > 0 else ""
    return Figure(
        name=chart.name,
        title=chart.title,
        caption=f"{chart.note}{rest}".strip(),
        panels=() if panel is None else (panel,),
        legend=legend,
        grid=grid,
        least_width=width,
        source=(chart.table,),
    )
