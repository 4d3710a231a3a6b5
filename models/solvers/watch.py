"""Follows one solve from outside: keeps its best plan, and decides when it has to end."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.solvers import wire
from models.solvers.catalogue import NATIVE, EngineFacts, Streams
from models.solvers.process import Child

if TYPE_CHECKING:
    from models.program import Floats, Program

OVERRUN_LEAST_S = 5.0
OVERRUN_SHARE = 0.25
# Before the child is ended it is asked, so that engines that stop softly hand over their last plan and bound.
_ASK_LEAST_S = 2.0
_ASK_SHARE = 0.1
_SOFT_STOP_S = 3.0
# Where the native search has a plan and no bound when it is stopped, it proves one.
_FIRST_BOUND_S = 10.0
_ASK_AGAIN_S = 0.7
# SCIP gives up its process at the fifth Ctrl-C.
_ASK_TIMES = 3
_FLUSH_S = 1.0
_MEMORY_EVERY_S = 0.1
_LIMIT_WORDS = {
    Stop.TIME: "ended from outside after the time limit",
    Stop.MEMORY: "ended from outside at the memory limit",
    Stop.INTERRUPT: "stopped on request",
}


class Watch:
    """The state of one solve; `outcome` is set when it has ended, `child_ended` when its child is gone."""

    def __init__(
        self,
        facts: EngineFacts,
        options: SolveOptions,
        child: Child,
        *,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.outcome: Outcome | None = None
        self.child_ended = False
        self._facts = facts
        self._options = options
        self.child = child
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._version = ""
        self._program: Program | None = None
        self._values: Floats | None = None
        self._best: Progress | None = None
        self._bound: float | None = None
        self._history: list[Progress] = []
        self._created = self._sent = time.monotonic()
        self._started: float | None = None
        self._waited_s = 0.0
        self._asked: float | None = None
        self._times_asked = 0
        self._makes_first_plan = False
        self._reason = Stop.TIME
        self._weighed = 0.0
        self._peak_mb: float | None = None

    def begin(self, question: wire.Solve, version: str, *, waited: bool) -> None:
        """Hands the program over; its names stay here."""
        self._version = version
        self._sent = time.monotonic()
        self._waited_s = self._sent - self._created if waited else 0.0
        self._program = question.program
        has_integers = bool(question.program.is_integer.any()) and not self._options.relax
        is_tree_search = self._facts.name == NATIVE and question.again is None and question.linear is None
        is_alone = question.search is None or question.search.is_alone
        self._makes_first_plan = has_integers and is_tree_search and is_alone
        if not self.child.send(question.without_names):
            self.receive(None)

    def receive(self, message: object) -> None:
        """Takes one message of the child; None means that it has ended."""
        match message:
            case queue.Empty():
                return
            case wire.Started():
                self._started = time.monotonic()
            case wire.BetterPlan(progress, values):
                self._values, self._best = values, progress
                self._tell(progress)
            case wire.ProgressReport(progress):
                self._tell(progress)
            case wire.ProcessStarted(pid):
                self.child.watch(pid)
            case wire.Handover():
                # One that comes late belongs to the solve before.
                if self._asked is not None:
                    self._end(self._reason)
            case wire.Finished(outcome):
                self.outcome = self._finished(outcome)
            case None:
                self.child_ended = True
                self.outcome = self._gone(self.child.close())

    def check_limits(self) -> None:
        """Asks the child to stop, or ends it, when a limit has passed."""
        now = time.monotonic()
        if self.outcome is not None:
            return
        if now - self._weighed > _MEMORY_EVERY_S and self._is_too_large(now):
            self._end(Stop.MEMORY)
            return
        if self._asked is None and self._should_stop is not None and self._should_stop():
            self._ask(Stop.INTERRUPT)
        limit = self._options.time_limit_s
        if limit is not None and self._started is not None:
            spent = now - self._started
            if self._may_ask() and spent > limit + max(_ASK_LEAST_S, _ASK_SHARE * limit):
                self._ask(Stop.TIME)
            if spent > limit + max(OVERRUN_LEAST_S, OVERRUN_SHARE * limit) + self._first_plan_s:
                self._end(self._reason)
                return
        self._check_patience(now)

    def _check_patience(self, now: float) -> None:
        """Asks again where the engine was not yet listening, and ends a child that does not answer."""
        if self._asked is None or self.outcome is not None:
            return
        patience = _SOFT_STOP_S if self._facts.stops_softly else _FLUSH_S
        patience = max(patience, self._first_plan_s)
        if self._reason is Stop.INTERRUPT and now - self._asked > patience:
            self._end(Stop.INTERRUPT)
        elif self._times_asked < _ASK_TIMES and now - self._asked > self._times_asked * _ASK_AGAIN_S:
            self._send_stop()

    def interrupted(self) -> None:
        """Takes a Ctrl-C: the first asks the solve to stop.

        Raises:
            KeyboardInterrupt: it was the second.
        """
        if self._asked is not None and self._reason is Stop.INTERRUPT:
            raise KeyboardInterrupt
        self._ask(Stop.INTERRUPT)

    def failed(self, detail: str) -> Outcome:
        """Returns the outcome of a solve whose child broke down, with the best plan that it had handed over."""
        return self._partial(Status.FAILED, Stop.FAILURE, detail)

    def _gone(self, detail: str) -> Outcome:
        """Returns the outcome of a solve whose process has ended by itself, or by a signal from outside."""
        if not self.child.was_killed:
            return self.failed(detail)
        return self._partial(Status.FAILED if self._values is None else Status.FEASIBLE, Stop.KILLED, detail)

    @property
    def _first_plan_s(self) -> float:
        """Seconds that the native search may yet take for a first plan, or for the bound of the plan that it has."""
        if not self._makes_first_plan or (self._values is not None and self._bound is not None):
            return 0.0
        return wire.FIRST_PLAN_SECONDS if self._values is None else _FIRST_BOUND_S

    def _may_ask(self) -> bool:
        return self._asked is None and self._facts.stops_softly

    def _is_too_large(self, now: float) -> bool:
        self._weighed = now
        held = self.child.memory_mb()
        if held is None:
            return False
        self._peak_mb = max(held, self._peak_mb or 0.0)
        return self._options.memory_mb is not None and held > self._options.memory_mb

    def _ask(self, reason: Stop) -> None:
        self._asked, self._reason, self._times_asked = time.monotonic(), reason, 0
        self._send_stop()

    def _send_stop(self) -> None:
        self._times_asked += 1
        if not self.child.send(wire.StopNow()):
            self.receive(None)

    def _end(self, reason: Stop) -> None:
        self._drain()
        if self.outcome is not None:
            return
        self.child_ended = True
        self.child.close()
        self._drain()
        if self.outcome is None:
            status = Status.NOTHING_FOUND if self._values is None else Status.FEASIBLE
            self.outcome = self._partial(status, reason, _LIMIT_WORDS[reason])

    def _drain(self) -> None:
        """Takes plans that have arrived and not been read yet."""
        while not self.child.inbox.empty() and self.outcome is None:
            message = self.child.inbox.get()
            if isinstance(message, (wire.BetterPlan, wire.ProgressReport, wire.Finished)):
                self.receive(message)

    def _tell(self, progress: Progress) -> None:
        better = not self._history or self._history[-1].objective != progress.objective
        if better and progress.objective is not None:
            self._history.append(progress)
        if progress.bound is not None:
            self._bound = progress.bound
        if self._on_progress is not None:
            self._on_progress(progress)

    def _finished(self, outcome: Outcome) -> Outcome:
        """Returns the child's own outcome, with the streamed plan where that is better."""
        if outcome.status in (Status.FEASIBLE, Status.NOTHING_FOUND):
            if self._asked is not None:
                outcome = replace(outcome, stop=self._reason)
            streamed = None if self._best is None else self._best.objective
            if streamed is not None and (outcome.objective is None or streamed < outcome.objective):
                outcome = replace(outcome, status=Status.FEASIBLE, objective=streamed, solution=self._values)
            outcome = self._with_bound(outcome, self._bound if outcome.bound is None else outcome.bound)
        elif outcome.status is Status.FAILED and self._best is not None and outcome.solution is None:
            outcome = replace(outcome, objective=self._best.objective, solution=self._values)
            outcome = self._with_bound(outcome, self._bound)
        hand_off = 0.0 if self._started is None else self._started - self._sent
        seconds = dict(outcome.seconds)
        seconds["hand-off"] = seconds.get("hand-off", 0.0) + hand_off
        if self._waited_s:
            seconds = {"start": self._waited_s, **seconds}
        peak_mb = max(filter(None, [outcome.peak_memory_mb, self._peak_mb]), default=None)
        return replace(outcome, incumbents=tuple(self._history), seconds=seconds, peak_memory_mb=peak_mb)

    def _partial(self, status: Status, stop: Stop, detail: str) -> Outcome:
        """Returns what is known without the child's own word."""
        if self._values is None and self._facts.streams is not Streams.PLANS and self._history:
            words = f"{self._facts.label} had a plan of {self._history[-1].objective:.6g}"
            detail = f"{detail}; {words} and does not hand over its values while it runs"
        began = self._sent if self._started is None else self._started
        has_plan = self._values is not None and self._best is not None
        outcome = Outcome(
            status,
            stop,
            self._facts.name,
            self._version,
            objective=self._best.objective if has_plan and self._best is not None else None,
            solution=self._values if has_plan else None,
            incumbents=tuple(self._history),
            seconds={"hand-off": began - self._sent, "solve": time.monotonic() - began},
            peak_memory_mb=self._peak_mb,
            detail=detail,
        )
        return self._with_bound(outcome, self._bound)

    def _with_bound(self, outcome: Outcome, bound: float | None) -> Outcome:
        """Returns an outcome with a bound, unless its own plan proves that wrong."""
        if self._program is None:
            return outcome
        # Whoever starts a process has not loaded the arrays yet.
        from models.solvers.normalise import sound

        bound, note = sound(outcome.objective, bound, self._program, outcome.solution, outcome.solver)
        return replace(outcome, bound=bound, detail="; ".join(filter(None, [outcome.detail, note])))
