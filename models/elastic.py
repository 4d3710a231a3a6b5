"""A program whose requirements may give way, each measured against its own size.

What comes from the inputs as a bound may give way (an elastic program, after Chinneck, Feasibility and Infeasibility in
Optimization, 2008, chapter 6). What defines the model (stocks, arrivals, gates) stays hard. Slack is counted in sizes:
1 gives way by the whole size of a bound, so that no number depends on the units or the size of a case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.build import BY_ROWS, Model
from models.program import Floats, Ints, Names, Program, with_columns


@dataclass(frozen=True)
class ElasticBound:
    """One bound that may give way: of the row `index`, or of the column where the requirement is a cap.

    `side` says whether more than the bound would be needed (`more`) or less than it asks for (`less`).
    """

    family: str
    name: str
    index: int
    side: str
    bound: float
    own_size: float
    is_column: bool = False


@dataclass(frozen=True, eq=False)
class Elastic:
    """A program with a slack column for each of `soft`, counted in sizes; its cost is the sum of all slack."""

    program: Program
    first_slack: int
    soft: tuple[ElasticBound, ...]
    size: Floats

    def with_free(self, families: Iterable[str]) -> Program:
        """Returns the program in which only the slacks of some families may be used."""
        free = set(families)
        upper = self.program.column_upper.copy()
        upper[self.first_slack :] = [np.inf if one.family in free else 0.0 for one in self.soft]
        return replace(self.program, column_upper=upper)

    def amounts(self, values: Floats) -> Floats:
        """Returns what each bound gives way by, in its own unit."""
        return np.maximum(values[self.first_slack :], 0.0) * self.size


def softs_of(model: Model, program: Program, families: Collection[str] = tuple(BY_ROWS)) -> tuple[ElasticBound, ...]:
    """Returns the bounds of a model's program that may give way: rows, then columns."""
    found: list[ElasticBound] = []
    for names in program.row_names:
        if names.block not in families:
            continue
        for row in range(names.first, names.first + names.size):
            for side, bound in (("more", float(program.row_upper[row])), ("less", float(program.row_lower[row]))):
                if np.isfinite(bound):
                    found.append(ElasticBound(names.block, program.row_name(row), row, side, bound, abs(bound)))
    unserved = model.assignments.unserved
    demand = dict(zip(unserved.column.ravel().tolist(), model.work.demand.ravel().tolist(), strict=True))
    for cap in model.builder.caps:
        # A column that is held has no other bound than what it is held at.
        bounds = np.minimum(cap.upper, program.column_upper[cap.columns])
        for column, bound in zip(cap.columns.tolist(), bounds.tolist(), strict=True) if cap.name in families else ():
            # Unserved demand is measured against all demand, not against the part that need not be served.
            size = demand.get(column, bound)
            found.append(
                ElasticBound(cap.name, program.column_name(column), column, "more", bound, size, is_column=True)
            )
    return tuple(found)


def sizes_of(soft: Sequence[ElasticBound], amounts: Floats | None = None) -> Floats:
    """Returns the size of each bound: its own; where it is 0 or follows the plan, that of `amounts`, by bound.

    Where there is neither, the largest size of its family, and 1 where that has none.
    """
    size = np.array([one.own_size for one in soft])
    if amounts is not None:
        follows = np.array([BY_ROWS[one.family].compares for one in soft], dtype=bool)
        size = np.where((follows | (size == 0.0)) & (amounts > 0.0), amounts, size)
    family = np.array([one.family for one in soft])
    for name in dict.fromkeys(family):
        own = family == name
        size[own & (size == 0.0)] = size[own].max() or 1.0
    return size


def larger_sides(program: Program, soft: Sequence[ElasticBound], plan: Floats) -> Floats:
    """Returns by bound the larger side of its row at a plan, or the value of its column."""
    rows, entries = program.row_of_entries(), program.values * plan[program.columns]
    above = np.bincount(rows, np.maximum(entries, 0.0), program.row_count)
    below = np.bincount(rows, np.maximum(-entries, 0.0), program.row_count)
    return np.array([plan[one.index] if one.is_column else max(above[one.index], below[one.index]) for one in soft])


def elastic_of(
    program: Program, soft: tuple[ElasticBound, ...], size: Floats, raised: Mapping[int, Ints] | None = None
) -> Elastic:
    """Returns the elastic program of some bounds: no cost but that of giving way by these sizes.

    `raised` names, by row, the rows whose bounds rise with that of one; itself alone where nothing is said.
    """
    widened, extra = _with_rows_of_caps(program, [one for one in soft if one.is_column])
    own = [one.index for one in soft if not one.is_column] + extra
    reach = [(raised or {}).get(row, np.array([row])) for row in own]
    places = np.repeat(np.arange(len(soft)), [len(rows) for rows in reach])
    rows = np.concatenate(reach) if reach else np.empty(0, dtype=np.int64)
    sign = np.array([-1.0 if one.side == "more" else 1.0 for one in soft])
    free = replace(widened, objective=np.zeros(program.column_count), constant=0.0)
    entries = (sign * size)[places]
    made = with_columns(free, rows, places, entries, count=len(soft), upper=np.inf, cost=1.0)
    return Elastic(made, program.column_count, soft, size)


def _with_rows_of_caps(program: Program, soft: list[ElasticBound]) -> tuple[Program, list[int]]:
    """Turns bounds of columns into rows, which can be given slack."""
    count = len(soft)
    index: Ints = np.array([one.index for one in soft], dtype=np.int64)
    upper = program.column_upper.copy()
    upper[index] = np.where(program.is_integer[index], upper[index], np.inf)
    rows = program.row_count + np.arange(count)
    names = Names("caps", program.row_count, (tuple(str(i) for i in range(count)),), (np.arange(count),))
    made = replace(
        program,
        column_upper=upper,
        starts=np.concatenate([program.starts, program.starts[-1] + 1 + np.arange(count)]),
        columns=np.concatenate([program.columns, index]),
        values=np.concatenate([program.values, np.ones(count)]),
        row_lower=np.concatenate([program.row_lower, np.full(count, -np.inf)]),
        row_upper=np.concatenate([program.row_upper, [one.bound for one in soft]]),
        row_names=(*program.row_names, names),
    )
    return made, rows.tolist()
