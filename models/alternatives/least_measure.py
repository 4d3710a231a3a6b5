"""Plans of a cost that is allowed, for which one measure is least; among those, the one that costs least.

A share is a quotient of two amounts N / D. It is made least by Dinkelbach's method (Management Science 13, 1967): with
λ the best share that is known, min N − λ·D is below 0 as long as there is a better one, and where it is at least B ≤ 0
no share is below λ + B / D for the least D that is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Expr
from models.alternatives.measures import (
    CAPITAL,
    VENDOR_SHARE,
    at_most,
    capital_before,
    cost_of_plan,
    largest_of,
    minimising,
    minimising_largest,
    ordered_from,
)
from models.build import Model
from models.outcome import Outcome, SolveOptions, Status
from models.program import Floats, Program
from models.solvers.child import Engine
from models.stages import solve_model

MOST_STEPS = 8
"""Steps of Dinkelbach's method, which ends after three or four."""
LEAST_GAP = 0.01
"""A measure is found to this share of its size: what is left of a preference below that decides nothing, and the last
per cent take most of the time."""
_ROOM = 1e-6
"""The measure may be by so much above its least, relative to max(1, |value|), while the cost is made least."""
_NO_BETTER = 1e-7


@dataclass(frozen=True)
class WantedMeasure:
    """A measure that is to be least: of a vendor, or before a period (from 0), and about how large it is."""

    name: str
    size: float
    vendor: str = ""
    until: int = 0


@dataclass(frozen=True)
class LeastMeasure:
    """A plan in the columns of `program`, with what the measure is proven to be at least (None: nothing is known)."""

    program: Program
    outcome: Outcome
    least: float | None


def least_measure(
    model: Model, program: Program, wanted: WantedMeasure, most_musd: float, engine: Engine, options: SolveOptions
) -> LeastMeasure:
    """Returns the plan of `program`, the model's own or one with more rows, that has the least measure.

    It costs at most `most_musd` by the objective of the program, and no more than is needed for that measure. The
    outcome is unpolished; without a plan it is that of the first search.
    """
    model = model.searched
    capped = at_most(program, cost_of_plan(model), most_musd)
    solver = _Solver(model, engine, options)
    if wanted.name == VENDOR_SHARE:
        return _least_share(model, capped, wanted, solver)
    if wanted.name == CAPITAL:
        amounts = capital_before(model, wanted.until)
        aimed = minimising(capped, amounts)
    else:
        amounts = largest_of(model, wanted.name)
        aimed = minimising_largest(capped, amounts)
    return _least(capped, aimed, amounts, wanted.size, solver)


def least_amount(
    model: Model,
    program: Program,
    amount: Expr,
    *,
    size: float,
    most_musd: float,
    engine: Engine,
    options: SolveOptions,
    should_stop: Callable[[], bool] | None = None,
) -> LeastMeasure:
    """Returns the plan of `program` that has the least of an amount of it, of about `size`, as `least_measure`.

    `options.hint` is a plan in the columns of the program.
    """
    capped = at_most(program, cost_of_plan(model), most_musd)
    return _least(capped, minimising(capped, amount), amount, size, _Solver(model, engine, options, should_stop))


def _least(capped: Program, aimed: Program, amounts: Expr, size: float, solver: _Solver) -> LeastMeasure:
    found, least = solver.solve(aimed, shift=max(1.0, abs(size)), hint=solver.hint(None))
    if found.solution is None:
        return LeastMeasure(capped, found, None)
    value = float(amounts.value(found.solution).max())
    held = at_most(capped, amounts, value + _ROOM * max(1.0, abs(value)))
    return LeastMeasure(held, solver.cheapest(held, found), least)


def _least_share(model: Model, capped: Program, wanted: WantedMeasure, solver: _Solver) -> LeastMeasure:
    part, whole = ordered_from(model, wanted.vendor), ordered_from(model, None)
    share = wanted.size
    found: Outcome | None = None
    below: float | None = None
    for _ in range(MOST_STEPS):
        size = share * _amount(whole, solver.start) if found is None else _amount(part, found.values)
        aimed = minimising(capped, part - whole * share)
        outcome, below = solver.solve(aimed, shift=max(1.0, size), hint=solver.hint(found))
        if outcome.solution is None:
            break
        found = outcome
        amount = _amount(whole, outcome.values)
        better = _amount(part, outcome.values) / amount if amount > 0 else 0.0
        if better > share * (1.0 - _NO_BETTER) or amount <= 0:
            share = min(share, better)
            break
        share = better
    if found is None:
        return LeastMeasure(capped, outcome, None)
    held = at_most(capped, part - whole * share, _ROOM * max(1.0, abs(_amount(part, found.values))))
    return LeastMeasure(held, solver.cheapest(held, found), _least_quotient(capped, whole, share, below, solver))


def _least_quotient(capped: Program, whole: Expr, share: float, below: float | None, solver: _Solver) -> float | None:
    """The share that no plan is below: λ + B / D."""
    if below is None:
        return None
    least_whole = solver.relaxed(minimising(capped, whole))
    if least_whole is None or least_whole <= 0:
        return 0.0
    return max(0.0, share + min(0.0, below) / least_whole)


def _amount(amount: Expr, solution: Floats) -> float:
    return float(amount.value(solution))


class _Solver:
    """Searches programs that are wider than that of the model, one from the plan of another."""

    def __init__(
        self, model: Model, engine: Engine, options: SolveOptions, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self._model, self._should_stop = model, should_stop
        self._engine = engine
        self._options = options
        self.start: Floats = np.zeros(model.program.column_count) if options.hint is None else options.hint

    def hint(self, found: Outcome | None) -> Floats | None:
        """A plan to start from."""
        return self._options.hint if found is None else found.solution

    def solve(self, program: Program, *, shift: float, hint: Floats | None) -> tuple[Outcome, float | None]:
        """Returns the outcome of a search and its bound; the gap is meant of amounts of about the size of `shift`."""
        raised = replace(program, constant=program.constant + shift)
        found = self._search(raised, hint, gap=max(self._options.gap, LEAST_GAP))
        return found, None if found.bound is None else found.bound - shift

    def cheapest(self, program: Program, found: Outcome) -> Outcome:
        """Returns the plan of least cost in a program for which one is known."""
        cheap = self._search(program, found.solution, gap=self._options.gap)
        if cheap.solution is not None:
            return cheap
        known = found.values[: program.column_count]
        return replace(found, objective=program.objective_of(known), bound=None, solution=known, status=Status.FEASIBLE)

    def relaxed(self, program: Program) -> float | None:
        """Returns the least of the linear program; None where it gives no answer."""
        options = replace(self._options, relax=True, hint=None)
        found = solve_model(replace(self._model, program=program), self._engine, options)
        return found.objective if found.status is Status.OPTIMAL else None

    def _search(self, program: Program, hint: Floats | None, *, gap: float) -> Outcome:
        wide = None
        if hint is not None:
            wide = np.zeros(program.column_count)
            shared = min(len(hint), program.column_count)
            wide[:shared] = hint[:shared]
        options = replace(self._options, hint=wide, gap=gap)
        model = replace(self._model, program=program)
        return solve_model(model, self._engine, options, should_stop=self._should_stop)


__all__ = ["LeastMeasure", "WantedMeasure", "least_amount", "least_measure"]
