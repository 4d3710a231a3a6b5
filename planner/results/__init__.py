"""From a solved model to the result tables of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from planner.results.table import Cell, Table, table

if TYPE_CHECKING:
    from models.solution import Solution


def tables_of(solution: Solution) -> dict[str, Table]:
    """Returns every result table by name, in the order of the documentation."""
    # Exporters need tables and none of what fills them.
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
    )
    from planner.results.distributions import NamedTree, distributions
    from planner.results.node_labels import NodeLabels
    from planner.results.totals import totals

    places = NodeLabels(solution)
    makers = (
        supply_tables,
        right_tables,
        service_totals,
        strategy_tables,
        money_tables,
        binding_table,
        key_figures,
        input_basis,
    )
    found = {made.name: made for maker in makers for made in (make(solution, places) for make in maker.MAKES)}
    for teller in (decisions_table, milestones, owed_table):
        for tell in teller.MAKES:
            made = tell(solution, places, found)
            found[made.name] = made
    if not solution.model.frame.tree.is_line:
        found["futures"] = futures.futures(solution, places)
        frame = solution.model.frame
        named = NamedTree(frame.tree, frame.node.labels, frame.calendar.labels, frame.called)
        found |= distributions(named, frame.case.settings, found)
    figures = found["key_figures"]
    further = [row for figure in owed_table.FIGURES for row in figure(found)] + further_figures(found)
    found["key_figures"] = table("key_figures", " ".join(figures.columns), [*figures.rows, *further])
    return found | totals(solution, places, found)


def further_figures(tables: Mapping[str, Table]) -> list[tuple[Cell, ...]]:
    """Returns the key figures that requirements bring which not every case has, from the finished tables."""
    from planner.results import supply_tables

    return [row for figure in supply_tables.FIGURES for row in figure(tables)]


__all__ = ["Table", "further_figures", "tables_of"]
