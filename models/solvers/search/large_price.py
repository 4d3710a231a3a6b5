"""Linear programs of a large program, solved with most stocks tied and answered for the whole of it.

A tied row `later ≤ share · earlier` is held as an equality, and the later stock is no column any more (`large_core`).
Going back in time, each stock passes what it is worth on to the one before: that is the dual of its row. So row duals
of the core become row duals of the whole program, and what they prove (`proof`) is proven of it, whatever was tied. A
stock that costs more to keep than it is worth says that its tie was wrong; it is untied, and the core is solved again
from the basis that it had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.program import Floats, Ints, Program
from models.solvers.search.emptiness import elastic_of
from models.solvers.search.large_core import Chains, Core, chains_of, core_of
from models.solvers.search.proof import Proofs
from models.solvers.search.relaxation import AT_UPPER, BASIC, Answer, Basis, Care, Verdict, WarmRelaxation
from models.solvers.search.substitute import Substitution, substituted

MOST_ROUNDS = 8
_WIDER = 1.0 + 1e-9
_SMALL = 1e-9


@dataclass(frozen=True)
class _Level:
    """Chains whose stocks stand equally far from the first; `entries` are those of their later columns."""

    chains: Ints
    entries: Ints
    starts: Ints


class Links:
    """The chains of a program, from the last stocks to the first."""

    def __init__(self, program: Program, chains: Chains) -> None:
        self.program, self.chains = program, chains
        self._row = program.row_of_entries()
        order = np.argsort(program.columns, kind="stable")
        ends = np.searchsorted(program.columns[order], np.arange(program.column_count + 1))
        depth = depths(chains, program.column_count)
        self._levels = []
        for at in range(int(depth.max(initial=-1)), -1, -1):
            members = np.flatnonzero(depth == at)
            first, last = ends[chains.later[members]], ends[chains.later[members] + 1]
            size = last - first
            stop = np.cumsum(size)
            entries = order[np.arange(int(stop[-1])) + np.repeat(first - (stop - size), size)]
            self._levels.append(_Level(members, entries, stop - size))

    def priced(self, duals: Floats, tied: np.ndarray, cost: Floats) -> tuple[Floats, Floats]:
        """Returns the duals with those of tied rows, and what a unit of each later stock costs beyond its worth.

        `duals` are by row of the program, with anything for tied ones.
        """
        program, chains = self.program, self.chains
        found, reduced = np.where(np.isfinite(duals), duals, 0.0), np.zeros(len(chains.row))
        found[chains.row[tied]] = 0.0
        for level in self._levels:
            at = level.chains
            weight = program.values[level.entries] * found[self._row[level.entries]]
            reduced[at] = cost[chains.later[at]] - np.add.reduceat(weight, level.starts)
            at = at[tied[at]]
            found[chains.row[at]] = np.minimum(reduced[at], 0.0) / chains.scale[at]
        return found, reduced

    def reduced(self, duals: Floats) -> Floats:
        """Returns the reduced costs of all columns."""
        program = self.program
        weight = program.values * duals[self._row]
        found = program.objective - np.bincount(program.columns, weights=weight, minlength=program.column_count)
        return np.asarray(found, dtype=float)


def depths(chains: Chains, columns: int) -> Ints:
    """Returns how many chains lead to the earlier stock of each."""
    before = np.full(columns, -1)
    before[chains.later] = chains.earlier
    depth, at = np.zeros(len(chains.row), dtype=np.int64), chains.earlier.copy()
    while (further := before[at] >= 0).any():
        depth += further
        at = np.where(further, before[at], at)
    return depth


def bounded(proofs: Proofs, chains: Chains) -> None:
    """Lets the bounds of first stocks hold all that follow: rounds over all rows do not get that far."""
    upper = proofs.upper.copy()
    depth = depths(chains, len(upper))
    for at in range(int(depth.max(initial=-1)) + 1):
        of = np.flatnonzero(depth == at)
        most = chains.share[of] * upper[chains.earlier[of]] * _WIDER
        upper[chains.later[of]] = np.minimum(upper[chains.later[of]], most)
    proofs.upper = upper


class Priced:
    """A relaxation of the whole program; `tolerance` is the share of the cost that ties may lose.

    `may_end` marks columns that are not tied to begin with.
    """

    def __init__(
        self,
        program: Program,
        proofs: Proofs,
        chain_rows: Ints,
        may_end: np.ndarray,
        relaxation_of: Callable[[Program], WarmRelaxation],
        tolerance: float,
        should_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._should_end = should_end
        self._proofs, self._relaxation_of, self._tolerance = proofs, relaxation_of, tolerance
        bounded(proofs, chains_of(program, chain_rows))
        self._exact: Substitution = substituted(program, _in_rows(program, chain_rows))
        number = np.full(program.row_count, -1)
        number[self._exact.rows] = np.arange(len(self._exact.rows))
        left = number[chain_rows]
        self._chains = chains_of(self._exact.program, left[left >= 0])
        self._links = Links(self._exact.program, self._chains)
        self.tied = ~may_end[self._exact.kept][self._chains.later]
        self.rebuilt = 0
        self._ray: Floats | None = None
        self._core: Core
        self._relaxation: WarmRelaxation
        self._rebuild()

    def solve(self, lower: Floats, upper: Floats, cutoff: float = np.inf, care: Care = Care.PROOF) -> Answer:
        """Returns values of the whole program and duals that agree with them within the tolerance, if rounds suffice.

        Values of no great care keep all rows, but might cost less if more were untied; they come without duals.
        """
        steps, last, is_fresh = 0, Answer(Verdict.BROKEN), False
        for _ in range(MOST_ROUNDS):
            answer = self._asked(lower, upper)
            steps += answer.steps
            if answer.verdict is Verdict.EMPTY and care is not Care.PLAN and last.values is None:
                if self._is_empty(lower, upper):
                    return Answer(Verdict.EMPTY, steps=steps)
                continue
            if answer.verdict is Verdict.BROKEN and care is not Care.PLAN and not (is_fresh or self._should_end()):
                # What failed from one basis seldom fails from another.
                is_fresh = True
                self._rebuild()
                continue
            if answer.values is None or answer.duals is None:
                # Once there was an answer, what follows can only have failed.
                return replace(last, steps=steps) if last.values is not None else Answer(answer.verdict, steps=steps)
            small = self._core.lifted(answer.values)
            if care is Care.PLAN:
                return Answer(Verdict.SOLVED, self._exact.lifted(small), None, steps)
            duals, worth = self._links.priced(self._spread(answer.duals), self.tied, self._exact.program.objective)
            last = Answer(Verdict.SOLVED, self._exact.lifted(small), self._exact.priced(duals), steps)
            assert last.duals is not None
            proven, cost = self._proofs.bound(last.duals, lower, upper), self._exact.program.objective_of(small)
            last = replace(last, proven=proven)
            wrong = self._wrong(worth, duals, small)
            if proven >= min(cutoff, cost - self._tolerance * max(1.0, abs(cost))) or not wrong.any():
                break
            self._untie(wrong)
        return last

    def ray(self, lower: Floats, upper: Floats) -> Floats | None:
        """Returns row duals that may prove what the last solve called empty."""
        del lower, upper
        return self._ray

    def _is_empty(self, lower: Floats, upper: Floats) -> bool:
        """True when nothing keeps the rows, as far as can be told; else stocks have been untied that were the cause."""
        exact, cost = self._exact, np.zeros(self._exact.program.column_count)
        elastic = elastic_of(self._core.program)
        extra = elastic.column_count - self._core.program.column_count
        at = exact.kept[self._core.kept]
        low, high = np.append(lower[at], np.zeros(extra)), np.append(upper[at], np.full(extra, np.inf))
        answer = self._relaxation_of(elastic).solve(low, high)
        self._ray = None
        if answer.duals is None:
            return True
        duals, worth = self._links.priced(self._spread(answer.duals), self.tied, cost)
        ray: Floats = exact.priced(duals) - exact.priced(np.zeros(len(duals)))
        self._ray = ray
        wrong = self.tied & (worth > _SMALL)
        if self._proofs.is_empty(ray, lower, upper) or not wrong.any():
            return True
        self._untie(wrong)
        return False

    def _asked(self, lower: Floats, upper: Floats) -> Answer:
        at = self._exact.kept[self._core.kept]
        return self._relaxation.solve(lower[at], upper[at])

    def _spread(self, duals: Floats) -> Floats:
        found = np.zeros(self._exact.program.row_count)
        found[self._core.rows] = duals
        return found

    def _wrong(self, worth: Floats, duals: Floats, values: Floats) -> np.ndarray:
        """Tied stocks that cost more than they are worth, and are there or would be where they are untied."""
        first = np.arange(len(values))
        first[self._chains.later[self.tied]] = self._chains.earlier[self.tied]
        while (first[first] != first).any():
            first = first[first]
        later = self._chains.later
        wanted = (values[later] > _SMALL) | (self._links.reduced(duals)[first[later]] < -_SMALL)
        found: np.ndarray = self.tied & (worth > _SMALL) & wanted
        return found

    def _untie(self, wrong: np.ndarray) -> None:
        last = self.mark()
        self.tied = self.tied & ~wrong
        self._rebuild()
        self.go_back(last)

    def mark(self) -> Basis | None:
        """Returns where the last solve ended, for any core."""
        basis, small = self._relaxation.basis, self._exact.program
        if basis is None:
            return None
        # What is untied later stays as it was: its column is basic, and its row holds as an equality.
        columns, rows = np.full(small.column_count, BASIC), np.full(small.row_count, AT_UPPER)
        columns[self._core.kept], rows[self._core.rows] = basis.columns, basis.rows
        return Basis(columns, rows)

    def go_back(self, mark: Basis | None) -> None:
        """Begins the next solve where another one ended."""
        if mark is not None:
            self._relaxation.start_from(Basis(mark.columns[self._core.kept], mark.rows[self._core.rows]))

    def _rebuild(self) -> None:
        self.rebuilt += 1
        small = self._exact.program
        self._core = core_of(small, self._chains, self.tied, np.zeros(small.column_count, dtype=bool))
        self._relaxation = self._relaxation_of(self._core.program)


def _in_rows(program: Program, rows: Ints) -> np.ndarray:
    is_row = np.zeros(program.row_count, dtype=bool)
    is_row[rows] = True
    found = np.zeros(program.column_count, dtype=bool)
    found[program.columns[is_row[program.row_of_entries()]]] = True
    return found
