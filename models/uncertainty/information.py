"""What knowing the future would be worth, and what planning over scenarios is worth, as brackets that carry the gaps.

    WS    the cost with all known: each scenario planned by itself
    RP    the cost of the plan over scenarios
    EEV   the cost when the plan for the mean of all scenarios is followed until the first of them is told apart, and
          the rest is then decided for the best

WS ≤ RP ≤ EEV. The expected value of perfect information is RP − WS, the value of the stochastic solution EEV − RP
(Birge and Louveaux, Introduction to Stochastic Programming, chapter 4). With risk aversion costs of paths are weighed
as in the objective, which keeps the order: the measure grows with each of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model, build
from models.outcome import SolveOptions, Status
from models.program import Floats, Ints
from models.recourse import HELD, SLACK
from models.solvers.child import Engine
from models.stages import solve_model
from models.uncertainty.mean_case import mean_case
from models.uncertainty.risk_measures import conditional_value_at_risk
from models.uncertainty.scenario_tree import ScenarioTree

TOLERANCE = 1e-6
"""How far costs may lie on the wrong side of each other, relative, before an order is called broken."""


@dataclass(frozen=True)
class Bracket:
    """What a cost is at least and at most, USD million; None: not known, infinite: there is no plan."""

    low: float | None
    high: float | None

    def less(self, other: Bracket) -> Bracket:
        """Returns between what this less another lies, where it is known not to be negative."""
        low = None if self.low is None or other.high is None else max(0.0, self.low - other.high)
        high = None if self.high is None or other.low is None else max(0.0, self.high - other.low)
        return Bracket(low, high)

    def is_above(self, other: Bracket) -> bool:
        """True where this is proven to be more than another."""
        if self.low is None or other.high is None or not math.isfinite(other.high):
            return False
        return self.low > other.high + TOLERANCE * max(1.0, abs(other.high))


@dataclass(frozen=True)
class Information:
    """Costs with all known, over scenarios, and with the mean's first decisions; and what lies between them.

    `is_ordered` is False where WS ≤ RP ≤ EEV is proven not to hold: then something is wrong with a bound.
    """

    ws: Bracket
    rp: Bracket
    eev: Bracket
    notes: tuple[str, ...]

    @property
    def evpi(self) -> Bracket:
        """The expected value of perfect information."""
        return self.rp.less(self.ws)

    @property
    def vss(self) -> Bracket:
        """The value of the stochastic solution."""
        return self.eev.less(self.rp)

    @property
    def is_ordered(self) -> bool:
        """Whether the costs can stand in the order in which they must."""
        return not self.ws.is_above(self.rp) and not self.rp.is_above(self.eev)


def information(tree: ScenarioTree, model: Model, rp: Bracket, engine: Engine, options: SolveOptions) -> Information:
    """Returns what knowing and planning over scenarios are worth; solves each scenario, the mean, and the tree again.

    `model` is the model of the tree, `rp` what its plan costs.
    """
    notes: list[str] = []
    alone = [solve_model(tree.future(name), engine, options) for name in tree.names]
    ws = Bracket(_weighed(tree, [found.bound for found in alone]), _weighed(tree, [found.objective for found in alone]))
    eev = _followed(tree, model, engine, options, notes)
    return Information(ws, rp, eev, tuple(notes))


def _weighed(tree: ScenarioTree, costs: Sequence[float | None]) -> float | None:
    """The risk measure of the objective over costs of the scenarios."""
    if any(cost is None for cost in costs):
        return None
    known = np.array(costs, dtype=float)
    chance, settings = np.array(tree.probability), tree.case.settings
    mean = float(chance @ known)
    if not settings.risk_aversion or len(known) == 1:
        return mean
    worst = conditional_value_at_risk(known, chance, settings.risk_level)
    return (1.0 - settings.risk_aversion) * mean + settings.risk_aversion * worst


def _followed(tree: ScenarioTree, model: Model, engine: Engine, options: SolveOptions, notes: list[str]) -> Bracket:
    """The cost of the tree with the decisions of the mean's plan before the first reveal."""
    mean_model = build(mean_case(tree.case, tree.cases, tree.probability))
    mean = solve_model(mean_model, engine, options)
    if mean.solution is None:
        notes.append("There is no plan for the mean of the scenarios, so that nothing is said of following one.")
        return Bracket(None, None)
    held = hold_trunk(model, mean_model, mean.solution)
    found = solve_model(held, engine, options)
    if found.status is Status.INFEASIBLE:
        notes.append(
            "Once the plan for the mean has been followed, some scenario cannot be met: its cost has no bound."
        )
        return Bracket(math.inf, math.inf)
    return Bracket(found.bound, found.objective)


def hold_trunk(model: Model, line: Model, solution: Floats) -> Model:
    """Returns the model of a tree in which all is decided as in a plan for one future, until the first reveal.

    Up to there the tree is a line, so that its first nodes, and the pairs of them, are those of the plan.
    """
    counts = np.bincount(model.frame.tree.period)
    alone = int(np.argmax(counts > 1)) if (counts > 1).any() else len(counts)
    program = model.program
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for name in HELD:
        mine = _of_trunk(model, name, alone)
        theirs = _of_trunk(line, name, alone)
        both = (mine >= 0) & (theirs >= 0)
        columns, values = mine[both], solution[theirs[both]]
        whole = program.is_integer[columns]
        values = np.where(whole, np.rint(values), values)
        room = np.where(whole, 0.0, SLACK * np.maximum(1.0, np.abs(values)))
        low, high = np.maximum(lower[columns], values - room), np.minimum(upper[columns], values + room)
        # A bound that follows from what the scenarios need may be less than what the mean's plan has done.
        crossed = low > high
        lower[columns], upper[columns] = np.where(crossed, values, low), np.where(crossed, values, high)
    return replace(model, program=replace(program, column_lower=lower, column_upper=upper))


def _of_trunk(model: Model, name: str, alone: int) -> Ints:
    """The columns of a block in the first nodes, which are those of the first periods."""
    block, vintages = model.builder.blocks[name], model.fleet.vintages
    last = vintages.pairs.last if block.axes[-1] is vintages.axis else np.arange(len(model.frame.node))
    return block.column[..., np.flatnonzero(last < alone)]
