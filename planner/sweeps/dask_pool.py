"""Workers of a distributed engine: Dask, on this machine or behind the address of a scheduler.

Points go out with the plan they start from and come back with their results, which the parent writes: no disk needs to
be shared. The sweep itself travels once to each worker, and to each that comes later. Points whose worker has ended are
begun again, until the cluster gives one up: it comes back as hopeless.
"""

from __future__ import annotations

import contextlib
import hashlib
import queue
from collections.abc import Mapping
from functools import partial
from typing import Any

from planner.sweeps.dask_cluster import Cluster, WorkerLostError
from planner.sweeps.payload import KeyedPoint, loaded
from planner.sweeps.point_runner import PointRunner, SolverKilledError
from planner.sweeps.point_store import PointOutcome
from planner.sweeps.pools import PointEnd, Start, killed_text


class SweepPoints:
    """The points of a sweep by key, which are worked out with a warm solver."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        sweep = loaded(files)
        self._entries = {entry.key: entry for entry in reversed(sweep.entries)}
        self._runner = PointRunner(sweep)

    def perform(self, key: str, start: bytes | None) -> PointOutcome | str:
        """Returns how the work of a point ended; a text says how the solver was lost."""
        try:
            return self._runner.perform(self._entries[key], start)
        except SolverKilledError as killed:
            return killed_text(killed)

    def close(self) -> None:
        """Ends the solver's process."""
        self._runner.close()


class DaskPool:
    """As many points at a time as the cluster has threads; with a cluster of its own, `slots` workers of one thread.

    Raises:
        CaseFaults: the package is not installed, or there is no scheduler at the address.
    """

    def __init__(self, files: Mapping[str, bytes], cluster: str, *, slots: int, most: int | None) -> None:
        self._inbox: queue.Queue[tuple[int, Any]] = queue.Queue()
        name = f"fleetplan-{hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]}"
        self._cluster = Cluster(cluster, name, partial(SweepPoints, dict(files)), slots=slots)
        self.slots = self._cluster.threads(most)

    def give(self, slot: int, entry: KeyedPoint, start: Start) -> None:
        """Sends a point out."""
        future = self._cluster.submit(SweepPoints.perform, entry.key, start())
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
        self._cluster.close()

    def _learned(self, slot: int, future: Any) -> PointEnd:  # noqa: ANN401  a future of Dask
        try:
            performed: PointOutcome | str = self._cluster.result_of(future)
        except WorkerLostError as lost:
            ending = f"ended its worker as often as the cluster allows: {lost}"
            return PointEnd(slot, None, ending, is_hopeless=True)
        return PointEnd(slot, None, performed) if isinstance(performed, str) else PointEnd(slot, performed)
