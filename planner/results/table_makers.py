"""Which modules make the result tables of a plan, and what key figures follow from finished tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from models.solution import Solution
from planner.results import (
    binding_table,
    key_figures,
    money_tables,
    owed_table,
    right_tables,
    service_totals,
    strategy_tables,
    supply_tables,
)
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table, table

BY_NODE = (supply_tables, right_tables, service_totals, strategy_tables, money_tables, binding_table)
"""Modules whose tables have rows of nodes and follow from the solution alone, in the order of the documentation."""


def made_by(makers: Iterable[ModuleType], solution: Solution, labels: NodeLabels) -> dict[str, Table]:
    """Returns the tables of some modules by name."""
    return {made.name: made for maker in makers for made in (make(solution, labels) for make in maker.MAKES)}


def all_key_figures(tables: Mapping[str, Table]) -> Table:
    """Returns the key figures of the finished tables with those that follow from the other tables."""
    further = [row for figure in owed_table.FIGURES for row in figure(tables)] + further_figures(tables)
    return table("key_figures", key_figures.COLUMNS, [*tables["key_figures"].rows, *further])


def further_figures(tables: Mapping[str, Table]) -> list[tuple[Cell, ...]]:
    """Returns the key figures that requirements bring which not every case has, from the finished tables."""
    return [row for figure in supply_tables.FIGURES for row in figure(tables)]
