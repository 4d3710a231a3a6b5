"""Charts over scenarios on a slide: cumulative distribution, bands and lines over time, points, and the tree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from planner.documents.blocks import ChartBlock, Document
from planner.documents.cell_text import axis_number, axis_percent, number, shapes, shown
from planner.documents.chart_data import axis_title, column, money_unit, round_step
from planner.documents.colours import ACCENT, GRID, INK, MUTED
from planner.documents.pptx.deck import POINT, Box, block, clean, rgb, write
from planner.documents.pptx.slide_charts import as_line, new_chart, plain, set_axes
from planner.documents.scenario_charts import Fan, TreePicture, fans_of, references_of, steps_of, tree_of

_MOST_NAMED = 14
_MOST_PANELS = 4
_HEAD = 14 * POINT
_THIN, _THICK = 1.2 * POINT, 4.5 * POINT


def draw_distribution(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401  a slide
    """Draws a staircase through the costs of scenarios, with dashed lines at the values that are marked."""
    steps, rules = steps_of(document, chart), references_of(document, chart)
    if not steps:
        return
    across = column(document.table(chart.table), chart.x)[1]
    factor, unit = money_unit(max(abs(step.x) for step in steps))
    up = column(document.table(chart.table), chart.y)[1]
    points: list[tuple[float, float]] = []
    before = 0.0
    for step in steps:
        points += [(step.x * factor, before), (step.x * factor, step.y)]
        before = step.y
    series = {up.title: points}
    series |= {f"{rule.label} {rule.text}": [(rule.value * factor, 0.0), (rule.value * factor, 1.0)] for rule in rules}
    made = _points(slide, box, series, [ACCENT, *(rule.colour for rule in rules)], dashed=len(rules))
    set_axes(made, up.title, "0%")
    made.value_axis.minimum_scale, made.value_axis.maximum_scale = 0.0, 1.0
    _round_ends(made.category_axis, [x for own in series.values() for x, _ in own])
    _title_below(made, f"{across.title}, {unit}", axis_number([x for own in series.values() for x, _ in own]))
    if len(steps) <= _MOST_NAMED:
        for place, step in enumerate(steps):
            _name_point(made.plots[0].series[0].points[2 * place + 1], step.label)


def draw_line(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401
    """Draws a line through points of two numbers, each with the first cell of its row as its label."""
    table = document.table(chart.table)
    (x, across), (y, up) = column(table, chart.x), column(table, chart.y)
    rows = [
        (at, one, other)
        for at, row in enumerate(table.rows)
        if (one := number(row[x])) is not None and (other := number(row[y])) is not None
    ]
    if not rows:
        return
    made = _points(slide, box, {axis_title(up): [(one, other) for _, one, other in rows]}, [ACCENT], dashed=0)
    set_axes(made, axis_title(up), axis_number([other for _, _, other in rows]))
    for axis, place in ((made.category_axis, 1), (made.value_axis, 2)):
        _round_ends(axis, [row[place] for row in rows])
    _title_below(made, axis_title(across), axis_number([one for _, one, _ in rows]))
    shape = shapes(table)
    for place, (at, *_) in enumerate(rows):
        head = table.columns[0].title.lower()
        _name_point(made.plots[0].series[0].points[place], f"{head} {shown(table.rows[at][0], shape[at][0])}")


def _round_ends(axis: Any, values: Sequence[float]) -> None:  # noqa: ANN401  an axis of the library
    """Ends an axis at round numbers beyond some values."""
    low, high = min(values), max(values)
    step = round_step((high - low or abs(high) or 1.0) / 6)
    axis.minimum_scale = (math.ceil(low / step) - 1) * step
    axis.maximum_scale = (math.floor(high / step) + 1) * step
    axis.major_unit = step


def _points(
    slide: Any,  # noqa: ANN401
    box: Box,
    series: dict[str, list[tuple[float, float]]],
    colours: Sequence[str],
    *,
    dashed: int,
) -> Any:  # noqa: ANN401
    """Adds lines through points, the last ones dashed, and returns the chart."""
    from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE

    from planner.documents.pptx.chart_workbook import PointData

    maker: Any = PointData
    data = maker()
    for name, points in series.items():
        own = data.add_series(clean(name))
        for x, y in points:
            own.add_data_point(x, y)
    kind = XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS
    made = slide.shapes.add_chart(kind, box.left, box.top, box.width, box.height, data).chart
    plain(made, has_legend=len(series) > 1)
    for place, (entry, colour) in enumerate(zip(made.plots[0].series, colours, strict=True)):
        entry.smooth = False
        entry.format.line.color.rgb = rgb(colour)
        entry.format.line.width = int(2.25 * POINT)
        entry.marker.style = XL_MARKER_STYLE.NONE
        if place >= len(series) - dashed:
            entry.format.line.dash_style = MSO_LINE.DASH
    return made


def _name_point(point: Any, name: str) -> None:  # noqa: ANN401  a point of the library
    from pptx.enum.chart import XL_LABEL_POSITION

    frame = point.data_label.text_frame
    frame.text = clean(name)
    frame.paragraphs[0].font.size = 9 * POINT
    point.data_label.position = XL_LABEL_POSITION.RIGHT


def _title_below(made: Any, title: str, number_format: str) -> None:  # noqa: ANN401
    axis = made.category_axis
    axis.has_major_gridlines = False
    axis.tick_labels.number_format = number_format
    axis.tick_labels.number_format_is_linked = False
    axis.has_title = True
    axis.axis_title.text_frame.text = clean(title)
    font = axis.axis_title.text_frame.paragraphs[0].font
    font.size, font.bold = 10 * POINT, False
    font.color.rgb = rgb(MUTED)


def draw_fans(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401
    """Draws bands and lines over time; of small multiples the first few."""
    fans = fans_of(document, chart)
    shown_fans = fans[:_MOST_PANELS]
    room = box
    rows = [shown_fans[at : at + 2] for at in range(0, len(shown_fans), 2)]
    for at, row in enumerate(rows):
        upper, room = room.rows(1 / (len(rows) - at), 4 * POINT) if at < len(rows) - 1 else (room, room)
        for place, fan in enumerate(row):
            cell = upper.column(place, len(row))
            if fan.panel:
                head, cell = cell.rows(_HEAD / cell.height, 0)
                write(slide, head, [(fan.panel, 10, INK, True)])
            _fan(slide, cell, fan)


def _fan(slide: Any, box: Box, fan: Fan) -> None:  # noqa: ANN401
    from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE

    code = "0%" if fan.is_share else axis_number([0.0, *fan.values])
    if fan.bands:
        edges = [band.low for band in fan.bands] + [band.high for band in reversed(fan.bands)]
        colours = [band.colour for band in fan.bands]
        shades = [None, *colours[:-1], colours[-1], *reversed(colours[:-1])]
        names = [f"below {fan.bands[0].name}", *(band.name for band in fan.bands[:-1]), fan.bands[-1].name,
                 *(f"{band.name}, upper" for band in reversed(fan.bands[:-1]))]  # fmt: skip
        series: dict[str, Sequence[float | None]] = {names[0]: list(edges[0])}
        for name, (lower, upper) in zip(names[1:], pairwise(edges), strict=True):
            series[name] = [high - low for low, high in zip(lower, upper, strict=True)]
        series |= {line.name: list(line.values) for line in fan.lines}
        made = new_chart(slide, box, XL_CHART_TYPE.AREA_STACKED, fan.labels, series, code)
        for entry, shade in zip(made.plots[0].series, shades, strict=False):
            if shade is None:
                entry.format.fill.background()
            else:
                entry.format.fill.solid()
                entry.format.fill.fore_color.rgb = rgb(shade)
        set_axes(made, "" if fan.is_share else fan.unit, code)
        as_line(made, fan.lines[0].colour)
        _without(made, [0, *range(1 + len(fan.bands), len(names))])
    else:
        series = {line.name: list(line.values) for line in fan.lines}
        made = new_chart(slide, box, XL_CHART_TYPE.LINE, fan.labels, series, code)
        for entry, line in zip(made.plots[0].series, fan.lines, strict=True):
            entry.smooth = False
            entry.format.line.color.rgb = rgb(line.colour)
            entry.format.line.width = int(2.25 * POINT)
            entry.marker.style = XL_MARKER_STYLE.NONE
            if line.colour == INK and len(fan.lines) > 1:
                entry.format.line.dash_style = MSO_LINE.DASH
        set_axes(made, "" if fan.is_share else fan.unit, code)
    if fan.is_share:
        low = min([0.99, *fan.values])
        made.value_axis.maximum_scale = 1.0
        made.value_axis.minimum_scale = max(0.0, round(low - 0.1 * (1.0 - low) - 0.005, 2))
        made.value_axis.tick_labels.number_format = axis_percent([low, 1.0])


def _without(made: Any, places: Sequence[int]) -> None:  # noqa: ANN401  a chart of the library
    """Leaves series out of the legend of a chart."""
    from pptx.oxml import parse_xml

    read: Any = parse_xml
    space = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    legend = made.legend._element
    for place in reversed(places):
        entry = f'<c:legendEntry xmlns:c="{space}"><c:idx val="{place}"/><c:delete val="1"/></c:legendEntry>'
        legend.insert(1, read(entry))


def draw_tree(slide: Any, box: Box, document: Document, chart: ChartBlock) -> None:  # noqa: ANN401
    """Draws the scenario tree as lines that can be moved and recoloured, thicker the more probable a branch is."""
    picture = tree_of(document, chart)
    step = box.width / max(1, len(picture.labels))
    row = min(44 * POINT, (box.height - _HEAD) / picture.count)
    height = int(row * picture.count)
    _years(slide, box, picture, step, height)
    top = box.top + _HEAD
    # Of rows that are too low for two lines of text the second is left out.
    size = min(9.5, max(6.0, row / POINT * 0.28))
    for branch in picture.branches:
        thick = int(_THIN + (_THICK - _THIN) * branch.chance)
        left, right = box.left + int(branch.start * step), box.left + int(branch.end * step)
        middle = top + int((branch.height + 0.5) * row)
        block(slide, Box(left, middle - thick // 2, right - left, thick), ACCENT)
        if branch.parent_height is not None:
            above = top + int((branch.parent_height + 0.5) * row)
            block(slide, Box(left, min(above, middle), thick, abs(above - middle)), ACCENT)
        letters = max(1, int((right - left) / (size * 0.66 * POINT)))
        line = int(size * 1.45 * POINT)
        words = Box(left + 2 * POINT, middle - line - thick // 2, right - left, line)
        write(slide, words, [(_cut(branch.title, letters), size, INK, True)]).text_frame.word_wrap = False
        if row > 22 * POINT:
            below = Box(left + 2 * POINT, middle + thick // 2, right - left, line)
            write(slide, below, [(_cut(branch.says, letters), size - 1, MUTED, False)]).text_frame.word_wrap = False


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: max(1, letters - 1)]}…"


def _years(slide: Any, box: Box, picture: TreePicture, step: float, height: int) -> None:  # noqa: ANN401
    labels = picture.labels
    for place, label in enumerate(labels):
        if place == 0 or label[:4] != labels[place - 1][:4]:
            left = box.left + int(place * step)
            block(slide, Box(left, box.top + _HEAD, POINT // 2, height), GRID)
            write(slide, Box(left, box.top, 60 * POINT, _HEAD), [(label[:4], 10, MUTED, False)])
