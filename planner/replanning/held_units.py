"""What is owned, leased and on order when the new case starts: opening fleet, running leases and open orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.calendar import parse_label
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from planner.replanning.run_position import NOISE, CarriedDraft, CarriedLine, RunPosition, SourceRow
from planner.results.agreed_rents import usual_rent_usd
from planner.results.kept_orders import cancelled_before, may_be_cancelled, units_kept
from planner.results.offer_terms import deliverable, delivered_share

MUSD = 1e6
"""USD in one USD million."""


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


@dataclass
class _ArrivingUnits:
    """Units on order that arrive in one period: how many, what was paid, what is still to pay, and for what rent."""

    units: float = 0.0
    paid_usd: float = 0.0
    balance_usd: float = 0.0
    yearly_usd: float = 0.0
    rows: list[SourceRow] = field(default_factory=list)


_Dates = tuple[int, int, str]
"""When units arrive, when their balance is due, and when they were ordered; blank where they cannot be cancelled."""


@dataclass
class _OnOrder:
    """What is on order of an offer: units by their dates, and what is due apart.

    `apart` is USD by period, for units that have come or will not come, with the orders it is of.
    """

    waiting: dict[_Dates, _ArrivingUnits] = field(default_factory=dict)
    apart: dict[int, float] = field(default_factory=dict)
    sources: dict[int, list[SourceRow]] = field(default_factory=dict)

    def arriving(self, arrival: int, paid: int, ordered: str = "") -> _ArrivingUnits:
        """Returns what arrives in a period, has its balance due in another, and was ordered then."""
        return self.waiting.setdefault((arrival, paid, ordered), _ArrivingUnits())

    def owe(self, period: int, usd: float, order: SourceRow) -> None:
        """Adds what is due in a period, whatever arrives."""
        if abs(usd) > NOISE:
            self.apart[period] = self.apart.get(period, 0.0) + usd
            self.sources.setdefault(period, []).append(order)


def carry_orders(draft: CarriedDraft) -> None:
    """Makes the open orders of what was ordered and has not arrived."""
    position = draft.position
    before, draft.tables["open_orders"] = list(draft.tables["open_orders"]), []
    gone = cancelled_before(position.case, (row.cells for row in position.rows("cancellations")), position.passed)
    kept = list(zip(before, units_kept(replace(position.case, open_orders=tuple(before)), gone), strict=True))
    for offer in position.case.offers:
        found = _OnOrder()
        for row, units in kept:
            if row.offer == offer.offer:
                _add_open_order(position, offer, row, units, found)
        for order in position.rows("orders"):
            if order["offer"] == offer.offer and position.at(order["period"]) < position.passed:
                _add_order(draft, offer, order, found)
        _add_backlog(draft, offer, found, before)
        for dates, arriving in sorted(found.waiting.items()):
            _put_orders(draft, offer, dates, arriving)
        for period, usd in sorted(found.apart.items()):
            _put_money(draft, offer, period, usd, found.sources[period])


def _add_open_order(position: RunPosition, offer: Offer, row: OpenOrder, units: float, found: _OnOrder) -> None:
    """Adds what is left of an order from before the run, of which `units` are not cancelled."""
    due, paid = position.at(row.due), position.at(row.balance_due or row.due)
    is_ahead = paid >= position.passed
    usd = units * row.balance_usd_per_unit
    if due >= position.passed and units > NOISE:
        one = found.arriving(due, paid if usd and is_ahead else due, row.ordered or "")
        one.units += units
        one.balance_usd += usd * is_ahead
        one.paid_usd += units * row.paid_usd_per_unit + usd * (not is_ahead)
        one.yearly_usd += units * _agreed_rent(position, row, offer, due)
    elif due < position.passed and is_ahead:
        found.owe(paid, usd, _open_order(row))
    if is_ahead:
        found.owe(paid, row.balance_musd * MUSD, _open_order(row))


def _open_order(row: OpenOrder) -> SourceRow:
    return SourceRow(f"open order {row.offer} {row.due}", {})


def _add_order(draft: CarriedDraft, offer: Offer, order: SourceRow, found: _OnOrder) -> None:
    """Adds what is on its way of an order, and what is still due for it."""
    position = draft.position
    due, placed = position.at(order["due"]), position.at(order["period"])
    arrival = deliverable(position.case, offer, placed)
    units = order["units"] - _cancelled(position, order)
    if units <= NOISE:
        return
    usd = order["invoice_musd"] * MUSD * units / order["units"]
    balance = (1.0 - offer.deposit_share) * usd if placed < due and due >= position.passed else 0.0
    if arrival < position.passed:
        if offer.kind == "buy" and due >= position.passed:
            found.owe(due, balance + (delivered_share(position.case, offer, arrival) - 1.0) * usd, order)
        return
    ordered = str(order["period"]) if may_be_cancelled(position.case, offer) else ""
    if arrival >= position.calendar.count and not ordered:
        item, what = f"{offer.offer} {order['period']}", "left out: it does not arrive within the plan"
        line = CarriedLine(
            table="open_orders", item=item, what=what, amount=units, unit="units", source=draft.cited([order])
        )
        draft.lines.append(line)
        if offer.kind == "buy":
            found.owe(due, balance, order)
        return
    if offer.kind == "lease":
        one = found.arriving(arrival, arrival)
        one.yearly_usd += usd
    else:
        one = _add_purchase(position, offer, (arrival, due, ordered), (usd, balance), order, found)
    one.units += units
    one.rows.append(order)


def _add_purchase(
    position: RunPosition,
    offer: Offer,
    dates: _Dates,
    money: tuple[float, float],
    order: SourceRow,
    found: _OnOrder,
) -> _ArrivingUnits:
    """Adds the money of a purchase on its way, with its dates, USD of the invoice and the balance."""
    (arrival, due, ordered), (usd, balance) = dates, money
    share = delivered_share(position.case, offer, arrival)
    one = found.arriving(arrival, due if balance else arrival, ordered)
    if share == 1.0:
        one.paid_usd += usd - balance
    if arrival == due and balance and share < 1.0:
        # The balance of an open order goes by the share delivered: the deposit comes back with it.
        one.balance_usd += usd
        found.owe(due, balance - usd, order)
    else:
        one.balance_usd += balance
        found.owe(max(arrival, due), (share - 1.0) * usd, order)
    return one


def _add_backlog(draft: CarriedDraft, offer: Offer, found: _OnOrder, opened: list[OpenOrder]) -> None:
    """Adds what could have been delivered before the start and was not, for the first period.

    Where nothing waits, what is on order was placed since a disruption has last touched the offer, and comes in time:
    the offer is as it was before.
    """
    position = draft.position
    rows = [row for row in position.case.backlogs if row.offer == offer.offer and position.is_past(row.since)]
    if not rows:
        return
    orders = [row for row in position.rows("orders") if row["offer"] == offer.offer]
    could = [
        (float(row["units"]) - _cancelled(position, row), deliverable(position.case, offer, position.at(row["period"])))
        for row in orders
        if position.at(row["period"]) < position.passed
    ]
    could += [(row.units, position.at(row.due)) for row in opened if row.offer == offer.offer]
    due = sum(units * delivered_share(position.case, offer, when) for units, when in could if when < position.passed)
    came = sum(
        float(row["units"])
        for row in position.rows("arrivals")
        if row["offer"] == offer.offer and position.is_past(row["period"])
    )
    last = max(position.at(row.since) for row in rows)
    early = any(
        last > position.at(row["period"])
        and deliverable(position.case, offer, position.at(row["period"])) >= position.passed
        for row in orders
    )
    early |= any(row.offer == offer.offer and position.at(row.due) >= position.passed for row in opened)
    late = due - came
    if late > NOISE * max(1.0, due):
        one = found.arriving(position.passed, position.passed)
        one.units += late
        one.yearly_usd += late * usual_rent_usd(position.case, offer, position.passed)
    elif not early:
        draft.tables["backlogs"] = [
            row for row in draft.tables["backlogs"] if row.offer != offer.offer or not position.is_past(row.since)
        ]


def _cancelled(position: RunPosition, order: SourceRow) -> float:
    """The units of an order that were cancelled before the start."""
    return sum(
        float(row["units"])
        for row in position.rows("cancellations")
        if (row["offer"], row["ordered"]) == (order["offer"], order["period"]) and position.is_past(row["period"])
    )


def _put_orders(draft: CarriedDraft, offer: Offer, dates: _Dates, one: _ArrivingUnits) -> None:
    """Adds open orders at the sites at which the units arrive in the plan."""
    due, paid, ordered = dates
    position, label = draft.position, draft.position.calendar.label_of(due)
    came = [row for row in position.rows("arrivals") if row["offer"] == offer.offer and row["period"] == label]
    whole = sum(row["units"] for row in came)
    places = (
        {row["site"]: row["units"] / whole for row in came} if whole > NOISE else {_first_site(position, offer): 1.0}
    )
    is_lease = offer.kind == "lease"
    # What could still be ordered for the same period costs its price then.
    is_agreed = due - position.passed < position.calendar.lag_periods(offer.lead_time_months)
    for site, share in places.items():
        made = OpenOrder(
            offer=offer.offer, site=site, units=one.units * share, due=label,
            balance_usd_per_unit=0.0 if is_lease else one.balance_usd / one.units,
            rent_usd_per_unit_per_year=one.yearly_usd / one.units if is_lease and is_agreed else None,
            balance_due=position.calendar.label_of(paid) if paid != due and one.balance_usd > NOISE else None,
            ordered=ordered or None, paid_usd_per_unit=0.0 if is_lease else one.paid_usd / one.units,
        )  # fmt: skip
        draft.put("open_orders", made, "on order", made.units, "units", [*one.rows, *came])


def _put_money(draft: CarriedDraft, offer: Offer, period: int, usd: float, rows: list[SourceRow]) -> None:
    """Adds what is due of an offer in a period for units that have come, or will not come."""
    label = draft.position.calendar.label_of(period)
    made = OpenOrder(
        offer=offer.offer, site=_first_site(draft.position, offer), units=0.0, due=label, balance_due=label,
        balance_musd=usd / MUSD,
    )  # fmt: skip
    what = "still due for units that have come" if usd > 0 else "comes back for units that do not come"
    draft.put("open_orders", made, what, made.balance_musd, "USD million", rows)


def _first_site(position: RunPosition, offer: Offer) -> str:
    return offer.sites[0] if offer.sites else position.case.sites[0].site


def _agreed_rent(position: RunPosition, row: OpenOrder, offer: Offer, arrival: int) -> float:
    """The yearly rent of an open order, USD."""
    agreed = row.rent_usd_per_unit_per_year
    return usual_rent_usd(position.case, offer, arrival) if agreed is None else agreed


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
    yearly += sum(row.units * _agreed_rent(position, row, contract, arrival) for row in opened)
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
