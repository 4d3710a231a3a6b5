"""What Ctrl-C means while a plan is made: once, keep the best plan so far; twice, stop at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

_Handler = Callable[[int, FrameType | None], object] | int | None


class StopAtOnce(BaseException):
    """The second Ctrl-C; a search takes a KeyboardInterrupt for the first one, and never this."""


class Interrupts:
    """Counts Ctrl-C while it is entered; in other threads than the first it leaves Ctrl-C alone.

    Whatever is stopped at once leaves this context as a KeyboardInterrupt.

    Before `keep_plans` is called there is nothing to keep, and the first one raises KeyboardInterrupt as ever.
    """

    def __init__(self) -> None:
        self._count = 0
        self._keeps = False
        self._is_deaf = False
        self._before: _Handler = None
        self._is_on = False

    @property
    def asked(self) -> bool:
        """True once the user has asked to stop."""
        return self._count > 0

    def keep_plans(self) -> None:
        """From here on the first Ctrl-C only asks, and the second stops at once."""
        self._keeps = True

    def let_finish(self) -> None:
        """From here on Ctrl-C is not listened to: the run is being written, which takes less than a second."""
        self._is_deaf = True

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._receive)
            self._is_on = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_on:
            signal.signal(signal.SIGINT, self._before)
            self._is_on = False
        if isinstance(error, StopAtOnce):
            raise KeyboardInterrupt from error

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._is_deaf:
            return
        self._count += 1
        if self._count > 1:
            raise StopAtOnce
        if not self._keeps:
            raise KeyboardInterrupt
