"""What becomes known of scenarios, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from models.calendar import parse_label
from models.case import Case
from models.identity_cache import kept_by_identity
from models.tables.strategy_rows import Disruption, ScenarioValue
from models.whatif.scenario import values_by_scenario
from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.errors import listed

MOST_NAMES = 3
"""Names that are listed; of more their number is stated, or none."""
_MOST_PARTS = 3
_MOST_LISTED = 4
_SIGNS = {"multiply": "× ", "add": "+ ", "set": "= "}
_SUBJECTS = {
    "budgets": "budget",
    "carbon_limits": "carbon limit",
    "delays": "delay",
    "lead_times": "lead time",
    "limits": "supply",
    "prices": "price",
}
"""What is changed in a table, where it has one column of numbers and another name than this."""
_FIELDS = {
    "amount": "budget",
    "fail": "failure",
    "lead_time": "lead time",
    "respin": "respins",
    "slip": "delay in months",
}
_UNITS = ("_musd", "_usd_per_mwh", "_usd", "_mw", "_kwh")


@dataclass(frozen=True)
class KnownChange:
    """One thing in which a scenario differs from the tables: the same in another scenario is equal.

    `subject` says what differs, `keys` of what, `size` how; without a size it is a disruption, by its name.
    """

    subject: str
    keys: str
    size: str


def known_changes(case: Case, name: str) -> dict[KnownChange, int]:
    """Returns what differs in a scenario, with the period from which each is known."""
    calendar = case.settings.calendar
    row = next(row for row in case.scenarios if row.scenario == name)
    found: dict[KnownChange, int] = {}
    ambiguous = _ambiguous(case.scenario_values)
    for value in values_by_scenario(case.scenario_values).get(name, ()):
        since = value.known_from or row.revealed
        later = f" from {value.period}" if value.period and value.period != since else ""
        subject = _column_words(value.column)
        if value.table not in ambiguous:
            subject = _SUBJECTS.get(value.table, value.table.replace("_", " "))
        change = KnownChange(subject, value.key, f"{_SIGNS[value.effect]}{_digits(value.value)}{later}")
        found[change] = max(0, calendar.period_at(since))
    for disruption in row.disruptions:
        own = [part.known_from for part in case.disruptions if part.disruption == disruption and part.known_from]
        first = min(own or [row.revealed], key=parse_label)
        found[KnownChange(disruption, "", "")] = max(0, calendar.period_at(first))
    return found


def disruption_changes(rows: Iterable[Disruption]) -> list[KnownChange]:
    """Returns what the rows of a disruption change, at full strength."""
    return [
        KnownChange(
            _FIELDS.get(row.field, row.field), row.target,
            "" if row.field == "fail" else f"{_SIGNS[row.effect]}{_digits(row.value)}",
        )
        for row in rows
    ]  # fmt: skip


def change_words(changes: Iterable[KnownChange], *, is_full: bool = False) -> str:
    """Returns changes in words; the same change of several rows is stated once. `is_full` leaves no change out.

    >>> change_words([KnownChange("demand", "api", "× 1.3"), KnownChange("demand", "chat", "× 1.3")])
    'demand of api, chat × 1.3'
    >>> change_words([KnownChange("price", "a", "× 2"), KnownChange("price", "b", "× 3"), KnownChange("dry", "", "")])
    'dry and price of a × 2, b × 3'
    """
    keys: dict[tuple[str, str], list[str]] = {}
    for change in sorted(changes, key=lambda change: (change.subject, change.size, change.keys)):
        keys.setdefault((change.subject, change.size), []).append(change.keys)
    shown = list(keys.items())
    more = 0 if is_full else len(shown) - _MOST_PARTS
    parts = []
    for subject, own in groupby(shown if is_full else shown[:_MOST_PARTS], key=lambda pair: pair[0][0]):
        sizes = [_size_words(size, names, is_full=is_full) for (_, size), names in own]
        of = " of" if sizes[0][:1] not in ("", *"×+=") else ""
        parts.append(f"{subject}{of} {', '.join(sizes)}".rstrip())
    return " and ".join(parts) + (f" and {more} more change{'s' * (more > 1)}" if more > 0 else "")


def _size_words(size: str, keys: Iterable[str], *, is_full: bool) -> str:
    named = [key for key in keys if key not in ("", "*")]
    if len(named) > MOST_NAMES:
        named = [listed(named, most=_MOST_LISTED)] if is_full else []
    return " ".join(part for part in (", ".join(named), size) if part)


def _digits(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _column_words(column: str) -> str:
    unit = next((unit for unit in _UNITS if column.endswith(unit)), "")
    return column.removesuffix(unit).replace("_", " ")


@kept_by_identity(4)
def _ambiguous(values: tuple[ScenarioValue, ...]) -> frozenset[str]:
    """The tables of which scenarios change several columns."""
    columns: dict[str, set[str]] = {}
    for value in values:
        columns.setdefault(value.table, set()).add(value.column)
    return frozenset(table for table, own in columns.items() if len(own) > 1)


def scenarios_table(case: Case, futures: Sequence[Mapping[str, Any]]) -> TableBlock:
    """Returns the scenarios with their probabilities and what becomes known of each when.

    `futures` have the scenarios that are planned, with their probabilities.
    """
    chance = {row["scenario"]: row["probability"] for row in futures}
    labels = case.settings.calendar.labels
    columns = (
        Column("scenario", "Scenario", width=24), Column("probability", "Probability", Form.SHARE),
        Column("changes", "What becomes known", width=36), Column("note", "Note", width=30, spare=1),
    )  # fmt: skip
    records: list[dict[str, Any]] = []
    for row in case.scenarios:
        lines = tuple(change_lines(labels, known_changes(case, row.scenario))) or ("nothing: the base case",)
        share = chance.get(row.scenario, row.probability if row.probability == 0 else None)
        records.append({"scenario": row.scenario, "probability": share, "changes": lines, "note": row.note})
    note = "Blank where a scenario is planned with another from which it never differs."
    has_blank = any(record["probability"] is None for record in records)
    return TableBlock("scenarios", "Scenarios", note if has_blank else "", columns, rows_of(records, columns))


def change_lines(labels: Sequence[str], changes: Mapping[KnownChange, int]) -> Iterator[str]:
    """Yields changes in words, a line for each period in which something becomes known."""
    for period in sorted(set(changes.values())):
        label = labels[period] if period < len(labels) else "after the horizon"
        yield f"{label}: {change_words((one for one, at in changes.items() if at == period), is_full=True)}"


def disruption_tables(case: Case) -> Iterator[TableBlock]:
    """Yields a table of what the disruptions of the scenarios change, where there are any."""
    used = dict.fromkeys(name for row in case.scenarios for name in row.disruptions)
    columns = (
        Column("disruption", "Disruption", width=24), Column("start", "Begins", width=9),
        Column("changes", "What it changes", width=36),
    )  # fmt: skip
    records: list[dict[str, Any]] = []
    for name in used:
        own = [row for row in case.disruptions if row.disruption == name]
        changes = disruption_changes(own)
        lines = tuple(
            change_words([change for change in changes if change.subject == subject], is_full=True)
            for subject in dict.fromkeys(change.subject for change in changes)
        )
        first = min((row.start for row in own), key=parse_label)
        records.append({"disruption": name, "start": first, "changes": lines})
    if not records:
        return
    note = "Sizes are those at full strength; the tables of the case have how long they last."
    yield TableBlock("disruptions", "Disruptions of the scenarios", note, columns, rows_of(records, columns))
