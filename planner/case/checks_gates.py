"""Gates: what must be ready before something else, and whether it ever can be."""

from __future__ import annotations

import math
from collections.abc import Iterator

from models.calendar import Calendar
from models.moves import Acquisition, AddedSupply, Agreement, Commitment, Programme, Ramp, Route
from models.rows import Expansion, Offer, Row
from planner.case.checks_supply import orderable
from planner.case.context import Context, window

GATED = (Offer, Expansion, Route, Acquisition, Agreement)
NEVER = math.inf


def risk_months(route: Route, setting: str) -> float:
    """Returns the months that respins add to a route by the setting `tape_out_risk`."""
    share = {"optimistic": 0.0, "pessimistic": 1.0}.get(setting, route.respin_probability)
    return share * route.respin_months


def _steps(context: Context, calendar: Calendar) -> Iterator[tuple[str, Row, str, range, int]]:
    """Yields each way to open a gate: gate, row, its window column, its window, and lag in periods."""
    setting = "expected" if context.settings is None else context.settings.tape_out_risk
    for route in context.of(Route):
        months = route.design_months + route.tape_out_to_volume_months + risk_months(route, setting)
        inside = window(calendar, route, "first_start", "last_start")
        yield route.programme, route, "last_start", inside, calendar.lag_periods(months)
    for company in context.of(Acquisition):
        inside = window(calendar, company, "first_signing", "last_signing")
        lag = calendar.lag_periods(company.months_to_close + company.months_to_integrate)
        yield company.acquisition, company, "last_signing", inside, lag
    for contract in context.of(Agreement):
        inside = window(calendar, contract, "first_signing", "last_signing")
        yield contract.agreement, contract, "last_signing", inside, calendar.lag_periods(contract.lag_months)


def earliest_ready(context: Context) -> dict[str, float]:
    """Returns the first period in which each gate can be ready; infinite where it never can."""
    calendar = context.calendar
    if calendar is None:
        return {}
    ways = list(_steps(context, calendar))
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


def _route(row: Row) -> str:
    return row.route if isinstance(row, Route) else ""


def _done_before(context: Context, calendar: Calendar) -> list[tuple[str, str, int]]:
    """Returns item, route and period of moves that were made before the plan."""
    return [
        (row.item, row.route, calendar.period_at(row.period))
        for row in context.of(Commitment)
        if row.status == "done" and row.period and row.kind in ("start", "close", "sign")
    ]


def check_gate_cycles(context: Context) -> None:
    """No gate requires itself, directly or through others; prints the cycle."""
    edges: dict[str, dict[str, Row]] = {}
    for row, gate in [
        *((route, route.programme) for route in context.of(Route)),
        *((company, company.acquisition) for company in context.of(Acquisition)),
        *((contract, contract.agreement) for contract in context.of(Agreement)),
    ]:
        for name in row.requires:
            edges.setdefault(gate, {}).setdefault(name, row)
    told: set[frozenset[str]] = set()
    for gate in edges:
        cycle = _cycle(gate, edges)
        if cycle and frozenset(cycle) not in told:
            told.add(frozenset(cycle))
            expected = f"the gates wait for each other: {' -> '.join([*cycle, cycle[0]])}"
            context.fault(edges[gate][cycle[1 % len(cycle)]], "requires", expected, "Delete one of these gates.")


def _cycle(start: str, edges: dict[str, dict[str, Row]]) -> list[str]:
    """Returns a shortest cycle through a gate, from it on; empty where there is none."""
    paths = {start: [start]}
    front = [start]
    while front:
        following: list[str] = []
        for gate in front:
            for name in edges.get(gate, {}):
                if name == start:
                    return paths[gate]
                if name not in paths:
                    paths[name] = [*paths[gate], name]
                    following.append(name)
        front = following
    return []


def check_gates_open(context: Context) -> None:
    """What requires a gate can be taken after the gate is ready; each programme has a route."""
    calendar = context.calendar
    if calendar is None or not context.is_whole("programmes", "routes", "acquisitions", "agreements", "commitments"):
        return
    with_route = {route.programme for route in context.of(Route)}
    for programme in context.of(Programme):
        if programme.programme not in with_route:
            remedy = f"Add a route of {programme.programme} to routes.csv, or delete it."
            context.fault(programme, "programme", "has no route and can never be started", remedy)
    ready = earliest_ready(context)
    needed: set[str] = set()
    for row_class in GATED:
        for row in context.of(row_class):
            requires: tuple[str, ...] = getattr(row, "requires", ())
            needed.update(requires)
            for name in requires:
                if name in ready:
                    _check_gate(context, calendar, row, (name, ready[name]))
    for gate, row, column, inside, lag in _steps(context, calendar):
        if inside and inside.start + lag >= calendar.count and gate not in needed and not getattr(row, "requires", ()):
            expected = f"takes effect in {calendar.label_of(inside.start + lag)} at the earliest, after the horizon"
            context.warn(row, column, expected, "Shorten its months, or lengthen the plan.")


def _check_gate(context: Context, calendar: Calendar, row: Row, gate: tuple[str, float]) -> None:
    """Faults of a gate that is ready too late for the row that requires it."""
    name, ready = gate
    horizon = f"the horizon, which ends with {calendar.labels[-1]}"
    if ready == NEVER or ready >= calendar.count:
        when = (
            "can never be ready" if ready == NEVER else f"is ready in {calendar.label_of(int(ready))} at the earliest"
        )
        expected = f"{name} {when}" + ("" if ready == NEVER else f", after {horizon}")
        remedy = "Shorten what leads to the gate, or delete what requires it."
        context.fault(row, "requires", expected, remedy)
        return
    periods = _periods(calendar, row)
    if periods and ready >= periods.stop:
        label = calendar.label_of(int(ready))
        last = calendar.label_of(periods.stop - 1)
        expected = f"{name} is ready in {label} at the earliest, and this can be taken until {last}"
        context.fault(row, "requires", expected, "Widen the window, shorten the lead time, or delete the row.")


def _periods(calendar: Calendar, row: Row) -> range:
    if isinstance(row, Offer):
        return orderable(calendar, row)
    if isinstance(row, Expansion):
        return window(calendar, row, "first_order", "last_order")
    kind = "start" if isinstance(row, Route) else "signing"
    return window(calendar, row, f"first_{kind}", f"last_{kind}")


def check_exclusions(context: Context) -> None:
    """Nothing requires and excludes the same gate, and nothing excludes itself."""
    for row_class in GATED:
        for row in context.of(row_class):
            requires: tuple[str, ...] = getattr(row, "requires", ())
            excludes: tuple[str, ...] = getattr(row, "excludes", ())
            own = {getattr(row, name, "") for name in ("programme", "acquisition", "agreement")}
            for name in excludes:
                if name in requires:
                    expected = f"{name} is required and excluded by the same row"
                    context.fault(row, "excludes", expected, "Delete it from one of the two cells.")
                elif name in own:
                    context.fault(row, "excludes", "excludes itself", f"Delete {name} from the cell.")


def check_ramps(context: Context) -> None:
    """The first row of each ramp is month 0; warns of a ramp that no offer's programme uses."""
    ramps: dict[str, list[Ramp]] = {}
    for row in context.of(Ramp):
        ramps.setdefault(row.programme, []).append(row)
    used = {name for offer in context.of(Offer) for name in offer.requires}
    for programme, rows in ramps.items():
        rows.sort(key=lambda row: row.months_since_ready)
        first = rows[0]
        if first.months_since_ready > 0 and context.is_whole("ramp"):
            expected = f"is the first month of the ramp of {programme}, which must begin with 0"
            context.fault(first, "months_since_ready", expected, "Add a row for month 0; its maximum may be 0.")
        if programme not in used and context.is_whole("offers"):
            expected = f"no offer requires {programme}, so its ramp bounds nothing"
            context.warn(first, "programme", expected, f"Write {programme} in requires of its offer.")


def check_agreements(context: Context) -> None:
    """Warns of take-or-pay quantities that no offer can meet; added supply comes from agreements and companies."""
    used = {name for offer in context.of(Offer) for name in offer.requires}
    for row in context.of(Agreement):
        if row.min_units_per_year > 0 and row.agreement not in used and context.is_whole("offers"):
            expected = f"no offer requires {row.agreement}, so the shortfall is certain"
            remedy = f"Write {row.agreement} in requires of the offers that count."
            context.warn(row, "min_units_per_year", expected, remedy)
    for extra in context.of(AddedSupply):
        if extra.amount_per_year == 0:
            context.warn(extra, "amount_per_year", "adds nothing", "Enter what is added in a year.")
