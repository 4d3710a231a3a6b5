"""Charts of a document on a slide: bars, and stacked columns, also as small multiples, with numbers that stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.documents.blocks import ChartBlock, Document
from planner.documents.chart_data import (
    Slice,
    bars_of,
    column,
    labels_of,
    marks_of,
    palette_of,
    scale_of,
    slices_of,
    tallest,
)
from planner.documents.colours import ACCENT, INK, MUTED
from planner.documents.pptx.deck import POINT, Box, block, write
from planner.documents.pptx.slide_charts import label_values, paint_points, stacked

_MOST_PANELS = 4
_LINE = 14 * POINT
_LETTER = 5.6 * POINT


def draw_bars(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401  a slide
    """Draws a bar for each row, the largest first, with its number; nothing where there is no row."""
    bars = bars_of(document, chart)
    if not bars:
        return
    up = column(document.table(chart.table), chart.x)[1]
    factor, unit = scale_of(up, max(abs(bar.value) for bar in bars))
    form = "#,##0.0" if factor < 1 else "#,##0"
    values = [bar.value * factor for bar in bars]
    head, body = box.rows(_LINE / box.height, 0)
    write(slide, head, [(f"{up.title}, {unit}" if unit else up.title, 9, MUTED, False)])
    names = [bar.label for bar in bars]
    made = stacked(slide, body, names, {up.title: values}, {up.title: ACCENT}, unit="", number_format=form, across=True)
    low = min(0.0, *values)
    if low < 0:
        made.value_axis.minimum_scale = low - 0.2 * max(map(abs, values))
    label_values(made, form)
    if chart.palette:
        paint_points(made, [chart.palette.get(bar.label, ACCENT) for bar in bars])


def draw_stack(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401
    """Draws stacked columns; of small multiples the first few, with one legend for all; nothing without numbers."""
    slices = slices_of(document, chart)
    panels = list(dict.fromkeys(part.panel for part in slices))
    if not any(part.value for part in slices):
        return
    if len(panels) == 1:
        _stack(slide, box, document, chart, slices)
        return
    shown = panels[:_MOST_PANELS]
    room, foot = box.rows(1 - _LINE / box.height, 0)
    marked = column(document.table(chart.table), chart.mark)[1].title if marks_of(slices) else ""
    _legend(slide, foot, palette_of(chart, slices) | ({marked: INK} if marked else {}), len(panels) - len(shown))
    rows = [shown[at : at + 2] for at in range(0, len(shown), 2)]
    for at, row in enumerate(rows):
        upper, room = room.rows(1 / (len(rows) - at), 4 * POINT) if at < len(rows) - 1 else (room, room)
        for place, name in enumerate(row):
            head, body = upper.column(place, len(row)).rows(_LINE / upper.height, 0)
            write(slide, head, [(name, 10, INK, True)])
            made = _stack(slide, body, document, chart, [part for part in slices if part.panel == name])
            made.has_legend = False


def _stack(slide: Any, box: Box, document: Document, chart: ChartBlock, slices: Sequence[Slice]) -> Any:  # noqa: ANN401
    table = document.table(chart.table)
    up = column(table, chart.y)[1]
    labels, palette = labels_of(chart, slices), palette_of(chart, slices)
    factor, unit = scale_of(up, tallest(slices))
    found = {(part.series, part.label): part.value * factor for part in slices}
    series = {name: [found.get((name, label), 0.0) for label in labels] for name in palette}
    known = {label: mark * factor for (_, label), (mark, _) in marks_of(slices).items()}
    marks = (column(table, chart.mark)[1].title, [known.get(label) for label in labels]) if known else None
    return stacked(
        slide, box, labels, series, palette, unit=up.title if chart.is_share else unit or up.title,
        number_format="0.0%" if chart.is_share else "#,##0", whole=chart.is_share, across=chart.is_lying, marks=marks,
    )  # fmt: skip


def _legend(slide: Any, box: Box, shades: dict[str, str], more: int) -> None:  # noqa: ANN401
    """Writes the series of small multiples below them, as far as there is room."""
    left = box.left
    for name, shade in shades.items():
        width = int((len(name) + 4) * _LETTER)
        if left + width > box.left + box.width:
            return
        block(slide, Box(left, box.top + 4 * POINT, 7 * POINT, 7 * POINT), shade)
        write(slide, Box(left + 9 * POINT, box.top, width, _LINE), [(name, 9, INK, False)], middle=True)
        left += width
    if more:
        words = f"{more} more in the report"
        write(slide, Box(left, box.top, 140 * POINT, _LINE), [(words, 9, MUTED, False)], middle=True)
