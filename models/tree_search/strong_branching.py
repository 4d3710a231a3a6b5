"""Branching where linear programs are fast: strong branching on few candidates, pseudo-costs for the rest.

Both children of a candidate are solved until its column has been tried `RELIABLE_FROM` times; after that its
pseudo-costs stand for what they will cost (reliability branching). Before a node is branched on, its columns are fixed
by their reduced costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints
from models.tree_search.branching_guide import Priority
from models.tree_search.node_queue import EvaluatedChild, IntegerBounds, Node, NodeQueue
from models.tree_search.search_state import INTEGRALITY_TOLERANCE, LpPoint, SearchState

MAX_CANDIDATES = 4
"""At most this many columns are tried at a node; six made most cases slower (decision 0007)."""
RELIABLE_FROM = 1
"""After so many trials of a column its pseudo-costs are relied on: lots are many, and each is branched on seldom."""
LOOKAHEAD = 2
"""A node's trials end after this many that did not beat the best one; other numbers were no better (decision 0010)."""
RETRY_FACTOR = 4.0
"""A reliable column is tried again where it promises this many times the best score at the node (decision 0007)."""
MIN_SCORE = 0.03
"""A column is not tried where it promises less than this share of the best score at the node (decision 0009)."""
TOTALS_FROM = 5
"""Running totals of lots are tried once so many nodes were branched on: small trees end before then (decision 0010)."""
LIKELY_CHOICE = 0.8
"""Where a sum is one choice alone, that choice is tried from this value on, and the sum below it (decision 0009)."""
FAR_ITERATIONS = 50
"""After a program of more iterations than this, the next one starts from the node's own basis (decision 0009)."""
OPEN_GAIN = 0.01
"""Without an incumbent, gains count up to this share of the bound: beyond, a child is as good as closed."""
_MIN_GAIN = 1e-6
"""A gain of zero on one side must not hide the other side's in the product of both."""
_MIN_REDUCED_COST = 1e-9
_MAX_ROOM = 1e9
_TIE_BREAK = 1e-12
"""Among equal scores the most fractional column goes first."""


@dataclass
class Split:
    """A column branched on at a value, its score, and the points of both sides."""

    column: int
    score: float
    below: LpPoint
    above: LpPoint


class StrongBranching:
    """The branching rule and its pseudo-costs; columns are positions among the integer columns."""

    def __init__(self, state: SearchState, pseudo_costs: Floats | None = None) -> None:
        self._state = state
        self._formulation = state.formulation
        size = len(self._formulation.integers)
        self.gains = np.zeros((2, size))
        """By side (below, above) and column: the sum of what a unit has added to the bound in all trials."""
        self.trials = np.zeros((2, size), dtype=np.int64)
        if pseudo_costs is not None and pseudo_costs.shape == self.gains.shape:
            # Each counts as one trial, so that what is learned here soon outweighs what a neighbour has learned.
            known = np.isfinite(pseudo_costs)
            self.gains[known], self.trials[known] = pseudo_costs[known], 1
        self._is_total = ~self._formulation.is_original & (self._formulation.priority == Priority.LOT_SIZE)

    @property
    def pseudo_costs(self) -> Floats:
        """What a unit has added to the bound, by side and column; not a number where that was not tried."""
        return np.where(self.trials > 0, self.gains / np.maximum(self.trials, 1), np.nan)

    def children(self, node: Node, queue: NodeQueue) -> list[EvaluatedChild] | None:
        """Returns the evaluated sides of the best candidate; None where nothing is fractional."""
        self._fix_by_reduced_cost(node, queue)
        split = self._select_split(node, queue.branched)
        if split is None:
            return None
        sides = zip((split.below, split.above), _sides(node, split.column), strict=True)
        return [EvaluatedChild(point, *bounds) for point, bounds in sides]

    def prepare(self, node: Node, queue: NodeQueue) -> None:
        """Estimates what a plan in the node costs, where its strategy is whole."""
        columns = self.fractional(node, queue.branched)
        priority = self._formulation.priority
        node.is_strategy_integral = len(columns) == 0 or int(priority[columns].max()) <= Priority.CHOICE
        if node.is_strategy_integral:
            # Bases are large, and details are branched on near where the last program ended.
            node.basis = None
            part = node.values[columns] - np.floor(node.values[columns])
            below, above = self._pseudo_costs(columns)
            node.estimate = node.bound + float(np.minimum(below * part, above * (1.0 - part)).sum())

    def _fix_by_reduced_cost(self, node: Node, queue: NodeQueue) -> None:
        """Takes from a node the values that its own duals prove to be in no plan below the cutoff."""
        cutoff, formulation = self._state.cutoff, self._formulation
        if not np.isfinite(cutoff) or not np.isfinite(node.proven):
            return
        size = np.abs(node.reduced_costs)
        room = np.minimum((cutoff - node.proven) / np.maximum(size, _MIN_REDUCED_COST), _MAX_ROOM)
        room = np.floor(room + INTEGRALITY_TOLERANCE)
        # From the bounds that the proof has used.
        low = np.maximum(node.lower, formulation.dual_bounds.lower[formulation.integers])
        high = np.minimum(node.upper, formulation.dual_bounds.upper[formulation.integers])
        upper = np.where(node.reduced_costs > _MIN_REDUCED_COST, np.minimum(node.upper, low + room), node.upper)
        lower = np.where(node.reduced_costs < -_MIN_REDUCED_COST, np.maximum(node.lower, high - room), node.lower)
        if (upper < node.upper).any() or (lower > node.lower).any():
            node.lower, node.upper = lower, upper
            queue.prune(cutoff)

    def fractional(self, node: Node, branched: int) -> Ints:
        """Returns the columns to branch on: those of the strategy that are fractional, or else all that are.

        `branched` is the number of nodes that were branched on so far.
        """
        has_totals = branched >= TOTALS_FROM
        if node.fractional is None or node.fractional[0] != has_totals:
            node.fractional = has_totals, self._fractional(node, has_totals=has_totals)
        return node.fractional[1]

    def _fractional(self, node: Node, *, has_totals: bool) -> Ints:
        formulation = self._formulation
        is_fractional = np.abs(node.values - np.rint(node.values)) > INTEGRALITY_TOLERANCE
        priority = np.where(is_fractional, formulation.priority, Priority.NONE)
        if not has_totals and (is_fractional & ~self._is_total).any():
            priority[self._is_total] = Priority.NONE
        choice, total = formulation.sos1_members.T
        # A choice that its sum consists of alone says the same as the sum.
        is_same = np.abs(node.values[choice] - node.values[total]) <= INTEGRALITY_TOLERANCE
        is_same &= is_fractional[total] & is_fractional[choice]
        is_likely = node.values[total] >= LIKELY_CHOICE
        priority[total[is_same & is_likely]] = priority[choice[is_same & ~is_likely]] = Priority.NONE
        top = int(priority.max(initial=Priority.NONE))
        if top == Priority.NONE:
            return np.empty(0, dtype=np.int64)
        # All below the strategy are weighed against each other: any may be what keeps the bound down.
        return np.flatnonzero(priority >= top if top > Priority.CHOICE else priority > Priority.NONE)

    def _select_split(self, node: Node, branched: int) -> Split | None:
        """Returns the split of the best score; None where nothing is fractional."""
        columns = self.fractional(node, branched)
        part = node.values[columns] - np.floor(node.values[columns])
        scores = self._scores(columns, part)
        best: Split | None = None
        misses = 0
        for at in np.lexsort((columns, -scores))[:MAX_CANDIDATES].tolist():
            column = int(columns[at])
            enough = RETRY_FACTOR if self.trials[:, column].min() >= RELIABLE_FROM else MIN_SCORE
            if best is not None and scores[at] <= enough * best.score:
                continue
            split = self._evaluate_split(node, column)
            if best is None or split.score > best.score:
                best, misses = split, 0
            else:
                misses += 1
            if misses >= LOOKAHEAD or self._state.stop is not None:
                break
            if min(split.below.bound, split.above.bound) >= self._state.cutoff:
                return split
        return best

    def _scores(self, columns: Ints, part: Floats) -> Floats:
        """The product of what both sides are expected to add to the bound."""
        pseudo_costs = self._pseudo_costs(columns)
        below, above = pseudo_costs[0] * part, pseudo_costs[1] * (1.0 - part)
        product: Floats = np.maximum(below, _MIN_GAIN) * np.maximum(above, _MIN_GAIN)
        return product + _TIE_BREAK * np.minimum(part, 1.0 - part)

    def _pseudo_costs(self, columns: Ints) -> Floats:
        """What a unit less, and one more, of each column is expected to add; new columns get the mean of like ones."""
        is_known, priority = self.trials > 0, self._formulation.priority
        # Strategies move the bound by more than all else: they say nothing of capacity and lots.
        top = max(int(priority[columns].max(initial=Priority.NONE)), Priority.CHOICE)
        chosen = is_known & (priority <= top) & ~self._is_total
        mean = np.repeat(self._mean_gain(chosen)[:, None], len(columns), axis=1)
        is_total = self._is_total[columns]
        if is_total.any():
            tried = is_known & self._is_total
            chosen = tried if tried.any() else is_known & (priority == Priority.LOT_SIZE)
            mean[:, is_total] = self._mean_gain(chosen)[:, None]
        gains, trials = self.gains[:, columns], self.trials[:, columns]
        found: Floats = np.where(trials > 0, gains / np.maximum(trials, 1), mean)
        return found

    def _mean_gain(self, chosen: np.ndarray) -> Floats:
        found: Floats = (self.gains * chosen).sum(axis=1) / np.maximum((self.trials * chosen).sum(axis=1), 1)
        return found

    def _evaluate_split(self, node: Node, column: int) -> Split:
        state, points = self._state, []
        for low, high in _sides(node, column):
            if low[column] > high[column]:
                # No plan below the cutoff is there: that is why the column was fixed.
                points.append(LpPoint(max(node.bound, state.cutoff)))
                continue
            if state.last_iterations > FAR_ITERATIONS:
                state.lp.restore_basis(node.basis)
            points.append(state.solve(*self._formulation.column_bounds(low, high), node.bound))
            values = points[-1].values
            if values is not None and state.is_integral(values):
                state.accept_rounded(values)
        gains = [min(point.bound, self._enough(node)) - node.bound for point in points]
        part = node.values[column] - np.floor(node.values[column])
        for side, distance in ((0, part), (1, 1.0 - part)):
            self.gains[side, column] += gains[side] / max(distance, INTEGRALITY_TOLERANCE)
            self.trials[side, column] += 1
        return Split(column, max(gains[0], _MIN_GAIN) * max(gains[1], _MIN_GAIN), points[0], points[1])

    def _enough(self, node: Node) -> float:
        """The bound that closes a child: a greater one is worth nothing."""
        cutoff = self._state.cutoff
        return cutoff if np.isfinite(cutoff) else node.bound + OPEN_GAIN * max(1.0, abs(node.bound))


def _sides(node: Node, column: int) -> tuple[IntegerBounds, IntegerBounds]:
    """The bounds of a node below and above a column's value; where the column was fixed, one side may be crossed."""
    floor = np.floor(node.values[column])
    upper, lower = node.upper.copy(), node.lower.copy()
    upper[column], lower[column] = min(upper[column], floor), max(lower[column], floor + 1.0)
    return (node.lower, upper), (lower, node.upper)
