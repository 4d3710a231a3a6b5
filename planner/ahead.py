"""What is loaded and made while this process has nothing to do but wait for the solver's."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.case import ReadCase
    from planner.export.bundle import Begun


class Ahead:
    """Loads what comes after a search, and begins the documents of its run, in a thread of its own."""

    def __init__(self, read: ReadCase, name: str) -> None:
        self._read, self._name = read, name
        self._begun: Begun | None = None
        self._thread = threading.Thread(target=self._begin, daemon=True)
        self._thread.start()

    def begun(self) -> Begun | None:
        """Waits and returns the documents as far as they were made; None where that failed.

        Whoever makes them anew then sees what is wrong.
        """
        self._thread.join()
        return self._begun

    def _begin(self) -> None:
        with contextlib.suppress(Exception):
            import planner.finish
            import planner.show.plan  # noqa: F401
            from planner.export.bundle import begun
            from planner.manifest import surroundings
            from planner.versions import version

            surroundings()
            version()
            self._begun = begun(self._read, self._name)
