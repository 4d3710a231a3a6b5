"""The messages between the parent and a solver's process, and how they travel through a pipe."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    # A process is started before any of these is needed, so that both sides load at the same time.
    import numpy as np
    from numpy.typing import NDArray

    from models.outcome import Outcome, Progress, SolveOptions
    from models.program import Program
    from models.tree_search.branching_guide import BranchingGuide
    from models.tree_search.lp_protocol import WarmStart

_LENGTH_BYTES = 8
FIRST_PLAN_SECONDS = 60.0
"""What the native search may take for a first plan after it was stopped: a tenth of a second, or tens of them from
100,000 columns on; this ends what goes wrong."""


@dataclass(frozen=True)
class Search:
    """The guide of the native search: what is known of the integers, and how many linear programs it may take.

    `node_limit` is the number of nodes that are evaluated at most; with `dives` plans come from so many dives (0 or 1)
    and from nothing else. `start` is where the search of a program of the same rows and columns ended.
    """

    guide: BranchingGuide
    lp_limit: int
    node_limit: int | None = None
    dives: int | None = None
    start: WarmStart | None = None

    @property
    def is_alone(self) -> bool:
        """True where it is no part of another method, which would ask for what the search finds itself."""
        return self.node_limit is None and self.dives is None


@dataclass(frozen=True)
class LinearSolve:
    """Asks for a continuous program, from where one of the same rows and columns ended, and for where this one ends."""

    start: WarmStart | None = None


@dataclass(frozen=True)
class RepeatedSolve:
    """Asks for a continuous program once more for each of some columns, with that column fixed at a value.

    With `may_only_save` no column can make the program dearer: one without a reduced cost then saves nothing, and is
    not tried.
    """

    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    may_only_save: bool = False


@dataclass(frozen=True)
class Solve:
    """Asks an engine to solve; `code` names one of its family, `search` is for the native one alone.

    `again` and `linear` are for linear programs by GLOP.
    """

    program: Program
    options: SolveOptions
    code: str
    search: Search | None = None
    again: RepeatedSolve | None = None
    linear: LinearSolve | None = None

    @property
    def without_names(self) -> Solve:
        """The same without the names of columns and rows, which no answer depends on."""
        return replace(self, program=replace(self.program, column_names=(), row_names=()))


@dataclass(frozen=True)
class StopNow:
    """Asks the child to end the running solve with what it has."""


@dataclass(frozen=True)
class Ready:
    """The child has loaded its library."""

    version: str


@dataclass(frozen=True)
class EngineMissing:
    """The engine cannot be used on this machine; `reason` says why."""

    reason: str


@dataclass(frozen=True)
class Started:
    """The child has received a program and begins."""


@dataclass(frozen=True)
class BetterPlan:
    """A better plan, with the value of each column."""

    progress: Progress
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ProgressReport:
    """A better objective or bound, without values."""

    progress: Progress


@dataclass(frozen=True)
class ProcessStarted:
    """The child runs the solver as a process `pid` of its own, whose memory counts too."""

    pid: int


@dataclass(frozen=True)
class Handover:
    """The child cannot end its solve, and has handed over everything that it had."""


@dataclass(frozen=True)
class Finished:
    """The solve has ended; `libraries` are the solver libraries that the child has loaded."""

    outcome: Outcome
    libraries: tuple[str, ...]


def send(stream: IO[bytes], message: object) -> None:
    """Writes one message."""
    data = pickle.dumps(message, protocol=5)
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "little"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> object | None:
    """Returns the next message; None when the other side has gone."""
    head = stream.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    size = int.from_bytes(head, "little")
    data = stream.read(size)
    if len(data) < size:
        return None
    message: object = pickle.loads(data)
    return message
