"""Makes a plan: from the folder of a case to a plan that is solved, polished, checked and written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from models.build import Model, build
from models.case import SolverSettings
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.solve import DEFAULT
from models.solvers.catalogue import facts_of
from models.solvers.child import Engine
from models.stages import solve_model
from planner.ahead import Ahead
from planner.case import ReadCase, read_case
from planner.errors import CaseFaults, Fault, InfeasibleCase, NoPlanFound, OwnError, rendered
from planner.folder import Target, dated_target, exact_target, options_digest
from planner.interrupts import Interrupts
from planner.journal import Journal, Watcher
from planner.request import Request
from planner.trial import Trial, begun, require_integer_solver

if TYPE_CHECKING:
    from planner.finish import Meanwhile, Run


def make_plan(
    folder: Path,
    request: Request,
    watcher: Watcher,
    trial: Trial | None = None,
    meanwhile: Meanwhile = lambda _read, _tables: None,
) -> Run:
    """Reads a case, plans, checks and writes the run; nothing is written as a plan unless the check passes.

    Ctrl-C once ends the search and keeps its best plan; twice raises KeyboardInterrupt. `trial` is what `begun` has
    returned for the same folder and request, where the caller began before it loaded this module. `meanwhile` is given
    the tables of the plan while its files are written.

    Raises:
        CaseFaults: the case or the request has faults.
        InfeasibleCase: no plan can meet the requirements.
        NoPlanFound: no plan was found within the limits.
        CheckFailed: the independent check refuses the plan.
        OwnError: a solver broke down, or the run cannot be written.
    """
    with ExitStack() as stack:
        trial = stack.enter_context(begun(folder, request) if trial is None else trial)
        interrupts = stack.enter_context(Interrupts())
        journal = Journal(watcher)
        journal.begin("read")
        target = None if request.output is None else exact_target(request.output, replace=request.replace)
        read = read_case(folder)
        options = merged(request, read.case.solver)
        target = target or dated_target(read.case.settings.name, options_digest(read.case_hash, options))
        for line in rendered(read.warnings):
            journal.note(f"Warning: {line}")
        if trial.engine.facts.family is not facts_of(options.solver).family:
            trial.close()
            trial = stack.enter_context(Trial(options.solver))
        other = _second_engine(request, options, stack)
        return _planned(
            read, options, target, request,
            trial=trial, other=other, journal=journal, keys=interrupts, meanwhile=meanwhile,
        )  # fmt: skip


def merged(request: Request, case: SolverSettings) -> SolveOptions:
    """Returns how to solve: the command line goes before `plan.toml`, which goes before the defaults.

    Raises:
        CaseFaults: there is no such solver, or it cannot solve integer programs.
    """
    name = request.solver or case.name or DEFAULT
    source = "--solver" if request.solver else "plan.toml, solver.name"
    require_integer_solver(name, source)
    return SolveOptions(
        solver=name,
        gap=case.gap if request.gap is None else request.gap,
        time_limit_s=case.time_limit_s if request.time_limit_s is None else request.time_limit_s,
        threads=case.threads if request.threads is None else request.threads,
        seed=case.seed if request.seed is None else request.seed,
        memory_mb=request.memory_mb,
    )


def _planned(
    read: ReadCase,
    options: SolveOptions,
    target: Target,
    request: Request,
    *,
    trial: Trial,
    other: Engine | None,
    journal: Journal,
    keys: Interrupts,
    meanwhile: Meanwhile,
) -> Run:
    journal.begin("build")
    model = build(read.case)
    journal.begin("canaries")
    _require_right_answers(trial)
    keys.keep_plans()
    # While the solver's process works this one has nothing to do.
    with Ahead(read, target.folder.name, model.program.column_count) as ahead:
        engine = trial.engine
        outcome = _solved(read, model, options, engine=engine, journal=journal, keys=keys)
        from planner.finish import finished

        return finished(
            read, options, model, outcome, target,
            command=request.command, engine=engine, other=other, journal=journal, keys=keys, ahead=ahead,
            meanwhile=meanwhile,
        )  # fmt: skip


def _require_right_answers(trial: Trial) -> None:
    """Waits for what the solver says to five small questions, before it is asked the large one.

    Raises:
        OwnError: it answers one of them wrongly, so its version is not to be trusted.
    """
    missed = [finding for finding in trial.findings() if not finding.is_right]
    if missed:
        first, engine = missed[0], trial.engine
        msg = (
            f"The solver {engine.name} ({engine.version}) is refused: of a small program with a known answer "
            f"({first.canary}) it makes {first.found}, not {first.expected}. Use another with --solver."
        )
        raise OwnError(msg)


def _solved(
    read: ReadCase, model: Model, options: SolveOptions, *, engine: Engine, journal: Journal, keys: Interrupts
) -> Outcome:
    """Returns the polished outcome of the search.

    Raises:
        InfeasibleCase, NoPlanFound, OwnError: there is no plan.
    """
    journal.begin("solve")
    found = solve_model(model, engine, options, on_progress=journal.progress, should_stop=_stopper(journal, keys))
    journal.end()
    journal.split("solve", {name: found.seconds.get(name, 0.0) for name in ("start", "hand-off")})
    journal.note(f"{found.solver} {found.version}: {found.status.value}, stopped by {found.stop.value}. {found.detail}")
    name = read.case.settings.name
    if found.status is Status.INFEASIBLE:
        journal.begin("diagnose")
        raise InfeasibleCase(_why_infeasible(name, model, engine))
    if found.status is Status.NOTHING_FOUND:
        raise NoPlanFound(_why_nothing(name, found, options))
    if found.status is Status.UNBOUNDED:
        msg = f"{found.solver} says that the cost of {name} has no lower bound: some row of the input is free money."
        raise OwnError(msg)
    if found.status is Status.FAILED:
        msg = (
            f"The solver {found.solver} broke down: {found.detail} Try another with --solver; see `fleetplan solvers`."
        )
        raise OwnError(msg)
    journal.begin("polish")
    from models.polish import polish

    polished = polish(model.program, found, engine=engine, options=options)
    if not polished.has_solution:
        msg = f"The plan of {found.solver} could not be made exact: {polished.detail}. Try another with --solver."
        raise OwnError(msg)
    return polished


def _stopper(journal: Journal, keys: Interrupts) -> Callable[[], bool]:
    """Returns the question whether to stop; the first yes is told to whoever watches."""
    told = False

    def should_stop() -> bool:
        nonlocal told
        if keys.asked and not told:
            told = True
            journal.note("Stopping: the best plan so far is kept. Ctrl-C again stops at once, without a plan.")
        return keys.asked

    return should_stop


def _why_infeasible(name: str, model: Model, engine: Engine) -> str:
    from models.diagnose import explain

    diagnosis = explain(model, engine)
    return "\n".join([f"No plan can meet the requirements of {name}.", *diagnosis.lines])


def _why_nothing(name: str, found: Outcome, options: SolveOptions) -> str:
    reasons = {
        Stop.TIME: f"within {options.time_limit_s:g} s" if options.time_limit_s else "in time",
        Stop.MEMORY: f"within {options.memory_mb} MB" if options.memory_mb else "in memory",
        Stop.INTERRUPT: "before the search was stopped",
    }
    bound = "" if found.bound is None else f" Any plan costs at least {found.bound:,.1f} USD million."
    remedy = "Allow more with --time-limit or --memory-limit, or try another with --solver."
    return f"{found.solver} found no plan for {name} {reasons.get(found.stop, 'at all')}.{bound} {remedy}"


def _second_engine(request: Request, options: SolveOptions, stack: ExitStack) -> Engine | None:
    """Starts the second solver and waits until it answers: a fault must not come after a long solve."""
    name = request.second_solver
    if name is None:
        return None
    require_integer_solver(name, "--second-solver")
    if name == options.solver:
        fault = Fault(
            f"--second-solver {name}", "is the first solver as well", "Name another; see `fleetplan solvers`."
        )
        raise CaseFaults([fault])
    engine = stack.enter_context(Engine.start(name))
    trouble = engine.await_ready()
    if trouble:
        expected = f"cannot be used here ({trouble.strip()})"
        raise CaseFaults([Fault(f"--second-solver {name}", expected, "Name another; see `fleetplan solvers`.")])
    return engine


__all__ = ["Request", "make_plan", "merged"]
