"""Expansions solved by hand: whole modules, paid over their lead, working after it, worth something at the end."""

from __future__ import annotations

import pytest

from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Acquisition, Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, tiny_case


def site_without_power(**settings):
    """Unserved queries cost 3 USD per thousand; a site has nothing but modules of 0.05 MW, 50 alpha each."""
    case = change(alone(tiny_case(**settings)), "sites", "north", power_mw=0.0)
    return change(case, "workloads", "chat", penalty_usd_per_1000=3.0)


def hall(**values):
    known = {"expansion": "hall", "site": "north", "module_mw": 0.05, "cost_musd_per_module": 1.0, "max_modules": 3}
    return Expansion(**{**known, **values})


@pytest.mark.parametrize(("life", "left"), [(0.0, 0.0), (10.0, 2.0 * 0.9), (0.5, 0.0)])
def test_modules_work_after_their_lead_and_keep_a_straight_line_of_value(by_hand, life, left):
    """Lead of 18 months, two years: 1.0 in 2027 and in 2028, power in 2029; 100 alpha then; 600 Y.

    One year of life is used.
    """
    case = add(site_without_power(), expansions=(hall(lead_time_months=18.0, life_years=life),))
    by_hand(case, 2.0 + 2.0 + 600 * Y - left)


def test_the_cost_is_spread_evenly_from_the_order_on(by_hand):
    """21 %: 1/1.1 and 1/1.331 of 1.0; alpha and the unserved as above; 1.8 left at the end."""
    case = add(site_without_power(discount_rate=0.21), expansions=(hall(lead_time_months=18.0, life_years=10.0),))
    middle = [1.21 ** -(t + 0.5) for t in range(3)]
    expected = middle[0] + middle[1] + 300 * Y * (middle[0] + middle[1]) + 2.0 * middle[2] - 1.8 * 1.21**-3
    by_hand(case, expected)


def test_modules_are_whole(by_hand):
    """Power in 2029 only. 60 queries/s: 50 on one module; 10 unserved, 30 Y = 0.946; a second module costs 1.2."""
    case = add(site_without_power(demand=(("2027", 60.0),)), expansions=(hall(lead_time_months=24.0),))
    by_hand(case, 1.0 + 1.0 + 30 * Y + 2 * 180 * Y)


def test_without_a_lead_modules_are_paid_and_work_at_once(by_hand):
    by_hand(add(site_without_power(), expansions=(hall(),)), 2.0 + 2.0)


def test_no_more_modules_than_there_are_with_those_ordered_before(by_hand):
    """Three at most, one ordered in 2026, when it was paid: 150 of 200 queries/s with two more. 2.0 + 3.0 + 450 Y"""
    case = add(site_without_power(demand=(("2027", 200.0),)), expansions=(hall(),))
    before = Commitment(kind="build", item="hall", period="2026", quantity=1.0, status="done")
    by_hand(add(case, commitments=(before,)), 2.0 + 3.0 + 450 * Y)


def test_modules_that_would_come_after_the_horizon_are_not_offered(by_hand):
    by_hand(add(site_without_power(), expansions=(hall(lead_time_months=36.0, cost_musd_per_module=0.0),)), 900 * Y)


def test_an_order_before_the_plan_is_paid_as_far_as_it_falls_into_it(by_hand):
    """Ordered in 2026 with a lead of two years: 0.5 a module in 2027; power in 2028. 1.0 + 2.0 + 300 Y"""
    case = add(site_without_power(), expansions=(hall(lead_time_months=24.0, last_order="2026"),))
    before = Commitment(kind="build", item="hall", period="2026", quantity=2.0, status="done")
    by_hand(add(case, commitments=(before,)), 3.0 + 300 * Y)


def test_an_expansion_ends_where_what_it_excludes_is_taken(by_hand):
    """50, then 100: a second module in 2028 would come too late if the company were bought before it.

    Modules at 0.1 and alpha at 0.02 for 100; the company costs 0.5 and brings 0.4 a year: two modules in 2027, signed
    in 2028: 0.2 + 2.0 + 0.5 − 0.8.
    """
    case = add(
        site_without_power(demand=(("2027", 50.0), ("2028", 100.0))),
        expansions=(hall(cost_musd_per_module=0.1, excludes=("firm",)),),
    )
    firm = Acquisition(acquisition="firm", price_musd=0.5, contribution_musd_per_year=0.4)
    by_hand(add(case, acquisitions=(firm,)), 1.9)
