"""From a solved model to the result tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.results.table import Table, table

if TYPE_CHECKING:
    from models.solution import Solution


def tables_of(solution: Solution) -> dict[str, Table]:
    """Returns every result table by name, in the order of the documentation."""
    # Exporters need tables and none of what fills them.
    from planner.results import (
        binding,
        decisions,
        futures,
        input_basis,
        key_figures,
        milestones,
        money_tables,
        owed,
        served,
        strategy_tables,
        supply_tables,
    )
    from planner.results.places import Places

    places = Places(solution)
    makers = (supply_tables, served, strategy_tables, money_tables, binding, key_figures, input_basis)
    found = {made.name: made for maker in makers for made in (make(solution, places) for make in maker.MAKES)}
    for teller in (decisions, milestones, owed):
        for tell in teller.MAKES:
            made = tell(solution, places, found)
            found[made.name] = made
    if not solution.model.frame.tree.is_line:
        found["futures"] = futures.futures(solution, places)
    figures = found["key_figures"]
    further = [row for maker in (supply_tables, owed) for figure in maker.FIGURES for row in figure(found)]
    found["key_figures"] = table("key_figures", " ".join(figures.columns), [*figures.rows, *further])
    from planner.results import binding, input_basis, key_figures, money_tables, served, strategy_tables, supply_tables
    from planner.results.decisions import decisions
    from planner.results.futures import futures
    from planner.results.milestones import milestones
    from planner.results.owed import owed, with_owed
    from planner.results.places import Places

    places = Places(solution)
    made = [
        supply_tables.orders,
        supply_tables.arrivals,
        supply_tables.fleet,
        supply_tables.sales,
        supply_tables.active,
        supply_tables.assignments,
        served.service,
        served.service_by_workload,
        supply_tables.power,
        strategy_tables.tape_outs,
        strategy_tables.acquisitions,
        strategy_tables.agreements,
        strategy_tables.expansions,
        money_tables.costs,
        money_tables.budgets,
        money_tables.limits,
        binding.binding,
        key_figures.key_figures,
        key_figures.period_figures,
        input_basis.input_basis,
    ]
    found = {table.name: table for table in (make(solution, places) for make in made)}
    for name, tell in (("decisions", decisions), ("milestones", milestones), ("owed", owed)):
        found[name] = tell(solution, places, found)
    if not solution.model.frame.tree.is_line:
        found["futures"] = futures(solution, places)
    found["key_figures"] = with_owed(found["key_figures"], found["owed"])
