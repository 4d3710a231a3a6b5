"""The work of one point about causes: a case with the inputs of some groups as they are now is planned.

Recipe: `tables` and `settings` that are taken from the new case. What the points share is the old case (`old`), as
JSON, and whether the scenarios of the new one are left aside (`is_base`). A case over scenarios is planned over them. A
point starts from the plan of the coalition that has one group less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.case import Case
from models.uncertainty.scenario_tree import model_over, scenario_tree
from models.uncertainty.solve_tree import solve_tree
from planner.case.recheck import faults_of
from planner.studies.input_groups import case_from_json, mixed_case
from planner.studies.point_solving import checked_tables, exact_plan, plan_arrays, started, without_plan
from planner.studies.point_summary import summary_of
from planner.sweeps.points import Point, WorkContext

QUESTION = "cause"
_MOST_REASONS = 6


def cause_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the plan of the case that a coalition of groups makes; where that has faults, which."""
    shared, new = context.base or {}, context.case
    if shared["is_base"]:
        new = replace(new, scenarios=(), scenario_values=())
    if "old" not in context.memo:
        context.memo["old"] = case_from_json(shared["old"], new)
    old: Case = context.memo["old"]
    mixed = mixed_case(old, new, point.recipe["tables"], point.recipe["settings"])
    case, known = mixed.case, {"dropped": list(mixed.dropped)}
    faults = [fault.text for fault in faults_of(case)]
    if faults:
        return known | {"status": "faults", "why": faults[:_MOST_REASONS]}
    tree = scenario_tree(case)
    model = model_over(case, tree)
    options = started(context.options, model, context.start)
    outcome = solve_tree(tree, model, context.engine, options)
    found = exact_plan(context, model, outcome, options, plan=None, seen=0)
    if not found.outcome.has_solution:
        return known | without_plan(model, context, found.outcome)
    futures = {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    tables = checked_tables(case, model, found, futures=futures)
    context.store_plan(plan_arrays(model, found.outcome, tables))
    return known | summary_of(case, found.outcome, tables)
