"""What happened when in a run: its phases, plans and bounds, with the seconds since it began."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from models.outcome import Progress

OUTCOME = "outcome"
"""The event that states how the plan came out."""
_FIELDS = ("status", "stop", "objective_musd", "bound_musd", "gap", "gap_musd", "solver", "detail")


class Watcher(Protocol):
    """Someone who follows a run while it goes on; what it raises ends the run."""

    def phase(self, name: str) -> None:
        """Learns that a phase begins."""

    def progress(self, progress: Progress) -> None:
        """Learns of a better plan or bound."""

    def step(self, text: str) -> None:
        """Learns of a part of a phase that takes seconds."""

    def note(self, text: str) -> None:
        """Learns of something worth a line, a plain sentence."""


class SilentWatcher:
    """Nobody follows."""

    def phase(self, name: str) -> None:
        """Learns that a phase begins."""

    def progress(self, progress: Progress) -> None:
        """Learns of a better plan or bound."""

    def step(self, text: str) -> None:
        """Learns of a part of a phase that takes seconds."""

    def note(self, text: str) -> None:
        """Learns of something worth a line."""


class Journal:
    """Records the events of a run and passes them on; it takes the time of each phase."""

    def __init__(self, watcher: Watcher) -> None:
        self.seconds: dict[str, float] = {}
        """Seconds of each phase that has ended."""
        self.events: list[dict[str, Any]] = []
        self.has_plan = False
        """True once a plan has been found."""
        self._watcher = watcher
        self._began = self._phase_began = time.monotonic()
        self._phase = ""

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def begin(self, phase: str) -> None:
        """Ends the phase before and begins another."""
        self.end()
        self._phase, self._phase_began = phase, time.monotonic()
        self._add("phase", {"phase": phase})
        self._watcher.phase(phase)

    def end(self) -> None:
        """Ends the phase that goes on."""
        if self._phase:
            spent = time.monotonic() - self._phase_began
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + spent
        self._phase = ""

    def split(self, phase: str, parts: dict[str, float]) -> None:
        """Gives a part of the seconds of a phase that has ended to phases of their own, put in front of it."""
        whole = self.seconds.pop(phase, 0.0)
        self.seconds |= {name: seconds for name, seconds in parts.items() if seconds > 0}
        self.seconds[phase] = max(0.0, whole - sum(parts.values()))

    def progress(self, progress: Progress) -> None:
        """Takes a better plan or bound."""
        self.has_plan = self.has_plan or progress.objective is not None
        self._add("progress", {"objective_musd": known(progress.objective), "bound_musd": known(progress.bound)})
        self._watcher.progress(progress)

    def step(self, text: str) -> None:
        """Takes a part of a phase that takes seconds; only whoever watches learns of it."""
        self._watcher.step(text)

    def note(self, text: str) -> None:
        """Takes a plain sentence."""
        self._add("note", {"text": text})
        self._watcher.note(text)

    def outcome(self, head: Mapping[str, Any]) -> None:
        """Takes how the plan came out, as the manifest will state it."""
        self._add(OUTCOME, outcome_of(head))

    def lines(self) -> str:
        """Returns the events as JSON, one a line."""
        return "".join(json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n" for event in self.events)

    def log(self) -> str:
        """Returns the events as text for people, one a line."""
        return log_of(self.events)

    def _add(self, kind: str, facts: dict[str, Any]) -> None:
        self.events.append({"seconds": round(self.elapsed, 3), "event": kind, **facts})


def outcome_of(head: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a manifest that state how the plan came out."""
    return {name: head.get(name) for name in _FIELDS}


def log_of(events: Iterable[Mapping[str, Any]]) -> str:
    """Returns events as text for people, one a line."""
    return "".join(f"{event['seconds']:10.3f} s  {_text_of(event)}\n" for event in events)


def known(value: float | None) -> float | None:
    """Returns a number that a file can hold: None for one that is not finite."""
    return value if value is not None and math.isfinite(value) else None


def _text_of(event: Mapping[str, Any]) -> str:
    if event["event"] == "phase":
        return f"phase {event['phase']}"
    if event["event"] == "note":
        return str(event["text"]).replace("\n", " ")
    objective, bound = event["objective_musd"], event["bound_musd"]
    if event["event"] == OUTCOME:
        return f"{event['status']}, stopped by {event['stop']}: plan {objective!r}, bound {bound!r} (USD million)"
    plan = "no plan yet" if objective is None else f"plan {objective:.6f}"
    return f"{plan}, {'no bound yet' if bound is None else f'bound {bound:.6f}'} (USD million)"
