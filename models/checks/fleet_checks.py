"""The machines: vintages that arrive, fail, are sold and end, leases that serve their term, and what is active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.checks.evidence import Evidence, Vintage
from models.checks.plan_check import compares, recomputes
from models.checks.report import Recorder
from models.checks.rights import exits_of, lease_terms
from models.checks.time import interval

Key = tuple[str, str, str]


def vintages(plan: Evidence) -> dict[Key, Vintage]:
    """Returns the owned vintages by accelerator, site and label: opening cohorts, and arrivals of bought units.

    What is left of a life at an age is rounded down once; for its resale value an age is rounded up to periods.
    """
    cohorts: dict[Key, tuple[int, float]] = {}
    for row in plan.case.opening_fleet:
        months = max(0, plan.calendar.start - interval(row.in_service_since)[0])
        cohorts[row.accelerator, row.site, row.in_service_since] = (months, row.units)
    came: dict[Key, tuple[int, float]] = {}
    for (name, site, t), units in plan.arrivals.items():
        offer = plan.facts.offers[name]
        if offer.kind == "buy":
            key = (offer.accelerator, site, plan.labels[t])
            came[key] = (t, came.get(key, (t, 0.0))[1] + units)
    found: dict[Key, Vintage] = {}
    for key in {**cohorts, **came}:
        months, opening = cohorts.get(key, (0, 0.0))
        first, arrived = came.get(key, (0, 0.0))
        left = plan.calendar.life(plan.facts.accelerators[key[0]].life_years, months)
        age = -(-months // plan.calendar.months)
        found[key] = Vintage(first, first + left, age, opening, arrived)
    return found


@dataclass(frozen=True)
class Sold:
    """Units of a vintage that leave in a period: of `there` that have not failed; age in years."""

    key: Key
    period: int
    units: float
    there: float
    age_years: float
    at_end: bool


def sales(plan: Evidence) -> Iterator[Sold]:
    """Yields the units of each vintage that leave in a period; a vintage is sold off after its last period.

    sold[v,n] = (1 − f)^Δ · stock[v,p(n)] − stock[v,n]; an opening cohort may be sold in the first period.
    """
    for key, vintage in vintages(plan).items():
        stock = plan.owned.get(key, {})
        survival = plan.facts.survival[key[0]]
        early = plan.case.settings.early_retirement
        before = vintage.opening
        for t in range(vintage.first, min(vintage.gone + 1, plan.calendar.periods)):
            now = stock.get(t, 0.0)
            kept = vintage.opening + vintage.arrived if t == vintage.first else survival * before
            if t == vintage.first and not vintage.opening:
                kept = now
            if t == vintage.gone or (early and kept != now):
                units = kept - (0.0 if t == vintage.gone else now)
                yield Sold(key, t, units, kept, age_years(plan, vintage, t), t == vintage.gone)
            before = now


def age_years(plan: Evidence, vintage: Vintage, period: int) -> float:
    """Returns the age of a vintage at the start of a period, in years."""
    return (vintage.age + period - vintage.first) * plan.calendar.years


@compares("fleet.units arrivals.units")
def fleet_balance(plan: Evidence, record: Recorder) -> None:
    """stock[v] = arrivals in v's own period; then stock[v,n] ≤ (1 − f)^Δ · stock[v,p(n)]; nothing after its life.

    Without early retirement the inequality is an equality. Opening cohorts start at most at their units.
    """
    known = vintages(plan)
    compare = record.at_most if plan.case.settings.early_retirement else record.equal
    for key, vintage in known.items():
        stock = plan.owned.get(key, {})
        survival = plan.facts.survival[key[0]]
        before = 0.0
        for t in range(vintage.first, min(vintage.gone, plan.calendar.periods)):
            now = stock.get(t, 0.0)
            where = (*key, plan.labels[t])
            if t > vintage.first:
                compare(now, survival * before, where, "owned units")
            elif not vintage.opening:
                record.equal(now, vintage.arrived, where, "owned units on arrival")
            else:
                compare(now, vintage.opening + vintage.arrived, where, "owned units at the start")
                record.at_least(now, vintage.arrived, where, "owned units on arrival")
            before = now
    for key, stock in plan.owned.items():
        held = known.get(key)
        for t, units in stock.items():
            if held is None or not held.first <= t < held.gone:
                record.equal(units, 0.0, (*key, plan.labels[t]), "owned units before arrival or after their life")


@compares("fleet.units arrivals.units lease_changes.units")
def leases_in_term(plan: Evidence, record: Recorder) -> None:
    """leased[g,s,u,n] = what began in u of leases of g whose term covers n, less what has left early.

    A running lease is a vintage of its own name, in term in the whole periods before it ends.
    """
    due: dict[Key, dict[int, float]] = {}
    for term in lease_terms(plan):
        vintage = term.name if term.is_running else plan.labels[term.begin]
        stock = due.setdefault((term.accelerator, term.site, vintage), {})
        for t in range(term.begin, min(term.end, plan.calendar.periods)):
            left = sum(row["units"] for row in exits_of(plan, term) if row["effective"] <= t)
            stock[t] = stock.get(t, 0.0) + term.units - left
    for key in {**due, **plan.leased}:
        expected, found = due.get(key, {}), plan.leased.get(key, {})
        for t in sorted({*expected, *found}):
            record.equal(found.get(t, 0.0), expected.get(t, 0.0), (*key, plan.labels[t]), "leased units in term")


@recomputes(
    "sales",
    {
        "accelerator": "*accelerator",
        "site": "*site",
        "vintage": "*text",
        "period": "*period",
        "units": "quantity",
        "age_years": "quantity",
        "unit_value_usd": "quantity",
        "musd": "number",
        "end_of_life": "yes or no",
        "reported": "yes or no",
    },
)
def sales_table(plan: Evidence, record: Recorder) -> None:
    """Each sale is what a vintage lost beyond failures, at its age, at the resale value of that age."""
    expected = {(*sold.key, sold.period): sold for sold in sales(plan)}
    for key in {**expected, **plan.sales}:
        *names, t = key
        where = (*names, plan.labels[t])
        sold, given = expected.get(key), plan.sales.get(key)
        there = sold.there if sold else 0.0
        record.equal(given.units if given else 0.0, sold.units if sold else 0.0, where, "units", there)
        if given is None or sold is None:
            continue
        value = plan.facts.resale_usd(names[0], sold.age_years)
        record.equal(given.age_years, sold.age_years, where, "age_years")
        record.equal(given.unit_value_usd, value, where, "unit_value_usd")
        record.equal(given.musd, given.units * value / 1e6, where, "musd, of the units")
        record.same(given.end_of_life, "yes" if sold.at_end else "no", where, "end_of_life")
        record.same(given.reported, "yes" if t < plan.case.settings.periods else "no", where, "reported")


def in_place(plan: Evidence) -> dict[tuple[str, str, int], float]:
    """Returns owned and leased units by accelerator, site and period."""
    found: dict[tuple[str, str, int], float] = {}
    for holdings in (plan.owned, plan.leased):
        for (accelerator, site, _), stock in holdings.items():
            for t, units in stock.items():
                key = (accelerator, site, t)
                found[key] = found.get(key, 0.0) + units
    return found


@compares("active.units fleet.units")
def active_within_fleet(plan: Evidence, record: Recorder) -> None:
    """active[g,s,n] ≤ stock + leased units in term."""
    fleet = in_place(plan)
    for (accelerator, site, t), units in plan.active.items():
        where = (accelerator, site, plan.labels[t])
        record.at_most(units, fleet.get((accelerator, site, t), 0.0), where, "active units")
