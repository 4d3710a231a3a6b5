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


def run(state: State, most_programs: int, mode=1) -> Tree:
    tree = Tree(state)
    tree.root()
    state.prove(tree.bound)
    dives, spent = 0, 0
    while tree.best is not None and not state.is_done and state.programs < most_programs:
        node = tree.best
        columns = tree.fractional(node)
        settled = len(columns) == 0 or int(state.form.rank[columns].max()) <= Rank.MODULE
        before = state.programs
        if settled and (dives == 0 or spent < SHARE * state.programs):
            if mode == 0 or dives == 0 or (mode == 2 and dives % 2 == 0):
                dive(state, *_bounds(state, node), node.values)
                if mode == 0 or dives==0 or mode==2: 
                    tree.split_best()
            else:
                tree.plunge()
            dives += 1
            spent += state.programs - before
        else:
            tree.split_best()
        state.prove(tree.bound)
    state.prove(tree.bound)
    return tree
SHARE=0.4

def _bounds(state: State, node: Node) -> tuple[Floats, Floats]:
    lower, upper = state.form.lower.copy(), state.form.upper.copy()
    lower[state.form.whole], upper[state.form.whole] = node.lower, node.upper
    return lower, upper
