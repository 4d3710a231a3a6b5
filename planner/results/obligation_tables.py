"""Capital and running cost by calendar year, what contracts oblige to pay by when it is due, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.case import Case
from planner.results.owed_table import CommittedPayments, Due
from planner.results.table import Cell

COLUMNS = {
    "costs_by_year": "year capex_musd opex_musd borrowing_musd cash_musd",
    "obligations": "period category this_year_musd next_year_musd years_3_to_5_musd later_musd musd discounted_musd",
    "counterparties": "period counterparty role owed_musd owed_share paid_musd paid_share delivered delivered_unit",
}
"""The columns of each table, in the order of the documentation."""
ALL = "all"
"""The category of the sum of the others."""
BUCKETS = ("this_year_musd", "next_year_musd", "years_3_to_5_musd", "later_musd")
VENDOR, FOUNDRY, LESSOR, LANDLORD, BUILDER = "vendor", "foundry", "lessor", "landlord", "builder"
LENDER, SELLER, PARTNER, SUPPLIER, INSTALLER = "lender", "seller", "design partner", "supplier", "installer"
"""What somebody is that something is owed or paid to: of machines, of own chips, of leases, of rented halls and of
built ones, of loans, of a company, of a design, under an agreement, and for network and installation."""
_UNITS = {VENDOR: "units", FOUNDRY: "units", LESSOR: "units", LANDLORD: "MW", BUILDER: "MW", LENDER: "USD million"}
_ROLES = {
    "lease": LESSOR, "financing": LENDER, "acquisition": SELLER, "tape_out": PARTNER,
    "agreement": SUPPLIER,
}  # fmt: skip
_LINES: Mapping[str, tuple[str, ...]] = {
    "hardware": (
        "late order paid back", "balance not due", "cancellation", "undelivered", "open orders", "integration", "units",
    ),
    "lease": (
        "running left early", "running exit fee", "running end fee", "running renewed", "running", "left early",
        "exit fee", "renewed", "units",
    ),
    "expansion": ("exit fee", "modules", "rent"),
    "financing": ("repayment", "interest", "fee"),
    "acquisition": ("price", "refund", "integration"),
    "tape_out": ("design", "masks", "respins", "sustaining"),
    "agreement": ("prepayment", "shortfall", "level"),
}  # fmt: skip
"""The cost lines that are paid to somebody, by category, the longest first: `rent NAME`."""
_DUE = ("rent of lease ", "exit fee of lease ", "end fee of lease ")
_LEAST = 1e-9
"""Amounts below a thousandth of a dollar (USD million) are not listed."""

Records = Mapping[str, Sequence[Mapping[str, Any]]]
Rows = Iterator[tuple[Cell, ...]]
DueByYear = Mapping[int, tuple[range, Sequence[Due]]]
"""By calendar year: its reported periods, and what is committed by its end and due from its start on."""
Party = tuple[str, str]
"""A counterparty and its role."""


def obligation_rows(case: Case, tables: Records) -> dict[str, list[tuple[Cell, ...]]]:
    """Returns the rows of each table for one history, given its other result tables."""
    due = {
        year: (periods, list(CommittedPayments(case, tables, periods.stop, periods.start).due()))
        for year, periods in _years(case).items()
    }
    return {
        "costs_by_year": list(_costs_by_year(tables)),
        "obligations": list(_obligations(case, due)),
        "counterparties": list(_counterparties(case, tables, due)),
    }


def _costs_by_year(tables: Records) -> Rows:
    sums: dict[str, list[float]] = {}
    names = COLUMNS["costs_by_year"].split()[1:]
    for row in tables["period_figures"]:
        if row["reported"] == "yes":
            own = sums.setdefault(str(row["period"])[:4], [0.0] * len(names))
            for place, name in enumerate(names):
                own[place] += row[name]
    for year, amounts in sums.items():
        yield year, *amounts


def _years(case: Case) -> dict[int, range]:
    """The reported periods of each calendar year, counted from the start."""
    calendar, found = case.settings.calendar, dict[int, range]()
    for period in range(case.settings.periods):
        year = calendar.year_of(period)
        found[year] = range(found[year].start if year in found else period, period + 1)
    return found


def _obligations(case: Case, due: DueByYear) -> Rows:
    """Yields what is committed by the end of each year, by category and by how many years later it is due."""
    calendar, rate = case.settings.calendar, case.settings.discount_rate
    for year, (periods, payments) in due.items():
        found: dict[str, list[float]] = {}
        for category, _, period, musd in payments:
            later = calendar.year_of(period) - year
            bucket = 0 if later == 0 else 1 if later == 1 else 2 if later < 5 else 3
            present = musd * (1.0 + rate) ** (-(period + 0.5) * calendar.delta)
            for name in (category, ALL):
                own = found.setdefault(name, [0.0] * 6)
                own[bucket] += musd
                own[4] += musd
                own[5] += present
        label = calendar.label_of(periods.stop - 1)
        order = sorted((name for name in found if name != ALL), key=lambda name: -round(found[name][4], 9))
        for name in (*order, ALL):
            if max(map(abs, found.get(name, [0.0]))) > _LEAST:
                yield label, name, *found[name]


def _counterparties(case: Case, tables: Records, due: DueByYear) -> Rows:
    """Yields by the end of each year: what is committed to each, and what it was paid and has delivered so far."""
    calendar = case.settings.calendar
    paid, came = _paid(case, tables), _delivered(case, tables)
    for periods, payments in due.values():
        owed: dict[Party, float] = {}
        for category, what, _, musd in payments:
            party = _party_of_due(case, category, what)
            owed[party] = owed.get(party, 0.0) + musd
        so_far, arrived = ({key: sum(own[: periods.stop]) for key, own in part.items()} for part in (paid, came))
        rows: list[tuple[Party, tuple[float, float, float]]] = [
            (party, (owed.get(party, 0.0), so_far.get(party, 0.0), arrived.get(party, 0.0)))
            for party in sorted({*owed, *so_far, *arrived})
        ]
        rows = [row for row in rows if max(map(abs, row[1])) > _LEAST]
        whole, all_paid = (sum(max(0.0, amounts[place]) for _, amounts in rows) for place in (0, 1))
        label = calendar.label_of(periods.stop - 1)
        rows.sort(key=lambda row: (-round(row[1][0], 9), -round(row[1][1], 9)))
        for (name, role), (musd, spent, amount) in rows:
            shares = [part / total if total > _LEAST else None for part, total in ((musd, whole), (spent, all_paid))]
            unit = _UNITS.get(role, "")
            yield label, name, role, musd, shares[0], spent, shares[1], amount if unit else None, unit


def _party(case: Case, category: str, what: str, item: str) -> Party:
    """Whom a payment of a category is made to."""
    if category == "expansion":
        hall = next(row for row in case.expansions if row.expansion == item)
        return item, LANDLORD if hall.rent_musd_per_module_per_year else BUILDER
    if category != "hardware":
        return item, _ROLES[category]
    if what == "integration":
        return "network and installation", INSTALLER
    offer = next(row for row in case.offers if row.offer == item)
    if set(offer.requires) & {row.programme for row in case.programmes}:
        return item, FOUNDRY
    return next(row.vendor for row in case.accelerators if row.accelerator == offer.accelerator), VENDOR


def _party_of_due(case: Case, category: str, what: str) -> Party:
    for lead in _DUE:
        if what.startswith(lead):
            return what.removeprefix(lead), LESSOR
    lead, _, item = what.partition(" of ")
    return _party(case, category, lead, item)


def _paid(case: Case, tables: Records) -> dict[Party, list[float]]:
    """What each is paid by period; what is lent is no payment, and neither is what an owned company brings."""
    labels = case.settings.calendar.labels
    at, found = {label: t for t, label in enumerate(labels)}, dict[Party, list[float]]()
    for row in tables["costs"]:
        lines = _LINES.get(row["category"], ())
        what = next((what for what in lines if str(row["line"]).startswith(f"{what} ")), None)
        if what is not None and row["period"] in at:
            party = _party(case, row["category"], what, str(row["line"])[len(what) + 1 :])
            found.setdefault(party, [0.0] * len(labels))[at[row["period"]]] += row["musd"]
    return found


def _delivered(case: Case, tables: Records) -> dict[Party, list[float]]:
    """What each delivers by period: units that arrive, MW that are energised, USD million that are drawn."""
    labels = case.settings.calendar.labels
    at, found = {label: t for t, label in enumerate(labels)}, dict[Party, list[float]]()

    def add(party: Party, label: str, amount: float) -> None:
        if label in at:
            found.setdefault(party, [0.0] * len(labels))[at[label]] += amount

    kinds = {row.offer: row.kind for row in case.offers}
    for row in tables["arrivals"]:
        category = "lease" if kinds[row["offer"]] == "lease" else "hardware"
        add(_party(case, category, "units", row["offer"]), row["period"], row["units"])
    for row in tables["expansions"]:
        module = next(one.module_mw for one in case.expansions if one.expansion == row["expansion"])
        add(_party(case, "expansion", "modules", row["expansion"]), row["energised"], row["modules"] * module)
    for row in tables["financing"]:
        add((row["facility"], LENDER), row["period"], row["drawn_musd"])
    return found
