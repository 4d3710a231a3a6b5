"""Futures against each other: aversion to the worst of them, equal ones, and when they are told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.algebra import Axis
from models.build import build
from models.tables.fleet_rows import Price
from models.tree import branching
from tests.models.branches import YEAR, base, check_paths, from_2028, late, ordered, two
from tests.models.tiny import change, changed, demand, rich_case


@pytest.mark.parametrize("aversion", [0.0, 0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("level", [0.9, 0.4])
def test_risk_aversion_weighs_the_mean_with_the_mean_of_the_worst_paths(cost_of, aversion, level):
    """The choice of 100 or 200 at the root with p = 0.3: paths cost 2.0 and 7.1536, or 4.0 both.

    At the level 0.9 the worst tenth is the second path; at 0.4 the worst 0.6 is half each path: 4.5768 for 100.
    """
    low, high = (
        changed(late(demand=from_2028(rate, before=0.0)), risk_aversion=aversion, risk_level=level)
        for rate in (100.0, 200.0)
    )
    worst = 2 + 2 + YEAR
    tail = worst if level == 0.9 else (2 + worst) / 2
    few, many = (1 - aversion) * (0.7 * 2 + 0.3 * worst) + aversion * tail, 4.0
    assert cost_of(two(low, high, 0.3)) == pytest.approx(min(few, many))


def test_full_aversion_at_a_high_level_is_the_least_worst_path(plan_of):
    low, high = (
        changed(late(demand=from_2028(rate, before=0.0)), risk_aversion=1.0, risk_level=0.99) for rate in (100.0, 200.0)
    )
    solution = plan_of(two(low, high, 0.3))
    leaf = Axis("leaf", ("low", "high"))
    worst = solution.money(solution.model.ledger.path_cost(leaf)).max()
    alone_high = plan_of(high).outcome.objective
    assert worst == pytest.approx(solution.outcome.objective)
    assert worst >= alone_high - 1e-9


def test_risk_aversion_changes_nothing_where_there_is_one_path(cost_of):
    averse = base(risk_aversion=0.7, discount_rate=0.1)
    assert cost_of(averse) == pytest.approx(cost_of(base(discount_rate=0.1)))


def test_equal_futures_cost_what_one_path_costs(plan_of, cost_of):
    case = rich_case(periods=5, lookahead_periods=1)
    tree = branching(6, (0.25, 0.75), (2, 2))
    solution = plan_of(build(case, futures=(case, case), tree=tree))
    assert solution.outcome.objective == pytest.approx(cost_of(case), rel=1e-6)
    check_paths(solution, (case, case))


@pytest.mark.parametrize("revealed", [(1, 1, 1), (1, 2, 3), (4, 3, 4), (2, 4, 4)])
def test_when_equal_futures_are_told_apart_does_not_matter(cost_of, revealed):
    case = late(discount_rate=0.1, demand=demand(("2027", 50.0), ("2029", 140.0)))
    tree = branching(4, (0.2, 0.3, 0.5), revealed)
    assert cost_of(build(case, futures=(case,) * 3, tree=tree)) == pytest.approx(cost_of(case))


def test_knowing_in_time_costs_what_knowing_all_costs_and_knowing_later_costs_more(cost_of):
    """60 or 200 in 2030, with a lead of two years: known in 2028 it is known in time, in 2029 or 2030 too late."""
    low, high = (
        change(
            late(discount_rate=0.1, demand=demand(("2027", 0.0), ("2030", rate))),
            "offers",
            "alpha_list",
            lead_time_months=24.0,
        )
        for rate in (60.0, 200.0)
    )
    known = 0.6 * cost_of(low) + 0.4 * cost_of(high)
    costs = [
        cost_of(build(low, futures=(low, high), tree=branching(4, (0.6, 0.4), (when, when)))) for when in (1, 2, 3)
    ]
    assert costs[0] == pytest.approx(known)
    assert costs[1] > known * 1.01
    assert costs[2] == pytest.approx(costs[1])


def test_a_future_that_cannot_happen_changes_nothing_but_its_own_feasibility(cost_of):
    low, high = base(), base(demand=from_2028(200.0))
    assert cost_of(two(low, high, chance=0.0)) == pytest.approx(cost_of(low))


def test_the_reveal_may_split_off_one_future_after_the_other(plan_of):
    """100; 200 from 2028, 2029 or never, with 0.2, 0.3 and 0.5: 2.0 + 0.5 × 2.0, ordered where each is told apart."""
    never, soon, later = base(), base(demand=from_2028(200.0)), base(demand=demand(("2027", 100.0), ("2029", 200.0)))
    tree = branching(4, (0.5, 0.2, 0.3), (2, 1, 2))
    solution = plan_of(build(never, futures=(never, soon, later), tree=tree))
    assert solution.outcome.objective == pytest.approx(3.0)
    units = dict(zip(solution.model.frame.node.labels, ordered(solution), strict=True))
    assert {label: number for label, number in units.items() if number} == pytest.approx(
        {"2027/1": 100.0, "2028/2": 100.0, "2029/3": 100.0}
    )
    assert np.isclose(solution.model.frame.tree.probability.sum(), 4.0)
    check_paths(solution, (never, soon, later))


@pytest.mark.parametrize("aversion", [0.0, 0.6])
def test_plans_with_every_feature_hold_on_each_path(plan_of, aversion):
    """Six quarters; from the third on demand, rents, limits and budgets differ between three futures."""
    case = rich_case(periods=5, lookahead_periods=1, demand_interpolation="step", risk_aversion=aversion)
    cases = []
    for factor in (1.0, 1.8, 0.5):
        later = demand(("2027Q3", 150.0 * factor), ("2028Q1", 250.0 * factor))
        rent = Price(offer="beta_rent", period="2028Q1", unit_price_usd=18000.0 * factor)
        changes = {
            "demand": (*(row for row in case.demand if row.period == "2027Q1"), *later),
            "prices": (*(row for row in case.prices if row.period == "2027Q1"), rent),
            "limits": tuple(replace(row, amount=row.amount and row.amount * factor) for row in case.limits),
            "budgets": tuple(replace(row, amount_musd=row.amount_musd * factor) for row in case.budgets),
        }
        cases.append(changed(case, **changes))
    solution = plan_of(build(cases[0], futures=cases, tree=branching(6, (0.4, 0.3, 0.3), (2, 2, 3))))
    check_paths(solution, cases)
    assert len(set(np.round(solution.money(solution.model.ledger.by_node(("lease",)))[-3:], 6))) == 3
