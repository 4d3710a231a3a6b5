"""The one list of cost lines: what it refuses, and that its lines add up to the objective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.algebra import Axis, Expr
from models.build import build
from models.frame import frame_of
from models.ledger import Ledger
from models.outcome import ModelError
from models.solution import Solution
from models.tables.contract_rows import Facility, IncentiveMilestone
from models.tables.fleet_rows import CATEGORIES
from models.tree import branching
from tests.models.tiny import rich_case, tiny_case


@pytest.fixture
def frame():
    return frame_of((tiny_case(discount_rate=0.21),))


def given(frame, values):
    return Expr.given((frame.offer, frame.node), np.array(values, dtype=float))


def test_an_unknown_category_is_refused_with_the_known_ones(frame):
    with pytest.raises(ModelError, match="'gifts' is not a cost category; the categories are hardware, lease, "):
        Ledger(frame).add("gifts", "units", frame.offer, Expr.zero((frame.offer, frame.node)))


def test_an_amount_over_other_axes_is_refused(frame):
    with pytest.raises(ModelError, match="axis 'offer', which is not among site, node"):
        Ledger(frame).add("hardware", "units", frame.offer, Expr.zero((frame.site, frame.node)))
    with pytest.raises(ModelError, match="axis 'node', which is not among offer"):
        Ledger(frame).add("hardware", "units", frame.offer, Expr.zero((frame.offer,)))


def test_a_line_is_added_once(frame):
    ledger = Ledger(frame)
    ledger.add("hardware", "units", frame.offer, Expr.zero((frame.offer, frame.node)))
    ledger.add("hardware", "integration", frame.offer, Expr.zero((frame.offer, frame.node)))
    with pytest.raises(ModelError, match="the line 'hardware: units' is in the ledger already"):
        ledger.add("hardware", "units", frame.site, Expr.zero((frame.site, frame.node)))


@pytest.mark.parametrize("read", [lambda x: x.lines, lambda x: x.by_node(("lease",)), lambda x: x.expected()])
def test_a_ledger_that_was_read_is_closed(frame, read):
    ledger = Ledger(frame)
    read(ledger)
    with pytest.raises(ModelError, match="the category is closed; the line 'hardware: units' comes too late"):
        ledger.add("hardware", "units", frame.offer, Expr.zero((frame.offer, frame.node)))


def test_amounts_turn_into_items_by_node_whatever_the_order_of_their_axes(frame):
    ledger = Ledger(frame)
    ledger.add("hardware", "units", frame.offer, given(frame, [[1, 2, 3], [4, 5, 6]]).on((frame.node, frame.offer)))
    (line,) = ledger.lines
    assert line.amount.value(np.empty(0)).tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_line_without_items_is_left_out(frame):
    none = Axis("none", ())
    ledger = Ledger(frame)
    ledger.add("hardware", "units", none, Expr.zero((none, frame.node)))
    assert ledger.lines == ()


def test_the_objective_discounts_flows_from_mid_period_and_value_left_once_from_the_end(frame):
    ledger = Ledger(frame)
    ledger.add("hardware", "units", frame.offer, given(frame, [[10, 0, 0], [0, 20, 0]]))
    ledger.add("unserved", "queries", frame.offer, given(frame, [[0, 0, 40], [0, 0, 0]]))
    # An amount of value left in an earlier year would be a fault of its family: only the leaves count.
    ledger.add("value_left", "units", frame.offer, given(frame, [[-99, -99, -3], [0, 0, -4]]))
    expected = 10 * 1.21**-0.5 + 20 * 1.21**-1.5 + 40 * 1.21**-2.5 - 7 * 1.21**-3
    assert float(ledger.expected().value(np.empty(0))) == pytest.approx(expected)
    assert ledger.by_node(("hardware",)).value(np.empty(0)).tolist() == [10, 20, 0]


def test_the_expected_cost_is_that_of_the_paths_weighted():
    tree = branching(3, (0.7, 0.3), (1, 1))
    frame = frame_of((tiny_case(discount_rate=0.21),) * 2, tree)
    ledger = Ledger(frame)
    ledger.add("hardware", "units", frame.offer, given(frame, [[1, 10, 100, 1000, 10000], [0] * 5]))
    ledger.add("value_left", "units", frame.offer, given(frame, [[0, 0, 0, -5, -7], [0] * 5]))
    leaf = Axis("leaf", ("first", "second"))
    one = 1 * 1.21**-0.5 + 10 * 1.21**-1.5 + 1000 * 1.21**-2.5 - 5 * 1.21**-3
    other = 1 * 1.21**-0.5 + 100 * 1.21**-1.5 + 10000 * 1.21**-2.5 - 7 * 1.21**-3
    assert ledger.path_cost(leaf).value(np.empty(0)) == pytest.approx([one, other])
    assert float(ledger.expected().value(np.empty(0))) == pytest.approx(0.7 * one + 0.3 * other)


def sum_of_lines(solution: Solution):
    frame = solution.model.frame
    found = 0.0
    for line in solution.model.ledger.lines:
        amounts = solution.money(line.amount).sum(axis=0)
        leaf = frame.tree.period == frame.steps - 1
        factor = np.where(leaf, frame.discount_end, 0.0) if line.is_value_left else frame.discount
        found += float((amounts * factor) @ frame.tree.probability)
    return found


def test_lines_of_a_tiny_plan_add_up_to_the_objective(plan_of):
    solution = plan_of(tiny_case(discount_rate=0.1))
    assert sum_of_lines(solution) == pytest.approx(solution.outcome.objective, rel=1e-9)


def test_lines_of_a_plan_with_every_feature_add_up_to_the_objective_and_use_every_category(plan_of):
    case = rich_case(carbon_usd_per_tonne=40.0)
    sites = tuple(replace(row, carbon_kg_per_kwh=0.4) for row in case.sites)
    loan = Facility(facility="loan", limit_musd=1.0, rate_per_year=0.01, term_months=6.0, repayment="level",
                    categories=("hardware",))  # fmt: skip
    reward = IncentiveMilestone(
        milestone="spent", subject=case.offers[0].offer, measure="musd", amount=1e-3, value_musd=0.1
    )
    plan = plan_of(replace(case, sites=sites, facilities=(loan,), milestones=(reward,)))
    assert sum_of_lines(plan) == pytest.approx(plan.outcome.objective, rel=1e-9)
    used = {line.category for line in plan.model.ledger.lines if np.abs(plan.money(line.amount)).sum() > 1e-6}
    assert used == set(CATEGORIES)


def test_lines_of_a_plan_on_a_tree_add_up_to_the_objective(plan_of):
    low, high = tiny_case(discount_rate=0.1), tiny_case(discount_rate=0.1, demand=(("2027", 100.0), ("2028", 170.0)))
    solution = plan_of(build(low, futures=(low, high), tree=branching(3, (0.6, 0.4), (1, 1))))
    assert sum_of_lines(solution) == pytest.approx(solution.outcome.objective, rel=1e-9)
