"""What is owned and leased when the new case starts: opening fleet and running leases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.calendar import parse_label
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpeningFleet, OpenLease
from planner.replanning.orders_on_way import agreed_rent
from planner.replanning.run_position import MUSD, NOISE, CarriedDraft, RunPosition, SourceRow


def carry_fleet(draft: CarriedDraft) -> None:
    """Makes the opening fleet of what was owned at the end of the last period, less what fails until the start."""
    position = draft.position
    years = position.calendar.delta
    survival = {row.accelerator: (1.0 - row.failure_rate_per_year) ** years for row in position.case.accelerators}
    last, draft.tables["opening_fleet"] = position.calendar.labels[position.passed - 1], []
    found: dict[tuple[str, str, str], list[SourceRow]] = {}
    for row in position.rows("fleet"):
        if row["period"] == last and row["holding"] == "owned":
            found.setdefault((row["accelerator"], row["site"], row["vintage"]), []).append(row)
    books = _book_values(position, last, found)
    for (accelerator, site, vintage), rows in found.items():
        units = sum(row["units"] for row in rows) * survival[accelerator]
        if units > NOISE:
            book = books.get((accelerator, vintage), 0.0)
            made = OpeningFleet(
                accelerator=accelerator, site=site, units=units, in_service_since=vintage, book_value_usd_per_unit=book
            )
            draft.put("opening_fleet", made, "owned", units, "units", rows)


def _book_values(
    position: RunPosition, last: str, held: Mapping[tuple[str, str, str], Sequence[SourceRow]]
) -> dict[tuple[str, str], float]:
    """What a unit of each vintage is carried at in the books when the last period ends, USD."""
    units: dict[tuple[str, str], float] = {}
    for (accelerator, _, vintage), rows in held.items():
        units[accelerator, vintage] = units.get((accelerator, vintage), 0.0) + sum(row["units"] for row in rows)
    return {
        (row["item"], row["vintage"]): row["musd"] * MUSD / units[row["item"], row["vintage"]]
        for row in position.rows("book_values")
        if (row["account"], row["period"]) == ("accelerators", last)
        and units.get((row["item"], row["vintage"]), 0.0) > NOISE
        and row["musd"] > 0
    }


def carry_leases(draft: CarriedDraft) -> None:
    """Makes the running leases of the terms that have begun and not ended, less what has left them."""
    position = draft.position
    running = {row.lease: row for row in draft.tables["open_leases"]}
    offers = {row.offer: row for row in position.case.offers}
    draft.tables["open_leases"] = []
    names: set[str] = set()
    for term in position.rows("leases"):
        if term["begins"] and position.at(term["begins"]) >= position.passed:
            continue
        if term["contract"] in running:
            contract: OpenLease | Offer = running[term["contract"]]
        else:
            contract = offers[term["contract"]]
        for made, what, amount, rows in _terms(position, term, contract):
            name, number = made.lease, 2
            while name in names:
                name, number = f"{made.lease} {number}", number + 1
            names.add(name)
            draft.put("open_leases", replace(made, lease=name), what, amount, "units", rows)


def _terms(
    position: RunPosition, term: SourceRow, contract: OpenLease | Offer
) -> Iterator[tuple[OpenLease, str, float, list[SourceRow]]]:
    """Yields what runs on of one term, and what leaves it at a date of which notice has been given."""
    ends = contract.ends if isinstance(contract, OpenLease) and not term["term"] else _after(position, term["ends"])
    left = _notices(position, term)
    leaving = [row for row in left if position.at(row["effective"]) >= position.passed]
    units = term["units"] - sum(row["units"] for row in left)
    base = OpenLease(
        lease=_name(position, term, contract), accelerator=term["accelerator"], site=term["site"], units=units,
        rent_usd_per_unit_per_year=_rent(position, term, contract), ends=ends,
    )  # fmt: skip
    fee_at_end = contract.end_fee_usd_per_unit if isinstance(contract, OpenLease) and not term["term"] else 0.0
    left_months, rights = parse_label(ends)[0] - position.start_month, _rights(position, term, contract)
    is_over = left_months == 0 and "renew_months" not in rights
    if units > NOISE and left_months >= 0 and (fee_at_end or not is_over):
        what = "leased" if left_months else "ends, with a fee" if is_over else "may be renewed"
        yield replace(base, end_fee_usd_per_unit=fee_at_end, **rights), what, units, [term]
    for row in leaving:
        fee = row["musd"] * MUSD / row["units"]
        if fee <= NOISE and row["effective"] == position.start:
            continue
        made = replace(base, units=row["units"], ends=row["effective"], end_fee_usd_per_unit=fee)
        yield made, "leased, notice given", row["units"], [term, row]


def _after(position: RunPosition, last: str) -> str:
    """The label of the first period after a last one."""
    return position.calendar.label_of(position.at(last) + 1)


def _notices(position: RunPosition, term: SourceRow) -> list[SourceRow]:
    key = term["contract"], term["site"], term["term"], term["begins"] or ""
    return [
        row
        for row in position.rows("lease_changes")
        if row["verb"] == "leave"
        and (row["contract"], row["site"], row["term"], row["begun"] or "") == key
        and position.at(row["period"]) < position.passed
    ]


def _name(position: RunPosition, term: SourceRow, contract: OpenLease | Offer) -> str:
    if isinstance(contract, OpenLease):
        return contract.lease
    return f"{contract.offer} of {term['begins']} at {term['site']}"


def _rent(position: RunPosition, term: SourceRow, contract: OpenLease | Offer) -> float:
    """The yearly rent of a unit; with volume discounts that of the orders that have arrived then."""
    if term["rent_usd_per_unit_per_year"] is not None:
        return float(term["rent_usd_per_unit_per_year"])
    assert isinstance(contract, Offer)
    orders = [row for row in position.rows("orders") if row["offer"] == contract.offer and row["due"] == term["begins"]]
    arrival = position.at(term["begins"])
    opened = [
        row for row in position.case.open_orders if (row.offer, position.at(row.due)) == (contract.offer, arrival)
    ]
    units = sum(row["units"] for row in orders) + sum(row.units for row in opened)
    yearly = sum(row["invoice_musd"] for row in orders) * MUSD
    yearly += sum(row.units * agreed_rent(position, row, contract, arrival) for row in opened)
    return float(yearly / units) if units else 0.0


def _rights(position: RunPosition, term: SourceRow, contract: OpenLease | Offer) -> dict[str, Any]:
    """What may still be done with a term: leaving it, and renewing it as often as is left."""
    found: dict[str, Any] = {
        "exit_fee_months": contract.exit_fee_months, "exit_notice_months": contract.exit_notice_months,
        "offer": contract.offer,
    }  # fmt: skip
    left = (1 if contract.renewals is None else int(contract.renewals)) - int(term["term"])
    if contract.renew_months is None or left < 1:
        return found
    found |= {
        "renew_months": contract.renew_months, "renewals": float(left),
        "renew_usd_per_unit_per_year": contract.renew_usd_per_unit_per_year,
    }  # fmt: skip
    if isinstance(contract, OpenLease) and contract.renew_usd_per_unit_per_year is None and not contract.offer:
        found["renew_usd_per_unit_per_year"] = contract.rent_usd_per_unit_per_year
    return found
