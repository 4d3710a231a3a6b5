"""Rows of a table with another value, for always or from one label to another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from models.calendar import Calendar, parse_span
from models.case import TABLES, Case
from models.tables.column_descriptions import columns_of
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


def part_of(case: Case, table: str, column: str, picks: set[int], rule: Rule, window: Window, cause: str) -> Part:
    """Returns the case with a rule applied to a column of rows, which are given by their `id`."""
    facts = columns_of(type(getattr(case, table)[0])) if getattr(case, table) else {}
    interpolation = case.settings.demand_interpolation
    if "period" in facts and not window.is_open:
        names = [name for name, entry in facts.items() if entry.key and not entry.label]
        return _from_labels(case, (table, column, cause), picks, rule, window, names, is_smooth=interpolation != "step")
    changes, rows = [], []
    for row in getattr(case, table):
        # A row of a span belongs to a window when the span begins in it.
        inside = window.is_open or window.begin <= parse_span(row.span)[0] < window.end
        new = replace(row, **{column: rule(getattr(row, column))}) if inside and id(row) in picks else row
        if new != row:
            changes.append(_change((table, column, cause), row, new))
        rows.append(new if new != row else row)
    return _part(case, table, rows, changes)


def _from_labels(
    case: Case,
    place: tuple[str, str, str],
    picks: set[int],
    rule: Rule,
    window: Window,
    names: list[str],
    *,
    is_smooth: bool,
) -> Part:
    """Returns the case with series changed inside a window; the rows of each series stand in order of time."""
    table, column, _ = place
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in getattr(case, table):
        if id(row) in picks:
            groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row)
    split = {
        key: _by_period(case, rows) if table == "demand" and is_smooth else _cut(rows, window)
        for key, rows in groups.items()
    }
    changes: list[ChangedInput] = []
    new: dict[tuple[Any, ...], list[Any]] = {}
    for key, rows in split.items():
        new[key] = []
        for row in rows:
            inside = window.begin <= month(row) < window.end
            made = replace(row, **{column: rule(getattr(row, column))}) if inside else row
            if made != row:
                changes.append(_change(place, row, made))
            new[key].append(made)
    if not changes:
        return Part(case)
    out: list[Any] = []
    for row in getattr(case, table):
        if id(row) not in picks:
            out.append(row)
        else:
            out += new.pop(tuple(getattr(row, name) for name in names), [])
    return _part(case, table, out, changes)


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
    facts = columns_of(type(old))
    keys = [getattr(old, name) for name, entry in facts.items() if entry.key and not entry.label]
    item = ";".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in keys)
    return ChangedInput(table, item, column, _when(old), getattr(old, column), getattr(new, column), cause)


def _when(row: Any) -> str:  # noqa: ANN401
    names = {entry.name for entry in fields(row)}
    return str(row.period if "period" in names else row.span if "span" in names else "")


def _part(case: Case, table: str, rows: list[Any], changes: list[ChangedInput]) -> Part:
    if not changes:
        return Part(case)
    calendar = calendar_of(case.settings)
    first = [0 if not change.period else _first_of(change.period, table, calendar) for change in changes]
    inside = [period for period in first if period < calendar.count]
    tables: dict[str, Any] = {table: tuple(rows)}
    return Part(replace(case, **tables), tuple(changes), min(inside) if inside else None)


def _first_of(label: str, table: str, calendar: Calendar) -> int:
    begin = parse_span(label)[0]
    if "span" in columns_of(TABLES[table]):
        return max(0, calendar.period_of_month(begin))
    # A label inside a period counts from the next on, as in every series.
    return max(0, calendar.period_of_month(begin + calendar.months - 1))
