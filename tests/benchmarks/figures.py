"""Medians, spreads, ratios and slopes of what was measured."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

REACHED = "optimal"
PLAN_PHASES = ("build", "write", "read", "hand-off", "solve", "polish")
"""What counts into the seconds to a plan with a certified gap: from the case to the plan, libraries being loaded."""


def geometric_mean(values):
    """The geometric mean of positive figures."""
    return math.exp(statistics.fmean(map(math.log, values)))


@dataclass(frozen=True)
class Spread:
    """A median with the least and the largest of some figures."""

    median: float
    least: float
    most: float
    count: int

    @classmethod
    def of(cls, values):
        values = list(values)
        return cls(statistics.median(values), min(values), max(values), len(values))


def seconds_to_plan(record, clock="seconds"):
    """Seconds from a case in memory to a plan; reading the case is left out, reading a file of a model is not.

    With the clock `processor` they are those of processor time of all processes.
    """
    phases = PLAN_PHASES if record["who"] != "ours" else [name for name in PLAN_PHASES if name not in ("read", "write")]
    return sum(record.get(clock, {}).get(name, 0.0) for name in phases)


def reached(record):
    """True when a plan within the gap that was asked for was found in time."""
    return record.get("status") == REACHED


@dataclass(frozen=True)
class Ratio:
    """How many times as long a rival took as we did; `is_least` where the limit ended the rival, so it is more."""

    spread: Spread
    is_least: bool


def ratios(ours, others):
    """The ratios of the fastest of some rivals to ours, repeat by repeat; None where we did not reach the gap.

    A rival that was ended by its limit counts with its limit, and only where none of the others reached the gap.
    A rival that is not in a repeat (because it was slow in the first) counts as in its first.
    """
    if not ours or not all(reached(record) for record in ours):
        return None
    found, least = [], False
    for mine in ours:
        runs = [_of_repeat(records, mine["repeat"]) for records in _by_who(others).values()]
        runs = [run for run in runs if run.get("seconds") or "limit" in run]
        if not runs:
            return None
        in_time = [seconds_to_plan(run) for run in runs if reached(run)]
        least = least or not in_time
        best = min(in_time) if in_time else min(max(run["limit"], seconds_to_plan(run)) for run in runs)
        found.append(best / seconds_to_plan(mine))
    return Ratio(Spread.of(found), least)


def _by_who(records):
    found = {}
    for record in records:
        found.setdefault(record["who"], []).append(record)
    return found


def _of_repeat(records, repeat):
    return next((one for one in records if one["repeat"] == repeat), records[0])


@dataclass(frozen=True)
class Slope:
    """The exponent of a power law by least squares over the logarithms, and over how many points."""

    exponent: float
    points: int
    least: float
    most: float


def slope(points, apart=1.0):
    """The slope of (size, amount) pairs in logarithms; None for sizes that are fewer than three or too close."""
    points = [(size, amount) for size, amount in points if size > 0 and amount > 0]
    sizes = [size for size, _ in points]
    if len(set(sizes)) < 3 or max(sizes) < apart * min(sizes):
        return None
    x = [math.log(size) for size, _ in points]
    y = [math.log(amount) for _, amount in points]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return Slope(above / sum((a - mean_x) ** 2 for a in x), len(points), min(sizes), max(sizes))


def contradictions(records, tolerance=1e-6):
    """Pairs of runs of one problem of which one's plan costs less than another's bound allows."""
    found = []
    for plan in records:
        for proof in records:
            cost, bound = plan.get("objective"), proof.get("bound")
            if cost is not None and bound is not None and bound - cost > tolerance * max(1.0, abs(cost)):
                found.append((plan["who"], cost, proof["who"], bound))
    return found
