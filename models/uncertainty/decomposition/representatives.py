"""A few paths that stand for all: k-medoids over what the paths would decide if each were known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints

_MOST_SWAPS = 50
_MOST_COMPARED = 1500
"""Of more paths than this every n-th is compared with every other: the table of distances grows with the square."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The representatives of some members, which of them stands for each member, and the weight of each."""

    representatives: Ints
    of: Ints
    weights: Floats


def clusters(features: Floats, weights: Floats, count: int) -> Clusters:
    """Returns at most `count` clusters of the rows of `features`, by weighted distance over each column's spread.

    Members and representatives are numbers of rows.
    """
    spread = features.max(axis=0, initial=0.0) - features.min(axis=0, initial=0.0) if len(features) else np.zeros(0)
    scaled = features[:, spread > 0] / spread[spread > 0]
    among = np.arange(0, len(features), -(-len(features) // _MOST_COMPARED))
    chosen = among[_medoids(_distances(scaled[among], scaled[among]), weights[among], count)]
    of = np.argmin(_distances(scaled, scaled[chosen]), axis=1)
    of[chosen] = np.arange(len(chosen))
    return Clusters(chosen, of, np.bincount(of, weights, len(chosen)).astype(float))


def _distances(one: Floats, other: Floats) -> Floats:
    """Sums of absolute differences, block by block so that no large table is made."""
    found = np.zeros((len(one), len(other)))
    for at in range(len(one)):
        found[at] = np.abs(one[at] - other).sum(axis=1)
    return found


def _medoids(distance: Floats, weights: Floats, count: int) -> Ints:
    """The positions of the medoids: the greedy choice, then exchanges as long as one makes the sum less."""
    chosen: list[int] = []
    nearest = np.full(len(distance), np.inf)
    for _ in range(min(count, len(distance))):
        reached = np.minimum(nearest[:, None], distance) if chosen else distance
        at = int(np.argmin(weights @ reached))
        if at in chosen:
            break
        chosen.append(at)
        nearest = np.minimum(nearest, distance[:, at])
    for _ in range(_MOST_SWAPS):
        now = float(weights @ distance[:, chosen].min(axis=1))
        best, swap = now * (1.0 - 1e-9), None
        for place in range(len(chosen)):
            others = chosen[:place] + chosen[place + 1 :]
            rest = distance[:, others].min(axis=1) if others else np.full(len(distance), np.inf)
            costs = weights @ np.minimum(rest[:, None], distance)
            at = int(np.argmin(costs))
            if costs[at] < best:
                best, swap = float(costs[at]), (place, at)
        if swap is None:
            break
        chosen[swap[0]] = swap[1]
    return np.array(sorted(chosen), dtype=np.int64)
