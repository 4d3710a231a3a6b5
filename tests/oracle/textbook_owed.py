"""What is owed after the end, where the case counts it: rents above the cheapest then on offer, and certain fees."""

from __future__ import annotations

from tests.oracle.book import USD_PER_MUSD, name_of
from tests.oracle.clock import label_months
from tests.oracle.textbook_tiers import bills


def add_owed(book):
    """Takes what is owed off the value left; each payment is discounted from when it is due to the end."""
    if book.case.settings.count_owed != "count":
        return
    for offer in book.case.offers:
        if offer.kind == "lease":
            add_rents(book, offer)
    for row in book.case.open_leases:
        add_running(book, row)
    for row in book.case.agreements:
        fee = row.min_units_per_year * row.shortfall_usd_per_unit / USD_PER_MUSD * book.clock.years
        for (k, v), signed in book.sign.items():
            if k == row.agreement:
                begin = v + book.clock.lag(row.lag_months)
                lost = sum(lost_fee(book, row, fee, t) for t in range(begin, begin + book.clock.term(row.term_months)))
                book.left.append(-lost * signed)


def to_end(book, period):
    """From the middle of a period after the end back to the end."""
    return (1 + book.case.settings.discount_rate) ** (-(period + 0.5 - book.clock.count) * book.clock.years)


def add_rents(book, offer):
    """A variable for each arrival, or order with discounts, that is at least what it owes above the market."""
    clock, lead = book.clock, book.clock.lag(offer.lead_time_months)

    def price(arrival):
        return (book.price(offer.offer, max(0, arrival - lead)) or 0.0) / USD_PER_MUSD

    if any(row.offer == offer.offer for row in book.case.price_tiers):
        items = [(t + lead, bill, book.units[offer.offer, t]) for t, bill in bills(book, offer).items()]
        due = [(clock.period_of(row.due), row.units) for row in book.case.open_orders if row.offer == offer.offer]
        items += [(u, price(u) * units * book.one, units * book.one) for u, units in due if u in clock.periods]
    else:
        items = [(u, price(u) * units, units) for (o, _, u), units in book.arrivals.items() if o == offer.offer]
    for number, (begin, yearly, units) in enumerate(items):
        rest = [t for t in range(begin, begin + clock.term(offer.term_months)) if t >= clock.count]
        if rest:
            years = sum(clock.years * to_end(book, t) for t in rest)
            market = sum(clock.years * to_end(book, t) * cheapest(book, offer.accelerator, t) for t in rest)
            above = book.variable(name_of("above", offer.offer, number), 0)
            book.require([above], ">=", [years * yearly - market * units], "owed", offer.offer, number)
            book.left.append(-1 * above)


def add_running(book, row):
    """What is left of a running lease, month by month of it, above the market."""
    clock, above = book.clock, 0.0
    for month in range(clock.month(clock.count), label_months(row.ends)[0]):
        t = (month - clock.start) // clock.step
        rent = row.rent_usd_per_unit_per_year / USD_PER_MUSD
        above += (rent - cheapest(book, row.accelerator, t)) / 12 * to_end(book, t)
    book.left.append(-max(0.0, above) * row.units * book.one)


def cheapest(book, accelerator, period):
    offers = [row for row in book.case.offers if row.accelerator == accelerator and row.kind == "lease"]
    found = [price_then(book, row, period) for row in offers if not row.requires]
    return min([price for price in found if price is not None], default=0.0) / USD_PER_MUSD


def price_then(book, offer, period):
    """The price after the end, of rows that begin there, inside the window; None where there is none."""
    clock = book.clock
    month, end = clock.month(period), clock.month(clock.count)
    if offer.first_order and label_months(offer.first_order)[0] >= month + clock.step:
        return None
    if offer.last_order and label_months(offer.last_order)[1] <= month:
        return None
    rows = [(label_months(row.period)[0], row.unit_price_usd) for row in book.case.prices if row.offer == offer.offer]
    rows = [row for row in rows if end <= row[0] <= month]
    return max(rows)[1] if rows else None


def lost_fee(book, row, fee, period):
    """The fee of a period after the end that is due for certain: nothing can arrive before its calendar year ends."""
    clock = book.clock
    if period < clock.count:
        return 0.0
    last = period
    while clock.calendar_year(last + 1) == clock.calendar_year(period):
        last += 1
    for offer in book.case.offers:
        lead = clock.lag(offer.lead_time_months)
        if row.agreement in offer.requires and any(
            price_then(book, offer, t) is not None for t in range(clock.count, last - lead + 1)
        ):
            return 0.0
    return fee * to_end(book, last)
