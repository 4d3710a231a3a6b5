"""The results of a regret study by plan and future, and what follows from them: regrets and how far they are proven."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.studies.significance import bound_of, cost_of, has_plan, is_strained, most_of
from planner.studies.study_context import NamedFuture


@dataclass(frozen=True)
class RegretCells:
    """The results of a regret study: plans and futures by name, and each plan in each future."""

    futures: tuple[NamedFuture, ...]
    best: Mapping[str, Mapping[str, Any]]
    """By future: the plan that knew."""
    through: Mapping[tuple[str, str], Mapping[str, Any]]
    """By (plan, future): the plan held until the two futures can be distinguished."""

    @property
    def names(self) -> list[str]:
        """The futures that have a plan of their own."""
        return [future.name for future in self.futures if has_plan(self.best[future.name])]

    def regret(self, plan: str, future: str) -> float | None:
        """Returns the cost of a plan in a future over the best that was found; None where the plan cannot go on."""
        result = self.through[plan, future]
        if not has_plan(result):
            return None
        # A held plan can beat the one that knew, within its gap: the better of the two is the best that is known. One
        # that breaks limits may cost less than any that keeps them: then there is nothing to regret.
        return max(0.0, cost_of(result) - self.least_known(future))

    def least_known(self, future: str) -> float:
        """Returns the least cost that any plan reaches in a future, of those that keep the limits if the best does."""
        best = self.best[future]
        rivals = [self.through[plan, future] for plan in self.names]
        found = [cost_of(rival) for rival in rivals if has_plan(rival) and self._counts(rival, best)]
        return min([cost_of(best), *found])

    @staticmethod
    def _counts(rival: Mapping[str, Any], best: Mapping[str, Any]) -> bool:
        """True for a plan that could be planned for the future: it has not more than can be had, nor breaks limits."""
        return not rival.get("exceeded") and (is_strained(best) or not is_strained(rival))

    def range_of(self, plan: str, future: str) -> tuple[float | None, float | None]:
        """Returns regret at least and at most, as far as bounds prove it."""
        result, known = self.through[plan, future], bound_of(self.best[future])
        if not has_plan(result):
            return None, None
        found = max(0.0, cost_of(result) - self.least_known(future))
        bound, most = bound_of(result), most_of(result)
        least = None if bound is None else min(found, max(0.0, bound - self.least_known(future)))
        # Least violations come before costs, so no bound holds for the sum of the two.
        is_bounded = known is not None and most is not None and not is_strained(self.best[future])
        return least, max(found, (most or 0.0) - (known or 0.0)) if is_bounded else None

    def largest(self, plan: str) -> tuple[float, str, float, float] | None:
        """Returns the largest regret of a plan, its future, and the least and most it can be; None where it is stuck.

        What cannot be proven is 0 at least, and unlimited at most.
        """
        amounts = {future: self.regret(plan, future) for future in self.names}
        feasible = {future: amount for future, amount in amounts.items() if amount is not None}
        if len(feasible) < len(amounts):
            return None
        worst = max(feasible, key=lambda future: feasible[future])
        ranges = [self.range_of(plan, future) for future in self.names]
        least = max(low or 0.0 for low, _ in ranges)
        most = max(math.inf if high is None else high for _, high in ranges)
        return feasible[worst], worst, least, most

    def least_regretted(self) -> list[str]:
        """Returns the plans with the least largest regret, the least first: all that bounds cannot tell apart."""
        known = {plan: found for plan in self.names if (found := self.largest(plan)) is not None}
        if not known:
            return []
        best = min(known, key=lambda plan: known[plan][0])
        near = [plan for plan in known if plan == best or known[plan][2] <= known[best][3]]
        return sorted(near, key=lambda plan: known[plan][0])
