"""Orders and arrivals solved by hand. Y = 0.031536 is a query/s unserved for a year; alpha costs 0.02, beta 0.044."""

from __future__ import annotations

import pytest

from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import alone, change, tiny_case


def alpha(**values):
    return change(alone(tiny_case()), "offers", "alpha_list", **values)


def test_lots_are_whole(by_hand):
    """Lots of 30: 90 alpha and five beta for the last 10 queries/s: 1.8 + 0.22. Without beta a fourth lot: 2.4."""
    by_hand(change(tiny_case(), "offers", "alpha_list", lot_size=30.0), 1.8 + 0.22)
    by_hand(alpha(lot_size=30.0), 2.4)


def test_an_order_is_nothing_or_at_least_the_least_order(by_hand):
    """At least 40 units. For 30 queries/s: 0.8, not 90 Y = 2.83824. For 5: 15 Y = 0.47304, not 0.8."""
    for rate, expected in ((30.0, 0.8), (5.0, 15 * Y)):
        case = change(alone(tiny_case(demand=(("2027", rate),))), "offers", "alpha_list", min_lots=40.0)
        by_hand(case, expected)


def test_a_least_order_in_lots_counts_lots(by_hand):
    """At least three lots of 20: 60 units for 45 queries/s. = 1.2"""
    case = change(alone(tiny_case(demand=(("2027", 45.0),))), "offers", "alpha_list", lot_size=20.0, min_lots=3.0)
    by_hand(case, 1.2)


def test_the_largest_order_holds_in_each_period(by_hand):
    """At most 60 a year: 60 in 2027, 40 in 2028, when 40 wait for a year. = 2.0 + 40 Y"""
    by_hand(alpha(max_lots_per_period=60.0), 2.0 + 40 * Y)


@pytest.mark.parametrize(("months", "years"), [(0.5, 1), (1.0, 1), (12.0, 1), (13.0, 2), (24.0, 2)])
def test_a_lead_is_rounded_up(by_hand, months, years):
    """100 alpha for 2.0; every year of the lead costs 100 Y."""
    by_hand(alpha(lead_time_months=months), 2.0 + 100 * Y * years)


def test_an_order_that_would_arrive_after_the_horizon_is_not_offered(by_hand):
    """A lead of three years in a plan of three: 300 Y. One more year and the units of 2030 are worth their price."""
    case = alpha(lead_time_months=36.0)
    solution = by_hand(case, 300 * Y)
    assert not solution.model.orders.order.exists.any()


def test_orders_outside_the_window_are_not_offered(by_hand):
    """2028 only: 2.0 + 100 Y."""
    by_hand(alpha(first_order="2028", last_order="2028"), 2.0 + 100 * Y)


def test_a_lead_of_half_months_is_rounded_up_to_months(by_hand):
    """Twelve months; a lead of one and a half is two months: 2.0 + 200 Y / 12."""
    case = alone(tiny_case(start="2027-01", period="month", periods=12))
    by_hand(change(case, "offers", "alpha_list", lead_time_months=1.5), 2.0 + 200 * Y / 12)
