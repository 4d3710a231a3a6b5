"""A plan that is held in a future up to a period: how the rest goes on, and what must give way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.build import Model, build
from models.case import Case
from models.outcome import SolveOptions
from models.program import Program
from models.recourse import FixedPlan, fix_decisions
from models.stages import solve_model
from models.tables.strategy_rows import Commitment
from models.whatif.shock import calendar_of
from planner.results import Table
from planner.studies.future_recipes import RewrittenFuture, changes_made, in_vain, refusals
from planner.studies.point_solving import (
    ROOM,
    ViolatingPlan,
    checked_tables,
    exact_plan,
    limit_place,
    plan_arrays,
    plan_values,
    started,
    violations,
    without_plan,
)
from planner.studies.point_summary import summary_of
from planner.sweeps.points import Arrays, StoredPlan, WorkContext


@dataclass(frozen=True, eq=False)
class HeldSearch:
    """What a search has found that goes on from what a plan holds; `stands` is the case with what is on order."""

    future: RewrittenFuture
    stands: Case
    model: Model
    held: FixedPlan
    options: SolveOptions
    found: ViolatingPlan

    @property
    def restricted(self) -> Model:
        """The model in which the plan is held."""
        return replace(self.model, program=self.held.program)


@dataclass(frozen=True, eq=False)
class HeldResult:
    """The result of a search, with the plan as points that go on from it start, and its tables; empty without one."""

    result: dict[str, Any]
    arrays: Arrays = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)


def held_plan(
    context: WorkContext, future: RewrittenFuture, plan: StoredPlan, recipe: Mapping[str, Any], blocks: Sequence[str]
) -> Mapping[str, Any]:
    """Returns the result of a plan that is held in a future; the recipe holds `seen` and `strategy_stays`."""
    faults = refusals(future.case)
    if faults:
        return changes_made(future) | {"status": "faults", "why": faults}
    strategy_stays = bool(recipe["strategy_stays"])
    search = held_search(context, future, plan, int(recipe["seen"]), blocks, strategy_stays=strategy_stays)
    return held_result(context, search).result


def held_search(
    context: WorkContext,
    future: RewrittenFuture,
    plan: StoredPlan,
    seen: int,
    blocks: Sequence[str],
    *,
    strategy_stays: bool,
    refused: frozenset[str] = frozenset(),
) -> HeldSearch:
    """Searches for the best that goes on from what a plan decides before the period `seen`, counted from 0.

    Of the offers in `refused`, less may be ordered than the plan does.
    """
    stands = as_it_stands(future.case, plan, seen, refused)
    model = build(stands)
    held = fix_decisions(model, plan_values(plan), seen, strategy_stays=strategy_stays, blocks=blocks)
    held = _at_most(held, model, refused) if refused else held
    restricted = replace(model, program=held.program)
    options = started(context.options, model, plan)
    outcome = solve_model(restricted, context.engine, options)
    may_give = seen if "unserved" in blocks else 0
    found = exact_plan(context, restricted, outcome, options, plan=plan, seen=may_give, held=held.exact)
    return HeldSearch(future, stands, model, held, options, found)


def held_result(context: WorkContext, search: HeldSearch) -> HeldResult:
    """Returns the result of a search, with its plan where there is one.

    Raises:
        CheckRefusal: the independent check refuses the plan.
    """
    future, found = search.future, search.found
    if not found.outcome.has_solution:
        return HeldResult(changes_made(future) | without_plan(search.restricted, context, found.outcome))
    # The tables show what is committed, so they are those of the case in which what was ordered is.
    tables = checked_tables(search.stands, search.model, found, lifted=search.held.lifted)
    result = changes_made(future) | summary_of(future.case, found.outcome, tables) | violations(found)
    result["held_exactly"] = found.is_exact
    result |= {
        "released": list(search.held.released),
        "exceeded": [limit_place(name) for name in search.held.lifted],
    }
    return HeldResult(result, plan_arrays(search.model, found.outcome, tables), tables)


def _at_most(held: FixedPlan, model: Model, offers: frozenset[str]) -> FixedPlan:
    """What is held with orders of some offers as large as in the plan at most."""
    order = model.builder.blocks["order"]
    rows = [place for place, name in enumerate(order.axes[0].labels) if name in offers]
    columns = order.column[rows][order.exists[rows]]

    def freed(program: Program) -> Program:
        lower = program.column_lower.copy()
        lower[columns] = 0.0
        return replace(program, column_lower=lower)

    return replace(held, program=freed(held.program), exact=freed(held.exact))


def as_it_stands(case: Case, plan: StoredPlan, seen: int, refused: frozenset[str] = frozenset()) -> Case:
    """Returns the case with what was ordered before a change is seen as done, without what is known to be in vain then.

    As commitments, orders stay possible that the changed case would have no use for; those of `refused` are none.
    """
    calendar, arrays = calendar_of(case.settings), plan.arrays
    orders = zip(arrays["offers"].tolist(), arrays["periods"].tolist(), arrays["units"].tolist(), strict=True)
    done = [
        Commitment(kind="order", item=offer, period=period, quantity=units * (1.0 - ROOM), status="done")
        for offer, period, units in orders
        if calendar.period_at(period) < seen and offer not in refused
    ]
    return replace(case, commitments=(*case.commitments, *done, *in_vain(case, seen)))
