"""Turns what MathOpt reports into an `Outcome`."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from ortools.math_opt import result_pb2, solution_pb2

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program
from models.solvers.normalise import SolverClaim, normalised

Message: TypeAlias = Any

_REASONS = {
    result_pb2.TERMINATION_REASON_OPTIMAL: Status.OPTIMAL,
    result_pb2.TERMINATION_REASON_INFEASIBLE: Status.INFEASIBLE,
    result_pb2.TERMINATION_REASON_UNBOUNDED: Status.UNBOUNDED,
    result_pb2.TERMINATION_REASON_FEASIBLE: Status.FEASIBLE,
    result_pb2.TERMINATION_REASON_NO_SOLUTION_FOUND: Status.NOTHING_FOUND,
}
_LIMITS = {
    result_pb2.LIMIT_TIME: Stop.TIME,
    result_pb2.LIMIT_MEMORY: Stop.MEMORY,
    result_pb2.LIMIT_INTERRUPTED: Stop.INTERRUPT,
}


def failure(solver: str, version: str, detail: str, seconds: dict[str, float] | None = None) -> Outcome:
    """Returns the outcome of a solve that broke down."""
    return Outcome(Status.FAILED, Stop.FAILURE, solver, version, seconds=seconds or {}, detail=detail)


def outcome(
    result: Message,
    program: Program,
    options: SolveOptions,
    *,
    solver: str,
    version: str,
    seconds: dict[str, float],
    proves: bool = True,
) -> Outcome:
    """Returns the outcome that MathOpt's result describes; without `proves` only its plan is taken."""
    termination = result.termination
    status = _REASONS.get(termination.reason)
    if status is None:
        name = result_pb2.TerminationReasonProto.Name(termination.reason)
        return failure(solver, version, f"{solver} ended with {name} {termination.detail}".strip(), seconds)
    solution, duals = _best(result, program)
    bound = termination.objective_bounds.dual_bound
    claim = SolverClaim(
        status,
        # CP-SAT reports a time limit as "undetermined".
        _LIMITS.get(termination.limit, Stop.TIME),
        solution,
        float(bound) if np.isfinite(bound) and abs(bound) < 1e20 else None,
        "" if status is Status.OPTIMAL else termination.detail,
    )
    if not proves:
        claim = _without_proof(claim)
    row_duals = reduced_costs = None
    if duals is not None and status is Status.OPTIMAL:
        row_duals = dense(duals.dual_values, program.row_count)
        reduced_costs = dense(duals.reduced_costs, program.column_count)
    return normalised(
        claim,
        program,
        options,
        solver=solver,
        version=version,
        seconds=seconds,
        row_duals=row_duals,
        reduced_costs=reduced_costs,
    )


def _without_proof(claim: SolverClaim) -> SolverClaim:
    words = "the engine moves continuous columns on a grid: its bound is no proof and was left out"
    if claim.status is Status.OPTIMAL:
        return SolverClaim(Status.FEASIBLE, Stop.GAP, claim.solution, None, words)
    if claim.status in (Status.INFEASIBLE, Status.UNBOUNDED):
        return SolverClaim(
            Status.NOTHING_FOUND, Stop.FAILURE, None, None, f"{words}; it calls the program {claim.status.value}"
        )
    return SolverClaim(claim.status, claim.limit, claim.solution, None, words)


def _best(result: Message, program: Program) -> tuple[Floats | None, Message]:
    """Returns the first solution that MathOpt calls feasible, and its duals if it has any."""
    for found in result.solutions:
        primal = found.primal_solution
        if found.HasField("primal_solution") and primal.feasibility_status == solution_pb2.SOLUTION_STATUS_FEASIBLE:
            has_duals = found.HasField("dual_solution") and not program.is_integer.any()
            return dense(primal.variable_values, program.column_count), found.dual_solution if has_duals else None
    return None, None


def dense(vector: Message, size: int) -> Floats:
    """Returns a sparse vector of MathOpt with its zeros."""
    values = np.zeros(size)
    values[np.array(vector.ids, dtype=np.int64)] = np.array(vector.values)
    return values
