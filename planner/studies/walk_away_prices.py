"""The price at which an item enters and leaves the plan, as a bracket that carries the gaps.

With x the rest of a plan and q(x) the present cost of the item by unit of its price p, the least cost is
C(p) = min f(x) + p · q(x), concave and never falling in p; barred, it costs B, whatever p is. The item pays below the
walk-away price p* = max (B − f(x)) / q(x) over the plans that take it, and at no price above it.

    lower end   a plan x that takes it, made at p_k with cost U_k, costs the bound of B at p_k + (bound(B) − U_k) / q(x)
    upper end   every plan that takes it costs at least L_k at p_k, and q_least more by unit of the price above p_k:
                more than the best plan without it from p_k + (cost(B) − L_k) / q_least on; where L_k exceeds cost(B),
                and no row depends on the price, from p_k − (L_k − cost(B)) / q_most on. A dearer item lets more be
                drawn of loans that advance a share of its price: q_least is what is left without that share

Trial prices are those at which the best plan with the item costs what the best one without it does (the method of
Dinkelbach for fractional programs): few are needed. A strategic decision is taken at its trials; of an offer, the least
amount that counts as taking it is one lot, or one unit where it is divisible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planner.studies.future_recipes import recipe_of
from planner.studies.opposites import opposite_point
from planner.studies.price_brackets import (
    ABOUT,
    IMPOSSIBLE,
    NARROW,
    NEEDED,
    NOT_TAKEN,
    NOTHING,
    OPEN,
    TAKEN,
    TrialPrice,
    WalkAwayPrice,
)
from planner.studies.price_slopes import QUESTION
from planner.studies.priced_items import OFFER, PricedItem
from planner.studies.search_rounds import Search, solved_in_rounds
from planner.studies.significance import bound_of, cost_of, is_impossible, keeps_limits
from planner.studies.study_context import BASE, Result, StudyContext
from planner.sweeps.points import Point

MOST_TRIALS = 6
_WIDTH = 0.02
"""Trials end once the ends of the bracket lie closer to each other than this share of the price."""
_NIL = 1e-7
"""A price below this, relative to that of today, is nothing."""

SLOPES = "price slopes as expected"


def walk_away_prices(context: StudyContext, items: Sequence[PricedItem]) -> dict[str, WalkAwayPrice]:
    """Returns the walk-away price of each item, by its name; all trials of a round are solved together.

    Raises:
        NoBaseError: the undisturbed case has no plan.
    """
    return solved_in_rounds(context, price_searches(context, items))


def price_searches(context: StudyContext, items: Sequence[PricedItem]) -> dict[str, Search[WalkAwayPrice]]:
    """Returns the search for the walk-away price of each item, by its name."""
    future = recipe_of(over_scenarios=context.over_scenarios)
    prices = {item.name: _prices_at(item, item.today) for item in items if not item.fixed}
    slopes = Point(SLOPES, QUESTION, {"future": future, "prices": prices}, BASE)
    return {item.name: _search(context, item, slopes) for item in items}


def _prices_at(item: PricedItem, price: float) -> dict[str, Any]:
    beside = price + max(price, item.today, 1.0)
    return {"at": price, "beside": beside, "levers": [list(lever) for lever in item.at(beside)]}


def _trial(result: Result, slopes: Mapping[str, Any] | None, price: float, item: PricedItem) -> TrialPrice:
    """A plan as a trial, without what is paid for the item whatever is decided."""
    known = slopes or {"slope": 0.0, "fixed": 0.0}
    paid, slope = float(known["fixed"]) * price, float(known["slope"])
    cost, bound = cost_of(result) - paid, bound_of(result)
    least, most = known.get("least"), known.get("most")
    return TrialPrice(
        price,
        cost,
        None if bound is None else bound - paid,
        slope,
        known.get("room"),
        (item.least_weight if least is None else float(least)) * item.least_own_share,
        None if most is None else float(most) * item.most_amount,
        takes_it=slope * max(1.0, price, item.today) > NOTHING * max(1.0, abs(cost)),
        in_rows=bool(known.get("in_rows")),
    )


def _too_dear(price: float) -> TrialPrice:
    """A trial at a price that no plan with the item can pay."""
    return TrialPrice(
        price, math.inf, math.inf, 0.0, None, 0.0, None, takes_it=False, is_forced=True, in_rows=True
    )  # fmt: skip


@dataclass
class PriceSearch:
    """What a search has found so far."""

    item: PricedItem
    barred_cost: float | None = None
    barred_bound: float | None = None
    trials: list[TrialPrice] = field(default_factory=list)

    def add(self, trial: TrialPrice) -> None:
        """Learns of a plan; one without the item is a plan at any price."""
        self.trials.append(trial)
        if not trial.takes_it and (self.barred_cost is None or trial.cost < self.barred_cost):
            self.barred_cost = trial.cost
        if not trial.is_forced and trial.bound is not None:
            # No plan without the item costs less than the least cost at any price.
            self.barred_bound = max(trial.bound, self.barred_bound if self.barred_bound is not None else trial.bound)

    @property
    def low(self) -> float | None:
        """Up to which price it is proven to pay."""
        if self.barred_bound is None or not self.item.is_monotone:
            return None
        ends = [_reach(one, self.barred_bound) for one in self.trials if one.takes_it]
        return max((end for end in ends if end > 0.0), default=None)

    @property
    def high(self) -> float | None:
        """From which price on it is proven not to pay."""
        if self.barred_cost is None or not self.item.is_monotone:
            return None
        ends = [end for one in self.trials if (end := self._end(one, self.barred_cost)) is not None]
        high = min(ends, default=None)
        return 0.0 if high is not None and high <= _NIL * max(1.0, self.item.today) else high

    @staticmethod
    def _end(trial: TrialPrice, cost: float) -> float | None:
        if trial.bound is None:
            return None
        above = trial.bound - cost
        if above > 0.0 and trial.is_forced:
            # At a lower price a budget may allow plans that it does not allow at this one.
            return trial.price if trial.in_rows or not trial.most else trial.price - above / trial.most
        return trial.price + max(0.0, -above) / trial.least if trial.least > 0.0 else None

    @property
    def is_narrow(self) -> bool:
        """True where another trial could say no more than the gaps allow, or the item does not pay at any price."""
        low, high = self.low, self.high
        if high is not None and high <= 0.0:
            return True
        if low is None or high is None or self.barred_cost is None or self.barred_bound is None:
            return False
        known = [one.cost - one.bound for one in self.trials if one.bound is not None and math.isfinite(one.cost)]
        open_musd = self.barred_cost - self.barred_bound + max(known, default=0.0)
        return high - low <= max(_WIDTH * high, ABOUT * open_musd / max(one.slope for one in self.trials))

    @property
    def estimate(self) -> float | None:
        """Up to which price it pays by the plans found."""
        if self.barred_cost is None:
            return None
        return max((_reach(one, self.barred_cost) for one in self.trials if one.takes_it), default=None)

    def finished(self, state: str) -> WalkAwayPrice:
        """Returns what was found."""
        trials = tuple(sorted(self.trials, key=lambda one: (one.price, one.is_forced)))
        if state not in (TAKEN, NOT_TAKEN):
            return WalkAwayPrice(self.item, state, trials=trials)
        estimate, low, high = self.estimate, self.low, self.high
        if estimate is not None and estimate <= 0.0:
            estimate = None
        if estimate is not None:
            estimate = estimate if high is None else min(estimate, high)
            estimate = estimate if low is None else max(estimate, low)
        return WalkAwayPrice(self.item, state, low, high, estimate, trials, self.barred_cost, self.barred_bound)


def _reach(trial: TrialPrice, cost: float) -> float:
    """The price at which a plan with the item costs so much, as far as it keeps all rows up to there."""
    rise = (cost - trial.cost) / trial.slope
    return trial.price + (rise if trial.room is None else min(rise, trial.room))


def _search(context: StudyContext, item: PricedItem, slopes_as_expected: Point) -> Search[WalkAwayPrice]:
    """Asks for points, is given their results, and returns the price."""
    if item.fixed:
        return WalkAwayPrice(item, item.fixed)
    results = yield [slopes_as_expected]
    known = results[slopes_as_expected.name].get("slopes", {})
    base = _trial(results[BASE], known.get(item.name), item.today, item)
    found = PriceSearch(item)
    found.add(base)
    # In a tree it may be taken in one branch only, which no commitment says.
    can_force = item.kind != OFFER and not context.over_scenarios
    if base.takes_it:
        barred = opposite_point(item.decision, taken=True, over_scenarios=context.over_scenarios)
        without = (yield [barred])[barred.name]
        if not keeps_limits(without):
            return found.finished(NEEDED if _cannot_keep_limits(without) else OPEN)
        found.barred_cost = cost_of(without)
        known = [one for one in (bound_of(without), found.barred_bound) if one is not None]
        found.barred_bound = max(known, default=None)
        price = _next(found)
    else:
        price = item.today if can_force else item.least_price
    tried: list[float] = [] if can_force else [item.today]
    for _ in range(MOST_TRIALS):
        if price is None or found.is_narrow or _is_near(price, tried):
            break
        tried.append(price)
        plan_point, slopes_point = _points(context, item, price, is_forced=can_force)
        results = yield [plan_point, slopes_point]
        plan, slopes = results[plan_point.name], results[slopes_point.name].get("slopes", {})
        if not keeps_limits(plan):
            is_first, cannot = len(found.trials) == 1 and not base.takes_it, _cannot_keep_limits(plan)
            if is_first or not cannot:
                return found.finished(_state(base) if not is_first else IMPOSSIBLE if cannot else OPEN)
            found.add(_too_dear(price))
            price = _next(found)
            continue
        trial = replace(_trial(plan, slopes.get(item.name), price, item), is_forced=can_force)
        found.add(trial)
        if not can_force and found.barred_bound is not None and trial.cost >= found.barred_bound and trial.takes_it:
            # What it saves here lies within the gaps already.
            break
        price = _next(found)
    return found.finished(_state(base))


def _cannot_keep_limits(result: Result) -> bool:
    """True where it is proven that there is no plan that keeps all limits."""
    return is_impossible(result) or float(result.get("breach_least_musd", 0.0)) > 0.0


def _state(base: TrialPrice) -> str:
    return TAKEN if base.takes_it else NOT_TAKEN


def _next(found: PriceSearch) -> float | None:
    """The next price to try: where the best plan with the item costs what the best one without it does.

    Where plans get dearer faster than that, because a budget or another row stands in the way, it lies between one that
    pays and one that does not.
    """
    cost, trials = found.barred_cost, found.trials
    takers = [one for one in trials if one.takes_it]
    if cost is None or not takers:
        return None
    price = max(found.item.least_price, *(one.price + (cost - one.cost) / one.slope for one in takers))
    losers = [one for one in trials if not one.takes_it or one.cost >= cost]
    above = min((one for one in losers if one.price > (found.estimate or 0.0)), key=_price_of, default=None)
    below = max((one for one in takers if one.cost < cost), key=_price_of, default=None)
    is_beyond = above is not None and (above.is_forced or price >= above.price * (1.0 - NARROW))
    if above is not None and below is not None and is_beyond:
        is_known = cost < above.cost < math.inf
        share = (cost - below.cost) / (above.cost - below.cost) if is_known else 0.5
        price = below.price + min(0.9, max(0.1, share)) * (above.price - below.price)
    return float(f"{price:.12g}")


def _price_of(trial: TrialPrice) -> float:
    return trial.price


def _is_near(price: float, tried: Sequence[float]) -> bool:
    return any(abs(price - other) <= NARROW * max(abs(price), abs(other)) for other in tried)


def _points(context: StudyContext, item: PricedItem, price: float, *, is_forced: bool) -> tuple[Point, Point]:
    """The plan at a price, and how its cost depends on it."""
    levers, over = item.at(price), context.over_scenarios
    if is_forced:
        plan = opposite_point(item.decision, taken=False, levers=levers, over_scenarios=over)
    else:
        plan = Point(f"{item.name} at {price!r}", "plan", recipe_of(levers=levers, over_scenarios=over), None)
    slopes = {"future": plan.recipe, "prices": {item.name: _prices_at(item, price)}}
    return plan, Point(f"price slopes of {plan.name}", QUESTION, slopes, plan.name)
