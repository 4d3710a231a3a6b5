"""What one plan may be preferred to another for, beside its cost, and programs that make it least at a given cost.

| measure | unit | meaning |
|---|---|---|
| share_of_vendor | fraction | what is ordered from one vendor, of all that is ordered, by contract value |
| capital | USD million | capital outlay before a period, undiscounted; proceeds of resale count against it |
| unserved | fraction | the largest share of a workload's demand that is not served in a reported period |
| peak_mw | MW | the largest facility power that is drawn in a reported period |

On a tree, amounts of money are expected values, and the largest is that of all branches.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.algebra import Expr, Param, total
from models.build import Model
from models.program import Program, with_columns, with_rows

VENDOR_SHARE, CAPITAL, UNSERVED, PEAK_MW = "share_of_vendor", "capital", "unserved", "peak_mw"
MEASURES = (VENDOR_SHARE, CAPITAL, UNSERVED, PEAK_MW)


def cost_of_plan(model: Model) -> Expr:
    """Returns what a plan minimises, USD million."""
    columns = np.flatnonzero(model.program.objective)
    rows = np.zeros(len(columns), dtype=np.int64)
    return Expr((), rows, columns, model.program.objective[columns], np.array([model.program.constant]))


def capital_before(model: Model, period: int) -> Expr:
    """Returns the expected capital outlay in the periods before one, counted from 0, USD million."""
    tree, node = model.frame.tree, model.frame.node
    lines = [line.amount.sum(line.items) for line in model.ledger.lines if line.kind == "capex"]
    weight = np.where(tree.period < period, tree.probability, 0.0)
    return (total((node,), lines) * Param((node,), weight)).sum(node)


def ordered_from(model: Model, vendor: str | None) -> Expr:
    """Returns the expected contract value of what is ordered, USD million; from one vendor, or from all."""
    frame, supply = model.frame, model.supply
    own = [row.vendor for row in frame.case.accelerators]
    counts = np.array([1.0 if vendor is None or own[place] == vendor else 0.0 for place in supply.accelerator])
    years = np.where(supply.is_lease, supply.term * frame.delta, 1.0)
    weights = Param((frame.offer, frame.node), (counts * years)[:, None] * frame.tree.probability[None, :])
    return (model.bill * weights).sum(frame.offer, frame.node)


def largest_of(model: Model, measure: str) -> Expr:
    """Returns the amounts of which `unserved` or `peak_mw` is the largest; none of them is negative."""
    frame, demand = model.frame, model.work.demand
    reported = frame.tree.period < frame.case.settings.periods
    if measure == PEAK_MW:
        return model.power.drawn.sum(frame.site).where(reported)
    asked = (demand > 0) & reported
    share = np.divide(1.0, demand, out=np.zeros_like(demand), where=asked)
    return model.assignments.unserved.expr.where(asked) * Param((frame.workload, frame.node), share)


def minimising(program: Program, amount: Expr) -> Program:
    """Returns the program in which an amount of the model is minimised instead."""
    objective = np.bincount(amount.columns, weights=amount.coefs, minlength=program.column_count).astype(float)
    constant = 0.0 if amount.constant is None else float(amount.constant[0])
    return replace(program, objective=objective, constant=constant)


def minimising_largest(program: Program, amounts: Expr) -> Program:
    """Returns the program in which the largest of some amounts, which are not negative, is minimised instead."""
    nothing = np.empty(0, dtype=np.int64)
    count = program.column_count
    free = replace(program, objective=np.zeros(count), constant=0.0)
    widened = with_columns(free, nothing, nothing, np.empty(0), count=1, upper=np.inf, cost=1.0)
    return _below(widened, amounts, 0.0, largest=count)


def at_most(program: Program, amounts: Expr, most: float) -> Program:
    """Returns the program in which amounts of the model are at most a number."""
    return _below(program, amounts, most)


def _below(program: Program, amounts: Expr, most: float, *, largest: int | None = None) -> Program:
    """The program in which amounts are at most a number, above the column `largest` where one is named."""
    cells, rows = np.unique(amounts.rows, return_inverse=True)
    columns, values = amounts.columns, -amounts.coefs
    if largest is not None:
        rows, columns = np.append(rows, np.arange(len(cells))), np.append(columns, np.full(len(cells), largest))
        values = np.append(values, np.ones(len(cells)))
    constant = 0.0 if amounts.constant is None else amounts.constant[cells]
    return with_rows(
        program, "measure", (rows, columns, values), np.zeros(len(cells)) + constant - most, np.full(len(cells), np.inf)
    )


__all__ = [
    "CAPITAL", "MEASURES", "PEAK_MW", "UNSERVED", "VENDOR_SHARE", "at_most", "capital_before",
    "cost_of_plan", "largest_of", "minimising", "minimising_largest", "ordered_from",
]  # fmt: skip
