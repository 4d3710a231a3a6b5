"""What every question has in common: the case, how to solve, and where points are kept and worked off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.case import Case
from planner.sweeps.points import Point
from planner.whatif.judge import has_plan
from planner.whatif.recipe import recipe_of

BASE = "as expected"
Result = Mapping[str, Any]
Solve = Callable[[Sequence[Point]], Mapping[str, Result]]
"""Works off points, some of which may be known already, and returns their results by name."""


class NoBaseError(Exception):
    """The undisturbed case itself has no plan, so nothing can be compared with it."""


@dataclass(frozen=True)
class Asked:
    """One question: a case, and a way to have points solved."""

    case: Case
    solve: Solve

    def base(self) -> Result:
        """Returns the undisturbed plan.

        Raises:
            NoBaseError: there is none.
        """
        found = self.solve([base_point()])[BASE]
        if not has_plan(found):
            reasons = " ".join(str(line) for line in found.get("why", [])) or str(found.get("message", ""))
            raise NoBaseError(f"The undisturbed case has no plan ({found.get('status')}). {reasons}".strip())
        return found

    def with_base(self, points: Sequence[Point]) -> tuple[Result, Mapping[str, Result]]:
        """Returns the undisturbed plan and the results of points, each started from it unless it says otherwise."""
        base = self.base()
        started = [point if point.after is not None else replace(point, after=BASE) for point in points]
        return base, self.solve([base_point(), *started])


def base_point() -> Point:
    """Returns the point of the undisturbed case."""
    return Point(name=BASE, question="plan", recipe=recipe_of(), after=None)


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

    Without any, each disruption of the case by itself.

    Raises:
        ShockError: a name, label or depth is wrong.
    """
    if scenarios:
        return [NamedFuture(row.scenario, recipe_of(scenario=row.scenario), row.probability) for row in case.scenarios]
    wanted = list(texts) or list(dict.fromkeys(row.disruption for row in case.disruptions))
    found = []
    for text in wanted:
        for moved in _moved(text, onsets, depths):
            recipe = recipe_of(shocks=moved)
            found.append(NamedFuture(recipe.get("shocks", moved), recipe))
    return list({future.name: future for future in found}.values())


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
