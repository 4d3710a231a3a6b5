"""What is compared: the planned and the actual series of each item, and what has no actuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.case import Case
from models.tables.actual_rows import PAID_CATEGORIES
from planner.results.path_rows import PathRows
from planner.tracking.actual_amounts import ActualAmounts, actual_amounts, has_deliveries
from planner.tracking.actuals_reading import Actuals
from planner.tracking.amount_series import MUSD, AmountSeries, SeriesByItem, vendors_of
from planner.tracking.compared_periods import ComparedPeriods
from planner.tracking.planned_amounts import HARDWARE, LEASE, POWER, RESALE, list_price, planned_amounts

UNITS = {HARDWARE: "units", LEASE: "unit-years", POWER: "MWh", RESALE: "units"}
"""What a quantity is of."""
SEVERAL = "several"
_LEAST = 1e-9


@dataclass(frozen=True, kw_only=True)
class CostItem:
    """Planned and actual amounts of one item, USD million, with quantities where `unit` is not blank.

    `late` are units that are promised for later and were planned for the compared periods. `list_prices` are those of
    the price list by period, USD million; None where there is none.
    """

    category: str
    vendor: str
    item: str
    unit: str
    planned: AmountSeries
    actual: AmountSeries
    late: float = 0.0
    list_prices: tuple[float | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """A category: whether it is compared, what is planned in the compared periods, and how many rows there are."""

    category: str
    is_compared: bool
    planned_musd: float
    rows: int
    basis: str


@dataclass(frozen=True)
class ComparedCosts:
    """Everything that is compared, and what is not."""

    items: tuple[CostItem, ...]
    coverage: tuple[Coverage, ...]
    actual: ActualAmounts


def compared_costs(actuals: Actuals, case: Case, rows: PathRows, periods: ComparedPeriods) -> ComparedCosts:
    """Returns the items of every category of which there are actuals in the compared periods."""
    by_value = has_deliveries(actuals, case)
    planned = planned_amounts(case, rows, periods, by_value=by_value)

    def planned_price(offer: str, at: int) -> float | None:
        prices = _listed(case, offer, periods)
        found = price_in(planned.get((HARDWARE, offer)), prices, at)
        return None if found is None else found / MUSD

    actual = actual_amounts(actuals, case, periods, planned_price)
    given = {category for category, _ in actual.series}
    for category in {category for category, item in actual.series if not item}:
        _pool(planned, category)
    keys = [key for key in dict.fromkeys([*planned, *actual.series]) if key[0] in given]
    keys.sort(key=lambda key: (PAID_CATEGORIES.index(key[0]), key[1]))
    late = _late_units(actuals, periods) if by_value else {}
    items = tuple(_cost_item(key, planned, actual.series, case, late.get(key[1], 0.0)) for key in keys)
    return ComparedCosts(items, tuple(_coverage(planned, actual.series, by_value=by_value)), actual)


def _pool(planned: SeriesByItem, category: str) -> None:
    """Makes one series of all items of a category, of which the actuals name no items."""
    own = [key for key in planned if key[0] == category]
    if not own:
        return
    series = [planned.pop(key) for key in own]
    whole = planned.of(category, "")
    whole.has_quantity = False
    for one in series:
        whole.musd = [a + b for a, b in zip(whole.musd, one.musd, strict=True)]


def _cost_item(key: tuple[str, str], planned: SeriesByItem, actual: SeriesByItem, case: Case, late: float) -> CostItem:
    category, item = key
    own, other = planned.of(*key), actual.of(*key)
    has_quantity = own.has_quantity and other.has_quantity and category in UNITS and item != ""
    named = list(other.vendors)
    vendor = vendors_of(case).get(item) or (named[0] if len(named) == 1 else SEVERAL if named else "")
    return CostItem(
        category=category,
        vendor=vendor,
        item=item,
        unit=UNITS[category] if has_quantity else "",
        planned=own,
        actual=other,
        late=late if category == HARDWARE else 0.0,
        list_prices=_listed(case, item, planned.periods),
    )


def _listed(case: Case, item: str, periods: ComparedPeriods) -> tuple[float | None, ...]:
    found = [list_price(case, item, label) for label in periods.labels]
    return tuple(None if price is None else price * MUSD for price in found)


def price_in(planned: AmountSeries | None, listed: Sequence[float | None], at: int) -> float | None:
    """Returns the planned price of a unit in a period, USD million.

    It is that of the units planned there; else of the last before, of the first after, and then of the price list.
    """
    if planned is not None:
        order = [at, *range(at - 1, -1, -1), *range(at + 1, len(planned.musd))]
        for period in order:
            if planned.quantity[period] > _LEAST:
                price: float = planned.musd[period] / planned.quantity[period]
                return price
    return listed[at] if listed else None


def _late_units(actuals: Actuals, periods: ComparedPeriods) -> dict[str, float]:
    """Returns the units of each offer that are not delivered yet, or were after the compared periods."""
    found: dict[str, float] = {}
    for row in actuals.deliveries:
        if row.period is None:
            found[row.offer] = found.get(row.offer, 0.0) + (row.units_promised or 0.0)
        elif periods.position(row.period) is None and row.promised is not None:
            is_due = periods.position(row.promised) is not None
            found[row.offer] = found.get(row.offer, 0.0) + (row.units if is_due else 0.0)
    return found


def _coverage(planned: SeriesByItem, actual: SeriesByItem, *, by_value: bool) -> list[Coverage]:
    found = []
    for category in PAID_CATEGORIES:
        own = [series for (name, _), series in planned.items() if name == category]
        rows = sum(series.rows for (name, _), series in actual.items() if name == category)
        total = sum(sum(series.musd) for series in own)
        if rows or abs(total) > _LEAST:
            is_value = category == HARDWARE and by_value
            basis = "purchase value of units delivered" if is_value else "amounts charged"
            found.append(Coverage(category=category, is_compared=rows > 0, planned_musd=total, rows=rows, basis=basis))
    return found
