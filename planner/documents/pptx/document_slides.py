"""A document as slides: one for each section that is meant for them, with charts and tables that stay editable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.documents.blocks import (
    ChartBlock,
    ChartKind,
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
from planner.documents.colours import ACCENT, GOOD, INK, MUTED, WARN
from planner.documents.pptx.deck import POINT, Box, Deck, fitting, write
from planner.documents.pptx.slide_scenarios import draw_distribution, draw_fans, draw_line, draw_tree
from planner.documents.pptx.slide_stack import draw_bars, draw_stack
from planner.documents.pptx.slide_table import draw_table, table_height
from planner.documents.pptx.slide_timeline import draw_timeline
from planner.documents.safe_text import printable

_TILES, _TEXT, _TABLE = 0.24, 0.14, 0.4
"""Shares of the height for tiles and for text below a chart, and the most for a table there."""
_GAP = 14 * POINT
_MOST_LINES = 9
_COLOURS = {Tone.GOOD: GOOD, Tone.CARE: WARN, Tone.FAINT: MUTED, Tone.STRONG: INK, Tone.PLAIN: INK}
_MARKS = {Tone.GOOD: "✔ ", Tone.CARE: "! "}

_Line = tuple[str, float, str, bool]


def document_slides(document: Document, template: bytes | None = None) -> bytes:
    """Returns a document as a PowerPoint file: its first section opens it, and notes name the tables of each slide.

    A template gives its layouts, fonts and look; its own slides are dropped.

    Raises:
        CaseFaults: the template is not a PowerPoint file that can be read.
        KeyError: a chart names a table or column that is not there.
    """
    document = printable(document)
    deck = Deck(template)
    properties = deck.file.core_properties
    properties.title = f"{document.title}: {document.kind}"
    properties.author = "fleetplan"
    for place, section in enumerate(document.sections_in(Medium.SLIDES)):
        notes = _notes(document, section)
        if place:
            slide, box = deck.slide(section.claim or section.title, notes)
            _fill(slide, box, document, section)
        else:
            slide, box = deck.slide(document.claim or document.title, notes)
            _opening(slide, box, document, section)
    return deck.bytes()


def _notes(document: Document, section: Section) -> str:
    drawn = [block for block in section.blocks if isinstance(block, ChartBlock | TimelineBlock)]
    names = dict.fromkeys(name for block in drawn for name in block.source)
    source = f"tables {', '.join(names)} of {document.source}" if names else document.source
    said = [line.text for line in document.headlines_in(Medium.SLIDES) if line.tone in _MARKS]
    return "\n".join([f"Source: {source}. {document.footer}", *said[:1]])


def _opening(slide: Any, box: Box, document: Document, section: Section) -> None:  # noqa: ANN401  a slide
    """Draws what is read first: tiles above, findings and text to the left, the first chart to the right."""
    upper, lower = box.rows(_TILES)
    for at, tile in enumerate(document.tiles):
        _tile(slide, upper.column(at, len(document.tiles), 8 * POINT), tile)
    said = [_line(line, is_list=False) for line in document.headlines_in(Medium.SLIDES)]
    _texts(slide, lower.column(0, 2), section, said)
    chart = next((block for block in section.blocks if isinstance(block, ChartBlock | TimelineBlock)), None)
    if chart is not None:
        _drawn(slide, lower.column(1, 2), document, chart, is_titled=True)


def _tile(slide: Any, cell: Box, tile: Tile) -> None:  # noqa: ANN401
    size = min(22.0, cell.width / POINT / (0.75 * max(1, len(tile.value))))
    said = [(tile.label, 11.0, MUTED, False), (tile.value, size, ACCENT, True), (tile.unit, 9.0, MUTED, False)]
    write(slide, cell, fitting(said, cell))


def _fill(slide: Any, box: Box, document: Document, section: Section) -> None:  # noqa: ANN401
    drawn = [block for block in section.blocks if isinstance(block, ChartBlock | TimelineBlock)][:2]
    tables = [block for block in section.blocks if isinstance(block, TableBlock) and block.rows][:1]
    has_words = any(isinstance(block, TextBlock | FactsBlock) for block in section.blocks)
    if not drawn:
        if tables:
            upper, box = box.rows(min(1 - _TEXT, table_height(tables[0]) / box.height))
            draw_table(slide, upper, tables[0])
        _texts(slide, box, section, [])
        return
    if has_words and len(drawn) == 1 and _lies(drawn[0]):
        _texts(slide, box.column(0, 2), section, [])
        _drawn(slide, box.column(1, 2), document, drawn[0], is_titled=True)
        return
    if has_words or tables:
        low = min(_TABLE, table_height(tables[0]) / box.height) if tables else _TEXT
        box, lower = box.rows(1 - low)
        if tables:
            draw_table(slide, lower, tables[0])
        else:
            _texts(slide, lower, section, [])
    for at, block in enumerate(drawn):
        _drawn(slide, box.column(at, len(drawn), _GAP), document, block, is_titled=len(drawn) > 1)


def _lies(block: ChartBlock | TimelineBlock) -> bool:
    return isinstance(block, ChartBlock) and (block.is_lying or block.kind is ChartKind.BARS)


def _texts(slide: Any, box: Box, section: Section, first: Sequence[_Line]) -> None:  # noqa: ANN401
    lines = list(first)
    for block in section.blocks:
        if isinstance(block, TextBlock):
            sentences = [_line(line, is_list=block.is_list) for line in block.sentences]
            more = len(sentences) - _MOST_LINES
            lines += sentences if more <= 1 else [*sentences[:_MOST_LINES], (f"and {more} more", 10, MUTED, False)]
        elif isinstance(block, FactsBlock):
            lines += [(f"{name}: {value}", 11, INK, False) for name, value in block.facts]
    if lines:
        write(slide, box, fitting(lines, box))


def _line(line: Sentence, *, is_list: bool) -> _Line:
    mark = _MARKS.get(line.tone, "•  " if is_list else "")
    size = 10.0 if line.tone is Tone.FAINT else 11.0 if is_list else 12.0
    return f"{mark}{line.text}", size, _COLOURS[line.tone], line.tone in (Tone.GOOD, Tone.STRONG)


def _drawn(
    slide: Any,  # noqa: ANN401
    box: Box,
    document: Document,
    block: ChartBlock | TimelineBlock,
    *,
    is_titled: bool,
) -> None:
    if isinstance(block, TimelineBlock):
        draw_timeline(slide, box, block.labels, block.groups, block.note)
        return
    if is_titled:
        head, box = box.rows(0.07)
        write(slide, head, [(block.title, 12, INK, True)])
    if block.kind in _DRAW:
        _DRAW[block.kind](slide, box, document, block)


_DRAW = {
    ChartKind.BARS: draw_bars,
    ChartKind.STACK: draw_stack,
    ChartKind.DISTRIBUTION: draw_distribution,
    ChartKind.FAN: draw_fans,
    ChartKind.TREE: draw_tree,
    ChartKind.LINE: draw_line,
}
