"""The fleet: work that someone can do, machines that are there, power that is of use, limits that are kept."""

from __future__ import annotations

import math

from models.calendar import MONTHS_OF_YEAR, Calendar, parse_span
from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Accelerator, Demand, Limit, LimitUse, Offer, PriceTier, Throughput, Workload
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder, PastOrder
from models.tables.site_rows import Expansion, Site, SiteSeries
from models.tables.strategy_rows import AddedSupply, Commitment, Policy
from planner.case.context import Context, is_label, label_of, month_of
from planner.case.reachable_dates import arrival, delivered
from planner.case.reachable_rows import ReachableRows
from planner.errors import listed

SLACK = 1e-9


def check_work(context: Context) -> None:
    """Each workload with demand can be served by a machine that is there or can be had, where it may be served."""
    calendar = context.calendar
    needed = ("throughput", "offers", "opening_fleet", "open_leases", "open_orders", "sites", "accelerators", "demand")
    if calendar is None or not context.is_whole(*needed):
        return
    places = ReachableRows(context, calendar).places
    working: dict[str, set[str]] = {}
    for row in context.of(Throughput):
        working.setdefault(row.workload, set()).add(row.accelerator)
    asked = {row.workload for row in context.of(Demand) if row.queries_per_day_million > 0}
    for workload in context.of(Workload):
        name = workload.workload
        if name not in asked:
            continue
        machines = working.get(name, set())
        if not machines:
            context.fault(workload, "workload", "nothing can serve it", "Add its rates to throughput.csv.")
            continue
        had = {machine for machine in machines if places.get(machine)}
        if not had:
            expected = f"nothing can serve it: there is no offer and no opening fleet of {listed(sorted(machines))}"
            context.fault_unless_carried(
                workload, "workload", expected, "Add an offer of one of them, or the rate of another accelerator."
            )
        elif workload.sites and not any(places[machine].intersection(workload.sites) for machine in had):
            expected = f"{listed(sorted(had))} cannot be installed at any of these sites"
            remedy = "Add a site of their offers, or leave the cell blank for all."
            context.fault_unless_carried(workload, "sites", expected, remedy)
    idle = {row.accelerator for row in context.of(Accelerator)}.difference(*working.values())
    for machine in context.of(Accelerator):
        if machine.accelerator in idle:
            context.warn(machine, "accelerator", "does no work", "Add its rates to throughput.csv, or delete it.")


def check_opening_fleet(context: Context) -> None:
    """Opening cohorts were in service before the plan starts; warns of those at the end of their life."""
    calendar = context.calendar
    if calendar is None:
        return
    machines = {row.accelerator: row for row in context.of(Accelerator)}
    for cohort in context.of(OpeningFleet):
        months = calendar.start_month - month_of(cohort.in_service_since)
        if months < 0:
            expected = f"lies after the start of the plan in {calendar.labels[0]}"
            remedy = "Enter units that are still to arrive in open_orders.csv."
            context.fault(cohort, "in_service_since", expected, remedy)
            continue
        machine = machines.get(cohort.accelerator)
        if machine is None:
            continue
        left = calendar.life_periods(machine.life_years, months)
        if left <= 0:
            fate = "is sold in the first period" if left == 0 else "is retired without value"
            over = "has less than a period left of" if months < machine.life_years * MONTHS_OF_YEAR else "is past"
            expected = f"{over} its life of {machine.life_years:g} years when the plan starts: the cohort {fate}"
            context.warn(cohort, "in_service_since", expected, "Lengthen life_years, or delete the row.")


def check_open_orders(context: Context) -> None:
    """Open orders are due in the horizon, at a site of their offer; those of leases have nothing left to pay."""
    calendar = context.calendar
    if calendar is None:
        return
    offers = {row.offer: row for row in context.of(Offer)}
    late = context.of(Backlog)
    for order in context.of(OpenOrder):
        due, offer = calendar.period_at(order.due), offers.get(order.offer)
        if due < 0 and not any(row.offer == order.offer and calendar.period_at(row.since) <= due for row in late):
            remedy = "Enter units that have arrived in opening_fleet.csv."
            if offer is not None and offer.kind == "lease":
                remedy = "Enter a lease that has begun in open_leases.csv, with its rent and its end."
            context.fault(order, "due", f"lies before the start of the plan in {calendar.labels[0]}", remedy)
        elif due >= calendar.count and order.balance_due is None and order.ordered is None:
            remedy = "Delete the row, or extend the horizon."
            context.fault(order, "due", f"lies after the horizon, which ends with {calendar.labels[-1]}", remedy)
        if offer is None:
            continue
        if offer.sites and order.site not in offer.sites:
            expected = f"is not a site of {offer.offer} ({listed(offer.sites)})"
            context.fault(order, "site", expected, "Use one of them, or add the site to the offer.")
        if order.balance_due is not None and not 0 <= calendar.period_at(order.balance_due) < calendar.count:
            expected = f"lies outside the horizon {calendar.labels[0]}..{calendar.labels[-1]}"
            context.fault(order, "balance_due", expected, "Leave it blank, and balance_usd_per_unit too if it is paid.")
        if order.rent_usd_per_unit_per_year is not None:
            _check_rent(context, calendar, order, offer)
        for column in ("balance_usd_per_unit", "balance_musd"):
            if offer.kind == "lease" and getattr(order, column):
                context.fault(order, column, "a lease is paid each period and has no balance", "Leave it blank.")


def _check_rent(context: Context, calendar: Calendar, order: OpenOrder, offer: Offer) -> None:
    """Faults of a rent that was agreed for what is no lease, or could not have been ordered before the plan."""
    if offer.kind != "lease":
        expected = "is agreed for a lease, and these units are bought"
        context.fault(order, "rent_usd_per_unit_per_year", expected, "Leave it blank; enter the balance.")
    elif calendar.period_at(order.due) >= calendar.lag_periods(offer.lead_time_months):
        expected = f"cannot have been agreed before the plan: what is due in {order.due} is ordered in it"
        context.fault(order, "rent_usd_per_unit_per_year", expected, "Use an earlier due period, or leave it blank.")


def check_open_leases(context: Context) -> None:
    """Running leases end after the start of the plan, and have names that no period has."""
    calendar = context.calendar
    if calendar is None:
        return
    for lease in context.of(OpenLease):
        ended = calendar.start_month - month_of(lease.ends)
        # What ends with the start of the plan may leave a fee to pay, or be renewed.
        if ended > 0 or (ended == 0 and not lease.end_fee_usd_per_unit and lease.renew_months is None):
            expected = f"is not after the start of the plan in {calendar.labels[0]}: the lease has already ended"
            context.fault(
                lease, "ends", expected, "Delete the row, or enter the label from which on the units are gone."
            )
        if is_label(lease.lease):
            expected = "is a period label, which is reserved for units that arrive during the plan"
            context.fault(lease, "lease", expected, f"Use another name, such as lease_{lease.lease}.")
        if lease.end_fee_usd_per_unit and (lease.exit_fee_months is not None or lease.renew_months is not None):
            expected = "is paid when all units leave at the end, and these may be left early or renewed"
            context.fault(
                lease, "end_fee_usd_per_unit", expected, "Leave it blank, or exit_fee_months and renew_months."
            )


def check_past_orders(context: Context) -> None:
    """Past orders lie before the start of the plan; warns of those that count nowhere."""
    calendar = context.calendar
    if calendar is None:
        return
    year = calendar.year_of(0)
    grows = [row for row in context.of(Policy) if row.kind == "max_order_growth"]
    for order in context.of(PastOrder):
        month = month_of(order.period)
        if month >= calendar.start_month:
            expected = f"is not before the start of the plan in {calendar.labels[0]}"
            context.fault(order, "period", expected, "Enter orders that are decided in commitments.csv.")
            continue
        spans = [parse_span(row.span) for row in context.of(PriceTier) if row.offer == order.offer]
        is_counted = any(first <= month < end for first, end in spans)
        is_counted |= month // 12 in (year - 1, year) and any(row.subject in ("", order.offer) for row in grows)
        if not is_counted:
            expected = f"has no effect: no volume discount of {order.offer} has begun, and no growth counts it"
            context.warn(order, "period", expected, "Delete the row.")


def check_expansions(context: Context) -> None:
    """Expansions are energised in the horizon; warns of those at a site whose power has no limit."""
    calendar = context.calendar
    if calendar is None:
        return
    sites = {row.site: row for row in context.of(Site)}
    limited = {row.site for row in context.of(SiteSeries) if row.power_mw is not None}
    for row in context.of(Expansion):
        site = sites.get(row.site)
        if site is not None and site.power_mw is None and site.site not in limited:
            expected = f"{row.site} has unlimited power, so an expansion there has no use"
            context.warn(row, "site", expected, f"Enter power_mw of {row.site} in sites.csv, or delete the expansion.")
        first = 0 if row.first_order is None else max(0, calendar.period_at(row.first_order))
        ready = first + calendar.lag_periods(row.lead_time_months)
        if first < calendar.count <= ready:
            expected = f"modules would work from {label_of(calendar, ready)} on, after the horizon"
            context.warn(row, "lead_time_months", expected, "Shorten the lead time, or delete the expansion.")


def check_supply_of_commitments(context: Context) -> None:
    """Open orders and committed orders alone do not exceed a limit, but where they may arrive later or be cancelled."""
    calendar = context.calendar
    needed = (
        "limits",
        "limit_use",
        "open_orders",
        "commitments",
        "offers",
        "added_supply",
        "lead_times",
        "backlogs",
    )
    if calendar is None or not context.is_whole(*needed):
        return
    arrivals = _committed_arrivals(context, calendar)
    use: dict[str, dict[str, float]] = {}
    for taken in context.of(LimitUse):
        use.setdefault(taken.limit, {})[taken.offer] = taken.use_per_unit
    for (name, low, high), rows in _limit_groups(context, calendar).items():
        if any(row.amount is None for row in rows):
            continue
        added = sum(
            row.amount_per_year * calendar.delta * (high - low + 1)
            for row in context.of(AddedSupply)
            if row.limit == name
        )
        # What earlier periods of the span have left, supply that was added then included, is negative use before.
        supply = math.fsum((row.amount or 0.0) - row.used_before for row in rows) + added
        wanted = math.fsum(
            units * use.get(name, {}).get(offer, 0.0) for offer, period, units in arrivals if low <= period <= high
        )
        if wanted > supply * (1 + SLACK) + SLACK:
            extra = f", with {added:,.10g} of added supply" if added else ""
            expected = f"open orders and commitments alone take {wanted:,.10g} of {name} in {rows[0].span}{extra}"
            context.fault(rows[0], "amount", expected, "Raise the amount, or correct the orders.")


def _committed_arrivals(context: Context, calendar: Calendar) -> list[tuple[str, int, float]]:
    """Returns offer, period and units of every arrival that is decided already and cannot be later."""
    kept = [row for row in context.of(OpenOrder) if row.ordered is None]
    found = [(row.offer, calendar.period_at(row.due), row.units) for row in kept]
    offers = {row.offer: row for row in context.of(Offer)}
    for row in context.of(Commitment):
        if row.kind == "order" and row.status in ("done", "fixed") and row.period and row.item in offers:
            quantity = 1.0 if row.quantity is None else row.quantity
            ordered = calendar.period_at(row.period)
            found.append((row.item, arrival(context, calendar, offers[row.item], ordered), quantity))
    since: dict[str, int] = {}
    for begun in context.of(Backlog):
        period = calendar.period_at(begun.since)
        since[begun.offer] = min(period, since.get(begun.offer, period))
    return [
        (offer, period, units * delivered(context, calendar, offer, period))
        for offer, period, units in found
        if 0 <= period < since.get(offer, calendar.count)
    ]


def _limit_groups(context: Context, calendar: Calendar) -> dict[tuple[str, int, int], list[Limit]]:
    """Returns limit rows by name and periods; rows inside one period stand together."""
    found: dict[tuple[str, int, int], list[Limit]] = {}
    for row in context.of(Limit):
        first, end = parse_span(row.span)
        place = row.limit, calendar.period_of_month(first), calendar.period_of_month(end - 1)
        found.setdefault(place, []).append(row)
    return found
