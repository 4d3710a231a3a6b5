"""What caused the change between two plans: the share of each group of changed inputs, and what flips each decision."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.number_text import difference, money, musd_between, relative
from planner.errors import listed
from planner.studies.cause_findings import NONE, Causes, ComparedCase, Flip, causes_of, flips_of, named
from planner.studies.cause_tables import causes_table, coalitions_table, flips_table, together_table
from planner.studies.shapley_shares import ValueBracket, difference_of
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study

MUSD = "USD million"
_MOST_FLIPS = 8
_MOST_DROPPED = 5


def causes(context: StudyContext, old: ComparedCase, new: ComparedCase) -> Study:
    """Returns the study of what caused the change from an old case to a new one.

    Raises:
        CaseFaults: the cases have the same inputs, or start at different times.
        NoBaseError: one of them has no plan.
    """
    found = causes_of(context, old, new)
    flips = flips_of(found)
    tables = [causes_table(found), *([together_table(found)] if len(found.parts) > 1 else [])]
    return Study(
        kind="causes",
        title="What caused the change",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(found, flips)),
        tables=(*tables, flips_table(found, flips), coalitions_table(found)),
        charts=(
            ChartBlock(
                "shares", "Share of each group of changed inputs in the change of cost", ChartKind.BARS, "causes",
                "share_musd", "group", "finding", reference=0.0,
            ),
        ),
        notes=tuple(_notes(found)),
        facts={"old": old.name, "new": new.name, "old_cost_musd": found.values[NONE].found},
        refers_to_base=False,
    )  # fmt: skip


def _headlines(found: Causes, flips: Sequence[Flip]) -> Iterator[str]:
    start, end = found.values[NONE].found, found.values[found.everything].found
    whole = difference_of(found.everything, NONE, found.values)
    if start:
        costs = f"{money(end)} instead of {money(start)} {MUSD} ({relative((end - start) / abs(start)) or '0 %'})"
        yield f"{found.new.name} costs {costs}: {_words(whole)}."
    else:
        yield f"{found.new.name} costs {money(end)} {MUSD}, {found.old.name} nothing."
    for part, share in sorted(found.shares.items(), key=lambda entry: -abs(entry[1].found)):
        yield f"{part[0].upper()}{part[1:]}: {_words(share)}{_open(share)}."
    names = [group.name for group in found.changed]
    for flip in flips[:_MOST_FLIPS]:
        by = "; or ".join(named(one, names) for one in flip.sets[:3])
        item = f"{flip.kind.replace('_', '-')} {flip.item}"
        yield f"{item}: {flip.now}, was {flip.before}. Flipped by {by}."
    if len(flips) > _MOST_FLIPS:
        yield f"The table has {len(flips) - _MOST_FLIPS} more decisions that differ."
    if not flips:
        yield "No strategic decision and no order differs."


def _words(value: ValueBracket) -> str:
    least, most = (end if math.isfinite(end) else None for end in (value.least, value.most))
    return f"{difference(value.found, MUSD)} {MUSD} (proven: {musd_between((least, most))})"


def _open(value: ValueBracket) -> str:
    return ", open within the gaps" if value.least <= 0.0 <= value.most else ""


def _notes(found: Causes) -> Iterator[str]:
    count = 2 ** len(found.changed)
    yield (
        f"{count} cases were planned: each takes the inputs of some groups from {found.new.name} and the others from "
        f"{found.old.name}."
    )
    for names, why in found.joined:
        yield f"{names[0].upper()}{names[1:]} have one share, as there is no plan between them ({why})."
    dropped = found.dropped
    if dropped:
        yield (
            f"{len(dropped)} row{' was' if len(dropped) == 1 else 's were'} left out where a mixed case lacks what "
            f"they name: {listed(dropped, most=_MOST_DROPPED)}."
        )
