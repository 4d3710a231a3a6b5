"""What a plan has by category, item and period: purchase value of arriving units, and costs with their quantities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.calendar import parse_label
from models.case import Case
from models.frame import HOURS_OF_YEAR
from models.tables.actual_rows import ITEMS, PAID_CATEGORIES
from planner.results.kept_orders import cancelled_before, units_kept
from planner.results.loaded_run import LoadedRun
from planner.results.path_rows import PathRows, rows_by_scenario
from planner.results.table import Cell
from planner.tracking.actuals_checks import names_of
from planner.tracking.amount_series import MUSD, SeriesByItem
from planner.tracking.compared_periods import ComparedPeriods

USED = (
    "costs", "arrivals", "orders", "leases", "lease_changes", "power", "sales", "service", "fleet", "tape_outs",
    "acquisitions", "agreements", "expansions", "cancellations",
)  # fmt: skip
HARDWARE, LEASE, POWER, RESALE = "hardware", "lease", "power", "resale"
_ENDS = "/:@ "
_LEAST = 1e-9


def path_of_plan(loaded: LoadedRun, scenario: str) -> dict[str, PathRows]:
    """Returns the rows of the plan by scenario: all scenarios, or the one that is named."""
    found = rows_by_scenario(loaded, USED)
    return {scenario: found[scenario]} if scenario in found else found


def number(cell: Cell) -> float:
    """Returns a cell as a number, 0 for a blank one."""
    return float(cell) if isinstance(cell, int | float) else 0.0


def planned_amounts(case: Case, rows: PathRows, periods: ComparedPeriods, *, by_value: bool) -> SeriesByItem:
    """Returns what a plan has in each compared period.

    With `by_value` hardware is the purchase value of units that arrive, else what is paid for it.
    """
    found = SeriesByItem(periods)
    names = _names(case)
    items: dict[str, str] = {}
    for row in rows["costs"]:
        category, period = str(row["category"]), str(row["period"])
        if category not in PAID_CATEGORIES or period == "end" or (by_value and category == HARDWARE):
            continue
        line = str(row["line"])
        item = items[line] if line in items else items.setdefault(line, item_of(line, names))
        found.spread((category, item), period, number(row["musd"]), None)
    if by_value:
        for offer, period, units, musd in purchase_values(case, rows):
            found.spread((HARDWARE, offer), period, musd, units)
    _set_quantities(found, LEASE, leased_unit_years(rows, periods))
    _set_quantities(found, POWER, used_mwh(rows, periods))
    _set_quantities(found, RESALE, _sold(rows, periods))
    return found


def _set_quantities(found: SeriesByItem, category: str, quantities: Mapping[str, Sequence[float]]) -> None:
    """Gives the series of a category their quantities, where they have some in every period that has money."""
    for (own, item), series in found.items():
        if own != category or item not in quantities:
            continue
        series.quantity = list(quantities[item])
        series.has_quantity = all(
            count > _LEAST or abs(musd) < _LEAST for count, musd in zip(series.quantity, series.musd, strict=True)
        )


def _names(case: Case) -> list[str]:
    """Returns the names of items, longest first, so that none is taken for another that it begins with."""
    return sorted({name for table in ITEMS for name in names_of(case, table)}, key=len, reverse=True)


def item_of(line: str, names: Iterable[str]) -> str:
    """Returns the item that a line of costs is about; the line itself where it names none.

    >>> item_of("design chip/in_house", ["chip"]), item_of("units h100_list", ["h100", "h100_list"])
    ('chip', 'h100_list')
    """
    for name in names:
        before, found, after = line.partition(f" {name}")
        if found and before and (not after or after[0] in _ENDS):
            return name
    return line


def purchase_values(case: Case, rows: PathRows) -> list[tuple[str, str, float, float]]:
    """Returns offer, period, units and value (USD million) of arriving purchases; the order due first arrives first.

    The price of units ordered before the plan is what was paid and their balance; where it is not known what was paid,
    their balance over what the deposit leaves; the first price of the offer where there is no balance.
    """
    bought = {row.offer: row for row in case.offers if row.kind == "buy"}
    waiting: dict[str, list[tuple[tuple[int, int, int], float, float]]] = {offer: [] for offer in bought}
    kept = units_kept(case, cancelled_before(case, rows["cancellations"]))
    for row, units in zip(case.open_orders, kept, strict=True):
        if row.offer in bought:
            left = 1.0 - bought[row.offer].deposit_share
            price = row.balance_usd_per_unit / left if left > _LEAST and row.balance_usd_per_unit else None
            if row.paid_usd_per_unit:
                price = row.paid_usd_per_unit + row.balance_usd_per_unit
            price = list_price(case, row.offer, row.due) if price is None else price
            waiting[row.offer].append(((parse_label(row.due)[0], -1, 0), units, (price or 0.0) * MUSD))
    for at, order in enumerate(rows["orders"]):
        units = number(order["units"])
        if order["offer"] in bought and units > _LEAST:
            due, placed = parse_label(str(order["due"]))[0], parse_label(str(order["period"]))[0]
            come = number(order["arriving_units"])
            waiting[str(order["offer"])].append(((due, placed, at), come, number(order["invoice_musd"]) / units))
    found = []
    for offer, batches in waiting.items():
        batches.sort()
        came: dict[str, float] = {}
        for arrival in rows["arrivals"]:
            if arrival["offer"] == offer:
                came[str(arrival["period"])] = came.get(str(arrival["period"]), 0.0) + number(arrival["units"])
        found += [(offer, *value) for value in _values(came, [(units, price) for _, units, price in batches])]
    return found


def _values(came: Mapping[str, float], batches: list[tuple[float, float]]) -> Iterable[tuple[str, float, float]]:
    """Yields period, units and value of what came, from batches of units and price in their order."""
    queue, price = list(batches), 0.0
    for period in sorted(came, key=lambda label: parse_label(label)[0]):
        left, value = came[period], 0.0
        while left > _LEAST and queue:
            units, price = queue[0]
            taken = min(left, units)
            value += taken * price
            left -= taken
            queue[0] = units - taken, price
            if queue[0][0] <= _LEAST:
                queue.pop(0)
        yield period, came[period], value + left * price


def list_price(case: Case, offer: str, label: str) -> float | None:
    """Returns the price of an offer in USD in the first month of a label; its first where that is later."""
    known = sorted((parse_label(row.period)[0], row.unit_price_usd) for row in case.prices if row.offer == offer)
    if not known:
        return None
    month = parse_label(label)[0]
    return next((price for start, price in reversed(known) if start <= month), known[0][1])


def leased_unit_years(rows: PathRows, periods: ComparedPeriods) -> dict[str, list[float]]:
    """Returns the unit-years in term of each lease: units × years, less what left early."""
    found: dict[str, list[float]] = {}
    ends: dict[tuple[Any, ...], int] = {}
    for row in rows["leases"]:
        first = parse_label(str(row["begins"]))[0] if row["begins"] else periods.start
        last = sum(parse_label(str(row["ends"])))
        ends[row["contract"], row["site"], row["term"], row["begins"]] = last
        _add_unit_years(found, periods, str(row["contract"]), (first, last), number(row["units"]))
    for row in rows["lease_changes"]:
        if row["verb"] == "leave":
            first = parse_label(str(row["effective"]))[0]
            last = ends.get((row["contract"], row["site"], row["term"], row["begun"]), first)
            _add_unit_years(found, periods, str(row["contract"]), (first, last), -number(row["units"]))
    return found


def _add_unit_years(
    found: dict[str, list[float]], periods: ComparedPeriods, name: str, months: tuple[int, int], units: float
) -> None:
    series = found.setdefault(name, [0.0] * periods.count)
    for at in range(periods.count):
        begin = periods.start + at * periods.months
        inside = min(months[1], begin + periods.months) - max(months[0], begin)
        series[at] += units * max(inside, 0) / 12


def used_mwh(rows: PathRows, periods: ComparedPeriods) -> dict[str, list[float]]:
    """Returns the electricity of each site, MWh: the power drawn × the hours of a year."""
    found: dict[str, list[float]] = {}
    for row in rows["power"]:
        series = found.setdefault(str(row["site"]), [0.0] * periods.count)
        for at, share in periods.shares(str(row["period"])):
            series[at] += number(row["drawn_mw"]) * HOURS_OF_YEAR * periods.calendar.delta * share
    return found


def _sold(rows: PathRows, periods: ComparedPeriods) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for row in rows["sales"]:
        if abs(number(row["musd"])) > 0:
            series = found.setdefault(str(row["accelerator"]), [0.0] * periods.count)
            for at, share in periods.shares(str(row["period"])):
                series[at] += number(row["units"]) * share
    return found
