"""What fits on one page: the few lines that every medium shows first, chosen from a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.comparison.comparison_items import (
    CASH,
    PRESENT,
    SERVED,
    ChangeKind,
    ComparedDecision,
    ComparedFigure,
    ComparedInput,
    Comparison,
    DecisionKind,
)
from planner.comparison.comparison_texts import joined
from planner.documents.number_text import input_cell, relative
from planner.errors import listed

MOST_DECISIONS = 12
MOST_INPUTS = 8
MOST_YEARS = 12
MOST_SERVICE = 8
_ALIKE = 5e-4
_MOST_NAMES = 3
FIGURE_NAMES = {
    "net_present_cost": "Net present cost",
    "discounted_capex": "of it capex",
    "discounted_opex": "of it opex",
    "discounted_borrowing": "of it loans repaid less drawn",
    "discounted_incentive": "of it incentives",
    "discounted_revenue": "of it revenue",
    "discounted_penalty": "of it penalty for unserved demand",
    "discounted_value_left": "of it value left",
    "net_present_value": "Net present value",
    "cash_cost": "Cash spent",
    "capex": "of it capex, not discounted",
    "opex": "of it opex, not discounted",
    "borrowing": "of it loans repaid less drawn, not discounted",
    "incentive": "Incentives, not discounted",
    "revenue": "Revenue, not discounted",
    "unserved_penalty": "Penalty for unserved demand, not cash",
    "owed_after_end": "Owed after the end",
    "owed_share_of_cash": "Owed after the end, share of cash spent",
    "cost_per_thousand_queries": "Cash per 1,000 queries",
    "hardware_cost_per_thousand_queries": "Hardware per 1,000 queries",
    "least_share_served": "Least served workload",
    "share_of_largest_vendor": "Largest vendor's share",
    "utilisation": "Utilisation",
    "peak_mw": "Peak power",
    "carbon_emitted": "Carbon emitted",
}


@dataclass(frozen=True)
class ComparisonHeadline:
    """The chosen lines; `more` tells in words what is left out of each part, blank where nothing is."""

    decisions: tuple[ComparedDecision, ...]
    inputs: tuple[str, ...]
    present: tuple[ComparedFigure, ...]
    cash: tuple[ComparedFigure, ...]
    service: tuple[ComparedFigure, ...]
    key_figures: tuple[ComparedFigure, ...]
    now: tuple[ComparedDecision, ...]
    later: tuple[ComparedDecision, ...]
    """Of plans over scenarios, decisions before they differ and those that wait, in place of `decisions`."""
    more_decisions: str
    more_later: str
    more_inputs: str
    more_service: str


def page_of(comparison: Comparison) -> ComparisonHeadline:
    """Returns what one page shows of a comparison: strategic decisions before orders, flips before changes."""
    branches = comparison.branches
    changed = _changed(comparison.decisions if branches is None else branches.now)
    later = _changed(() if branches is None else branches.later)
    sentences = [*input_sentences(comparison)]
    served = [*_service(comparison)]
    kept = changed[:MOST_DECISIONS]
    return ComparisonHeadline(
        decisions=tuple(kept) if branches is None else (),
        now=() if branches is None else tuple(kept),
        later=tuple(later[:MOST_DECISIONS]),
        inputs=tuple(sentences[:MOST_INPUTS]),
        present=tuple(line for line in comparison.money if line.labels[1] == PRESENT),
        cash=tuple(_cash(comparison)),
        service=tuple(served[:MOST_SERVICE]),
        key_figures=comparison.key_figures,
        more_decisions=_more(len(changed) - len(kept), "decision"),
        more_later=_more(len(later) - MOST_DECISIONS, "decision"),
        more_inputs=_more(len(sentences) - MOST_INPUTS, "change of input"),
        more_service=_more(len(served) - MOST_SERVICE, "workload"),
    )


def _changed(entries: Sequence[ComparedDecision]) -> list[ComparedDecision]:
    """The decisions that differ: strategic ones before orders, flips before changes."""
    changed = [entry for entry in entries if entry.is_changed]
    # Sorting is stable: among themselves flips, and changes, keep the order of the comparison.
    changed.sort(
        key=lambda entry: (entry.kind in (DecisionKind.ORDER, DecisionKind.LEASE, DecisionKind.SALE), not entry.is_flip)
    )
    return changed


def figure_name(line: ComparedFigure) -> str:
    """Returns the name of a key figure as it is read, and what it is of in each run."""
    name = FIGURE_NAMES.get(line.labels[0], line.labels[0].replace("_", " ").capitalize())
    return f"{name} ({line.of})" if line.of else name


def decision_words(comparison: Comparison, entry: ComparedDecision) -> Iterator[tuple[int, str, bool]]:
    """Yields (run, wording, whether it flips) for each run that decides otherwise."""
    for run in comparison.others:
        change = entry.changes[run - 1]
        if change is not ChangeKind.SAME:
            yield run, entry.wordings[run - 1], change.is_flip


def input_sentences(comparison: Comparison) -> Iterator[str]:
    """Yields the changes of input in words, one a row over its time; where there are many, by column or table."""
    shown = [entry for entry in comparison.inputs if not entry.is_remark]
    for run in comparison.others:
        letter = f"{comparison.sides[run].letter}: " if len(comparison.sides) > 2 else ""
        own = [entry for entry in shown if entry.changes[run - 1] is not ChangeKind.SAME]
        room = max(1, MOST_INPUTS // len(comparison.others))
        for groups in (_grouped(own, by_row=True), _grouped(own, by_row=False)):
            if len(groups) <= room:
                yield from (letter + _sentence(group, run) for group in groups)
                break
        else:
            yield from (letter + text for text in _by_table(own, run))
    remarks = sum(entry.is_remark for entry in comparison.inputs)
    if remarks:
        many = f"{remarks} notes or sources read otherwise; they change no plan."
        yield many if remarks > 1 else "1 note or source reads otherwise; it changes no plan."
    hashes = {side.case_hash for side in comparison.sides}
    if len(hashes) > 1 and not comparison.inputs:
        yield "The input files differ in form only (writing of numbers, comments, order of rows that are looked up)."


def _grouped(entries: Sequence[ComparedInput], *, by_row: bool) -> list[list[ComparedInput]]:
    groups: dict[tuple[object, ...], list[ComparedInput]] = {}
    for entry in entries:
        key = (entry.table, entry.column, entry.row if by_row else "", entry.column == "" and entry.changes)
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


def _by_table(entries: Sequence[ComparedInput], run: int) -> Iterator[str]:
    """Yields one sentence a table: how many cells of which columns, and how many rows came and went."""
    for table in dict.fromkeys(entry.table for entry in entries):
        own = [entry for entry in entries if entry.table == table]
        cells = [entry.column for entry in own if entry.column]
        columns = list(dict.fromkeys(cells))
        parts = [f"{len(cells)} cell{'' if len(cells) == 1 else 's'} changed ({listed(columns)})"] if cells else []
        for change in (ChangeKind.ADDED, ChangeKind.DROPPED):
            rows = sum(not entry.column and entry.changes[run - 1] is change for entry in own)
            parts += [f"{rows} row{'' if rows == 1 else 's'} {change.value}"] if rows else []
        yield f"{table}: {', '.join(parts)}"


def _sentence(group: Sequence[ComparedInput], run: int) -> str:
    """Returns what changed in a column over some rows or period labels, or which rows came and went."""
    first = group[0]
    rows = list(dict.fromkeys(entry.row for entry in group if entry.row))
    times = [entry.time for entry in group if entry.time]
    name = " ".join(filter(None, [first.table, rows[0] if len(rows) == 1 else "", first.column]))
    if not first.column:
        change = first.changes[run - 1].value
        if len(group) == 1:
            row = input_cell(first.values[run] if first.values[run] is not None else first.values[0])
            return f"{name}{f' {first.time}' if first.time else ''}: row {change} ({row})"
        names = f" ({joined(rows) if len(rows) <= _MOST_NAMES else f'{len(rows)} names'})" if len(rows) > 1 else ""
        return f"{name}: {len(group)} rows {change}{names}{_over(times)}"
    if len(group) == 1:
        unit = f" {first.unit}" if first.unit and isinstance(first.values[run], float) else ""
        part = relative(first.share(run))
        shown = f"{input_cell(first.values[run])}{unit}, not {input_cell(first.values[0])}"
        return f"{name}{f' {first.time}' if first.time else ''}: {shown}{f' ({part})' if part else ''}"
    shares = [found for entry in group if (found := entry.share(run)) is not None]
    size = ""
    if len(shares) == len(group):
        low, high = relative(min(shares)), relative(max(shares))
        size = f", {high}" if max(shares) - min(shares) < _ALIKE else f", {low} to {high}"
    return f"{name}: {len(group)} cells{_of(rows)}{_over(times)}{size}"


def _of(rows: Sequence[str]) -> str:
    if len(rows) < 2:
        return ""
    return f" of {joined(rows)}" if len(rows) <= _MOST_NAMES else f" of {len(rows)} rows"


def _over(times: Sequence[str]) -> str:
    distinct = sorted(set(times))
    if not distinct:
        return ""
    return f" in {distinct[0]}" if len(distinct) == 1 else f" from {distinct[0]} to {distinct[-1]}"


def _cash(comparison: Comparison) -> list[ComparedFigure]:
    """Returns cash by year and its total; of many years those with the largest differences, in order of time."""
    lines = [line for line in comparison.money if line.labels[0] == CASH]
    if len(lines) <= MOST_YEARS + 1:
        return lines
    years = lines[:-1] if lines[-1].labels[1] == comparison.total else lines
    largest = sorted(years, key=lambda line: -_size(comparison, line))[:MOST_YEARS]
    return [line for line in lines if line in largest or line not in years]


def _service(comparison: Comparison) -> Iterator[ComparedFigure]:
    """Yields the share served of each workload over all shared time, and where it changes most."""
    served = [line for line in comparison.service if line.labels[2] == SERVED]
    last = {line.labels[0]: line for line in served}
    for workload, total in last.items():
        yield total
        own = [line for line in served if line.labels[0] == workload and line is not total and line.is_changed]
        if own:
            yield max(own, key=lambda line: _size(comparison, line))


def _size(comparison: Comparison, line: ComparedFigure) -> float:
    return max((abs(line.difference(run) or 0.0) for run in comparison.others), default=0.0)


def _more(count: int, what: str) -> str:
    plural = what.replace("change of", "changes of") if what.startswith("change") else f"{what}s"
    return f"and {count} more {what if count == 1 else plural}" if count > 0 else ""
