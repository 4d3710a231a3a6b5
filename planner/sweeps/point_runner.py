"""Where points are worked out: a sweep that is loaded once, and a solver that stays warm."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from models.outcome import Outcome, Progress, Stop
from models.solvers.catalogue import facts_of
from models.solvers.child import Engine
from models.solvers.wire import Solve
from planner.sweeps.payload import KeyedPoint, LoadedSweep, as_json, packed, unpacked
from planner.sweeps.point_store import PointOutcome
from planner.sweeps.points import PointStatus, StoredPlan, WorkContext, work_of

SOLVER = "solver"
"""Seconds in the solver, among the timings of a point, unless its work measures its own."""
_ENDED = "the solver's process"
"""How `models.solvers.process` begins to say that a process has ended by itself."""


class PointRunner:
    """Works out one point after another; the solver's process starts when a point first needs it.

    Raises:
        InternalError: the work of the sweep cannot be found.
        UnknownEngineError: there is no such solver.
    """

    def __init__(self, sweep: LoadedSweep) -> None:
        self._sweep = sweep
        self._work = work_of(sweep.work)
        self._engine = WarmEngine(facts_of(sweep.options.solver))
        self._memo: dict[str, Any] = {}
        for value in (sweep.base or {}).values():
            if isinstance(value, np.ndarray):
                # No point may change what the next one sees.
                value.flags.writeable = False

    def perform(self, entry: KeyedPoint, start: bytes | None) -> PointOutcome:
        """Returns how the work of a point ended; whatever it raises is a result too.

        Raises:
            SolverKilled: the solver's process ended before it answered, which is no result.
        """
        sweep, began, self._engine.seconds = self._sweep, time.perf_counter(), 0.0
        context = WorkContext(
            case=sweep.case,
            options=sweep.options,
            engine=self._engine,
            base=None if sweep.base is None else MappingProxyType(dict(sweep.base)),
            start=None if start is None else StoredPlan(unpacked(start)),
            memo=self._memo,
        )
        try:
            result = as_json(dict(self._work(context, entry.point)), "The result")
            plan = None if context.plan is None else packed(context.plan)
        # The boundary of a point: whatever goes wrong in one must not stop the others.
        except (Exception, SystemExit) as error:
            message = " ".join(f"{type(error).__name__}: {error}".split())
            return PointOutcome(
                PointStatus.FAILED,
                message=message,
                seconds=time.perf_counter() - began,
                timing=self._timing(context),
                trace=traceback.format_exc(),
            )
        seconds = time.perf_counter() - began
        return PointOutcome(PointStatus.DONE, result, plan=plan, seconds=seconds, timing=self._timing(context))

    def close(self) -> None:
        """Ends the solver's process."""
        self._engine.close()

    def _timing(self, context: WorkContext) -> dict[str, float]:
        measured = {str(name): float(value) for name, value in context.timing.items() if math.isfinite(value)}
        return {SOLVER: self._engine.seconds} | measured


class SolverKilledError(BaseException):
    """The solver's process was ended from outside or crashed; no work may take that for an answer."""


class WarmEngine(Engine):
    """An engine that knows how long it was at work, its start and hand-off included.

    The system ends the largest process when memory runs out, and that is the solver's: its end counts as that of the
    worker, so that a point is tried again and no accident is kept as a result.
    """

    seconds = 0.0

    def answer(
        self,
        question: Solve,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Returns the outcome of one solve.

        Raises:
            SolverKilled: the solver's process ended before it answered.
        """
        began = time.perf_counter()
        try:
            outcome = super().answer(question, on_progress=on_progress, should_stop=should_stop)
        finally:
            self.seconds += time.perf_counter() - began
        if outcome.stop is Stop.KILLED or (
            outcome.stop is Stop.FAILURE and self.pid is None and _ENDED in outcome.detail
        ):
            raise SolverKilledError(outcome.detail)
        return outcome
