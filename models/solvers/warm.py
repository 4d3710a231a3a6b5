"""A linear program that is solved again and again with other column bounds, each time from where it stands.

GLOP's dual simplex keeps its basis between solves; one of `frontier-lab` takes 2 to 4 ms, where a cold one takes 60.
HiGHS in this wheel refuses to be updated, and loading its own wheel beside it buys nothing: it is as fast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_update_pb2,
    parameters_pb2,
    result_pb2,
    rpc_pb2,  # noqa: F401  registers the messages that the extension module exchanges
    solution_pb2,
)
from ortools.math_opt.core.python import solver as core
from pybind11_abseil.status import StatusNotOk  # type: ignore[import-untyped]

from models.program import Floats, Program
from models.solvers.mathopt_result import dense
from models.tree_search.lp_protocol import Accuracy, Basis, LpResult, LpStatus

Message: TypeAlias = Any

_INFEASIBLE = (result_pb2.TERMINATION_REASON_INFEASIBLE, result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED)
_ALWAYS_SECONDS = 0.05


class WarmProgram:
    """A continuous program held by GLOP; `solve` gives new column bounds and takes up the last basis.

    `seconds_left` returns how long a solve may take (None: any time); `interrupter` can end a running one from another
    thread.
    """

    def __init__(
        self, model: Message, program: Program, *, seconds_left: Callable[[], float | None], interrupter: Message
    ) -> None:
        self._rows, self._columns = program.row_count, program.column_count
        self._lower, self._upper = program.column_lower.copy(), program.column_upper.copy()
        self._seconds_left = seconds_left
        self._solver = core.new(parameters_pb2.SOLVER_TYPE_GLOP, model, parameters_pb2.SolverInitializerProto())
        self._parameters = parameters_pb2.SolveParametersProto()
        self._parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX
        # Presolve throws the basis away.
        self._parameters.presolve = parameters_pb2.EMPHASIS_OFF
        self._solve_parameters = model_parameters_pb2.ModelSolveParametersProto()
        self._solve_parameters.reduced_costs_filter.filter_by_ids = True
        self._solve_parameters.dual_values_filter.skip_zero_values = True
        self._solve_parameters.variable_values_filter.skip_zero_values = True
        # Parameters of a solve, no messages, no callbacks, and who may interrupt.
        stopper = None if interrupter is None else interrupter.pybind_interrupter
        self._rest = (self._solve_parameters, None, callback_pb2.CallbackRegistrationProto(), None, stopper)
        self._last: Message | None = None
        self._current: Message | None = None
        """The basis that the code holds; None where that is not known."""

    def saved_basis(self) -> Message | None:
        """Returns the basis in which the last solve ended; None where nothing was solved."""
        return self._last

    def restore_basis(self, saved: Message | None) -> None:
        """Starts the next solve from a saved basis."""
        if saved is None:
            return
        if saved is self._current:
            self._solve_parameters.ClearField("initial_basis")
        else:
            self._solve_parameters.initial_basis.CopyFrom(saved)

    def basis_of(self, saved: Message) -> Basis:
        """Returns a saved basis as numbers."""
        columns, rows = saved.variable_status, saved.constraint_status
        return Basis(np.array(columns.values, dtype=np.int64), np.array(rows.values, dtype=np.int64))

    def start_from_basis(self, basis: Basis) -> None:
        """Starts the next solve from a basis."""
        start = self._solve_parameters.initial_basis
        start.Clear()
        start.variable_status.ids.extend(range(self._columns))
        start.variable_status.values.extend(basis.columns.tolist())
        start.constraint_status.ids.extend(range(self._rows))
        start.constraint_status.values.extend(basis.rows.tolist())

    def start_presolved(self, model: Message) -> None:
        """Solves the program once with presolve and starts the next solve from its basis; for large programs.

        A cold solve without presolve takes four times as long there. Where this fails the next solve begins cold.
        """
        parameters = parameters_pb2.SolveParametersProto()
        parameters.CopyFrom(self._parameters)
        parameters.presolve = parameters_pb2.EMPHASIS_UNSPECIFIED
        # Cold, the dual simplex took 94 s where GLOP's own choice took 17 s.
        parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_UNSPECIFIED
        limit_time(parameters, self._seconds_left())
        kind, settings = parameters_pb2.SOLVER_TYPE_GLOP, parameters_pb2.SolverInitializerProto()
        try:
            result = core.solve(model, kind, settings, parameters, *self._rest)
        except (StatusNotOk, RuntimeError):
            return
        if result.solutions and result.solutions[0].HasField("basis"):
            self._solve_parameters.initial_basis.CopyFrom(result.solutions[0].basis)

    def solve(
        self, lower: Floats, upper: Floats, cutoff: float = np.inf, accuracy: Accuracy = Accuracy.DUAL_BOUND
    ) -> LpResult:
        """Returns the result for these column bounds; the solve ends early once its cost must exceed `cutoff`."""
        if not (lower <= upper).all():
            # MathOpt would refuse these bounds, and whatever it is asked after them.
            return LpResult(LpStatus.INFEASIBLE)
        try:
            self._move(lower, upper)
            self._limit(cutoff)
            result = self._solver.solve(self._parameters, *self._rest)
        except (StatusNotOk, RuntimeError):
            return LpResult(LpStatus.FAILED)
        self._current = None
        # From here on the solver's own last basis is the better start.
        self._solve_parameters.ClearField("initial_basis")
        return self._result_of(result)

    def _move(self, lower: Floats, upper: Floats) -> None:
        update = model_update_pb2.ModelUpdateProto()
        variables = update.variable_updates
        changed = False
        for bounds, held, changes in (
            (lower, self._lower, variables.lower_bounds),
            (upper, self._upper, variables.upper_bounds),
        ):
            at = np.flatnonzero(bounds != held)
            if len(at):
                changes.ids.extend(at.tolist())
                changes.values.extend(bounds[at].tolist())
                held[at] = bounds[at]
                changed = True
        if changed:
            self._solver.update(update)

    def _limit(self, cutoff: float) -> None:
        if np.isfinite(cutoff):
            self._parameters.glop.objective_upper_limit = cutoff
        else:
            self._parameters.glop.ClearField("objective_upper_limit")
        limit_time(self._parameters, self._seconds_left())

    def _result_of(self, result: Message) -> LpResult:
        reason, iterations = result.termination.reason, int(result.solve_stats.simplex_iterations)
        if reason in _INFEASIBLE:
            return LpResult(LpStatus.INFEASIBLE, iterations=iterations)
        if not result.solutions:
            return LpResult(LpStatus.FAILED, iterations=iterations)
        found = result.solutions[0]
        self._last = self._current = found.basis if found.HasField("basis") else None
        duals = dense(found.dual_solution.dual_values, self._rows) if found.HasField("dual_solution") else None
        if reason == result_pb2.TERMINATION_REASON_OPTIMAL:
            values = dense(found.primal_solution.variable_values, self._columns)
            return LpResult(LpStatus.OPTIMAL, values, duals, iterations)
        is_dual = duals is not None and found.dual_solution.feasibility_status == solution_pb2.SOLUTION_STATUS_FEASIBLE
        return (
            LpResult(LpStatus.CUTOFF, None, duals, iterations)
            if is_dual
            else LpResult(LpStatus.FAILED, iterations=iterations)
        )


def limit_time(parameters: Message, seconds_left: float | None) -> None:
    """Sets what time a solve may take; None: any."""
    if seconds_left is not None:
        parameters.time_limit.FromNanoseconds(int(max(_ALWAYS_SECONDS, seconds_left) * 1e9))
