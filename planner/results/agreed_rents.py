"""What a unit of a lease that arrives costs a year: what was agreed for it, or the price of its order's period."""

from __future__ import annotations

from models.calendar import parse_label
from models.case import Case
from models.tables.fleet_rows import Offer


def rent_of_arrival_usd(case: Case, offer: Offer, arrival: int) -> float:
    """Returns the yearly rent of a unit that arrives in a period, USD: of open orders the mean of what was agreed.

    Agreed rents count where nothing that is ordered in the plan can have arrived; else it is the usual price.
    """
    calendar, usual = case.settings.calendar, usual_rent_usd(case, offer, arrival)
    due = [row for row in case.open_orders if row.offer == offer.offer and calendar.period_at(row.due) == arrival]
    units = sum(row.units for row in due)
    if arrival >= calendar.lag_periods(offer.lead_time_months) or not due:
        return usual
    rents = [usual if row.rent_usd_per_unit_per_year is None else row.rent_usd_per_unit_per_year for row in due]
    if not units:
        # Nothing is due, but what is late may come then.
        return sum(rents) / len(rents)
    return sum(row.units * rent for row, rent in zip(due, rents, strict=True)) / units


def usual_rent_usd(case: Case, offer: Offer, arrival: int) -> float:
    """Returns the price of one nominal lead before an arrival, the first price before any, USD; 0 without a price."""
    calendar = case.settings.calendar
    ordered = max(0, arrival - calendar.lag_periods(offer.lead_time_months))
    start = calendar.start_month + ordered * calendar.months
    rows = sorted((parse_label(row.period)[0], row.unit_price_usd) for row in case.prices if row.offer == offer.offer)
    known = [price for month, price in rows if month <= start]
    return known[-1] if known else rows[0][1] if rows else 0.0
