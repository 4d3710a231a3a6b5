"""The one list of cost lines that objective, budgets, reports and workbook read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation, total
from models.frame import Frame
from models.outcome import ModelError
from models.tables.fleet_rows import CATEGORIES

KINDS = ("capex", "opex", "borrowing", "incentive", "revenue", "penalty", "value_left")
"""What a line is: capital outlay, running cost, what is borrowed (negative) and repaid, income from sellers and from
queries, penalty for unserved demand, or value left."""
OPTIONAL_KINDS = ("borrowing", "incentive", "revenue")
"""Kinds that not every case has."""
_CAPITAL = ("hardware", "expansion", "tape_out", "acquisition", "resale")
_EXCEPTIONS = {
    ("expansion", "rent"): "opex",
    ("expansion", "exit fee"): "opex",
    ("tape_out", "sustaining"): "opex",
    ("acquisition", "integration"): "opex",
    ("acquisition", "contribution"): "opex",
    ("agreement", "prepayment"): "capex",
    ("financing", "draw"): "borrowing",
    ("financing", "repayment"): "borrowing",
}
_INCOME = frozenset(
    {
        ("acquisition", "contribution"),
        ("acquisition", "refund"),
        ("hardware", "undelivered"),
        ("hardware", "cancellation"),
        ("hardware", "late order paid back"),
        ("tape_out", "respins"),
    }
)
"""Lines, by category and what, that may be negative: nothing is financed by them."""


@dataclass(frozen=True, eq=False)
class CostLine:
    """One kind of cost: `amount` is USD million by (item, node); value left is counted at the leaves."""

    category: str
    what: str
    items: Axis
    amount: Expr

    @property
    def kind(self) -> str:
        """One of `KINDS`; proceeds of resale count against capital outlay."""
        if self.category in KINDS:
            return self.category
        if self.category == "unserved":
            return "penalty"
        usual = "capex" if self.category in _CAPITAL else "opex"
        return _EXCEPTIONS.get((self.category, self.what), usual)

    @property
    def is_value_left(self) -> bool:
        """True for what is counted once, at the end of the horizon."""
        return self.category == "value_left"


class Ledger:
    """Cost lines, each written once by the family that causes it.

    Positive is cost, negative is income. A category that was read is closed; `lines` closes all.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._lines: list[CostLine] = []
        self._closed: set[str] = set()

    def add(self, category: str, what: str, items: Axis, amount: Expr) -> None:
        """Adds a line; its amount has the axes (items, node).

        Raises:
            ModelError: unknown category, wrong axes, a line that exists already, or a closed category.
        """
        if category not in CATEGORIES:
            msg = f"'{category}' is not a cost category; the categories are {', '.join(CATEGORIES)}"
            raise ModelError(msg)
        if category in self._closed:
            msg = f"the category is closed; the line '{category}: {what}' comes too late"
            raise ModelError(msg)
        if any((line.category, line.what) == (category, what) for line in self._lines):
            msg = f"the line '{category}: {what}' is in the ledger already"
            raise ModelError(msg)
        if len(items) == 0:
            return
        self._lines.append(CostLine(category, what, items, amount.on((items, self.frame.node))))

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """All lines in the order in which they were added; closes the ledger."""
        self._closed.update(CATEGORIES)
        return tuple(self._lines)

    def outlays(self, categories: Iterable[str]) -> Expr:
        """Returns the outlays of some categories by node, USD million, and closes these categories.

        Lines of what comes back or is earned (`_INCOME`) are left out.
        """
        lines = [line for line in self.lines_of(categories) if (line.category, line.what) not in _INCOME]
        return total((self.frame.node,), [line.amount.sum(line.items) for line in lines])

    def lines_of(self, categories: Iterable[str]) -> list[CostLine]:
        """Returns the lines of some categories, and closes these categories."""
        wanted = set(categories)
        self._closed |= wanted
        return [line for line in self._lines if line.category in wanted]

    def by_node(self, categories: Iterable[str]) -> Expr:
        """Returns the spending of some categories by node, USD million."""
        wanted = set(categories)
        parts = [line.amount.sum(line.items) for line in self.lines if line.category in wanted]
        return total((self.frame.node,), parts)

    def discounted_by_node(self) -> Expr:
        """Returns each node's cost as present value: flows from mid-period, value left from the end."""
        frame = self.frame
        flows = [line.amount.sum(line.items) for line in self.lines if not line.is_value_left]
        left = [line.amount.sum(line.items) for line in self.lines if line.is_value_left]
        node = (frame.node,)
        at_end = np.where(frame.tree.period == frame.steps - 1, frame.discount_end, 0.0)
        return total(node, flows) * Param(node, frame.discount) + total(node, left) * Param(node, at_end)

    def expected(self) -> Expr:
        """Returns the expected net present cost, an expression without axes, USD million."""
        weight = Param((self.frame.node,), self.frame.tree.probability)
        return (self.discounted_by_node() * weight).sum(self.frame.node)

    def path_cost(self, leaf: Axis) -> Expr:
        """Returns the net present cost of each path, by leaf, USD million."""
        paths = self.frame.tree.paths()
        cells = np.concatenate(paths), np.repeat(np.arange(len(paths)), [len(path) for path in paths])
        return self.discounted_by_node().through(Relation.of((self.frame.node,), (leaf,), cells))
