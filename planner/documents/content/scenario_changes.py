"""What becomes known of scenarios, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from models.calendar import parse_label
from models.case import Case
from models.tables.strategy_rows import Disruption
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
    for value in case.scenario_values:
        if value.scenario == name:
            since = value.known_from or row.revealed
            later = f" from {value.period}" if value.period and value.period != since else ""
            subject = _column_words(value.column)
            if not _is_ambiguous(case, value.table):
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


def _is_ambiguous(case: Case, table: str) -> bool:
    """True for a table of which scenarios change several columns."""
    return len({value.column for value in case.scenario_values if value.table == table}) > 1
