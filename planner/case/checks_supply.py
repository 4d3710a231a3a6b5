"""Supply: offers that can be ordered, paid and delivered, and sold again without a gain from nothing."""

from __future__ import annotations

import math
from itertools import pairwise

from models.calendar import Calendar, parse_span
from models.tables.fleet_rows import Accelerator, Offer, Price, PriceTier, Resale
from models.tables.holding_rows import OpenOrder
from planner.case.context import GATE_TABLES, Context, is_reversed, label_of, window
from planner.case.reachable_dates import NEVER, earliest_ready, orderable, price_at, prices_in, prices_of

CENT = 0.005


def check_offer_terms(context: Context) -> None:
    """Leases have a term, purchases none; the least order is not above the largest."""
    for offer in context.of(Offer):
        if offer.kind == "lease" and offer.term_months <= 0:
            context.fault(offer, "term_months", "a lease needs a term", "Enter its months, for example 36.")
        if offer.kind == "buy" and offer.term_months > 0:
            context.warn(offer, "term_months", "is not used: bought units have no term", "Leave it blank, or lease.")
        if offer.kind == "lease" and offer.deposit_share > 0:
            context.warn(offer, "deposit_share", "is not used: leases have no deposit", "Leave it blank.")
        most = offer.max_lots_per_period
        if most is not None and offer.min_lots > most:
            expected = f"is above max_lots_per_period = {most:g}"
            context.fault(offer, "min_lots", expected, f"Use {most:g} or less, or raise max_lots_per_period.")
        elif most == 0:
            context.warn(offer, "max_lots_per_period", "allows no order", "Leave it blank for no limit.")


def check_arrivals(context: Context) -> None:
    """Each offer can be ordered in the horizon and arrive in it, unless it is there for its open orders."""
    calendar = context.calendar
    if calendar is None:
        return
    open_offers = {row.offer for row in context.of(OpenOrder)}
    for offer in context.of(Offer):
        if orderable(calendar, offer) or offer.offer in open_offers or not context.is_whole("open_orders"):
            continue
        inside = window(calendar, offer, "first_order", "last_order")
        last = calendar.labels[-1]
        if is_reversed(calendar, offer.first_order, offer.last_order):
            continue
        if not inside:
            column = "last_order" if offer.last_order is not None else "first_order"
            expected = f"leaves no period of the horizon {calendar.labels[0]}..{last} to order in"
            context.fault_unless_carried(
                offer, column, expected, "Move the window into the horizon, or delete the offer."
            )
            continue
        due = label_of(calendar, inside.start + calendar.lag_periods(offer.lead_time_months))
        expected = (
            f"an order of {calendar.labels[inside.start]} would arrive in {due}, after the horizon ends with {last}"
        )
        remedy = "Shorten the lead time, add lookahead_periods in plan.toml, or delete the offer."
        context.fault_unless_carried(offer, "lead_time_months", expected, remedy)


def check_prices(context: Context) -> None:
    """Each offer has a price from the first period on in which it can be ordered, its gates considered."""
    calendar = context.calendar
    if calendar is None or not context.is_whole("prices"):
        return
    prices, ready = prices_of(context), earliest_ready(context)
    gates_are_whole = context.is_whole(*GATE_TABLES, "routes", "commitments")
    for offer in context.of(Offer):
        periods = orderable(calendar, offer)
        if offer.requires and not gates_are_whole:
            continue
        first = max([float(periods.start), *(ready.get(name, 0.0) for name in offer.requires)])
        rows = prices.get(offer.offer, [])
        if first == NEVER or int(first) >= periods.stop:
            continue
        label = calendar.labels[int(first)]
        if not rows:
            context.fault(offer, "offer", "has no price", f"Add a row for {offer.offer} from {label} on to prices.csv.")
        elif price_at(calendar, rows, int(first)) is None:
            expected = f"is the first price of {offer.offer}, which can be ordered from {label} on"
            remedy = f"Add a price for {label}, or set first_order = {rows[0].period} in {context.place(offer)}."
            context.fault(rows[0], "period", expected, remedy)
    _check_lease_prices(context, calendar, prices)


def _check_lease_prices(context: Context, calendar: Calendar, prices: dict[str, list[Price]]) -> None:
    """Open orders of leases are paid by the price of one lead time before they are due."""
    offers = {row.offer: row for row in context.of(Offer)}
    for order in context.of(OpenOrder):
        offer = offers.get(order.offer)
        if offer is None or offer.kind != "lease":
            continue
        period = max(0, calendar.period_at(order.due) - calendar.lag_periods(offer.lead_time_months))
        if period < calendar.count and price_at(calendar, prices.get(offer.offer, []), period) is None:
            label = calendar.labels[period]
            expected = f"the lease of this order is paid at the price of {label}, and there is none"
            context.fault(order, "offer", expected, f"Add a row for {offer.offer} at {label} to prices.csv.")


def check_free_money(context: Context) -> None:
    """No unit costs less, with its integration and the largest discount, than it could at once be resold for."""
    calendar = context.calendar
    if calendar is None or not context.is_whole("resale"):
        return
    machines = {row.accelerator: row for row in context.of(Accelerator)}
    curves = _first_fractions(context)
    discounts: dict[str, float] = {}
    for tier in context.of(PriceTier):
        discounts[tier.offer] = max(discounts.get(tier.offer, 0.0), tier.discount)
    prices = prices_of(context)
    for offer in context.of(Offer):
        machine = machines.get(offer.accelerator)
        if offer.kind != "buy" or machine is None:
            continue
        fraction = curves.get(machine.accelerator, curves.get("*", 0.0))
        resale = machine.reference_price_usd * fraction
        discount = discounts.get(offer.offer, 0.0)
        for price in prices_in(calendar, prices.get(offer.offer, []), orderable(calendar, offer)):
            paid = price.unit_price_usd * (1 - discount) + offer.integration_usd_per_unit
            if paid < resale - CENT:
                tiers = f" after the discount of {discount:g}" if discount else ""
                expected = (
                    f"a unit costs {paid:,.2f} USD{tiers} with integration and could immediately be resold for "
                    f"{resale:,.2f} USD (reference price {machine.reference_price_usd:,.10g} x {fraction:g})"
                )
                remedy = f"Lower the reference price or resale fraction of {machine.accelerator}, or raise the price."
                context.fault(price, "unit_price_usd", expected, remedy)
                break


def _first_fractions(context: Context) -> dict[str, float]:
    first: dict[str, Resale] = {}
    for row in context.of(Resale):
        if row.accelerator not in first or row.age_years < first[row.accelerator].age_years:
            first[row.accelerator] = row
    return {name: row.fraction_of_reference_price for name, row in first.items()}


def check_resale(context: Context) -> None:
    """Warns of resale fractions that rise with age, and of machines with a curve and no reference price."""
    curves: dict[str, list[Resale]] = {}
    for row in context.of(Resale):
        curves.setdefault(row.accelerator, []).append(row)
    for rows in curves.values():
        rows.sort(key=lambda row: row.age_years)
        for before, row in pairwise(rows):
            if row.fraction_of_reference_price > before.fraction_of_reference_price + 1e-12:
                expected = (
                    f"rises with age, from {before.fraction_of_reference_price:g} in row {context.number(before)}"
                )
                remedy = "Use fractions that fall, or keep it if older units are worth more."
                context.warn(row, "fraction_of_reference_price", expected, remedy)
    for machine in context.of(Accelerator):
        if machine.accelerator in curves and machine.reference_price_usd == 0:
            expected = "has resale fractions but no reference price"
            context.warn(machine, "reference_price_usd", expected, "Enter the price of a new unit in USD.")


def check_tiers(context: Context) -> None:
    """Tiers of a span are of one kind, all-units discounts do not fall, and the price is constant over the span."""
    calendar = context.calendar
    if calendar is None:
        return
    groups: dict[tuple[str, tuple[int, int]], list[PriceTier]] = {}
    for row in context.of(PriceTier):
        groups.setdefault((row.offer, parse_span(row.span)), []).append(row)
    offers = {row.offer: row for row in context.of(Offer)}
    prices = prices_of(context) if context.is_whole("prices") else {}
    for (name, bounds), rows in groups.items():
        rows.sort(key=lambda row: row.from_units)
        for row in rows[1:]:
            if row.kind != rows[0].kind:
                expected = f"differs from {rows[0].kind} in row {context.number(rows[0])}, of the same offer and span"
                context.fault(row, "kind", expected, "Use one kind for all tiers of a span.")
        for before, row in pairwise(rows):
            if row.kind == before.kind == "all_units" and row.discount < before.discount:
                expected = f"falls with quantity, from {before.discount:g} in row {context.number(before)}"
                context.fault(row, "discount", expected, f"Use {before.discount:g} or more, or kind incremental.")
        if name in offers and name in prices:
            _check_constant(context, calendar, rows[0], (offers[name], prices[name], bounds))


def _check_constant(
    context: Context, calendar: Calendar, tier: PriceTier, facts: tuple[Offer, list[Price], tuple[int, int]]
) -> None:
    offer, prices, (first, end) = facts
    low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
    paid: Price | None = None
    for period in orderable(calendar, offer):
        price = price_at(calendar, prices, period) if low <= period <= high else None
        if price is None:
            continue
        if paid is not None and not math.isclose(price.unit_price_usd, paid.unit_price_usd, rel_tol=1e-12):
            expected = (
                f"the price of {offer.offer} changes in it, from {paid.unit_price_usd:,.10g} to "
                f"{price.unit_price_usd:,.10g} in {calendar.labels[period]}"
            )
            remedy = f"Let a span of tiers end before {calendar.labels[period]}, or keep the price."
            context.fault(tier, "span", expected, remedy)
            return
        paid = price
