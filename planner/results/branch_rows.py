"""The branches of a scenario tree: the stretches between two partings of futures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from models.tree import Tree
from planner.results.table import Cell

BRANCHES = "branch parent stage from until count probability scenarios"


def branch_rows(
    tree: Tree, nodes: Sequence[str], periods: Sequence[str], futures: Sequence[str]
) -> Iterator[tuple[Cell, ...]]:
    """Yields the branches in the order of their first nodes; nodes, periods and futures are given by their names."""
    children = np.bincount(tree.parent[tree.parent >= 0], minlength=len(tree))
    home: dict[int, int] = {}
    until: dict[int, int] = {}
    for node, above in enumerate(tree.parent):
        begins = above < 0 or children[above] > 1
        home[node] = node if begins else home[int(above)]
        until[home[node]] = node
    stages = tree.stages
    for first, last in until.items():
        above, period = int(tree.parent[first]), int(tree.period[first])
        names = [futures[future] for future in tree.futures_through[first]]
        yield (
            nodes[first], nodes[home[above]] if above >= 0 else "", int(stages[period]), periods[period],
            periods[int(tree.period[last])], len(names), float(tree.probability[first]), ";".join(names),
        )  # fmt: skip
