"""Fix-and-optimise: the incumbent is improved in windows of a few periods, each a sub-MIP (decision 0007)."""

from __future__ import annotations

import numpy as np

from models.tree_search.branch_and_bound import BranchAndBound
from models.tree_search.branching_guide import Priority
from models.tree_search.search_state import SearchState
from models.tree_search.strong_branching import StrongBranching

MIN_WIDTH = 2
WINDOWS = 6
"""A window is this part of the horizon wide, or `MIN_WIDTH` periods; wider ones rarely find more (decision 0007)."""
SUB_MIP_LP_LIMIT = 100
"""Linear programs that a window may take: what is not found by then is rarely found (decision 0007)."""
PLUNGES = 2
"""A window's tree first goes straight down this often: a plan is what it is for."""


class FixAndOptimise:
    """All of the incumbent is fixed but the capacity and lots of a window of periods.

    The windows slide over the horizon until none of them finds anything.
    """

    def __init__(self, state: SearchState) -> None:
        formulation = state.formulation
        self._movable = formulation.is_original & (formulation.priority <= Priority.CAPACITY)
        periods = np.array(sorted(set(formulation.period[self._movable].tolist())), dtype=np.int64)
        width = max(MIN_WIDTH, len(periods) // WINDOWS)
        self._windows = [periods[at : at + width] for at in range(0, max(1, len(periods) - width + 1), width // 2)]
        self._next = self._idle = 0
        self._cost = np.inf

    def is_idle(self, state: SearchState) -> bool:
        """True when there is no plan, or every window was searched since the plan became as good as it is."""
        return state.incumbent is None or (self._idle >= len(self._windows) and self._cost <= state.incumbent_cost)

    def improve(self, state: SearchState) -> None:
        """Searches the next window around the plan of a search."""
        formulation = state.formulation
        assert state.incumbent is not None
        if state.incumbent_cost < self._cost:
            self._idle = 0
        window = self._windows[self._next % len(self._windows)]
        self._next += 1
        self._idle += 1
        held = formulation.is_original & ~(self._movable & np.isin(formulation.period, window))
        columns = formulation.integers[held]
        lower, upper = formulation.lower.copy(), formulation.upper.copy()
        lower[columns] = upper[columns] = np.rint(state.incumbent[columns])
        part = state.sub_mip(lower, upper, SUB_MIP_LP_LIMIT)
        BranchAndBound(part, StrongBranching(part), plunges=PLUNGES).run()
        state.absorb(part)
        self._cost = state.incumbent_cost
