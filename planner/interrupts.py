"""What Ctrl-C means while a plan is made: once, keep the best plan so far; twice, stop at once.

A signal that asks this process to end, or that its terminal has gone, means the same as Ctrl-C.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Protocol, Self

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_Handler = Callable[[int, FrameType | None], object] | int | None


class Keys(Protocol):
    """Whoever can ask a search to stop and keep its best plan."""

    @property
    def asked(self) -> bool:
        """True once the search is to end."""

    def keep_plans(self) -> None:
        """Learns that from here on there is something to keep."""


class StopAtOnce(BaseException):
    """The second Ctrl-C; a search takes a KeyboardInterrupt for the first one, and never this."""


def heed_signals() -> None:
    """Lets every signal of `SIGNALS` raise KeyboardInterrupt, but for those that were switched off before."""
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, _interrupt)


def ignore_signals() -> None:
    """Stops listening to the signals of `SIGNALS`: this process is ending."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Interrupts:
    """Counts Ctrl-C while it is entered; in other threads than the first it leaves Ctrl-C alone.

    Whatever is stopped at once leaves this context as a KeyboardInterrupt.

    Before `keep_plans` is called there is nothing to keep, and the first one raises KeyboardInterrupt as ever.
    """

    def __init__(self) -> None:
        self._count = 0
        self._keeps = False
        self._is_deaf = False
        self._before: dict[int, _Handler] = {}

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
            for number in SIGNALS:
                # A process that runs on without its terminal does so because whoever started it asked for that.
                if number == signal.SIGINT or signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
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
