"""What can be said of the difference between two plans, given how far each is proven."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.studies.future_recipes import KINDS

MODULES = " modules"
NO_FINDING = "within the gaps"
ANSWERED = "answered"
"""The status of a point whose question was answered by a bound alone, before there was a plan."""
_SAME_PRICE = 1e-9
HAS_PLAN = frozenset({"optimal", "feasible"})


@dataclass(frozen=True)
class Difference:
    """How much more one least cost is than another, USD million: by the plans found, and as far as is proven."""

    found: float
    least: float | None
    most: float | None

    @property
    def is_finding(self) -> bool:
        """True when the sign of the difference is proven."""
        return (self.least is not None and self.least > 0) or (self.most is not None and self.most < 0)

    @property
    def word(self) -> str:
        """`more`, `less`, or that the difference lies within the gaps."""
        if not self.is_finding:
            return NO_FINDING
        return "more" if self.found > 0 else "less"


def has_plan(result: Mapping[str, Any] | None) -> bool:
    """True for the result of a point that has a plan."""
    return result is not None and result.get("status") in HAS_PLAN


def cost_of(result: Mapping[str, Any]) -> float:
    """Returns the cost of a plan with the price of what it violates, USD million of net present cost."""
    return float(result["objective_musd"]) + float(result.get("breach_price_musd", 0.0))


def bound_of(result: Mapping[str, Any]) -> float | None:
    """Returns the least cost that is possible, with the least price of what must be violated; None where unproven."""
    bound = result.get("bound_musd")
    if bound is None:
        return None
    # A code proves its bound to its tolerance; no plan costs less than the least.
    return min(float(bound), float(result["objective_musd"])) + float(result.get("breach_least_musd", 0.0))


def most_of(result: Mapping[str, Any]) -> float | None:
    """Returns what the least cost is at most, with the price of what must be violated; None where unproven.

    That is the cost of the plan that was found, unless it holds what is held with a little room only, or violates by
    more than is proven to be needed: then a plan that does not may cost more.
    """
    price, least = float(result.get("breach_price_musd", 0.0)), float(result.get("breach_least_musd", 0.0))
    is_least = price - least <= _SAME_PRICE * max(1.0, price)
    return cost_of(result) if result.get("held_exactly", True) and is_least else None


def bracket_of(result: Mapping[str, Any]) -> tuple[float, float]:
    """Returns between what the least cost of a point is proven to lie, USD million; infinite where that is unproven.

    Both ends are infinite where there is proven to be no plan.
    """
    if is_impossible(result):
        return math.inf, math.inf
    if has_plan(result):
        least, most = bound_of(result), most_of(result)
        return -math.inf if least is None else least, math.inf if most is None else most
    least = result.get("bound_musd")
    return -math.inf if least is None else float(least), math.inf


def is_impossible(result: Mapping[str, Any]) -> bool:
    """True for a point that is proven to have no plan."""
    return result.get("status") in ("infeasible", "faults")


def is_strained(result: Mapping[str, Any]) -> bool:
    """True for a plan that breaks hard limits."""
    return bool(result.get("breaches"))


def keeps_limits(result: Mapping[str, Any]) -> bool:
    """True for the result of a point that has a plan, one that breaks no hard limit."""
    return has_plan(result) and not is_strained(result)


def share_of(amount: float, base: Mapping[str, Any]) -> str:
    """Returns an amount beside the undisturbed cost, as ` (+8.1 %)`; nothing where that cost is nothing."""
    cost = abs(float(base["objective_musd"]))
    return f" ({amount / cost:+.1%})" if cost > 1e-9 else ""


def difference(result: Mapping[str, Any], base: Mapping[str, Any]) -> Difference:
    """Returns how much more the least cost of `result` is than that of `base`."""
    cost, other = cost_of(result), cost_of(base)
    bound, other_bound = bound_of(result), bound_of(base)
    own_most, other_most = most_of(result), most_of(base)
    least = None if bound is None or other_most is None else bound - other_most
    most = None if own_most is None or other_bound is None else own_most - other_bound
    return Difference(cost - other, least, most)


def costliest(planned: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]) -> tuple[str, Difference]:
    """Returns the result that costs most, by the plans found, with its difference from the undisturbed plan."""
    gaps = {name: difference(result, base) for name, result in planned.items()}
    worst = max(gaps, key=lambda name: gaps[name].found)
    return worst, gaps[worst]


def gap_of(result: Mapping[str, Any]) -> float | None:
    """Returns the gap of a plan as a fraction."""
    bound, cost = result.get("bound_musd"), float(result["objective_musd"])
    return None if bound is None else abs(cost - float(bound)) / max(abs(cost), 1e-9)


def flips(result: Mapping[str, Any], base: Mapping[str, Any], *, dates: bool = True) -> list[tuple[str, str, str]]:
    """Returns the decisions that differ: their name, how it was and how it is.

    Without dates only what is taken, and by which route, not when or how many modules.
    """
    found = []
    for name, now in result["decisions"].items():
        before = base["decisions"].get(name, {"taken": False, "how": "", "when": ""})
        if decision_in_words(now, dates=dates) != decision_in_words(before, dates=dates):
            found.append((name, decision_in_words(before, dates=dates), decision_in_words(now, dates=dates)))
    return found


def decision_in_words(decision: Mapping[str, Any], *, dates: bool = True) -> str:
    """Returns a decision in words: `in_house, 2027`, `2026`, `2 modules (2027: 1, 2029: 1)`, or `not taken`.

    Without dates `taken by in_house`, `taken`, `built`, or `not taken`.
    """
    if not decision["taken"]:
        return "not taken"
    how, when = str(decision["how"]), str(decision["when"])
    if how.endswith(MODULES):
        return f"{how} ({when})" if dates else "built"
    if not dates:
        return f"taken by {how}" if how else "taken"
    return ", ".join(part for part in (how, when) if part)


def decision_in_short(decision: Mapping[str, Any]) -> str:
    """Returns a decision in words, of modules in several periods the first and the last: `3 modules, 2027 to 2029`."""
    how, periods = str(decision["how"]), [part.partition(":")[0] for part in str(decision["when"]).split(", ")]
    if not decision["taken"] or not how.endswith(MODULES):
        return decision_in_words(decision)
    many = how if how != f"1{MODULES}" else "1 module"
    return f"{many}, {periods[0] if len(periods) == 1 else f'{periods[0]} to {periods[-1]}'}"


def flips_in_words(found: list[tuple[str, str, str]], most: int = 4) -> str:
    """Returns flipped decisions as a line; the first few, and how many more."""
    parts = [f"{name.split(':', 1)[1]} {now}, was {before}" for name, before, now in found[:most]]
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return "; ".join(parts) + rest


def kind_in_words(name: str) -> tuple[str, str]:
    """Returns the kind and the item of a decision's name: `tape_out:own_chip` gives `tape-out` and `own_chip`."""
    kind, _, item = name.partition(":")
    return (kind.replace("tape_out", "tape-out") if kind in KINDS else kind), item
