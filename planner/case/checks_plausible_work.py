"""Plausibility of work: demand, rates and what is there to serve it, as they do not fit when a unit is wrong."""

from __future__ import annotations

import math
import statistics

from models.tables.fleet_rows import Demand, Throughput, Workload
from models.tables.holding_rows import OpeningFleet, OpenLease
from planner.case.checks_plausible import CHECK, LARGEST_RATIO, SECONDS_OF_DAY, question
from planner.case.context import Context, month_of
from planner.case.reachable_rows import ReachableRows

PER_SECOND_RATIO = 8.0
ODD_RATE = 20.0
RATE_UNITS = (
    ("queries an hour", 1 / 3600),
    ("queries a minute", 1 / 60),
    ("queries a day", 1 / SECONDS_OF_DAY),
    ("thousand queries a second", 1e3),
)


def check_demand_fits(context: Context, reached: ReachableRows) -> None:
    """The first demand is not a hundred times what the opening fleet serves, nor a hundredth of it."""
    calendar = reached.calendar
    peak = {row.workload: row.peak_to_average for row in context.of(Workload)}
    first: dict[str, Demand] = {}
    for row in context.of(Demand):
        held = first.get(row.workload)
        month = month_of(row.period)
        if month <= calendar.start_month and (held is None or month > month_of(held.period)):
            first[row.workload] = row
    able = dict.fromkeys(peak, 0.0)
    there: dict[str, float] = {}
    for cohort in _machines_there(context):
        there[cohort.accelerator] = there.get(cohort.accelerator, 0.0) + cohort.units
    for rate in context.of(Throughput):
        machine = reached.machines.get(rate.accelerator)
        if machine is not None and rate.workload in able:
            able[rate.workload] += there.get(rate.accelerator, 0.0) * machine.utilisation * rate.queries_per_second
    shares = {}
    for name, row in first.items():
        needed = row.queries_per_day_million * 1e6 / SECONDS_OF_DAY * peak.get(name, 1.0)
        if able.get(name) and needed:
            shares[name] = needed / able[name]
            _check_large(context, row, shares[name])
    total = math.fsum(shares.values())
    if shares and total < 1 / LARGEST_RATIO:
        rows = [first[name] for name in shares]
        larger = (("billion queries a day", 1e3), ("million queries a second", SECONDS_OF_DAY))
        value = rows[0].queries_per_day_million
        remedy = question(value, larger, (0.1 / total * value, 10 / total * value), "million queries a day")
        expected = f"is a small part of what the opening fleet can serve: {total:,.3g} of it could serve all demand"
        context.warn_rows(rows, "queries_per_day_million", expected, f"{remedy} Or are rates or units too large?")


def _check_large(context: Context, row: Demand, share: float) -> None:
    value = row.queries_per_day_million
    if share > PER_SECOND_RATIO:
        per_second = SECONDS_OF_DAY / 1e6
        units = (("queries a second", per_second), ("thousand queries", 1e-3), ("queries", 1e-6))
        remedy = question(value, units, (0.05 / share * value, 5 / share * value), "million queries a day")
        if share <= LARGEST_RATIO and remedy == CHECK:
            return
        if share < LARGEST_RATIO:
            remedy += " Or are opening units counted in servers of 8?"
        expected = f"is {share:,.4g} times what the whole opening fleet could serve of it"
        context.warn(row, "queries_per_day_million", expected, remedy)


def _machines_there(context: Context) -> list[OpeningFleet | OpenLease]:
    return [*context.of(OpeningFleet), *context.of(OpenLease)]


def check_rates_fit(context: Context, _: ReachableRows) -> None:
    """No rate is far from what its machine does of other workloads and what other machines do of this one."""
    rows = context.of(Throughput)
    rates = {(row.accelerator, row.workload): math.log(row.queries_per_second) for row in rows}
    machines, workloads = dict.fromkeys(name for name, _ in rates), dict.fromkeys(name for _, name in rates)
    if len(machines) < 3 or len(workloads) < 2:
        return
    by_work: dict[str, list[float]] = {work: [] for work in workloads}
    for (_machine, work), value in rates.items():
        by_work[work].append(value)
    of_work = {work: statistics.median(values) for work, values in by_work.items()}
    by_machine: dict[str, list[float]] = {name: [] for name in machines}
    for (machine, work), value in rates.items():
        by_machine[machine].append(value - of_work[work])
    of_machine = {name: statistics.median(values) for name, values in by_machine.items()}
    for row in rows:
        usual = math.exp(of_work[row.workload] + of_machine[row.accelerator])
        if not usual / ODD_RATE <= row.queries_per_second <= usual * ODD_RATE:
            expected = f"is far from about {usual:,.3g}, as the other rates of {row.accelerator} and {row.workload} go"
            remedy = question(row.queries_per_second, RATE_UNITS, (usual / 5, usual * 5), "queries/s")
            context.warn(row, "queries_per_second", expected, remedy)
