"""What a running solve tells its parent: better plans, bounds, and nothing that does not hold."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from models.outcome import Progress
from models.program import Floats, Program
from models.solvers import plain, wire

# SCIP's callback also shows candidates that the engine itself goes on to reject, so each plan is checked
# against the rows before it is passed on. Plans are polished afterwards; this tolerance is wider than any engine's.
PLAN_TOLERANCE = 1e-5
_QUIET_S = 0.1


class Reporter:
    """Passes on what an engine finds; safe to call from several threads."""

    def __init__(self, program: Program, send: Callable[[object], None]) -> None:
        self._program = program
        self._send = send
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._told_at = -1.0
        self.objective: float | None = None
        self.bound: float | None = None
        self._plan_objective: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the solve began."""
        return time.monotonic() - self._began

    def plan(self, values: Floats, bound: float | None = None) -> None:
        """Passes a plan on when it keeps every row and is better than those before."""
        with self._lock:
            self._note(None, bound)
            objective = self._program.objective_of(values)
            if self._plan_objective is not None and objective >= self._plan_objective:
                return
            if not self._holds(values):
                return
            self._plan_objective = objective
            self._note(objective, None)
            self._send(wire.BetterPlan(self._progress(objective), values))

    def figures(self, objective: float | None, bound: float | None) -> None:
        """Passes on an objective or a bound that the engine has printed, at most ten a second."""
        with self._lock:
            better = self._note(objective, bound)
            if not better or self.seconds - self._told_at < _QUIET_S:
                return
            self._told_at = self.seconds
            self._send(wire.ProgressReport(self._progress(self.objective)))

    def _note(self, objective: float | None, bound: float | None) -> bool:
        better = False
        if objective is not None and (self.objective is None or objective < self.objective):
            self.objective, better = objective, True
        if bound is not None and (self.bound is None or bound > self.bound):
            self.bound, better = bound, True
        return better

    def _progress(self, objective: float | None) -> Progress:
        # Codes print rounded bounds, and some search on for what is better than their best plan by a tolerance.
        bound = self.bound if objective is None or self.bound is None else min(self.bound, objective)
        return Progress(round(self.seconds, 3), objective, bound)

    def _holds(self, values: Floats) -> bool:
        whole = values[self._program.is_integer]
        if np.abs(whole - np.rint(whole)).max(initial=0.0) > PLAN_TOLERANCE:
            return False
        return plain.greatest_violation(self._program, values) <= PLAN_TOLERANCE
