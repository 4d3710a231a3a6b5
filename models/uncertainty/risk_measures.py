"""Measures of a distribution of costs: quantiles, and the mean of the worst paths."""

from __future__ import annotations

import numpy as np

from models.program import Floats

_ROUNDING = 1e-12


def conditional_value_at_risk(costs: Floats, probability: Floats, level: float) -> float:
    """Returns the mean cost of the worst 1 − `level` of the paths (CVaR); probabilities add up to 1.

    >>> float(conditional_value_at_risk(np.array([1.0, 2.0, 6.0]), np.array([0.5, 0.3, 0.2]), 0.5))
    3.6
    """
    order = np.argsort(-np.asarray(costs), kind="stable")
    chance = np.asarray(probability)[order]
    tail = 1.0 - level
    before = np.cumsum(chance) - chance
    part = np.clip(tail - before, 0.0, chance)
    return float(part @ np.asarray(costs)[order] / part.sum())


def quantile_of(costs: Floats, probability: Floats, share: float) -> float:
    """Returns the smallest cost that is not exceeded with at least a probability of `share`.

    >>> float(quantile_of(np.array([6.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3]), 0.8))
    2.0
    """
    order = np.argsort(np.asarray(costs), kind="stable")
    reached = np.cumsum(np.asarray(probability)[order])
    place = int(np.searchsorted(reached, share - _ROUNDING))
    return float(np.asarray(costs)[order][min(place, len(order) - 1)])
