"""Rows of a table with another value, for always or from one label to another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.calendar import Calendar, parse_span
from models.case import TABLES, Case
from models.identity_cache import kept_by_identity
from models.tables.column_descriptions import columns_of
from models.tables.fleet_rows import InputRow
from models.whatif.effects import ChangedInput
from models.whatif.series_effects import demand_by_period, demand_rows, in_force, month, start_of
from models.whatif.shock import calendar_of

Rule = Callable[[float | None], float | None]


@dataclass(frozen=True)
class Window:
    """When a change holds: months from the year 0, with their labels; infinite and blank where it is open."""

    begin: float = -math.inf
    begin_label: str = ""
    end: float = math.inf
    end_label: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it holds always."""
        return math.isinf(self.begin) and math.isinf(self.end)


@dataclass(frozen=True)
class Part:
    """A changed case, its changes, and the first period that they touch (None: none of the horizon)."""

    case: Case
    changes: tuple[ChangedInput, ...] = ()
    first: int | None = None

    def then(self, other: Part) -> Part:
        """Returns this and what was done after it."""
        known = [first for first in (self.first, other.first) if first is not None]
        return Part(other.case, (*self.changes, *other.changes), min(known) if known else None)


class CaseInParts:
    """A case while its values are changed one after another; the rows of a series are put back at the end."""

    def __init__(self, case: Case) -> None:
        self._part = Part(case)
        self._series: dict[str, SeriesRows] = {}

    @property
    def part(self) -> Part:
        """The changed case, with all of its changes."""
        for table, series in self._series.items():
            if series.is_changed:
                tables: dict[str, Any] = {table: series.table()}
                self._part = replace(self._part, case=replace(self._part.case, **tables))
        self._series.clear()
        return self._part

    @property
    def first(self) -> int | None:
        """The first period of the horizon that is changed."""
        return self._part.first

    def then(self, other: Part) -> None:
        """Takes a change that was made to `part`."""
        self._part = self._part.then(other)

    def apply(self, place: tuple[str, str, str], key: str, rule: Rule, window: Window) -> None:
        """Applies a rule to the rows of a key inside a window; `place` is the table, its column and the cause."""
        case, (table, column, _) = self._part.case, place
        if "period" not in columns_of(TABLES[table]) or window.is_open:
            return self.then(_of_rows(self.part.case, place, key, rule, window))
        series = self._series.get(table)
        if series is None:
            series = self._series[table] = SeriesRows(getattr(case, table))
        is_smooth = table == "demand" and case.settings.demand_interpolation != "step"
        split = {
            own: _by_period(case, list(series.rows[own])) if is_smooth else _cut(list(series.rows[own]), window)
            for own in series.picked(key)
        }
        changes: list[ChangedInput] = []
        for rows in split.values():
            for at, row in enumerate(rows):
                if window.begin <= month(row) < window.end:
                    made = replace(row, **{column: rule(getattr(row, column))})
                    if made != row:
                        changes.append(_change(place, row, made))
                    rows[at] = made
        if changes:
            series.put(split)
            first = _first_of_changes(changes, table, case)
            self.then(Part(case, tuple(changes), first))
        return None


def _of_rows(case: Case, place: tuple[str, str, str], key: str, rule: Rule, window: Window) -> Part:
    """Returns the case with a rule applied to a column of the rows of a key."""
    table, column, _ = place
    picks = {id(row) for row in picked_rows(getattr(case, table), key)}
    changes, rows = [], []
    for row in getattr(case, table):
        # A row of a span belongs to a window when the span begins in it.
        inside = window.is_open or window.begin <= parse_span(row.span)[0] < window.end
        new = replace(row, **{column: rule(getattr(row, column))}) if inside and id(row) in picks else row
        if new != row:
            changes.append(_change(place, row, new))
        rows.append(new if new != row else row)
    if not changes:
        return Part(case)
    tables: dict[str, Any] = {table: tuple(rows)}
    return Part(replace(case, **tables), tuple(changes), _first_of_changes(changes, table, case))


Key = tuple[Any, ...]


@dataclass(frozen=True)
class KeyedRows:
    """The rows of a table by key, in its order: the key columns of a row without period labels."""

    rows: Mapping[Key, tuple[InputRow, ...]]
    texts: Mapping[Key, tuple[str, ...]]
    whole: Mapping[str, tuple[Key, ...]]
    """The keys by their text, where no other could be meant."""

    def picked(self, key: str) -> list[Key]:
        """Returns the keys that a text names: parts joined by `;`, `*` for any, perhaps fewer than there are."""
        if key in self.whole and "*" not in key:
            return list(self.whole[key])
        # A lone star is any row, also of a table whose rows have no name.
        wanted = [part.strip() for part in key.split(";")] if key not in ("", "*") else []
        return [
            own
            for own, texts in self.texts.items()
            if len(wanted) <= len(texts) and all(part in ("*", text) for part, text in zip(wanted, texts, strict=False))
        ]


@kept_by_identity(16)
def rows_by_key(rows: tuple[InputRow, ...]) -> KeyedRows:
    """Returns the rows of a table by key."""
    found: dict[Key, list[InputRow]] = {}
    for row in rows:
        found.setdefault(tuple(getattr(row, name) for name in _key_names(type(row))), []).append(row)
    texts = {key: tuple(_key_text(value) for value in key) for key in found}
    whole: dict[str, tuple[Key, ...]] = {}
    for key, parts in texts.items():
        if parts and not any(";" in part or part != part.strip() for part in parts):
            whole[";".join(parts)] = (*whole.get(";".join(parts), ()), key)
    return KeyedRows({key: tuple(own) for key, own in found.items()}, texts, whole)


def picked_rows(rows: tuple[InputRow, ...], key: str) -> list[InputRow]:
    """Returns the rows that a key names, by key."""
    keyed = rows_by_key(rows)
    return [row for own in keyed.picked(key) for row in keyed.rows[own]]


def key_of(row: InputRow) -> str:
    """Returns the key of a row: its key columns but period labels, joined by `;`."""
    return ";".join(_key_text(getattr(row, name)) for name in _key_names(type(row)))


def _key_names(row: type) -> tuple[str, ...]:
    known = _KEY_NAMES.get(row)
    if known is None:
        known = tuple(name for name, facts in columns_of(row).items() if facts.key and not facts.label)
        _KEY_NAMES[row] = known
    return known


_KEY_NAMES: dict[type, tuple[str, ...]] = {}


def _key_text(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


class SeriesRows:
    """The rows of a table of series by key, some of which are replaced."""

    def __init__(self, table: tuple[InputRow, ...]) -> None:
        self._table, self._keyed = table, rows_by_key(table)
        self.rows: dict[Key, Sequence[InputRow]] = dict(self._keyed.rows)
        self._changed: set[Key] = set()

    @property
    def is_changed(self) -> bool:
        """True where a series was replaced."""
        return bool(self._changed)

    def picked(self, key: str) -> list[Key]:
        """Returns the keys that a text names."""
        return self._keyed.picked(key)

    def put(self, rows: Mapping[Key, Sequence[InputRow]]) -> None:
        """Replaces the rows of some series."""
        self.rows |= rows
        self._changed |= rows.keys()

    def table(self) -> tuple[InputRow, ...]:
        """Returns the rows of the table: those of a series that was replaced stand where its first one stood."""
        found: list[InputRow] = []
        put: set[Key] = set()
        for row in self._table:
            key = tuple(getattr(row, name) for name in _key_names(type(row)))
            if key not in self._changed:
                found.append(row)
            elif key not in put:
                put.add(key)
                found += self.rows[key]
        return tuple(found)


def _cut(rows: list[Any], window: Window) -> list[Any]:
    """Returns the rows of a series with copies of what holds where a window begins and ends."""
    found = sorted(rows, key=month)
    for at, label in ((window.begin, window.begin_label), (window.end, window.end_label)):
        if label and not any(month(row) == at for row in rows):
            known = in_force(rows, int(at))
            if known is not None:
                found.append(replace(known, period=label))
    return sorted(found, key=month)


def _by_period(case: Case, rows: list[Any]) -> list[Any]:
    """Returns interpolated demand with a row a period, so that a change from a label on reaches nothing before it."""
    calendar = calendar_of(case.settings)
    values = demand_by_period(calendar, rows, case.settings.demand_interpolation)
    made = demand_rows(calendar, rows, np.asarray(values))
    return [row for row in sorted(rows, key=month) if month(row) < start_of(calendar, 0) and not made] + made


def _change(place: tuple[str, str, str], old: Any, new: Any) -> ChangedInput:  # noqa: ANN401
    table, column, cause = place
    return ChangedInput(table, key_of(old), column, _when(old), getattr(old, column), getattr(new, column), cause)


def _when(row: Any) -> str:  # noqa: ANN401
    names = columns_of(type(row))
    return str(row.period if "period" in names else row.span if "span" in names else "")


def _first_of_changes(changes: Sequence[ChangedInput], table: str, case: Case) -> int | None:
    """The first period of the horizon that changes touch."""
    calendar = calendar_of(case.settings)
    first = [0 if not change.period else _first_of(change.period, table, calendar) for change in changes]
    return min((period for period in first if period < calendar.count), default=None)


def _first_of(label: str, table: str, calendar: Calendar) -> int:
    begin = parse_span(label)[0]
    if "span" in columns_of(TABLES[table]):
        return max(0, calendar.period_of_month(begin))
    # A label inside a period counts from the next on, as in every series.
    return max(0, calendar.period_of_month(begin + calendar.months - 1))
