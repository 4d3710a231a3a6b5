"""What more of each amount that binds is worth at a plan, found by solving again with every integer held.

The price holds for the next small amount only, and price × amount is the most that the amount can be worth: a plan
whose integers are held saves less and less with more and more of one thing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.build import Model
from models.outcome import Outcome, SolveOptions, Status, Worth
from models.parametric_cost import Asking, TracePoint, traced
from models.prices import Relief, relief_of
from models.program import Program
from models.solution import Solution
from models.solvers import wire
from models.solvers.child import Engine, lp_engine
from models.tight_limits import TightLimit, tight_bounds

ONE_PER_CENT = 0.01
ONE_UNIT = 1.0
MOST_SECONDS = 5.0
_CODE = "glop"
_MOST_WORK = 6e5
"""Stored coefficients times linear programs: what a quarter of a second is enough for."""
_EACH = 4
"""Linear programs that an amount takes, as a rule."""
_LEAST_BOUNDS = 12
"""So many are looked at however large the program is."""
_SAME_COST = 1e-6
_PRECISION = 1e-12
"""Costs of two answers are the same to this, relative to their size."""
_NOT_LOOKED_AT = "not solved again: the program is large, and others may save more"
_NO_PRICE = "the linear program could not be solved again"


def with_worths(
    model: Model,
    outcome: Outcome,
    *,
    engine: Engine | None = None,
    seconds: float = MOST_SECONDS,
    relief: Relief | None = None,
) -> Outcome:
    """Returns a polished and priced outcome with the worth of each amount that binds, by its row.

    `engine` is a warm engine to solve in; another is started when it is None or not of OR-Tools. What is not found
    within `seconds`, or in a number of linear programs that depends on the size of the program, has a reason instead;
    what may be worth most is looked at first. `relief` is that of the plan, where the caller has it.
    """
    bounds = _tight_rows(Solution(model.searched, outcome))
    worths: dict[int, Worth] = {}
    priced: list[tuple[int, TightLimit, float]] = []
    for row, bound in bounds.items():
        if bound.price is None:
            worths[row] = Worth(None, None, None, _NO_PRICE)
        elif bound.price == 0.0:
            worths[row] = Worth(0.0, (0.0, 0.0), None)
        else:
            priced.append((row, bound, bound.price))
            worths[row] = Worth(bound.price, None, None, _NOT_LOOKED_AT)
    if priced:
        priced.sort(key=lambda entry: -entry[2] * entry[1].available)
        relief = relief or relief_of(model, outcome.values)
        most = max(_LEAST_BOUNDS, int(_MOST_WORK / max(1, relief.program.non_zeros)) // _EACH)
        column = dict(zip(relief.rows.tolist(), relief.columns.tolist(), strict=True))
        asked = {column[row]: _asking(bound, price, outcome) for row, bound, price in priced[:most]}
        with lp_engine(engine, _CODE) as runner:
            found = _WorthPrograms(relief.program, outcome, runner, seconds).worths(asked)
        worths |= {row: found[column[row]] for row, _, _ in priced[:most]}
    return replace(outcome, worths=worths)


def without_worths(solution: Solution, reason: str) -> Outcome:
    """Returns the outcome of a plan that says, for each amount that binds, why its worth is not known."""
    worths = {row: Worth(bound.price, None, None, reason) for row, bound in _tight_rows(solution).items()}
    return replace(solution.outcome, worths=worths)


def _tight_rows(solution: Solution) -> dict[int, TightLimit]:
    """The amounts that bind by their row; not those that nothing decided counts against."""
    return {bound.row: bound for bound in tight_bounds(solution) if bound.row is not None}


def _asking(bound: TightLimit, price: float, outcome: Outcome) -> Asking:
    amounts = (ONE_PER_CENT * bound.available, ONE_UNIT)
    noise = _PRECISION * max(1.0, abs(outcome.objective or 0.0))
    return traced(price, amounts, max(bound.available, ONE_UNIT), noise)


class _WorthPrograms:
    """A linear program with a column of more for each amount, solved in rounds: one step an amount and round."""

    def __init__(self, program: Program, plan: Outcome, engine: Engine, seconds: float) -> None:
        self._program, self._plan, self._engine, self._left = program, plan, engine, seconds
        self._trouble = ""

    def worths(self, asked: dict[int, Asking]) -> dict[int, Worth]:
        """Returns what each amount is worth, by its column."""
        found: dict[int, Worth] = {}
        sent: dict[int, TracePoint | None] = dict.fromkeys(asked)
        while sent:
            wanted: dict[int, float] = {}
            for column, point in sent.items():
                try:
                    wanted[column] = asked[column].send(point)
                except StopIteration as end:
                    found[column] = self._with_reason(end.value)
            sent = self._round(wanted)
        return found

    def _with_reason(self, worth: Worth) -> Worth:
        return replace(worth, reason=self._trouble) if worth.reason and self._trouble else worth

    def _round(self, wanted: dict[int, float]) -> dict[int, TracePoint | None]:
        if wanted and self._left <= 0.0:
            self._trouble = self._trouble or "the time limit for solving again was reached"
        if not wanted or self._trouble:
            return dict.fromkeys(wanted)
        again = wire.RepeatedSolve(
            np.array(list(wanted), dtype=np.int64), np.array(list(wanted.values()), dtype=np.float64)
        )
        answer = self._engine.solve(self._program, SolveOptions(time_limit_s=self._left), code=_CODE, again=again)
        self._left -= sum(answer.seconds.values())
        self._trouble = self._fault(answer)
        if self._trouble or answer.again is None or answer.objective is None:
            return dict.fromkeys(wanted)
        cost = answer.objective
        return {
            column: TracePoint(amount, cost - lower, max(0.0, -reduced)) if np.isfinite(lower) else None
            for (column, amount), (lower, reduced) in zip(wanted.items(), answer.again.tolist(), strict=True)
        }

    def _fault(self, answer: Outcome) -> str:
        """What is wrong with the plan's own program, solved again without more of anything."""
        if answer.status is not Status.OPTIMAL or answer.objective is None:
            return f"solving the plan's linear program again failed: {answer.detail or answer.status.value}"
        cost = self._plan.objective
        if cost is None or abs(answer.objective - cost) > _SAME_COST * max(1.0, abs(cost)):
            return f"solved again, the plan costs {answer.objective:.9g} USD million"
        return ""
