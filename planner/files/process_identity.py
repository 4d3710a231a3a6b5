"""A process by machine, number and start, which separates what it has left behind from what it still uses."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import socket
from pathlib import Path

_IDENTITY = re.compile(r"([0-9a-f]{8})-(\d+)-(\d+)")
_DEAD_STATES = frozenset("ZX")


def own_identity() -> str:
    """Returns the machine, number and start of this process as text for the name of a file."""
    return f"{_machine()}-{os.getpid()}-{_start_of(os.getpid())}"


def has_ended(identity: str) -> bool:
    """True where a process of this machine has ended; False where it runs, or nobody here can tell."""
    found = _IDENTITY.fullmatch(identity)
    if found is None or found[1] != _machine():
        return False
    number, start = int(found[2]), int(found[3])
    return not is_running(number) or _start_of(number) != start


def is_running(number: int) -> bool:
    """True where a process of this number runs here, whoever it belongs to."""
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return _stat_of(number)[:1] not in [[state] for state in _DEAD_STATES]


@functools.cache
def _machine() -> str:
    """Returns eight digits that name this machine, and the space in which its processes are counted."""
    try:
        space = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        space = 0
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _start_of(number: int) -> int:
    """Returns when a process began, in ticks since the system began; 0 where the system does not say."""
    fields = _stat_of(number)
    return int(fields[19]) if len(fields) > 19 else 0


def _stat_of(number: int) -> list[str]:
    """Returns what Linux says of a process, from its state on; nothing elsewhere."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
