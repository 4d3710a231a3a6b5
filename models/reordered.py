"""The same model with the rows of its tables in another order: which column and row is which.

Rows of the tables in another order give the same variables and requirements, in another order. Blocks are matched by
their names and cells by the labels of their axes; requirements with the same name and labels by the variables in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Axes, shape_of
from models.build import Model
from models.builder import RequirementRows
from models.outcome import Outcome
from models.program import Floats, Ints, Program

_SAME = 1e-9
"""Coefficients that are sums may differ by their order of adding up, relative to max(1, |value|)."""


@dataclass(frozen=True, eq=False)
class Reordered:
    """By column and by row of one model: the column and the row of the other one."""

    columns: Ints
    rows: Ints

    def outcome(self, found: Outcome) -> Outcome:
        """Returns an outcome of the other model as one of the first; what follows from no plan is left out."""
        place = {int(row): number for number, row in enumerate(self.rows)}
        return replace(
            found,
            solution=_taken(found.solution, self.columns),
            reduced_costs=_taken(found.reduced_costs, self.columns),
            row_duals=_taken(found.row_duals, self.rows),
            prices=_taken(found.prices, self.rows),
            worths={place[row]: worth for row, worth in found.worths.items()},
            end=None,
        )


def reordered(model: Model, other: Model) -> Reordered | None:
    """Returns where each column and row of a model is in another one; None where they are not the same program."""
    columns = _columns(model, other)
    rows = None if columns is None else _rows(model, other, columns)
    if columns is None or rows is None or not _is_same(model.program, other.program, columns, rows):
        return None
    return Reordered(columns, rows)


def _taken(values: Floats | None, places: Ints) -> Floats | None:
    return None if values is None else values[places]


def _columns(model: Model, other: Model) -> Ints | None:
    found = np.full(model.program.column_count, -1, dtype=np.int64)
    blocks = other.builder.blocks
    if model.builder.blocks.keys() != blocks.keys() or model.program.column_count != other.program.column_count:
        return None
    for name, block in model.builder.blocks.items():
        places = _places(block.axes, blocks[name].axes)
        if places is None:
            return None
        cells = blocks[name].column[np.ix_(*places)] if places else blocks[name].column
        if ((cells >= 0) != block.exists).any():
            return None
        found[block.column[block.exists]] = cells[block.exists]
    return found if (found >= 0).all() else None


def _places(axes: Axes, others: Axes) -> list[Ints] | None:
    """By axis, the position of each label on the axis of the other model; None where the labels are not the same."""
    found = []
    for axis, other in zip(axes, others, strict=True):
        position = {label: place for place, label in enumerate(other.labels)}
        if len(position) < len(axis) or len(axis) != len(other) or any(label not in position for label in axis.labels):
            return None
        found.append(np.array([position[label] for label in axis.labels], dtype=np.int64))
    return found


def _rows(model: Model, other: Model, columns: Ints) -> Ints | None:
    waiting: dict[tuple[object, ...], list[RequirementRows]] = {}
    own = np.arange(other.program.column_count)
    for rows in other.builder.rows:
        waiting.setdefault(_signature(rows, other.program, own), []).append(rows)
    found = np.full(model.program.row_count, -1, dtype=np.int64)
    for rows in model.builder.rows:
        same = waiting.get(_signature(rows, model.program, columns), [])
        places = _places(rows.axes, same[0].axes) if same else None
        if places is None:
            return None
        match = same.pop(0)
        cells = np.unravel_index(rows.cells, shape_of(rows.axes)) if rows.axes else ()
        moved = [places[at][cell] for at, cell in enumerate(cells)]
        flat = np.ravel_multi_index(moved, shape_of(match.axes)) if moved else np.zeros(len(rows.cells), dtype=np.int64)
        at = np.searchsorted(match.cells, flat)
        if len(match.cells) != len(rows.cells) or (match.cells[np.minimum(at, len(match.cells) - 1)] != flat).any():
            return None
        found[rows.first : rows.first + len(rows.cells)] = match.first + at
    return found if (found >= 0).all() else None


def _signature(rows: RequirementRows, program: Program, columns: Ints) -> tuple[object, ...]:
    first, end = program.starts[rows.first], program.starts[rows.first + len(rows.cells)]
    used = np.unique(columns[program.columns[first:end]])
    return rows.name, tuple(tuple(sorted(axis.labels)) for axis in rows.axes), used.tobytes()


def _is_same(program: Program, other: Program, columns: Ints, rows: Ints) -> bool:
    """Whether a program says, column by column and row by row, what the other one does."""
    sides = [
        (program.objective, other.objective[columns]), (program.column_lower, other.column_lower[columns]),
        (program.column_upper, other.column_upper[columns]), (program.row_lower, other.row_lower[rows]),
        (program.row_upper, other.row_upper[rows]), (np.array([program.constant]), np.array([other.constant])),
    ]  # fmt: skip
    if program.non_zeros != other.non_zeros or (program.is_integer != other.is_integer[columns]).any():
        return False
    width = program.column_count
    own = rows[program.row_of_entries()] * width + columns[program.columns]
    theirs = other.row_of_entries() * width + other.columns
    order, others = np.argsort(own), np.argsort(theirs)
    if (own[order] != theirs[others]).any():
        return False
    sides.append((program.values[order], other.values[others]))
    return all(_is_close(one, two) for one, two in sides)


def _is_close(one: Floats, two: Floats) -> bool:
    return bool(np.isclose(one, two, rtol=_SAME, atol=_SAME).all())


__all__ = ["Reordered", "reordered"]
