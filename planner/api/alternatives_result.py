"""Alternatives to a plan, in memory: the study, and each alternative as a plan of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from planner.api.study_result import StudyResult, answered
from planner.plan_request import Request
from planner.studies.alternative_plans import AlternativePlan, Alternatives, AlternativesOptions, alternatives_of
from planner.studies.alternative_runs import named_alternative, planned_alternative
from planner.studies.questions.alternatives import alternatives_study

if TYPE_CHECKING:
    from models.case import Case
    from planner.api.editable_case import EditableCase
    from planner.results.loaded_run import LoadedRun
    from planner.runs import PlannedCase
    from planner.studies.study_context import StudyContext
    from planner.studies.study_model import Study
    from planner.studies.study_run import Question


Plan = TypeVar("Plan")


class AlternativesResult(StudyResult, Generic[Plan]):
    """What was found: the study, and the alternatives by name."""

    def __init__(self, study: StudyResult, found: Alternatives, plan_of: Callable[[AlternativePlan], Plan]) -> None:
        super().__init__(study.headlines, study.notes, study.raw_tables, study.writer)
        self._found = found
        self._plan_of = plan_of

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the alternatives: A, B, … by cost, then those of least measure."""
        return tuple(plan.name for plan in (*self._found.plans, *self._found.preferred))

    def plan(self, name: str) -> Plan:
        """Returns an alternative as a plan that has passed the independent check; `write` writes it as a run.

        Of a plan of least measure orders and strategic decisions are held, and the rest is planned for least cost.

        Raises:
            CaseFaults: there is none of that name.
            CheckFailed: the independent check refuses it.
        """
        return self._plan_of(named_alternative(self._found, name))


def alternatives_result(
    case: EditableCase,
    run: LoadedRun,
    options: AlternativesOptions,
    how: Mapping[str, Any],
    make: Callable[[PlannedCase], Plan],
) -> AlternativesResult[Plan]:
    """Returns the alternatives to a plan; see `SolvedPlan.alternatives`."""
    made: list[Alternatives] = []

    def question(_: Case) -> Question:
        def ask(asked: StudyContext) -> Study:
            made.append(alternatives_of(asked, run, options))
            return alternatives_study(made[-1], run)

        return ask

    study = answered("alternatives", case, question, how)
    request = Request(
        solver=how.get("solver"), gap=how.get("gap"), time_limit_s=how.get("time_limit_s"), command="plan.alternatives"
    )
    found = made[-1]
    return AlternativesResult(study, found, lambda plan: make(planned_alternative(run, found, plan, request)))
