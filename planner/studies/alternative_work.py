"""The work of one point about alternatives: a plan that decides otherwise, or one for which a measure is least.

Recipe: `excluded` (strategic decisions by path, as `models.alternatives`), `months` (by how much dates must differ to
count, or None), `most_musd` (what a plan may cost), `vendor` and `until` (what the measures are of), `measure` with
`name` and `size` where one is made least, and `over_scenarios`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.alternatives.least_measure import WantedMeasure, least_measure
from models.alternatives.measures import CAPITAL, PEAK_MW, UNSERVED, VENDOR_SHARE
from models.alternatives.nearest_plan import of_model
from models.alternatives.strategic_choices import choices_of, excluding
from models.build import Model
from models.calendar import Calendar
from models.outcome import Outcome, Status
from models.polish import polish
from models.recourse import values_of
from models.stages import solve_model
from models.uncertainty.scenario_tree import model_over
from planner.results import Table
from planner.results.table import expected
from planner.studies.point_solving import ViolatingPlan, checked_tables, started, without_plan
from planner.studies.point_summary import summary_of
from planner.studies.scenario_work import tree_of_case
from planner.sweeps.points import Point, WorkContext

_NOTHING_CHANGED: Mapping[str, Any] = {"seen": None, "changes": [], "without_effect": []}


def alternative_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the plan that decides otherwise than the excluded ones and costs least, or whose measure is least."""
    recipe, case = point.recipe, context.case
    tree = tree_of_case(case) if recipe.get("over_scenarios") else None
    model = model_over(case, tree)
    program = excluding(model, recipe["excluded"], recipe["months"])
    least = None
    if (measure := recipe.get("measure")) is None:
        # What costs more than is allowed is no alternative: its proof ends the search.
        options = replace(context.options, answered_above=recipe["most_musd"])
        found = solve_model(replace(model, program=program), context.engine, options)
    else:
        options = started(context.options, model, context.start)
        wanted = WantedMeasure(measure["name"], measure["size"], recipe["vendor"], recipe["until"])
        best = least_measure(model, program, wanted, recipe["most_musd"], context.engine, options)
        program, found, least = best.program, best.outcome, best.least
    if found.has_solution:
        found = polish(program, found, engine=context.engine, options=context.options)
    if not found.has_solution:
        return _without(model, context, found)
    own = of_model(model, program, found)
    futures = {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    tables = checked_tables(case, model, ViolatingPlan(own), futures=futures)
    summary = summary_of(case, own, tables)
    return {
        **_NOTHING_CHANGED,
        **summary,
        "choices": choices_of(model, own.values),
        "measures": measures_of(summary, tables, case.settings.calendar, recipe["vendor"], recipe["until"]),
        "least": least,
        "plan": values_of(model, own.values),
        "solver": {"name": found.solver, "version": found.version},
    }


def measures_of(
    summary: Mapping[str, Any], tables: Mapping[str, Table], calendar: Calendar, vendor: str, until: int
) -> dict[str, float | None]:
    """Returns what plans are compared by, from the summary of a plan and its tables; None where nothing is divided by.

    The share of `vendor` in what is ordered, capital outlay before the period `until` (from 0), the worst share of
    demand that is unserved, and the largest power in a reported period.
    """
    ordered = sum(summary["vendors"].values())
    capital = (
        expected(row, "capex_musd")
        for row in tables["period_figures"].records()
        if calendar.period_at(str(row["period"])) < until
    )
    return {
        VENDOR_SHARE: summary["vendors"].get(vendor, 0.0) / ordered if ordered > 0 else None,
        CAPITAL: sum(capital),
        UNSERVED: max(summary["unserved"].values(), default=None),
        PEAK_MW: summary["figures"].get(PEAK_MW),
    }


def _without(model: Model, context: WorkContext, found: Outcome) -> dict[str, Any]:
    if found.status is Status.INFEASIBLE:
        return {**_NOTHING_CHANGED, "status": found.status.value, "why": ["every plan decides like one of the others"]}
    return {**_NOTHING_CHANGED, **without_plan(model, context, found), "bound_musd": found.bound}
