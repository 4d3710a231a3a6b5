"""What a cost is at least and at most, and between what differences of such costs lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

TOLERANCE = 1e-6
"""How far costs may lie on the wrong side of each other, relative, before an order is called broken."""


@dataclass(frozen=True)
class Bracket:
    """What a cost is at least and at most, USD million; None: not known, infinite: there is no plan."""

    low: float | None
    high: float | None

    def less(self, other: Bracket) -> Bracket:
        """Returns between what this less another lies, where it is known not to be negative."""
        low = None if self.low is None or other.high is None else max(0.0, self.low - other.high)
        high = None if self.high is None or other.low is None else max(0.0, self.high - other.low)
        return Bracket(low, high)

    def is_above(self, other: Bracket) -> bool:
        """True where this is proven to be more than another."""
        if self.low is None or other.high is None or not math.isfinite(other.high):
            return False
        return self.low > other.high + TOLERANCE * max(1.0, abs(other.high))
