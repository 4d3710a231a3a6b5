"""The next plan after a plan, in memory: what was carried over, the case and its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.api.editable_case import EditableCase
from planner.api.study_result import StudyResult

if TYPE_CHECKING:
    from planner.api.solved_plan import SolvedPlan


class ReplanResult(StudyResult):
    """The next plan: `case` and `plan`, and in `tables` what was carried over and what the rest costs."""

    case: EditableCase
    """The case that goes on from the plan; an ordinary case."""
    plan: SolvedPlan
    """Its plan."""


def replan(
    plan: SolvedPlan,
    *,
    as_of: str,
    branch: str = "",
    tables: str | PathLike[str] | Mapping[str, Any] | None = None,
    actuals: str | PathLike[str] | None = None,
    fence: int = 0,
    fence_kinds: Sequence[str] = (),
    **how: Any,  # noqa: ANN401
) -> ReplanResult:
    """Returns the plan from a later period on, with all that has been decided and paid by then carried over.

    `as_of` is the first period of the new plan, `branch` a scenario of the branch of a plan over scenarios that has
    happened. The decisions of the first `fence` periods are held at those of the plan, of all kinds or of `fence_kinds`
    (orders, leases, programmes, deals, agreements, expansions, loans); `tables["not_kept"]` has what could not be kept.
    `tables` are new inputs that are laid over the old ones: a folder with CSV files, or DataFrames by table. `actuals`
    is a folder or workbook with what came instead of what was planned.
    `how` as for `planner.plan`: solver, gap, time_limit_s and others.

    Raises:
        CaseFaults: the date or the branch is none of the plan, or new inputs do not fit.
        InfeasibleCase, NoPlanFound, CheckFailed: as `planner.plan`.
    """
    from models.outcome import SolveOptions
    from models.solvers.child import Engine
    from planner.api.solved_plan import plan as make
    from planner.replanning.fence import fence_of
    from planner.replanning.next_case import is_planned_as_base, next_case, read_tables, tables_of_texts
    from planner.studies.questions.replan import replan_study
    from planner.tracking.actuals_reading import read_actuals

    laid_over: Mapping[str, Any] = {}
    if isinstance(tables, Mapping):
        from planner.api.frames import csv_of

        laid_over = tables_of_texts({name: csv_of(name, frame) for name, frame in tables.items()})
    elif tables is not None:
        laid_over = read_tables(Path(tables))
    known = None if actuals is None else read_actuals(Path(actuals), plan.loaded.case)
    with ExitStack() as stack:
        held = fence_of(fence, fence_kinds) if fence or fence_kinds else None
        engine = stack.enter_context(Engine.start(how.get("solver") or SolveOptions().solver)) if held else None
        new = next_case(
            plan.loaded, as_of, branch=branch, laid_over=laid_over, actuals=known, fence=held, engine=engine
        )
    case = EditableCase(new.read)
    again = make(case, **{"base": is_planned_as_base(plan.loaded, new.read), **how})
    study = replan_study(new, again.loaded)

    def write(folder: Path, replace: bool) -> Path:
        from planner.files.run_folder import exact_target
        from planner.studies.study_run import write_study

        return write_study(exact_target(folder, replace=replace), new.read, study, "planner.replan")

    found = ReplanResult(study.headlines, study.notes, {table.name: table.plain() for table in study.tables}, write)
    found.case, found.plan = case, again
    return found
