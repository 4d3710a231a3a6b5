"""What binds a plan: the amounts that people can ask more of, how much of each is used, and its price.

These are the amounts of budgets and limits, and the power of sites. A budget has at hand what earlier spans have handed
on, a limit what agreements and companies add, and a site the modules that are energised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.build import Model
from models.families.budgets import BUDGETS
from models.families.limits import LIMITS
from models.families.power import SITE_POWER
from models.solution import Solution

FULL = 0.98
"""An amount that is used from this share on is told although more of it may be worth nothing."""
LEAST_PRICE = 1e-12
"""A price below this is none, USD million a unit."""


@dataclass(frozen=True)
class Bound:
    """An amount that bounds the plan: what there is of it at a node, and what is used, in its own unit."""

    requirement: str
    item: str
    label: str
    """The span or period of the amount."""
    node: int
    futures: tuple[int, ...] | None
    """The futures that have it; None: all that pass through the node."""
    unit: str
    row: int | None
    """Its row in the program; None where nothing that is decided counts against it."""
    price: float | None
    """What the next small amount more saves, USD million a unit; None where that is not known."""
    used: float
    available: float

    @property
    def share(self) -> float | None:
        """What is used of what there is; None where there is nothing."""
        return self.used / self.available if self.available > 0 else None

    @property
    def is_tight(self) -> bool:
        """True where more is worth something, or where it is nearly used up."""
        is_full = self.share is not None and self.share >= FULL
        return is_full or (self.price is not None and self.price > 0.0)


def tight_bounds(solution: Solution) -> list[Bound]:
    """Returns the amounts of the reported periods that have a price or are nearly used up, in table order."""
    reported = solution.model.frame.case.settings.periods
    return [bound for bound, first in _bounds(solution) if first < reported and bound.is_tight]


def _bounds(solution: Solution) -> Iterator[tuple[Bound, int]]:
    """Yields every amount with the period in which it begins."""
    yield from _budgets(solution)
    yield from _limits(solution)
    yield from _power(solution)


def _budgets(solution: Solution) -> Iterator[tuple[Bound, int]]:
    model, tree = solution.model, solution.model.frame.tree
    for budget in model.budgets:
        spent = solution.money(budget.spent)
        stated = _rows_of(model, BUDGETS.rows, budget.axis)
        left: dict[tuple[int, int], float] = {}
        for i, (row, node) in enumerate(zip(budget.ends.row.tolist(), budget.ends.end.tolist(), strict=True)):
            span, carried = budget.rows[row], 0.0
            if budget.first_carried[row] < row:
                before = node
                while tree.period[before] >= span.first:
                    before = int(tree.parent[before])
                carried = left[row - 1, before]
            available = carried + float(budget.amount[i])
            left[row, node] = available - float(spent[i])
            if np.isfinite(budget.amount[i]):
                at = stated.get(i)
                price, used = _price(solution, at), float(spent[i])
                found = Bound(
                    BUDGETS.rows, budget.name, span.label, node, None, BUDGETS.unit, at, price, used, available
                )
                yield found, span.first


def _limits(solution: Solution) -> Iterator[tuple[Bound, int]]:
    model, tree = solution.model, solution.model.frame.tree
    limited = model.limits
    used, supply = solution.value(limited.used), solution.value(limited.supply)
    stated = _rows_of(model, LIMITS.rows, limited.axis)
    units = {row.limit: row.unit for case in model.frame.cases for row in case.limits}
    paths = [(int(tree.future[path[-1]]), set(path.tolist())) for path in tree.paths()]
    for i, (row, end) in enumerate(zip(limited.ends.row.tolist(), limited.ends.end.tolist(), strict=True)):
        given, at = limited.rows[row], stated.get(i)
        futures = tuple(future for future, path in paths if end in path and limited.has_row[future, row])
        if np.isfinite(limited.amount[i]) and futures:
            price, taken, there = _price(solution, at), float(used[i]), float(supply[i])
            unit = units.get(given.item, "")
            yield (
                Bound(LIMITS.rows, given.item, given.label, end, futures, unit, at, price, taken, there),
                given.first,
            )


def _power(solution: Solution) -> Iterator[tuple[Bound, int]]:
    model, frame = solution.model, solution.model.frame
    drawn, available = solution.value(model.power.drawn), solution.value(model.power.available)
    stated = _rows_of(model, SITE_POWER.rows, frame.site, frame.node)
    for s, n in np.argwhere(model.power.is_limited).tolist():
        period, at = int(frame.tree.period[n]), stated.get(s * len(frame.node) + n)
        site, label = frame.site.labels[s], frame.calendar.labels[period]
        price, used, there = _price(solution, at), float(drawn[s, n]), float(available[s, n])
        yield Bound(SITE_POWER.rows, site, label, n, None, SITE_POWER.unit, at, price, used, there), period


def _rows_of(model: Model, requirement: str, *axes: object) -> dict[int, int]:
    """The program's row of each cell of a requirement that has one."""
    found: dict[int, int] = {}
    for rows in model.builder.rows:
        same = len(rows.axes) == len(axes) and all(one is other for one, other in zip(rows.axes, axes, strict=True))
        if rows.name == requirement and same:
            found.update(zip(rows.cells.tolist(), range(rows.first, rows.first + len(rows.cells)), strict=True))
    return found


def _price(solution: Solution, row: int | None) -> float | None:
    """What the next small amount more of a row's bound saves; 0 without a row, None where no price is known."""
    prices = solution.outcome.prices
    if row is None:
        return 0.0
    if prices is None or np.isnan(prices[row]):
        return None
    return float(prices[row]) if prices[row] > LEAST_PRICE else 0.0
