"""When plans are looked for, and how: the schedules of primal heuristics for small and for large programs.

Counts decide, never the clock: the same inputs give the same plan.
"""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.tree_search.branching_guide import Priority
from models.tree_search.diving import dive, try_hint, try_other_lots
from models.tree_search.fix_and_optimise import FixAndOptimise
from models.tree_search.node_queue import Node, NodeQueue
from models.tree_search.relax_and_fix import RelaxAndFix
from models.tree_search.search_state import LpPoint, SearchState
from models.tree_search.sos1_branching import StrategySets

EFFORT, EFFORT_WHEN_NEAR = 0.25, 0.15
"""Once there is a plan, at most this share of all linear programs goes into better ones; less after a good hint: the
more is spent on plans, the less on the proof that each of them needs (decision 0010)."""
NEAR_GAPS = 3.0
"""With a hint that lies within this many gaps of the bound the search begins with proving: that is what is missing."""
LOTS_GAPS = 10.0
"""Other lots are tried for a plan within this many gaps of the root bound: farther off capacity is wrong as well."""
PROOF_GAPS = 0.5
"""Where the bound has to rise by at most this many gaps, what a hint has cost counts as spent on plans: proof first."""
TURNS = 2
"""Of this many attempts in vain at a better plan one is a dive, the others windows; after a success: a dive. Windows
around a plan with the wrong strategy find nothing (decision 0007)."""
MAX_LARGE_NODES = 200
"""Nodes that are evaluated before windows take over: some twenty minutes at seven seconds each (decision 0008)."""
NODES_PER_PLAN = 8
"""After so many nodes the best one gets a plan; seldom, as a plan takes some thirty linear programs."""


class DivesAndWindows:
    """Dives from the node of the best estimate, and windows around the incumbent, by turns with the tree."""

    def __init__(self, state: SearchState) -> None:
        self._state = state
        self._windows = FixAndOptimise(state)
        self._failures = 0
        self._spent = self._spent_on_hint = 0
        self._effort = EFFORT

    def start(self, queue: NodeQueue, hint: Floats | None) -> None:
        """Tries the hint, also with other lots."""
        state, count = self._state, self._state.lp_count
        if hint is not None:
            try_hint(state, hint)
            if state.incumbent_cost - state.best_bound <= LOTS_GAPS * state.gap * abs(state.best_bound):
                try_other_lots(state, hint)
        self._spent_on_hint = state.lp_count - count
        near = NEAR_GAPS * (state.incumbent_cost - state.cutoff)
        is_far = state.incumbent is None or state.incumbent_cost - state.best_bound > near
        self._effort = EFFORT if is_far else EFFORT_WHEN_NEAR

    def improve(self, queue: NodeQueue) -> bool:
        """Looks for a better plan where the share of linear programs allows it; False where it does not."""
        state, windows = self._state, self._windows
        if queue.best is None or not queue.best.is_strategy_integral:
            return False
        is_proof_enough = state.incumbent is not None or np.isfinite(state.targets.bound)
        spent = self._spent + (self._spent_on_hint if self._is_nearly_proven(queue) else 0)
        if is_proof_enough and spent >= self._effort * state.lp_count:
            return False
        node = queue.best_estimate()
        if node is None and windows.is_idle(state):
            return False
        count, cost, basis = state.lp_count, state.incumbent_cost, state.lp.saved_basis()
        if node is not None and (windows.is_idle(state) or self._failures % TURNS == 0):
            node.was_dived = True
            dive(state, *state.formulation.column_bounds(node.lower, node.upper), node.values)
        else:
            windows.improve(state)
        # The proof goes on where it stood.
        state.lp.restore_basis(basis)
        self._failures = 0 if state.incumbent_cost < cost else self._failures + 1
        self._spent += state.lp_count - count
        return True

    def _is_nearly_proven(self, queue: NodeQueue) -> bool:
        """True where the bound has to rise by little until the incumbent is within the gap."""
        state = self._state
        return state.cutoff - queue.bound <= PROOF_GAPS * state.gap * abs(queue.bound)

    def at_leaf(self, node: Node) -> None:
        """Does nothing: dives have been there."""


class DiveAtRoot:
    """A plan by the hint, or by one dive from the root node; for programs that need just any good plan."""

    def __init__(self, state: SearchState) -> None:
        self._state = state

    def start(self, queue: NodeQueue, hint: Floats | None) -> None:
        """Tries the hint, and dives where it gives no plan."""
        state = self._state
        if hint is not None:
            try_hint(state, hint)
        root = queue.best
        if state.incumbent is None and root is not None and not state.is_finished:
            dive(state, *state.formulation.column_bounds(root.lower, root.upper), root.values)

    def improve(self, queue: NodeQueue) -> bool:
        """Returns False."""
        return False

    def at_leaf(self, node: Node) -> None:
        """Does nothing: its program is integral."""


class RelaxAndFixThenWindows:
    """A plan by relax-and-fix for each strategy that turns out well; windows once branching has ended."""

    def __init__(self, state: SearchState, sets: StrategySets, series: Ints) -> None:
        self._state, self._sets = state, sets
        self._relax_and_fix = RelaxAndFix(state, series[state.formulation.integers])
        self._windows = FixAndOptimise(state)
        self._planned: set[bytes] = set()
        self._planned_at = 0

    def start(self, queue: NodeQueue, hint: Floats | None) -> None:
        """Tries the hint; without a plan, makes one from the root node."""
        root = queue.best
        assert root is not None
        if hint is not None:
            self._try_hint(hint, root)
        if self._state.incumbent is None and not self._state.is_finished:
            self._plan_below(root)
        self._planned_at = queue.evaluated

    def improve(self, queue: NodeQueue) -> bool:
        """Plans below the best node now and then, and searches windows at the end; False where neither is due."""
        state = self._state
        if queue.may_branch:
            if queue.evaluated < self._planned_at + NODES_PER_PLAN:
                return False
            assert queue.best is not None
            self._planned_at = queue.evaluated
            state.lp.restore_basis(queue.best.basis)
            self._plan_below(queue.best)
            return True
        if self._windows.is_idle(state):
            return False
        self._windows.improve(state)
        return True

    def at_leaf(self, node: Node) -> None:
        """Makes a plan for the strategy of a node that is whole."""
        self._plan(node.lower, node.upper, self._point_of(node))

    def _point_of(self, node: Node) -> LpPoint:
        return LpPoint(node.bound, self._state.formulation.with_integers(node.values))

    def _plan_below(self, node: Node) -> None:
        """Makes the strategy whole, that which is nearest to it first, and plans there."""
        state, lower, upper, point = self._state, node.lower, node.upper, self._point_of(node)
        formulation = state.formulation
        while point.values is not None and not state.is_finished:
            roundings = self._sets.roundings(lower, upper, point.values[formulation.integers])
            if not roundings:
                # What was aggregated for another strategy may not suit this one.
                exact = state.solve(*formulation.column_bounds(lower, upper), -np.inf)
                if exact.bound < state.cutoff:
                    self._plan(lower, upper, exact if exact.values is not None else point)
                return
            for lower, upper in roundings:
                point = state.solve_primal(*formulation.column_bounds(lower, upper))
                if point.values is not None or state.is_finished:
                    break

    def _plan(self, lower: Floats, upper: Floats, point: LpPoint) -> None:
        """Plans where the strategy is whole; for each strategy once."""
        formulation = self._state.formulation
        assert point.values is not None
        strategy = np.rint(point.values[formulation.integers[formulation.priority == Priority.STRATEGY]]).tobytes()
        if strategy not in self._planned:
            self._planned.add(strategy)
            self._relax_and_fix.plan(lower, upper, point)

    def _try_hint(self, hint: Floats, root: Node) -> None:
        """Tries the integers of a plan of this or a neighbouring program, then its strategy with another rounding."""
        state, formulation = self._state, self._state.formulation
        original = np.flatnonzero(formulation.is_original)
        values = hint[formulation.integers[original]]
        known = np.isfinite(values)
        for part in (known, known & (formulation.priority[original] == Priority.STRATEGY)):
            at = original[part]
            if not len(at) or state.incumbent is not None or state.is_finished:
                continue
            columns = formulation.integers[at]
            lower, upper = root.lower.copy(), root.upper.copy()
            lower[at] = upper[at] = np.clip(
                np.rint(values[part]), formulation.lower[columns], formulation.upper[columns]
            )
            point = state.solve(*formulation.column_bounds(lower, upper), -np.inf)
            if point.values is not None and state.is_integral(point.values):
                state.update_incumbent(point.values)
            elif point.values is not None:
                self._relax_and_fix.plan(lower, upper, point)
