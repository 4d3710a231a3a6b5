"""Whole periods: what leads, terms and lives that are not whole periods become, reported once for each column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from models.calendar import MONTHS_OF_YEAR, NOISE, Calendar
from models.case import Case
from models.tables.disruption_rows import LeadTime
from models.tables.fleet_rows import Accelerator, InputRow, Offer, Throughput
from models.tables.holding_rows import OpeningFleet, OpenLease
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Acquisition, Agreement, Route
from planner.case.context import AnyRow, Context, month_of, table_of
from planner.case.reachable_dates import risk_months
from planner.errors import Fault, Severity, listed

Length = tuple[str, str, str, float, int]
"""Table, column, the name that it is reported by, months, and the periods that they become."""
_Found = tuple[InputRow, str, str, float, int]


class TypedRows(Protocol):
    """Gives the rows of a table by their class."""

    def __call__(self, row_class: type[AnyRow], /) -> list[AnyRow]:
        """Returns the rows."""
        ...


SHORTER = {"year": "quarter", "half": "quarter", "quarter": "month"}
"""The kind of period that most of what a kind rounds fits into."""
NO_LEADS = ("life_years", "term_months", "in_service_since", "ends")


def check_whole_periods(context: Context) -> None:
    """Warns of leads, terms and lives that are not whole periods, with what each became."""
    calendar = context.calendar
    if calendar is None or calendar.months == 1:
        return
    found: dict[tuple[str, str], dict[tuple[float, int], list[str]]] = {}
    risk = "expected" if context.settings is None else context.settings.tape_out_risk
    for table, column, name, months, periods in _lengths(context.of, risk, calendar):
        whole = months / calendar.months
        if periods >= 0 and abs(whole - round(whole)) > NOISE:
            groups = found.setdefault((table, column), {})
            groups.setdefault((months, periods), []).append(name)
    finer = SHORTER[calendar.period]
    remedy = f"Plan by {finer} (fleetplan convert CASE NEW --period {finer}), or enter whole periods."
    lead_remedy = f'{remedy[:-1]}, or set lead_rounding = "nearest".' if calendar.lead_rounding == "up" else remedy
    for (table, column), groups in found.items():
        rounded = [
            f"{months:.10g} as {periods * calendar.months} ({listed(names)})"
            for (months, periods), names in sorted(groups.items())
        ]
        expected = f"not whole periods of {calendar.months} months; rounded, in months: {'; '.join(rounded)}"
        way = remedy if column in NO_LEADS else lead_remedy
        context.log.add(Fault(f"{table}.csv", expected, way, column=column, severity=Severity.WARNING))


def rounded_lengths(case: Case, calendar: Calendar) -> list[Length]:
    """Returns every lead, term and life of a case with the periods that it becomes."""

    def of(row_class: type[AnyRow]) -> list[AnyRow]:
        return list(getattr(case, table_of(row_class)))

    return list(_lengths(of, case.settings.tape_out_risk, calendar))


def _lengths(of: TypedRows, risk: str, calendar: Calendar) -> Iterator[Length]:
    for row, column, name, months, periods in (*_of_supply(of, calendar), *_of_moves(of, risk, calendar)):
        yield table_of(type(row)), column, name, months, periods


def _of_supply(of: TypedRows, calendar: Calendar) -> Iterator[_Found]:
    lag, life = calendar.lag_periods, calendar.life_periods
    for offer in of(Offer):
        yield offer, "lead_time_months", offer.offer, offer.lead_time_months, lag(offer.lead_time_months)
        if offer.kind == "lease":
            yield offer, "term_months", offer.offer, offer.term_months, calendar.term_periods(offer.term_months)
    for lead in of(LeadTime):
        name = f"{lead.offer} from {lead.period} on"
        yield lead, "lead_time_months", name, lead.lead_time_months, lag(lead.lead_time_months)
    for row in of(Expansion):
        yield row, "lead_time_months", row.expansion, row.lead_time_months, lag(row.lead_time_months)
    machines = {row.accelerator: row for row in of(Accelerator)}
    for machine in machines.values():
        months = machine.life_years * MONTHS_OF_YEAR
        yield machine, "life_years", machine.accelerator, months, life(machine.life_years)
    for cohort in of(OpeningFleet):
        if cohort.accelerator in machines:
            years = machines[cohort.accelerator].life_years
            age = calendar.start_month - month_of(cohort.in_service_since)
            name = f"what is left of {cohort.accelerator} since {cohort.in_service_since}"
            yield cohort, "in_service_since", name, years * MONTHS_OF_YEAR - age, life(years, age)
    for lease in of(OpenLease):
        months = month_of(lease.ends) - calendar.start_month
        yield lease, "ends", f"{lease.lease}, which is paid to its end", months, months // calendar.months


def _of_moves(of: TypedRows, risk: str, calendar: Calendar) -> Iterator[_Found]:
    lag: Callable[[float], int] = calendar.lag_periods
    for route in of(Route):
        name = f"{route.programme}/{route.route}"
        total = route.design_months + route.tape_out_to_volume_months + risk_months(route, risk)
        yield route, "design_months", f"{name} to tape-out", route.design_months, lag(route.design_months)
        yield route, "tape_out_to_volume_months", f"{name} to ready, respins included", total, lag(total)
    for company in of(Acquisition):
        total = company.months_to_close + company.months_to_integrate
        name = company.acquisition
        yield company, "months_to_close", f"{name} to closing", company.months_to_close, lag(company.months_to_close)
        yield company, "months_to_integrate", f"{name} to owned", total, lag(total)
    for contract in of(Agreement):
        term = calendar.term_periods(contract.term_months)
        yield contract, "lag_months", contract.agreement, contract.lag_months, lag(contract.lag_months)
        yield contract, "term_months", contract.agreement, contract.term_months, term


def check_growth_clocks(context: Context) -> None:
    """Warns of a label `as_of` that has nothing to grow, or lies after the start of the plan."""
    if context.calendar is None:
        return
    first = context.calendar.labels[0]
    rows: list[tuple[InputRow, str | None, str, float]] = [
        *((row, row.as_of, "software_gain_per_year", row.software_gain_per_year) for row in context.of(Throughput)),
        *((row, row.as_of, "price_growth_per_year", row.price_growth_per_year) for row in context.of(Acquisition)),
    ]
    for row, label, column, growth in rows:
        if label is None:
            continue
        if growth == 0:
            expected = f"has no effect: {column} is 0"
            context.warn(row, "as_of", expected, f"Enter {column}, or leave the cell blank.")
        elif context.calendar.years_before(label) < 0:
            expected = f"lies after the start of the plan in {first}, where the value has not grown to this yet"
            context.warn(row, "as_of", expected, f"Use {first} or an earlier label, or leave the cell blank.")
