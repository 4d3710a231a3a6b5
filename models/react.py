"""Holds a plan in a case that has changed: what was decided before the change is seen stays, the rest may react.

Everything before the node where the change is seen is held: orders, arrivals, sales, work. From then on starts,
closings, signings and modules stay as planned; later orders, leases, work and sales are free. A later strategic
decision whose gate has closed is released: it may be taken at its time or later, or not at all, and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model
from models.builder import Block
from models.program import Floats, Ints, Program

STRATEGIC = ("start", "close", "sign", "build")
HELD = (*STRATEGIC, "order", "receive", "stock", "cohort", "unserved")
"""What is decided in a period: moves, orders, where units go, what is sold, and what is left unserved. Tiers,
shortfalls and the work of single machines follow from these; holding them too would leave a solver no room for its
tolerance."""
SLACK = 1e-6
"""Continuous columns are held to this, relative to max(1, |value|): solvers keep rows to a tolerance."""
_NOTHING = 1e-6

Values = Mapping[str, float]
"""A plan by the names of its columns; what is not named is 0."""


@dataclass(frozen=True)
class Held:
    """A program in which a plan is held, and the names of the strategic columns that had to be released."""

    program: Program
    released: tuple[str, ...]


def values_of(model: Model, solution: Floats) -> dict[str, float]:
    """Returns a plan by the names of its columns, without zeros."""
    program = model.program
    return {program.column_name(int(i)): float(solution[i]) for i in np.flatnonzero(np.abs(solution) > 0.0)}


def as_columns(program: Program, values: Values) -> Floats:
    """Returns a plan as one number for each column of a program; columns that the plan does not know are 0."""
    return np.array([values.get(program.column_name(i), 0.0) for i in range(program.column_count)])


def hold(model: Model, values: Values, seen: int, *, strategy_stays: bool = True) -> Held:
    """Returns the program of a changed case with a plan held up to the period in which the change is seen.

    `seen` counts periods from 0; the number of periods holds everything. With `strategy_stays` false, strategic
    decisions from then on may react as well.
    """
    program = model.program
    wanted = as_columns(program, values)
    period = periods_of(model)
    decided = _columns(model, HELD)
    strategic = _columns(model, STRATEGIC)
    before = (period >= 0) & (period < seen) & decided
    later = strategic & ~before
    released = np.zeros(program.column_count, dtype=bool)
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    _box(program, lower, upper, wanted, before)
    if strategy_stays:
        released = _impossible(model, np.where(strategic, np.rint(wanted), 0.0), strategic, before)
        fixed = later & ~released
        lower[fixed] = upper[fixed] = np.rint(wanted[fixed])
        _release(model, lower, upper, wanted, released & later, period)
    held = replace(program, column_lower=lower, column_upper=upper)
    names = tuple(program.column_name(int(i)) for i in np.flatnonzero(released & later))
    return Held(held, names)


def periods_of(model: Model) -> Ints:
    """Returns the period of each column; −1 for columns that belong to no single period."""
    found = np.full(model.program.column_count, -1, dtype=np.int64)
    for block in model.builder.blocks.values():
        period = _period_along(model, block)
        if period is not None:
            exists = block.exists
            found[block.column[exists]] = np.broadcast_to(period, block.column.shape)[exists]
    return found


def _period_along(model: Model, block: Block) -> Ints | None:
    """The period of each cell of a block, shaped to be spread over its axes."""
    frame, tree = model.frame, model.frame.tree
    for place, axis in enumerate(block.axes):
        if axis is frame.node:
            period = tree.period
        elif axis is model.fleet.vintages.axis:
            period = tree.period[model.fleet.vintages.pairs.last]
        elif axis.name == "tier node":
            period = tree.period[[frame.node.position(label) for label in axis.labels]]
        else:
            continue
        return period.reshape([-1 if k == place else 1 for k in range(len(block.axes))])
    return None


def _columns(model: Model, names: Iterable[str]) -> np.ndarray:
    found = np.zeros(model.program.column_count, dtype=bool)
    for name in names:
        block = model.builder.blocks[name]
        found[block.column[block.exists]] = True
    return found


def _box(program: Program, lower: Floats, upper: Floats, wanted: Floats, where: np.ndarray) -> None:
    """Narrows the bounds of columns to the values of the plan."""
    whole = program.is_integer & where
    lower[whole] = upper[whole] = np.rint(wanted[whole])
    loose = where & ~program.is_integer
    room = SLACK * np.maximum(1.0, np.abs(wanted[loose]))
    lower[loose] = np.maximum(lower[loose], wanted[loose] - room)
    upper[loose] = np.minimum(upper[loose], wanted[loose] + room)
    # What the change itself has bounded more tightly stays in its bounds.
    crossed = lower > upper
    lower[crossed & loose] = upper[crossed & loose] = np.clip(wanted, program.column_lower, program.column_upper)[
        crossed & loose
    ]


def _impossible(model: Model, wanted: Floats, strategic: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Returns which strategic columns of the plan cannot be taken any more: their gates are closed."""
    program = model.program
    entry_row, entry_column, value = program.row_of_entries(), program.columns, program.values
    gated = np.zeros(program.row_count, dtype=bool)
    for rows in model.builder.rows:
        if rows.name in {"gates", "excludes"}:
            gated[rows.first : rows.first + len(rows.cells)] = True
    inside = strategic[entry_column] & gated[entry_row]
    # A row with other columns (orders) binds those, which may react; only rows of strategic columns alone decide here.
    mixed = np.zeros(program.row_count, dtype=bool)
    mixed[entry_row[~strategic[entry_column]]] = True
    inside &= ~mixed[entry_row]
    released = np.zeros(program.column_count, dtype=bool)
    taken = wanted.copy()
    while True:
        activity = np.bincount(entry_row[inside], value[inside] * taken[entry_column[inside]], program.row_count)
        broken = gated & ~mixed & (activity > program.row_upper + _NOTHING)
        to_blame = inside & broken[entry_row] & (value > 0) & (taken[entry_column] > _NOTHING)
        found = np.unique(entry_column[to_blame & ~before[entry_column]])
        if len(found) == 0:
            return released
        released[found] = True
        taken[found] = 0.0


def _release(model: Model, lower: Floats, upper: Floats, wanted: Floats, released: np.ndarray, period: Ints) -> None:
    """Lets released decisions be taken at their time or later, in the amount of the plan at most."""
    program = model.program
    for name in STRATEGIC:
        column = model.builder.blocks[name].column
        for row in column:
            own = row[row >= 0]
            for at in own[released[own]]:
                later = own[period[own] >= period[at]]
                lower[later] = np.minimum(lower[later], np.rint(wanted[later]))
                upper[later] = np.minimum(program.column_upper[later], np.rint(wanted[later]) + np.rint(wanted[at]))
                lower[at] = 0.0
                upper[at] = np.rint(wanted[at])
