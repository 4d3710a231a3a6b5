"""The extended formulation: the program with running totals and sums as integer columns, and tightened bounds.

    ever[i]      the sum of a special ordered set: to take any of it, or none
    running[j]   the total of a series up to a period: how much there is by then, whenever it was added
    overall[t]   the total of all capacity up to a period: where series cost the same, one answers for another

All are whole wherever their parts are, so they may be branched on; one such branch decides what would take many on
the parts (decisions 0008 and 0010).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.program import Floats, Ints, Program
from models.tree_search.bound_propagation import BOUND_SLACK, propagated_bounds
from models.tree_search.branching_guide import NO_PREDECESSOR, BranchingGuide, Priority
from models.tree_search.dual_bounds import DualBounds
from models.tree_search.stock_chains import ChainRows, chain_depths, chain_rows

MAX_LOTS_WITH_TOTALS = 100
"""Of more lots than this in one column one hardly counts: totals cost more than they prove (decision 0010)."""
_CROSSED = 1e-6
"""Bounds that follow from rows prove infeasibility where they cross by more than this: less may be rounding errors."""


@dataclass(frozen=True)
class ExtendedFormulation:
    """The extended program; its first `original_count` columns are those of the program itself.

    `lower` and `upper` are the bounds of all columns, and `integers` the integer columns, with their `priority` and
    `period`; `is_original` marks those of the program itself.
    """

    program: Program
    original_count: int
    lower: Floats
    upper: Floats
    integers: Ints
    priority: Ints
    period: Ints
    is_original: np.ndarray
    dual_bounds: DualBounds
    neighbours: Ints
    """Pairs of positions in `integers`: capacity of one series, and that of the period before."""
    sos1_members: Ints
    """Pairs of positions in `integers`: a column, and the sum of the special ordered set that it belongs to."""

    @property
    def is_infeasible(self) -> bool:
        """True where the bounds that follow from the rows cross by more than rounding errors: there is no plan."""
        slack = _CROSSED * np.maximum(1.0, np.abs(self.dual_bounds.upper))
        return bool((self.dual_bounds.lower > self.dual_bounds.upper + slack).any())

    def column_bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Returns the bounds of all columns where the integer columns have these."""
        low, high = self.lower.copy(), self.upper.copy()
        low[self.integers], high[self.integers] = lower, upper
        return low, high

    def with_integers(self, values: Floats) -> Floats:
        """Returns values of all columns where the integer columns have these, and the others are zero."""
        found = np.zeros(self.program.column_count)
        found[self.integers] = values
        return found


def extended_formulation(program: Program, guide: BranchingGuide) -> ExtendedFormulation:
    """Returns the program with its running totals and sums, and bounds that follow from the rows."""
    extension = _Extension(program, guide)
    extension.add_sums()
    extension.add_running()
    extension.add_overall()
    extended = extension.finished()
    lower, upper = propagated_bounds(extended)
    upper = _along(chain_rows(extended, guide.stock_rows), upper)
    integers = np.flatnonzero(extended.is_integer)
    low = np.where(extended.is_integer, np.maximum(lower, extended.column_lower), extended.column_lower)
    high = np.where(extended.is_integer, np.minimum(upper, extended.column_upper), extended.column_upper)
    tightened = replace(extended, column_lower=low, column_upper=high)
    priority, period = np.array(extension.priority, dtype=np.int64), np.array(extension.period, dtype=np.int64)
    return ExtendedFormulation(
        tightened,
        program.column_count,
        low,
        high,
        integers,
        priority[integers],
        period[integers],
        integers < program.column_count,
        DualBounds(tightened, lower, upper),
        _neighbours(guide, integers),
        np.searchsorted(integers, np.array(extension.sos1_members, dtype=np.int64).reshape(-1, 2)),
    )


def _along(chains: ChainRows, upper: Floats) -> Floats:
    """Upper bounds of stocks that follow from those before them, however many these are."""
    upper, depth = upper.copy(), chain_depths(chains, len(upper))
    for step in range(int(depth.max(initial=-1)) + 1):
        at = np.flatnonzero(depth == step)
        # A little wider, as all bounds that follow from rows are.
        most = chains.share[at] * upper[chains.earlier[at]] * (1.0 + BOUND_SLACK)
        upper[chains.later[at]] = np.minimum(upper[chains.later[at]], most)
    return upper


def _neighbours(guide: BranchingGuide, integers: Ints) -> Ints:
    position = np.full(len(guide.predecessor), -1)
    own = integers[integers < len(guide.predecessor)]
    position[own] = np.arange(len(own))
    at = own[(guide.predecessor[own] >= 0) & (guide.priority[own] == Priority.CAPACITY)]
    pairs = np.column_stack([position[at], position[guide.predecessor[at]]])
    return np.asarray(pairs[(pairs >= 0).all(axis=1)], dtype=np.int64)


class _Extension:
    """Columns and entries that are added to a program."""

    def __init__(self, program: Program, guide: BranchingGuide) -> None:
        self._program, self._guide = program, guide
        priority = np.maximum(guide.priority, Priority.LOT_SIZE)
        self.priority = np.where(program.is_integer, priority, Priority.NONE).tolist()
        self.period = guide.period.tolist()
        self._upper: list[float] = []
        self._entries: list[tuple[int, int, float]] = []
        self._sums: list[int] = []
        self.sos1_members: list[tuple[int, int]] = []
        self._rows = program.row_count

    def add_sums(self) -> None:
        """Adds `ever` to rows Σ x ≤ 1 over columns of 0 or 1."""
        program = self._program
        for row in self._guide.sos1_rows.tolist():
            entries = slice(program.starts[row], program.starts[row + 1])
            columns = program.columns[entries]
            is_choice = program.is_integer[columns] & (program.column_lower[columns] >= 0.0)
            plain = len(columns) > 1 and bool((program.values[entries] == 1.0).all() and is_choice.all())
            if plain and program.row_upper[row] == 1.0 and program.row_lower[row] <= 0.0:
                ever = self._added(1.0, Priority.STRATEGY, int(self._guide.period[columns].min()))
                self._entries.append((row, ever, -1))
                self._sums.append(row)
                self.sos1_members += [(column, ever) for column in columns.tolist()]

    def add_running(self) -> None:
        """Adds the running totals of columns whose predecessor is known."""
        before, total = self._guide.predecessor, {}
        is_lot = np.array(self.priority[: len(before)]) == Priority.LOT_SIZE
        is_fine = is_lot & (self._program.column_upper > MAX_LOTS_WITH_TOTALS)
        chained = np.flatnonzero((before >= NO_PREDECESSOR) & self._program.is_integer & ~is_fine)
        for column in chained[np.argsort(self._guide.period[chained], kind="stable")].tolist():
            last = int(before[column])
            if last != NO_PREDECESSOR and last not in total:
                continue
            if last == NO_PREDECESSOR:
                total[column] = column
                continue
            most = self._program.column_upper[column] + self._most(total[last])
            total[column] = self._added(most, self.priority[column], int(self._guide.period[column]))
            self._entries += [(self._rows, column, 1.0), (self._rows, total[last], 1.0)]
            self._entries.append((self._rows, total[column], -1.0))
            self._rows += 1
        self._capacity = {column: total[column] for column in total if self.priority[column] == Priority.CAPACITY}

    def add_overall(self) -> None:
        """Adds the total of all capacity up to each period, where there are several series.

        Where the future branches, of each period along one branch only.
        """
        before, period = self._guide.predecessor, self._guide.period
        chained = np.array(sorted(self._capacity, key=lambda column: (int(period[column]), column)), dtype=np.int64)
        if not len(chained):
            return
        first: dict[int, int] = {}
        for column in chained.tolist():
            last = int(before[column])
            first[column] = column if last == NO_PREDECESSOR else first[last]
        latest: dict[int, int] = {}
        for now in sorted(set(period[chained].tolist())):
            for column in chained[period[chained] == now].tolist():
                latest[first[column]] = self._capacity[column]
            if len(latest) < 2:
                continue
            most = sum(self._most(column) for column in latest.values())
            added = self._added(most, Priority.CAPACITY, now)
            self._entries += [(self._rows, column, 1.0) for column in latest.values()]
            self._entries.append((self._rows, added, -1.0))
            self._rows += 1

    def finished(self) -> Program:
        """Returns the extended program."""
        program, added = self._program, len(self._upper)
        rows, columns, values = (np.array(part) for part in zip(*self._entries, strict=True)) if added else ([], [], [])
        row = np.concatenate([program.row_of_entries(), rows]).astype(np.int64)
        column = np.concatenate([program.columns, columns]).astype(np.int64)
        order = np.lexsort((column, row))
        starts = np.zeros(self._rows + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=self._rows), out=starts[1:])
        more = np.zeros(self._rows - program.row_count)
        low, high = np.concatenate([program.row_lower, more]), np.concatenate([program.row_upper, more])
        low[self._sums] = high[self._sums] = 0.0
        return replace(
            program,
            objective=np.concatenate([program.objective, np.zeros(added)]),
            column_lower=np.concatenate([program.column_lower, np.zeros(added)]),
            column_upper=np.concatenate([program.column_upper, self._upper]),
            is_integer=np.concatenate([program.is_integer, np.ones(added, dtype=bool)]),
            starts=starts,
            columns=column[order],
            values=np.concatenate([program.values, values])[order],
            row_lower=low,
            row_upper=high,
            column_names=(),
            row_names=(),
        )

    def _added(self, upper: float, priority: int, period: int) -> int:
        self._upper.append(upper)
        self.priority.append(priority)
        self.period.append(period)
        return self._program.column_count + len(self._upper) - 1

    def _most(self, column: int) -> float:
        own = self._program.column_count
        return float(self._program.column_upper[column]) if column < own else self._upper[column - own]
