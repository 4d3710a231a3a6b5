"""Approvals of runs: the record in the folder of a run, what has changed since, and that nothing writes there any more.

A run is a draft until the record `approval.json` lies in its folder. The record names who approved it and when, and
holds the SHA-256 of every file; its digest covers all of that. A run that another one takes the place of has the record
`superseded.json` beside it, so that no approved byte changes.
"""

from __future__ import annotations

import enum
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from planner.errors import CaseFaults, Fault, UnreadableError
from planner.files.safe_reading import files_below, read_file, read_json

APPROVAL = "approval.json"
SUPERSEDED = "superseded.json"
# Names of the files of a run, which its own module takes from here up; that one writes, and asks this one first.
_OF_A_RUN = ("manifest.json", "plan.json")
# What systems and office programs leave in folders that somebody looks into.
_LITTER = ("thumbs.db", "desktop.ini")
_LITTER_BEGINS = (".", "~$")
_SCHEMA_VERSION = 1
_DIGEST_LENGTH = 20


@enum.unique
class RunState(enum.Enum):
    """How far people have decided about a plan."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, kw_only=True)
class RunApproval:
    """What people have decided about the plan of a run, and whether its files are still those that were approved.

    `digest` is what the approval is quoted by, `changed` names the approved files that are others now or gone. Of a
    superseded run `successor` and `successor_digest` name the run that was approved in its place.
    """

    state: RunState = RunState.DRAFT
    by: str = ""
    at: str = ""
    """Date and time with the distance from UTC, ISO 8601."""
    note: str = ""
    digest: str = ""
    supersedes: str = ""
    """The digest of the approval that this one takes the place of."""
    changed: tuple[str, ...] = ()
    successor: str = ""
    successor_by: str = ""
    successor_at: str = ""
    successor_digest: str = ""

    @property
    def is_approved(self) -> bool:
        """True where somebody has approved the run, superseded since or not."""
        return self.state is not RunState.DRAFT

    @property
    def is_broken(self) -> bool:
        """True where approved files have changed."""
        return bool(self.changed)

    @property
    def who(self) -> str:
        """Who approved it and on which day, to be continued."""
        return f"approved by {self.by} on {self.at[:10]}"

    @property
    def text(self) -> str:
        """The state in a sentence."""
        if not self.is_approved:
            return "Draft: not approved."
        if self.changed:
            more = len(self.changed) - 1
            others = f" and {more} more {'file' if more == 1 else 'files'} have" if more else " has"
            found = f"{self.who}, but {self.changed[0]}{others} changed since"
        else:
            found = f"{self.who}, digest {self.digest}"
        if self.state is RunState.SUPERSEDED:
            there = f"{self.successor}, approved by {self.successor_by} on {self.successor_at[:10]}"
            return f"Superseded by {there}, digest {self.successor_digest}; {found}."
        return f"{found[0].upper()}{found[1:]}."

    def facts(self) -> dict[str, Any]:
        """Returns the approval for JSON; None for what there is not."""
        found = {name: value or None for name, value in vars(self).items() if name not in ("state", "changed")}
        return {"state": self.state.value, **found, "changed": list(self.changed)}


DRAFT = RunApproval()
"""What has been decided about a plan that nobody has approved."""


def approval_of(folder: Path) -> RunApproval:
    """Returns what people have decided about the run in a folder, with the approved files that have changed since.

    Every approved file is read, which of a large run takes a second. A record that cannot be read is a changed file.
    """
    found = state_of(folder)
    return replace(found, changed=tuple(_changed(folder, found))) if found.is_approved else found


def state_of(folder: Path) -> RunApproval:
    """Returns what people have decided about the run in a folder, as its records state it; no other file is read."""
    if not os.path.lexists(folder / APPROVAL):
        return DRAFT
    own, has_successor = _record(folder, APPROVAL), os.path.lexists(folder / SUPERSEDED)
    successor = _record(folder, SUPERSEDED) if has_successor else {}
    return RunApproval(
        state=RunState.SUPERSEDED if has_successor else RunState.APPROVED,
        by=_text(own, "approved_by"),
        at=_text(own, "approved_at"),
        note=_text(own, "note"),
        digest=_text(own, "digest"),
        supersedes=_text(own, "supersedes"),
        successor=_text(successor, "successor"),
        successor_by=_text(successor, "approved_by"),
        successor_at=_text(successor, "approved_at"),
        successor_digest=_text(successor, "digest"),
    )


def approved_files(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of every file in the folder of a run, by its path there.

    What systems and office programs leave in folders is no file of the run: hidden files, locks, thumbnails.

    Raises:
        CaseFaults: a file cannot be read.
    """
    found = {}
    for path in files_below(folder):
        name = path.relative_to(folder).as_posix()
        if name in (APPROVAL, SUPERSEDED) or _is_litter(name):
            continue
        try:
            found[name] = hashlib.sha256(read_file(path, within=folder)).hexdigest()
        except UnreadableError as error:
            raise CaseFaults([Fault(str(path), error.expected, error.remedy)]) from error
    return dict(sorted(found.items()))


def approval_record(
    *, run: str, case: str, case_hash: str, by: str, at: str, note: str, supersedes: str, files: Mapping[str, str]
) -> bytes:
    """Returns the record of an approval, whose digest covers all of it: who, when, what, and every file."""
    record: dict[str, Any] = {
        "schema_version": _SCHEMA_VERSION,
        "run": run,
        "case": case,
        "case_hash": case_hash,
        "approved_by": by,
        "approved_at": at,
        "note": note,
        "supersedes": supersedes,
        "files": dict(files),
    }
    return _written({**record, "digest": _digest(record)})


def superseded_record(successor: str, approval: RunApproval) -> bytes:
    """Returns the record beside an approval that names the run which was approved in its place."""
    record = {
        "schema_version": _SCHEMA_VERSION,
        "successor": successor,
        "approved_by": approval.by,
        "approved_at": approval.at,
        "digest": approval.digest,
        "supersedes": approval.supersedes,
    }
    return _written(record)


def approved_run_of(place: Path) -> Path | None:
    """Returns the approved run that a place is or lies in; None where it lies in none."""
    real = Path(os.path.realpath(place))
    return next((folder for folder in (real, *real.parents) if _is_approved(folder)), None)


def require_unapproved(place: Path, *, and_below: bool = False) -> None:
    """Refuses to write to a place in an approved run; with `and_below` also where approved runs lie below it.

    Raises:
        CaseFaults: writing there would change an approved run.
    """
    fault = approved_fault(place, and_below=and_below)
    if fault is not None:
        raise CaseFaults([fault])


def approved_fault(place: Path, *, and_below: bool = False) -> Fault | None:
    """Returns why writing to a place would change an approved run; None where it would not."""
    run = approved_run_of(place)
    where = "lies in" if run is None or run != Path(os.path.realpath(place)) else "is"
    if run is None and and_below:
        run, where = next(_approved_below(place), None), "holds"
    if run is None:
        return None
    known = state_of(run)
    what = "an approved run" if where == "is" else f"the approved run {run.name}"
    who = f" (by {known.by} on {known.at[:10]})" if known.by else ""
    remedy = "Name a place outside of it with --output; `fleetplan approve NEW --supersedes` approves another run."
    return Fault(str(place), f"{where} {what}{who}, of which nothing is changed", remedy)


def _approved_below(folder: Path) -> Iterator[Path]:
    return (path.parent for path in files_below(folder) if path.name == APPROVAL and _is_approved(path.parent))


def _is_approved(folder: Path) -> bool:
    return os.path.lexists(folder / APPROVAL) and any(os.path.lexists(folder / name) for name in _OF_A_RUN)


def _is_litter(name: str) -> bool:
    parts = name.split("/")
    return parts[-1].lower() in _LITTER or any(part.startswith(_LITTER_BEGINS) for part in parts)


def _record(folder: Path, name: str) -> dict[str, Any]:
    """Returns a record; nothing where it cannot be read, which shows as a change of it."""
    try:
        return read_json(folder / name, within=folder)
    except UnreadableError:
        return {}


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _changed(folder: Path, approval: RunApproval) -> Iterator[str]:
    record = _record(folder, APPROVAL)
    files = record.get("files")
    if not isinstance(files, dict) or record.get("digest") != _digest(record):
        yield APPROVAL
    if approval.state is RunState.SUPERSEDED and not (approval.successor and approval.successor_digest):
        yield SUPERSEDED
    for name, expected in files.items() if isinstance(files, dict) else ():
        try:
            found = hashlib.sha256(read_file(folder / name, within=folder)).hexdigest()
        except UnreadableError:
            found = ""
        if found != expected:
            yield name


def _digest(record: Mapping[str, Any]) -> str:
    stated = {name: value for name, value in record.items() if name != "digest"}
    text = json.dumps(stated, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def _written(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
