"""Large linear programs by GLOP that begin with a basis from elsewhere; imported by the solver's process alone.

Cold, GLOP takes twice as long as HiGHS' interior point for a program of 26,000 columns, and at least ten times as long
for one of 80,000. From a basis on, it is GLOP that can be updated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    parameters_pb2,
    rpc_pb2,  # noqa: F401  registers the messages that the extension module exchanges
)
from ortools.math_opt.core.python import solver as core
from pybind11_abseil.status import StatusNotOk  # type: ignore[import-untyped]

from models.program import Floats, Program
from models.solvers.warm import WarmProgram, limit_time
from models.tree_search.lp_protocol import Accuracy, Basis, LpResult

Message: TypeAlias = Any


class RebasedProgram(WarmProgram):
    """A warm program whose first solve begins with a basis that it is given, or with that of `first_basis`.

    Where that has none, GLOP finds its own with presolve.
    """

    def __init__(
        self,
        model: Message,
        program: Program,
        *,
        seconds_left: Callable[[], float | None],
        interrupter: Message,
        first_basis: Callable[[Message], Basis | None],
    ) -> None:
        super().__init__(model, program, seconds_left=seconds_left, interrupter=interrupter)
        self._model: Message | None = model
        self._first_basis = first_basis

    def start_from_basis(self, basis: Basis) -> None:
        """Starts the next solve from a basis; the first one from one whose values keep all rows."""
        if self._model is not None:
            # That of another program has right values and wrong costs, which suits the primal simplex.
            self._parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_PRIMAL_SIMPLEX
        self._model = None
        super().start_from_basis(basis)

    def solve(
        self, lower: Floats, upper: Floats, cutoff: float = np.inf, accuracy: Accuracy = Accuracy.DUAL_BOUND
    ) -> LpResult:
        """Returns the result for these column bounds; the solve ends early once its cost must exceed `cutoff`."""
        if self._model is not None:
            model, self._model = self._model, None
            basis = self._first_basis(model)
            if basis is None:
                self.start_presolved(model)
            else:
                self.start_from_basis(basis)
        try:
            return super().solve(lower, upper, cutoff, accuracy)
        finally:
            self._parameters.lp_algorithm = parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX


def interior_basis(model: Message, seconds_left: float | None) -> Basis | None:
    """Returns the best basis of a continuous model by HiGHS' interior point; None where it found none in time."""
    parameters = parameters_pb2.SolveParametersProto()
    parameters.highs.string_options["solver"] = "ipm"
    limit_time(parameters, seconds_left)
    solve_parameters = model_parameters_pb2.ModelSolveParametersProto()
    solve_parameters.variable_values_filter.skip_zero_values = True
    solve_parameters.dual_values_filter.skip_zero_values = True
    solve_parameters.reduced_costs_filter.filter_by_ids = True
    try:
        result = core.solve(
            model,
            parameters_pb2.SOLVER_TYPE_HIGHS,
            parameters_pb2.SolverInitializerProto(),
            parameters,
            solve_parameters,
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            None,
        )
    except (StatusNotOk, RuntimeError):
        return None
    for found in result.solutions:
        columns, rows = found.basis.variable_status, found.basis.constraint_status
        if len(columns.values) == len(model.variables.ids) and len(rows.values) == len(model.linear_constraints.ids):
            return Basis(np.array(columns.values, dtype=np.int64), np.array(rows.values, dtype=np.int64))
    return None
