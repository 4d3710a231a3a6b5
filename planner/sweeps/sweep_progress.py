"""Progress of a sweep: a live line on a terminal, else a plain line now and then."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table as Grid
from rich.text import Text

from planner.show.progress_lines import RedrawnLines, TimedLines

_BAR_WIDTH = 30
_TROUBLE = {"failed": "failed", "parked": "quarantined"}


class SweepTally:
    """Counts the points of a sweep; `workers` is how many are worked out at the same time."""

    def __init__(self, workers: int) -> None:
        self.total = 0
        self.finished = 0
        self.counts: Counter[str] = Counter()
        """Points of this run by how they ended."""
        self._workers = workers
        self._seconds = 0.0

    def begin(self, total: int, done: int) -> None:
        """Learns how many points there are, and how many of them an earlier run has finished."""
        self.total, self.finished = total, done

    def point(self, status: str, seconds: float) -> None:
        """Counts a point."""
        self.finished += 1
        self.counts[status] += 1
        self._seconds += seconds

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last point, from the mean of those of this run; None before the first."""
        count = sum(self.counts.values())
        if not count:
            return None
        left = self.total - self.finished
        return left * self._seconds / count / max(1, min(self._workers, left))

    @property
    def text(self) -> str:
        """Where the sweep stands, in words."""
        trouble = [f"{self.counts[name]} {_TROUBLE[name]}" for name in _TROUBLE if self.counts[name]]
        parts = [f"{self.finished:,} of {self.total:,} runs", *trouble]
        left = self.seconds_left
        if left is not None and self.finished < self.total:
            parts.append(f"about {time_text(left)} left")
        return ", ".join(parts)


class PlainSweepProgress:
    """Prints where a sweep stands at most every few seconds, and every failed or quarantined run."""

    def __init__(self, console: Console, *, workers: int, verbose: bool = False) -> None:
        self._lines = TimedLines(console)
        self._verbose = verbose
        self._tally = SweepTally(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends nothing."""

    def begin(self, total: int, done: int) -> None:
        """Prints how much there is to do."""
        self._tally.begin(total, done)
        self._lines.say(begin_text(total, done))

    def point(self, name: str, status: str, seconds: float) -> None:
        """Prints where the sweep stands, unless a line has just been printed."""
        self._tally.point(status, seconds)
        if status in _TROUBLE or self._verbose:
            self._lines.say(point_text(name, status, seconds))
        if self._tally.finished < self._tally.total:
            self._lines.say_now_and_then(self._tally.text)

    def end(self) -> None:
        """Prints where the sweep stands at its end."""
        self._lines.say(self._tally.text)


class LiveSweepProgress(PlainSweepProgress):
    """Keeps one line of a terminal up to date: a bar, runs done, failed and quarantined, time left."""

    def __init__(self, console: Console, *, workers: int, verbose: bool = False) -> None:
        super().__init__(console, workers=workers, verbose=verbose)
        self._foot = RedrawnLines(console, self.__rich__)

    def __enter__(self) -> Self:
        self._foot.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the line away."""
        self._foot.stop()

    def __rich__(self) -> Grid:
        """Returns the lines as they are now."""
        grid = Grid.grid(padding=(0, 1, 0, 0))
        bar = ProgressBar(total=max(1, self._tally.total), completed=self._tally.finished, width=_BAR_WIDTH)
        grid.add_row(bar, Text(self._tally.text), Text(self._foot.seconds))
        return grid

    def begin(self, total: int, done: int) -> None:
        """Shows how much there is to do."""
        self._tally.begin(total, done)
        if done:
            self._foot.print_above(begin_text(total, done))

    def point(self, name: str, status: str, seconds: float) -> None:
        """Counts a point; one that failed or is quarantined is named above the line."""
        self._tally.point(status, seconds)
        if status in _TROUBLE or self._verbose:
            self._foot.print_above(point_text(name, status, seconds))

    def end(self) -> None:
        """Leaves it to the line."""


def begin_text(total: int, done: int) -> str:
    """Returns how much there is to do, in words.

    >>> begin_text(1, 0), begin_text(200, 60)
    ('1 run', '200 runs, 60 of them stored earlier')
    """
    return f"{total:,} run{'s' * (total != 1)}" + (f", {done:,} of them stored earlier" if done else "")


def point_text(name: str, status: str, seconds: float) -> str:
    """Returns how a point ended, in words.

    >>> point_text("queue +6 months", "failed", 3.21)
    "run 'queue +6 months' failed after 3.2 s; see sweep.log"
    """
    if status == "parked":
        return f"run '{name}' ended its worker three times and is quarantined; see sweep.log"
    return f"run '{name}' {status} after {seconds:.1f} s" + ("; see sweep.log" if status in _TROUBLE else "")


def time_text(seconds: float) -> str:
    """Returns a duration in words.

    >>> time_text(0.4), time_text(59.2), time_text(150), time_text(5000)
    ('1 s', '1 min', '3 min', '1 h 24 min')
    """
    whole = max(1, -int(-seconds // 1))
    if whole < 60:
        return f"{whole} s"
    minutes = -(-whole // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
