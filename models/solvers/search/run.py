"""One search from start to end."""

from __future__ import annotations

import numpy as np

from models.program import Floats
from models.solvers.search.guide import Rank
from models.solvers.search.plans import dive
from models.solvers.search.state import State
from models.solvers.search.tree import Node, Tree

FIRST_DIVES = 6
"""Until there is a plan, every so many nodes a dive is tried."""


def run(state: State, most_programs: int) -> Tree:
    tree = Tree(state)
    tree.root()
    state.prove(tree.bound)
    dives, next_dive = 0, 0
    while tree.best is not None and not state.is_done and state.programs < most_programs:
        node = tree.best
        columns = tree.fractional(node)
        settled = len(columns) == 0 or int(state.form.rank[columns].max()) <= Rank.MODULE
        if settled and tree.nodes >= next_dive:
            dive(state, *_bounds(state, node), node.values)
            dives += 1
            next_dive = tree.nodes + 8 * 2 ** min(dives, 6)
            continue
        tree.split_best()
        state.prove(tree.bound)
    state.prove(tree.bound)
    return tree


def _bounds(state: State, node: Node) -> tuple[Floats, Floats]:
    lower, upper = state.form.lower.copy(), state.form.upper.copy()
    lower[state.form.whole], upper[state.form.whole] = node.lower, node.upper
    return lower, upper
