"""What a sweep is: its points, what the work of a point is given, and what is known of a point afterwards.

The work of one point is a function `work(context: WorkContext, point: Point) -> Mapping[str, Any]`, named by its
dotted path `module:function` so that every worker can import it. Its result must depend on nothing but the case, the
options, `base`, the point and `start`: then the same sweep gives the same files, however many workers there are and
however often they were killed. Seconds go into `context.timing`, which is kept apart from the results.
"""

from __future__ import annotations

import enum
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.case import Case
from models.outcome import SolveOptions
from models.solvers.child import Engine
from planner.errors import InternalError

Arrays = Mapping[str, NDArray[Any]]


@enum.unique
class PointStatus(enum.Enum):
    """How a point ended."""

    DONE = "done"
    FAILED = "failed"
    """Its work raised an exception; the message is kept."""
    QUARANTINED = "parked"
    """It ended its worker three times and is quarantined."""


@dataclass(frozen=True)
class Point:
    """One case to work out: `recipe` says as JSON how it is made, `question` what is asked.

    `name` is unique in the sweep and for people. `after` names the neighbouring point whose stored plan is the start;
    with None the point starts from the base plan or from nothing.
    """

    name: str
    question: str
    recipe: Mapping[str, Any]
    after: str | None = None


@dataclass(frozen=True)
class StoredPlan:
    """The plan of a point that is done: whatever arrays its work has stored."""

    arrays: Arrays


def arrays_under(name: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Returns the arrays of a plan by names that begin with its own, to be stored beside those of other plans."""
    return {f"{name}:{part}": array for part, array in arrays.items()}


def plan_under(name: str, stored: Mapping[str, Any]) -> StoredPlan:
    """Returns the plan whose arrays were stored under a name; without arrays where there are none."""
    lead = f"{name}:"
    return StoredPlan({key.removeprefix(lead): value for key, value in stored.items() if key.startswith(lead)})


@dataclass(frozen=True)
class Sweep:
    """A base case and the points to work out around it; `work` is the dotted path `module:function`.

    `base` is shared by all points, such as the values of the base plan: each entry is an array or JSON.

    Raises:
        InternalError: names that are not unique or unknown, points that start from each other, or a hint in the
            options, which would be the same for all points.
    """

    case: Case
    case_hash: str
    options: SolveOptions
    points: tuple[Point, ...]
    work: str
    base: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        after = {point.name: point.after for point in self.points}
        if len(after) < len(self.points):
            counts = [point.name for point in self.points]
            msg = f"Points of a sweep with the same name: {sorted({name for name in counts if counts.count(name) > 1})}"
            raise InternalError(msg)
        unknown = sorted({name for name in after.values() if name is not None and name not in after})
        if unknown:
            msg = f"Points start from points that the sweep does not have: {unknown}"
            raise InternalError(msg)
        if self.options.hint is not None:
            msg = "A sweep takes its starts from plans that its points have stored, not from `options.hint`."
            raise InternalError(msg)
        _require_ends(after)


@dataclass(eq=False)
class WorkContext:
    """What the work of a point is given.

    `engine` is warm: it stays with the worker, as `memo` does, for values that follow from case, options and base
    alone and are expensive to compute. The work may write seconds into `timing`, by the name of what took them.
    """

    case: Case
    options: SolveOptions
    engine: Engine
    base: Mapping[str, Any] | None = None
    start: StoredPlan | None = None
    """The plan of the neighbour; None where there is no neighbour, or it has stored none, failed or was quarantined."""
    memo: dict[str, Any] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    plan: dict[str, NDArray[Any]] | None = None

    def store_plan(self, arrays: Arrays) -> None:
        """Keeps the plan of this point for its neighbours; it is written together with the result."""
        self.plan = {name: np.array(values) for name, values in arrays.items()}


Work = Callable[[WorkContext, Point], Mapping[str, Any]]


@dataclass(frozen=True)
class PointResult:
    """What is known of a point: `result` where it is done, `message` where it failed or is quarantined."""

    name: str
    key: str
    status: PointStatus
    result: Mapping[str, Any] | None
    message: str = ""
    seconds: float | None = None
    timing: Mapping[str, float] = field(default_factory=dict)


class SweepWatcher(Protocol):
    """Someone who follows a sweep; what it raises ends the run."""

    def begin(self, total: int, done: int) -> None:
        """Learns how many points there are, and how many of them are finished from an earlier run."""

    def point(self, name: str, status: str, seconds: float) -> None:
        """Learns that a point is done, failed or quarantined, after how many seconds of work."""

    def end(self) -> None:
        """Learns that the run ends."""


def work_of(path: str) -> Work:
    """Returns the function behind a dotted path `module:function`.

    Raises:
        InternalError: there is none.
    """
    module, _, name = path.partition(":")
    try:
        found: Work = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        msg = f"The work of the sweep, {path}, cannot be found: {error}"
        raise InternalError(msg) from error
    return found


def _require_ends(after: Mapping[str, str | None]) -> None:
    """Refuses points that start from each other."""
    settled: set[str] = set()
    for name in after:
        trail: dict[str, None] = {}
        here: str | None = name
        while here is not None and here not in settled:
            if here in trail:
                msg = f"Points start from each other in a circle: {' <- '.join(trail)}"
                raise InternalError(msg)
            trail[here] = None
            here = after[here]
        settled.update(trail)
