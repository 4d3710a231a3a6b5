"""The plainest case that the hand-solved cases start from: ten numbers that divide well."""

from __future__ import annotations

from dataclasses import replace

from models.case import (
    Accelerator,
    Case,
    Demand,
    Offer,
    OpeningFleet,
    Price,
    Resale,
    Settings,
    Site,
    Throughput,
    Workload,
)

# One query a second for a year is 31,536 thousand queries: at a penalty of 1 USD per thousand, USD million:
YEAR_UNSERVED = 0.031536
QUERIES_A_DAY = 0.0864  # million a day, for one query a second


def plain(*, period="year", start="2027", periods=1, rate=0.0, demand=(("2027", 100.0),), penalty=1.0):
    """One workload, one machine of one query a second, one offer at 20,000 USD, one site without limits.

    `demand` is in queries a second at peak, from a label on; the discount `rate` is 0; units live three years,
    do not fail, cost nothing to run and bring nothing when sold.
    """
    return Case(
        settings=Settings(
            schema_version=1,
            name="by hand",
            currency_basis="real",
            start=start,
            period=period,
            periods=periods,
            discount_rate=rate,
        ),
        workloads=(Workload(workload="chat", penalty_usd_per_1000=penalty),),
        demand=tuple(
            Demand(workload="chat", period=label, queries_per_day_million=rate_ * QUERIES_A_DAY)
            for label, rate_ in demand
        ),
        accelerators=(
            Accelerator(accelerator="gpu", vendor="verde", it_kw=1.0, life_years=3.0, reference_price_usd=20000.0),
        ),
        throughput=(Throughput(accelerator="gpu", workload="chat", queries_per_second=1.0),),
        offers=(Offer(offer="list", accelerator="gpu", kind="buy"),),
        prices=(Price(offer="list", period=start, unit_price_usd=20000.0),),
        sites=(Site(site="north"),),
        budgets=(),
    )


def machine(case, **changes):
    """The case with another machine."""
    return replace(case, accelerators=(replace(case.accelerators[0], **changes),))


def offer(case, *, price=None, **changes):
    """The case with another offer, and another price of it."""
    changed = replace(case, offers=(replace(case.offers[0], **changes),))
    return changed if price is None else replace(changed, prices=(replace(case.prices[0], unit_price_usd=price),))


def workload(case, **changes):
    """The case with another workload."""
    return replace(case, workloads=(replace(case.workloads[0], **changes),))


def site(case, **changes):
    """The case with another site."""
    return replace(case, sites=(replace(case.sites[0], **changes),))


def settings(case, **changes):
    """The case with other settings."""
    return replace(case, settings=replace(case.settings, **changes))


def opening(case, units, since):
    """The case with units owned at the start."""
    row = OpeningFleet(accelerator="gpu", site="north", units=units, in_service_since=since)
    return replace(case, opening_fleet=(row,))


def resale(case, *rows):
    """The case with resale fractions by age in years."""
    made = tuple(Resale(accelerator="*", age_years=a, fraction_of_reference_price=f) for a, f in rows)
    return replace(case, resale=made)


def closed(case):
    """The case with nothing on offer any more."""
    return offer(case, max_lots_per_period=0.0)
