"""What the enumeration knows of disruptions: later leads, delays and failures, sites that change; no backlogs."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.clock import label_months


def held(clock, rows, t):
    """The row that holds at the start of a period; None before the first label."""
    begun = [row for row in rows if label_months(row.period)[0] <= clock.month(t)]
    return max(begun, key=lambda row: label_months(row.period)[0]) if begun else None


def arrival(case, clock, offer, ordered):
    """The period in which an order arrives; the horizon's end where it comes too late."""
    rows = [row for row in case.lead_times if row.offer == offer.offer]
    for t in range(ordered, clock.count):
        row = held(clock, rows, t)
        if t >= ordered + clock.lag(row.lead_time_months if row else offer.lead_time_months):
            return t
    return clock.count


def delivered_share(case, clock, offer, t):
    """The share delivered of what is due in a period, as a fraction."""
    row = held(clock, [row for row in case.lead_times if row.offer == offer], t)
    return Fraction(1) if row is None else Fraction(str(row.delivered_share))


def there(case, clock, item, months, begun, risk=None):
    """The period in which something is done that takes `months`; the horizon's end where it is not done in it.

    `risk` is the planned number of respins, which is in `months`, and the months of each.
    """
    rows = [row for row in case.delays if row.item == item]
    fails = fails_from(case, clock, item)
    for t in range(begun, clock.count):
        row = held(clock, rows, t) if t >= 0 else None
        if t >= fails:
            return clock.count
        more = (respins_in(case, clock, item, t, risk[0]) - risk[0]) * risk[1] if risk else 0
        if t >= begun + clock.lag(float(months + more) + (row.months if row else 0.0)):
            return t
    return clock.count


def respins_in(case, clock, item, t, planned):
    """The number of respins known in a period; what is planned for while it is not known, as before the plan."""
    row = held(clock, [row for row in case.delays if row.item == item and row.respins is not None], t)
    return planned if row is None or t < 0 else Fraction(row.respins)


def may_begin(case, clock, item, t):
    """False where it is known to have failed, unless it is committed."""
    committed = any(row.item == item and row.status != "barred" for row in case.commitments)
    return committed or t < fails_from(case, clock, item)


def fails_from(case, clock, item):
    """The period from which an item is known to have failed; the horizon's end if never."""
    known = [
        t
        for t in clock.periods
        if (row := held(clock, [row for row in case.delays if row.item == item], t)) and row.fails
    ]
    return min([*known, clock.count])


def site_in(case, clock, site, t):
    """Power in MW or None, usable share, and USD per MWh of a site in a period."""
    row = held(clock, [row for row in case.site_series if row.site == site.site], t)
    if row is None:
        return site.power_mw, 1.0, site.electricity_usd_per_mwh
    own = (row.power_mw, row.electricity_usd_per_mwh)
    plain = (site.power_mw, site.electricity_usd_per_mwh)
    power, price = (new if new is not None else old for new, old in zip(own, plain, strict=True))
    return power, row.available_share, price
