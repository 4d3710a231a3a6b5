"""Measures of a distribution of costs: quantiles, and the mean of the worst paths."""

from __future__ import annotations

import numpy as np

from models.program import Floats

_ROUNDING = 1e-9
"""What sums of probabilities may lack to a share."""


def tail_probability(costs: Floats, probability: Floats, level: float) -> Floats:
    """Returns how much of the probability of each path is among the worst 1 − `level`.

    >>> tail_probability(np.array([1.0, 3.0, 2.0]), np.array([0.5, 0.25, 0.25]), 0.5).tolist()
    [0.0, 0.25, 0.25]
    """
    order = np.argsort(-np.asarray(costs), kind="stable")
    chance = np.asarray(probability)[order]
    before = np.cumsum(chance) - chance
    found = np.empty(len(chance))
    found[order] = np.clip(1.0 - level - before, 0.0, chance)
    return found


def conditional_value_at_risk(costs: Floats, probability: Floats, level: float) -> float:
    """Returns the mean cost of the worst 1 − `level` of the paths (CVaR); probabilities add up to 1.

    >>> float(conditional_value_at_risk(np.array([1.0, 2.0, 6.0]), np.array([0.5, 0.3, 0.2]), 0.5))
    3.6
    """
    part = tail_probability(costs, probability, level)
    return float(part @ np.asarray(costs) / part.sum())


def quantile_of(costs: Floats, probability: Floats, share: float) -> float:
    """Returns the smallest cost that is not exceeded with at least a probability of `share`.

    >>> float(quantile_of(np.array([6.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3]), 0.8))
    2.0
    """
    order = np.argsort(np.asarray(costs), kind="stable")
    reached = np.cumsum(np.asarray(probability)[order])
    place = int(np.searchsorted(reached, share - _ROUNDING))
    return float(np.asarray(costs)[order][min(place, len(order) - 1)])
