"""The scenario tree: lines, branches, ancestors, paths and probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from models.outcome import ModelError
from models.tree import Tree, branching, line


def three_futures():
    """Five periods; futures of 0.5, 0.3 and 0.2, told apart from periods 3, 1 and 2 on."""
    return branching(5, (0.5, 0.3, 0.2), (3, 1, 2))


TREES = [line(1), line(6), three_futures(), branching(4, (0.5, 0.5), (1, 1)), branching(4, (0.4, 0.6), (9, 2))]


def walked(tree, node):
    """The ancestors of a node from the root to itself, by walking up."""
    found = [node]
    while tree.parent[found[-1]] >= 0:
        found.append(int(tree.parent[found[-1]]))
    return found[::-1]


def test_a_line_has_one_node_a_period():
    tree = line(4)
    assert (len(tree), tree.periods, tree.is_line) == (4, 4, True)
    assert tree.parent.tolist() == [-1, 0, 1, 2]
    assert tree.probability.tolist() == [1.0] * 4
    assert tree.leaves.tolist() == [3]
    assert [path.tolist() for path in tree.paths()] == [[0, 1, 2, 3]]


def test_futures_share_their_nodes_until_they_are_told_apart():
    tree = three_futures()
    assert tree.period.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert not tree.is_line
    # Period 1: {0, 2} together and {1}; period 2: {0} (not told apart from itself), {1}, {2}.
    assert tree.future.tolist() == [0, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2]
    assert tree.parent.tolist() == [-1, 0, 0, 1, 2, 1, 3, 4, 5, 6, 7, 8]
    assert tree.probability == pytest.approx([1, 0.7, 0.3, 0.5, 0.3, 0.2, 0.5, 0.3, 0.2, 0.5, 0.3, 0.2])
    assert [path.tolist() for path in tree.paths()] == [[0, 1, 3, 6, 9], [0, 2, 4, 7, 10], [0, 1, 5, 8, 11]]


def test_futures_that_are_never_told_apart_are_one_path():
    tree = branching(3, (0.4, 0.6), (3, 7))
    assert tree.is_line
    assert tree.probability == pytest.approx([1.0, 1.0, 1.0])


def test_one_future_may_be_known_from_the_first_period():
    assert branching(3, (1.0,), (0,)).is_line


def test_several_futures_cannot_be_told_apart_in_the_first_period():
    with pytest.raises(ModelError, match="revealed in the first period"):
        branching(3, (0.5, 0.5), (0, 1))


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
def test_pairs_are_every_node_with_each_of_its_ancestors(tree):
    expected = [(above, node) for node in range(len(tree)) for above in walked(tree, node)]
    found = list(zip(tree.pairs.first.tolist(), tree.pairs.last.tolist(), strict=True))
    assert found == expected
    assert tree.age(tree.pairs).tolist() == [tree.period[n] - tree.period[v] for v, n in expected]


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
def test_the_parent_pair_has_the_same_ancestor_one_node_earlier(tree):
    pairs = list(zip(tree.pairs.first.tolist(), tree.pairs.last.tolist(), strict=True))
    for (above, node), parent in zip(pairs, tree.parent_pair.tolist(), strict=True):
        if above == node:
            assert parent == -1
        else:
            assert pairs[parent] == (above, tree.parent[node])


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
def test_the_ancestor_in_a_period_is_the_one_that_walking_up_finds(tree):
    for period in range(-1, tree.periods + 1):
        found = tree.ancestor_at(np.full(len(tree), period))
        for node, above in enumerate(found.tolist()):
            by_walk = {int(tree.period[n]): n for n in walked(tree, node)}
            assert above == by_walk.get(period, -1)


def test_the_period_of_an_ancestor_may_differ_by_node():
    tree = three_futures()
    wanted = np.array([0, 0, 1, 1, 0, -1, 2, 3, 4, 3, 1, 0])
    assert tree.ancestor_at(wanted).tolist() == [0, 0, 2, 1, 0, -1, 3, 7, -1, 6, 2, 0]


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
def test_paths_run_from_the_root_to_each_leaf(tree):
    assert [path.tolist() for path in tree.paths()] == [walked(tree, int(leaf)) for leaf in tree.leaves]
    assert sum(tree.probability[path[-1]] for path in tree.paths()) == pytest.approx(1.0)


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
def test_a_node_is_as_likely_as_its_children_together(tree):
    for node in range(len(tree)):
        children = np.flatnonzero(tree.parent == node)
        if len(children):
            assert tree.probability[children].sum() == pytest.approx(tree.probability[node])


def test_probabilities_of_a_period_sum_to_one():
    with pytest.raises(ModelError, match=r"of period 1 sum to 0\.9, not to 1"):
        Tree(np.array([0, 1, 1]), np.array([-1, 0, 0]), np.array([1.0, 0.5, 0.4]), np.zeros(3, np.int64))
    with pytest.raises(ModelError, match=r"of period 0 sum to 0\.9, not to 1"):
        branching(3, (0.5, 0.4), (1, 1))


def test_a_node_stands_after_its_parent():
    with pytest.raises(ModelError, match="stands before its parent"):
        Tree(np.array([0, 1]), np.array([-1, 1]), np.ones(2), np.zeros(2, np.int64))


def test_pairs_are_selected_by_a_mask():
    tree = line(3)
    same = tree.pairs.select(tree.age(tree.pairs) == 0)
    assert same.first.tolist() == same.last.tolist() == [0, 1, 2]
