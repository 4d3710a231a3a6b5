"""Approves the plan of a run: writes who, when and what into its folder, from where on nothing changes it."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass
from pathlib import Path

from planner.errors import CaseFaults, CheckFailed, Fault, OutputError
from planner.files.run_approval import (
    APPROVAL,
    SUPERSEDED,
    RunApproval,
    RunState,
    approval_of,
    approval_record,
    approved_files,
    require_unapproved,
    superseded_record,
)
from planner.files.run_folder import MANIFEST, PLAN, run_json
from planner.files.whole_writing import require_target, write_file
from planner.verification.written_runs import verify_run

_MOST_NAME, _MOST_NOTE = 200, 2000


@dataclass(frozen=True)
class ApprovedRun:
    """What an approval has written: the run with its approval, and the run that it takes the place of."""

    folder: Path
    approval: RunApproval
    superseded: Path | None = None

    @property
    def text(self) -> str:
        """The outcome in lines."""
        rest = [] if self.superseded is None else [f"{self.superseded}: superseded by it."]
        return "\n".join([f"{self.folder}: {self.approval.text} Nothing writes into it any more.", *rest])


def approve(folder: Path, *, by: str, note: str = "", supersedes: Path | None = None) -> ApprovedRun:
    """Approves the plan of a run, which `verify_run` must accept, and returns what was written.

    The record `approval.json` holds `by`, the time, `note`, and the SHA-256 of every file of the run. With `supersedes`
    the approved run there gets the record `superseded.json`, and no other byte of it changes.

    Raises:
        CaseFaults: the folder is no run, it is approved already, `by` or `note` is no printable text, or the run to be
            superseded is not approved, is superseded already or is the same.
        CheckFailed: `verify_run` refuses the run.
        OutputError: the machine refuses; nothing is left.
    """
    name, remark = _required_text("--by", by, _MOST_NAME), _text("--note", note, _MOST_NOTE)
    manifest = run_json(folder, MANIFEST)
    run_json(folder, PLAN)
    earlier = None if supersedes is None else _earlier(folder, supersedes)
    known = approval_of(folder)
    if known.is_approved:
        if supersedes is None or earlier is None or known.supersedes != earlier.digest:
            remedy = "Approve another run in its place: fleetplan approve NEW --supersedes."
            raise CaseFaults([Fault(str(folder), f"is {known.who} already", remedy)])
        # The record of the earlier run is missing: a process that approved this one was ended before it was written.
        _supersede(supersedes, manifest, known)
        return ApprovedRun(folder, known, supersedes)
    require_target(folder / APPROVAL)
    verdict = verify_run(folder)
    if not verdict.passed:
        msg = f"{folder} is not approved, because its plan is not valid. `fleetplan verify` lists all that it finds."
        raise CheckFailed("\n".join([msg, *verdict.findings[:1]]))
    record = approval_record(
        run=str(manifest["run"]),
        case=str(manifest["case"]),
        case_hash=str(manifest["case_hash"]),
        by=name,
        at=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        note=remark,
        supersedes="" if earlier is None else earlier.digest,
        files=approved_files(folder),
    )
    write_file(folder / APPROVAL, record)
    approval = approval_of(folder)
    if supersedes is not None:
        try:
            _supersede(supersedes, manifest, approval)
        except (CaseFaults, OutputError):
            with contextlib.suppress(OSError):
                (folder / APPROVAL).unlink()
            raise
    return ApprovedRun(folder, approval, supersedes)


def _earlier(folder: Path, supersedes: Path) -> RunApproval:
    """Returns the approval of the run that another one takes the place of.

    Raises:
        CaseFaults: it has none, another took its place already, or it is the same run.
    """
    run_json(supersedes, MANIFEST)
    earlier = approval_of(supersedes)
    if supersedes.resolve() == folder.resolve():
        raise CaseFaults([Fault("--supersedes", "names the run itself", "Name the run that it takes the place of.")])
    if earlier.state is not RunState.APPROVED:
        expected = "is superseded already" if earlier.is_approved else "is not approved"
        remedy = "Name the approved run that is in force, or leave --supersedes out."
        raise CaseFaults([Fault(str(supersedes), expected, remedy)])
    require_unapproved(supersedes.resolve().parent)
    return earlier


def _supersede(folder: Path, manifest: dict[str, object], approval: RunApproval) -> None:
    write_file(folder / SUPERSEDED, superseded_record(str(manifest["run"]), approval), beside_approval=True)


def _required_text(option: str, text: str, most: int) -> str:
    found = _text(option, text, most)
    if not found:
        raise CaseFaults([Fault(option, "is blank", "Write the name of who approves the plan.")])
    return found


def _text(option: str, text: str, most: int) -> str:
    """Returns a text in one line; raises CaseFaults where it holds what cannot be printed, or is too long."""
    found = " ".join(text.split())
    if not found.isprintable():
        remedy = "Leave out control, bidirectional and invisible characters."
        raise CaseFaults([Fault(option, "holds characters that cannot be printed", remedy, value=found)])
    if len(found) > most:
        expected = f"has {len(found):,} characters, and at most {most:,} are kept"
        raise CaseFaults([Fault(option, expected, "Shorten it.")])
    return found
