"""Expected cost against the mean of the worst paths, for several weights of the latter.

Every plan of the curve can be had at every weight: each weight has the best of all that were found, so that mean cost
rises and the tail falls along the curve whatever the gaps are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.build import Model
from models.case import Case
from models.solution import Solution
from models.uncertainty.risk_measures import conditional_value_at_risk
from models.uncertainty.scenario_tree import ScenarioTree


@dataclass(frozen=True)
class RiskPoint:
    """A plan for one weight of risk: its mean cost and tail, and what any plan's measure is at least, USD million."""

    risk_aversion: float
    expected: float
    cvar: float
    bound: float | None

    @property
    def objective(self) -> float:
        """The measure that is minimised at this weight."""
        return measure(self.risk_aversion, self.expected, self.cvar)


def measure(aversion: float, expected: float, cvar: float) -> float:
    """Returns (1 − λ) times the mean cost and λ times the tail."""
    return (1.0 - aversion) * expected + aversion * cvar


def with_aversion(case: Case, aversion: float) -> Case:
    """Returns a case with another weight of risk."""
    return replace(case, settings=replace(case.settings, risk_aversion=aversion))


def averse_model(tree: ScenarioTree, aversion: float) -> Model:
    """Builds the model of a tree for another weight of risk."""
    cases = tuple(with_aversion(case, aversion) for case in tree.cases)
    return replace(tree, case=with_aversion(tree.case, aversion), cases=cases).model()


def point_of(solution: Solution, aversion: float, bound: float | None) -> RiskPoint:
    """Returns the point of a plan over scenarios."""
    frame = solution.model.frame
    costs, chance = path_costs(solution), frame.tree.probability[frame.tree.leaves]
    tail = conditional_value_at_risk(costs, chance, frame.case.settings.risk_level)
    return RiskPoint(aversion, float(costs @ chance), float(tail), bound)


def path_costs(solution: Solution) -> np.ndarray:
    """Returns the net present cost of each path, in the order of the leaves, USD million."""
    frame = solution.model.frame
    node_costs = solution.money(solution.model.ledger.discounted_by_node())
    return np.array([node_costs[path].sum() for path in frame.tree.paths()])


def curve_of(points: Sequence[RiskPoint]) -> tuple[RiskPoint, ...]:
    """Returns the points in the order of their weights, each with the best plan for it of all that were found."""
    ordered = sorted(points, key=lambda point: point.risk_aversion)
    found = []
    for point in ordered:
        best = min(ordered, key=lambda other: measure(point.risk_aversion, other.expected, other.cvar))
        is_better = measure(point.risk_aversion, best.expected, best.cvar) < point.objective
        found.append(replace(point, expected=best.expected, cvar=best.cvar) if is_better else point)
    return tuple(found)
