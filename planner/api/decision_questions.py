"""Questions about decisions, in memory: why, by when, at which price, and what must give where there is no plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from planner.api.study_result import StudyResult, answered

if TYPE_CHECKING:
    from models.case import Case
    from planner.api.editable_case import EditableCase
    from planner.results.loaded_run import LoadedRun
    from planner.studies.alternative_plans import AlternativesOptions
    from planner.studies.study_run import Question


def explanation_result(
    case: EditableCase, run: LoadedRun, decisions: Sequence[str], how: Mapping[str, Any], *, flips: bool
) -> StudyResult:
    """Returns why the strategic decisions of a plan are as they are; see `planner.explain`."""

    def question(known: Case) -> Question:
        from planner.studies.explained_plan import explained_plan
        from planner.studies.questions.explain import explain as ask

        explained = explained_plan(run, known, decisions)
        return lambda asked: ask(explained.context(asked), explained, flips=flips)

    return answered("explain", case, question, how)


def calendar_result(
    case: EditableCase, run: LoadedRun, decisions: Sequence[str], how: Mapping[str, Any], *, waiting: float
) -> StudyResult:
    """Returns by when the early decisions of a plan must be made; see `planner.explain`."""

    def question(known: Case) -> Question:
        from planner.studies.explained_plan import explained_plan
        from planner.studies.questions.commit_by import commit_by

        explained = explained_plan(run, known, decisions)
        return lambda asked: commit_by(explained.context(asked), explained, decisions, share=waiting)

    return answered("commit_by", case, question, how)


def worth_result(
    case: EditableCase, run: LoadedRun, how: Mapping[str, Any], *, only_rights: bool = False
) -> StudyResult:
    """Returns what the terms of a plan are worth; see `planner.worth`."""

    def question(_: Case) -> Question:
        from planner.studies.questions.negotiation import worth as ask
        from planner.studies.questions.negotiation import worth_of_rights

        return lambda asked: (worth_of_rights if only_rights else ask)(asked, run)

    return answered("rights" if only_rights else "worth", case, question, how)


def robust_result(
    case: EditableCase,
    run: LoadedRun,
    disruptions: Sequence[str],
    options: AlternativesOptions,
    how: Mapping[str, Any],
    *,
    scenarios: bool,
) -> StudyResult:
    """Returns which decisions survive over futures and alternatives; see `SolvedPlan.robust`."""

    def question(known: Case) -> Question:
        from planner.studies.questions.robust import robust as ask
        from planner.studies.study_context import all_futures

        futures = all_futures(known, tuple(disruptions), scenarios=scenarios)
        return lambda asked: ask(asked, run, futures, options)

    return answered("robust", case, question, how)


def repair(case: EditableCase, *, base: bool = False, **how: Any) -> RepairResult:  # noqa: ANN401
    """Finds what must give where a case has no plan: least repairs by kind, proven minimal, priced and tried.

    Over the scenarios of the case where it has some, unless `base`; `how` as for `planner.disrupt`.

    Raises:
        CaseFaults: the case has a plan, or an option has faults.
        NoPlanFound: it was not found out in time whether the case has a plan.
    """

    def question(known: Case) -> Question:
        from planner.studies.questions.repair import repair as ask
        from planner.studies.scenario_work import has_scenarios

        over = not base and has_scenarios(known)
        return lambda asked: ask(asked, over_scenarios=over)

    return RepairResult(case, answered("repair", case, question, how))


class RepairResult(StudyResult):
    """The menu of least repairs; `apply(1)` returns the case with the first of them."""

    def __init__(self, case: EditableCase, found: StudyResult) -> None:
        super().__init__(found.headlines, found.notes, found.raw_tables, found.writer)
        self._case = case

    def apply(self, number: int) -> EditableCase:
        """Returns the case with the changed cells of a repair of the menu, checked like any other.

        Raises:
            CaseFaults: the menu has no repair of that number.
        """
        from planner.repaired_case import changes_of_repair, repaired

        changes = changes_of_repair(list(self.raw_tables["changes"].records()), number)
        return self._case.with_files(repaired(self._case.read, changes))
