"""A document as slides: one for each section that is meant for them, with charts that stay editable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.documents.blocks import (
    Block,
    ChartBlock,
    ChartKind,
    Document,
    Form,
    Medium,
    Section,
    Sentence,
    TableBlock,
    TextBlock,
    TilesBlock,
    TimelineBlock,
    Tone,
)
from planner.documents.cell_text import texts
from planner.documents.chart_data import bars_of, column
from planner.documents.html.vega_stack import slices_of
from planner.documents.pptx.deck import POINT, Box, Deck, write
from planner.documents.pptx.slide_charts import label_values, paint_points, stacked
from planner.documents.pptx.slide_timeline import draw_timeline
from planner.documents.safe_text import printable
from planner.export.report.colours import ACCENT, GOOD, INK, MUTED, WARN
from planner.export.report.vegalite import money_unit

_TILES, _TEXT = 0.24, 0.2
"""Shares of the height for tiles, and for text below a chart."""
_GAP = 14 * POINT
_MOST_LINES, _MOST_ROWS = 9, 12
_COLOURS = {Tone.GOOD: GOOD, Tone.CARE: WARN, Tone.FAINT: MUTED, Tone.STRONG: INK, Tone.PLAIN: INK}
_MARKS = {Tone.GOOD: "✔ ", Tone.CARE: "! "}


def document_slides(document: Document, template: bytes | None = None) -> bytes:
    """Returns a document as a PowerPoint file; its notes name the tables that each slide is drawn from.

    A template gives its layouts, fonts and look; its own slides are dropped.

    Raises:
        CaseFaults: the template is not a PowerPoint file that can be read.
        KeyError: a chart names a table or column that is not there.
    """
    document = printable(document)
    deck = Deck(template)
    properties = deck.file.core_properties
    properties.title = f"{document.subject}: {document.title}"
    properties.author = "fleetplan"
    for section in document.sections_in(Medium.SLIDES):
        _slide(deck, document, section)
    return deck.bytes()


def _slide(deck: Deck, document: Document, section: Section) -> None:
    drawn = [block for block in section.blocks if isinstance(block, ChartBlock | TimelineBlock)]
    source = dict.fromkeys(name for block in drawn if isinstance(block, ChartBlock) for name in block.source)
    words = f"Source: {', '.join(f'tables/{name}.csv' for name in source)} of " if source else "Source: "
    notes = "\n".join([f"{words}{document.source}.", *(line.text for line in document.headlines[:1])])
    slide, box = deck.slide(section.claim or section.title, notes)
    for tiles in (block for block in section.blocks if isinstance(block, TilesBlock)):
        upper, box = box.rows(_TILES)
        _tiles(slide, upper, tiles)
    said = [block for block in section.blocks if isinstance(block, TextBlock | TableBlock)]
    if not drawn:
        _texts(slide, box, said)
    elif len(drawn) == 1 and not _lies(drawn[0]):
        upper, lower = box.rows(1 - _TEXT) if said else (box, box)
        _drawn(slide, upper, document, drawn[0])
        _texts(slide, lower, said)
    else:
        # A lying chart stands to the right of what is said; of several charts the first takes most of the width.
        wide = 0.5 if len(drawn) == 1 else 0.56
        left = Box(box.left, box.top, int(box.width * wide), box.height)
        right = Box(left.left + left.width + _GAP, box.top, box.width - left.width - _GAP, box.height)
        if len(drawn) == 1:
            _texts(slide, left, said)
            _drawn(slide, right, document, drawn[0])
            return
        _drawn(slide, left, document, drawn[0])
        for block in drawn[1:3]:
            upper, right = right.rows(0.5) if block is drawn[1] and len(drawn) > 2 else (right, right)
            _drawn(slide, upper, document, block)


def _lies(block: Block) -> bool:
    return isinstance(block, ChartBlock) and (block.is_lying or block.kind is ChartKind.BARS)


def _tiles(slide: Any, box: Box, tiles: TilesBlock) -> None:  # noqa: ANN401  a slide of the library
    for at, tile in enumerate(tiles.tiles):
        cell = box.column(at, len(tiles.tiles), 8 * POINT)
        size = min(22.0, cell.width / POINT / (0.75 * max(1, len(tile.value))))
        said = [(tile.label, 11.0, MUTED, False), (tile.value, size, ACCENT, True), (tile.unit, 9.0, MUTED, False)]
        write(slide, cell, said)


def _texts(slide: Any, box: Box, blocks: Sequence[TextBlock | TableBlock]) -> None:  # noqa: ANN401
    lines: list[tuple[str, float, str, bool]] = []
    for block in blocks:
        if isinstance(block, TextBlock):
            lines += [_line(line, is_list=block.is_list) for line in block.sentences]
        else:
            lines.append((block.title, 12, INK, True))
            rows = texts(block)[:_MOST_ROWS]
            lines += [("   ".join(cell for cell in row if cell), 11, INK, False) for row in rows]
    more = len(lines) - _MOST_LINES
    if more > 1 and len(blocks) == 1:
        lines = [*lines[:_MOST_LINES], (f"and {more} more in the report", 10, MUTED, False)]
    if lines:
        write(slide, box, lines)


def _line(line: Sentence, *, is_list: bool) -> tuple[str, float, str, bool]:
    mark = _MARKS.get(line.tone, "•  " if is_list else "")
    size = 10 if line.tone is Tone.FAINT else 11 if is_list else 12
    return f"{mark}{line.text}", size, _COLOURS[line.tone], line.tone in (Tone.GOOD, Tone.CARE, Tone.STRONG)


def _drawn(slide: Any, box: Box, document: Document, block: Block) -> None:  # noqa: ANN401
    if isinstance(block, TimelineBlock):
        draw_timeline(slide, box, block)
        return
    assert isinstance(block, ChartBlock)
    head, body = box.rows(0.08)
    write(slide, head, [(block.title, 12, INK, True)])
    if block.kind is ChartKind.BARS:
        _bars(slide, body, document, block)
    else:
        _stack(slide, body, document, block)


def _bars(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401
    bars = bars_of(document, chart)
    if not bars:
        return
    up = column(document.table(chart.table), chart.x)[1]
    factor, unit = _scale(max(abs(bar.value) for bar in bars), up.form, up.unit)
    form = "#,##0.0" if factor < 1 else "#,##0"
    values = {up.title: [bar.value * factor for bar in bars]}
    names = [bar.label for bar in bars]
    made = stacked(slide, box, names, values, {up.title: ACCENT}, unit="", number_format=form, across=True)
    low, most = min(0.0, *values[up.title]), max(abs(value) for value in values[up.title])
    if low < 0:
        made.value_axis.minimum_scale = low - 0.2 * most
    label_values(made, form)
    if chart.palette:
        shades = dict(chart.palette)
        paint_points(made, [shades.get(bar.label, ACCENT) for bar in bars])
    write(slide, Box(box.left, box.top - 14 * POINT, box.width, 12 * POINT), [(unit, 9, MUTED, False)])


def _stack(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401
    """Draws stacked columns; of small multiples the one with the largest numbers."""
    table = document.table(chart.table)
    slices = slices_of(table, chart)
    if not slices:
        return
    sizes: dict[str, float] = {}
    for part in slices:
        sizes[part.panel] = sizes.get(part.panel, 0.0) + abs(part.value)
    panel = max(sizes, key=lambda name: sizes[name])
    slices = [part for part in slices if part.panel == panel]
    up = column(table, chart.y)[1]
    labels = chart.labels or tuple(dict.fromkeys(part.label for part in slices))
    factor, unit = _scale(max(abs(part.value) for part in slices), up.form, up.unit)
    names = [name for name, _ in chart.palette if name not in chart.marks]
    names = [name for name in names if any(part.series == name for part in slices)]
    found = {(part.series, part.label): part.value * factor for part in slices}
    series = {name: [found.get((name, label), 0.0) for label in labels] for name in names}
    marks = next((name for name in chart.marks if any(part.series == name for part in slices)), None)
    drawn = None if marks is None else (marks, [found.get((marks, label)) for label in labels])
    stacked(
        slide, box, labels, series, dict(chart.palette), unit=f"{panel}, {unit}" if panel else unit,
        number_format="0.0%" if chart.is_share else "#,##0", whole=chart.is_share, across=chart.is_lying, marks=drawn,
    )  # fmt: skip


def _scale(most: float, form: Form, unit: str) -> tuple[float, str]:
    return money_unit(most) if form is Form.MUSD else (1.0, unit)
