"""The folder of a run: where it lands, and how it is written whole or not at all."""

from __future__ import annotations

import contextlib
import datetime
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import CaseFaults, Fault, OwnError

if TYPE_CHECKING:
    from models.outcome import SolveOptions
    from planner.results.table import Table

# Windows takes no file of these names, whatever their ending and case.
_RESERVED = frozenset(("con", "prn", "aux", "nul")) | {
    f"{port}{sign}" for port in ("com", "lpt") for sign in "0123456789¹²³"
}
MANIFEST = "manifest.json"
PLAN = "plan.json"
STUDY = "study.json"
INPUTS = "inputs"
TABLES = "tables"
EVENTS = "events.jsonl"
LOG = "run.log"
OUTPUTS = "outputs"
_DIGEST_LENGTH = 8
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_MOST_RUNS_A_DAY = 10_000
_SYNCS_AT_A_TIME = 8


@dataclass(frozen=True)
class Target:
    """Where a run will be written: exactly `folder`, or the first free name that begins with it.

    `replace` allows an earlier run of ours in its place.
    """

    folder: Path
    is_exact: bool
    replace: bool = False


def exact_target(folder: Path, *, replace: bool) -> Target:
    """Returns the target for a folder that the user names.

    Raises:
        CaseFaults: the folder holds something that must not be lost, or cannot be made.
    """
    target = Target(_resolved(folder), is_exact=True, replace=replace)
    fault = _refusal(target)
    if fault is not None:
        raise CaseFaults([fault])
    _require_writable(target.folder)
    return target


def dated_target(case: str, digest: str) -> Target:
    """Returns the target `outputs/CASE/DATE-DIGEST` below the current folder; a second run of a day adds `-2`.

    Raises:
        CaseFaults: the folder cannot be made.
    """
    name = folder_name(case)
    # The date in a name is the user's own, as the calendar on the wall shows it.
    day = datetime.datetime.now().astimezone().date()
    target = Target(_resolved(Path(OUTPUTS)) / name / f"{day:%Y-%m-%d}-{digest}", is_exact=False)
    _require_writable(target.folder)
    return target


def folder_name(case: str) -> str:
    """Returns the name of a case as that of a folder, which every system can have.

    >>> folder_name("my case"), folder_name(" . "), folder_name("con"), folder_name("AUX.txt"), folder_name("a. ")
    ('my-case', 'case', 'case-con', 'case-AUX.txt', 'a')
    """
    name = re.sub(r"[^\w.-]+", "-", case).strip(".-") or "case"
    return f"case-{name}" if name.split(".")[0].casefold() in _RESERVED else name


def options_digest(case_hash: str, options: SolveOptions) -> str:
    """Returns eight digits that name a case together with how it is solved."""
    asked = f"{case_hash} {options.solver} {options.gap!r} {options.time_limit_s!r} {options.seed} {options.threads}"
    return hashlib.sha256(asked.encode()).hexdigest()[:_DIGEST_LENGTH]


def write_run(target: Target, files: Mapping[str, bytes], last: str) -> Path:
    """Writes the files of a run, by their path in its folder, and returns the folder that holds all of them.

    They are written under a temporary name beside the target, `last` after all others, and the folder is then
    renamed. Whatever stops the writing, the target holds either nothing new or the whole run.

    Raises:
        CaseFaults: something has come to lie in the named folder since it was looked at.
        OwnError: the disk does not do as told.
    """
    parent = target.folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.folder.name}.", suffix=".partial", dir=parent))
        try:
            draft.chmod(0o777 & ~_umask())
            _write_all(draft, files, last)
            for folder in (path for path in (*draft.rglob("*"), draft) if path.is_dir()):
                _sync(folder)
            return _put_in_place(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        msg = f"the run could not be written to {target.folder}: {error.strerror or error}. Nothing was left there."
        raise OwnError(msg) from error


def is_run(folder: Path) -> bool:
    """True for a folder that holds a run or a study of ours, told by its manifest."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return (
        isinstance(manifest, dict)
        and "fleetplan_version" in manifest
        and any((folder / name).is_file() for name in (PLAN, STUDY))
    )


def run_files(
    inputs: Sequence[tuple[str, bytes]], tables: Mapping[str, Table], others: Mapping[str, str]
) -> dict[str, bytes]:
    """Returns the files of a run by their path in its folder, but for the manifest."""
    files = {f"{INPUTS}/{name}": data for name, data in inputs}
    files |= {f"{TABLES}/{name}.csv": table.csv().encode() for name, table in tables.items()}
    return files | {name: text.encode() for name, text in others.items()}


def sha256(data: bytes) -> str:
    """Returns the SHA-256 of some bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _resolved(folder: Path) -> Path:
    return Path(os.path.abspath(folder))  # noqa: PTH100  a link that the user names stays a link


def _refusal(target: Target) -> Fault | None:
    folder = target.folder
    if not folder.exists():
        return None
    if folder == Path.cwd() or folder in Path.cwd().parents:
        return Fault(str(folder), "is the folder that you work in, or holds it", "Name a folder inside it.")
    if not folder.is_dir():
        return Fault(str(folder), "is a file", "Name a folder that is empty or does not exist.")
    if not any(folder.iterdir()) or (target.replace and is_run(folder)):
        return None
    if is_run(folder):
        return Fault(str(folder), "holds an earlier run", "Name another folder, or add --replace to write over it.")
    return Fault(str(folder), "is not empty, and is no earlier run", "Name a folder that is empty or does not exist.")


def _require_writable(folder: Path) -> None:
    """Refuses a target that cannot be made, before a long solve and not after it."""
    there = next(parent for parent in folder.parents if parent.exists())
    if not there.is_dir():
        raise CaseFaults([Fault(str(there), "is a file, so no folder can be made in it", "Name another folder.")])
    if not os.access(there, os.W_OK | os.X_OK):
        raise CaseFaults([Fault(str(there), "cannot be written to", "Name another folder, or ask for the right to.")])


def _put_in_place(draft: Path, target: Target) -> Path:
    """Renames the finished draft to its place."""
    if not target.is_exact:
        for place in _free_names(target.folder):
            if _renamed(draft, place):
                return place
    fault = _refusal(target)
    if fault is not None:
        raise CaseFaults([fault])
    if target.folder.exists() and any(target.folder.iterdir()):
        _swap(draft, target.folder)
    else:
        if target.folder.exists():
            target.folder.rmdir()
        draft.rename(target.folder)
        _sync(target.folder.parent)
    return target.folder


def _free_names(first: Path) -> Iterator[Path]:
    for number in range(1, _MOST_RUNS_A_DAY):
        place = first if number == 1 else first.with_name(f"{first.name}-{number}")
        if not place.exists():
            yield place


def _renamed(draft: Path, place: Path) -> bool:
    """True when the draft has its place; another run may have taken it in the meantime."""
    try:
        draft.rename(place)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    _sync(place.parent)
    return True


def _swap(draft: Path, folder: Path) -> None:
    """Puts the draft in the place of an earlier run, which comes back when that fails."""
    earlier = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".earlier", dir=folder.parent))
    earlier.rmdir()  # Windows renames to free names only.
    folder.rename(earlier)
    with contextlib.ExitStack() as unless_it_is_there:
        unless_it_is_there.callback(earlier.rename, folder)
        draft.rename(folder)
        unless_it_is_there.pop_all()
    _sync(folder.parent)
    shutil.rmtree(earlier, ignore_errors=True)


def _write_all(draft: Path, files: Mapping[str, bytes], last: str) -> None:
    """Writes files and asks the system to keep them; together that takes a tenth of the time of one after another."""
    from concurrent.futures import ThreadPoolExecutor

    names = sorted(files, key=lambda name: (name == last, name))
    for name in names:
        _write(draft / name, files[name])
    with ThreadPoolExecutor(_SYNCS_AT_A_TIME) as pool:
        list(pool.map(_sync_file, [draft / name for name in names]))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Asks the system to keep the names in a folder; some systems cannot be asked."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    """Returns the mask of this process; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
