"""The folder of a sweep: every point that is finished, whole or not at all.

    sweep.json, case.json, base.*   what is worked out (`payload`)
    points/KEY.json                 how a point ended, and its result
    plans/KEY.npz                   the plan that it keeps for its neighbours
    timings/KEY.json                its seconds; the only file of a point that differs from run to run
    attempts/KEY/N.json             how it ended its worker for the Nth time
    sweep.log                       what went wrong, with the traceback

The key of a point is made of all that its result depends on, so a sweep that is changed and run again in the same
folder finds what still holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.errors import CaseFaults, Fault, OutputError, UnreadableError
from planner.files.run_approval import require_unapproved
from planner.files.safe_reading import is_link, kind_of, names_in, read_file
from planner.files.whole_writing import open_log, sync_folder, write_new
from planner.sweeps.payload import BASE, BASE_ARRAYS, CASE, SWEEP, KeyedPoint, json_bytes, unpacked
from planner.sweeps.points import PointResult, PointStatus, StoredPlan
from planner.sweeps.solve_store import is_solves
from planner.sweeps.sweep_lock import is_lock

LOG = "sweep.log"
_MOST_BYTES = 1_000_000_000
_POINTS, _PLANS, _TIMINGS, _ATTEMPTS, _DRAFTS = "points", "plans", "timings", "attempts", ".drafts"


@dataclass(frozen=True)
class PointOutcome:
    """How the work of a point ended; `plan` holds the bytes of an .npz file, `trace` the traceback of a failure."""

    status: PointStatus
    result: Any = None
    message: str = ""
    plan: bytes | None = None
    seconds: float = 0.0
    timing: Mapping[str, float] = field(default_factory=dict)
    trace: str = ""


class Store:
    """Reads and writes the folder of a sweep; drafts lie in a folder of their own named by `drafts`."""

    def __init__(self, folder: Path, drafts: str) -> None:
        self.folder = folder
        self._drafts = folder / _DRAFTS / drafts
        self._drafts_made = 0

    def prepare(self, files: Mapping[str, bytes]) -> None:
        """Makes the folder ready for a sweep; what an earlier run has left unfinished is cleared away.

        Raises:
            OutputError: the folder cannot be written to.
        """
        try:
            for name in (_POINTS, _PLANS, _TIMINGS, _ATTEMPTS):
                (self.folder / name).mkdir(exist_ok=True)
            shutil.rmtree(self._drafts, ignore_errors=True)
            self._drafts.mkdir(parents=True)
            for name in (CASE, BASE, BASE_ARRAYS, SWEEP):
                path = self.folder / name
                if name not in files:
                    path.unlink(missing_ok=True)
                elif self._bytes(path) != files[name]:
                    self._write(path, files[name])
        except OSError as error:
            msg = f"The sweep cannot be written to {self.folder}: {error.strerror or error}."
            raise OutputError(msg) from error

    def clear(self) -> None:
        """Takes away the drafts."""
        shutil.rmtree(self._drafts, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._drafts.parent.rmdir()

    def files(self) -> dict[str, bytes]:
        """Returns the files that say what the sweep is."""
        paths = [self.folder / name for name in (SWEEP, CASE, BASE, BASE_ARRAYS)]
        return {path.name: data for path in paths if (data := self._bytes(path)) is not None}

    def write(self, entry: KeyedPoint, done: PointOutcome) -> None:
        """Keeps how a point ended; only with the last step does it count as finished.

        Raises:
            OutputError: the machine refuses.
        """
        said = {
            "question": entry.point.question,
            "recipe": entry.point.recipe,
            "after": entry.after,
            "status": done.status.value,
            "message": done.message,
            "result": done.result,
            "plan": None if done.plan is None else hashlib.sha256(done.plan).hexdigest(),
        }
        timing = {"seconds": round(done.seconds, 6), "parts": {name: round(s, 6) for name, s in done.timing.items()}}
        try:
            if done.trace:
                self.log(f"point '{entry.point.name}' {done.status.value}: {done.trace}")
            if done.plan is not None:
                # Its name may be lost in a power cut: then its digest is missed, and the point is done again.
                self._write(self._path(_PLANS, entry.key), done.plan, keeps_name=False)
            # Seconds that are lost in a power cut are lost; the result is not.
            self._write(self._path(_TIMINGS, entry.key), json_bytes(timing, "Seconds"), lasts=False)
            self._write(self._path(_POINTS, entry.key), json_bytes(said, f"The result of '{entry.point.name}'"))
        except OSError as error:
            msg = f"The sweep cannot be written to {self.folder}: {error.strerror or error}. Run it again to continue."
            raise OutputError(msg) from error

    def read(self, entry: KeyedPoint) -> PointResult | None:
        """Returns how a point ended; None where it is not finished, or its files are not whole."""
        try:
            said = json.loads(self._bytes(self._path(_POINTS, entry.key)) or b"")
            status = PointStatus(said["status"])
            if said["plan"] is not None:
                plan = self._bytes(self._path(_PLANS, entry.key)) or b""
                if hashlib.sha256(plan).hexdigest() != said["plan"]:
                    return None
        except (OSError, ValueError, LookupError, TypeError):
            return None
        seconds, timing = self._timing(entry.key)
        return PointResult(entry.point.name, entry.key, status, said["result"], said["message"], seconds, timing)

    def plan_bytes(self, key: str | None) -> bytes | None:
        """Returns the plan that a finished point has stored; None where there is none."""
        if key is None:
            return None
        point = self._bytes(self._path(_POINTS, key))
        if point is None or json.loads(point)["plan"] is None:
            return None
        return self._bytes(self._path(_PLANS, key))

    def plan(self, key: str) -> StoredPlan | None:
        """Returns the plan that a finished point has stored; None where there is none."""
        data = self.plan_bytes(key)
        return None if data is None else StoredPlan(unpacked(data))

    def forget(self, key: str) -> None:
        """Takes a point for one that was never begun."""
        self._path(_POINTS, key).unlink(missing_ok=True)
        for name in (_PLANS, _TIMINGS):
            self._path(name, key).unlink(missing_ok=True)
        shutil.rmtree(self.folder / _ATTEMPTS / key, ignore_errors=True)

    def attempts(self, key: str) -> int:
        """Returns how often a point has ended its worker."""
        folder = self.folder / _ATTEMPTS / key
        return len(list(folder.glob("*.json"))) if folder.is_dir() else 0

    def add_attempt(self, entry: KeyedPoint, ending: str) -> int:
        """Keeps that a point has ended its worker, and returns how often it has."""
        count = self.attempts(entry.key) + 1
        folder = self.folder / _ATTEMPTS / entry.key
        folder.mkdir(exist_ok=True)
        said = {"point": entry.point.name, "attempt": count, "ending": ending}
        self._write(folder / f"{count}.json", json_bytes(said, "An attempt"))
        self.log(f"point '{entry.point.name}', attempt {count}: its worker {ending}")
        return count

    def log(self, text: str) -> None:
        """Adds to the log."""
        with open_log(self.folder / LOG) as file:
            file.write(f"{text.rstrip()}\n".encode(errors="backslashreplace"))

    def last_words(self, most: int = 12) -> str:
        """Returns the last lines of the log."""
        try:
            text = read_file(self.folder / LOG, within=self.folder).decode("utf-8", "replace")
        except UnreadableError:
            return ""
        return "\n".join(text.splitlines()[-most:])

    def _bytes(self, path: Path) -> bytes | None:
        """Returns the bytes of a file of the sweep; None where there is none, or none that may be read."""
        try:
            return read_file(path, most=_MOST_BYTES, within=self.folder)
        except UnreadableError:
            return None

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / (f"{key}.npz" if kind == _PLANS else f"{key}.json")

    def _timing(self, key: str) -> tuple[float | None, dict[str, float]]:
        try:
            said = json.loads(self._bytes(self._path(_TIMINGS, key)) or b"")
            return said["seconds"], said["parts"]
        except (OSError, ValueError, LookupError):
            return None, {}

    def _write(self, path: Path, data: bytes, *, lasts: bool = True, keeps_name: bool = True) -> None:
        """Puts a file in its place under a temporary name first; `lasts` waits until the disk has it."""
        self._drafts_made += 1
        draft = self._drafts / f"{os.getpid()}-{self._drafts_made}"
        write_new(draft, data, lasts=lasts)
        draft.replace(path)
        if lasts and keeps_name:
            sync_folder(path.parent)


def require_folder(folder: Path) -> None:
    """Makes the folder of a sweep where there is none.

    Raises:
        CaseFaults: it is a file, holds something else than a sweep, lies in an approved run, or cannot be made.
    """
    require_unapproved(folder)
    remedy = "Name a folder that is empty or does not exist, or that of the sweep to continue."
    try:
        if kind_of(folder) == "file":
            raise CaseFaults([Fault(str(folder), "is a file", remedy)])
        folder.mkdir(parents=True, exist_ok=True)
        names = set(names_in(folder))
    except (OSError, UnreadableError) as error:
        reason = error.expected if isinstance(error, UnreadableError) else error.strerror or error
        raise CaseFaults([Fault(str(folder), f"cannot be used for a sweep ({reason})", remedy)]) from error
    links = [name for name in sorted(names) if is_link(folder / name)]
    if links:
        remedy = "Remove it, or name another folder."
        raise CaseFaults([Fault(str(folder / links[0]), "is a link, and links are not followed when writing", remedy)])
    # A run that was ended in its first moments has left a lock, empty folders and what it began to write; plans that
    # are being made store their solves here too.
    begun = {_POINTS, _PLANS, _TIMINGS, _ATTEMPTS, _DRAFTS, CASE, BASE, BASE_ARRAYS}
    if SWEEP not in names and not all(name in begun or is_lock(name) or is_solves(name) for name in names):
        raise CaseFaults([Fault(str(folder), "is not empty, and is not an earlier sweep", remedy)])
