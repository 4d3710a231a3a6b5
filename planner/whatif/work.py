"""The work of one point: a future is planned, or a held plan goes through it. Runs in the workers of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.breach import Breach, least_breach
from models.build import Model, build
from models.calendar import Calendar, parse_span
from models.case import Case
from models.outcome import Outcome, SolveOptions, Status
from models.polish import polish
from models.react import as_columns, hold, values_of
from models.solution import Solution
from models.stages import solve_model
from models.verify import verify
from planner.results import Table, tables_of
from planner.sweeps.points import Point, StoredPlan, WorkContext
from planner.whatif.recipe import Future, changes_as_records, future_of, known_in_advance, refusals
from planner.whatif.summary import summary_of

PLAN = "planner.whatif.work:plan_point"
STRESS = "planner.whatif.work:stress_point"
_MOST_FINDINGS = 6


class CheckRefusal(Exception):
    """The independent check refuses the plan of a point."""


def answer(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the answer to the question of a point: `plan` or `stress`."""
    return {"plan": plan_point, "stress": stress_point}[point.question](context, point)


def plan_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Plans a future that is known in advance."""
    future = future_of(context.case, point.recipe)
    future = replace(future, case=known_in_advance(future.case))
    faults = refusals(future.case)
    if faults:
        return _told(future) | {"status": "faults", "why": faults}
    model = build(future.case)
    options = _started(context.options, model, context.start)
    outcome = solve_model(model, context.engine, options)
    if outcome.status is Status.INFEASIBLE and context.start is None:
        return _told(future) | {"status": "infeasible", "why": _reasons(model, context)}
    outcome, breaches = _exact(context, model, outcome, options, seen=0)
    if not outcome.has_solution:
        why = _reasons(model, context) if outcome.status is Status.INFEASIBLE else [outcome.detail]
        return _told(future) | {"status": outcome.status.value, "why": why}
    tables = _checked(future.case, model, outcome, breaches)
    _store(context, model, outcome)
    return _told(future) | summary_of(future.case, outcome, tables) | _broken(breaches)


def stress_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Sends the plan of the neighbouring point through a future in which it may only react once that is seen.

    The recipe holds `future`, `seen` (a period from 0) and `strategy_stays`.
    """
    future = future_of(context.case, point.recipe["future"])
    faults = refusals(future.case)
    if faults:
        return _told(future) | {"status": "faults", "why": faults}
    if context.start is None:
        return _told(future) | {"status": "failed", "why": ["there is no plan to hold: its own point has failed"]}
    model = build(future.case)
    values = plan_values(context.start)
    seen = int(point.recipe["seen"])
    held = hold(model, values, seen, strategy_stays=bool(point.recipe["strategy_stays"]))
    restricted = replace(model, program=held.program)
    options = _started(context.options, model, context.start)
    outcome = solve_model(restricted, context.engine, options)
    outcome, breaches = _exact(context, restricted, outcome, options, seen=seen)
    if not outcome.has_solution:
        return _told(future) | {"status": "infeasible", "why": _reasons(restricted, context)}
    tables = _checked(future.case, model, outcome, breaches)
    told = _told(future) | summary_of(future.case, outcome, tables) | _broken(breaches)
    return told | {"released": list(held.released)}


def plan_values(stored: StoredPlan) -> dict[str, float]:
    """Returns a stored plan by the names of its columns."""
    return dict(zip(stored.arrays["names"].tolist(), stored.arrays["values"].tolist(), strict=True))


def first_difference(case: Case, left: Future, right: Future) -> int:
    """Returns the first period, from 0, in which two futures differ; the number of periods where they do not."""
    settings = case.settings
    calendar = Calendar(settings.start, settings.period, settings.periods + settings.lookahead_periods)
    first: dict[tuple[str, str, str, str], list[tuple[float | None, int]]] = {}
    for future in (left, right):
        seen = 0 if future.seen is None else calendar.period_at(future.seen)
        for change in future.changes:
            # A row may cover more time than what changes in it: nothing is seen before the disruption itself is.
            begins = calendar.period_of_month(parse_span(change.period)[0]) if change.period else 0
            key = (change.table, change.item, change.column, change.period)
            first.setdefault(key, []).append((change.after, max(0, seen, begins)))
    differing = [
        min(period for _, period in known) for known in first.values() if len(known) == 1 or known[0][0] != known[1][0]
    ]
    return min(differing, default=calendar.count)


def _exact(
    context: WorkContext, model: Model, outcome: Outcome, options: SolveOptions, *, seen: int
) -> tuple[Outcome, tuple[Breach, ...]]:
    """The polished outcome; where there is none, that of the least violation of what people have set."""
    if outcome.has_solution:
        outcome = polish(model.program, outcome, engine=context.engine, options=options)
    if outcome.has_solution or context.start is None:
        return outcome, ()
    undisturbed = float(context.start.arrays["objective"])
    strained = least_breach(model, context.engine, options, undisturbed_musd=undisturbed, seen=seen)
    return (strained.outcome, strained.breaches) if strained.outcome.has_solution else (outcome, ())


def _told(future: Future) -> dict[str, Any]:
    return {
        "seen": future.seen,
        "changes": changes_as_records(future.changes),
        "without_effect": list(future.without_effect),
    }


def _started(options: SolveOptions, model: Model, start: StoredPlan | None) -> SolveOptions:
    if start is None:
        return options
    return replace(options, hint=as_columns(model.program, plan_values(start)))


def _store(context: WorkContext, model: Model, outcome: Outcome) -> None:
    values = values_of(model, outcome.values)
    context.store_plan(
        {
            "names": np.array(list(values)),
            "values": np.array(list(values.values())),
            "objective": np.array(outcome.objective),
        }
    )


def _checked(case: Case, model: Model, outcome: Outcome, breaches: Sequence[Breach]) -> dict[str, Table]:
    """Returns the result tables of a plan that passes the independent check, but for limits that are told as broken.

    Raises:
        CheckRefusal: it does not.
    """
    tables = tables_of(Solution(model, outcome))
    report = verify(case, {name: list(table.records()) for name, table in tables.items()}, outcome.objective)
    allowed = {breach.requirement for breach in breaches}
    others = [str(finding) for finding in report.findings if finding.requirement not in allowed]
    if others:
        msg = "the independent check refuses the plan: " + "; ".join(others[:_MOST_FINDINGS])
        raise CheckRefusal(msg)
    return tables


def _reasons(model: Model, context: WorkContext) -> list[str]:
    from models.diagnose import explain

    return list(explain(model, context.engine).lines)


def _broken(breaches: Sequence[Breach]) -> dict[str, Any]:
    price = sum(breach.price_musd for breach in breaches)
    return {"breaches": [_breach(breach) for breach in breaches], "breach_price_musd": float(f"{price:.12g}")}


def _breach(breach: Breach) -> dict[str, Any]:
    return {
        "requirement": breach.requirement,
        "where": breach.where,
        "amount": float(f"{breach.amount:.9g}"),
        "unit": breach.unit,
        "price_musd": float(f"{breach.price_musd:.9g}"),
    }
