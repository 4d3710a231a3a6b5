"""How a search begins and is stopped, and what is said of one that has ended without a plan."""

from __future__ import annotations

from collections.abc import Callable

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.solvers.child import Engine
from models.solvers.self_tests import run_self_tests
from planner.errors import InternalError, NoPlanFound
from planner.interrupts import Keys
from planner.journal import Journal

AFTER_KILL = "Try again when more memory is free; with --memory-limit the best plan is kept in time."


def stopper(journal: Journal, keys: Keys) -> Callable[[], bool]:
    """Returns the question whether to stop; the first yes is noted in the journal."""
    is_noted = False

    def should_stop() -> bool:
        nonlocal is_noted
        if keys.asked and not is_noted:
            is_noted = True
            kept = "the best plan so far is kept" if journal.has_plan else "a first plan is made, if there is one"
            journal.note(f"Stopping: {kept}. Ctrl-C again stops at once, without a plan.")
        return keys.asked

    return should_stop


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


def require_right_answers(engine: Engine) -> None:
    """Asks the solver five small questions with known answers, before it is asked the large one.

    Raises:
        NoPlanFound: something outside ended its process.
        InternalError: it answers one of them wrongly, so its version is not to be trusted.
    """
    missed = [finding for finding in run_self_tests(engine) if not finding.is_right]
    killed = next((finding for finding in missed if finding.was_killed), None)
    if killed is not None:
        detail = f"{killed.found}. Nothing was solved. {AFTER_KILL}"
        msg = f"The solver {engine.name} was killed during its self-tests: {detail}"
        raise NoPlanFound(msg)
    if missed:
        first = missed[0]
        msg = (
            f"The solver {engine.name} ({engine.version}) is refused: on the self-test "
            f"{first.test} it returns {first.found} instead of {first.expected}. Use another with --solver."
        )
        raise InternalError(msg)
