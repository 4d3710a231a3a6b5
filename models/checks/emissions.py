"""Carbon, recomputed: what electricity and the making of what arrives emit, limits of it, and what it costs."""

from __future__ import annotations

import math

from models.checks.case_facts import held
from models.checks.evidence import USD_PER_MUSD, Amounts, Evidence, Figure, Lines, UsedAmount
from models.checks.money import compare_lines
from models.checks.money_supply import add
from models.checks.plan_check import compares, listed, recomputes
from models.checks.power_checks import site_loads
from models.checks.report import Recorder
from models.checks.time import HOURS_PER_YEAR, Interval

KG_PER_TONNE = 1000.0
KWH_PER_MWH = 1000.0
UNIT = "t CO2e"

Emitted = dict[tuple[str, int], tuple[float, float]]
"""By site and period: tonnes by electricity, and by making what arrives."""


def emitted(plan: Evidence) -> Emitted:
    """Returns facility kWh × intensity, and embodied_kg × units that arrive, bought or leased, in tonnes."""
    found: Emitted = {}
    loads = site_loads(plan)
    for site, row in plan.facts.sites.items():
        series = held(((one.period, one) for one in plan.case.site_series if one.site == site), plan.calendar)
        for t in range(plan.calendar.periods):
            given = None if (one := series[t]) is None else one.carbon_kg_per_kwh
            kwh = loads[site, t][0] * HOURS_PER_YEAR * plan.calendar.years * KWH_PER_MWH
            found[site, t] = kwh * (row.carbon_kg_per_kwh if given is None else given) / KG_PER_TONNE, 0.0
    for (offer, site, t), units in plan.arrivals.items():
        made = plan.facts.accelerators[plan.facts.offers[offer].accelerator].embodied_kg * units / KG_PER_TONNE
        found[site, t] = found[site, t][0], found[site, t][1] + made
    return found


def has_carbon(plan: Evidence) -> bool:
    """True where the case states carbon, or the table has rows: one future may state less than others."""
    case = plan.case
    kg = [row.carbon_kg_per_kwh for row in case.sites] + [row.carbon_kg_per_kwh for row in case.site_series]
    kg += [row.embodied_kg for row in case.accelerators]
    return bool(case.carbon_limits or plan.rows["carbon"]) or any(kg)


def spans(plan: Evidence) -> list[tuple[Interval, str, float | None, float]]:
    """Returns the limits by span: label, tonnes (None: no limit), and what is emitted; finer rows are added up."""
    tonnes = emitted(plan)
    rows, found = plan.case.carbon_limits, []
    for stretch, members in plan.calendar.stretches(row.span for row in rows).items():
        periods = plan.calendar.within(stretch)
        if periods:
            given = [rows[member].tonnes for member in members]
            most = None if None in given else math.fsum(one for one in given if one is not None)
            if most is not None:
                most -= math.fsum(rows[member].emitted_before_tonnes for member in members)
            label = rows[members[0]].span if len(members) == 1 else plan.labels[periods[0]]
            used = math.fsum(sum(amounts) for (_, t), amounts in tonnes.items() if t in periods)
            found.append((stretch, label, most, used))
    return found


def carbon_amounts(plan: Evidence) -> Amounts:
    """Returns what may be emitted in each span with a limit, and what is."""
    return {
        ("carbon_limits", "", label): UsedAmount(
            used, most, UNIT, stretch, "carbon allowance", "carbon allowance", reported=plan.is_reported(stretch)
        )
        for stretch, label, most, used in spans(plan)
        if most is not None
    }


def carbon_lines(plan: Evidence) -> Lines:
    """Returns what is emitted at its price, by site."""
    lines: Lines = {}
    price = plan.case.settings.carbon_usd_per_tonne / USD_PER_MUSD
    for (site, t), tonnes in emitted(plan).items() if price else ():
        add(lines, "emissions", site, t, sum(tonnes) * price)
    return lines


def carbon_figures(plan: Evidence) -> dict[str, Figure]:
    """Returns what is emitted in the reported periods."""
    if not has_carbon(plan):
        return {}
    amounts = [sum(tonnes) for (_, t), tonnes in emitted(plan).items() if t < plan.case.settings.periods]
    return {"carbon_emitted": (math.fsum(amounts), UNIT, "reported", "", max(amounts, default=0.0))}


@compares("active.units arrivals.units", amounts=carbon_amounts, figures=carbon_figures)
def carbon_limits(plan: Evidence, record: Recorder) -> None:
    """Σ of operational and embodied carbon over a span ≤ its tonnes."""
    for _, label, most, used in spans(plan):
        if most is not None:
            record.at_most(used, most, ("", label), "carbon, t CO2e")


@compares("costs.musd active.units arrivals.units", category="carbon", lines=carbon_lines)
def cost_carbon(plan: Evidence, record: Recorder) -> None:
    """What is emitted is paid for in its period."""
    compare_lines(plan, record, "carbon")


@recomputes(
    "carbon",
    {
        "site": "*site",
        "period": "*period",
        "operational_tonnes": "quantity",
        "embodied_tonnes": "quantity",
        "tonnes": "quantity",
    },
)
def carbon_table(plan: Evidence, record: Recorder) -> None:
    """Each site and period has what it emits, where the case states carbon; else the table is empty."""
    expected = emitted(plan) if has_carbon(plan) else {}
    for site, t, where, row in listed(plan, record, "carbon", "site", expected):
        operational, embodied = expected[site, t]
        record.equal(row["operational_tonnes"], operational, where, "operational_tonnes")
        record.equal(row["embodied_tonnes"], embodied, where, "embodied_tonnes")
        total = row["operational_tonnes"] + row["embodied_tonnes"]
        record.follows(row["tonnes"], total, where, "tonnes", max(operational, embodied))


@recomputes(
    "carbon_limits",
    {"span": "*span", "tonnes": "perhaps", "emitted_tonnes": "quantity", "slack_tonnes": "perhaps", "price": "perhaps"},
    prices="carbon_limits",
)
def carbon_limits_table(plan: Evidence, record: Recorder) -> None:
    """Each span has the case's tonnes (blank: no limit), what is emitted in it, and the rest."""
    rows = {row["span"]: row for row in plan.rows["carbon_limits"]}
    expected = {stretch: (label, most, used) for stretch, label, most, used in spans(plan)}
    for stretch in rows.keys() - expected.keys():
        record.fault((str(stretch),), "span", "given", "a span of the case")
    for stretch, (label, most, used) in expected.items():
        where, row = (label,), rows.get(stretch)
        if row is None:
            record.fault(where, "row", "missing", "in the table")
            continue
        record.follows(row["tonnes"], most, where, "tonnes")
        record.equal(row["emitted_tonnes"], used, where, "emitted_tonnes")
        slack = None if most is None else most - row["emitted_tonnes"]
        record.follows(row["slack_tonnes"], slack, where, "slack_tonnes", max(most or 0.0, used))
