"""Offers as arrays, and the bounds on orders that follow from need and supply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.data.bounds import largest_orders
from models.data.machines import machines_of, work_of
from models.data.offer_data import supply_of
from models.data.strategic_options import strategy_of
from models.frame import frame_of
from models.tables.fleet_rows import Limit, LimitUse, Price
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Site
from models.tables.strategy_rows import AddedSupply, Agreement, Policy
from models.tree import branching
from tests.models.tiny import add, alone, change, changed, rent, tiny_case, with_programme


def supply(case):
    frame = frame_of((case,))
    return supply_of(frame, strategy_of(frame))


def bounds(case, **changes):
    frame = frame_of((case,))
    strategy = strategy_of(frame)
    found = replace(supply_of(frame, strategy), **changes)
    return largest_orders(frame, found, machines_of(frame), work_of(frame), strategy)


def test_orders_are_possible_inside_their_window_and_where_they_arrive_in_the_horizon():
    case = alone(tiny_case(periods=5))
    case = change(case, "offers", "alpha_list", lead_time_months=13.0, first_order="2028")
    found = supply(case)
    assert found.lead.tolist() == [2]
    assert found.may_order[0].astype(int).tolist() == [0, 1, 1, 0, 0]


def test_orders_wait_for_the_first_price():
    case = changed(alone(tiny_case()), prices=(Price(offer="alpha_list", period="2028", unit_price_usd=9.0),))
    found = supply(case)
    assert found.may_order[0].tolist() == [False, True, True]
    assert found.price[0] == pytest.approx([0.0, 9e-6, 9e-6])


def test_orders_wait_for_every_gate_that_they_require():
    case = with_programme(alone(tiny_case(periods=4)), design_months=12.0)
    case = add(case, agreements=(Agreement(agreement="pact", lag_months=24.0, term_months=12.0, last_signing="2027"),))
    case = change(case, "offers", "alpha_list", requires=("chip", "pact"))
    assert supply(case).may_order[0].tolist() == [False, False, True, False]


def test_a_divisible_offer_counts_units_and_a_lotted_one_lots():
    found = supply(change(tiny_case(), "offers", "beta_list", lot_size=8.0))
    assert found.lot.tolist() == [1.0, 8.0]
    assert found.is_lotted.tolist() == [False, True]


def test_terms_of_leases_are_rounded_up_and_purchases_have_none():
    assert supply(rent(tiny_case(), term_months=13.0)).term.tolist() == [0, 0, 2]


def test_open_orders_are_due_in_their_period_and_leases_have_no_balance():
    rows = [
        OpenOrder(offer=offer, site="north", units=5.0, due="2028", balance_usd_per_unit=1000.0)
        for offer in ("alpha_list", "alpha_rent")
    ]
    found = supply(add(rent(tiny_case()), open_orders=rows))
    assert found.open_units[:, 0].tolist() == [[0, 5, 0], [0, 0, 0], [0, 5, 0]]
    assert found.open_balance == pytest.approx(np.array([[0, 0.005, 0], [0, 0, 0], [0, 0, 0]]))


def test_offers_may_be_tied_to_sites():
    case = change(add(tiny_case(), sites=(Site(site="south"),)), "offers", "beta_list", sites=("south",))
    assert supply(case).at_site.tolist() == [[True, True], [False, True]]


def test_an_order_never_needs_more_units_than_do_the_most_work_in_their_life():
    case = tiny_case(periods=4, demand=(("2027", 100.0), ("2029", 300.0), ("2030", 50.0)))
    case = change(case, "accelerators", "alpha", life_years=2.0, utilisation=0.8)
    case = change(case, "offers", "alpha_list", lead_time_months=12.0)
    found = bounds(case)
    # Ordered in 2027 alpha serves 2028 and 2029; ordered in 2028: 2029, 2030; ordered in 2029: 2030; then nothing.
    assert found[0] == pytest.approx([300 / 0.8, 300 / 0.8, 50 / 0.8, 0.0])
    assert found[1] == pytest.approx([150.0, 150.0, 150.0, 25.0])


def test_failures_add_to_the_need():
    case = change(
        alone(tiny_case(demand=(("2027", 0.0), ("2029", 100.0)))), "accelerators", "alpha", failure_rate_per_year=0.2
    )
    assert bounds(case)[0] == pytest.approx([100 / 0.64, 100 / 0.8, 100.0])


def test_an_order_of_a_touched_offer_may_arrive_and_work_at_any_later_time_and_once_in_each_life():
    case = change(alone(tiny_case(demand=(("2027", 10.0), ("2029", 100.0)))), "accelerators", "alpha", life_years=1.0)
    assert bounds(case)[0] == pytest.approx([10.0, 10.0, 100.0])
    late_since = np.array([[-1, 1, 1]])
    assert bounds(case, late_since=late_since)[0] == pytest.approx([100.0, 200.0, 100.0])


def test_limits_bound_an_order_by_the_span_in_which_it_is_due_with_what_agreements_may_add():
    case = change(alone(tiny_case(periods=4)), "offers", "alpha_list", lead_time_months=12.0)
    rows = (Limit(limit="hbm", span="2027..2028", amount=40.0), Limit(limit="hbm", span="2029", amount=60.0))
    case = add(case, limits=rows, limit_use=(LimitUse(limit="hbm", offer="alpha_list", use_per_unit=2.0),))
    assert bounds(case)[0] == pytest.approx([20.0, 30.0, 100.0, 0.0])
    pact = Agreement(agreement="pact", lag_months=24.0, term_months=12.0, last_signing="2027")
    more = AddedSupply(gate="pact", limit="hbm", amount_per_year=10.0)
    assert bounds(add(case, agreements=(pact,), added_supply=(more,)))[0] == pytest.approx([20.0, 35.0, 100.0, 0.0])


def test_the_bound_on_a_shared_node_covers_every_future():
    low = alone(tiny_case())
    high = changed(low, demand=(("2027", 100.0), ("2029", 250.0)))
    frame = frame_of((low, high), branching(3, (0.5, 0.5), (1, 1)))
    strategy = strategy_of(frame)
    found = largest_orders(frame, supply_of(frame, strategy), machines_of(frame), work_of(frame), strategy)
    assert found[0] == pytest.approx([250.0, 100.0, 250.0, 100.0, 250.0])


@pytest.mark.parametrize("kind", ["max_vendor_share", "min_vendor_share", "min_capability"])
def test_bounds_stay_near_the_data_for_a_machine_that_counts_nothing_in_policies(kind):
    case = change(tiny_case(), "accelerators", "beta", capability=0.0)
    rule = Policy(policy="rule", kind=kind, subject="verde", span="2029", value=0.9)
    assert bounds(add(case, policies=(rule,))).max() < 1e6
