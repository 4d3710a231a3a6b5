"""Result tables of costs, budgets, limits, loans and incentives, all read from the one ledger and the model's rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.families.budgets import BUDGETS
from models.families.facilities import FACILITY
from models.families.limits import LIMITS
from models.solution import Solution
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table

HALF = 0.5
"""Above it a binary is 1."""
CENT = 1e-9
"""Amounts below a thousandth of a dollar (USD million) are not listed."""


def costs(solution: Solution, places: NodeLabels) -> Table:
    """Returns every cost line by period; on a branching tree discounted amounts are not yet weighted."""
    frame = solution.model.frame
    rows = []
    for line in solution.model.ledger.lines:
        amounts = solution.money(line.amount)
        factor = np.full(len(frame.tree), frame.discount_end) if line.is_value_left else frame.discount
        for item, node in zip(*np.nonzero(np.abs(amounts) > CENT), strict=True):
            period = "end" if line.is_value_left else places.period[node]
            amount = float(amounts[item, node])
            name = f"{line.what} {line.items.labels[item]}"
            rows.append((node, (line.category, line.kind, name, period, amount, amount * float(factor[node]))))
    return places.table("costs", "category kind line period musd discounted_musd", rows)


def budgets(solution: Solution, places: NodeLabels) -> Table:
    """Returns what each budget row has and what is spent of it, gross and of resale; `carried_musd` is from before."""
    rows = []
    for budget in solution.model.budgets:
        spent, resale = solution.money(budget.spent), solution.money(budget.resale)
        price = solution.price(BUDGETS.rows, (budget.axis,))
        carried: dict[tuple[int, int], float] = {}
        for i, (row, node) in enumerate(zip(budget.ends.row, budget.ends.end, strict=True)):
            before = _carried(solution, budget.first_carried, carried, int(row), int(node), budget.rows[row].first)
            amount = float(budget.amount[i])
            carried[int(row), int(node)] = before + amount - float(spent[i])
            known = np.isfinite(amount)
            own = _BudgetSpending(amount if known else None, before, float(spent[i] - resale[i]), float(resale[i]))
            rows.append((int(node), (budget.name, budget.rows[row].label, *own.cells(), float(price[i]))))
    return places.table("budgets", f"budget span {_BudgetSpending.COLUMNS} price", rows)


@dataclass(frozen=True)
class _BudgetSpending:
    """What a budget row has, None where it has no limit, and what is spent of it, USD million."""

    COLUMNS: ClassVar[str] = (
        "amount_musd carried_musd available_musd gross_musd resale_musd spent_musd slack_musd share_used needs_resale"
    )
    amount: float | None
    carried: float
    gross: float
    resale: float

    def cells(self) -> tuple[Cell, ...]:
        """Returns the cells of `COLUMNS`: of no limit nothing is used, and of nothing no share."""
        spent = self.gross + self.resale
        if self.amount is None:
            return None, self.carried, None, self.gross, self.resale, spent, None, None, "no"
        available = self.amount + self.carried
        share = spent / available if available > CENT else None
        needs_resale = self.gross > available + CENT * max(1.0, abs(available))
        needs = "yes" if needs_resale else "no"
        slack = available - spent
        return self.amount, self.carried, available, self.gross, self.resale, spent, slack, share, needs


def _carried(
    solution: Solution,
    first: tuple[int, ...],
    left: dict[tuple[int, int], float],
    row: int,
    node: int,
    start: int,
) -> float:
    """What the span before left over for this one, on the path to the node."""
    if first[row] == row:
        return 0.0
    tree = solution.model.frame.tree
    while tree.period[node] >= start:
        node = int(tree.parent[node])
    return left[row - 1, node]


def limits(solution: Solution, places: NodeLabels) -> Table:
    """Returns supply, use, slack and price of each limit row; blank supply means no limit.

    On a branching tree a row is listed for the futures that have it.
    """
    limited = solution.model.limits
    used, supply = solution.value(limited.used), solution.value(limited.supply)
    price = solution.price(LIMITS.rows, (limited.axis,))
    rows = []
    for i, (row, end) in enumerate(zip(limited.ends.row, limited.ends.end, strict=True)):
        given, node = limited.rows[row], int(end)
        known = np.isfinite(limited.amount[i])
        there = float(supply[i]) if known else None
        slack = float(supply[i] - used[i]) if known else None
        futures = tuple(future for future in places.futures[node] if limited.has_row[future, row])
        if futures:
            cells = given.item, given.label, there, float(used[i]), slack, float(price[i])
            rows.append((node, futures, cells))
    return places.split_table("limits", "limit span supply used slack price", rows)


def financing(solution: Solution, places: NodeLabels) -> Table:
    """Returns what is drawn, repaid and outstanding of each facility, and what one more million of its limit saves."""
    model = solution.model
    loans = model.facilities
    axis = loans.draws.axis
    price = solution.price(FACILITY.rows, loans.amounts.axes)
    parts = [solution.money(one) for one in (loans.draws.expr, loans.repaid, loans.interest, loans.fee)]
    left = solution.money(loans.outstanding)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for f, row in enumerate(model.frame.case.facilities):
        for node, period in enumerate(places.period):
            cells = *(float(part[f, node]) for part in parts), float(left[f, node]), row.limit_musd
            slack = row.limit_musd - float(left[f, node])
            rows.append((node, (axis.labels[f], period, *cells, slack, float(price[f, node]))))
    columns = "drawn_musd repaid_musd interest_musd fee_musd outstanding_musd limit_musd slack_musd price"
    return places.table("financing", f"facility period {columns}", rows)


def incentives(solution: Solution, places: NodeLabels) -> Table:
    """Returns what has counted so far towards each milestone, and what it brings where it is reached."""
    found = solution.model.incentives
    reached, so_far, income = solution.value(found.reached), solution.value(found.counted), solution.money(found.income)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for m, row in enumerate(solution.model.frame.case.milestones):
        for node, period in enumerate(places.period):
            is_reached = "yes" if reached[m, node] > HALF else "no"
            cells = float(so_far[m, node]), row.amount, row.measure, is_reached, float(income[m, node])
            rows.append((node, (row.milestone, period, *cells)))
    return places.table("incentives", "milestone period counted amount measure reached income_musd", rows)


MAKES = (costs, budgets, limits, financing, incentives)
