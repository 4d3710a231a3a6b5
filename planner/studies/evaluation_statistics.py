"""Statistics over the paths of an evaluation: estimates with intervals that carry sampling error and gaps.

The cost of a path is known to lie between its bound and the plan that was found. The low end of an interval is taken
from the bounds and the high end from the plans, each with its sampling error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.program import Floats
from models.uncertainty.risk_measures import conditional_value_at_risk, quantile_of

CONFIDENCE = 0.95
NORMAL_FROM = 100
"""From this many paths on the interval of a mean is that of the normal distribution; below it is a bootstrap."""
RESAMPLES = 2000
EXACT, NORMAL, BOOTSTRAP, WILSON, STUDENT = "none", "normal", "bootstrap", "Wilson", "Student t"
_SCORE = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)
_ANGLES = 20_001
Statistic = Callable[[Floats, Floats], float]


@dataclass(frozen=True)
class Estimate:
    """A statistic with the ends of its interval (None: no bound is proven), and how that was found."""

    value: float
    low: float | None
    high: float | None
    interval: str


@dataclass(frozen=True, eq=False)
class PathValues:
    """One number a path: as found, and its least and most; `is_drawn` where paths are draws that weigh the same."""

    found: Floats
    least: Floats | None
    most: Floats | None
    weight: Floats
    is_drawn: bool
    seed: int

    def mean(self) -> Estimate:
        """Returns the mean."""
        value = float(self.weight @ self.found)
        if self.is_drawn and len(self.found) >= NORMAL_FROM:
            ends = [
                None if side is None else float(side.mean()) + sign * _SCORE * _error(side)
                for side, sign in ((self.least, -1.0), (self.most, 1.0))
            ]
            return Estimate(value, ends[0], ends[1], NORMAL)
        return self._estimate(lambda values, weight: float(weight @ values))

    def mean_of_few(self) -> Estimate:
        """Returns the mean with the interval after Student, which holds for few draws where a bootstrap is too narrow.

        Of one draw it has no ends.
        """
        value, count = float(self.weight @ self.found), len(self.found)
        if not self.is_drawn:
            return self.mean()
        if count < 2:
            return Estimate(value, None, None, STUDENT)
        score = student_score(count - 1)
        ends = [
            None if side is None else float(side.mean()) + sign * score * _error(side)
            for side, sign in ((self.least, -1.0), (self.most, 1.0))
        ]
        return Estimate(value, ends[0], ends[1], STUDENT)

    def quantile(self, share: float) -> Estimate:
        """Returns the value that is not exceeded with a probability of `share`."""
        return self._estimate(lambda values, weight: quantile_of(values, weight, share))

    def tail_mean(self, level: float) -> Estimate:
        """Returns the mean of the worst 1 − `level` (CVaR)."""
        return self._estimate(lambda values, weight: conditional_value_at_risk(values, weight, level))

    def weighed(self, aversion: float, level: float) -> Estimate:
        """Returns (1 − `aversion`) times the mean plus `aversion` times the CVaR: what a plan with risk minimises."""

        def measure(values: Floats, weight: Floats) -> float:
            tail = conditional_value_at_risk(values, weight, level)
            return (1.0 - aversion) * float(weight @ values) + aversion * tail

        return self._estimate(measure)

    def deviation(self) -> float:
        """Returns the standard deviation of the values that were found."""
        mean = float(self.weight @ self.found)
        return math.sqrt(max(0.0, float(self.weight @ (self.found - mean) ** 2)))

    def _estimate(self, of: Statistic) -> Estimate:
        value = of(self.found, self.weight)
        if not self.is_drawn:
            least, most = (None if side is None else of(side, self.weight) for side in (self.least, self.most))
            return Estimate(value, least, most, EXACT)
        # The same resamples for every statistic and both ends, so that their order is kept.
        places = np.random.default_rng(self.seed).integers(len(self.found), size=(RESAMPLES, len(self.found)))
        ends: list[float | None] = []
        for side, share in ((self.least, 0.5 - CONFIDENCE / 2.0), (self.most, 0.5 + CONFIDENCE / 2.0)):
            again = None if side is None else [of(side[own], self.weight) for own in places]
            ends.append(None if again is None else float(np.quantile(again, share)))
        return Estimate(value, ends[0], ends[1], BOOTSTRAP)


def student_score(freedom: int) -> float:
    """Returns the quantile of Student's distribution that encloses a mean with the confidence of intervals.

    With t = √ν·tan θ, P(|T| < t) is the integral of cos^(ν−1) from 0 to θ over that to π/2.

    >>> round(student_score(1), 3), round(student_score(7), 3), round(student_score(19), 3)
    (12.706, 2.365, 2.093)
    """
    angles = np.linspace(0.0, math.pi / 2.0, _ANGLES)
    height = np.cos(angles) ** (freedom - 1)
    area = np.concatenate([[0.0], np.cumsum(0.5 * (height[1:] + height[:-1]))])
    return math.sqrt(freedom) * math.tan(float(np.interp(CONFIDENCE, area / area[-1], angles)))


def share_of_paths(holds: Sequence[bool], weight: Floats, *, is_drawn: bool) -> Estimate:
    """Returns the share of paths in which something holds, with the interval after Wilson where paths are draws."""
    value = float(weight @ np.asarray(holds, dtype=float))
    if not is_drawn:
        return Estimate(value, value, value, EXACT)
    count, square = len(holds), _SCORE**2
    middle = (value + square / (2.0 * count)) / (1.0 + square / count)
    half = _SCORE * math.sqrt(value * (1.0 - value) / count + square / (4.0 * count**2)) / (1.0 + square / count)
    return Estimate(value, max(0.0, middle - half), min(1.0, middle + half), WILSON)


def _error(values: Floats) -> float:
    """The standard error of a mean of draws."""
    return float(values.std(ddof=1)) / math.sqrt(len(values))
