"""Multipliers of the linking columns: what a unit of each copy costs a path more than its own price.

Weighted with the probabilities of the paths they add up to nothing at every column of the tree, so that the paths'
objectives still add up to the tree's. They are stored by unit of probability: a path is solved with its own objective
plus its multipliers, and its cost counts with its probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.program import Floats
from models.uncertainty.decomposition.path_store import PathStore

_ROUNDING = 4.0 * float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Multipliers:
    """The multipliers of each path's linking columns, by future."""

    store: PathStore
    values: tuple[Floats, ...]

    @staticmethod
    def none(store: PathStore) -> Multipliers:
        """Returns multipliers of nothing."""
        return Multipliers(store, tuple(np.zeros(len(columns)) for columns in store.linking))

    def cost(self, future: int) -> Floats:
        """Returns what each column of a path costs with its multipliers, less its own price."""
        found = np.zeros(len(self.store[future].program.objective))
        found[self.store.linking[future]] = self.values[future]
        return found

    def with_values(self, changed: Mapping[int, Floats]) -> Multipliers:
        """Returns the multipliers with those of some futures replaced, centred again."""
        found = [changed.get(future, own) for future, own in enumerate(self.values)]
        return Multipliers(self.store, tuple(found)).centred()

    def centred(self) -> Multipliers:
        """Returns multipliers that add up to nothing, each moved by the same at a node."""
        mean = self._sums() / self._weights()
        moved = tuple(own - mean[slots] for own, slots in zip(self.values, self.store.slots, strict=True))
        return Multipliers(self.store, moved)

    def rounding_loss(self, largest: Floats) -> float:
        """Returns by how much the sum of the paths' objectives may fall short of the tree's, USD million.

        `largest` is the most that each column of the tree can be, by slot.
        """
        sizes = np.zeros(len(self.store.slot_node))
        for own, slots, chance in zip(self.values, self.store.slots, self.store.probability, strict=True):
            sizes[slots] += chance * np.abs(own)
        return float((np.abs(self._sums()) + _ROUNDING * self.store.count * sizes) @ largest)

    def _sums(self) -> Floats:
        found = np.zeros(len(self.store.slot_node))
        for own, slots, chance in zip(self.values, self.store.slots, self.store.probability, strict=True):
            found[slots] += chance * own
        return found

    def _weights(self) -> Floats:
        found = np.zeros(len(self.store.slot_node))
        for slots, chance in zip(self.store.slots, self.store.probability, strict=True):
            found[slots] += chance
        return found
