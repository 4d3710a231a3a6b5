"""One input at a time: what its low and high end do to cost, service and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.errors import listed
from planner.results.table import Cell
from planner.studies.future_recipes import recipe_of
from planner.studies.point_summary import largest_vendor
from planner.studies.questions.known_futures import OF_PLANS_FOUND
from planner.studies.significance import difference, flips, flips_in_words, has_plan, kind_in_words
from planner.studies.study_columns import (
    base_facts,
    breaches_table,
    compared,
    compared_columns,
    lost_line,
    service_table,
    strain_lines,
    undisturbed_line,
)
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study
from planner.studies.varied_inputs import VariedInput
from planner.sweeps.points import Point

INPUT = Column("input", "Input", width=34)
END = Column("end", "End", width=6)
IS = Column("is", "Which is", width=8)
AT = Column("at", "The input is", width=26)
LEVER = Column("lever", "Lever", Form.NUMBER, width=10, spare=7)


def tornado(context: StudyContext, inputs: Sequence[VariedInput]) -> Study:
    """Returns the study of inputs, each at both of its ends with all others as expected.

    Raises:
        NoBaseError: the undisturbed case has no plan.
    """
    points = {
        (entry.name, end): Point(
            f"{entry.name} {end}", "plan", recipe_of(levers=[(entry.name, entry.effect, value)]), None
        )
        for entry in inputs
        for end, value in (("low", entry.low), ("high", entry.high))
    }
    base, results = context.with_base(list(points.values()))
    found = {key: results[point.name] for key, point in points.items()}
    ranked = sorted(inputs, key=lambda entry: -_swing(found, entry, base))
    ends = {f"{name} {end}": result for (name, end), result in found.items()}
    return Study(
        kind="tornado",
        title="One input at a time",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(ranked, found, base)),
        tables=(
            _table(ranked, found, base), _flips(ranked, found, base), _service(ranked, found, base),
            breaches_table(ends),
        ),
        charts=(
            ChartBlock(
                "tornado", "Change of net present cost", ChartKind.TORNADO, "tornado", "change_musd", "input", "end",
                reference=0.0, note="Ends whose change lies within the gaps are pale.",
            ),
        ),
        notes=(OF_PLANS_FOUND,),
        facts=base_facts(base),
    )  # fmt: skip


_Found = Mapping[tuple[str, str], Mapping[str, Any]]


def _swing(found: _Found, entry: VariedInput, base: Mapping[str, Any]) -> float:
    amounts = [
        difference(found[entry.name, end], base).found for end in ("low", "high") if has_plan(found[entry.name, end])
    ]
    return max([*amounts, 0.0]) - min([*amounts, 0.0])


def _table(ranked: Sequence[VariedInput], found: _Found, base: Mapping[str, Any]) -> TableBlock:
    columns = (
        INPUT,
        END,
        IS,
        AT,
        LEVER,
        Column("effect", "How", width=10, spare=8),
        *compared_columns(base),
        Column("vendor", "Largest vendor", width=14),
        Column("decisions", "Decisions that flip", width=60),
    )
    records: list[dict[str, Cell]] = []
    for entry in ranked:
        for place, (end, lever) in enumerate((("low", entry.low), ("high", entry.high))):
            result = found[entry.name, end]
            record: dict[str, Cell] = {"input": entry.name, "end": end, "is": entry.ends[place]}
            record |= {"at": entry.said(lever), "lever": lever, "effect": entry.effect}
            record |= compared(result, base)
            if has_plan(result):
                vendor, before = largest_vendor(result), largest_vendor(base)
                record["vendor"] = vendor if vendor == before else f"{vendor}, not {before}"
                record["decisions"] = flips_in_words(flips(result, base, dates=False)) or "none"
            records.append(record)
    note = (
        "Largest range of cost first. P10 and P90 are the 10th and 90th percentiles of the input; given ends are those "
        "requested. A decision flips when another one is taken, not when only its date moves."
    )
    return TableBlock("tornado", "Each input at both ends", note, columns, rows_of(records, columns))


def _flips(ranked: Sequence[VariedInput], found: _Found, base: Mapping[str, Any]) -> TableBlock:
    columns = (
        INPUT,
        END,
        Column("kind", "Kind", width=12),
        Column("item", "Decision", width=26),
        Column("expected", "As expected", width=34),
        Column("now", "At this end", width=34),
        Column("is_flip", "Flips", width=8),
    )
    records: list[dict[str, Cell]] = []
    for entry in ranked:
        for end in ("low", "high"):
            result = found[entry.name, end]
            if not has_plan(result):
                continue
            other = {name for name, _, _ in flips(result, base, dates=False)}
            for name, before, now in flips(result, base):
                kind, item = kind_in_words(name)
                records.append(
                    {
                        "input": entry.name,
                        "end": end,
                        "kind": kind,
                        "item": item,
                        "expected": before,
                        "now": now,
                        "is_flip": "flips" if name in other else "moves",
                    }
                )
    note = "Decisions that flip are taken otherwise; decisions that move change their date or size only."
    return TableBlock("flips", "Decisions that flip or move", note, columns, rows_of(records, columns))


def _service(ranked: Sequence[VariedInput], found: _Found, base: Mapping[str, Any]) -> TableBlock:
    ends: dict[tuple[Cell, ...], Mapping[str, Any]] = {
        (entry.name, end): found[entry.name, end] for entry in ranked for end in ("low", "high")
    }
    return service_table(ends, base, (INPUT, END))


def _headlines(ranked: Sequence[VariedInput], found: _Found, base: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    if ranked and _is_swing(found, ranked[0], base):
        first = ranked[0]
        span = f"{first.said(first.low)} at {_end_word(first, 0)}, {first.said(first.high)} at {_end_word(first, 1)}"
        lines.append(
            f"{first.name} has the largest effect: {_swing(found, first, base):,.0f} USD million end to end ({span})."
        )
    elif ranked:
        lines.append("No input changes the cost by more than the gaps.")
    flipping = [
        entry.name for entry in ranked if any(_flips_any(found[entry.name, end], base) for end in ("low", "high"))
    ]
    lines.append(
        f"{len(flipping)} of {len(ranked)} inputs flip a decision or the largest vendor: {listed(flipping)}."
        if flipping
        else "No input flips a strategic decision or the largest vendor between its ends."
    )
    quiet = [entry.name for entry in ranked if not _is_swing(found, entry, base)]
    if quiet and len(quiet) < len(ranked):
        lines.append(f"Within the gaps at both ends, so their effect on cost is undetermined: {listed(quiet)}.")
    ends = {f"{entry.name} {end}": found[entry.name, end] for entry in ranked for end in ("low", "high")}
    return [*lines, *strain_lines(ends), *lost_line(ends), undisturbed_line(base)]


def _end_word(entry: VariedInput, place: int) -> str:
    """What an end is called: a quantile, or low and high."""
    return entry.ends[place] if entry.ends[place] != "given" else ("the low end", "the high end")[place]


def _flips_any(result: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    if not has_plan(result):
        return False
    return bool(flips(result, base, dates=False)) or largest_vendor(result) != largest_vendor(base)


def _is_swing(found: _Found, entry: VariedInput, base: Mapping[str, Any]) -> bool:
    """True where an end differs from the undisturbed plan, or from the other end, by more than the gaps."""
    low, high = (found[entry.name, end] for end in ("low", "high"))
    known = [result for result in (low, high, base) if has_plan(result)]
    return any(difference(one, other).is_finding for one, other in combinations(known, 2))
