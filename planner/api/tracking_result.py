"""A plan against its actuals, in memory: variances, deliveries, forecast errors, and a case with accepted ranges."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from planner.api.editable_case import EditableCase
from planner.api.study_result import StudyResult
from planner.files.run_folder import exact_target

if TYPE_CHECKING:
    from planner.api.solved_plan import SolvedPlan
    from planner.studies.study_model import Study
    from planner.tracking.actuals_reading import Actuals


class TrackingResult(StudyResult):
    """A plan against its actuals; `accept` returns the case with the proposed rows of `uncertain`."""

    def __init__(self, study: Study, case: EditableCase, actuals: Actuals) -> None:
        from planner.tracking.tracked_runs import write_study_of

        def write(folder: Path, replace: bool) -> Path:
            target = exact_target(folder, replace=replace)
            return write_study_of(target, case.read, study, actuals, "planner.actuals")

        super().__init__(study.headlines, study.notes, {table.name: table.plain() for table in study.tables}, write)
        self._study = study
        self._case = case

    def accept(self) -> EditableCase:
        """Returns the case with the proposed rows in `uncertain`, in place of those about the same input.

        Raises:
            CaseFaults: nothing is proposed.
        """
        from planner.tracking.tracked_runs import accepted_files, proposals_of

        return self._case.with_files(accepted_files(self._case.read, proposals_of(self._study)))


def actuals(
    plan: SolvedPlan,
    folder: str | PathLike[str],
    *,
    by: str = "",
    until: str = "",
    pro_rata: bool = False,
    scenario: str = "",
) -> TrackingResult:
    """Compares a plan with what happened: the tables of actuals and bills in a folder or workbook.

    Price, volume, timing and mix variances (USD million), delivered against promised, forecast errors and proposed rows
    of `uncertain`. `by` is quarter, half or year; `until` the last period that the actuals cover; `pro_rata` splits
    longer periods of the plan evenly; `scenario` names the one that came, of a plan over scenarios. Definitions are in
    `docs/actuals.md`.

    Raises:
        CaseFaults: the actuals or an option have faults.
    """
    from planner.studies.questions.actual_costs import actual_costs
    from planner.tracking.actuals_reading import read_actuals
    from planner.tracking.plan_tracking import TrackingOptions

    found = read_actuals(Path(folder), plan.loaded.case)
    options = TrackingOptions(by=by, until=until, pro_rata=pro_rata, scenario=scenario)
    return TrackingResult(actual_costs(plan.loaded, found, options), plan.case, found)
