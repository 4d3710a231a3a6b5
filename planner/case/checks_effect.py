"""Nothing without effect: rows about work, machines and supply that no plan of the case can come to use.

A row is named only where no number of the case could change that: prices of periods in which a lead time or a gate
stands in the way are not. Nor is what a table demands (limits cover the horizon) or what says that it bounds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

from models.calendar import parse_span
from models.case import TABLES, Settings
from models.tables.column_descriptions import column_of, columns_of
from models.tables.disruption_rows import Backlog, LeadTime
from models.tables.fleet_rows import (
    Accelerator,
    Demand,
    InputRow,
    Limit,
    LimitUse,
    Offer,
    Price,
    PriceTier,
    Resale,
    Throughput,
    Workload,
)
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site, SiteSeries
from models.tables.strategy_rows import AddedSupply
from planner.case.context import Context, window
from planner.case.reachable_rows import ReachableRows, Unused, unused_rows
from planner.case.sheet import REMARKS

DELETE = "Delete it, or check its label."


def check_demand_used(context: Context, reached: ReachableRows) -> None:
    """Rows of demand hold in some period; each workload is asked for, and somebody minds when it is not served."""
    interpolated = context.settings is not None and context.settings.demand_interpolation != "step"
    series: dict[str, list[Demand]] = {}
    for row in context.of(Demand):
        series.setdefault(row.workload, []).append(row)
    found = [unused_rows(reached.calendar, rows, "period", joined=interpolated) for rows in series.values()]
    _warn_unused(context, reached, found, "period")
    idle = [row for row in context.of(Workload) if row.workload in series and row.workload not in reached.asked]
    names = {row.workload for row in idle}
    rates = sum(row.workload in names for row in context.of(Throughput))
    also = " and its rates of throughput" if rates else ""
    expected = f"has no demand in any period: it{also} {'have' if rates else 'has'} no effect"
    context.warn_rows(idle, "workload", expected, "Enter its demand, or delete it.")
    for workload in context.of(Workload):
        if workload.workload not in reached.asked:
            continue
        if not workload.min_service and not workload.penalty_usd_per_1000 and not workload.revenue_usd_per_1000:
            expected = "leaving it unserved costs nothing, so its demand has no effect"
            remedy = "Enter penalty_usd_per_1000, revenue_usd_per_1000 or min_service."
            context.warn(workload, "penalty_usd_per_1000", expected, remedy)


def _warn_unused(context: Context, reached: ReachableRows, found: Sequence[Unused[Any]], column: str) -> None:
    """Warns of rows of series that hold in no period."""
    calendar = reached.calendar
    started = f"the next row already applies when the plan starts in {calendar.labels[0]}"
    within = f"it begins and ends within a {calendar.period}, which uses the value at its start"
    reasons = (
        ([row for one in found for row in one.late], f"after the horizon, which ends with {calendar.labels[-1]}"),
        ([row for one in found for row in one.early], started),
        ([row for one in found for row in one.between], within),
    )
    for rows, why in reasons:
        context.warn_rows(rows, column, f"has no effect: {why}", DELETE)


def check_machines_used(context: Context, reached: ReachableRows) -> None:
    """Each accelerator can be had or is there; each offer brings one that some workload with demand can use."""
    rows = context.of(Accelerator)
    working = {row.accelerator for row in context.of(Throughput)}
    absent = [row for row in rows if not reached.places.get(row.accelerator) and row.accelerator in working]
    expected = "has no effect: it is not owned, and no offer delivers it within the horizon"
    context.warn_rows(absent, "accelerator", expected, "Add an offer of it, or delete it with its rows.")
    useful = {row.accelerator for row in context.of(Throughput) if row.workload in reached.asked}
    idle = [
        row for row in context.of(Offer) if row.offer in reached.ordered and row.accelerator in useful - reached.working
    ]
    expected = "no workload can use it: none with demand may be served where it can be installed"
    context.warn_rows(idle, "accelerator", expected, "Check its sites, those of the workloads, and throughput.csv.")


def check_resale_used(context: Context, reached: ReachableRows) -> None:
    """Ages of resale are reached in a life, and the machines of a curve are owned and have a price."""
    curves: dict[str, list[Resale]] = {}
    for row in context.of(Resale):
        curves.setdefault(row.accelerator, []).append(row)
    shared = [row for row in reached.machines.values() if row.accelerator not in curves]
    beyond: list[InputRow] = []
    for name, rows in curves.items():
        machines = shared if name == "*" else [reached.machines[name]] if name in reached.machines else []
        first = min(rows, key=lambda row: row.age_years)
        if machines and name != "*" and not machines[0].reference_price_usd:
            continue
        if not machines:
            expected = "has no effect: every accelerator has rows of its own"
            context.warn_rows(rows, "accelerator", expected, "Delete it, or the rows of one of them.")
        elif not any(row.accelerator in reached.owned for row in machines):
            expected = "has no effect: the accelerators concerned are only leased"
            context.warn_rows(rows, "accelerator", expected, "Delete it.")
        elif name == "*" and not any(row.reference_price_usd for row in machines):
            expected = "has no effect: no accelerator without rows of its own has a reference price"
            context.warn(first, "accelerator", expected, "Enter reference_price_usd in accelerators.csv.")
        else:
            longest = max(row.life_years for row in machines)
            rows.sort(key=lambda row: row.age_years)
            beyond += [row for before, row in pairwise(rows) if before.age_years >= longest]
    expected = "has no effect: no accelerator concerned reaches this age"
    context.warn_rows(beyond, "age_years", expected, "Delete it, or check life_years in accelerators.csv.")


def check_offers_used(context: Context, reached: ReachableRows) -> None:
    """Prices, tiers, lead times and backlogs are of periods in which their offer can be ordered or arrive."""
    calendar = reached.calendar
    held: dict[str, list[Price]] = {}
    for row in context.of(Price):
        held.setdefault(row.offer, []).append(row)
    priced, outside = [], []
    for name, rows in held.items():
        offer = reached.offers.get(name)
        priced.append(unused_rows(calendar, rows, "period"))
        if offer is not None and offer.kind == "buy":
            inside = unused_rows(calendar, rows, "period", inside=window(calendar, offer, "first_order", "last_order"))
            beyond = {id(row) for row in (*priced[-1].late, *priced[-1].early, *priced[-1].between)}
            outside += [row for row in (*inside.late, *inside.early) if id(row) not in beyond]
    if context.settings is not None and context.settings.count_owed == "count":
        # What is owed after the end is weighed against what is on offer then.
        priced = [replace(one, late=[]) for one in priced]
    _warn_unused(context, reached, priced, "period")
    expected = "has no effect: it applies only outside the order window of its offer"
    context.warn_rows(outside, "period", expected, "Delete it, or widen the window in offers.csv.")
    _check_tiers(context, reached)
    _check_leads(context, reached)
    instant = [
        row
        for row in reached.offers.values()
        if row.kind == "buy" and 0 < row.deposit_share < 1 and calendar.lag_periods(row.lead_time_months) == 0
    ]
    expected = "has no effect: without a lead time the full price is paid at order"
    context.warn_rows(instant, "deposit_share", expected, "Leave it blank, or enter lead_time_months.")


def _check_tiers(context: Context, reached: ReachableRows) -> None:
    calendar = reached.calendar
    closed: list[PriceTier] = []
    high: list[PriceTier] = []
    for tier in context.of(PriceTier):
        offer = reached.offers.get(tier.offer)
        if offer is None:
            continue
        first, end = parse_span(tier.span)
        low, last = calendar.period_of_month(first), calendar.period_of_month(end - 1)
        inside = window(calendar, offer, "first_order", "last_order")
        count = len(range(max(low, inside.start), min(last + 1, inside.stop)))
        most = offer.max_lots_per_period
        if not count or offer.offer not in reached.ordered:
            closed.append(tier)
        elif most is not None and tier.from_units > most * (offer.lot_size or 1.0) * count:
            high.append(tier)
    expected = "has no effect: its offer cannot be ordered in this span"
    context.warn_rows(closed, "span", expected, "Delete it, or widen the window of the offer.")
    expected = "is never reached: max_lots_per_period of its offer allows fewer units in the span"
    context.warn_rows(high, "from_units", expected, "Lower it, raise the maximum order, or delete the tier.")


def _check_leads(context: Context, reached: ReachableRows) -> None:
    series: dict[str, list[LeadTime]] = {}
    for row in context.of(LeadTime):
        series.setdefault(row.offer, []).append(row)
    _warn_unused(
        context, reached, [unused_rows(reached.calendar, rows, "period") for rows in series.values()], "period"
    )
    same = [
        row
        for name, rows in series.items()
        for row in rows
        if name in reached.offers
        and all(
            each.lead_time_months == reached.offers[name].lead_time_months and each.delivered_share == 1.0
            for each in rows
        )
    ]
    expected = "has no effect: the offer already has this lead time"
    context.warn_rows(same, "lead_time_months", expected, "Enter another one, or delete it.")
    expected = "has no effect: its offer cannot be ordered, and has no open orders"
    leads = [row for row in context.of(LeadTime) if row.offer not in reached.ordered]
    context.warn_rows(leads, "offer", expected, "Delete it.")
    backlogs = [row for row in context.of(Backlog) if row.offer not in reached.ordered]
    context.warn_rows(backlogs, "offer", expected, "Delete it.")


def check_limits_used(context: Context, reached: ReachableRows) -> None:
    """Each limit is used by an offer that can be had; nothing is added to one that binds nothing."""
    if not context.is_whole("limit_use", "offers", "open_orders"):
        return
    users: dict[str, list[LimitUse]] = {}
    for taken in context.of(LimitUse):
        users.setdefault(taken.limit, []).append(taken)
    zero = [row for row in context.of(LimitUse) if row.use_per_unit == 0]
    context.warn_rows(zero, "use_per_unit", "has no effect: it uses nothing", "Enter the use per unit.")
    closed = [row for row in context.of(LimitUse) if row.use_per_unit and row.offer not in reached.ordered]
    expected = "has no effect: this offer cannot be ordered, and has no open orders"
    context.warn_rows(closed, "offer", expected, "Delete it.")
    limits: dict[str, list[Limit]] = {}
    for row in context.of(Limit):
        limits.setdefault(row.limit, []).append(row)
    idle = set()
    for name, rows in limits.items():
        taking = [row for row in users.get(name, ()) if row.use_per_unit > 0 and row.offer in reached.ordered]
        if not taking:
            idle.add(name)
            why = "no offer that can be ordered uses it" if name in users else "no row of limit_use.csv names it"
            context.warn(rows[0], "limit", f"has no effect: {why}", "Add its uses to limit_use.csv, or delete it.")
    added = [row for row in context.of(AddedSupply) if row.limit in idle or row.limit not in limits]
    context.warn_rows(added, "limit", "has no effect: this limit constrains nothing", "Check the limit, or delete it.")


def check_sites_used(context: Context, reached: ReachableRows) -> None:
    """Something can stand at each site and draw its power; its series hold in some period and change something."""
    stands = {site for places in reached.places.values() for site in places}
    powered = {
        site
        for name, places in reached.places.items()
        if name in reached.machines and reached.machines[name].it_kw > 0
        for site in places
    }
    empty = [row for row in context.of(Site) if row.site not in stands]
    expected = "no accelerator can be installed there: of its row only the fixed cost has an effect"
    context.warn_rows(empty, "site", expected, "Name it in the sites of an offer, or delete it.")
    idle = [row for row in context.of(Expansion) if row.site not in powered]
    expected = "has no effect: nothing that draws power can be installed there"
    context.warn_rows(idle, "site", expected, "Delete it, or add the site to offers.")
    none = [row for row in context.of(Expansion) if row.max_modules == 0]
    context.warn_rows(none, "max_modules", "has no effect: no module can be built", "Enter 1 or more.")
    series: dict[str, list[SiteSeries]] = {}
    for row in context.of(SiteSeries):
        series.setdefault(row.site, []).append(row)
    found = [unused_rows(reached.calendar, rows, "period") for rows in series.values()]
    _warn_unused(context, reached, found, "period")
    blank = [row for rows in series.values() for row in rows if all(map(_says_nothing, rows))]
    expected = "has no effect: it repeats the values of sites.csv"
    context.warn_rows(blank, "site", expected, "Enter what is different, or delete it.")


def _says_nothing(row: SiteSeries) -> bool:
    given = {entry.name: entry.default for entry in fields(row) if not column_of(entry).key}
    return all(getattr(row, name) == default for name, default in given.items() if name not in REMARKS)


def check_needs(context: Context, _: ReachableRows) -> None:
    """What has an effect only where something else is above 0 finds that it is."""
    for table, row_class in TABLES.items():
        for column, facts in columns_of(row_class).items():
            if facts.needs and not _is_any(context, facts.needs):
                given = [row for row in context.rows(table) if getattr(row, column) is not None]
                expected = f"has no effect: nothing is entered in {' or '.join(facts.needs)}"
                context.warn_rows(given, column, expected, "Enter it there, or delete the row.")
    for entry in fields(Settings):
        facts, value = column_of(entry), getattr(context.settings, entry.name, None)
        if facts.needs and value and not _is_any(context, facts.needs):
            expected = f"has no effect: nothing is entered in {' or '.join(facts.needs)}"
            context.warn_setting(entry.name, value, expected, "Enter it there, or delete the setting.")


def _is_any(context: Context, columns: Iterable[str]) -> bool:
    """Returns whether one of some columns, as `table.column`, is above 0 in some row; also where one is not read."""
    for name in columns:
        table, column = name.split(".")
        if not context.is_whole(table) or any((getattr(row, column) or 0.0) > 0 for row in context.rows(table)):
            return True
    return False


def check_nothing_there(context: Context, _: ReachableRows) -> None:
    """Opening cohorts, running leases and open orders have units."""
    expected, remedy = "has no effect: it has 0 units", "Enter the units, or delete it."
    context.warn_rows([row for row in context.of(OpeningFleet) if row.units == 0], "units", expected, remedy)
    context.warn_rows([row for row in context.of(OpenLease) if row.units == 0], "units", expected, remedy)
    late = {row.offer for row in context.of(Backlog)}
    nothing = [
        row
        for row in context.of(OpenOrder)
        # The rent of a lease without units is that of what is late and comes then.
        if not row.units and not row.balance_musd and (row.rent_usd_per_unit_per_year is None or row.offer not in late)
    ]
    context.warn_rows(nothing, "units", expected, remedy)
