"""The work of one point: a future is planned, or a held plan goes through it. Runs in the workers of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models.calendar import Calendar, parse_span
from models.case import Case
from models.outcome import Status
from models.recourse import DECIDED, HELD
from models.whatif.disrupt import disrupted
from models.whatif.shock import calendar_of, shocks_of
from models.whatif.supply_effects import with_late_orders
from planner.studies.alternative_work import alternative_point
from planner.studies.backtest_work import QUESTION as BACKTEST
from planner.studies.backtest_work import backtest_point
from planner.studies.cause_work import QUESTION as CAUSE
from planner.studies.cause_work import cause_point
from planner.studies.compared_futures import compare_point, planned, searched
from planner.studies.future_recipes import (
    RewrittenFuture,
    changes_made,
    future_of,
)
from planner.studies.held_plans import held_plan
from planner.studies.nearest_work import QUESTION as NEAREST
from planner.studies.nearest_work import nearest_point
from planner.studies.price_slopes import QUESTION as PRICE_SLOPES
from planner.studies.price_slopes import slopes_point
from planner.studies.repair_work import repair_point
from planner.studies.scenario_work import plan_over_scenarios, stress_over_scenarios
from planner.studies.significance import has_plan
from planner.sweeps.points import Point, WorkContext, plan_under


def answer(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the answer to the question of a point.

    That is `plan`, `compare`, `stress`, `evaluate`, `alternative`, `backtest`, `cause`, `nearest`, `repair` or `price
    slopes`. `over_scenarios` in its recipe asks for the plan, its stress, its repair, or another one over the
    scenarios.
    """
    if point.question == "repair":
        return repair_point(context, point, answer)
    if point.question == "alternative":
        return alternative_point(context, point)
    if point.question == CAUSE:
        return cause_point(context, point)
    if point.question == NEAREST:
        return nearest_point(context, point)
    if point.question == BACKTEST:
        return backtest_point(context, point)
    if point.question == PRICE_SLOPES:
        return slopes_point(context, point)
    if point.recipe.get("over_scenarios"):
        return {"plan": plan_over_scenarios, "stress": stress_over_scenarios}[point.question](context, point)
    work = {"plan": plan_point, "compare": compare_point, "stress": stress_point, "evaluate": evaluate_point}
    return work[point.question](context, point)


def plan_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Plans a future that is known in advance, to the gap or until the question of its recipe is answered."""
    above, below = (point.recipe.get(name) for name in ("answered_above", "answered_below"))
    gap = point.recipe.get("gap", context.options.gap)
    options = replace(context.options, gap=gap, answered_above=above, answered_below=below)
    result, plan = planned(context, searched(context, point.recipe, options, context.start), context.start)
    if plan is not None:
        context.store_plan(plan)
    return result


def stress_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Sends the plan of the neighbouring point through a future in which it may only react once that is seen.

    The recipe holds `future`, `seen` (a period from 0) and `strategy_stays`.
    """
    future = future_of(context.case, point.recipe["future"])
    if context.start is None:
        why = "there is no plan to hold: its own point has failed"
        return changes_made(future) | {"status": "failed", "why": [why]}
    return held_plan(context, future, context.start, point.recipe, blocks=HELD)


def evaluate_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Sends one of the plans that the points share through a future; from the period in which it is seen all reacts.

    The recipe holds `future`, `seen`, and `plan`: which of the plans. `strategy_stays` is false; with `is_whole` the
    future differs before it is seen too, so that service follows from what is decided until then. Where limits of
    supply turn out too low for what is on order, these orders arrive late (`delayed`).
    """
    future = future_of(context.case, point.recipe["future"])
    blocks = DECIDED if point.recipe["is_whole"] else HELD
    plan = plan_under(point.recipe["plan"], context.base or {})
    found = held_plan(context, future, plan, point.recipe, blocks)
    late = with_late_orders(context.case, future.case)
    if found["status"] != Status.INFEASIBLE.value or late is future.case:
        return found
    again = held_plan(context, replace(future, case=late), plan, point.recipe, blocks)
    return {**again, "delayed": True} if has_plan(again) else found


def first_difference(case: Case, left: RewrittenFuture, right: RewrittenFuture) -> int:
    """Returns the first period, from 0, in which two futures differ; the number of periods where they do not.

    Futures that are revealed before they differ can be distinguished from then on.
    """
    calendar = calendar_of(case.settings)
    sides = [_changed(calendar, future) for future in (left, right)]
    differing = [
        min(side[key][1] for side in sides if key in side)
        for key in sides[0].keys() | sides[1].keys()
        if len({side[key][0] if key in side else _AS_BEFORE for side in sides}) > 1
    ]
    if not differing:
        return calendar.count
    if left.shocks is not None and right.shocks is not None:
        # A row of a year that two futures both change tells them apart only once what they do not share begins.
        unshared = disrupted(case, shocks_of("+".join(sorted(left.shocks ^ right.shocks)))).seen
        return max(min(differing), 0 if unshared is None else calendar.period_at(unshared))
    revealed = [calendar.period_at(future.revealed) for future in (left, right) if future.revealed is not None]
    return max(0, min(differing + revealed))


_AS_BEFORE = "as before"


def _changed(
    calendar: Calendar, future: RewrittenFuture
) -> dict[tuple[str, str, str, str], tuple[float | str | None, int]]:
    """By changed input: its value, and the first period in which it can be seen."""
    seen = 0 if future.seen is None else calendar.period_at(future.seen)
    found: dict[tuple[str, str, str, str], tuple[float | str | None, int]] = {}
    for change in future.changes:
        # A row may cover more time than what changes in it: nothing is seen before the disruption itself is.
        begins = calendar.period_of_month(parse_span(change.period)[0]) if change.period else 0
        found[change.table, change.item, change.column, change.period] = change.after, max(0, seen, begins)
    return found
