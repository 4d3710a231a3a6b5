"""What is on order when the new case starts: when it comes, what is still due for it, and what is late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpenOrder
from planner.replanning.run_position import MUSD, NOISE, CarriedDraft, CarriedLine, RunPosition, SourceRow
from planner.results.agreed_rents import rent_of_arrival_usd, usual_rent_usd
from planner.results.kept_orders import cancelled_before, may_be_cancelled, units_kept
from planner.results.offer_terms import deliverable, delivered_share

_LONG_AGO = -10_000
"""The period of an order of which it does not matter when it was placed."""


@dataclass
class _ArrivingUnits:
    """Units on order that arrive in one period: how many, what was paid, what is still to pay, and for what rent."""

    units: float = 0.0
    paid_usd: float = 0.0
    balance_usd: float = 0.0
    yearly_usd: float = 0.0
    rows: list[SourceRow] = field(default_factory=list)

    def add(self, other: _ArrivingUnits, came: list[SourceRow]) -> None:
        """Adds other units, which come by some rows of arrivals."""
        self.units += other.units
        self.paid_usd += other.paid_usd
        self.balance_usd += other.balance_usd
        self.yearly_usd += other.yearly_usd
        self.rows += [*other.rows, *came]


_Dates = tuple[int, int, str, str]
"""When units arrive, when their balance is due, when they were ordered (blank where that does not count), and the site.

The site is blank where they may arrive at any.
"""


@dataclass
class _OnOrder:
    """What is on order of an offer: units by their dates, what was due before and is `late`, and what is due apart.

    `apart` is USD by period, for units that have come or will not come, with the orders it is of.
    """

    waiting: dict[_Dates, _ArrivingUnits] = field(default_factory=dict)
    late: _ArrivingUnits = field(default_factory=_ArrivingUnits)
    apart: dict[int, float] = field(default_factory=dict)
    sources: dict[int, list[SourceRow]] = field(default_factory=dict)

    def arriving(self, arrival: int, paid: int, ordered: str = "", site: str = "") -> _ArrivingUnits:
        """Returns what arrives in a period, has its balance due in another, was ordered then, and comes to a site."""
        return self.waiting.setdefault((arrival, paid, ordered, site), _ArrivingUnits())

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
        _put_orders(draft, offer, found)
        _put_late(draft, offer, found)
        for period, usd in sorted(found.apart.items()):
            _put_money(draft, offer, period, usd, found.sources[period])


def _add_open_order(position: RunPosition, offer: Offer, row: OpenOrder, units: float, found: _OnOrder) -> None:
    """Adds what is left of an order from before the run, of which `units` are not cancelled."""
    due, paid = position.at(row.due), position.at(row.balance_due or row.due)
    is_ahead = paid >= position.passed
    usd = units * row.balance_usd_per_unit
    if due >= position.passed and units > NOISE:
        own_site = "" if row.any_site else row.site
        ordered = row.ordered if row.ordered and _counts_order(position, offer, position.at(row.ordered)) else None
        one = found.arriving(due, paid if usd and is_ahead else due, ordered or "", own_site)
        one.units += units
        one.balance_usd += usd * is_ahead
        one.paid_usd += units * row.paid_usd_per_unit + usd * (not is_ahead)
        one.yearly_usd += units * agreed_rent(position, row, offer, due)
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
    ordered = str(order["period"]) if _counts_order(position, offer, placed) else ""
    if arrival >= position.calendar.count and not may_be_cancelled(position.case, offer):
        item, what = f"{offer.offer} {order['period']}", "left out: it does not arrive within the plan"
        line = CarriedLine(
            table="open_orders", item=item, what=what, amount=units, unit="units", source=draft.cited([order])
        )
        draft.lines.append(line)
        if offer.kind == "buy":
            found.owe(due, balance, order)
        return
    if offer.kind == "lease":
        one = found.arriving(arrival, arrival, ordered)
        is_tiered = any(row.offer == offer.offer for row in position.case.price_tiers)
        one.yearly_usd += usd if is_tiered else units * rent_of_arrival_usd(position.case, offer, arrival)
    else:
        one = _add_purchase(position, offer, (arrival, due, ordered), (usd, balance), order, found)
    one.units += units
    one.rows.append(order)


def _counts_order(position: RunPosition, offer: Offer, ordered: int) -> bool:
    """Returns whether it matters when something on its way was ordered: it may be cancelled, or must be in time."""
    since = [position.at(row.since) for row in position.case.backlogs if row.offer == offer.offer]
    past = [period for period in since if period < position.passed]
    return may_be_cancelled(position.case, offer) or (bool(past) and ordered >= max(past))


def _add_purchase(
    position: RunPosition,
    offer: Offer,
    dates: tuple[int, int, str],
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
    """Adds what could have been delivered before the start and was not, and what has come of later orders."""
    position = draft.position
    rows = [row for row in position.case.backlogs if row.offer == offer.offer and position.is_past(row.since)]
    if not rows:
        return
    last = max(rows, key=lambda row: position.at(row.since))
    since = position.at(last.since)
    could = list(_delivered(position, offer, opened))
    came = [row for row in position.rows("arrivals") if row["offer"] == offer.offer and position.is_past(row["period"])]
    late = sum(units for units, _, _ in could) - sum(float(row["units"]) for row in came)
    if late > NOISE * max(1.0, sum(units for units, _, _ in could)):
        found.late.units += late
        found.late.rows += came
        for units, price, _ in reversed(could):
            part = min(late, units)
            found.late.paid_usd += part * price
            late -= part
    ahead = sum(float(row["units"]) for row in came if position.at(row["period"]) >= since)
    ahead += last.came_before * (since < 0)
    ahead -= sum(units for units, _, ordered in could if ordered >= since)
    new = replace(last, came_before=ahead if ahead > NOISE else 0.0)
    if new != last:
        kept = [row for row in draft.tables["backlogs"] if (row.offer, row.since) != (last.offer, last.since)]
        draft.tables["backlogs"] = [*kept, new]
        draft.note("backlogs", new, "came beyond what was ordered since", ahead, "units", draft.cited(came))


def _delivered(position: RunPosition, offer: Offer, opened: list[OpenOrder]) -> Iterator[tuple[float, float, int]]:
    """Yields what could be delivered before the start: units, USD paid for each, and the period of the order."""
    for row in opened:
        when = position.at(row.due)
        if row.offer == offer.offer and when < position.passed:
            ordered = position.at(row.ordered) if row.ordered else _LONG_AGO
            is_paid = position.at(row.balance_due or row.due) < position.passed
            price = row.paid_usd_per_unit + row.balance_usd_per_unit * is_paid
            yield row.units * delivered_share(position.case, offer, when), price, ordered
    orders = [one for one in position.rows("orders") if one["offer"] == offer.offer]
    for one in sorted(orders, key=lambda one: position.at(one["period"])):
        placed = position.at(one["period"])
        when = deliverable(position.case, offer, placed)
        units = float(one["units"]) - _cancelled(position, one)
        if placed < position.passed and when < position.passed and units > NOISE:
            price = float(one["invoice_musd"]) * MUSD / float(one["units"]) if offer.kind == "buy" else 0.0
            yield units * delivered_share(position.case, offer, when), price, placed


def _cancelled(position: RunPosition, order: SourceRow) -> float:
    """The units of an order that were cancelled before the start."""
    return sum(
        float(row["units"])
        for row in position.rows("cancellations")
        if (row["offer"], row["ordered"]) == (order["offer"], order["period"]) and position.is_past(row["period"])
    )


def _put_orders(draft: CarriedDraft, offer: Offer, found: _OnOrder) -> None:
    """Adds open orders: those of before the run at their site, those of the plan at any site of their offer."""
    position = draft.position
    by_site: dict[_Dates, _ArrivingUnits] = {}
    free: set[_Dates] = set()
    for dates, one in sorted(found.waiting.items(), key=lambda each: (not each[0][3], each[0])):
        (due, paid, ordered, own_site), label = dates, position.calendar.label_of(dates[0])
        came = [row for row in position.rows("arrivals") if row["offer"] == offer.offer and row["period"] == label]
        paid = paid if one.balance_usd > NOISE else due
        sites = [own_site] if own_site else _sites(position, offer, came)
        keys: list[_Dates] = [(due, paid, ordered, site) for site in sites]
        # A row of its own says that they may arrive anywhere; where all sites have one of another kind, it joins it.
        key = next((each for each in keys if own_site or each in free or each not in by_site), keys[0])
        if len(sites) > 1 and key not in by_site:
            free.add(key)
        by_site.setdefault(key, _ArrivingUnits()).add(one, came)
    is_lease = offer.kind == "lease"
    for dates, one in by_site.items():
        due, paid, ordered, site = dates
        # What could still be ordered for the same period costs its price then.
        is_agreed = due - position.passed < position.calendar.lag_periods(offer.lead_time_months)
        made = OpenOrder(
            offer=offer.offer, site=site, units=one.units, due=position.calendar.label_of(due),
            balance_usd_per_unit=0.0 if is_lease else one.balance_usd / one.units,
            rent_usd_per_unit_per_year=one.yearly_usd / one.units if is_lease and is_agreed else None,
            balance_due=position.calendar.label_of(paid) if paid != due else None,
            ordered=ordered or None, paid_usd_per_unit=0.0 if is_lease else one.paid_usd / one.units,
            any_site=dates in free,
        )  # fmt: skip
        draft.put("open_orders", made, "on order", made.units, "units", one.rows)


def _sites(position: RunPosition, offer: Offer, came: list[SourceRow]) -> list[str]:
    """The sites of an offer; first the one at which most arrives in the plan."""
    units = dict.fromkeys(offer.sites or [row.site for row in position.case.sites], 0.0)
    for row in came:
        units[row["site"]] = units.get(row["site"], 0.0) + row["units"]
    return sorted(units, key=lambda site: -units[site])


def _put_late(draft: CarriedDraft, offer: Offer, found: _OnOrder) -> None:
    """Adds what was due before the start and has not come, and for how much a late lease is rented when it comes."""
    position, late = draft.position, found.late
    if late.units > NOISE:
        made = OpenOrder(
            offer=offer.offer, site=_first_site(position, offer), units=late.units,
            due=position.calendar.labels[position.passed - 1], paid_usd_per_unit=late.paid_usd / late.units,
        )  # fmt: skip
        draft.put("open_orders", made, "late", made.units, "units", late.rows)
    may_be_late = any(row.offer == offer.offer and position.is_past(row.since) for row in position.case.backlogs)
    if offer.kind != "lease" or not may_be_late or not (found.waiting or late.units > NOISE):
        return
    lead = position.calendar.lag_periods(offer.lead_time_months)
    for period in range(position.passed, min(position.passed + lead, position.calendar.count)):
        if not any(arrival == period for arrival, *_ in found.waiting):
            rent = rent_of_arrival_usd(position.case, offer, period)
            made = OpenOrder(
                offer=offer.offer, site=_first_site(position, offer), units=0.0, due=position.calendar.label_of(period),
                rent_usd_per_unit_per_year=rent,
            )  # fmt: skip
            draft.put("open_orders", made, "rent of what comes then", rent, "USD per unit-year", [])


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


def agreed_rent(position: RunPosition, row: OpenOrder, offer: Offer, arrival: int) -> float:
    """Returns the yearly rent of an open order, USD."""
    agreed = row.rent_usd_per_unit_per_year
    return usual_rent_usd(position.case, offer, arrival) if agreed is None else agreed
