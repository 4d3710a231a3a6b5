"""Why each strategic decision is as it is: what its opposite costs, where that comes from, and what would flip it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from models.checks.opposite_checks import MADE, NO_OPPOSITE
from planner.documents.blocks import ChartBlock, ChartKind
from planner.studies.explain_tables import (
    FLIPPED_BY,
    binding_table,
    bracket_text,
    changes_table,
    decision_text,
    decisions_table,
    effects_table,
    flips_table,
    sources_table,
)
from planner.studies.explained_plan import ExplainedPlan
from planner.studies.flip_search import FlipSearch, flips_of
from planner.studies.opposites import COSTS, OPEN, PAYS, Opposite, opposites
from planner.studies.price_brackets import WalkAwayPrice
from planner.studies.priced_items import priced_items
from planner.studies.study_columns import base_facts
from planner.studies.study_context import Result, StudyContext
from planner.studies.study_model import Study
from planner.studies.walk_away_prices import walk_away_prices

MOST_LINES = 12
_COUNTED = {
    PAYS: "proven right",
    OPEN: "within the gaps, so that the opposite may be as good",
    COSTS: "dearer than their opposite, which a commitment forces",
    NO_OPPOSITE: f"without alternative: {NO_OPPOSITE}",
    MADE: MADE,
}


def explain(context: StudyContext, plan: ExplainedPlan, *, flips: bool = True) -> Study:
    """Returns the study of decisions of the plan of a run; `flips` asks for the changes that flip each of them too."""
    best = plan.best_known(context)
    found = opposites(context, best, plan.decisions)
    searches = flips_of(context, best, found) if flips else []
    asked = [name for name, own in found.items() if flips and own.verdict in (PAYS, OPEN)]
    prices = walk_away_prices(context, [item for item in priced_items(context.case) if item.name in asked])
    return Study(
        kind="explain",
        title="Why each decision is as it is",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(best, found, searches, prices)),
        tables=(
            decisions_table(best, found, searches, prices),
            sources_table(best, found),
            effects_table(best, found),
            *((flips_table(searches),) if flips else ()),
            binding_table(best, found),
            changes_table(best, found),
        ),
        charts=(
            ChartBlock(
                "opposites", "What the opposite of each decision costs more", ChartKind.BARS, "decisions",
                "change_musd", "decision", "finding", reference=0.0,
            ),
        ),
        notes=tuple(_notes(context)),
        facts={"run": plan.run, **base_facts(best)},
        refers_to_base=not context.over_scenarios,
    )  # fmt: skip


def _headlines(
    plan: Result,
    found: Mapping[str, Opposite],
    searches: Sequence[FlipSearch],
    prices: Mapping[str, WalkAwayPrice],
) -> Iterator[str]:
    counts = {word: sum(own.verdict == verdict for own in found.values()) for verdict, word in _COUNTED.items()}
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    many = "1 strategic decision" if len(found) == 1 else f"{len(found)} strategic decisions"
    yield f"Of {many}: {', '.join(parts) or 'none is solved'}."
    ranked = sorted(found.values(), key=lambda own: (not own.taken, -_amount(own)))
    for own in ranked[:MOST_LINES]:
        yield _line(plan, own, [search for search in searches if search.decision == own.decision], prices)
    if len(ranked) > MOST_LINES:
        yield f"The table has {len(ranked) - MOST_LINES} more."


def _amount(own: Opposite) -> float:
    return math.inf if own.verdict == NO_OPPOSITE else own.found or 0.0


def _line(plan: Result, own: Opposite, searches: Sequence[FlipSearch], prices: Mapping[str, WalkAwayPrice]) -> str:
    """One decision in a sentence: how it is, what its opposite costs, and up to which price it pays."""
    lead = f"{decision_text(own.decision, plan['decisions'][own.decision])}:"
    side = "without it" if own.taken else "with it"
    if own.found is None:
        said = f"no plan {side}" if own.verdict == NO_OPPOSITE else own.verdict
        return f"{lead} {said}. {own.reason}".rstrip(" .") + "."
    words = f"{lead} {side} {bracket_text(own, plan)}"
    if own.verdict == OPEN:
        return f"{words}, so that the gaps leave it open."
    text = prices[own.decision].text if own.decision in prices else ""
    other = _nearest(searches)
    return f"{words}{'; ' + text if text else ''}{'; ' + other if other else ''}."


def _nearest(searches: Sequence[FlipSearch]) -> str:
    """The least change, but of the price, that flips a decision, in words."""
    known = [search for search in searches if search.estimate is not None]
    if not known:
        return ""
    nearest = min(known, key=lambda search: abs((search.estimate or 0.0) - search.lever.now) / _scale(search))
    return f"{FLIPPED_BY[nearest.lever.what]} {nearest.lever.words(nearest.estimate or 0.0)} flips it"


def _scale(search: FlipSearch) -> float:
    """What counts as a change of the same size: all of a number, or four years of delay."""
    return 48.0 if search.lever.step else 1.0


def _notes(context: StudyContext) -> Iterator[str]:
    yield (
        "The opposite of what is taken is that it is barred; of what is not taken, that it is taken at its best time. "
        "Everything else is planned again. At least and at most carry the gaps of both plans."
    )
    yield (
        "Categories and years are those of the two plans that were found, and add up to the difference of their costs; "
        "single amounts have no bounds of their own."
    )
    if context.over_scenarios:
        yield "Amounts are expected over the scenarios; an opposite holds in all of them."
