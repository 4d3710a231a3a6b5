"""Bounds that are proofs: what any row duals prove of a program, computed here and not taken from an LP code.

For any y, cost ≥ Σ y·(side of the row that y pushes against) + Σ over columns of the least of (c − Aᵀy)·x within its
bounds. Columns without a bound get one that follows from the rows (`propagated_bounds`), so that rounding errors in
their reduced cost weigh next to nothing. What rounding can have added is taken off (Neumaier and Shcherbina).
"""

from __future__ import annotations

import numpy as np

from models.program import Floats, Program
from models.tree_search.bound_propagation import propagated_bounds

_MARGIN = 1e-10
"""Share of a bound that is taken off it: far below any gap that is asked for, far above a sum's rounding errors."""
_EVALUATION = 32 * float(np.finfo(float).eps)
"""Rounding errors of a sum of some thousand terms, as a share of their sizes: they grow as the root of how many."""
_LEAST_VIOLATION = 1e-7
"""A ray of greatest entry 1 has to prove this violation: LP codes take rows that are broken by less for kept."""


class DualBounds:
    """What duals prove of one program; `lower` and `upper` are its column bounds with those that follow from rows.

    An upper bound may also be one that some best solution keeps: a column that costs money and is only asked for by
    rows never needs to exceed what they can ask for.
    """

    def __init__(self, program: Program, lower: Floats | None = None, upper: Floats | None = None) -> None:
        self._program = program
        self._row = program.row_of_entries()
        self._last: tuple[Floats, Floats] | None = None
        """The last duals, and the reduced costs that follow from them: a bound is often asked for before these."""
        if lower is None or upper is None:
            lower, upper = propagated_bounds(program)
        self.lower, self.upper = lower, upper

    def bound(self, duals: Floats, lower: Floats, upper: Floats) -> float:
        """Returns a cost that no solution within the column bounds goes below; −inf where the duals prove nothing."""
        return self._least(duals, self._program.objective, lower, upper) + self._program.constant

    def reduced_costs(self, duals: Floats) -> Floats:
        """Returns by column what each unit adds to the bound that the duals prove; not to be written to."""
        if self._last is None or self._last[0] is not duals:
            y, _ = self._counted(duals)
            self._last = duals, self._reduced(self._program.values * y[self._row], self._program.objective)
        return self._last[1]

    def _counted(self, duals: Floats) -> tuple[Floats, Floats]:
        """Duals of the rows that have the side which they push against, else zero; and these sides."""
        side = np.where(duals > 0, self._program.row_lower, self._program.row_upper)
        return np.where(np.isfinite(side) & (duals != 0.0), duals, 0.0), side

    def _reduced(self, weight: Floats, cost: Floats) -> Floats:
        program = self._program
        found = cost - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        return np.asarray(found, dtype=np.float64)

    def proves_infeasible(self, ray: Floats, lower: Floats, upper: Floats) -> bool:
        """True when a ray of duals proves that no values within the column bounds satisfy the rows."""
        scale = float(np.abs(ray).max(initial=0.0))
        if scale == 0.0:
            return False
        return self._least(ray / scale, np.zeros(self._program.column_count), lower, upper) > _LEAST_VIOLATION

    def _least(self, duals: Floats, cost: Floats, lower: Floats, upper: Floats) -> float:
        program = self._program
        y, side = self._counted(duals)
        known = y != 0.0
        of_rows = y[known] * side[known]
        weight = program.values * y[self._row]
        reduced = self._reduced(weight, cost)
        if cost is program.objective:
            self._last = duals, reduced
        at_bound = np.where(reduced > 0, np.maximum(lower, self.lower), np.minimum(upper, self.upper))
        is_infinite = ~np.isfinite(at_bound)
        if is_infinite.any():
            size = np.abs(cost) + np.bincount(program.columns, weights=np.abs(weight), minlength=program.column_count)
            if (np.abs(reduced[is_infinite]) > _EVALUATION * size[is_infinite]).any():
                return -np.inf
            at_bound = np.where(is_infinite, 0.0, at_bound)
        of_columns = reduced * at_bound
        found = float(of_rows.sum() + of_columns.sum())
        weighed = float(np.abs(of_rows).sum() + np.abs(of_columns).sum())
        return found - _MARGIN * abs(found) - _EVALUATION * weighed
