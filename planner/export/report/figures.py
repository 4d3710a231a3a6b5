"""All charts of a plan, and their files for slides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from planner.export.dossier import Dossier
from planner.export.report.figure import Figure
from planner.export.report.gantt import timeline_figure
from planner.export.report.money import budget_figure, cash_figure, worth_figure
from planner.export.report.quality import quality_figure
from planner.export.report.supply import fleet_figure, power_figure, service_figure, vendor_figure
from planner.export.report.vegalite import sized

_MAKERS = (
    timeline_figure,
    service_figure,
    cash_figure,
    budget_figure,
    worth_figure,
    power_figure,
    fleet_figure,
    vendor_figure,
    quality_figure,
)
_PNG_SCALE = 2.0
_BEYOND = re.compile(r"[\U00010000-\U0010FFFF]")


def figures(dossier: Dossier) -> dict[str, Figure]:
    """Returns the charts of a plan by name; those with nothing to show are left out."""
    made = [maker(dossier) for maker in _MAKERS]
    return {figure.name: figure for figure in made if figure.panels}


def charts(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """Returns the charts of a plan as complete Vega-Lite specifications, by name."""
    return {name: sized(figure) for name, figure in figures(dossier).items()}


def chart_files(dossier: Dossier, kinds: Sequence[str] = ("svg", "png")) -> dict[str, bytes]:
    """Returns each chart as files by name, such as `cash.svg`; kinds are `svg` and `png`.

    Raises:
        ValueError: there is no such kind.
    """
    import vl_convert

    found: dict[str, bytes] = {}
    for name, spec in charts(dossier).items():
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
