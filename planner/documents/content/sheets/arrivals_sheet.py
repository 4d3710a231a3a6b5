"""The sheet of arrivals: what is due from orders, and what arrives where."""

from __future__ import annotations

from planner.documents.cell_text import FINE, PLAIN
from planner.documents.content.sheets.plan_lines import ARRIVALS, PlanLines, quantity
from planner.documents.formula_terms import ZERO, Number, Term, largest, size_of
from planner.documents.line_items import (
    Added,
    AtPeriod,
    Constant,
    LineItem,
    PeriodNumber,
    Prior,
    Series,
    Total,
    UntilPeriod,
)
from planner.documents.live_workbook import LineSheet
from planner.results.kept_orders import cancelled_before, units_kept
from planner.results.milestones import in_force


def add_arrivals(plan: PlanLines) -> None:
    """Adds what arrives where, against what is due from orders."""
    sheet = plan.sheet(ARRIVALS, "Arrivals: what is due from orders, and what arrives where")
    arriving = plan.facts.series("arrivals", ("offer", "site"), "units")
    opened, late = _open_orders(plan)
    offers = dict.fromkeys(
        [*(offer for offer, _ in arriving), *opened, *late, *(name for name, _ in plan.kept("units"))]
    )
    if not offers:
        sheet.remark("Nothing arrives.")
    for offer in offers:
        sheet.part(offer)
        sites = tuple(
            sheet.add(LineItem(site, values, "units", shape=quantity(values)))
            for (name, site), values in arriving.items()
            if name == offer
        )
        arrives = plan.items["arrives", offer] = sheet.add(LineItem("Arrives", Added(sites), "units", is_strong=True))
        lags = _lags(plan, offer)
        ordered = _not_cancelled(plan, sheet, offer) if ("units", offer) in plan.items else None
        if ordered is not None and any(row.offer == offer for row in plan.case.lead_times):
            due = [_due_by_period(plan, sheet, offer, ordered)]
        else:
            due = [] if ordered is None else [_due(sheet, ordered, lag) for lag in lags]
        if offer in opened:
            values, note = opened[offer]
            due.append(sheet.add(LineItem("Due from open orders", values, "units", note, is_input=True)))
        if any(row.offer == offer and row.delivered_share < 1 for row in plan.case.lead_times):
            share = _shares(plan, offer)
            note = "lead_times.csv, by period of arrival"
            whole = sheet.add(LineItem("Share delivered", share, "", note, FINE, Total.NONE, is_input=True))
            due = [sheet.add(LineItem("Delivered of it", line * whole, "units")) for line in due]
        if offer in late:
            values, note = late[offer]
            due.append(sheet.add(LineItem("Late at the start of the plan", values, "units", note, is_input=True)))
        _compare(plan, sheet, offer, arrives, due)


def _not_cancelled(plan: PlanLines, sheet: LineSheet, offer: str) -> LineItem:
    """Returns what is ordered of an offer; where some is cancelled, adds what is left of the orders of each period."""
    ordered = plan.items["units", offer]
    gone = plan.facts.series("orders", ("offer",), "cancelled_units").get((offer,), ())
    if not any(gone):
        return ordered
    cancelled = sheet.add(LineItem("Cancelled of what is ordered", gone, "units", "by period of the order"))
    return sheet.add(LineItem("Ordered and not cancelled", ordered - cancelled, "units"))


def _due(sheet: LineSheet, ordered: LineItem, lag: int) -> LineItem:
    """Adds what falls due of the orders that are due so many periods after they are placed."""
    note = "as the orders of the plan say"
    wait = sheet.add(Constant("Order to arrival", Number(lag), "periods", note, PLAIN))
    due = AtPeriod(ordered, PeriodNumber() - wait)
    return sheet.add(LineItem("Due from orders", due, "units"))


def _due_by_period(plan: PlanLines, sheet: LineSheet, offer: str, ordered: LineItem) -> LineItem:
    """Adds what falls due of orders whose time to arrival changes: once due, an order stays due."""
    note = "offers.csv and lead_times.csv, months rounded up to periods"
    wait = sheet.add(
        LineItem("Order to arrival, at least", _leads(plan, offer), "periods", note, PLAIN, Total.NONE, is_input=True)
    )
    latest = LineItem("Number of the last period whose orders are due", unit="period", shape=PLAIN, total=Total.NONE)
    latest.source = largest(ZERO, Prior(latest), PeriodNumber() - wait)
    sheet.add(latest)
    until = UntilPeriod(ordered, latest)
    so_far = sheet.add(LineItem("Due from orders so far", until, "units", total=Total.NONE))
    return sheet.add(LineItem("Due from orders", so_far - Prior(so_far), "units"))


def _compare(plan: PlanLines, sheet: LineSheet, offer: str, arrives: LineItem, due: list[LineItem]) -> None:
    """Adds how far arrivals lie from what is due, and the check."""
    since = _backlog(plan, offer)
    if since is not None:
        _still_to_come(sheet, offer, arrives, due, since)
        return
    beyond: Term = arrives
    for line in due:
        beyond = beyond - line
    line = sheet.add(LineItem("Arrives beyond what is due", beyond, "units", shape=FINE, total=Total.SIZE))
    note = "sheet Arrivals, by period"
    sheet.must_hold(f"Arrivals follow orders: {offer}", line.whole, arrives.whole, unit="units", note=note)


def _still_to_come(sheet: LineSheet, offer: str, arrives: LineItem, due: list[LineItem], since: int) -> None:
    """Adds the corkscrew of what is due and has not arrived, which is allowed from a period on, and its checks."""
    came_due = sheet.add(LineItem("Due in all", Added(tuple(due)), "units"))
    left = LineItem("Still to come, after", unit="units", shape=FINE, total=Total.LEAST, is_strong=True)
    opening = sheet.add(LineItem("Still to come, before", Prior(left), "units", total=Total.NONE))
    left.source = opening + came_due - arrives
    sheet.add(left)
    sheet.remark(f"From {sheet.axis.labels[since]} on what is due may arrive later.")
    note = "sheet Arrivals, still to come"
    sheet.must_cover(f"No more arrives than was due: {offer}", left, arrives.whole, unit="units", note=note)
    if since:
        label = f"Arrivals follow orders before {sheet.axis.labels[since]}: {offer}"
        sheet.must_hold(label, size_of(left.over(0, since - 1)), arrives.whole, unit="units", note=note)


def _backlog(plan: PlanLines, offer: str) -> int | None:
    """Returns the period from which on what is due may arrive later; None where there is none."""
    found = [max(0, plan.facts.period(row.since)) for row in plan.case.backlogs if row.offer == offer]
    return min((period for period in found if period < len(plan.facts.labels)), default=None)


def _lags(plan: PlanLines, offer: str) -> list[int]:
    """Returns the periods from order to arrival that the orders of an offer have."""
    period = plan.facts.period
    rows = [row for row in plan.facts.records("orders") if row["offer"] == offer]
    return sorted({period(row["due"]) - period(row["period"]) for row in rows})


_Opened = dict[str, tuple[Series, str]]


def _open_orders(plan: PlanLines) -> tuple[_Opened, _Opened]:
    """Returns the units of open orders over time by offer, less what is cancelled, and where they come from.

    Those that are late, which were due before the plan and can come at once, stand apart.
    """
    both: tuple[dict[str, tuple[list[float | None], str]], ...] = ({}, {})
    facts = plan.facts
    kept = units_kept(plan.case, cancelled_before(plan.case, facts.records("cancellations")))
    for index, (row, units) in enumerate(zip(plan.case.open_orders, kept, strict=True)):
        period = facts.period(row.due)
        found = both[period < 0]
        values, note = found.get(row.offer, ([None] * len(facts.labels), "open_orders.csv rows"))
        period = max(0, period)
        if period < len(values):
            values[period] = (values[period] or 0.0) + units
            found[row.offer] = values, f"{note} {facts.loaded.read.rows['open_orders'][index]}"
    due, late = ({offer: (tuple(values), note) for offer, (values, note) in found.items()} for found in both)
    return due, late


def _shares(plan: PlanLines, offer: str) -> list[float]:
    """Returns by period the share delivered of what is due."""
    calendar = plan.facts.loaded.calendar
    rows = [row for row in plan.case.lead_times if row.offer == offer]
    held = (in_force(calendar, rows, period) for period in range(calendar.count))
    return [1.0 if row is None else row.delivered_share for row in held]


def _leads(plan: PlanLines, offer: str) -> list[float]:
    """Returns by period how many periods an arrival lies after its order at least."""
    calendar = plan.facts.loaded.calendar
    rows = [row for row in plan.case.lead_times if row.offer == offer]
    usual = next(row.lead_time_months for row in plan.case.offers if row.offer == offer)
    held = (in_force(calendar, rows, period) for period in range(calendar.count))
    return [calendar.lag_periods(usual if row is None else row.lead_time_months) for row in held]
