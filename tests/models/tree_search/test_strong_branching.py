"""Parts of the tree whose bounds were narrowed, and the part in which the next plan is sought."""

from __future__ import annotations

import numpy as np
import pytest

from models.tree_search.branch_and_bound import BranchAndBound
from models.tree_search.node_queue import EvaluatedChild, Node, NodeQueue
from models.tree_search.strong_branching import StrongBranching
from tests.models.tree_search.test_extended_formulation import halls, state_of


def solved_root():
    """A tree over modules whose relaxed plan is not whole, and its only part."""
    state = state_of(halls((5, 15, 24), (10, 8, 6)))
    tree = BranchAndBound(state, StrongBranching(state))
    tree.solve_root()
    assert tree.queue.best is not None
    return state, tree, tree.queue.best


def test_side_outside_of_what_a_part_was_narrowed_to_holds_nothing_and_is_not_asked():
    state, tree, node = solved_root()
    column = int(tree.rule.fractional(node, 0)[0])
    state.incumbent_cost = node.bound + 50.0
    node.upper = node.upper.copy()
    node.upper[column] = np.floor(node.values[column])
    before = state.lp_count
    split = tree.rule._evaluate_split(node, column)
    assert split.above.bound == state.cutoff
    assert split.above.values is None
    assert state.lp_count == before + 1
    assert state.unresolved_bound == np.inf
    again = state.solve(state.formulation.lower, state.formulation.upper, -np.inf)
    assert again.bound == pytest.approx(node.bound)


def test_children_keep_the_bounds_that_their_part_was_narrowed_to():
    state, tree, node = solved_root()
    column = int(tree.rule.fractional(node, 0)[0])
    node.lower, node.upper = node.lower.copy(), node.upper.copy()
    node.upper[column] = max(np.floor(node.values[column]), 1.0)
    tree.branch(tree.queue.pop())
    assert all((part.upper <= node.upper).all() and (part.lower >= node.lower).all() for part in tree.queue._open)
    assert state.unresolved_bound == np.inf


def part_of(number, estimate, *, bound=1.0, is_strategy_integral=True, was_dived=False):
    nothing = np.zeros(0)
    return Node(
        bound, number, nothing, nothing, nothing, nothing, bound, None, is_strategy_integral, estimate, was_dived
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((part_of(1, 9.0), part_of(2, 7.0), part_of(3, 8.0)), 2),
        ((part_of(1, 9.0), part_of(2, 7.0, was_dived=True), part_of(3, 8.0)), 3),
        ((part_of(1, 9.0), part_of(2, 7.0, is_strategy_integral=False)), 1),
        ((part_of(1, 9.0), part_of(2, 7.0, bound=99.0)), 1),
        ((part_of(2, 7.0), part_of(1, 7.0)), 1),
        ((part_of(1, 9.0, was_dived=True),), None),
        ((), None),
    ],
)
def test_next_plan_is_sought_where_it_seems_to_cost_least(parts, expected):
    state = state_of(halls((0, 10, 10), (10, 8, 6)))
    state.incumbent_cost, state.gap = 50.0, 0.0
    queue = NodeQueue(state)
    queue._open = list(parts)
    found = queue.best_estimate()
    assert (None if found is None else found.number) == expected


def test_estimate_adds_what_the_cheaper_sides_of_fractions_have_cost_so_far():
    state, tree, node = solved_root()
    assert node.is_strategy_integral
    assert node.estimate == node.bound, "nothing was tried, so nothing is known to cost anything"
    tree.rule.gains[:, :], tree.rule.trials[:, :] = np.array([[2.0], [6.0]]), 2
    point = state.solve(state.formulation.lower, state.formulation.upper, -np.inf)
    again = tree._add(EvaluatedChild(point, node.lower, node.upper))
    part = again.values - np.floor(again.values)
    open_ones = tree.rule.fractional(again, 0)
    expected = sum(min(1.0 * part[at], 3.0 * (1.0 - part[at])) for at in open_ones)
    assert again.estimate == pytest.approx(again.bound + expected)
    assert expected > 0.1
