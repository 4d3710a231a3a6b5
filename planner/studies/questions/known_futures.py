"""The best plan under each disruption, if it were known in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner.documents.blocks import Column, TableBlock, rows_of
from planner.results.table import Cell
from planner.studies.significance import costliest, flips, flips_in_words, has_plan, kind_in_words, share_of
from planner.studies.study_columns import (
    DECISIONS,
    FUTURE,
    base_facts,
    breaches_table,
    by_name,
    change_chart,
    changes_table,
    futures_table,
    lost_line,
    money_table,
    service_table,
    strain_lines,
    unaffected_line,
    undisturbed_line,
)
from planner.studies.study_context import NamedFuture, StudyContext
from planner.studies.study_model import Study
from planner.sweeps.points import Point

OF_PLANS_FOUND = (
    "Decisions are those of the plans that were found: where a change of cost lies within the gaps, other decisions "
    "may be as good."
)


def known_futures(context: StudyContext, futures: Sequence[NamedFuture]) -> Study:
    """Returns the study of futures that are known in advance.

    Raises:
        NoBaseError: the undisturbed case has no plan.
    """
    points = [Point(name=future.name, question="plan", recipe=future.recipe, after=None) for future in futures]
    base, results = context.with_base(points)
    own = {future.name: results[future.name] for future in futures}
    changed: dict[str, Cell] = {
        name: flips_in_words(flips(result, base, dates=False)) or "none"
        for name, result in own.items()
        if has_plan(result)
    }
    note = (
        "Each future is planned as if known from the start. A change whose sign the gaps leave open is marked within "
        "the gaps."
    )
    table = futures_table("The best plan in each future", note, own, base, (DECISIONS, changed))
    return Study(
        kind="disrupt",
        title="Effect of disruptions on the best plan",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(base, own)),
        tables=(
            table, breaches_table(own), service_table(by_name(own), base), decisions_table(own, base),
            money_table(own, base), changes_table(own),
        ),
        charts=(change_chart("Change of net present cost"),),
        notes=(OF_PLANS_FOUND,),
        facts=base_facts(base),
    )  # fmt: skip


def _headlines(base: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]]) -> list[str]:
    planned = {name: result for name, result in own.items() if has_plan(result)}
    lines: list[str] = []
    if planned:
        worst, gap = costliest(planned, base)
        if gap.is_finding and gap.found > 0:
            lines.append(
                f"The most expensive future is {worst}: {gap.found:+,.0f} USD million{share_of(gap.found, base)}."
            )
        else:
            lines.append("No future costs more than the undisturbed plan by more than the gaps.")
        moved = [name for name, result in planned.items() if flips(result, base, dates=False)]
        if len(moved) == 0:
            lines.append("The same strategic decisions are taken in every future.")
        else:
            futures = "future" if len(planned) == 1 else "futures"
            lines.append(f"Other strategic decisions are taken in {len(moved)} of {len(planned)} {futures}.")
    return [*lines, *strain_lines(planned), *unaffected_line(own), *lost_line(own), undisturbed_line(base)]


def decisions_table(own: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]) -> TableBlock:
    """Returns every strategic decision that a future changes."""
    columns = (
        FUTURE,
        Column("kind", "Kind", width=12),
        Column("item", "Item", width=24),
        Column("undisturbed", "Undisturbed", width=34),
        Column("now", "In this future", width=34),
    )
    records: list[dict[str, Cell]] = []
    for name, result in own.items():
        if has_plan(result):
            for decision, before, now in flips(result, base):
                kind, item = kind_in_words(decision)
                records.append({"future": name, "kind": kind, "item": item, "undisturbed": before, "now": now})
    note = "Decisions that are the same as undisturbed are left out."
    return TableBlock("decisions", "Decisions that change", note, columns, rows_of(records, columns))
