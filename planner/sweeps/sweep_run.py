"""Runs a sweep: every point once, whatever is killed and however often it is begun again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.solvers.catalogue import facts_of
from planner.errors import CaseFaults, Fault
from planner.interrupts import Interrupts
from planner.sweeps.local_workers import LocalPool
from planner.sweeps.payload import KeyedPoint, LoadedSweep, files_of, loaded
from planner.sweeps.point_store import PointOutcome, Store, require_folder
from planner.sweeps.points import PointResult, PointStatus, StoredPlan, Sweep, SweepWatcher, work_of
from planner.sweeps.pools import PointEnd, Pool, SerialPool
from planner.sweeps.scheduler import Scheduler
from planner.sweeps.sweep_lock import SweepLock

MOST_KILLS = 3
"""So often may a point end its worker before it is set aside."""
EXECUTORS = ("local", "serial", "dask")
_TICK_S = 0.1


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What is known of a sweep after a run; `points` are those that are finished, in the order of the sweep."""

    folder: Path
    points: Mapping[str, PointResult]
    missing: tuple[str, ...]
    """Points that are not finished: the run was stopped, or they belong to another shard."""
    is_stopped: bool
    worked_out: int
    """Points that this run has finished; the others were there."""

    def named(self, status: PointStatus) -> tuple[str, ...]:
        """Returns the names of the points that ended in a certain way."""
        return tuple(point.name for point in self.points.values() if point.status is status)

    @property
    def failed(self) -> tuple[str, ...]:
        """Points whose work raised an exception."""
        return self.named(PointStatus.FAILED)

    @property
    def quarantined(self) -> tuple[str, ...]:
        """Points that ended their worker three times."""
        return self.named(PointStatus.QUARANTINED)

    def plan(self, name: str) -> StoredPlan | None:
        """Returns the plan that a point has stored; None where there is none."""
        point = self.points.get(name)
        return None if point is None else Store(self.folder, "").plan(point.key)


class NoSweepProgress:
    """A watcher that shows nothing."""

    def begin(self, total: int, done: int) -> None:
        """Learns how many points there are."""

    def point(self, name: str, status: str, seconds: float) -> None:
        """Learns that a point is finished."""

    def end(self) -> None:
        """Learns that the run ends."""


def run(
    sweep: Sweep,
    folder: Path,
    *,
    workers: int | None = None,
    executor: str = "local",
    cluster: str | None = None,
    watcher: SweepWatcher | None = None,
    should_stop: Callable[[], bool] | None = None,
    shard: tuple[int, int] | None = None,
    retry: bool = False,
) -> SweepResult:
    """Works out all points that are not finished in the folder, and returns what is known of all of them.

    `executor` is `local` (processes on this machine, as many as it has cores unless `workers` says so), `serial` (this
    process) or `dask` (`cluster` is the address of its scheduler, or `local`). `shard` = (k, n) works out every n-th
    chain of points from the k-th on, with what these start from. `retry` restarts failed and quarantined points, with
    all that start from them. Once `should_stop` is true the points that are being worked out are finished and no other
    is begun. Without `should_stop` the first Ctrl-C asks for that and the second raises KeyboardInterrupt at once;
    whatever is finished is kept.

    Raises:
        CaseFaults: the folder is in use or holds something else, or `dask` is asked for and not installed.
        InternalError: the work cannot be found, workers do not start, or a file cannot be written.
        UnknownEngineError: there is no such solver.
    """
    require_executor(executor, cluster, workers)
    work_of(sweep.work)
    facts_of(sweep.options.solver)
    files = files_of(sweep)
    folder = Path(os.path.abspath(folder))  # noqa: PTH100  a link that the user names stays a link
    require_folder(folder)
    with ExitStack() as stack:
        if should_stop is None:
            keys = stack.enter_context(Interrupts())
            keys.keep_plans()
            should_stop = lambda: keys.asked  # noqa: E731
        lock = stack.enter_context(SweepLock(folder, shard))
        store = Store(folder, lock.name)
        store.prepare(files)
        stack.callback(store.clear)
        said = loaded(files)
        if retry:
            _forget_troubles(store, said.entries)
        finished = {entry.key for entry in said.entries if store.read(entry) is not None}
        scheduler = Scheduler(said.entries, finished, shard)
        driver = SweepDriver(store, said, scheduler, watcher or NoSweepProgress())
        with driver.followed():
            if scheduler.left:
                slots = max(1, min(workers or core_count(), scheduler.chain_count))
                pool = _pool(executor, cluster, files=files, store=store, lock=lock, slots=slots, workers=workers)
                stack.callback(pool.close)
                driver.drive(pool, should_stop)
        return _result(store, said, scheduler, driver)


class SweepDriver:
    """Gives points to the slots of a pool and keeps what comes of them."""

    def __init__(self, store: Store, sweep: LoadedSweep, scheduler: Scheduler, watcher: SweepWatcher) -> None:
        self.finished = 0
        self.is_stopped = False
        self._store, self._agenda, self._watcher = store, scheduler, watcher
        self._running: dict[int, KeyedPoint] = {}
        self._names: dict[str, list[str]] = {}
        for entry in sweep.entries:
            if entry.key in scheduler.keys:
                self._names.setdefault(entry.key, []).append(entry.point.name)

    def followed(self) -> ExitStack:
        """Tells the watcher that the run begins, and on leaving that it ends."""
        total = sum(len(names) for names in self._names.values())
        self._watcher.begin(total, total - sum(len(self._names[key]) for key in self._agenda.open_keys))
        stack = ExitStack()
        stack.callback(self._watcher.end)
        return stack

    def drive(self, pool: Pool, should_stop: Callable[[], bool]) -> None:
        """Returns once everything is finished, or once asked to stop and nothing is being worked out."""
        while True:
            self.is_stopped = self.is_stopped or (self._agenda.left > len(self._running) and should_stop())
            if not self.is_stopped:
                self._fill(pool)
            if not self._running:
                return
            for ended in pool.ended(_TICK_S):
                self._take(ended)

    def _fill(self, pool: Pool) -> None:
        for slot in range(pool.slots):
            if slot not in self._running:
                entry = self._agenda.take(slot)
                if entry is not None:
                    self._running[slot] = entry
                    pool.give(slot, entry, partial(self._store.plan_bytes, entry.after))

    def _take(self, ended: PointEnd) -> None:
        entry = self._running.pop(ended.slot)
        done = ended.performed
        if done is None:
            kept = self._store.read(entry)
            if kept is not None:
                # The worker was ended between the last step of writing and saying so.
                self._finish(entry, kept.status, kept.seconds or 0.0)
                return
            kills = self._store.add_attempt(entry, ended.ending)
            if kills < MOST_KILLS and not ended.is_hopeless:
                self._agenda.put_back(ended.slot, entry)
                return
            done = PointOutcome(PointStatus.QUARANTINED, message=f"ended its worker {MOST_KILLS} times")
        if not ended.is_kept:
            self._store.write(entry, done)
        self._finish(entry, done.status, done.seconds)

    def _finish(self, entry: KeyedPoint, status: PointStatus, seconds: float) -> None:
        self._agenda.finish(entry.key)
        self.finished += 1
        for name in self._names[entry.key]:
            self._watcher.point(name, status.value, seconds)


def core_count() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require_executor(executor: str, cluster: str | None, workers: int | None) -> None:
    """Raises CaseFaults where there is no such executor, or it does not go with the other two."""
    remedy = f"Name one of {', '.join(EXECUTORS)}."
    if executor not in EXECUTORS:
        raise CaseFaults([Fault("--executor", "is not an executor", remedy, value=executor)])
    if cluster is not None and executor != "dask":
        raise CaseFaults([Fault(f"--cluster {cluster}", "needs the executor dask", "Add --executor dask.")])
    if workers is not None and workers < 1:
        raise CaseFaults([Fault("--workers", "must be at least 1", "Leave it out for all cores.", value=str(workers))])


def _pool(
    executor: str,
    cluster: str | None,
    *,
    files: Mapping[str, bytes],
    store: Store,
    lock: SweepLock,
    slots: int,
    workers: int | None,
) -> Pool:
    if executor == "serial":
        return SerialPool(files)
    if executor == "local":
        return LocalPool(store, lock.name, slots=slots, lock=lock.handle)
    # The distributed engine takes a second to import and is an extra.
    from planner.sweeps.dask_cluster import LOCAL
    from planner.sweeps.dask_pool import DaskPool

    return DaskPool(files, cluster or LOCAL, slots=slots, most=workers)


def _forget_troubles(store: Store, entries: Sequence[KeyedPoint]) -> None:
    """Forgets failed and quarantined points, and all that would have started from them."""
    followers: dict[str | None, list[KeyedPoint]] = {}
    for entry in entries:
        followers.setdefault(entry.after, []).append(entry)
    troubled = []
    for entry in entries:
        found = store.read(entry)
        if found is not None and found.status is not PointStatus.DONE:
            troubled.append(entry.key)
    for key in troubled:
        store.forget(key)
        troubled.extend(entry.key for entry in followers.get(key, []))


def _result(store: Store, sweep: LoadedSweep, scheduler: Scheduler, driver: SweepDriver) -> SweepResult:
    found = {entry.point.name: store.read(entry) for entry in sweep.entries}
    return SweepResult(
        store.folder,
        {name: point for name, point in found.items() if point is not None},
        tuple(name for name, point in found.items() if point is None),
        driver.is_stopped,
        driver.finished,
    )
