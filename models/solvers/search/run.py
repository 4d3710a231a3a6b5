"""One search from start to end: what is proven and what is found take turns."""

from __future__ import annotations

import numpy as np

from models.program import Floats
from models.solvers.search.aside import Aside, Attempt
from models.solvers.search.guide import Rank
from models.solvers.search.plans import Windows, dive, take_hint
from models.solvers.search.state import State
from models.solvers.search.tree import Node, Tree

SHARE, SHARE_WHEN_NEAR = 0.4, 0.15
"""In turn, once there is a plan, at most this share of all programs goes into better ones; less after a good hint."""
NEAR_GAPS = 3.0
"""With a hint that lies within this many gaps of the bound the search begins with proving."""
TURNS = 2
"""Of this many attempts in vain at a better plan one is a dive, the others search windows; after a success: a dive."""


def run(state: State, hint: Floats | None = None, aside: Aside | None = None) -> Tree:
    """Searches until the gap is closed, the linear programs are used up, or someone ends it; returns the tree.

    With `aside` better plans are looked for while the tree goes on; without, the two take turns.
    """
    tree = Tree(state)
    tree.root()
    state.prove(tree.bound)
    if tree.best is None:
        return tree
    if hint is not None:
        take_hint(state, hint)
    plans = Plans(state, tree, aside)
    try:
        while tree.best is not None and not state.is_done:
            if not plans.improved():
                tree.split_best()
            state.prove(tree.bound)
    finally:
        plans.end()
    state.prove(tree.bound)
    return tree


class Plans:
    """Decides when a better plan is looked for, and how."""

    def __init__(self, state: State, tree: Tree, aside: Aside | None) -> None:
        self._state, self._tree, self._aside = state, tree, aside
        self._windows = Windows(state)
        self._turn, self._dived_at, self._spent = 0, -1, 0
        is_far = state.plan is None or state.cost - state.bound > NEAR_GAPS * (state.cost - state.worth)
        self._share = SHARE if is_far else SHARE_WHEN_NEAR

    def improved(self) -> bool:
        """Looks for a better plan where it is time to; True where the search itself has done so.

        Aside, this only begins an attempt or takes what one has found.
        """
        if self._aside is None:
            return self._in_turn()
        side = self._aside.due(self._state.effort)
        if side is not None:
            self._taken(side)
        if self._aside.is_free and (attempt := self._attempt()) is not None:
            self._aside.begin(self._state, attempt)
        return False

    def end(self) -> None:
        """Leaves an attempt that is still under way."""
        if self._aside is not None and (side := self._aside.leave()) is not None:
            self._state.steps += side.steps

    def _in_turn(self) -> bool:
        state = self._state
        if state.plan is not None and self._spent >= self._share * state.programs:
            return False
        attempt = self._attempt()
        if attempt is None:
            return False
        before, cost = state.programs, state.cost
        attempt(state)
        self._turn = 0 if state.cost < cost else self._turn + 1
        self._spent += state.programs - before
        return True

    def _taken(self, side: State) -> None:
        state, cost = self._state, self._state.cost
        state.steps += side.steps
        state.stop = state.stop or side.stop
        if side.plan is not None:
            state.found(side.plan)
        self._turn = 0 if state.cost < cost else self._turn + 1

    def _attempt(self) -> Attempt | None:
        """The next way to a better plan; None where there is none before the tree has gone on."""
        state, node = self._state, self._tree.best
        if node is None or not _is_settled(state, self._tree, node):
            return None
        may_dive = node.number != self._dived_at
        if may_dive and (self._windows.is_idle(state) or self._turn % TURNS == 0):
            self._dived_at = node.number
            lower, upper = _bounds(state, node)
            values = node.values
            return lambda side: _dived(side, lower, upper, values)
        if self._windows.is_idle(state):
            return None
        return self._windows.improve


def _dived(state: State, lower: Floats, upper: Floats, values: Floats) -> None:
    dive(state, lower, upper, values)


def _is_settled(state: State, tree: Tree, node: Node) -> bool:
    """True where the strategy is whole: only choices, modules and lots are left."""
    columns = tree.fractional(node)
    return len(columns) == 0 or int(state.form.rank[columns].max()) <= Rank.CHOICE


def _bounds(state: State, node: Node) -> tuple[Floats, Floats]:
    lower, upper = state.form.lower.copy(), state.form.upper.copy()
    lower[state.form.whole], upper[state.form.whole] = node.lower, node.upper
    return lower, upper


def is_proven_empty(state: State, tree: Tree) -> bool:
    """True when the search has proven that there is no plan."""
    return bool(np.isposinf(min(tree.bound, state.unproven)))
