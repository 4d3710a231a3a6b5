"""What came instead of what was planned: deliveries, failures, sales, payments and dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from models.calendar import label_at, parse_label
from models.tables.actual_rows import (
    CLOSED,
    ENERGISED,
    FAILED,
    ORDERED,
    OWNED,
    READY,
    SIGNED,
    SOLD,
    STARTED,
    Delivery,
    EventDate,
)
from models.tables.disruption_rows import Delay
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from models.tables.strategy_rows import Commitment
from planner.replanning.run_position import NOISE, CarriedDraft, CarriedLine, RunPosition, SourceRow
from planner.tracking.actuals_reading import Actuals

_DECIDED = {STARTED: "start", SIGNED: "sign", ORDERED: "build"}
_REACHED = {
    READY: ("tape_outs", "programme", "ready"), CLOSED: ("acquisitions", "acquisition", "closed"),
    OWNED: ("acquisitions", "acquisition", "owned"), ENERGISED: ("expansions", "expansion", "energised"),
}  # fmt: skip
"""Result table of what is reached, with the columns of its item and date."""


def apply_actuals(draft: CarriedDraft, actuals: Actuals) -> None:
    """Corrects what is carried over by what happened before the start; what is not in the actuals stays as planned."""
    for offer in dict.fromkeys(row.offer for row in actuals.deliveries):
        _deliveries(draft, actuals, next(row for row in draft.position.case.offers if row.offer == offer))
    _losses(draft, actuals)
    for index, event in enumerate(actuals.event_dates):
        _event(draft, event, actuals.cite("event_dates", index))


def _note(draft: CarriedDraft, table: str, item: str, what: str, amount: float | None, unit: str, source: str) -> None:
    draft.lines.append(CarriedLine(table=table, item=item, what=what, amount=amount, unit=unit, source=source))


def _cited(actuals: Actuals, table: str, chosen: Callable[[int], bool]) -> str:
    places = [actuals.cite(table, index) for index in range(len(getattr(actuals, table))) if chosen(index)]
    return f"actuals: {', '.join(places[:4])}{f' and {len(places) - 4} more' if len(places) > 4 else ''}"


def _deliveries(draft: CarriedDraft, actuals: Actuals, offer: Offer) -> None:
    """What was delivered is owned or leased from then on, and what was ordered and has not come is on order."""
    position = draft.position
    source = _cited(actuals, "deliveries", lambda index: actuals.deliveries[index].offer == offer.offer)
    rows = [row for row in actuals.deliveries if row.offer == offer.offer]
    came = [row for row in rows if row.period is not None and position.is_past(row.period) and row.units]
    planned = [
        row for row in position.rows("arrivals") if row["offer"] == offer.offer and position.is_past(row["period"])
    ]
    if offer.kind == "lease":
        _leased(draft, offer, came, source)
    else:
        _owned(draft, offer, came, planned)
    late = sum(float(row["units"]) for row in planned) - sum(row.units for row in came)
    _on_order(draft, offer, [row for row in rows if row.period is None], late, source)
    units = sum(row.units for row in came)
    table = "open_leases" if offer.kind == "lease" else "opening_fleet"
    _note(draft, table, offer.offer, "delivered, in place of the plan", units, "units", source)


def _owned(draft: CarriedDraft, offer: Offer, came: Sequence[Delivery], planned: Sequence[SourceRow]) -> None:
    """Changes the cohorts by what came more or less in each period, less the failures since."""
    position = draft.position
    survival = _survival(position, offer.accelerator)
    change: dict[tuple[str, str], float] = {}
    for row in came:
        label = position.calendar.label_of(position.at(str(row.period)))
        change[row.site, label] = change.get((row.site, label), 0.0) + row.units
    for one in planned:
        change[one["site"], one["period"]] = change.get((one["site"], one["period"]), 0.0) - float(one["units"])
    for (site, label), units in change.items():
        age = position.passed - position.at(label)
        _add_cohort(draft, (offer.accelerator, site, label), units * survival**age)


def _survival(position: RunPosition, accelerator: str) -> float:
    machine = next(row for row in position.case.accelerators if row.accelerator == accelerator)
    return float((1.0 - machine.failure_rate_per_year) ** position.calendar.delta)


def _add_cohort(draft: CarriedDraft, key: tuple[str, str, str], units: float) -> None:
    for row in draft.each(OpeningFleet, "opening_fleet"):
        if (row.accelerator, row.site, row.in_service_since) == key:
            left = row.units + units
            draft.change("opening_fleet", [(row, replace(row, units=left) if left > NOISE else None)])
            return
    if units > NOISE:
        accelerator, site, since = key
        made = OpeningFleet(accelerator=accelerator, site=site, units=units, in_service_since=since, source="actuals")
        draft.tables["opening_fleet"].append(made)


def _leased(draft: CarriedDraft, offer: Offer, came: Sequence[Delivery], source: str) -> None:
    """Running leases of an offer are those that were delivered, from then on for their term."""
    position, calendar = draft.position, draft.position.calendar
    old = [row for row in draft.each(OpenLease, "open_leases") if row.offer == offer.offer]
    draft.change("open_leases", [(row, None) for row in old])
    usual = old[0].rent_usd_per_unit_per_year if old else 0.0
    for number, row in enumerate(came, start=1):
        begin = position.at(str(row.period))
        ends = label_at(
            calendar.start_month + (begin + calendar.term_periods(offer.term_months)) * calendar.months, calendar.months
        )
        if parse_label(ends)[0] <= position.start_month:
            continue
        known = [one for one in old if f" {calendar.label_of(begin)} " in one.lease]
        rent = row.unit_price_usd
        if rent is None:
            rent = known[0].rent_usd_per_unit_per_year if known else usual
        draft.tables["open_leases"].append(
            OpenLease(
                lease=f"{offer.offer} delivered {number}", accelerator=offer.accelerator, site=row.site,
                units=row.units, rent_usd_per_unit_per_year=rent, ends=ends, exit_fee_months=offer.exit_fee_months,
                exit_notice_months=offer.exit_notice_months, renew_months=offer.renew_months,
                renew_usd_per_unit_per_year=offer.renew_usd_per_unit_per_year, renewals=offer.renewals,
                offer=offer.offer, source=source,
            )
        )  # fmt: skip


def _on_order(draft: CarriedDraft, offer: Offer, promised: Sequence[Delivery], late: float, source: str) -> None:
    """Adds what is late: as it is promised now, else for the start; what came early is no longer on order."""
    position = draft.position
    orders = [row for row in draft.each(OpenOrder, "open_orders") if row.offer == offer.offer]
    for row in promised:
        units = row.units_promised or 0.0
        due = position.start if row.promised is None or position.is_past(row.promised) else row.promised
        price, balance = row.unit_price_usd, row.balance_usd_per_unit
        if balance is None:
            balance = (1.0 - offer.deposit_share) * price if price is not None and offer.kind == "buy" else 0.0
        _add_order(draft, offer, (row.site, due), units, (balance, price if offer.kind == "lease" else None), source)
        late -= units
    if late > NOISE:
        site = orders[0].site if orders else (offer.sites or (position.case.sites[0].site,))[0]
        _add_order(draft, offer, (site, position.start), late, (0.0, None), source)
    for order in sorted(orders, key=lambda one: parse_label(one.due)[0]):
        if late < -NOISE:
            gone = min(order.units, -late)
            late += gone
            left = order.units - gone
            draft.change("open_orders", [(order, replace(order, units=left) if left > NOISE else None)])


def _add_order(
    draft: CarriedDraft,
    offer: Offer,
    place: tuple[str, str],
    units: float,
    money: tuple[float, float | None],
    source: str,
) -> None:
    """Adds units to what is on order at a site for a period, with their balance or rent."""
    site, due = place
    if units <= NOISE:
        return
    _note(draft, "open_orders", f"{offer.offer} {site} {due}", "late", units, "units", source)
    for row in draft.each(OpenOrder, "open_orders"):
        # What is late is not known by its order, so that it is kept apart from what may be cancelled.
        if (row.offer, row.site, row.due, row.ordered) == (offer.offer, site, due, None):
            whole = row.units + units
            balance = (row.units * row.balance_usd_per_unit + units * money[0]) / whole
            paid = row.units * row.paid_usd_per_unit / whole
            made = replace(row, units=whole, balance_usd_per_unit=balance, paid_usd_per_unit=paid)
            draft.change("open_orders", [(row, made)])
            return
    draft.tables["open_orders"].append(
        OpenOrder(
            offer=offer.offer, site=site, units=units, due=due, balance_usd_per_unit=money[0],
            rent_usd_per_unit_per_year=money[1], source=source,
        )
    )  # fmt: skip


def _losses(draft: CarriedDraft, actuals: Actuals) -> None:
    """Where failures or sales are given for an accelerator and site, they take the place of those of the plan."""
    position = draft.position
    places = dict.fromkeys((row.accelerator, row.site) for row in actuals.fleet_changes)
    for accelerator, site in places:
        own = [row for row in actuals.fleet_changes if (row.accelerator, row.site) == (accelerator, site)]
        has_failures, has_sales = (any(row.change == kind for row in own) for kind in (FAILED, SOLD))
        gross: dict[str, float] = {}
        for cohort in draft.each(OpeningFleet, "opening_fleet"):
            if (cohort.accelerator, cohort.site) == (accelerator, site):
                since = max(0, position.at(cohort.in_service_since))
                lived = _survival(position, accelerator) ** (position.passed - since) if has_failures else 1.0
                gross[cohort.in_service_since] = cohort.units / lived
                draft.change("opening_fleet", [(cohort, None)])
        for sale in position.rows("sales") if has_sales else ():
            if (sale["accelerator"], sale["site"]) == (accelerator, site) and position.is_past(sale["period"]):
                gross[sale["vintage"]] = gross.get(sale["vintage"], 0.0) + float(sale["units"])
        for row in own:
            if position.is_past(row.period):
                _take(gross, row.in_service_since, row.units)
        kept = {since: units for since, units in gross.items() if units > NOISE}
        for label, units in kept.items():
            _add_cohort(draft, (accelerator, site, label), units)
        source = f"actuals: {len(own)} rows of fleet_changes"
        what = "left after failures and sales, in place of the plan"
        _note(draft, "opening_fleet", f"{accelerator} {site}", what, sum(kept.values()), "units", source)


def _take(cohorts: dict[str, float], since: str | None, units: float) -> None:
    """Takes units out of the cohort that is named, then out of the oldest."""
    for label in sorted(cohorts, key=lambda label: (label != since, parse_label(label)[0])):
        gone = min(cohorts[label], units)
        cohorts[label] -= gone
        units -= gone


def _event(draft: CarriedDraft, event: EventDate, source: str) -> None:
    """A decision that was taken at another time, or not yet; something that is reached later than planned."""
    position = draft.position
    if event.event in _DECIDED:
        kind = "close" if event.event == SIGNED and _is_company(position, event.item) else _DECIDED[event.event]
        _decided(draft, event, kind, source)
    elif event.event in _REACHED:
        for months in _later(position, event):
            row = Delay(item=event.item, period=position.start, months=months, source=source)
            draft.tables["delays"] = [
                one for one in draft.tables["delays"] if (one.item, one.period) != (row.item, row.period)
            ]
            draft.tables["delays"].append(row)
            _note(
                draft,
                "delays",
                event.item,
                f"{event.event} {event.period}, later than planned",
                months,
                "months",
                source,
            )


def _is_company(position: RunPosition, item: str) -> bool:
    return any(row.acquisition == item for row in position.case.acquisitions)


def _decided(draft: CarriedDraft, event: EventDate, kind: str, source: str) -> None:
    position = draft.position
    old = [
        row
        for row in draft.each(Commitment, "commitments")
        if (row.kind, row.item, row.status) == (kind, event.item, "done") and position.at(row.period) >= 0
    ]
    if not position.is_past(event.period):
        draft.change("commitments", [(row, None) for row in old])
        _note(draft, "commitments", event.item, f"not {event.event} yet", None, "", source)
        return
    label = position.calendar.label_of(position.at(event.period))
    route = event.route or (old[0].route if old else "")
    quantity = event.modules if event.modules is not None else (old[0].quantity if old else None)
    new = Commitment(
        kind=kind, item=event.item, route=route, period=label, quantity=quantity, status="done", source=source
    )
    draft.change("commitments", [(row, None) for row in old])
    draft.tables["commitments"].insert(0, new)
    _note(draft, "commitments", event.item, f"{event.event} {label}", quantity, "", source)


def _later(position: RunPosition, event: EventDate) -> Iterator[float]:
    """Yields by how many months something that is still ahead is later than the plan has it."""
    table, item, date = _REACHED[event.event]
    for row in position.rows(table):
        if row[item] == event.item and row[date] and not position.is_past(event.period):
            months = parse_label(event.period)[0] - parse_label(row[date])[0]
            if months > 0:
                yield float(months)
                return


def actual_spending(position: RunPosition, actuals: Actuals) -> dict[tuple[str, str], float]:
    """Returns what was paid by category and period of the run, where payments of that category are known then."""
    found: dict[tuple[str, str], float] = {}
    for row in actuals.payments:
        if position.is_past(row.period):
            key = row.category, position.calendar.label_of(position.at(row.period))
            found[key] = found.get(key, 0.0) + row.amount_musd
    return found
