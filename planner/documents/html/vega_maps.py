"""Maps of two inputs, and of plans by futures: a coloured cell each, and the frontier between decisions."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.blocks import ChartBlock, Document
from planner.documents.chart_data import Map, Square, axis_title, column, map_of, variants_of
from planner.documents.colours import INK
from planner.documents.html.figure import DisplayTable, Figure, Panel, Spec
from planner.documents.html.vegalite import tips

WARM = ("#ffffff", "#d9603b")
COOL = ("#f2f7fc", "#1f5f99")
_BELOW = "#1b7a4b"
UNKNOWN = "#d4d8dc"
_CELL, _FRAME, _MOST_MARK = 44, 70, 18
_DARK = 0.42
_GAPS = "none"
_MOST_VARIANTS = 12


def map_figure(document: Document, chart: ChartBlock) -> Figure:
    """Returns the figure of a map, with the frontier between cells of a grid whose marks differ."""
    table = document.table(chart.table)
    found = map_of(document, chart)
    x, y, value = (column(table, name)[1] for name in (chart.x, chart.y, chart.colour))
    spec = _spec(found, axis_title(x) if found.is_grid else x.title, axis_title(y) if found.is_grid else y.title)
    panel = Panel("", spec, _FRAME + _CELL * len(found.down), f"{chart.title}: {len(found.squares)} cells.")
    variants = variants_of(document, chart) if found.is_grid else []
    notes = [f"{mark}: {decisions}" for mark, decisions in variants[:_MOST_VARIANTS]]
    if len(variants) > _MOST_VARIANTS:
        notes.append(f"and {len(variants) - _MOST_VARIANTS} more, which the table tells.")
    return Figure(
        name=chart.name,
        title=chart.title,
        caption=chart.note,
        panels=(panel,) if found.squares else (),
        legend=_legend(found, axis_title(value)),
        grid=_grid(found, y.title),
        least_width=190 + 62 * len(found.across),
        source=(chart.table,),
        notes=tuple(notes),
    )


def shade(value: float | None, values: Sequence[float]) -> str:
    """Returns the colour of a value among others: white for zero where none lies below, else from pale to dark."""
    if value is None:
        return UNKNOWN
    low, high = min(values), max(values)
    if low < 0 < high:
        share = value / max(high, -low)
        return _between("#ffffff", WARM[1] if share > 0 else _BELOW, abs(share))
    light, dark = WARM if low == 0 else COOL
    return _between(light, dark, (value - low) / (high - low) if high > low else 0.0)


def _spec(found: Map, x_title: str, y_title: str) -> Spec:
    # Labels stand in the data and places are bands, so no text of the inputs is ever part of an expression.
    x = _band("x", found.across) | {"axis": _axis(x_title, is_across=True)}
    y = _band("y", found.down) | {"axis": _axis(y_title, is_across=False)}
    rows = [_row(found, square) for square in found.squares]
    tooltip = tips(("x", "Across"), ("y", "Down"), ("text", "Value"), ("mark", "Mark"))
    layers: list[Spec] = [
        {
            "data": {"values": rows},
            "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 1},
            "encoding": {"x": x, "y": y, "color": _literal("fill"), "tooltip": tooltip},
        }
    ]
    lines = (("mark", 0.36, 12.5, "bold"), ("text", 0.7, 10, "normal")) if found.is_grid else (("mark", 0.5, 11, ""),)
    for field, middle, size, weight in lines:
        mark = {"type": "text", "fontSize": size, "fontWeight": weight or "normal"}
        place = {"x": x | {"bandPosition": 0.5}, "y": y | {"bandPosition": middle}}
        text = {"text": {"field": field, "type": "nominal"}, "color": _literal("ink")}
        layers.append({"data": {"values": rows}, "mark": mark, "encoding": place | text})
    return {"layer": [*layers, *_frontier(found, x, y)]}


def _row(found: Map, square: Square) -> Spec:
    mark = square.mark if len(square.mark) <= _MOST_MARK else f"{square.mark[: _MOST_MARK - 1]}…"
    return {
        "x": found.across[square.across],
        "y": found.down[square.down],
        "text": square.text,
        "mark": mark or ("" if found.is_grid else square.text),
        "fill": shade(square.value, found.values),
        "ink": _ink(square, found),
    }


def _ink(square: Square, found: Map) -> str:
    if square.mark == _GAPS:
        return "#7c868f"
    return "#ffffff" if _brightness(shade(square.value, found.values)) < _DARK else INK


def _frontier(found: Map, x: Spec, y: Spec) -> list[Spec]:
    """Rules along the sides that two cells with different marks share."""
    right: list[Spec] = []
    below: list[Spec] = []
    for one, other in found.borders():
        place = {"x": found.across[one.across], "y": found.down[one.down]}
        (right if other.across > one.across else below).append(place)
    rule = {"type": "rule", "color": INK, "strokeWidth": 3, "strokeCap": "square"}
    ends = {"x2": {"field": "x", "bandPosition": 1}}, {"y2": {"field": "y", "bandPosition": 1}}
    sides = (
        (right, {"x": x | {"bandPosition": 1}, "y": y | {"bandPosition": 0}, **ends[1]}),
        (below, {"x": x | {"bandPosition": 0}, "y": y | {"bandPosition": 1}, **ends[0]}),
    )
    return [{"data": {"values": rows}, "mark": rule, "encoding": place} for rows, place in sides if rows]


def _band(field: str, labels: Sequence[str]) -> Spec:
    return {"field": field, "type": "ordinal", "scale": {"domain": list(labels), "padding": 0}}


def _axis(title: str, *, is_across: bool) -> Spec:
    axis: Spec = {"title": title, "domain": False, "ticks": False, "grid": False, "labelLimit": 200}
    return axis | ({"labelAngle": 0, "labelLimit": 110, "labelOverlap": False} if is_across else {})


def _legend(found: Map, title: str) -> tuple[tuple[str, str], ...]:
    values = found.values
    if not values:
        return ()
    by_value = {square.value: square.text for square in found.squares}
    ends = sorted({min(values), max(values)})
    legend = [(f"{title}: {by_value[value]}", shade(value, values)) for value in ends]
    return (*legend, ("no plan", UNKNOWN)) if any(square.value is None for square in found.squares) else tuple(legend)


def _grid(found: Map, corner: str) -> DisplayTable:
    cells = {(square.across, square.down): square for square in found.squares}
    body = []
    for j, label in enumerate(found.down):
        row = [label]
        for i in range(len(found.across)):
            square = cells.get((i, j))
            shown = "" if square is None else square.text
            row.append(f"{shown} ({square.mark})" if square is not None and found.is_grid and square.mark else shown)
        body.append(tuple(row))
    return DisplayTable((corner, *found.across), tuple(body), frozenset(range(1, 1 + len(found.across))))


def _literal(field: str) -> Spec:
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _between(light: str, dark: str, share: float) -> str:
    pairs = [(int(light[i : i + 2], 16), int(dark[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _brightness(shade_of: str) -> float:
    red, green, blue = (int(shade_of[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue
