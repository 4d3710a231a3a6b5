"""The report of a study: one file that opens offline, findings first, then charts, tables and where they come from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from planner.export.report.figure import Figure
from planner.export.report.markup import Html, details, joined, json_block, tag
from planner.export.report.markup import table as grid_table
from planner.export.report.vegalite import look, responsive
from planner.export.study.cells import is_blank, is_numeric, quiet_cells, texts
from planner.export.study.facts import LEGEND, facts_of
from planner.export.study.figures import figures_of
from planner.versions import version
from planner.whatif.study import Study, StudyColumn, StudyTable

MOST_OPEN = 24
_MANY = 7
_LONG, _SHORT = 34, 20
"""Columns of text from this width on may wrap; narrower than that, they may be told once for all rows."""
_PAGE_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"
_NOSCRIPT = "Charts need scripts, which are switched off here. The tables below hold every number of them."


def study_html(study: Study, run: str) -> str:
    """Returns the report of a study: one file without any address on the network.

    Text of the study is shown as text; a content policy inside the page allows its own two scripts and nothing else.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    drawn = figures_of(study)
    scripts = [_asset("planner.export.report", "vega.js"), _asset("planner.export.report", "page.js")]
    panels = {
        _place(place, number): responsive(panel.spec, panel.height)
        for place, figure in enumerate(drawn)
        for number, panel in enumerate(figure.panels)
    }
    style = _asset("planner.export.report", "page.css") + _asset("planner.export.study", "study.css")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{study.case_name}: {study.title}"),
        Html(f"<style>{style}</style>"),
        Html("<noscript><style>.plots,.legend{display:none}</style></noscript>"),
    )
    specs = {"look": look(font=_PAGE_FONT, legend=False), "panels": panels}
    blocks = [Html(f"<script>{script}</script>") for script in scripts]
    foot = tag("footer", tag("p", f"Study {run} of {study.case_name}, written by fleetplan {version()}."))
    body = tag("body", _opening(study, run), _main(study, run, drawn), foot, json_block("specs", specs), *blocks)
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _opening(study: Study, run: str) -> Html:
    first, *rest = [*study.headlines, ""] if study.headlines else [""]
    said = [tag("li", line) for line in rest if line]
    return tag(
        "header",
        tag("p", f"{study.case_name} · study {run}", class_="kicker"),
        tag("h1", study.title),
        *([tag("p", first, class_="lead")] if first else []),
        *([tag("ul", *said, class_="claims findings")] if said else []),
        tag("noscript", tag("p", _NOSCRIPT)),
    )


def _main(study: Study, run: str, drawn: list[Figure]) -> Html:
    tables = [_table_section(study, table, place) for place, table in enumerate(study.tables)]
    parts = [(f"chart-{place}", figure.title, _chart_section(place, figure)) for place, figure in enumerate(drawn)]
    parts += [(f"table-{place}", table.title, tables[place]) for place, table in enumerate(study.tables)]
    if study.notes:
        notes = tag("ul", *(tag("li", note) for note in study.notes))
        parts.append(("notes", "What limits this", tag("section", tag("h2", "What limits this"), notes, id="notes")))
    parts.append(("about", "About", _about(study, run)))
    links = [tag("a", title, href=f"#{name}") for name, title, _ in parts]
    return tag("main", tag("nav", *links, aria_label="Sections"), *(section for _, _, section in parts))


def _chart_section(place: int, figure: Figure) -> Html:
    plots = []
    for number, panel in enumerate(figure.panels):
        style = f"min-width:{figure.least_width}px;min-height:{panel.height}px"
        chart = tag("div", class_="chart", id=_place(place, number), role="img", aria_label=panel.alt, style=style)
        plots.append(tag("div", tag("div", chart, class_="wide")))
    keys = [tag("li", tag("i", style=f"background:{shade}"), label) for label, shade in figure.legend]
    caption = [tag("p", figure.caption, class_="caption")] if figure.caption else []
    legend = [tag("ul", *keys, class_="legend")] if keys else []
    notes = [tag("ul", *(tag("li", note) for note in figure.notes), class_="variants")] if figure.notes else []
    shown = tag("div", *caption, *legend, tag("div", *plots, class_="plots c1"), *notes, class_="figure")
    numbers = details(f"{figure.title}: the numbers", grid_table(figure.grid, caption=figure.title))
    return tag("section", tag("h2", figure.title), shown, numbers, id=f"chart-{place}")


def _table_section(study: Study, table: StudyTable, place: int) -> Html:
    head = [tag("h2", table.title), *([tag("p", table.note, class_="caption")] if table.note else [])]
    if not table.rows:
        return tag("section", *head, tag("p", "None."), id=f"table-{place}")
    shown = _table(study, table)
    if len(table.rows) > MOST_OPEN and place:
        shown = details(f"{len(table.rows):,} rows", shown, class_="rows")
    return tag("section", *head, shown, id=f"table-{place}")


def _table(study: Study, table: StudyTable) -> Html:
    same = _same(table)
    ranges = _ranges(table)
    folded = {place for pair in ranges.values() for place in pair} | same.keys()
    kept = [place for place in range(len(table.columns)) if place not in folded and not is_blank(table, place)]
    quiet = quiet_cells(study, table)
    heads = tag("tr", *(_head(table.columns[place]) for place in kept))
    body = []
    for at, row in enumerate(texts(table)):
        cells = []
        for place in kept:
            ends = [row[end] for end in ranges.get(place, ())]
            cells.append(_cell(table, (at, place), row[place], ends, is_quiet=(at, place) in quiet))
        body.append(tag("tr", *cells, class_="strong" if at in table.bold else None))
    width = "tight" if len(kept) > _MANY else None
    inner = tag("table", tag("caption", table.title), tag("thead", heads), tag("tbody", *body), class_=width)
    box = tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=table.title)
    says = [f"{table.columns[place].title} {text}" for place, text in same.items()]
    said = [f"The same in every row: {', '.join(says)}."] if says else []
    said += ["Small below a difference: the ends between which it is proven to lie."] if ranges else []
    return joined(box, *([tag("p", " ".join(said), class_="caption")] if said else []))


def _same(table: StudyTable) -> dict[int, str]:
    """Narrow columns of text that say the same in every row are told once."""
    found = {}
    for place, column in enumerate(table.columns):
        said = {row[place] for row in table.rows}
        text = next(iter(said))
        is_short = isinstance(text, str) and text and column.width < _SHORT
        if place and len(table.rows) > 1 and len(said) == 1 and is_short and not is_numeric(column):
            found[place] = str(text)
    return found


def _ranges(table: StudyTable) -> dict[int, tuple[int, int]]:
    """Differences by place, with the places of the ends between which they are proven."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    found = {}
    for name, place in places.items():
        lead = name.removesuffix("_musd")
        ends = places.get(f"{lead}_least_musd"), places.get(f"{lead}_most_musd")
        if ends[0] is not None and ends[1] is not None:
            found[place] = ends[0], ends[1]
    return found


def _head(column: StudyColumn) -> Html:
    unit = [tag("span", column.unit, class_="unit")] if column.unit else []
    return tag("th", column.title, *unit, scope="col", class_="n" if is_numeric(column) else None)


def _cell(table: StudyTable, at: tuple[int, int], text: str, ends: Sequence[str], *, is_quiet: bool) -> Html:
    column = table.columns[at[1]]
    marks = [
        "n" if is_numeric(column) else "",
        "quiet" if is_quiet else "",
        "long" if not is_numeric(column) and column.width >= _LONG else "",
        "brief" if not is_numeric(column) and len(text) < _SHORT else "",
    ]
    marked = " ".join(mark for mark in marks if mark) or None
    if at[1] == 0 and not is_numeric(column):
        return tag("th", text, scope="row", class_=marked)
    told = [tag("span", f"{ends[0]} to {ends[1]}", class_="range")] if any(ends) else []
    return tag("td", text, *told, class_=marked)


def _about(study: Study, run: str) -> Html:
    facts = [part for name, value in facts_of(study, run) for part in (tag("dt", name), tag("dd", value))]
    legend = tag("ul", *(tag("li", line) for line in LEGEND))
    return tag("section", tag("h2", "About"), tag("dl", *facts), tag("h3", "How to read it"), legend, id="about")


def _place(place: int, number: int) -> str:
    return f"panel-{place}-{number}"


@cache
def _asset(package: str, name: str) -> str:
    return (files(package) / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
