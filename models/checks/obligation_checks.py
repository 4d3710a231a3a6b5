"""Costs by calendar year, obligations by when they are due and counterparties, recomputed from the decisions alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.checks.evidence import Evidence
from models.checks.owed_checks import Owed, owed_payments
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.checks.statement_assets import once
from models.checks.sums import Amount, compare_rows

CELLS: dict[str, dict[str, str]] = {
    "costs_by_year": {
        "year": "*text",
        "capex_musd": "number",
        "opex_musd": "number",
        "borrowing_musd": "number",
        "cash_musd": "number",
    },
    "obligations": {
        "period": "*period",
        "category": "*text",
        "this_year_musd": "number",
        "next_year_musd": "number",
        "years_3_to_5_musd": "number",
        "later_musd": "number",
        "musd": "number",
        "discounted_musd": "number",
    },
    "counterparties": {
        "period": "*period",
        "counterparty": "*text",
        "role": "*text",
        "owed_musd": "number",
        "owed_share": "perhaps",
        "paid_musd": "number",
        "paid_share": "perhaps",
        "delivered": "perhaps",
        "delivered_unit": "text or blank",
    },
}
"""The cells of each table; a star marks those that identify a row."""
LEAST = 1e-9
HALF = 0.5
_DUE_WITHIN = {"this_year_musd": (0, 0), "next_year_musd": (1, 1), "years_3_to_5_musd": (2, 4), "later_musd": (5, 9999)}
"""By how many calendar years later an amount of each column is due."""
_ROLE = {
    "lease": "lessor", "financing": "lender", "acquisition": "seller", "tape_out": "design partner",
    "agreement": "supplier",
}  # fmt: skip
_NOT_PAID = {("financing", "draw"), ("acquisition", "contribution")}
_LEASE = "lease "
Party = tuple[str, str]


@recomputes("costs_by_year", CELLS["costs_by_year"])
def costs_by_year(plan: Evidence, record: Recorder) -> None:
    """Capital, running cost, borrowing and cash of a calendar year are those of its reported periods."""
    rows: dict[tuple[str], list[Mapping[str, float]]] = {}
    for t in range(plan.case.settings.periods):
        if t in plan.periods:
            rows.setdefault((str(plan.calendar.year_of(t)),), []).append(plan.periods[t])
    names = [name for name in CELLS["costs_by_year"] if name != "year"]
    expected = {key: {name: _total(row[name] for row in own) for name in names} for key, own in rows.items()}
    compare_rows(plan, record, CELLS["costs_by_year"], expected)


@recomputes("obligations", CELLS["obligations"])
def obligations(plan: Evidence, record: Recorder) -> None:
    """What is committed by the end of a year and due from its start on, by how many years later it is due."""
    expected: dict[tuple[int, str], dict[str, Amount]] = {}
    for year, first, last in _calendar_years(plan):
        amounts: dict[str, list[tuple[int, float]]] = {}
        for (category, _), by_period in _due(plan, first, last).items():
            for name in (category, "all"):
                amounts.setdefault(name, []).extend(by_period.items())
        for category, own in amounts.items():
            row = {
                column: _total(musd for t, musd in own if low <= plan.calendar.year_of(t) - year <= high)
                for column, (low, high) in _DUE_WITHIN.items()
            }
            row["musd"] = _total(musd for _, musd in own)
            row["discounted_musd"] = _total(musd * _discounted(plan, t) for t, musd in own)
            if max(abs(amount or 0.0) for amount, _ in row.values()) > LEAST:
                expected[last, category] = row
    _compare(plan, record, expected)


@recomputes("counterparties", CELLS["counterparties"])
def counterparties(plan: Evidence, record: Recorder) -> None:
    """What is committed to each by the end of a year, and what it was paid and has delivered by then."""
    paid, came = list(_payments(plan)), list(_deliveries(plan))
    expected: dict[tuple[int, str, str], dict[str, Amount]] = {}
    for _, first, last in _calendar_years(plan):
        owed: dict[Party, list[float]] = {}
        for (category, what), by_period in _due(plan, first, last).items():
            owed.setdefault(_owed_to(plan, category, what), []).extend(by_period.values())
        spent: dict[Party, list[float]] = {}
        for party, t, musd in paid:
            if t <= last:
                spent.setdefault(party, []).append(musd)
        parties = {**owed, **spent, **{party: () for party, t, _ in came if t <= last}}
        rows = {party: (_total(owed.get(party, ())), _total(spent.get(party, ()))) for party in parties}
        arrived = {party: _total(n for one, t, n in came if one == party and t <= last) for party in rows}
        rows = {
            party: row
            for party, row in rows.items()
            if max(abs(row[0][0] or 0.0), abs(row[1][0] or 0.0), abs(arrived[party][0] or 0.0)) > LEAST
        }
        whole = [math.fsum(max(0.0, row[place][0] or 0.0) for row in rows.values()) for place in (0, 1)]
        for (name, role), (due, given) in rows.items():
            expected[last, name, role] = {
                "owed_musd": due,
                "owed_share": _share(due, whole[0]),
                "paid_musd": given,
                "paid_share": _share(given, whole[1]),
                "delivered": arrived[name, role] if _measure(role) else (None, 0.0),
            }
    _compare(plan, record, expected)
    for row in plan.rows["counterparties"]:
        where = plan.labels[row["period"]], row["counterparty"], row["role"]
        record.same(row["delivered_unit"], _measure(row["role"]), where, "delivered_unit")


def _compare(plan: Evidence, record: Recorder, expected: Mapping[tuple[Any, ...], Mapping[str, Amount]]) -> None:
    """Compares amounts; a row that is not there stands for nothing at all, as one next to nothing is left out."""
    cells = CELLS[record.requirement]
    keys = [name for name, kind in cells.items() if kind.startswith("*")]
    given = {tuple(row[name] for name in keys): row for row in plan.rows[record.requirement]}
    for key in {**expected, **given}:
        where = plan.labels[key[0]], *(str(part) for part in key[1:])
        row, sums = given.get(key, {}), expected.get(key, {})
        for column in cells.keys() - set(keys) - {"delivered_unit"}:
            wanted, scale = sums.get(column, (None, 0.0))
            found = row.get(column)
            if row and sums and (found is None) != (wanted is None):
                record.fault(
                    where, column, "blank" if found is None else found, "blank" if wanted is None else f"{wanted:.12g}"
                )
            record.equal(found or 0.0, wanted or 0.0, where, column, scale)


def _calendar_years(plan: Evidence) -> Iterator[tuple[int, int, int]]:
    """Yields each calendar year with its first and last reported period."""
    first = 0
    for t in range(plan.case.settings.periods):
        year = plan.calendar.year_of(t)
        if t + 1 == plan.case.settings.periods or plan.calendar.year_of(t + 1) != year:
            yield year, first, t
            first = t + 1


def _due(plan: Evidence, first: int, last: int) -> Owed:
    """What is committed by the end of a period and due from another on."""
    return once(plan, f"due from {first} by {last}", lambda: owed_payments(plan, last + 1, first))


def _discounted(plan: Evidence, period: int) -> float:
    years = (period + HALF) * plan.calendar.years
    return float((1.0 + plan.case.settings.discount_rate) ** -years)


def _hardware(plan: Evidence, offer: str) -> Party:
    """Machines are bought from their vendor, own chips from the foundry behind the offer."""
    row = plan.facts.offers[offer]
    if any(gate == programme.programme for gate in row.requires for programme in plan.case.programmes):
        return offer, "foundry"
    return plan.facts.accelerators[row.accelerator].vendor, "vendor"


def _site(plan: Evidence, expansion: str) -> Party:
    """A hall is rented from its landlord, or built."""
    is_rented = (plan.facts.expansions[expansion].rent_musd_per_module_per_year or 0.0) > 0.0
    return expansion, "landlord" if is_rented else "builder"


def _owed_to(plan: Evidence, category: str, what: str) -> Party:
    item = what.split(" of ", 1)[1]
    if category == "hardware":
        return ("network and installation", "installer") if what.startswith("integration") else _hardware(plan, item)
    if category == "expansion":
        return _site(plan, item)
    return (item.removeprefix(_LEASE) if category == "lease" else item), _ROLE[category]


def _payments(plan: Evidence) -> Iterator[tuple[Party, int, float]]:
    """Yields each recomputed cost line that is paid to somebody, with its period."""
    for category, lines in plan.expected.items():
        for (what, item, t), musd in lines.items():
            if t >= plan.calendar.periods or (category, what) in _NOT_PAID:
                continue
            if category == "hardware":
                is_own = what == "integration"
                yield ("network and installation", "installer") if is_own else _hardware(plan, item), t, musd
            elif category == "expansion":
                yield _site(plan, item), t, musd
            elif category in _ROLE:
                yield (item, _ROLE[category]), t, musd


def _deliveries(plan: Evidence) -> Iterator[tuple[Party, int, float]]:
    for (offer, _, t), units in plan.arrivals.items():
        is_lease = plan.facts.offers[offer].kind == "lease"
        yield (offer, _ROLE["lease"]) if is_lease else _hardware(plan, offer), t, units
    for build in plan.builds:
        if build.energised is not None and build.energised >= 0:
            size = plan.facts.expansions[build.expansion].module_mw
            yield _site(plan, build.expansion), build.energised, build.modules * size
    for row in plan.rows["financing"]:
        yield (row["facility"], _ROLE["financing"]), row["period"], row["drawn_musd"]


def _measure(role: str) -> str:
    """The unit in which deliveries of a role are counted."""
    known = {"landlord": "MW", "builder": "MW", "lender": "USD million"} | dict.fromkeys(
        ("vendor", "foundry", "lessor"), "units"
    )
    return known.get(role, "")


def _share(part: Amount, whole: float) -> Amount:
    return (part[0] or 0.0) / whole if whole > LEAST else None, 0.0


def _total(parts: Iterable[float]) -> Amount:
    found = list(parts)
    return math.fsum(found), max((abs(part) for part in found), default=0.0)


TABLES = (costs_by_year, obligations, counterparties)
