"""The plan of a run as questions about its decisions take it: as the result of a point, with what is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.case import Case
from planner.case.nearest_name import nearest
from planner.errors import CaseFaults, Fault
from planner.results.loaded_run import LoadedRun
from planner.studies.future_recipes import recipe_of
from planner.studies.opposites import with_best_bound
from planner.studies.point_summary import decision_names, summary_of_run
from planner.studies.study_context import BASE, Result, StudyContext


@dataclass(frozen=True, eq=False)
class ExplainedPlan:
    """The plan of a run: its name, the plan as the result of a point, and the decisions that are asked about."""

    run: str
    result: Result
    decisions: tuple[str, ...]
    over_scenarios: bool

    def context(self, asked: StudyContext) -> StudyContext:
        """Returns the question, over scenarios where the plan is made over them."""
        return replace(asked, over_scenarios=self.over_scenarios)

    def best_known(self, context: StudyContext, gap: float | None = None) -> Result:
        """Returns the plan with the better of its bound and that of the case planned again, to a gap where given."""
        point = context.base_point()
        if gap is not None:
            recipe = recipe_of(over_scenarios=self.over_scenarios, gap=gap)
            point = replace(point, name=f"{BASE}, closer", recipe=recipe)
        return with_best_bound(self.result, context.solve([point])[point.name])


def explained_plan(run: LoadedRun, case: Case, decisions: Sequence[str] = ()) -> ExplainedPlan:
    """Returns the plan of a run with the strategic decisions that are asked about, all of its case without names.

    Raises:
        CaseFaults: the plan minimises regret, or a name is no strategic decision of the case.
    """
    if run.best_alone:
        remedy = "Plan it with --objective cost."
        raise CaseFaults([Fault(run.name, "minimises regret, and this is about cost", remedy)])
    known = decision_names(case)
    faults = []
    for name in decisions:
        if name not in known:
            close = nearest(name, known)
            remedy = f"Did you mean {close}?" if close else f"Available: {', '.join(known) or 'none'}."
            faults.append(Fault("--decision", "is not a decision of this case", remedy, value=name))
    if faults:
        raise CaseFaults(faults)
    chosen = tuple(dict.fromkeys(decisions)) or tuple(known)
    return ExplainedPlan(run.name, summary_of_run(run), chosen, run.scenario_tree is not None)
