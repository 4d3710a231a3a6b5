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
    Document,
    FactsBlock,
    Medium,
    Section,
    Sentence,
    TableBlock,
    TextBlock,
    Tile,
    TimelineBlock,
    Tone,
)
from planner.documents.html.figure import Figure, Panel
from planner.documents.html.html_table import list_html, table_html
from planner.documents.html.markup import Html, details, joined, json_block, tag
from planner.documents.html.markup import table as grid_table
from planner.documents.html.vega_charts import figure_of
from planner.documents.html.vegalite import look, responsive
from planner.documents.safe_text import printable

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
    scripts = [_asset("vega.js"), _asset("page.js")]
    style = _asset("page.css") + _asset("document.css")
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
    headlines = document.headlines_in(Medium.PAGE)
    lead = [line for line in headlines if line.tone is Tone.STRONG]
    said = [line for line in headlines if line.tone is not Tone.STRONG]
    return tag(
        "header",
        tag("p", f"{document.subject} · {document.source}", class_="kicker"),
        tag("h1", document.title),
        *(tag("p", line.text, class_="lead") for line in lead),
        *([_sentences(said, "claims findings")] if said else []),
        *([tag("ul", *map(_tile, document.tiles), class_="tiles")] if document.tiles else []),
        tag("noscript", tag("p", _NOSCRIPT)),
    )


def _tile(tile: Tile) -> Html:
    parts = (tile.label, "l"), (tile.value, "v"), (tile.unit, "u")
    return tag("li", *(tag("span", text, class_=style) for text, style in parts))


def _sentences(lines: Sequence[Sentence], style: str) -> Html:
    return tag("ul", *(tag("li", *_sentence(line), class_=_style(line)) for line in lines), class_=style)


def _sentence(line: Sentence) -> Iterator[str]:
    if line.tone in _MARKS:
        yield tag("b", _MARKS[line.tone])
        yield " "
    yield line.text


def _style(line: Sentence) -> str | None:
    return {Tone.GOOD: "good", Tone.CARE: "care", Tone.FAINT: "quiet", Tone.STRONG: "strong"}.get(line.tone)


def _main(document: Document, panels: _Panels) -> Html:
    parts: list[tuple[str, str, Html]] = []
    for section in document.sections_in(Medium.PAGE):
        made = _section(document, section, panels)
        if made is None:
            continue
        if section.is_continued and parts:
            name, title, before = parts.pop()
            parts.append((name, title, joined(before, made)))
        else:
            parts.append((section.name, section.short or section.title, made))
    parts = [(name, title, tag("section", made, id=name)) for name, title, made in parts]
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
    drawn += [_folded(section, table) for table in section.details]
    return joined(tag("h3" if section.is_continued else "h2", section.title), *captions, *drawn)


def _block(document: Document, section: Section, block: Block, panels: _Panels) -> Html | None:
    if isinstance(block, TextBlock):
        if block.is_list:
            return _sentences(block.sentences, "points")
        return joined(*(tag("p", *_sentence(line), class_=_style(line)) for line in block.sentences))
    if isinstance(block, FactsBlock):
        return tag("dl", *(part for name, value in block.facts for part in (tag("dt", name), tag("dd", value))))
    if isinstance(block, BesideBlock):
        return tag("div", *(tag("div", _titled(section, table)) for table in block.tables), class_="beside")
    if isinstance(block, ChartBlock | TimelineBlock):
        figure = figure_of(document, block)
        return None if figure is None else _chart(section, block, figure, panels)
    return _folded(section, block) if section.is_folded else _titled(section, block)


def _folded(section: Section, block: TableBlock) -> Html:
    count = f"{len(block.rows):,} row{'' if len(block.rows) == 1 else 's'}"
    summary = count if block.title == section.title else f"{block.title}: {count}"
    return details(summary, table_html(block) if block.rows else tag("p", "None."), class_="rows")


def _titled(section: Section, table: TableBlock) -> Html:
    if table.is_list:
        return list_html(table)
    own = table.title != section.title
    head = [tag("h3", table.title), *([tag("p", table.note, class_="caption")] if table.note else [])] if own else []
    return joined(*head, table_html(table) if table.rows else tag("p", "None."))


def _chart(section: Section, block: ChartBlock | TimelineBlock, figure: Figure, panels: _Panels) -> Html:
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
    source = [tag("p", f"From {', '.join(block.source)}.", class_="caption")] if block.source else []
    plotted = tag("div", *plots, class_=f"plots c{figure.columns}")
    shown = tag("div", *title, *caption, *legend, plotted, *notes, class_="figure")
    if isinstance(block, ChartBlock) and block.is_tabulated:
        return shown
    grid = grid_table(figure.grid, caption=figure.title)
    return joined(shown, details(f"{figure.title}: the numbers", grid, *source))


def _about(document: Document) -> Html:
    facts = [part for name, value in document.facts for part in (tag("dt", name), tag("dd", value))]
    legend = tag("ul", *(tag("li", line) for line in document.how_to_read))
    return tag("section", tag("h2", "About"), tag("dl", *facts), tag("h3", "How to read it"), legend, id="about")


@cache
def _asset(name: str) -> str:
    return (files("planner.documents.html") / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
