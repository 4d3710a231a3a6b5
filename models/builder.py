"""Collects variables and requirements, and turns them into one sparse program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axes, Expr, Param, mask_on, names_of, shape_of
from models.outcome import ModelError
from models.program import Floats, Ints, Names, Program, compressed


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
    """One stated requirement: where its rows are in the program, over which axes."""

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


class Builder:
    """Where families state their variables and requirements.

    In a loose one the bounds of variables are those that need alone sets: caps are noted, and do not tighten them.
    """

    program: Program
    """As it was finished; there is none before."""

    def __init__(self, *, is_loose: bool = False) -> None:
        self.is_loose = is_loose
        self.caps: list[Cap] = []
        self.blocks: dict[str, VariableBlock] = {}
        self.rows: list[RequirementRows] = []
        self._bounds: list[tuple[Floats, Floats, np.ndarray]] = []
        self._column_names: list[Names] = []
        self._row_names: list[Names] = []
        self._terms: list[tuple[Ints, Ints, Floats]] = []
        self._sides: list[tuple[Floats, Floats]] = []
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
        column[cells] = self._columns + np.arange(len(cells))
        self._bounds.append((low, high, whole))
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
        new_row = np.cumsum(used) - 1 + self._rows
        self._terms.append((new_row[difference.rows], difference.columns, difference.coefs))
        self._sides.append((low[cells], high[cells]))
        self._row_names.append(self._names(name, axes, cells, self._rows))
        self.rows.append(RequirementRows(name, axes, cells, self._rows))
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
        first = next(names.first for names in self._column_names if names.block == block.name)
        low, high, _ = self._bounds[list(self.blocks).index(block.name)]
        if lower is not None:
            low[columns - first] = np.maximum(low[columns - first], lower)
        if upper is not None:
            high[columns - first] = np.minimum(high[columns - first], upper)

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
        self.program = Program(
            objective=cost,
            constant=0.0 if objective.constant is None else float(objective.constant[0]),
            column_lower=_joined([low for low, _, _ in self._bounds]),
            column_upper=_joined([high for _, high, _ in self._bounds]),
            is_integer=_joined([whole for _, _, whole in self._bounds]).astype(bool),
            starts=starts,
            columns=columns,
            values=values,
            row_lower=_joined([low for low, _ in self._sides]),
            row_upper=_joined([high for _, high in self._sides]),
            column_names=tuple(self._column_names),
            row_names=tuple(self._row_names),
        )
        return self.program

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
