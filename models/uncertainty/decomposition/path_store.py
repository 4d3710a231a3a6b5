"""The programs of all paths of a tree in little memory: what differs from the first one of equal structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.program import Floats, Ints, Program
from models.uncertainty.decomposition.path_programs import PathBuilder, PathProgram, PathStructure, SharedColumns
from models.uncertainty.scenario_tree import ScenarioTree

_UNBOUNDED = 1e9
"""Units and queries a second that no column without a bound exceeds."""
_ARRAYS = ("objective", "column_lower", "column_upper", "values", "row_lower", "row_upper")


@dataclass(frozen=True, eq=False)
class _StoredPath:
    """What a program differs in from that of the path whose number is `like`."""

    like: int
    probability: float
    nodes: Ints
    structure: PathStructure
    constant: float
    changes: tuple[tuple[Ints, Floats], ...]


class PathStore:
    """The paths of a tree by number of their future, and the shared columns that link them.

    `linking[s]` are the linking columns of path s in the order of node and name, `slots[s]` the numbers of the tree's
    columns that they are copies of. `slot_node` is the node of each slot.
    """

    def __init__(self, scenarios: ScenarioTree, on_path: Callable[[int], None] = lambda _: None) -> None:
        self._references: dict[int, Program] = {}
        self._paths: list[_StoredPath] = []
        self.scenarios = scenarios
        shared = SharedColumns(scenarios)
        for path in PathBuilder(scenarios):
            shared.add(path)
            self._put(path)
            on_path(path.future)
        self.count = len(self._paths)
        self.probability = np.array([path.probability for path in self._paths])
        self.nodes = np.array([path.nodes for path in self._paths])
        numbers: dict[tuple[int, int], int] = {}
        self.linking: list[Ints] = []
        self.slots: list[Ints] = []
        for future in range(self.count):
            path = self[future]
            columns = shared.linking(path)
            node, key = path.column_node[columns], path.structure.column_key[columns]
            order = np.lexsort((key, node))
            self.linking.append(columns[order])
            pairs = zip(node[order].tolist(), key[order].tolist(), strict=True)
            self.slots.append(np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], dtype=np.int64))
        self.slot_node = np.array([node for node, _ in numbers], dtype=np.int64)
        self.slot_is_whole = np.zeros(len(numbers), dtype=bool)
        for future in range(self.count):
            self.slot_is_whole[self.slots[future]] = self[future].program.is_integer[self.linking[future]]

    def __getitem__(self, future: int) -> PathProgram:
        stored = self._paths[future]
        program = self._references[stored.like]
        changed = {}
        for name, (places, values) in zip(_ARRAYS, stored.changes, strict=True):
            if len(places):
                array = getattr(program, name).copy()
                array[places] = values
                changed[name] = array
        program = replace(program, constant=stored.constant, **changed)
        return PathProgram(future, stored.probability, stored.nodes, program, stored.structure)

    @cached_property
    def structures(self) -> tuple[PathStructure, ...]:
        """The structure of each path."""
        return tuple(path.structure for path in self._paths)

    @cached_property
    def most(self) -> Floats:
        """By slot: the most that its column can be, as far as it has a bound in every path; else a large number."""
        found = np.zeros(len(self.slot_node))
        for future in range(self.count):
            upper = self[future].program.column_upper[self.linking[future]]
            slots = self.slots[future]
            found[slots] = np.maximum(found[slots], np.where(np.isfinite(upper), np.abs(upper), _UNBOUNDED))
        return found

    def _put(self, path: PathProgram) -> None:
        program = path.program
        like = next(
            (one for one, known in self._references.items() if self._paths[one].structure is path.structure), None
        )
        if like is None:
            like = path.future
            self._references[like] = program
        known = self._references[like]
        changes = []
        for name in _ARRAYS:
            mine, theirs = getattr(program, name), getattr(known, name)
            places = np.flatnonzero(mine != theirs)
            changes.append((places, mine[places].copy()))
        self._paths.append(
            _StoredPath(like, path.probability, path.nodes, path.structure, program.constant, tuple(changes))
        )
