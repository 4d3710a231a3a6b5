"""What a solve returns: a typed story, not a number."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Whoever starts a solver loads this first; the arrays come later.
    import numpy as np
    from numpy.typing import NDArray

    from models.tree_search.lp_protocol import WarmStart


@enum.unique
class Status(enum.Enum):
    """What is known after a solve."""

    OPTIMAL = "optimal"
    """The incumbent is proven to lie within the asked gap of the optimum."""
    FEASIBLE = "feasible"
    """There is an incumbent; the asked gap was not reached."""
    INFEASIBLE = "infeasible"
    """Proven: no solution exists."""
    UNBOUNDED = "unbounded"
    """Proven: the objective has no bound."""
    NOTHING_FOUND = "nothing found"
    """A limit came before the first incumbent."""
    FAILED = "failed"
    """The solver broke down; `detail` says how."""


@enum.unique
class Stop(enum.Enum):
    """What ended the solve."""

    GAP = "gap"
    TIME = "time"
    INTERRUPT = "interrupt"
    MEMORY = "memory"
    PROOF = "proof"
    WORK = "work limit"
    """The native search has used up its linear programs."""
    ANSWERED = "answered"
    """The question of the solve was answered before its gap was reached."""
    KILLED = "killed"
    """Something outside ended the solver's process by a signal, such as the system when memory runs out."""
    FAILURE = "failure"


class ModelError(Exception):
    """A fault in labels, axes or ledgers, found before any solve."""


class NoSolutionError(ModelError):
    """Values were read from an outcome that has none."""


@dataclass(frozen=True)
class Progress:
    """One message from a running solve. Objective and bound in USD million, None while unknown."""

    seconds: float
    objective: float | None
    bound: float | None
    phase: str = "solve"


@dataclass(frozen=True)
class SolveOptions:
    """How to solve: `gap` relative, `time_limit_s` in seconds, `memory_mb` of the child process.

    Where only a comparison is asked for, the native search also ends once its bound lies above `answered_above`, or the
    cost of a plan below `answered_below`, USD million; other solvers go on to the gap.
    """

    solver: str = "native"
    gap: float = 0.001
    time_limit_s: float | None = None
    threads: int | None = None
    seed: int = 0
    memory_mb: int | None = None
    relax: bool = False
    hint: NDArray[np.float64] | None = None
    answered_above: float | None = None
    answered_below: float | None = None


@dataclass(frozen=True)
class Worth:
    """What more of one amount is worth while every integer is held, USD million of net present cost.

    `price` is that of the next small amount, per unit, and `holds_up_to` how much more keeps it; `amounts` are the
    savings of the amounts that were asked about, found by solving again. What is None is not known, and `reason` says
    why; where the price is 0, it stays 0 however much more there is.
    """

    price: float | None
    amounts: tuple[float, ...] | None
    holds_up_to: float | None
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """The result of one solve; objective and bound in USD million, with the constant."""

    status: Status
    stop: Stop
    solver: str
    version: str
    objective: float | None = None
    bound: float | None = None
    solution: NDArray[np.float64] | None = None
    row_duals: NDArray[np.float64] | None = None
    reduced_costs: NDArray[np.float64] | None = None
    again: NDArray[np.float64] | None = None
    """(solve, 2): the objective and the moved column's reduced cost of each further solve; NaN without an answer."""
    prices: NDArray[np.float64] | None = None
    """By row: what one more of its bound saves at this plan, for the next small amount; NaN where that is not known."""
    worths: Mapping[int, Worth] = field(default_factory=dict)
    """By row: what more of its bound is worth."""
    end: WarmStart | None = None
    """Where a linear program, or the root node of a search, ended; where that was asked for."""
    linear_programs: int | None = None
    """How many linear programs the native search has solved; None for other solvers."""
    incumbents: tuple[Progress, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_mb: float | None = None
    detail: str = ""

    @property
    def has_solution(self) -> bool:
        """True when values can be read."""
        return self.solution is not None

    @property
    def values(self) -> NDArray[np.float64]:
        """The value of each column.

        Raises:
            NoSolutionError: there is no incumbent.
        """
        if self.solution is None:
            msg = f"No values: the solve ended as '{self.status.value}'. Look at `status` first."
            raise NoSolutionError(msg)
        return self.solution

    @property
    def gap(self) -> float | None:
        """|objective − bound| / |objective|, as a fraction; None where either is unknown.

        Of an objective of next to nothing, the share of 1e-9 USD million.
        """
        if self.objective is None or self.bound is None:
            return None
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-9)
