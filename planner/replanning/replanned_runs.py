"""From a run to the next case, its plan and the study of both on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from models.outcome import SolveOptions
from models.solvers.child import Engine
from planner.case_conversion import readme_of, require_free_target, write_case
from planner.comparison.compare_runs import compare
from planner.comparison.comparison_files import comparison_files
from planner.comparison.comparison_items import Comparison
from planner.files.run_folder import dated_target, inputs_of, write_run
from planner.journal import Watcher
from planner.plan_request import Request
from planner.replanning.fence import Fence
from planner.replanning.next_case import (
    NextCase,
    files_with_readme,
    is_planned_as_base,
    next_case,
    read_tables,
)
from planner.results.loaded_run import LoadedRun
from planner.runs import Run, make_plan
from planner.studies.questions.replan import replan_study
from planner.studies.study_model import Study
from planner.studies.study_run import study_digest, write_study
from planner.tracking.actuals_reading import read_actuals

_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class ReplanRequest:
    """From when on is planned again, on which branch, with which new tables and actuals, and what is held.

    `place` is where the case is written.
    """

    as_of: str
    branch: str = ""
    tables: Path | None = None
    actuals: Path | None = None
    place: Path | None = None
    fence: Fence | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplannedRun:
    """The next case where it lies, its plan, and the study of it beside the plan before."""

    case: Path
    run: Run
    study: Study
    folder: Path
    comparison: Comparison


def replanned_run(
    run: Path, asked: ReplanRequest, request: Request, watcher: Watcher, engine: Engine | None = None
) -> ReplannedRun:
    """Carries a run over, plans the new case, and writes the case, its run, and the study with the comparison.

    Raises:
        CaseFaults: the date or branch is none of the run, new inputs do not fit, or something is at a target.
        CheckFailed: the plan of the run does not hold.
        InfeasibleCase, NoPlanFound: the new case has no plan.
        OutputError: the machine refuses.
    """
    from planner.verification.written_runs import read_checked_run

    if asked.place is not None:
        require_free_target(asked.place)
    loaded = read_checked_run(run)
    new = made_case(loaded, asked, engine)
    case = write_next(new, asked.place, request.command, readme_of(inputs_of(run)))
    is_base = is_planned_as_base(loaded, new.read)
    made = make_plan(case, replace(request, base=is_base), watcher, engine)
    plan = made.loaded()
    comparison = compare([loaded, plan])
    study = replan_study(new, plan)
    target = dated_target(study.case_name, f"{study.kind}-{study_digest(study)}")
    more = {f"comparison/{name}": data for name, data in comparison_files(comparison).items()}
    folder = write_study(target, new.read, study, request.command, more=more)
    return ReplannedRun(case=case, run=made, study=study, folder=folder, comparison=comparison)


def made_case(loaded: LoadedRun, asked: ReplanRequest, engine: Engine | None = None) -> NextCase:
    """Returns the next case that is asked for.

    Raises:
        CaseFaults: the date or branch is none of the run, or new inputs do not fit.
    """
    laid_over = {} if asked.tables is None else read_tables(asked.tables)
    actuals = None if asked.actuals is None else read_actuals(asked.actuals, loaded.case)
    if asked.fence is None or engine is not None:
        return next_case(
            loaded,
            asked.as_of,
            branch=asked.branch,
            laid_over=laid_over,
            actuals=actuals,
            fence=asked.fence,
            engine=engine,
        )
    with Engine.start(SolveOptions().solver) as started:
        return made_case(loaded, asked, started)


def write_next(new: NextCase, place: Path | None, command: str, readme: tuple[str, ...]) -> Path:
    """Writes the next case with its README: where that is asked for, else below the outputs of the case.

    Raises:
        CaseFaults: something is at the place.
        OutputError: the machine refuses.
    """
    files = files_with_readme(new, command, readme)
    if place is not None:
        return write_case(place, files)
    name = f"case-{new.as_of}-{new.read.case_hash[:_DIGITS]}"
    return write_run(dated_target(new.read.case.settings.name, name), files, last="plan.toml")
