"""Plausibility: quantities of different tables that do not fit each other, as they do not when a unit is wrong.

Everything here is a warning: a case may be meant so. Each names the value that another unit would mean.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from models.calendar import parse_span
from models.tables.fleet_rows import Accelerator, Demand, InputRow, Offer, Price, Throughput, Workload
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Acquisition, Agreement, Budget, Disruption, Route, ScenarioValue, Uncertain
from planner.case.checks_time import check_steps
from planner.case.context import Context, month_of
from planner.case.reachable_dates import prices_of
from planner.case.reachable_rows import ReachableRows
from planner.case.typed_rows import BEYOND, as_meant

SECONDS_OF_DAY = 86_400.0
HOURS_OF_YEAR = 8_760.0
UNITS_OF_SERVER = 8.0
USUAL_PRICE = (500.0, 5e6)
USUAL_RENT = (500.0, 2e5)
RENT_OVER_PRICE = (0.1, 2.0)
PRICE_OVER_REFERENCE = (0.2, 5.0)
YEARLY_OVER_PRICE = (1e-3, 2.0)
LEAST_USD_PER_KW = 6_000.0
SERVER_KW = 3.0
MOST_KW = 100.0
MUSD_PER_MW = (0.1, 100.0)
FIXED_MUSD_PER_MW = 20.0
LARGEST_RATIO = 100.0
POWER_OVER_NEED = 40.0
LARGEST_FACTOR = 10.0
PURCHASE_UNITS = (("USD thousand", 1e3), ("USD million", 1e6), ("cents", 0.01), ("USD for a server of 8", 1 / 8))
RENT_UNITS = (
    ("USD an hour", HOURS_OF_YEAR),
    ("USD a month", 12.0),
    ("USD thousand a year", 1e3),
    ("USD an hour for a server of 8", HOURS_OF_YEAR / UNITS_OF_SERVER),
    ("USD a year for a server of 8", 1 / UNITS_OF_SERVER),
    ("USD for a term of 3 years", 1 / 3),
)
RENT_UNITS_ALONE = (("USD an hour", HOURS_OF_YEAR), ("USD thousand a year", 1e3), ("USD a month", 12.0))
"""Where no price of the machine tells more."""
Units = Sequence[tuple[str, float]]
CHECK = "Check the unit of the two."


def question(value: float, units: Units, allowed: tuple[float, float], unit: str, *, most: int = 1) -> str:
    """Returns which other unit would make a value plausible, and the value that is meant then.

    >>> question(2.6, RENT_UNITS, (2_000, 50_000), "USD")
    'Is it in USD an hour? Then use 22,776 USD.'
    """
    fits = [(name, value * factor) for name, factor in units if allowed[0] <= value * factor <= allowed[1]]
    if not fits:
        return CHECK
    return " ".join(f"Is it in {name}? Then use {as_meant(meant)} {unit}." for name, meant in fits[:most])


def check_prices_fit(context: Context, reached: ReachableRows) -> None:
    """Prices are near the reference price, rents a part of the purchase price; without either, of an ordinary size."""
    prices = prices_of(context)
    bought: dict[str, list[float]] = {}
    for offer in context.of(Offer):
        if offer.kind == "buy":
            own = [row.unit_price_usd for row in prices.get(offer.offer, ()) if row.unit_price_usd > 0]
            bought.setdefault(offer.accelerator, []).extend(own)
    for offer in context.of(Offer):
        machine, paid = reached.machines.get(offer.accelerator), bought.get(offer.accelerator)
        new = machine.reference_price_usd if machine is not None else 0.0
        if offer.kind == "lease" and paid:
            new = statistics.median(paid)
        if not USUAL_PRICE[0] <= new <= USUAL_PRICE[1]:
            new = 0.0
        rows = prices.get(offer.offer, [])
        remedies = [_price_remedy(offer, row.unit_price_usd, new) for row in rows]
        odd = [row for row, remedy in zip(rows, remedies, strict=True) if remedy]
        if odd:
            context.warn_rows(odd, "unit_price_usd", _price_is(offer, odd[0], new), next(filter(None, remedies)))
        elif not new:
            check_steps(context, [(row, "unit_price_usd", row.unit_price_usd) for row in rows])


def check_rents_fit(context: Context, reached: ReachableRows) -> None:
    """Rents of running leases are a part of what their machine costs."""
    for lease in context.of(OpenLease):
        machine, rent = reached.machines.get(lease.accelerator), lease.rent_usd_per_unit_per_year
        new = machine.reference_price_usd if machine is not None else 0.0
        new = new if USUAL_PRICE[0] <= new <= USUAL_PRICE[1] else 0.0
        low, high = (RENT_OVER_PRICE[0] * new, RENT_OVER_PRICE[1] * new) if new else USUAL_RENT
        if rent and rent <= BEYOND and not low <= rent <= high:
            expected = f"is outside the usual {low:,.10g} to {high:,.10g} USD"
            if new:
                expected = f"is {rent / new:,.3g} times the reference price of {lease.accelerator}, {new:,.10g} USD"
            remedy = question(rent, RENT_UNITS if new else RENT_UNITS_ALONE, (low, high), "USD", most=2)
            context.warn(lease, "rent_usd_per_unit_per_year", expected, remedy)


def _price_is(offer: Offer, row: Price, new: float) -> str:
    if not new:
        low, high = USUAL_RENT if offer.kind == "lease" else USUAL_PRICE
        return f"is outside the usual {low:,.10g} to {high:,.10g} USD"
    what = "its reference price" if offer.kind == "buy" else "the price of one"
    kind = "a price" if offer.kind == "buy" else "a yearly rent"
    return f"as {kind} of {offer.accelerator} is {row.unit_price_usd / new:,.3g} times {what}, {new:,.10g} USD"


def _price_remedy(offer: Offer, value: float, new: float) -> str:
    """Returns the remedy of a price that is odd, or the empty text; `new` is what it is measured by, 0 for nothing."""
    is_lease = offer.kind == "lease"
    low, high = RENT_OVER_PRICE if is_lease else PRICE_OVER_REFERENCE
    allowed = (low * new, high * new) if new else USUAL_RENT if is_lease else USUAL_PRICE
    if not value or value > BEYOND or allowed[0] <= value <= allowed[1]:
        return ""
    units = PURCHASE_UNITS if not is_lease else RENT_UNITS if new else RENT_UNITS_ALONE
    return question(value, units, allowed, "USD", most=2)


def check_costs_fit(context: Context, _: ReachableRows) -> None:
    """What is paid for a unit beside its price is a part of it."""
    prices = prices_of(context)
    newest = {name: statistics.median(row.unit_price_usd for row in rows) for name, rows in prices.items()}
    for offer in context.of(Offer):
        if offer.kind == "buy":
            _check_share(context, offer, "integration_usd_per_unit", newest.get(offer.offer, 0.0))
    for machine in context.of(Accelerator):
        _check_share(context, machine, "maintenance_usd_per_year", machine.reference_price_usd)
    for order in context.of(OpenOrder):
        _check_share(context, order, "balance_usd_per_unit", newest.get(order.offer, 0.0))
    for contract in context.of(Agreement):
        named = [
            newest[row.offer] for row in context.of(Offer) if contract.agreement in row.requires and row.offer in newest
        ]
        _check_share(context, contract, "shortfall_usd_per_unit", max(named, default=0.0))


def _check_share(context: Context, row: InputRow, column: str, price: float) -> None:
    value = getattr(row, column)
    low, high = YEARLY_OVER_PRICE[0] * price, YEARLY_OVER_PRICE[1] * price
    if value and price >= USUAL_PRICE[0] and not low <= value <= high:
        expected = f"is {value / price:,.3g} times the price of a unit, {price:,.10g} USD"
        context.warn(row, column, expected, question(value, PURCHASE_UNITS[:3], (10 * low, high), "USD"))


def check_machines_power(context: Context, _: ReachableRows) -> None:
    """Machines draw what their price lets expect."""
    for machine in context.of(Accelerator):
        price = machine.reference_price_usd
        if SERVER_KW <= machine.it_kw <= MOST_KW and 0 < price < LEAST_USD_PER_KW * machine.it_kw:
            expected = f"is high for an accelerator of {price:,.10g} USD"
            meant = as_meant(machine.it_kw / UNITS_OF_SERVER)
            context.warn(machine, "it_kw", expected, f"Is it that of a server of 8 units? Then use {meant} kW.")


def check_sites_fit(context: Context, reached: ReachableRows) -> None:
    """Sites hold what stands there, have not many times the power of all work, and cost what power does."""
    needed = _power_of_all_work(context, reached)
    owned, leased = (_megawatts(reached, context.of(kind)) for kind in (OpeningFleet, OpenLease))
    for site in context.of(Site):
        megawatts = site.power_mw
        if not megawatts:
            continue
        leases, cohorts = leased.get(site.site, 0.0), owned.get(site.site, 0.0)
        drawn = (leases + cohorts) * site.pue
        if drawn > megawatts * (1 + 1e-9):
            fleet = "opening fleet" if not leases else "opening fleet, leases included," if cohorts else "leased fleet"
            expected = f"is less than the {drawn:,.6g} MW that the {fleet} there draws"
            remedy = question(megawatts, (("GW", 1e3),), (drawn, drawn * LARGEST_RATIO), "MW")
            if remedy == CHECK:
                remedy = "Check it, its units and it_kw; otherwise part of the fleet is idle."
            context.warn(site, "power_mw", expected, remedy)
        elif needed and megawatts > POWER_OVER_NEED * max(needed, drawn):
            expected = f"is far more than about {needed:,.4g} MW, which all workloads ever need"
            remedy = question(megawatts, (("kW", 1e-3), ("W", 1e-6)), (drawn, needed + drawn), "MW")
            context.warn(site, "power_mw", expected, f"{remedy} Leave it blank for no limit.")
        yearly = site.fixed_musd_per_year
        if yearly > FIXED_MUSD_PER_MW * megawatts:
            expected = f"is {yearly / megawatts:,.4g} USD million a year for each MW"
            allowed = (0.001 * megawatts, FIXED_MUSD_PER_MW * megawatts)
            remedy = question(yearly, (("USD thousand", 1e-3), ("USD", 1e-6)), allowed, "USD million a year")
            context.warn(site, "fixed_musd_per_year", expected, remedy)


def _megawatts(reached: ReachableRows, rows: Sequence[OpeningFleet | OpenLease]) -> dict[str, float]:
    """Returns what the machines of these rows draw by site, before the losses of the site."""
    found: dict[str, float] = {}
    for row in rows:
        found[row.site] = found.get(row.site, 0.0) + row.units * reached.machines[row.accelerator].it_kw / 1e3
    return found


def _power_of_all_work(context: Context, reached: ReachableRows) -> float:
    """Returns about how many MW all work takes at its peak, by the middle one of the machines that can do it."""
    most: dict[str, float] = {}
    for row in context.of(Demand):
        most[row.workload] = max(most.get(row.workload, 0.0), row.queries_per_day_million * 1e6 / SECONDS_OF_DAY)
    each: dict[str, list[float]] = {}
    for rate in context.of(Throughput):
        machine = reached.machines[rate.accelerator]
        each.setdefault(rate.workload, []).append(machine.it_kw / (rate.queries_per_second * machine.utilisation))
    return math.fsum(
        most.get(row.workload, 0.0) * row.peak_to_average * statistics.median(each[row.workload]) / 1e3
        for row in context.of(Workload)
        if row.workload in each
    )


def check_modules_fit(context: Context, _: ReachableRows) -> None:
    """Modules cost what power does."""
    for row in context.of(Expansion):
        cost = row.cost_musd_per_module / row.module_mw
        if not cost or MUSD_PER_MW[0] <= cost <= MUSD_PER_MW[1]:
            continue
        units = (("USD thousand", 1e-3), ("USD", 1e-6), ("USD billion", 1e3), ("USD million a MW", row.module_mw))
        allowed = (MUSD_PER_MW[0] * row.module_mw, MUSD_PER_MW[1] * row.module_mw)
        remedy = question(row.cost_musd_per_module, units, allowed, "USD million")
        in_kw = cost * 1e3
        if MUSD_PER_MW[0] <= in_kw <= MUSD_PER_MW[1]:
            remedy = f"Is module_mw in kW? Then use {as_meant(row.module_mw / 1e3)} MW there. {remedy}"
        context.warn(row, "cost_musd_per_module", f"is {cost:,.4g} USD million for a MW", remedy)


def check_factors(context: Context, _: ReachableRows) -> None:
    """Factors of disruptions, scenarios and uncertain inputs are no percentages."""
    cells: list[tuple[InputRow, str, str]] = [(row, "value", row.effect) for row in context.of(Disruption)]
    cells += [(row, "value", row.effect) for row in context.of(ScenarioValue)]
    cells += [
        (row, f"p{at}", row.effect)
        for row in context.of(Uncertain)
        for at in (1, 2, 3)
        if row.distribution in ("uniform", "triangular", "discrete")
    ]
    for row, column, effect in cells:
        value = getattr(row, column)
        if effect == "multiply" and value is not None and value >= LARGEST_FACTOR:
            expected = "is an unusually large factor"
            remedy = f"Is it in per cent? Then use {value / 100:.6g}, or {1 + value / 100:.6g} for so much more."
            context.warn(row, column, expected, remedy)


def check_budgets_fit(context: Context, reached: ReachableRows) -> None:
    """A budget holds what is already owed in its span, and what it counts can be paid from it at all."""
    named: dict[str, list[Budget]] = {}
    for row in context.of(Budget):
        named.setdefault(row.budget, []).append(row)
    for rows in named.values():
        if any(row.amount_musd is None for row in rows):
            continue
        categories = set(rows[0].categories)
        total = math.fsum(row.amount_musd or 0.0 for row in rows)
        _check_owed(context, reached, rows, categories)
        for item, column, category, amount in _single_costs(context):
            if amount > total and (category in categories or "all" in categories):
                expected = f"exceeds the whole budget {rows[0].budget}, {total:,.10g} USD million"
                remedy = question(amount, (("USD thousand", 1e-3), ("USD", 1e-6)), (0.05, total), "USD million")
                if remedy == CHECK:
                    remedy = "Check its unit and that of the budget; otherwise it can never be paid."
                context.warn(item, column, expected, remedy)


def _single_costs(context: Context) -> Iterable[tuple[InputRow, str, str, float]]:
    for route in context.of(Route):
        yield route, "design_cost_musd", "tape_out", route.design_cost_musd
        yield route, "mask_set_musd", "tape_out", route.mask_set_musd
    for company in context.of(Acquisition):
        yield company, "price_musd", "acquisition", company.price_musd
    for contract in context.of(Agreement):
        yield contract, "prepayment_musd", "agreement", contract.prepayment_musd
    for row in context.of(Expansion):
        yield row, "cost_musd_per_module", "expansion", row.cost_musd_per_module


def _check_owed(context: Context, reached: ReachableRows, rows: list[Budget], categories: set[str]) -> None:
    """Warns of the first span of a budget that is below what is owed in it already."""
    calendar = reached.calendar
    first = min(rows, key=lambda row: parse_span(row.span))
    begin, end = parse_span(first.span)
    periods = range(calendar.period_of_month(begin), calendar.period_of_month(end - 1) + 1)
    owed = 0.0
    parts: list[str] = []
    if categories & {"all", "hardware"}:
        due = [row for row in context.of(OpenOrder) if calendar.period_at(row.due) in periods]
        balance = math.fsum(row.units * row.balance_usd_per_unit / 1e6 + row.balance_musd for row in due)
        owed, parts = owed + balance, [*parts, *(["open orders"] if balance else [])]
    if categories & {"all", "lease"}:
        rents = math.fsum(_rent(lease, begin, end) for lease in context.of(OpenLease))
        owed, parts = owed + rents, [*parts, *(["running leases"] if rents else [])]
    if categories & {"all", "maintenance"}:
        fixed = math.fsum(row.fixed_musd_per_year for row in context.of(Site)) * (end - begin) / 12
        owed, parts = owed + fixed, [*parts, *(["fixed costs of sites"] if fixed else [])]
    amount = first.amount_musd or 0.0
    if parts and owed > amount * (1 + 1e-9):
        expected = f"is below the {owed:,.6g} USD million already due in {first.span} ({' and '.join(parts)})"
        units = (("USD billion", 1e3), ("USD thousand", 1e-3), ("USD", 1e-6))
        remedy = question(amount, units, (owed, owed * LARGEST_RATIO), "USD million")
        if remedy == CHECK:
            remedy = "Raise it, or check the unit of the balances."
        context.warn(first, "amount_musd", expected, remedy)


def _rent(lease: OpenLease, begin: int, end: int) -> float:
    """Returns what a running lease costs from a month to before another, USD million."""
    months = max(0, min(end, month_of(lease.ends)) - begin)
    return lease.units * lease.rent_usd_per_unit_per_year * months / 12 / 1e6
