"""Linear programs of a large program, solved with most stocks tied and answered for the whole of it.

A tied row `later ≤ share · earlier` is held as an equality, and the later stock is no column any more (`large_core`).
Going back in time, each stock passes what it is worth on to the one before: that is the dual of its row. So row duals
of the core become row duals of the whole program, and what they prove (`proof`) is proven of it, whatever was tied. A
stock that costs more to keep than it is worth says that its tie was wrong; it is untied, and the core is solved again
from the basis that it had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.search.emptiness import elastic_of
from models.solvers.search.links import Tied
from models.solvers.search.proof import Proofs
from models.solvers.search.relaxation import Answer, Care, Verdict, WarmRelaxation

MOST_ROUNDS = 8
_SMALL = 1e-9


class Priced(Tied):
    """A relaxation of the whole program; `tolerance` is the share of the cost that ties may lose.

    `may_end` marks columns that are not tied to begin with.
    """

    def __init__(
        self,
        program: Program,
        proofs: Proofs,
        rows: Ints,
        may_end: np.ndarray,
        relaxation_of: Callable[[Program], WarmRelaxation],
        tolerance: float,
        should_end: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(program, rows, relaxation_of, may_end)
        self._proofs, self._tolerance, self._should_end = proofs, tolerance, should_end
        self._ray: Floats | None = None

    def solve(self, lower: Floats, upper: Floats, cutoff: float = np.inf, care: Care = Care.PROOF) -> Answer:
        """Returns values of the whole program and duals that agree with them within the tolerance, if rounds suffice.

        Values of no great care keep all rows, but might cost less if more were untied; they come without duals.
        """
        steps, last, is_fresh = 0, Answer(Verdict.BROKEN), False
        for _ in range(MOST_ROUNDS):
            answer = self._asked(lower, upper)
            steps += answer.steps
            if answer.verdict is Verdict.EMPTY and care is not Care.PLAN and last.values is None:
                if self._is_empty(lower, upper):
                    return Answer(Verdict.EMPTY, steps=steps)
                continue
            if answer.verdict is Verdict.BROKEN and care is not Care.PLAN and not (is_fresh or self._should_end()):
                # What failed from one basis seldom fails from another.
                is_fresh = True
                self._rebuild(None)
                continue
            if answer.values is None or answer.duals is None:
                # Once there was an answer, what follows can only have failed.
                return replace(last, steps=steps) if last.values is not None else Answer(answer.verdict, steps=steps)
            small = self._core.lifted(answer.values)
            if care is Care.PLAN:
                return Answer(Verdict.SOLVED, self._exact.lifted(small), None, steps)
            duals, worth = self._priced(answer.duals)
            last = Answer(Verdict.SOLVED, self._exact.lifted(small), self._exact.priced(duals), steps)
            assert last.duals is not None
            proven, cost = self._proofs.bound(last.duals, lower, upper), self._exact.program.objective_of(small)
            last = replace(last, proven=proven)
            wrong = self._links.wrong(self.tied, worth, duals, small)
            if proven >= min(cutoff, cost - self._tolerance * max(1.0, abs(cost))) or not wrong.any():
                break
            self._untie(wrong)
        return last

    def ray(self, lower: Floats, upper: Floats) -> Floats | None:
        """Returns row duals that may prove what the last solve called empty."""
        del lower, upper
        return self._ray

    def _is_empty(self, lower: Floats, upper: Floats) -> bool:
        """True when nothing keeps the rows, as far as can be told; else stocks have been untied that were the cause."""
        exact, cost = self._exact, np.zeros(self._exact.program.column_count)
        elastic = elastic_of(self._core.program)
        extra = elastic.column_count - self._core.program.column_count
        at = exact.kept[self._core.kept]
        low, high = np.append(lower[at], np.zeros(extra)), np.append(upper[at], np.full(extra, np.inf))
        answer = self._relaxation_of(elastic).solve(low, high)
        self._ray = None
        if answer.duals is None:
            return True
        duals, worth = self._priced(answer.duals, cost)
        ray: Floats = exact.priced(duals) - exact.priced(np.zeros(len(duals)))
        self._ray = ray
        wrong = self.tied & (worth > _SMALL)
        if self._proofs.is_empty(ray, lower, upper) or not wrong.any():
            return True
        self._untie(wrong)
        return False

    def _asked(self, lower: Floats, upper: Floats) -> Answer:
        at = self._exact.kept[self._core.kept]
        return self._relaxation.solve(lower[at], upper[at])
