"""Random cases with carbon: dirty and clean sites, heavy and light machines, a price, and limits that bind."""

from __future__ import annotations

import dataclasses
import random

from models.tables.site_rows import SiteSeries
from models.tables.strategy_rows import CarbonLimit
from tests.oracle.clock import Clock
from tests.oracle.random_cases import random_case


def carbon_case(seed, size="tiny"):
    """A random case in which what is emitted has a price, a limit, or both."""
    case, rng = random_case(seed, size), random.Random(seed + 77_000)
    clock = Clock.of(case.settings)
    sites = tuple(dataclasses.replace(row, carbon_kg_per_kwh=rng.choice([0.0, 0.1, 0.45, 0.8])) for row in case.sites)
    heavy = tuple(dataclasses.replace(row, embodied_kg=rng.choice([0.0, 600.0, 2500.0])) for row in case.accelerators)
    series = ()
    if rng.random() < 0.5 and clock.count > 1:
        at = clock.label(rng.randint(1, clock.count - 1))
        series = (SiteSeries(site=sites[0].site, period=at, carbon_kg_per_kwh=rng.choice([0.0, 0.2])),)
    cut = rng.randint(0, clock.count - 1)
    spans = [(0, clock.count - 1)] if cut == 0 else [(0, cut - 1), (cut, clock.count - 1)]
    ends = [(clock.label(first), clock.label(last)) for first, last in spans]
    limits = tuple(
        CarbonLimit(span=first if first == last else f"{first}..{last}", tonnes=rng.choice([None, 15.0, 60.0, 200.0]))
        for first, last in ends
    )
    settings = dataclasses.replace(case.settings, carbon_usd_per_tonne=rng.choice([0.0, 0.0, 90.0, 900.0]))
    return dataclasses.replace(
        case, settings=settings, sites=sites, accelerators=heavy, site_series=series, carbon_limits=limits
    )
