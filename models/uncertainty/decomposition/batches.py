"""Which paths are solved together to improve the multipliers: of each branching in turn, some paths of each branch."""

from __future__ import annotations

from collections.abc import Sequence

from models.program import Ints
from models.tree import Tree

MOST_PATHS = 8
"""Paths of a batch: its program takes seconds from some 20,000 columns on."""


def branchings(tree: Tree, paths: Sequence[Ints]) -> list[list[list[list[int]]]]:
    """Returns by period after which the tree branches, for each node that does, the futures of each branch."""
    found = []
    for period in range(tree.periods - 1):
        here: dict[int, dict[int, list[int]]] = {}
        for future, path in enumerate(paths):
            here.setdefault(int(path[period]), {}).setdefault(int(path[period + 1]), []).append(future)
        nodes = [list(branches.values()) for branches in here.values() if len(branches) > 1]
        if nodes:
            found.append(nodes)
    return found


def batches_of(branches: list[list[int]], order: Ints, turn: int, most: int = MOST_PATHS) -> list[list[int]]:
    """Returns batches of paths, each of different branches of one node.

    `order` ranks the futures: those of a batch are spread over it; the next turn joins others.
    """
    ranked = [sorted(branch, key=lambda future: int(order[future])) for branch in branches]
    ranked.sort(key=lambda branch: int(order[branch[0]]))
    found = []
    for place in range(max(len(branch) for branch in ranked)):
        members = [branch[(place + turn) % len(branch)] for branch in ranked if place < len(branch)]
        parts = -(-len(members) // most) if len(members) > most + most // 2 else 1
        rows = [members[part::parts] for part in range(parts)]
        if turn % 2:
            # Neighbours of another round: blocks of the order instead of every n-th.
            size = -(-len(members) // parts)
            blocks = [members[at : at + size] for at in range(0, len(members), size)]
            rows = _crossed(blocks, parts)
        found += [row for row in rows if len(row) > 1]
    return found


def _crossed(blocks: list[list[int]], parts: int) -> list[list[int]]:
    """From each block every n-th member, beginning at another place in each block."""
    rows: list[list[int]] = [[] for _ in range(parts)]
    for shift, block in enumerate(blocks):
        for place, member in enumerate(block):
            rows[(place + shift) % parts].append(member)
    return rows
