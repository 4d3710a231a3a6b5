"""The nearest changes of inputs that flip a strategic decision, each between values at which that is proven.

At each value the plan with the decision as it is and the plan with its opposite are compared. A plan without the
decision does not depend on the decision's own speed or delay, so that one side is solved again only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from planner.studies.flip_levers import FlipLever, demand_lever, flip_levers
from planner.studies.future_recipes import recipe_of
from planner.studies.opposites import PAYS, Opposite
from planner.studies.significance import difference, has_plan, is_impossible
from planner.studies.study_context import Result, StudyContext
from planner.sweeps.points import Point

ROUNDS = 5
DEMAND_ROUNDS = 3
CLOSE = 0.02
"""Values whose distance is this share of the way to the furthest one are close enough."""
PROOF = 0.15
"""The same for the values at which a flip is proven."""
DEMANDS = ((0.8, 0.5), (1.2, 1.5))
"""Factors of demand that are tried, below and above now, the nearest first."""
_EDGE = 0.15


@dataclass(frozen=True)
class ProbedFlip:
    """What the opposite of a decision costs more at one value of an input: found, at least and at most.

    `found` is infinite where only the decision as it is has a plan, and minus infinity where only the opposite has.
    """

    value: float
    found: float
    least: float | None
    most: float | None

    @property
    def is_kept(self) -> bool:
        """True where it is proven that the decision stays as it is."""
        return self.least is not None and self.least > 0

    @property
    def is_flipped(self) -> bool:
        """True where it is proven that the opposite is better."""
        return self.most is not None and self.most < 0


@dataclass
class FlipSearch:
    """The search for the value of one input at which one decision flips; `probed` holds what is known, by value."""

    decision: str
    taken: bool
    lever: FlipLever
    probed: dict[float, ProbedFlip] = field(default_factory=dict)

    @property
    def flip(self) -> tuple[ProbedFlip, ProbedFlip] | None:
        """The neighbouring values nearest to now between which the better side changes, by the plans found."""
        ordered = self._ordered()
        for before, after in pairwise(ordered):
            if before.found > 0 >= after.found:
                return before, after
        return None

    @property
    def estimate(self) -> float | None:
        """Where the opposite costs the same, as if its cost were straight between the two neighbours."""
        if self.flip is None:
            return None
        before, after = self.flip
        if self.lever.step or abs(before.found) == float("inf") or abs(after.found) == float("inf"):
            return after.value
        return before.value + (after.value - before.value) * before.found / (before.found - after.found)

    @property
    def proven(self) -> tuple[ProbedFlip, ProbedFlip | None]:
        """The furthest value up to which the decision is proven to stay, and the nearest with a proven flip."""
        ordered = self._ordered()
        kept = ordered[0]
        for probe in ordered[1:]:
            if not probe.is_kept:
                break
            kept = probe
        return kept, next((probe for probe in ordered if probe.is_flipped), None)

    def wanted(self) -> float | None:
        """Returns the value that is looked at next; None where nothing more is needed."""
        if self.lever.far not in self.probed:
            return self.lever.far
        if self.flip is None:
            return None
        before, after = self.flip
        if (value := self._between(before.value, after.value, CLOSE, self.estimate)) is not None:
            return value
        kept, flipped = self.proven
        inner = self._between(kept.value, before.value, PROOF)
        outer = None if flipped is None else self._between(after.value, flipped.value, PROOF)
        return inner if inner is not None else outer

    def _between(self, left: float, right: float, share: float, guess: float | None = None) -> float | None:
        """A new value between two; None where they are close."""
        width = right - left
        if self.lever.step:
            steps = round(width / self.lever.step)
            return None if abs(steps) <= 1 else left + (steps // 2 if steps > 0 else -(-steps // 2)) * self.lever.step
        if abs(width) <= share * abs(self.lever.far - self.lever.now) * 1.000001:
            return None
        place = 0.5 if guess is None else (guess - left) / width
        return float(f"{left + min(max(place, _EDGE), 1.0 - _EDGE) * width:.6g}")

    def _ordered(self) -> list[ProbedFlip]:
        """What is known, from now to the furthest value."""
        sign = 1.0 if self.lever.far >= self.lever.now else -1.0
        return [self.probed[value] for value in sorted(self.probed, key=lambda value: sign * value)]


def flips_of(context: StudyContext, plan: Result, found: Mapping[str, Opposite]) -> list[FlipSearch]:
    """Returns the search for each input of each decision of a plan that is proven right; others are open as it is."""
    right = [own for own in found.values() if own.verdict == PAYS]
    if not right:
        return []
    own_searches = [search for own in right for search in _own_searches(context, own)]
    demand_searches = _demand_searches(context, right)
    for searches, rounds in ((own_searches, ROUNDS), (demand_searches, DEMAND_ROUNDS)):
        for _ in range(rounds):
            wanted = [(search, value) for search in searches if (value := search.wanted()) is not None]
            if not wanted:
                break
            _look(context, plan, found, wanted)
    return own_searches + demand_searches


def _own_searches(context: StudyContext, own: Opposite) -> Iterable[FlipSearch]:
    for lever in flip_levers(context.case, own.decision, taken=own.taken):
        yield FlipSearch(own.decision, own.taken, lever, {lever.now: _as_it_is(own, lever.now)})


def _as_it_is(own: Opposite, value: float) -> ProbedFlip:
    """What is known where nothing changes."""
    return ProbedFlip(value, own.found or 0.0, own.least, own.most)


def _look(
    context: StudyContext,
    plan: Result,
    found: Mapping[str, Opposite],
    wanted: Sequence[tuple[FlipSearch, float]],
) -> None:
    """Solves what is wanted together: the side with the decision, and where both depend on the input both."""
    points: dict[tuple[int, float], list[Point]] = {}
    for number, (search, value) in enumerate(wanted):
        sides = [True] if search.lever.is_own else [True, False]
        points[number, value] = [_side(context, search, value, taken=taken) for taken in sides]
    results = context.solve([point for pair in points.values() for point in pair])
    for (number, value), pair in points.items():
        search = wanted[number][0]
        without = found[search.decision].result if search.taken else plan
        with_it, without_it = results[pair[0].name], (without if search.lever.is_own else results[pair[1].name])
        same, other = (with_it, without_it) if search.taken else (without_it, with_it)
        if (probe := _compared(value, same, other)) is not None:
            search.probed[value] = probe
        elif value == search.lever.far:
            search.probed[value] = ProbedFlip(value, float("inf"), None, None)


def _side(context: StudyContext, search: FlipSearch, value: float, *, taken: bool) -> Point:
    recipe = recipe_of(
        levers=search.lever.levers(value), decide=[(search.decision, taken)], over_scenarios=context.over_scenarios
    )
    side = "with" if taken else "without"
    return Point(f"{side} {search.decision}, {search.lever.what} {value!r}", "plan", recipe, None)


def _compared(value: float, same: Result, other: Result) -> ProbedFlip | None:
    """What the opposite costs more than the decision as it is at a value; None where neither side is known."""
    if has_plan(same) and has_plan(other):
        more = difference(other, same)
        return ProbedFlip(value, more.found, more.least, more.most)
    # A search that was stopped proves nothing; one side alone counts only where the other cannot be.
    if has_plan(same):
        return ProbedFlip(value, float("inf"), float("inf"), None) if is_impossible(other) else None
    if has_plan(other):
        return ProbedFlip(value, float("-inf"), None, float("-inf")) if is_impossible(same) else None
    return None


def _demand_searches(context: StudyContext, right: Sequence[Opposite]) -> list[FlipSearch]:
    """The searches over demand, which all decisions share: the plan at each demand shows which of them flip."""
    over = context.over_scenarios
    levers = {factor: demand_lever(context.case, factor) for side in DEMANDS for factor in side}
    points = {
        factor: Point(f"demand × {factor:g}", "plan", recipe_of(levers=lever.levers(factor), over_scenarios=over), None)
        for factor, lever in levers.items()
    }
    results = context.solve(list(points.values()))
    plans = {factor: result for factor, point in points.items() if has_plan(result := results[point.name])}
    searches = []
    for own in right:
        for side in DEMANDS:
            taken = {factor: plans[factor]["decisions"][own.decision]["taken"] for factor in side if factor in plans}
            flipped = next((factor for factor, is_taken in taken.items() if bool(is_taken) != own.taken), None)
            far = side[-1] if flipped is None else flipped
            search = FlipSearch(own.decision, own.taken, levers[far], {1.0: _as_it_is(own, 1.0)})
            if flipped is None:
                search.probed[far] = ProbedFlip(far, float("inf"), None, None)
            searches.append(search)
    return searches
