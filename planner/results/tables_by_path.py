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
    money_tables,
    owed_table,
    right_tables,
    service_totals,
    strategy_tables,
    supply_tables,
    totals,
)
from planner.results.distributions import NamedTree, distributions
from planner.results.node_labels import NODE_COLUMNS, NodeLabels
from planner.results.table import Cell, PackedRows, Table, plain, table

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
        name, chance = merged.names[future], plans.scenarios.probability[future]
        own = _of_path(solution, name)
        for found, rows in own.rows.items():
            for row in rows:
                merged.add(found, future, row)
        merged.columns |= own.columns
        sums.append((chance, own.sums))
        paths.append((name, chance, key_figures.figures_from(solution, own.sums)))
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


def _of_path(solution: Solution, name: str) -> _PathRows:
    frame, places = solution.model.frame, _PathLabels(solution)
    makers = (supply_tables, right_tables, service_totals, strategy_tables, money_tables, binding_table)
    tables = {made.name: made for maker in makers for made in (make(solution, places) for make in maker.MAKES)}
    made = key_figures.period_figures(solution, places)
    tables[made.name] = made
    rows = {
        found: [_PathRow(*row) for row in zip(places.periods[found], made.rows, strict=True)]
        for found, made in tables.items()
    }
    columns = {found: made.columns for found, made in tables.items()}
    # Rows of one node are listed together, as in every plan over scenarios.
    records: dict[str, list[dict[str, Any]]] = {
        found: [
            {**dict(zip(columns[found], row.cells, strict=True)), "node": row.period, "scenarios": name} for row in own
        ]
        for found, own in rows.items()
    }
    case, at = frame.cases[0], {label: period for period, label in enumerate(places.period)}
    happen = milestones.milestone_rows({name: case}, records)
    for found, names, lines in (
        ("decisions", decisions_table.DECISIONS, decisions_table.decision_rows(case, records)),
        ("milestones", milestones.MILESTONES, happen),
    ):
        columns[found] = tuple(names.split())
        rows[found] = [
            _PathRow(line.place["node"], tuple(map(plain, line.cells)), (*line.place.values(),)[:-1]) for line in lines
        ]
        records[found] = [dict(zip(columns[found], line.cells, strict=True)) for line in lines]
    reported = case.settings.periods - 1
    columns["owed"] = tuple(owed_table.COLUMNS.split())
    rows["owed"] = [_PathRow(reported, tuple(map(plain, cells))) for cells in owed_table.owed_rows(case, records)]
    records["owed"] = [dict(zip(columns["owed"], row.cells, strict=True)) for row in rows["owed"]]
    for found, made_rows in totals.total_rows(case, records).items():
        columns[found] = tuple(totals.COLUMNS[found].split())
        place = columns[found].index("period") if "period" in columns[found] else None
        last = len(at) - 1
        rows[found] = [
            _PathRow(last if place is None else at[str(cells[place])], tuple(map(plain, cells))) for cells in made_rows
        ]
    weight = frame.tree.probability
    return _PathRows(rows, columns, key_figures.sums_of(solution, places, weight))


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
    whole = {"key_figures": table("key_figures", "name value unit periods of", figures)}
    found: dict[str, Table] = {}
    for name in merged.columns:
        if name == "period_figures":
            found |= whole
        found[name] = merged.table(name, orders.get(name))
        if name == "period_figures":
            found["input_basis"] = input_basis.table_of(case)
    further = [row for figure in owed_table.FIGURES for row in figure(found)]
    further += [row for figure in supply_tables.FIGURES for row in figure(found)]
    found["key_figures"] = table("key_figures", "name value unit periods of", [*figures, *further])
    found["futures"] = futures.futures_table(paths, settings.risk_level)
    labels = settings.calendar.labels
    named = NamedTree(plans.scenarios.tree, merged.labels, labels, merged.names)
    found |= distributions(named, settings, found)
    sums = {name: found.pop(name) for name in totals.COLUMNS}
    return found | sums


__all__ = ["tables_by_path"]
