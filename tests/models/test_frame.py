"""Axes, windows and profiles of a plan on a line and on a tree."""

from __future__ import annotations

import numpy as np
import pytest

from models.algebra import Expr
from models.builder import Builder
from models.frame import Events, frame_of, past_events
from models.outcome import ModelError
from models.tables.strategy_rows import Commitment
from models.tree import branching, line
from tests.models.tiny import add, tiny_case, with_programme

TREE = branching(4, (0.5, 0.3, 0.2), (1, 2, 2))


def frame(tree=None, **changes):
    case = tiny_case(**{"periods": 4, **changes})
    return frame_of((case,) * (1 if tree is None else 3), tree)


def test_labels_of_a_line_are_periods_and_those_of_a_tree_name_the_future():
    assert frame().node.labels == ("2027", "2028", "2029", "2030")
    assert frame(TREE).node.labels == (
        "2027/1", "2028/2", "2028/1", "2029/1", "2029/2", "2029/3", "2030/1", "2030/2", "2030/3",
    )  # fmt: skip


def test_gates_are_programmes_companies_and_agreements_in_this_order():
    case = with_programme(tiny_case(), offer="")
    assert frame_of((case,)).gate.labels == ("chip",)


def test_lookahead_lengthens_the_optimised_horizon():
    found = frame(periods=3, lookahead_periods=2)
    assert (found.steps, len(found.node), found.node.labels[-1]) == (5, 5, "2031")


def test_flows_are_discounted_from_the_middle_of_their_period_and_the_rest_from_the_end():
    found = frame(start="2027H1", period="half", discount_rate=0.21)
    assert found.discount == pytest.approx([1.21**-0.25, 1.21**-0.75, 1.21**-1.25, 1.21**-1.75])
    assert found.discount_end == pytest.approx(1.21**-2)


def test_a_tree_that_does_not_fit_its_case_is_refused():
    with pytest.raises(ModelError, match="a tree of 3 periods and 1 futures does not fit the case"):
        frame_of((tiny_case(periods=4),), line(3))
    with pytest.raises(ModelError, match="a tree of 4 periods and 3 futures does not fit the case"):
        frame_of((tiny_case(periods=4),) * 2, TREE)


def test_a_window_reaches_from_the_period_of_its_first_label_to_the_last_period_of_its_last():
    found = frame(start="2027H1", period="half")
    assert found.window("2027H2", "2028").tolist() == [False, True, True, True]
    assert found.window(None, "2027").tolist() == [True, True, False, False]
    assert found.window("2028-03", None).tolist() == [False, False, True, True]
    assert found.window("2026", "2026").any() is np.False_
    assert found.window(None, None).all() is np.True_
    assert found.last_period("2027Q3") == 1


def test_numbers_by_node_are_those_of_the_future_that_passes_through():
    found = frame_of([tiny_case(periods=4)] * 3, TREE)
    of_future = iter([[1, 1, 4, 5], [1, 2, 6, 7], [1, 2, 8, 9]])
    values = found.by_node(lambda _: np.array([next(of_future)] * 2, dtype=float))
    assert values.shape == (2, 9)
    # Node 1 stands for futures 2 and 3, which are not told apart yet.
    assert values[0] == pytest.approx([1, 2, 1, 4, 6, 8, 5, 7, 9])


def test_futures_that_differ_before_they_are_revealed_are_refused():
    found = frame_of([tiny_case(periods=4)] * 3, TREE)
    of_future = iter([[1, 1, 4, 5], [1, 2, 6, 7], [1, 3, 8, 9]])
    with pytest.raises(ModelError, match="future 3 differs in 2028 already, before it is revealed"):
        found.by_node(lambda _: np.array([next(of_future)], dtype=float))


@pytest.mark.parametrize("tree", [None, TREE], ids=["line", "tree"])
def test_a_profile_adds_up_what_each_event_means_later_on_its_paths(tree):
    found = frame(tree)
    item = found.offer
    amounts = np.array([[1.0, 0.0, 5.0, 7.0, 0.0], [0.0, 2.0, 0.0, 0.0, 3.0]])
    rng = np.random.default_rng(5)
    events = rng.normal(size=(2, len(found.node)))
    seen = Expr.given((item, found.node), events).through(found.profile(item, amounts)).value(np.empty(0))
    for i in range(2):
        for node in range(len(found.node)):
            expected, above = 0.0, node
            while above >= 0:
                expected += events[i, above] * amounts[i, found.tree.period[node] - found.tree.period[above]]
                above = int(found.tree.parent[above])
            assert seen[i, node] == pytest.approx(expected)


def test_events_before_the_plan_unfold_into_it():
    case = with_programme(tiny_case(periods=2), offer="")
    done = Commitment(kind="start", item="chip", route="house", period="2025", status="done")
    inside = Commitment(kind="start", item="chip", period="2028", status="done")
    found = frame_of((add(case, commitments=(done, inside)),))
    past = past_events(found, "start", found.route, lambda item, route: found.route.position(f"{item}/{route}"))
    assert past == ((0, -2, 1.0),)
    block = Builder().block("start", (found.route, found.node))
    events = Events(found, block, found.route, past)
    amounts = np.arange(found.farthest)[None, :] * 10.0
    assert events.unfold(amounts).value(np.array([0.0, 0.0])).tolist() == [[20.0, 30.0]]
    assert events.unfold(amounts).value(np.array([1.0, 0.0])).tolist() == [[20.0, 40.0]]
    assert events.unfold(amounts, past_too=False).value(np.array([1.0, 0.0])).tolist() == [[0.0, 10.0]]
    assert found.elapsed.tolist() == [0, 1, 2, 3, 4]
