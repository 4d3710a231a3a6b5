"""Rays that prove emptiness: duals of the program that asks how far its rows must be broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.program import Floats, Program
from models.solvers.search.relaxation import Relaxation


class RayFinder:
    """Finds, for column bounds that an LP code calls contradictory, the duals that may prove it.

    The second linear program is made when it is first asked; most searches never ask.
    """

    def __init__(self, program: Program, relaxation_of: Callable[[Program], Relaxation]) -> None:
        self._program = program
        self._relaxation_of = relaxation_of
        self._relaxation: Relaxation | None = None
        self._extra = 0

    def __call__(self, lower: Floats, upper: Floats) -> Floats | None:
        """Returns the duals of the least breach of the rows; None where it was not found."""
        if self._relaxation is None:
            elastic = elastic_of(self._program)
            self._extra = elastic.column_count - self._program.column_count
            self._relaxation = self._relaxation_of(elastic)
        free, open_end = np.zeros(self._extra), np.full(self._extra, np.inf)
        return self._relaxation.solve(np.concatenate([lower, free]), np.concatenate([upper, open_end])).duals


def elastic_of(program: Program) -> Program:
    """Returns the program whose rows may be broken, and whose cost is by how much they are."""
    short = np.flatnonzero(np.isfinite(program.row_lower))
    over = np.flatnonzero(np.isfinite(program.row_upper))
    rows = np.concatenate([program.row_of_entries(), short, over])
    count = len(short) + len(over)
    columns = np.concatenate([program.columns, program.column_count + np.arange(count)])
    values = np.concatenate([program.values, np.ones(len(short)), -np.ones(len(over))])
    order = np.lexsort((columns, rows))
    starts = np.zeros(program.row_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=program.row_count), out=starts[1:])
    return replace(
        program,
        objective=np.concatenate([np.zeros(program.column_count), np.ones(count)]),
        constant=0.0,
        column_lower=np.concatenate([program.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([program.column_upper, np.full(count, np.inf)]),
        is_integer=np.zeros(program.column_count + count, dtype=bool),
        starts=starts,
        columns=columns[order],
        values=values[order],
    )
