"""The opposite of a strategic decision: what is taken is barred, what is not taken is taken at its best time.

What the opposite costs is the least cost of a plan with it less the least cost with the decision as it is, between
what the bounds and the plans of both prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.case import Case
from models.checks.opposite_checks import MADE, NO_OPPOSITE
from planner.studies.future_recipes import KINDS, recipe_of
from planner.studies.point_summary import decision_names
from planner.studies.significance import NO_FINDING, bound_of, difference, has_plan, is_impossible
from planner.studies.study_columns import reason_of
from planner.studies.study_context import NamedFuture, Result, StudyContext
from planner.sweeps.points import Point

PAYS = "proven right"
COSTS = "proven dearer"
OPEN = NO_FINDING
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
            return NO_OPPOSITE if is_impossible(self.result) else NOT_SOLVED
        if self.least is not None and self.least > 0:
            return PAYS
        return COSTS if self.most is not None and self.most < 0 else OPEN


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
    made, over = made_already(context.case), context.over_scenarios
    taken = {name: bool(plan["decisions"][name]["taken"]) for name in decisions}
    points = {
        name: opposite_point(name, taken=is_taken, over_scenarios=over)
        for name, is_taken in taken.items()
        if name not in made
    }
    results = context.solve(list(points.values()))
    return {
        name: opposite_of(name, results[points[name].name], plan, taken=is_taken)
        if name in points
        else Opposite(name, is_taken, {}, reason="it was decided before the plan", is_made=True)
        for name, is_taken in taken.items()
    }


def with_best_bound(plan: Result, again: Result) -> Result:
    """Returns a plan with the better of its bound and that of the same case searched again, which may have no plan."""
    known = [bound_of(result) if has_plan(result) else result.get("bound_musd") for result in (plan, again)]
    return {**plan, "bound_musd": max((bound for bound in known if bound is not None), default=None)}


def _committed_as(decision: str) -> tuple[str, str]:
    kind, _, item = decision.partition(":")
    return KINDS[kind], item
