"""What the search asks of a linear programming code, and what it gets: implemented below `models.solvers`."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from models.program import Floats, Ints


@enum.unique
class LpStatus(enum.Enum):
    """How a linear program ended."""

    OPTIMAL = "optimal"
    CUTOFF = "cutoff"
    """Its cost exceeds the cutoff: there are duals and no values."""
    INFEASIBLE = "infeasible"
    """The code says that nothing satisfies the rows."""
    FAILED = "failed"
    """No result: a limit of time, a stop, or a failure."""


@enum.unique
class Accuracy(enum.Enum):
    """What a result is for; a reduced program may answer some of these with fewer solves than others."""

    FEASIBLE = "feasible"
    """Its values are a solution, though perhaps not the cheapest; where there is none there may yet be one."""
    OPTIMAL = "optimal"
    """Its values are the cheapest solution."""
    DUAL_BOUND = "dual bound"
    """Its duals prove what its values cost, or nearly so."""


@dataclass(frozen=True)
class LpResult:
    """Values by column, duals by row, and how many simplex iterations it took.

    `proven` is the bound that the duals prove, where that is known already.
    """

    status: LpStatus
    values: Floats | None = None
    duals: Floats | None = None
    iterations: int = 0
    proven: float | None = None


AT_UPPER, BASIC = 3, 5
"""Codes of a basis: nonbasic at the upper bound, and basic. They are those of MathOpt's `BasisStatusProto`."""


@dataclass(frozen=True)
class Basis:
    """The status of each column and each row in a basis, by the LP code's own numbers."""

    columns: Ints
    rows: Ints


@dataclass(frozen=True)
class WarmStart:
    """Where a linear program, or the root node of a search, ended: a start for one of the same rows and columns.

    The basis of a search is one of its reduced program; `aggregated` says which of its stocks were aggregated then, and
    `pseudo_costs` what branching has added to its bounds: by side (below, above) and integer column, by a unit, or not
    a number where that was not tried.
    """

    basis: Basis
    aggregated: np.ndarray | None = None
    pseudo_costs: Floats | None = None

    def fits(self, columns: int, rows: int) -> bool:
        """True where it is a start for a program of this size."""
        return (len(self.basis.columns), len(self.basis.rows)) == (columns, rows)


BasisHandle: TypeAlias = Any
"""A basis as the LP code keeps it; only the code that made it can read it."""


class LpRelaxation(Protocol):
    """A linear program whose column bounds change from solve to solve."""

    def solve(self, lower: Floats, upper: Floats, cutoff: float = ..., accuracy: Accuracy = ...) -> LpResult:
        """Returns the result for these column bounds."""

    def saved_basis(self) -> BasisHandle | None:
        """Returns the basis in which the last solve ended; None where none is known."""

    def restore_basis(self, saved: BasisHandle | None) -> None:
        """Starts the next solve from a saved basis; None changes nothing."""


class WarmLpRelaxation(LpRelaxation, Protocol):
    """A relaxation that can also start from a basis of another program."""

    def basis_of(self, saved: BasisHandle) -> Basis:
        """Returns a saved basis as numbers."""

    def start_from_basis(self, basis: Basis) -> None:
        """Starts the next solve from a basis."""
