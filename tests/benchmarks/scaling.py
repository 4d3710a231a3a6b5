"""Makes a case larger in one dimension at a time, with seeded differences, and keeps its economics in proportion.

Every function returns a new case: total demand, power, budgets and supply stay what they were, so that a larger case
is harder and not merely richer. The same seed gives the same case.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from models.calendar import MONTHS_OF_KIND, Calendar, label_at, parse_label
from models.case import Case
from models.tables.fleet_rows import Demand

UNCERTAIN = ("disruptions", "roles", "scenarios", "scenario_values", "uncertain")
PRICE_SPREAD = (0.97, 1.06)
LEAD_STEPS = (-3, -2, -1, 1, 2)
RATE_SPREAD = (0.85, 1.15)
FUTURE_DEMAND = 0.15
FUTURE_PRICE = 0.08
REVEAL_SHARE = 0.3
RAMP_MONTHS = 24


@dataclass(frozen=True)
class Futures:
    """The futures of a case, how likely each is, and the period from which it can be told apart."""

    cases: tuple[Case, ...]
    probability: tuple[float, ...]
    revealed: tuple[int, ...]


def calendar_of(case):
    """The calendar of all optimised periods."""
    settings = case.settings
    return Calendar(settings.start, settings.period, settings.periods + settings.lookahead_periods)


def certain(case):
    """The case without what is uncertain in it: a rung has futures of its own."""
    return replace(case, **dict.fromkeys(UNCERTAIN, ()))


def finer(case, period):
    """The case of yearly periods by half, quarter or month; the mean demand of every year stays what it was.

    Limits, budgets, prices and windows keep their yearly labels; orders per period are limited in proportion.
    """
    before, months = calendar_of(case), MONTHS_OF_KIND[period]
    if before.period != "year":
        msg = f"{case.settings.name} is planned by {before.period}, not by year"
        raise ValueError(msg)
    if period == "year":
        return case
    parts = before.months // months
    settings = replace(
        case.settings,
        name=f"{case.settings.name}-{period}",
        start=label_at(before.start_month, months),
        period=period,
        periods=case.settings.periods * parts,
        lookahead_periods=case.settings.lookahead_periods * parts,
    )
    offers = tuple(
        row
        if row.max_lots_per_period is None
        else replace(row, max_lots_per_period=math.ceil(row.max_lots_per_period / parts))
        for row in case.offers
    )
    demand = [row for workload in case.workloads for row in _finer_demand(case, workload.workload, months)]
    return replace(case, settings=settings, offers=offers, demand=tuple(demand))


def _finer_demand(case, workload, months):
    """Demand along a smooth curve through the middle of the years, scaled back to the mean of each year."""
    calendar = calendar_of(case)
    rows = [row for row in case.demand if row.workload == workload]
    yearly = [value_at(demand_series(rows), calendar.start_month + 12 * year) for year in range(calendar.count)]
    for year, mean in enumerate(yearly):
        before = yearly[year - 1] if year else mean**2 / yearly[1] if len(yearly) > 1 and yearly[1] else mean
        after = yearly[year + 1] if year + 1 < len(yearly) else mean**2 / before if before else mean
        parts = 12 // months
        middles = [(part + 0.5) / parts - 0.5 for part in range(parts)]
        shape = [1.0] * parts
        if min(before, mean, after) > 0:
            shape = [(after / mean) ** at if at > 0 else (before / mean) ** -at for at in middles]
        scale = parts / sum(shape)
        for part, factor in enumerate(shape):
            label = label_at(calendar.start_month + 12 * year + part * months, months)
            yield Demand(workload=workload, period=label, queries_per_day_million=float(f"{mean * scale * factor:.6g}"))


def demand_series(rows):
    """(month, value) of demand rows of one workload, in order."""
    return sorted((parse_label(row.period)[0], row.queries_per_day_million) for row in rows)


def value_at(series, month):
    """The value that holds in a month; None before the first."""
    found = None
    for begin, value in series:
        if begin <= month:
            found = value
    return found


def more_offers(case, times, seed):
    """The case with `times` as many offers: variants at another price and lead that draw on the same limits."""
    draw = random.Random(f"offers {seed}")
    floors = least_prices(case)
    offers, prices, uses = list(case.offers), list(case.prices), list(case.limit_use)
    for number in range(2, times + 1):
        for offer in case.offers:
            name = f"{offer.offer}_v{number}"
            factor, shift = draw.uniform(*PRICE_SPREAD), draw.choice(LEAD_STEPS)
            # Who waits pays less.
            factor -= 0.005 * shift
            lead = max(0.0, offer.lead_time_months + (shift if offer.lead_time_months else 0))
            deposit = min(1.0, offer.deposit_share + draw.choice((0.0, 0.05))) if offer.deposit_share else 0.0
            offers.append(replace(offer, offer=name, lead_time_months=lead, deposit_share=deposit))
            for row in case.prices:
                if row.offer == offer.offer:
                    price = max(row.unit_price_usd * factor, min(row.unit_price_usd, floors[offer.offer]))
                    prices.append(replace(row, offer=name, unit_price_usd=float(round(price))))
            uses += [replace(row, offer=name) for row in case.limit_use if row.offer == offer.offer]
    return replace(case, offers=tuple(offers), prices=tuple(prices), limit_use=tuple(uses))


def least_prices(case):
    """USD below which a bought unit could be resold at once for more than it costs."""
    first = {}
    for row in case.resale:
        if row.accelerator not in first or row.age_years < first[row.accelerator].age_years:
            first[row.accelerator] = row
    machines = {row.accelerator: row for row in case.accelerators}
    found = {}
    for offer in case.offers:
        curve = first.get(offer.accelerator, first.get("*"))
        fraction = curve.fraction_of_reference_price if curve and offer.kind == "buy" else 0.0
        resold = machines[offer.accelerator].reference_price_usd * fraction
        found[offer.offer] = max(0.0, resold - offer.integration_usd_per_unit) * 1.001
    return found


def more_sites(case, times, seed):
    """The case with each powered site, its expansions and its machines split over `times` sites that differ."""
    draw = random.Random(f"sites {seed}")
    powered = {row.site for row in case.sites if row.power_mw is not None}
    names = {row.site: [row.site, *(f"{row.site}_s{n}" for n in range(2, times + 1))] for row in case.sites}
    names = {site: found if site in powered else found[:1] for site, found in names.items()}
    shares = {site: _shares(draw, len(found)) for site, found in names.items()}
    sites, expansions = [], []
    for row in case.sites:
        for index, (name, share) in enumerate(zip(names[row.site], shares[row.site], strict=True)):
            pue = 1 + (row.pue - 1) * (draw.uniform(0.85, 1.15) if index else 1.0)
            power = row.electricity_usd_per_mwh * (draw.uniform(0.92, 1.08) if index else 1.0)
            sites.append(
                replace(
                    row,
                    site=name,
                    power_mw=None if row.power_mw is None else round(row.power_mw * share, 3),
                    pue=round(pue, 4),
                    electricity_usd_per_mwh=round(power, 2),
                    fixed_musd_per_year=round(row.fixed_musd_per_year * share, 4),
                )
            )
    for row in case.expansions:
        modules = _split_whole(row.max_modules, shares[row.site])
        for index, (name, most) in enumerate(zip(names[row.site], modules, strict=True)):
            cost = row.cost_musd_per_module * (draw.uniform(0.95, 1.05) if index else 1.0)
            suffix = f"_s{index + 1}" if index else ""
            expansions.append(
                replace(
                    row,
                    expansion=row.expansion + suffix,
                    site=name,
                    max_modules=most,
                    cost_musd_per_module=round(cost, 3),
                )
            )
    return replace(
        case,
        sites=tuple(sites),
        expansions=tuple(expansions),
        opening_fleet=_spread(case.opening_fleet, names, shares),
        open_orders=_spread(case.open_orders, names, shares),
        offers=tuple(replace(row, sites=_all_names(row.sites, names)) for row in case.offers),
        workloads=tuple(replace(row, sites=_all_names(row.sites, names)) for row in case.workloads),
    )


def _shares(draw, count):
    weights = [draw.uniform(0.7, 1.3) for _ in range(count)]
    return [weight / sum(weights) for weight in weights]


def _split_whole(total, shares):
    """Whole numbers close to the shares of a total, which they add up to."""
    ends = [round(total * sum(shares[: index + 1])) for index in range(len(shares))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def _spread(rows, names, shares):
    found = []
    for row in rows:
        parts = zip(names[row.site], _split_whole(row.units, shares[row.site]), strict=True)
        found += [replace(row, site=name, units=float(units)) for name, units in parts]
    return tuple(found)


def _all_names(sites, names):
    return tuple(name for site in sites for name in names[site])


def more_workloads(case, times, seed):
    """The case with each workload split into `times` classes of the same work in total, easier and harder ones."""
    draw = random.Random(f"workloads {seed}")
    workloads, demand, throughput = [], [], []
    for row in case.workloads:
        shares = _shares(draw, times)
        effort = [1.0 / draw.uniform(*RATE_SPREAD) for _ in shares]
        mean = sum(share * one for share, one in zip(shares, effort, strict=True))
        effort = [one / mean for one in effort]
        for number, (share, one) in enumerate(zip(shares, effort, strict=True), start=1):
            name = row.workload if number == 1 else f"{row.workload}_w{number}"
            penalty = round(row.penalty_usd_per_1000 * one, 6)
            workloads.append(replace(row, workload=name, penalty_usd_per_1000=penalty))
            demand += [
                replace(
                    asked,
                    workload=name,
                    queries_per_day_million=float(f"{asked.queries_per_day_million * share:.9g}"),
                )
                for asked in case.demand
                if asked.workload == row.workload
            ]
            for rate in case.throughput:
                if rate.workload == row.workload:
                    speed = rate.queries_per_second / one * (draw.uniform(0.97, 1.03) if times > 1 else 1.0)
                    variable = rate.variable_usd_per_1000 * one
                    throughput.append(
                        replace(
                            rate,
                            workload=name,
                            queries_per_second=float(f"{speed:.6g}"),
                            variable_usd_per_1000=variable,
                        )
                    )
    return replace(case, workloads=tuple(workloads), demand=tuple(demand), throughput=tuple(throughput))


def futures_of(case, count, seed):
    """`count` equally likely futures that part about a third into the horizon, with other demand and prices after it.

    Demand and prices drift to their new level over two years, demand by at most 15 % and prices by at most 8 %.
    """
    draw = random.Random(f"futures {seed}")
    calendar = calendar_of(case)
    years = max(1, round(REVEAL_SHARE * calendar.count * calendar.delta))
    month = calendar.start_month + 12 * years
    reveal = calendar.period_of_month(month)
    if not 0 < reveal < calendar.count:
        msg = f"{case.settings.name} is too short for futures"
        raise ValueError(msg)
    found = []
    for number in range(count):
        level = 2 * number / (count - 1) - 1 if count > 1 else 0.0
        demand = 1 + FUTURE_DEMAND * level * draw.uniform(0.8, 1.0)
        price = 1 + FUTURE_PRICE * draw.uniform(-1.0, 1.0)
        found.append(_future(case, month, demand, price))
    return Futures(tuple(found), (1.0 / count,) * count, (reveal,) * count)


def _future(case, month, demand, price):
    calendar, floors = calendar_of(case), least_prices(case)
    labels = [(parse_label(label)[0], label) for label in calendar.labels]
    rows = [row for row in case.demand if parse_label(row.period)[0] < month]
    for workload in case.workloads:
        series = demand_series([row for row in case.demand if row.workload == workload.workload])
        for begin, label in labels:
            if begin >= month:
                value = value_at(series, begin) * _drift(demand, begin - month)
                rows.append(Demand(workload=workload.workload, period=label, queries_per_day_million=value))
    prices = [row for row in case.prices if parse_label(row.period)[0] < month]
    for offer in case.offers:
        own = [row for row in case.prices if row.offer == offer.offer]
        series = sorted((parse_label(row.period)[0], row.unit_price_usd) for row in own)
        begins = {month, *(begin for begin, _ in series if begin > month)}
        for begin in sorted(begins):
            known = value_at(series, begin)
            if known is not None:
                changed = max(known * _drift(price, begin - month), min(known, floors[offer.offer]))
                prices.append(replace(own[0], period=label_at(begin, calendar.months), unit_price_usd=changed))
    return replace(case, demand=tuple(rows), prices=tuple(prices))


def _drift(factor, months):
    return 1 + (factor - 1) * min(1.0, (months + 12) / RAMP_MONTHS)
