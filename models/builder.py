"""Collects variables and requirements, and turns them into one sparse program."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Axes, Expr, Param, mask_on, names_of, shape_of
from models.outcome import ModelError
from models.program import Floats, Ints, Names, Program, compressed
from models.same_program import Numbering, StatedRows


@dataclass(frozen=True, eq=False)
class VariableBlock:
    """A block of variables over axes; `column` is the column of each cell, −1 where there is none."""

    name: str
    axes: Axes
    column: Ints

    @property
    def expr(self) -> Expr:
        """The variables as an expression over the block's axes."""
        cells = np.flatnonzero(self.column.ravel() >= 0)
        return Expr(self.axes, cells, self.column.ravel()[cells], np.ones(len(cells)))

    @property
    def exists(self) -> np.ndarray:
        """Where the block has a variable, over its axes."""
        return self.column >= 0

    def value(self, solution: Floats) -> Floats:
        """Returns the values over the axes; 0 where there is no variable."""
        return np.where(self.exists, solution[np.maximum(self.column, 0)], 0.0)


@dataclass(frozen=True, eq=False)
class RequirementRows:
    """One stated requirement: where its rows are in the program, over which axes; `cells` are in the order of rows."""

    name: str
    axes: Axes
    cells: Ints
    first: int

    def has(self, row: int) -> bool:
        """Returns whether a row of the program is one of these."""
        return self.first <= row < self.first + len(self.cells)

    def cell(self, row: int) -> int:
        """Returns the flat cell of one of these rows, over the axes."""
        return int(self.cells[row - self.first])

    def labels(self, row: int) -> tuple[str, ...]:
        """Returns the labels of one of these rows on the axes."""
        places = np.unravel_index(self.cell(row), shape_of(self.axes))
        return tuple(axis.labels[int(place)] for axis, place in zip(self.axes, places, strict=True))


@dataclass(frozen=True, eq=False)
class Cap:
    """A requirement that is an upper bound of single variables, by column of the program."""

    name: str
    columns: Ints
    upper: Floats


@dataclass(frozen=True, eq=False)
class _Bounds:
    """The columns of a block, in the order of its cells, with their bounds and which are integers."""

    columns: Ints
    low: Floats
    high: Floats
    whole: np.ndarray


class Builder:
    """Where families state their variables and requirements.

    In a loose one the bounds of variables are those that need alone sets: caps are noted, and do not tighten them. One
    that is numbered has the columns and rows of a program that states the same with rows of tables in another order.
    """

    program: Program
    """As it was finished; there is none before."""

    def __init__(self, *, is_loose: bool = False, numbering: Numbering | None = None) -> None:
        self.is_loose = is_loose
        self._numbering = numbering
        self.caps: list[Cap] = []
        self.blocks: dict[str, VariableBlock] = {}
        self.rows: list[RequirementRows] = []
        self._bounds: dict[str, _Bounds] = {}
        self._column_names: list[Names] = []
        self._row_names: list[Names] = []
        self._terms: list[tuple[Ints, Ints, Floats]] = []
        self._stated: list[StatedRows] = []
        self._columns = 0
        self._rows = 0

    def block(
        self,
        name: str,
        axes: Axes,
        *,
        lower: Param | float = 0.0,
        upper: Param | float = np.inf,
        integer: np.ndarray | Param | bool = False,
        where: np.ndarray | Param | None = None,
    ) -> VariableBlock:
        """Adds a block of variables.

        Raises:
            ModelError: the name is taken, or an integer variable has no finite upper bound.
        """
        if name in self.blocks:
            msg = f"variables '{name}' are stated twice"
            raise ModelError(msg)
        count = int(np.prod(shape_of(axes), dtype=np.int64))
        cells = np.arange(count) if where is None else np.flatnonzero(mask_on(where, axes))
        flags = np.asarray(integer) if isinstance(integer, bool) else integer
        low, high, whole = self._bound(lower, axes)[cells], self._bound(upper, axes)[cells], mask_on(flags, axes)[cells]
        column = np.full(count, -1, dtype=np.int64)
        own = None if self._numbering is None else self._numbering.columns(name, axes, cells)
        column[cells] = self._columns + np.arange(len(cells)) if own is None else own
        self._bounds[name] = _Bounds(column[cells], low, high, whole)
        self._column_names.append(self._names(name, axes, cells, self._columns))
        if (whole & ~np.isfinite(high)).any():
            at = self._column_names[-1].name(self._columns + int(np.argmax(whole & ~np.isfinite(high))))
            msg = f"the integer variable {at} has no finite upper bound"
            raise ModelError(msg)
        self._columns += len(cells)
        self.blocks[name] = VariableBlock(name, axes, column.reshape(shape_of(axes)))
        return self.blocks[name]

    def require(
        self,
        name: str,
        axes: Axes,
        left: Expr,
        sense: str,
        right: Expr | Param | float,
        *,
        where: np.ndarray | Param | None = None,
    ) -> RequirementRows | None:
        """States left (`<=`, `>=` or `==`) right in each cell of `axes` (of the mask, when given); returns the rows.

        Cells in which no variable occurs and whose numbers agree are left out; None where that leaves nothing.

        Raises:
            ModelError: an axis is foreign or missing.
        """
        difference = left.on(axes) - (right.on(axes) if isinstance(right, Expr) else right)
        if where is not None:
            difference = difference.where(where)
        side = -difference.constant if difference.constant is not None else np.zeros(difference.size)
        low = side if sense in {">=", "=="} else np.full(len(side), -np.inf)
        high = side if sense in {"<=", "=="} else np.full(len(side), np.inf)
        used = np.zeros(len(side), dtype=bool)
        used[difference.rows] = True
        used |= (low > 1e-9) | (high < -1e-9)
        cells = np.flatnonzero(used)
        if len(cells) == 0:
            return None
        stated = StatedRows(name, axes, cells, self._rows, difference.columns, low[cells], high[cells])
        first, order = (self._rows, None) if self._numbering is None else self._numbering.rows(stated)
        cells = cells if order is None else cells[order]
        new_row = np.full(len(side), -1, dtype=np.int64)
        new_row[cells] = first + np.arange(len(cells))
        self._terms.append((new_row[difference.rows], difference.columns, difference.coefs))
        self._stated.append(replace(stated, cells=cells, first=first, low=low[cells], high=high[cells]))
        self._row_names.append(self._names(name, axes, cells, first))
        self.rows.append(RequirementRows(name, axes, cells, first))
        self._rows += len(cells)
        return self.rows[-1]

    def fix(
        self, block: VariableBlock, cells: Ints, *, lower: Floats | None = None, upper: Floats | None = None
    ) -> None:
        """Tightens bounds of single variables (flat cells of the block); cells without a variable are an error."""
        columns = block.column.ravel()[cells]
        if (columns < 0).any():
            msg = f"'{block.name}' has no variable in a cell whose bound is to be set"
            raise ModelError(msg)
        bounds, exists = self._bounds[block.name], block.exists.ravel()
        at = (np.cumsum(exists) - 1)[cells]
        if lower is not None:
            bounds.low[at] = np.maximum(bounds.low[at], lower)
        if upper is not None:
            bounds.high[at] = np.minimum(bounds.high[at], upper)

    def cap(self, name: str, block: VariableBlock, cells: Ints, upper: Floats) -> None:
        """States a requirement that is an upper bound of single variables (flat cells of the block)."""
        if len(cells):
            self.caps.append(Cap(name, block.column.ravel()[cells], upper))
            if not self.is_loose:
                self.fix(block, cells, upper=upper)

    def finish(self, objective: Expr) -> Program:
        """Closes the model: minimise the objective, an expression without axes."""
        if objective.axes:
            msg = f"the objective has axes {names_of(objective.axes)}"
            raise ModelError(msg)
        cost = np.bincount(objective.columns, weights=objective.coefs, minlength=self._columns).astype(float)
        rows, columns, values = (
            np.concatenate([part[i] for part in self._terms]) if self._terms else np.empty(0, kind)
            for i, kind in enumerate((np.int64, np.int64, float))
        )
        starts, columns, values = compressed(rows, columns, values, self._rows, self._columns)
        lower, upper, whole = np.empty(self._columns), np.empty(self._columns), np.empty(self._columns, dtype=bool)
        for bounds in self._bounds.values():
            lower[bounds.columns], upper[bounds.columns] = bounds.low, bounds.high
            whole[bounds.columns] = bounds.whole
        parts = sorted(self._stated, key=lambda stated: stated.first)
        self.program = Program(
            objective=cost,
            constant=0.0 if objective.constant is None else float(objective.constant[0]),
            column_lower=lower,
            column_upper=upper,
            is_integer=whole,
            starts=starts,
            columns=columns,
            values=values,
            row_lower=_joined([stated.low for stated in parts]),
            row_upper=_joined([stated.high for stated in parts]),
            column_names=tuple(self._column_names),
            row_names=tuple(self._row_names),
        )
        if self._numbering is not None:
            self._numbering.require_same(self.program)
            self.program, self._numbering = self._numbering.program, None
        return self.program

    def numbering(self) -> Numbering:
        """Returns the columns and rows of the program, once it is finished, for a builder in another order."""
        return Numbering(
            self.program, {name: (block.axes, block.column) for name, block in self.blocks.items()}, self._stated
        )

    @staticmethod
    def _bound(bound: Param | float, axes: Axes) -> Floats:
        values = bound.on(axes) if isinstance(bound, Param) else np.broadcast_to(float(bound), shape_of(axes))
        return np.array(values, dtype=float).ravel()

    @staticmethod
    def _names(name: str, axes: Axes, cells: Ints, first: int) -> Names:
        places = np.unravel_index(cells, shape_of(axes)) if axes else ()
        return Names(name, first, tuple(axis.labels for axis in axes), tuple(np.asarray(p) for p in places))


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0)
