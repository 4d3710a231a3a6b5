"""One linear program of a large model by HiGHS' interior point; imported by the solver's process alone."""

from __future__ import annotations

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

from models.program import Program
from models.solvers.mathopt_result import dense
from models.solvers.search.relaxation import Answer, Verdict

Message: TypeAlias = Any

_LEAST_SECONDS = 0.05


def interior(model: Message, program: Program, seconds_left: float | None) -> Answer:
    """Returns values and duals in the middle of the best ones, without a vertex; no answer is `BROKEN`.

    The way to a vertex costs a fifth of the time, and neither a proof nor a rounding needs one.
    """
    parameters = parameters_pb2.SolveParametersProto()
    parameters.highs.string_options["solver"] = "ipm"
    parameters.highs.string_options["run_crossover"] = "off"
    if seconds_left is not None:
        parameters.time_limit.FromNanoseconds(int(max(_LEAST_SECONDS, seconds_left) * 1e9))
    try:
        result = core.solve(
            model,
            parameters_pb2.SOLVER_TYPE_HIGHS,
            parameters_pb2.SolverInitializerProto(),
            parameters,
            model_parameters_pb2.ModelSolveParametersProto(),
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            None,
        )
    except (StatusNotOk, RuntimeError):
        return Answer(Verdict.BROKEN)
    for found in result.solutions:
        if found.HasField("primal_solution") and found.HasField("dual_solution"):
            values = dense(found.primal_solution.variable_values, program.column_count)
            duals = dense(found.dual_solution.dual_values, program.row_count)
            if np.isfinite(values).all() and np.isfinite(duals).all():
                return Answer(Verdict.SOLVED, values, duals)
    return Answer(Verdict.BROKEN)
