"""Least service and least capability that the opening fleet of a random case can give on its own."""

from __future__ import annotations

from dataclasses import replace

from models.case import Policy
from tests.oracle.clock import Clock, capabilities, rates_at


def with_least_service(rng, case):
    """The case with a minimum service of its first workload that an opening cohort can give on its own, if one can."""
    clock, work = Clock.of(case.settings), case.workloads[0]
    most = max(row.queries_per_day_million for row in case.demand if row.workload == work.workload)
    peak = most * 1e6 / 86400 * work.peak_to_average
    for cohort in case.opening_fleet:
        machine = next(row for row in case.accelerators if row.accelerator == cohort.accelerator)
        site = next(row for row in case.sites if row.site == cohort.site)
        lasts = clock.left(machine.life_years, cohort.in_service_since) >= clock.count
        rate = rates_at(case, 0).get((machine.accelerator, work.workload))
        if not (lasts and site.power_mw is None and rate and (not work.sites or site.site in work.sites)):
            continue
        years = clock.count * clock.years
        served = cohort.units * (1 - machine.failure_rate_per_year) ** years * rate * machine.utilisation
        share = round(rng.uniform(0.3, 0.95) * min(1.0, served / peak), 3)
        return replace(case, workloads=(replace(work, min_service=share), *case.workloads[1:]))
    return case


def with_least_capability(rng, case):
    """The case with a least capability in the first period that its opening fleet has, if there is one."""
    clock, weights = Clock.of(case.settings), capabilities(case)
    lives = {row.accelerator: row.life_years for row in case.accelerators}
    held = sum(
        weights[row.accelerator] * row.units
        for row in case.opening_fleet
        if clock.left(lives[row.accelerator], row.in_service_since) > 0
    )
    if held <= 0:
        return case
    value = round(held * rng.uniform(0.5, 0.95), 3)
    policy = Policy(policy="floor", kind="min_capability", span=clock.label(0), value=value)
    return replace(case, policies=(*case.policies, policy))
