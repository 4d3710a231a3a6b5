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

from dataclasses import dataclass, replace

import numpy as np

from models.algebra import Expr, Param, total
from models.build import Model
from models.program import Floats, Program, with_columns, with_rows

VENDOR_SHARE, CAPITAL, UNSERVED, PEAK_MW = "share_of_vendor", "capital", "unserved", "peak_mw"
MEASURES = (VENDOR_SHARE, CAPITAL, UNSERVED, PEAK_MW)


@dataclass(frozen=True, eq=False)
class Linear:
    """An amount of a plan: coefficients by column, and a constant."""

    coefficients: Floats
    constant: float

    def of(self, solution: Floats) -> float:
        """Returns the amount at a plan; columns beyond those of the model do not count."""
        return float(self.coefficients @ solution[: len(self.coefficients)]) + self.constant

    def scaled(self, factor: float) -> Linear:
        """Returns a multiple of the amount."""
        return Linear(self.coefficients * factor, self.constant * factor)

    def less(self, other: Linear) -> Linear:
        """Returns the difference of two amounts."""
        return Linear(self.coefficients - other.coefficients, self.constant - other.constant)


def cost_of_plan(model: Model) -> Linear:
    """Returns what a plan minimises, USD million."""
    return Linear(model.program.objective, model.program.constant)


def capital_before(model: Model, period: int) -> Linear:
    """Returns the expected capital outlay in the periods before one, counted from 0, USD million."""
    tree, node = model.frame.tree, model.frame.node
    lines = [line.amount.sum(line.items) for line in model.ledger.lines if line.kind == "capex"]
    weight = np.where(tree.period < period, tree.probability, 0.0)
    return _linear(model, (total((node,), lines) * Param((node,), weight)).sum(node))


def ordered_from(model: Model, vendor: str | None) -> Linear:
    """Returns the expected contract value of what is ordered, USD million; from one vendor, or from all."""
    frame, supply = model.frame, model.supply
    own = [row.vendor for row in frame.case.accelerators]
    counts = np.array([1.0 if vendor is None or own[place] == vendor else 0.0 for place in supply.accelerator])
    years = np.where(supply.is_lease, supply.term * frame.delta, 1.0)
    weights = Param((frame.offer, frame.node), (counts * years)[:, None] * frame.tree.probability[None, :])
    return _linear(model, (model.bill * weights).sum(frame.offer, frame.node))


def largest_of(model: Model, measure: str) -> list[Linear]:
    """Returns the amounts of which `unserved` or `peak_mw` is the largest."""
    frame, work = model.frame, model.work
    reported = frame.tree.period < frame.case.settings.periods
    if measure == PEAK_MW:
        drawn = model.power.drawn.sum(frame.site)
        return [_cell(model, drawn, node) for node in np.flatnonzero(reported).tolist()]
    cells = np.argwhere((work.demand > 0) & reported[None, :]).tolist()
    unserved, nodes = model.assignments.unserved.expr, len(frame.node)
    return [_cell(model, unserved, w * nodes + node).scaled(1.0 / float(work.demand[w, node])) for w, node in cells]


def minimising(program: Program, amount: Linear) -> Program:
    """Returns the program in which an amount of the model is minimised instead."""
    objective = np.zeros(program.column_count)
    objective[: len(amount.coefficients)] = amount.coefficients
    return replace(program, objective=objective, constant=amount.constant)


def minimising_largest(program: Program, amounts: list[Linear]) -> Program:
    """Returns the program in which the largest of some amounts, which are not negative, is minimised instead."""
    nothing = np.empty(0, dtype=np.int64)
    count = program.column_count
    free = replace(program, objective=np.zeros(count), constant=0.0)
    widened = with_columns(free, nothing, nothing, np.empty(0), count=1, upper=np.inf, cost=1.0)
    for amount in amounts:
        widened = _with_row(widened, amount.scaled(-1.0), more=(count, 1.0), lower=0.0)
    return widened


def at_most(program: Program, amount: Linear, most: float) -> Program:
    """Returns the program in which an amount of the model is at most a number."""
    return _with_row(program, amount.scaled(-1.0), lower=-most)


def _with_row(program: Program, amount: Linear, *, lower: float, more: tuple[int, float] | None = None) -> Program:
    columns = np.flatnonzero(amount.coefficients)
    values = amount.coefficients[columns]
    if more is not None:
        columns, values = np.append(columns, more[0]), np.append(values, more[1])
    entries = np.zeros(len(columns), dtype=np.int64), columns, values
    return with_rows(program, "measure", entries, np.array([lower - amount.constant]), np.array([np.inf]))


def _linear(model: Model, amount: Expr) -> Linear:
    coefficients = np.bincount(amount.columns, weights=amount.coefs, minlength=model.program.column_count)
    return Linear(coefficients.astype(float), 0.0 if amount.constant is None else float(amount.constant.sum()))


def _cell(model: Model, amounts: Expr, cell: int) -> Linear:
    own = amounts.rows == cell
    constant = None if amounts.constant is None else amounts.constant[[cell]]
    return _linear(
        model, Expr((), np.zeros(int(own.sum()), np.int64), amounts.columns[own], amounts.coefs[own], constant)
    )


__all__ = [
    "CAPITAL", "MEASURES", "PEAK_MW", "UNSERVED", "VENDOR_SHARE", "Linear", "at_most", "capital_before",
    "cost_of_plan", "largest_of", "minimising", "minimising_largest", "ordered_from",
]  # fmt: skip
