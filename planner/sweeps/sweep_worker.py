"""A worker of a sweep: `python -m planner.sweeps.sweep_worker FOLDER DRAFTS`, driven by its parent through its pipes.

It receives the key of a point, works it out, writes it to the folder and reports that. When the parent has gone, it
ends at once, and the solver's process with it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from planner.sweeps.payload import loaded
from planner.sweeps.point_runner import PointRunner, SolverKilledError
from planner.sweeps.point_store import Store
from planner.sweeps.pools import killed_text

BEGUN, LOST = "begun", "lost"
_ERROR_STREAM = 2


class Worker:
    """Reads keys in one thread and works in another, so that the end of the parent is noticed at any time."""

    def __init__(self, store: Store, requests: BinaryIO, replies: BinaryIO) -> None:
        self._store = store
        self._requests = requests
        self._replies = replies
        self._writing = threading.Lock()
        self._inbox: queue.Queue[str] = queue.Queue()
        self._runner: PointRunner | None = None

    def run(self) -> None:
        """Works until the parent closes its end; never returns."""
        threading.Thread(target=self._read, daemon=True).start()
        sweep = loaded(self._store.files())
        entries = {entry.key: entry for entry in reversed(sweep.entries)}
        self._runner = PointRunner(sweep)
        while True:
            entry = entries[self._inbox.get()]
            # From here on the point is to blame for the end of this process.
            self._send({"said": BEGUN})
            try:
                done = self._runner.perform(entry, self._store.plan_bytes(entry.after))
            except SolverKilledError as killed:
                self._send({"said": LOST, "ending": killed_text(killed)})
                continue
            with self._writing:
                self._store.write(entry, done)
            self._send({"said": done.status.value, "key": entry.key, "seconds": done.seconds})

    def _send(self, message: dict[str, object]) -> None:
        try:
            self._replies.write(json.dumps(message).encode() + b"\n")
            self._replies.flush()
        except BrokenPipeError:
            self._leave()

    def _read(self) -> None:
        for line in self._requests:
            self._inbox.put(line.decode().strip())
        self._leave()

    def _leave(self) -> None:
        """Ends this process and the solver's; a point that is being written is written first, and no other after."""
        self._writing.acquire()
        try:
            if self._runner is not None:
                self._runner.close()
        finally:
            os._exit(0)


def main() -> None:
    """Starts the worker on its standard pipes; whatever libraries print goes to the log."""
    # The terminal sends Ctrl-C to every process; only the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(_ERROR_STREAM, 1)
    Worker(Store(Path(sys.argv[1]), sys.argv[2]), sys.stdin.buffer, replies).run()


if __name__ == "__main__":
    main()
