"""Chains of stocks, and the prices that say whether a stock was tied to the one before it for good reason.

Going back in time, a stock that is worth keeping passes its worth on to the one before: that is the dual of its row.
One that costs more to keep than it is worth passes nothing on, and wants to be sold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.plain import relaxed
from models.solvers.search.large_core import Chains, Core, chains_of, core_of, depths_of
from models.solvers.search.relaxation import Basis, Place, WarmRelaxation
from models.solvers.search.substitute import Substitution, substituted

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class _Level:
    """Chains whose stocks stand equally far from the first, with the stored entries of their later columns.

    `starts` says where those of each chain begin in `rows` and `values`.
    """

    chains: Ints
    rows: Ints
    values: Floats
    starts: Ints


def exact_of(program: Program, rows: Ints) -> tuple[Substitution, Chains]:
    """Returns the program without the columns that follow from others, and the chains of these rows in it.

    Stocks are not put in the place of others: what is tied decides about them.
    """
    is_row = np.zeros(program.row_count, dtype=bool)
    is_row[rows] = True
    stays = np.zeros(program.column_count, dtype=bool)
    stays[program.columns[is_row[program.row_of_entries()]]] = True
    exact = substituted(program, stays)
    number = np.full(program.row_count, -1)
    number[exact.rows] = np.arange(len(exact.rows))
    left = number[rows]
    return exact, chains_of(exact.program, left[left >= 0])


class Links:
    """The chains of a program, from the last stocks to the first."""

    def __init__(self, program: Program, chains: Chains) -> None:
        self.program, self.chains = program, chains
        self._row = program.row_of_entries()
        order = np.argsort(program.columns, kind="stable")
        ends = np.searchsorted(program.columns[order], np.arange(program.column_count + 1))
        depth = depths_of(chains, program.column_count)
        self._levels = []
        for at in range(int(depth.max(initial=-1)), -1, -1):
            members = np.flatnonzero(depth == at)
            first, last = ends[chains.later[members]], ends[chains.later[members] + 1]
            size = last - first
            stop = np.cumsum(size)
            entries = order[np.arange(int(stop[-1])) + np.repeat(first - (stop - size), size)]
            self._levels.append(_Level(members, self._row[entries], program.values[entries], stop - size))

    def priced(self, duals: Floats, tied: np.ndarray, cost: Floats) -> tuple[Floats, Floats]:
        """Returns the duals with those of tied rows, and what a unit of each later stock costs beyond its worth.

        `duals` are by row of the program, with anything for tied ones.
        """
        chains = self.chains
        found, reduced = np.where(np.isfinite(duals), duals, 0.0), np.zeros(len(chains.row))
        if not tied.any():
            return found, reduced
        found[chains.row[tied]] = 0.0
        for level in self._levels:
            at = level.chains
            weight = level.values * found[level.rows]
            reduced[at] = cost[chains.later[at]] - np.add.reduceat(weight, level.starts)
            at = at[tied[at]]
            found[chains.row[at]] = np.minimum(reduced[at], 0.0) / chains.scale[at]
        return found, reduced

    def wrong(self, tied: np.ndarray, worth: Floats, duals: Floats, values: Floats) -> np.ndarray:
        """Returns which tied stocks cost more than they are worth, and are there or would be where they are untied."""
        first, later = np.arange(len(values)), self.chains.later
        first[later[tied]] = self.chains.earlier[tied]
        while (first[first] != first).any():
            first = first[first]
        wanted = (values[later] > _TOLERANCE) | (self._reduced(duals)[first[later]] < -_TOLERANCE)
        found: np.ndarray = tied & (worth > _TOLERANCE) & wanted
        return found

    def _reduced(self, duals: Floats) -> Floats:
        program = self.program
        weight = program.values * duals[self._row]
        found = program.objective - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        return np.asarray(found, dtype=float)


@dataclass(frozen=True)
class Mark:
    """Where a solve ended: a place of the relaxation of a core."""

    core: Core
    place: Place


class Tied:
    """A program of which most stocks are tied, and the relaxation of what is left; `rows` are those that may tie.

    Integer columns are never put in the place of others, nor tied: their bounds are what a search moves. `may_end`
    marks columns that are not tied to begin with.
    """

    def __init__(
        self,
        program: Program,
        rows: Ints,
        relaxation_of: Callable[[Program], WarmRelaxation],
        may_end: np.ndarray | None = None,
    ) -> None:
        self._relaxation_of = relaxation_of
        self._exact, chains = exact_of(program, rows)
        self._links = Links(self._exact.program, chains)
        free = np.zeros(program.column_count, dtype=bool) if may_end is None else may_end
        self.tied = ~free[self._exact.kept][chains.later]
        self.rebuilt = 0
        self._core: Core
        self._relaxation: WarmRelaxation
        self._rebuild(None)

    def mark(self) -> Mark | None:
        """Returns where the last solve ended, whatever is tied later."""
        place = self._relaxation.mark()
        return None if place is None else Mark(self._core, place)

    def go_back(self, mark: Mark | None) -> None:
        """Begins the next solve where another one ended."""
        if mark is None:
            return
        if mark.core is self._core:
            self._relaxation.go_back(mark.place)
        else:
            basis = self._unfolded(mark)
            self._relaxation.start_from(Basis(basis.columns[self._core.kept], basis.rows[self._core.rows]))

    def _unfolded(self, mark: Mark) -> Basis:
        """Returns a mark as a basis of the program before the ties."""
        return mark.core.unfolded(self._relaxation.basis_of(mark.place))

    def _untie(self, wrong: np.ndarray) -> None:
        """Unties stocks and goes on from where the last solve ended."""
        mark = self.mark()
        self.tied = self.tied & ~wrong
        self._rebuild(mark)

    def _rebuild(self, mark: Mark | None) -> None:
        self.rebuilt += 1
        self._core = core_of(self._exact.program, self._links.chains, self.tied)
        self._relaxation = self._relaxation_of(relaxed(self._core.program))
        self.go_back(mark)

    def _priced(self, duals: Floats, cost: Floats | None = None) -> tuple[Floats, Floats]:
        """Row duals of the program before the ties, and what a unit of each later stock costs beyond its worth."""
        objective = self._exact.program.objective if cost is None else cost
        return self._links.priced(self._core.spread(duals), self.tied, objective)
