"""Questions about the change from one plan to the next, in memory: what staying costs, and what caused the change."""

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


def causes(old: SolvedPlan, new: SolvedPlan | EditableCase, **how: Any) -> StudyResult:  # noqa: ANN401
    """Returns what caused the change from an earlier plan to a later one, or to a case that is not planned yet.

    The share of each group of changed inputs in the change of cost, with at least and at most, what groups do together,
    and the smallest set of groups that flips each decision. `how` as for `planner.disrupt`.

    Raises:
        CaseFaults: an option has faults, or the two have the same inputs or start at different times.
        InfeasibleCase, NoPlanFound: one of them has no plan.
    """
    from planner.api.editable_case import EditableCase as EditableCases
    from planner.studies.cause_findings import new_case, old_case
    from planner.studies.questions.causes import causes as ask

    run = None if isinstance(new, EditableCases) else new.loaded
    case = new if isinstance(new, EditableCases) else new.case
    later = new_case(case.read.case, run, "the case" if run is None else run.name)
    earlier = old_case(old.loaded, later.case)
    return answered("causes", case, lambda _: lambda asked: ask(asked, earlier, later), how)
