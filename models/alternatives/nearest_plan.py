"""Of all plans within a share of the least cost, the one nearest to an earlier plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.alternatives.least_measure import least_amount
from models.alternatives.plan_distance import EarlierPlan, with_distance
from models.build import Model
from models.outcome import Outcome, SolveOptions, Status
from models.polish import polish
from models.program import Floats, Program
from models.recourse import STRATEGIC
from models.solvers.child import Engine
from models.solvers.normalise import within_gap

_ROOM = 1e-7
"""By so much less than what is allowed the search may spend, relative, so that no tolerance breaks what is stated."""
_DECIDED = (*STRATEGIC, "order")


@dataclass(frozen=True, eq=False)
class NearestPlan:
    """The nearest plan that was found, in the columns of the model.

    `outcome` is exact, and has the bound of the search for least cost; `held` is the model with its orders and
    strategic decisions. `distance` is that of the plan and `least` what no plan of the cost lies nearer than (None:
    nothing is known), USD million as `models.alternatives.plan_distance`. `most_musd` is what it may cost.
    """

    outcome: Outcome
    held: Model
    distance: float
    least: float | None
    most_musd: float


def nearest_plan(
    model: Model,
    cheapest: Outcome,
    earlier: EarlierPlan,
    share: float,
    engine: Engine,
    options: SolveOptions,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> NearestPlan:
    """Returns the plan nearest to `earlier` that costs at most `share` more than `cheapest`, an exact plan.

    Among those as near it is the cheapest; where none is nearer, `cheapest` itself.
    """
    cost = model.program.objective_of(cheapest.values)
    most = cost + share * abs(cost)
    wide = with_distance(model, model.program, earlier)
    start = wide.columns_of(cheapest.values)
    found = least_amount(
        model, wide.program, wide.amount, size=wide.size, most_musd=most - _ROOM * max(1.0, abs(most)) * (share > 0),
        engine=engine, options=replace(options, hint=start), should_stop=should_stop,
    )  # fmt: skip
    own, distance = cheapest, float(wide.amount.value(start))
    if found.outcome.has_solution:
        exact = polish(found.program, found.outcome, engine=engine, options=options)
        if exact.has_solution and wide.amount.value(exact.values) < distance:
            own, distance = of_model(model, found.program, exact), float(wide.amount.value(exact.values))
    outcome = replace(cheapest, objective=own.objective, solution=own.solution)
    return NearestPlan(outcome, with_decisions(model, outcome.values), distance, found.least, most)


def of_model(model: Model, program: Program, found: Outcome) -> Outcome:
    """Returns the outcome of a program with more columns and rows as one of the model's own, at its cost."""
    columns, rows = model.program.column_count, model.program.row_count
    solution = found.values[:columns]
    return replace(
        found,
        solution=solution,
        objective=model.program.objective_of(solution),
        row_duals=None if found.row_duals is None else found.row_duals[:rows],
        reduced_costs=None if found.reduced_costs is None else found.reduced_costs[:columns],
    )


def bounded(outcome: Outcome, most_musd: float | None, gap: float) -> Outcome:
    """Returns an outcome with a bound of at most an amount: what is proven with orders held says nothing of others."""
    bound = None if outcome.bound is None or most_musd is None else min(outcome.bound, most_musd)
    status = Status.OPTIMAL if within_gap(outcome.objective, bound, gap) else Status.FEASIBLE
    return replace(outcome, bound=bound, status=status)


def with_decisions(model: Model, values: Floats) -> Model:
    """Returns the model with the orders and strategic decisions of a plan."""
    program = model.program
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for name in _DECIDED:
        block = model.builder.blocks[name]
        columns = block.column[block.exists]
        kept = np.where(program.is_integer[columns], np.rint(values[columns]), values[columns])
        lower[columns] = upper[columns] = np.clip(kept, program.column_lower[columns], program.column_upper[columns])
    return replace(model, program=replace(program, column_lower=lower, column_upper=upper))


__all__ = ["NearestPlan", "bounded", "nearest_plan", "of_model", "with_decisions"]
