"""The search of one program from start to end: a program and linear programs in, a plan and a bound out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.outcome import Stop
from models.program import Floats, Program, relaxed
from models.tree_search.branch_and_bound import BranchAndBound, NoHeuristics, PrimalHeuristics
from models.tree_search.branching_guide import BranchingGuide, LargeBranchingGuide
from models.tree_search.extended_formulation import ExtendedFormulation, extended_formulation
from models.tree_search.infeasibility import FarkasRayFinder
from models.tree_search.large_reduced_lp import LargeReducedLp
from models.tree_search.lp_protocol import BasisHandle, WarmLpRelaxation, WarmStart
from models.tree_search.primal_heuristics import (
    MAX_LARGE_NODES,
    DiveAtRoot,
    DivesAndWindows,
    RelaxAndFixThenWindows,
)
from models.tree_search.reduced_lp import ReducedLp
from models.tree_search.search_state import NO_TARGETS, CostTargets, SearchCallbacks, SearchState
from models.tree_search.sos1_branching import Sos1Branching, StrategySets
from models.tree_search.strong_branching import StrongBranching

LARGE_AGGREGATION_LOSS = 0.03
"""Wrong aggregation of a large program may cost this share of the gap: each further core takes seconds."""

LpFactory = Callable[[Program], WarmLpRelaxation]


@dataclass(frozen=True)
class SearchResult:
    """What a search has found and proven; `stop` is what ended it from outside.

    `is_closed` says that the plan lies within the gap of the bound, `is_infeasible` that there is proven to be none,
    `is_answered` that the bound or the plan answers the caller's question.
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
    end: WarmStart | None = None
    """Where the root node's program ended, for the search of a program of the same rows and columns."""
    is_answered: bool = False


class TreeSearch:
    """A search that is ready to run; linear programs of a large program are given to `lp_of` as well.

    At most `node_limit` nodes are evaluated. With `dives` plans come from so many dives (0 or 1) and nothing else.
    `start` is where a search of a program of the same rows and columns began; these are for small programs.
    It ends early where a bound or a plan reaches `targets`.
    """

    def __init__(
        self,
        program: Program,
        guide: BranchingGuide,
        lp_of: LpFactory,
        callbacks: SearchCallbacks,
        gap: float,
        *,
        node_limit: int | None = None,
        dives: int | None = None,
        start: WarmStart | None = None,
        targets: CostTargets = NO_TARGETS,
    ) -> None:
        self.formulation = extended_formulation(program, guide)
        self._tree: BranchAndBound | None = None
        self._reduced_lp: ReducedLp | None = None
        self._rule: StrongBranching | None = None
        if isinstance(guide, LargeBranchingGuide):
            self._tree = _large_tree(self.formulation, guide, lp_of, callbacks, gap)
        elif not self.formulation.is_infeasible:
            program, stock_rows, bounds = self.formulation.program, guide.stock_rows, self.formulation.dual_bounds
            lp = ReducedLp(program, stock_rows, lp_of, bounds, gap, start=start)
            state = _state(self.formulation, lp, lp_of, callbacks, gap)
            self._rule = StrongBranching(state, None if start is None else start.pseudo_costs)
            self._tree = _tree(state, self._rule, node_limit=node_limit, dives=dives)
            self._reduced_lp = lp
        if self._tree is not None:
            self._tree.state.targets = targets

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
            state.is_closed,
            not has_plan and state.stop is None and queue.is_proven_infeasible,
            state.stop,
            queue.branched,
            state.lp_count,
            state.iterations,
            self._warm_start(self._tree.root_basis),
            state.is_answered,
        )

    def _warm_start(self, root: BasisHandle | None) -> WarmStart | None:
        found = None if self._reduced_lp is None else self._reduced_lp.warm_start(root)
        return found if found is None or self._rule is None else replace(found, pseudo_costs=self._rule.pseudo_costs)


def _state(
    formulation: ExtendedFormulation, lp: ReducedLp, lp_of: LpFactory, callbacks: SearchCallbacks, gap: float
) -> SearchState:
    rays = FarkasRayFinder(relaxed(formulation.program), lp_of)
    return SearchState(formulation, lp, rays, callbacks, gap)


def _tree(state: SearchState, rule: StrongBranching, *, node_limit: int | None, dives: int | None) -> BranchAndBound:
    limit = np.inf if node_limit is None else node_limit
    heuristics: PrimalHeuristics = DivesAndWindows(state)
    if dives is not None:
        heuristics = DiveAtRoot(state) if dives else NoHeuristics()
    return BranchAndBound(state, rule, heuristics, node_limit=limit)


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
