"""The programs of the paths of a scenario tree, made one at a time: the tree itself is never one program.

The path of a future is a plan for that future alone, but for the bounds on its orders: those are what any future of
the tree may need, as orders before a reveal are made for all of them. With the probabilities of the futures as weights
the objectives of the paths add up to that of the tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.algebra import Axes, shape_of
from models.build import Model, built, built_in_order
from models.data.bounds import largest_orders
from models.data.machines import machines_of, work_of
from models.data.offer_data import supply_of
from models.data.strategic_options import strategy_of
from models.frame import frame_of
from models.outcome import ModelError
from models.program import Floats, Ints, Program
from models.stages import guide_of
from models.tree_search.branching_guide import BranchingGuide
from models.uncertainty.scenario_tree import ScenarioTree

_ROUNDING = 1e-9
"""Coefficients that differ by less, relative, are the same."""


class NotDecomposableError(ModelError):
    """Paths differ in what they share, so that the tree has to be planned as one program."""


@dataclass(frozen=True, eq=False)
class PathStructure:
    """What the programs of several paths have in common: names, periods and what may be branched on.

    `column_period` and `row_period` are the periods whose nodes they belong to: a row to the last one of all that it
    depends on. `column_key` and `row_key` number their names.
    """

    column_period: Ints
    row_period: Ints
    column_key: Ints
    row_key: Ints
    guide: BranchingGuide
    digest: bytes
    sizes: Ints
    """(4, period): how many columns, integer columns, rows and coefficients belong to a period."""


@dataclass(frozen=True, eq=False)
class PathProgram:
    """The program of one future: its number, its probability, and the nodes of its path by period."""

    future: int
    probability: float
    nodes: Ints
    program: Program
    structure: PathStructure

    @property
    def column_node(self) -> Ints:
        """The node of the tree that each column belongs to."""
        return self.nodes[self.structure.column_period]

    @property
    def row_node(self) -> Ints:
        """The node of the tree that each row belongs to."""
        return self.nodes[self.structure.row_period]


class PathBuilder:
    """Makes the program of each path of a tree."""

    def __init__(self, scenarios: ScenarioTree) -> None:
        self._scenarios = scenarios
        self._structures: dict[bytes, PathStructure] = {}
        self._column_keys: dict[str, int] = {}
        self._row_keys: dict[str, int] = {}

    @cached_property
    def paths(self) -> list[Ints]:
        """The nodes of each future's path, by future."""
        tree = self._scenarios.tree
        return sorted(tree.paths(), key=lambda path: int(tree.future[path[-1]]))

    @cached_property
    def _largest(self) -> Floats:
        """(offer, node): what orders never need to exceed in any future."""
        scenarios = self._scenarios
        frame = scenarios.frame()
        strategy = strategy_of(frame)
        return largest_orders(frame, supply_of(frame, strategy), machines_of(frame), work_of(frame), strategy)

    def model(self, future: int) -> Model:
        """Builds the model of a path, which its plan is read with."""
        return built(frame_of((self._scenarios.cases[future],)), largest=self._largest[:, self.paths[future]])

    def path(self, future: int) -> PathProgram:
        """Builds the program of a path, which is that of its model."""
        frame = frame_of((self._scenarios.cases[future],))
        model = built_in_order(frame, largest=self._largest[:, self.paths[future]])
        chance = self._scenarios.probability[future]
        return PathProgram(future, chance, self.paths[future], model.program, self._structure(model))

    def __iter__(self) -> Iterator[PathProgram]:
        return (self.path(future) for future in range(len(self._scenarios.cases)))

    def _structure(self, model: Model) -> PathStructure:
        """The structure of a model; models of equal structure share one."""
        parts = [
            f"{block.name}{shape_of(block.axes)}".encode() + block.exists.tobytes()
            for block in model.builder.blocks.values()
        ]
        parts += [f"{rows.name}{shape_of(rows.axes)}".encode() + rows.cells.tobytes() for rows in model.builder.rows]
        program = model.program
        parts += [program.starts.tobytes(), program.columns.tobytes(), program.is_integer.tobytes()]
        digest = hashlib.sha256(b"".join(parts)).digest()
        if digest not in self._structures:
            columns, rows = periods_of_program(model)
            counted = columns, columns[program.is_integer], rows, rows[program.row_of_entries()]
            self._structures[digest] = PathStructure(
                columns,
                rows,
                _numbered(self._column_keys, [program.column_name(i) for i in range(program.column_count)]),
                _numbered(self._row_keys, _row_names(program)),
                guide_of(model),
                digest,
                np.array([np.bincount(periods, minlength=model.frame.steps) for periods in counted]),
            )
        return self._structures[digest]


def _numbered(keys: dict[str, int], names: Sequence[str]) -> Ints:
    return np.array([keys.setdefault(name, len(keys)) for name in names], dtype=np.int64)


def _row_names(program: Program) -> list[str]:
    """The names of the rows; where several have one, by number."""
    seen: dict[str, int] = {}
    found = []
    for row in range(program.row_count):
        name = program.row_name(row)
        seen[name] = seen.get(name, -1) + 1
        found.append(f"{name}#{seen[name]}")
    return found


def periods_of_program(model: Model) -> tuple[Ints, Ints]:
    """Returns the period of each column and of each row of the model of a path.

    What belongs to no single period that is known here counts as of the last one: that is always right, as nothing is
    then shared there.
    """
    program, last = model.program, model.frame.steps - 1
    columns = np.full(program.column_count, last, dtype=np.int64)
    for block in model.builder.blocks.values():
        period = _period_of_cells(model, block.axes)
        if period is not None:
            columns[block.column[block.exists]] = period[block.exists]
    rows = np.full(program.row_count, last, dtype=np.int64)
    for stated in model.builder.rows:
        period = _period_of_cells(model, stated.axes)
        for amounts in model.amounts:
            if amounts.is_stated_by(stated.name, stated.axes):
                period = model.frame.tree.period[amounts.node]
        if period is not None:
            own = np.arange(stated.first, stated.first + len(stated.cells))
            rows[own] = period.ravel()[stated.cells]
    # A row is not known before the last of its columns.
    np.maximum.at(rows, program.row_of_entries(), columns[program.columns])
    return columns, rows


def _period_of_cells(model: Model, axes: Axes) -> Ints | None:
    """The period of each cell over some axes; None where no axis has one."""
    frame, vintages = model.frame, model.fleet.vintages
    for place, axis in enumerate(axes):
        if axis is frame.node:
            period = frame.tree.period
        elif axis is vintages.axis:
            period = frame.tree.period[vintages.pairs.last]
        elif axis.name in {"tier node", "commitment"}:
            period = np.array([frame.node.position(label.rsplit(":", 1)[-1]) for label in axis.labels])
        elif axis.name == "year":
            year = np.array([frame.calendar.year_of(t) for t in range(frame.steps)])
            period = np.array([np.flatnonzero(year == int(label))[-1] for label in axis.labels])
        else:
            continue
        shape = [-1 if k == place else 1 for k in range(len(axes))]
        return np.asarray(np.broadcast_to(period.reshape(shape), shape_of(axes)))
    return None


class SharedColumns:
    """Which columns of the paths are copies of each other and have to be tied together, found path by path.

    A column of a node that several futures share links them if in one of them a row of a later node uses it, or if they
    price it differently. What links none is decided by what does: the futures decide it alike.
    """

    def __init__(self, scenarios: ScenarioTree) -> None:
        tree = scenarios.tree
        self._count = np.zeros(len(tree), dtype=np.int64)
        for path in tree.paths():
            self._count[path] += 1
        self._first: dict[int, PathProgram] = {}
        self._linking: set[tuple[int, int]] = set()

    def add(self, path: PathProgram) -> None:
        """Compares what a path shares with the paths before it.

        Raises:
            NotDecomposableError: they differ in columns, bounds or rows of a node that they share.
        """
        self._note_later_uses(path)
        for period, node in enumerate(path.nodes.tolist()):
            if self._count[node] < 2:
                break
            other = self._first.setdefault(node, path)
            if other is not path:
                self._compare(path, other, period, node)

    def _compare(self, path: PathProgram, other: PathProgram, period: int, node: int) -> None:
        mine, theirs = (np.flatnonzero(one.structure.column_period == period) for one in (path, other))
        my_rows, their_rows = (np.flatnonzero(one.structure.row_period == period) for one in (path, other))
        keys = path.structure.column_key[mine], other.structure.column_key[theirs]
        if not np.array_equal(*keys) or not np.array_equal(
            path.structure.row_key[my_rows], other.structure.row_key[their_rows]
        ):
            self._refuse(path, other, "columns or rows", period)
        one, two = path.program, other.program
        if not (
            _same(one.column_lower[mine], two.column_lower[theirs])
            & _same(one.column_upper[mine], two.column_upper[theirs])
        ).all():
            self._refuse(path, other, "bounds", period)
        if not (
            _same(one.row_lower[my_rows], two.row_lower[their_rows])
            & _same(one.row_upper[my_rows], two.row_upper[their_rows])
        ).all():
            self._refuse(path, other, "sides of rows", period)
        entries = _entries_of(one, my_rows), _entries_of(two, their_rows)
        same = len(entries[0]) == len(entries[1]) and _same(one.values[entries[0]], two.values[entries[1]]).all()
        if not same:
            self._refuse(path, other, "coefficients", period)
        differs = ~_same(one.objective[mine], two.objective[theirs])
        self._linking.update((node, key) for key in keys[0][differs].tolist())

    @staticmethod
    def _refuse(path: PathProgram, other: PathProgram, what: str, period: int) -> None:
        both = f"futures {other.future + 1} and {path.future + 1}"
        msg = f"{both} differ in {what} of period {period + 1}, which they share"
        raise NotDecomposableError(msg)

    def linking(self, path: PathProgram) -> Ints:
        """Returns the columns of a path that tie it to others, once all paths were added."""
        shared, pairs = self._shared(path)
        is_linking = np.array([pair in self._linking for pair in pairs], dtype=bool)
        return np.asarray(shared[is_linking], dtype=np.int64)

    def _shared(self, path: PathProgram) -> tuple[Ints, list[tuple[int, int]]]:
        """The columns of shared nodes, and the node and name of each."""
        nodes = path.column_node
        shared = np.flatnonzero(self._count[nodes] > 1)
        keys = path.structure.column_key[shared]
        return shared, list(zip(nodes[shared].tolist(), keys.tolist(), strict=True))

    def _note_later_uses(self, path: PathProgram) -> None:
        """Notes the columns of shared nodes that rows of nodes use which fewer futures share."""
        program = path.program
        later = np.full(program.column_count, -1, dtype=np.int64)
        np.maximum.at(later, program.columns, path.structure.row_period[program.row_of_entries()])
        is_used_later = self._count[path.nodes[np.maximum(later, 0)]] < self._count[path.column_node]
        shared, pairs = self._shared(path)
        self._linking.update(
            pair for pair, is_used in zip(pairs, is_used_later[shared].tolist(), strict=True) if is_used
        )


def _same(one: Floats, other: Floats) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray((one == other) | (np.abs(one - other) <= _ROUNDING * np.maximum(1.0, np.abs(other))))


def _entries_of(program: Program, rows: Ints) -> Ints:
    """The places of the coefficients of some rows."""
    return np.flatnonzero(np.isin(program.row_of_entries(), rows))
