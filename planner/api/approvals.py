"""Approvals of written plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from planner.errors import CaseFaults, Fault

if TYPE_CHECKING:
    from planner.files.run_approval import RunApproval


class WrittenPlan(Protocol):
    """A plan that may be written."""

    folder: Path | None


def approve(plan: WrittenPlan, supersedes: WrittenPlan | None, by: str, note: str) -> RunApproval:
    """Approves a plan; see `SolvedPlan.approve`."""
    from planner.approve_run import approve as approve_run

    earlier = None if supersedes is None else _written(supersedes.folder)
    return approve_run(_written(plan.folder), by=by, note=note, supersedes=earlier).approval


def approval_of(folder: Path | None) -> RunApproval:
    """Returns what people have decided about the run in a folder; see `SolvedPlan.approval`."""
    from planner.files.run_approval import approval_of as found

    return found(_written(folder))


def _written(folder: Path | None) -> Path:
    if folder is None:
        raise CaseFaults([Fault("the plan", "is not written", "Write it first, with plan.write(folder).")])
    return folder
