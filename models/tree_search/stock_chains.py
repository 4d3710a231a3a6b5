"""Stocks that follow each other in time, and the dual values of the rows between them.

A row `later ≤ share · earlier` may be replaced by the equality, and the later stock is then no column any more
(`column_aggregation`). Its dual value says whether that was right. Backwards in time, a stock that is worth keeping
adds its value to the one before it: that is the dual of the row. A stock that costs more to keep than it is worth adds
nothing, and should not have been aggregated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints, Program

_TOLERANCE = 1e-9
"""Values and reduced costs below this count as zero: two digits finer than LP codes are."""


@dataclass(frozen=True)
class ChainRows:
    """Rows `scale · (later − share · earlier) ≤ 0` over two columns, of which the later one is continuous."""

    row: Ints
    later: Ints
    earlier: Ints
    share: Floats
    scale: Floats


def chain_rows(program: Program, rows: Ints) -> ChainRows:
    """Returns which of the rows let one column be at most a share of another, and say no more than that."""
    rows = rows[np.diff(program.starts)[rows] == 2]
    first, second = program.starts[rows], program.starts[rows] + 1
    is_swapped = program.values[first] < 0
    later, earlier = np.where(is_swapped, second, first), np.where(is_swapped, first, second)
    at, share = program.columns[later], -program.values[earlier] / program.values[later]
    before = program.columns[earlier]
    fits = (share > 0) & (program.values[later] > 0) & (program.row_upper[rows] == 0.0)
    fits &= ~program.is_integer[at] & (program.column_lower[at] == 0.0) & np.isposinf(program.column_upper[at])
    fits &= program.column_lower[before] == 0.0
    # A column follows one other only.
    _, first_of_column = np.unique(at, return_index=True)
    is_first = np.zeros(len(rows), dtype=bool)
    is_first[first_of_column] = True
    fits &= is_first
    return ChainRows(rows[fits], at[fits], before[fits], share[fits], program.values[later[fits]])


def chain_depths(chains: ChainRows, columns: int) -> Ints:
    """Returns how many chain rows lead to the earlier stock of each."""
    before = np.full(columns, -1)
    before[chains.later] = chains.earlier
    depth, at = np.zeros(len(chains.row), dtype=np.int64), chains.earlier.copy()
    while (above := before[at] >= 0).any():
        depth += above
        at = np.where(above, before[at], at)
    return depth


@dataclass(frozen=True)
class _Level:
    """Chain rows of equal depth, with the stored entries of their later columns.

    `starts` says where those of each chain row begin in `rows` and `values`.
    """

    chains: Ints
    rows: Ints
    values: Floats
    starts: Ints


class StockChains:
    """The chain rows of a program, from the last stocks to the first."""

    def __init__(self, program: Program, rows: ChainRows) -> None:
        self.program, self.rows = program, rows
        self._row = program.row_of_entries()
        order = np.argsort(program.columns, kind="stable")
        ends = np.searchsorted(program.columns[order], np.arange(program.column_count + 1))
        depth = chain_depths(rows, program.column_count)
        self._levels = []
        for at in range(int(depth.max(initial=-1)), -1, -1):
            members = np.flatnonzero(depth == at)
            first, last = ends[rows.later[members]], ends[rows.later[members] + 1]
            size = last - first
            stop = np.cumsum(size)
            entries = order[np.arange(int(stop[-1])) + np.repeat(first - (stop - size), size)]
            self._levels.append(_Level(members, self._row[entries], program.values[entries], stop - size))

    def postsolve_duals(self, duals: Floats, aggregated: np.ndarray, cost: Floats) -> tuple[Floats, Floats]:
        """Returns the duals with those of aggregated rows, and the reduced cost of each later stock.

        `duals` are by row of the program; what they hold for aggregated rows is not looked at.
        """
        chains = self.rows
        found, reduced = np.where(np.isfinite(duals), duals, 0.0), np.zeros(len(chains.row))
        if not aggregated.any():
            return found, reduced
        found[chains.row[aggregated]] = 0.0
        for level in self._levels:
            at = level.chains
            weight = level.values * found[level.rows]
            reduced[at] = cost[chains.later[at]] - np.add.reduceat(weight, level.starts)
            at = at[aggregated[at]]
            found[chains.row[at]] = np.minimum(reduced[at], 0.0) / chains.scale[at]
        return found, reduced

    def wrongly_aggregated(self, aggregated: np.ndarray, reduced: Floats, duals: Floats, values: Floats) -> np.ndarray:
        """Returns which aggregated stocks have a positive reduced cost, and are positive or would become so."""
        first, later = np.arange(len(values)), self.rows.later
        first[later[aggregated]] = self.rows.earlier[aggregated]
        while (first[first] != first).any():
            first = first[first]
        is_used = (values[later] > _TOLERANCE) | (self._reduced_costs(duals)[first[later]] < -_TOLERANCE)
        found: np.ndarray = aggregated & (reduced > _TOLERANCE) & is_used
        return found

    def _reduced_costs(self, duals: Floats) -> Floats:
        program = self.program
        weight = program.values * duals[self._row]
        found = program.objective - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        return np.asarray(found, dtype=float)
