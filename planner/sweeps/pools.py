"""Where the points of a sweep are worked out: what every pool of workers can do, and the one without workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from planner.sweeps.payload import KeyedPoint, loaded
from planner.sweeps.point_runner import PointRunner, SolverKilledError
from planner.sweeps.point_store import PointOutcome

Start = Callable[[], bytes | None]


@dataclass(frozen=True)
class PointEnd:
    """What became of the point that a slot was given.

    `performed` is None where the worker was ended while it was at work; `ending` says how, and `is_hopeless` that the
    pool has tried as often as it does. `is_kept` says that the worker has written the point to the folder itself.
    """

    slot: int
    performed: PointOutcome | None
    ending: str = ""
    is_kept: bool = False
    is_hopeless: bool = False


def killed_text(killed: SolverKilledError) -> str:
    """Returns how a worker lost its solver."""
    return "lost its solver: " + " ".join(str(killed).split())


class Pool(Protocol):
    """Workers that are given one point a slot at a time."""

    slots: int
    """How many points are worked out at the same time."""

    def give(self, slot: int, entry: KeyedPoint, start: Start) -> None:
        """Begins a point; `start` returns the plan of its neighbour, as the bytes of an .npz file."""

    def ended(self, seconds: float) -> list[PointEnd]:
        """Returns what has ended, after at most this many seconds."""

    def close(self) -> None:
        """Ends all workers at once."""


class SerialPool:
    """Works points out in this very process, one at a time; for tests and for finding faults."""

    slots = 1

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._runner = PointRunner(loaded(files))
        self._given: tuple[int, KeyedPoint, Start] | None = None

    def give(self, slot: int, entry: KeyedPoint, start: Start) -> None:
        """Remembers the point."""
        self._given = slot, entry, start

    def ended(self, seconds: float) -> list[PointEnd]:
        """Works the point out, however long it takes."""
        if self._given is None:
            return []
        slot, entry, start = self._given
        self._given = None
        try:
            return [PointEnd(slot, self._runner.perform(entry, start()))]
        except SolverKilledError as killed:
            return [PointEnd(slot, None, killed_text(killed))]

    def close(self) -> None:
        """Ends the solver's process."""
        self._runner.close()
