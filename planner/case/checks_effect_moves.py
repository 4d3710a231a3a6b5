"""Nothing without effect: settings, strategic moves, budgets and rules that cannot change a plan of the case."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

from models.calendar import parse_span
from models.case import TABLES, Settings
from models.tables.column_descriptions import column_of, columns_of
from models.tables.contract_rows import CommitLevel
from models.tables.disruption_rows import Delay
from models.tables.fleet_rows import Accelerator, Demand, InputRow, Offer
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import (
    Acquisition,
    AddedSupply,
    Agreement,
    Budget,
    Commitment,
    Disruption,
    Policy,
    Programme,
    Ramp,
    Route,
)
from planner.case.checks_time import windows
from planner.case.context import Context, month_of, window
from planner.case.reachable_dates import earliest_ready, risk_months
from planner.case.reachable_rows import ReachableRows, unused_rows


def check_settings_used(context: Context, reached: ReachableRows) -> None:
    """Settings that ask for something have something to ask it of."""
    settings = context.settings
    assert settings is not None
    if settings.demand_interpolation != "step" and not _is_interpolated(context, reached):
        expected = "has no effect: each period of each workload has its own value, or the last one"
        remedy = "Leave it out, or enter demand at labels further apart than the periods."
        context.warn_setting("demand_interpolation", settings.demand_interpolation, expected, remedy)
    respins = [row for row in context.of(Route) if row.respin_months or row.respin_cost_musd]
    if settings.tape_out_risk != "expected" and not respins:
        expected = "has no effect: no route has a respin that takes time or money"
        remedy = "Leave it out, or enter respin_months and respin_cost_musd in routes.csv."
        context.warn_setting("tape_out_risk", settings.tape_out_risk, expected, remedy)
    owing = any(row.min_units_per_year and row.shortfall_usd_per_unit for row in context.of(Agreement))
    leased = any(row.kind == "lease" for row in reached.offers.values() if row.offer in reached.ordered)
    if settings.count_owed == "count" and not owing and not leased:
        expected = "has no effect: the case has no lease and no take-or-pay that could be due after the horizon"
        context.warn_setting("count_owed", settings.count_owed, expected, "Leave it out.")


def _is_interpolated(context: Context, reached: ReachableRows) -> bool:
    """Returns whether the start of a period lies between two labels with different values."""
    calendar = reached.calendar
    starts = [calendar.start_month + period * calendar.months for period in range(calendar.count)]
    series: dict[str, list[tuple[int, float]]] = {}
    for row in context.of(Demand):
        series.setdefault(row.workload, []).append((month_of(row.period), row.queries_per_day_million))
    for points in series.values():
        points.sort()
        for (low, before), (high, after) in pairwise(points):
            if before != after and any(low < start < high for start in starts):
                return True
    return False


def check_moves_used(context: Context, reached: ReachableRows) -> None:
    """Programmes, acquisitions and agreements lead to something, and the terms of each have something to act on."""
    if not context.is_whole("offers", "expansions", "routes", "acquisitions", "agreements", "added_supply"):
        return
    wanted = reached.required | reached.committed | {row.gate for row in context.of(AddedSupply)}
    programmes = [row for row in context.of(Programme) if row.programme not in wanted and not row.terminal_value_musd]
    expected = "nothing requires it and it has no terminal value, so it is never started"
    context.warn_rows(programmes, "programme", expected, "Write it in requires of its offer, or delete it.")
    companies = [
        row for row in context.of(Acquisition) if row.acquisition not in wanted and row.contribution_musd_per_year <= 0
    ]
    expected = "nothing requires it, and it adds neither supply nor income, so it is never bought"
    context.warn_rows(companies, "acquisition", expected, "Enter what requires it or what it adds, or delete it.")
    contracts = [row for row in context.of(Agreement) if row.agreement not in wanted]
    expected = "nothing requires it and it adds no supply, so it is never signed"
    context.warn_rows(contracts, "agreement", expected, "Write it in requires of its offers, or delete it.")
    _check_terms(context, wanted)
    _check_ramps(context, reached)


def _check_terms(context: Context, wanted: frozenset[str]) -> None:
    levels = {row.agreement for row in context.of(CommitLevel) if row.unit == "units"}
    for row in context.of(Agreement):
        if row.agreement not in wanted:
            continue
        if row.min_units_per_year > 0 and not row.shortfall_usd_per_unit:
            expected = "has no effect: a shortfall costs nothing"
            context.warn(row, "min_units_per_year", expected, "Enter shortfall_usd_per_unit, or leave it blank.")
        elif row.shortfall_usd_per_unit > 0 and not row.min_units_per_year and row.agreement not in levels:
            expected = "has no effect: no minimum quantity is set"
            context.warn(row, "shortfall_usd_per_unit", expected, "Enter min_units_per_year, or leave it blank.")
    for company in context.of(Acquisition):
        if company.integration_musd_per_year and not company.integration_years:
            expected = "has no effect: the integration has no duration"
            context.warn(company, "integration_musd_per_year", expected, "Enter integration_years.")
        elif company.integration_years and not company.integration_musd_per_year:
            expected = "has no effect: the integration costs nothing"
            context.warn(company, "integration_years", expected, "Enter integration_musd_per_year, or leave it blank.")
    setting = "expected" if context.settings is None else context.settings.tape_out_risk
    known: list[tuple[InputRow, str]] = [(row, row.item) for row in context.of(Delay) if row.respins is not None]
    known += [(row, row.target) for row in context.of(Disruption) if row.field == "respin"]
    _check_respins(context, known)
    for route in context.of(Route):
        respin = route.respin_months or route.respin_cost_musd
        if route.respin_probability and not respin:
            expected = "has no effect: a respin takes no time and costs nothing"
            context.warn(route, "respin_probability", expected, "Enter respin_months and respin_cost_musd.")
        elif (
            respin
            and not route.respin_probability
            and setting == "expected"
            and not any(item == route.programme for _, item in known)
        ):
            column = "respin_months" if route.respin_months else "respin_cost_musd"
            expected = "has no effect: the probability of a respin is 0"
            context.warn(route, column, expected, "Enter respin_probability, or leave it blank.")


def _check_respins(context: Context, known: list[tuple[InputRow, str]]) -> None:
    """Warns of known respins of programmes whose respins take no time and cost nothing."""
    taken = {row.programme for row in context.of(Route) if row.respin_months or row.respin_cost_musd}
    for row, item in known:
        if item not in taken:
            column = "respins" if isinstance(row, Delay) else "field"
            expected = f"has no effect: a respin of {item} takes no time and costs nothing"
            context.warn(row, column, expected, "Enter respin_months and respin_cost_musd in routes.csv.")


def _check_ramps(context: Context, reached: ReachableRows) -> None:
    """Warns of rows of ramps that lie beyond the horizon however early their programme is ready."""
    calendar, ready = reached.calendar, earliest_ready(context)
    late = []
    for row in context.of(Ramp):
        months = calendar.count * calendar.months - ready.get(row.programme, 0.0) * calendar.months
        if 0 <= months <= row.months_since_ready > 0:
            late.append(row)
    expected = "has no effect: even at the earliest readiness it begins after the horizon"
    context.warn_rows(late, "months_since_ready", expected, "Extend the horizon, or delete it.")


def check_budgets_used(context: Context, reached: ReachableRows) -> None:
    """Each budget counts something that can be spent; a carry-over has a next span to go to."""
    if not context.is_whole("offers", "sites", "routes", "acquisitions", "agreements", "expansions", "budgets"):
        return
    spent = _spent(context, reached)
    named: dict[str, list[Budget]] = {}
    for row in context.of(Budget):
        named.setdefault(row.budget, []).append(row)
    for rows in named.values():
        if "all" not in rows[0].categories and not spent.intersection(rows[0].categories):
            expected = "has no effect: nothing can be spent in these categories"
            context.warn(rows[0], "categories", expected, "Check the categories, or delete the budget.")
        if len(rows) == 1 and rows[0].carry_over:
            expected = "has no effect: there is no later span to carry it to"
            context.warn(rows[0], "carry_over", expected, "Leave it blank, or split the span.")


def _spent(context: Context, reached: ReachableRows) -> set[str]:
    """Returns the cash categories in which something can be spent."""
    kinds = {row.kind for row in reached.offers.values() if row.offer in reached.ordered}
    found = {"hardware"} if "buy" in kinds else set()
    found |= {"lease"} if "lease" in kinds else set()
    found |= {"expansion"} if context.of(Expansion) else set()
    found |= {"tape_out"} if context.of(Route) else set()
    found |= {"acquisition"} if context.of(Acquisition) else set()
    found |= {"agreement"} if context.of(Agreement) else set()
    for table, row_class in TABLES.items():
        for column, facts in columns_of(row_class).items():
            if facts.spends and any(getattr(row, column) for row in context.rows(table)):
                found.add(facts.spends)
    for entry in fields(Settings):
        spends = column_of(entry).spends
        if spends and getattr(context.settings, entry.name, None):
            found.add(spends)
    return found | ({"resale"} if context.rows("resale") else set())


def check_policies_used(context: Context, reached: ReachableRows) -> None:
    """Each policy is about something that there can be; one whose bound allows everything says so itself."""
    calendar = reached.calendar
    vendors = {row.accelerator: row.vendor for row in context.of(Accelerator)}
    there = {vendors[name] for name, places in reached.places.items() if places and name in vendors}
    years = {calendar.year_of(period) for period in range(calendar.count)}
    for row in context.of(Policy):
        why = ""
        if row.kind == "max_vendor_share" and row.subject not in there:
            why = f"{row.subject} cannot be obtained"
        elif row.kind == "max_active_programmes" and row.value >= len(context.of(Programme)):
            why = "the case has no more programmes than that"
        elif row.kind == "max_order_growth" and len(years) < 2:
            why = "the plan has no earlier year to compare with"
        elif row.kind == "max_order_growth" and parse_span(row.span)[1] <= (min(years) + 1) * 12:
            why = "the first year has no earlier year to compare with"
        if why:
            context.warn(row, "value", f"has no effect: {why}", "Change it, or delete the row.")
        if row.basis != "capability" and row.kind not in ("max_vendor_share", "min_vendor_share"):
            expected = f"has no effect: {row.kind} counts no shares"
            context.warn(row, "basis", expected, "Leave it blank.")


def check_commitments_used(context: Context, reached: ReachableRows) -> None:
    """What is barred could otherwise be taken, and has no quantity."""
    calendar = reached.calendar
    reach: dict[str, list[range]] = {}
    for row_class, first, last in windows():
        for item in context.of(row_class):
            inside = window(calendar, item, first, last)
            reach.setdefault(_name(item), []).append(inside)
    for row in context.of(Commitment):
        if row.status != "barred":
            continue
        if row.quantity is not None:
            context.warn(row, "quantity", "has no effect: status barred has no quantity", "Leave it blank.")
        if row.period and not any(calendar.period_at(row.period) in inside for inside in reach.get(row.item, ())):
            expected = f"has no effect: {row.item} cannot be taken in that period anyway"
            context.warn(row, "period", expected, "Delete it, or check its label.")


def _name(row: InputRow) -> str:
    for column in ("offer", "expansion", "programme", "acquisition", "agreement"):
        if hasattr(row, column) and not (column == "offer" and not isinstance(row, Offer)):
            return str(getattr(row, column))
    return ""


def check_delays_used(context: Context, reached: ReachableRows) -> None:
    """Each delay holds in some period, says something, and holds when its item could be ready."""
    calendar = reached.calendar
    series: dict[str, list[Delay]] = {}
    for row in context.of(Delay):
        series.setdefault(row.item, []).append(row)
    for rows in series.values():
        unused = unused_rows(calendar, rows, "period")
        idle = [*unused.early, *unused.between]
        expected = "has no effect: another row applies at the start of each period"
        context.warn_rows(idle, "period", expected, "Delete it, or check its label.")
        if not any(row.months or row.fails or row.respins is not None for row in rows):
            expected = "has no effect: its delay is 0, and it does not fail"
            context.warn_rows(rows, "months", expected, "Enter the months, or delete it.")
    due = due_periods(context, reached)
    for item, rows in series.items():
        rows.sort(key=lambda row: month_of(row.period))
        for row, after in pairwise(rows):
            passes = after.months <= 0 and not after.fails and not row.fails and row.months > 0
            end = -((calendar.start_month - month_of(after.period)) // calendar.months)
            if passes and item in due and end <= due[item].start:
                expected = slip_text(reached, item, after.period, due[item].start)
                context.warn(row, "months", expected, SLIP_REMEDY)


SLIP_REMEDY = "Let it last until then, or permanently (months blank in disruptions.csv)."


def slip_text(reached: ReachableRows, item: str, end: str, due: int) -> str:
    """Returns why a slip changes nothing that is over before its item could be ready."""
    when = f"before {reached.calendar.labels[due]}" if due < reached.calendar.count else "inside the horizon"
    return f"has no effect: it ends by {end}, and {item} cannot be ready {when} anyway"


def due_periods(context: Context, reached: ReachableRows) -> dict[str, range]:
    """Returns from when to when each programme, acquisition (closed) and expansion could become ready, undelayed."""
    calendar = reached.calendar
    ready, setting = earliest_ready(context), "expected" if context.settings is None else context.settings.tape_out_risk
    ways: list[tuple[str, str, InputRow, range, int]] = []
    for route in context.of(Route):
        months = route.design_months + route.tape_out_to_volume_months + risk_months(route, setting)
        inside = window(calendar, route, "first_start", "last_start")
        ways.append((route.programme, route.route, route, inside, calendar.lag_periods(months)))
    for company in context.of(Acquisition):
        inside = window(calendar, company, "first_signing", "last_signing")
        ways.append((company.acquisition, "", company, inside, calendar.lag_periods(company.months_to_close)))
    for added in context.of(Expansion):
        inside = window(calendar, added, "first_order", "last_order")
        ways.append((added.expansion, "", added, inside, calendar.lag_periods(added.lead_time_months)))
    found: dict[str, range] = {}
    done = [row for row in context.of(Commitment) if row.status == "done" and row.period]
    for item, route_name, row, inside, lag in ways:
        requires: tuple[str, ...] = getattr(row, "requires", ())
        first = max([float(inside.start), *(ready.get(gate, 0.0) for gate in requires)])
        times = [int(first) + lag, inside.stop - 1 + lag] if first < inside.stop else []
        times += [
            calendar.period_at(each.period) + lag
            for each in done
            if each.item == item and each.route in ("", route_name)
        ]
        if times:
            known = found.get(item, range(min(times), max(times) + 1))
            found[item] = range(min(known.start, *times), max(known.stop - 1, *times) + 1)
    return found
