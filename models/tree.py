"""The scenario tree: which periods in which histories there are, and who precedes whom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.outcome import ModelError
from models.program import Floats, Ints


@dataclass(frozen=True, eq=False)
class Tree:
    """Nodes in order of their periods, parents before children.

    `period[n]`, `parent[n]` (−1 at the root), `probability[n]`, and `future[n]`: the number of one future that
    passes through the node. All futures that pass through a node agree on all that is known there.
    """

    period: Ints
    parent: Ints
    probability: Floats
    future: Ints

    def __post_init__(self) -> None:
        if (self.parent >= np.arange(len(self.parent))).any():
            msg = "a node of the tree stands before its parent"
            raise ModelError(msg)
        sums = np.bincount(self.period, weights=self.probability)
        if (np.abs(sums - 1.0) > 1e-9).any():
            at = int(np.argmax(np.abs(sums - 1.0)))
            msg = f"the probabilities of the nodes of period {at} sum to {sums[at]:.9g}, not to 1"
            raise ModelError(msg)

    def __len__(self) -> int:
        return len(self.period)

    @property
    def periods(self) -> int:
        """The number of periods."""
        return int(self.period[-1]) + 1

    @property
    def is_line(self) -> bool:
        """True when there is one history only."""
        return len(self) == self.periods

    @property
    def leaves(self) -> Ints:
        """The nodes of the last period."""
        return np.flatnonzero(self.period == self.periods - 1)

    @cached_property
    def pairs(self) -> Pairs:
        """Every node with each of its ancestors, itself included."""
        first: list[Ints] = []
        ancestors: list[Ints] = []
        for node, parent in enumerate(self.parent):
            above = ancestors[parent] if parent >= 0 else np.empty(0, np.int64)
            ancestors.append(np.append(above, node))
            first.append(ancestors[-1])
        counts = np.array([len(found) for found in first])
        return Pairs(np.concatenate(first), np.repeat(np.arange(len(self)), counts))

    @cached_property
    def parent_pair(self) -> Ints:
        """For each of `pairs`, the number of the pair with the node's parent; −1 where there is none."""
        pairs = self.pairs
        above = self._first_pair[np.maximum(self.parent[pairs.last], 0)] + self.period[pairs.first]
        return np.where(pairs.first == pairs.last, -1, above)

    @cached_property
    def pairs_after(self) -> tuple[Ints, Ints]:
        """Every pair of nodes with each node from its last one on: numbers of pairs, and the nodes."""
        pairs, start = self.pairs, self._first_pair
        count = self.period[pairs.first] + 1
        offset = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(start[pairs.first], count) + offset, np.repeat(pairs.last, count)

    @cached_property
    def _first_pair(self) -> Ints:
        """By node: the number of its pair with the root; those with later ancestors follow."""
        start = np.zeros(len(self), dtype=np.int64)
        start[1:] = np.cumsum(self.period + 1)[:-1]
        return start

    def pair_number(self, first: Ints, last: Ints) -> Ints:
        """Returns the numbers of pairs of an ancestor and a node."""
        return np.asarray(self._first_pair[last] + self.period[first])

    def age(self, pairs: Pairs) -> Ints:
        """Returns the periods from the first to the last node of each pair."""
        return self.period[pairs.last] - self.period[pairs.first]

    def ancestor_at(self, period: Ints) -> Ints:
        """Returns, for each node, its ancestor (or itself) in the given period; −1 where there is none."""
        found = np.where(self.period >= period, np.arange(len(self)), -1)
        moving = (found >= 0) & (self.period > period)
        while moving.any():
            found[moving] = self.parent[found[moving]]
            moving = (found >= 0) & (self.period[np.maximum(found, 0)] > period)
        return np.where(period >= 0, found, -1)

    def paths(self) -> list[Ints]:
        """Returns the nodes from the root to each leaf, leaf by leaf."""
        found = []
        for leaf in self.leaves:
            path = [int(leaf)]
            while self.parent[path[-1]] >= 0:
                path.append(int(self.parent[path[-1]]))
            found.append(np.array(path[::-1]))
        return found

    @cached_property
    def futures_through(self) -> tuple[tuple[int, ...], ...]:
        """The futures that pass through each node, in the order of their leaves."""
        found: list[list[int]] = [[] for _ in range(len(self))]
        for path in self.paths():
            for node in path:
                found[node].append(int(self.future[path[-1]]))
        return tuple(tuple(futures) for futures in found)

    def with_futures_in(self, order: Sequence[int]) -> tuple[Tree, Ints]:
        """Returns the tree with its futures numbered in another order, and by node of it which node it is here."""
        place = {future: number for number, future in enumerate(order)}
        first = [min(place[future] for future in futures) for futures in self.futures_through]
        nodes = np.array(sorted(range(len(self)), key=lambda node: (self.period[node], first[node])), dtype=np.int64)
        number = np.empty(len(self), dtype=np.int64)
        number[nodes] = np.arange(len(self))
        parent = np.where(self.parent[nodes] >= 0, number[self.parent[nodes]], -1)
        return Tree(self.period[nodes], parent, self.probability[nodes], np.array(first)[nodes]), nodes

    @property
    def stages(self) -> Ints:
        """By period: the stage, from 1; one more whenever futures are distinguished."""
        return 1 + np.concatenate([[0], np.cumsum(np.diff(np.bincount(self.period)) > 0)])


@dataclass(frozen=True, eq=False)
class Pairs:
    """Nodes with an ancestor each: `first[i]` is the ancestor, `last[i]` the node."""

    first: Ints
    last: Ints

    def select(self, mask: np.ndarray) -> Pairs:
        """Returns the pairs inside a mask."""
        return Pairs(self.first[mask], self.last[mask])


def line(periods: int) -> Tree:
    """Returns the tree with one history."""
    steps = np.arange(periods)
    return Tree(steps, steps - 1, np.ones(periods), np.zeros(periods, np.int64))


def branching(periods: int, probability: Sequence[float], revealed: Sequence[int]) -> Tree:
    """Returns a tree of several futures, each distinguished from the others from its period `revealed` on.

    Before it is revealed, a future shares the nodes of the futures that are not revealed yet either. A future
    that is revealed in period 0 has a root of its own only if all are; so one of the nodes of period 0 stands
    for all the others. Raises ModelError where that would give several roots.
    """
    reveal = np.asarray(revealed)
    if (reveal < 1).any() and len(reveal) > 1:
        msg = "a future is revealed in the first period: decisions of that period would differ between futures"
        raise ModelError(msg)
    groups = []
    for t in range(periods):
        unknown = tuple(int(future) for future in np.flatnonzero(reveal > t))
        alone = [(int(future),) for future in np.flatnonzero(reveal <= t)]
        groups.append([unknown, *alone] if unknown else alone)
    return grown(groups, probability)


def grown(groups: Sequence[Sequence[Sequence[int]]], probability: Sequence[float]) -> Tree:
    """Returns the tree whose nodes in each period are groups of futures that cannot be distinguished there.

    Groups of a period are parts of those of the period before. Raises ModelError where there are several roots.
    """
    if len(groups[0]) > 1:
        msg = f"there are {len(groups[0])} groups of futures in the first period; a tree has one root"
        raise ModelError(msg)
    weights = np.asarray(probability, dtype=float)
    period: list[int] = []
    parent: list[int] = []
    chance: list[float] = []
    future: list[int] = []
    node_of = np.full(len(weights), -1)
    for t, of_period in enumerate(groups):
        for group in of_period:
            members = list(group)
            parent.append(int(node_of[members[0]]))
            period.append(t)
            # Exactly rounded, so that it does not depend on the order of futures.
            chance.append(math.fsum(weights[members]))
            future.append(members[0])
            node_of[members] = len(period) - 1
    return Tree(np.array(period), np.array(parent), np.array(chance), np.array(future))
