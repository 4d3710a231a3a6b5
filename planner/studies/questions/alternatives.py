"""Plans that decide otherwise and cost little more than the least, and what one may prefer each for."""

from __future__ import annotations

from collections.abc import Iterator

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.number_text import money
from planner.results.loaded_run import LoadedRun
from planner.studies.alternative_plans import RUN, AlternativePlan, Alternatives, AlternativesOptions, alternatives_of
from planner.studies.alternative_tables import (
    advantages_in_words,
    amount_in_words,
    change_in_words,
    decisions_table,
    difference_in_words,
    items_in_words,
    measure_in_words,
    measures_table,
    plans_table,
    share_in_words,
    shared_items,
)
from planner.studies.significance import cost_of
from planner.studies.study_columns import reason_of
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study

MUSD = "USD million"


def alternatives(context: StudyContext, run: LoadedRun, options: AlternativesOptions) -> Study:
    """Returns the study of the alternatives to the plan of a run.

    Raises:
        CaseFaults: the plan minimises regret, or an option does not fit.
        NoBaseError: the case has no plan.
    """
    return alternatives_study(alternatives_of(context, run, options), run)


def alternatives_study(found: Alternatives, run: LoadedRun) -> Study:
    """Returns the study of alternatives that were found."""
    return Study(
        kind="alternatives",
        title="Alternatives to the plan",
        case_name=found.case.settings.name,
        headlines=tuple(_headlines(found)),
        tables=(plans_table(found), measures_table(found), decisions_table(found)),
        charts=(
            ChartBlock(
                "change", "Cost above the plan of the run", ChartKind.BARS, "plans", "change_musd", "plan",
                reference=0.0,
            ),
        ),
        notes=tuple(_notes(found)),
        facts={
            "of_run": run.name, "run_cost_musd": cost_of(found.run.result), "bound_musd": found.bound_musd,
            "limit_musd": found.limit_musd, "within": found.options.within, "months": found.options.months,
        },
        refers_to_base=run.scenario_tree is None,
    )  # fmt: skip


def _headlines(found: Alternatives) -> Iterator[str]:
    count = len(found.plans)
    limit = f"within {share_in_words(found)} of the least possible cost (at most {money(found.limit_musd)} {MUSD})"
    if not count and found.is_complete:
        yield f"No plan with other strategic decisions lies {limit}: proven."
    elif not count:
        yield f"No plan with other strategic decisions was found {limit}; the gaps leave open whether there is one."
    else:
        more = "proven: there is no other" if found.is_complete else _more(found)
        plans, lie = ("plan", "lies") if count == 1 else ("plans", "lie")
        yield f"{count} {plans} with other strategic decisions {lie} {limit}; {more}."
    for plan in found.plans:
        less = advantages_in_words(found, plan)
        costs = change_in_words(found, plan)
        yield f"{plan.name}: {difference_in_words(found, plan)}, for {costs}{less and '; ' + less}."
    if cost_of(found.run.result) > found.limit_musd:
        yield f"The plan of the run itself costs more than that: {money(cost_of(found.run.result))} {MUSD}."
    if len(found.all_plans) > 1:
        shared = shared_items(found)
        yield f"All plans share: {items_in_words(shared)}." if shared else "No strategic decision is in all plans."
    for plan in found.preferred:
        yield _preferred(found, plan)


def _more(found: Alternatives) -> str:
    if len(found.plans) == found.options.count and found.rest is not None:
        return f"any other costs at least {money(found.rest)}"
    return "the gaps leave open whether there are more"


def _preferred(found: Alternatives, plan: AlternativePlan) -> str:
    """What of a measure can be had at the allowed cost, beside the plan of the run."""
    own, other, least = plan.measures[plan.measure] or 0.0, found.run.measures[plan.measure] or 0.0, plan.least
    name = f"Least {measure_in_words(found, plan.measure).removeprefix('largest ').removeprefix('worst ')}"
    proven = "" if least is None else f"; no plan of that cost has less than {amount_in_words(plan.measure, least)}"
    if not found.is_less(plan):
        return f"{name}: none below the {amount_in_words(plan.measure, other)} of the plan of the run{proven}."
    change = change_in_words(found, plan)
    decided = "" if not plan.otherwise else f", {difference_in_words(found, plan)}"
    amounts = f"{amount_in_words(plan.measure, own)} instead of {amount_in_words(plan.measure, other)}"
    return f"{name}: {amounts}, for {change}{decided}{proven}."


def _notes(found: Alternatives) -> Iterator[str]:
    months = found.options.months
    dates = (
        "Dates do not count."
        if months is None
        else f"The date of a tape-out, deal or agreement counts where it moves by more than {months} months."
    )
    yield (
        "Two plans decide otherwise if one takes a tape-out (by a route), a deal or an agreement, or expands a site, "
        f"and the other does not. {dates} Lots, modules and other orders do not count."
    )
    if len(found.probability) > 1:
        yield (
            "Over scenarios, a decision is otherwise if it is so with a probability of at least 25 %; costs, capital "
            "and orders are expected values, unserved demand and power those of the worst branch."
        )
    for measure, result in found.missing.items():
        yield f"No plan was found that makes {measure.replace('_', ' ')} least: {reason_of(result)}."


__all__ = ["RUN", "alternatives", "alternatives_study"]
