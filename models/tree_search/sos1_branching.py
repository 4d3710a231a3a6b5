"""Branching where each linear program takes seconds: on the strategy alone, and on halves of special ordered sets.

A row that lets at most one of its columns be 1 is a special ordered set (SOS1). One branch forbids the first part of
it, the other one the second, so that a choice among forty periods takes six branches where single columns take forty.
"""

from __future__ import annotations

import numpy as np

from models.program import Floats, Ints
from models.tree_search.branching_guide import Priority
from models.tree_search.extended_formulation import ExtendedFormulation
from models.tree_search.node_queue import EvaluatedChild, IntegerBounds, Node, NodeQueue
from models.tree_search.search_state import INTEGRALITY_TOLERANCE, SearchState


class Sos1Branching:
    """The branching rule: both sides of a node are evaluated, each from the node's own basis."""

    def __init__(self, state: SearchState, sets: StrategySets) -> None:
        self._state, self._sets = state, sets

    def children(self, node: Node, queue: NodeQueue) -> list[EvaluatedChild] | None:
        """Returns the evaluated sides; None where the strategy is whole."""
        sides = self._sets.sides(node.lower, node.upper, node.values)
        if sides is None:
            return None
        state, found = self._state, []
        for lower, upper in sides:
            if state.is_finished:
                queue.prune(node.bound)
                break
            state.lp.restore_basis(node.basis)
            point = state.solve(*state.formulation.column_bounds(lower, upper), node.bound)
            if point.values is not None and state.is_integral(point.values):
                state.accept_rounded(point.values)
            found.append(EvaluatedChild(point, lower, upper))
        return found

    def prepare(self, node: Node, queue: NodeQueue) -> None:
        """Does nothing: these nodes are chosen by their bounds alone."""


class StrategySets:
    """The columns of the strategy by position among the integer columns, and the special ordered sets among them."""

    def __init__(self, formulation: ExtendedFormulation, sos1_rows: Ints) -> None:
        self._columns = np.flatnonzero(formulation.priority == Priority.STRATEGY)
        self._is_sum = ~formulation.is_original[self._columns]
        program, sets = formulation.program, []
        for row in sos1_rows.tolist():
            columns = program.columns[program.starts[row] : program.starts[row + 1]]
            columns = columns[columns < formulation.original_count]
            if len(columns) > 1 and program.is_integer[columns].all():
                sets.append(np.searchsorted(formulation.integers, columns))
        self._sets = sets

    def sides(self, lower: Floats, upper: Floats, values: Floats) -> tuple[IntegerBounds, IntegerBounds] | None:
        """Returns two parts that hold all whole plans between them; None where the strategy is whole.

        Sums (to take any of a set, or none) come first, then the set that is split most evenly.
        """
        apart = self._fractionality(values)
        if not apart.any():
            return None
        sums = np.flatnonzero((apart > INTEGRALITY_TOLERANCE) & self._is_sum)
        if len(sums):
            return _both_sides(lower, upper, values, int(self._columns[sums[np.argmax(apart[sums])]]))
        best, halves = INTEGRALITY_TOLERANCE, None
        for members in self._sets:
            taken = np.cumsum(values[members])
            smaller_half = np.minimum(taken[:-1], taken[-1] - taken[:-1])
            at = int(np.argmax(smaller_half))
            if smaller_half[at] > best:
                best, halves = float(smaller_half[at]), (members[: at + 1], members[at + 1 :])
        if halves is None:
            return _both_sides(lower, upper, values, int(self._columns[np.argmax(apart)]))
        first, second = (_forbidden(upper, half) for half in halves)
        return (lower, first), (lower, second)

    def roundings(self, lower: Floats, upper: Floats, values: Floats) -> list[IntegerBounds]:
        """Returns bounds to try in turn, each closer to a whole strategy; none where it is whole."""
        apart = self._fractionality(values)
        if not apart.any():
            return []
        sums = self._columns[(apart > 0.0) & self._is_sum]
        if len(sums):
            low, high = lower.copy(), upper.copy()
            low[sums] = high[sums] = np.rint(values[sums])
            nearest = int(sums[np.argmin(np.abs(values[sums] - np.rint(values[sums])))])
            near = np.rint(values[nearest])
            far = np.floor(values[nearest]) + np.ceil(values[nearest]) - near
            return [(low, high), _fixed(lower, upper, nearest, near), _fixed(lower, upper, nearest, far)]
        fractional = self._columns[apart > 0.0]
        greatest = int(fractional[np.argmax(values[fractional])])
        return [_fixed(lower, upper, greatest, end) for end in (np.ceil(values[greatest]), np.floor(values[greatest]))]

    def _fractionality(self, values: Floats) -> Floats:
        """How far from whole each column of the strategy is; 0 within the tolerance."""
        part = values[self._columns]
        apart: Floats = np.abs(part - np.rint(part))
        return np.where(apart > INTEGRALITY_TOLERANCE, apart, 0.0)


def _both_sides(lower: Floats, upper: Floats, values: Floats, column: int) -> tuple[IntegerBounds, IntegerBounds]:
    below, above = np.floor(values[column]), np.ceil(values[column])
    return _fixed(lower, upper, column, below), _fixed(lower, upper, column, above)


def _fixed(lower: Floats, upper: Floats, column: int, value: float) -> IntegerBounds:
    low, high = lower.copy(), upper.copy()
    low[column] = high[column] = value
    return low, high


def _forbidden(upper: Floats, members: Ints) -> Floats:
    found = upper.copy()
    found[members] = np.minimum(found[members], 0.0)
    return found
