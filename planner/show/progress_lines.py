"""How progress reaches a terminal or a pipe, whatever it is of: plain lines now and then, or lines that are redrawn."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PLAIN_EVERY_S = 3.0
"""Seconds between plain lines that say how far something has come."""
_REFRESH_PER_S = 4


class TimedLines:
    """Prints plain lines, each with the seconds since the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._told_at = -PLAIN_EVERY_S

    def say(self, text: str) -> None:
        """Prints a line."""
        self._console.print(Text(f"{time.monotonic() - self._began:7.1f} s  {text}"), soft_wrap=True)

    def say_now_and_then(self, text: str, *, always: bool = False) -> None:
        """Prints a line, unless such a line has just been printed."""
        now = time.monotonic()
        if always or now - self._told_at >= PLAIN_EVERY_S:
            self._told_at = now
            self.say(text)


class RedrawnLines:
    """Keeps lines at the foot of a terminal up to date, from start to stop; `drawn` gives them as they are now."""

    def __init__(self, console: Console, drawn: Callable[[], RenderableType]) -> None:
        # Only a terminal needs this.
        from rich.live import Live

        self._began = time.monotonic()
        self._drawn = drawn
        self._live = Live(self, console=console, refresh_per_second=_REFRESH_PER_S, transient=True)

    def __rich__(self) -> RenderableType:
        """Returns the lines as they are now."""
        return self._drawn()

    @property
    def seconds(self) -> str:
        """The seconds since the beginning, in words."""
        return f"{time.monotonic() - self._began:.1f} s"

    def start(self) -> None:
        """Shows the lines."""
        self._live.start(refresh=True)

    def stop(self) -> None:
        """Takes the lines away."""
        self._live.stop()

    def print_above(self, text: str) -> None:
        """Prints a line that stays, above those that are redrawn."""
        self._live.console.print(Text(text), soft_wrap=True)
