"""Errors of the demand forecast by workload, and distributions fitted to what was observed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from models.calendar import parse_label
from models.case import Case
from models.tables.strategy_rows import Uncertain
from planner.results.path_rows import PathRows
from planner.tracking.actuals_reading import Actuals
from planner.tracking.compared_periods import ComparedPeriods
from planner.tracking.planned_amounts import list_price, number

DAYS_OF_YEAR = 365
"""As the model has it."""
FEWEST = 3
"""A distribution is proposed from as many periods on."""
NORMAL, LOGNORMAL = "normal", "lognormal"


@dataclass(frozen=True, kw_only=True)
class DemandCompared:
    """Forecast and observed demand of a workload in a period, million queries a day; `months` were observed."""

    workload: str
    period: str
    forecast: float
    observed: float
    months: int
    share_planned: float | None
    share_served: float | None


@dataclass(frozen=True, kw_only=True)
class ForecastError:
    """How far off the forecast of a workload was, as fractions of the observed demand."""

    workload: str
    periods: int
    forecast: float
    observed: float
    bias: float
    """Σ (forecast − observed) / Σ observed: positive where the forecast was too high."""
    wmape: float
    """Σ |forecast − observed| / Σ observed."""


def demand_compared(actuals: Actuals, case: Case, rows: PathRows, periods: ComparedPeriods) -> list[DemandCompared]:
    """Returns forecast and observed demand of each workload and compared period with an observation."""
    found = []
    for workload in (row.workload for row in case.workloads):
        planned = _planned(rows, workload, periods)
        seen: dict[int, list[tuple[int, float, float | None]]] = {}
        for row in actuals.observed_demand:
            at = periods.position(row.period)
            if row.workload == workload and at is not None:
                entry = parse_label(row.period)[1], row.queries_per_day_million, row.share_served
                seen.setdefault(at, []).append(entry)
        for at in sorted(seen):
            months = sum(count for count, _, _ in seen[at])
            total = sum(count * demand for count, demand, _ in seen[at])
            shares = [(count * demand, share) for count, demand, share in seen[at]]
            known = [(weight, share) for weight, share in shares if share is not None]
            weights = sum(weight for weight, _ in known)
            served = (
                sum(weight * share for weight, share in known) / weights
                if weights and len(known) == len(shares)
                else None
            )
            forecast, share = planned[at]
            found.append(
                DemandCompared(
                    workload=workload, period=periods.labels[at], forecast=forecast, observed=total / months,
                    months=months, share_planned=share, share_served=served,
                )
            )  # fmt: skip
    return found


def _planned(rows: PathRows, workload: str, periods: ComparedPeriods) -> list[tuple[float, float | None]]:
    """Returns the demand by day that the plan was made for, by compared period, and the share that it serves."""
    demand, served = [0.0] * periods.count, [0.0] * periods.count
    for row in rows["service"]:
        if row["workload"] == workload:
            for at, share in periods.shares(str(row["period"])):
                demand[at] += number(row["demand_million"]) * share
                served[at] += number(row["served_million"]) * share
    days = DAYS_OF_YEAR * periods.months / 12
    return [(own / days, done / own if own else None) for own, done in zip(demand, served, strict=True)]


def forecast_errors(compared: Sequence[DemandCompared]) -> list[ForecastError]:
    """Returns bias and weighted absolute error of each workload with observed demand."""
    found = []
    for workload in dict.fromkeys(row.workload for row in compared):
        own = [row for row in compared if row.workload == workload]
        forecast, observed = sum(row.forecast for row in own), sum(row.observed for row in own)
        if observed > 0:
            off = sum(abs(row.forecast - row.observed) for row in own)
            found.append(
                ForecastError(
                    workload=workload, periods=len(own), forecast=forecast / len(own), observed=observed / len(own),
                    bias=(forecast - observed) / observed, wmape=off / observed,
                )
            )  # fmt: skip
    return found


def proposed_rows(
    compared: Sequence[DemandCompared], actuals: Actuals, case: Case, periods: ComparedPeriods
) -> list[Uncertain]:
    """Returns rows of `uncertain` that are fitted to ratios of what was observed to what was planned.

    Of demand to its forecast, and of prices paid for deliveries to the price list.
    """
    proposals = []
    for workload in dict.fromkeys(row.workload for row in compared):
        own = [row for row in compared if row.workload == workload and row.forecast > 0]
        ratios = {row.period: row.observed / row.forecast for row in own}
        proposals += _proposal(f"demand of {workload}", ("demand", workload, "queries_per_day_million"), ratios)
    for offer in (row.offer for row in case.offers):
        paid: dict[int, tuple[float, float]] = {}
        for row in actuals.deliveries:
            at = None if row.period is None else periods.position(row.period)
            if row.offer == offer and at is not None and row.unit_price_usd is not None and row.units:
                units, usd = paid.get(at, (0.0, 0.0))
                paid[at] = units + row.units, usd + row.units * row.unit_price_usd
        ratios = {
            periods.labels[at]: usd / units / listed
            for at, (units, usd) in sorted(paid.items())
            if (listed := list_price(case, offer, periods.labels[at]))
        }
        proposals += _proposal(f"price of {offer}", ("prices", offer, "unit_price_usd"), ratios)
    return proposals


def _proposal(name: str, place: tuple[str, str, str], ratios: Mapping[str, float]) -> list[Uncertain]:
    values = list(ratios.values())
    if len(values) < FEWEST or min(values) <= 0 or max(values) - min(values) <= 1e-9:
        return []
    distribution, p1, p2 = fitted(values)
    table, key, column = place
    first, last = next(iter(ratios)), list(ratios)[-1]
    note = (
        f"{distribution} fitted to observed / planned of {len(values)} periods, {first} to {last}: "
        f"mean {fmean(values):.4g}, least {min(values):.4g}, most {max(values):.4g}"
    )
    row = Uncertain(
        name=name[:64], table=table, key=key, column=column, distribution=distribution, p1=p1, p2=p2,
        low=0.0 if distribution == NORMAL else None, effect="multiply", note=note,
    )  # fmt: skip
    return [row]


def fitted(ratios: Sequence[float]) -> tuple[str, float, float]:
    """Returns the likelier of the normal and lognormal distributions of ratios, with its two parameters.

    Mean and standard deviation, of a lognormal distribution those of the logarithm; the deviation has n − 1 in its
    denominator. Both have two parameters, so the likelihoods can be compared as they are. Raises StatisticsError for
    fewer than two ratios.

    >>> fitted([0.5, 1.0, 2.0])[0], fitted([0.9, 1.0, 1.1])[0]
    ('lognormal', 'lognormal')
    """
    logs = [math.log(ratio) for ratio in ratios]
    plain, logarithmic = (fmean(ratios), stdev(ratios)), (fmean(logs), stdev(logs))
    if _likelihood(logs, *logarithmic) - sum(logs) >= _likelihood(ratios, *plain):
        return LOGNORMAL, *logarithmic
    return NORMAL, *plain


def _likelihood(values: Sequence[float], mean: float, deviation: float) -> float:
    """Returns the logarithm of the likelihood of values under a normal distribution, less a constant."""
    return sum(-math.log(deviation) - ((value - mean) / deviation) ** 2 / 2 for value in values)
