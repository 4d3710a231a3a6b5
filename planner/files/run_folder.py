"""The folder of a run: where it lands, and how it is written whole or not at all."""

from __future__ import annotations

import datetime
import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import CaseFaults, Fault, UnreadableError, shown
from planner.files.run_approval import approved_fault, require_unapproved
from planner.files.safe_reading import is_link, kind_of, names_in, place_of, read_json
from planner.files.whole_writing import (
    cut_to_bytes,
    draft_of,
    require_folder_target,
    set_aside,
    sync_file,
    sync_folder,
    unwritten,
    write_new,
)

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
PARQUET = "parquet"
DATA_PACKAGE = "datapackage.json"
"""What describes the tables of a run, or of a case, to other programs."""
_DIGEST_LENGTH = 8
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_MOST_RUNS_A_DAY = 10_000
_SYNCS_AT_A_TIME = 8
_LONGEST_SHOWN = 120
_LONGEST_NAME = 100


def is_run(folder: Path) -> bool:
    """True for a folder that holds a run or a study of ours, recognised by its manifest."""
    try:
        manifest = read_json(folder / MANIFEST, within=folder)
    except UnreadableError:
        return False
    return "fleetplan_version" in manifest and any((folder / name).is_file() for name in (PLAN, STUDY))


@dataclass(frozen=True)
class Target:
    """Where a run will be written: exactly `folder`, or the first free name that begins with it.

    `replace` allows an earlier run of ours in its place; `is_ours` knows one (without it nothing is ever replaced), and
    `what` is what it is called.
    """

    folder: Path
    is_exact: bool
    replace: bool = False
    is_ours: Callable[[Path], bool] | None = is_run
    what: str = "run"

    @property
    def name(self) -> str:
        """The name that the folder will have, unless another run takes it in the meantime."""
        return self.folder.name if self.is_exact else next(_free_names(self.folder)).name


def exact_target(
    folder: Path, *, replace: bool, is_ours: Callable[[Path], bool] | None = is_run, what: str = "run"
) -> Target:
    """Returns the target for a folder that the user names, and has tried to write there.

    Raises:
        CaseFaults: the folder holds something that must not be lost, or cannot be made.
    """
    target = Target(_resolved(folder), is_exact=True, replace=replace, is_ours=is_ours, what=what)
    fault = _refusal(target)
    if fault is not None:
        raise CaseFaults([fault])
    require_folder_target(target.folder)
    return target


def dated_target(case: str, digest: str) -> Target:
    """Returns the target `outputs/CASE/DATE-DIGEST` below the current folder; a second run of a day adds `-2`.

    Raises:
        CaseFaults: the folder cannot be made.
    """
    # The date in a name is the user's own, as the calendar on the wall shows it.
    day = datetime.datetime.now().astimezone().date()
    folder = _resolved(Path(OUTPUTS)) / folder_name(case) / f"{day:%Y-%m-%d}-{digest}"
    require_folder_target(folder)
    return Target(folder, is_exact=False)


def points_folder(case: str) -> Path:
    """Returns the folder in which points of studies, and solves of plans that are being made, are stored."""
    return Path(OUTPUTS) / folder_name(case) / "points"


def folder_name(case: str) -> str:
    """Returns the name of a case as that of a folder, which every system can have, of at most 100 bytes.

    >>> folder_name("my case"), folder_name(" . "), folder_name("con"), folder_name("AUX.txt"), folder_name("a. ")
    ('my-case', 'case', 'case-con', 'case-AUX.txt', 'a')
    """
    name = cut_to_bytes(re.sub(r"[^\w.-]+", "-", case).strip(".-"), _LONGEST_NAME).strip(".-") or "case"
    return f"case-{name}" if name.split(".")[0].casefold() in _RESERVED else name


def options_digest(case_hash: str, options: SolveOptions, *, base: bool = False) -> str:
    """Returns eight digits that name a case together with how it is solved, `base` without its scenarios."""
    asked = f"{case_hash} {options.solver} {options.gap!r} {options.time_limit_s!r} {options.seed} {options.threads}"
    asked += " base" if base else ""
    return hashlib.sha256(asked.encode()).hexdigest()[:_DIGEST_LENGTH]


Content = bytes | Callable[[], Iterable[bytes]]
"""What a file holds: its bytes, or what makes them in pieces."""


def write_run(
    target: Target,
    files: Mapping[str, Content],
    last: str,
    made_of: Callable[[Mapping[str, str]], bytes] | None = None,
) -> Path:
    """Writes the files of a run, by their path in its folder, and returns the folder that holds all of them.

    They are written under a temporary name beside the target, `last` after all others, and the folder is then
    renamed. Whatever stops the writing, the target holds either nothing new or the whole run. `made_of` makes the last
    one from the SHA-256 of the others, by their path, where it is not among the files.

    Raises:
        CaseFaults: something has come to lie in the named folder since it was looked at, or it lies in an approved run.
        OutputError: the machine refuses.
    """
    require_unapproved(target.folder.parent)
    try:
        target.folder.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(target.folder) as draft:
            draft.mkdir()
            _write_all(draft, files, last, made_of)
            return _put_in_place(draft, target)
    except OSError as error:
        raise unwritten(target.folder, error) from error


def run_json(folder: Path, name: str) -> dict[str, Any]:
    """Returns the object in a JSON file of a run.

    Raises:
        CaseFaults: the folder is no run, or the file cannot be read.
    """
    remedy = "Name the folder of a run, such as outputs/CASE/DATE-HASH."
    try:
        if kind_of(folder) != "folder":
            raise CaseFaults([Fault(shown(str(folder)), "is not a folder", remedy)])
        if name == PLAN and is_run(folder) and not kind_of(folder / PLAN):
            expected = "is a study: it does not contain the plans of its runs, so it cannot be verified"
            remedy = "Its command (in manifest.json) makes it again from stored runs. Name the run of a plan."
            raise CaseFaults([Fault(str(folder), expected, remedy)])
        if not is_link(folder / name) and not kind_of(folder / name):
            raise CaseFaults([Fault(str(folder), f"is not a run: it has no {name}", remedy)])
        return read_json(folder / name, within=folder)
    except UnreadableError as error:
        raise CaseFaults([Fault(shown(f"{folder}/{name}"), error.expected, remedy)]) from error


def inputs_of(folder: Path) -> Path:
    """Returns the folder of the inputs of a run.

    Raises:
        CaseFaults: it leads out of the run, or is missing.
    """
    try:
        return place_of(folder / INPUTS, within=folder)
    except UnreadableError as error:
        raise CaseFaults([Fault(f"{folder}/{INPUTS}", error.expected, error.remedy)]) from error


def run_files(
    inputs: Sequence[tuple[str, bytes]], tables: Mapping[str, Table], others: Mapping[str, str]
) -> dict[str, Content]:
    """Returns the files of a run by their path in its folder, but for the manifest."""
    files: dict[str, Content] = {f"{INPUTS}/{name}": data for name, data in inputs}
    files |= {f"{TABLES}/{name}.csv": _encoded(table) for name, table in tables.items()}
    return files | {name: text.encode() for name, text in others.items()}


def _encoded(table: Table) -> Callable[[], Iterable[bytes]]:
    return lambda: (piece.encode() for piece in table.csv_pieces())


def sha256(data: bytes) -> str:
    """Returns the SHA-256 of some bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _resolved(folder: Path) -> Path:
    return Path(os.path.abspath(folder))  # noqa: PTH100  a link that the user names stays a link


def _refusal(target: Target) -> Fault | None:
    folder, elsewhere = target.folder, "Name a folder that is empty or does not exist."
    if is_link(folder):
        expected = "is a link, and links are not followed when writing"
        return Fault(str(folder), expected, "Name the folder that it leads to.")
    try:
        kind = kind_of(folder)
        names = names_in(folder) if kind == "folder" else []
    except UnreadableError as error:
        return Fault(_shortened(folder), error.expected, elsewhere)
    if kind == "file":
        return Fault(str(folder), "is a file", elsewhere)
    approved = approved_fault(folder, and_below=bool(names))
    if approved is not None:
        return approved
    if kind and folder in _working_folders():
        return Fault(str(folder), "is or contains the working directory", "Name a folder inside it.")
    if names and target.is_ours is None:
        return Fault(str(folder), "exists already and is not overwritten", "Choose another name.")
    is_ours = bool(names) and target.is_ours is not None and target.is_ours(folder)
    if not names or (target.replace and is_ours):
        return None
    if is_ours:
        remedy = "Name another folder, or add --replace to write over it."
        return Fault(str(folder), f"holds an earlier {target.what}", remedy)
    return Fault(str(folder), f"is not empty, and is not an earlier {target.what}", elsewhere)


def _working_folders() -> tuple[Path, ...]:
    """Returns the folder that one works in and those that hold it; none where it is gone."""
    try:
        here = Path.cwd()
    except OSError:
        return ()
    return here, *here.parents


def _shortened(folder: Path) -> str:
    text = str(folder)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _put_in_place(draft: Path, target: Target) -> Path:
    """Renames the finished draft to its place."""
    if not target.is_exact:
        for place in _free_names(target.folder):
            if _renamed(draft, place):
                return place
    fault = _refusal(target)
    if fault is not None:
        raise CaseFaults([fault])
    folder = target.folder
    if folder.exists() and names_in(folder):
        with set_aside(folder):
            draft.rename(folder)
    else:
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    sync_folder(folder.parent)
    return folder


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
    sync_folder(place.parent)
    return True


def _write_all(
    draft: Path,
    files: Mapping[str, Content],
    last: str,
    made_of: Callable[[Mapping[str, str]], bytes] | None,
) -> None:
    """Writes files and asks the system to keep them; together that takes a tenth of the time of one after another."""
    from concurrent.futures import ThreadPoolExecutor

    digests: dict[str, str] = {}
    for name in sorted(files, key=lambda name: (name == last, name)):
        digests[name] = _written(draft / name, files[name])
    if made_of is not None:
        _written(draft / last, made_of(digests))
    names = [*digests, *([] if made_of is None else [last])]
    with ThreadPoolExecutor(_SYNCS_AT_A_TIME) as pool:
        list(pool.map(sync_file, [draft / name for name in names]))
    for folder in {(draft / name).parent for name in names}:
        sync_folder(folder)


def _written(place: Path, content: Content) -> str:
    """Writes a file and returns the SHA-256 of what it holds."""
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in (content,) if isinstance(content, bytes) else content():
            digest.update(piece)
            yield piece

    write_new(place, pieces(), lasts=False)
    return digest.hexdigest()
