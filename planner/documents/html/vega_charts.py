"""The charts of a document as figures of its page."""

from __future__ import annotations

from planner.documents.blocks import ChartBlock, ChartKind, Document, Medium, TimelineBlock
from planner.documents.html.figure import Figure
from planner.documents.html.vega_bars import bars_figure, tornado_figure
from planner.documents.html.vega_curves import columns_figure, histogram_figure, line_figure, scatter_figure
from planner.documents.html.vega_maps import map_figure
from planner.documents.html.vega_scenarios import distribution_figure, fan_figure, tree_figure
from planner.documents.html.vega_stack import stack_figure
from planner.documents.html.vega_timeline import timeline_figure

_MAKERS = {
    ChartKind.BARS: bars_figure,
    ChartKind.TORNADO: tornado_figure,
    ChartKind.HEATMAP: map_figure,
    ChartKind.HISTOGRAM: histogram_figure,
    ChartKind.LINE: line_figure,
    ChartKind.SCATTER: scatter_figure,
    ChartKind.COLUMNS: columns_figure,
    ChartKind.STACK: stack_figure,
    ChartKind.DISTRIBUTION: distribution_figure,
    ChartKind.FAN: fan_figure,
    ChartKind.TREE: tree_figure,
}


def figure_of(document: Document, chart: ChartBlock | TimelineBlock) -> Figure | None:
    """Returns a chart or timeline of a document as a figure; None where it has nothing to show.

    Raises:
        KeyError: the chart names a table or column that is not there.
    """
    figure = timeline_figure(chart) if isinstance(chart, TimelineBlock) else _MAKERS[chart.kind](document, chart)
    return figure if figure.panels else None


def figures_of(document: Document) -> list[Figure]:
    """Returns the charts and timelines on the page of a document as figures; those with nothing to show are left out.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    made = [figure_of(document, chart) for chart in document.drawings(Medium.PAGE)]
    return [figure for figure in made if figure is not None]
