"""Labelled arrays in which the model is stated: axes, parameters, expressions and relations.

Nothing aligns by itself. An expression or parameter with an axis that the other side does not have raises and
names it; so does a parameter with a missing value. Terms are kept long form (row, column, coefficient), and
names are made only when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from models.outcome import ModelError
from models.program import Floats, Ints


@dataclass(frozen=True, eq=False)
class Axis:
    """A named set of labels, in order. Two axes are the same only if they are the same object."""

    name: str
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def position(self, label: str) -> int:
        """Returns the position of a label.

        Raises:
            ModelError: the axis has no such label.
        """
        try:
            return self.labels.index(label)
        except ValueError:
            msg = f"axis '{self.name}' has no label '{label}'"
            raise ModelError(msg) from None


Axes = tuple[Axis, ...]


def shape_of(axes: Axes) -> tuple[int, ...]:
    """Returns the lengths of the axes."""
    return tuple(len(axis) for axis in axes)


def names_of(axes: Axes) -> str:
    """Returns the names of the axes, for messages."""
    return ", ".join(axis.name for axis in axes) or "no axis"


def _positions(axes: Axes, among: Axes, what: str) -> tuple[int, ...]:
    for axis in axes:
        if not any(axis is other for other in among):
            msg = f"{what} has axis '{axis.name}', which is not among {names_of(among)}"
            raise ModelError(msg)
    return tuple(next(i for i, other in enumerate(among) if other is axis) for axis in axes)


@dataclass(frozen=True, eq=False)
class Param:
    """Numbers on axes; a NaN is refused with its label."""

    axes: Axes
    values: Floats

    def __post_init__(self) -> None:
        if self.values.shape != shape_of(self.axes):
            msg = f"a parameter over {names_of(self.axes)} has shape {self.values.shape}, not {shape_of(self.axes)}"
            raise ModelError(msg)
        missing = np.isnan(self.values)
        if missing.any():
            first = np.unravel_index(int(np.argmax(missing)), self.values.shape)
            labels = ", ".join(axis.labels[i] for axis, i in zip(self.axes, first, strict=True))
            msg = f"a parameter over {names_of(self.axes)} has no value at [{labels}]"
            raise ModelError(msg)

    def on(self, axes: Axes) -> Floats:
        """Returns the values as an array over `axes`, repeated along those that the parameter lacks."""
        where = _positions(self.axes, axes, "a parameter")
        order = np.argsort(where)
        shape = [1] * len(axes)
        for position, axis in zip(where, self.axes, strict=True):
            shape[position] = len(axis)
        view = self.values.transpose(tuple(order)).reshape(shape)
        return np.broadcast_to(view, shape_of(axes))


def mask_on(mask: np.ndarray | Param, axes: Axes) -> np.ndarray:
    """Returns a mask as a flat Boolean array over `axes`."""
    values = mask.on(axes) if isinstance(mask, Param) else np.broadcast_to(mask, shape_of(axes))
    return values.astype(bool).ravel()


@dataclass(frozen=True, eq=False)
class Relation:
    """A weighted relation from the cells of some axes to the cells of others.

    Cell numbers are flat positions in row-major order over `source` and `target`. An expression that goes
    through it has, in each target cell, the weighted sum over the related source cells.
    """

    source: Axes
    target: Axes
    source_cells: Ints
    target_cells: Ints
    weights: Floats

    @staticmethod
    def of(source: Axes, target: Axes, pairs: tuple[Ints, Ints], weights: Floats | float = 1.0) -> Relation:
        """Builds a relation from pairs of flat cell numbers."""
        source_cells, target_cells = (np.asarray(side, dtype=np.int64) for side in pairs)
        full = np.broadcast_to(np.asarray(weights, dtype=float), source_cells.shape)
        order = np.argsort(source_cells, kind="stable")
        return Relation(source, target, source_cells[order], target_cells[order], full[order])

    def matches(self, cells: Ints) -> tuple[Ints, Ints]:
        """For each given source cell finds its entries: positions in `cells`, and numbers of the entries."""
        first = np.searchsorted(self.source_cells, cells, side="left")
        count = np.searchsorted(self.source_cells, cells, side="right") - first
        owner = np.repeat(np.arange(len(cells)), count)
        offset = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return owner, first[owner] + offset


@dataclass(frozen=True, eq=False)
class Expr:
    """A linear expression in each cell of its axes: terms in long form and a constant."""

    axes: Axes
    rows: Ints
    columns: Ints
    coefs: Floats
    constant: Floats | None = None

    @staticmethod
    def zero(axes: Axes) -> Expr:
        """Returns the expression that is 0 everywhere."""
        return Expr(axes, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))

    @staticmethod
    def given(axes: Axes, values: Param | Floats | float) -> Expr:
        """Returns an expression of known numbers."""
        array = values.on(axes) if isinstance(values, Param) else np.broadcast_to(values, shape_of(axes))
        return replace(Expr.zero(axes), constant=np.array(array, dtype=float).ravel())

    @property
    def size(self) -> int:
        """The number of cells."""
        return prod(shape_of(self.axes))

    def __neg__(self) -> Expr:
        return self * -1.0

    def __add__(self, other: Expr | Param | float) -> Expr:
        added = other.on(self.axes) if isinstance(other, Expr) else Expr.given(self.axes, other)
        constants = [side.constant for side in (self, added) if side.constant is not None]
        return Expr(
            self.axes,
            np.concatenate([self.rows, added.rows]),
            np.concatenate([self.columns, added.columns]),
            np.concatenate([self.coefs, added.coefs]),
            sum(constants[1:], constants[0]) if constants else None,
        )

    def __sub__(self, other: Expr | Param | float) -> Expr:
        if isinstance(other, Param):
            return self + Param(other.axes, -other.values)
        return self + (-other)

    def __mul__(self, factor: Param | float) -> Expr:
        if isinstance(factor, Param):
            flat = factor.on(self.axes).ravel()
            constant = None if self.constant is None else self.constant * flat
            return replace(self, coefs=self.coefs * flat[self.rows], constant=constant)
        constant = None if self.constant is None else self.constant * factor
        return replace(self, coefs=self.coefs * factor, constant=constant)

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        msg = "an expression has no truth value; state requirements with `Builder.require`"
        raise ModelError(msg)

    def on(self, axes: Axes) -> Expr:
        """Returns the same expression with its axes in another order.

        Raises:
            ModelError: an axis is missing on one of the sides.
        """
        if len(axes) == len(self.axes) and all(a is b for a, b in zip(axes, self.axes, strict=True)):
            return self
        _positions(axes, self.axes, "the requirement")
        where = _positions(self.axes, axes, "an expression")
        cells = np.arange(self.size).reshape(shape_of(axes)).transpose(where).ravel()
        constant = None
        if self.constant is not None:
            constant = np.empty_like(self.constant)
            constant[cells] = self.constant
        return Expr(axes, cells[self.rows], self.columns, self.coefs, constant)

    def where(self, mask: np.ndarray | Param) -> Expr:
        """Returns the expression with its terms and constants outside the mask dropped."""
        flat = mask_on(mask, self.axes)
        keep = flat[self.rows]
        constant = None if self.constant is None else np.where(flat, self.constant, 0.0)
        return Expr(self.axes, self.rows[keep], self.columns[keep], self.coefs[keep], constant)

    def sum(self, *axes: Axis) -> Expr:
        """Returns the sum over one or more axes."""
        gone = set(_positions(axes, self.axes, "the sum"))
        kept = tuple(axis for i, axis in enumerate(self.axes) if i not in gone)
        cells = self._split(tuple(i for i in range(len(self.axes)) if i not in gone))
        constant = None
        if self.constant is not None:
            constant = self.constant.reshape(shape_of(self.axes)).sum(axis=tuple(gone)).ravel()
        return Expr(kept, cells[self.rows], self.columns, self.coefs, constant)

    def _split(self, positions: tuple[int, ...]) -> Ints:
        """For every cell, its flat number over the axes at the given positions only."""
        shape = shape_of(self.axes)
        cells = np.zeros(shape, dtype=np.int64)
        stride = 1
        for position in reversed(positions):
            view = [1] * len(shape)
            view[position] = shape[position]
            cells += np.arange(shape[position]).reshape(view) * stride
            stride *= shape[position]
        return cells.ravel()

    def through(self, relation: Relation) -> Expr:
        """Returns, in each target cell, the weighted sum over the related source cells.

        The target axes take the place of the first source axis; the other axes stay.
        """
        taken = _positions(relation.source, self.axes, "a relation")
        rest = tuple(i for i in range(len(self.axes)) if i not in taken)
        source_of, rest_of = self._split(taken), self._split(rest)
        rest_axes = tuple(self.axes[i] for i in rest)
        width = prod(shape_of(rest_axes))
        moved = (*relation.target, *rest_axes)
        owner, entry = relation.matches(source_of[self.rows])
        constant = None
        if self.constant is not None:
            cell, at = relation.matches(source_of)
            constant = np.bincount(
                relation.target_cells[at] * width + rest_of[cell],
                weights=self.constant[cell] * relation.weights[at],
                minlength=prod(shape_of(moved)),
            ).astype(float)
        found = Expr(
            moved,
            relation.target_cells[entry] * width + rest_of[self.rows][owner],
            self.columns[owner],
            self.coefs[owner] * relation.weights[entry],
            constant,
        )
        before = [axis for i, axis in enumerate(self.axes) if i in rest and i < min(taken, default=0)]
        after = [axis for axis in rest_axes if not any(axis is other for other in before)]
        return found.on((*before, *relation.target, *after))

    def spread(self, axis: Axis, *, at: int = 0) -> Expr:
        """Returns the expression repeated along one more axis, which becomes axis number `at`."""
        count = len(axis)
        rows = np.tile(self.rows, count) + np.repeat(np.arange(count) * self.size, len(self.rows))
        constant = None if self.constant is None else np.tile(self.constant, count)
        wide = Expr((axis, *self.axes), rows, np.tile(self.columns, count), np.tile(self.coefs, count), constant)
        order = list(self.axes)
        order.insert(at, axis)
        return wide.on(tuple(order))

    def value(self, solution: Floats) -> Floats:
        """Returns the number in each cell, as an array over the axes, at a solution."""
        flat = np.bincount(self.rows, weights=self.coefs * solution[self.columns], minlength=self.size).astype(float)
        if self.constant is not None:
            flat = flat + self.constant
        return flat.reshape(shape_of(self.axes))


def total(axes: Axes, parts: Sequence[Expr]) -> Expr:
    """Returns the sum of expressions over the same axes; 0 when there are none."""
    result = Expr.zero(axes)
    for part in parts:
        result = result + part.on(axes)
    return result


def gather(source: Axis, target: Axis, positions: Ints) -> Relation:
    """Relates each target label to the source label at `positions`; −1 means none."""
    found = np.flatnonzero(positions >= 0)
    return Relation.of((source,), (target,), (positions[found], found))
