"""Which point is worked out next: chains of neighbours stay together, and no start is ever a matter of luck.

The points form trees by `after`. A tree is cut into chains: the first neighbour goes on in the chain of the point it
starts from, every other begins a chain of its own. A slot (a worker) works through a chain in order, so its starts are
at hand; a chain may begin once the point that its head starts from is finished. How trees are cut depends on the sweep
alone.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from planner.errors import InternalError
from planner.sweeps.payload import KeyedPoint


def chains_of(entries: Sequence[KeyedPoint]) -> tuple[tuple[tuple[KeyedPoint, ...], ...], ...]:
    """Returns the chains of each tree of points, both in the order of the sweep.

    Points with the same key ask the same and are worked out once.
    """
    unique = {entry.key: entry for entry in reversed(entries)}
    order = list(dict.fromkeys(entry.key for entry in entries))
    followers: dict[str, list[str]] = {key: [] for key in order}
    for key in order:
        after = unique[key].after
        if after is not None:
            followers[after].append(key)
    trees = []
    for root in (key for key in order if unique[key].after is None):
        chains, heads = [], [root]
        for head in heads:
            chain, here = [head], head
            while followers[here]:
                heads.extend(followers[here][1:])
                here = followers[here][0]
                chain.append(here)
            chains.append(tuple(unique[key] for key in chain))
        trees.append(tuple(chains))
    return tuple(trees)


class Scheduler:
    """What is left to do, of all chains or of every n-th (`shard` = k of n, k from 1).

    A shard also has the points of other chains that its own start from, so that shards need not wait for each other;
    two that do such a point at the same time write the same.

    Raises:
        InternalError: there is no such shard.
    """

    def __init__(
        self, entries: Sequence[KeyedPoint], finished: Container[str], shard: tuple[int, int] | None = None
    ) -> None:
        part, parts = shard or (1, 1)
        if not 1 <= part <= parts:
            msg = f"There is no part {part} of {parts}: parts count from 1 to {parts}."
            raise InternalError(msg)
        chains = [chain for tree in chains_of(entries) for chain in tree]
        self.keys = _with_starts(chains[part - 1 :: parts], entries)
        """The points of this shard, finished ones included."""
        open_keys = {key for key in self.keys if key not in finished}
        left = [[entry for entry in chain if entry.key in open_keys] for chain in chains]
        # What much else waits for goes first, so that no long chain is left to the end.
        depth = _depths(chains)
        self._waiting = sorted((chain for chain in left if chain), key=lambda chain: -depth[chain[0].key])
        self._held: dict[int, list[KeyedPoint]] = {}
        self._open = open_keys

    @property
    def open_keys(self) -> frozenset[str]:
        """Points that are not finished."""
        return frozenset(self._open)

    @property
    def left(self) -> int:
        """How many points are not finished."""
        return len(self._open)

    @property
    def chain_count(self) -> int:
        """Chains that have something left to do."""
        return len(self._waiting) + sum(1 for chain in self._held.values() if chain)

    def take(self, slot: int) -> KeyedPoint | None:
        """Returns the next point for a slot; None while there is none."""
        chain = self._held.get(slot)
        if not chain or not self._is_ready(chain[0]):
            chain = self._ready_chain()
            if chain is None:
                return None
            left_over = self._held.get(slot)
            if left_over:
                self._waiting.append(left_over)
            self._waiting.remove(chain)
            self._held[slot] = chain
        return chain.pop(0)

    def put_back(self, slot: int, entry: KeyedPoint) -> None:
        """Takes back a point that was not worked out; its slot is given it again."""
        self._held.setdefault(slot, []).insert(0, entry)

    def finish(self, key: str) -> None:
        """Learns that a point is finished, however it ended."""
        self._open.discard(key)

    def _ready_chain(self) -> list[KeyedPoint] | None:
        return next((chain for chain in self._waiting if self._is_ready(chain[0])), None)

    def _is_ready(self, entry: KeyedPoint) -> bool:
        return entry.after not in self._open


def _with_starts(chains: Sequence[Sequence[KeyedPoint]], entries: Sequence[KeyedPoint]) -> frozenset[str]:
    """Returns the points of some chains and all that they start from."""
    after = {entry.key: entry.after for entry in entries}
    found: set[str] = set()
    for chain in chains:
        found.update(entry.key for entry in chain)
        here = chain[0].after
        while here is not None and here not in found:
            found.add(here)
            here = after[here]
    return frozenset(found)


def _depths(chains: Sequence[Sequence[KeyedPoint]]) -> dict[str, int]:
    """Returns for each point the length of the longest row of points that begins with it."""
    depth: dict[str, int] = {}
    # A chain stands after the one it branches from, so from the back every follower is known.
    for chain in reversed(chains):
        for entry in reversed(chain):
            depth[entry.key] = depth.get(entry.key, 0) + 1
            if entry.after is not None:
                depth[entry.after] = max(depth.get(entry.after, 0), depth[entry.key])
    return depth
