"""Engines on the workers of a Dask cluster, for a plan whose solves are shared by many.

A question travels with all that its answer depends on and its answer comes back, so that workers keep nothing and no
disk needs to be shared. Dask begins a question again where its worker has ended.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import pickle
import secrets
import signal
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.program import Program
from models.solvers import wire
from models.solvers.catalogue import NATIVE, facts_of
from models.solvers.child import Engine
from planner.errors import InternalError
from planner.sweeps.dask_pool import LOCAL, connected, distributed
from planner.sweeps.payload import versions

_TICK_S = 0.05
_LEVEL = 1


class SolverDesks:
    """What each worker of the cluster keeps: for each of its threads a warm solver."""

    def __init__(self, asked_versions: dict[str, str], *, is_local: bool) -> None:
        self._versions, self._is_local = asked_versions, is_local

    def setup(self, worker: Any) -> None:  # noqa: ANN401  a worker of Dask, which has no types
        """Learns that the worker begins."""
        self._own = threading.local()
        self._made: list[Engine] = []
        if self._is_local:
            # The terminal sends Ctrl-C to every process; only the parent decides what it means.
            with contextlib.suppress(ValueError):
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Any) -> None:  # noqa: ANN401
        """Ends the solvers' processes."""
        for engine in self._made:
            engine.close()

    def answer(self, data: bytes) -> Outcome:
        """Returns the answer to a question.

        Raises:
            InternalError: other versions run here than where the plan is made.
        """
        if self._versions != versions():
            msg = f"the plan is made with {self._versions}, and {versions()} are installed here; install the same"
            raise InternalError(msg)
        if not hasattr(self._own, "engine"):
            self._own.engine = Engine.start(NATIVE)
            self._made.append(self._own.engine)
        asked: wire.Solve = pickle.loads(zlib.decompress(data))
        engine: Engine = self._own.engine
        return engine.solve_now(asked.program, asked.options, code=asked.code, search=asked.search, linear=asked.linear)


class ClusterEngine(Engine):
    """An engine that is wherever the cluster has one free."""

    def __init__(self, client: Any, dask: Any, plugin: str, numbers: Iterator[int]) -> None:  # noqa: ANN401
        super().__init__(facts_of(NATIVE))
        self._client, self._dask, self._plugin, self._numbers = client, dask, plugin, numbers

    def solve_now(
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
        """Returns the outcome from the cluster, without progress; what is stopped meanwhile has none.

        Raises:
            InternalError: a worker cannot take part, or the cluster has gone.
        """
        bare = replace(program, column_names=(), row_names=())
        asked = wire.Solve(bare, options, code or NATIVE, search, again, linear)
        data = zlib.compress(pickle.dumps(asked, protocol=5), _LEVEL)
        number, ended = next(self._numbers), threading.Event()
        future = self._client.submit(_answer, self._plugin, data, key=f"{self._plugin}-{number}", pure=False)
        future.add_done_callback(lambda _: ended.set())
        while not ended.wait(_TICK_S):
            if should_stop is not None and should_stop():
                future.cancel()
                return Outcome(Status.NOTHING_FOUND, Stop.INTERRUPT, NATIVE, self.version)
        if future.status == "finished":
            outcome: Outcome = future.result()
            return outcome
        if future.status != "error":
            msg = f"The cluster gave up on the plan ({future.status}). Run the same command again to go on."
            raise InternalError(msg)
        error = future.exception()
        if isinstance(error, self._dask.KilledWorker):
            return Outcome(Status.FAILED, Stop.KILLED, NATIVE, self.version, detail=str(error))
        msg = f"A worker of the cluster cannot work: {type(error).__name__}: {error}"
        raise InternalError(msg) from error


@contextmanager
def cluster_engines(cluster: str | None, *, slots: int, most: int | None) -> Iterator[list[Engine]]:
    """Gives as many engines as the cluster has threads, at most `most`; with a cluster of its own, `slots`.

    Raises:
        CaseFaults: the package is not installed, or there is no scheduler at the address.
    """
    address, dask = cluster or LOCAL, distributed()
    name = f"fleetplan-{secrets.token_hex(8)}"
    with ExitStack() as stack:
        client = connected(dask, address, slots, stack)
        stack.callback(client.close)
        # A class of Dask's is needed, and Dask need not be installed where this module is read.
        plugin_class: Any = type("EngineDesks", (SolverDesks, dask.WorkerPlugin), {})
        plugin = plugin_class(versions(), is_local=address == LOCAL)
        plugin.name = name
        client.register_plugin(plugin)
        stack.callback(_forget, client, name)
        threads = max(1, sum(client.nthreads().values()))
        numbers = itertools.count()
        yield [
            ClusterEngine(client, dask, name, numbers) for _ in range(threads if most is None else min(most, threads))
        ]


def _forget(client: Any, name: str) -> None:  # noqa: ANN401
    # A cluster that has gone has forgotten it already.
    with contextlib.suppress(OSError, TimeoutError, ValueError):
        client.unregister_worker_plugin(name)


def _answer(plugin: str, data: bytes) -> Outcome:
    """Answers a question on a worker of the cluster."""
    worker = importlib.import_module("distributed").get_worker()
    desks: SolverDesks = worker.plugins[plugin]
    return desks.answer(data)
