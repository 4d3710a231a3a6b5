"""The open nodes of a search tree, best bound first."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from models.program import Floats, Ints
from models.tree_search.lp_protocol import BasisHandle
from models.tree_search.search_state import LpPoint, SearchState

IntegerBounds: TypeAlias = tuple[Floats, Floats]
"""Lower and upper bounds of the integer columns."""


@dataclass(order=True)
class Node:
    """A node: its bound, and bounds, values and reduced costs of the integer columns; nodes go by bound, then by age.

    Each unit by which a column leaves its bound adds its reduced cost to `proven`, a bound of the node. `basis` is
    where its linear program ended. A plan in the node is estimated to cost `estimate`.
    """

    bound: float
    number: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    values: Floats = field(compare=False)
    reduced_costs: Floats = field(compare=False)
    proven: float = field(compare=False)
    basis: BasisHandle | None = field(compare=False)
    is_strategy_integral: bool = field(compare=False, default=False)
    """True where the columns of the greatest priority are whole: details alone are left to branch on."""
    estimate: float = field(compare=False, default=np.inf)
    was_dived: bool = field(compare=False, default=False)
    fractional: tuple[bool, Ints] | None = field(compare=False, default=None)
    """The columns to branch on, once they are known, and whether running totals were among those looked at."""


@dataclass
class EvaluatedChild:
    """An evaluated side of a node that was branched on: its point, and the bounds of the integer columns."""

    point: LpPoint
    lower: Floats
    upper: Floats


class NodeQueue:
    """All nodes that are still open; `node_limit` is the number of nodes that are evaluated at most."""

    def __init__(self, state: SearchState, node_limit: float = np.inf) -> None:
        self._state = state
        self._open: list[Node] = []
        self._number = 0
        self._pruned_bound = np.inf
        """The least bound of the nodes that were pruned because no plan there is worth finding."""
        self._node_limit = node_limit
        self.branched = 0
        self.evaluated = 0

    @property
    def bound(self) -> float:
        """What is proven of every plan that has not been found."""
        return min(self._open[0].bound if self._open else np.inf, self._pruned_bound)

    @property
    def best(self) -> Node | None:
        """The open node with the least bound."""
        return self._open[0] if self._open else None

    @property
    def may_branch(self) -> bool:
        """True while there is an open node and the limit of nodes is not reached."""
        return bool(self._open) and self.evaluated < self._node_limit

    @property
    def is_proven_infeasible(self) -> bool:
        """True when every node was proven to hold no plan at all."""
        return bool(np.isposinf(min(self.bound, self._state.unresolved_bound)))

    def add(self, child: EvaluatedChild) -> Node | None:
        """Returns the new open node; None where it is pruned."""
        self.evaluated += 1
        state, point = self._state, child.point
        if point.values is None or point.bound >= state.cutoff or state.is_integral(point.values):
            self.prune(point.bound)
            return None
        self._number += 1
        reduced = np.zeros(len(child.lower)) if point.duals is None else state.reduced_costs(point.duals)
        values = point.values[state.formulation.integers]
        node = Node(point.bound, self._number, child.lower, child.upper, values, reduced, point.proven, point.basis)
        heapq.heappush(self._open, node)
        return node

    def pop(self) -> Node:
        """Takes the open node with the least bound."""
        return heapq.heappop(self._open)

    def remove(self, node: Node) -> None:
        """Takes an open node."""
        self._open.remove(node)
        heapq.heapify(self._open)

    def prune(self, bound: float) -> None:
        """Notes the bound of what is left unexplored because no plan there is worth finding."""
        self._pruned_bound = min(self._pruned_bound, bound)

    def best_estimate(self) -> Node | None:
        """The node in which a plan is estimated to cost least, where the strategy is whole and none was sought yet."""
        cutoff = self._state.cutoff
        nodes = [n for n in self._open if n.is_strategy_integral and not n.was_dived and n.bound < cutoff]
        return min(nodes, key=lambda node: (node.estimate, node.number), default=None)
