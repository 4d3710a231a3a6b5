"""What a search in memory reports and listens to: progress goes to the caller, signals are left to the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from planner.journal import SilentWatcher

if TYPE_CHECKING:
    from models.outcome import Progress

Callback = Callable[[float, float | None, float | None], object]
"""Is given seconds, the cost of the best plan and the bound, USD million; None while they are not known."""


class ProgressForwarder(SilentWatcher):
    """Passes the progress of a search on."""

    def __init__(self, callback: Callback | None) -> None:
        self._callback = callback

    def progress(self, progress: Progress) -> None:
        """Learns of a better plan or bound."""
        if self._callback is not None:
            self._callback(progress.seconds, progress.objective, progress.bound)


class NoInterrupts:
    """Nobody asks the search to end: signals are left to the caller."""

    asked = False

    def keep_plans(self) -> None:
        """Learns that from here on there is something to keep."""
