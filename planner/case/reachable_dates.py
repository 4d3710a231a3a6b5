"""What can be reached in time: orders in their windows, prices that hold, gates that can be ready."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator

from models.calendar import Calendar
from models.tables.disruption_rows import LeadTime
from models.tables.fleet_rows import InputRow, Offer, Price
from models.tables.strategy_rows import Acquisition, Agreement, Commitment, Route
from planner.case.context import Context, month_of, window

NEVER = math.inf


def orderable(calendar: Calendar, offer: Offer) -> range:
    """Returns the periods in which an offer can be ordered and still arrive inside the horizon."""
    inside = window(calendar, offer, "first_order", "last_order")
    last = calendar.count - calendar.lag_periods(offer.lead_time_months)
    return range(inside.start, max(inside.start, min(inside.stop, last)))


def delivered(context: Context, calendar: Calendar, offer: str, period: int) -> float:
    """Returns the share delivered of what is due of an offer in a period."""
    start = calendar.start_month + period * calendar.months
    rows = [row for row in context.of(LeadTime) if row.offer == offer and month_of(row.period) <= start]
    return max(rows, key=lambda row: month_of(row.period)).delivered_share if rows else 1.0


def arrival(context: Context, calendar: Calendar, offer: Offer, ordered: int) -> int:
    """Returns the first period in which what is ordered in a period can arrive, by the lead times that then hold.

    The number of periods where that is not inside the horizon.
    """
    rows = sorted(
        (row for row in context.of(LeadTime) if row.offer == offer.offer), key=lambda row: month_of(row.period)
    )
    starts = [month_of(row.period) for row in rows]
    for period in range(max(0, ordered), calendar.count):
        position = bisect_right(starts, calendar.start_month + period * calendar.months)
        months = rows[position - 1].lead_time_months if position else offer.lead_time_months
        if period - ordered >= calendar.lag_periods(months):
            return period
    return calendar.count


def prices_of(context: Context) -> dict[str, list[Price]]:
    """Returns the prices of each offer by time."""
    found: dict[str, list[Price]] = {}
    for row in context.of(Price):
        found.setdefault(row.offer, []).append(row)
    for rows in found.values():
        rows.sort(key=_month)
    return found


def _month(row: Price) -> int:
    return month_of(row.period)


def price_at(calendar: Calendar, rows: list[Price], period: int) -> Price | None:
    """Returns the price that holds at the start of a period, None before the first; rows are in order of time."""
    position = bisect_right(rows, calendar.start_month + period * calendar.months, key=_month)
    return rows[position - 1] if position else None


def prices_in(calendar: Calendar, rows: list[Price], periods: range) -> Iterator[Price]:
    """Yields, for each of some periods in order, the price that holds at its start, once there is one."""
    starts = [month_of(row.period) for row in rows]
    for period in periods:
        position = bisect_right(starts, calendar.start_month + period * calendar.months)
        if position:
            yield rows[position - 1]


def risk_months(route: Route, setting: str) -> float:
    """Returns the months that respins add to a route by the setting `tape_out_risk`."""
    share = {"optimistic": 0.0, "pessimistic": 1.0}.get(setting, route.respin_probability)
    return share * route.respin_months


def steps(context: Context, calendar: Calendar) -> Iterator[tuple[str, InputRow, str, range, int]]:
    """Yields each way to open a gate: gate, row, the column of its lag, its window, and lag in periods."""
    setting = "expected" if context.settings is None else context.settings.tape_out_risk
    for route in context.of(Route):
        months = route.design_months + route.tape_out_to_volume_months + risk_months(route, setting)
        inside = window(calendar, route, "first_start", "last_start")
        yield route.programme, route, "design_months", inside, calendar.lag_periods(months)
    for company in context.of(Acquisition):
        inside = window(calendar, company, "first_signing", "last_signing")
        lag = calendar.lag_periods(company.months_to_close + company.months_to_integrate)
        yield company.acquisition, company, "months_to_close", inside, lag
    for contract in context.of(Agreement):
        inside = window(calendar, contract, "first_signing", "last_signing")
        yield contract.agreement, contract, "lag_months", inside, calendar.lag_periods(contract.lag_months)


def earliest_ready(context: Context) -> dict[str, float]:
    """Returns the first period in which each gate can be ready; infinite where it never can."""
    calendar = context.calendar
    if calendar is None:
        return {}
    ways = list(steps(context, calendar))
    found = {gate: NEVER for gate, *_ in ways}
    past = _done_before(context, calendar)
    for _ in range(len(found) + 1):
        before = dict(found)
        for gate, row, _, inside, lag in ways:
            requires: tuple[str, ...] = getattr(row, "requires", ())
            first = max([float(inside.start), *(found.get(name, 0.0) for name in requires)])
            starts = [first] if first < inside.stop else []
            starts += [period for item, route, period in past if item == gate and route in ("", _route(row))]
            if starts:
                found[gate] = min(found[gate], min(starts) + lag)
        if found == before:
            break
    return found


def _route(row: InputRow) -> str:
    return row.route if isinstance(row, Route) else ""


def _done_before(context: Context, calendar: Calendar) -> list[tuple[str, str, int]]:
    """Returns item, route and period of moves that were made before the plan."""
    return [
        (row.item, row.route, calendar.period_at(row.period))
        for row in context.of(Commitment)
        if row.status == "done" and row.period and row.kind in ("start", "close", "sign")
    ]
