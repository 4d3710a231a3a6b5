"""What duals of the smaller program prove of the large one."""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.search.large_core import Chains, Core
from models.solvers.search.proof import Proofs


class WholeProofs(Proofs):
    """Takes duals and column bounds of a core, gives the chains that it ties the best duals, and proves with them.

    A chain's dual is what the later column would have to be worth to be kept: the recursion from the last column of
    each chain on leaves no reduced cost below nought on any later one.
    """

    def __init__(self, whole: Program, core: Core, chains: Chains) -> None:
        super().__init__(whole)
        self._core, self._chains = core, chains
        self._levels = _levels(chains, whole.column_count)

    def bound(self, duals: Floats, lower: Floats, upper: Floats) -> float:
        """Returns a cost that no solution of the large program within the core's column bounds goes below."""
        return super().bound(self.extended(duals, self._program.objective), *self._ends(lower, upper))

    def is_empty(self, ray: Floats, lower: Floats, upper: Floats) -> bool:
        """True when a ray of the core, extended to the large program, proves that this has no solution either."""
        return super().is_empty(self.extended(ray, np.zeros(self._program.column_count)), *self._ends(lower, upper))

    def extended(self, duals: Floats, cost: Floats) -> Floats:
        """Returns duals of the rows of the large program."""
        found, chains = np.zeros(self._program.row_count), self._chains
        found[self._core.rows] = duals
        found[chains.row] = 0.0
        worth = self.worth(found, cost)
        for level in self._levels:
            found[chains.row[level]] = np.minimum(0.0, worth[chains.later[level]]) / chains.scale[level]
            np.add.at(worth, chains.earlier[level], chains.share[level] * np.minimum(0.0, worth[chains.later[level]]))
        return found

    def worth(self, duals: Floats, cost: Floats) -> Floats:
        """Returns by column what it costs less what its rows make of it."""
        weight = self._program.values * duals[self._row]
        reduced: Floats = cost - np.bincount(
            self._program.columns, weights=weight, minlength=self._program.column_count
        )
        return reduced

    def let_go(self, duals: Floats, tied: np.ndarray, least: float) -> np.ndarray:
        """Returns which tied chains would rather end early, by more than `least` a unit."""
        chains = self._chains
        full = self.extended(duals, self._program.objective)
        return tied & (self.worth(full, self._program.objective)[chains.later] > least)

    def _ends(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        low, high = self.lower.copy(), self.upper.copy()
        low[self._core.kept], high[self._core.kept] = lower, upper
        return low, high


def _levels(chains: Chains, columns: int) -> list[Ints]:
    """The chains from the last ones on: those of a level only depend on those before."""
    depth = np.zeros(columns, dtype=np.int64)
    for _ in range(columns):
        deeper = depth[chains.earlier] + 1
        if (depth[chains.later] == deeper).all():
            break
        depth[chains.later] = deeper
    of_chain = depth[chains.later]
    order = np.argsort(-of_chain, kind="stable")
    cuts = np.flatnonzero(np.diff(of_chain[order])) + 1
    return list(np.split(order, cuts))
