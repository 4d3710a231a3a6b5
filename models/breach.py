"""The least violation of hard limits by which a plan that cannot meet them any more can go on, priced and named.

Two solves. First the price of all violations is minimised, then the cost of the plan with violations no larger than
that. What is physical (supply, power, gates, stocks) never gives way; what people have set (budgets, service levels,
policies, commitments) does. A query below the least service costs its penalty once more, a dollar over a budget a
dollar once more in the last period of the span (where budgets are carried over, in each span until it is saved); any
other bound, exceeded by its own size, `OTHER_SHARE` of what the plan costs undisturbed. A rule that compares two
amounts (a share, the growth of orders) has the size of the larger one in the undisturbed plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model
from models.elastic import Elastic, elastic_of, larger_sides, sizes_of, softs_of
from models.outcome import Outcome, SolveOptions
from models.polish import polish
from models.program import Floats, Ints
from models.react import periods_of
from models.requirements import REQUIREMENTS
from models.solvers.catalogue import general_code
from models.solvers.child import Engine
from models.stages import solve_model

MAY_GIVE = {one.rows: one.unit for one in REQUIREMENTS if one.gives_way}
"""Families of requirements that give way, with the unit of their violations."""
OTHER_SHARE = 0.01
_NOTHING = 1e-7
_ROOM = 3e-7
"""What violations may grow by in the second solve, in their size: what is not told stays below the check's 1e-6."""


@dataclass(frozen=True)
class Breach:
    """One hard limit that is not met: by how much, in `unit`, and its price in USD million of present cost."""

    requirement: str
    where: str
    amount: float
    unit: str
    price_musd: float


@dataclass(frozen=True)
class Strained:
    """The polished outcome of the least violation; its objective and bound are the plan's cost, without prices."""

    outcome: Outcome
    breaches: tuple[Breach, ...]
    least_price_musd: float | None
    """Proven: no plan violates for less."""


def least_breach(
    model: Model,
    engine: Engine,
    options: SolveOptions,
    *,
    undisturbed_musd: float,
    undisturbed: Floats | None = None,
    seen: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> Strained:
    """Returns the plan of least violation, then of least cost; its outcome has no solution if none helps.

    `undisturbed` is the plan that is measured against, by column. The least service does not give way before the
    period `seen`; of everything else only what a held plan leaves open can give way at all.
    """
    given = softs_of(model, model.program)
    amounts = None if undisturbed is None else larger_sides(model.program, given, undisturbed)
    elastic = elastic_of(model, model.program, sizes_of(given, amounts))
    prices = _prices(model, elastic, undisturbed_musd) * elastic.size
    soft = _soft(model, elastic, seen)
    width, first = elastic.program.column_count, elastic.first_slack
    upper = elastic.program.column_upper.copy()
    upper[first:] = np.where(soft, np.inf, 0.0)
    least = replace(elastic.program, objective=np.concatenate([np.zeros(first), prices]), column_upper=upper)
    code = general_code(options.solver)
    found = engine.solve(least, replace(options, hint=None), code=code, should_stop=should_stop)
    if found.solution is None:
        return Strained(found, (), None)
    slack = np.maximum(found.solution[first:], 0.0)
    slack[slack <= _NOTHING] = 0.0
    upper[first:] = np.where(soft, slack + _ROOM, 0.0)
    cost = np.concatenate([model.program.objective, np.zeros(width - first)])
    second = replace(elastic.program, objective=cost, constant=model.program.constant, column_upper=upper)
    strained = replace(model, program=second)
    wishes = replace(options, hint=found.solution)
    outcome = polish(
        second, solve_model(strained, engine, wishes, should_stop=should_stop), engine=engine, options=options
    )
    if outcome.solution is None:
        return Strained(outcome, (), found.bound)
    used = outcome.solution[first:]
    return Strained(
        replace(outcome, solution=outcome.solution[:first]), tuple(_breaches(elastic, used, prices)), found.bound
    )


def _prices(model: Model, elastic: Elastic, undisturbed_musd: float) -> Floats:
    """USD million of present cost for each unit of each bound."""
    prices = OTHER_SHARE * abs(undisturbed_musd) / elastic.size
    penalty, discount = _penalties(model, undisturbed_musd), _discounts(model)
    for i, one in enumerate(elastic.soft):
        if one.family == "budgets":
            prices[i] = discount[one.name]
        elif one.family == "minimum_service":
            prices[i] = penalty[one.name]
    return prices


def _discounts(model: Model) -> dict[str, float]:
    """By name of a budget's row: the discount factor of the last node of its span."""
    found: dict[str, float] = {}
    for rows in model.builder.rows:
        for budget in model.budgets:
            if rows.name == "budgets" and rows.axes[0] is budget.axis:
                nodes = budget.ends.end[rows.cells]
                for i, node in enumerate(nodes):
                    found[model.program.row_name(rows.first + i)] = float(model.frame.discount[node])
    return found


def _penalties(model: Model, undisturbed_musd: float) -> dict[str, float]:
    """By name of the column: what a query/s not served costs, or the mean cost of demand where that is nothing."""
    program, column = model.program, model.assignments.unserved.column.ravel()
    own = column[column >= 0]
    demand = float(model.work.demand.sum())
    mean = abs(undisturbed_musd) / demand if demand > 0 else 1.0
    return {program.column_name(int(i)): float(program.objective[i]) if program.objective[i] > 0 else mean for i in own}


def _soft(model: Model, elastic: Elastic, seen: int) -> np.ndarray:
    """Which slacks may be used: of families that give way, from the period on in which the change is seen."""
    period = periods_of(model)
    names = {model.program.column_name(int(i)): int(period[i]) for i in _unserved(model)}
    return np.array(
        [
            one.family in MAY_GIVE and not (one.family == "minimum_service" and names[one.name] < seen)
            for one in elastic.soft
        ]
    )


def _unserved(model: Model) -> Ints:
    column = model.assignments.unserved.column
    return column[column >= 0]


def _breaches(elastic: Elastic, used: Floats, prices: Floats) -> list[Breach]:
    found = []
    for i in np.flatnonzero(used > 2 * _ROOM):
        one, amount = elastic.soft[i], float(used[i] * elastic.size[i])
        where = one.name.partition("[")[2].rstrip("]") or one.name
        found.append(Breach(one.family, where, amount, MAY_GIVE[one.family], float(used[i] * prices[i])))
    return sorted(found, key=lambda breach: (-breach.price_musd, breach.requirement, breach.where))
