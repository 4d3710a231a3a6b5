"""Native charts of a deck: bars that stay editable, in the colours of the report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from planner.documents.colours import GRID, INK, MUTED
from planner.documents.pptx.deck import POINT, Box, clean, rgb

_MOST_LABELS = 12
_FEW = 4
_PART = re.compile(r"\d{4}(H\d|Q\d|-\d\d)")
_LINE = (
    '<c:lineChart xmlns:c="{c}"><c:grouping val="standard"/><c:varyColors val="0"/>'
    '<c:marker val="1"/><c:axId val="{x}"/><c:axId val="{y}"/></c:lineChart>'
)
_MARKED = (
    '<c:spPr xmlns:c="{c}" xmlns:a="{a}"><a:ln w="28575"><a:noFill/></a:ln></c:spPr>',
    '<c:marker xmlns:c="{c}" xmlns:a="{a}"><c:symbol val="dash"/><c:size val="14"/><c:spPr><a:solidFill>'
    '<a:srgbClr val="{ink}"/></a:solidFill><a:ln><a:solidFill><a:srgbClr val="{ink}"/></a:solidFill></a:ln></c:spPr>'
    "</c:marker>",
)
_DRAWN = (
    '<c:spPr xmlns:c="{c}" xmlns:a="{a}"><a:ln w="28575"><a:solidFill><a:srgbClr val="{ink}"/></a:solidFill></a:ln>'
    "</c:spPr>",
    '<c:marker xmlns:c="{c}"><c:symbol val="none"/></c:marker>',
)
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def stacked(
    slide: Any,  # noqa: ANN401  a slide of the library
    box: Box,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    colours: Mapping[str, str],
    *,
    unit: str,
    number_format: str = "#,##0",
    whole: bool = False,
    across: bool = False,
    marks: tuple[str, Sequence[float | None]] | None = None,
) -> Any:  # noqa: ANN401
    """Adds stacked columns and returns the chart.

    `whole` fills the height (shares), `across` lays the bars flat, `marks` adds a series of dashes with its name.
    """
    from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION

    kinds = {
        (False, False): XL_CHART_TYPE.COLUMN_STACKED,
        (True, False): XL_CHART_TYPE.COLUMN_STACKED_100,
        (False, True): XL_CHART_TYPE.BAR_STACKED if len(series) > 1 else XL_CHART_TYPE.BAR_CLUSTERED,
    }
    every = dict(series) | ({} if marks is None else {marks[0]: marks[1]})
    chart = new_chart(slide, box, kinds[whole, across], labels, every, number_format)
    plot = chart.plots[0]
    plot.gap_width = 30 if len(labels) > _FEW else 150
    plot.overlap = 100
    for entry, name in zip(plot.series, series, strict=False):
        entry.format.fill.solid()
        entry.format.fill.fore_color.rgb = rgb(colours[name])
        entry.invert_if_negative = False
    if is_long(labels):
        chart.category_axis.tick_labels.font.size = 8 * POINT
    set_axes(chart, unit, "0%" if whole else number_format)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.reverse_order = across
    if across:
        chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
        chart.value_axis.has_major_gridlines = False
        chart.value_axis.visible = False
    if marks is not None:
        _as_dashes(chart)
    return chart


def label_values(chart: Any, number_format: str) -> None:  # noqa: ANN401  a chart of the library
    """Writes its value beside each bar of a chart with one series."""
    from pptx.enum.chart import XL_LABEL_POSITION

    plot = chart.plots[0]
    plot.has_data_labels = True
    plot.data_labels.number_format = number_format
    plot.data_labels.number_format_is_linked = False
    plot.data_labels.font.size = 10 * POINT
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END


def paint_points(chart: Any, shades: Sequence[str]) -> None:  # noqa: ANN401  a chart of the library
    """Gives each bar of a chart with one series its own colour."""
    entry = chart.plots[0].series[0]
    for at, shade in enumerate(shades):
        fill = entry.points[at].format.fill
        fill.solid()
        fill.fore_color.rgb = rgb(shade)


def new_chart(
    slide: Any,  # noqa: ANN401
    box: Box,
    kind: Any,  # noqa: ANN401
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    number_format: str,
) -> Any:  # noqa: ANN401
    """Adds a chart with its data, without a title, with a legend where it has several series."""
    from planner.documents.pptx.chart_workbook import ChartData

    maker: Any = ChartData
    data = maker(number_format=number_format)
    if is_long(labels):
        # Years above the parts of years keep many periods readable.
        for year in dict.fromkeys(label[:4] for label in labels):
            parts = data.add_category(year)
            for label in (label for label in labels if label[:4] == year):
                parts.add_sub_category(label[4:].lstrip("-"))
    else:
        data.categories = [clean(label) for label in labels]
    for name, values in series.items():
        data.add_series(clean(name), list(values))
    chart = slide.shapes.add_chart(kind, box.left, box.top, box.width, box.height, data).chart
    return plain(chart, has_legend=len(series) > 1)


def plain(chart: Any, *, has_legend: bool) -> Any:  # noqa: ANN401  python-pptx has no types
    """Gives a chart the look of all: no title, small text, and a legend below it if wanted; returns it."""
    from pptx.enum.chart import XL_LEGEND_POSITION

    chart.has_title = False
    chart.font.size = 10 * POINT
    chart.font.color.rgb = rgb(INK)
    chart.has_legend = has_legend
    if has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    return chart


def set_axes(chart: Any, unit: str, number_format: str) -> None:  # noqa: ANN401
    """Styles the axes of a chart and titles that of numbers with its unit."""
    value, category = chart.value_axis, chart.category_axis
    value.has_major_gridlines = True
    value.major_gridlines.format.line.color.rgb = rgb(GRID)
    value.format.line.fill.background()
    value.tick_labels.number_format = number_format
    value.tick_labels.number_format_is_linked = False
    category.format.line.color.rgb = rgb(MUTED)
    category.has_major_gridlines = False
    value.has_title = bool(unit)
    if unit:
        value.axis_title.text_frame.text = clean(unit)
        font = value.axis_title.text_frame.paragraphs[0].font
        font.size, font.bold = 10 * POINT, False
        font.color.rgb = rgb(MUTED)


def is_long(labels: Sequence[str]) -> bool:
    """True for more parts of years than can be labelled in full."""
    return len(labels) > _MOST_LABELS and all(_PART.fullmatch(label) for label in labels)


def _as_dashes(chart: Any) -> None:  # noqa: ANN401
    """Turns the last series of stacked columns into dashes on the same axes."""
    over_plot(chart, _MARKED, INK)


def as_line(chart: Any, colour: str) -> None:  # noqa: ANN401
    """Turns the last series of stacked areas into a line on the same axes."""
    over_plot(chart, _DRAWN, colour)


def over_plot(chart: Any, parts: Sequence[str], colour: str) -> None:  # noqa: ANN401
    """Moves the last series of a chart into a line chart on the same axes; `parts` are how it looks."""
    from pptx.oxml import parse_xml

    read: Any = parse_xml
    plot = chart.plots[0]._element
    last = plot.findall(f"{{{_CHART}}}ser")[-1]
    ids = [entry.get("val") for entry in plot.findall(f"{{{_CHART}}}axId")]
    line = read(_LINE.format(c=_CHART, x=ids[0], y=ids[1]))
    plot.remove(last)
    for name in ("invertIfNegative", "spPr", "marker", "smooth"):
        for found in last.findall(f"{{{_CHART}}}{name}"):
            last.remove(found)
    words = {"c": _CHART, "a": _DRAWING, "ink": colour.lstrip("#").upper()}
    at = list(last).index(last.find(f"{{{_CHART}}}tx")) + 1
    for step, part in enumerate(parts):
        last.insert(at + step, read(part.format(**words)))
    last.append(read(f'<c:smooth xmlns:c="{_CHART}" val="0"/>'))
    line.insert(2, last)
    plot.addnext(line)
