"""A smaller program whose plans are plans of a large one: stocks that follow each other are one column.

Most columns of a program of many periods say how much of a vintage is still owned. A row `later ≤ share · earlier`
that is held as an equality ties the two together. What is left keeps every row of the large program, so its plans are
plans there; its bound says nothing of the large one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.search.guide import Guide
from models.solvers.search.relaxation import AT_UPPER, BASIC, Basis


@dataclass(frozen=True)
class LargeGuide(Guide):
    """What the search of a large program is told beyond a guide.

    By column: `may_end` where the stock is not to be tied, and `series`, a number for what follows each other in time.
    """

    may_end: np.ndarray
    series: Ints


@dataclass(frozen=True)
class Core:
    """The smaller program; column j of the large one is `factor[j]` times column `place[j]` of it.

    `kept` and `rows` are the columns and rows of the large program that the small one has, in its order.
    """

    program: Program
    place: Ints
    factor: Floats
    kept: Ints
    rows: Ints
    row_count: int

    def lifted(self, values: Floats) -> Floats:
        """Returns the values of the large program."""
        found: Floats = self.factor * values[self.place]
        return found

    def spread(self, duals: Floats) -> Floats:
        """Returns the row duals of the large program; rows that the small one does not have get none."""
        found = np.zeros(self.row_count)
        found[self.rows] = duals
        return found

    def unfolded(self, basis: Basis) -> Basis:
        """Returns the same place in the large program: what is tied is basic, and its row holds as an equality."""
        columns, rows = np.full(len(self.place), BASIC), np.full(self.row_count, AT_UPPER)
        columns[self.kept], rows[self.rows] = basis.columns, basis.rows
        return Basis(columns, rows)


@dataclass(frozen=True)
class Chains:
    """Rows `scale · (later − share · earlier) ≤ 0` over two columns, of which the later one is continuous."""

    row: Ints
    later: Ints
    earlier: Ints
    share: Floats
    scale: Floats


def chains_of(program: Program, rows: Ints) -> Chains:
    """Returns which of the rows let one column be at most a share of another, and say no more than that."""
    rows = rows[np.diff(program.starts)[rows] == 2]
    first, second = program.starts[rows], program.starts[rows] + 1
    turned = program.values[first] < 0
    later, earlier = np.where(turned, second, first), np.where(turned, first, second)
    at, share = program.columns[later], -program.values[earlier] / program.values[later]
    before = program.columns[earlier]
    good = (share > 0) & (program.values[later] > 0) & (program.row_upper[rows] == 0.0)
    good &= ~program.is_integer[at] & (program.column_lower[at] == 0.0) & np.isposinf(program.column_upper[at])
    good &= program.column_lower[before] == 0.0
    _, once = np.unique(at, return_index=True)
    only = np.zeros(len(rows), dtype=bool)
    only[once] = True
    good &= only
    return Chains(rows[good], at[good], before[good], share[good], program.values[later[good]])


def depths_of(chains: Chains, columns: int) -> Ints:
    """Returns how many chains lead to the earlier stock of each."""
    before = np.full(columns, -1)
    before[chains.later] = chains.earlier
    depth, at = np.zeros(len(chains.row), dtype=np.int64), chains.earlier.copy()
    while (above := before[at] >= 0).any():
        depth += above
        at = np.where(above, before[at], at)
    return depth


def core_of(program: Program, chains: Chains, tied: np.ndarray) -> Core:
    """Returns the program with the `tied` chains held as equalities."""
    count = program.column_count
    above, factor = np.arange(count), np.ones(count)
    above[chains.later[tied]], factor[chains.later[tied]] = chains.earlier[tied], chains.share[tied]
    while (above[above] != above).any():
        above, factor = above[above], factor * factor[above]
    is_kept = above == np.arange(count)
    kept, place = np.flatnonzero(is_kept), (np.cumsum(is_kept) - 1)[above]
    found, rows = _mapped(program, place, factor, kept)
    return Core(found, place, factor, kept, rows, program.row_count)


def _mapped(program: Program, place: Ints, factor: Floats, kept: Ints) -> tuple[Program, Ints]:
    row, column = program.row_of_entries(), place[program.columns]
    values = program.values * factor[program.columns]
    key = row * len(kept) + column
    found, at = np.unique(key, return_inverse=True)
    summed = np.bincount(at, weights=values, minlength=len(found))
    size = np.bincount(at, weights=np.abs(values), minlength=len(found))
    stays = np.abs(summed) > 1e-13 * size
    found, summed = found[stays], summed[stays]
    row, column = found // len(kept), found % len(kept)
    counts = np.bincount(row, minlength=program.row_count)
    asks = (counts > 0) | (program.row_lower > 1e-9) | (program.row_upper < -1e-9)
    starts = np.concatenate([[0], np.cumsum(counts[asks])]).astype(np.int64)
    cost = np.bincount(place, weights=program.objective * factor, minlength=len(kept))
    small = replace(
        program,
        objective=cost.astype(float),
        column_lower=program.column_lower[kept],
        column_upper=program.column_upper[kept],
        is_integer=program.is_integer[kept],
        starts=starts,
        columns=column.astype(np.int64),
        values=summed.astype(float),
        row_lower=program.row_lower[asks],
        row_upper=program.row_upper[asks],
        column_names=(),
        row_names=(),
    )
    return small, np.flatnonzero(asks)
