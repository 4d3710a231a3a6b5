"""The solver of a plan, started before all else and tried out on small programs while the case is read.

A solver's library takes longest to load, so this module imports little: whoever needs a solver starts it first, and
loads the rest while the solver's process does the same.
"""

from __future__ import annotations

import contextlib
import threading
import tomllib
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from models.outcome import SolveOptions
from models.solvers.catalogue import UnknownEngineError, facts_of
from models.solvers.child import Engine
from planner.errors import CaseFaults, Fault
from planner.request import Request

if TYPE_CHECKING:
    from models.solvers.canaries import Finding


class Trial:
    """An engine that answers small programs in the background; a context manager that ends both.

    The thread that asks does nothing but wait, so it takes no time from the work that goes on meanwhile. Nobody else
    may use the engine before `findings` has returned.
    """

    def __init__(self, name: str) -> None:
        self.engine = Engine.start(name)
        self._is_over = False
        self._findings: list[Finding] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def findings(self) -> list[Finding]:
        """Waits for the answers and returns what is to be said of each; raises what asking has raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._findings

    def close(self) -> None:
        """Ends the asking and the engine."""
        self._is_over = True
        self.engine.close()
        self._thread.join()
        # A question that was just being put has started the process again.
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self) -> None:
        try:
            # What asking needs can be loaded while the process loads its library, and not before it has been started.
            self.engine.await_ready()
            from models.solvers.canaries import run_canaries

            self._findings = run_canaries(self.engine, lambda: self._is_over)
        except Exception as error:
            self._error = error


class Ending:
    """Ends engines in the background, because a process takes its time to go; a context manager that waits for it."""

    def __init__(self, *engines: Engine) -> None:
        self._engines = engines
        self._thread = threading.Thread(target=self._end, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()

    def _end(self) -> None:
        for engine in self._engines:
            # Whoever closes it a second time sees what is wrong, if anything is.
            with contextlib.suppress(OSError, ValueError):
                engine.close()


def begun(folder: Path, request: Request) -> Trial:
    """Starts the solver that will probably be used, before the case is read and checked.

    Raises:
        CaseFaults: there is no such solver, or it cannot solve integer programs.
    """
    if request.solver is not None:
        require_integer_solver(request.solver, "--solver")
        return Trial(request.solver)
    try:
        name = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))["solver"]["name"]
        facts_of(name)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, UnknownEngineError):
        # Whatever is wrong here, reading the case says it better.
        return Trial(SolveOptions().solver)
    return Trial(str(name))


def require_integer_solver(name: str, source: str) -> None:
    """Refuses what cannot solve a plan.

    Raises:
        CaseFaults: there is no such solver, or it cannot solve integer programs; `source` says who asked for it.
    """
    try:
        facts = facts_of(name)
    except UnknownEngineError as error:
        remedy = str(error).partition(". ")[2]
        raise CaseFaults([Fault(source, "is no solver that is known", remedy, value=name)]) from error
    if not facts.integers:
        expected = "solves continuous programs only, and a plan has integers"
        raise CaseFaults([Fault(source, expected, "Use scip or highs.", value=name)])
