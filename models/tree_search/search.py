"""The search of one program from start to end: a program and linear programs in, a plan and a bound out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.outcome import Stop
from models.program import Floats, Program, relaxed
from models.tree_search.branch_and_bound import BranchAndBound
from models.tree_search.branching_guide import BranchingGuide, LargeBranchingGuide
from models.tree_search.extended_formulation import ExtendedFormulation, extended_formulation
from models.tree_search.infeasibility import FarkasRayFinder
from models.tree_search.large_reduced_lp import LargeReducedLp
from models.tree_search.lp_protocol import WarmLpRelaxation
from models.tree_search.primal_heuristics import MAX_LARGE_NODES, DivesAndWindows, RelaxAndFixThenWindows
from models.tree_search.reduced_lp import ReducedLp
from models.tree_search.search_state import SearchCallbacks, SearchState
from models.tree_search.sos1_branching import Sos1Branching, StrategySets
from models.tree_search.strong_branching import StrongBranching

LARGE_AGGREGATION_LOSS = 0.03
"""Wrong aggregation of a large program may cost this share of the gap: each further core takes seconds."""

LpFactory = Callable[[Program], WarmLpRelaxation]


@dataclass(frozen=True)
class SearchResult:
    """What a search has found and proven; `stop` is what ended it from outside.

    `is_closed` says that the plan lies within the gap of the bound, `is_infeasible` that there is proven to be none.
    """

    plan: Floats | None
    cost: float | None
    bound: float | None
    is_closed: bool
    is_infeasible: bool
    stop: Stop | None
    nodes: int
    lp_count: int
    iterations: int


class TreeSearch:
    """A search that is ready to run; linear programs of a large program are given to `lp_of` as well."""

    def __init__(
        self, program: Program, guide: BranchingGuide, lp_of: LpFactory, callbacks: SearchCallbacks, gap: float
    ) -> None:
        self.formulation = extended_formulation(program, guide)
        self._tree: BranchAndBound | None = None
        if isinstance(guide, LargeBranchingGuide):
            self._tree = _large_tree(self.formulation, guide, lp_of, callbacks, gap)
        elif not self.formulation.is_infeasible:
            self._tree = _tree(self.formulation, guide, lp_of, callbacks, gap)

    def run(self, hint: Floats | None, lp_limit: int) -> SearchResult:
        """Searches until the gap is closed, nothing is left to do, or a limit or the caller ends it.

        `hint` holds a value by column of the program; those that are not a number are free.
        """
        if self._tree is None:
            return SearchResult(None, None, None, False, True, None, 0, 0, 0)
        state, queue = self._tree.state, self._tree.queue
        state.lp_limit = lp_limit
        self._tree.run(hint)
        has_plan = state.incumbent is not None
        return SearchResult(
            state.incumbent,
            state.incumbent_cost if has_plan else None,
            float(state.best_bound) if np.isfinite(state.best_bound) else None,
            state.best_bound >= state.cutoff,
            not has_plan and state.stop is None and queue.is_proven_infeasible,
            state.stop,
            queue.branched,
            state.lp_count,
            state.iterations,
        )


def _tree(
    formulation: ExtendedFormulation, guide: BranchingGuide, lp_of: LpFactory, callbacks: SearchCallbacks, gap: float
) -> BranchAndBound:
    program = formulation.program
    lp = ReducedLp(program, guide.stock_rows, lp_of, formulation.dual_bounds, gap)
    rays = FarkasRayFinder(relaxed(program), lp_of)
    state = SearchState(formulation, lp, rays, callbacks, gap)
    return BranchAndBound(state, StrongBranching(state), DivesAndWindows(state))


def _large_tree(
    formulation: ExtendedFormulation,
    guide: LargeBranchingGuide,
    lp_of: LpFactory,
    callbacks: SearchCallbacks,
    gap: float,
) -> BranchAndBound:
    program, count = formulation.program, formulation.original_count
    added = program.column_count - count
    lp = LargeReducedLp(
        program,
        formulation.dual_bounds,
        guide.stock_rows,
        np.append(guide.never_aggregated, np.ones(added, dtype=bool)),
        lp_of,
        LARGE_AGGREGATION_LOSS * gap,
        callbacks.should_stop,
    )
    state = SearchState(formulation, lp, lp.farkas_ray, callbacks, gap)
    sets = StrategySets(formulation, guide.sos1_rows)
    series = np.append(guide.series, np.arange(count, program.column_count))
    heuristics = RelaxAndFixThenWindows(state, sets, series)
    return BranchAndBound(state, Sos1Branching(state, sets), heuristics, node_limit=MAX_LARGE_NODES)
