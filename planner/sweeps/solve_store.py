"""The solves of a plan that is being made, in one file: a plan that was ended from outside finds them and goes on.

The file begins with what it belongs to; each solve is then added at its end, with a checksum of its own. One that was
torn by the end of the process, or of the machine, is cut off with all that follows, and solved again. The file is held
by the lock of the operating system while a plan is made, and goes when the plan is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from pathlib import Path

from planner.errors import CaseFaults, Fault
from planner.files.run_approval import require_unapproved
from planner.files.whole_writing import open_lock
from planner.sweeps.sweep_lock import try_lock

PREFIX, SUFFIX = "plan-", ".solves"
_MAGIC = b"fleetplan solves, form 1\n"
_DIGEST = hashlib.sha256().digest_size
_LENGTH_BYTES = 8
_HEAD = _LENGTH_BYTES + 2 * _DIGEST
_MOST_BYTES = 1_000_000_000
"""Of one solve; more is no solve."""


class SolveStore:
    """Stores solves under keys in the file `path`, for a plan that `content` names; any thread may ask.

    The file is made with the first solve. Where it cannot be written, nothing is stored any more: `trouble` says why.

    Raises:
        CaseFaults: something else lies at `path`, or it lies in an approved run.
    """

    def __init__(self, path: Path, content: bytes) -> None:
        require_unapproved(path)
        self.path = path
        self.added = 0
        """Solves that this run has stored."""
        self.trouble = ""
        self._head = _MAGIC + hashlib.sha256(content).digest()
        self._handle = -1
        self._at: dict[bytes, tuple[int, int]] = {}
        self._end = 0
        self._guard = threading.Lock()
        self._is_closed = False
        self._made: list[Path] = []
        if os.path.lexists(path):
            self._open()
        self._left = set(self._at)
        self.known = len(self._left)
        """Solves that an earlier run has left."""

    @property
    def found(self) -> int:
        """Solves that an earlier run has left and that were asked for."""
        return self.known - len(self._left)

    def find(self, key: bytes) -> bytes | None:
        """Returns what was stored under a key; None where nothing was."""
        with self._guard:
            place = self._at.get(key)
            if place is None or self._handle < 0:
                return None
            os.lseek(self._handle, place[0], os.SEEK_SET)
            data = _read(self._handle, place[1])
            self._left.discard(key)
            return data

    def keep(self, key: bytes, data: bytes) -> None:
        """Adds a solve at the end of the file."""
        record = len(data).to_bytes(_LENGTH_BYTES, "little") + key + _sum(key, data) + data
        with self._guard:
            if self.trouble or self._is_closed or key in self._at:
                return
            if self._handle < 0:
                self._open()
            if self.trouble:
                return
            try:
                self._write(self._end, record)
            except OSError as error:
                self._give_up(f"{error.strerror or error}")
                return
            self._at[key] = self._end + _HEAD, len(data)
            self._end += len(record)
            self.added += 1

    @property
    def size_mb(self) -> float:
        """MB of the file."""
        return self._end / 1e6

    def remove(self) -> None:
        """Takes the file away, and the folders that were made for it as far as nothing else lies there."""
        if self._handle < 0:
            return
        # The name goes first: whoever waits for the lock then finds that it is of a file that is gone.
        with contextlib.suppress(OSError):
            self.path.unlink()
        self.close()
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def close(self) -> None:
        """Lets go of the file, which stays."""
        self._is_closed = True
        self._let_go()

    def _let_go(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def _open(self) -> None:
        """Opens the file, which is made where it is missing, and reads what holds."""
        try:
            for folder in [*reversed(self.path.parents)]:
                if not folder.exists():
                    folder.mkdir()
                    self._made.append(folder)
            self._handle = open_lock(self.path)
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return
        if not try_lock(self._handle):
            self._let_go()
            self.trouble = "another run of the same plan stores its solves there"
            return
        size = os.fstat(self._handle).st_size
        head = _read(self._handle, len(self._head))
        if head == self._head:
            self._end = self._index(size)
        elif not _MAGIC.startswith(head[: len(_MAGIC)]):
            self._let_go()
            remedy = "Move it away, or name another folder with --points."
            raise CaseFaults([Fault(str(self.path), "does not hold the solves of a plan", remedy)])
        else:
            self._end = 0
        try:
            os.ftruncate(self._handle, self._end)
            if self._end == 0:
                self._write(0, self._head)
                self._end = len(self._head)
        except OSError as error:
            self._give_up(f"{error.strerror or error}")

    def _index(self, size: int) -> int:
        """Learns where the whole solves lie, and returns where they end."""
        at = len(self._head)
        while at + _HEAD <= size:
            os.lseek(self._handle, at, os.SEEK_SET)
            head = _read(self._handle, _HEAD)
            length, key = int.from_bytes(head[:_LENGTH_BYTES], "little"), head[_LENGTH_BYTES : _LENGTH_BYTES + _DIGEST]
            if length > min(_MOST_BYTES, size - at - _HEAD):
                break
            data = _read(self._handle, length)
            if _sum(key, data) != head[_LENGTH_BYTES + _DIGEST :]:
                break
            self._at[key] = at + _HEAD, length
            at += _HEAD + length
        return at

    def _write(self, at: int, data: bytes) -> None:
        os.lseek(self._handle, at, os.SEEK_SET)
        left = memoryview(data)
        while left:
            left = left[os.write(self._handle, left) :]

    def _give_up(self, why: str) -> None:
        """Cuts off what was not written in whole; what is whole can still be found."""
        self.trouble = why
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, self._end)


def is_solves(name: str) -> bool:
    """True for the name of a file of solves."""
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def _sum(key: bytes, data: bytes) -> bytes:
    return hashlib.sha256(key + data).digest()


def _read(handle: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(handle, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
