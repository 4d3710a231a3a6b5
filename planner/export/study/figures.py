"""The charts of a study as figures of its report."""

from __future__ import annotations

from planner.export.report.figure import Figure
from planner.export.study.bars import bars_figure, tornado_figure
from planner.export.study.curves import histogram_figure, line_figure, scatter_figure
from planner.export.study.maps import map_figure
from planner.whatif.study import ChartKind, Study

_MAKERS = {
    ChartKind.BARS: bars_figure,
    ChartKind.TORNADO: tornado_figure,
    ChartKind.HEATMAP: map_figure,
    ChartKind.HISTOGRAM: histogram_figure,
    ChartKind.LINE: line_figure,
    ChartKind.SCATTER: scatter_figure,
}


def figures_of(study: Study) -> list[Figure]:
    """Returns the charts of a study as figures; those with nothing to show are left out.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    made = [_MAKERS[chart.kind](study, chart) for chart in study.charts]
    return [figure for figure in made if figure.panels]
