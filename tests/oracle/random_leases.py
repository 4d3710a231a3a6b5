"""Random cases made from an earlier plan: running leases, clocks that began before, ages and leads within periods."""

from __future__ import annotations

import random
from dataclasses import replace

from models.case import OpenLease
from tests.oracle.clock import Clock, label_months
from tests.oracle.random_cases import random_case


def handed_over_case(seed, size="small"):
    """The random case of a seed with running leases, and now and then with other ages, clocks and roundings."""
    rng = random.Random(f"leases-{size}-{seed}")
    case = random_case(seed, size)
    clock = Clock.of(case.settings)
    case = replace(case, open_leases=tuple(draw_lease(rng, case, clock, i) for i in range(rng.randint(1, 3))))
    if rng.random() < 0.5:
        case = replace(case, throughput=tuple(replace(row, as_of=earlier(rng, clock)) for row in case.throughput))
        case = replace(case, acquisitions=tuple(replace(row, as_of=earlier(rng, clock)) for row in case.acquisitions))
    if rng.random() < 0.5:
        case = replace(case, opening_fleet=tuple(older(rng, row) for row in case.opening_fleet))
    if rng.random() < 0.3:
        case = replace(case, settings=replace(case.settings, lead_rounding="nearest"))
    return case


def draw_lease(rng, case, clock, number):
    """A lease of a random machine that ends within the plan, at its end, or after it; often within a period."""
    left = rng.choice([rng.randint(1, clock.count * clock.step + 3), clock.step * rng.randint(1, clock.count)])
    return OpenLease(
        lease=f"lease_{number}",
        accelerator=rng.choice(case.accelerators).accelerator,
        site=rng.choice(case.sites).site,
        units=rng.choice([2.0, 5.0, 12.5]),
        rent_usd_per_unit_per_year=rng.choice([0.0, 4000.0, 11000.0]),
        ends=month_label(clock.start + left),
    )


def month_label(month):
    """The label of a month, counted from year 0."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def earlier(rng, clock):
    """A label before the start, after it, or none."""
    return rng.choice([None, month_label(clock.start - rng.randint(1, 30)), month_label(clock.start + 2)])


def older(rng, row):
    """A cohort some months older; a label of its own stays so."""
    return replace(row, in_service_since=month_label(label_months(row.in_service_since)[0] - rng.randint(0, 5)))
