"""What a disruption changes from a period on, for the textbook formulation: leads, backlogs, sites and delays.

Written from the meaning of the tables `lead_times`, `backlogs`, `site_series` and `delays` alone.
"""

from __future__ import annotations


def lead_at(book, offer, t):
    """Periods that an arrival in period t lies after its order at least."""
    rows = [(row.period, row.lead_time_months) for row in book.case.lead_times if row.offer == offer.offer]
    months = book.clock.step_value(rows, t)
    return book.clock.lag(offer.lead_time_months if months is None else months)


def delivery(book, offer, ordered):
    """The first period in which an order can arrive; None where that is beyond the horizon."""
    late_enough = (t for t in range(ordered, book.clock.count) if t - ordered >= lead_at(book, offer, t))
    return next(late_enough, None)


def delivered_share(book, offer, t):
    """The share delivered of what is due in a period."""
    rows = [(row.period, row.delivered_share) for row in book.case.lead_times if row.offer == offer.offer]
    share = book.clock.step_value(rows, t)
    return 1.0 if share is None else share


def touched_from(book, offer):
    """The first period from which an offer's units may come later than due; the end of the horizon if never."""
    since = [book.clock.period_of(row.since) for row in book.case.backlogs if row.offer == offer.offer]
    return max(0, min([*since, book.clock.count]))


def touched_last(book, offer, t):
    """The last period up to one in which an offer's units may begin to come later than due."""
    since = [max(0, book.clock.period_of(row.since)) for row in book.case.backlogs if row.offer == offer.offer]
    return max(period for period in since if period <= t)


def site_at(book, site, t):
    """Power in MW (None: no limit), share of it that can be used, and USD per MWh of a site in a period."""
    rows = [(row.period, row) for row in book.case.site_series if row.site == site.site]
    known = [row for label, row in rows if book.clock.step_value([(label, 1)], t)]
    if not known:
        return site.power_mw, 1.0, site.electricity_usd_per_mwh
    latest = book.clock.step_value([(row.period, i) for i, row in enumerate(known)], t)
    row = known[latest]
    power = site.power_mw if row.power_mw is None else row.power_mw
    price = site.electricity_usd_per_mwh if row.electricity_usd_per_mwh is None else row.electricity_usd_per_mwh
    return power, row.available_share, price


def delay_months(book, item, t):
    """Months of delay that are known in a period; none before the plan."""
    rows = [(row.period, row.months) for row in book.case.delays if row.item == item]
    return (book.clock.step_value(rows, t) or 0.0) if t >= 0 else 0.0


def failed(book, item, t):
    """True where the item is known to have failed, in the period or before it; never before the plan."""
    labels = [(row.period, row.fails) for row in book.case.delays if row.item == item]
    return any(book.clock.step_value(labels, u) for u in range(t + 1))


def reached(book, item, months, event, state=""):
    """The period in which something that takes `months` from an event is there; None if not in the horizon.

    `months` may be a function of the period in which they are known.
    """
    for row in book.case.commitments:
        when = row.closed if state == "closed" else row.reached
        if when and row.item == item and row.period and book.clock.period_of(row.period) == event:
            return book.clock.period_of(when)
    late = any(
        row.late
        and row.item == item
        and row.period
        and book.clock.period_of(row.period) == event
        and (state != "closed" or row.late in ("closed", "refunded"))
        for row in book.case.commitments
    )
    for t in range(max(0, event) if late else event, book.clock.count):
        length = months(t) if callable(months) else months
        if t - event >= book.clock.lag(length + delay_months(book, item, t)) and not failed(book, item, t):
            return t
    return None


def respins_at(book, programme, t):
    """The number of respins that is known in a period; None while it is not, as before the plan."""
    told = [(row.period, row.respins) for row in book.case.delays if row.item == programme]
    return book.clock.step_value([one for one in told if one[1] is not None], t) if t >= 0 else None


def refunded(book, row, signed):
    """The period in which the price of a failed acquisition comes back; None if it does not in the horizon."""
    closed = reached(book, row.acquisition, row.months_to_close, signed, "closed")
    due = signed + book.clock.lag(row.months_to_close)
    if any(one.late == "refunded" and one.item == row.acquisition for one in book.case.commitments):
        return None
    for t in range(max(due, 0), book.clock.count):
        if failed(book, row.acquisition, t):
            return None if closed is not None and closed <= t else t
    return None
