"""The work of one point about a plan over scenarios: it is planned, or held until a disruption is seen in its branches.

A disruption comes on top of every scenario. Once it is seen, what is not decided yet reacts by branch of the same tree:
scenarios become known as they did in the plan, and nothing that is decided before depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.build import Model, build
from models.case import Case
from models.diagnose import explain
from models.outcome import Status
from models.program import Ints
from models.recourse import fix_decisions
from models.stages import solve_model
from models.tables.strategy_rows import Commitment
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from models.uncertainty.solve_tree import solve_tree
from models.whatif.disrupt import disrupted
from models.whatif.effects import Disrupted
from models.whatif.shock import calendar_of, shocks_of
from planner.results import Table
from planner.studies.future_recipes import changes_made, future_of, in_vain, refusals
from planner.studies.point_solving import (
    ROOM,
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
from planner.sweeps.points import Point, StoredPlan, WorkContext


def plan_over_scenarios(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Plans the case over its scenarios, with the inputs and decisions of the recipe in each of them.

    Values that a scenario sets stand in the place of changed inputs.
    """
    future = future_of(context.case, point.recipe)
    tree = tree_of_case(future.case)
    # The scenarios of a case that nothing changes were checked when it was read.
    changed = () if future.case is context.case else zip(tree.names, tree.cases, strict=True)
    faults = [f"{name}: {line}" for name, case in changed for line in refusals(case)]
    if faults:
        return changes_made(future) | {"status": "faults", "why": faults}
    model = tree.model()
    wanted = replace(context.options, gap=point.recipe.get("gap", context.options.gap))
    options = started(wanted, model, context.start)
    outcome = solve_tree(tree, model, context.engine, options)
    found = exact_plan(context, model, outcome, options, plan=None, seen=0)
    if not found.outcome.has_solution:
        return changes_made(future) | without_plan(model, context, found.outcome)
    tables = checked_tables(future.case, model, found, futures=_cases_by_name(tree))
    context.store_plan(plan_arrays(model, found.outcome, tables))
    return changes_made(future) | summary_of(future.case, found.outcome, tables) | violations(found) | _paths(tables)


def stress_over_scenarios(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Sends the plan of the neighbouring point through a disruption to which branches react only once it is seen.

    The recipe holds `future` with its `shocks`, `seen` (a period from 0) and `strategy_stays`.
    """
    tree, seen = tree_of_case(context.case), int(point.recipe["seen"])
    # The changes are those in the tables of the case; in a scenario other numbers are changed in the same way.
    future = future_of(context.case, point.recipe["future"])
    changes = changes_made(future)
    hit = [part.case for part in disrupted_scenarios(tree, str(point.recipe["future"]["shocks"]))]
    faults = [f"{name}: {line}" for name, case in zip(tree.names, hit, strict=True) for line in refusals(case)]
    if faults:
        return changes | {"status": "faults", "why": faults}
    if context.start is None:
        return changes | {"status": "failed", "why": ["there is no plan to hold: its own point has failed"]}
    stands = replace(tree, cases=tuple(_as_they_stand(hit, context.start, seen)))
    model = stands.model()
    held = fix_decisions(model, plan_values(context.start), seen, strategy_stays=bool(point.recipe["strategy_stays"]))
    restricted = replace(model, program=held.program)
    options = started(context.options, model, context.start)
    outcome = solve_model(restricted, context.engine, options)
    found = exact_plan(context, restricted, outcome, options, plan=context.start, seen=seen, held=held.exact)
    if found.outcome.status is Status.INFEASIBLE:
        why = reasons(context, stands, model, seen, strategy_stays=bool(point.recipe["strategy_stays"]))
        return changes | {"status": found.outcome.status.value, "why": why}
    if not found.outcome.has_solution:
        return changes | without_plan(restricted, context, found.outcome)
    tables = checked_tables(context.case, model, found, lifted=held.lifted, futures=_cases_by_name(stands))
    result = changes | summary_of(context.case, found.outcome, tables) | violations(found) | _paths(tables)
    result["held_exactly"] = found.is_exact
    return result | {"released": list(held.released), "exceeded": [limit_place(name) for name in held.lifted]}


def has_scenarios(case: Case) -> bool:
    """True where a case is planned over several scenarios."""
    tree = scenario_tree(case)
    return tree is not None and len(tree.names) > 1


def reasons(context: WorkContext, stands: ScenarioTree, model: Model, seen: int, *, strategy_stays: bool) -> list[str]:
    """Returns why a held plan has no way on: the first scenario that has none, with what stands in the way there."""
    assert context.start is not None
    values = plan_values(context.start)
    for path in model.frame.tree.paths():
        place = int(model.frame.tree.future[path[-1]])
        line = build(stands.cases[place])
        held = fix_decisions(line, path_values(model, path, values), seen, strategy_stays=strategy_stays)
        alone = replace(line, program=held.program)
        found = solve_model(alone, context.engine, replace(context.options, gap=1.0, hint=None))
        if found.status is Status.INFEASIBLE:
            return [f"In the scenario {stands.names[place]}:", *explain(alone, context.engine).lines]
    return ["Each scenario can go on by itself, and no decisions before they differ fit all of them."]


def path_values(model: Model, path: Ints, values: Mapping[str, float]) -> dict[str, float]:
    """Returns what a plan over scenarios decides on one path, by the names of columns of a plan for that alone."""
    frame = model.frame
    periods = {frame.node.labels[node]: frame.calendar.labels[int(frame.tree.period[node])] for node in path}
    return relabelled(values, periods)


def relabelled(values: Mapping[str, float], labels: Mapping[str, str]) -> dict[str, float]:
    """Returns the values of columns whose time has another label, under that; those of other times are left out."""
    found = {}
    for name, value in values.items():
        lead, _, last = name.removesuffix("]").rpartition(",")
        first, arrow, then = last.partition(">")
        if first in labels and (not arrow or then in labels):
            found[f"{lead},{labels[first]}{arrow}{labels[then] if arrow else ''}]"] = value
    return found


def tree_of_case(case: Case) -> ScenarioTree:
    """Returns the scenario tree of a case that has one."""
    tree = scenario_tree(case)
    assert tree is not None
    return tree


def disrupted_scenarios(tree: ScenarioTree, shocks: str) -> list[Disrupted]:
    """Returns every scenario with disruptions on top of it.

    Raises:
        ShockError: a name, label or depth is wrong.
    """
    return [disrupted(case, shocks_of(shocks)) for case in tree.cases]


def first_seen(tree: ScenarioTree, shocks: str) -> int:
    """Returns the first period, from 0, in which disruptions are seen in a scenario; the number of periods if never.

    Raises:
        ShockError: as `disrupted_scenarios`.
    """
    calendar = calendar_of(tree.case.settings)
    seen = [part.seen for part in disrupted_scenarios(tree, shocks) if part.changes and part.seen is not None]
    return min((max(0, calendar.period_at(label)) for label in seen), default=calendar.count)


def _cases_by_name(tree: ScenarioTree) -> dict[str, Case]:
    return dict(zip(tree.names, tree.cases, strict=True))


def _as_they_stand(cases: Sequence[Case], plan: StoredPlan, seen: int) -> list[Case]:
    """The cases with what every branch has ordered before the disruption is seen as done; see `point_work`."""
    calendar, arrays = calendar_of(cases[0].settings), plan.arrays
    ordered: dict[tuple[str, str], dict[str, float]] = {}
    for offer, period, units, scenarios in zip(
        *(arrays[name].tolist() for name in ("offers", "periods", "units", "scenarios")), strict=True
    ):
        if calendar.period_at(period) < seen:
            own = ordered.setdefault((offer, period), {})
            own |= dict.fromkeys(scenarios.split(";"), units)
    done = tuple(
        Commitment(kind="order", item=offer, period=period, quantity=min(own.values()) * (1.0 - ROOM), status="done")
        for (offer, period), own in ordered.items()
        if len(own) == len(cases)
    )
    vain = [in_vain(case, seen) for case in cases]
    shared = tuple(row for row in vain[0] if all(row in other for other in vain))
    return [replace(case, commitments=(*case.commitments, *done, *shared)) for case in cases]


def _paths(tables: Mapping[str, Table]) -> dict[str, Any]:
    """What each scenario costs and how it is served, without the price of what is violated."""
    names = ("scenario", "probability", "cost_musd", "least_share_served", "least_served")
    return {"paths": [{name: row[name] for name in names} for row in tables["futures"].records()]}
