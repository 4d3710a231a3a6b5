"""One search from start to end: what is proven and what is found take turns."""

from __future__ import annotations

import numpy as np

from models.program import Floats
from models.solvers.search.guide import Rank
from models.solvers.search.plans import Windows, dive, take_hint
from models.solvers.search.state import State
from models.solvers.search.tree import Node, Tree

SHARE_OF_PLANS = 0.5
"""At most this share of all linear programs goes into plans, once there is one."""


def run(state: State, hint: Floats | None = None) -> Tree:
    """Searches until the gap is closed, the linear programs are used up, or someone ends it; returns the tree."""
    tree = Tree(state)
    tree.root()
    state.prove(tree.bound)
    if tree.best is None:
        return tree
    if hint is not None:
        take_hint(state, hint)
    windows, dived_at, for_plans = Windows(state), -1, 0
    while tree.best is not None and not state.is_done:
        node, before = tree.best, state.programs
        if _is_settled(state, tree, node) and (state.plan is None or for_plans < SHARE_OF_PLANS * state.programs):
            if not windows.is_idle:
                windows.improve()
            elif node.number > dived_at:
                dived_at = 2 * node.number
                dive(state, *_bounds(state, node), node.values)
            else:
                tree.split_best()
                before = state.programs
            for_plans += state.programs - before
        else:
            tree.split_best()
        state.prove(tree.bound)
    state.prove(tree.bound)
    return tree


def _is_settled(state: State, tree: Tree, node: Node) -> bool:
    """True where all choices are made and only modules and lots are left."""
    columns = tree.fractional(node)
    return len(columns) == 0 or int(state.form.rank[columns].max()) <= Rank.MODULE


def _bounds(state: State, node: Node) -> tuple[Floats, Floats]:
    lower, upper = state.form.lower.copy(), state.form.upper.copy()
    lower[state.form.whole], upper[state.form.whole] = node.lower, node.upper
    return lower, upper


def is_proven_empty(state: State, tree: Tree) -> bool:
    """True when the search has proven that there is no plan."""
    return bool(np.isposinf(min(tree.bound, state.unproven)))
