"""All runs below a folder, side by side."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import CaseFaults, Fault
from planner.files.run_approval import state_of
from planner.files.run_folder import MANIFEST, PLAN, run_json

if TYPE_CHECKING:
    from pandas import DataFrame


def load_runs(folder: str | PathLike[str]) -> DataFrame:
    """Returns all runs below a folder, one a row: case, folder, status, approval, options and key figures.

    `state` is draft, approved or superseded, with who approved the run and when; whether its files have changed since,
    `load_run(folder).approval` says.

    Raises:
        CaseFaults: there is no such folder.
    """
    import pandas

    place = Path(folder)
    if not place.is_dir():
        raise CaseFaults([Fault(str(folder), "is no folder", "Name the folder that holds the runs, such as outputs.")])
    rows = []
    for manifest in sorted(place.rglob(MANIFEST)):
        if not (manifest.parent / PLAN).is_file() or any(part.startswith(".") for part in manifest.parts):
            continue
        stated, tables = run_json(manifest.parent, MANIFEST), run_json(manifest.parent, PLAN)["tables"]
        options = {f"option_{name}": value for name, value in (stated.get("options") or {}).items()}
        figures = {str(row["name"]): row["value"] for row in tables["key_figures"]}
        names = ("case", "status", "objective_musd", "bound_musd", "gap", "gap_musd", "case_hash", "fleetplan_version")
        solver = (stated.get("solver") or {}).get("name")
        approval = state_of(manifest.parent)
        decided = {
            "state": approval.state.value,
            "approved_by": approval.by or None,
            "approved_at": approval.at or None,
        }
        head = {
            "folder": str(manifest.parent),
            **{name: stated.get(name) for name in names},
            "solver": solver,
            **decided,
        }
        rows.append({**head, **options, **figures})
    return pandas.DataFrame(rows)
