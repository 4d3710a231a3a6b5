"""One search from start to end: what is proven and what is found take turns."""

from __future__ import annotations

import numpy as np

from models.program import Floats
from models.solvers.search.plans import Windows, dive, take_hint
from models.solvers.search.state import State
from models.solvers.search.tree import Tree

SHARE, SHARE_WHEN_NEAR = 0.25, 0.15
"""Once there is a plan, at most this share of all linear programs goes into better ones; less after a good hint."""
NEAR_GAPS = 3.0
"""With a hint that lies within this many gaps of the bound the search begins with proving."""
TURNS = 2
"""Of this many attempts in vain at a better plan one is a dive, the others search windows; after a success: a dive."""


def run(state: State, hint: Floats | None = None) -> Tree:
    """Searches until the gap is closed, the linear programs are used up, or someone ends it; returns the tree."""
    tree = Tree(state)
    tree.root()
    state.prove(tree.bound)
    if tree.best is None:
        return tree
    if hint is not None:
        take_hint(state, hint)
    windows, turn, for_plans = Windows(state), 0, 0
    is_far = state.plan is None or state.cost - state.bound > NEAR_GAPS * (state.cost - state.worth)
    share = SHARE if is_far else SHARE_WHEN_NEAR
    while tree.best is not None and not state.is_done:
        before, cost = state.programs, state.cost
        wants_plan = tree.best.is_settled and (state.plan is None or for_plans < share * state.programs)
        node = tree.likeliest() if wants_plan else None
        if wants_plan and (node is not None or not windows.is_idle(state)):
            mark = state.relaxation.mark()
            if node is not None and (windows.is_idle(state) or turn % TURNS == 0):
                node.was_dived = True
                dive(state, *state.form.bounds(node.lower, node.upper), node.values)
            else:
                windows.improve(state)
            # The proof goes on where it stood.
            state.relaxation.go_back(mark)
            turn = 0 if state.cost < cost else turn + 1
            for_plans += state.programs - before
        else:
            tree.split_best()
        state.prove(tree.bound)
    state.prove(tree.bound)
    return tree


def is_proven_empty(state: State, tree: Tree) -> bool:
    """True when the search has proven that there is no plan."""
    return bool(np.isposinf(min(tree.bound, state.unproven)))
