"""What is known of the time after the horizon: which offers have a price there, and what the cheapest rent is."""

from __future__ import annotations

import numpy as np

from models.calendar import Calendar, parse_label
from models.case import Case
from models.data.strategic_options import opened_with
from models.frame import Frame
from models.program import Floats, Ints
from models.tables.fleet_rows import Offer


def after_end(frame: Frame, periods: int) -> Floats:
    """Returns the factors that discount the middle of each period after the end to the end."""
    rate = 1.0 + frame.case.settings.discount_rate
    return np.asarray(rate ** (-(np.arange(periods) + 0.5) * frame.delta))


def prices_after(case: Case, calendar: Calendar, offer: Offer, periods: int) -> Floats:
    """Returns the unit price of an offer in each period after the end, USD; NaN where it is not on offer.

    It is on offer in its window, from the first price on whose label begins at or after the end.
    """
    months = calendar.end_month + calendar.months * np.arange(periods)
    found = np.full(periods, np.nan)
    rows = [(parse_label(row.period)[0], row.unit_price_usd) for row in case.prices if row.offer == offer.offer]
    for month, price in sorted(row for row in rows if row[0] >= calendar.end_month):
        found[months >= month] = price
    if offer.first_order is not None:
        found[months + calendar.months <= parse_label(offer.first_order)[0]] = np.nan
    if offer.last_order is not None:
        last, count = parse_label(offer.last_order)
        found[months >= last + count] = np.nan
    return found


def cheapest_rents(case: Case, calendar: Calendar, periods: int) -> Floats:
    """Returns by (accelerator, period after the end) the cheapest yearly rent then on offer, USD; 0 where none is.

    Offers that require something are left out: whether it is open then is not known.
    """
    found = np.full((len(case.accelerators), periods), np.inf)
    position = {row.accelerator: i for i, row in enumerate(case.accelerators)}
    for row in case.offers:
        if row.kind == "lease" and not row.requires:
            own = found[position[row.accelerator]]
            np.fmin(own, prices_after(case, calendar, row, periods), out=own)
    return np.where(np.isfinite(found), found, 0.0)


def first_arrivals(case: Case, calendar: Calendar, periods: int) -> Ints:
    """Returns by agreement the first period after the end in which what is ordered after it can arrive under it.

    Counted from the end; at least `periods` where nothing can.
    """
    offers = {row.offer: row for row in case.offers}
    found = []
    for row in case.agreements:
        ways = [periods]
        for name in opened_with(case, row.agreement):
            open_then = np.flatnonzero(~np.isnan(prices_after(case, calendar, offers[name], periods)))
            if len(open_then):
                ways.append(int(open_then[0]) + calendar.lag_periods(offers[name].lead_time_months))
        found.append(min(ways))
    return np.array(found, dtype=np.int64)
