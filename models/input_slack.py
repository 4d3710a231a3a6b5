"""A program in which inputs may change, each at the price of its size: the least sum of changes that makes a plan.

What an input bounds is read off two programs, that of the case and that of the case with the input changed a little:
where only sides of rows and caps of variables differ, it enters linearly and becomes a column. Inputs that change
coefficients (shares, ramps, lots, dates) do not, and are left to whoever tries their values one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.build import Model, build_from
from models.case import Case
from models.frame import frame_of
from models.frame_order import frame_in_order
from models.outcome import SolveOptions
from models.program import Floats, Ints, Names, Program, with_columns
from models.solvers.catalogue import SCIP, general_code
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import scenario_tree
from models.whatif.changeable_inputs import LARGE, ChangeableInput, RepairKind, with_inputs

_GAP = 1e-4
_NOTHING = 1e-9
_FAST = "highs"
_MOST_WHOLE = 1e6


@dataclass(frozen=True)
class LeastChange:
    """The values of the least sum of changes, and what is proven to be needed; no values where nothing was found."""

    values: Mapping[ChangeableInput, float] | None
    least: float
    plan: Mapping[str, float] = field(default_factory=dict)
    """A plan with these values, by the names of its columns."""


@dataclass(frozen=True, eq=False)
class SlackColumns:
    """Inputs that enter a program linearly, and by each what a change of one adds to the sides of its rows."""

    program: Program
    """Without caps: these are rows."""
    inputs: tuple[ChangeableInput, ...]
    entries: tuple[tuple[Ints, Floats], ...]

    def least_change(self, weights: Mapping[RepairKind, float], engine: Engine, seconds: float) -> LeastChange:
        """Returns the least sum of changes that makes a plan possible, each size times the weight of its kind."""
        program, first = self._program(weights), self.program.column_count
        options = SolveOptions(gap=_GAP, time_limit_s=seconds)
        found = engine.solve(program, options, code=slack_code(engine.name))
        least = max(0.0, found.bound or 0.0)
        if found.solution is None:
            return LeastChange(None, least)
        change = np.maximum(found.solution[first:], 0.0)
        values = {
            one: one.number + one.sign * _unit(one) * float(amount)
            for one, amount in zip(self.inputs, change, strict=True)
            if amount > _NOTHING
        }
        own = np.flatnonzero(found.solution[:first])
        plan = {program.column_name(int(column)): float(found.solution[column]) for column in own}
        return LeastChange(values, least, plan)

    def _program(self, weights: Mapping[RepairKind, float]) -> Program:
        rows = np.concatenate([rows for rows, _ in self.entries]) if self.inputs else np.empty(0, dtype=np.int64)
        parts = [_unit(one) * amounts for one, (_, amounts) in zip(self.inputs, self.entries, strict=True)]
        values = np.concatenate(parts) if self.inputs else np.empty(0)
        places = np.repeat(np.arange(len(self.inputs)), [len(rows) for rows, _ in self.entries])
        free = replace(self.program, objective=np.zeros(self.program.column_count), constant=0.0)
        made = with_columns(free, rows, places, -values, count=len(self.inputs), upper=np.inf)
        own = slice(self.program.column_count, None)
        upper, whole, cost = made.column_upper.copy(), made.is_integer.copy(), made.objective.copy()
        upper[own] = [_room(one) / _unit(one) for one in self.inputs]
        whole[own] = [one.is_whole for one in self.inputs]
        cost[own] = [one.size * weights[one.kind] * _unit(one) for one in self.inputs]
        return replace(made, column_upper=upper, is_integer=whole, objective=cost)


def slack_code(name: str) -> str:
    """Returns the code that solves programs of slack: HiGHS where it would be SCIP, which takes many times as long."""
    code = general_code(name)
    return _FAST if code == SCIP else code


def slack_columns(case: Case, inputs: Sequence[ChangeableInput], *, base: bool) -> SlackColumns:
    """Returns those of some inputs that enter the program of a case linearly; with `base` without its scenarios."""
    own = _loose_program(case, base=base)
    found, entries = [], []
    for one in inputs:
        if one.choices:
            continue
        step = _small_change(one)
        moved = _loose_program(with_inputs(case, {one: one.number + one.sign * step}), base=base)
        if (sides := _sides(own, moved)) is not None:
            rows = np.flatnonzero(sides)
            found.append(one)
            entries.append((rows, sides[rows] / step))
    return SlackColumns(own, tuple(found), tuple(entries))


def _unit(one: ChangeableInput) -> float:
    """What its column counts in: its own scale, so that numbers do not depend on units."""
    return 1.0 if one.is_whole else one.scale


def _small_change(one: ChangeableInput) -> float:
    """A change that keeps an input within its bounds and what it bounds in existence."""
    if one.is_whole:
        return 1.0
    return one.number / 2.0 if one.sign < 0 else one.scale / 4.0


def _room(one: ChangeableInput) -> float:
    """How far an input may be changed."""
    room = np.inf if one.farthest is None else abs(one.farthest - one.number)
    return min(room, _MOST_WHOLE) if one.is_whole else room if room < LARGE / 2.0 else np.inf


def _loose_program(case: Case, *, base: bool) -> Program:
    """The program in which nothing but a requirement itself says what it says, with caps of variables as rows."""
    tree = None if base else scenario_tree(case)
    frame = frame_of((case,)) if tree is None else tree.frame()
    order = frame_in_order(frame)
    return _with_caps(build_from(frame if order is None else order.frame, within_limits=False))


def _with_caps(model: Model) -> Program:
    program, caps = model.program, model.builder.caps
    columns = np.concatenate([cap.columns for cap in caps]) if caps else np.empty(0, dtype=np.int64)
    upper = np.concatenate([cap.upper for cap in caps]) if caps else np.empty(0)
    count = len(columns)
    names = Names("caps", program.row_count, (tuple(str(i) for i in range(count)),), (np.arange(count),))
    return replace(
        program,
        starts=np.concatenate([program.starts, program.starts[-1] + 1 + np.arange(count)]),
        columns=np.concatenate([program.columns, columns]),
        values=np.concatenate([program.values, np.ones(count)]),
        row_lower=np.concatenate([program.row_lower, np.full(count, -np.inf)]),
        row_upper=np.concatenate([program.row_upper, upper]),
        row_names=(*program.row_names, names),
    )


def _same_shape(one: Program, other: Program) -> bool:
    """Whether two programs have the same rows and columns with the same coefficients."""
    return (
        one.column_count == other.column_count
        and one.row_count == other.row_count
        and np.array_equal(one.starts, other.starts)
        and np.array_equal(one.columns, other.columns)
        and np.array_equal(one.values, other.values)
        and np.array_equal(one.is_integer, other.is_integer)
        and np.array_equal(one.column_lower, other.column_lower)
    )


def _sides(own: Program, moved: Program) -> Floats | None:
    """By row what is added to its sides; None where something else differs too."""
    if not _same_shape(own, moved) or (moved.column_upper > own.column_upper).any():
        return None
    found = np.zeros(own.row_count)
    for one, other in ((own.row_upper, moved.row_upper), (own.row_lower, moved.row_lower)):
        is_there = np.isfinite(one)
        if not np.array_equal(is_there, np.isfinite(other)):
            return None
        added = np.where(is_there, np.subtract(other, one, where=is_there, out=np.zeros_like(one)), 0.0)
        if ((found != 0) & (added != 0) & (found != added)).any():
            return None
        found = np.where(added != 0, added, found)
    return found
