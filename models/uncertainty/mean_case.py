"""The case of the mean of all scenarios: what a planner sees who puts one forecast in the place of several futures.

Demand, prices, limits, budgets, lead times, delays, and what sites have are means by period or span, weighted by
probability. What has no mean, failures and backlogs, is there where it is in every future. Limits that a disruption
adds are those of the futures where all have the same, else those of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.calendar import Calendar, parse_label
from models.case import Case
from models.data.series import series
from models.data.strategic_options import planned_respins
from models.program import Floats
from models.tables.disruption_rows import Backlog, Delay, LeadTime
from models.tables.fleet_rows import Demand, Price
from models.tables.site_rows import SiteSeries

By = Callable[[Case], Floats]


def mean_case(case: Case, cases: Sequence[Case], probability: Sequence[float]) -> Case:
    """Returns the case of the mean of futures of a case, without scenarios."""
    if all((one.limit_use, one.added_supply) == (cases[0].limit_use, cases[0].added_supply) for one in cases):
        case = replace(case, limits=cases[0].limits, limit_use=cases[0].limit_use, added_supply=cases[0].added_supply)
    calendar = case.settings.calendar
    weights = np.asarray(probability, dtype=float)

    def mean(by_period: By) -> list[float]:
        found = np.array([by_period(one) for one in cases])
        return [float(value) for value in weights @ found]

    return replace(
        case,
        settings=replace(case.settings, demand_interpolation="step", use_scenarios=False),
        demand=tuple(_demand(case, calendar, mean)),
        prices=tuple(_prices(case, cases, calendar, mean)),
        limits=tuple(_spans(case.limits, [one.limits for one in cases], weights, ("limit", "amount"))),
        budgets=tuple(_spans(case.budgets, [one.budgets for one in cases], weights, ("budget", "amount_musd"))),
        lead_times=tuple(_lead_times(case, cases, calendar, mean)),
        site_series=tuple(_sites(case, cases, calendar, mean)),
        delays=tuple(_delays(case, cases, calendar, mean)),
        backlogs=tuple(_backlogs(cases, calendar)),
        carbon_limits=tuple(
            _spans(case.carbon_limits, [one.carbon_limits for one in cases], weights, ("span", "tonnes"))
        ),
        scenarios=(),
        scenario_values=(),
    )


def _demand(case: Case, calendar: Calendar, mean: Callable[[By], list[float]]) -> list[Demand]:
    rows = []
    for work in case.workloads:

        def by_period(one: Case, name: str = work.workload) -> Floats:
            points = [(row.period, row.queries_per_day_million) for row in one.demand if row.workload == name]
            return np.nan_to_num(series(calendar, points, interpolation=one.settings.demand_interpolation))

        for label, value in zip(calendar.labels, mean(by_period), strict=True):
            rows.append(Demand(workload=work.workload, period=label, queries_per_day_million=value))
    return rows


def _prices(case: Case, cases: Sequence[Case], calendar: Calendar, mean: Callable[[By], list[float]]) -> list[Price]:
    rows = []
    for offer in case.offers:
        name = offer.offer

        def by_period(one: Case, name: str = name) -> Floats:
            return series(calendar, [(row.period, row.unit_price_usd) for row in one.prices if row.offer == name])

        if all(one.prices == case.prices for one in cases):
            rows += [row for row in case.prices if row.offer == name]
            continue
        for label, value in zip(calendar.labels, mean(by_period), strict=True):
            if np.isfinite(value):
                rows.append(Price(offer=name, period=label, unit_price_usd=value))
        # Prices after the horizon weigh what is owed then.
        end = calendar.start_month + calendar.count * calendar.months
        rows += [row for row in case.prices if row.offer == name and parse_label(row.period)[0] >= end]
    return rows


def _spans(rows: Sequence[Any], tables: Sequence[Sequence[Any]], weights: Floats, names: tuple[str, str]) -> list[Any]:
    """Rows of spans with the mean of their amounts; without a limit where one future has none."""
    item, amount = names
    by_key = [{(getattr(row, item), row.span): getattr(row, amount) for row in table} for table in tables]
    found = []
    for row in rows:
        amounts = [table.get((getattr(row, item), row.span)) for table in by_key]
        known = [value for value in amounts if value is not None]
        mean = float(weights @ np.array(known)) if len(known) == len(amounts) else None
        found.append(replace(row, **{amount: mean}))
    return found


def _lead_times(
    case: Case, cases: Sequence[Case], calendar: Calendar, mean: Callable[[By], list[float]]
) -> list[LeadTime]:
    rows = []
    for offer in case.offers:
        if not any(row.offer == offer.offer for one in cases for row in one.lead_times):
            continue

        def by_period(one: Case, name: str = offer.offer, usual: float = offer.lead_time_months) -> Floats:
            found = series(
                calendar, [(row.period, row.lead_time_months) for row in one.lead_times if row.offer == name]
            )
            return np.where(np.isnan(found), usual, found)

        def shares(one: Case, name: str = offer.offer) -> Floats:
            found = series(calendar, [(row.period, row.delivered_share) for row in one.lead_times if row.offer == name])
            return np.where(np.isnan(found), 1.0, found)

        for label, months, share in zip(calendar.labels, mean(by_period), mean(shares), strict=True):
            row = LeadTime(offer=offer.offer, period=label, lead_time_months=months, delivered_share=min(1.0, share))
            rows.append(row)
    return rows


def _sites(
    case: Case, cases: Sequence[Case], calendar: Calendar, mean: Callable[[By], list[float]]
) -> list[SiteSeries]:
    rows = []
    for site in case.sites:
        if not any(row.site == site.site for one in cases for row in one.site_series):
            continue

        def column(name: str, usual: float | None, place: str = site.site) -> list[float]:
            def by_period(future: Case) -> Floats:
                given = [(row.period, getattr(row, name)) for row in future.site_series if row.site == place]
                points = [(label, np.nan if value is None else value) for label, value in given]
                found = series(calendar, points)
                return np.where(np.isnan(found), np.nan if usual is None else usual, found)

            return mean(by_period)

        power = column("power_mw", site.power_mw)
        share = column("available_share", 1.0)
        price = column("electricity_usd_per_mwh", site.electricity_usd_per_mwh)
        for at, label in enumerate(calendar.labels):
            most = power[at] if np.isfinite(power[at]) else None
            row = SiteSeries(
                site=site.site, period=label, power_mw=most, available_share=min(1.0, share[at]),
                electricity_usd_per_mwh=price[at],
            )  # fmt: skip
            rows.append(row)
    return rows


def _delays(case: Case, cases: Sequence[Case], calendar: Calendar, mean: Callable[[By], list[float]]) -> list[Delay]:
    """Mean months of delay; an item fails where it has failed in every future."""
    rows = []
    for item in dict.fromkeys(row.item for one in cases for row in one.delays):

        def failed(one: Case, name: str = item) -> Floats:
            points = [(r.period, float(r.fails)) for r in one.delays if r.item == name]
            return np.asarray(np.maximum.accumulate(np.nan_to_num(series(calendar, points))))

        fails = np.min([failed(one) for one in cases], axis=0) > 0

        def by_period(one: Case, name: str = item) -> Floats:
            return np.nan_to_num(series(calendar, [(r.period, r.months) for r in one.delays if r.item == name]))

        for label, months, is_lost in zip(calendar.labels, mean(by_period), fails.tolist(), strict=True):
            rows.append(Delay(item=item, period=label, months=months, fails=is_lost))
        if any(row.respins is not None for one in cases for row in one.delays if row.item == item):
            rows = _with_respins(rows, item, case, cases, mean)
    return rows


def _backlogs(cases: Sequence[Case], calendar: Calendar) -> list[Backlog]:
    """Backlogs of offers that every future has, each from when the last of the futures has its first one."""

    def since(row: Backlog) -> int:
        return calendar.period_at(row.since)

    found = []
    for offer in dict.fromkeys(row.offer for row in cases[0].backlogs):
        own = [[row for row in one.backlogs if row.offer == offer] for one in cases]
        if all(own):
            found.append(max((min(rows, key=since) for rows in own), key=since))
    return found


def _with_respins(
    rows: list[Delay], item: str, case: Case, cases: Sequence[Case], mean: Callable[[By], list[float]]
) -> list[Delay]:
    """The rows of a programme with the mean number of respins, once some future knows its own.

    A future that does not know it then counts with what is planned for: the mean over the routes, which may differ.
    """
    calendar, setting = case.settings.calendar, case.settings.tape_out_risk
    planned = [planned_respins(row, setting) for row in case.routes if row.programme == item]

    def known(one: Case) -> Floats:
        points = [(r.period, r.respins) for r in one.delays if r.item == item and r.respins is not None]
        return series(calendar, points)

    def by_period(one: Case) -> Floats:
        found = known(one)
        return np.where(np.isnan(found), sum(planned) / max(1, len(planned)), found)

    is_known = np.any([~np.isnan(known(one)) for one in cases], axis=0)
    number = {
        label: mean if has_number else None
        for label, mean, has_number in zip(calendar.labels, mean(by_period), is_known.tolist(), strict=True)
    }
    return [replace(row, respins=number[row.period]) if row.item == item else row for row in rows]
