"""Which decisions survive over futures, disruptions and alternatives: no regret, hedges and bets, with their signs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.number_text import money
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.studies.alternative_plans import AlternativesOptions
from planner.studies.robust_decisions import BET, NEVER_PAYS, OPEN, RobustDecision, RobustDecisions, robust_decisions
from planner.studies.robust_tables import (
    advantages_table,
    decision_name,
    decisions_table,
    results_table,
    seen_from,
    sign_futures,
    sign_in_words,
    vendors_table,
)
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
                "advantages", "What decisions save in each future", ChartKind.HEATMAP, "advantages", "future",
                "decision", "advantage_musd", "shown",
            ),
        ),
        notes=tuple(_notes(found)),
        facts={
            "of_run": found.run.name, "futures": len(found.results) - 1, "alternatives": len(found.alternatives.plans),
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
        yield f"No regret as expected, in {plans}: {listed([decision_name(one) for one in core], most=12)}."
    else:
        yield f"No decision is without regret as expected, in {plans}."
    for one in by_class.get(HEDGE, ()):
        yield f"Hedge: {decision_name(one)} {_amounts(one)}.{_watch(found, one)}"
    for one in by_class.get(BET, ()):
        yield f"Bet: {decision_name(one)} {_amounts(one)}.{_watch(found, one)}"
    if undecided := by_class.get(OPEN):
        names = listed([decision_name(one) for one in undecided], most=12)
        yield f"The gaps leave open whether there is a future in which it pays: {names}."
    if idle := by_class.get(NEVER_PAYS):
        yield f"In some plan, but proven to pay in no future: {listed([decision_name(one) for one in idle], most=12)}."
    if found.left_out:
        yield f"No plan meets all limits in {listed(list(found.left_out))}: left out."


def _amounts(one: RobustDecision) -> str:
    """Where it pays and where it costs, with the most that it saves and costs and in which future."""
    parts = []
    for verb, futures, (worst, where) in (
        ("costs", one.costs_in, one.regret(taken=True)), ("pays", one.pays_in, one.regret(taken=False)),
    ):  # fmt: skip
        named = [name for name in futures if name != BASE]
        places = (["as expected"] if BASE in futures else []) + ([f"in {listed(named)}"] if named else [])
        amount = f"up to {money(worst)} USD million" if math.isfinite(worst) else f"no plan {_WITHOUT[verb]} it"
        lies = "" if len(futures) == 1 else f" {where}" if where == BASE else f" in {where}"
        parts.append(f"{verb} {' and '.join(places)} ({amount}{lies})")
    return "; ".join(parts)


_WITHOUT = {"costs": "with", "pays": "without"}


def _watch(found: RobustDecisions, one: RobustDecision) -> str:
    sign = sign_in_words(found, one)
    seen = seen_from(found.results, sign_futures(found, one))
    return f" Sign to watch: {sign}{f' (seen from {seen})' if seen else ''}." if sign else ""


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
