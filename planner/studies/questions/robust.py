"""Which decisions survive over futures, disruptions and alternatives: no regret, hedges and bets, with their signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.number_text import money
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.studies.alternative_plans import AlternativesOptions
from planner.studies.robust_decisions import BET, NEVER_PAYS, OPEN, RobustDecision, RobustDecisions, robust_decisions
from planner.studies.robust_tables import (
    advantages_table,
    decisions_table,
    results_table,
    seen_from,
    sign_futures,
    sign_in_words,
    vendors_table,
)
from planner.studies.significance import kind_in_words
from planner.studies.study_columns import changes_table
from planner.studies.study_context import BASE, NamedFuture, StudyContext
from planner.studies.study_model import Study
from planner.studies.survivors import HEDGE, NO_REGRET


def robust(
    context: StudyContext, run: LoadedRun, futures: Sequence[NamedFuture], options: AlternativesOptions
) -> Study:
    """Returns the study of the decisions of a plan over futures and alternatives.

    Raises:
        CaseFaults: the plan minimises regret, or an option does not fit.
        NoBaseError: the case has no plan.
    """
    return robust_study(robust_decisions(context, run, futures, options))


def robust_study(found: RobustDecisions) -> Study:
    """Returns the study of decisions that were asked about."""
    return Study(
        kind="robust",
        title="Robust decisions",
        case_name=found.case_name,
        headlines=tuple(_headlines(found)),
        tables=(
            decisions_table(found), vendors_table(found), advantages_table(found), results_table(found),
            changes_table(found.results),
        ),
        charts=(
            ChartBlock(
                "advantages", "What decisions save in each future", ChartKind.HEATMAP, "advantages", "future", "item",
                "advantage_musd", "shown",
            ),
        ),
        notes=tuple(_notes(found)),
        facts={
            "run": found.run.name, "futures": len(found.results) - 1, "alternatives": len(found.alternatives.plans),
            "within": found.alternatives.options.within,
        },
        refers_to_base=False,
    )  # fmt: skip


def _headlines(found: RobustDecisions) -> Iterator[str]:
    by_class: dict[str, list[RobustDecision]] = {}
    for one in found.decisions:
        by_class.setdefault(one.standing, []).append(one)
    plans = f"{len(found.results) - 1} futures and {len(found.alternatives.plans)} alternatives"
    if core := by_class.get(NO_REGRET):
        yield f"No regret over {plans}: {listed([_name(one) for one in core], most=12)}."
    else:
        yield f"No decision is without regret over {plans}."
    for one in by_class.get(HEDGE, ()):
        yield f"Hedge: {_name(one)} {_costs(one)}{_pays(one)}.{_watch(found, one)}"
    for one in by_class.get(BET, ()):
        yield f"Bet: {_name(one)} {_costs(one)}{_pays(one)}.{_watch(found, one)}"
    if undecided := by_class.get(OPEN):
        yield f"The gaps leave open whether {listed([_name(one) for one in undecided], most=12)} pays in any future."
    if idle := by_class.get(NEVER_PAYS):
        yield f"In some plan, but proven to pay in no future: {listed([_name(one) for one in idle], most=12)}."
    if found.left_out:
        yield f"No plan meets all limits in {listed(list(found.left_out))}: left out."


def _name(one: RobustDecision) -> str:
    kind, item = kind_in_words(one.name)
    return f"{kind} {item}"


def _costs(one: RobustDecision) -> str:
    """What it costs as expected, or at worst."""
    expected, (worst, where) = one.advantage.get(BASE), one.regret(taken=True)
    if expected is not None and expected.costs and expected.found is not None and expected.found > float("-inf"):
        return f"costs {money(-expected.found)} USD million as expected"
    lead = "pays as expected and " if expected is not None and expected.pays else ""
    amount = f"up to {money(worst)} USD million" if worst < float("inf") else "every plan"
    return f"{lead}costs {amount}, in {where}"


def _pays(one: RobustDecision) -> str:
    others = [name for name in one.pays_in if name != BASE]
    if not others:
        return ""
    worst, where = one.regret(taken=False)
    if where == BASE or where not in others:
        return f", and pays in {listed(others)}"
    if worst == float("inf"):
        return f", and pays in {listed(others)}: without it there is no plan in {where}"
    return f", and pays in {listed(others)}: up to {money(worst)}, in {where}"


def _watch(found: RobustDecisions, one: RobustDecision) -> str:
    sign = sign_in_words(found, one)
    seen = seen_from(found.results, sign_futures(found, one))
    return f" Watch: {sign}{f' (seen from {seen})' if seen else ''}." if sign else ""


def _notes(found: RobustDecisions) -> Iterator[str]:
    yield (
        "A future is planned as if it were known from the start, so an advantage is what the decision is worth to who "
        "knows; `stress` and `regret` show plans that do not know. Decisions are those of the plans found."
    )
    if len(found.alternatives.probability) > 1:
        yield "As expected means over the scenarios of the case; each scenario is then also planned by itself."
    elsewhere = found.alternatives
    if not elsewhere.is_complete:
        yield f"Alternatives are the {len(elsewhere.plans)} cheapest; there may be more within the share."


__all__ = ["robust", "robust_study"]
