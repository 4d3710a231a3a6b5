"""What the search asks of a linear program, and what it gets."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from models.program import Floats


@enum.unique
class Verdict(enum.Enum):
    """How a linear program ended."""

    SOLVED = "solved"
    CUT_OFF = "cut off"
    """Its cost exceeds the cutoff: there are duals and no values."""
    EMPTY = "empty"
    """The code says that nothing satisfies the rows."""
    BROKEN = "broken"
    """No answer: a limit of time, a stop, or a failure."""


@dataclass(frozen=True)
class Answer:
    """Values by column, duals by row, and how many simplex steps it took."""

    verdict: Verdict
    values: Floats | None = None
    duals: Floats | None = None
    steps: int = 0


class Relaxation(Protocol):
    """A linear program whose column bounds change from solve to solve."""

    def solve(self, lower: Floats, upper: Floats, cutoff: float = ...) -> Answer:
        """Returns the answer for these column bounds."""
