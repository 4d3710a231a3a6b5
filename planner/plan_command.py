"""What `fleetplan plan` does, however its arguments were read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import CaseFaults
from planner.request import Request
from planner.show.voice import Voice, fault_facts
from planner.trial import begun

if TYPE_CHECKING:
    from rich.segment import Segments

    from planner.case import ReadCase
    from planner.finish import Run
    from planner.results import Table
    from planner.show.live import Quiet


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A plan that is asked for: of which case, how, and how the command is to speak."""

    case: Path
    request: Request
    voice: Voice
    annotate: Path | None = None
    """Where to write a workbook that shows the faults of the case."""


def make_asked_plan(asked: Asked) -> int:
    """Makes a plan, shows and writes it, and returns the exit code.

    Raises:
        PlannerError: there is no plan; the error says why.
        KeyboardInterrupt: the user stopped it before there was one.
    """
    with (
        annotating(asked.case, asked.annotate, asked.voice),
        # The solver's process loads its library while this one loads the rest.
        begun(asked.case, asked.request) as trial,
        watcher_of(asked.voice) as watcher,
    ):
        from planner.runs import make_plan

        drawing = Drawing(asked.voice)
        run = make_plan(asked.case, asked.request, watcher, trial, drawing.draw)
    _show_run(run, asked.voice, drawing)
    return run.exit_code


class Drawing:
    """The decisions as they will be shown, drawn while the files of the plan are written."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.decisions: Segments | None = None

    def draw(self, read: ReadCase, tables: Mapping[str, Table]) -> None:
        """Draws the decisions; what goes wrong here goes wrong again where they are shown."""
        if self._voice.as_json:
            return
        with contextlib.suppress(Exception):
            from rich.segment import Segments

            from planner.show.plan import decisions_of

            console = self._voice.out()
            self.decisions = Segments(console.render(decisions_of(read.case, tables, console.width)))


@contextlib.contextmanager
def annotating(case: Path, target: Path | None, voice: Voice) -> Iterator[None]:
    """Writes an annotated workbook when the case has faults and a file for it was named."""
    try:
        yield
    except CaseFaults as error:
        if target is not None:
            from planner.convert import write_annotated

            write_annotated(case, [*error.faults, *error.warnings], target)
            voice.err().print(f"The faulty cells are marked in {target}.", soft_wrap=True)
        raise


def watcher_of(voice: Voice) -> Quiet:
    """Returns who shows the progress of a plan."""
    from planner.show.live import Lively, Plain, Quiet

    if voice.quiet:
        return Quiet()
    console = voice.err()
    return (Lively if console.is_terminal else Plain)(console, verbose=voice.verbose)


def _show_run(run: Run, voice: Voice, drawing: Drawing) -> None:
    from planner.manifest import summary_of
    from planner.show.plan import show_plan, standing_text

    if not voice.as_json:
        show_plan(voice.out(), run, drawing.decisions)
        return
    second = run.second
    facts = {
        **summary_of(run.read.case, run.outcome),
        "exit_code": run.exit_code,
        "standing": standing_text(run.outcome, run.options.gap),
        "interrupted": run.is_interrupted,
        "checked": run.report.passed,
        "solver": {"name": run.outcome.solver, "version": run.outcome.version},
        "second_solver": None if second is None else {"agrees": second.agrees, "text": second.text},
        "seconds": {name: round(value, 3) for name, value in run.seconds.items()},
        "key_figures": {str(row["name"]): row["value"] for row in run.tables["key_figures"].records()},
        "warnings": [fault_facts(warning) for warning in run.read.warnings],
        "folder": str(run.folder),
    }
    voice.say_json(facts)


__all__ = ["Asked", "annotating", "make_asked_plan", "watcher_of"]
