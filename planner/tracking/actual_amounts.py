"""What was received and charged by category, item and period, and what of it is not compared and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.case import Case
from models.tables.actual_rows import BILL_COLUMNS, SOLD, BillItem
from planner.tracking.actuals_reading import Actuals
from planner.tracking.amount_series import MUSD, SeriesByItem, vendors_of
from planner.tracking.compared_periods import ComparedPeriods
from planner.tracking.focus_bills import Bill
from planner.tracking.planned_amounts import HARDWARE, POWER, RESALE, list_price

PlannedPrice = Callable[[str, int], float | None]
"""The planned price of a unit of an offer in a compared period, USD; None where it has none."""
DELIVERED = "deliveries have what was bought"
METERED = "power_used has what was paid"
PROCEEDS = "fleet_changes have what was received"
UNMAPPED = "no row of bill_items names it"
LATER = "lies after the compared periods"


@dataclass(frozen=True)
class LeftOut:
    """A row that is not compared: where it stands, what it is, its amount (USD million) and why."""

    place: str
    what: str
    period: str
    musd: float
    why: str


@dataclass
class ActualAmounts:
    """Series by category and item, what is left out, and the rows whose price is taken from the plan."""

    series: SeriesByItem
    left_out: list[LeftOut]
    assumed_prices: int = 0
    crossing: int = 0
    """Charges of bills that reach beyond the compared period in which they begin."""


def has_deliveries(actuals: Actuals, case: Case) -> bool:
    """Returns whether hardware is compared by what was delivered."""
    bought = {row.offer for row in case.offers if row.kind == "buy"}
    return any(row.offer in bought for row in actuals.deliveries)


def actual_amounts(
    actuals: Actuals, case: Case, periods: ComparedPeriods, planned_price: PlannedPrice
) -> ActualAmounts:
    """Returns what was received and charged in each compared period; whatever is not counted is listed."""
    found = ActualAmounts(SeriesByItem(periods), [])
    superseded: dict[str, str] = {}
    if has_deliveries(actuals, case):
        superseded[HARDWARE] = DELIVERED
        _add_deliveries(found, actuals, case, planned_price)
    if any(row.change == SOLD for row in actuals.fleet_changes):
        superseded[RESALE] = PROCEEDS
        for index, change in enumerate(actuals.fleet_changes):
            at = periods.position(change.period)
            if change.change != SOLD:
                continue
            if at is None:
                place = actuals.cite("fleet_changes", index)
                found.left_out.append(LeftOut(place, RESALE, change.period, -change.proceeds_musd, LATER))
                continue
            found.series.of(RESALE, change.accelerator).add(at, -change.proceeds_musd, change.units)
    if any(row.cost_musd is not None for row in actuals.power_used):
        superseded[POWER] = METERED
        _add_power(found, actuals)
    _add_payments(found, actuals, superseded)
    _add_bills(found, actuals, superseded)
    if POWER not in superseded:
        _meter(found, actuals)
    for (_, item), series in found.series.items():
        if not series.vendors and (vendor := vendors_of(case).get(item)):
            series.vendors[vendor] = None
    return found


def _add_deliveries(found: ActualAmounts, actuals: Actuals, case: Case, planned_price: PlannedPrice) -> None:
    bought = {row.offer for row in case.offers if row.kind == "buy"}
    for index, row in enumerate(actuals.deliveries):
        if row.period is None or row.offer not in bought:
            continue
        at = found.series.periods.position(row.period)
        price = row.unit_price_usd
        if at is None:
            price = list_price(case, row.offer, row.period) if price is None else price
            value = row.units * (price or 0.0) * MUSD
            place = actuals.cite("deliveries", index)
            found.left_out.append(LeftOut(place, f"{HARDWARE} {row.offer}", row.period, value, LATER))
            continue
        if price is None:
            price = planned_price(row.offer, at)
            found.assumed_prices += 1
        found.series.of(HARDWARE, row.offer).add(at, row.units * (price or 0.0) * MUSD, row.units)


def _add_power(found: ActualAmounts, actuals: Actuals) -> None:
    for index, row in enumerate(actuals.power_used):
        at, place = found.series.periods.position(row.period), actuals.cite("power_used", index)
        if row.cost_musd is None:
            found.left_out.append(LeftOut(place, f"{POWER} {row.site}", row.period, 0.0, "what it cost is not known"))
        elif at is None:
            found.left_out.append(LeftOut(place, f"{POWER} {row.site}", row.period, row.cost_musd, LATER))
        else:
            found.series.of(POWER, row.site).add(at, row.cost_musd, row.mwh)


def _meter(found: ActualAmounts, actuals: Actuals) -> None:
    """Gives what was paid for power the electricity that was used, where no payment says how much it was for."""
    used: dict[str, list[float]] = {}
    for row in actuals.power_used:
        at = found.series.periods.position(row.period)
        mwh = used.setdefault(row.site, [0.0] * found.series.periods.count)
        if at is not None:
            mwh[at] += row.mwh
    for (category, item), series in found.series.items():
        if category == POWER and item in used and not any(series.quantity):
            series.quantity, series.has_quantity = used[item], True


def _add_payments(found: ActualAmounts, actuals: Actuals, superseded: Mapping[str, str]) -> None:
    whole = {row.category for row in actuals.payments if not row.item}
    whole |= {row.category for row in actuals.bill_items if not row.item}
    for index, row in enumerate(actuals.payments):
        at, place = found.series.periods.position(row.period), actuals.cite("payments", index)
        what = f"{row.category} {row.item or row.vendor}"
        if row.category in superseded or at is None:
            why = superseded.get(row.category, LATER)
            found.left_out.append(LeftOut(place, what, row.period, row.amount_musd, why))
            continue
        series = found.series.of(row.category, "" if row.category in whole else row.item)
        series.add(at, row.amount_musd, None if row.category in whole else row.quantity)
        if row.vendor:
            series.vendors[row.vendor] = None


def _add_bills(found: ActualAmounts, actuals: Actuals, superseded: Mapping[str, str]) -> None:
    known = {(row.column, row.key): row for row in actuals.bill_items}
    whole = {row.category for row in actuals.payments if not row.item}
    whole |= {row.category for row in actuals.bill_items if not row.item}
    for bill in actuals.bills:
        at, place = found.series.periods.position(bill.period), f"{bill.file} row {bill.row}"
        item = item_of_bill(bill, known)
        if item is None or item.category in superseded or at is None:
            why = UNMAPPED if item is None else superseded.get(item.category, LATER)
            shown = next((f"{name} {values[0]}" for name, values in bill.identifiers.items()), bill.provider)
            found.left_out.append(LeftOut(place, shown, bill.period, bill.effective_musd, why))
            continue
        found.crossing += found.series.periods.position(bill.last) != at
        quantity = None
        if bill.quantity is not None and item.units_per_quantity is not None and item.category not in whole:
            quantity = bill.quantity * item.units_per_quantity
        series = found.series.of(item.category, "" if item.category in whole else item.item)
        series.add(at, bill.effective_musd, quantity)
        if item.vendor or not item.item:
            series.vendors[item.vendor or bill.provider] = None


def item_of_bill(bill: Bill, known: Mapping[tuple[str, str], BillItem]) -> BillItem | None:
    """Returns what a charge is for: the row for the first of its identifiers that is named; None without any."""
    for column in BILL_COLUMNS:
        for value in bill.identifiers.get(column, ()):
            if (column, value) in known:
                return known[column, value]
    return None
