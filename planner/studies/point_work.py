"""The work of one point: a future is planned, or a held plan goes through it. Runs in the workers of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.build import Model, build
from models.calendar import Calendar, parse_span
from models.case import Case
from models.families.limits import LIMITS
from models.outcome import Outcome, SolveOptions, Status
from models.polish import polish
from models.program import Program
from models.recourse import DECIDED, HELD, as_columns, fix_decisions, values_of
from models.solution import Solution
from models.stages import solve_model
from models.tables.strategy_rows import Commitment
from models.verify import verify
from models.violation import ViolatedLimit, minimum_violation
from models.whatif.disrupt import disrupted
from models.whatif.shock import calendar_of, shocks_of
from planner.results import Table, tables_of
from planner.studies.future_recipes import (
    RewrittenFuture,
    changes_as_records,
    future_of,
    in_vain,
    known_in_advance,
    refusals,
)
from planner.studies.point_summary import summary_of
from planner.sweeps.points import Point, StoredPlan, WorkContext

PLAN = "planner.studies.point_work:plan_point"
STRESS = "planner.studies.point_work:stress_point"
_MOST_FINDINGS = 6
_ROOM = 1e-5


class CheckRefusal(Exception):
    """The independent check refuses the plan of a point."""


def answer(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the answer to the question of a point: `plan`, `stress` or `evaluate`."""
    work = {"plan": plan_point, "stress": stress_point, "evaluate": evaluate_point}
    return work[point.question](context, point)


def plan_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Plans a future that is known in advance."""
    future = future_of(context.case, point.recipe)
    for case in known_in_advance(future.case):
        faults = refusals(case)
        if faults:
            continue
        model = build(case)
        options = _started(context.options, model, context.start)
        outcome = solve_model(model, context.engine, options)
        if outcome.status is not Status.INFEASIBLE:
            break
    if faults:
        return _changes_made(future) | {"status": "faults", "why": faults}
    found = _exact(context, model, outcome, options, plan=context.start, seen=0)
    if not found.outcome.has_solution:
        return _changes_made(future) | _nothing(model, context, found.outcome)
    tables = _checked(case, model, found)
    _store(context, model, found.outcome, tables)
    return _changes_made(future) | summary_of(case, found.outcome, tables) | _broken(found)


def stress_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Sends the plan of the neighbouring point through a future in which it may only react once that is seen.

    The recipe holds `future`, `seen` (a period from 0) and `strategy_stays`.
    """
    future = future_of(context.case, point.recipe["future"])
    if context.start is None:
        why = "there is no plan to hold: its own point has failed"
        return _changes_made(future) | {"status": "failed", "why": [why]}
    return _held_plan(context, future, context.start, point.recipe, blocks=HELD)


def evaluate_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Sends one of the plans that the points share through a future; from the period in which it is seen all reacts.

    The recipe holds `future`, `seen`, and `plan`: which of the plans. `strategy_stays` is false; with `is_whole` the
    future differs before it is seen too, so that service follows from what is decided until then.
    """
    future = future_of(context.case, point.recipe["future"])
    blocks = DECIDED if point.recipe["is_whole"] else HELD
    return _held_plan(context, future, shared_plan(context.base or {}, point.recipe["plan"]), point.recipe, blocks)


def shared_plan(shared: Mapping[str, Any], name: str) -> StoredPlan:
    """Returns one of the plans that the points of a sweep share, by its name."""
    lead = f"{name}:"
    return StoredPlan({key.removeprefix(lead): value for key, value in shared.items() if key.startswith(lead)})


def _held_plan(
    context: WorkContext, future: RewrittenFuture, plan: StoredPlan, recipe: Mapping[str, Any], blocks: Sequence[str]
) -> Mapping[str, Any]:
    faults = refusals(future.case)
    if faults:
        return _changes_made(future) | {"status": "faults", "why": faults}
    seen = int(recipe["seen"])
    stands = _as_it_stands(future.case, plan, seen)
    model = build(stands)
    strategy_stays = bool(recipe["strategy_stays"])
    held = fix_decisions(model, plan_values(plan), seen, strategy_stays=strategy_stays, blocks=blocks)
    restricted = replace(model, program=held.program)
    options = _started(context.options, model, plan)
    outcome = solve_model(restricted, context.engine, options)
    may_give = seen if "unserved" in blocks else 0
    found = _exact(context, restricted, outcome, options, plan=plan, seen=may_give, held=held.exact)
    if not found.outcome.has_solution:
        return _changes_made(future) | _nothing(restricted, context, found.outcome)
    # The tables show what is committed, so they are those of the case in which what was ordered is.
    tables = _checked(stands, model, found, lifted=held.lifted)
    result = _changes_made(future) | summary_of(future.case, found.outcome, tables) | _broken(found)
    result["held_exactly"] = found.is_exact
    return result | {"released": list(held.released), "exceeded": [_place(name) for name in held.lifted]}


def _as_it_stands(case: Case, plan: StoredPlan, seen: int) -> Case:
    """The case with what was ordered before the change is seen as done, and without what is then known to be in vain.

    As commitments, orders stay possible that the changed case would have no use for.
    """
    calendar, arrays = calendar_of(case.settings), plan.arrays
    orders = zip(arrays["offers"].tolist(), arrays["periods"].tolist(), arrays["units"].tolist(), strict=True)
    done = [
        # A little less than was ordered, so that no solver's tolerance stands against it.
        Commitment(kind="order", item=offer, period=period, quantity=units * (1.0 - _ROOM), status="done")
        for offer, period, units in orders
        if calendar.period_at(period) < seen
    ]
    return replace(case, commitments=(*case.commitments, *done, *in_vain(case, seen)))


def plan_values(stored: StoredPlan) -> dict[str, float]:
    """Returns a stored plan by the names of its columns."""
    return dict(zip(stored.arrays["names"].tolist(), stored.arrays["values"].tolist(), strict=True))


def first_difference(case: Case, left: RewrittenFuture, right: RewrittenFuture) -> int:
    """Returns the first period, from 0, in which two futures differ; the number of periods where they do not.

    Futures that are revealed before they differ can be told apart from then on.
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


@dataclass(frozen=True)
class _ViolatingPlan:
    """A plan with what it violates, and the least that any plan violates by price, as far as that is proven."""

    outcome: Outcome
    breaches: tuple[ViolatedLimit, ...] = ()
    least_price_musd: float = 0.0
    is_exact: bool = True
    """False where what is held is held with a little room, so that the plan may cost less than one without."""


def _exact(
    context: WorkContext,
    model: Model,
    outcome: Outcome,
    options: SolveOptions,
    *,
    plan: StoredPlan | None,
    seen: int,
    held: Program | None = None,
) -> _ViolatingPlan:
    """The polished outcome; where there is none, that of the least violation of what people have set.

    `plan` is the one that violations are measured against, `held` is the program of a held plan without the room that
    the model's leaves it.
    """
    is_exact = True
    if outcome.has_solution:
        polished = outcome if held is None else polish(held, outcome, engine=context.engine, options=options)
        is_exact = held is None or polished.has_solution
        if held is None or not polished.has_solution:
            polished = polish(model.program, outcome, engine=context.engine, options=options)
        outcome = polished
    if outcome.has_solution or plan is None:
        return _ViolatingPlan(outcome, is_exact=is_exact)
    strained = minimum_violation(
        model,
        context.engine,
        options,
        undisturbed_musd=float(plan.arrays["objective"]),
        undisturbed=as_columns(model.program, plan_values(plan)),
        seen=seen,
        exact=held,
    )
    if not strained.outcome.has_solution:
        return _ViolatingPlan(strained.outcome if strained.outcome.status is Status.INFEASIBLE else outcome)
    least = strained.least_price_musd or 0.0
    return _ViolatingPlan(strained.outcome, strained.breaches, max(0.0, least), strained.is_exact)


def _nothing(model: Model, context: WorkContext, outcome: Outcome) -> dict[str, Any]:
    """The result of a point without a plan."""
    if outcome.status is Status.INFEASIBLE:
        return {"status": outcome.status.value, "why": _reasons(model, context)}
    limit = context.options.time_limit_s
    nothing = "no plan was found" + ("" if limit is None else f" within {limit:g} s")
    return {"status": outcome.status.value, "why": [outcome.detail or nothing]}


def _changes_made(future: RewrittenFuture) -> dict[str, Any]:
    return {
        "seen": future.known_from,
        "changes": changes_as_records(future.changes),
        "without_effect": list(future.without_effect),
    }


def _started(options: SolveOptions, model: Model, start: StoredPlan | None) -> SolveOptions:
    if start is None:
        return options
    return replace(options, hint=as_columns(model.program, plan_values(start)))


def _store(context: WorkContext, model: Model, outcome: Outcome, tables: Mapping[str, Table]) -> None:
    values = values_of(model, outcome.values)
    orders = list(tables["orders"].records())
    context.store_plan(
        {
            "names": np.array(list(values), dtype=str),
            "values": np.array(list(values.values()), dtype=float),
            "objective": np.array(outcome.objective),
            "offers": np.array([str(row["offer"]) for row in orders], dtype=str),
            "periods": np.array([str(row["period"]) for row in orders], dtype=str),
            "units": np.array([row["units"] for row in orders], dtype=float),
        }
    )


def _checked(case: Case, model: Model, found: _ViolatingPlan, *, lifted: Sequence[str] = ()) -> dict[str, Table]:
    """Returns the result tables of a plan that passes the independent check, but for limits reported as violated.

    Raises:
        CheckRefusal: it does not.
    """
    tables = tables_of(Solution(model, found.outcome))
    records = {name: list(table.records()) for name, table in tables.items()}
    report = verify(case, records, found.outcome.objective)
    allowed = {breach.requirement for breach in found.breaches} | ({LIMITS.rows} if lifted else set())
    others = [str(finding) for finding in report.findings if finding.requirement not in allowed]
    if others:
        msg = "the independent check refuses the plan: " + "; ".join(others[:_MOST_FINDINGS])
        raise CheckRefusal(msg)
    return tables


def _reasons(model: Model, context: WorkContext) -> list[str]:
    from models.diagnose import explain

    return list(explain(model, context.engine).lines)


def _broken(found: _ViolatingPlan) -> dict[str, Any]:
    price = sum(breach.price_musd for breach in found.breaches)
    return {
        "breaches": [_breach(breach) for breach in found.breaches],
        "breach_price_musd": float(f"{price:.12g}"),
        "breach_least_musd": float(f"{min(price, found.least_price_musd):.12g}"),
    }


def _place(name: str) -> str:
    return name.partition("[")[2].rstrip("]") or name


def _breach(breach: ViolatedLimit) -> dict[str, Any]:
    return {
        "requirement": breach.requirement,
        "where": breach.where,
        "amount": float(f"{breach.amount:.9g}"),
        "unit": breach.unit,
        "price_musd": float(f"{breach.price_musd:.9g}"),
    }
