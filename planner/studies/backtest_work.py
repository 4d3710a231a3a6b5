"""The work of one point of a back-test: what was decided is carried into what has become known, and planned on.

Recipe: `belief` (the case as it is known, a recipe), `before` (as it was known when the last plan was made), `seen`
(the period from which all is decided anew, from 0), `draws` with `count`, `seed`, `reveal` and `spread` (the share of
the drawn deviations that is left) where the rest is planned over drawn scenarios, `share` where the plan stays near the
one before, and `late` with the offers whose orders may come late, and since when.

What is decided before `seen` is held; how work is served there follows. Where less arrives than was planned, or
later, orders and strategic decisions are held alone, and sites, sales and service follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.alternatives.nearest_plan import bounded, nearest_plan
from models.alternatives.plan_distance import EVENTS, EarlierPlan, order_values
from models.build import Model
from models.case import Case
from models.outcome import Status
from models.polish import polish
from models.recourse import DECIDED, STRATEGIC, fix_decisions, values_of
from models.stages import solve_model
from models.tables.disruption_rows import Backlog
from models.uncertainty.solve_tree import solve_tree
from models.whatif.scenario_generation import Reveal, sampled
from models.whatif.shock import ShockError
from models.whatif.supply_effects import with_late_orders
from planner.case.checks_scenarios import by_period
from planner.results import Table
from planner.results.stability_tables import changes_of
from planner.studies.future_recipes import RewrittenFuture, changes_made, future_of, refusals
from planner.studies.held_plans import HeldResult, HeldSearch, as_it_stands, held_result, held_search
from planner.studies.nearest_work import moved_of
from planner.studies.point_solving import checked_tables, exact_plan, plan_arrays, plan_values, started, violations
from planner.studies.point_summary import summary_of
from planner.studies.scenario_work import path_values, relabelled, tree_of_case
from planner.studies.significance import HAS_PLAN
from planner.sweeps.points import Arrays, Point, StoredPlan, WorkContext

QUESTION = "backtest"
MOVES = (*STRATEGIC, "order", "cancel", "late_cancel", "cancel_open", "draw", "leave", "renew")
"""What is decided, without what follows from what arrives."""
Result = dict[str, Any]


def backtest_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Returns the plan that goes on from an earlier one in a case that has become known otherwise."""
    recipe, plan = point.recipe, context.start
    future = future_of(context.case, recipe["belief"])
    if plan is None:
        why = "the plan before it has no way on"
        return changes_made(future) | {"status": "failed", "why": [why]}
    if faults := refusals(future.case):
        return changes_made(future) | {"status": "faults", "why": faults}
    if recipe.get("late"):
        rows = tuple(Backlog(offer=offer, since=since) for offer, since in recipe["late"])
        future = replace(future, case=replace(future.case, backlogs=(*future.case.backlogs, *rows)))
    if recipe.get("draws"):
        found = _over_scenarios(context, future, plan, recipe)
        if found is not None:
            context.store_plan(found[1])
            return found[0]
    result, arrays = _on(context, future, plan, recipe)
    if arrays:
        context.store_plan(arrays)
    return result


def _on(
    context: WorkContext, future: RewrittenFuture, plan: StoredPlan, recipe: Mapping[str, Any]
) -> tuple[Result, Arrays]:
    """How an earlier plan goes on: as decided if that can be, else with arrivals as they come."""
    first: HeldResult | None = None
    earlier = earlier_of(future.case, plan, int(recipe["seen"]))
    for case, blocks, refused in _ways(context, future.case, plan, recipe):
        own, seen = replace(future, case=case), int(recipe["seen"])
        search = held_search(context, own, plan, seen, blocks, strategy_stays=False, refused=refused)
        if recipe.get("share") is not None:
            search = _nearest(context, search, earlier, float(recipe["share"]))
        found = held_result(context, search)
        if found.arrays:
            found.result["delayed"] = blocks is not DECIDED or len(case.backlogs) > len(future.case.backlogs)
            found.result["moved"] = _moved(earlier, case, found.tables, search.model)
            found = replace(found, arrays={**found.arrays, **_backlogs(case)})
            if not found.result["exceeded"]:
                return found.result, found.arrays
        first = first or found
        if found.result["status"] not in (Status.INFEASIBLE.value, *HAS_PLAN):
            break
    assert first is not None
    return first.result, first.arrays


def _nearest(context: WorkContext, search: HeldSearch, earlier: EarlierPlan, share: float) -> HeldSearch:
    """The search with the plan nearest to the earlier one of those that cost little more than the least."""
    cheapest = search.found.outcome
    if not cheapest.has_solution or search.found.breaches or not earlier.shared:
        return search
    best = nearest_plan(search.restricted, cheapest, earlier, share, context.engine, search.options)
    outcome = polish(best.held.program, best.outcome, engine=context.engine, options=search.options)
    if not outcome.has_solution:
        return search
    # The share is what the plan may cost more, so that the gap of the case says nothing of it.
    return replace(search, found=replace(search.found, outcome=bounded(outcome, cheapest.bound, 1.0)))


def earlier_of(case: Case, plan: StoredPlan, seen: int) -> EarlierPlan:
    """Returns what an earlier plan orders and decides from a period on.

    Of a plan over drawn scenarios, which are known there, orders are expected ones, and no strategic decision counts.
    """
    calendar, arrays = case.settings.calendar, plan.arrays
    shared = calendar.labels[: case.settings.periods][seen:]
    over = int(arrays["planned_over"]) if "planned_over" in arrays else 1
    units: dict[tuple[str, str], float] = {}
    rows = zip(*(arrays[name].tolist() for name in ("offers", "periods", "units", "scenarios")), strict=True)
    for offer, period, amount, scenarios in rows:
        if period in shared:
            chance = len(scenarios.split(";")) / over
            units[offer, period] = units.get((offer, period), 0.0) + amount * chance
    taken: dict[tuple[str, str], str] = {}
    kinds = {block: kind for kind, block in EVENTS.items()}
    for name, value in plan_values(plan).items() if over == 1 else ():
        block, _, rest = name.removesuffix("]").partition("[")
        item, _, label = rest.rpartition(",")
        if block in kinds and label in shared and value > 0.5:
            key = kinds[block], item.split("/")[0] if block == EVENTS["tape_out"] else item
            taken[key] = min(taken.get(key, label), label, key=shared.index)
    return EarlierPlan(shared, shared if over == 1 else (), units, {}, taken)


def _moved(earlier: EarlierPlan, case: Case, tables: Mapping[str, Table], model: Model) -> Result | None:
    """How far a plan lies from the earlier one; None after the last date, where nothing is decided any more."""
    if not earlier.shared:
        return None
    records = {name: list(table.records()) for name, table in tables.items()}
    return moved_of(changes_of(earlier, case, records, order_values(model.frame)))


def _ways(
    context: WorkContext, case: Case, plan: StoredPlan, recipe: Mapping[str, Any]
) -> Iterator[tuple[Case, tuple[str, ...], frozenset[str]]]:
    """Yields the ways to hold a plan, the strictest first: the case, what is held, and of which offers less may come.

    Orders that the supply does not allow are late; what cannot even come late, such as an order of the last period, is
    refused.
    """
    known = _with_backlogs(case, plan)
    yield known, DECIDED, frozenset()
    yield known, MOVES, frozenset()
    before = future_of(context.case, recipe["before"]).case
    late = late_orders(before, known)
    at_last = replace(known, backlogs=(*known.backlogs, *late)) if late else known
    if late:
        yield at_last, MOVES, frozenset()
    if at_last.backlogs:
        yield at_last, MOVES, frozenset(row.offer for row in at_last.backlogs)


def late_orders(before: Case, case: Case) -> tuple[Backlog, ...]:
    """Returns which orders may be late since less can be had than was believed before, whenever they are placed.

    Nobody who orders knows of the shortage, so that orders of any later period may be late as well.
    """
    calendar, late = case.settings.calendar, with_late_orders(before, case)
    known = {(row.offer, row.since) for row in case.backlogs}
    return tuple(
        replace(row, since=label)
        for row in late.backlogs
        if (row.offer, row.since) not in known
        for label in calendar.labels[calendar.period_at(row.since) :]
        if (row.offer, label) not in known
    )


def _backlogs(case: Case) -> Arrays:
    """What is late in the plan of a case, for the plans after it."""
    return {
        "late_offers": np.array([row.offer for row in case.backlogs], dtype=str),
        "late_since": np.array([row.since for row in case.backlogs], dtype=str),
    }


def _with_backlogs(case: Case, plan: StoredPlan) -> Case:
    """The case in which what was late in the plan before may be late."""
    if "late_offers" not in plan.arrays:
        return case
    known = {(row.offer, row.since) for row in case.backlogs}
    pairs = zip(plan.arrays["late_offers"].tolist(), plan.arrays["late_since"].tolist(), strict=True)
    rows = [Backlog(offer=offer, since=since) for offer, since in pairs if (offer, since) not in known]
    return replace(case, backlogs=(*case.backlogs, *rows)) if rows else case


def _over_scenarios(
    context: WorkContext, future: RewrittenFuture, plan: StoredPlan, recipe: Mapping[str, Any]
) -> tuple[Result, Arrays] | None:
    """A plan over drawn scenarios from what was decided; None where there is none that keeps all limits."""
    case = with_drawn_scenarios(future.case, recipe["draws"])
    if case is None:
        return None
    tree, seen = tree_of_case(case), int(recipe["seen"])
    if any(refusals(one) for one in tree.cases):
        return None
    if seen == 0:
        model = tree.model()
        restricted, exact, options = model, None, context.options
        outcome = solve_tree(tree, model, context.engine, options)
    else:
        stands = [as_it_stands(_with_backlogs(one, plan), plan, seen) for one in tree.cases]
        tree = replace(tree, cases=tuple(stands))
        model = tree.model()
        plan = replace(plan, arrays={**plan.arrays, **_columns(tree_values(model, plan_values(plan)))})
        held = fix_decisions(model, plan_values(plan), seen, strategy_stays=False, blocks=DECIDED)
        if held.lifted:
            return None
        restricted, exact = replace(model, program=held.program), held.exact
        options = started(context.options, model, plan)
        outcome = solve_model(restricted, context.engine, options)
    found = exact_plan(context, restricted, outcome, options, plan=None, seen=0, held=exact)
    if not found.outcome.has_solution:
        return None
    futures = dict(zip(tree.names, tree.cases, strict=True))
    tables = checked_tables(case, model, found, futures=futures)
    result = changes_made(future) | summary_of(case, found.outcome, tables) | violations(found)
    earlier = replace(earlier_of(case, plan, seen), decided=())
    more = {
        "exceeded": [], "released": [], "delayed": False, "planned_over": len(tree.names),
        "moved": _moved(earlier, case, tables, model) if seen else None,
    }  # fmt: skip
    arrays = {**plan_arrays(model, found.outcome, tables), **_backlogs(tree.cases[0])}
    # Until scenarios differ all paths decide alike; what follows is where the next search starts.
    path = next(iter(model.frame.tree.paths()))
    own = _columns(path_values(model, path, values_of(model, found.outcome.values)))
    return result | more, {**arrays, **own, "planned_over": np.array(len(tree.names))}


def _columns(values: Mapping[str, float]) -> Arrays:
    """A plan by the names of its columns, as points share it."""
    return {"names": np.array(list(values), dtype=str), "values": np.array(list(values.values()), dtype=float)}


def tree_values(model: Model, values: Mapping[str, float]) -> dict[str, float]:
    """Returns a plan for one future by the names of columns over scenarios, with the same decisions on each path."""
    frame, found = model.frame, dict[str, float]()
    for path in frame.tree.paths():
        nodes = {frame.calendar.labels[int(frame.tree.period[node])]: frame.node.labels[node] for node in path}
        found |= relabelled(values, nodes)
    return found


def with_drawn_scenarios(case: Case, draws: Mapping[str, Any]) -> Case | None:
    """Returns a case with drawn scenarios of its inputs by period; None where there are none, or one is no case."""
    names = tuple(row.name for row in case.uncertain if row.table in by_period())
    if not names:
        return None
    try:
        made = sampled(case, int(draws["count"]), [Reveal(str(draws["reveal"]), names)], int(draws["seed"]))
    except ShockError:
        return None
    spread, still = float(draws["spread"]), {"multiply": 1.0, "add": 0.0}
    values = tuple(
        row
        if row.effect not in still
        else replace(row, value=still[row.effect] + spread * (row.value - still[row.effect]))
        for row in made.values
    )
    return replace(
        case,
        settings=replace(case.settings, use_scenarios=True),
        scenarios=made.scenarios,
        scenario_values=values,
    )
