"""The solver's process: `python -m models.solvers.solver_worker ENGINE SCRATCH`, driven through its pipes."""

from __future__ import annotations

import gc
import importlib
import os
import queue
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.program import Program, relaxed
from models.solvers import wire
from models.solvers.catalogue import NATIVE, Family, facts_of
from models.solvers.plain import PlainAnswer, plain_answer
from models.solvers.reports import Reporter
from models.solvers.scaling import scaling_of
from models.tree_search.branching_guide import LP_LIMIT, default_guide

# A process may hold one family; a test asks each child which of these it has loaded.
SOLVER_LIBRARIES = ("ortools", "pulp", "highspy", "gurobipy", "cplex", "xpress", "coptpy", "mosek", "pyscipopt")
_ERROR_STREAM = 2
_KB = 1024
_MB = 1024 * 1024


class Backend(Protocol):
    """One library's way to solve."""

    version: str

    def solve(self, program: Program, options: SolveOptions, code: str, reporter: Reporter) -> Outcome:
        """Returns the outcome of one solve."""

    def stop(self) -> bool:
        """Asks the running solve to end; False when it cannot be asked."""


class Searcher(Protocol):
    """The native search, which the library's linear programs carry."""

    def solve(self, program: Program, options: SolveOptions, search: wire.Search, reporter: Reporter) -> Outcome:
        """Returns the outcome of one search."""

    def stop(self) -> bool:
        """Asks the running search to end."""


class Resolver(Protocol):
    """Solves one linear program many times over."""

    def solve(self, program: Program, options: SolveOptions, again: wire.RepeatedSolve, reporter: Reporter) -> Outcome:
        """Returns the outcome of the program as it is, with what each further solve has found."""

    def stop(self) -> bool:
        """Asks the running solves to end."""


class WarmSolver(Protocol):
    """Solves one linear program from a basis."""

    def solve(self, program: Program, options: SolveOptions, linear: wire.LinearSolve, reporter: Reporter) -> Outcome:
        """Returns the outcome, with where it ended."""

    def stop(self) -> bool:
        """Asks the running solve to end."""


class SolverWorker:
    """Reads requests in one thread and solves in another, so that a running solve can be stopped."""

    def __init__(self, name: str, scratch: Path, requests: BinaryIO, replies: BinaryIO) -> None:
        self._name = name
        self._scratch = scratch
        self._requests = requests
        self._replies = replies
        self._writing = threading.Lock()
        self._inbox: queue.Queue[wire.Solve | None] = queue.Queue()
        self._backend: Backend | None = None
        self._search: Searcher | Resolver | WarmSolver | None = None
        self._resolver: Resolver | None = None

    def run(self) -> None:
        """Serves until the parent closes its end."""
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._backend = backend_of(self._name, self._scratch, self.send)
        except (ImportError, OSError, ValueError) as error:
            self.send(wire.EngineMissing(f"{type(error).__name__}: {error}"))
            return
        self.send(wire.Ready(self._backend.version))
        if facts_of(self._name).family is Family.MATHOPT:
            # Nobody waits for this yet.
            searcher()
        # All that is loaded stays.
        gc.freeze()
        gc.enable()
        while (request := self._inbox.get()) is not None:
            self.send(wire.Started())
            outcome = self._solve(self._backend, request)
            self.send(wire.Finished(replace(outcome, peak_memory_mb=peak_memory_mb()), loaded_libraries()))

    def send(self, message: object) -> None:
        """Writes one message to the parent; safe from every thread."""
        try:
            with self._writing:
                wire.send(self._replies, message)
        except BrokenPipeError:
            self._end()

    def _end(self) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)
        end_group()

    def _solve(self, backend: Backend, request: wire.Solve) -> Outcome:
        program = relaxed(request.program) if request.options.relax else request.program
        answer = plain_answer(program)
        if answer is not None:
            return plain_outcome(answer, program, solver=request.code, version=backend.version)
        try:
            scaling = scaling_of(program)
            if scaling is None:
                return self._answered(backend, program, request, Reporter(program, self.send))
            scaling = scaling.for_code(request.code)
            scaled = replace(
                request,
                options=scaling.options(request.options),
                again=None if request.again is None else scaling.again(request.again),
            )
            reporter = Reporter(scaling.program, lambda message: self.send(scaling.message(message)))
            if scaling.refusal:
                return Outcome(
                    Status.FAILED, Stop.FAILURE, request.code, backend.version, detail=scaling.refusal
                )  # fmt: skip
            return scaling.outcome(self._answered(backend, scaling.program, scaled, reporter), request.again)
        # The boundary of a process: whatever a solver library raises must reach the parent as an outcome.
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            return Outcome(Status.FAILED, Stop.FAILURE, request.code, backend.version, detail=detail)
        finally:
            self._search = None

    def _answered(self, backend: Backend, program: Program, request: wire.Solve, reporter: Reporter) -> Outcome:
        """Returns the outcome of a program of ordinary size."""
        if request.again is not None:
            # It keeps its program between requests.
            self._resolver = self._search = resolver = self._resolver or _resolver()
            return resolver.solve(program, request.options, request.again, reporter)
        if request.linear is not None:
            self._search = linear = _linear_solver()
            return linear.solve(program, request.options, request.linear, reporter)
        if request.code != NATIVE or not program.is_integer.any():
            return backend.solve(program, request.options, request.code, reporter)
        self._search = native = searcher()
        search = request.search or wire.Search(default_guide(program), LP_LIMIT)
        return native.solve(program, request.options, search, reporter)

    def _read(self) -> None:
        """Takes requests; when the parent has gone, ends the process and what it has started."""
        while True:
            message = wire.receive(self._requests)
            if isinstance(message, wire.StopNow):
                running = self._search or self._backend
                if running is not None and not running.stop():
                    self.send(wire.Handover())
            elif isinstance(message, wire.Solve):
                self._inbox.put(message)
            else:
                self._end()


def plain_outcome(answer: PlainAnswer, program: Program, *, solver: str, version: str) -> Outcome:
    """Returns the outcome of a program that needed no solver."""
    solution = answer.solution
    objective = None if solution is None else program.objective_of(solution)
    continuous = solution is not None and not program.is_integer.any()
    return Outcome(
        answer.status,
        Stop.FAILURE if answer.status is Status.FAILED else Stop.PROOF,
        solver,
        version,
        objective=objective,
        bound=objective,
        solution=solution,
        row_duals=np.zeros(program.row_count) if continuous else None,
        reduced_costs=program.objective if continuous else None,
        detail=answer.detail,
    )


def backend_of(name: str, scratch: Path, send: Callable[[object], None]) -> Backend:
    """Returns the library behind an engine, imported now.

    Raises:
        ImportError: the library is not installed.
    """
    family = facts_of(name).family
    module = "models.solvers.mathopt" if family is Family.MATHOPT else "models.solvers.pulp_engines"
    backend: Backend = importlib.import_module(module).backend(name, scratch, send)
    return backend


def searcher() -> Searcher:
    """Returns the native search, over the library that this process has loaded; it is imported when first asked for."""
    found: Searcher = importlib.import_module("models.solvers.native_search").NativeSearch()
    return found


def _resolver() -> Resolver:
    found: Resolver = importlib.import_module("models.solvers.repeated_solves").RepeatedSolver()
    return found


def _linear_solver() -> WarmSolver:
    found: WarmSolver = importlib.import_module("models.solvers.linear_solves").LinearSolver()
    return found


def loaded_libraries() -> tuple[str, ...]:
    """Returns the solver libraries that this process has imported."""
    return tuple(name for name in SOLVER_LIBRARIES if sys.modules.get(name) is not None)


def peak_memory_mb() -> float | None:
    """Returns the most memory that this process or its solver has held, MB; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most / _MB if sys.platform == "darwin" else most / _KB


def end_group() -> None:
    """Ends this process, and a solver that it has started, at once."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Starts the worker on its standard pipes; whatever libraries print goes to the error stream."""
    # What is loaded stays, so there is no garbage to look for until the library is there.
    gc.disable()
    # The terminal sends Ctrl-C to every process; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(_ERROR_STREAM, 1)
    SolverWorker(sys.argv[1], Path(sys.argv[2]), sys.stdin.buffer, replies).run()


if __name__ == "__main__":
    main()
