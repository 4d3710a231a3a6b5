"""The tables of a scenario tree without a plan: stages, branches, nodes, scenarios, and how these were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from models.uncertainty.scenario_tree import ScenarioTree
from models.whatif.scenario_generation import Draw
from planner.results.branch_rows import BRANCHES, branch_rows
from planner.results.table import Cell, Table, table

COLUMNS = {
    "stages": "stage from until nodes branches",
    "branches": BRANCHES,
    "nodes": "node parent period stage probability scenarios",
    "futures": "scenario probability",
    "draws": "branch known_from input quantile value",
    "represented": "scenario represented_by",
}
"""The columns of each table."""


def tree_tables(
    tree: ScenarioTree, draws: Sequence[Draw] = (), represented_by: Mapping[str, str] | None = None
) -> dict[str, Table]:
    """Returns the tables by name; those of draws and of a reduction where there was one."""
    labels = tree.case.settings.calendar.labels
    grown = tree.tree
    nodes = [f"{labels[t]}/{tree.names[f]}" for t, f in zip(grown.period, grown.future, strict=True)]
    made: dict[str, list[Sequence[Cell]]] = {
        "stages": list(_stages(tree, labels)),
        "branches": list(branch_rows(grown, nodes, labels, tree.names)),
        "nodes": list(_nodes(tree, labels, nodes)),
        "futures": list(zip(tree.names, tree.probability, strict=True)),
    }
    if draws:
        made["draws"] = [(draw.branch, draw.label, draw.name, draw.share, draw.value) for draw in draws]
    if represented_by:
        made["represented"] = list(represented_by.items())
    return {name: table(name, COLUMNS[name], rows) for name, rows in made.items()}


def _stages(tree: ScenarioTree, labels: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    stages, counts = tree.tree.stages, np.bincount(tree.tree.period)
    for stage in range(1, tree.stages + 1):
        periods = np.flatnonzero(stages == stage)
        yield stage, labels[periods[0]], labels[periods[-1]], int(counts[periods].sum()), int(counts[periods[0]])


def _nodes(tree: ScenarioTree, labels: Sequence[str], nodes: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    grown = tree.tree
    for node, above in enumerate(grown.parent):
        period = int(grown.period[node])
        names = ";".join(tree.names[future] for future in grown.futures_through[node])
        parent = nodes[above] if above >= 0 else ""
        yield nodes[node], parent, labels[period], int(grown.stages[period]), float(grown.probability[node]), names
