"""Variances of a plan: what differs by price, volume, timing and mix, in each period and item, adding up exactly.

Standard-cost variances at planned prices (Horngren, Datar and Rajan, *Cost Accounting*, 15th edition, chapters 7 and
14), taken in this order:

    timing   of what is delivered or paid once: units (of an amount without units: USD million) planned for one period
             and received in another, at their planned price. Planned and received units are matched first in, first
             out; what is promised for later is timing too
    price    (actual price − planned price) × actual units
    volume   (actual units − planned units) × the mean planned price of the group
    mix      (actual units − planned units) × (planned price of the item − mean planned price of the group)

A group is a vendor and category with one unit. Units that were not planned are priced as `price_in` says, and where it
has no price all of their cost is volume. Amounts without units: what remains is price where the item has planned and
actual amounts, else volume.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.tracking.cost_items import CostItem, price_in

SERVICES = frozenset(("lease", "power", "maintenance", "variable", "carbon", "financing", "revenue"))
"""What is received all the time: nothing of one period is delivered in another."""
_LEAST = 1e-9
Group = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Variance:
    """One item in one period, USD million; price, volume, timing and mix add up to actual less planned."""

    period: str
    category: str
    vendor: str
    item: str
    unit: str
    planned_quantity: float | None
    actual_quantity: float | None
    planned_musd: float
    actual_musd: float
    price: float
    volume: float
    timing: float
    mix: float


@dataclass
class _Parts:
    """What is found of one item, by period."""

    price: list[float]
    quantity: list[float]
    timing: list[float]
    change: list[float]
    """Units beyond the plan, or short of it, that are no matter of timing."""
    price_of_change: float | None = None


def variances(items: Sequence[CostItem], labels: Sequence[str]) -> list[Variance]:
    """Returns the variances of every item and period that has a planned or actual amount."""
    means = _group_means(items)
    found = []
    for item in items:
        parts = _parts(item)
        group_mean, own_mean = means.get(_group(item)), _mean_price(item, parts)
        gap = 0.0 if group_mean is None or own_mean is None or not item.unit else own_mean - group_mean
        for at, label in enumerate(labels):
            planned, actual = item.planned.musd[at], item.actual.musd[at]
            counts = item.planned.quantity[at], item.actual.quantity[at]
            if max(abs(planned), abs(actual), *(counts if item.unit else (0.0,))) <= _LEAST * 1e-3:
                continue
            mix = parts.change[at] * gap
            found.append(
                Variance(
                    period=label, category=item.category, vendor=item.vendor, item=item.item, unit=item.unit,
                    planned_quantity=counts[0] if item.unit else None,
                    actual_quantity=counts[1] if item.unit else None,
                    planned_musd=planned, actual_musd=actual,
                    price=parts.price[at], volume=parts.quantity[at] - mix, timing=parts.timing[at], mix=mix,
                )
            )  # fmt: skip
    return found


def _group(item: CostItem) -> Group:
    return item.category, item.vendor, item.unit


def _group_means(items: Sequence[CostItem]) -> Mapping[Group, float]:
    """Returns the mean planned price of a unit of each group, USD million; none for one without planned units."""
    sums: dict[Group, tuple[float, float]] = {}
    for item in items:
        if item.unit:
            units, musd = sums.get(_group(item), (0.0, 0.0))
            sums[_group(item)] = units + sum(item.planned.quantity), musd + sum(item.planned.musd)
    return {group: musd / units for group, (units, musd) in sums.items() if units > _LEAST}


def _mean_price(item: CostItem, parts: _Parts) -> float | None:
    """Returns the mean planned price of an item; of one that was not planned the price that its units are given."""
    units = sum(item.planned.quantity)
    return sum(item.planned.musd) / units if units > _LEAST else parts.price_of_change


def _parts(item: CostItem) -> _Parts:
    if item.unit:
        return _service(item) if item.category in SERVICES else _delivered(item)
    if item.category in SERVICES:
        return _amounts_by_period(item)
    amounts = [*item.planned.musd, *item.actual.musd]
    if min(amounts) >= 0.0 or max(amounts) <= 0.0:
        return _amounts_once(item)
    return _amounts_by_period(item)


def _blank(item: CostItem) -> _Parts:
    count = len(item.planned.musd)
    return _Parts([0.0] * count, [0.0] * count, [0.0] * count, [0.0] * count)


def _service(item: CostItem) -> _Parts:
    """Quantities of a service: each period by itself."""
    parts = _blank(item)
    for at, actual in enumerate(item.actual.musd):
        planned, change = item.planned.musd[at], item.actual.quantity[at] - item.planned.quantity[at]
        price = price_in(item.planned, item.list_prices, at)
        if price is None:
            price = _own_price(item, at)
        parts.quantity[at] = change * price
        parts.price[at] = actual - planned - parts.quantity[at]
        parts.change[at] = change
        parts.price_of_change = price
    return parts


def _delivered(item: CostItem) -> _Parts:
    """Units that are delivered: matched with those of the plan, first in, first out."""
    parts = _blank(item)
    matches, short, beyond = matched_units(item.planned.quantity, item.actual.quantity)
    parts.price = list(item.actual.musd)
    for planned_at, actual_at, units in matches:
        value = units * item.planned.musd[planned_at] / item.planned.quantity[planned_at]
        parts.price[actual_at] -= value
        if planned_at != actual_at:
            parts.timing[actual_at] += value
            parts.timing[planned_at] -= value
    late = item.late
    for at, units in enumerate(short):
        planned_price = item.planned.musd[at] / item.planned.quantity[at] if units else 0.0
        waiting = min(late, units)
        late -= waiting
        parts.timing[at] -= waiting * planned_price
        parts.quantity[at] -= (units - waiting) * planned_price
        parts.change[at] -= units - waiting
    for at, units in enumerate(beyond):
        if units:
            price = price_in(item.planned, item.list_prices, at)
            if price is None:
                price = _own_price(item, at)
            parts.price[at] -= units * price
            parts.quantity[at] += units * price
            parts.change[at] += units
            parts.price_of_change = price
    return parts


def _own_price(item: CostItem, at: int) -> float:
    """Returns what a unit did cost, where nothing was planned that it could be compared with."""
    units = item.actual.quantity[at]
    return item.actual.musd[at] / units if units > _LEAST else 0.0


def _amounts_once(item: CostItem) -> _Parts:
    """Amounts without units that are paid once: matched as money; what remains is price, or volume of what is new."""
    parts = _blank(item)
    sign = -1.0 if min(*item.planned.musd, *item.actual.musd, 0.0) < 0.0 else 1.0
    planned, actual = ([sign * musd for musd in own] for own in (item.planned.musd, item.actual.musd))
    matches, short, beyond = matched_units(planned, actual)
    for planned_at, actual_at, amount in matches:
        if planned_at != actual_at:
            parts.timing[actual_at] += sign * amount
            parts.timing[planned_at] -= sign * amount
    rest = parts.price if sum(planned) > _LEAST and sum(actual) > _LEAST else parts.quantity
    for at, (less, more) in enumerate(zip(short, beyond, strict=True)):
        rest[at] += sign * (more - less)
    return parts


def _amounts_by_period(item: CostItem) -> _Parts:
    """Amounts without units, each period by itself."""
    parts = _blank(item)
    for at, (planned, actual) in enumerate(zip(item.planned.musd, item.actual.musd, strict=True)):
        rest = parts.price if abs(planned) > _LEAST and abs(actual) > _LEAST else parts.quantity
        rest[at] += actual - planned
    return parts


def matched_units(
    planned: Sequence[float], actual: Sequence[float]
) -> tuple[list[tuple[int, int, float]], list[float], list[float]]:
    """Returns matches of planned with actual units, first in, first out, and what remains of both by period.

    >>> matched_units([10, 0, 5], [0, 12, 0])
    ([(0, 1, 10), (2, 1, 2)], [0, 0, 3], [0, 0, 0])
    """
    short, beyond = list(planned), list(actual)
    matches = []
    for at, units in enumerate(beyond):
        for before in range(len(short)):
            taken = min(units, short[before])
            if taken > 0:
                matches.append((before, at, taken))
                short[before] -= taken
                units -= taken
        beyond[at] = units
    return matches, short, beyond
