"""Solves a linear program many times over, each time with one column fixed at another value; by GLOP's warm bases.

The program stays loaded until another one is asked about: a cold start takes as long as a dozen of the solves after it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ortools.util.python import solve_interrupter

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Ints, Program
from models.solvers import wire
from models.solvers.mathopt import model_of
from models.solvers.mathopt_rebased import Message, RebasedProgram, interior_basis
from models.solvers.native_search import VERSION
from models.solvers.normalise import SolverClaim, normalised
from models.solvers.reports import Reporter
from models.solvers.warm import WarmProgram
from models.tree_search.lp_protocol import Basis, BasisHandle, LpResult, LpStatus

NAME = "glop"
LARGE = 5_000
"""From this many columns on an interior point is the faster start: 1.3 s for 8 s of 16,000 columns."""

_NOTHING = 1e-12


_ARRAYS = ("objective", "column_lower", "column_upper", "starts", "columns", "values", "row_lower", "row_upper")


@dataclass(frozen=True, eq=False)
class _LoadedProgram:
    """A program in the code, with the answer to it as it is and where that ended."""

    program: Program
    warm: WarmProgram
    first: LpResult
    begin: BasisHandle | None


class RepeatedSolver:
    """One series of solves at a time; `stop` may come from another thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._interrupter = solve_interrupter.SolveInterrupter()
        self._is_inside = False
        self._loaded: _LoadedProgram | None = None
        self._left: Callable[[], float | None] = lambda: None

    def stop(self) -> bool:
        """Ends the series after the running linear program, which is ended at once.

        False while an interior point runs, which cannot be ended.
        """
        self._asked.set()
        self._interrupter.interrupt()
        return not self._is_inside

    def solve(self, program: Program, options: SolveOptions, again: wire.RepeatedSolve, reporter: Reporter) -> Outcome:
        """Returns the outcome of the program as it is; `again` of it holds what each further solve has found."""
        limit = options.time_limit_s
        self._left = lambda: None if limit is None else limit - reporter.seconds
        at = self._at(program)
        first = at.first
        found = np.full((len(again.columns), 2), np.nan)
        entries = _Entries(program, again.columns)
        if first.status is LpStatus.OPTIMAL and first.values is not None:
            objective = program.objective_of(first.values)
            for k, (column, value) in enumerate(zip(again.columns.tolist(), again.values.tolist(), strict=True)):
                left = self._left()
                if self._asked.is_set() or (left is not None and left <= 0):
                    break
                assert first.duals is not None
                if again.may_only_save and entries.reduced_cost(column, first.duals) >= -_NOTHING:
                    found[k] = objective, 0.0
                    continue
                lower, upper = program.column_lower.copy(), program.column_upper.copy()
                lower[column] = upper[column] = value
                answer = at.warm.solve(lower, upper)
                if answer.status is LpStatus.FAILED:
                    # At the very end of a piece a basis can be too close to singular.
                    at.warm.restore_basis(at.begin)
                    answer = at.warm.solve(lower, upper)
                if answer.status is LpStatus.OPTIMAL and answer.values is not None and answer.duals is not None:
                    found[k] = program.objective_of(answer.values), entries.reduced_cost(column, answer.duals)
        return _outcome(first, program, options, found, reporter.seconds)

    def _at(self, program: Program) -> _LoadedProgram:
        """The program as it was left, or loaded and solved as it is."""
        if self._asked.is_set():
            # Whoever was asked to stop stays stopped.
            self._asked, self._interrupter = threading.Event(), solve_interrupter.SolveInterrupter()
            self._loaded = None
        if self._loaded is None or not _is_same(self._loaded.program, program):
            self._loaded = None
            warm = self._held(program)
            first = warm.solve(program.column_lower, program.column_upper)
            found = _LoadedProgram(program, warm, first, warm.saved_basis())
            self._loaded = found if first.status is LpStatus.OPTIMAL else None
            return found
        return self._loaded

    def _held(self, program: Program) -> WarmProgram:
        model = model_of(program)

        def seconds_left() -> float | None:
            return self._left()

        if program.column_count < LARGE:
            return WarmProgram(model, program, seconds_left=seconds_left, interrupter=self._interrupter)

        def basis_of(model: Message) -> Basis | None:
            self._is_inside = True
            try:
                return interior_basis(model, seconds_left())
            finally:
                self._is_inside = False

        return RebasedProgram(
            model, program, seconds_left=seconds_left, interrupter=self._interrupter, first_basis=basis_of
        )


def _is_same(one: Program, other: Program) -> bool:
    arrays = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in _ARRAYS)
    return arrays and one.constant == other.constant


class _Entries:
    """The coefficients of a few columns."""

    def __init__(self, program: Program, columns: Ints) -> None:
        wanted = np.flatnonzero(np.isin(program.columns, columns))
        self._cost = program.objective
        self._column, self._row = program.columns[wanted], program.row_of_entries()[wanted]
        self._value = program.values[wanted]

    def reduced_cost(self, column: int, duals: Floats) -> float:
        own = self._column == column
        return float(self._cost[column] - self._value[own] @ duals[self._row[own]])


def _outcome(first: LpResult, program: Program, options: SolveOptions, found: Floats, seconds: float) -> Outcome:
    solved = first.status is LpStatus.OPTIMAL and first.values is not None
    objective = None if first.values is None or not solved else program.objective_of(first.values)
    ends = {LpStatus.OPTIMAL: Status.OPTIMAL, LpStatus.INFEASIBLE: Status.INFEASIBLE}
    claim = SolverClaim(ends.get(first.status, Status.FAILED), Stop.FAILURE, first.values, objective)
    outcome = normalised(
        claim, program, options, solver=NAME, version=VERSION, seconds={"solve": seconds}, row_duals=first.duals
    )
    return replace(outcome, again=found)
