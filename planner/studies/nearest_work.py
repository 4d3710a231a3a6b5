"""The work of one point about stability: of all plans within a share of the least cost, the nearest to an earlier one.

Recipe: `earlier` (what the earlier plan orders and decides, as lists), `share` (None for the plan of least cost
itself), `bound_musd` (what every plan costs at least), and `over_scenarios`. The point starts from the plan of least
cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.alternatives.nearest_plan import bounded, nearest_plan
from models.alternatives.plan_distance import EarlierPlan, order_values
from models.outcome import Outcome, Status, Stop
from models.polish import polish
from models.recourse import as_columns
from models.uncertainty.scenario_tree import model_over
from planner.results.stability_tables import PlanChanges, changes_of
from planner.studies.point_solving import ViolatingPlan, checked_tables, plan_values
from planner.studies.point_summary import summary_of
from planner.studies.scenario_work import tree_of_case
from planner.sweeps.points import Point, WorkContext

QUESTION = "nearest"


def nearest_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the plan nearest to the earlier one within a share of the least cost, and how far it moved."""
    recipe, case = point.recipe, context.case
    tree = tree_of_case(case) if recipe.get("over_scenarios") else None
    model = model_over(case, tree)
    if context.start is None:
        return {"status": "failed", "why": ["the plan of least cost was not found"]}
    values = as_columns(model.program, plan_values(context.start))
    cost, bound = model.program.objective_of(values), recipe["bound_musd"]
    engine = context.engine
    cheapest = Outcome(
        Status.OPTIMAL, Stop.GAP, context.options.solver, engine.version, objective=cost, bound=bound, solution=values
    )
    earlier = earlier_from(recipe["earlier"])
    found, proven = cheapest, None
    if recipe["share"] is not None:
        best = nearest_plan(model, cheapest, earlier, float(recipe["share"]), engine, context.options)
        found = polish(best.held.program, best.outcome, engine=engine, options=context.options)
        proven = best.least
    if not found.has_solution:
        return {"status": "failed", "why": [found.detail]}
    futures = {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    tables = checked_tables(case, model, ViolatingPlan(found), futures=futures)
    records = {name: list(table.records()) for name, table in tables.items()}
    changes = changes_of(earlier, case, records, order_values(model.frame))
    least = None if proven is None else min(max(0.0, proven), changes.distance_musd)
    # The share is what the plan may cost more, so that the gap of the case says nothing of it.
    stated = summary_of(case, bounded(found, bound, 1.0), tables)
    return {**stated, "moved": moved_of(changes), "least_distance_musd": least}


def moved_of(changes: PlanChanges) -> dict[str, Any]:
    """Returns what a study keeps of how far a plan moved."""
    return {
        "planned_musd": changes.planned_musd,
        "moved_musd": changes.moved_musd,
        "nervousness": changes.nervousness,
        "flipped": [list(flip) for flip in changes.flipped],
        "distance_musd": changes.distance_musd,
    }


def recipe_of_earlier(earlier: EarlierPlan) -> dict[str, Any]:
    """Returns an earlier plan as JSON."""
    return {
        "shared": list(earlier.shared),
        "decided": list(earlier.decided),
        "units": [[*cell, amount] for cell, amount in sorted(earlier.units.items())],
        "values": [[*cell, amount] for cell, amount in sorted(earlier.values.items())],
        "taken": [[*key, label] for key, label in sorted(earlier.taken.items())],
    }


def earlier_from(stated: Mapping[str, Any]) -> EarlierPlan:
    """Returns the earlier plan that a recipe states."""
    names = "units", "values", "taken"
    units, values, taken = ({(one, two): found for one, two, found in stated[name]} for name in names)
    return EarlierPlan(tuple(stated["shared"]), tuple(stated["decided"]), units, values, taken)
