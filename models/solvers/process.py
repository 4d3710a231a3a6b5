"""One child process that holds a solver: start, talk, measure, end."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import IO

import models
from models.solvers import wire

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""What is multiplied here is small: more threads of numpy's library take 15 ms to start, and spin while they wait."""
_TAIL_BYTES = 2000
_TAIL_LINES = 8
_MB = 1024 * 1024
_ENDING_S = 0.2
"""A child that is just ending has so long for it."""
_FROM_OUTSIDE = (signal.SIGTERM, signal.SIGINT, *([signal.SIGKILL, signal.SIGHUP] if os.name == "posix" else []))
# SCIP in this wheel prints these on every solve; they say nothing about what went wrong.
_NOISE = ("SCIPcatchEvent", "gscip_event_handler", "pressed CTRL-C")


class Child:
    """A running worker; `inbox` receives its messages, and None once it has ended."""

    def __init__(self, name: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the child
        self._scratch = tempfile.TemporaryDirectory(prefix="fleetplan-")
        root = Path(models.__file__).parent.parent
        paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "models.solvers.solver_worker", name, self._scratch.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=ONE_THREAD | os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            # Ctrl-C in a terminal reaches its own group of processes only.
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests = self._process.stdin
        self.inbox: queue.Queue[object] = queue.Queue()
        replies = self._process.stdout
        self._thread = threading.Thread(target=_listen, args=(replies, self.inbox), daemon=True)
        self._thread.start()
        self._watched: set[int] = set()
        self._tail = ""
        self.was_killed = False
        """True once it is known that a signal from outside ended the child."""
        self._end = weakref.finalize(
            self, _end, self._process, self._requests, replies, self._thread, self._errors, self._scratch
        )

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True while the child can be used."""
        return self._end.alive and _code_of(self._process) is None

    def send(self, message: object) -> bool:
        """Sends one message; False when the child has gone."""
        try:
            wire.send(self._requests, message)
        except (OSError, ValueError):
            return False
        return True

    def watch(self, pid: int) -> None:
        """Counts the memory of process `pid` with the child's."""
        self._watched.add(pid)

    def memory_mb(self) -> float | None:
        """Returns the memory that the child holds now, MB; None where the system does not tell."""
        sizes = [_resident_mb(pid) for pid in (self.pid, *self._watched)]
        known = [size for size in sizes if size is not None]
        return sum(known) if known else None

    def end(self) -> None:
        """Ends the child at once, whatever it is doing."""
        self._end()

    def close(self) -> str:
        """Ends the child and returns how it ended and its last words; one that is just ending has 0.2 s for it."""
        if self._end.alive:
            until = time.monotonic() + (_ENDING_S if self.inbox.empty() else 0.0)
            while (code := _code_of(self._process)) is None and time.monotonic() < until:
                time.sleep(_ENDING_S / 20)
            self.was_killed = code is not None and is_killed(code)
            last_words = _tail_of(self._errors)
            self._tail = " ".join(filter(None, [ending(code), last_words]))
            self._end()
        return self._tail


def _code_of(process: subprocess.Popen[bytes]) -> int | None:
    """Returns how a child has ended; None while it runs.

    Its number stays its own until `_end` has asked for it: a number that is free may be that of somebody else's group.
    """
    if not hasattr(os, "waitid") or process.returncode is not None:
        return process.poll()
    try:
        found = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return process.poll()
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def _listen(replies: IO[bytes], inbox: queue.Queue[object]) -> None:
    while (message := wire.receive(replies)) is not None:
        inbox.put(message)
    inbox.put(None)


def _end(
    process: subprocess.Popen[bytes],
    requests: IO[bytes],
    replies: IO[bytes],
    thread: threading.Thread,
    errors: IO[bytes],
    scratch: tempfile.TemporaryDirectory[str],
) -> None:
    """Ends the child and everything that it started; leaves no process, thread, pipe or file behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # A leader that has ended may leave a solver in its group. One that was asked how it ended is gone, and
        # its number may have been given to somebody else.
        if os.name == "posix" and process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        elif os.name != "posix":
            process.kill()
    process.wait()
    with contextlib.suppress(OSError):
        requests.close()
    thread.join()
    replies.close()
    errors.close()
    scratch.cleanup()


def is_killed(code: int) -> bool:
    """True where a process with this exit code was ended by a signal of another one, and did not crash by itself."""
    return code < 0 and -code in {int(one) for one in _FROM_OUTSIDE}


def ending(code: int | None) -> str:
    """Returns how a process with this exit code ended, in words; nothing where it ended well or goes on."""
    if code is None or code == 0:
        return ""
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        if not is_killed(code):
            return f"the solver's process crashed ({name})."
        hint = "; the system does so when it runs out of memory" if name == "SIGKILL" else ""
        return f"the solver's process was killed ({name}{hint})."
    return f"the solver's process ended with code {code}."


def _tail_of(errors: IO[bytes]) -> str:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - _TAIL_BYTES))
    lines = errors.read().decode(errors="replace").splitlines()
    return "\n".join(
        [line for line in lines if line.strip() and not any(word in line for word in _NOISE)][-_TAIL_LINES:]
    )


def _resident_mb(pid: int) -> float | None:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / _MB
