"""Progress while a plan is made: a live line on a terminal, else a plain line now and then.

What is shown is what the solver has said, with the time at which it is shown; nothing is guessed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.text import Text

from planner.documents.number_text import gap_percent, money
from planner.journal import SilentWatcher
from planner.show.progress_lines import RedrawnLines, TimedLines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from models.outcome import Progress
    from planner.show.output_options import OutputOptions

_WORDS = {
    "start": "starting",
    "read": "reading and checking the case",
    "build": "building the model",
    "self-tests": "trying the solver on small programs with known answers",
    "solve": "solving",
    "second solver": "solving again with the second solver",
    "diagnose": "looking for what makes it impossible",
    "polish": "making the plan exact",
    "worth": "finding what more of each limit is worth",
    "results": "reading the plan",
    "scenarios alone": "planning each scenario alone",
    "information and risk": "planning for the value of information and the risk curve",
    "nearest plan": "solving for the plan nearest to the earlier one",
    "opposites": "solving for the opposite of each strategic decision",
    "verify": "checking the plan",
    "write": "writing the run",
}
_QUICK = frozenset({"polish", "results", "verify", "write"})


class NoProgress(SilentWatcher):
    """Shows nothing; a context manager like its siblings."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends nothing."""


class PlainProgress(NoProgress):
    """Prints phases, and better plans and bounds at most every few seconds, as plain lines."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._lines = TimedLines(console)
        self._verbose = verbose

    def __enter__(self) -> Self:
        self._lines.say(_WORDS["start"])
        return self

    def phase(self, name: str) -> None:
        """Prints the phase; the quick ones only when asked for more."""
        if self._verbose or name not in _QUICK:
            self._lines.say(_WORDS.get(name, name))

    def progress(self, progress: Progress) -> None:
        """Prints the best plan and bound, unless a line has just been printed."""
        text = progress_text(progress.objective, progress.bound)
        self._lines.say_now_and_then(text, always=self._verbose)

    def step(self, text: str) -> None:
        """Prints the part of the phase."""
        self._lines.say(f"  {text}")

    def note(self, text: str) -> None:
        """Prints what the user has to know; the rest when asked for more."""
        if self._verbose or text.startswith(("Stopping", "Warning")):
            self._lines.say(text)


class LiveProgress(NoProgress):
    """Keeps one line of a terminal up to date: phase, seconds, best plan, bound, gap in per cent and in money."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        # Only a terminal needs this.
        from rich.spinner import Spinner

        self._verbose = verbose
        self._phase, self._step = "start", ""
        self._objective: float | None = None
        self._bound: float | None = None
        self._is_solving = False
        self._stopping = False
        self._spinner = Spinner("dots")
        self._lines = RedrawnLines(console, self.__rich__)

    def __enter__(self) -> Self:
        self._lines.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the line away."""
        self._lines.stop()

    def __rich__(self) -> Table:
        """Returns the lines as they are now."""
        from rich.table import Table as Grid

        grid = Grid.grid(padding=(0, 1, 0, 0))
        words = Text(_WORDS.get(self._phase, self._phase), style="bold")
        grid.add_row(self._spinner, words, Text(self._lines.seconds))
        rows = Grid.grid()
        rows.add_row(grid)
        if self._step:
            rows.add_row(Text(f"  {self._step}"))
        if self._is_solving:
            rows.add_row(Text(f"  {progress_text(self._objective, self._bound)}"))
        if self._stopping:
            rows.add_row(Text("  stopping: the best plan is kept; Ctrl-C again stops at once", style="yellow"))
        return rows

    def phase(self, name: str) -> None:
        """Shows the phase; a new search forgets what the one before has found."""
        self._phase, self._step = name, ""
        if name in ("solve", "second solver"):
            self._objective, self._bound, self._is_solving = None, None, True
        elif name not in _QUICK:
            self._is_solving = False

    def progress(self, progress: Progress) -> None:
        """Shows a better plan or bound."""
        self._objective = progress.objective if progress.objective is not None else self._objective
        self._bound = progress.bound if progress.bound is not None else self._bound

    def step(self, text: str) -> None:
        """Shows the part of the phase."""
        self._step = text

    def note(self, text: str) -> None:
        """Shows that the run is stopping; prints the rest above the line when asked for more."""
        if text.startswith("Stopping"):
            self._stopping = True
        elif self._verbose or text.startswith("Warning"):
            self._lines.print_above(text)


def watcher_of(output_options: OutputOptions) -> NoProgress:
    """Returns who shows the progress of a plan."""
    if output_options.quiet:
        return NoProgress()
    console = output_options.err()
    return (LiveProgress if console.is_terminal else PlainProgress)(console, verbose=output_options.verbose)


@contextlib.contextmanager
def reading_watcher(output_options: OutputOptions) -> Iterator[NoProgress]:
    """Gives who shows the progress of reading alone: a line on a terminal, elsewhere the steps that take seconds."""
    console = output_options.err()
    if not console.is_terminal:
        yield PlainProgress(console)
        return
    with LiveProgress(console) as watcher:
        watcher.phase("read")
        yield watcher


def progress_text(objective: float | None, bound: float | None) -> str:
    """Returns the best plan, the bound and the gap between them, in per cent and USD million."""
    if objective is None:
        # Before its first relaxation is solved an engine reports bounds that say nothing.
        low = "" if bound is None or bound < 0 else f", no plan can cost less than {money(bound)} USD million"
        return f"no plan yet{low}"
    if bound is None:
        return f"best plan {money(objective)} USD million, no bound yet"
    distance = abs(objective - bound)
    gap = gap_percent(distance / max(abs(objective), 1e-9))
    return f"best plan {money(objective)}, bound {money(bound)}, gap {gap} % ({money(distance)} USD million)"
