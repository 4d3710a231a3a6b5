"""A document as one page that opens offline: findings, sections, what limits it, and where it is from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from planner.documents.blocks import (
    BesideBlock,
    Block,
    ChartBlock,
    Column,
    Document,
    FactsBlock,
    Medium,
    Section,
    Sentence,
    TableBlock,
    TextBlock,
    Tone,
)
from planner.documents.cell_text import cell_lines, is_blank, is_numeric, texts
from planner.documents.html.vega_charts import figure_of
from planner.documents.safe_text import printable
from planner.export.report.figure import Figure, Panel
from planner.export.report.markup import Html, details, joined, json_block, tag
from planner.export.report.markup import table as grid_table
from planner.export.report.vegalite import look, responsive

MOST_ROWS = 400
"""Rows of a table that a page shows; the workbook has all of them."""
_MANY = 7
_LONG, _SHORT = 34, 20
"""Columns of text from this width on may wrap; narrower than that, they may be told once for all rows."""
_MARKS = {Tone.GOOD: "✔", Tone.CARE: "!"}
_PAGE_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, Liberation Sans, sans-serif"
_NOSCRIPT = "Charts need scripts, which are switched off here. The tables below hold every number of them."


class _Panels:
    """The plots of a page, numbered as they are placed."""

    def __init__(self) -> None:
        self.placed: dict[str, Panel] = {}

    def place(self, panel: Panel) -> str:
        """Takes a plot and returns the anchor at which the page's script draws it."""
        name = f"panel-{len(self.placed)}"
        self.placed[name] = panel
        return name


def document_html(document: Document) -> str:
    """Returns a document as one file without any address on the network.

    Text of the document is shown as text; a content policy inside the page allows its own two scripts and nothing
    else.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    document, panels = printable(document), _Panels()
    main = _main(document, panels)
    scripts = [_asset("planner.export.report", "vega.js"), _asset("planner.export.report", "page.js")]
    style = _asset("planner.export.report", "page.css") + _asset("planner.documents.html", "document.css")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{document.subject}: {document.title}"),
        Html(f"<style>{style}</style>"),
        Html("<noscript><style>.plots,.legend{display:none}</style></noscript>"),
    )
    drawn = {name: responsive(panel.spec, panel.height) for name, panel in panels.placed.items()}
    specs = {"look": look(font=_PAGE_FONT, legend=False), "panels": drawn}
    blocks = [Html(f"<script>{script}</script>") for script in scripts]
    foot = tag("footer", tag("p", document.footer))
    body = tag("body", _opening(document), main, foot, json_block("specs", specs), *blocks)
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _opening(document: Document) -> Html:
    lead = [line for line in document.headlines if line.tone is Tone.STRONG]
    said = [line for line in document.headlines if line.tone is not Tone.STRONG]
    return tag(
        "header",
        tag("p", f"{document.subject} · {document.source}", class_="kicker"),
        tag("h1", document.title),
        *(tag("p", line.text, class_="lead") for line in lead),
        *([_sentences(said, "claims findings")] if said else []),
        tag("noscript", tag("p", _NOSCRIPT)),
    )


def _sentences(lines: Sequence[Sentence], style: str) -> Html:
    return tag("ul", *(tag("li", *_sentence(line), class_=_style(line)) for line in lines), class_=style)


def _sentence(line: Sentence) -> Iterator[str]:
    if line.tone in _MARKS:
        yield tag("b", _MARKS[line.tone])
        yield " "
    yield line.text


def _style(line: Sentence) -> str | None:
    return {Tone.CARE: "care", Tone.FAINT: "quiet", Tone.STRONG: "strong"}.get(line.tone)


def _main(document: Document, panels: _Panels) -> Html:
    parts = []
    for section in document.sections_in(Medium.PAGE):
        made = _section(document, section, panels)
        if made is not None:
            parts.append((section.name, section.short or section.title, made))
    if document.notes:
        notes = tag("ul", *(tag("li", note) for note in document.notes))
        parts.append(("notes", "What limits this", tag("section", tag("h2", "What limits this"), notes, id="notes")))
    if document.facts:
        parts.append(("about", "About", _about(document)))
    links = [tag("a", title, href=f"#{name}") for name, title, _ in parts]
    return tag("main", tag("nav", *links, aria_label="Sections"), *(section for _, _, section in parts))


def _section(document: Document, section: Section, panels: _Panels) -> Html | None:
    drawn = [made for block in section.blocks if (made := _block(document, section, block, panels)) is not None]
    if not drawn:
        return None
    notes = [block.note for block in section.blocks if isinstance(block, TableBlock) and block.title == section.title]
    captions = [tag("p", note, class_="caption") for note in notes if note]
    return tag("section", tag("h2", section.title), *captions, *drawn, id=section.name)


def _block(document: Document, section: Section, block: Block, panels: _Panels) -> Html | None:
    if isinstance(block, TextBlock):
        if block.is_list:
            return _sentences(block.sentences, "points")
        return joined(*(tag("p", *_sentence(line), class_=_style(line)) for line in block.sentences))
    if isinstance(block, FactsBlock):
        return tag("dl", *(part for name, value in block.facts for part in (tag("dt", name), tag("dd", value))))
    if isinstance(block, BesideBlock):
        return tag("div", *(tag("div", _titled(section, table)) for table in block.tables), class_="beside")
    if isinstance(block, ChartBlock):
        figure = figure_of(document, block)
        return None if figure is None else _chart(section, figure, panels)
    if not section.is_folded:
        return _titled(section, block)
    count = f"{len(block.rows):,} row{'' if len(block.rows) == 1 else 's'}"
    summary = count if block.title == section.title else f"{block.title}: {count}"
    return details(summary, _table(block) if block.rows else tag("p", "None."), class_="rows")


def _titled(section: Section, table: TableBlock) -> Html:
    own = table.title != section.title
    head = [tag("h3", table.title), *([tag("p", table.note, class_="caption")] if table.note else [])] if own else []
    return joined(*head, _table(table) if table.rows else tag("p", "None."))


def _chart(section: Section, figure: Figure, panels: _Panels) -> Html:
    plots = []
    for panel in figure.panels:
        style = f"min-width:{figure.least_width}px;min-height:{panel.height}px"
        chart = tag("div", class_="chart", id=panels.place(panel), role="img", aria_label=panel.alt, style=style)
        head = [tag("h3", panel.title)] if panel.title else []
        plots.append(tag("div", *head, tag("div", chart, class_="wide")))
    keys = [tag("li", tag("i", style=f"background:{shade}"), label) for label, shade in figure.legend]
    title = [tag("h3", figure.title)] if figure.title != section.title else []
    caption = [tag("p", figure.caption, class_="caption")] if figure.caption else []
    legend = [tag("ul", *keys, class_="legend")] if keys else []
    notes = [tag("ul", *(tag("li", note) for note in figure.notes), class_="variants")] if figure.notes else []
    plotted = tag("div", *plots, class_=f"plots c{figure.columns}")
    shown = tag("div", *title, *caption, *legend, plotted, *notes, class_="figure")
    numbers = details(f"{figure.title}: the numbers", grid_table(figure.grid, caption=figure.title))
    return joined(shown, numbers)


def _table(table: TableBlock) -> Html:
    same, ranges = _same(table), _ranges(table)
    folded = {place for pair in ranges.values() for place in pair} | same.keys()
    kept = [place for place in range(len(table.columns)) if place not in folded and not is_blank(table, place)]
    heads = tag("tr", *(_head(table.columns[place]) for place in kept))
    body = []
    for at, row in enumerate(texts(table)[:MOST_ROWS]):
        cells = []
        for place in kept:
            ends = [row[end] for end in ranges.get(place, ())]
            cells.append(_cell(table, (at, place), row[place], ends))
        body.append(tag("tr", *cells, class_="strong" if at in table.bold else None))
    width = "tight" if len(kept) > _MANY else None
    inner = tag("table", tag("caption", table.title), tag("thead", heads), tag("tbody", *body), class_=width)
    box = tag("div", inner, class_="scroll", tabindex="0", role="region", aria_label=table.title)
    says = [f"{table.columns[place].title} {text}" for place, text in same.items()]
    rest = len(table.rows) - MOST_ROWS
    said = [f"and {rest:,} more; the workbook has all of them."] if rest > 0 else []
    said += [f"The same in every row: {', '.join(says)}."] if says else []
    said += ["Small below a difference: the ends between which it is proven to lie."] if ranges else []
    return joined(box, *([tag("p", " ".join(said), class_="caption")] if said else []))


def _same(table: TableBlock) -> dict[int, str]:
    """Narrow columns of text that say the same in every row are told once."""
    found = {}
    for place, column in enumerate(table.columns):
        said = {row[place] for row in table.rows}
        text = next(iter(said))
        is_short = isinstance(text, str) and text and column.width < _SHORT
        if place and len(table.rows) > 1 and len(said) == 1 and is_short and not is_numeric(column):
            found[place] = str(text)
    return found


def _ranges(table: TableBlock) -> dict[int, tuple[int, int]]:
    """Differences by place, with the places of the ends between which they are proven."""
    return {
        place: (table.place(column.ends[0]), table.place(column.ends[1]))
        for place, column in enumerate(table.columns)
        if column.ends is not None
    }


def _head(column: Column) -> Html:
    unit = [tag("span", column.unit, class_="unit")] if column.unit else []
    return tag("th", column.title, *unit, scope="col", class_="n" if is_numeric(column) else None)


def _cell(table: TableBlock, at: tuple[int, int], text: str, ends: Sequence[str]) -> Html:
    column = table.columns[at[1]]
    marks = [
        "n" if is_numeric(column) else "",
        "quiet" if at in table.quiet else "",
        "long" if not is_numeric(column) and column.width >= _LONG else "",
        "brief" if not is_numeric(column) and len(text) < _SHORT else "",
    ]
    marked = " ".join(mark for mark in marks if mark) or None
    lines = _broken(cell_lines(table, *at, text))
    if at[1] == 0 and not is_numeric(column):
        return tag("th", *lines, scope="row", class_=marked)
    told = [tag("span", f"{ends[0]} to {ends[1]}", class_="range")] if any(ends) else []
    return tag("td", *lines, *told, class_=marked)


def _broken(lines: Sequence[str]) -> list[str]:
    first, *rest = lines or ("",)
    return [first, *(part for line in rest for part in (tag("br"), line))]


def _about(document: Document) -> Html:
    facts = [part for name, value in document.facts for part in (tag("dt", name), tag("dd", value))]
    legend = tag("ul", *(tag("li", line) for line in document.how_to_read))
    return tag("section", tag("h2", "About"), tag("dl", *facts), tag("h3", "How to read it"), legend, id="about")


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
