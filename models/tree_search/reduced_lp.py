"""Linear programs of a search, solved in a reduced form and answered for the whole program (decision 0008).

1. Columns that follow from others are substituted (`column_substitution`): the best plans stay the same.
2. Chained stocks are aggregated. That is a guess, and dual values say which of it was wrong (`stock_chains`): such
   stocks become columns again, and the program is solved once more.

The postsolved row duals are those of the whole program, so what they prove is proven of it, whatever was aggregated.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.program import Floats, Ints, Program, relaxed
from models.tree_search.aggregated_lp import AggregatedLp
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.lp_protocol import Accuracy, LpResult, WarmLpRelaxation, WarmStart

MAX_SOLVES = 20
"""A safeguard: after `MAX_REBUILDS` nothing is aggregated any more, so that two more solves end it."""
AGGREGATION_LOSS = 0.02
"""Wrong aggregation may cost this share of the gap: less than what a node's bound has to move by to matter."""
AGGREGATE_FROM = 1_000
"""Below this many columns nothing is aggregated: it saves less in each solve than rebuilds cost (decision 0010)."""
MAX_REBUILDS = 8
"""A program that had to be rebuilt so often is solved without aggregation from then on (decision 0008)."""
_LEAST_LOSS = 1e-9
"""No bound equals its cost to the last digit: that alone is no reason to rebuild."""


class ReducedLp(AggregatedLp):
    """The relaxation of a program by reduced ones; `gap` says how exact the aggregation has to be."""

    def __init__(
        self,
        program: Program,
        stock_rows: Ints,
        lp_of: Callable[[Program], WarmLpRelaxation],
        dual_bounds: DualBounds,
        gap: float,
        aggregate_from: int = AGGREGATE_FROM,
        start: WarmStart | None = None,
    ) -> None:
        is_small = np.full(program.column_count, program.column_count < aggregate_from)
        super().__init__(program, stock_rows, lp_of, never_aggregated=is_small, start=start)
        self._dual_bounds, self._gap = dual_bounds, gap
        self._disaggregated_lp: WarmLpRelaxation | None = None

    def solve(
        self, lower: Floats, upper: Floats, cutoff: float = np.inf, accuracy: Accuracy = Accuracy.DUAL_BOUND
    ) -> LpResult:
        """Returns the result of the whole program for these column bounds.

        A feasible plan is taken from the aggregated program as it stands. The cheapest one is computed without
        aggregation; it may exist even where the aggregated program is infeasible.
        """
        kept = self._substitution.kept
        low, high = lower[kept], upper[kept]
        iterations = 0
        if accuracy is Accuracy.OPTIMAL:
            return self._solve_disaggregated(low, high, cutoff, iterations)
        for _ in range(MAX_SOLVES):
            result = self._lp.solve(low[self._core.kept], high[self._core.kept], cutoff)
            iterations += result.iterations
            if accuracy is Accuracy.FEASIBLE:
                return self._postsolved(result, 0)
            if result.duals is None:
                return LpResult(result.status, None, None, iterations)
            duals, reduced = self._postsolve_duals(result.duals)
            all_duals = self._substitution.postsolve_duals(duals)
            proven = self._dual_bounds.bound(all_duals, lower, upper)
            if result.values is None:
                if proven >= cutoff - _LEAST_LOSS * max(1.0, abs(cutoff)):
                    return LpResult(result.status, None, all_duals, iterations, proven)
                cutoff = np.inf
                continue
            values = self._core.postsolve_values(result.values)
            cost = self._core.program.objective_of(result.values)
            slack = max(AGGREGATION_LOSS * self._gap, _LEAST_LOSS) * max(1.0, abs(cost))
            is_exact = proven >= cost - slack or not self.aggregated.any()
            # What the bound lacks for another reason it lacks without aggregation as well.
            wrong = None if is_exact else self._chains.wrongly_aggregated(self.aggregated, reduced, duals, values)
            if wrong is None or not wrong.any():
                all_values = self._substitution.postsolve_values(values)
                return LpResult(result.status, all_values, all_duals, iterations, proven)
            self._disaggregate(wrong if self.rebuild_count < MAX_REBUILDS else self.aggregated)
        return self._solve_disaggregated(low, high, cutoff, iterations)

    def _solve_disaggregated(self, low: Floats, high: Floats, cutoff: float, iterations: int) -> LpResult:
        """The result without aggregation."""
        if not self.aggregated.any():
            result = self._lp.solve(low[self._core.kept], high[self._core.kept], cutoff)
            return self._postsolved(result, iterations)
        if self._disaggregated_lp is None:
            self._disaggregated_lp = self._lp_of(relaxed(self._substitution.program))
            saved = self.saved_basis()
            if saved is not None:
                self._disaggregated_lp.start_from_basis(self._before_aggregation(saved))
        result = self._disaggregated_lp.solve(low, high, cutoff)
        values = None if result.values is None else self._substitution.postsolve_values(result.values)
        duals = None if result.duals is None else self._substitution.postsolve_duals(result.duals)
        return LpResult(result.status, values, duals, iterations + result.iterations)

    def _postsolved(self, result: LpResult, iterations: int) -> LpResult:
        """A result of the core in columns and rows of the whole program; `iterations` were taken before it."""
        values, duals = result.values, result.duals
        if values is not None:
            values = self._substitution.postsolve_values(self._core.postsolve_values(values))
        if duals is not None:
            duals = self._substitution.postsolve_duals(self._postsolve_duals(duals)[0])
        return LpResult(result.status, values, duals, iterations + result.iterations)
