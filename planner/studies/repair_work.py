"""The work of one point of a repair: whether there is a plan as it stands, or the least change of some kinds, tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.build import build
from models.diagnose import explain
from models.least_repair import InputChange, PlanExists, least_repair
from models.uncertainty.scenario_tree import planned_model, scenario_tree
from models.whatif.changeable_inputs import RepairKind, with_inputs
from planner.studies.future_recipes import refusals
from planner.sweeps.points import Point, StoredPlan, Work, WorkContext

AS_IT_STANDS = "as it stands"
INFEASIBLE, FEASIBLE, OPEN = "infeasible", "has a plan", "open"


def repair_point(context: WorkContext, point: Point, plan: Work) -> Mapping[str, Any]:
    """Returns the least change of the kinds in its recipe, and the plan of the repaired case by `plan`.

    Without kinds it says whether the case has a plan as it stands, and if not, which requirements conflict.
    """
    base = not point.recipe.get("over_scenarios")
    kinds = [RepairKind(kind) for kind in point.recipe["kinds"]]
    if not kinds:
        return _as_it_stands(context, base=base)
    found = least_repair(context.case, kinds, context.engine, base=base)
    result = {
        "status": found.status,
        "kinds": [kind.value for kind in found.kinds],
        "size": found.size,
        "least": found.least,
        "is_proven": found.is_proven,
        "cases": found.cases,
        "changes": [change_facts(change) for change in found.changes],
    }
    if found.changes:
        repaired = with_inputs(context.case, {change.input: change.value for change in found.changes})
        faults = refusals(repaired)
        # What is tried is a case of its own: nothing of it is kept for the next point of this worker.
        tried = replace(context, case=repaired, start=_start(found.plan), memo={}, plan=None)
        recipe = {} if base else {"over_scenarios": True}
        planned = {} if faults else dict(plan(tried, replace(point, question="plan", recipe=recipe)))
        if planned.get("breaches"):
            planned = {"status": "nothing found", "why": ["the search found no plan within its limits"]}
        result["plan"] = {"status": "faults", "why": faults} if faults else planned
    return result


def _start(plan: Mapping[str, float]) -> StoredPlan | None:
    """A plan to start the search from: with the least change it is hard to find any."""
    if not plan:
        return None
    return StoredPlan(
        {"names": np.array(list(plan)), "values": np.array(list(plan.values())), "objective": np.zeros(())}
    )


def _as_it_stands(context: WorkContext, *, base: bool) -> dict[str, Any]:
    answer = PlanExists(context.case, context.engine, base)({})
    if answer is not False:
        return {"status": OPEN if answer is None else FEASIBLE}
    tree = None if base else scenario_tree(context.case)
    unmet = []
    for name, case in zip(tree.names, tree.cases, strict=True) if tree is not None else ():
        alone = replace(case, scenarios=(), scenario_values=())
        if PlanExists(alone, context.engine, base=True)({}) is False:
            unmet.append(name)
    shown = planned_model(context.case, base=base)
    if tree is not None and unmet:
        shown = build(tree.cases[tree.names.index(unmet[0])])
    lines = explain(shown, context.engine).lines
    count = 0 if tree is None else len(tree.names)
    return {"status": INFEASIBLE, "conflict": list(lines[:1]), "unmet": unmet, "scenarios": count}


def change_facts(change: InputChange) -> dict[str, Any]:
    """Returns a change as plain values for the result of its point."""
    one = change.input
    return {
        "kind": one.kind.value,
        "table": one.table,
        "row": one.row,
        "column": one.column,
        "before": one.now,
        "after": change.value,
        "smaller": change.smaller,
        "is_proven": change.is_proven,
        "size": one.counts(change.value),
    }
