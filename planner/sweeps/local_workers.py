"""Worker processes on this machine: each with a solver of its own, replaced when it is ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from planner.errors import InternalError
from planner.files.whole_writing import open_log
from planner.sweeps.payload import KeyedPoint
from planner.sweeps.point_store import LOG, PointOutcome, Store
from planner.sweeps.points import PointStatus
from planner.sweeps.pools import PointEnd, Start
from planner.sweeps.sweep_worker import BEGUN, LOST

MOST_FALSE_STARTS = 10
"""Workers in a row that may end before they begin a point."""
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_LEAVE_S = 5.0

_Inbox = queue.Queue[tuple["_Process", dict[str, Any] | None]]


class LocalPool:
    """As many worker processes as slots; each is started when its slot is first given a point.

    `lock` is the open file of the sweep's lock, which the workers hold with their parent.
    """

    def __init__(self, store: Store, drafts: str, *, slots: int, lock: int) -> None:
        self.slots = slots
        self._store, self._drafts, self._lock = store, drafts, lock
        self._inbox: _Inbox = queue.Queue()
        self._workers: dict[int, _Process] = {}
        self._false_starts = 0

    @property
    def pids(self) -> list[int]:
        """The process numbers of the workers."""
        return [worker.pid for worker in self._workers.values()]

    def give(self, slot: int, entry: KeyedPoint, start: Start) -> None:
        """Tells a worker the point; it reads the start from the folder."""
        if slot not in self._workers:
            self._workers[slot] = _Process(slot, self._store.folder, self._drafts, self._lock, self._inbox)
        self._workers[slot].begin(entry)

    def ended(self, seconds: float) -> list[PointEnd]:
        """Returns what has ended; a worker that was ended while at work is one of these.

        Raises:
            InternalError: one worker after the other ends before it begins a point.
        """
        found: list[PointEnd] = []
        with contextlib.suppress(queue.Empty):
            found += self._learned(*self._inbox.get(timeout=seconds))
            while True:
                found += self._learned(*self._inbox.get_nowait())
        return found

    def close(self) -> None:
        """Ends all workers at once."""
        for worker in self._workers.values():
            worker.let_go()
        for worker in self._workers.values():
            worker.end()
        self._workers.clear()

    def _learned(self, worker: _Process, message: dict[str, Any] | None) -> list[PointEnd]:
        if message is None:
            return self._lost(worker)
        if message["said"] == BEGUN:
            worker.has_begun, self._false_starts = True, 0
            return []
        worker.entry, worker.has_begun = None, False
        if message["said"] == LOST:
            return [PointEnd(worker.slot, None, message["ending"])]
        performed = PointOutcome(PointStatus(message["said"]), seconds=message["seconds"])
        return [PointEnd(worker.slot, performed, is_kept=True)]

    def _lost(self, worker: _Process) -> list[PointEnd]:
        ending = worker.end()
        entry = worker.entry
        del self._workers[worker.slot]
        if entry is None:
            return []
        if worker.has_begun:
            return [PointEnd(worker.slot, None, ending)]
        self._false_starts += 1
        if self._false_starts >= MOST_FALSE_STARTS:
            msg = f"The workers of the sweep do not start: the last one {ending}.\n{self._store.last_words()}"
            raise InternalError(msg)
        # The point was not begun, so it is not to blame.
        self.give(worker.slot, entry, lambda: None)
        return []


class _Process:
    """A worker process; what it says, and None once it has ended, goes to the inbox."""

    def __init__(self, slot: int, folder: Path, drafts: str, lock: int, inbox: _Inbox) -> None:
        self.slot = slot
        self.entry: KeyedPoint | None = None
        self.has_begun = False
        root = Path(__file__).parents[2]
        paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | dict.fromkeys(_ONE_THREAD, "1") | {"PYTHONPATH": os.pathsep.join(paths)}
        with open_log(folder / LOG) as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "planner.sweeps.sweep_worker", str(folder), drafts],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                # Ctrl-C in a terminal reaches its own group of processes only.
                process_group=0,
                pass_fds=(lock,),
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._thread = threading.Thread(target=self._listen, args=(self._replies, inbox), daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    def begin(self, entry: KeyedPoint) -> None:
        """Tells the worker a point; that it has gone is learned from its silence."""
        self.entry = entry
        with contextlib.suppress(OSError):
            self._requests.write(f"{entry.key}\n".encode())
            self._requests.flush()

    def let_go(self) -> None:
        """Closes our end, upon which the worker ends itself and its solver."""
        with contextlib.suppress(OSError):
            self._requests.close()

    def end(self) -> str:
        """Waits until the worker has ended, ends it where it does not, and returns how it ended."""
        self.let_go()
        try:
            code = self._process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._thread.join()
        self._replies.close()
        return _exit_as_text(code)

    def _listen(self, replies: IO[bytes], inbox: _Inbox) -> None:
        for line in replies:
            with contextlib.suppress(ValueError):
                inbox.put((self, json.loads(line)))
        inbox.put((self, None))


def _exit_as_text(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = " (the system may have run out of memory)" if name == "SIGKILL" else ""
    return f"was ended by {name}{hint}"
