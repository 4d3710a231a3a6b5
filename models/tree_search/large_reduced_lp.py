"""Reduced linear programs where each takes seconds: aggregated first, and answered as soon as the bound is good enough.

As in `reduced_lp` the postsolved duals prove bounds of the whole program, whatever is aggregated. Wrongly aggregated
stocks become columns again, and the core is solved again from the basis that it had; there is no program without
aggregation to fall back on (decision 0008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.program import Floats, Ints, Program
from models.tree_search.aggregated_lp import AggregatedLp
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.infeasibility import elastic_program
from models.tree_search.lp_protocol import Accuracy, LpResult, LpStatus, WarmLpRelaxation

MAX_CORES = 8
"""Cores that are solved for one result: each takes seconds, and what is still wrong only lowers a bound that holds."""
_TOLERANCE = 1e-9
"""Reduced costs below this count as zero."""


class LargeReducedLp(AggregatedLp):
    """The relaxation of a large program; `tolerance` is the share of the cost that aggregation may lose."""

    def __init__(
        self,
        program: Program,
        dual_bounds: DualBounds,
        stock_rows: Ints,
        never_aggregated: np.ndarray,
        lp_of: Callable[[Program], WarmLpRelaxation],
        tolerance: float,
        should_stop: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(program, stock_rows, lp_of, never_aggregated)
        self._dual_bounds, self._tolerance, self._should_stop = dual_bounds, tolerance, should_stop
        self._ray: Floats | None = None

    def solve(
        self, lower: Floats, upper: Floats, cutoff: float = np.inf, accuracy: Accuracy = Accuracy.DUAL_BOUND
    ) -> LpResult:
        """Returns values of the whole program and duals that agree with them within the tolerance, if cores suffice.

        A feasible plan is taken from the core as it stands: it might cost less with less aggregated, and has no duals.
        """
        iterations, last, is_rebuilt = 0, LpResult(LpStatus.FAILED), False
        is_plan = accuracy is Accuracy.FEASIBLE
        for _ in range(MAX_CORES):
            result = self._solve_core(lower, upper)
            iterations += result.iterations
            if result.status is LpStatus.INFEASIBLE and not is_plan and last.values is None:
                if self._is_infeasible(lower, upper):
                    return LpResult(LpStatus.INFEASIBLE, iterations=iterations)
                continue
            if result.status is LpStatus.FAILED and not is_plan and not (is_rebuilt or self._should_stop()):
                # What failed from one basis seldom fails from another.
                is_rebuilt = True
                self._rebuild(None)
                continue
            if result.values is None or result.duals is None:
                # Once there was a result, what follows can only have failed.
                known = last if last.values is not None else LpResult(result.status)
                return replace(known, iterations=iterations)
            values = self._core.postsolve_values(result.values)
            all_values = self._substitution.postsolve_values(values)
            if is_plan:
                return LpResult(LpStatus.OPTIMAL, all_values, None, iterations)
            duals, reduced = self._postsolve_duals(result.duals)
            all_duals = self._substitution.postsolve_duals(duals)
            proven = self._dual_bounds.bound(all_duals, lower, upper)
            last = LpResult(LpStatus.OPTIMAL, all_values, all_duals, iterations, proven)
            cost = self._substitution.program.objective_of(values)
            wrong = self._chains.wrongly_aggregated(self.aggregated, reduced, duals, values)
            if proven >= min(cutoff, cost - self._tolerance * max(1.0, abs(cost))) or not wrong.any():
                break
            self._disaggregate(wrong)
        return last

    def farkas_ray(self, lower: Floats, upper: Floats) -> Floats | None:
        """Returns row duals that may prove what the last solve called infeasible."""
        del lower, upper
        return self._ray

    def _is_infeasible(self, lower: Floats, upper: Floats) -> bool:
        """True when the whole program is infeasible, as far as is known; else what was aggregated has changed."""
        substitution, cost = self._substitution, np.zeros(self._substitution.program.column_count)
        elastic = elastic_program(self._core.program)
        slack_count = elastic.column_count - self._core.program.column_count
        at = substitution.kept[self._core.kept]
        low = np.append(lower[at], np.zeros(slack_count))
        high = np.append(upper[at], np.full(slack_count, np.inf))
        result = self._lp_of(elastic).solve(low, high)
        self._ray = None
        if result.duals is None:
            return True
        duals, reduced = self._postsolve_duals(result.duals, cost)
        # Substitution prices its rows by their columns' costs, which a ray does not have.
        ray: Floats = substitution.postsolve_duals(duals) - substitution.postsolve_duals(np.zeros(len(duals)))
        self._ray = ray
        wrong = self.aggregated & (reduced > _TOLERANCE)
        if self._dual_bounds.proves_infeasible(ray, lower, upper) or not wrong.any():
            return True
        self._disaggregate(wrong)
        return False

    def _solve_core(self, lower: Floats, upper: Floats) -> LpResult:
        at = self._substitution.kept[self._core.kept]
        return self._lp.solve(lower[at], upper[at])
