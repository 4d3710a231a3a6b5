"""What the search asks of a linear program, and what it gets."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from models.program import Floats, Ints


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


@enum.unique
class Care(enum.Enum):
    """What an answer is for."""

    PLAN = "plan"
    """Its values are a solution, though perhaps not the cheapest; where there is none there may yet be one."""
    LEAST = "least"
    """Its values are the cheapest solution."""
    PROOF = "proof"
    """Its duals prove what its values cost, or nearly so."""


@dataclass(frozen=True)
class Answer:
    """Values by column, duals by row, and how many simplex steps it took.

    `proven` is what the duals prove, where that is known already.
    """

    verdict: Verdict
    values: Floats | None = None
    duals: Floats | None = None
    steps: int = 0
    proven: float | None = None


AT_UPPER, BASIC = 3, 5
"""Places in a basis: nonbasic at the upper bound, and basic."""


@dataclass(frozen=True)
class Basis:
    """Where each column and each row stands in a basis, by the LP code's own numbers."""

    columns: Ints
    rows: Ints


Place: TypeAlias = Any
"""Where a relaxation stood, in its own words."""


class Relaxation(Protocol):
    """A linear program whose column bounds change from solve to solve."""

    def solve(self, lower: Floats, upper: Floats, cutoff: float = ..., care: Care = ...) -> Answer:
        """Returns the answer for these column bounds."""

    def mark(self) -> Place | None:
        """Returns where the last solve ended; None where nothing is known."""

    def go_back(self, mark: Place | None) -> None:
        """Begins the next solve where another one ended."""


class WarmRelaxation(Relaxation, Protocol):
    """A relaxation that goes on from where it stands, or from where another one stood."""

    def basis_of(self, mark: Place) -> Basis:
        """Returns a mark as numbers."""

    def start_from(self, basis: Basis) -> None:
        """Begins the next solve from a basis."""
