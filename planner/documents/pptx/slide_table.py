"""Tables of a document on a slide, as tables that stay editable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.documents.blocks import TableBlock
from planner.documents.cell_text import is_blank, is_numeric, texts
from planner.documents.colours import ALERT, INK, MUTED, PALE
from planner.documents.pptx.deck import POINT, Box, clean, rgb

_ROW = 15 * POINT
_BOLD = 1.2
"""How much wider letters of a heading are."""
_BESIDE = 3
"""Rows of room beside those of the table: its heading, a count of what is left out, and what parts it from the rest."""
_SIZE, _LETTER, _MARGIN = 9, 0.57, 11 * POINT
"""Size of the text in points, width of a letter in sizes, and the room beside a text."""


def table_height(table: TableBlock) -> int:
    """Returns the height of a table with all its rows and its heading."""
    return _ROW * (len(table.rows) + _BESIDE)


def draw_table(slide: Any, box: Box, table: TableBlock) -> None:  # noqa: ANN401  a slide of the library
    """Draws the first rows of a table; columns to spare are left out where there is no room, more rows are counted."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    room = max(1, box.height // _ROW - _BESIDE + 1)
    rows = texts(table)[:room]
    widths = _widths(table, rows)
    kept = _fitting(table, widths, box.width)
    more = len(table.rows) - len(rows)
    body = [[row[place] for place in kept] for row in rows]
    if more > 0:
        body.append([f"and {more} more in the report", *[""] * (len(kept) - 1)])
    heads = [_heading(table, place) for place in kept]
    shape = slide.shapes.add_table(len(body) + 1, len(kept), box.left, box.top, box.width, _ROW * (len(body) + 1))
    made = shape.table
    made.first_row, made.horz_banding = True, False
    share = box.width / sum(widths[place] for place in kept)
    for at, place in enumerate(kept):
        made.columns[at].width = int(widths[place] * share)
    for at, row in enumerate([heads, *body]):
        made.rows[at].height = _ROW
        for place, words in enumerate(row):
            cell = made.cell(at, place)
            cell.fill.solid()
            cell.fill.fore_color.rgb = rgb(PALE if not at else "#ffffff")
            cell.margin_left = cell.margin_right = 3 * POINT
            cell.margin_top = cell.margin_bottom = 0
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.text = clean(words)
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if is_numeric(table.columns[kept[place]]) else PP_ALIGN.LEFT
            paragraph.font.size = _SIZE * POINT
            paragraph.font.bold = not at or at - 1 in table.bold
            is_alert = at > 0 and (at - 1, kept[place]) in table.alerts
            paragraph.font.color.rgb = rgb(ALERT if is_alert else MUTED if not at else INK)


def _heading(table: TableBlock, place: int) -> str:
    column = table.columns[place]
    if not place and column.title in ("", "Workload"):
        return table.title
    return f"{column.title}, {column.unit}" if column.unit else column.title


def _widths(table: TableBlock, rows: Sequence[Sequence[str]]) -> dict[int, int]:
    """The width that each column with content needs for its longest text, whole headings included."""
    return {
        place: int(
            max(_BOLD * len(_heading(table, place)), *(len(row[place]) for row in rows), 0) * _SIZE * _LETTER * POINT
        )
        + _MARGIN
        for place in range(len(table.columns))
        if not is_blank(table, place)
    }


def _fitting(table: TableBlock, widths: dict[int, int], width: int) -> list[int]:
    kept = list(widths)
    spare = [place for place in kept[1:] if table.columns[place].spare]
    for place in sorted(spare, key=lambda place: (-table.columns[place].spare, -place)):
        if sum(widths[own] for own in kept) <= width:
            break
        kept.remove(place)
    return kept
