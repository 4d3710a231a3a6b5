"""The parent's side of an engine: starts it in a process of its own, follows it, and ends it in time."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.solvers import wire
from models.solvers.catalogue import ENGINES, EngineFacts, Family, UnknownEngineError, facts_of
from models.solvers.process import Child
from models.solvers.watch import Watch

if TYPE_CHECKING:
    from models.program import Program
    from models.solvers.stored_answers import StoredAnswers

START_LIMIT_S = 60.0
MOST_FALSE_STARTS = 10
"""So often in a row may a process be ended from outside before it is ready."""
MOST_KILLS = 5
"""So often in a row may a process be ended from outside over one question of many, before that has no answer."""
_TICK_S = 0.05


class Engine:
    """A solver in its own process, kept warm between solves; use it as a context manager or call `close`.

    The process is started at once and loads its library while the caller goes on. An engine of OR-Tools can also
    run the others of its wheel: `solve(..., code="glop")`.
    """

    def __init__(self, facts: EngineFacts) -> None:
        self.facts = facts
        self.version = ""
        self.libraries: tuple[str, ...] = ()
        """The solver libraries that the child had loaded after its last solve."""
        self.answers: StoredAnswers | None = None
        """Where answers are stored and looked up; None for nowhere."""
        self.attempts = 1
        """How often a question is asked whose answer is lost with the process, ended from outside."""
        self._child: Child | None = None
        self._highs_threads: set[int | None] = set()
        self._ready = self._was_killed = False

    @classmethod
    def start(cls, name: str) -> Self:
        """Starts an engine and returns without waiting for it.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        engine = cls(facts_of(name))
        engine._revive()
        return engine

    @property
    def name(self) -> str:
        """The engine's name in the catalogue."""
        return self.facts.name

    @property
    def pid(self) -> int | None:
        """The child's process number; None while there is no child."""
        return None if self._child is None else self._child.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child; the engine can be used again and then starts a new one."""
        if self._child is not None:
            self._child.end()
        self._child, self._ready = None, False
        self._highs_threads.clear()

    def await_ready(self) -> str:
        """Waits until the library is loaded; returns an empty text, or why the engine cannot be used.

        A process that is ended from outside meanwhile is replaced.
        """
        trouble = self._await_ready()
        for _ in range(MOST_FALSE_STARTS - 1):
            if not self._was_killed:
                break
            trouble = self._await_ready()
        return trouble

    def _await_ready(self) -> str:
        child, self._was_killed = self._revive(), False
        until = time.monotonic() + START_LIMIT_S
        while not self._ready:
            message = _next(child, max(0.0, until - time.monotonic()))
            if isinstance(message, wire.Ready):
                self.version, self._ready = message.version, True
            elif isinstance(message, wire.EngineMissing):
                self.close()
                return message.reason
            else:
                late = isinstance(message, queue.Empty)
                words, self._was_killed = child.close(), not late and child.was_killed
                self.close()
                return f"did not start within {START_LIMIT_S:.0f} s. {words}" if late else f"could not start: {words}"
        return ""

    def solve(
        self,
        program: Program,
        options: SolveOptions,
        *,
        code: str | None = None,
        search: wire.Search | None = None,
        again: wire.RepeatedSolve | None = None,
        linear: wire.LinearSolve | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Returns the outcome, with whatever went wrong as its status; `options.solver` is not looked at.

        The child is ended when it overruns the time limit by max(5 s, 25 %), exceeds `memory_mb`, or does not stop
        when asked (`should_stop`, or Ctrl-C); the best plan that it has handed over is kept. A second Ctrl-C, and
        anything that `on_progress` raises, ends the child and is passed on. `code` names another engine of the same
        library. `search` is the guide of the native search; without it that knows only which columns are whole.
        With `again` the program is solved many times over by GLOP (see `Outcome.again`), with `linear` once and warm
        (see `Outcome.end`); both in engines of OR-Tools only. An answer that is stored in `answers` is returned at
        once, without progress.

        Raises:
            UnknownEngineError: `code` is not an engine of this engine's library.
        """
        question = wire.Solve(program, options, code or self.name, search, again, linear)
        return self.answer(question, on_progress=on_progress, should_stop=should_stop)

    def answer(
        self,
        question: wire.Solve,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Returns what is stored in `answers` under a question, else what is solved, which is stored there."""
        # Whoever starts a process has not loaded the arrays yet.
        from models.solvers.stored_answers import is_lasting, key_of, packed, unpacked

        answers = None if question.again is not None else self.answers
        key = b"" if answers is None else key_of(question)
        data = None if answers is None else answers.find(key)
        known = None if data is None else unpacked(data, question.program)
        if known is not None:
            return known
        for _ in range(self.attempts):
            outcome = self.solve_now(question, on_progress=on_progress, should_stop=should_stop)
            if outcome.stop is not Stop.KILLED:
                break
        if answers is not None and is_lasting(outcome):
            answers.keep(key, packed(outcome))
        return outcome

    def solve_now(
        self,
        question: wire.Solve,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Returns the outcome as `solve` does, from the process and from nowhere else.

        Raises:
            UnknownEngineError: the code is not an engine of this engine's library.
        """
        facts, options = self._sibling(question.code), question.options
        if question.program.is_integer.any() and not options.relax and not facts.integers:
            detail = f"{facts.label} solves continuous programs only; ask for the relaxation, or use native or scip."
            return Outcome(Status.FAILED, Stop.FAILURE, facts.name, self.version, detail=detail)
        child = self._child_for(facts, options)
        watch = Watch(facts, options, child, on_progress=on_progress, should_stop=should_stop)
        with ExitStack() as unless_it_ends_well:
            unless_it_ends_well.callback(self.close)
            outcome = self._follow(child, watch, question)
            unless_it_ends_well.pop_all()
        if watch.child_ended:
            self.close()
        return outcome

    def _sibling(self, code: str) -> EngineFacts:
        facts = facts_of(code)
        if facts.family is not self.facts.family or (facts.name != self.name and facts not in ENGINES):
            msg = f"engine '{self.name}' cannot run '{code}': it belongs to another library. Start '{code}' itself."
            raise UnknownEngineError(msg)
        return facts

    def _revive(self) -> Child:
        if self._child is None or not self._child.is_alive:
            if self._child is not None:
                # How it has ended is known from now on.
                self._child.close()
            self.close()
            self._child = Child(self.name)
        return self._child

    def _child_for(self, facts: EngineFacts, options: SolveOptions) -> Child:
        """HiGHS fixes its threads for the life of a process and fails when asked for another number."""
        if facts.name == "highs":
            if self._highs_threads - {options.threads}:
                self.close()
            child = self._revive()
            self._highs_threads.add(options.threads)
            return child
        return self._revive()

    def _follow(self, child: Child, watch: Watch, question: wire.Solve) -> Outcome:
        was_ready = self._ready
        trouble = self.await_ready()
        if trouble:
            watch.child_ended = True
            return watch.failed(f"{self.name} is not available: {trouble}")
        if self._child is not None:
            # One that was ended before it was ready has been replaced.
            child = watch.child = self._child
        watch.begin(question, self.version, waited=not was_ready)
        while watch.outcome is None:
            try:
                message = _next(child, _TICK_S)
                if isinstance(message, wire.Finished):
                    self.libraries = message.libraries
                watch.receive(message)
                watch.check_limits()
            except KeyboardInterrupt:
                watch.interrupted()
        return watch.outcome


def _next(child: Child, seconds: float) -> object:
    """Returns the child's next message, `queue.Empty()` when none has come, None when the child has ended."""
    try:
        return child.inbox.get(timeout=seconds)
    except queue.Empty as nothing:
        return nothing


@contextmanager
def lp_engine(engine: Engine | None, code: str) -> Iterator[Engine]:
    """Gives an engine of OR-Tools, which can run `code`, as it is; else starts that code, and closes it afterwards."""
    if engine is not None and engine.facts.family is Family.MATHOPT:
        yield engine
        return
    with Engine.start(code) as own:
        yield own
