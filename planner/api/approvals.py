"""Approvals of written runs."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import CaseFaults, Fault

if TYPE_CHECKING:
    from planner.api.solved_plan import SolvedPlan
    from planner.files.run_approval import RunApproval

    AnyRun = str | PathLike[str] | SolvedPlan


def approve(run: AnyRun, *, by: str, note: str = "", supersedes: AnyRun | None = None) -> RunApproval:
    """Approves the plan of a written run, which is verified first, and returns the approval; see `fleetplan approve`.

    From then on nothing writes into its folder. `supersedes` is the approved run that it takes the place of.

    Raises:
        CaseFaults: the plan is not written, is approved already, or a text or `supersedes` has faults.
        CheckFailed: the run does not hold.
        OutputError: the machine refuses; nothing is left.
    """
    from planner.approve_run import approve as approve_run

    earlier = None if supersedes is None else _folder(supersedes)
    return approve_run(_folder(run), by=by, note=note, supersedes=earlier).approval


def approval_of(run: AnyRun) -> RunApproval:
    """Returns what people have decided about a written run: `state`, `by`, `at`, `digest`, `text`, `changed` files.

    Raises:
        CaseFaults: the plan is not written, or the folder is no run.
    """
    from planner.files.run_approval import approval_of as found
    from planner.files.run_folder import MANIFEST, run_json

    folder = _folder(run)
    run_json(folder, MANIFEST)
    return found(folder)


def _folder(run: AnyRun) -> Path:
    if isinstance(run, str | PathLike):
        return Path(run)
    if run.folder is None:
        raise CaseFaults([Fault("the plan", "is not written", "Write it first, with plan.write(folder).")])
    return run.folder
