"""Solves a `Program` with an engine of the OR-Tools wheel; imported by the solver's process alone.

The model is handed over as a protocol buffer filled from arrays, without MathOpt's model objects: those cost a
second per 100,000 columns and are turned into the same buffer in the end.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import ortools
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    parameters_pb2,
    result_pb2,
    rpc_pb2,  # noqa: F401  registers the messages that the extension module exchanges
)
from ortools.math_opt.core.python import solver as core
from ortools.util.python import solve_interrupter
from pybind11_abseil.status import StatusNotOk  # type: ignore[import-untyped]

from models.outcome import Outcome, SolveOptions
from models.program import Program, relaxed
from models.solvers import logs, mathopt_result
from models.solvers.catalogue import NATIVE, facts_of
from models.solvers.highs_plans import OPTION_SPARSE, OPTIONS_TEXT, ImprovingPlans
from models.solvers.reports import Reporter

# The library ships its messages without types that mypy could follow through the skipped import.
Message: TypeAlias = Any

_TYPES = {
    "scip": parameters_pb2.SOLVER_TYPE_GSCIP,
    "highs": parameters_pb2.SOLVER_TYPE_HIGHS,
    "cp_sat": parameters_pb2.SOLVER_TYPE_CP_SAT,
    "gurobi": parameters_pb2.SOLVER_TYPE_GUROBI,
    "glop": parameters_pb2.SOLVER_TYPE_GLOP,
    "pdlp": parameters_pb2.SOLVER_TYPE_PDLP,
}
# SCIP and CP-SAT give no duals for a continuous program, so GLOP (SCIP's own LP code in this wheel) answers it.
_LP_STAND_IN = {NATIVE: "glop", "scip": "glop", "cp_sat": "glop"}
_ADVICE = {"gurobi": " (Gurobi's library or its licence was not found)"}
_STREAMING = ("scip", "cp_sat", "gurobi")
_READERS: dict[str, Callable[[str], logs.Figures]] = {"scip": logs.scip, "highs": logs.highs, "cp_sat": logs.cp_sat}
# 1e-6, the default, is relative and let half of the measured plans break a demand row; 1e-9 costs a factor of ten.
SCIP_FEASIBILITY = 1e-8
_SCIP_DISPLAY_NODES = 10
INTERIOR_FROM = 50_000
"""From this many columns on HiGHS solves linear programs by an interior point: its simplex does not end in minutes."""
_LEAST_SECONDS = 0.05
_POLL_S = 0.2
_PDLP_PRECISION = 1e-8
# The default of CP-SAT's `mip_max_bound`.
_CP_SAT_MOST = 1e7
_SEED_MOST = 2**31 - 1


class MathOpt:
    """The engines of OR-Tools; one instance a process."""

    version = f"OR-Tools {ortools.__version__}"

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._interrupter: Message = None
        self._running = ""
        self._plans: Callable[[], None] | None = None

    def solve(self, program: Program, options: SolveOptions, code: str, reporter: Reporter) -> Outcome:
        """Returns the outcome; failures of the engine are an outcome too."""
        asked = relaxed(program) if options.relax else program
        used = code if asked.is_integer.any() else _LP_STAND_IN.get(code, code)
        if used == "cp_sat" and (wide := _wide_columns(asked)):
            detail = (
                f"CP-SAT needs bounds within ±{_CP_SAT_MOST:.0e} on every column; {wide} have none. Use scip or highs."
            )
            return mathopt_result.failure(code, self.version, detail)
        began = time.monotonic()
        model = model_of(asked)
        handed = time.monotonic()
        result = self._run(used, model, asked, options, reporter)
        if not isinstance(result, str) and _undecided(result):
            result = self._decide(used, model, asked, options, reporter, result)
        seconds = {"hand-off": handed - began, "solve": time.monotonic() - handed}
        if isinstance(result, str):
            return mathopt_result.failure(code, self.version, result, seconds)
        version = self.version if used == code else f"{self.version}, LP by {used}"
        return mathopt_result.outcome(
            result, asked, options, solver=code, version=version, seconds=seconds, proves=_proves(used, asked)
        )

    def stop(self) -> bool:
        """Asks the running solve to end; False when the engine cannot."""
        if self._running == "scip":
            # MathOpt's interrupter is ignored by the SCIP of this wheel; its own Ctrl-C handler works.
            os.kill(os.getpid(), signal.SIGINT)
            return True
        if self._running == "highs":
            if self._plans is not None:
                self._plans()
            return False
        if self._interrupter is not None:
            self._interrupter.interrupt()
        return True

    def _run(
        self, code: str, model: Message, program: Program, options: SolveOptions, reporter: Reporter
    ) -> Message | str:
        """Runs the engine once; a string is its failure in words."""
        parameters = _parameters(code, program, options, reporter.seconds)
        self._interrupter = solve_interrupter.SolveInterrupter()
        self._running = code
        try:
            with self._plans_of(code, parameters, program, reporter):
                return core.solve(
                    model,
                    _TYPES[code],
                    parameters_pb2.SolverInitializerProto(),
                    parameters,
                    _hints(program, options),
                    _message_callback(code, program, reporter),
                    _registration(code, program),
                    _plan_callback(code, program, reporter)
                    if code in _STREAMING and program.is_integer.any()
                    else None,
                    # SCIP's event handler for the interrupter fails to register and prints an error.
                    None if code in ("scip", "highs") else self._interrupter.pybind_interrupter,
                )
        except (StatusNotOk, RuntimeError) as error:
            return f"{facts_of(code).label} broke down: {error}{_ADVICE.get(code, '')}"
        finally:
            self._running = ""
            self._interrupter = None

    def _decide(
        self, code: str, model: Message, program: Program, options: SolveOptions, reporter: Reporter, first: Message
    ) -> Message | str:
        """Tells infeasible from unbounded by solving once more without an objective."""
        model.objective.Clear()
        result = self._run(code, model, program, options, reporter)
        if isinstance(result, str):
            return result
        reason = result.termination.reason
        if reason in (result_pb2.TERMINATION_REASON_OPTIMAL, result_pb2.TERMINATION_REASON_FEASIBLE):
            first.termination.reason = result_pb2.TERMINATION_REASON_UNBOUNDED
        elif reason == result_pb2.TERMINATION_REASON_INFEASIBLE:
            first.termination.reason = reason
        return first

    @contextmanager
    def _plans_of(self, code: str, parameters: Message, program: Program, reporter: Reporter) -> Iterator[None]:
        """Follows HiGHS' file of better plans while the block runs."""
        if code != "highs" or not program.is_integer.any():
            yield
            return
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            path = Path(folder) / "plans"
            parameters.highs.string_options[OPTIONS_TEXT] = str(path)
            parameters.highs.bool_options[OPTION_SPARSE] = True
            plans, ended, one_at_a_time = (
                ImprovingPlans(path, program.column_count),
                threading.Event(),
                threading.Lock(),
            )

            def read() -> None:
                with one_at_a_time:
                    for values in plans.read():
                        reporter.plan(values)

            def follow() -> None:
                while not ended.wait(_POLL_S):
                    read()

            self._plans = read
            thread = threading.Thread(target=follow, daemon=True)
            thread.start()
            try:
                yield
            finally:
                ended.set()
                thread.join()
                self._plans = None


def backend(name: str, scratch: Path, send: Callable[[object], None]) -> MathOpt:
    """Returns the library's backend; `scratch` is a folder that the parent clears."""
    return MathOpt(scratch)


def model_of(program: Program) -> Message:
    """Returns the program as MathOpt's protocol buffer, filled from its arrays."""
    model = model_pb2.ModelProto()
    variables, rows = model.variables, model.linear_constraints
    variables.ids.extend(range(program.column_count))
    variables.lower_bounds.extend(program.column_lower.tolist())
    variables.upper_bounds.extend(program.column_upper.tolist())
    variables.integers.extend(program.is_integer.tolist())
    priced = np.flatnonzero(program.objective)
    model.objective.offset = program.constant
    model.objective.linear_coefficients.ids.extend(priced.tolist())
    model.objective.linear_coefficients.values.extend(program.objective[priced].tolist())
    rows.ids.extend(range(program.row_count))
    rows.lower_bounds.extend(program.row_lower.tolist())
    rows.upper_bounds.extend(program.row_upper.tolist())
    stored = np.flatnonzero(program.values)
    matrix = model.linear_constraint_matrix
    matrix.row_ids.extend(program.row_of_entries()[stored].tolist())
    matrix.column_ids.extend(program.columns[stored].tolist())
    matrix.coefficients.extend(program.values[stored].tolist())
    return model


def _parameters(code: str, program: Program, options: SolveOptions, spent_s: float) -> Message:
    parameters = parameters_pb2.SolveParametersProto()
    whole = bool(program.is_integer.any())
    if options.time_limit_s is not None:
        left = max(_LEAST_SECONDS, options.time_limit_s - spent_s)
        parameters.time_limit.FromNanoseconds(int(left * 1e9))
    if whole:
        parameters.relative_gap_tolerance = options.gap
    if code != "pdlp":
        parameters.random_seed = min(options.seed, _SEED_MOST)
    if options.threads is not None and code in ("cp_sat", "gurobi", "pdlp"):
        parameters.threads = options.threads
    if code == "scip":
        parameters.gscip.real_params["numerics/feastol"] = SCIP_FEASIBILITY
        parameters.gscip.bool_params["misc/catchctrlc"] = True
        parameters.gscip.int_params["display/freq"] = _SCIP_DISPLAY_NODES
        if options.memory_mb is not None:
            parameters.gscip.real_params["limits/memory"] = float(options.memory_mb)
    if code == "highs" and options.threads is not None:
        parameters.highs.int_options["threads"] = options.threads
    if code == "highs" and not whole and program.column_count >= INTERIOR_FROM:
        parameters.highs.string_options["solver"] = "ipm"
    if code == "pdlp":
        criteria = parameters.pdlp.termination_criteria.simple_optimality_criteria
        criteria.eps_optimal_relative = criteria.eps_optimal_absolute = _PDLP_PRECISION
    return parameters


def _hints(program: Program, options: SolveOptions) -> Message:
    found = model_parameters_pb2.ModelSolveParametersProto()
    if options.hint is not None and program.is_integer.any():
        known = np.flatnonzero(np.isfinite(options.hint))
        values = found.solution_hints.add().variable_values
        values.ids.extend(known.tolist())
        values.values.extend(options.hint[known].tolist())
    return found


def _registration(code: str, program: Program) -> Message:
    registration = callback_pb2.CallbackRegistrationProto()
    if code in _STREAMING and program.is_integer.any():
        registration.request_registration.append(callback_pb2.CALLBACK_EVENT_MIP_SOLUTION)
        registration.mip_solution_filter.skip_zero_values = True
    return registration


def _message_callback(code: str, program: Program, reporter: Reporter) -> Callable[[list[str]], None] | None:
    read = _READERS.get(code)
    if read is None or not _proves(code, program):
        return None

    def lines_arrived(lines: list[str]) -> None:
        for line in lines:
            # The objectives come with their plans; a printed one is rounded.
            _, bound = read(line)
            if bound is not None:
                reporter.figures(None, bound)

    return lines_arrived


def _plan_callback(code: str, program: Program, reporter: Reporter) -> Callable[[Message], Message]:
    nothing = callback_pb2.CallbackResultProto()
    proves = _proves(code, program)

    def plan_found(data: Message) -> Message:
        values = mathopt_result.dense(data.primal_solution_vector, program.column_count)
        bound = data.mip_stats.dual_bound
        reporter.plan(values, bound if proves and np.isfinite(bound) and abs(bound) < 1e20 else None)
        return nothing

    return plan_found


def _wide_columns(program: Program) -> int:
    """Counts columns whose bounds CP-SAT would cut off without a word."""
    least, most = np.abs(program.column_lower), np.abs(program.column_upper)
    return int((~(np.maximum(least, most) <= _CP_SAT_MOST)).sum())


def _proves(code: str, program: Program) -> bool:
    """CP-SAT moves continuous columns on a grid: its bound and its "infeasible" are those of another program."""
    return facts_of(code).continuous or bool(program.is_integer.all())


def _undecided(result: Message) -> bool:
    return bool(result.termination.reason == result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED)
