"""Fewer scenarios in place of many: fast forward selection, with the Kantorovich distance that it leaves.

The set that is kept is chosen one by one, each time the scenario that lessens the distance most; what is not kept gives
its probability to the nearest scenario that is (Heitsch and Römisch, 2003: Scenario reduction algorithms in stochastic
programming).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.case import Case
from models.program import Floats, Ints
from models.tables.strategy_rows import Scenario, ScenarioValue
from models.whatif.shock import ShockError
from models.whatif.values import lever_of_scenario_value, values_now


@dataclass(frozen=True, eq=False)
class Reduction:
    """Which scenarios are kept, in the order of their choice, and what that loses.

    `nearest` is the number of the kept scenario that each one is represented by, itself where it is kept; `probability`
    is that of each kept scenario with what it represents. `distance` is the Kantorovich distance between the two
    distributions: probability times distance to the nearest kept scenario, summed; `share` is it as a share of that of
    the best single scenario.
    """

    kept: tuple[int, ...]
    nearest: Ints
    probability: Floats
    distance: float
    share: float


@dataclass(frozen=True)
class ReducedScenarios:
    """The rows that are kept, how they were chosen, and by which kept scenario each scenario is represented."""

    scenarios: tuple[Scenario, ...]
    values: tuple[ScenarioValue, ...]
    reduction: Reduction
    represented_by: dict[str, str]


def forward_selection(distance: Floats, probability: Sequence[float], keep: int) -> Reduction:
    """Returns the `keep` scenarios that fast forward selection chooses by their mutual distances.

    Of equally good ones the first is taken. Raises ShockError where the number is not from 1 to that of the scenarios
    of positive probability.
    """
    weights = np.asarray(probability, dtype=float)
    possible = int((weights > 0).sum())
    if not 1 <= keep <= possible:
        msg = f"{keep} of {possible} scenarios cannot be kept. Use a number from 1 to {possible}."
        raise ShockError(msg)
    to_nearest = np.full(len(weights), np.inf)
    kept: list[int] = []
    losses: list[float] = []
    for _ in range(keep):
        # By candidate: the distance that would be left with it.
        left = weights @ np.minimum(to_nearest[:, None], distance)
        left[[*kept, *np.flatnonzero(weights <= 0)]] = np.inf
        chosen = int(np.argmin(left))
        kept.append(chosen)
        losses.append(float(left[chosen]))
        to_nearest = np.minimum(to_nearest, distance[:, chosen])
    order = np.array(kept)
    nearest = order[np.argmin(distance[:, order], axis=1)]
    nearest[order] = order
    moved = np.bincount(nearest, weights=weights, minlength=len(weights))
    share = losses[-1] / losses[0] if losses[0] > 0 else 0.0
    return Reduction(tuple(kept), nearest, moved[order], losses[-1], share)


def scenario_distances(case: Case) -> Floats:
    """Returns how far the scenarios of a case are from each other, by (scenario, scenario).

    The Euclidean distance of what they change: the values of `scenario_values`, each divided by its standard deviation
    over the scenarios with their probabilities, and disruptions as 1 or 0, divided likewise.
    """
    names = [row.scenario for row in case.scenarios]
    columns: dict[tuple[str, ...], Floats] = {}
    for row in case.scenario_values:
        key: tuple[str, ...] = (row.table, row.key, row.column, row.period, row.effect)
        if key not in columns:
            columns[key] = np.full(len(names), _neutral(case, row))
        columns[key][names.index(row.scenario)] = row.value
    for place, scenario in enumerate(case.scenarios):
        for name in scenario.disruptions:
            columns.setdefault(("disruption", name), np.zeros(len(names)))[place] = 1.0
    weights = np.array([row.probability for row in case.scenarios])
    total = np.zeros((len(names), len(names)))
    for _, values in sorted(columns.items(), key=lambda pair: pair[0]):
        spread = float(np.sqrt(weights @ (values - weights @ values) ** 2))
        if spread > 0:
            total += ((values[:, None] - values[None, :]) / spread) ** 2
    return np.sqrt(total)


def _neutral(case: Case, row: ScenarioValue) -> float:
    """The value that stands for no change: of a value that is set, the mean of the table's."""
    if row.effect != "set":
        return 1.0 if row.effect == "multiply" else 0.0
    known = [value for value in values_now(case, lever_of_scenario_value(row)) if value is not None]
    return float(np.mean(known)) if known else 0.0


def reduced(case: Case, keep: int) -> ReducedScenarios:
    """Returns `keep` of the scenarios of a case, in their order, with the probabilities of those they represent.

    Raises:
        ShockError: the number is not from 1 to that of the scenarios of positive probability.
    """
    rows = case.scenarios
    found = forward_selection(scenario_distances(case), [row.probability for row in rows], keep)
    # Sums of shares are written without the noise of their last digits.
    chance = {place: float(f"{share:.12g}") for place, share in zip(found.kept, found.probability, strict=True)}
    kept = []
    for place in sorted(found.kept):
        others = int((found.nearest == place).sum()) - 1
        remark = f"represents {others} more" if others else ""
        note = "; ".join(part for part in (rows[place].note, remark) if part)
        kept.append(replace(rows[place], probability=chance[place], note=note))
    names = {row.scenario for row in kept}
    return ReducedScenarios(
        tuple(kept),
        tuple(row for row in case.scenario_values if row.scenario in names),
        found,
        {rows[place].scenario: rows[int(near)].scenario for place, near in enumerate(found.nearest)},
    )
