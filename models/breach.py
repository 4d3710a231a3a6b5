"""The least violation of hard limits by which a plan that cannot meet them any more can go on, priced and named.

Two solves. First the price of all violations is minimised, then the cost of the plan with violations no larger than
that. What is physical (supply, power, gates, stocks) never gives way; what people have set (budgets, service levels,
policies, commitments) does. A query below the least service costs its penalty once more, a dollar over a budget a
dollar once more in the last period of the span (where budgets are carried over, in each span until it is saved); any
other bound, exceeded by its own size, `OTHER_SHARE` of what the plan costs undisturbed. A rule that compares two
amounts (a share, the growth of orders) has the size of the larger one in the undisturbed plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model
from models.diagnose import Elastic, elastic_of
from models.outcome import Outcome, SolveOptions
from models.polish import polish
from models.program import Floats, Ints, Program
from models.react import periods_of
from models.solvers.catalogue import general_code
from models.solvers.child import Engine
from models.stages import solve_model

MAY_GIVE = {
    "minimum_service": "queries/s",
    "budgets": "USD million",
    "vendor_share": "of the share's basis",
    "capability_bounds": "of capability",
    "order_growth": "units a year",
    "active_programmes": "programmes",
    "commitments": "of what is committed",
}
"""Families of requirements that give way, with the unit of their violations."""
COMPARING = ("vendor_share", "order_growth")
"""Families whose bound is another amount of the plan."""
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
    elastic = elastic_of(model)
    prices = _prices(model, elastic, undisturbed_musd, undisturbed)
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
    slack[slack <= _NOTHING * elastic.size] = 0.0
    upper[first:] = np.where(soft, slack + _ROOM * elastic.size, 0.0)
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


def _prices(model: Model, elastic: Elastic, undisturbed_musd: float, undisturbed: Floats | None) -> Floats:
    """USD million of present cost for each unit of each slack."""
    size = elastic.size if undisturbed is None else _sizes(model, elastic, undisturbed)
    prices = OTHER_SHARE * abs(undisturbed_musd) / size
    penalty, discount = _penalties(model, undisturbed_musd), _discounts(model)
    for i, (family, name) in enumerate(zip(elastic.family, elastic.name, strict=True)):
        if family == "budgets":
            prices[i] = discount[name]
        elif family == "minimum_service":
            prices[i] = penalty[name]
    return prices


def _sizes(model: Model, elastic: Elastic, undisturbed: Floats) -> Floats:
    """The size of each bound; where it compares two changing amounts, the larger one in the plan."""
    program = model.program
    rows, entries = program.row_of_entries(), program.values * undisturbed[program.columns]
    above = np.bincount(rows, np.maximum(entries, 0.0), program.row_count)
    below = np.bincount(rows, np.maximum(-entries, 0.0), program.row_count)
    at = _rows_by_name(program, COMPARING)
    sizes = elastic.size.copy()
    for i, (family, name) in enumerate(zip(elastic.family, elastic.name, strict=True)):
        if family in COMPARING:
            sizes[i] = max(1.0, above[at[name]], below[at[name]])
    return sizes


def _rows_by_name(program: Program, blocks: Collection[str]) -> dict[str, int]:
    return {
        program.row_name(row): row
        for names in program.row_names
        if names.block in blocks
        for row in range(names.first, names.first + names.size)
    }


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
            family in MAY_GIVE and not (family == "minimum_service" and names[name] < seen)
            for family, name in zip(elastic.family, elastic.name, strict=True)
        ]
    )


def _unserved(model: Model) -> Ints:
    column = model.assignments.unserved.column
    return column[column >= 0]


def _breaches(elastic: Elastic, used: Floats, prices: Floats) -> list[Breach]:
    found = []
    for i in np.flatnonzero(used > 2 * _ROOM * elastic.size):
        family, name = elastic.family[i], elastic.name[i]
        where = name.partition("[")[2].rstrip("]") or name
        found.append(Breach(family, where, float(used[i]), MAY_GIVE[family], float(used[i] * prices[i])))
    return sorted(found, key=lambda breach: (-breach.price_musd, breach.requirement, breach.where))
