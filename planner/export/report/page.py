"""The report as one page that opens without a network."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from planner.export.dossier import Dossier
from planner.export.report.figure import Figure
from planner.export.report.figures import figures
from planner.export.report.markup import Html, details, joined, json_block, table, tag
from planner.export.report.sections import Section, closing, opening, sections
from planner.export.report.vegalite import look, responsive

_PAGE_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"


def report_html(dossier: Dossier) -> str:
    """Returns the report of a plan: one file of about a megabyte, without any address on the network.

    Text of the input is shown as text; a content policy inside the page allows its own two scripts and nothing else.
    """
    drawn = figures(dossier)
    parts = sections(dossier, drawn)
    specs = {"look": look(font=_PAGE_FONT, legend=False), "panels": _panels(parts)}
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{dossier.case.settings.name}: plan"),
        Html(f"<style>{_asset('page.css')}</style>"),
        Html("<noscript><style>.plots,.legend{display:none}</style></noscript>"),
    )
    links = [tag("a", part.short, href=f"#{part.name}") for part in parts]
    main = tag("main", tag("nav", *links, aria_label="Sections"), *(_section(part) for part in parts))
    blocks = [Html(f"<script>{script}</script>") for script in _scripts()]
    body = tag("body", opening(dossier), main, closing(dossier), json_block("specs", specs), *blocks)
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _section(part: Section) -> Html:
    drawn = [_figure(part, place, figure) for place, figure in enumerate(part.figures)]
    return tag("section", tag("h2", part.title), *part.before, *drawn, *part.after, id=part.name)


def _figure(part: Section, place: int, figure: Figure) -> Html:
    plots = []
    for number, panel in enumerate(figure.panels):
        chart = tag(
            "div",
            class_="chart",
            id=_place(part, place, number),
            role="img",
            aria_label=panel.alt,
            style=f"min-width:{figure.least_width}px;min-height:{panel.height}px",
        )
        head = [tag("h3", panel.title)] if panel.title else []
        plots.append(tag("div", *head, tag("div", chart, class_="wide")))
    keys = [tag("li", tag("i", style=f"background:{shade}"), label) for label, shade in figure.legend]
    legend = [tag("ul", *keys, class_="legend")] if keys else []
    title = [tag("h3", figure.title)] if figure.title != part.title else []
    notes = [tag("p", note, class_="caption") for note in figure.notes]
    source = tag("p", f"From {', '.join(figure.source)}.", class_="caption")
    shown = tag("div", *plots, class_=f"plots c{figure.columns}")
    return joined(
        tag("div", *title, tag("p", figure.caption, class_="caption"), *legend, shown, class_="figure"),
        details(f"{figure.title}: the numbers", table(figure.grid, caption=figure.title), *notes, source),
    )


def _panels(parts: list[Section]) -> dict[str, Any]:
    return {
        _place(part, place, number): responsive(panel.spec, panel.height)
        for part in parts
        for place, figure in enumerate(part.figures)
        for number, panel in enumerate(figure.panels)
    }


def _place(part: Section, place: int, number: int) -> str:
    return f"{part.name}-{place}-{number}"


@cache
def _asset(name: str) -> str:
    return (files("planner.export.report") / name).read_text(encoding="utf-8")


def _scripts() -> tuple[str, str]:
    return _asset("vega.js"), _asset("page.js")


@cache
def _policy() -> str:
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in _scripts())
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
