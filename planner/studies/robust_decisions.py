"""What each strategic decision saves or costs in each future, and what follows: no regret, hedge or bet.

The advantage of a decision in a future is what the least cost without it is above the least cost with it, both planned
as if that future were known. It lies between what bounds and plans prove; a sign counts only where it is proven.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.results.loaded_run import LoadedRun
from planner.studies.alternative_plans import Alternatives, AlternativesOptions, alternatives_of
from planner.studies.explained_plan import explained_plan
from planner.studies.opposites import Opposite, made_already, opposite_of, opposite_point
from planner.studies.significance import is_impossible, keeps_limits
from planner.studies.study_context import BASE, NamedFuture, Result, StudyContext
from planner.studies.survivors import HEDGE, NO_REGRET
from planner.sweeps.points import Point

BET = "bet"
NEVER_PAYS = "does not pay"
OPEN = "open"
CLASSES = (NO_REGRET, HEDGE, BET, OPEN, NEVER_PAYS)


@dataclass(frozen=True)
class Advantage:
    """What a decision saves in a future, USD million: by the plans found, and at least and at most.

    `found` is infinite where no plan can be without it (or with it: minus infinite), None where it is not known.
    """

    found: float | None
    least: float
    most: float

    @property
    def pays(self) -> bool:
        """True where it is proven to save."""
        return self.least > 0

    @property
    def costs(self) -> bool:
        """True where it is proven to cost."""
        return self.most < 0


@dataclass(frozen=True)
class RobustDecision:
    """A decision with the futures in whose own plans it is taken, the alternatives that take it, and its advantages.

    `advantage` is by future, of those in which it was asked for: of a decision on which all plans agree only as
    expected.
    """

    name: str
    taken: Mapping[str, bool]
    alternatives: Mapping[str, bool]
    advantage: Mapping[str, Advantage] = field(default_factory=dict)

    @property
    def in_all(self) -> bool:
        """True where every plan takes it."""
        return all(self.taken.values()) and all(self.alternatives.values())

    @property
    def pays_in(self) -> list[str]:
        """The futures in which it is proven to save."""
        return [name for name, found in self.advantage.items() if found.pays]

    @property
    def costs_in(self) -> list[str]:
        """The futures in which it is proven to cost."""
        return [name for name, found in self.advantage.items() if found.costs]

    def regret(self, *, taken: bool) -> tuple[float, str]:
        """Returns the greatest regret of having it, or of not having it, by the plans found, and its future."""
        amounts = {
            name: -found.found if taken else found.found
            for name, found in self.advantage.items()
            if found.found is not None
        }
        worst = max(amounts, key=lambda name: amounts[name], default="")
        return (amounts[worst], worst) if worst and amounts[worst] > 0 else (0.0, "")

    @property
    def standing(self) -> str:
        """What it is: one of `CLASSES`.

        A hedge is proven to cost as expected, to pay in other futures, and to be regretted less by who has it than by
        who has not. What pays in some futures and costs in others is a bet otherwise.
        """
        if not self.costs_in:
            return NO_REGRET if self.in_all or self.pays_in else OPEN
        if not self.pays_in:
            return NEVER_PAYS
        is_hedge = BASE in self.costs_in and self.regret(taken=True)[0] < self.regret(taken=False)[0]
        return HEDGE if is_hedge else BET


@dataclass(frozen=True, eq=False)
class RobustDecisions:
    """The decisions of a case over futures and alternatives.

    `results` are the plans that know their future, with the plan of the run as expected; `left_out` are the futures
    without a plan that meets all limits.
    """

    case_name: str
    run: LoadedRun
    results: Mapping[str, Result]
    left_out: Mapping[str, Result]
    alternatives: Alternatives
    decisions: tuple[RobustDecision, ...]


def robust_decisions(
    context: StudyContext, run: LoadedRun, futures: Sequence[NamedFuture], options: AlternativesOptions
) -> RobustDecisions:
    """Plans each future, finds alternatives, and asks in each future for the opposite of what plans do not agree on.

    Raises:
        CaseFaults: the plan minimises regret, or an option does not fit.
        NoBaseError: the case has no plan.
    """
    explained = explained_plan(run, context.case)
    context = explained.context(context)
    found = alternatives_of(context, run, options)
    base = {**explained.best_known(context), "changes": [], "without_effect": [], "seen": None}
    own, left_out = _planned(context, futures)
    results = {BASE: base, **own}
    agreed: list[RobustDecision] = []
    disputed: list[RobustDecision] = []
    for name in explained.decisions:
        taken = {future: bool(result["decisions"][name]["taken"]) for future, result in results.items()}
        others = {plan.name: bool(plan.result["decisions"][name]["taken"]) for plan in found.plans}
        if any(taken.values()) or any(others.values()):
            one = RobustDecision(name, taken, others)
            (agreed if one.in_all else disputed).append(one)
    known = {future.name: future for future in futures}
    asked = [(one, BASE) for one in agreed] + [(one, future) for one in disputed for future in results]
    advantages = _advantages(context, asked, results, known)
    decided = tuple(
        RobustDecision(one.name, one.taken, one.alternatives, advantages[one.name]) for one in (*agreed, *disputed)
    )
    return RobustDecisions(context.case.settings.name, run, results, left_out, found, decided)


def _planned(context: StudyContext, futures: Sequence[NamedFuture]) -> tuple[dict[str, Result], dict[str, Result]]:
    """The plans of futures that meet all limits, and the results of the others."""
    # The plan of a tree is no start for that of one future.
    start = None if context.over_scenarios else BASE
    points = [Point(future.name, "plan", future.recipe, start) for future in futures]
    results = context.solve([context.base_point(), *points])
    own = {future.name: results[future.name] for future in futures}
    usable = {name: result for name, result in own.items() if keeps_limits(result)}
    return usable, {name: result for name, result in own.items() if name not in usable}


def _advantages(
    context: StudyContext,
    asked: Sequence[tuple[RobustDecision, str]],
    results: Mapping[str, Result],
    futures: Mapping[str, NamedFuture],
) -> dict[str, dict[str, Advantage]]:
    """What decisions save, by decision and future; those that were made before the plan have no opposite."""
    made = made_already(context.case)
    points = {
        (one.name, future): opposite_point(
            one.name, taken=one.taken[future], over_scenarios=context.over_scenarios and future == BASE,
            future=None if future == BASE else futures[future],
        )
        for one, future in asked
        if one.name not in made
    }  # fmt: skip
    solved = context.solve(list(points.values())) if points else {}
    found: dict[str, dict[str, Advantage]] = {one.name: {} for one, _ in asked}
    for one, future in asked:
        if one.name not in made:
            taken, result = one.taken[future], solved[points[one.name, future].name]
            found[one.name][future] = _advantage(opposite_of(one.name, result, results[future], taken=taken))
    return found


def _advantage(own: Opposite) -> Advantage:
    """What the decision saves: what its opposite costs more where it is taken, else the reverse."""
    if is_impossible(own.result):
        unlimited = math.inf if own.taken else -math.inf
        return Advantage(unlimited, unlimited, unlimited)
    least = -math.inf if own.least is None else own.least
    most = math.inf if own.most is None else own.most
    if own.taken:
        return Advantage(own.found, least, most)
    return Advantage(None if own.found is None else -own.found, -most, -least)


def orders_by_vendor(found: RobustDecisions) -> dict[str, dict[str, float]]:
    """Returns by vendor what each plan orders from it, USD million: of futures and of alternatives."""
    plans: dict[str, Mapping[str, Any]] = {**found.results}
    plans |= {f"alternative {plan.name}": plan.result for plan in found.alternatives.plans}
    vendors = dict.fromkeys(vendor for result in plans.values() for vendor in result["vendors"])
    return {
        vendor: {name: float(result["vendors"].get(vendor, 0.0)) for name, result in plans.items()}
        for vendor in vendors
    }


__all__ = [
    "BET", "CLASSES", "NEVER_PAYS", "OPEN", "Advantage", "RobustDecision", "RobustDecisions", "orders_by_vendor",
    "robust_decisions",
]  # fmt: skip
