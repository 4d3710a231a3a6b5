"""The node loop: nodes are selected, branched on, evaluated and pruned; primal heuristics take turns with it.

There is one loop for all searches. They differ in the branching rule (`strong_branching` where a linear program takes
milliseconds, `sos1_branching` where it takes seconds) and in the primal heuristics (`primal_heuristics`).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from models.program import Floats
from models.tree_search.lp_protocol import BasisHandle
from models.tree_search.node_queue import EvaluatedChild, Node, NodeQueue
from models.tree_search.search_state import LpPoint, SearchState


class BranchingRule(Protocol):
    """How a node is split."""

    def children(self, node: Node, queue: NodeQueue) -> list[EvaluatedChild] | None:
        """Returns the evaluated sides of a node; None where there is nothing to branch on."""

    def prepare(self, node: Node, queue: NodeQueue) -> None:
        """Completes a node that was evaluated and stays open."""


class PrimalHeuristics(Protocol):
    """How plans are found beside the tree."""

    def start(self, queue: NodeQueue, hint: Floats | None) -> None:
        """Looks for the first plan, from the root node and from a hint: a value by column, or not a number."""

    def improve(self, queue: NodeQueue) -> bool:
        """Looks for a better plan where that is due; False where it is not."""

    def at_leaf(self, node: Node) -> None:
        """Looks for a plan in a node that cannot be branched on."""


class NoHeuristics:
    """Plans come from nodes whose linear program happens to be integral."""

    def start(self, queue: NodeQueue, hint: Floats | None) -> None:
        """Does nothing."""

    def improve(self, queue: NodeQueue) -> bool:
        """Returns False."""
        return False

    def at_leaf(self, node: Node) -> None:
        """Does nothing."""


class BranchAndBound:
    """One search; nodes are selected by the least bound.

    The first `plunges` selections are followed depth first, on the better child, until there is none.
    """

    def __init__(
        self,
        state: SearchState,
        rule: BranchingRule,
        heuristics: PrimalHeuristics | None = None,
        *,
        node_limit: float = np.inf,
        plunges: int = 0,
    ) -> None:
        self.state, self.rule = state, rule
        self.queue = NodeQueue(state, node_limit)
        self._heuristics = NoHeuristics() if heuristics is None else heuristics
        self._plunges = plunges
        self._next: Node | None = None
        self.root_basis: BasisHandle | None = None

    def run(self, hint: Floats | None = None) -> None:
        """Searches until the gap is closed, nothing is left to do, or the limits or the caller end it."""
        state, queue = self.state, self.queue
        if state.is_finished:
            return
        self.solve_root()
        state.raise_best_bound(queue.bound)
        if queue.best is None or state.is_finished:
            return
        self._heuristics.start(queue, hint)
        state.raise_best_bound(queue.bound)
        while not state.is_finished:
            if not self._heuristics.improve(queue):
                if not queue.may_branch:
                    break
                self.branch(self._selected())
            state.raise_best_bound(queue.bound)

    def solve_root(self) -> LpPoint:
        """Evaluates the root node."""
        formulation, state = self.state.formulation, self.state
        point = state.solve(formulation.lower, formulation.upper, -np.inf)
        if point.values is not None and state.is_integral(point.values):
            state.accept_rounded(point.values)
        self.root_basis = point.basis
        integers = formulation.integers
        self._add(EvaluatedChild(point, formulation.lower[integers], formulation.upper[integers]))
        return point

    def branch(self, node: Node) -> list[Node]:
        """Branches on a node that was taken from the queue; returns those of its children that stay open."""
        is_plunging, self._next = self._next is node, None
        if node.bound >= self.state.cutoff:
            self.queue.prune(node.bound)
            return []
        self.queue.branched += 1
        children = self.rule.children(node, self.queue)
        if children is None:
            self._heuristics.at_leaf(node)
            self.queue.prune(node.bound)
            return []
        nodes = [self._add(child) for child in children]
        opened = [one for one in nodes if one is not None]
        if is_plunging:
            self._next = min(opened, default=None)
        return opened

    def _selected(self) -> Node:
        if self._next is not None:
            self.queue.remove(self._next)
            return self._next
        node = self.queue.pop()
        if self._plunges > 0:
            self._plunges -= 1
            self._next = node
        return node

    def _add(self, child: EvaluatedChild) -> Node | None:
        node = self.queue.add(child)
        if node is not None:
            self.rule.prepare(node, self.queue)
        return node
