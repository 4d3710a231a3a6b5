"""Electric power at sites, and the modules that add to it."""

from __future__ import annotations

from models.checks import dates
from models.checks.evidence import Amounts, Evidence, UsedAmount
from models.checks.plan_check import compares, recomputes
from models.checks.report import Recorder

NO_END = 10**9
KW_PER_MW = 1000.0


def power_amounts(plan: Evidence) -> Amounts:
    """Returns the power of each site with a limit in each period, and what is drawn."""
    return {
        ("site_power", site, plan.labels[t]): UsedAmount(
            drawn, there, "MW", t, "power", f"power at {site}", reported=t < plan.case.settings.periods
        )
        for (site, t), (drawn, there) in site_loads(plan).items()
        if there is not None
    }


@compares("active.units expansions.modules", amounts=power_amounts)
def site_power(plan: Evidence, record: Recorder) -> None:
    """Σ_g it_kw · pue · active[g,s,n] ≤ available share · (existing power + energised modules), in kW."""
    for (site, t), (drawn, there) in site_loads(plan).items():
        if there is not None:
            record.at_most(KW_PER_MW * drawn, KW_PER_MW * there, (site, plan.labels[t]), "facility power, kW")


def site_loads(plan: Evidence) -> dict[tuple[str, int], tuple[float, float | None]]:
    """Returns what each site draws in each period and what it has, MW; None: no limit."""
    drawn: dict[tuple[str, int], float] = {}
    for (accelerator, site, t), units in plan.active.items():
        load = plan.facts.accelerators[accelerator].it_kw * plan.facts.sites[site].pue * units
        drawn[site, t] = drawn.get((site, t), 0.0) + load / KW_PER_MW
    found: dict[tuple[str, int], tuple[float, float | None]] = {}
    for site, places in plan.facts.places.items():
        for t, place in enumerate(places[: plan.calendar.periods]):
            there = None
            if place.power_mw is not None:
                there = place.share * (place.power_mw + energised_mw(plan, site, t))
            found[site, t] = drawn.get((site, t), 0.0), there
    return found


@recomputes(
    "power",
    {
        "site": "*site",
        "period": "*period",
        "drawn_mw": "quantity",
        "available_mw": "perhaps",
        "slack_mw": "perhaps",
        "price": "perhaps",
    },
    prices="site_power",
)
def power_table(plan: Evidence, record: Recorder) -> None:
    """Each site and period has the power that active units draw, what is available, and the rest; blank: no limit."""
    for (site, t), (drawn, there) in site_loads(plan).items():
        where, row = (site, plan.labels[t]), plan.power.get((site, t))
        if row is None or row.taken is None:
            record.fault(where, "row", "missing", "in the table")
            continue
        record.equal(row.taken, drawn, where, "drawn_mw")
        if there is None or row.most is None:
            record.follows(row.most, None if there is None else 0.0, where, "available_mw")
            record.follows(row.slack, None, where, "slack_mw")
        else:
            record.equal(row.most, there, where, "available_mw")
            record.follows(row.slack, row.most - row.taken, where, "slack_mw", max(row.most, row.taken))


def term_of(plan: Evidence, expansion: str) -> int:
    """Returns the periods in which modules of an expansion work, from energising on; very many without an end."""
    months = plan.facts.expansions[expansion].term_months
    return NO_END if months is None else plan.calendar.term(months)


def energised_mw(plan: Evidence, site: str, period: int) -> float:
    """Returns the power of the modules that work at a site in a period, MW."""
    total = 0.0
    for build in plan.builds:
        expansion = plan.facts.expansions[build.expansion]
        works = dates.energised(plan.facts, plan.calendar, build.expansion, build.period)
        if expansion.site == site and works is not None and works <= period < works + term_of(plan, build.expansion):
            total += expansion.module_mw * build.modules
    return total


@compares("expansions.modules expansions.period")
def expansion_modules(plan: Evidence, record: Recorder) -> None:
    """build[e,n] is a whole number, ordered in the window, energised inside the horizon, at most max_modules in all.

    The nominal lead counts: a delay past the horizon is no fault of the plan. Modules ordered before the plan count
    in all, and are not asked for the rest.
    """
    ordered: dict[str, float] = {}
    for build in plan.builds:
        expansion = plan.facts.expansions[build.expansion]
        where = (build.expansion, plan.calendar.label(build.period))
        record.whole(build.modules, where, "modules")
        ordered[build.expansion] = ordered.get(build.expansion, 0.0) + build.modules
        if build.period >= 0 and build.modules > record.tolerance:
            window = plan.calendar.window(expansion.first_order, expansion.last_order)
            record.holds(
                where, "order period", found=where[1], expected="inside the window", fact=build.period in window
            )
            works = build.period + plan.calendar.lag(expansion.lead_time_months)
            record.at_most(works, plan.calendar.periods - 1, where, "period of nominal energising, counted from 0")
    for name, modules in ordered.items():
        record.at_most(modules, plan.facts.expansions[name].max_modules, (name,), "modules in all")
