"""The timeline as a chart."""

from __future__ import annotations

from collections.abc import Mapping

from planner.documents.html.vega_timeline import timeline_panels
from planner.documents.timeline import Milestone
from planner.export.dossier import Dossier
from planner.export.report.cells import text
from planner.export.report.figure import Figure, Grid
from planner.export.report.timeline import groups_of
from planner.results.decisions import span_words
from planner.results.table import Cell
from planner.show.numbers import counted, money


def timeline_figure(dossier: Dossier) -> Figure:
    """Returns the plan on a timeline: orders as bars from order to arrival, milestones as marks."""
    groups = groups_of(dossier)
    panels = timeline_panels(dossier.periods, groups)
    fails = any(mark.milestone is Milestone.FAILED for group in groups for row in group.rows for mark in row.marks)
    rows = tuple(_told(row) for row in dossier.records("decisions"))
    header = ("when", "what", "item", "how", "quantity", "USD million in all", "then")
    return Figure(
        name="timeline",
        title="The plan on a timeline",
        caption="Pale: ordered and waiting (the lead time). Solid: the period of arrival, with units or MW. "
        f"Marks: signing (circle), tape-out (diamond), ready or owned (triangle){', failure (cross)' * fails}.",
        panels=panels,
        grid=Grid(header, rows, frozenset({4, 5})),
        least_width=940,
        source=("decisions", "orders", "tape_outs", "acquisitions", "agreements", "expansions"),
        notes=("Amounts are after volume discounts, of a lease for its whole term; what is sold is negative.",),
    )


def _told(row: Mapping[str, Cell]) -> tuple[str, ...]:
    """Returns a decision as a row of the table below the chart."""
    units, musd = row["units"], row["musd"]
    amount = f"{counted(float(units))} {row['unit']}" if units is not None else ""
    then = f"{row['effect']}{' (committed)' if row['committed'] == 'yes' else ''}".strip()
    worth = "" if musd is None else money(float(musd))
    return (
        span_words(text(row["periods"]).split(";")),
        text(row["verb"]),
        text(row["item"]),
        text(row["how"]),
        amount,
        worth,
        then,
    )
