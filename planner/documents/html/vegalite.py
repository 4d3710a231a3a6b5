"""Pieces of Vega-Lite: look and axes. Names from the input go in as data, never as an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner.documents.colours import GRID, INK, MUTED
from planner.documents.html.figure import Figure, Spec

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_PANEL_WIDTH = {1: 860, 2: 410, 3: 270}
_MOST_LABELS = 14
_LETTER, _BESIDE = 7, 8
"""Pixels of a letter of a wide font in texts beside bars, and what parts them from the bar and the edge."""


def look(*, font: str, legend: bool) -> Spec:
    """Returns the configuration that all charts share."""
    return {
        "font": font,
        "background": "#ffffff",
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
            "labelFontSize": 11,
            "titleFontSize": 11,
            "gridColor": GRID,
            "domainColor": MUTED,
            "tickColor": MUTED,
            "labelLimit": 190,
        },
        "title": {"color": INK, "fontSize": 13, "anchor": "start", "fontWeight": "bold"},
        "legend": {
            "disable": not legend,
            "orient": "bottom",
            "columns": 5,
            "labelColor": INK,
            "labelLimit": 200,
            "title": None,
            "symbolType": "square",
        },
    }


def x_axis(labels: Sequence[str]) -> Spec:
    """Returns the x encoding of period labels in the field `period`."""
    axis: Spec = {"title": None, "labelAngle": 0, "grid": False, "labelOverlap": "parity", "labelSeparation": 4}
    if len(labels) > _MOST_LABELS and len({label[:4] for label in labels}) < len(labels):
        firsts = [label for place, label in enumerate(labels) if place == 0 or label[:4] != labels[place - 1][:4]]
        axis |= {
            "values": firsts,
            "labelExpr": "slice(datum.value, 0, 4)",
            "bandPosition": 0,
            "labelAlign": "left",
        }
    return {
        "field": "period",
        "type": "ordinal",
        "scale": {"domain": list(labels), "paddingInner": 0.12, "paddingOuter": 0.06},
        "axis": axis,
    }


def y_axis(title: str, most: float, **more: Any) -> Spec:  # noqa: ANN401  parts of a specification
    """Returns the y encoding of the field `value` with an axis whose numbers suit its largest value."""
    form = "~s" if most >= 10_000 else ",~f"
    axis = {"title": title, "format": form, "tickCount": 5, "domain": False, "ticks": False}
    return {"field": "value", "type": "quantitative", "axis": axis} | more


def range_beside(texts_left: Sequence[str], texts_right: Sequence[str]) -> list[Any]:
    """Returns the range of an x scale that leaves room for texts beside the ends of bars, however wide the chart is.

    Only for a chart of a single panel, whose width is the signal `width`.
    """
    return [text_room(texts_left), {"expr": f"width - {text_room(texts_right)}"}]


def text_room(texts: Sequence[str]) -> int:
    """Returns the pixels that the longest of some texts takes beside a bar; 0 where there is none."""
    return max((len(text) for text in texts), default=0) * _LETTER + _BESIDE if texts else 0


def colour(series: Mapping[str, str]) -> Spec:
    """Returns the colour encoding of the field `series`, by label and colour."""
    scale = {"domain": list(series), "range": list(series.values())}
    return {"field": "series", "type": "nominal", "scale": scale, "title": None}


def tips(*fields: tuple[str, str]) -> list[Spec]:
    """Returns the tooltip of text fields, given as field and title."""
    return [{"field": name, "type": "nominal", "title": title} for name, title in fields]


def sized(figure: Figure, *, font: str = FONT) -> Spec:
    """Returns a whole figure as one specification with a size, a title and a legend, for files and slides."""
    width = _PANEL_WIDTH.get(figure.columns, 270)
    head = {
        "$schema": SCHEMA,
        "config": look(font=font, legend=True),
        "description": f"{figure.title}. {figure.caption}",
    }
    title = {"text": figure.title, "fontSize": 16, "offset": 12}
    if len(figure.panels) == 1:
        only = figure.panels[0]
        return {**head, "title": title, **only.spec, "width": width, "height": only.height}
    panels = [{"title": panel.title, **panel.spec, "width": width, "height": panel.height} for panel in figure.panels]
    return {**head, "title": title, "concat": panels, "columns": figure.columns}


def responsive(spec: Spec, height: int) -> Spec:
    """Returns a panel that takes the width of its place in the page."""
    size = {"width": "container", "height": height, "autosize": {"type": "fit-x", "contains": "padding"}}
    return {**size, **spec}
