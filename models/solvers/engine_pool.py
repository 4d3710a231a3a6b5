"""Engines that work at the same time, each in a process of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from types import TracebackType
from typing import Self, TypeVar

from models.outcome import SolveOptions, Stop
from models.solvers.catalogue import NATIVE
from models.solvers.child import MOST_KILLS, Engine

_TICK_S = 0.1

T = TypeVar("T")
R = TypeVar("R")


class StoppedError(Exception):
    """The caller or the time limit has ended the work; `stop` says which."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.value)
        self.stop = stop


class EnginePool:
    """Runs work on as many engines as there are workers; results come in the order of the work.

    The first engine is the caller's and stays open. Where `engines` are given, they do the work instead, and stay open
    as well. All of them store their answers where the caller's engine does, and repeat what is lost with a process.
    `should_stop` is asked in the thread that opens the pool.
    """

    def __init__(
        self,
        engine: Engine,
        options: SolveOptions,
        *,
        workers: int = 1,
        engines: Sequence[Engine] = (),
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self.options = options
        self._engines: queue.Queue[Engine] = queue.Queue()
        self._own = [] if engines else [Engine.start(NATIVE) for _ in range(workers - 1)]
        at_work = [*engines] or [engine, *self._own]
        for one in at_work:
            one.answers, one.attempts = engine.answers, MOST_KILLS
            self._engines.put(one)
        self.workers = len(at_work)
        self._threads = ThreadPoolExecutor(self.workers)
        self._beside = ThreadPoolExecutor(1)
        self._owner = threading.get_ident()
        self._should_stop = should_stop or (lambda: False)
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._reason = Stop.INTERRUPT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever still goes on is not waited for by anyone.
        self._stop.set()
        self._beside.shutdown(cancel_futures=True)
        self._threads.shutdown(cancel_futures=True)
        for one in self._own:
            one.close()

    @property
    def seconds(self) -> float:
        """Seconds since the pool was opened."""
        return time.monotonic() - self._began

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the time limit; None where there is none."""
        limit = self.options.time_limit_s
        return None if limit is None else max(0.0, limit - self.seconds)

    def is_stopping(self) -> bool:
        """True once the work is to end; for the threads that work."""
        return self._stop.is_set()

    def must_end(self) -> bool:
        """True once there is no time left, or the work is to end."""
        left = self.seconds_left
        return self._stop.is_set() or (left is not None and left <= 0)

    def submit(self, work: Callable[[Engine, T], R], item: T) -> Future[R]:
        """Begins some work as soon as an engine is free."""
        return self._threads.submit(self._run, work, item)

    def begun_beside(self, work: Callable[[], R]) -> Callable[[], R]:
        """Begins work that itself gives work to this pool, and returns how to get its result, as `result` does.

        A single engine has no time for it before the result is asked for, so that it begins only then.
        """
        if self.workers == 1:
            return work
        begun = self._beside.submit(work)
        return lambda: self.result(begun)

    def map(self, work: Callable[[Engine, T], R], items: Sequence[T]) -> list[R]:
        """Returns the results of some work.

        Raises:
            StoppedError: the caller or the time limit has ended it.
        """
        begun = [self.submit(work, item) for item in items]
        try:
            return [self.result(one) for one in begun]
        except BaseException:
            for one in begun:
                one.cancel()
            raise

    def result(self, begun: Future[R]) -> R:
        """Waits for a result, and asks meanwhile whether to stop.

        Raises:
            StoppedError: the caller or the time limit has ended it.
        """
        while True:
            self._check_limits()
            if self._stop.is_set():
                begun.cancel()
                raise StoppedError(self._reason)
            try:
                return begun.result(_TICK_S)
            except NotYetError:
                continue

    def _check_limits(self) -> None:
        if self._stop.is_set():
            return
        left = self.seconds_left
        if threading.get_ident() == self._owner and self._should_stop():
            self._reason = Stop.INTERRUPT
            self._stop.set()
        elif left is not None and left <= 0:
            self._reason = Stop.TIME
            self._stop.set()

    def _run(self, work: Callable[[Engine, T], R], item: T) -> R:
        engine = self._engines.get()
        try:
            return work(engine, item)
        finally:
            self._engines.put(engine)
