"""From a run and its actuals to a study on disk, and to a case with proposed ranges that somebody has accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.tables.strategy_rows import Uncertain
from planner.case.read import ReadCase, read_files
from planner.case_conversion import require_free_target, write_case
from planner.case_files import folder_files, rows_as_csv
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import Target, dated_target, exact_target
from planner.results.loaded_run import LoadedRun
from planner.studies.questions.actual_costs import actual_costs
from planner.studies.study_model import Study
from planner.studies.study_run import study_digest, write_study
from planner.tracking.actuals_reading import Actuals, read_actuals
from planner.tracking.plan_tracking import TrackingOptions

ACTUALS = "actuals"
"""The folder of a study with the files of actuals, byte by byte."""
UNCERTAIN = "uncertain"
PROPOSALS = "proposed_uncertain"


@dataclass(frozen=True)
class TrackedRun:
    """A study of plan against actual that was written, and the case with accepted ranges where one was asked for."""

    study: Study
    folder: Path
    case: Path | None = None


def write_tracking(
    loaded: LoadedRun,
    source: Path,
    options: TrackingOptions,
    *,
    output: Path | None = None,
    replace: bool = False,
    accept: Path | None = None,
    command: str = "",
) -> TrackedRun:
    """Compares the plan of a run with its actuals and writes the study; `accept` is where a case is written.

    Raises:
        CaseFaults: the actuals have faults, periods do not fit, something is at a target, or nothing is proposed.
        OutputError: the machine refuses.
    """
    target = None if output is None else exact_target(output, replace=replace)
    if accept is not None:
        require_free_target(accept)
    actuals = read_actuals(source, loaded.case)
    study = actual_costs(loaded, actuals, options)
    files = None if accept is None else accepted_files(loaded.read, proposals_of(study))
    target = target or dated_target(study.case_name, f"{study.kind}-{study_digest(study)}")
    folder = write_study_of(target, loaded.read, study, actuals, command)
    if accept is None or files is None:
        return TrackedRun(study, folder)
    return TrackedRun(study, folder, write_case(accept, files))


def write_study_of(target: Target, read: ReadCase, study: Study, actuals: Actuals, command: str) -> Path:
    """Writes a study with the files of its actuals and returns its folder."""
    more = {f"{ACTUALS}/{file.name}": file.data for file in actuals.files}
    return write_study(target, read, study, command, more=more)


def proposals_of(study: Study) -> list[Uncertain]:
    """Returns the rows that a study proposes for the table `uncertain`."""
    tables = [table for table in study.tables if table.name == PROPOSALS]
    return [Uncertain(**row) for table in tables for row in table.records()]  # type: ignore[arg-type]


def accepted_files(read: ReadCase, rows: Sequence[Uncertain]) -> dict[str, bytes]:
    """Returns the files of a case with proposed rows in `uncertain`, in place of those about the same input.

    Raises:
        CaseFaults: nothing is proposed, or the case has faults with these rows.
    """
    if not rows:
        expected = "nothing is proposed: no input has been observed in three compared periods with differing errors"
        raise CaseFaults([Fault("--accept", expected, "Leave it out.")])
    places = {(row.table, row.key, row.column) for row in rows}
    names = {row.name for row in rows}
    kept = [
        row for row in read.case.uncertain if (row.table, row.key, row.column) not in places and row.name not in names
    ]
    files = folder_files(read)
    files[f"{UNCERTAIN}.csv"] = rows_as_csv(UNCERTAIN, [*kept, *rows]).encode()
    read_files(files)
    return files
