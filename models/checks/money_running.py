"""Cost lines of running and selling, recomputed: power, upkeep, queries, resale and the value left."""

from __future__ import annotations

from models.checks import dates
from models.checks.evidence import USD_PER_MUSD, Evidence, Lines
from models.checks.fleet_checks import age_years, sales, vintages
from models.checks.loan_schedules import loans_left
from models.checks.money_supply import add
from models.checks.owed_checks import counted_lines
from models.checks.power_checks import KW_PER_MW
from models.checks.time import DAYS_PER_YEAR, HOURS_PER_YEAR, SECONDS_PER_DAY

QUERIES_PRICED = 1000.0


def power_lines(plan: Evidence) -> Lines:
    """Returns it_kw × pue × hours × the period's price of electricity, for active units."""
    lines: Lines = {}
    for (accelerator, site, t), units in plan.active.items():
        place = plan.facts.sites[site]
        mwh = (
            units
            * plan.facts.accelerators[accelerator].it_kw
            * place.pue
            / KW_PER_MW
            * HOURS_PER_YEAR
            * plan.calendar.years
        )
        price = plan.facts.places[site][t].electricity_usd_per_mwh
        add(lines, "electricity", site, t, mwh * price / USD_PER_MUSD)
    return lines


def maintenance_lines(plan: Evidence) -> Lines:
    """Returns upkeep of max(0, active − leased in term), and the fixed cost of sites."""
    lines: Lines = {}
    leased: dict[tuple[str, str, int], float] = {}
    for (accelerator, site, _), stock in plan.leased.items():
        for t, units in stock.items():
            leased[accelerator, site, t] = leased.get((accelerator, site, t), 0.0) + units
    for key, units in plan.active.items():
        yearly = plan.facts.accelerators[key[0]].maintenance_usd_per_year / USD_PER_MUSD
        own = max(0.0, units - leased.get(key, 0.0))
        add(lines, "units", key[0], key[2], own * yearly * plan.calendar.years)
    for site, place in plan.facts.sites.items():
        for t in range(_fixed_since(plan, site), plan.calendar.periods):
            add(lines, "fixed", site, t, place.fixed_musd_per_year * plan.calendar.years)
    return lines


def _fixed_since(plan: Evidence, site: str) -> int:
    """The first period of fixed cost: that of the plan, or of the first module at a site without own power."""
    place = plan.facts.sites[site]
    if place.fixed_from == "start" or place.power_mw != 0:
        return 0
    works = [
        dates.energised(plan.facts, plan.calendar, build.expansion, build.period)
        for build in plan.builds
        if plan.facts.expansions[build.expansion].site == site and build.modules
    ]
    return max(0, min((t for t in works if t is not None), default=plan.calendar.periods))


def musd_per_qps(plan: Evidence, workload: str, usd_per_1000: float) -> float:
    """Returns the cost of one query/s at peak over a period: average queries × price."""
    seconds = DAYS_PER_YEAR * SECONDS_PER_DAY * plan.calendar.years
    return seconds / plan.facts.workloads[workload].peak_to_average / QUERIES_PRICED * usd_per_1000 / USD_PER_MUSD


def variable_lines(plan: Evidence) -> Lines:
    """Returns the cost per thousand queries of each accelerator and workload, on what is assigned."""
    lines: Lines = {}
    for (accelerator, _, workload, t), qps in plan.assignments.items():
        price = plan.facts.variable.get((accelerator, workload), 0.0)
        add(lines, "queries", workload, t, qps * musd_per_qps(plan, workload, price))
    return lines


def revenue_lines(plan: Evidence) -> Lines:
    """Returns the income from served queries, negative, where a revenue is given."""
    lines: Lines = {}
    for (_, _, workload, t), qps in plan.assignments.items():
        price = plan.facts.workloads[workload].revenue_usd_per_1000 or 0.0
        add(lines, "queries", workload, t, -qps * musd_per_qps(plan, workload, price))
    return lines


def unserved_lines(plan: Evidence) -> Lines:
    """Returns the penalty for unserved queries."""
    lines: Lines = {}
    for (workload, t), (_, _, qps) in plan.service.items():
        price = plan.facts.workloads[workload].penalty_usd_per_1000
        add(lines, "queries", workload, t, qps * musd_per_qps(plan, workload, price))
    return lines


def resale_lines(plan: Evidence) -> Lines:
    """Returns what sold units bring at their age, negative."""
    lines: Lines = {}
    for sold in sales(plan):
        accelerator = sold.key[0]
        usd = sold.units * plan.facts.resale_usd(accelerator, sold.age_years)
        add(lines, "units", accelerator, sold.period, -usd / USD_PER_MUSD)
    return lines


def value_left_lines(plan: Evidence) -> Lines:
    """Returns what units, modules and programmes are worth at the end of the horizon, negative, and what is owed."""
    lines = counted_lines(plan)
    end = plan.calendar.periods
    for key, vintage in vintages(plan).items():
        units = plan.owned.get(key, {}).get(end - 1, 0.0)
        if units and vintage.first < end <= vintage.gone:
            worth = plan.facts.resale_usd(key[0], age_years(plan, vintage, end))
            add(lines, "units", key[0], end, -units * worth / USD_PER_MUSD)
    for build in plan.builds:
        expansion = plan.facts.expansions[build.expansion]
        works = dates.energised(plan.facts, plan.calendar, build.expansion, build.period)
        if expansion.life_years > 0 and works is not None and works < end:
            served = (end - works) * plan.calendar.years
            share = max(0.0, 1.0 - served / expansion.life_years)
            add(lines, "modules", build.expansion, end, -build.modules * expansion.cost_musd_per_module * share)
    for programme in plan.case.programmes:
        ready = plan.states.ready.get(programme.programme)
        if ready is not None and ready <= end - 1:
            add(lines, "programme", programme.programme, end, -programme.terminal_value_musd)
    for facility, musd in loans_left(plan):
        add(lines, "loan", facility, end, musd)
    return lines
