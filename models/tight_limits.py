"""What binds a plan: the amounts that people can ask more of, how much of each is used, and its price.

These are the amounts that the families tell of. A budget has at hand what earlier spans have handed on, a limit what
agreements and companies add, and a site the modules that are energised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.build import Model
from models.requirement import Amounts, Requirement
from models.solution import Solution

FULL = 0.98
"""An amount that is used from this share on is reported although more of it may be worth nothing."""
LEAST_PRICE = 1e-12
"""A price below this is none, USD million a unit."""
LEAST_AVAILABLE = 1e-9
"""Of an amount below this nothing is left, such as of a budget that was spent before the plan, but for rounding."""


@dataclass(frozen=True)
class TightLimit:
    """An amount that bounds the plan: what there is of it at a node, and what is used, in its own unit."""

    requirement: Requirement
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
        return self.used / self.available if self.available > LEAST_AVAILABLE else None

    @property
    def is_tight(self) -> bool:
        """True where more is worth something, or where it is nearly used up."""
        is_full = self.share is not None and self.share >= FULL
        return is_full or (self.price is not None and self.price > 0.0)


def tight_bounds(solution: Solution) -> list[TightLimit]:
    """Returns the amounts of the reported periods that have a price or are nearly used up, in table order."""
    reported = solution.model.frame.case.settings.periods
    return [bound for bound, first in _bounds(solution) if first < reported and bound.is_tight]


def _bounds(solution: Solution) -> Iterator[tuple[TightLimit, int]]:
    """Yields every amount with the period in which it begins."""
    for amounts in solution.model.amounts:
        # Money is rounded to the cent; of other things what is nearly 0 is 0.
        read = solution.money if amounts.requirement.is_money else solution.value
        used, available = read(amounts.used).ravel(), read(amounts.available).ravel()
        stated = _rows_of(solution.model, amounts)
        for cell in np.flatnonzero(amounts.is_bounded).tolist():
            row = stated.get(cell)
            futures = None if amounts.futures is None else amounts.futures[cell]
            found = TightLimit(
                amounts.requirement, amounts.items[cell], amounts.labels[cell], int(amounts.node[cell]), futures,
                amounts.unit(cell), row, _price(solution, row), float(used[cell]), float(available[cell]),
            )  # fmt: skip
            yield found, int(amounts.first[cell])


def _rows_of(model: Model, amounts: Amounts) -> dict[int, int]:
    """The program's row of each amount that has one."""
    found: dict[int, int] = {}
    for rows in model.builder.rows:
        if amounts.is_stated_by(rows.name, rows.axes):
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
