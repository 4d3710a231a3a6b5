"""What is said of a search that has ended without a plan."""

from __future__ import annotations

from models.outcome import Outcome, SolveOptions, Status, Stop
from planner.errors import InternalError, NoPlanFound

AFTER_KILL = "Try again when more memory is free; with --memory-limit the best plan is kept in time."


def require_plan(name: str, found: Outcome, options: SolveOptions) -> None:
    """Raises what is to be said where a search that did not prove the case `name` infeasible has no plan.

    Raises:
        NoPlanFound: it ended before it had one.
        InternalError: it failed.
    """
    if found.status is Status.NOTHING_FOUND:
        raise NoPlanFound(_why_nothing(name, found, options))
    if found.status is Status.UNBOUNDED:
        msg = f"{found.solver} reports that the cost of {name} has no lower bound: a row earns without limit."
        raise InternalError(msg)
    if found.status is Status.FAILED and found.stop is Stop.KILLED:
        detail = f"{name}: {found.detail} {AFTER_KILL}"
        msg = f"The solver {found.solver} was killed before it had found a plan for {detail}"
        raise NoPlanFound(msg)
    if found.status is Status.FAILED:
        detail = f"{found.detail.rstrip('. ')}. Try another with --solver; see `fleetplan solvers`."
        msg = f"The solver {found.solver} failed: {detail}"
        raise InternalError(msg)


def _why_nothing(name: str, found: Outcome, options: SolveOptions) -> str:
    reasons = {
        Stop.TIME: f"within {options.time_limit_s:g} s" if options.time_limit_s else "in time",
        Stop.MEMORY: f"within {options.memory_mb} MB" if options.memory_mb else "in memory",
        Stop.INTERRUPT: "before the search was stopped",
        Stop.WORK: "within its limit of linear programs",
    }
    bound = "" if found.bound is None else f" Any plan costs at least {found.bound:,.1f} USD million."
    remedy = "Allow more with --time-limit or --memory-limit, or try another with --solver."
    return f"{found.solver} found no plan for {name} {reasons.get(found.stop, 'at all')}.{bound} {remedy}"
