"""What reduced linear programs have in common: substituted columns, and aggregated stocks that become columns again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints, Program, relaxed
from models.tree_search.column_aggregation import AggregatedProgram, aggregate
from models.tree_search.column_substitution import Substitution, substitute_columns
from models.tree_search.lp_protocol import Basis, BasisHandle, WarmLpRelaxation, WarmStart
from models.tree_search.stock_chains import ChainRows, StockChains, chain_rows


@dataclass(frozen=True)
class CoreBasis:
    """A saved basis, and the aggregated program (the core) that it is a basis of."""

    core: AggregatedProgram
    handle: BasisHandle


class AggregatedLp:
    """What the reduced linear programs have in common; `stock_rows` are those that may be held as equalities.

    Integer columns are neither substituted nor aggregated: their bounds are what a search moves. `never_aggregated`
    marks columns that stay by themselves from the start.
    """

    def __init__(
        self,
        program: Program,
        stock_rows: Ints,
        lp_of: Callable[[Program], WarmLpRelaxation],
        never_aggregated: np.ndarray,
        start: WarmStart | None = None,
    ) -> None:
        self._lp_of = lp_of
        self._substitution, rows = _substituted(program, stock_rows)
        self._chains = StockChains(self._substitution.program, rows)
        self.aggregated = ~never_aggregated[self._substitution.kept][rows.later]
        self.rebuild_count = 0
        self._core: AggregatedProgram
        self._lp: WarmLpRelaxation
        is_start = start is not None and self._is_start(start)
        if start is not None and start.aggregated is not None and is_start:
            self.aggregated = self.aggregated & start.aggregated
        self._rebuild(None)
        if start is not None and is_start:
            self._start_from(start.basis)

    def _is_start(self, start: WarmStart) -> bool:
        """True where a start is one of a program of the same rows, columns and chains."""
        program = self._substitution.program
        is_chained = start.aggregated is None or len(start.aggregated) == len(self.aggregated)
        return is_chained and start.fits(program.column_count, program.row_count)

    def warm_start(self, saved: CoreBasis | None) -> WarmStart | None:
        """Returns a saved basis, with what is aggregated now, as a start for another program."""
        return None if saved is None else WarmStart(self._before_aggregation(saved), self.aggregated.copy())

    def saved_basis(self) -> CoreBasis | None:
        """Returns the basis in which the last solve ended; it stays valid whatever is disaggregated later."""
        handle = self._lp.saved_basis()
        return None if handle is None else CoreBasis(self._core, handle)

    def restore_basis(self, saved: CoreBasis | None) -> None:
        """Starts the next solve from a saved basis."""
        if saved is None:
            return
        if saved.core is self._core:
            self._lp.restore_basis(saved.handle)
        else:
            self._start_from(self._before_aggregation(saved))

    def _start_from(self, basis: Basis) -> None:
        """Starts the next solve from a basis of the program before the aggregation."""
        self._lp.start_from_basis(Basis(basis.columns[self._core.kept], basis.rows[self._core.rows]))

    def _before_aggregation(self, saved: CoreBasis) -> Basis:
        """Returns a saved basis as one of the program before the aggregation."""
        return saved.core.postsolve_basis(self._lp.basis_of(saved.handle))

    def _disaggregate(self, stocks: np.ndarray) -> None:
        """Makes these stocks columns again; the next solve starts where the last one ended."""
        saved = self.saved_basis()
        self.aggregated = self.aggregated & ~stocks
        self._rebuild(saved)

    def _rebuild(self, saved: CoreBasis | None) -> None:
        self.rebuild_count += 1
        self._core = aggregate(self._substitution.program, self._chains.rows, self.aggregated)
        self._lp = self._lp_of(relaxed(self._core.program))
        self.restore_basis(saved)

    def _postsolve_duals(self, duals: Floats, cost: Floats | None = None) -> tuple[Floats, Floats]:
        """Row duals of the program before the aggregation, and the reduced cost of each later stock."""
        objective = self._substitution.program.objective if cost is None else cost
        return self._chains.postsolve_duals(self._core.spread_duals(duals), self.aggregated, objective)


def _substituted(program: Program, stock_rows: Ints) -> tuple[Substitution, ChainRows]:
    """The program without the columns that follow from others, and its chain rows.

    Stocks are not substituted: whether they are columns is decided by aggregation.
    """
    is_row = np.zeros(program.row_count, dtype=bool)
    is_row[stock_rows] = True
    stays = np.zeros(program.column_count, dtype=bool)
    stays[program.columns[is_row[program.row_of_entries()]]] = True
    substitution = substitute_columns(program, stays)
    number = np.full(program.row_count, -1)
    number[substitution.rows] = np.arange(len(substitution.rows))
    left = number[stock_rows]
    return substitution, chain_rows(substitution.program, left[left >= 0])
