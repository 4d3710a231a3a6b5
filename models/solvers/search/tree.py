"""The tree over the integers: the part with the least bound is split next, on the column that proves most.

Both children of each candidate are solved (strong branching) until its column has been tried `TRUSTED` times; after
that what it cost to move it so far stands for what it will cost. Before a part is split, its columns are held where its
duals prove that no plan worth having goes further.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from models.program import Floats, Ints
from models.solvers.search.guide import Rank
from models.solvers.search.relaxation import Place
from models.solvers.search.state import WHOLE, Point, State

CANDIDATES = 4
"""At most this many columns are tried at a node."""
TRUSTED = 1
PATIENCE = 2
"""A node's trials end after this many that did not beat the best one."""
EAGER = 4.0
"""A column that was tried already is tried again where it promises this many times the best score at the node."""
HOPELESS = 0.03
"""A column is not tried where it promises less than this share of the best score at the node."""
SUMS_FROM = 5
"""Running totals of lots are tried once the tree has this many nodes: a small one is done before they are known."""
LIKELY = 0.8
"""Where a sum is one choice alone, that choice is tried from this value on, and the sum below it."""
FAR = 50
"""After a program that took more steps than this, the next one begins where the part's own program ended."""
_LEAST_GAIN = 1e-6
_LEAST_SLOPE = 1e-9
_FARTHEST = 1e9
_TIE = 1e-12


@dataclass(order=True)
class Node:
    """A part of the tree: its bound, and bounds and values of the columns that must be whole.

    Each unit by which a column leaves its bound adds its `slope` to `proven`, a bound of the part. `mark` is where its
    program ended, kept while its strategy is not whole. A plan in it seems to cost about `estimate`.
    """

    bound: float
    number: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    values: Floats = field(compare=False)
    slope: Floats = field(compare=False)
    proven: float = field(compare=False)
    mark: Place | None = field(compare=False)
    is_settled: bool = field(compare=False, default=False)
    """True where the strategy is whole: only choices, modules and lots are left."""
    estimate: float = field(compare=False, default=np.inf)
    was_dived: bool = field(compare=False, default=False)


@dataclass
class Split:
    """A column split at a value, and the two points that come of it."""

    column: int
    score: float
    below: Point
    above: Point


class Tree:
    """All parts of the search that are still open."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._form = state.form
        self._open: list[Node] = []
        self._number = 0
        self._left = np.inf
        """The least bound of the parts that were left because no plan there is worth having."""
        size = len(self._form.whole)
        self._gain = np.zeros((2, size))
        self._tries = np.zeros((2, size), dtype=np.int64)
        self._is_sum = ~self._form.own & (self._form.rank == Rank.LOT)
        self.nodes = 0

    @property
    def bound(self) -> float:
        """What is proven of every plan that has not been found."""
        return min(self._open[0].bound if self._open else np.inf, self._left)

    @property
    def best(self) -> Node | None:
        """The open part with the least bound."""
        return self._open[0] if self._open else None

    def root(self) -> Point:
        """Solves the whole program and opens the tree."""
        point = self._state.solve(self._form.lower, self._form.upper, -np.inf)
        if point.values is not None and self._state.is_whole(point.values):
            self._state.settle(point.values)
        self._take(point, self._form.lower[self._form.whole], self._form.upper[self._form.whole])
        return point

    def split_best(self) -> None:
        """Splits the open part with the least bound."""
        self._split(heapq.heappop(self._open))

    def plunge(self) -> None:
        """Splits the open part with the least bound and goes on with the better child until there is none."""
        node: Node | None = heapq.heappop(self._open)
        while node is not None:
            children = self._split(node)
            node = min(children) if children and not self._state.is_done else None
            if node is not None:
                self._open.remove(node)
                heapq.heapify(self._open)

    def _split(self, node: Node) -> list[Node]:
        """Splits a part and returns those children that stay open."""
        if node.bound >= self._state.worth:
            self._left = min(self._left, node.bound)
            return []
        self.nodes += 1
        self._narrow(node)
        chosen = self._chosen(node)
        if chosen is None:
            self._left = min(self._left, node.bound)
            return []
        children = []
        for point, side in zip((chosen.below, chosen.above), _sides(node, chosen.column), strict=True):
            child = self._take(point, *side)
            if child is not None:
                children.append(child)
        return children

    def _narrow(self, node: Node) -> None:
        """Takes from a part what its own duals prove to hold no plan worth having."""
        worth, form = self._state.worth, self._form
        if not np.isfinite(worth) or not np.isfinite(node.proven):
            return
        size = np.abs(node.slope)
        room = np.floor(np.minimum((worth - node.proven) / np.maximum(size, _LEAST_SLOPE), _FARTHEST) + WHOLE)
        # From where the proof has put each column.
        low = np.maximum(node.lower, form.proofs.lower[form.whole])
        high = np.minimum(node.upper, form.proofs.upper[form.whole])
        upper = np.where(node.slope > _LEAST_SLOPE, np.minimum(node.upper, low + room), node.upper)
        lower = np.where(node.slope < -_LEAST_SLOPE, np.maximum(node.lower, high - room), node.lower)
        if (upper < node.upper).any() or (lower > node.lower).any():
            node.lower, node.upper = lower, upper
            self._left = min(self._left, worth)

    def likeliest(self) -> Node | None:
        """The open part of a settled strategy in which a plan seems to cost least, of those that none was sought in."""
        worth = self._state.worth
        parts = [node for node in self._open if node.is_settled and not node.was_dived and node.bound < worth]
        return min(parts, key=lambda node: (node.estimate, node.number), default=None)

    def fractional(self, node: Node) -> Ints:
        """Returns the positions of whole columns whose values at a node are not: of the strategy, or else all."""
        apart = np.abs(node.values - np.rint(node.values)) > WHOLE
        rank = np.where(apart, self._form.rank, Rank.NONE)
        if self.nodes < SUMS_FROM and (apart & ~self._is_sum).any():
            rank[self._is_sum] = Rank.NONE
        part, ever = self._form.members.T
        alone = apart[ever] & apart[part] & (np.abs(node.values[part] - node.values[ever]) <= WHOLE)
        likely = node.values[ever] >= LIKELY
        rank[ever[alone & likely]] = rank[part[alone & ~likely]] = Rank.NONE
        top = int(rank.max(initial=Rank.NONE))
        if top == Rank.NONE:
            return np.empty(0, dtype=np.int64)
        # All below the strategy are weighed against each other: any may be what keeps the bound down.
        return np.flatnonzero(rank >= top if top > Rank.CHOICE else rank > Rank.NONE)

    def _take(self, point: Point, lower: Floats, upper: Floats) -> Node | None:
        if point.values is None or point.bound >= self._state.worth or self._state.is_whole(point.values):
            self._left = min(self._left, point.bound)
            return None
        self._number += 1
        slope = np.zeros(len(lower)) if point.duals is None else self._state.slopes(point.duals)
        values = point.values[self._form.whole]
        node = Node(point.bound, self._number, lower, upper, values, slope, point.proven, point.mark)
        columns = self.fractional(node)
        node.is_settled = len(columns) == 0 or int(self._form.rank[columns].max()) <= Rank.CHOICE
        if node.is_settled:
            node.mark = None
            part = values[columns] - np.floor(values[columns])
            below, above = self._unit(columns)
            node.estimate = node.bound + float(np.minimum(below * part, above * (1.0 - part)).sum())
        heapq.heappush(self._open, node)
        return node

    def _chosen(self, node: Node) -> Split | None:
        """Returns the split that proves most; None where the node has turned out to hold nothing."""
        columns = self.fractional(node)
        part = node.values[columns] - np.floor(node.values[columns])
        expected = self._expected(columns, part)
        best: Split | None = None
        misses = 0
        for at in np.lexsort((columns, -expected))[:CANDIDATES].tolist():
            column = int(columns[at])
            enough = EAGER if self._tries[:, column].min() >= TRUSTED else HOPELESS
            if best is not None and expected[at] <= enough * best.score:
                continue
            split = self._tried(node, column)
            if best is None or split.score > best.score:
                best, misses = split, 0
            else:
                misses += 1
            if misses >= PATIENCE or self._state.stop is not None:
                break
            if min(split.below.bound, split.above.bound) >= self._state.worth:
                return split
        return best

    def _expected(self, columns: Ints, part: Floats) -> Floats:
        """The product of what both sides are expected to add to the bound."""
        unit = self._unit(columns)
        below, above = unit[0] * part, unit[1] * (1.0 - part)
        found: Floats = np.maximum(below, _LEAST_GAIN) * np.maximum(above, _LEAST_GAIN) + _TIE * np.minimum(
            part, 1.0 - part
        )
        return found

    def _unit(self, columns: Ints) -> Floats:
        """What a unit less, and one more, of each column is expected to add; new columns stand in the middle."""
        known = self._tries > 0
        # Strategies move the bound by more than all else: they say nothing of modules and lots.
        alike = known & (self._form.rank <= max(int(self._form.rank[columns].max(initial=Rank.NONE)), Rank.CHOICE))
        mean = np.repeat(self._mean(alike & ~self._is_sum)[:, None], len(known[0]), axis=1)
        if self._is_sum.any():
            tried = known & self._is_sum
            like = tried if tried.any() else known & (self._form.rank == Rank.LOT)
            mean[:, self._is_sum] = self._mean(like)[:, None]
        found: Floats = np.where(known, self._gain / np.maximum(self._tries, 1), mean)[:, columns]
        return found

    def _mean(self, alike: np.ndarray) -> Floats:
        found: Floats = (self._gain * alike).sum(axis=1) / np.maximum((self._tries * alike).sum(axis=1), 1)
        return found

    def _tried(self, node: Node, column: int) -> Split:
        points = []
        for low, high in _sides(node, column):
            if low[column] > high[column]:
                # Nothing there is worth having: that is why the part was narrowed.
                points.append(Point(max(node.bound, self._state.worth)))
                continue
            if self._state.last_steps > FAR:
                self._state.relaxation.go_back(node.mark)
            points.append(self._state.solve(*self._form.bounds(low, high), node.bound))
            values = points[-1].values
            if values is not None and self._state.is_whole(values):
                self._state.settle(values)
        gains = [min(point.bound, self._most(node)) - node.bound for point in points]
        part = node.values[column] - np.floor(node.values[column])
        for side, moved in ((0, part), (1, 1.0 - part)):
            self._gain[side, column] += gains[side] / max(moved, WHOLE)
            self._tries[side, column] += 1
        return Split(column, max(gains[0], _LEAST_GAIN) * max(gains[1], _LEAST_GAIN), points[0], points[1])

    def _most(self, node: Node) -> float:
        """Beyond what closes a part, a greater bound is worth nothing."""
        worth = self._state.worth
        return worth if np.isfinite(worth) else node.bound + 0.01 * max(1.0, abs(node.bound))


def _sides(node: Node, column: int) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """The bounds of a part below and above where a column stands; of a narrowed part, one of them may be crossed."""
    floor = np.floor(node.values[column])
    upper, lower = node.upper.copy(), node.lower.copy()
    upper[column], lower[column] = min(upper[column], floor), max(lower[column], floor + 1.0)
    return (node.lower, upper), (lower, node.upper)
