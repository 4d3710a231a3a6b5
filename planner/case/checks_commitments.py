"""Commitments: decisions made already must name what exists, fit its terms, and not contradict each other."""

from __future__ import annotations

import math
from typing import Any

from models.calendar import Calendar
from models.tables.contract_rows import Facility
from models.tables.fleet_rows import InputRow, Offer
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Acquisition, Agreement, Commitment, Programme, Route
from planner.case.context import Context, label_of, window
from planner.case.nearest_name import nearest
from planner.case.reachable_dates import earliest_ready
from planner.errors import listed

TABLE_OF_KIND: dict[str, tuple[str, str]] = {
    "order": ("offers", "offer"),
    "start": ("programmes", "programme"),
    "close": ("acquisitions", "acquisition"),
    "sign": ("agreements", "agreement"),
    "build": ("expansions", "expansion"),
    "draw": ("facilities", "facility"),
}
ROW_CLASSES: dict[str, type[InputRow]] = {
    "order": Offer,
    "start": Programme,
    "close": Acquisition,
    "sign": Agreement,
    "build": Expansion,
    "draw": Facility,
}
ONCE = ("start", "close", "sign")
WHOLE_NOISE = 1e-9
_WINDOW_OF_KIND = {"build": "order", "close": "signing", "sign": "signing"}
"""The ending of the columns of a window, where that is not the kind."""


def check_commitments(context: Context) -> None:
    """Each commitment names an item of its kind, a time and a quantity that the item allows."""
    calendar = context.calendar
    if calendar is None:
        return
    items = {kind: _items(context, kind) for kind in TABLE_OF_KIND}
    ready = earliest_ready(context) if context.is_whole("routes", "acquisitions", "agreements") else {}
    for row in context.of(Commitment):
        known = context.known(TABLE_OF_KIND[row.kind][0])
        if known is None:
            continue
        if row.item not in known:
            _wrong_kind(context, row, known)
            continue
        _check_route(context, row)
        item = items[row.kind].get(row.item)
        if item is None or not _check_time(context, calendar, row):
            continue
        if row.status != "barred":
            _check_window(context, calendar, row, item)
            _check_quantity(context, row, item)
            _check_reached(context, calendar, row)
            _check_ready(context, calendar, row, (item, ready))


def _items(context: Context, kind: str) -> dict[str, InputRow]:
    column = TABLE_OF_KIND[kind][1]
    return {getattr(row, column): row for row in context.of(ROW_CLASSES[kind])}


def _wrong_kind(context: Context, row: Commitment, known: dict[str, None]) -> None:
    table = TABLE_OF_KIND[row.kind][0]
    right = next((kind for kind, (other, _) in TABLE_OF_KIND.items() if row.item in (context.known(other) or {})), None)
    close = nearest(row.item, known)
    remedy = f"Did you mean the kind {right}?" if right else f"Did you mean {close}?" if close else "Name one of them."
    context.fault(row, "item", f"kind {row.kind} needs a name of {table}.csv", remedy)


def _check_route(context: Context, row: Commitment) -> None:
    if not row.route:
        return
    if row.kind != "start":
        context.fault(row, "route", f"kind {row.kind} has no route", "Leave the cell blank.")
        return
    routes = [route.route for route in context.of(Route) if route.programme == row.item]
    if row.route not in routes and context.is_whole("routes"):
        close = nearest(row.route, routes)
        known = f"Known names: {listed(routes)}." if routes else "Leave it blank."
        remedy = f"Did you mean {close}?" if close else known
        context.fault(row, "route", f"is not a route of {row.item}", remedy)


def _check_time(context: Context, calendar: Calendar, row: Commitment) -> bool:
    """Returns whether the period of a commitment is one in which it can count."""
    if not row.period:
        if row.status == "done":
            context.fault(row, "period", "status done needs a period", "Enter the period in which it was decided.")
        return row.status != "done"
    period = calendar.period_at(row.period)
    if period >= calendar.count:
        expected = f"lies after the horizon, which ends with {calendar.labels[-1]}"
        context.fault(row, "period", expected, "Delete the row, or extend the horizon.")
        return False
    if period >= 0:
        return True
    start = calendar.labels[0]
    if row.kind == "order":
        expected = f"lies before the start of the plan in {start}"
        context.fault(row, "period", expected, "Enter units already on order in open_orders.csv.")
        return False
    if row.status != "done":
        expected = f"lies before the start of the plan in {start}, where only status done is allowed"
        context.fault(row, "period", expected, f"Use status done, or a period from {start} on.")
        return False
    return True


def _check_reached(context: Context, calendar: Calendar, row: Commitment) -> None:
    """Faults of what was reached before the plan at another time than planned."""
    for name in ("reached", "closed"):
        label = getattr(row, name)
        if not label:
            continue
        if not row.period or not calendar.period_at(row.period) <= calendar.period_at(label) < 0:
            expected = f"lies outside the time from the decision to the start of the plan in {calendar.labels[0]}"
            context.fault(row, name, expected, "Leave it blank; what comes later than planned goes by delays.csv.")
        elif name == "closed" and row.kind != "close":
            context.fault(row, name, f"is of an acquisition, and this is kind {row.kind}", "Leave it blank.")


def _check_window(context: Context, calendar: Calendar, row: Commitment, item: InputRow) -> None:
    """Faults of a commitment inside the plan and outside the window of its item."""
    period = calendar.period_at(row.period) if row.period else -1
    if period < 0:
        return
    kind = _WINDOW_OF_KIND.get(row.kind, row.kind)
    rows: list[Any] = [item]
    if row.kind == "start":
        rows = [r for r in context.of(Route) if r.programme == row.item and row.route in ("", r.route)]
    if not rows:
        return
    windows = [window(calendar, each, f"first_{kind}", f"last_{kind}") for each in rows]
    if not any(period in inside for inside in windows):
        inside = windows[0]
        allowed = f"{label_of(calendar, inside.start)}..{label_of(calendar, inside.stop - 1)}" if inside else "empty"
        expected = f"lies outside the window of {row.item} ({allowed})"
        context.fault(row, "period", expected, f"Widen the window in {context.place(rows[0])}, or move the commitment.")
    elif isinstance(item, Offer | Expansion):
        due = period + calendar.lag_periods(item.lead_time_months)
        if due >= calendar.count:
            expected = f"would arrive in {label_of(calendar, due)}, after the horizon ends with {calendar.labels[-1]}"
            context.fault(row, "period", expected, "Extend the horizon by lookahead_periods, or delete the row.")


def _check_quantity(context: Context, row: Commitment, item: InputRow) -> None:
    """Faults of quantities that an order, a build or a single move cannot have."""
    quantity = 1.0 if row.quantity is None else row.quantity
    if row.kind in ONCE and quantity != 1:
        context.fault(row, "quantity", f"kind {row.kind} happens once", "Leave the cell blank.")
    if isinstance(item, Expansion):
        if quantity != round(quantity):
            context.fault(row, "quantity", "must be a whole number of modules", f"Use {math.ceil(quantity)}.")
        elif quantity > item.max_modules:
            expected = f"is above max_modules = {item.max_modules} in {context.place(item)}"
            context.fault(row, "quantity", expected, f"Use {item.max_modules} or less.")
    if not isinstance(item, Offer) or quantity == 0:
        return
    lot = item.lot_size or 1.0
    lots = quantity / lot
    if item.lot_size is not None and abs(lots - round(lots)) > WHOLE_NOISE * max(1.0, lots):
        low = math.floor(lots) * lot
        expected = f"must be a multiple of lot_size = {lot:g} in {context.place(item)}"
        context.fault(row, "quantity", expected, f"Use {f'{low:,.10g} or ' if low else ''}{low + lot:,.10g}.")
    elif lots < item.min_lots * (1 - WHOLE_NOISE):
        expected = f"is below the minimum order of {item.min_lots * lot:,.10g} units in {context.place(item)}"
        context.fault(row, "quantity", expected, f"Use {item.min_lots * lot:,.10g} or more.")
    elif row.period and item.max_lots_per_period is not None and lots > item.max_lots_per_period * (1 + WHOLE_NOISE):
        most = item.max_lots_per_period * lot
        expected = f"is above the maximum order of {most:,.10g} units in {context.place(item)}"
        context.fault(row, "quantity", expected, f"Use {most:,.10g} or less, or spread it over periods.")


def _check_ready(
    context: Context, calendar: Calendar, row: Commitment, facts: tuple[InputRow, dict[str, float]]
) -> None:
    """Faults of a commitment before a gate that it requires can be ready."""
    item, ready = facts
    if not row.period or row.kind == "start" or calendar.period_at(row.period) < 0:
        return
    requires: tuple[str, ...] = getattr(item, "requires", ())
    for name in requires:
        if calendar.period_at(row.period) < ready.get(name, 0.0) < calendar.count:
            expected = f"{row.item} requires {name}, ready in {label_of(calendar, int(ready[name]))} at the earliest"
            context.fault(row, "period", expected, "Use that period or a later one, or enter when the gate was opened.")


def check_contradictions(context: Context) -> None:
    """No commitment bars what another decides, decides a single move twice, or takes an excluded pair."""
    calendar = context.calendar
    if calendar is None:
        return
    decided = [row for row in context.of(Commitment) if row.status != "barred" and row.quantity != 0]
    for row in context.of(Commitment):
        if row.status != "barred":
            continue
        for other in decided:
            if _meet(calendar, row, other):
                expected = f"has status barred, and {context.place(other)} has {other.status}"
                context.fault(row, "status", expected, "Delete one of the two rows.")
                break
    first: dict[tuple[str, str], Commitment] = {}
    for row in decided:
        other = first.setdefault((row.kind, row.item), row)
        if row.kind in ONCE and other is not row:
            expected = f"happens once, and row {context.number(other)} decides it as well"
            context.fault(row, "item", expected, "Delete one of the two rows.")
    _check_excluded(context, decided)
    _check_modules(context, decided)


def _meet(calendar: Calendar, barred: Commitment, other: Commitment) -> bool:
    if (barred.kind, barred.item) != (other.kind, other.item):
        return False
    if barred.route and barred.route != other.route:
        return False
    return not barred.period or (
        bool(other.period) and calendar.period_at(barred.period) == calendar.period_at(other.period)
    )


def _check_excluded(context: Context, decided: list[Commitment]) -> None:
    taken = {row.item: row for row in decided if row.kind in ONCE}
    moves: list[tuple[str, Acquisition | Agreement | Route]] = [
        *((company.acquisition, company) for company in context.of(Acquisition)),
        *((contract.agreement, contract) for contract in context.of(Agreement)),
        *((route.programme, route) for route in context.of(Route)),
    ]
    for name, move in moves:
        row = taken.get(name)
        if row is None or (isinstance(move, Route) and row.route != move.route):
            continue
        for excluded in move.excludes:
            if excluded in taken:
                expected = (
                    f"{context.place(move)} excludes {excluded}, which row {context.number(taken[excluded])} decides"
                )
                context.fault(row, "item", expected, "Delete one of the two rows.")


def _check_modules(context: Context, decided: list[Commitment]) -> None:
    most = {row.expansion: row for row in context.of(Expansion)}
    total: dict[str, float] = {}
    for row in decided:
        if row.kind != "build" or row.item not in most:
            continue
        before = total.get(row.item, 0.0)
        total[row.item] = before + (1.0 if row.quantity is None else row.quantity)
        allowed = most[row.item].max_modules
        if before and total[row.item] > allowed:
            expected = f"makes {total[row.item]:g} modules of {row.item}, above max_modules = {allowed}"
            context.fault(row, "quantity", expected, f"Build at most {allowed} in all rows together.")
