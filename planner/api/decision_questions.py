"""Questions about the decisions of a plan, in memory: why, by when, and at which price."""

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


def worth_result(case: EditableCase, run: LoadedRun, how: Mapping[str, Any]) -> StudyResult:
    """Returns what the terms of a plan are worth; see `planner.worth`."""

    def question(_: Case) -> Question:
        from planner.studies.questions.negotiation import worth as ask

        return lambda asked: ask(asked, run)

    return answered("worth", case, question, how)


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
