"""Tables of a document on a slide, as tables that stay editable."""

from __future__ import annotations

from typing import Any

from planner.documents.blocks import TableBlock
from planner.documents.cell_text import is_blank, is_numeric, texts
from planner.documents.colours import ALERT, INK, MUTED, PALE
from planner.documents.pptx.deck import POINT, Box, clean, rgb

_ROW = 15 * POINT
_LABEL = 0.2
"""Share of the width for the labels of rows."""


def table_height(table: TableBlock) -> int:
    """Returns the height of a table with all its rows and its heading."""
    return _ROW * (len(table.rows) + 2)


def draw_table(slide: Any, box: Box, table: TableBlock) -> None:  # noqa: ANN401  a slide of the library
    """Draws the first rows of a table; where there are more, or more columns than fit, the last row says so."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    kept = [place for place in range(len(table.columns)) if not is_blank(table, place)]
    room = max(1, box.height // _ROW - 2)
    rows = texts(table)[:room]
    more = len(table.rows) - len(rows)
    body = [[row[place] for place in kept] for row in rows]
    if more > 0:
        body.append([f"and {more} more in the report", *[""] * (len(kept) - 1)])
    heads = [f"{own.title}, {own.unit}" if own.unit else own.title for own in (table.columns[p] for p in kept)]
    heads[0] = table.title
    shape = slide.shapes.add_table(len(body) + 1, len(kept), box.left, box.top, box.width, _ROW * (len(body) + 1))
    made = shape.table
    made.first_row, made.horz_banding = True, False
    first = int(box.width * (_LABEL if len(kept) > 2 else 0.5))
    for at in range(len(kept)):
        made.columns[at].width = first if not at else (box.width - first) // max(1, len(kept) - 1)
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
            paragraph.font.size = 9 * POINT
            paragraph.font.bold = not at or at - 1 in table.bold
            is_alert = at > 0 and (at - 1, kept[place]) in table.alerts
            paragraph.font.color.rgb = rgb(ALERT if is_alert else MUTED if not at else INK)
