"""The least violation of hard limits by which a plan that cannot meet them any more can go on, priced and named.

Two solves. First the price of all violations is minimised, then the cost of the plan with violations of no higher
price than that. What is physical (supply, power, gates, stocks) never gives way; what people have set (budgets, service
levels, policies, commitments) does. A query below the least service costs its penalty once more, a dollar over a budget
a dollar once more in the last period of the span (where budgets are carried over, in each span until it is saved); any
other bound, exceeded by its own size, `OTHER_SHARE` of what the plan costs undisturbed. A rule that compares two
amounts (a share, the growth of orders) has the size of the larger one in the undisturbed plan.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from models.build import BY_ROWS, REQUIREMENTS, Model
from models.elastic import Elastic, elastic_of, larger_sides, sizes_of, softs_of
from models.outcome import Outcome, SolveOptions
from models.polish import polish
from models.program import Floats, Ints, Names, Program
from models.recourse import periods_of
from models.requirement import GivesWay
from models.solvers.catalogue import general_code
from models.solvers.child import Engine
from models.stages import solve_model

MAY_GIVE = {one.rows: one for one in REQUIREMENTS if one.gives_way is not GivesWay.NEVER}
"""The requirements that give way, by their rows."""
OTHER_SHARE = 0.01
_NOTHING = 1e-7
_ROOM = 3e-7
"""What violations may be in their size where none is needed: what is not reported stays below the check's 1e-6."""
_PRICE_ROOM = 1e-6
"""What the price of all violations may grow by while a plan is searched for, relative to it."""


@dataclass(frozen=True)
class ViolatedLimit:
    """One hard limit that is not met: by how much, in `unit`, and its price in USD million of present cost."""

    requirement: str
    where: str
    amount: float
    unit: str
    price_musd: float


@dataclass(frozen=True)
class MinimumViolation:
    """The polished outcome of the least violation; its objective and bound are the plan's cost, without prices."""

    outcome: Outcome
    breaches: tuple[ViolatedLimit, ...]
    least_price_musd: float | None
    """Proven: no plan violates for less."""
    is_exact: bool = True
    """False where the plan only holds what is held with a little room, so that it may cost less than one that does."""


def minimum_violation(
    model: Model,
    engine: Engine,
    options: SolveOptions,
    *,
    undisturbed_musd: float,
    undisturbed: Floats | None = None,
    seen: int = 0,
    exact: Program | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> MinimumViolation:
    """Returns the plan of least violation, then of least cost; its outcome has no solution if none helps.

    `undisturbed` is the plan that is measured against, by column. The least service does not give way before the
    period `seen`; of everything else only what a held plan leaves open can give way at all. `exact` is the program of a
    held plan without the room that the model's leaves it: the plan that is returned keeps to it where it can.
    """
    model = model.searched
    given = softs_of(model, model.program, MAY_GIVE)
    amounts = None if undisturbed is None else larger_sides(model.program, given, undisturbed)
    sizes = sizes_of(given, amounts)
    ask = _ViolationPrograms(elastic_of(model.program, given, sizes), model, undisturbed_musd, seen)
    narrow = ask if exact is None else ask.on(elastic_of(exact, softs_of(model, exact, MAY_GIVE), sizes))
    code = general_code(options.solver)
    found = engine.solve(ask.least(), replace(options, hint=None), code=code, should_stop=should_stop)
    if found.solution is None:
        return MinimumViolation(found, (), None)
    slack = ask.slack_of(found.solution)
    second = ask.cheapest(slack, _PRICE_ROOM)
    strained = replace(model, program=second)
    with_hint = replace(options, hint=found.solution)
    outcome = solve_model(strained, engine, with_hint, should_stop=should_stop)
    polished = _polished_exactly(narrow, found, outcome, engine, options)
    is_exact = polished is not None
    if polished is None:
        polished = polish(second, outcome, engine=engine, options=options)
    if polished.solution is None:
        return MinimumViolation(polished, (), found.bound)
    first = ask.elastic.first_slack
    breaches = tuple(_breaches(ask.elastic, polished.solution[first:], ask.prices))
    return MinimumViolation(replace(polished, solution=polished.solution[:first]), breaches, found.bound, is_exact)


def _polished_exactly(
    narrow: _ViolationPrograms, found: Outcome, outcome: Outcome, engine: Engine, options: SolveOptions
) -> Outcome | None:
    """The plan with what is held exactly, and violations of no higher price than are needed then."""
    least = polish(narrow.least(), found, engine=engine, options=options)
    if least.solution is None:
        return None
    polished = polish(narrow.cheapest(narrow.slack_of(least.solution), 0.0), outcome, engine=engine, options=options)
    return polished if polished.solution is not None else None


class _ViolationPrograms:
    """The two programs of the least violation: first its price is minimised, then the cost."""

    def __init__(self, elastic: Elastic, model: Model, undisturbed_musd: float, seen: int) -> None:
        self.elastic, self._model = elastic, model
        self.prices = _prices(model, elastic, undisturbed_musd) * elastic.size
        self._soft = _soft(model, elastic, seen)

    def on(self, elastic: Elastic) -> _ViolationPrograms:
        """Returns the same questions of another program with the same rows that give way."""
        other = copy(self)
        other.elastic = elastic
        return other

    def least(self) -> Program:
        """The program whose cost is the price of all violations."""
        zeros = np.zeros(self.elastic.first_slack)
        return self._with(np.concatenate([zeros, self.prices]), np.where(self._soft, np.inf, 0.0))

    def slack_of(self, solution: Floats) -> Floats:
        """The violations of a solution, in their size; what is nothing is 0."""
        slack = np.maximum(solution[self.elastic.first_slack :], 0.0)
        slack[slack <= _NOTHING] = 0.0
        return slack

    def cheapest(self, slack: Floats, room: float) -> Program:
        """The program whose cost is the plan's, with violations whose price is at most that of `slack` and some room.

        Where nothing needs to be violated, or violations have no price, each is at most what it was.
        """
        price = float(self.prices @ slack)
        cost = np.concatenate([self._model.program.objective, np.zeros(len(slack))])
        may_move = self._soft & (self.prices > 0.0) & (price > 0.0)
        upper = np.where(may_move, np.inf, np.where(self._soft, slack + _ROOM, 0.0))
        made = self._with(cost, upper)
        if price > 0.0:
            columns = self.elastic.first_slack + np.flatnonzero(may_move)
            made = _with_row(made, columns, self.prices[may_move], price * (1.0 + room))
        return replace(made, constant=self._model.program.constant)

    def _with(self, cost: Floats, slack_upper: Floats) -> Program:
        program, first = self.elastic.program, self.elastic.first_slack
        upper = np.concatenate([program.column_upper[:first], slack_upper])
        return replace(program, objective=cost, column_upper=upper)


def _with_row(program: Program, columns: Ints, values: Floats, most: float) -> Program:
    """The program with one more row, of at most `most`."""
    name = Names("price_of_violations", program.row_count, (), ())
    return replace(
        program,
        starts=np.append(program.starts, program.starts[-1] + len(columns)),
        columns=np.concatenate([program.columns, columns]),
        values=np.concatenate([program.values, values]),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most),
        row_names=(*program.row_names, name),
    )


def _prices(model: Model, elastic: Elastic, undisturbed_musd: float) -> Floats:
    """USD million of present cost for each unit of each bound."""
    prices = OTHER_SHARE * abs(undisturbed_musd) / elastic.size * _probabilities(model, elastic)
    penalty, discount = _penalties(model, undisturbed_musd), _discounts(model)
    for i, one in enumerate(elastic.soft):
        way = BY_ROWS[one.family].gives_way
        if way is GivesWay.AT_ITS_MONEY:
            prices[i] = discount[one.name]
        elif way is GivesWay.AT_ITS_PENALTY:
            prices[i] = penalty[one.name]
    return prices


def _probabilities(model: Model, elastic: Elastic) -> Floats:
    """How likely what is bounded is: the probability of the node that a bound names last, 1 on a single path."""
    tree = model.frame.tree
    if tree.is_line:
        return np.ones(len(elastic.soft))
    known = dict(zip(model.frame.node.labels, tree.probability.tolist(), strict=True))
    places = (one.name.partition("[")[2].rstrip("]") for one in elastic.soft)
    ends = ((place.rpartition(",")[2], place.rpartition(":")[2], place) for place in places)
    return np.array([next((known[end] for end in parts if end in known), 1.0) for parts in ends])


def _discounts(model: Model) -> dict[str, float]:
    """By name of a row of money: the discount factor of the last node of its span, times its probability."""
    found: dict[str, float] = {}
    for amounts in model.amounts:
        for rows in model.builder.rows if amounts.requirement.gives_way is GivesWay.AT_ITS_MONEY else ():
            if amounts.is_stated_by(rows.name, rows.axes):
                for i, node in enumerate(amounts.node[rows.cells]):
                    weight = float(model.frame.discount[node] * model.frame.tree.probability[node])
                    found[model.program.row_name(rows.first + i)] = weight
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
        [one.family in MAY_GIVE and not (one.is_column and names.get(one.name, seen) < seen) for one in elastic.soft]
    )


def _unserved(model: Model) -> Ints:
    column = model.assignments.unserved.column
    return column[column >= 0]


def _breaches(elastic: Elastic, used: Floats, prices: Floats) -> list[ViolatedLimit]:
    found = []
    for i in np.flatnonzero(used > 2 * _ROOM):
        one, amount = elastic.soft[i], float(used[i] * elastic.size[i])
        where = one.name.partition("[")[2].rstrip("]") or one.name
        found.append(ViolatedLimit(one.family, where, amount, MAY_GIVE[one.family].unit, float(used[i] * prices[i])))
    return sorted(found, key=lambda breach: (-float(f"{breach.price_musd:.6g}"), breach.requirement, breach.where))
