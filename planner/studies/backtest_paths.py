"""A back-test: each policy goes through each history, planning again at dates with what is known by then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from models.case import Case
from models.program import Floats
from planner.errors import CaseFaults, Fault
from planner.studies.backtest_work import QUESTION, late_orders
from planner.studies.future_recipes import future_of
from planner.studies.histories import Course, Forecast, InputHistory, belief, truth
from planner.studies.significance import bound_of, cost_of, has_plan, keeps_limits
from planner.studies.study_context import BASE, Result, StudyContext
from planner.sweeps.points import Point

REPLAN, SCENARIOS, FROZEN, STABLE = "replan", "scenarios", "frozen", "stable"
POLICIES = {
    REPLAN: "planned again",
    SCENARIOS: "planned again over scenarios",
    FROZEN: "first plan",
    STABLE: "planned again near the last plan",
}
EVERY = {"year": 12, "half": 6, "quarter": 3}
"""Months between plans."""


@dataclass(frozen=True, kw_only=True)
class BacktestOptions:
    """What is asked: the policies, how often they plan again, and what they believe of the time that is left.

    `scenarios` are drawn for the policy that plans over some, with the seed `seed` + 1; `share` is by how much a plan
    that stays near the last one may cost more than the least.
    """

    policies: tuple[str, ...] = (REPLAN, SCENARIOS, FROZEN)
    every: str = ""
    forecast: Forecast = Forecast.REBASED
    course: Course = Course.DRIFT
    scenarios: int = 3
    share: float = 0.005
    seed: int = 0


@dataclass(frozen=True)
class Replan:
    """One date at which a policy may plan again: its label, and the point of its plan (blank: nothing new is known)."""

    label: str
    point: str


@dataclass(frozen=True)
class PolicyPath:
    """A policy in a history: its dates, and the point in which what it has decided meets what came."""

    history: str
    policy: str
    replans: tuple[Replan, ...]
    realised: str


@dataclass(frozen=True, eq=False)
class Backtest:
    """The histories of a back-test, what each policy did there, and the results of all points."""

    case: Case
    asked: BacktestOptions
    histories: tuple[InputHistory, ...]
    is_drawn: bool
    dates: tuple[str, ...]
    paths: Mapping[tuple[str, str], PolicyPath]
    foresight: Mapping[str, tuple[str, ...]]
    """By history: the point of the best plan for it, and of the one in which orders may come late as in a policy's."""
    results: Mapping[str, Result] = field(repr=False)

    def realised(self, history: str, policy: str) -> Result:
        """Returns what a policy did and cost in a history."""
        return self.results[self.paths[history, policy].realised]

    def known_best(self, history: str) -> tuple[float | None, float]:
        """Returns between what the best plan that knows a history costs, USD million; None where its least is unknown.

        Where orders of a policy came late, so they may in the best plan. Infinite where there is none.
        """
        late = any(has_plan(own := self.realised(history, policy)) and own["delayed"] for policy in self.asked.policies)
        names = self.foresight[history] if late else self.foresight[history][:1]
        results = [self.results[name] for name in names if has_plan(self.results[name])]
        least = [bound_of(one) for one in results]
        found = min((cost_of(one) for one in results), default=math.inf)
        return (None if not least or None in least else min(one for one in least if one is not None)), found

    def is_kept(self, history: str, policy: str) -> bool:
        """Whether a policy goes through a history and keeps all hard limits."""
        found = self.realised(history, policy)
        return keeps_limits(found) and not found["exceeded"]

    def is_best_kept(self, history: str) -> bool:
        """Whether the best plan for a history keeps all hard limits."""
        return any(keeps_limits(self.results[name]) for name in self.foresight[history])

    @cached_property
    def compared(self) -> list[InputHistory]:
        """The histories through which every policy can go, and for which a plan is known."""
        return [
            one
            for one in self.histories
            if math.isfinite(self.known_best(one.name)[1])
            and all(has_plan(self.realised(one.name, policy)) for policy in self.asked.policies)
        ]

    def weights(self, histories: Sequence[InputHistory]) -> Floats:
        """Returns the weights of some histories, which add up to 1."""
        found = np.array([one.weight for one in histories])
        return np.asarray(found / found.sum())

    def costs(self, policy: str) -> Floats:
        """Returns what a policy cost in the compared histories, USD million."""
        return np.array([cost_of(self.realised(one.name, policy)) for one in self.compared])

    def bounds(self) -> tuple[Floats, Floats]:
        """Returns the least and the found cost of the best plan in the compared histories, USD million."""
        best = [self.known_best(one.name) for one in self.compared]
        return np.array([-np.inf if least is None else least for least, _ in best]), np.array([one for _, one in best])


def replan_dates(case: Case, every: str) -> tuple[int, ...]:
    """Returns the periods, from 0, at whose beginning plans are made, the first one included.

    Raises:
        CaseFaults: plans cannot be made so often in periods of this length.
    """
    calendar, periods = case.settings.calendar, case.settings.periods
    chosen = every or ("year" if calendar.months <= EVERY["year"] else "")
    if every and every not in EVERY:
        raise CaseFaults(
            [Fault("--every", f"must be one of {', '.join(EVERY)}", "Write for example year.", value=every)]
        )
    months = EVERY.get(chosen, calendar.months)
    if months % calendar.months:
        remedy = f"Leave it out, or make periods shorter with fleetplan convert --period {every}."
        raise CaseFaults([Fault("--every", f"is shorter than a {case.settings.period}", remedy, value=every)])
    return tuple(range(0, periods, months // calendar.months))


def backtested(
    context: StudyContext, histories: Sequence[InputHistory], asked: BacktestOptions, *, is_drawn: bool
) -> Backtest:
    """Sends policies through histories.

    Raises:
        CaseFaults: the policies, their dates or their scenarios do not fit.
        NoBaseError: the case has no plan.
    """
    case = context.case
    _check(case, asked)
    dates = replan_dates(case, asked.every)
    labels = case.settings.calendar.labels
    points: dict[str, Point] = {BASE: context.base_point()}
    paths: dict[tuple[str, str], PolicyPath] = {}
    foresight = {}
    for history in histories:
        best = _foresight(case, history, dates, asked)
        foresight[history.name] = tuple(point.name for point in best)
        points |= {point.name: point for point in best}
        for policy in asked.policies:
            path, own = _path(case, history, policy, dates, asked)
            paths[history.name, policy] = path
            points |= {point.name: point for point in own}
    if not context.in_parts:
        # Without a plan for the case nothing else is worth working out.
        context.base()
    results = context.solve(list(points.values()))
    return Backtest(
        case, asked, tuple(histories), is_drawn, tuple(labels[at] for at in dates), paths, foresight, results
    )


def _foresight(case: Case, history: InputHistory, dates: Sequence[int], asked: BacktestOptions) -> list[Point]:
    """The points of the best plan that knows a history: with orders in time, and as late as those of any policy."""
    known = truth(case, history)
    name = f"{history.name} | known in advance"
    points = [Point(name, "plan", known, BASE)]
    recipes = [*(belief(case, history, at, asked.forecast) for at in dates), known]
    cases = [future_of(case, recipe).case for recipe in recipes]
    late = {(row.offer, row.since) for before, now in pairwise(cases) for row in late_orders(before, now)}
    if late:
        recipe = {"belief": known, "before": {}, "seen": 0, "late": [list(one) for one in sorted(late)]}
        points.append(Point(f"{name}, orders late", QUESTION, recipe, BASE))
    return points


def _path(
    case: Case, history: InputHistory, policy: str, dates: Sequence[int], asked: BacktestOptions
) -> tuple[PolicyPath, list[Point]]:
    """The points of a policy in a history, each of which goes on from the one before."""
    labels, points = case.settings.calendar.labels, list[Point]()
    last, before = BASE, belief(case, history, 0, asked.forecast)
    if policy == SCENARIOS and len(dates) > 1:
        last = "first plan over scenarios"
        draws = _draws(case, asked, dates, 0)
        points.append(Point(last, QUESTION, {"belief": {}, "before": {}, "seen": 0, "draws": draws}, BASE))
    replans = [Replan(labels[0], last)]
    for number, at in enumerate(dates[1:], start=1) if policy != FROZEN else ():
        now = belief(case, history, at, asked.forecast)
        follows = number + 1 < len(dates)
        if now == before and not (policy == SCENARIOS and follows):
            replans.append(Replan(labels[at], ""))
            continue
        recipe: dict[str, Any] = {"belief": now, "before": before, "seen": at}
        if policy == SCENARIOS and follows:
            recipe["draws"] = _draws(case, asked, dates, number)
        if policy == STABLE:
            recipe["share"] = asked.share
        name = f"{history.name} | {policy} {labels[at]}"
        points.append(Point(name, QUESTION, recipe, last))
        replans.append(Replan(labels[at], name))
        last, before = name, now
    recipe = {"belief": truth(case, history), "before": before, "seen": case.settings.calendar.count}
    realised = f"{history.name} | {policy}"
    points.append(Point(realised, QUESTION, recipe, last))
    return PolicyPath(history.name, policy, tuple(replans), realised), points


def _draws(case: Case, asked: BacktestOptions, dates: Sequence[int], number: int) -> dict[str, Any]:
    """The scenarios of a date: known at the next one, and the closer together the less of the plan is left."""
    left = (case.settings.periods - dates[number]) / case.settings.periods
    reveal = case.settings.calendar.labels[dates[number + 1]]
    return {"count": asked.scenarios, "seed": asked.seed + 1 + number, "reveal": reveal, "spread": round(left, 6)}


def _check(case: Case, asked: BacktestOptions) -> None:
    faults = [
        Fault("--policy", "is no policy", f"Use {', '.join(POLICIES)}.", value=policy)
        for policy in asked.policies
        if policy not in POLICIES
    ]
    if len(set(asked.policies)) != len(asked.policies):
        faults.append(Fault("--policy", "is named twice", "Name each policy once."))
    if SCENARIOS in asked.policies and not case.uncertain:
        remedy = "Fill it in, or name the other policies: --policy replan --policy frozen."
        faults.append(Fault("uncertain.csv", "has no rows from which scenarios could be drawn", remedy))
    if faults:
        raise CaseFaults(faults)
