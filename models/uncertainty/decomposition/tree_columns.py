"""Where the columns of a path are in the program of the whole tree, for plans that are put together there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.algebra import Axis
from models.build import Model
from models.outcome import ModelError
from models.program import Floats, Ints
from models.uncertainty.decomposition.path_programs import PathBuilder, PathStructure
from models.uncertainty.scenario_tree import ScenarioTree


def tree_solution(
    scenarios: ScenarioTree, tree: Model, structures: Sequence[PathStructure], solutions: Sequence[Floats]
) -> Floats:
    """Returns the values of the columns of a tree's model from those of its paths, in which shared ones agree.

    `structures` and `solutions` are by future.

    Raises:
        ModelError: a column of the tree belongs to no path.
    """
    builder = PathBuilder(scenarios)
    found = np.full(tree.program.column_count, np.nan)
    known: dict[bytes, Model] = {}
    for future in range(len(solutions) - 1, -1, -1):
        # Paths are written from the last to the first: what is shared is as in the first.
        digest = structures[future].digest
        if digest not in known:
            known[digest] = builder.model(future)
        columns = tree_columns(tree, known[digest], builder.paths[future])
        found[columns] = solutions[future]
    if np.isnan(found).any():
        name = tree.program.column_name(int(np.flatnonzero(np.isnan(found))[0]))
        msg = f"the column {name} of the tree belongs to no path"
        raise ModelError(msg)
    return found


def tree_columns(tree: Model, path: Model, nodes: Ints) -> Ints:
    """Returns the column of the tree's program for each column of a path through these nodes."""
    found = np.full(path.program.column_count, -1, dtype=np.int64)
    places = _Places(tree, path, nodes)
    for name, block in path.builder.blocks.items():
        there = tree.builder.blocks[name]
        cells = np.nonzero(block.exists)
        at = tuple(
            places.of(mine, theirs)[cell] for mine, theirs, cell in zip(block.axes, there.axes, cells, strict=True)
        )
        found[block.column[cells]] = there.column[at]
    return found


class _Places:
    """The positions of the labels of a path's axes on those of the tree."""

    def __init__(self, tree: Model, path: Model, nodes: Ints) -> None:
        self._tree, self._path, self._nodes = tree, path, nodes
        labels = tree.frame.node.labels
        self._node = {path.frame.node.labels[t]: labels[node] for t, node in enumerate(nodes.tolist())}
        self._known: dict[int, Ints] = {}

    def of(self, mine: Axis, theirs: Axis) -> Ints:
        """Returns the place on the tree's axis of each label of the path's."""
        if id(mine) not in self._known:
            if mine is self._path.frame.node:
                found = self._nodes
            elif mine.labels == theirs.labels:
                found = np.arange(len(mine))
            else:
                number = {label: at for at, label in enumerate(theirs.labels)}
                found = np.array([number[self._label(mine, label)] for label in mine.labels], dtype=np.int64)
            self._known[id(mine)] = found
        return self._known[id(mine)]

    def _label(self, axis: Axis, label: str) -> str:
        if axis.name == "year":
            year = [self._path.frame.calendar.year_of(t) for t in range(self._path.frame.steps)]
            last = len(year) - 1 - year[::-1].index(int(label))
            return f"{label}@{self._tree.frame.node.labels[self._nodes[last]]}"
        return ">".join(self._node[part] for part in label.split(">"))
