"""The paths of an evaluation: fresh futures, and what plans that are kept until the reveal cost there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from models.calendar import LabelError
from models.case import Case
from models.program import Floats
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from models.whatif.sampling import draws
from models.whatif.values import lever_of
from planner.errors import CaseFaults, Fault
from planner.results.loaded_run import LoadedRun
from planner.studies.followed_plans import followed_arrays
from planner.studies.future_recipes import recipe_of
from planner.studies.significance import has_plan
from planner.studies.study_context import StudyContext
from planner.studies.varied_inputs import drawn_levers, uncertain_rows
from planner.sweeps.points import Point

RUN, AGAINST = "run", "against"
DEFAULT_COUNT = 200


@dataclass(frozen=True, kw_only=True)
class EvaluationOptions:
    """What is asked: how many fresh futures, from which seed, of what, and from when on all may react.

    Without a count, scenarios are all gone through once, each with its probability.
    """

    count: int | None = None
    seed: int = 0
    over_scenarios: bool = False
    reveal: str = ""
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvaluatedPath:
    """One future: its name, the point in which each plan goes through it, its weight, and what was drawn."""

    name: str
    points: Mapping[str, str]
    weight: float
    drawn: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The paths of an evaluation with the results of each plan there; `plans` are the runs by their role."""

    case: Case
    asked: EvaluationOptions
    plans: Mapping[str, LoadedRun]
    paths: tuple[EvaluatedPath, ...]
    inputs: tuple[str, ...]
    results: Mapping[str, Mapping[str, Any]]
    kept_until: Mapping[str, int]
    """By role: the first period, from 0, in which all may react; on a tree, the first of any path."""

    @property
    def is_drawn(self) -> bool:
        """True where the paths are draws."""
        return not self.asked.over_scenarios or self.asked.count is not None

    def result(self, path: EvaluatedPath, role: str = RUN) -> Mapping[str, Any]:
        """Returns the result of a plan on a path."""
        return self.results[path.points[role]]

    def planned(self, role: str = RUN) -> list[EvaluatedPath]:
        """Returns the paths on which a plan can go on."""
        return [path for path in self.paths if has_plan(self.result(path, role))]

    @cached_property
    def compared(self) -> list[EvaluatedPath]:
        """The paths on which both plans can go on."""
        return [path for path in self.planned() if AGAINST in self.plans and has_plan(self.result(path, AGAINST))]

    def weights(self, paths: Sequence[EvaluatedPath]) -> Floats:
        """Returns the weights of some paths, which add up to 1."""
        found = np.array([path.weight for path in paths])
        return np.asarray(found / found.sum())


def evaluated(
    context: StudyContext, run: LoadedRun, asked: EvaluationOptions, against: LoadedRun | None = None
) -> Evaluation:
    """Sends the plan of a run, and one that it is compared with, through fresh futures.

    Raises:
        CaseFaults: there is nothing to draw, or the count, the reveal, the inputs or the other run do not fit.
        ShockError: no uncertain input has a name that was given.
    """
    plans = {RUN: run} | ({AGAINST: against} if against is not None else {})
    for role, plan in plans.items():
        _require_same_time(run, plan, role)
    if asked.count is not None and asked.count < 1:
        raise CaseFaults([Fault("--count", "is below 1", "Leave it out, or name a number.", value=str(asked.count))])
    make = _scenario_points if asked.over_scenarios else _drawn_points
    paths, points, inputs, kept = make(context.case, plans, asked)
    results = context.solve(points, _shared(plans, asked))
    return Evaluation(context.case, asked, plans, tuple(paths), inputs, results, kept)


_Made = tuple[list[EvaluatedPath], list[Point], tuple[str, ...], dict[str, int]]


def _drawn_points(case: Case, plans: Mapping[str, LoadedRun], asked: EvaluationOptions) -> _Made:
    """Fresh draws of the uncertain inputs: they differ from the tables from the reveal on."""
    if not case.uncertain:
        remedy = "Fill it in, or add --scenarios for the scenarios of the case."
        raise CaseFaults([Fault("uncertain.csv", "has no rows, so that there is nothing to draw", remedy)])
    rows = uncertain_rows(case, asked.inputs)
    known = [tree.first_reveal for plan in plans.values() if (tree := plan.scenario_tree) is not None]
    first = _reveal_of(plans[RUN], known, asked)
    label = case.settings.calendar.labels[first]
    levers = [lever_of(case, row.name) for row in rows]
    is_whole = not all(lever.may_begin for lever in levers)
    count = asked.count or DEFAULT_COUNT
    paths, points = [], []
    for number, own in enumerate(draws(rows, count, asked.seed), start=1):
        future = recipe_of(levers=drawn_levers(rows, own.tolist()), begin=label)
        names = {role: _named(f"path {number}", role) for role in plans}
        points += [_point(names[role], future, role, first, is_whole=is_whole) for role in plans]
        paths.append(EvaluatedPath(f"path {number}", names, 1.0 / count, tuple(own.tolist())))
    return paths, points, tuple(row.name for row in rows), dict.fromkeys(plans, first)


def _scenario_points(case: Case, plans: Mapping[str, LoadedRun], asked: EvaluationOptions) -> _Made:
    """The scenarios of the case, all of them once or drawn by their probability."""
    if asked.inputs:
        fault = Fault(
            "--input", "has no effect on scenarios, which are not drawn from inputs", "Leave out one of them."
        )
        raise CaseFaults([fault])
    tree = scenario_tree(_with_scenarios(case))
    if tree is None or len(tree.names) < 2:
        remedy = "Fill in the tables scenarios and scenario_values, or leave --scenarios out."
        raise CaseFaults([Fault("scenarios.csv", "has no two scenarios that differ", remedy)])
    chance, points = np.array(tree.probability), {}
    for place, name in enumerate(tree.names):
        for role, plan in plans.items():
            mine = f"{role}/{name}" if plan.scenario_tree is not None else role
            seen = _scenario_reveal(plan, tree, place, asked)
            points[role, name] = _point(_named(name, role), recipe_of(scenario=name), mine, seen, is_whole=False)
    kept = {role: min(int(points[role, name].recipe["seen"]) for name in tree.names) for role in plans}

    def path(title: str, name: str, weight: float) -> EvaluatedPath:
        return EvaluatedPath(title, {role: points[role, name].name for role in plans}, weight)

    if asked.count is None:
        paths = [path(name, name, float(weight)) for name, weight in zip(tree.names, chance, strict=True)]
    else:
        # Drawn in the order of their names, so that draws do not depend on the order of rows.
        order = np.array(tree.order)
        taken = order[np.random.default_rng(asked.seed).choice(len(chance), size=asked.count, p=chance[order])]
        paths = [
            path(f"path {number}: {tree.names[place]}", tree.names[place], 1.0 / asked.count)
            for number, place in enumerate(taken.tolist(), start=1)
        ]
    return paths, list(points.values()), (), kept


def _with_scenarios(case: Case) -> Case:
    """The case with its scenarios, whether a plan is made over them or not."""
    return replace(case, settings=replace(case.settings, use_scenarios=True))


def _named(path: str, role: str) -> str:
    return path if role == RUN else f"{path} | {role}"


def _point(name: str, future: Mapping[str, Any], plan: str, seen: int, *, is_whole: bool) -> Point:
    recipe = {"future": future, "seen": seen, "plan": plan, "strategy_stays": False, "is_whole": is_whole}
    return Point(name, "evaluate", recipe)


def _shared(plans: Mapping[str, LoadedRun], asked: EvaluationOptions) -> dict[str, Any]:
    """The decisions of each plan: of a tree, those of each scenario, or those before the first reveal."""
    found: dict[str, Any] = {}
    for role, plan in plans.items():
        found |= followed_arrays(plan, expected_cost(plan), role, by_scenario=asked.over_scenarios)
    return found


def expected_cost(plan: LoadedRun) -> float:
    """Returns the net present cost of a plan, USD million; its expected value where it is made over scenarios."""
    found = plan.figure("net_present_cost")
    return float(plan.manifest["objective_musd"]) if found is None else found


def least_expected_cost(plan: LoadedRun) -> float:
    """Returns what a plan costs at least if all but its kept decisions is planned again, USD million.

    Where cost is what the plan minimises that is its bound, since its search may have left the gap open; of a plan
    that minimises something else nothing is known below its cost.
    """
    bound, known = plan.manifest.get("bound_musd"), expected_cost(plan)
    is_cost = not plan.best_alone and (plan.scenario_tree is None or not plan.case.settings.risk_aversion)
    return known if bound is None or not is_cost else min(float(bound), known)


def _reveal_of(run: LoadedRun, known: Sequence[int], asked: EvaluationOptions) -> int:
    """The first period, from 0, from which plans may react to a fresh future; `known`: the reveals of their trees."""
    labels = run.calendar.labels
    if not asked.reveal and not known:
        remedy = f"Add --reveal LABEL, such as --reveal {labels[min(1, len(labels) - 1)]}."
        raise CaseFaults([Fault(f"run {run.name}", "is a plan for one future, which has no reveal", remedy)])
    found = _period(asked.reveal, run) if asked.reveal else min(known)
    if known and found > min(known):
        expected = f"comes after {labels[min(known)]}, from which on a plan itself differs by scenario"
        raise CaseFaults([Fault("--reveal", expected, "Name that period or an earlier one.", value=asked.reveal)])
    return found


def _period(label: str, plan: LoadedRun) -> int:
    calendar = plan.calendar
    try:
        found = calendar.period_at(label)
    except LabelError as error:
        raise CaseFaults([Fault("--reveal", "is no period label", "Write for example 2028.", value=label)]) from error
    if not 1 <= found < calendar.count:
        remedy = f"Name a period from {calendar.labels[min(1, calendar.count - 1)]} to {calendar.labels[-1]}."
        raise CaseFaults(
            [Fault("--reveal", "leaves nothing decided before it, or nothing after it", remedy, value=label)]
        )
    return found


def _scenario_reveal(plan: LoadedRun, tree: ScenarioTree, place: int, asked: EvaluationOptions) -> int:
    """Until when a plan is kept in a scenario: until no other is possible, as far as the plan knows scenarios."""
    own = plan.scenario_tree
    name = tree.names[place]
    if own is None:
        return _period(asked.reveal, plan) if asked.reveal else tree.first_reveal
    if name not in own.names:
        remedy = "Evaluate a run of this case, or leave --scenarios out."
        raise CaseFaults([Fault(f"run {plan.name}", f"does not know the scenario {name}", remedy)])
    found = own.known_from[name]
    return min(found, _period(asked.reveal, plan)) if asked.reveal else found


def _require_same_time(run: LoadedRun, plan: LoadedRun, role: str) -> None:
    if plan.calendar.labels != run.calendar.labels:
        expected = f"has the periods {plan.calendar.labels[0]} to {plan.calendar.labels[-1]}"
        remedy = f"Name a run over {run.calendar.labels[0]} to {run.calendar.labels[-1]}."
        raise CaseFaults([Fault(f"--{role} {plan.name}", expected, remedy)])
