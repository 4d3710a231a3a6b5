"""Reads the result tables cell by cell; whatever cannot be read is a finding, and its row is left out."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.case import Case
from models.checks.report import Recorder
from models.checks.time import Calendar, Interval
from models.moves import CASH_CATEGORIES, CATEGORIES

Tables = Mapping[str, Sequence[Mapping[str, object]]]
Read = dict[str, list[dict[str, Any]]]

END = "end"

# Columns of each table with the kind of their cells; a star marks the columns that identify a row.
COLUMNS: dict[str, dict[str, str]] = {
    "orders": {
        "offer": "*offer",
        "accelerator": "text",
        "vendor": "text",
        "kind": "text",
        "period": "*period",
        "lots": "perhaps",
        "units": "quantity",
        "unit_price_usd": "number",
        "invoice_musd": "number",
        "contract_musd": "number",
        "due": "date",
        "arrives": "text or blank",
        "arriving_units": "quantity",
        "ends": "date or never",
        "committed": "text",
    },
    "arrivals": {"offer": "*offer", "site": "*site", "period": "*period", "units": "quantity"},
    "fleet": {
        "accelerator": "*accelerator",
        "site": "*site",
        "vintage": "*text",
        "holding": "*holding",
        "period": "*period",
        "units": "quantity",
    },
    "sales": {
        "accelerator": "*accelerator",
        "site": "*site",
        "vintage": "*text",
        "period": "*period",
        "units": "quantity",
        "age_years": "quantity",
        "unit_value_usd": "quantity",
        "musd": "number",
        "end_of_life": "yes or no",
        "reported": "yes or no",
    },
    "active": {"accelerator": "*accelerator", "site": "*site", "period": "*period", "units": "quantity"},
    "assignments": {
        "accelerator": "*accelerator",
        "site": "*site",
        "workload": "*workload",
        "period": "*period",
        "qps": "quantity",
    },
    "service": {
        "workload": "*workload",
        "period": "*period",
        "demand_qps": "quantity",
        "served_qps": "quantity",
        "unserved_qps": "quantity",
        "share_served": "perhaps",
        "demand_million": "quantity",
        "served_million": "quantity",
        "unserved_million": "quantity",
    },
    "service_by_workload": {
        "workload": "*workload",
        "unit": "text",
        "demand_million": "quantity",
        "served_million": "quantity",
        "unserved_million": "quantity",
        "share_served": "perhaps",
        "worst_period": "text or blank",
        "worst_share": "perhaps",
    },
    "power": {
        "site": "*site",
        "period": "*period",
        "drawn_mw": "quantity",
        "available_mw": "perhaps",
        "slack_mw": "perhaps",
    },
    "tape_outs": {
        "programme": "programme",
        "route": "text",
        "start": "date",
        "tape_out": "date",
        "ready": "date or never",
    },
    "acquisitions": {
        "acquisition": "acquisition",
        "signed": "date",
        "closed": "date or never",
        "owned": "date or never",
        "price_musd": "number",
    },
    "agreements": {"agreement": "agreement", "signed": "date", "live_from": "date", "live_to": "date"},
    "expansions": {
        "expansion": "*expansion",
        "site": "text",
        "period": "*date",
        "modules": "quantity",
        "energised": "date or never",
    },
    "costs": {
        "category": "*category",
        "kind": "text",
        "line": "*text",
        "period": "*period or end",
        "musd": "number",
        "discounted_musd": "number",
    },
    "budgets": {
        "budget": "*budget",
        "span": "*span",
        "amount_musd": "perhaps",
        "carried_musd": "number",
        "available_musd": "perhaps",
        "gross_musd": "number",
        "resale_musd": "number",
        "spent_musd": "number",
        "slack_musd": "perhaps",
        "share_used": "perhaps",
        "needs_resale": "text",
    },
    "limits": {"limit": "*limit", "span": "*span", "supply": "perhaps", "used": "perhaps", "slack": "perhaps"},
    "decisions": {
        "when": "*date",
        "verb": "*text",
        "item": "*text",
        "how": "*text",
        "periods": "text",
        "units": "perhaps",
        "unit": "text",
        "musd": "perhaps",
        "effect": "text",
        "committed": "yes or no",
        "reported": "yes or no",
    },
    "milestones": {
        "when": "*period",
        "item": "*text",
        "what": "*text",
        "periods": "text",
        "units": "perhaps",
        "musd": "perhaps",
        "reported": "yes or no",
    },
    "owed": {
        "line": "*category",
        "what": "*text",
        "from": "text",
        "to": "text",
        "year": "*number",
        "musd": "number",
        "whole_musd": "number",
    },
    "binding": {
        "requirement": "*text",
        "item": "*text",
        "period": "*text",
        "used": "number",
        "available": "number",
        "share": "perhaps",
        "unit": "text",
        "price": "perhaps",
        "worth_of_one_per_cent_musd": "perhaps",
        "worth_of_one_unit_musd": "perhaps",
        "holds_up_to": "perhaps",
        "note": "text",
    },
    "key_figures": {"name": "*text", "value": "perhaps", "unit": "text", "periods": "text", "of": "text or blank"},
    "period_figures": {
        "period": "*period",
        "reported": "text",
        **{f"{category}_musd": "number" for category in CASH_CATEGORIES},
        "cash_musd": "number",
        "capex_musd": "number",
        "opex_musd": "number",
        "revenue_musd": "number",
        "penalty_musd": "number",
        "cost_per_thousand_queries_usd": "perhaps",
        "least_share_served": "perhaps",
        "least_served": "text or blank",
        "mw": "quantity",
    },
    "input_basis": {
        "table": "*text",
        "rows": "quantity",
        "sourced": "quantity",
        "derived": "quantity",
        "judged": "quantity",
        "no_source": "quantity",
    },
}


class _CellFault(ValueError):
    """A cell that cannot be read; the message says what was expected."""


@dataclass(frozen=True)
class _Cells:
    """How each kind of cell is read. Labels are read once and remembered."""

    calendar: Calendar
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
                raise _CellFault(str(fault)) from fault
        return self.dates[label]

    def date_or_never(self, cell: object) -> int | None:
        return None if _is_blank(cell) else self.date(cell)

    def period(self, cell: object) -> int:
        found = self.date(cell)
        if not 0 <= found < self.calendar.periods:
            msg = "a period of the horizon"
            raise _CellFault(msg)
        return found

    def period_or_end(self, cell: object) -> int:
        return self.calendar.periods if cell == END else self.period(cell)

    def span(self, cell: object) -> Interval:
        label = _text(cell)
        try:
            return self.calendar.whole(label)
        except ValueError as fault:
            raise _CellFault(str(fault)) from fault

    def quantity(self, cell: object) -> float:
        found = _number(cell)
        if found < -self.tolerance:
            msg = "a number that is not negative"
            raise _CellFault(msg)
        return found


def read_tables(case: Case, calendar: Calendar, tables: Tables, record: Recorder) -> Read:
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
    cells = _Cells(calendar, names, record.tolerance, {})
    return {table: _read_table(table, case, tables, cells, record) for table in COLUMNS}


def _read_table(table: str, case: Case, tables: Tables, cells: _Cells, record: Recorder) -> list[dict[str, Any]]:
    rows = tables.get(table)
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        record.fault((table,), "table", "missing" if rows is None else "no list of rows", "a list of rows")
        return []
    readers = [(name, cells.reader(kind.lstrip("*"))) for name, kind in COLUMNS[table].items()]
    keys = [name for name, kind in COLUMNS[table].items() if kind.startswith("*")]
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
        except _CellFault as fault:
            record.fault((table, f"row {number}", name), "cell", str(row[name]), str(fault))
            return None
    return values


def _is_pooled(case: Case, calendar: Calendar, table: str, values: dict[str, Any]) -> bool:
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
        raise _CellFault(msg)
    return str(cell).strip()


def _known(cell: object, known: frozenset[str], kind: str) -> str:
    found = _text(cell)
    if found not in known:
        msg = f"a {kind} of the case"
        raise _CellFault(msg)
    return found


def _number(cell: object) -> float:
    msg = "a finite number"
    if isinstance(cell, str) and cell.isascii() and "_" not in cell:
        try:
            found = float(cell)
        except ValueError as fault:
            raise _CellFault(msg) from fault
    elif isinstance(cell, numbers.Real) and not isinstance(cell, bool):
        try:
            found = float(cell)
        except OverflowError as fault:
            raise _CellFault(msg) from fault
    else:
        raise _CellFault(msg)
    if not math.isfinite(found):
        raise _CellFault(msg)
    return found


def _perhaps(cell: object) -> float | None:
    return None if _is_blank(cell) else _number(cell)


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
