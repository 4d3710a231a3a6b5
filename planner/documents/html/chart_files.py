"""The charts of a document as files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from planner.documents.blocks import Document
from planner.documents.html.vega_charts import figures_of
from planner.documents.html.vegalite import sized
from planner.documents.safe_text import printable

_PNG_SCALE = 2.0
_BEYOND = re.compile(r"[\U00010000-\U0010FFFF]")


def charts_of(document: Document) -> dict[str, dict[str, Any]]:
    """Returns the charts on the page of a document as complete Vega-Lite specifications, by name.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    return {figure.name: sized(figure) for figure in figures_of(printable(document))}


def chart_files(document: Document, kinds: Sequence[str] = ("svg", "png")) -> dict[str, bytes]:
    """Returns each chart as files by name, such as `cash.svg`; kinds are `svg` and `png`.

    Raises:
        ValueError: there is no such kind.
    """
    import vl_convert

    found: dict[str, bytes] = {}
    for name, spec in charts_of(document).items():
        drawable = _drawable(spec)
        for kind in kinds:
            if kind == "svg":
                found[f"{name}.svg"] = vl_convert.vegalite_to_svg(drawable, vl_version="6.4").encode()
            elif kind == "png":
                found[f"{name}.png"] = vl_convert.vegalite_to_png(drawable, vl_version="6.4", scale=_PNG_SCALE)
            else:
                msg = f"'{kind}' is no kind of chart file: use svg or png."
                raise ValueError(msg)
    return found


def _drawable(part: Any) -> Any:  # noqa: ANN401  any part of a specification
    """Returns a specification in which signs beyond the first 65,536, such as emoji, are squares.

    Vega cuts labels that are too long between the two halves of such a sign, which the converter then refuses.
    """
    if isinstance(part, dict):
        return {key: _drawable(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_drawable(value) for value in part]
    return _BEYOND.sub("□", part) if isinstance(part, str) else part
