"""Policies solved by hand: shares, capability, growth of orders, programmes at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.tables.fleet_rows import Price, Workload
from models.tables.holding_rows import OpeningFleet, PastOrder
from models.tables.strategy_rows import Commitment, Policy
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, demand, tiny_case, with_programme


def policy(kind, value, *, span="2027..2029", **values):
    return Policy(policy="rule", kind=kind, value=value, span=span, **values)


def ruled(case, *rules):
    return add(case, policies=rules)


def test_shares_count_installed_capability(by_hand):
    """alpha weighs ½ for 1 query/s, beta 1 for 2: at most 0.6 of verde: 60 alpha and 20 beta. 1.2 + 0.88"""
    by_hand(ruled(tiny_case(), policy("max_vendor_share", 0.6, subject="verde")), 2.08)


def test_a_stated_capability_replaces_the_rates(by_hand):
    """alpha weighs 2, beta 1: 2 a ≤ ½ (2 a + b) is b ≥ 2 a: 20 alpha and 40 beta. 0.4 + 1.76"""
    case = change(tiny_case(), "accelerators", "alpha", capability=2.0)
    by_hand(ruled(case, policy("max_vendor_share", 0.5, subject="verde")), 2.16)


def test_a_share_holds_in_its_span_only(by_hand):
    """Half of rosso's in 2029, when its offer opens; alpha lives two years: 100 in 2027, 50 and 25 beta in 2029."""
    case = change(
        change(tiny_case(), "accelerators", "alpha", life_years=2.0), "offers", "beta_list", first_order="2029"
    )
    by_hand(ruled(case, policy("min_vendor_share", 0.5, subject="rosso", span="2029")), 2.0 + 1.0 + 1.1)


def test_a_share_of_spending_counts_the_hardware_and_lease_of_its_offers(by_hand):
    """At most half of the spending for verde: 0.02 a = 0.044 b, a + 2 b = 100: b = 23.81: 2 × 0.044 b."""
    share = 100 / (2.2 + 2)
    by_hand(ruled(tiny_case(), policy("max_vendor_share", 0.5, subject="verde", basis="spend")), 2 * 0.044 * share)


def test_idle_units_may_be_bought_for_a_share_of_spending(by_hand):
    """chat only on beta, 50 units, 2.2; images, 1 query/s, on alpha; at least half of the spending for verde: 4.4.

    That is 110 alpha for one query/s. Leaving chat unserved would cost 10 USD per thousand.
    """
    case = changed(tiny_case(periods=1), throughput=tiny_case().throughput[1:])
    case = add(
        change(case, "workloads", "chat", penalty_usd_per_1000=10.0),
        workloads=(Workload(workload="image", penalty_usd_per_1000=10.0),),
        throughput=(replace(tiny_case().throughput[0], workload="image"),),
        demand=demand(("2027", 1.0), workload="image"),
    )
    by_hand(ruled(case, policy("min_vendor_share", 0.5, subject="verde", span="2027", basis="spend")), 4.4)


def test_units_may_be_bought_to_make_up_for_those_that_are_owned(by_hand):
    """400 beta of 2027 that cannot be sold; half of the capability from verde in 2028: 800 alpha. = 16.0"""
    case = tiny_case(early_retirement=False)
    row = OpeningFleet(accelerator="beta", site="north", units=400.0, in_service_since="2027")
    case = ruled(add(case, opening_fleet=(row,)), policy("min_vendor_share", 0.5, subject="verde", span="2028"))
    by_hand(case, 16.0)


def test_a_least_capability_may_ask_for_idle_units(by_hand):
    """60 in 2028, when 100 alpha weigh 50: 20 more alpha. 2.4; of rosso 10: 80 alpha and ten beta: 2.04."""
    by_hand(ruled(tiny_case(), policy("min_capability", 60.0, span="2028")), 2.4)
    by_hand(ruled(tiny_case(), policy("min_capability", 10.0, span="2028", subject="rosso")), 1.6 + 0.44)


def test_a_most_capability_counts_its_vendor_accelerator_or_all(by_hand):
    """30 of alpha: 60 units, and 20 beta: 2.08. 40 of all: 80 alpha and 60 Y."""
    for subject in ("alpha", "verde"):
        by_hand(ruled(tiny_case(), policy("max_capability", 30.0, subject=subject)), 2.08)
    by_hand(ruled(tiny_case(), policy("max_capability", 40.0)), 1.6 + 60 * Y)


def test_units_beyond_a_most_capability_are_given_up(by_hand):
    """100 opening alpha, at most 40 of all in 2029: 20 are sold for nothing. 20 Y"""
    row = OpeningFleet(accelerator="alpha", site="north", units=100.0, in_service_since="2027")
    by_hand(ruled(add(tiny_case(), opening_fleet=(row,)), policy("max_capability", 40.0, span="2029")), 20 * Y)


@pytest.mark.parametrize(
    ("penalty", "expected"), [(1.0, 2.0 + 3.0 + 4.5 + 75 * Y), (2.0, 0.02 * (400 / 3 + 200 + 300))]
)
def test_orders_grow_by_no_more_than_the_rule(by_hand, penalty, expected):
    """alpha lives a year; 100, 150, 300; orders grow by half at most: 100, 150, 225, and 75 unserved.

    At 2 USD per thousand the orders before are raised instead: 133.3, 200, 300.
    """
    case = change(
        alone(tiny_case(demand=(("2027", 100.0), ("2028", 150.0), ("2029", 300.0)))),
        "accelerators",
        "alpha",
        life_years=1.0,
    )
    case = changed(case, workloads=(replace(case.workloads[0], penalty_usd_per_1000=penalty),))
    by_hand(ruled(case, policy("max_order_growth", 0.5)), expected)


def test_growth_is_of_units_a_year_where_the_horizon_covers_a_part(by_hand):
    """Half-years from 2027H2, alpha lives one; 60, then 100 and 100 at 3 USD per thousand; no growth.

    60 in half of 2027 are 120 a year, so 120 in 2028. One more in 2027 lets two more come in 2028: 0.06 for
    2 × 3 Y / 2 = 0.0946. So 100 in each half-year: 6.0.
    """
    case = alone(tiny_case(start="2027H2", period="half", demand=(("2027H2", 60.0), ("2028H1", 100.0))))
    case = changed(case, prices=(Price(offer="alpha_list", period="2027H2", unit_price_usd=20000.0),))
    case = change(change(case, "accelerators", "alpha", life_years=0.5), "workloads", "chat", penalty_usd_per_1000=3.0)
    by_hand(ruled(case, policy("max_order_growth", 0.0, span="2028")), 6.0)


def test_growth_may_ask_for_more_in_one_window_than_is_ever_needed(by_hand):
    """Quarters; alpha from 2027Q4 on, for a quarter; 100 in 2028Q1, at 100 USD per thousand; no growth.

    100 in a quarter of 2028 are 400 a year: 400 units in 2027Q4. 8.0 + 2.0, not 100 × 100 Y / 4 = 78.84.
    """
    case = alone(tiny_case(start="2027Q1", period="quarter", periods=5, demand=(("2027Q1", 0.0), ("2028Q1", 100.0))))
    case = change(change(case, "accelerators", "alpha", life_years=0.25), "offers", "alpha_list", first_order="2027Q4")
    case = change(case, "workloads", "chat", penalty_usd_per_1000=100.0)
    by_hand(ruled(case, policy("max_order_growth", 0.0, span="2028")), 10.0)


def test_a_year_in_which_an_offer_could_not_be_ordered_is_no_measure(by_hand):
    """alpha from 2028 on: nothing is compared in 2028. 2.0 + 100 Y"""
    case = change(alone(tiny_case()), "offers", "alpha_list", first_order="2028")
    by_hand(ruled(case, policy("max_order_growth", 0.0)), 2.0 + 100 * Y)


def test_growth_that_only_orders_of_before_use_up_is_listed(by_hand):
    """100 beta were ordered in 2026 and 110 in 2027H1, its last: a year may grow by a tenth, and nothing is decided.

    100 alpha are bought: 2.0.
    """
    case = tiny_case(start="2027H2", period="half")
    case = changed(case, prices=tuple(replace(row, period="2027H2") for row in case.prices))
    case = changed(case, demand=demand(("2027H2", 100.0)))
    case = change(case, "offers", "beta_list", last_order="2027H1")
    units = (("2026H1", 50.0), ("2026H2", 50.0), ("2027H1", 110.0))
    past = tuple(PastOrder(offer="beta_list", period=period, units=count) for period, count in units)
    rule = policy("max_order_growth", 0.1, span="2027H2", subject="beta_list")
    by_hand(ruled(add(case, past_orders=past), rule), 2.0)


def test_growth_of_an_offer_may_be_ruled_alone(by_hand):
    """100, then 200, with no growth: one alpha now lets one more come later; ruled for beta nothing changes."""
    case = tiny_case(demand=(("2027", 100.0), ("2028", 200.0)))
    by_hand(ruled(case, policy("max_order_growth", 0.0, subject="beta_list")), 4.0)


def test_programmes_that_are_started_and_not_ready_are_counted(by_hand):
    """Two chips of a year, for alpha and for beta, both committed; one at a time: one starts in 2027, one in 2028.

    0.3 and 0.3; nothing is asked for. In the same year they would be two at once.
    """
    case = with_programme(tiny_case(demand=(("2027", 0.0),), discount_rate=0.21), offer="", design_months=12.0)
    other = with_programme(tiny_case(), offer="", design_months=12.0)
    case = add(
        case,
        programmes=(replace(other.programmes[0], programme="second"),),
        routes=(replace(other.routes[0], programme="second"),),
        commitments=tuple(Commitment(kind="start", item=name, status="fixed") for name in ("chip", "second")),
    )
    late = 1.21**-2.5
    by_hand(case, 0.6 * late)
    by_hand(ruled(case, policy("max_active_programmes", 1.0)), 0.3 * late + 0.3 * 1.21**-1.5)
    by_hand(ruled(case, policy("max_active_programmes", 0.0, span="2029")), 0.6 * 1.21**-1.5)
