"""The linear programs of a search, solved in a smaller form and answered for the whole one.

1. Columns that follow from others are put in their place (`substitute`): the best plans stay the same.
2. Of a vintage nearly nothing is sold before its end. A row `later ≤ share · earlier` is held as an equality, and the
   later stock is no column any more. That is a guess, and the row's price says whether it was right: going back in
   time, each stock that is worth keeping passes its worth on to the one before. A stock that is not worth keeping is
   untied, and the program is solved again.

The prices make row duals of the whole program, so what they prove is proven of it, whatever was tied.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.plain import relaxed
from models.solvers.search.links import Tied
from models.solvers.search.proof import Proofs
from models.solvers.search.relaxation import Answer, Care, WarmRelaxation

MOST_ROUNDS = 20
LOSS = 0.02
"""Ties may cost this share of the gap."""
TIED_FROM = 1_000
"""Below this many columns nothing is tied: what that saves in a program is less than what making it anew costs."""
MOST_REBUILT = 8
"""A program that was untied so often is better off without ties."""
_LEAST_LOSS = 1e-9


class Lean(Tied):
    """A relaxation of the whole program by smaller ones; `gap` says how exact the guess has to be."""

    def __init__(
        self,
        program: Program,
        rows: Ints,
        relaxation_of: Callable[[Program], WarmRelaxation],
        proofs: Proofs,
        gap: float,
        tied_from: int = TIED_FROM,
    ) -> None:
        is_small = np.full(program.column_count, program.column_count < tied_from)
        super().__init__(program, rows, relaxation_of, may_end=is_small)
        self._proofs, self._gap = proofs, gap
        self._fallback: WarmRelaxation | None = None

    def solve(self, lower: Floats, upper: Floats, cutoff: float = np.inf, care: Care = Care.PROOF) -> Answer:
        """Returns the answer of the whole program for these column bounds.

        For a plan the guess stands as it is. What costs least is looked for with nothing tied; there may be something
        even where the guess leaves nothing.
        """
        kept = self._exact.kept
        low, high = lower[kept], upper[kept]
        steps = 0
        if care is Care.LEAST:
            return self._untied(low, high, cutoff, steps)
        for _ in range(MOST_ROUNDS):
            answer = self._relaxation.solve(low[self._core.kept], high[self._core.kept], cutoff)
            steps += answer.steps
            if care is Care.PLAN:
                return self._told(answer, 0)
            if answer.duals is None:
                return Answer(answer.verdict, None, None, steps)
            duals, worth = self._priced(answer.duals)
            whole = self._exact.priced(duals)
            proven = self._proofs.bound(whole, lower, upper)
            if answer.values is None:
                if proven >= cutoff - _LEAST_LOSS * max(1.0, abs(cutoff)):
                    return Answer(answer.verdict, None, whole, steps, proven)
                cutoff = np.inf
                continue
            values = self._core.lifted(answer.values)
            cost = self._core.program.objective_of(answer.values)
            slack = max(LOSS * self._gap, _LEAST_LOSS) * max(1.0, abs(cost))
            wrong = self._links.wrong(self.tied, worth, duals, values)
            # What is missing for another reason than ties is missing with nothing tied as well.
            if proven >= cost - slack or not wrong.any():
                return Answer(answer.verdict, self._exact.lifted(values), whole, steps, proven)
            self._untie(wrong if self.rebuilt < MOST_REBUILT else self.tied)
        return self._untied(low, high, cutoff, steps)

    def _untied(self, low: Floats, high: Floats, cutoff: float, steps: int) -> Answer:
        """The answer with nothing tied."""
        if not self.tied.any():
            answer = self._relaxation.solve(low[self._core.kept], high[self._core.kept], cutoff)
            return self._told(answer, steps)
        if self._fallback is None:
            self._fallback = self._relaxation_of(relaxed(self._exact.program))
            mark = self.mark()
            if mark is not None:
                self._fallback.start_from(self._unfolded(mark))
        answer = self._fallback.solve(low, high, cutoff)
        values = None if answer.values is None else self._exact.lifted(answer.values)
        duals = None if answer.duals is None else self._exact.priced(answer.duals)
        return Answer(answer.verdict, values, duals, steps + answer.steps)

    def _told(self, answer: Answer, steps: int) -> Answer:
        """An answer of the core, in columns and rows of the whole program; `steps` were taken before it."""
        values = None if answer.values is None else self._exact.lifted(self._core.lifted(answer.values))
        duals = None if answer.duals is None else self._exact.priced(self._priced(answer.duals)[0])
        return Answer(answer.verdict, values, duals, steps + answer.steps)
