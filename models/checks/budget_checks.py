"""Budgets: what is spent in a span, and what is handed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.checks.evidence import Amounts, Evidence, UsedAmount
from models.checks.plan_check import compares
from models.checks.report import Recorder
from models.checks.time import Interval
from models.tables.fleet_rows import CASH_CATEGORIES


@dataclass(frozen=True)
class BudgetRow:
    """One span of a budget in USD million: amount (None: no limit), spending, and both summed over its chain.

    `resale` is what `spent` counts of it, negative; `carried` is what the chain has left for the span, None where the
    span is the first of its chain.
    """

    budget: str
    stretch: Interval
    label: str
    amount: float | None
    spent: float
    resale: float
    carried: float | None
    chain_amount: float
    chain_spent: float


def budget_rows(plan: Evidence) -> list[BudgetRow]:
    """Returns the rows that bind, in the order of time; rows finer than a period are one row of that period."""
    spending: dict[tuple[str, int], float] = {}
    for category in CASH_CATEGORIES:
        for (_, _, t), musd in plan.expected[category].items():
            spending[category, t] = spending.get((category, t), 0.0) + musd
    found: list[BudgetRow] = []
    for name in dict.fromkeys(row.budget for row in plan.case.budgets):
        rows = [row for row in plan.case.budgets if row.budget == name]
        carried: tuple[float, float] | None = None
        for stretch, members in plan.calendar.stretches(row.span for row in rows).items():
            periods = plan.calendar.within(stretch)
            if not periods:
                continue
            own = [rows[member] for member in members]
            amounts = [one.amount_musd for one in own]
            given = [one.amount_musd - one.spent_before_musd for one in own if one.amount_musd is not None]
            amount = sum(given) if len(given) == len(amounts) else None
            named = rows[members[0]].categories
            categories = CASH_CATEGORIES if "all" in named else named
            spent = sum(spending.get((category, t), 0.0) for category in categories for t in periods)
            resale = sum(spending.get(("resale", t), 0.0) for t in periods) if "resale" in categories else 0.0
            left = None if carried is None else carried[0] - carried[1]
            before = carried or (0.0, 0.0)
            chain = (before[0] + (amount or 0.0), before[1] + spent)
            label = rows[members[0]].span if len(members) == 1 else plan.labels[periods[0]]
            found.append(BudgetRow(name, stretch, label, amount, spent, resale, left, *chain))
            carries_over = amount is not None and rows[members[-1]].carry_over
            carried = chain if carries_over else None
    return found


def budget_amounts(plan: Evidence) -> Amounts:
    """Returns what each budget with a limit has in its span, with what its chain carried over, and what is spent."""
    found: Amounts = {}
    rows = budget_rows(plan)
    for at, row in enumerate(rows):
        if row.amount is not None:
            there, chain = row.chain_amount - (row.chain_spent - row.spent), list(_chain(rows[at:]))
            found["budgets", row.budget, row.label] = UsedAmount(
                row.spent, there, "USD million", row.stretch, "budget", f"budget {row.budget}",
                plan.is_reported(row.stretch), min(one.chain_amount - one.chain_spent for one in chain),
                len(chain) > 1, max(max(abs(one.chain_amount), abs(one.chain_spent)) for one in chain),
            )  # fmt: skip
    return found


def _chain(rows: list[BudgetRow]) -> Iterator[BudgetRow]:
    """Yields a row of a budget and those after it that have what it leaves."""
    first, *later = rows
    yield first
    for row in later:
        if row.budget != first.budget or row.carried is None:
            return
        if row.amount is not None:
            yield row


@compares("costs.musd budgets.spent_musd", amounts=budget_amounts)
def budgets(plan: Evidence, record: Recorder) -> None:
    """Spending in the categories of b over a span ≤ amount + what earlier spans of an unbroken chain left."""
    for row in budget_rows(plan):
        if row.amount is not None:
            record.at_most(row.chain_spent, row.chain_amount, (row.budget, row.label), "spending, USD million")
