"""What is delivered of an offer in a period of one history, and when."""

from __future__ import annotations

from models.case import Case
from models.tables.fleet_rows import Offer
from planner.results.milestones import in_force


def delivered_share(case: Case, offer: Offer, period: int) -> float:
    """Returns the share delivered of what is due in a period; all of it outside the optimised ones."""
    calendar = case.settings.calendar
    rows = [row for row in case.lead_times if row.offer == offer.offer]
    row = in_force(calendar, rows, period) if 0 <= period < calendar.count else None
    return 1.0 if row is None else row.delivered_share


def deliverable(case: Case, offer: Offer, placed: int) -> int:
    """Returns the first period in which an order can be delivered; the one after the optimised ones if none."""
    calendar, rows = case.settings.calendar, [row for row in case.lead_times if row.offer == offer.offer]
    for period in range(placed, calendar.count):
        row = in_force(calendar, rows, period)
        if period - placed >= calendar.lag_periods(offer.lead_time_months if row is None else row.lead_time_months):
            return period
    return calendar.count
