"""Bills of purchases and leases solved by hand: when they are paid, at which price, and volume tiers."""

from __future__ import annotations

import pytest

from models.outcome import Status
from models.tables.fleet_rows import Price, PriceTier
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Site
from models.tables.strategy_rows import Budget
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, rent, tiny_case


def test_deposit_at_order_and_balance_when_due_at_the_price_of_the_order(by_hand):
    """21 %, so a year's middle counts 1/1.1 and 1/1.331. Lead a year, deposit a quarter, 30,000 USD from 2028 on.

    100 alpha: 0.5 in 2027 and 1.5 in 2028, 0.1 of integration at arrival in 2028; 100 Y unserved in 2027.
    """
    case = change(
        alone(tiny_case(discount_rate=0.21)),
        "offers", "alpha_list", lead_time_months=12.0, deposit_share=0.25, integration_usd_per_unit=1000.0,
    )  # fmt: skip
    case = add(case, prices=(Price(offer="alpha_list", period="2028", unit_price_usd=30000.0),))
    by_hand(case, (0.5 + 100 * Y) / 1.1 + 1.6 / 1.331)


def test_without_a_lead_all_is_paid_at_order(by_hand):
    """Half-years at 21 %: the first counts 1.21^−0.25; a deposit of a quarter changes nothing."""
    case = alone(tiny_case(start="2027H1", period="half", discount_rate=0.21))
    by_hand(change(case, "offers", "alpha_list", deposit_share=0.25), 2.0 * 1.21**-0.25)


def test_open_orders_pay_their_balance_and_integration_when_due(by_hand):
    """100 alpha due in 2028 with 5,000 USD to pay and 1,000 USD of integration: 0.6 / 1.331; 100 Y / 1.1 in 2027."""
    case = change(alone(tiny_case(discount_rate=0.21)), "offers", "alpha_list", integration_usd_per_unit=1000.0,
                  max_lots_per_period=0.0)  # fmt: skip
    due = OpenOrder(offer="alpha_list", site="north", units=100.0, due="2028", balance_usd_per_unit=5000.0)
    by_hand(add(case, open_orders=(due,)), 100 * Y / 1.1 + 0.6 / 1.331)


def test_what_is_due_for_units_that_have_come_is_paid_at_its_date_whatever_arrives(by_hand):
    """0.4 due in 2028 for units that came before the plan, 0.1 back in 2027; 100 Y each year, at 21 %."""
    case = change(alone(tiny_case(discount_rate=0.21)), "offers", "alpha_list", max_lots_per_period=0.0)
    due = OpenOrder(offer="alpha_list", site="north", units=0.0, due="2028", balance_musd=0.4)
    back = OpenOrder(offer="alpha_list", site="north", units=0.0, due="2028", balance_due="2027", balance_musd=-0.1)
    expected = (100 * Y - 0.1) / 1.1 + (100 * Y + 0.4) / 1.331 + 100 * Y / 1.61051
    by_hand(add(case, open_orders=(due, back)), expected)


@pytest.mark.parametrize(("any_site", "served"), [(False, 0.0), (True, 100.0)])
def test_an_open_order_for_any_site_arrives_where_it_is_needed(by_hand, any_site, served):
    """100 units are due at north in 2027, and the work is done at south alone: 100 Y a year, or none."""
    case = change(alone(tiny_case()), "offers", "alpha_list", max_lots_per_period=0.0)
    case = change(add(case, sites=(Site(site="south"),)), "workloads", "chat", sites=("south",))
    due = OpenOrder(offer="alpha_list", site="north", units=100.0, due="2027", any_site=any_site)
    by_hand(add(case, open_orders=(due,)), 3 * (100 - served) * Y)


def test_a_lease_costs_the_price_of_one_lead_before_its_arrival_in_every_period_of_its_term(by_hand):
    """Lead a year, term two years; 6,000 USD a year when ordered in 2027, 9,000 in 2028. 100 from 2028 on.

    Ordered in 2027: 0.6 in 2028 and in 2029. = 1.2. Alpha costs 2.0.
    """
    case = rent(tiny_case(demand=(("2027", 0.0), ("2028", 100.0))), 6000.0, lead_time_months=12.0, term_months=24.0)
    by_hand(add(case, prices=(Price(offer="alpha_rent", period="2028", unit_price_usd=9000.0),)), 1.2)


def test_rent_is_a_yearly_rate(by_hand):
    """Three quarters of 100 leased units at 8,000 USD a year: 0.2 a quarter. = 0.6; bought they cost 2.0."""
    by_hand(rent(tiny_case(start="2027Q1", period="quarter"), term_months=9.0), 0.6)


def test_units_of_an_open_lease_are_paid_from_their_arrival_on(by_hand):
    """50 units due in 2028 for a year at 8,000 USD; 50 Y in 2027 and in 2029 for the 50 queries/s that ask for them."""
    case = rent(alone(tiny_case(demand=(("2027", 50.0),))), max_lots_per_period=0.0)
    case = change(case, "offers", "alpha_list", max_lots_per_period=0.0)
    due = OpenOrder(offer="alpha_rent", site="north", units=50.0, due="2028")
    by_hand(add(case, open_orders=(due,)), 0.4 + 100 * Y)


def tier(offer, begin, discount, kind, span="2027..2029"):
    return PriceTier(offer=offer, span=span, from_units=begin, discount=discount, kind=kind)


def test_a_surcharge_on_later_units_is_a_tier_too(by_hand):
    """25 % more from 60 units on: 60 alpha and 20 beta: 1.2 + 0.88."""
    by_hand(add(tiny_case(), price_tiers=(tier("alpha_list", 60.0, -0.25, "incremental"),)), 1.2 + 0.88)


@pytest.mark.parametrize(("kind", "expected"), [("incremental", 60 * 0.02 + 40 * 0.016), ("all_units", 100 * 0.016)])
def test_a_discount_is_off_the_units_above_its_start_or_off_all(by_hand, kind, expected):
    by_hand(add(tiny_case(), price_tiers=(tier("alpha_list", 60.0, 0.2, kind),)), expected)


def test_units_may_be_bought_for_the_discount_that_they_reach(by_hand):
    """95 queries/s at 21 %; half price for all from 100 units on: 100 × 0.01, not 95 × 0.02."""
    case = add(tiny_case(demand=(("2027", 95.0),)), price_tiers=(tier("alpha_list", 100.0, 0.5, "all_units"),))
    by_hand(changed(case, discount_rate=0.21), 1.0 / 1.1)


def test_a_tier_is_reached_by_the_unit_that_it_starts_with(outcome_of):
    """100 to be served, then 250; at most 150 a year; half price for all from 100 on; 0.5 for hardware in 2028.

    100 to 150 units in 2027 cost 1.0 to 1.5, and 250 cost 2.5: at least 1.0 in 2028. No plan. Were 100 units priced
    in the tier below their own, at 2.0, only 0.5 would be left for 2028.
    """
    case = change(alone(tiny_case(demand=(("2027", 100.0), ("2028", 250.0)))), "workloads", "chat", min_service=1.0)
    case = change(case, "offers", "alpha_list", max_lots_per_period=150.0)
    row = Budget(budget="capital", categories=("hardware",), span="2028", amount_musd=0.5)
    case = add(case, price_tiers=(tier("alpha_list", 100.0, 0.5, "all_units"),), budgets=(row,))
    assert outcome_of(case).status is Status.INFEASIBLE


def test_tiers_of_different_spans_do_not_see_each_other(by_hand):
    """Life of a year; 20 % off from 60 units on in 2027 and, anew, from 150 on over 2028 and 2029.

    2027: 60 × 0.02 + 40 × 0.016 = 1.84. 2028 and 2029: 150 × 0.02 + 50 × 0.016 = 3.8. = 5.64
    """
    case = change(alone(tiny_case()), "accelerators", "alpha", life_years=1.0)
    rows = (
        tier("alpha_list", 60.0, 0.2, "incremental", "2027"),
        tier("alpha_list", 150.0, 0.2, "incremental", "2028..2029"),
    )
    by_hand(add(case, price_tiers=rows), 5.64)


def test_tiers_of_a_lease_count_units_and_lower_its_rent_for_the_whole_term(by_hand):
    """100 units at 5,000 USD for two years from 2027, 10 % off from 50 on, for all: 0.45 a year. Then 0.45 in 2029."""
    case = rent(alone(tiny_case()), 5000.0, term_months=24.0)
    case = add(case, price_tiers=(tier("alpha_rent", 50.0, 0.1, "all_units", "2027..2028"),
                                  tier("alpha_rent", 50.0, 0.1, "all_units", "2029")))  # fmt: skip
    by_hand(case, 3 * 0.45)


def test_the_deposit_is_a_share_of_the_discounted_bill(by_hand):
    """21 %; half at order, half a year later; 100 alpha at half price: 0.5 / 1.1 + 0.5 / 1.331, and 100 Y / 1.1."""
    case = change(
        alone(tiny_case(discount_rate=0.21)), "offers", "alpha_list", lead_time_months=12.0, deposit_share=0.5
    )
    case = add(changed(case), price_tiers=(tier("alpha_list", 0.0, 0.5, "incremental"),))
    by_hand(case, (0.5 + 100 * Y) / 1.1 + 0.5 / 1.331)
