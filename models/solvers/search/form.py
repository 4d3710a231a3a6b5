"""The program as the search sees it: with running totals and sums to branch on, and whole bounds moved in.

    ever[i]      the sum of a row that lets at most one of its columns be 1: to take it at all, or never
    running[j]   modules of an expansion, or lots of an offer, ordered up to a node: what there is, whenever ordered
    overall[t]   modules of all expansions ordered up to a period: at sites of like cost they move freely

All are whole wherever their parts are, so they may be branched on; one such branch decides what would take many on
the parts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.search.guide import FIRST, Guide, Rank
from models.solvers.search.large_core import Chains, chains_of, depths_of
from models.solvers.search.proof import WIDER, Proofs, reach

_CROSSED = 1e-6
FEW_LOTS = 100
"""Where more lots than this can be ordered at once, one of them hardly counts: totals cost more than they prove."""


@dataclass(frozen=True)
class Form:
    """The extended program; its first `size` columns are those of the program itself.

    `whole` are the columns that must be whole, with their `rank` and `period`; `own` marks those of the program.
    """

    program: Program
    size: int
    lower: Floats
    upper: Floats
    whole: Ints
    rank: Ints
    period: Ints
    own: np.ndarray
    proofs: Proofs
    shifts: Ints
    """Pairs of positions in `whole`: modules of one expansion at neighbouring nodes."""
    members: Ints
    """Pairs of positions in `whole`: a column, and the sum of what can happen once that it is a part of."""

    @property
    def is_empty(self) -> bool:
        """True where the bounds that follow from the rows cross by more than rounding errors: there is no plan."""
        slack = _CROSSED * np.maximum(1.0, np.abs(self.proofs.upper))
        return bool((self.proofs.lower > self.proofs.upper + slack).any())

    def bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Returns the bounds of all columns where those that must be whole have these."""
        low, high = self.lower.copy(), self.upper.copy()
        low[self.whole], high[self.whole] = lower, upper
        return low, high


def form_of(program: Program, guide: Guide) -> Form:
    """Returns the program with its running totals and sums, and bounds that follow from the rows."""
    parts = _Parts(program, guide)
    parts.add_sums()
    parts.add_running()
    parts.add_overall()
    extended = parts.finished()
    lower, upper = reach(extended)
    upper = _along(chains_of(extended, guide.chains), upper)
    whole = np.flatnonzero(extended.is_integer)
    low = np.where(extended.is_integer, np.maximum(lower, extended.column_lower), extended.column_lower)
    high = np.where(extended.is_integer, np.minimum(upper, extended.column_upper), extended.column_upper)
    tightened = replace(extended, column_lower=low, column_upper=high)
    rank, period = np.array(parts.rank, dtype=np.int64), np.array(parts.period, dtype=np.int64)
    return Form(
        tightened,
        program.column_count,
        low,
        high,
        whole,
        rank[whole],
        period[whole],
        whole < program.column_count,
        Proofs(tightened, lower, upper),
        _shifts(guide, whole),
        np.searchsorted(whole, np.array(parts.members, dtype=np.int64).reshape(-1, 2)),
    )


def _along(chains: Chains, upper: Floats) -> Floats:
    """Upper bounds of stocks that follow from those before them, however many these are."""
    upper, depth = upper.copy(), depths_of(chains, len(upper))
    for step in range(int(depth.max(initial=-1)) + 1):
        at = np.flatnonzero(depth == step)
        # A little wider, as all bounds that follow from rows are.
        most = chains.share[at] * upper[chains.earlier[at]] * (1.0 + WIDER)
        upper[chains.later[at]] = np.minimum(upper[chains.later[at]], most)
    return upper


def _shifts(guide: Guide, whole: Ints) -> Ints:
    place = np.full(len(guide.before), -1)
    own = whole[whole < len(guide.before)]
    place[own] = np.arange(len(own))
    at = own[(guide.before[own] >= 0) & (guide.rank[own] == Rank.MODULE)]
    pairs = np.column_stack([place[at], place[guide.before[at]]])
    return np.asarray(pairs[(pairs >= 0).all(axis=1)], dtype=np.int64)


class _Parts:
    """Columns and entries that are added to a program."""

    def __init__(self, program: Program, guide: Guide) -> None:
        self._program, self._guide = program, guide
        self.rank = np.where(program.is_integer, np.maximum(guide.rank, Rank.LOT), Rank.NONE).tolist()
        self.period = guide.period.tolist()
        self._upper: list[float] = []
        self._entries: list[tuple[int, int, float]] = []
        self._sums: list[int] = []
        self.members: list[tuple[int, int]] = []
        self._rows = program.row_count

    def add_sums(self) -> None:
        """Adds `ever` to rows Σ x ≤ 1 over columns of 0 or 1."""
        program = self._program
        for row in self._guide.once.tolist():
            entries = slice(program.starts[row], program.starts[row + 1])
            columns = program.columns[entries]
            is_choice = program.is_integer[columns] & (program.column_lower[columns] >= 0.0)
            plain = len(columns) > 1 and bool((program.values[entries] == 1.0).all() and is_choice.all())
            if plain and program.row_upper[row] == 1.0 and program.row_lower[row] <= 0.0:
                ever = self._added(1.0, Rank.STRATEGY, int(self._guide.period[columns].min()))
                self._entries.append((row, ever, -1))
                self._sums.append(row)
                self.members += [(column, ever) for column in columns.tolist()]

    def add_running(self) -> None:
        """Adds the running totals of columns whose predecessor is known."""
        before, total = self._guide.before, {}
        is_fine = (np.array(self.rank[: len(before)]) == Rank.LOT) & (self._program.column_upper > FEW_LOTS)
        chained = np.flatnonzero((before >= FIRST) & self._program.is_integer & ~is_fine)
        for column in chained[np.argsort(self._guide.period[chained], kind="stable")].tolist():
            last = int(before[column])
            if last != FIRST and last not in total:
                continue
            if last == FIRST:
                total[column] = column
                continue
            most = self._program.column_upper[column] + self._most(total[last])
            total[column] = self._added(most, self.rank[column], int(self._guide.period[column]))
            self._entries += [(self._rows, column, 1.0), (self._rows, total[last], 1.0)]
            self._entries.append((self._rows, total[column], -1.0))
            self._rows += 1
        self._modules = {column: total[column] for column in total if self.rank[column] == Rank.MODULE}

    def add_overall(self) -> None:
        """Adds what all expansions together have ordered up to each period, where there are several.

        Where the future branches, of each period along one branch only.
        """
        before, period = self._guide.before, self._guide.period
        chained = np.array(sorted(self._modules, key=lambda column: (int(period[column]), column)), dtype=np.int64)
        if not len(chained):
            return
        first: dict[int, int] = {}
        for column in chained.tolist():
            last = int(before[column])
            first[column] = column if last == FIRST else first[last]
        latest: dict[int, int] = {}
        for now in sorted(set(period[chained].tolist())):
            for column in chained[period[chained] == now].tolist():
                latest[first[column]] = self._modules[column]
            if len(latest) < 2:
                continue
            most = sum(self._most(column) for column in latest.values())
            added = self._added(most, Rank.MODULE, now)
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

    def _added(self, upper: float, rank: int, period: int) -> int:
        self._upper.append(upper)
        self.rank.append(rank)
        self.period.append(period)
        return self._program.column_count + len(self._upper) - 1

    def _most(self, column: int) -> float:
        own = self._program.column_count
        return float(self._program.column_upper[column]) if column < own else self._upper[column - own]
