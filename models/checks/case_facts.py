"""What follows from the input tables alone: series by period, lags, lives, rates, values by age."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeVar

from models.case import Case
from models.checks.time import NOISE, SECONDS_PER_DAY, CheckCalendar, interval
from models.tables.fleet_rows import Accelerator, Offer, Workload
from models.tables.site_rows import Expansion, Site, SiteSeries
from models.tables.strategy_rows import Acquisition, Agreement, Route

QUERIES_PER_MILLION = 1e6

Curve = tuple[tuple[float, float], ...]
Value = TypeVar("Value")


@dataclass(frozen=True)
class RouteLags:
    """Periods from the start of a route to its tape-out, months to ready, and what the tape-out then costs.

    `respins` is by period how many are known to come, None while that is not known; `unplanned` how many more than are
    planned for, 0 while that is not known.
    """

    tape_out: int
    ready_months: float
    masks_musd: float
    respins: list[float | None]
    unplanned: list[float]


@dataclass(frozen=True)
class SitePower:
    """What a site has in one period: `power_mw` None is no limit, `share` of all power can be used."""

    power_mw: float | None
    share: float
    electricity_usd_per_mwh: float


@dataclass(frozen=True)
class Delays:
    """What is known of the delay of something, by period; a failure is permanent."""

    months: list[float]
    failed: list[bool]


@dataclass(frozen=True)
class CaseFacts:
    """The input tables by name, and what each number is in each period."""

    offers: dict[str, Offer]
    accelerators: dict[str, Accelerator]
    sites: dict[str, Site]
    workloads: dict[str, Workload]
    expansions: dict[str, Expansion]
    routes: dict[tuple[str, str], Route]
    acquisitions: dict[str, Acquisition]
    agreements: dict[str, Agreement]
    lags: dict[tuple[str, str], RouteLags]
    prices: dict[str, list[float | None]]
    leads: dict[str, int]
    leads_on_arrival: dict[str, list[int]]
    delivered: dict[str, list[float]]
    places: dict[str, list[SitePower]]
    delays: dict[str, Delays]
    terms: dict[str, int]
    survival: dict[str, float]
    demand: dict[str, list[float]]
    rates: dict[tuple[str, str], list[float]]
    variable: dict[tuple[str, str], float]
    resale: dict[str, Curve]
    capability: dict[str, float]
    late: dict[tuple[str, int], str]
    """By item and period of what was done before the plan: what is not reached at its start."""
    came: dict[tuple[str, str, int], int]
    """By state (closed, or blank for the last one), item and period: when it came before the plan; not as planned."""
    respins_paid: dict[tuple[str, int], float]
    """By programme and period of its start: the respins that were paid for before the plan."""

    def resale_usd(self, accelerator: str, age_years: float) -> float:
        """Returns what one unit brings at an age: linear between rows, the first value before, zero after."""
        curve = self.resale.get(accelerator, self.resale.get("*", ()))
        if not curve or age_years > curve[-1][0] + NOISE:
            return 0.0
        share = curve[0][1] if age_years <= curve[0][0] else curve[-1][1]
        for (left, low), (right, high) in pairwise(curve):
            if left < age_years < right:
                share = low + (high - low) * (age_years - left) / (right - left)
            elif age_years == right:
                share = high
        return self.accelerators[accelerator].reference_price_usd * share

    def vendor(self, offer: str) -> str:
        """Returns the vendor of the accelerator that an offer delivers."""
        return self.accelerators[self.offers[offer].accelerator].vendor


def facts_of(case: Case, calendar: CheckCalendar) -> CaseFacts:
    """Returns what follows from the input tables.

    Raises:
        ValueError: a label of the case is no label.
    """
    years = calendar.years
    accelerators = {row.accelerator: row for row in case.accelerators}
    return CaseFacts(
        offers={row.offer: row for row in case.offers},
        accelerators=accelerators,
        sites={row.site: row for row in case.sites},
        workloads={row.workload: row for row in case.workloads},
        expansions={row.expansion: row for row in case.expansions},
        routes={(row.programme, row.route): row for row in case.routes},
        acquisitions={row.acquisition: row for row in case.acquisitions},
        agreements={row.agreement: row for row in case.agreements},
        lags={(row.programme, row.route): _route_lags(case, row, calendar) for row in case.routes},
        prices={row.offer: _prices(case, row.offer, calendar) for row in case.offers},
        leads={row.offer: calendar.lag(row.lead_time_months) for row in case.offers},
        leads_on_arrival={row.offer: _leads(case, row, calendar) for row in case.offers},
        delivered={row.offer: _delivered(case, row, calendar) for row in case.offers},
        places={row.site: _places(case, row, calendar) for row in case.sites},
        delays={item: _delays(case, item, calendar) for item in dict.fromkeys(row.item for row in case.delays)},
        terms={row.offer: calendar.term(row.term_months) for row in case.offers},
        survival={row.accelerator: (1.0 - row.failure_rate_per_year) ** years for row in case.accelerators},
        demand={row.workload: _demand(case, row, calendar) for row in case.workloads},
        rates={
            (row.accelerator, row.workload): [
                _grown(row.queries_per_second, row.software_gain_per_year, calendar.years_since(row.as_of, t))
                for t in range(calendar.periods)
            ]
            for row in case.throughput
        },
        variable={(row.accelerator, row.workload): row.variable_usd_per_1000 for row in case.throughput},
        resale=_resale(case),
        capability={name: _capability(case, calendar, row) for name, row in accelerators.items()},
        late={
            (row.item, calendar.holding(row.period)): row.late for row in case.commitments if row.late and row.period
        },
        came={
            (state, row.item, calendar.holding(row.period)): calendar.holding(label)
            for row in case.commitments
            for state, label in (("closed", row.closed), ("", row.reached))
            if row.period and label
        },
        respins_paid={
            (row.item, calendar.holding(row.period)): row.respins_paid for row in case.commitments if row.respins_paid
        },
    )


def _route_lags(case: Case, route: Route, calendar: CheckCalendar) -> RouteLags:
    risk = case.settings.tape_out_risk
    share = {"expected": route.respin_probability, "optimistic": 0.0, "pessimistic": 1.0}[risk]
    rows = [(row.period, row.respins) for row in case.delays if row.item == route.programme]
    known = held(((period, number) for period, number in rows if number is not None), calendar)
    months = route.design_months + route.tape_out_to_volume_months + share * route.respin_months
    return RouteLags(
        tape_out=calendar.lag(route.design_months),
        ready_months=months,
        masks_musd=route.mask_set_musd + share * route.respin_cost_musd,
        respins=known,
        unplanned=[0.0 if number is None else number - share for number in known],
    )


def held(points: Iterable[tuple[str, Value]], calendar: CheckCalendar) -> list[Value | None]:
    """Returns what holds at the start of each period: the value of the last label begun; None before the first."""
    steps = sorted(((interval(label)[0], value) for label, value in points), key=lambda step: step[0])
    found: list[Value | None] = []
    for t in range(calendar.periods):
        begun = [value for month, value in steps if month <= calendar.start + t * calendar.months]
        found.append(begun[-1] if begun else None)
    return found


def _prices(case: Case, offer: str, calendar: CheckCalendar) -> list[float | None]:
    return held(((row.period, row.unit_price_usd) for row in case.prices if row.offer == offer), calendar)


def _leads(case: Case, offer: Offer, calendar: CheckCalendar) -> list[int]:
    rows = [(row.period, row.lead_time_months) for row in case.lead_times if row.offer == offer.offer]
    months = held(rows, calendar)
    return [calendar.lag(offer.lead_time_months if given is None else given) for given in months]


def _delivered(case: Case, offer: Offer, calendar: CheckCalendar) -> list[float]:
    rows = [(row.period, row.delivered_share) for row in case.lead_times if row.offer == offer.offer]
    return [1.0 if share is None else share for share in held(rows, calendar)]


def _places(case: Case, site: Site, calendar: CheckCalendar) -> list[SitePower]:
    series = held(((row.period, row) for row in case.site_series if row.site == site.site), calendar)
    return [_place(site, row) for row in series]


def _place(site: Site, row: SiteSeries | None) -> SitePower:
    if row is None:
        return SitePower(site.power_mw, 1.0, site.electricity_usd_per_mwh)
    power, price = row.power_mw, row.electricity_usd_per_mwh
    return SitePower(
        site.power_mw if power is None else power,
        row.available_share,
        site.electricity_usd_per_mwh if price is None else price,
    )


def _delays(case: Case, item: str, calendar: CheckCalendar) -> Delays:
    series = held(((row.period, row) for row in case.delays if row.item == item), calendar)
    fails = [row is not None and row.fails for row in series]
    return Delays([0.0 if row is None else row.months for row in series], list(accumulate(fails, lambda a, b: a or b)))


def _demand(case: Case, workload: Workload, calendar: CheckCalendar) -> list[float]:
    rows = [row for row in case.demand if row.workload == workload.workload]
    points = sorted((interval(row.period)[0], row.queries_per_day_million) for row in rows)
    per_million = QUERIES_PER_MILLION / SECONDS_PER_DAY * workload.peak_to_average
    months = [calendar.start + t * calendar.months for t in range(calendar.periods)]
    return [per_million * _between(points, month, case.settings.demand_interpolation) for month in months]


def _between(points: list[tuple[int, float]], month: int, way: str) -> float:
    before = [point for point in points if point[0] <= month]
    after = [point for point in points if point[0] > month]
    if not before:
        return 0.0
    left, low = before[-1]
    if not after or way == "step":
        return low
    right, high = after[0]
    share = (month - left) / (right - left)
    if way == "geometric":
        # The geometric mean with nothing is nothing.
        if low <= 0 or high <= 0:
            return low if share == 0 else 0.0
        return math.exp((1 - share) * math.log(low) + share * math.log(high))
    return low + share * (high - low)


def _resale(case: Case) -> dict[str, Curve]:
    found: dict[str, list[tuple[float, float]]] = {}
    for row in case.resale:
        found.setdefault(row.accelerator, []).append((row.age_years, row.fraction_of_reference_price))
    return {name: tuple(sorted(points)) for name, points in found.items()}


def _grown(value: float, yearly: float, years: float) -> float:
    return float(value * (1.0 + yearly) ** years)


def _capability(case: Case, calendar: CheckCalendar, accelerator: Accelerator) -> float:
    if accelerator.capability is not None:
        return accelerator.capability
    total = 0.0
    for workload in case.workloads:
        rates = [
            (row, _grown(row.queries_per_second, row.software_gain_per_year, calendar.years_since(row.as_of, 0)))
            for row in case.throughput
            if row.workload == workload.workload
        ]
        best = max((rate for _, rate in rates), default=0.0)
        own = [rate for row, rate in rates if row.accelerator == accelerator.accelerator]
        total += own[0] / best if own else 0.0
    return total / len(case.workloads)
