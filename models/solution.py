"""A solved model, read by labels: values of blocks and expressions, and prices of requirements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axes, Expr
from models.build import Model
from models.builder import VariableBlock
from models.outcome import Outcome
from models.program import Floats

ZERO = 1e-7
"""Amounts below this are nothing: units, queries a second, modules."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The values of a plan, and what one more unit of each bound would be worth at this plan."""

    model: Model
    outcome: Outcome

    def value(self, of: VariableBlock | Expr) -> Floats:
        """Returns the values over the axes of a block or expression; noise below 1e-7 is 0."""
        found = of.value(self.outcome.values)
        return np.where(np.abs(found) < ZERO, 0.0, found)

    def money(self, of: Expr) -> Floats:
        """Returns USD million over the axes of an expression, without cutting small amounts."""
        return of.value(self.outcome.values)

    def price(self, requirement: str, axes: Axes) -> Floats:
        """Returns what one more unit of a bound saves, USD million of expected net present cost, at this plan.

        0 where the requirement does not bind or has no row; NaN where it is not known. Integers are held fixed: a price
        says what a small relief is worth if no tape-out, deal, lot or module changes.
        """
        found = np.zeros(tuple(len(axis) for axis in axes))
        prices = self.outcome.prices
        for rows in self.model.builder.rows:
            same = len(rows.axes) == len(axes) and all(a is b for a, b in zip(rows.axes, axes, strict=True))
            if rows.name == requirement and same:
                own = prices[rows.first : rows.first + len(rows.cells)] if prices is not None else np.nan
                found.ravel()[rows.cells] = own
        return found
