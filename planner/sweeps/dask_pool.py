"""Workers of a distributed engine: Dask, on this machine or behind the address of a scheduler.

Points go out with the plan they start from and come back with their results, which the parent writes: no disk needs to
be shared. The sweep itself travels once to each worker, and to each that comes later. Dask replaces workers and begins
their points again; the one that has ended three of them comes back as hopeless (a scheduler of your own decides that
by its `distributed.scheduler.allowed-failures`).
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import logging
import queue
import signal
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from planner.errors import CaseFaults, Fault, InternalError
from planner.sweeps.payload import KeyedPoint, loaded
from planner.sweeps.point_runner import PointRunner, SolverKilledError
from planner.sweeps.point_store import PointOutcome
from planner.sweeps.pools import PointEnd, Start, killed_text

LOCAL = "local"
_ALLOWED_FAILURES = {"distributed.scheduler.allowed-failures": 2}
_CONNECT_S = 30


class Desks:
    """What each worker keeps: the sweep, and for each of its threads a desk with a warm solver."""

    def __init__(self, name: str, files: Mapping[str, bytes], *, is_local: bool) -> None:
        self.name = name
        self._files = dict(files)
        self._is_local = is_local

    def setup(self, worker: Any) -> None:  # noqa: ANN401  a worker of Dask, which has no types
        """Learns that the worker begins."""
        self._own = threading.local()
        self._made: list[PointRunner] = []
        if self._is_local:
            # The terminal sends Ctrl-C to every process; only the parent decides what it means.
            with contextlib.suppress(ValueError):
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Any) -> None:  # noqa: ANN401
        """Ends the solvers' processes."""
        for runner in self._made:
            runner.close()

    def perform(self, key: str, start: bytes | None) -> PointOutcome:
        """Returns how the work of a point ended."""
        if not hasattr(self._own, "desk"):
            sweep = loaded(self._files)
            self._own.entries = {entry.key: entry for entry in reversed(sweep.entries)}
            self._own.runner = PointRunner(sweep)
            self._made.append(self._own.runner)
        runner: PointRunner = self._own.runner
        return runner.perform(self._own.entries[key], start)


class DaskPool:
    """As many points at a time as the cluster has threads; with a cluster of its own, `slots` workers of one thread.

    Raises:
        CaseFaults: the package is not installed, or there is no scheduler at the address.
    """

    def __init__(self, files: Mapping[str, bytes], cluster: str, *, slots: int, most: int | None) -> None:
        self._dask = distributed()
        self._inbox: queue.Queue[tuple[int, Any]] = queue.Queue()
        self._given = 0
        self._name = f"fleetplan-{hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]}"
        with ExitStack() as stack:
            self._client = connected(self._dask, cluster, slots, stack)
            stack.callback(self._client.close)
            # A class of Dask's is needed, and Dask need not be installed where this module is read.
            plugin_class: Any = type("SweepDesks", (Desks, self._dask.WorkerPlugin), {})
            self._client.register_plugin(plugin_class(self._name, files, is_local=cluster == LOCAL))
            stack.callback(self._forget_sweep)
            threads = sum(self._client.nthreads().values())
            self.slots = max(1, threads if most is None else min(most, threads))
            self._close = stack.pop_all()

    def give(self, slot: int, entry: KeyedPoint, start: Start) -> None:
        """Sends a point out."""
        self._given += 1
        future = self._client.submit(
            _perform, self._name, entry.key, start(), key=f"{self._name}-{entry.key[:16]}-{self._given}", pure=False
        )
        future.add_done_callback(lambda done: self._inbox.put((slot, done)))

    def ended(self, seconds: float) -> list[PointEnd]:
        """Returns what has come back.

        Raises:
            InternalError: a worker cannot take part in the sweep, or the cluster has gone.
        """
        found: list[PointEnd] = []
        with contextlib.suppress(queue.Empty):
            found.append(self._learned(*self._inbox.get(timeout=seconds)))
            while True:
                found.append(self._learned(*self._inbox.get_nowait()))
        return found

    def close(self) -> None:
        """Ends a cluster of our own; the solvers on another's workers end too."""
        self._close.close()

    def _learned(self, slot: int, future: Any) -> PointEnd:  # noqa: ANN401
        if future.status == "finished":
            performed: PointOutcome | str = future.result()
            return PointEnd(slot, None, performed) if isinstance(performed, str) else PointEnd(slot, performed)
        if future.status != "error":
            msg = f"The cluster gave up on a run of the sweep ({future.status}). Run it again to continue."
            raise InternalError(msg)
        error = future.exception()
        if isinstance(error, self._dask.KilledWorker):
            return PointEnd(slot, None, f"ended its worker as often as the cluster allows: {error}", is_hopeless=True)
        msg = f"A worker of the cluster cannot work: {type(error).__name__}: {error}"
        raise InternalError(msg) from error

    def _forget_sweep(self) -> None:
        # A cluster that has gone has forgotten it already.
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            self._client.unregister_worker_plugin(self._name)


def _perform(name: str, key: str, start: bytes | None) -> PointOutcome | str:
    """Works out a point on a worker of the cluster; a text says how the worker lost its solver."""
    worker = importlib.import_module("distributed").get_worker()
    desks: Desks = worker.plugins[name]
    try:
        return desks.perform(key, start)
    except SolverKilledError as killed:
        return killed_text(killed)


def connected(dask: Any, cluster: str, slots: int, stack: ExitStack) -> Any:  # noqa: ANN401
    """Returns a client of a cluster; of its own, which `stack` ends, where `cluster` is `local`.

    Raises:
        CaseFaults: there is no scheduler with workers at the address.
    """
    if cluster == LOCAL:
        settings = importlib.import_module("dask").config
        with settings.set(_ALLOWED_FAILURES):
            made = dask.LocalCluster(
                n_workers=slots,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
        stack.callback(made.close)
        return dask.Client(made)
    try:
        client = dask.Client(cluster, timeout=_CONNECT_S)
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        expected = f"has no scheduler with workers that answers ({error})"
        remedy = "Start one with `dask scheduler` and `dask worker ADDRESS --nthreads 1`, or use --cluster local."
        raise CaseFaults([Fault(f"--cluster {cluster}", expected, remedy)]) from error
    return client


def distributed() -> Any:  # noqa: ANN401  a module that need not be installed
    """Returns the package; raises CaseFaults where it is not installed."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        remedy = "Run `pip install 'fleetplan[distributed]'`, or leave --executor out."
        raise CaseFaults([Fault("--executor dask", "needs the package distributed", remedy)]) from error
