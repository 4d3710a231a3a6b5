"""A plan of the whole tree: what paths share is decided on a few representatives and held, then each path is planned.

In several stages the same is done node by node, from the root on: below a node what it shares with all that follow it
is decided with what was decided before it held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.program import Floats, Ints
from models.solvers.child import Engine
from models.solvers.engine_pool import EnginePool
from models.uncertainty.decomposition.batches import branchings
from models.uncertainty.decomposition.dual_ascent import chains
from models.uncertainty.decomposition.merged_program import merged
from models.uncertainty.decomposition.path_store import PathStore
from models.uncertainty.decomposition.path_tasks import HeldColumns, PathPlan, PathTasks, RelaxedPath
from models.uncertainty.decomposition.representatives import clusters

REDUCED_GAP = 0.0015
"""A reduced tree is searched to this gap, or to the gap that is asked for where that is wider."""
_LP_LIMIT = 3_000
_MOST_TRIALS = 3
"""Where a path has no plan with what is held, it becomes a representative: so often at most."""


@dataclass(frozen=True, eq=False)
class TreePlan:
    """A plan of each path, and the values of the linking columns by slot that they agree on."""

    paths: tuple[PathPlan, ...]
    held: Floats
    cost: float


@dataclass(frozen=True, eq=False)
class Representative:
    """A path that stands for others of some weight."""

    future: int
    weight: float


@dataclass(frozen=True, eq=False)
class _BranchingNode:
    """Futures that share their nodes up to a period after which they branch, by branch."""

    period: int
    branches: list[list[int]]

    @property
    def futures(self) -> list[int]:
        return [future for branch in self.branches for future in branch]


def planned_tree(tasks: PathTasks, pool: EnginePool, relaxed: Sequence[RelaxedPath], count: int) -> TreePlan | None:
    """Returns a plan of the tree from about `count` representatives at a time; None where none was found."""
    hard: list[int] = []
    for _ in range(_MOST_TRIALS):
        held = _decided(tasks, pool, relaxed, hard, count)
        if held is None:
            return None
        work = [(chain, HeldColumns(held)) for chain in chains(tasks.store.count)]
        paths = [one for chain in pool.map(tasks.plan_chain, work) for one in chain]
        missing = [future for future, one in enumerate(paths) if one.solution is None]
        if not missing:
            cost = float(tasks.store.probability @ np.array([one.cost for one in paths]))
            return TreePlan(tuple(paths), held, cost)
        hard += missing[:2]
    return None


def _decided(
    tasks: PathTasks, pool: EnginePool, relaxed: Sequence[RelaxedPath], hard: Sequence[int], count: int
) -> Floats | None:
    """The values of all linking columns, found on reduced trees from the root on."""
    store = tasks.store
    held = np.full(len(store.slot_node), np.nan)
    for groups in _groups_by_period(store):
        work = [(group, _representatives(store, group, relaxed, hard, count)) for group in groups]
        results = pool.map(_search_reduced_tree, [(tasks, chosen, HeldColumns(held.copy())) for _, chosen in work])
        for (group, chosen), found in zip(work, results, strict=True):
            if found is None:
                return None
            nodes = store.nodes[group.futures[0]][: group.period + 1]
            for one, values in zip(chosen, found, strict=True):
                slots = store.slots[one.future]
                here = np.isin(store.slot_node[slots], nodes) & np.isnan(held[slots])
                held[slots[here]] = values[here]
    whole = store.slot_is_whole & np.isfinite(held)
    held[whole] = np.rint(held[whole])
    return held


def _groups_by_period(store: PathStore) -> list[list[_BranchingNode]]:
    paths: list[Ints] = list(store.nodes)
    found: dict[int, list[_BranchingNode]] = {}
    for nodes in branchings(store.scenarios.tree, paths):
        for branches in nodes:
            one, other = paths[branches[0][0]], paths[branches[1][0]]
            period = int(np.flatnonzero(one == other)[-1])
            found.setdefault(period, []).append(_BranchingNode(period, branches))
    return [found[period] for period in sorted(found)]


def _representatives(
    store: PathStore, group: _BranchingNode, relaxed: Sequence[RelaxedPath], hard: Sequence[int], count: int
) -> list[Representative]:
    """A few paths of a group with the weight of those that each stands for, and those that are hard to plan."""
    total = float(store.probability[group.futures].sum())
    if all(len(branch) == 1 for branch in group.branches):
        futures = np.array(group.futures)
        shared = store.nodes[futures[0]][: group.period + 1]
        rows = [relaxed[s].linking[np.isin(store.slot_node[store.slots[s]], shared)] for s in futures.tolist()]
        found = clusters(np.array(rows), store.probability[futures], count)
        chosen = [
            Representative(int(futures[at]), float(weight) / total)
            for at, weight in zip(found.representatives, found.weights, strict=True)
        ]
    else:
        chosen = _stratified(store, group.futures, group.period, relaxed, count, 1.0)
    there = {one.future for one in chosen}
    added = [s for s in hard if s in set(group.futures) - there]
    # They count little: what they are there for is that what is held has a plan for them.
    return chosen + [Representative(s, 1e-3 * float(store.probability[s]) / total) for s in added]


def _stratified(
    store: PathStore, futures: Sequence[int], period: int, relaxed: Sequence[RelaxedPath], count: int, weight: float
) -> list[Representative]:
    """Paths below a node: branches in strata of equal probability by cost, and of each stratum one, in turn."""
    if len(futures) == 1:
        return [Representative(futures[0], weight)]
    by_node: dict[int, list[int]] = {}
    for future in futures:
        by_node.setdefault(int(store.nodes[future][period + 1]), []).append(future)
    branches = list(by_node.values())
    if len(branches) == 1:
        return _stratified(store, futures, period + 1, relaxed, count, weight)
    chance = np.array([store.probability[branch].sum() for branch in branches])
    means = [
        float(store.probability[branch] @ [relaxed[s].bound for s in branch]) / p
        for branch, p in zip(branches, chance, strict=True)
    ]
    # At each later branching two branches of a stratum at least: what is decided there is decided for more than one.
    later = max(_branchings_after(store, branch, period + 1) for branch in branches)
    strata = min(len(branches), max(2, count // 2**later))
    ranked = np.argsort(means, kind="stable")
    middle = (np.cumsum(chance[ranked]) - 0.5 * chance[ranked]) / chance.sum()
    stratum = np.minimum((middle * strata).astype(int), strata - 1)
    found: list[Representative] = []
    for number in np.unique(stratum):
        members = ranked[stratum == number]
        share = float(chance[members].sum() / chance.sum())
        centre = members[
            np.argmin(np.abs(np.array(means)[members] - np.average(np.array(means)[members], weights=chance[members])))
        ]
        left = max(2, round(count / strata))
        found += _stratified(store, branches[int(centre)], period + 1, relaxed, left, weight * share)
    return found


def _branchings_after(store: PathStore, futures: Sequence[int], period: int) -> int:
    """In how many periods after one the paths of some futures branch."""
    counts = [len(np.unique(nodes)) for nodes in np.array([store.nodes[future] for future in futures]).T[period:]]
    return int(np.count_nonzero(np.diff(counts)))


def _search_reduced_tree(
    engine: Engine, item: tuple[PathTasks, list[Representative], HeldColumns]
) -> list[Floats] | None:
    """Returns the values of the linking columns of representatives, from a search on the tree that they make."""
    tasks, chosen, held = item
    paths = [tasks.hold(tasks.store[one.future], held) for one in chosen]
    together = merged(paths, np.array([one.weight for one in chosen]), [None] * len(chosen))
    solution = tasks.searched(engine, together, max(REDUCED_GAP, tasks.gap), _LP_LIMIT)
    if solution is None:
        return None
    return [
        solution[columns[tasks.store.linking[one.future]]]
        for one, columns in zip(chosen, together.columns, strict=True)
    ]
