"""The opposite of a strategic decision: what is taken is barred, what is not taken is taken at its best time.

What the opposite costs is the least cost of a plan with it less the least cost with the decision as it is, between
what the bounds and the plans of both prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.case import Case
from planner.studies.future_recipes import KINDS, recipe_of
from planner.studies.point_summary import decision_names
from planner.studies.significance import bound_of, difference, has_plan
from planner.studies.study_columns import reason_of
from planner.studies.study_context import NamedFuture, Result, StudyContext
from planner.sweeps.points import Point

PAYS = "proven right"
COSTS = "proven dearer"
OPEN = "within the gaps"
NO_OPPOSITE = "no plan with the opposite"
MADE = "made already"
NOT_SOLVED = "not solved"


@dataclass(frozen=True)
class Opposite:
    """What the opposite of a decision costs more, USD million: found, at least and at most; None where not known.

    `result` is that of the plan with the opposite, `reason` says why there is none. A negative amount says that the
    decision as it is costs more, which only a commitment can make a plan do by more than its gap.
    """

    decision: str
    taken: bool
    result: Result
    found: float | None = None
    least: float | None = None
    most: float | None = None
    reason: str = ""
    is_made: bool = False

    @property
    def verdict(self) -> str:
        """Whether the bounds prove the decision right, or leave it open."""
        if self.is_made:
            return MADE
        if self.found is None:
            return NO_OPPOSITE if self.is_impossible else NOT_SOLVED
        if self.least is not None and self.least > 0:
            return PAYS
        return COSTS if self.most is not None and self.most < 0 else OPEN

    @property
    def is_impossible(self) -> bool:
        """True where no plan can have the opposite, whatever it costs."""
        return self.result.get("status") in ("infeasible", "faults")


def made_already(case: Case) -> set[str]:
    """Returns the strategic decisions that were made before the plan, which have no opposite."""
    done = {(row.kind, row.item) for row in case.commitments if row.status == "done"}
    return {name for name in decision_names(case) if _committed_as(name) in done}


def opposite_point(
    decision: str,
    *,
    taken: bool,
    levers: Sequence[tuple[str, str, float]] = (),
    over_scenarios: bool = False,
    future: NamedFuture | None = None,
) -> Point:
    """Returns the point of a plan with the opposite of a decision, which is `taken` in the plan or not.

    Inputs are changed where `levers` are given, and all is planned for a `future` where one is.
    It starts from nothing: the plan with the decision is a poor start for a plan that may not have it.
    """
    recipe = recipe_of(levers=levers, decide=[(decision, not taken)], over_scenarios=over_scenarios)
    changed = "".join(f", {name} {effect} {value!r}" for name, effect, value in levers)
    lead = "" if future is None else f"{future.name} | "
    recipe = recipe if future is None else {**future.recipe, **recipe}
    return Point(f"{lead}{'without' if taken else 'with'} {decision}{changed}", "plan", recipe, None)


def opposite_of(decision: str, result: Result, plan: Result, *, taken: bool) -> Opposite:
    """Returns what the opposite costs more than `plan`, from the result of its point."""
    if not has_plan(result):
        return Opposite(decision, taken, result, reason=reason_of(result) or str(result.get("message", "")))
    more = difference(result, plan)
    return Opposite(decision, taken, result, more.found, more.least, more.most)


def opposites(context: StudyContext, plan: Result, decisions: Iterable[str]) -> dict[str, Opposite]:
    """Returns what the opposite of each decision of a plan costs more, by its name; `plan` is the result of a point.

    Decisions that were made before the plan have none, and are not solved.
    """
    made = made_already(context.case)
    points = {
        name: opposite_point(name, taken=bool(plan["decisions"][name]["taken"]), over_scenarios=context.over_scenarios)
        for name in decisions
    }
    results = context.solve([point for name, point in points.items() if name not in made])
    found: dict[str, Opposite] = {}
    for name, point in points.items():
        taken = bool(plan["decisions"][name]["taken"])
        if name in made:
            found[name] = Opposite(name, taken, {}, reason="it was decided before the plan", is_made=True)
        else:
            found[name] = opposite_of(name, results[point.name], plan, taken=taken)
    return found


def with_best_bound(plan: Result, again: Mapping[str, Any]) -> Result:
    """Returns a plan with the better of its bound and that of the same case planned again."""
    bounds = [bound for bound in (bound_of(plan), bound_of(again) if has_plan(again) else None) if bound is not None]
    return {**plan, "bound_musd": max(bounds, default=None)}


def _committed_as(decision: str) -> tuple[str, str]:
    kind, _, item = decision.partition(":")
    return KINDS[kind], item
