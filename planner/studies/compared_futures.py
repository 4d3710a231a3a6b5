"""Futures that are planned by themselves, and pairs of them of which is asked which one costs less.

A pair is searched side by side, each with less and less of a gap, until bounds prove which side costs less: a search
ends as soon as its bound lies above the cost of the other side, or its plan below the bound of the other side. What is
known of each is a bracket then, no narrower than the question needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.build import Model, build
from models.case import Case
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.solvers.normalise import within_gap
from models.stages import best_of_both, solve_model
from planner.studies.future_recipes import Recipe, RewrittenFuture, changes_made, future_of, known_in_advance, refusals
from planner.studies.point_solving import (
    checked_tables,
    exact_plan,
    plan_arrays,
    search_end,
    started,
    violations,
    without_plan,
)
from planner.studies.point_summary import summary_of
from planner.sweeps.points import Arrays, Point, StoredPlan, WorkContext, arrays_under, plan_under

SIDES = ("first", "second")
GAP_FACTORS = (16.0, 4.0, 1.0)
"""A pair is compared with this many times the gap first: most differences are far wider than the gap."""
_ENDED = (Stop.TIME, Stop.INTERRUPT, Stop.MEMORY, Stop.WORK, Stop.FAILURE)


@dataclass(frozen=True)
class SearchedFuture:
    """A future with what a search has found of it; where `faults` say that it cannot be planned, nothing else."""

    future: RewrittenFuture
    faults: Sequence[str] = ()
    case: Case | None = None
    model: Model | None = None
    options: SolveOptions | None = None
    outcome: Outcome | None = None

    @property
    def bracket(self) -> tuple[float | None, float | None]:
        """The bound and the cost of the plan, USD million; None where there is none."""
        return (None, None) if self.outcome is None else (self.outcome.bound, self.outcome.objective)

    @property
    def is_over(self) -> bool:
        """True where another search would find no more."""
        return self.outcome is None or self.outcome.status is Status.INFEASIBLE or self.outcome.stop in _ENDED


def searched(context: WorkContext, recipe: Recipe, options: SolveOptions, start: StoredPlan | None) -> SearchedFuture:
    """Returns a future that is known in advance, searched from the plan of a neighbour."""
    future = future_of(context.case, recipe)
    found = SearchedFuture(future)
    for case in known_in_advance(future.case):
        if faults := refusals(case):
            found = SearchedFuture(future, faults)
            continue
        model = build(case)
        from_start = started(options, model, start)
        outcome = solve_model(model, context.engine, from_start, start=search_end(start))
        found = SearchedFuture(future, (), case, model, from_start, outcome)
        if outcome.status is not Status.INFEASIBLE:
            break
    return found


def planned(
    context: WorkContext, found: SearchedFuture, start: StoredPlan | None
) -> tuple[dict[str, Any], Arrays | None]:
    """Returns the result of a searched future, its plan made exact and checked, and what neighbours start from.

    Raises:
        CheckRefusal: the independent check refuses the plan.
    """
    changes = changes_made(found.future)
    if found.outcome is None:
        return changes | {"status": "faults", "why": list(found.faults)}, None
    assert found.case is not None
    assert found.model is not None
    assert found.options is not None
    plan = exact_plan(context, found.model, found.outcome, found.options, plan=start, seen=0)
    if not plan.outcome.has_solution:
        return changes | without_plan(found.model, context, plan.outcome), None
    tables = checked_tables(found.case, found.model, plan)
    result = changes | summary_of(found.case, plan.outcome, tables) | violations(plan)
    return result, plan_arrays(found.model, plan.outcome, tables)


def compare_point(context: WorkContext, point: Point) -> Mapping[str, Any]:
    """Finds out which of two futures costs less: recipe and result hold those of the `first` and the `second`."""
    starts = [_start(context.start, side) for side in SIDES]
    sides: list[SearchedFuture | None] = [None, None]
    for factor in GAP_FACTORS:
        for at, other in ((0, 1), (1, 0)):
            if not _is_decided(sides):
                recipe = point.recipe[SIDES[at]]
                sides[at] = _searched_beside(context, recipe, factor, sides[at], sides[other], starts[at])
    results: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for side, found, start in zip(SIDES, sides, starts, strict=True):
        assert found is not None
        results[side], plan = planned(context, _as_answered(context, found), start)
        kept |= arrays_under(side, plan or {})
    if kept:
        context.store_plan(kept)
    return results


def _start(start: StoredPlan | None, side: str) -> StoredPlan | None:
    """The plan of the same side of a neighbouring pair, or of a neighbour by itself."""
    if start is None or "names" in start.arrays:
        return start
    own = plan_under(side, start.arrays)
    return own if own.arrays else None


def _is_decided(sides: Sequence[SearchedFuture | None]) -> bool:
    """True where it is known which side costs less, or neither side can be searched any further."""
    first, second = sides
    if first is None or second is None:
        return False
    if first.is_over and second.is_over:
        return True
    (least, most), (other_least, other_most) = first.bracket, second.bracket
    is_less = most is not None and other_least is not None and most < other_least
    return is_less or (least is not None and other_most is not None and other_most < least)


def _as_answered(context: WorkContext, found: SearchedFuture) -> SearchedFuture:
    """The same with the status of its plan by the gap that was asked for, and not by a multiple of it."""
    if found.outcome is None or found.options is None:
        return found
    options, outcome = replace(found.options, gap=context.options.gap), found.outcome
    is_wider = not within_gap(outcome.objective, outcome.bound, options.gap)
    if outcome.has_solution and is_wider and outcome.stop is Stop.GAP:
        outcome = replace(outcome, status=Status.FEASIBLE, stop=Stop.ANSWERED)
    return replace(found, options=options, outcome=outcome)


def _searched_beside(
    context: WorkContext,
    recipe: Recipe,
    factor: float,
    found: SearchedFuture | None,
    other: SearchedFuture | None,
    start: StoredPlan | None,
) -> SearchedFuture:
    """Searches one side to a multiple of the gap, or until it can be told from the other side."""
    least, most = (None, None) if other is None else other.bracket
    gap = factor * context.options.gap
    options = replace(context.options, gap=gap, answered_above=most, answered_below=least)
    if found is None:
        return searched(context, recipe, options, start)
    is_close = found.outcome is not None and found.outcome.gap is not None and found.outcome.gap <= gap
    if found.is_over or is_close:
        return found
    assert found.model is not None
    assert found.outcome is not None
    hint = found.outcome.solution if found.outcome.solution is not None else (found.options or options).hint
    again = solve_model(found.model, context.engine, replace(options, hint=hint), start=found.outcome.end)
    both = best_of_both(found.model.program, found.outcome, again, gap)
    both = replace(both, end=again.end or found.outcome.end)
    return replace(found, options=replace(options, hint=hint), outcome=both)
