"""What every question has in common: the case, how to solve, and where points are kept and worked off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from models.case import Case
from models.whatif.shock import calendar_of, end_of, month_of
from planner.errors import CaseFaults, Fault
from planner.studies.future_recipes import future_of, recipe_of
from planner.studies.significance import has_plan
from planner.sweeps.points import Point

BASE = "as expected"
Result = Mapping[str, Any]


class PointSolver(Protocol):
    """Works off points, some of which may be known already, and returns their results by name.

    `shared` is what all points share: arrays, or what JSON holds.
    """

    def __call__(self, points: Sequence[Point], shared: Mapping[str, Any] | None = None, /) -> Mapping[str, Result]:
        """Returns the results of points by name."""


class NoBaseError(Exception):
    """The undisturbed case itself has no plan, so nothing can be compared with it.

    `status` says why: `infeasible`, `nothing found`, or how its point ended.
    """

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class StudyContext:
    """One question: a case, and a way to have points solved."""

    case: Case
    solve: PointSolver
    in_parts: bool = False
    """True where other runs work off other parts of the points: then all are asked for at once."""
    over_scenarios: bool = False
    """True where the undisturbed plan is made over the scenarios of the case."""

    def base(self) -> Result:
        """Returns the undisturbed plan.

        Raises:
            NoBaseError: there is none.
        """
        found = self.solve([self.base_point()])[BASE]
        if not has_plan(found):
            reasons = " ".join(str(line) for line in found.get("why", [])) or str(found.get("message", ""))
            status = str(found.get("status"))
            raise NoBaseError(f"The undisturbed case has no plan ({status}). {reasons}".strip(), status)
        return found

    def with_base(self, points: Sequence[Point]) -> tuple[Result, Mapping[str, Result]]:
        """Returns the undisturbed plan and the results of points, each started from it unless it says otherwise."""
        started = [point if point.after is not None else replace(point, after=BASE) for point in points]
        if self.in_parts:
            self.solve([self.base_point(), *started])
        # Without an undisturbed plan nothing else is worth working out.
        base = self.base()
        return base, self.solve([self.base_point(), *started])

    def base_point(self) -> Point:
        """Returns the point of the undisturbed plan."""
        recipe = {"over_scenarios": True} if self.over_scenarios else recipe_of()
        return Point(name=BASE, question="plan", recipe=recipe, after=None)


@dataclass(frozen=True)
class NamedFuture:
    """A future with the name under which tables show it, and how likely it is (None: not said)."""

    name: str
    recipe: Mapping[str, Any]
    probability: float | None = None


def futures_of(
    case: Case,
    texts: Sequence[str],
    *,
    scenarios: bool = False,
    onsets: Sequence[str] = (),
    depths: Sequence[float] = (),
) -> list[NamedFuture]:
    """Returns the futures that are asked for: combinations of disruptions, moved and scaled, or rows of `scenarios`.

    Without any, each disruption of the case by itself, but for those outside the horizon.

    Raises:
        ShockError: a name, label or depth is wrong.
    """
    if scenarios:
        found = [
            NamedFuture(_not_base(row.scenario), recipe_of(scenario=row.scenario), row.probability)
            for row in case.scenarios
        ]
    else:
        wanted = list(texts) or usable_disruptions(case, moves=bool(onsets))
        recipes = [recipe_of(shocks=moved) for text in wanted for moved in _moved(text, onsets, depths)]
        found = [NamedFuture(_not_base(str(recipe["shocks"])), recipe) for recipe in recipes]
    for future in found:
        future_of(case, future.recipe)
    return list({future.name: future for future in found}.values())


def all_futures(case: Case, texts: Sequence[str] = (), *, scenarios: bool = True) -> list[NamedFuture]:
    """Returns the scenarios of a case that change an input, and disruptions: those that are named, or each by itself.

    Raises:
        ShockError: as `futures_of`.
        CaseFaults: there are none.
    """
    rows = [future for future in futures_of(case, (), scenarios=True) if future_of(case, future.recipe).changes]
    found = [*(rows if scenarios else ()), *futures_of(case, texts)]
    if not found:
        remedy = "Fill in the table disruptions or scenarios, or add --library."
        raise CaseFaults([Fault("disruptions.csv", "has no disruptions within the horizon", remedy)])
    return list({future.name: future for future in found}.values())


def usable_disruptions(case: Case, *, moves: bool = False) -> list[str]:
    """Returns the disruptions that begin and end such that they can be asked for; all of them where they are moved."""
    names = list(dict.fromkeys(row.disruption for row in case.disruptions))
    return names if moves else [name for name in names if not _is_outside(case, name)]


def _is_outside(case: Case, name: str) -> bool:
    calendar = calendar_of(case.settings)
    rows = [row for row in case.disruptions if row.disruption == name]
    first = min(month_of(row.start, f"the start of {name}") for row in rows)
    return first >= calendar.end_month or max(end_of(row) for row in rows) <= calendar.start_month


def _not_base(name: str) -> str:
    """A name that is not that of the undisturbed plan."""
    return name if name != BASE else f"{name} (scenario)"


def _moved(text: str, onsets: Sequence[str], depths: Sequence[float]) -> list[str]:
    """The combinations `a+b` with each onset and depth for those parts that do not name their own."""
    found = []
    for onset in onsets or ("",):
        for depth in depths or (None,):
            parts = []
            for part in text.split("+"):
                name, _, scale = part.strip().partition("*")
                name, at, label = name.partition("@")
                when = label if at else onset
                deep = scale or ("" if depth is None else f"{depth:g}")
                parts.append(name + (f"@{when}" if when else "") + (f"*{deep}" if deep else ""))
            found.append("+".join(parts))
    return found
