"""Amounts of what a plan or its actuals have by category and item, in each compared period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.case import Case
from planner.tracking.compared_periods import ComparedPeriods

Key = tuple[str, str]
"""Category and item."""
MUSD = 1e-6
"""USD million in a dollar."""


@dataclass
class AmountSeries:
    """Money in USD million and the quantity that it is for, by period; `has_quantity` is false where not known."""

    musd: list[float]
    quantity: list[float]
    has_quantity: bool = True
    vendors: dict[str, None] = field(default_factory=dict)
    rows: int = 0

    def add(self, at: int, musd: float, quantity: float | None) -> None:
        """Adds an amount to a period."""
        self.musd[at] += musd
        if quantity is None:
            self.has_quantity = False
        else:
            self.quantity[at] += quantity
        self.rows += 1


class SeriesByItem(dict[Key, AmountSeries]):
    """Series by category and item, which begin when something is added to them."""

    def __init__(self, periods: ComparedPeriods) -> None:
        super().__init__()
        self.periods = periods

    def of(self, category: str, item: str) -> AmountSeries:
        """Returns a series, which may be changed."""
        return self.setdefault((category, item), AmountSeries([0.0] * self.periods.count, [0.0] * self.periods.count))

    def spread(self, key: Key, label: str, musd: float, quantity: float | None) -> None:
        """Adds what a period of the plan has, to the compared periods that it fills."""
        for at, share in self.periods.shares(label):
            self.of(*key).add(at, musd * share, None if quantity is None else quantity * share)


def vendors_of(case: Case) -> Mapping[str, str]:
    """Returns the vendor of each offer, accelerator and lease of a case; other items have none."""
    makers = {row.accelerator: row.vendor for row in case.accelerators}
    own = {row.offer: makers.get(row.accelerator, "") for row in case.offers}
    own |= {row.lease: makers.get(row.accelerator, "") for row in case.open_leases}
    return makers | own
