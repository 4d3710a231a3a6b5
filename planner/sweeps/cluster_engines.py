"""Engines on the workers of a Dask cluster, for a plan whose solves are shared by many.

A question travels with all that its answer depends on and its answer comes back, so that workers keep nothing and no
disk needs to be shared. Dask begins a question again where its worker has ended.
"""

from __future__ import annotations

import pickle
import secrets
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from models.outcome import Outcome, Progress, Status, Stop
from models.solvers import wire
from models.solvers.catalogue import NATIVE, facts_of
from models.solvers.child import Engine
from planner.errors import InternalError
from planner.sweeps.dask_cluster import LOCAL, Cluster, WorkerLostError
from planner.sweeps.payload import versions

_TICK_S = 0.05
_LEVEL = 1


class ClusterEngine(Engine):
    """An engine that is wherever the cluster has one free."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(facts_of(NATIVE))
        self._cluster = cluster

    def solve_now(
        self,
        question: wire.Solve,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Returns the outcome from the cluster, without progress; what is stopped meanwhile has none.

        Raises:
            InternalError: a worker cannot take part, or the cluster has gone.
        """
        data = zlib.compress(pickle.dumps(question.without_names, protocol=5), _LEVEL)
        ended, future = threading.Event(), self._cluster.submit(_answered, data)
        future.add_done_callback(lambda _: ended.set())
        while not ended.wait(_TICK_S):
            if should_stop is not None and should_stop():
                future.cancel()
                return Outcome(Status.NOTHING_FOUND, Stop.INTERRUPT, NATIVE, self.version)
        try:
            outcome: Outcome = self._cluster.result_of(future)
        except WorkerLostError as lost:
            return Outcome(Status.FAILED, Stop.KILLED, NATIVE, self.version, detail=str(lost))
        return outcome


@contextmanager
def cluster_engines(cluster: str | None, *, slots: int, most: int | None) -> Iterator[list[Engine]]:
    """Gives as many engines as the cluster has threads, at most `most`; with a cluster of its own, `slots`.

    Raises:
        CaseFaults: the package is not installed, or there is no scheduler at the address.
    """
    name = f"fleetplan-{secrets.token_hex(8)}"
    with Cluster(cluster or LOCAL, name, partial(_started, versions()), slots=slots) as found:
        yield [ClusterEngine(found) for _ in range(found.threads(most))]


def _started(planned_with: dict[str, str]) -> Engine:
    """Starts the engine of a thread.

    Raises:
        InternalError: other versions run here than where the plan is made.
    """
    if planned_with != versions():
        msg = f"the plan is made with {planned_with}, and {versions()} are installed here; install the same"
        raise InternalError(msg)
    return Engine.start(NATIVE)


def _answered(engine: Engine, data: bytes) -> Outcome:
    """Answers a question on a worker of the cluster."""
    question: wire.Solve = pickle.loads(zlib.decompress(data))
    return engine.solve_now(question)
