"""The rows of result tables that are true in one scenario, as those of a plan for it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.results.loaded_run import LoadedRun
from planner.results.node_labels import NODE_COLUMNS
from planner.results.table import Cell

ONE_FUTURE = ""
"""What stands for the scenario of a plan for one future."""
_BRANCH = frozenset(NODE_COLUMNS.split())
PathRows = Mapping[str, list[dict[str, Cell]]]
"""By table."""


def rows_by_scenario(loaded: LoadedRun, tables: Iterable[str]) -> dict[str, PathRows]:
    """Returns the rows of some tables by scenario, without the columns of branches.

    A plan for one future has all rows under `ONE_FUTURE`; a table that is not there is empty.
    """
    names = (ONE_FUTURE,) if loaded.scenario_tree is None else loaded.scenario_tree.names
    wanted = tuple(tables)
    found: dict[str, dict[str, list[dict[str, Cell]]]] = {name: {table: [] for table in wanted} for name in names}
    for table in wanted:
        for row in loaded.records(table):
            own = {column: cell for column, cell in row.items() if column not in _BRANCH}
            for name in str(row["scenarios"]).split(";") if "scenarios" in row else names:
                found[name][table].append(own)
    return dict(found)
