"""Solves a linear program once, from the basis of one like it, and hands back where it ended; by GLOP.

Programs of futures differ in some of their numbers: from the basis of another one GLOP takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ortools.util.python import solve_interrupter

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Program
from models.solvers import wire
from models.solvers.mathopt import model_of
from models.solvers.mathopt_rebased import Message, RebasedProgram, interior_basis
from models.solvers.native_search import VERSION
from models.solvers.normalise import SolverClaim, normalised
from models.solvers.repeated_solves import LARGE, NAME
from models.solvers.reports import Reporter
from models.solvers.warm import WarmProgram
from models.tree_search.lp_protocol import Basis, LpResult, LpStatus, WarmStart

_ENDS = {LpStatus.OPTIMAL: Status.OPTIMAL, LpStatus.INFEASIBLE: Status.INFEASIBLE}


class LinearSolver:
    """One linear program at a time; `stop` may come from another thread."""

    def __init__(self) -> None:
        self._interrupter = solve_interrupter.SolveInterrupter()
        self._is_stopped = self._is_in_interior_point = False

    def stop(self) -> bool:
        """Ends the running solve; False while an interior point runs, which cannot be ended."""
        self._is_stopped = True
        self._interrupter.interrupt()
        return not self._is_in_interior_point

    def solve(self, program: Program, options: SolveOptions, linear: wire.LinearSolve, reporter: Reporter) -> Outcome:
        """Returns the outcome, with its duals and where it ended; a start that leads nowhere is tried once."""
        limit, start = options.time_limit_s, linear.start

        def seconds_left() -> float | None:
            return None if limit is None else limit - reporter.seconds

        warm: WarmProgram | None = None
        result, iterations = LpResult(LpStatus.FAILED), 0
        if start is not None and start.fits(program.column_count, program.row_count):
            warm = WarmProgram(
                model_of(program), program, seconds_left=seconds_left, interrupter=self._interrupter
            )  # fmt: skip
            warm.start_from_basis(start.basis)
            result = warm.solve(program.column_lower, program.column_upper)
            iterations = result.iterations
        if result.status is not LpStatus.OPTIMAL and not self._is_stopped:
            warm = self._cold(program, seconds_left)
            result = warm.solve(program.column_lower, program.column_upper)
            iterations += result.iterations
        claim = SolverClaim(
            _ENDS.get(result.status, Status.FAILED),
            self._stop_of(seconds_left()),
            result.values,
            None,
            f"{iterations} simplex steps",
        )
        outcome = normalised(
            claim,
            program,
            options,
            solver=NAME,
            version=VERSION,
            seconds={"solve": reporter.seconds},
            row_duals=result.duals,
        )
        saved = None if warm is None or result.status is not LpStatus.OPTIMAL else warm.saved_basis()
        return outcome if warm is None or saved is None else replace(outcome, end=WarmStart(warm.basis_of(saved)))

    def _stop_of(self, left: float | None) -> Stop:
        if self._is_stopped:
            return Stop.INTERRUPT
        return Stop.TIME if left is not None and left <= 0 else Stop.FAILURE

    def _cold(self, program: Program, seconds_left: Callable[[], float | None]) -> WarmProgram:
        model = model_of(program)
        if program.column_count < LARGE:
            return WarmProgram(model, program, seconds_left=seconds_left, interrupter=self._interrupter)

        def first_basis(held: Message) -> Basis | None:
            self._is_in_interior_point = True
            try:
                return interior_basis(held, seconds_left())
            finally:
                self._is_in_interior_point = False

        return RebasedProgram(
            model, program, seconds_left=seconds_left, interrupter=self._interrupter, first_basis=first_basis
        )
