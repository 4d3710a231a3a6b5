"""From a solved model to the result tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.results.table import Table

if TYPE_CHECKING:
    from models.solution import Solution


def tables_of(solution: Solution) -> dict[str, Table]:
    """Returns every result table by name, in the order of the documentation."""
    # Exporters need tables and none of what fills them.
    from planner.results import binding, input_basis, key_figures, money_tables, served, strategy_tables, supply_tables
    from planner.results.decisions import decisions
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
    found["key_figures"] = with_owed(found["key_figures"], found["owed"])
    return found


__all__ = ["Table", "tables_of"]
