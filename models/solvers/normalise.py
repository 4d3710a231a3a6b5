"""Weighs what a solver claims: one reading of status, stop and gap for every engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Floats, Program
from models.solvers.plain import greatest_violation
from models.solvers.reports import PLAN_TOLERANCE
from models.tree_search.dual_bounds import DualBounds

# Engines prove their gap on the objective before they undo presolve; this much may differ afterwards, relative.
GAP_SLACK = 1e-6
LEAST_GAP = 1e-9
"""Objective and bound may always be this far apart, USD million: 0.001 USD."""
# Rows may be broken this far before polishing; further, relative to the bound, the values are not a plan.
BROKEN = 1e-4
_PROOF_GAP = 1e-9
_TRUSTED_SHARE = 0.9


@dataclass(frozen=True)
class SolverClaim:
    """What an engine reports of its solve; `limit` is the stop when it did not finish."""

    status: Status
    limit: Stop
    solution: Floats | None
    bound: float | None
    detail: str = ""


def normalised(
    claim: SolverClaim,
    program: Program,
    options: SolveOptions,
    *,
    solver: str,
    version: str,
    seconds: dict[str, float],
    row_duals: Floats | None = None,
    reduced_costs: Floats | None = None,
) -> Outcome:
    """Returns the outcome; a claim that its own numbers contradict is corrected and said so in `detail`."""
    status, notes = claim.status, [claim.detail] if claim.detail else []
    has_plan = status in (Status.OPTIMAL, Status.FEASIBLE) and claim.solution is not None
    if not has_plan and status is Status.OPTIMAL:
        status, notes = Status.FAILED, [*notes, "calls a plan optimal and gives no values"]
    if not has_plan and status is Status.FEASIBLE:
        status = Status.NOTHING_FOUND
    solution = claim.solution if has_plan else None
    objective = None if solution is None else program.objective_of(solution)
    bound = claim.bound if status in (Status.OPTIMAL, Status.FEASIBLE, Status.NOTHING_FOUND) else None
    if solution is not None and not program.is_integer.any():
        bound = proven_by(program, row_duals)
        if bound is None:
            notes.append(f"{solver} gives no duals that prove a bound, so none is reported")
    broken = 0.0 if solution is None else greatest_violation(program, solution)
    if broken > PLAN_TOLERANCE:
        notes.append(f"the values break a row by {broken:.1e} of its bound")
    if broken > BROKEN:
        status, solution, objective, bound = Status.FAILED, None, None, None
    bound, note = sound(objective, bound, program, solution, solver)
    notes += filter(None, [note])
    if status is Status.OPTIMAL and not within_gap(objective, bound, options.gap):
        status = Status.FEASIBLE
        notes.append(f"called optimal, but objective {objective} and bound {bound} are more than the gap apart")
    return Outcome(
        status,
        _stop(status, claim, objective, bound),
        solver,
        version,
        objective=objective,
        bound=bound,
        solution=solution,
        row_duals=row_duals if solution is not None else None,
        reduced_costs=reduced_costs if solution is not None else None,
        seconds=seconds,
        detail="; ".join(notes),
    )


def proven_by(program: Program, row_duals: Floats | None) -> float | None:
    """Returns what row duals prove of a continuous program, computed here; None where they prove nothing."""
    if row_duals is None or not np.isfinite(row_duals).all():
        return None
    for lower, upper in ((program.column_lower, program.column_upper), (None, None)):
        # Bounds that follow from the rows are sought only where duals that are not quite right need them.
        bound = DualBounds(program, lower, upper).bound(row_duals, program.column_lower, program.column_upper)
        if np.isfinite(bound):
            return bound
    return None


def sound(
    objective: float | None, bound: float | None, program: Program, solution: Floats | None, solver: str
) -> tuple[float | None, str]:
    """Returns a bound that does not lie above a plan's own cost, and what is to be said of one that did.

    Rounding errors are taken off; what lies further above is no bound, and is refused.
    """
    if objective is None or bound is None or solution is None or bound <= objective:
        return bound, ""
    size = float(np.abs(program.objective * solution).sum()) + abs(program.constant)
    if bound - objective <= GAP_SLACK * size + LEAST_GAP:
        return objective, ""
    return None, f"{solver} calls {bound:.9g} a bound, which this plan of {objective:.9g} proves false; it is refused"


def within_gap(objective: float | None, bound: float | None, gap: float) -> bool:
    """True when the bound is known and no further from the objective than `gap` (relative)."""
    if objective is None or bound is None:
        return False
    return abs(objective - bound) <= (gap + GAP_SLACK) * abs(objective) + LEAST_GAP


def _stop(status: Status, claim: SolverClaim, objective: float | None, bound: float | None) -> Stop:
    if status in (Status.INFEASIBLE, Status.UNBOUNDED):
        return Stop.PROOF
    if status is Status.FAILED:
        return Stop.FAILURE
    if claim.status is Status.OPTIMAL:
        return Stop.PROOF if within_gap(objective, bound, _PROOF_GAP) else Stop.GAP
    return claim.limit


def near_limit(options: SolveOptions, spent_s: float) -> bool:
    """True when a claim of infeasibility comes so close to the time limit that CBC's word is not taken for it.

    CBC 2.10.3 has called a problem proven infeasible at its limit after half of the nodes that the proof takes.
    """
    return options.time_limit_s is not None and spent_s >= _TRUSTED_SHARE * options.time_limit_s
