"""A process of its own that writes the workbook of a run while this one writes everything else.

It is started while the solver works, when one of the machine's cores has nothing to do, and has its libraries loaded
and its first sheet written by the time there is a plan. Without it the workbook is written here, the same.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

import planner

if TYPE_CHECKING:
    from planner.case import ReadCase
    from planner.export.dossier import Dossier

_LENGTH_BYTES = 8
# A process that does not come back in this time is worth no waiting: the workbook is a matter of a second.
PATIENCE_S = 60.0


class Scribe:
    """A process that begins the workbook of a case and writes that of one plan; a context manager that ends it.

    Raises:
        OSError: the machine does not allow another process.
    """

    def __init__(self, read: ReadCase, name: str) -> None:
        self._read, self._name = read, name
        root = Path(planner.__file__).parent.parent
        paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "planner.export.scribe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            # Ctrl-C in a terminal reaches its own group of processes only.
            process_group=0,
        )
        self._is_fit = False

    def begin(self) -> None:
        """Hands over the case, and waits until the process has loaded its libraries and takes it."""
        self._is_fit = self._send((self._read, self._name))

    def ask(self, dossier: Dossier) -> None:
        """Hands over the plan and returns at once; nothing is asked where the dossier is of another case or name."""
        belongs = dossier.read is self._read and dossier.name == self._name
        self._is_fit = self._is_fit and belongs and self._send((dict(dossier.manifest), dict(dossier.tables)))

    def answer(self) -> bytes | None:
        """Waits and returns the workbook; None where this process has to write it itself."""
        if not self._is_fit:
            return None
        assert self._process.stdout is not None
        limit = threading.Timer(PATIENCE_S, self._process.kill)
        limit.start()
        try:
            return _received(self._process.stdout)
        finally:
            limit.cancel()

    def stop(self) -> None:
        """Ends the process; whoever waits for it in another thread goes on."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process and waits until it has gone."""
        self.stop()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, parts: tuple[object, object]) -> bool:
        assert self._process.stdin is not None
        try:
            _write(self._process.stdin, pickle.dumps(parts, protocol=5))
        except (OSError, ValueError, pickle.PicklingError, TypeError, AttributeError):
            return False
        return True


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Takes a case and the name of its run, then a manifest and its tables, and answers with the workbook."""
    from planner.export.dossier import Dossier
    from planner.export.workbook import begun_workbook, plan_workbook

    case = _received(requests)
    if case is None:
        return
    read, name = pickle.loads(case)
    book = begun_workbook(Dossier({"case": read.case.settings.name}, {}, read, name))
    plan = _received(requests)
    if plan is not None:
        manifest, tables = pickle.loads(plan)
        _write(replies, plan_workbook(Dossier(manifest, tables, read, name), book))


def _write(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "little"))
    stream.write(data)
    stream.flush()


def _received(stream: IO[bytes]) -> bytes | None:
    """Returns the next message; None when the other side has gone before its end."""
    size = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
    data = stream.read(size)
    return data if size and len(data) == size else None


def main() -> None:
    """Serves one plan on the standard pipes; whatever libraries print goes nowhere."""
    gc.disable()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, replies)
    # Its memory goes with it; taking it apart would take time from whoever waits for its end.
    os._exit(0)


if __name__ == "__main__":
    main()
