"""Accelerators and work as numbers: lives, losses, resale, rates, demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.calendar import ceil_clean
from models.case import Case
from models.data.series import series
from models.frame import MUSD, Frame
from models.program import Floats, Ints


@dataclass(frozen=True, eq=False)
class AcceleratorData:
    """By accelerator, cohort, or (accelerator, …)."""

    life: Ints
    survival: Floats
    """Share of units that outlives a period."""
    capability: Floats
    cohort_accelerator: Ints
    cohort_site: Ints
    cohort_age: Ints
    """Periods of age at the start, rounded up: what resale values go by."""
    cohort_left: Ints
    """Whole periods of service left at the start; negative where the life was over before."""
    cohort_units: Floats
    cohort_labels: tuple[str, ...]
    resale: Mapping[str, tuple[Floats, Floats]]
    """By accelerator: ages in years and fractions."""

    def resale_musd(self, case: Case, accelerator: int, age_years: Floats) -> Floats:
        """Returns USD million that a unit brings at each age: linear between rows, zero after the last."""
        row = case.accelerators[accelerator]
        ages, fractions = self.resale[row.accelerator]
        if len(ages) == 0:
            return np.zeros_like(age_years)
        found = np.interp(age_years, ages, fractions)
        return np.asarray(row.reference_price_usd * MUSD * np.where(age_years > ages[-1] + 1e-9, 0.0, found))


def machines_of(frame: Frame) -> AcceleratorData:
    """Returns the numbers of all accelerators and opening cohorts."""
    case, calendar = frame.case, frame.calendar
    rows, fleet = case.accelerators, case.opening_fleet
    curves = {}
    for row in rows:
        own = [point for point in case.resale if point.accelerator == row.accelerator]
        points = own or [point for point in case.resale if point.accelerator == "*"]
        points = sorted(points, key=lambda point: point.age_years)
        curves[row.accelerator] = (
            np.array([point.age_years for point in points]),
            np.array([point.fraction_of_reference_price for point in points]),
        )
    months = [calendar.start_month - calendar.parse(row.in_service_since)[0] for row in fleet]
    kind = np.array([frame.accelerator.position(row.accelerator) for row in fleet], dtype=np.int64)
    left = [calendar.life_periods(rows[g].life_years, age) for g, age in zip(kind, months, strict=True)]
    return AcceleratorData(
        life=np.array([calendar.life_periods(row.life_years) for row in rows], dtype=np.int64),
        survival=np.array([(1.0 - row.failure_rate_per_year) ** frame.delta for row in rows]),
        capability=_capability(frame),
        cohort_accelerator=kind,
        cohort_site=np.array([frame.site.position(row.site) for row in fleet], dtype=np.int64),
        cohort_age=np.array([ceil_clean(age / calendar.months) for age in months], dtype=np.int64),
        cohort_left=np.array(left, dtype=np.int64),
        cohort_units=np.array([row.units for row in fleet], dtype=float),
        cohort_labels=tuple(f"{row.accelerator}@{row.site}:{row.in_service_since}" for row in fleet),
        resale=curves,
    )


def _capability(frame: Frame) -> Floats:
    rate = np.zeros((len(frame.accelerator), len(frame.workload)))
    for row in frame.case.throughput:
        place = frame.accelerator.position(row.accelerator), frame.workload.position(row.workload)
        rate[place] = row.rate_at(frame.calendar.years_before(row.as_of))
    best = rate.max(axis=0, initial=0.0)
    relative = np.divide(rate, best, out=np.zeros_like(rate), where=best > 0)
    stated = [row.capability for row in frame.case.accelerators]
    mean = relative.mean(axis=1) if rate.size else np.zeros(len(stated))
    return np.array([mean[i] if value is None else value for i, value in enumerate(stated)], dtype=float)


@dataclass(frozen=True, eq=False)
class WorkData:
    """Rates, demand and money of queries."""

    rate: Floats
    """(accelerator, workload, node) queries/s of one unit; 0 where it cannot do the work."""
    variable: Floats
    """(accelerator, workload) USD million per million queries, which is USD a query."""
    utilisation: Floats
    allowed: np.ndarray
    """(site, workload)."""
    demand: Floats
    """(workload, node) queries/s at peak."""
    min_service: Floats
    peak: Floats
    """Peak to average, by workload."""
    penalty: Floats
    """USD a query."""
    revenue: Floats
    """USD a query; 0 where none is given."""


def work_of(frame: Frame) -> WorkData:
    """Returns the numbers of all work."""
    case = frame.case
    shape = (len(frame.accelerator), len(frame.workload))
    base, gain, variable, before = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for row in case.throughput:
        place = frame.accelerator.position(row.accelerator), frame.workload.position(row.workload)
        base[place], gain[place] = row.queries_per_second, row.software_gain_per_year
        variable[place] = row.variable_usd_per_1000 / 1000.0
        before[place] = frame.calendar.years_before(row.as_of)
    years = before[:, :, None] + frame.tree.period * frame.delta
    sites = frame.site.labels
    peak = np.array([row.peak_to_average for row in case.workloads])
    demand = frame.by_node(lambda one: _demand(frame, one))
    return WorkData(
        rate=base[:, :, None] * (1.0 + gain[:, :, None]) ** years,
        variable=variable,
        utilisation=np.array([row.utilisation for row in case.accelerators]),
        allowed=np.array(
            [[not row.sites or site in row.sites for row in case.workloads] for site in sites], dtype=bool
        ),
        demand=np.nan_to_num(demand) * 1e6 / 86400.0 * peak[:, None],
        min_service=np.array([row.min_service for row in case.workloads]),
        peak=peak,
        penalty=np.array([row.penalty_usd_per_1000 / 1000.0 for row in case.workloads]),
        revenue=np.array([(row.revenue_usd_per_1000 or 0.0) / 1000.0 for row in case.workloads]),
    )


def _demand(frame: Frame, case: Case) -> Floats:
    points: dict[str, list[tuple[str, float]]] = {row.workload: [] for row in case.workloads}
    for row in case.demand:
        points[row.workload].append((row.period, row.queries_per_day_million))
    kind = case.settings.demand_interpolation
    return np.array([series(frame.calendar, points[row.workload], interpolation=kind) for row in case.workloads])
