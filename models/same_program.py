"""The columns and rows of a model whose rows of tables stand in another order, numbered as in the one that is searched.

Both state the same program, with blocks and requirements in another order. Blocks are matched by their names and cells
by the labels of their axes; requirements of the same name and labels by the variables in them, and by their sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from models.algebra import Axes, Axis, shape_of
from models.outcome import ModelError
from models.program import Floats, Ints, Program

_SAME = 1e-9
"""Coefficients that are sums may differ by their order of adding up, relative to max(1, |value|)."""


class OtherProgramError(ModelError):
    """Two models do not state the same program."""


@dataclass(frozen=True, eq=False)
class StatedRows:
    """What a requirement states: its terms by cell, and the sides of its cells; `first` is its first row."""

    name: str
    axes: Axes
    cells: Ints
    first: int
    columns: Ints
    low: Floats
    high: Floats

    @property
    def signature(self) -> tuple[object, ...]:
        """Its name, its labels in order, and the columns that it uses."""
        labels = tuple(tuple(sorted(axis.labels)) for axis in self.axes)
        return self.name, labels, len(self.cells), np.unique(self.columns).tobytes()


class Numbering:
    """The columns and rows of a program that is finished, by block and requirement, for a model in another order."""

    def __init__(self, program: Program, blocks: dict[str, tuple[Axes, Ints]], rows: Sequence[StatedRows]) -> None:
        self.program = program
        self._blocks = blocks
        self._left = set(blocks)
        self._waiting: dict[tuple[object, ...], list[StatedRows]] = {}
        for stated in rows:
            self._waiting.setdefault(stated.signature, []).append(stated)
        self._known: dict[tuple[int, int], tuple[Axis, Axis, Ints]] = {}

    def columns(self, name: str, axes: Axes, cells: Ints) -> Ints:
        """Returns the columns of some flat cells of a block.

        Raises:
            OtherProgramError: the program has other ones.
        """
        if name not in self._left:
            self._refuse(name)
        self._left.remove(name)
        others, column = self._blocks[name]
        found = column.ravel()[self._moved(name, axes, others, cells)]
        if (found < 0).any() or len(cells) != int((column >= 0).sum()):
            self._refuse(name)
        return found

    def rows(self, stated: StatedRows) -> tuple[int, Ints]:
        """Returns the first row of a requirement, and which of its cells each row from there on is of.

        Raises:
            OtherProgramError: the program has no such rows.
        """
        found = self._taken(stated)
        if found is None:
            self._refuse(stated.name)
        return found

    def _taken(self, stated: StatedRows) -> tuple[int, Ints] | None:
        same = self._waiting.get(stated.signature, [])
        for place, other in enumerate(same):
            # By cell of the program: the place of this one's.
            moved = self._moved(stated.name, stated.axes, other.axes, stated.cells)
            order = np.argsort(moved)
            sides = ((stated.low[order], other.low), (stated.high[order], other.high))
            if np.array_equal(moved[order], other.cells) and all(_is_close(*pair) for pair in sides):
                del same[place]
                return other.first, order
        return None

    def require_same(self, program: Program) -> None:
        """Compares a program that is numbered alike, column by column and row by row.

        Raises:
            OtherProgramError: something else is stated.
        """
        own = self.program
        if self._left or any(self._waiting.values()):
            self._refuse(", ".join(sorted(self._left)) or "a requirement")
        sides = [
            (program.objective, own.objective), (program.column_lower, own.column_lower),
            (program.column_upper, own.column_upper), (program.row_lower, own.row_lower),
            (program.row_upper, own.row_upper), (np.array([program.constant]), np.array([own.constant])),
        ]  # fmt: skip
        if (program.is_integer != own.is_integer).any():
            self._refuse("which variables are integers")
        # What adds up to 0 in one order may leave a rounding error in another.
        keys = [one.row_of_entries() * own.column_count + one.columns for one in (program, own)]
        places = np.union1d(*keys)
        entries = []
        for one, key in zip((program, own), keys, strict=True):
            entries.append(np.zeros(len(places)))
            entries[-1][np.searchsorted(places, key)] = one.values
        if not all(_is_close(one, two) for one, two in [*sides, (entries[0], entries[1])]):
            self._refuse("a number")

    def _moved(self, name: str, axes: Axes, others: Axes, cells: Ints) -> Ints:
        """The flat cells over the axes of the program that have the labels of these."""
        if len(axes) != len(others):
            self._refuse(name)
        if not axes:
            return cells
        at = np.unravel_index(cells, shape_of(axes))
        moved = tuple(self._places(one, other, name)[own] for one, other, own in zip(axes, others, at, strict=True))
        return np.asarray(np.ravel_multi_index(moved, shape_of(others)), dtype=np.int64)

    def _places(self, axis: Axis, other: Axis, name: str) -> Ints:
        """By label of an axis, its place on that of the program."""
        known = self._known.get((id(axis), id(other)))
        if known is not None:
            return known[2]
        place = {label: number for number, label in enumerate(other.labels)}
        if len(place) < len(axis) or len(axis) != len(other) or any(label not in place for label in axis.labels):
            self._refuse(name)
        found = np.array([place[label] for label in axis.labels], dtype=np.int64)
        # The axes are kept as well: while they are, no others have their numbers.
        self._known[id(axis), id(other)] = axis, other, found
        return found

    @staticmethod
    def _refuse(name: str) -> NoReturn:
        msg = f"with its rows in another order the case does not state the same program: {name}"
        raise OtherProgramError(msg)


def _is_close(one: Floats, two: Floats) -> bool:
    return bool(np.isclose(one, two, rtol=_SAME, atol=_SAME).all())


__all__ = ["Numbering", "OtherProgramError", "StatedRows"]
