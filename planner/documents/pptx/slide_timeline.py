"""A timeline as shapes that can be moved and recoloured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.documents.colours import GRID, INK, MUTED
from planner.documents.html.vega_timeline import is_dark
from planner.documents.pptx.deck import POINT, Box, block, cut_to, write
from planner.documents.timeline import Milestone, Stretch, TimelineGroup, TimelineMark, TimelineRow

_LABELS = 150 * POINT
_HEAD = 16 * POINT
_LEAST_LANE, _MOST_LANE = 10 * POINT, 17 * POINT
_SHAPES = {
    Milestone.SIGNED: "circle",
    Milestone.TAPE_OUT: "diamond",
    Milestone.READY: "triangle",
    Milestone.FAILED: "cross",
}


def draw_timeline(
    slide: Any,  # noqa: ANN401  a slide of the library
    box: Box,
    labels: Sequence[str],
    groups: Sequence[TimelineGroup],
    note: str,
) -> None:
    """Draws the groups of a timeline; where they do not fit, the least rows are left to the report and counted."""
    room = (box.height - _HEAD - 14 * POINT) // _LEAST_LANE
    shown, left_out = _fitting(groups, room)
    lanes = sum(row.lanes for group in shown for row in group.rows) + len(shown)
    lane = min(_MOST_LANE, (box.height - _HEAD - 14 * POINT) // max(1, lanes))
    plot = Box(box.left + _LABELS, box.top, box.width - _LABELS, box.height)
    step = plot.width / max(1, len(labels))
    bottom = box.top + _HEAD + lane * lanes
    for place, label in enumerate(labels):
        if place == 0 or label[:4] != labels[place - 1][:4]:
            left = plot.left + int(place * step)
            block(slide, Box(left, box.top + _HEAD, POINT // 2, bottom - box.top - _HEAD), GRID)
            write(slide, Box(left, box.top, 60 * POINT, _HEAD), [(label[:4], 10, MUTED, False)])
    top = box.top + _HEAD
    for group in shown:
        write(slide, Box(box.left, top, _LABELS + plot.width, lane), [(group.title, 10, INK, True)], middle=True)
        top += lane
        for row in group.rows:
            _row(slide, row, Box(plot.left, top, plot.width, lane), step, box.left)
            top += lane * row.lanes
    words = note
    if left_out:
        words += f" {left_out} smaller {'item is' if left_out == 1 else 'items are'} in the report."
    write(slide, Box(box.left, bottom + 2 * POINT, box.width, 12 * POINT), [(words, 9, MUTED, False)])


def _row(slide: Any, row: TimelineRow, box: Box, step: float, label_left: int) -> None:  # noqa: ANN401
    lane = box.height
    size = min(9.0, lane / POINT * 0.62)
    place = Box(label_left, box.top, _LABELS - 6 * POINT, lane)
    write(slide, place, [(cut_to(row.name, size + 0.5, place.width), size + 0.5, INK, False)], middle=True)
    for bar in row.bars:
        left, right = box.left + int(bar.start * step), box.left + int(bar.end * step)
        place = Box(left, box.top + bar.lane * lane + lane // 8, right - left, lane * 3 // 4)
        shade = _pale(bar.colour) if bar.stretch is Stretch.WAITING else bar.colour
        words = bar.label if step * (bar.end - bar.start) > len(bar.label) * size * 0.62 * POINT else ""
        block(slide, place, shade, words=words, ink="#ffffff" if is_dark(shade) else INK, size=size)
    for mark in row.marks:
        _mark(slide, row, mark, box, step, size)


def _mark(
    slide: Any,  # noqa: ANN401
    row: TimelineRow,
    mark: TimelineMark,
    box: Box,
    step: float,
    size: float,
) -> None:
    lane = box.height
    wide = lane * 5 // 8
    middle = box.left + int(mark.at * step)
    place = Box(middle - wide // 2, box.top + (lane - wide) // 2, wide, wide)
    shape = block(slide, place, INK, kind=_SHAPES[mark.milestone])
    if mark.milestone is Milestone.READY:
        shape.rotation = 90.0
    if row.has_room(mark, step, size * 0.6 * POINT):
        write(slide, Box(middle + wide // 2, box.top, 110 * POINT, lane), [(mark.label, size, INK, False)], middle=True)


def _fitting(groups: Sequence[TimelineGroup], room: int) -> tuple[list[TimelineGroup], int]:
    """Returns the groups with as many rows as fit, the weightiest first, and how many rows are left out."""
    kept = {id(row) for group in groups for row in group.rows}
    ranked = sorted(
        (row for group in groups for row in group.rows if not row.marks), key=lambda row: (row.weight, -row.lanes)
    )
    left_out = 0
    for row in ranked:
        if sum(one.lanes for group in groups for one in group.rows if id(one) in kept) + len(groups) <= room:
            break
        kept.discard(id(row))
        left_out += 1
    shown = [TimelineGroup(group.title, tuple(row for row in group.rows if id(row) in kept)) for group in groups]
    return [group for group in shown if group.rows], left_out


def _pale(shade: str, share: float = 0.32) -> str:
    parts = [int(shade[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)
