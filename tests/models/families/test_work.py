"""Work and demand solved by hand: rates, peaks, least service, and money of queries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.tables.fleet_rows import Workload
from models.tables.site_rows import Site
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, demand, tiny_case


def test_units_are_sized_for_the_peak_and_queries_counted_on_average(by_hand):
    """50 on average are 100 at the peak. At 0.2 USD per thousand nothing is served: 3 × 50 × 0.2 Y = 0.94608.

    At least 30 % served: 30 alpha, 0.6, and 0.7 of the penalty.
    """
    case = change(
        alone(tiny_case(demand=(("2027", 50.0),))), "workloads", "chat", peak_to_average=2.0, penalty_usd_per_1000=0.2
    )
    by_hand(case, 30 * Y)
    by_hand(change(case, "workloads", "chat", min_service=0.3), 0.6 + 21 * Y)


def test_rates_grow_from_the_start_of_the_plan(by_hand):
    """21 % a year; demand grows alike: 100 alpha do 100, 121 and 146.41 queries/s. = 2.0"""
    case = tiny_case(demand=(("2027", 100.0), ("2028", 121.0), ("2029", 146.41)))
    by_hand(change(case, "throughput", "alpha", software_gain_per_year=0.21), 2.0)


def test_rates_grow_from_where_they_were_true(by_hand):
    """21 % a year since 2025: in 2027 100 alpha do 146.41 queries/s, then 177.1561 and 214.358881. = 2.0"""
    case = tiny_case(demand=(("2027", 146.41), ("2028", 177.1561), ("2029", 214.358881)))
    by_hand(change(case, "throughput", "alpha", software_gain_per_year=0.21, as_of="2025"), 2.0)


def test_a_case_made_a_year_later_loses_no_year_of_gain(by_hand):
    """Doubling each year since 2027: in 2028 and 2029 200 and 400 queries/s by 100 alpha: 2.0; by the clock of the

    plan they would do 100 and 200, and twice as many would be needed: 4.0.
    """
    case = alone(tiny_case(start="2028", periods=2, demand=(("2028", 200.0), ("2029", 400.0))))
    by_hand(change(case, "throughput", "alpha", software_gain_per_year=1.0, as_of="2027"), 2.0)
    by_hand(change(case, "throughput", "alpha", software_gain_per_year=1.0), 4.0)


def test_only_the_usable_share_of_a_rate_counts(by_hand):
    """Half of alpha's time is usable: 40,000 USD for a query/s; beta costs 22,000. = 2.2"""
    by_hand(change(tiny_case(), "accelerators", "alpha", utilisation=0.5), 2.2)


def test_revenue_and_variable_cost_are_for_served_queries(by_hand):
    """0.1 USD per thousand on alpha: 2.0 + 30 Y; so beta, 2.2; served queries earn 0.5: −150 Y."""
    case = change(tiny_case(), "workloads", "chat", revenue_usd_per_1000=0.5)
    by_hand(change(case, "throughput", "alpha", variable_usd_per_1000=0.1), 2.2 - 150 * Y)


def test_money_of_queries_is_prorated_by_the_period(by_hand):
    """Three quarters of 40 queries/s on average at a peak of 100, nothing served: 0.75 × 40 Y at 1 USD."""
    case = alone(tiny_case(start="2027Q1", period="quarter", demand=(("2027Q1", 40.0),)))
    by_hand(change(case, "workloads", "chat", peak_to_average=2.5), 0.75 * 40 * Y)


def test_work_is_done_where_the_workload_may_be_served(by_hand):
    """chat in the south only, where alpha may not stand: beta, 2.2."""
    case = add(tiny_case(), sites=(Site(site="south"),))
    case = change(case, "workloads", "chat", sites=("south",))
    by_hand(change(case, "offers", "alpha_list", sites=("north",)), 2.2)


def test_a_unit_divides_its_time_between_workloads(by_hand):
    """100 of chat at 1, and 50 of images at 0.5 a unit: 100 + 100 alpha. = 4.0; beta does no images."""
    case = alone(tiny_case())
    case = add(
        case,
        workloads=(Workload(workload="image", penalty_usd_per_1000=9.0),),
        throughput=(replace(case.throughput[0], workload="image", queries_per_second=0.5),),
        demand=demand(("2027", 50.0), workload="image"),
    )
    by_hand(case, 4.0)


@pytest.mark.parametrize(("kind", "rates"), [("linear", (100, 150, 200)), ("geometric", (100, 141.4213562373095, 200))])
def test_demand_is_interpolated_at_the_start_of_the_period(by_hand, kind, rates):
    """From 100 in 2027 to 200 in 2029; alpha lives a year: 0.02 × the sum."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2029", 200.0)), demand_interpolation=kind))
    by_hand(change(case, "accelerators", "alpha", life_years=1.0), 0.02 * sum(rates))
