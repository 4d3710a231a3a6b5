"""One run at a time in the folder of a sweep.

The lock is one of the operating system on a file that says who holds it, so it goes when its holder goes, however that
ends. Workers hold it with their parent: after a parent was killed, the next run waits until the last worker has gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from planner.errors import CaseFaults, Fault
from planner.files.process_identity import is_running
from planner.files.whole_writing import open_lock

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

WAIT_S = 20.0
"""Seconds that a run waits for the workers of one that was killed."""
_TICK_S = 0.05
_FAR = 1 << 30
_WHOLE = "lock"
_SHARD = re.compile(r"lock-(\d+)-of-(\d+)")

Shard = tuple[int, int]


def is_lock(name: str) -> bool:
    """True for the name of a lock."""
    return name == _WHOLE or _SHARD.fullmatch(name) is not None


class SweepLock:
    """Held while it is entered; shards of the same division may run beside each other, nothing else may.

    Raises:
        CaseFaults: another run holds it.
    """

    def __init__(self, folder: Path, shard: Shard | None) -> None:
        self.name = _WHOLE if shard is None else f"lock-{shard[0]}-of-{shard[1]}"
        self._folder = folder
        self._shard = shard
        self._handle = -1

    @property
    def handle(self) -> int:
        """The open file that holds the lock; a process that inherits it holds the lock too."""
        return self._handle

    def __enter__(self) -> Self:
        path = self._folder / self.name
        self._handle = _acquired(path)
        with contextlib.ExitStack() as unless_it_is_ours:
            unless_it_is_ours.callback(_release, path, self._handle)
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
            for other in sorted(self._folder.glob("lock*")):
                if is_lock(other.name) and other.name != self.name and not self._may_run_beside(other.name):
                    _release(other, _acquired(other))
            unless_it_is_ours.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _release(self._folder / self.name, self._handle)

    def _may_run_beside(self, name: str) -> bool:
        found = _SHARD.fullmatch(name)
        return self._shard is not None and found is not None and int(found[2]) == self._shard[1]


def _acquired(path: Path) -> int:
    """Returns the open file of a lock that is ours now."""
    until = time.monotonic() + WAIT_S
    while True:
        handle = _opened(path)
        if try_lock(handle):
            if _is_at(handle, path):
                return handle
        elif _is_held_by_a_run(holder := _holder(handle)) or time.monotonic() > until:
            os.close(handle)
            raise CaseFaults([_refusal(path, holder)])
        os.close(handle)
        time.sleep(_TICK_S)


def _opened(path: Path) -> int:
    """Returns the open file of a lock, which holds nothing but what a lock says.

    Raises:
        CaseFaults: something else is there.
    """
    remedy = "Move it away, or name another folder."
    try:
        handle = open_lock(path)
    except OSError as error:
        expected = f"cannot be the lock of a sweep ({error.strerror or error})"
        raise CaseFaults([Fault(str(path), expected, remedy)]) from error
    if os.fstat(handle).st_size and not _holder(handle):
        os.close(handle)
        raise CaseFaults([Fault(str(path), "is not the lock of a sweep", remedy)])
    return handle


def _release(path: Path, handle: int) -> None:
    # The name goes first: whoever waits for the lock then finds that it is of a file that is gone.
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(handle)


def try_lock(handle: int) -> bool:
    """Takes the lock of an open file; returns False where another process has it."""
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    """True when the open file still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(handle: int) -> dict[str, Any]:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        found = json.loads(os.read(handle, 1000))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_held_by_a_run(holder: dict[str, Any]) -> bool:
    """True unless the holder has gone from this machine and only its workers are left, which end soon."""
    pid, host = holder.get("pid"), holder.get("host")
    if not isinstance(pid, int):
        return False
    if host != socket.gethostname() or sys.platform == "win32":
        return True
    return is_running(pid)


def _refusal(path: Path, holder: dict[str, Any]) -> Fault:
    who = f"process {holder.get('pid', 'unknown')} on {holder.get('host', 'an unknown machine')}"
    remedy = "Wait until it has ended, or name another folder."
    return Fault(str(path.parent), f"is in use by another run of this sweep ({who})", remedy)
