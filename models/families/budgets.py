"""Budgets: what may be spent in a span on some categories.

    budgets   Σ_{n∈span} spending of the categories of b ≤ amount[b,span]     on each path
              with carry-over: the spending since the first span of an unbroken chain of carried spans is at most the
              sum of their amounts; a span without a limit breaks the chain

| symbol | kind | unit | meaning |
|---|---|---|---|
| spending | expression | USD million | the ledger's lines of the budget's categories |
| amount[b,span] | parameter | USD million | amount of the row |
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder
from models.data.series import SpanEnds, SpanRow, span_ends, span_rows
from models.frame import Frame
from models.ledger import Ledger
from models.program import Floats
from models.requirement import Amounts, GivesWay, Requirement
from models.tables.fleet_rows import CASH_CATEGORIES
from models.tables.strategy_rows import Budget

BUDGETS = Requirement("budgets", "the budgets", "USD million", "budget", gives_way=GivesWay.AT_ITS_MONEY, priced=True)


@dataclass(frozen=True, eq=False)
class BudgetConstraint:
    """The rows of one budget where they bind."""

    name: str
    categories: tuple[str, ...]
    rows: tuple[SpanRow, ...]
    ends: SpanEnds
    axis: Axis
    spent: Expr
    """USD million spent in the row's own span, less what resale brings where it counts."""
    resale: Expr
    """USD million of resale that is counted in `spent`, negative."""
    amount: Floats
    """USD million of the row's own span; inf where there is no limit."""
    first_carried: tuple[int, ...]
    """By table row: the number of the first row whose rest it may still use."""
    amounts: Amounts


def define(builder: Builder, frame: Frame, ledger: Ledger) -> tuple[BudgetConstraint, ...]:
    """States all budgets; the ledger is closed from here on."""
    names = dict.fromkeys(row.budget for row in frame.case.budgets)
    return tuple(_define_one(builder, frame, ledger, name) for name in names)


def _define_one(builder: Builder, frame: Frame, ledger: Ledger, name: str) -> BudgetConstraint:
    own = [row for row in frame.case.budgets if row.budget == name]
    chosen = own[0].categories
    categories = CASH_CATEGORIES if "all" in chosen else chosen
    by_future = [_rows(frame, future, name) for future in range(len(frame.cases))]
    rows = tuple(by_future[0])
    first: list[int] = []
    for i in range(len(rows)):
        carries_over = i > 0 and rows[i - 1].carry_over and np.isfinite(rows[i - 1].amount)
        first.append(first[i - 1] if carries_over else i)
    spending = ledger.by_node(categories)
    ends = span_ends(frame, rows)
    axis = Axis("budget row", tuple(f"{name}:{label}" for label in ends.labels(frame, rows)))
    own_span = Relation.of((frame.node,), (axis,), (ends.member_node, ends.member_row))
    spent = spending.through(own_span)
    resale = ledger.by_node([name for name in categories if name == "resale"]).through(own_span)
    wide = span_ends(frame, rows, since=[rows[i].first for i in first])
    carried = spending.through(Relation.of((frame.node,), (axis,), (wide.member_node, wide.member_row)))
    amounts = np.array([[row.amount for row in table] for table in by_future]).reshape(len(frame.cases), len(rows))
    future = frame.tree.future[ends.end]
    chain = np.array([amounts[f, first[i] : i + 1].sum() for f, i in zip(future, ends.row, strict=True)])
    most = Param((axis,), np.where(np.isfinite(chain), chain, 0.0))
    builder.require("budgets", (axis,), carried, "<=", most, where=np.isfinite(chain))
    amount = amounts[future, ends.row]
    # What is at hand is all of the chain less what its earlier spans have spent.
    bounding = Amounts(
        BUDGETS, (axis,), (name,) * len(axis), tuple(rows[i].label for i in ends.row), ends.end,
        np.array([rows[i].first for i in ends.row], dtype=np.int64), spent, spent - carried + most, amount,
        np.isfinite(amount),
    )  # fmt: skip
    return BudgetConstraint(name, tuple(chosen), rows, ends, axis, spent, resale, amount, tuple(first), bounding)


def _rows(frame: Frame, future: int, name: str) -> list[SpanRow]:
    own = [row for row in frame.cases[future].budgets if row.budget == name]
    found = span_rows(frame.calendar, [(row.budget, row.span, _left(row), row.carry_over) for row in own])
    return [replace(row, item=name) for row in found]


def _left(row: Budget) -> float | None:
    return None if row.amount_musd is None else row.amount_musd - row.spent_before_musd
