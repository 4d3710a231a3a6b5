"""From paths alone to multipliers: those of a reduced tree are copied, then batches of paths improve them in turn.

Each batch is solved as one linear program with the multipliers that its paths have; its duals part the sum of its
paths' multipliers anew. What is proven never gets less (block-coordinate ascent), and there is nothing to be tuned.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.program import Floats, Ints
from models.solvers.engine_pool import EnginePool
from models.uncertainty.decomposition.batches import batches_of, branchings
from models.uncertainty.decomposition.multipliers import Multipliers
from models.uncertainty.decomposition.path_store import PathStore
from models.uncertainty.decomposition.path_tasks import CHAIN, PathTasks, RelaxedPath
from models.uncertainty.decomposition.representatives import Clusters, clusters

COPIED_FROM = 8
"""Representatives whose multipliers are copied: more lose less, and their linear program takes longer."""


def chains(count: int, size: int = CHAIN) -> list[list[int]]:
    """Returns the futures in chains of about equal length, of an even number, so that two engines end together."""
    parts = min(count, 2 * -(-count // (2 * size)))
    return [list(range(count * part // parts, count * (part + 1) // parts)) for part in range(parts)]


def relaxed_paths(tasks: PathTasks, pool: EnginePool, multipliers: Multipliers | None = None) -> list[RelaxedPath]:
    """Returns the linear program of each path; each chain begins where the first path ended."""
    first = pool.map(tasks.relaxed_chain, [([0], multipliers, None)])[0]
    found = pool.map(tasks.relaxed_chain, [(chain, multipliers, first[0].end) for chain in chains(tasks.store.count)])
    return [one for chain in found for one in chain]


def root_features(store: PathStore, relaxed: Sequence[RelaxedPath]) -> Floats:
    """Returns by future what it would decide, were it known, of what all futures decide together."""
    everyone = np.array([len(np.unique(store.nodes[:, t])) == 1 for t in range(store.nodes.shape[1])])
    last = int(store.nodes[0][np.flatnonzero(everyone)[-1]])
    rows = [one.linking[store.slot_node[store.slots[future]] <= last] for future, one in enumerate(relaxed)]
    return np.array(rows)


class DualAscent:
    """Multipliers that get better pass by pass, and what linear programs prove of the tree's cost on the way."""

    def __init__(self, tasks: PathTasks, pool: EnginePool, relaxed: Sequence[RelaxedPath]) -> None:
        self._tasks, self._pool, self._relaxed = tasks, pool, relaxed
        store = tasks.store
        self._levels = branchings(store.scenarios.tree, list(store.nodes))
        self._order = _order(store, relaxed)
        self._turn = 0
        self.multipliers = Multipliers.none(store)
        self.bound = float(store.probability @ np.array([one.bound for one in relaxed]))

    def improve(self) -> None:
        """Goes once through all batches of each branching, from the last one to the first.

        The first time it begins with the multipliers of a reduced tree, where all paths part at one node.
        """
        if self._turn == 0:
            self._copy()
        for level in reversed(self._levels):
            batches = [batch for branches in level for batch in batches_of(branches, self._order, self._turn)]
            work = [(one, self.multipliers, [self._relaxed[future] for future in one]) for one in batches]
            results = self._pool.map(self._tasks.batch, work)
            known = [one for one in results if one is not None]
            changed = {future: own for one in known for future, own in one.multipliers.items()}
            self.multipliers = self.multipliers.with_values(changed)
            done = {future for one in batches for future in one}
            if len(known) == len(results) and len(done) == self._tasks.store.count:
                self.bound = max(self.bound, sum(one.bound for one in known))
        self._turn += 1

    def _copy(self) -> None:
        store = self._tasks.store
        has_one_branching = len(self._levels) == 1 and len(self._levels[0]) == 1
        if has_one_branching and len(self._levels[0][0]) == store.count > COPIED_FROM:
            groups = clusters(root_features(store, self._relaxed), store.probability, COPIED_FROM)
            self.multipliers = _copied(self._tasks, self._pool, groups, self._relaxed)
            self._order = np.argsort(np.lexsort((np.arange(store.count), groups.of)))


def _order(store: PathStore, relaxed: Sequence[RelaxedPath]) -> Ints:
    """Ranks the futures by what they cost alone."""
    return np.argsort(np.argsort([one.bound for one in relaxed], kind="stable"))


def _copied(tasks: PathTasks, pool: EnginePool, groups: Clusters, relaxed: Sequence[RelaxedPath]) -> Multipliers:
    """Returns for each path the multipliers of its representative in the reduced tree of the representatives."""
    store, chosen = tasks.store, [int(one) for one in groups.representatives]
    found = pool.map(tasks.reduced_duals, [(chosen, groups.weights, [relaxed[one] for one in chosen])])[0]
    if found is None:
        return Multipliers.none(store)
    return Multipliers(store, tuple(found[int(groups.of[future])] for future in range(store.count))).centred()
