"""What is loaded and made while this process has nothing to do but wait for the solver's."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from planner.case import ReadCase
    from planner.export.bundle import Begun
    from planner.export.scribe import Scribe

APART_FROM = 1_000
"""From this many columns of the program on the workbook is worth a process of its own."""
_SOLVER_AND_PLANNER = 2


class Ahead:
    """Loads what comes after a search, and begins the documents of its run, in a thread of its own.

    A context manager that ends the process which writes the workbook, where there is one: `columns` tells how large
    the plan will be.
    """

    def __init__(self, read: ReadCase, name: str, columns: int = 0) -> None:
        self._read, self._name, self._columns = read, name, columns
        self._begun: Begun | None = None
        self._scribe: Scribe | None = None
        self._thread = threading.Thread(target=self._begin, daemon=True)
        self._thread.start()

    def begun(self) -> Begun | None:
        """Waits and returns the documents as far as they were made; None where that failed.

        Whoever makes them anew then sees what is wrong.
        """
        self._thread.join()
        return self._begun

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Without a plan the thread may still wait for the process to load its libraries.
        if self._scribe is not None:
            self._scribe.stop()
        self._thread.join()
        if self._scribe is not None:
            self._scribe.close()

    def _begin(self) -> None:
        with contextlib.suppress(Exception):
            self._start_scribe()
            import planner.finish  # noqa: F401
            from planner.export.bundle import begun
            from planner.manifest import surroundings
            from planner.versions import version

            surroundings()
            version()
            _draw_nothing()
            self._begun = begun(self._read, self._name, self._scribe)
            if self._scribe is not None:
                self._scribe.begin()

    def _start_scribe(self) -> None:
        if self._columns < APART_FROM or _cores() < _SOLVER_AND_PLANNER:
            return
        from planner.export.scribe import Scribe

        with contextlib.suppress(OSError):
            self._scribe = Scribe(self._read, self._name)


def _draw_nothing() -> None:
    """Draws an empty plan for nobody, so that whatever drawing loads or works out once is there."""
    from rich.console import Console

    from planner.show.plan import decision_table

    console = Console(file=io.StringIO(), markup=False, highlight=False, emoji=False)
    console.print(decision_table((), console.width))


def _cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
