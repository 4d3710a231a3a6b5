"""Chains: every point once, never before the point that it starts from, cut the same way for any number of workers."""

from __future__ import annotations

import random

import pytest

from planner.errors import InternalError
from planner.sweeps.payload import KeyedPoint
from planner.sweeps.points import Point
from planner.sweeps.scheduler import Scheduler, chains_of


def entry(name, after=None):
    return KeyedPoint(Point(name, "plan", {}, after), name, after)


def forest(seed, size=60):
    """Random trees, in an order in which a point may stand before the one that it starts from."""
    luck = random.Random(seed)
    found = [entry(str(i), str(luck.randrange(i)) if i and luck.random() < 0.8 else None) for i in range(size)]
    luck.shuffle(found)
    return found


def names(chains):
    return [[one.key for one in chain] for chain in chains]


def test_the_first_follower_goes_on_in_the_chain_and_others_begin_their_own():
    tree = [entry("a"), entry("b", "a"), entry("c", "b"), entry("d", "a"), entry("e", "d"), entry("f")]
    assert [names(chains) for chains in chains_of(tree)] == [[["a", "b", "c"], ["d", "e"]], [["f"]]]


def test_points_with_one_key_are_one_point():
    twins = [KeyedPoint(Point(name, "plan", {}), "k", None) for name in ("one", "two")]
    assert names(chains_of(twins)[0]) == [["k"]]
    assert chains_of(twins)[0][0][0].point.name == "one"


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("slots", [1, 2, 5])
def test_every_point_is_given_once_and_after_the_one_that_it_starts_from(seed, slots):
    entries, luck = forest(seed), random.Random(seed)
    done = {one.key for one in entries if one.after is None and luck.random() < 0.5}
    scheduler, running, given = Scheduler(entries, frozenset(done)), {}, []
    while scheduler.left:
        for slot in range(slots):
            if slot not in running and (one := scheduler.take(slot)) is not None:
                assert one.after is None or one.after in done
                running[slot] = one
        assert running, "points are left and none can be begun"
        slot = luck.choice(sorted(running))
        one = running.pop(slot)
        if luck.random() < 0.2:
            scheduler.put_back(slot, one)
        else:
            given.append(one.key)
            done.add(one.key)
            scheduler.finish(one.key)
    assert len(given) == len(set(given))
    assert done == {one.key for one in entries}


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_shards_are_all_points_and_each_has_what_its_points_start_from(parts):
    entries = forest(3)
    shards = [Scheduler(entries, frozenset(), (part, parts)).keys for part in range(1, parts + 1)]
    assert frozenset().union(*shards) == {one.key for one in entries}
    assert all(one.after in shard for shard in shards for one in entries if one.key in shard and one.after)


def test_shards_of_many_points_around_one_share_nothing_but_that_one():
    star = [entry("base"), *(entry(str(i), "base") for i in range(9))]
    shards = [Scheduler(star, frozenset(), (part, 3)).keys for part in (1, 2, 3)]
    assert [len(shard) for shard in shards] == [4, 4, 4]
    assert shards[0] & shards[1] == shards[1] & shards[2] == {"base"}
    scheduler = Scheduler(star, frozenset({"base"}), (2, 3))
    assert scheduler.left == 3
    assert scheduler.take(0).after == "base"


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0)])
def test_a_shard_that_is_none_is_refused(shard):
    with pytest.raises(InternalError, match="parts count from 1"):
        Scheduler(forest(1), frozenset(), shard)


def test_what_most_waits_for_is_begun_first():
    short, long = [entry("s")], [entry("l0"), entry("l1", "l0"), entry("l2", "l1")]
    assert Scheduler(short + long, frozenset()).take(0).key == "l0"


def test_a_long_chain_does_not_exhaust_the_stack():
    many = [entry(str(i), str(i - 1) if i else None) for i in range(5000)]
    scheduler = Scheduler(many[::-1], frozenset())
    assert scheduler.chain_count == 1
    assert scheduler.take(0).key == "0"
