"""From a solved model to the result tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.results.table import Table

if TYPE_CHECKING:
    from models.solution import Solution


def tables_of(solution: Solution) -> dict[str, Table]:
    """Returns every result table by name, in the order of the documentation."""
    # Exporters need tables and none of what fills them.
    from planner.results import decisions_table, futures, input_basis, key_figures, milestones, owed_table
    from planner.results.distributions import NamedTree, distributions
    from planner.results.node_labels import NodeLabels
    from planner.results.table_makers import BY_NODE, all_key_figures, made_by
    from planner.results.totals import totals

    labels = NodeLabels(solution)
    found = made_by((*BY_NODE, key_figures, input_basis), solution, labels)
    for maker in (decisions_table, milestones, owed_table):
        for make in maker.MAKES:
            made = make(solution, labels, found)
            found[made.name] = made
    sums = totals(solution, labels, found)
    if not solution.model.frame.tree.is_line:
        found["futures"] = futures.futures(solution, labels)
        frame = solution.model.frame
        named = NamedTree(frame.tree, frame.node.labels, frame.calendar.labels, frame.called)
        found |= distributions(named, frame.case.settings, found | sums)
    found["key_figures"] = all_key_figures(found)
    return found | sums


__all__ = ["Table", "tables_of"]
