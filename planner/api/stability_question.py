"""What staying near an earlier plan costs, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.api.study_result import StudyResult, answered

if TYPE_CHECKING:
    from models.case import Case
    from planner.api.editable_case import EditableCase
    from planner.api.solved_plan import SolvedPlan
    from planner.studies.study_run import Question


def stability(case: EditableCase, *, near: SolvedPlan, base: bool = False, **how: Any) -> StudyResult:  # noqa: ANN401
    """Returns how much nervousness against an earlier plan each share of the cost of a case saves.

    Over the scenarios of the case where it has some, unless `base`; `how` as for `planner.disrupt`.

    Raises:
        CaseFaults: an option has faults, or the plan shares no period with the case.
        InfeasibleCase, NoPlanFound: the case has no plan.
    """

    def question(known: Case) -> Question:
        from planner.studies.questions.stability import stability as ask
        from planner.studies.scenario_work import has_scenarios

        over = not base and has_scenarios(known)
        return lambda asked: ask(asked, near.loaded, over_scenarios=over)

    return answered("stability", case, question, how)
