"""Rights in the textbook: orders that may be cancelled, and leases that may be left early or renewed.

Every right is a loop over the periods in which it may be used. No disruption changes what is delivered here but leads.
"""

from __future__ import annotations

import math

import pulp

from tests.oracle import running_leases
from tests.oracle.book import USD_PER_MUSD, name_of
from tests.oracle.clock import label_months
from tests.oracle.textbook_shocks import delivery
from tests.oracle.textbook_tiers import rent_of_arrival


def add_cancellations(book):
    """Units of an order taken back: in time, for a fee; or because they are late, for nothing."""
    clock = book.clock
    for offer in book.case.offers:
        if offer.kind == "lease" or any(row.offer == offer.offer for row in book.case.price_tiers):
            continue
        late_rights = [offer.late_exit_months]
        late_rights += [row.late_exit_months for row in book.case.agreements if row.agreement in offer.requires]
        late_after = min([months for months in late_rights if months is not None], default=math.inf)
        lead, lot = clock.lag(offer.lead_time_months), offer.lot_size or 1.0
        kind = pulp.LpContinuous if offer.lot_size is None else pulp.LpInteger
        for (name, v), ordered in list(book.units.items()):
            if name != offer.offer:
                continue
            come, gone = delivery(book, offer, v), []
            price = (book.price(name, v) or 0.0) / USD_PER_MUSD
            for m in range(v + 1, clock.count if come is None else come):
                months_left = (v + lead - m) * clock.step
                if offer.cancel_until_months is not None and months_left > 0:
                    if months_left >= offer.cancel_until_months:
                        x = lot * book.variable(name_of("cancel", name, v, m), 0, book.most_units(offer) / lot, kind)
                        gone.append(x)
                        book.pay_offer(
                            "hardware", name, m, [(offer.cancel_fee_share - offer.deposit_share) * price * x]
                        )
                        book.pay_offer("hardware", name, v + lead, [(offer.deposit_share - 1) * price * x])
                elif m >= v + lead and (m + 1 - v - lead) * clock.step > late_after:
                    x = lot * book.variable(name_of("late", name, v, m), 0, book.most_units(offer) / lot, kind)
                    gone.append(x)
                    book.pay_offer("hardware", name, m, [-price * x])
            if gone:
                book.require(gone, "<=", [ordered], "cancelled", name, v)
                book.gone[name, v] = pulp.lpSum(gone)


def add_open_cancellations(book):
    """Units of orders from before the plan taken back at all of their sites alike, from their own date on."""
    clock = book.clock
    orders = {}
    for row in book.case.open_orders:
        if row.ordered is not None and row.units:
            orders.setdefault((row.offer, clock.period_of(row.ordered)), []).append(row)
    for (name, v), rows in orders.items():
        offer = next(row for row in book.case.offers if row.offer == name)
        if offer.kind == "lease" or any(row.offer == name for row in book.case.price_tiers):
            continue
        rights = [offer.late_exit_months]
        rights += [row.late_exit_months for row in book.case.agreements if row.agreement in offer.requires]
        late_after = min([months for months in rights if months is not None], default=math.inf)
        promised, lot, gone = v + clock.lag(offer.lead_time_months), offer.lot_size or 1.0, []
        units = sum(row.units for row in rows)
        kind = pulp.LpContinuous if offer.lot_size is None else pulp.LpInteger
        for m in range(min(clock.count, clock.period_of(rows[0].due))):
            months_left = (promised - m) * clock.step
            in_time = offer.cancel_until_months is not None and months_left > 0
            in_time = in_time and months_left >= offer.cancel_until_months
            is_late = m >= promised and (m + 1 - promised) * clock.step > late_after
            if not in_time and not is_late:
                continue
            x = lot * book.variable(name_of("cancel_open", name, v, m), 0, units / lot, kind)
            gone.append(x)
            for row in rows:
                part, at = row.units / units / USD_PER_MUSD * x, clock.period_of(row.balance_due or row.due)
                price = row.paid_usd_per_unit + row.balance_usd_per_unit
                fee = offer.cancel_fee_share * price if in_time else 0.0
                book.pay_offer("hardware", name, m, [(fee - row.paid_usd_per_unit) * part])
                # Of a balance that was due before, all comes back; a later one is not due.
                book.pay_offer("hardware", name, max(m, at), [-row.balance_usd_per_unit * part])
        if gone:
            book.require(gone, "<=", [units * book.one], "open_cancelled", name, v)
            for row in rows:
                book.taken_back[id(row)] = pulp.lpSum(gone) * (row.units / units)


def add_lease_changes(book):
    """Each term of a lease with a right: what begins it, what leaves it early, what is renewed after it."""
    for offer in book.case.offers:
        if offer.kind == "lease":
            for site in book.sites_of(offer):
                for t in book.clock.periods:
                    units = book.arrivals.get((offer.offer, site, t))
                    if units is not None and (offer.offer, site, t) in book.receive:
                        price = rent_of_arrival(book, offer, t) / USD_PER_MUSD
                        span = t, book.clock.term(offer.term_months)
                        _change(book, offer, (offer.offer, site, t), offer.accelerator, units, span, price)
    for row in book.case.open_leases:
        rent = row.rent_usd_per_unit_per_year / USD_PER_MUSD
        span = 0, (label_months(row.ends)[0] - book.clock.start) // book.clock.step
        _change(book, row, (row.lease, row.site, "open"), row.accelerator, row.units * book.one, span, rent)


def _change(book, contract, key, accelerator, units, span, rent, number=0):
    """What may be done with the units of one term, and with what is renewed after it."""
    clock, (begin, term), gone = book.clock, span, []
    notice = clock.lag(contract.exit_notice_months)
    is_running = key[2] == "open" and number == 0

    def pay(period, musd):
        if not hasattr(contract, "lease"):
            book.pay_offer("lease", contract.offer, period, [musd])
        else:
            book.pay_offer("lease", running_leases.key_of(contract), period, [musd])

    for m in range(begin, clock.count) if contract.exit_fee_months is not None else ():
        leaves = m + notice
        if (0 if is_running else 1) <= leaves - begin < term and leaves < clock.count:
            x = book.variable(name_of("leave", *key, number, m), 0)
            gone.append(x)
            pay(leaves, contract.exit_fee_months / 12 * rent * x)
            for t in range(leaves, min(begin + term, clock.count)):
                pay(t, -rent * clock.years * x)
                book.leased.setdefault((accelerator, key[1], t), []).append(-1 * x)
    if gone:
        book.require(gone, "<=", [units], "left", *key, number)
    again = 1 if contract.renewals is None else contract.renewals
    end = begin + term
    if contract.renew_months is None or number >= again or end not in clock.periods:
        return
    price = contract.renew_usd_per_unit_per_year
    if price is None:
        price = book.price(contract.offer, end) if contract.offer else contract.rent_usd_per_unit_per_year
        if not price:
            return
    x = book.variable(name_of("renew", *key, number + 1), 0)
    book.require([x, *gone], "<=", [units], "renewed", *key, number + 1)
    length = clock.term(contract.renew_months)
    for t in range(end, min(end + length, clock.count)):
        pay(t, price / USD_PER_MUSD * clock.years * x)
        book.leased.setdefault((accelerator, key[1], t), []).append(x)
    _change(book, contract, key, accelerator, x, (end, length), price / USD_PER_MUSD, number + 1)
