"""Bills of clouds in the format FOCUS (FinOps Open Cost and Usage Specification), 1.0 to 1.3, as typed rows.

Two of its datasets are read: Cost and Usage, and Contract Commitment of 1.3. A CSV file is recognised by its columns;
those that are not used here are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from models.calendar import label_at
from models.tables.actual_rows import BILL_COLUMNS
from planner.case.numbers import NumberStyle, read_number
from planner.case.sheet import Sheet, read_sheet
from planner.case.text import UnreadableError
from planner.errors import Fault, FaultLog

CURRENCY = "USD"
COSTS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
BILL_MARKS = ("BilledCost", "EffectiveCost", "ChargePeriodStart", "BillingCurrency")
COMMITMENT_MARKS = ("ContractCommitmentId", "ContractCommitmentPeriodStart", "ContractId", "BillingCurrency")
PROVIDERS = ("ServiceProviderName", "ProviderName", "PublisherName", "InvoiceIssuerName")
"""Who provides the service, by the version of the format: 1.3 replaces ProviderName."""
_KNOWN = (
    *COSTS, *BILL_MARKS, *COMMITMENT_MARKS, *PROVIDERS, *BILL_COLUMNS, "BillingPeriodStart", "ChargePeriodEnd",
    "ChargeCategory", "ServiceCategory", "PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit",
    "ContractApplied", "ContractCommitmentCategory", "ContractCommitmentCost", "ContractCommitmentPeriodEnd",
    "ContractCommitmentQuantity", "ContractCommitmentUnit",
)  # fmt: skip
"""What is read of a row; BillingPeriodStart helps to recognise the separator alone."""
_NULLS = frozenset(("", "null", "NULL"))
_STYLE = NumberStyle(",", point="0.5")
"""The format has decimal points."""
_USD_PER_MUSD = 1e6
_KEPT = 65_536
"""Most cells of a long bill repeat a text."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """One charge of a bill: amounts in USD million, and the identifiers by which it is assigned.

    `period` is the month in which the charge begins, `last` the month of its last moment.
    """

    file: str
    row: int
    period: str
    last: str
    provider: str
    charge: str
    service: str
    billed_musd: float
    effective_musd: float
    contracted_musd: float | None
    list_musd: float | None
    quantity: float | None
    unit: str
    identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ContractCommitment:
    """What a contract commits to: money in USD million, or a quantity in its unit."""

    file: str
    row: int
    contract: str
    commitment: str
    category: str
    start: str
    end: str
    cost_musd: float | None
    quantity: float | None
    unit: str


def is_bill(text: str) -> bool:
    """Returns whether the first row of a text has the columns of one of the two datasets."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    names = {part.strip().strip('"') for separator in ",;\t" for part in header.split(separator)}
    return names.issuperset(BILL_MARKS) or names.issuperset(COMMITMENT_MARKS)


def read_bill(name: str, text: str, log: FaultLog) -> tuple[list[Bill], list[ContractCommitment]]:
    """Returns the charges or the commitments of a file; faults of its cells go to the log."""
    sheet = read_sheet(name, text, _KNOWN, log)
    if sheet is None:
        return [], []
    rows = list(_rows(sheet))
    for number, cells in rows:
        currency = cells.get("BillingCurrency", "")
        if currency != CURRENCY:
            remedy = f"Convert the amounts to {CURRENCY} and write {CURRENCY}."
            log.add(Fault(name, f"must be {CURRENCY}", remedy, number, "BillingCurrency", currency))
    if set(sheet.texts).issuperset(BILL_MARKS):
        return [made for number, cells in rows if (made := _bill(_Reader(name, number, cells, log))) is not None], []
    found = [_commitment(_Reader(name, number, cells, log)) for number, cells in rows]
    return [], [made for made in found if made is not None]


def _rows(sheet: Sheet) -> Iterator[tuple[int, dict[str, str]]]:
    used = [column for column in sheet.texts if column in _KNOWN]
    for position, number in enumerate(sheet.rows):
        cells = {column: sheet.texts[column][position] for column in used}
        yield number, {column: "" if text in _NULLS else text for column, text in cells.items()}


@dataclass
class _Reader:
    """One row of a file, of which cells are read."""

    file: str
    row: int
    cells: Mapping[str, str]
    log: FaultLog
    is_sound: bool = True

    def text(self, *columns: str) -> str:
        return next((self.cells[name] for name in columns if self.cells.get(name)), "")

    def number(self, column: str, *, is_needed: bool = False) -> float | None:
        text = self.text(column)
        if not text and not is_needed:
            return None
        try:
            return _number(text)
        except UnreadableError as error:
            self.fault(column, error.expected, error.remedy or "Write the number alone.", text)
            return None

    def musd(self, column: str, *, is_needed: bool = False) -> float | None:
        found = self.number(column, is_needed=is_needed)
        return None if found is None else found / _USD_PER_MUSD

    def moment(self, column: str) -> datetime | None:
        text = self.text(column)
        try:
            return _moment(text)
        except ValueError:
            self.fault(column, "must be a date and time", "Write it as 2027-07-01T00:00:00Z.", text)
            return None

    def fault(self, column: str, expected: str, remedy: str, value: str) -> None:
        self.is_sound = False
        self.log.add(Fault(self.file, expected, remedy, self.row, column, value))


def _bill(reader: _Reader) -> Bill | None:
    start = reader.moment("ChargePeriodStart")
    end = reader.moment("ChargePeriodEnd") if reader.text("ChargePeriodEnd") else start
    billed, effective = reader.musd("BilledCost", is_needed=True), reader.musd("EffectiveCost", is_needed=True)
    contracted, listed = reader.musd("ContractedCost"), reader.musd("ListCost")
    # Of the two quantities that of prices is the one which costs are multiples of.
    column = "PricingQuantity" if reader.text("PricingQuantity") else "ConsumedQuantity"
    quantity = reader.number(column)
    identifiers: dict[str, tuple[str, ...]] = {name: (text,) for name in BILL_COLUMNS if (text := reader.text(name))}
    for name, values in _applied(reader).items():
        identifiers.setdefault(name, values)
    if not reader.is_sound or start is None or end is None or billed is None or effective is None:
        return None
    return Bill(
        file=reader.file,
        row=reader.row,
        period=_month(start),
        last=_last_month(start, end),
        provider=reader.text(*PROVIDERS),
        charge=reader.text("ChargeCategory"),
        service=reader.text("ServiceCategory"),
        billed_musd=billed,
        effective_musd=effective,
        contracted_musd=contracted,
        list_musd=listed,
        quantity=quantity,
        unit=reader.text("PricingUnit" if column == "PricingQuantity" else "ConsumedUnit"),
        identifiers=identifiers,
    )


def _applied(reader: _Reader) -> dict[str, tuple[str, ...]]:
    """Returns the contracts and commitments that a charge names in ContractApplied, an object in JSON."""
    text = reader.text("ContractApplied")
    if not text:
        return {}
    try:
        found: Any = json.loads(text)
        # Versions of the format differ in what the list is called, and in the last letters of the names.
        entries = next(value for value in found.values() if isinstance(value, list))
        named = [{str(key).casefold(): str(value) for key, value in entry.items()} for entry in entries]
    except (ValueError, AttributeError, StopIteration):
        expected = "must be an object in JSON with a list of the commitments applied"
        reader.fault("ContractApplied", expected, 'Write it as {"Elements": [{"ContractCommitmentId": "…"}]}.', text)
        return {}
    pairs = (("ContractId", "contractid"), ("ContractCommitmentId", "contractcommitmentid"))
    values = {name: tuple(dict.fromkeys(own[key] for own in named if key in own)) for name, key in pairs}
    return {name: own for name, own in values.items() if own}


def _commitment(reader: _Reader) -> ContractCommitment | None:
    start, end = reader.moment("ContractCommitmentPeriodStart"), reader.moment("ContractCommitmentPeriodEnd")
    cost, quantity = reader.musd("ContractCommitmentCost"), reader.number("ContractCommitmentQuantity")
    if not reader.is_sound or start is None or end is None:
        return None
    return ContractCommitment(
        file=reader.file,
        row=reader.row,
        contract=reader.text("ContractId"),
        commitment=reader.text("ContractCommitmentId"),
        category=reader.text("ContractCommitmentCategory"),
        start=_month(start),
        end=_last_month(start, end),
        cost_musd=cost,
        quantity=quantity,
        unit=reader.text("ContractCommitmentUnit"),
    )


@lru_cache(maxsize=_KEPT)
def _number(text: str) -> float:
    return read_number(text, _STYLE)


@lru_cache(maxsize=_KEPT)
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _month(moment: datetime) -> str:
    return label_at(moment.year * 12 + moment.month - 1, 1)


def _last_month(start: datetime, end: datetime) -> str:
    """Returns the month of the last moment before an end, which is exclusive, but not before the start."""
    is_first = end.day == 1 and not (end.hour or end.minute or end.second)
    month = end.year * 12 + end.month - (2 if is_first else 1)
    return label_at(max(month, start.year * 12 + start.month - 1), 1)
