"""What it costs to decide later: each early decision of a plan put off by one period after another.

A decision that is put off may be taken from a later period on, or not at all, and everything else is planned again.
The cost of waiting cannot fall from one period to the next, nor below nothing, so that each bracket narrows the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.case import Case
from planner.studies.explained_plan import ExplainedPlan
from planner.studies.future_recipes import recipe_of
from planner.studies.opposites import made_already, with_best_bound
from planner.studies.significance import cost_of, difference, has_plan, is_impossible
from planner.studies.study_columns import reason_of
from planner.studies.study_context import Result, StudyContext
from planner.sweeps.points import Point

DEFAULT_SHARE = 0.001
MOST_LATER = 6
"""A decision is put off by so many periods at most."""
_CLOSER = 4.0
"""Where the gaps leave open whether waiting costs less than the amount, it is searched to this part of the amount."""
_ORDER = "order"


@dataclass(frozen=True)
class Waiting:
    """What it costs not to decide before a period, USD million: found, at least and at most; None without a plan.

    `when` is when the plan then decides, blank where it does not any more; `reason` says why there is no plan.
    """

    later: int
    label: str
    found: float | None
    least: float
    most: float | None
    when: str = ""
    reason: str = ""

    @property
    def is_impossible(self) -> bool:
        """True where no plan can wait so long."""
        return self.least == float("inf")


@dataclass
class DelayedDecision:
    """A decision of the plan, when it is planned (a period from 0, and its label), and what waiting costs."""

    decision: str
    period: int
    label: str
    waits: list[Waiting] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """True where waiting longer changes nothing more: there is no plan, or the decision is not taken any more."""
        return bool(self.waits) and (not self.waits[-1].when or self.waits[-1].found is None)

    def last_below(self, amount: float) -> Waiting | None:
        """Returns the longest waiting that is proven to cost less than an amount; None where even one period is not."""
        known = [wait for wait in self.waits if wait.most is not None and wait.most < amount]
        return known[-1] if known else None

    def last_possibly_below(self, amount: float) -> Waiting | None:
        """Returns the longest waiting that may cost less than an amount, as far as the gaps say."""
        known = [wait for wait in self.waits if wait.least < amount]
        return known[-1] if known else None


def early_decisions(case: Case, plan: Result, names: Sequence[str] = ()) -> list[DelayedDecision]:
    """Returns the decisions of a plan that fall in the first third of its reported periods: strategic ones and orders.

    Of modules and orders in several periods the first counts. With `names` only these; what was decided before the
    plan is left out.
    """
    calendar = case.settings.calendar
    most = case.settings.periods / 3.0
    made = made_already(case)
    found = []
    for name, decision in plan["decisions"].items():
        if decision["taken"] and name not in made:
            period = calendar.period_at(str(decision["when"]).partition(":")[0].strip())
            found.append(DelayedDecision(name, period, calendar.labels[max(0, period)]))
    for offer, periods in plan["orders"].items():
        first = min((calendar.period_at(label) for label in periods), default=-1)
        found.append(DelayedDecision(f"{_ORDER}:{offer}", first, calendar.labels[max(0, first)]))
    early = [one for one in found if 0 <= one.period < most and (not names or one.decision in names)]
    return sorted(early, key=lambda one: (one.period, one.decision.startswith(_ORDER)))


def delayed_decisions(
    context: StudyContext, plan: ExplainedPlan, names: Sequence[str], share: float
) -> tuple[Result, list[DelayedDecision]]:
    """Returns the plan with its best bound, and its early decisions with what waiting costs."""
    amount = share * abs(cost_of(plan.result))
    closer = amount / _CLOSER / max(1e-9, abs(cost_of(plan.result)))
    best = plan.best_known(context, gap=closer)
    decisions = early_decisions(context.case, best, names)
    labels = context.case.settings.calendar.labels[: context.case.settings.periods]
    for later in range(1, MOST_LATER + 1):
        open_ones = [one for one in decisions if not one.is_over and one.period + later < len(labels)]
        if not open_ones:
            break
        points = {one.decision: _point(context, one, labels[one.period + later]) for one in open_ones}
        results = context.solve(list(points.values()))
        known = {one.decision: results[points[one.decision].name] for one in open_ones}
        known |= _closer(context, best, open_ones, known, labels, later, amount, closer)
        for one in open_ones:
            one.waits.append(_waiting(one, known[one.decision], best, later, labels[one.period + later]))
    for one in decisions:
        _narrow(one)
    return best, decisions


def _narrow(one: DelayedDecision) -> None:
    """Waiting shorter costs no more than waiting longer: what is proven of that holds for it as well."""
    most: float | None = None
    for place in range(len(one.waits) - 1, -1, -1):
        wait = one.waits[place]
        most = min((end for end in (wait.most, most) if end is not None), default=None)
        if wait.found is not None and most is not None:
            one.waits[place] = replace(wait, most=most, found=min(wait.found, most))


def _point(
    context: StudyContext, one: DelayedDecision, label: str, gap: float | None = None, target: float | None = None
) -> Point:
    above, below = (None, None) if target is None or context.over_scenarios else (target, None)
    recipe = recipe_of(
        not_before={one.decision: label}, over_scenarios=context.over_scenarios, gap=gap, answered_above=above,
        answered_below=below,
    )  # fmt: skip
    return Point(f"{one.decision} not before {label}{', closer' if gap is not None else ''}", "plan", recipe, None)


def _closer(
    context: StudyContext,
    best: Result,
    decisions: Sequence[DelayedDecision],
    known: Mapping[str, Result],
    labels: Sequence[str],
    later: int,
    amount: float,
    gap: float,
) -> dict[str, Result]:
    """Searches again, closer, where the gaps leave open whether waiting costs less than the amount."""
    points = {}
    for one in decisions:
        if has_plan(known[one.decision]):
            more = difference(known[one.decision], best)
            if (more.least or 0.0) < amount <= (amount if more.most is None else more.most):
                target = cost_of(best) + amount
                points[one.decision] = _point(context, one, labels[one.period + later], gap, target)
    results = context.solve(list(points.values())) if points else {}
    return {name: _better(known[name], results[point.name]) for name, point in points.items()}


def _better(known: Result, again: Result) -> Result:
    """The better plan and bound of two searches of the same future, of which the second may have a bound alone."""
    is_better = has_plan(again) and cost_of(again) < cost_of(known)
    return with_best_bound(again, known) if is_better else with_best_bound(known, again)


def _waiting(one: DelayedDecision, result: Result, best: Result, later: int, label: str) -> Waiting:
    before = one.waits[-1] if one.waits else None
    floor = 0.0 if before is None else before.least
    if not has_plan(result):
        least = float("inf") if is_impossible(result) else floor
        return Waiting(later, label, None, least, None, reason=reason_of(result))
    more = difference(result, best)
    least = max(floor, more.least or 0.0)
    return Waiting(later, label, max(more.found, 0.0), least, more.most, _when(one.decision, result))


def _when(decision: str, result: Result) -> str:
    """When a plan decides something, blank where it does not."""
    kind, _, item = decision.partition(":")
    if kind == _ORDER:
        return min(result["orders"].get(item, {}), default="")
    own = result["decisions"][decision]
    return str(own["when"]).partition(":")[0] if own["taken"] else ""


def known_by(case: Case, label: str) -> Iterator[str]:
    """Yields what is known by a period in a plan over scenarios: the scenarios that are distinguished by then."""
    from models.uncertainty.scenario_tree import scenario_tree

    tree = scenario_tree(case)
    if tree is None:
        return
    period = case.settings.calendar.period_at(label)
    yield from (name for name, first in tree.known_from.items() if first <= period)
