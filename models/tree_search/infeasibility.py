"""Proofs of infeasibility: Farkas rays, from the duals of the program that minimises by how much rows are violated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.program import Floats, Program
from models.tree_search.lp_protocol import LpRelaxation


class FarkasRayFinder:
    """Finds, for column bounds that an LP code calls infeasible, duals that may prove it.

    The elastic program is built at the first call; most searches never need it.
    """

    def __init__(self, program: Program, lp_of: Callable[[Program], LpRelaxation]) -> None:
        self._program = program
        self._lp_of = lp_of
        self._lp: LpRelaxation | None = None
        self._slack_count = 0

    def __call__(self, lower: Floats, upper: Floats) -> Floats | None:
        """Returns the duals of the least total violation of the rows; None where it was not found."""
        if self._lp is None:
            elastic = elastic_program(self._program)
            self._slack_count = elastic.column_count - self._program.column_count
            self._lp = self._lp_of(elastic)
        zeros, unbounded = np.zeros(self._slack_count), np.full(self._slack_count, np.inf)
        return self._lp.solve(np.concatenate([lower, zeros]), np.concatenate([upper, unbounded])).duals


def elastic_program(program: Program) -> Program:
    """Returns the program whose rows have slack columns, and whose cost is the sum of these (phase one)."""
    below = np.flatnonzero(np.isfinite(program.row_lower))
    above = np.flatnonzero(np.isfinite(program.row_upper))
    rows = np.concatenate([program.row_of_entries(), below, above])
    count = len(below) + len(above)
    columns = np.concatenate([program.columns, program.column_count + np.arange(count)])
    values = np.concatenate([program.values, np.ones(len(below)), -np.ones(len(above))])
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
