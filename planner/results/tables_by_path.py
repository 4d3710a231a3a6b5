"""The result tables of a plan over a wide tree, made path by path: one path at a time is in memory, and packed rows.

A row of a node that several futures share is listed once, with the futures in which it is true; such rows stand first.
The rows of the nodes of one future follow future by future.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.solution import Solution
from models.uncertainty.decomposition.path_plans import PathPlans
from planner.results import (
    binding_table,
    decisions_table,
    futures,
    input_basis,
    key_figures,
    milestones,
    owed_table,
    totals,
)
from planner.results.distributions import NamedTree, distributions
from planner.results.node_labels import NODE_COLUMNS, NodeLabels
from planner.results.table import Cell, PackedRows, Table, plain, table
from planner.results.table_makers import BY_NODE, all_key_figures, made_by

Cells = tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class _PathLabels(NodeLabels):
    """The labels of a path, which notes the period of each row."""

    periods: dict[str, list[int]] = field(default_factory=dict)

    def split_table(
        self, name: str, columns: str, rows: Sequence[tuple[int, tuple[int, ...], tuple[Cell, ...]]]
    ) -> Table:
        self.periods[name] = [period for period, _, _ in rows]
        return super().split_table(name, columns, rows)


def tables_by_path(plans: PathPlans) -> dict[str, Table]:
    """Returns every result table by name, in the order of the documentation."""
    merged = _MergedTables(plans)
    paths: list[tuple[str, float, list[key_figures.Figure]]] = []
    sums: list[tuple[float, key_figures.FigureSums]] = []
    for future, solution in enumerate(plans):
        scenario, chance = merged.names[future], plans.scenarios.probability[future]
        own = _of_path(solution, scenario)
        for name, rows in own.rows.items():
            for row in rows:
                merged.add(name, future, row)
        merged.columns |= own.columns
        sums.append((chance, own.sums))
        paths.append((scenario, chance, key_figures.figures_from(solution, own.sums)))
        last = solution
    # Names and units are the same in every path.
    figures = key_figures.figures_from(last, key_figures.weighted(sums))
    return _finished(plans, merged, figures, paths)


@dataclass(frozen=True)
class _PathRow:
    """A row with its period, and the row of another table that it follows from."""

    period: int
    cells: Cells
    source: Cells = ()


@dataclass(frozen=True, eq=False)
class _PathRows:
    """The rows of each table of one path with their periods, and what its key figures are made of."""

    rows: dict[str, list[_PathRow]]
    columns: dict[str, tuple[str, ...]]
    sums: key_figures.FigureSums


def _of_path(solution: Solution, scenario: str) -> _PathRows:
    frame, labels = solution.model.frame, _PathLabels(solution)
    tables = made_by(BY_NODE, solution, labels)
    by_period = key_figures.period_figures(solution, labels)
    tables[by_period.name] = by_period
    rows = {
        name: [_PathRow(*row) for row in zip(labels.periods[name], made.rows, strict=True)]
        for name, made in tables.items()
    }
    columns = {name: made.columns for name, made in tables.items()}
    # Rows of one node are listed together, as in every plan over scenarios.
    records: dict[str, list[dict[str, Any]]] = {
        name: [
            {**dict(zip(columns[name], row.cells, strict=True)), "node": row.period, "scenarios": scenario}
            for row in own
        ]
        for name, own in rows.items()
    }
    case, at = frame.cases[0], {label: period for period, label in enumerate(labels.period)}
    happen = milestones.milestone_rows({scenario: case}, records)
    for name, names, lines in (
        ("decisions", decisions_table.DECISIONS, decisions_table.decision_rows(case, records)),
        ("milestones", milestones.MILESTONES, happen),
    ):
        columns[name] = tuple(names.split())
        rows[name] = [
            _PathRow(line.place["node"], tuple(map(plain, line.cells)), (*line.place.values(),)[:-1]) for line in lines
        ]
        records[name] = [dict(zip(columns[name], line.cells, strict=True)) for line in lines]
    reported, last = case.settings.periods - 1, len(labels.period) - 1
    columns["owed"] = tuple(owed_table.COLUMNS.split())
    rows["owed"] = [_PathRow(reported, tuple(map(plain, cells))) for cells in owed_table.owed_rows(case, records)]
    records["owed"] = [dict(zip(columns["owed"], row.cells, strict=True)) for row in rows["owed"]]
    for name, made_rows in totals.total_rows(case, records).items():
        columns[name] = tuple(totals.COLUMNS[name].split())
        place = columns[name].index("period") if "period" in columns[name] else None
        rows[name] = [
            _PathRow(last if place is None else at[str(cells[place])], tuple(map(plain, cells))) for cells in made_rows
        ]
    return _PathRows(rows, columns, key_figures.sums_of(solution, labels, frame.tree.probability))


class _MergedTables:
    """The rows of all paths by table: of nodes that several futures share, and of nodes of one future."""

    def __init__(self, plans: PathPlans) -> None:
        self._plans, scenarios = plans, plans.scenarios
        self.names = scenarios.names
        labels = scenarios.case.settings.calendar.labels
        self.labels = [
            f"{labels[t]}/{self.names[f]}" for t, f in zip(scenarios.tree.period, scenarios.tree.future, strict=True)
        ]
        self.columns: dict[str, tuple[str, ...]] = {}
        self._own: dict[str, PackedRows] = {}
        self._shared: dict[str, dict[tuple[int, Cells, Cells], list[int]]] = {}

    def add(self, name: str, future: int, row: _PathRow) -> None:
        """Adds a row of a path."""
        node = int(self._plans.nodes(future)[row.period])
        if self._plans.through[node] > 1:
            self._shared.setdefault(name, {}).setdefault((node, row.cells, row.source), []).append(future)
        else:
            chance = self._plans.scenarios.probability[future]
            self._own.setdefault(name, PackedRows()).add((*row.cells, self.labels[node], self.names[future], chance))

    def table(self, name: str, order: Callable[[Cells], Any] | None = None) -> Table:
        """Returns a table, in an order where it has one."""
        shared = PackedRows(self._shared_rows(name))
        rows = shared.followed_by(self._own.pop(name, PackedRows()))
        if order is not None:
            rows = PackedRows(sorted(rows, key=order))
        return Table(name, (*self.columns[name], *NODE_COLUMNS.split()), rows)

    def _shared_rows(self, name: str) -> Iterator[Cells]:
        texts: dict[tuple[int, ...], tuple[str, float]] = {}
        probability = self._plans.scenarios.probability
        # Nodes stand in the order of their periods.
        for (node, cells, _), members in sorted(self._shared.pop(name, {}).items(), key=lambda entry: entry[0][0]):
            key = tuple(members)
            if key not in texts:
                texts[key] = ";".join(self.names[future] for future in key), sum(probability[f] for f in key)
            yield *cells, self.labels[node], *texts[key]


def _finished(
    plans: PathPlans,
    merged: _MergedTables,
    figures: Sequence[key_figures.Figure],
    paths: Sequence[tuple[str, float, list[key_figures.Figure]]],
) -> dict[str, Table]:
    case = plans.scenarios.case
    settings = case.settings
    orders: Mapping[str, Callable[[Cells], Any]] = {
        "decisions": decisions_table.decision_order(case),
        "milestones": milestones.milestone_order,
        "binding": binding_table.binding_order,
    }
    found: dict[str, Table] = {}
    for name in merged.columns:
        made = {name: merged.table(name, orders.get(name))}
        if name == "period_figures":
            # Tables of the plan as a whole stand beside it.
            whole = table("key_figures", key_figures.COLUMNS, figures)
            made = {whole.name: whole, **made, "input_basis": input_basis.table_of(case)}
        found |= made
    found["key_figures"] = all_key_figures(found)
    found["futures"] = futures.futures_table(paths, settings.risk_level)
    labels = settings.calendar.labels
    named = NamedTree(plans.scenarios.tree, merged.labels, labels, merged.names)
    found |= distributions(named, settings, found)
    sums = {name: found.pop(name) for name in totals.COLUMNS}
    return found | sums


__all__ = ["tables_by_path"]
