"""What is paid for orders: prices, deposits, balances, leases, and volume discounts with exact binaries."""

from __future__ import annotations

import math

import pulp

from tests.oracle.book import USD_PER_MUSD, name_of
from tests.oracle.clock import label_months, span_months
from tests.oracle.textbook_shocks import delivered_share, delivery


def add_order_money(book):
    """Deposit and balance of bought units, rent of leased ones, integration of all, and what open orders owe."""
    clock = book.clock
    for offer in book.case.offers:
        lead = clock.lag(offer.lead_time_months)
        if offer.kind == "lease":
            add_rent(book, offer, lead)
        for t, bill in bills(book, offer).items() if offer.kind == "buy" else ():
            book.pay_offer("hardware", offer.offer, t, [offer.deposit_share * bill])
            book.pay_offer("hardware", offer.offer, t + lead, [(1 - offer.deposit_share) * bill])
            come = delivery(book, offer, t)
            if come is not None and delivered_share(book, offer, come) < 1:
                lost = 1 - delivered_share(book, offer, come)
                book.pay_offer("hardware", offer.offer, max(come, t + lead), [-lost * bill])
        for (o, _, t), units in book.arrivals.items():
            if o == offer.offer:
                book.pay_offer("hardware", o, t, [offer.integration_usd_per_unit / USD_PER_MUSD * units])
    for row in book.case.open_orders:
        due, offer = clock.period_of(row.due), book.offer(row.offer)
        paid = due if row.balance_due is None else clock.period_of(row.balance_due)
        if paid in clock.periods and offer.kind == "buy":
            owed = row.units * row.balance_usd_per_unit / USD_PER_MUSD
            if row.balance_due is None:
                owed *= delivered_share(book, offer, due)
            book.pay_offer("hardware", row.offer, paid, [(owed + row.balance_musd) * book.one])


def add_rent(book, offer, lead):
    """Rent of each period in term, of units that arrived, at the price of the period one nominal lead before.

    With volume discounts the bill of an order is paid in the term that begins one nominal lead after it.
    """
    clock = book.clock

    def price(arrival):
        return rent_of_arrival(book, offer, arrival) / USD_PER_MUSD

    if any(row.offer == offer.offer for row in book.case.price_tiers):
        yearly = [(t + lead, bill) for t, bill in bills(book, offer).items()]
        rows = [row for row in book.case.open_orders if row.offer == offer.offer]
        due = [(max(0, clock.period_of(row.due)), row.units) for row in rows]
        yearly += [(u, price(u) * units * book.one) for u, units in due if u in clock.periods]
    else:
        yearly = [(u, price(u) * units) for (o, _, u), units in book.arrivals.items() if o == offer.offer]
    for begin, rent in yearly:
        for t in range(begin, min(begin + clock.term(offer.term_months), clock.count)):
            book.pay_offer("lease", offer.offer, t, [clock.years * rent])


def rent_of_arrival(book, offer, arrival):
    """USD a year of a unit that arrives: the price one nominal lead before, or of open orders the mean of what was
    agreed, where nothing else can have come yet."""
    lead = book.clock.lag(offer.lead_time_months)
    usual = book.price(offer.offer, max(0, arrival - lead)) or 0.0
    rows = [
        row
        for row in book.case.open_orders
        if row.offer == offer.offer and book.clock.period_of(row.due) == arrival and arrival < lead
    ]
    rents = [usual if row.rent_usd_per_unit_per_year is None else row.rent_usd_per_unit_per_year for row in rows]
    if not rents:
        return usual
    # Where nothing is due, what is late may come then.
    weights = [row.units for row in rows] if sum(row.units for row in rows) else [1.0] * len(rows)
    return sum(weight * rent for weight, rent in zip(weights, rents, strict=True)) / sum(weights)


def bills(book, offer):
    """The bill of each order period of an offer, USD million (of a lease: a year); stated once."""
    if offer.offer not in book.bills:
        book.bills[offer.offer] = stated_bills(book, offer)
    return book.bills[offer.offer]


def stated_bills(book, offer):
    """States the volume discounts of an offer; returns its bills."""
    orders = {t: x for (o, t), x in book.units.items() if o == offer.offer}
    found = {t: book.price(offer.offer, t) / USD_PER_MUSD * x for t, x in sorted(orders.items())}
    rows = [row for row in book.case.price_tiers if row.offer == offer.offer]
    for span in sorted({row.span for row in rows}):
        inside = [t for t in book.clock.inside(span) if t in orders]
        if not inside:
            continue
        tiers = sorted((row.from_units, row.discount) for row in rows if row.span == span)
        if tiers[0][0] > 0:
            tiers.insert(0, (0.0, 0.0))
        kind = next(row.kind for row in rows if row.span == span)
        price = book.price(offer.offer, inside[0]) / USD_PER_MUSD
        first, end = span_months(span)
        past = sum(
            row.units
            for row in book.case.past_orders
            if row.offer == offer.offer and first <= label_months(row.period)[0] < end
        )
        before = price * discounted(tiers, kind, past) * book.one if past else pulp.lpSum([])
        for t in inside:
            so_far = pulp.lpSum(orders[u] for u in inside if u <= t) + past * book.one
            most = (inside.index(t) + 1) * book.most_units(offer) + past
            curve = incremental if kind == "incremental" else all_units
            bill = curve(book, (offer, span, t), tiers, price, so_far, most)
            found[t] = bill - before
            before = bill
    return found


def discounted(tiers, kind, units):
    """Units less their discounts: each by its own tier, or all by the tier that they reach."""
    if kind == "all_units":
        return units * (1 - max((begin, discount) for begin, discount in tiers if begin <= units + 1e-6)[1])
    ends = [begin for begin, _ in tiers[1:]] + [math.inf]
    return sum(
        (1 - discount) * max(0.0, min(units, end) - begin) for (begin, discount), end in zip(tiers, ends, strict=True)
    )


def incremental(book, where, tiers, price, so_far, most):
    """Bill of `so_far` units when each is priced by the tier that it falls in; tiers fill in order."""
    offer, span, t = where
    bill, fills = [], []
    for i, (begin, discount) in enumerate(tiers):
        end = tiers[i + 1][0] if i + 1 < len(tiers) else max(most, begin)
        fill = book.variable(name_of("fill", offer.offer, span, i, t), 0, end - begin)
        bill.append(price * (1 - discount) * fill)
        if fills:
            full = book.binary("full", offer.offer, span, i, t)
            width = begin - tiers[i - 1][0]
            book.require(fills[-1], ">=", width * full, "tier_below_full", offer.offer, span, i, t)
            book.require(fill, "<=", (end - begin) * full, "tier_open", offer.offer, span, i, t)
        fills.append(fill)
    book.require(fills, "==", so_far, "tiers_add_up", offer.offer, span, t)
    return pulp.lpSum(bill)


def all_units(book, where, tiers, price, so_far, most):
    """Bill of `so_far` units when all are priced by the tier that their total reaches."""
    offer, span, t = where
    bill, chosen, parts = [], [], []
    for i, (begin, discount) in enumerate(tiers):
        end = max(most, begin)
        if i + 1 < len(tiers):
            end = tiers[i + 1][0]
            if offer.lot_size is not None:
                # A total that reaches the next tier belongs to it: the last whole number of lots below it.
                end = (math.ceil(end / offer.lot_size - 1e-9) - 1) * offer.lot_size
        if end < begin:
            continue
        here = book.binary("tier", offer.offer, span, i, t)
        part = book.variable(name_of("part", offer.offer, span, i, t), 0)
        book.require(part, ">=", begin * here, "tier_from", offer.offer, span, i, t)
        book.require(part, "<=", end * here, "tier_to", offer.offer, span, i, t)
        bill.append(price * (1 - discount) * part)
        chosen.append(here)
        parts.append(part)
    book.require(chosen, "==", 1, "one_tier", offer.offer, span, t)
    book.require(parts, "==", so_far, "tiers_add_up", offer.offer, span, t)
    return pulp.lpSum(bill)
