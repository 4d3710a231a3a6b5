"""Reads the result tables cell by cell; whatever cannot be read is a finding, and its row is left out."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.case import Case
from models.checks.report import Recorder
from models.checks.time import CheckCalendar, Interval
from models.tables.fleet_rows import CATEGORIES

Tables = Mapping[str, Sequence[Mapping[str, object]]]
Read = dict[str, list[dict[str, Any]]]

END = "end"
BRANCHES = frozenset({"node", "scenarios", "probability"})
"""Columns of plans with branches, of which each path is checked as a plan of its own."""


class _UnreadableCell(ValueError):
    """A cell that cannot be read; the message says what was expected."""


@dataclass(frozen=True)
class _CellReaders:
    """How each kind of cell is read. Labels are read once and remembered."""

    calendar: CheckCalendar
    names: Mapping[str, frozenset[str]]
    tolerance: float
    dates: dict[str, int]

    def reader(self, kind: str) -> Callable[[object], Any]:
        """Returns the function that reads one kind of cell."""
        if kind in self.names:
            known = self.names[kind]
            return lambda cell: _known(cell, known, kind)
        readers: dict[str, Callable[[object], Any]] = {
            "text": _text,
            "date": self.date,
            "date or never": self.date_or_never,
            "period": self.period,
            "period or end": self.period_or_end,
            "span": self.span,
            "quantity": self.quantity,
            "number": _number,
            "whole": _whole,
            "perhaps": _perhaps,
            "text or blank": lambda cell: "" if _is_blank(cell) else _text(cell),
        }
        return readers[kind]

    def date(self, cell: object) -> int:
        label = _text(cell)
        if label not in self.dates:
            try:
                self.dates[label] = self.calendar.exact(label)
            except ValueError as fault:
                raise _UnreadableCell(str(fault)) from fault
        return self.dates[label]

    def date_or_never(self, cell: object) -> int | None:
        return None if _is_blank(cell) else self.date(cell)

    def period(self, cell: object) -> int:
        found = self.date(cell)
        if not 0 <= found < self.calendar.periods:
            msg = "a period of the horizon"
            raise _UnreadableCell(msg)
        return found

    def period_or_end(self, cell: object) -> int:
        return self.calendar.periods if cell == END else self.period(cell)

    def span(self, cell: object) -> Interval:
        label = _text(cell)
        try:
            return self.calendar.whole(label)
        except ValueError as fault:
            raise _UnreadableCell(str(fault)) from fault

    def quantity(self, cell: object) -> float:
        found = _number(cell)
        if found < -self.tolerance:
            msg = "a number that is not negative"
            raise _UnreadableCell(msg)
        return found


def read_tables(
    case: Case, calendar: CheckCalendar, tables: Tables, columns: Mapping[str, Mapping[str, str]], record: Recorder
) -> Read:
    """Returns the rows of the result tables with typed cells; what cannot be read is recorded as a finding."""
    names = {
        "offer": frozenset(row.offer for row in case.offers),
        "site": frozenset(row.site for row in case.sites),
        "accelerator": frozenset(row.accelerator for row in case.accelerators),
        "workload": frozenset(row.workload for row in case.workloads),
        "programme": frozenset(row.programme for row in case.programmes),
        "acquisition": frozenset(row.acquisition for row in case.acquisitions),
        "agreement": frozenset(row.agreement for row in case.agreements),
        "expansion": frozenset(row.expansion for row in case.expansions),
        "budget": frozenset(row.budget for row in case.budgets),
        "limit": frozenset(row.limit for row in case.limits),
        "category": frozenset(CATEGORIES),
        "holding": frozenset({"owned", "leased"}),
        "yes or no": frozenset({"yes", "no"}),
    }
    cells = _CellReaders(calendar, names, record.tolerance, {})
    for table in tables:
        record.holds((str(table),), "table", found="given", expected="one that is checked", fact=table in columns)
    return {table: _read_table(table, (case, tables), own, cells, record) for table, own in columns.items()}


def _read_table(
    table: str, plan: tuple[Case, Tables], columns: Mapping[str, str], cells: _CellReaders, record: Recorder
) -> list[dict[str, Any]]:
    case, rows = plan[0], plan[1].get(table)
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        record.fault((table,), "table", "missing" if rows is None else "no list of rows", "a list of rows")
        return []
    readers = [(name, cells.reader(kind.lstrip("*"))) for name, kind in columns.items()]
    keys = [name for name, kind in columns.items() if kind.startswith("*")]
    others = {name for row in rows if isinstance(row, Mapping) for name in row} - columns.keys() - BRANCHES
    for name in sorted(others, key=str):
        record.fault((table, str(name)), "column", "given", "one that is checked")
    found: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(rows, start=1):
        record.checked[record.requirement] += 1
        values = _read_row(table, number, row, readers, record)
        if values is None:
            continue
        key = tuple([values[name] for name in keys])
        if keys and key in seen and not _is_pooled(case, cells.calendar, table, values):
            record.fault((table, f"row {number}"), "key", _shown(row, keys), "in one row only")
            continue
        seen.add(key)
        found.append(values)
    return found


def _read_row(
    table: str, number: int, row: object, readers: list[tuple[str, Callable[[object], Any]]], record: Recorder
) -> dict[str, Any] | None:
    if not isinstance(row, Mapping):
        record.fault((table, f"row {number}"), "row", str(row), "a row of named cells")
        return None
    values: dict[str, Any] = {}
    for name, reader in readers:
        if name not in row:
            record.fault((table, f"row {number}", name), "column", "missing", "in the table")
            return None
        try:
            values[name] = reader(row[name])
        except _UnreadableCell as fault:
            record.fault((table, f"row {number}", name), "cell", str(row[name]), str(fault))
            return None
    return values


def _is_pooled(case: Case, calendar: CheckCalendar, table: str, values: dict[str, Any]) -> bool:
    """True for owned units of an opening cohort named like a period: its arrivals are a second row of one stock."""
    if table != "fleet" or values["holding"] != "owned" or values["vintage"] not in calendar.labels:
        return False
    place = (values["accelerator"], values["site"], values["vintage"])
    return any(place == (row.accelerator, row.site, row.in_service_since) for row in case.opening_fleet)


def _shown(row: Mapping[str, object], keys: list[str]) -> str:
    return ", ".join(str(row[name]) for name in keys)


def _text(cell: object) -> str:
    if cell is None or isinstance(cell, float | bool):
        msg = "a text"
        raise _UnreadableCell(msg)
    return str(cell).strip()


def _known(cell: object, known: frozenset[str], kind: str) -> str:
    found = _text(cell)
    if found not in known:
        msg = f"a {kind} of the case"
        raise _UnreadableCell(msg)
    return found


def _whole(cell: object) -> int:
    found = _number(cell)
    if found != int(found):
        msg = "a whole number"
        raise _UnreadableCell(msg)
    return int(found)


def _number(cell: object) -> float:
    msg = "a finite number"
    if isinstance(cell, str) and cell.isascii() and "_" not in cell:
        try:
            found = float(cell)
        except ValueError as fault:
            raise _UnreadableCell(msg) from fault
    elif isinstance(cell, numbers.Real) and not isinstance(cell, bool):
        try:
            found = float(cell)
        except OverflowError as fault:
            raise _UnreadableCell(msg) from fault
    else:
        raise _UnreadableCell(msg)
    if not math.isfinite(found):
        raise _UnreadableCell(msg)
    return found


def _perhaps(cell: object) -> float | None:
    return None if _is_blank(cell) else _number(cell)


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
