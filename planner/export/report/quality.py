"""How well each input is founded: sourced, derived, judged or without a source."""

from __future__ import annotations

from collections.abc import Sequence

from models.case import TABLES
from models.columns import columns_of
from models.rows import Row
from planner.export.dossier import Dossier
from planner.export.report.cells import number, text
from planner.export.report.colours import QUALITY_COLOURS
from planner.export.report.figure import Figure, Grid, Panel, Spec
from planner.export.report.vegalite import colour, tips, y_axis
from planner.results.input_basis import basis_of
from planner.show.numbers import counted

QUALITIES = tuple(QUALITY_COLOURS)


def quality_counts(dossier: Dossier) -> dict[str, dict[str, int]]:
    """Returns the rows of each input table by how they are founded; tables without rows are left out."""
    return {
        text(row["table"]): {name: int(number(row[name.replace(" ", "_")])) for name in QUALITIES}
        for row in dossier.records("input_basis")
        if row["table"] != "all"
    }


def quality_figure(dossier: Dossier) -> Figure:
    """Returns how the inputs are founded, table by table."""
    counts = quality_counts(dossier)
    shown = [name for name in QUALITIES if any(entry[name] for entry in counts.values())]
    series = {name: QUALITY_COLOURS[name] for name in shown}
    values: list[Spec] = [
        {"name": table, "series": name, "value": entry[name], "rank": place, "said": f"{entry[name]} rows"}
        for table, entry in counts.items()
        for place, name in enumerate(shown)
        if entry[name]
    ]
    most = max((sum(entry.values()) for entry in counts.values()), default=0)
    spec = {
        "data": {"values": values},
        "mark": {"type": "bar", "height": {"band": 0.74}, "stroke": "#ffffff", "strokeWidth": 0.4},
        "encoding": {
            "x": y_axis("rows", most) | {"stack": "zero"},
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": list(counts),
                "axis": {"title": None, "ticks": False, "domain": False},
            },
            "color": colour(series),
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": tips(("name", "table"), ("series", "founded"), ("said", "rows")),
        },
    }
    rows = [
        (table, *(counted(entry[name]) for name in shown), counted(sum(entry.values())))
        for table, entry in counts.items()
    ]
    totals = [sum(entry[name] for entry in counts.values()) for name in shown]
    rows.append(("all", *(counted(total) for total in totals), counted(sum(totals))))
    return Figure(
        name="quality",
        title="How well the inputs are founded",
        caption="Rows of each input table by what their note and source say. A row counts by its weakest part: one "
        "that speaks of judgement or recollection is judged, one that speaks of derivation derived. Of a row without a "
        "source nothing is known: it may be judged and not say so.",
        panels=(Panel("", spec, 19 * len(counts) + 30, "Input rows by table and basis."),),
        legend=tuple(series.items()),
        grid=Grid(("table", *shown, "rows"), tuple(rows), frozenset(range(1, len(shown) + 2))),
        source=tuple(counts),
    )


def input_grid(dossier: Dossier, table: str) -> Grid:
    """Returns the rows of an input table as they were planned with, each with its place, basis, note and source."""
    names = [name for name in columns_of(TABLES[table]) if name not in ("note", "source")]
    rows: Sequence[Row] = getattr(dossier.case, table)
    used = [name for name in names if any(getattr(row, name) not in (None, "", ()) for row in rows)]
    numeric = frozenset(
        place + 1
        for place, name in enumerate(used)
        if all(isinstance(getattr(row, name), int | float) or getattr(row, name) is None for row in rows)
    )
    body = tuple(
        (
            str(dossier.read.rows[table][place]),
            *(_said(getattr(row, name)) for name in used),
            basis_of(row),
            row.note,
            row.source,
        )
        for place, row in enumerate(rows)
    )
    return Grid(("row", *used, "basis", "note", "source"), body, numeric | {0})


def headings(table: str) -> dict[str, str]:
    """Returns what each column of an input table means, with its unit."""
    return {
        name: f"{facts.meaning}{f', {facts.unit}' if facts.unit else ''}"
        for name, facts in columns_of(TABLES[table]).items()
    }


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if isinstance(value, int | float):
        return f"{value:,.12g}" if abs(value) < 1e12 else repr(value)
    return str(value)
