"""A Dask cluster, on this machine or behind the address of a scheduler, with something warm in each worker thread.

Dask replaces workers and begins their work again; work that has ended three of them comes back as lost (a scheduler of
your own decides that by its `distributed.scheduler.allowed-failures`).
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import logging
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self

from planner.errors import CaseFaults, Fault, InternalError

LOCAL = "local"
_ALLOWED_FAILURES = {"distributed.scheduler.allowed-failures": 2}
_CONNECT_S = 30


class WorkerLostError(Exception):
    """Some work has ended its worker as often as the cluster allows."""


class Resource(Protocol):
    """What a thread of a worker keeps from one piece of work to the next."""

    def close(self) -> None:
        """Ends the processes behind it."""


class ThreadResources:
    """What each worker of a cluster keeps: a resource for each of its threads, made when it is first needed."""

    def __init__(self, name: str, make: Callable[[], Resource], *, is_local: bool) -> None:
        self.name = name
        self._make, self._is_local = make, is_local

    def setup(self, worker: Any) -> None:  # noqa: ANN401  a worker of Dask, which has no types
        """Learns that the worker begins."""
        self._own = threading.local()
        self._made: list[Resource] = []
        if self._is_local:
            # The terminal sends Ctrl-C to every process; only the parent decides what it means.
            with contextlib.suppress(ValueError):
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Any) -> None:  # noqa: ANN401
        """Closes the resources."""
        for resource in self._made:
            resource.close()

    def of_thread(self) -> Resource:
        """Returns the resource of the thread that asks."""
        if not hasattr(self._own, "resource"):
            self._own.resource = self._make()
            self._made.append(self._own.resource)
        found: Resource = self._own.resource
        return found


class Cluster:
    """A cluster whose threads each have what `make` returns; with one of its own, `slots` workers of one thread.

    Close it, or use it as a context manager: a cluster of its own ends then, another forgets the resources.

    Raises:
        CaseFaults: the package is not installed, or there is no scheduler with workers at the address.
    """

    def __init__(self, address: str, name: str, make: Callable[[], Resource], *, slots: int) -> None:
        self._dask, self._name, self._numbers = _distributed(), name, itertools.count()
        with ExitStack() as stack:
            self._client = _connected(self._dask, address, slots, stack)
            stack.callback(self._client.close)
            # A class of Dask's is needed, and Dask need not be installed where this module is read.
            plugin_class: Any = type("ThreadResourcesPlugin", (ThreadResources, self._dask.WorkerPlugin), {})
            self._client.register_plugin(plugin_class(name, make, is_local=address == LOCAL))
            stack.callback(self._forget)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends a cluster of its own; the resources on another's workers end too."""
        self._stack.close()

    def threads(self, most: int | None) -> int:
        """Returns how many threads the cluster has, at most `most`."""
        found: int = sum(self._client.nthreads().values())
        return max(1, found if most is None else min(most, found))

    def submit(self, work: Callable[..., object], *arguments: object) -> Any:  # noqa: ANN401  a future of Dask
        """Sends out work, which is called with the resource of its thread and the arguments."""
        key = f"{self._name}-{next(self._numbers)}"
        return self._client.submit(_worked, self._name, work, arguments, key=key, pure=False)

    def result_of(self, future: Any) -> Any:  # noqa: ANN401
        """Returns what work that has ended has returned.

        Raises:
            WorkerLostError: it has ended its worker as often as the cluster allows.
            InternalError: a worker cannot take part, or the cluster has gone.
        """
        if future.status == "finished":
            return future.result()
        if future.status != "error":
            msg = f"The cluster gave up on its work ({future.status}). Run the same command again to continue."
            raise InternalError(msg)
        error = future.exception()
        if isinstance(error, self._dask.KilledWorker):
            raise WorkerLostError(str(error)) from error
        msg = f"A worker of the cluster cannot work: {type(error).__name__}: {error}"
        raise InternalError(msg) from error

    def _forget(self) -> None:
        # A cluster that has gone has forgotten it already.
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            self._client.unregister_worker_plugin(self._name)


def _worked(name: str, work: Callable[..., object], arguments: tuple[object, ...]) -> object:
    """Does some work on a worker of the cluster."""
    worker = importlib.import_module("distributed").get_worker()
    resources: ThreadResources = worker.plugins[name]
    return work(resources.of_thread(), *arguments)


def _connected(dask: Any, address: str, slots: int, stack: ExitStack) -> Any:  # noqa: ANN401
    """Returns a client of a cluster; of its own, which `stack` ends, where the address is `local`."""
    if address == LOCAL:
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
        client = dask.Client(address, timeout=_CONNECT_S)
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        expected = f"has no scheduler with workers that answers ({error})"
        remedy = "Start one with `dask scheduler` and `dask worker ADDRESS --nthreads 1`, or use --cluster local."
        raise CaseFaults([Fault(f"--cluster {address}", expected, remedy)]) from error
    return client


def _distributed() -> Any:  # noqa: ANN401  a module that need not be installed
    """Returns the package; raises CaseFaults where it is not installed."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        remedy = "Run `pip install 'fleetplan[distributed]'`, or leave --executor out."
        raise CaseFaults([Fault("--executor dask", "needs the package distributed", remedy)]) from error
