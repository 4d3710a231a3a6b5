"""What is known of the price up to which an item pays: the plans at trial prices, the ends, and what that says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.documents.number_text import input_cell, money
from planner.studies.priced_items import BARRED, COMMITTED, PricedItem

NARROW = 0.005
"""No price is tried that differs from one that was tried by less than this share of it."""
NOTHING = 1e-9
"""What an item costs in a plan that does not take it, relative to the cost of the plan."""
ABOUT = 1.5
"""What is at most so many times as much is about as much."""
FAR = 2.0
"""An upper end beyond so many times the price says little: what the item can save at most is said instead."""
TAKEN, NOT_TAKEN = "taken", "not taken"
NEEDED, IMPOSSIBLE, OPEN = "no plan without it", "no plan with it", "not found"


@dataclass(frozen=True)
class TrialPrice:
    """A plan at a price of the item, without what is paid for the item whatever is decided; USD million.

    `slope` is what it costs more by unit of the price, `least` and `most` what any plan that takes the item does, and
    `room` by how much the price may rise before the plan breaks a row. `is_forced` where it had to take the item,
    `in_rows` where the price is in a row, such as that of a budget.
    """

    price: float
    cost: float
    bound: float | None
    slope: float
    room: float | None
    least: float
    most: float | None
    takes_it: bool
    is_forced: bool = False
    in_rows: bool = False

    @property
    def is_possible(self) -> bool:
        """False where no plan with the item can pay the price."""
        return math.isfinite(self.cost)


@dataclass(frozen=True)
class WalkAwayPrice:
    """Below which price an item pays: proven up to `low`, proven not to from `high` on, by the plans found `estimate`.

    `low` is None where it is not proven to pay at any price, `high` where nothing is proven above. `state` is one of
    `taken`, `not taken`, `no plan without it`, `no plan with it`, `not found`, or that of a fixed item.
    """

    item: PricedItem
    state: str
    low: float | None = None
    high: float | None = None
    estimate: float | None = None
    trials: tuple[TrialPrice, ...] = ()
    barred_cost: float | None = None
    """The cost of the best plan found without it, USD million."""
    barred_bound: float | None = None

    @property
    def near_high(self) -> float | None:
        """The upper end where it says something: of an offer it may lie far above any price that anybody would pay."""
        is_near = self.high is not None and self.high <= FAR * max(self.estimate or 0.0, self.item.today)
        return self.high if is_near else None

    @property
    def idle_from(self) -> tuple[float, float] | None:
        """A price and what taking it can save at most there and at any higher one, USD million, as the gaps leave it.

        The lowest trial price at which that is about as little as at any; None without a bound.
        """
        if self.barred_cost is None:
            return None
        known = [(one.price, one.bound) for one in self.trials if one.bound is not None and not one.is_forced]
        open_musd = [(price, max(0.0, self.barred_cost - bound)) for price, bound in known]
        least = min((amount for _, amount in open_musd), default=0.0)
        near = [entry for entry in open_musd if entry[1] <= ABOUT * least + NOTHING * abs(self.barred_cost)]
        beyond = [entry for entry in near if entry[0] >= (self.estimate or 0.0) * (1.0 - NARROW)]
        return min(beyond or near, default=None)

    @property
    def text(self) -> str:
        """What is known, as the end of a sentence that begins with the item."""
        if self.state in _DECIDED:
            return _DECIDED[self.state]
        unit = self.item.unit
        if self.high is not None and self.high <= 0.0:
            return "does not pay even at a price of nothing"
        if self.estimate is None:
            return "is not found to pay at any price" + self._proof()
        verb = "would pay" if self.state == NOT_TAKEN else "pays"
        return f"{verb} up to a price of {_price(self.estimate)} {unit}{self._proof()}"

    def _proof(self) -> str:
        low = f"proven up to {_price(self.low)}" if self.low is not None and self.low > 0.0 else ""
        high, idle = "", self.idle_from
        if self.near_high is not None:
            high = f"not above {_price(self.near_high)}"
        elif idle is not None:
            high = f"from {_price(idle[0])} on it saves at most {money(idle[1])} USD million"
        said = ", ".join(part for part in (low, high) if part)
        return f" ({said})" if said else " (within the gaps)"


_DECIDED = {
    NEEDED: "is needed at any price: there is no plan without it",
    IMPOSSIBLE: "cannot be taken at any price",
    OPEN: "has no plan within the limits of the search",
    COMMITTED: "is committed already, at any price",
    BARRED: "is barred by the case",
}


def _price(value: float) -> str:
    """A price with four digits that count."""
    return input_cell(float(f"{value:.4g}"))
