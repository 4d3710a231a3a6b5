"""Gates: what must be ready before something else, and whether it ever can be."""

from __future__ import annotations

from models.calendar import Calendar
from models.tables.fleet_rows import InputRow, Offer
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Acquisition, AddedSupply, Agreement, Programme, Ramp, Route
from planner.case.context import Context, label_of, window
from planner.case.reachable_dates import NEVER, earliest_ready, orderable, steps

GATED = (Offer, Expansion, Route, Acquisition, Agreement)


def _edges(context: Context) -> dict[str, dict[str, InputRow]]:
    """Returns for each gate the gates that it requires, and the row that says so."""
    edges: dict[str, dict[str, InputRow]] = {}
    moves: list[tuple[Route | Acquisition | Agreement, str]] = [
        *((route, route.programme) for route in context.of(Route)),
        *((company, company.acquisition) for company in context.of(Acquisition)),
        *((contract, contract.agreement) for contract in context.of(Agreement)),
    ]
    for row, gate in moves:
        for name in row.requires:
            edges.setdefault(gate, {}).setdefault(name, row)
    return edges


def check_gate_cycles(context: Context) -> None:
    """No gate requires itself, directly or through others; prints the cycle."""
    edges = _edges(context)
    reported: set[frozenset[str]] = set()
    for gate in edges:
        cycle = _cycle(gate, edges)
        if cycle and frozenset(cycle) not in reported:
            reported.add(frozenset(cycle))
            expected = f"the gates form a cycle: {' -> '.join([*cycle, cycle[0]])}"
            context.fault(edges[gate][cycle[1 % len(cycle)]], "requires", expected, "Delete one of these gates.")


def _cycle(start: str, edges: dict[str, dict[str, InputRow]]) -> list[str]:
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
    edges = _edges(context)
    circular = {gate for gate in edges if _cycle(gate, edges)}
    needed: set[str] = set()
    for row_class in GATED:
        for row in context.of(row_class):
            requires: tuple[str, ...] = getattr(row, "requires", ())
            needed.update(requires)
            for name in requires:
                if name in ready and name not in circular:
                    _check_gate(context, calendar, row, (name, ready[name]))
    for gate, step, column, inside, lag in steps(context, calendar):
        if inside and inside.start + lag >= calendar.count and gate not in needed and not getattr(step, "requires", ()):
            expected = f"takes effect in {label_of(calendar, inside.start + lag)} at the earliest, after the horizon"
            context.warn(step, column, expected, "Shorten its months, or extend the horizon.")


def _check_gate(context: Context, calendar: Calendar, row: InputRow, gate: tuple[str, float]) -> None:
    """Faults of a gate that is ready too late for the row that requires it."""
    name, ready = gate
    horizon = f"the horizon, which ends with {calendar.labels[-1]}"
    if ready == NEVER or ready >= calendar.count:
        when = (
            "can never be ready" if ready == NEVER else f"is ready in {label_of(calendar, int(ready))} at the earliest"
        )
        expected = f"{name} {when}" + ("" if ready == NEVER else f", after {horizon}")
        remedy = "Shorten what leads to the gate, or delete what requires it."
        context.fault_unless_carried(row, "requires", expected, remedy)
        return
    periods = _periods(calendar, row)
    if periods and ready >= periods.stop:
        label = label_of(calendar, int(ready))
        last = label_of(calendar, periods.stop - 1)
        expected = f"{name} is ready in {label} at the earliest, and this can be taken until {last}"
        context.fault_unless_carried(
            row, "requires", expected, "Widen the window, shorten the lead time, or delete the row."
        )


def _periods(calendar: Calendar, row: InputRow) -> range:
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
            expected = f"no offer requires {programme}, so its ramp has no effect"
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
            context.warn(extra, "amount_per_year", "adds nothing", "Enter the supply added per year.")
