"""Holds a plan in a case that has changed: what was decided before the change is seen stays, the rest may react.

Everything before the period in which the change is seen is held: orders, arrivals, sales, what is left unserved. From
then on starts, closings, signings and modules stay as planned; later orders, leases, work and sales are free. A later
strategic decision that cannot be taken any more (its gate has closed, or it is barred) is released: it may be taken at
its time or later, or not at all, and is named.

What has arrived cannot break a limit of supply any more: where it does by the numbers of the changed case (a yearly
amount that is cut after more than what is left of it has arrived), the row is lifted to what has arrived, and nothing
can be added to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model
from models.builder import VariableBlock
from models.families.limits import LIMITS
from models.program import Floats, Ints, Program

STRATEGIC = ("start", "close", "sign", "build")
HELD = (
    *STRATEGIC, "order", "cancel", "late_cancel", "cancel_open", "draw", "leave", "renew", "receive", "stock", "cohort",
    "unserved",
)  # fmt: skip
"""What is decided in a period: moves, orders and what is cancelled, draws, leases left or renewed, where units go, what
is sold, and what is left unserved. Tiers, shortfalls and the work of single machines follow from these; holding them
too would leave a solver no room for its tolerance."""
DECIDED = HELD[:-1]
"""What is held where the change reaches the time before it is seen: what is left unserved then follows."""
SLACK = 1e-6
"""A search holds continuous columns to this, relative to max(1, |value|): solvers keep rows to a tolerance."""
_NOTHING = 1e-6

Values = Mapping[str, float]
"""A plan by the names of its columns; what is not named is 0."""


@dataclass(frozen=True)
class FixedPlan:
    """A program in which a plan is held.

    `program` leaves continuous columns a little room, so that a search finds plans. Every bound of it holds for what
    is held exactly. A plan that was found there may cost less than one that is held exactly: what that costs is
    found in `exact`, in which those columns have no room. `released` names the strategic columns that cannot stay as
    planned, `lifted` the rows of limits of supply that what has happened exceeds by the numbers of the changed case.
    """

    program: Program
    exact: Program
    released: tuple[str, ...]
    lifted: tuple[str, ...] = ()


def values_of(model: Model, solution: Floats) -> dict[str, float]:
    """Returns a plan by the names of its columns, without zeros."""
    names = model.program.all_column_names()
    return {names[i]: float(solution[i]) for i in np.flatnonzero(np.abs(solution) > 0.0).tolist()}


def as_columns(program: Program, values: Values) -> Floats:
    """Returns a plan as one number for each column of a program; columns that the plan does not know are 0."""
    return np.array([values.get(name, 0.0) for name in program.all_column_names()])


def fix_decisions(
    model: Model, values: Values, seen: int, *, strategy_stays: bool = True, blocks: Iterable[str] = HELD
) -> FixedPlan:
    """Returns the program of a changed case with a plan held up to the period in which the change is seen.

    `seen` counts periods from 0; the number of periods holds everything. With `strategy_stays` false, strategic
    decisions from then on may react as well. `blocks` are what is held before `seen`.
    """
    program = model.program
    wanted = as_columns(program, values)
    period = periods_of(model)
    decided = _columns(model, blocks)
    strategic = _columns(model, STRATEGIC)
    before = (period >= 0) & (period < seen) & decided
    later = strategic & ~before
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    # Room in what was not ordered would be orders of next to nothing.
    still = before & (wanted == 0.0) & _columns(model, ("order", "receive"))
    _box(program, lower, upper, wanted, before & ~still)
    lower[still] = upper[still] = 0.0
    names: list[str] = []
    if strategy_stays:
        released = later & _impossible(model, np.where(strategic, np.rint(wanted), 0.0), strategic, before)
        fixed = later & ~released
        lower[fixed] = upper[fixed] = np.rint(wanted[fixed])
        lower[released] = program.column_lower[released]
        upper[released] = np.minimum(program.column_upper[released], np.rint(wanted[released]))
        gone = _gone(model, values)
        _postpone(model, upper, [*_taken_at(model, wanted, released), *gone], period)
        names = [program.column_name(int(i)) for i in np.flatnonzero(released)] + [move.name for move in gone]
    held = replace(program, column_lower=lower, column_upper=upper)
    lifted, rows = _lifted(held, before)
    exact = _exactly(held, wanted, before, before & _columns(model, ("unserved",)))
    return FixedPlan(lifted, exact, tuple(names), tuple(rows))


def periods_of(model: Model) -> Ints:
    """Returns the period of each column; −1 for columns that belong to no single period."""
    found = np.full(model.program.column_count, -1, dtype=np.int64)
    for block in model.builder.blocks.values():
        period = _period_along(model, block)
        if period is not None:
            exists = block.exists
            found[block.column[exists]] = np.broadcast_to(period, block.column.shape)[exists]
    return found


def _period_along(model: Model, block: VariableBlock) -> Ints | None:
    """The period of each cell of a block, shaped to be spread over its axes."""
    frame, tree = model.frame, model.frame.tree
    for place, axis in enumerate(block.axes):
        if axis is frame.node:
            period = tree.period
        elif axis is frame.pair:
            period = tree.period[tree.pairs.last]
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
        block = model.builder.blocks.get(name)
        if block is None:
            continue
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
    # A bound from the changed case (what an order can need) may be less than what was done; what was done stays.
    crossed = lower > upper
    lower[crossed] = upper[crossed] = wanted[crossed]


def _exactly(held: Program, wanted: Floats, before: np.ndarray, unserved: np.ndarray) -> Program:
    """The program with held columns at the values of the plan, and limits at least at what has arrived.

    What is left unserved follows from the rest and has room above: no plan costs less for that.
    """
    lower, upper = held.column_lower.copy(), held.column_upper.copy()
    loose = before & ~held.is_integer
    lower[loose] = np.clip(wanted[loose], lower[loose], upper[loose])
    upper[loose & ~unserved] = lower[loose & ~unserved]
    return _lifted(replace(held, column_lower=lower, column_upper=upper), before, room_share=0.0)[0]


@dataclass(frozen=True)
class _StrategicDecision:
    """A strategic decision of a plan: its name, the columns of the same thing there and later, period and amount."""

    name: str
    columns: Ints
    period: int
    amount: float


def _gone(model: Model, values: Values) -> list[_StrategicDecision]:
    """The strategic decisions of a plan that the changed case does not offer at their time, whatever else is done."""
    found = []
    for block in STRATEGIC:
        stated = model.builder.blocks[block]
        for item, node in zip(*np.nonzero(~stated.exists), strict=True):
            name = f"{block}[{stated.axes[0].labels[item]},{stated.axes[1].labels[node]}]"
            if values.get(name, 0.0) > _NOTHING:
                period = int(model.frame.tree.period[node])
                columns = stated.column[item, _after(model, int(node))]
                found.append(_StrategicDecision(name, columns, period, float(np.rint(values[name]))))
    return found


def _taken_at(model: Model, wanted: Floats, released: np.ndarray) -> list[_StrategicDecision]:
    """The strategic decisions that are released, of the columns that there are."""
    found = []
    for block in STRATEGIC:
        column = model.builder.blocks[block].column
        for item, node in zip(*np.nonzero(column >= 0), strict=True):
            at = int(column[item, node])
            if released[at]:
                name, period = model.program.column_name(at), int(model.frame.tree.period[node])
                columns = column[item, _after(model, int(node))]
                found.append(_StrategicDecision(name, columns, period, float(np.rint(wanted[at]))))
    return found


def _after(model: Model, node: int) -> Ints:
    """A node and all that can follow it."""
    pairs = model.frame.tree.pairs
    found: Ints = pairs.last[pairs.first == node]
    return found


def _lifted(program: Program, before: np.ndarray, *, room_share: float = SLACK) -> tuple[Program, list[str]]:
    """Lifts limits of supply that what is held exceeds, whatever comes later, and names them."""
    rows, columns, values = program.row_of_entries(), program.columns, program.values
    ends = values * program.column_lower[columns], values * program.column_upper[columns]
    least = np.bincount(rows, np.minimum(*ends), program.row_count)
    over = np.zeros(program.row_count, dtype=bool)
    over[rows[before[columns]]] = True
    supply = np.zeros(program.row_count, dtype=bool)
    for names in program.row_names:
        supply[names.first : names.first + names.size] = names.block == LIMITS.rows
    # In other rows the least may be unlimited, which no arithmetic likes.
    least = np.where(supply & np.isfinite(least), least, -1.0)
    room = room_share * np.maximum(1.0, np.abs(least))
    over &= supply & (least > program.row_upper + room)
    upper = np.where(over, least + room, program.row_upper)
    return replace(program, row_upper=upper), [program.row_name(int(i)) for i in np.flatnonzero(over)]


def _impossible(model: Model, wanted: Floats, strategic: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Returns which strategic columns of the plan cannot be taken any more: barred, or with a gate that is closed."""
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
    is_barred = (wanted > program.column_upper) | (wanted < program.column_lower)
    released = np.asarray(strategic & ~before & is_barred)
    taken = np.where(released, 0.0, wanted)
    while True:
        activity = np.bincount(entry_row[inside], value[inside] * taken[entry_column[inside]], program.row_count)
        broken = gated & ~mixed & (activity > program.row_upper + _NOTHING)
        to_blame = inside & broken[entry_row] & (value > 0) & (taken[entry_column] > _NOTHING)
        found = np.unique(entry_column[to_blame & ~before[entry_column]])
        if len(found) == 0:
            return released
        released[found] = True
        taken[found] = 0.0


def _postpone(model: Model, upper: Floats, moves: Iterable[_StrategicDecision], period: Ints) -> None:
    """Lets decisions be taken later than planned, by at most their planned amount in each period."""
    for move in moves:
        later = move.columns[move.columns >= 0]
        later = later[period[later] > move.period]
        upper[later] = np.minimum(model.program.column_upper[later], upper[later] + move.amount)
