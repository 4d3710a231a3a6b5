"""Cases solved by hand, each with its arithmetic: where a planner of this kind easily goes wrong.

`HAND_CASES` holds (name, case, expected objective in USD million, arithmetic). The expected value is a sum of
the same terms as in the text, so that it is exact to the last digit but one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from models.case import Acquisition, Budget, Commitment, Limit, LimitUse, Offer, Price, Programme, Route
from tests.oracle import hand_more, hand_rules, hand_shocks
from tests.oracle.hand_base import (
    closed,
    machine,
    offer,
    opening,
    plain,
    resale,
    site,
    workload,
)


@dataclass(frozen=True)
class HandCase:
    """A case, its objective by hand in USD million, and the arithmetic in words."""

    name: str
    case: Any
    expected: float
    arithmetic: str


def payment_when_due_and_capacity_on_arrival():
    """100 queries/s, three years, 10 % a year, lead 12 months, deposit a quarter, 20,000 USD then 30,000 USD.

    Order 100 in 2027: deposit 0.25 × 2.0 = 0.5 in 2027, balance 1.5 in 2028 at the price of 2027. Nothing works in
    2027: unserved 3.1536. 0.5 + 3.1536 = 3.6536 at 1.1^−0.5, and 1.5 at 1.1^−1.5. = 4.7837...
    """
    case = offer(plain(periods=3, rate=0.1), lead_time_months=12.0, deposit_share=0.25)
    later = Price(offer="list", period="2028", unit_price_usd=30000.0)
    return replace(case, prices=(*case.prices, later)), 3.6536 * 1.1**-0.5 + 1.5 * 1.1**-1.5


def lead_of_four_months_takes_two_quarters():
    """Three quarters, lead four months: two quarters. A quarter unserved at 4 USD: 100 × 31536 × 4 / 4 = 3.1536.

    Order 100 in the first quarter for 2.0; two quarters unserved: 6.3072. = 8.3072
    """
    return offer(plain(period="quarter", start="2027Q1", periods=3, penalty=4.0), lead_time_months=4.0), 8.3072


def life_of_nineteen_tenths_is_one_year():
    """A life of 1.9 years is one yearly period: 100 units at 20,000 USD in each of two years. = 4.0"""
    return machine(plain(periods=2), life_years=1.9), 4.0


def budget_of_a_year_binds_the_year():
    """Four quarters, hardware at most 1.0 in 2027: 50 units, all in the first quarter; 50 queries/s unserved.

    1.0 + 50 × 0.031536 = 2.5768. A quarter of the budget each quarter, or all of it each quarter, gives another sum.
    """
    case = plain(period="quarter", start="2027Q1", periods=4)
    budget = Budget(budget="capital", categories=("hardware",), span="2027", amount_musd=1.0)
    return replace(case, budgets=(budget,)), 2.5768


def value_left_counts_once():
    """Two years at 10 %, life two years, resale 0.6 of 20,000 USD at age one and 0.4 at age two.

    Buy 100 in 2027 for 2.0 at 1.1^−0.5; they are owned in 2028, the last year, and not sold: 0.4 × 2.0 = 0.8 left at
    1.1^−2. = 1.2457...
    """
    case = machine(plain(periods=2, rate=0.1), life_years=2.0)
    return resale(case, (1.0, 0.6), (2.0, 0.4)), 2.0 * 1.1**-0.5 - 0.8 * 1.1**-2


def unit_at_the_end_of_life_is_sold_in_the_next_period():
    """Two years at 10 %, life one year, resale 0.6 at age one: 1.2 for the 100 units of a year.

    2027: 2.0. 2028: 2.0 − 1.2 = 0.8, at 1.1^−1.5. Left at the end 1.2 at 1.1^−2. = 1.6086...
    """
    case = machine(plain(periods=2, rate=0.1), life_years=1.0)
    case = resale(case, (1.0, 0.6), (2.0, 0.4))
    return case, 2.0 * 1.1**-0.5 + 0.8 * 1.1**-1.5 - 1.2 * 1.1**-2


def lease_ends_with_its_term():
    """Four quarters, a lease of six months at 8,000 USD a year that can be taken in the first quarter only.

    Two quarters of rent: 100 × 8,000 / 4 = 0.2 each. Two quarters unserved: 100 × 0.031536 / 4 = 0.7884 each. = 1.9768
    """
    case = plain(period="quarter", start="2027Q1", periods=4)
    return offer(case, price=8000.0, kind="lease", term_months=6.0, last_order="2027Q1"), 1.9768


def sold_units_are_not_retired_again():
    """100 opening units of age 0, life two years, 10 % fail a year; demand 100, 40, 10; resale 0.4 and 0.3 of 20,000.

    2027: all work. 2028: 90 are left, 40 needed: 50 sold at 8,000 USD: −0.4. 2029: of 40 units 36 outlive the year and
    end their life: sold at 6,000 USD: −0.216; 10 queries/s unserved: 0.31536. = −0.30064
    """
    case = plain(periods=3, demand=(("2027", 100.0), ("2028", 40.0), ("2029", 10.0)))
    case = opening(machine(closed(case), life_years=2.0, failure_rate_per_year=0.1), 100.0, "2027")
    return resale(case, (0.0, 0.5), (1.0, 0.4), (2.0, 0.3), (3.0, 0.1)), -0.30064


def gate_opens_when_the_programme_is_ready():
    """Design 9, to volume 6, half a chance of 6 months more: 18 months, two years. The offer then takes 12 months.

    Start 2027, ready and ordered 2029, working 2030. Unserved 3 × 3.1536 = 9.4608. Design 0.5 in 2027; masks 0.2 and
    half of 0.4 for a respin in 2028; sustaining 0.1 in 2029 and 2030; 100 units at 5,000 USD. = 11.0608
    """
    case = offer(plain(periods=4), price=5000.0, lead_time_months=12.0, requires=("chip",))
    route = Route(
        programme="chip",
        route="house",
        design_months=9.0,
        design_cost_musd=0.5,
        mask_set_musd=0.2,
        tape_out_to_volume_months=6.0,
        respin_probability=0.5,
        respin_months=6.0,
        respin_cost_musd=0.4,
        sustaining_musd_per_year=0.1,
    )
    case = replace(case, programmes=(Programme(programme="chip"),), routes=(route,))
    return case, 9.4608 + 0.5 + 0.4 + 0.2 + 0.5


def unserved_demand_and_revenue_are_in_no_budget():
    """One year, 0.5 of cash: 25 units; 75 queries/s unserved cost 2.3652; 25 served earn half a dollar: 0.3942.

    0.5 + 2.3652 − 0.3942 = 2.471. Were the penalty cash, no plan would exist; were revenue cash, it would buy units.
    """
    case = workload(plain(), revenue_usd_per_1000=0.5)
    budget = Budget(budget="cash", categories=("all",), span="2027", amount_musd=0.5)
    return replace(case, budgets=(budget,)), 2.471


def half_years_are_discounted_from_their_middle():
    """Two half-years at 21 %: rent of six months 100 × 8,000 / 2 = 0.4 and half of a fixed cost of 1.0, twice.

    0.9 × (1.21^−0.25 + 1.21^−0.75) = 1.6382...
    """
    case = plain(period="half", start="2027H1", periods=2, rate=0.21)
    case = offer(case, price=8000.0, kind="lease", term_months=6.0)
    return site(case, fixed_musd_per_year=1.0), 0.9 * (1.21**-0.25 + 1.21**-0.75)


def yearly_rates_are_prorated_in_quarters():
    """Two quarters of 100 opening units; peak 100 queries/s is twice the average; 19 % fail a year: s = 0.81^0.25.

    A quarter of 100 units: power 100 × 1.2 kW × 2,190 h × 100 USD/MWh = 0.02628; upkeep 0.025; queries
    50 × 7,884 thousand × 0.01 USD = 0.003942: 0.055222 together. Fixed cost 0.1. Unserved at 2 USD: 0.7884 for all.
    2027Q1: 0.155222. 2027Q2: 0.055222 s + 0.1 + 0.7884 (1 − s).
    """
    case = plain(period="quarter", start="2027Q1", periods=2, demand=(("2027", 50.0),), penalty=2.0)
    case = workload(case, peak_to_average=2.0)
    case = machine(closed(case), failure_rate_per_year=0.19, maintenance_usd_per_year=1000.0)
    case = opening(case, 100.0, "2026Q4")
    case = replace(case, throughput=(replace(case.throughput[0], variable_usd_per_1000=0.01),))
    case = site(case, pue=1.2, electricity_usd_per_mwh=100.0, fixed_musd_per_year=0.4)
    alive = 0.81**0.25
    return case, 0.155222 + 0.055222 * alive + 0.1 + 0.7884 * (1 - alive)


def limit_binds_arrivals_in_units():
    """Lots of 20, lead 12 months; each unit takes 2 of a limit of 0 in 2027, 120 in 2028 and none in 2029.

    60 units (3 lots) ordered in 2027 arrive in 2028; 40 more arrive in 2029. Unserved 3.1536 + 40 × 0.031536 =
    4.41504; 100 units at 20,000 USD. = 6.41504
    """
    case = offer(plain(periods=3), lot_size=20.0, lead_time_months=12.0)
    amounts = (("2027", 0.0), ("2028", 120.0), ("2029", None))
    limits = tuple(Limit(limit="hbm", span=span, amount=amount) for span, amount in amounts)
    use = LimitUse(limit="hbm", offer="list", use_per_unit=2.0)
    return replace(case, limits=limits, limit_use=(use,)), 6.41504


def acquisition_is_paid_at_signing_and_pays_once_owned():
    """Signed in 2028 at 1.0 × 1.1; closed six months, so a year, later; integrated 12 months after signing: 2029.

    Integration 0.2 a year for half a year from 2029: 0.1. Contribution −0.3 in 2029. = 0.9
    """
    case = plain(periods=3, demand=(("2027", 0.0),))
    company = Acquisition(
        acquisition="team",
        price_musd=1.0,
        price_growth_per_year=0.1,
        months_to_close=6.0,
        months_to_integrate=6.0,
        integration_musd_per_year=0.2,
        integration_years=0.5,
        contribution_musd_per_year=0.3,
    )
    signed = Commitment(kind="close", item="team", period="2028", status="fixed")
    return replace(case, acquisitions=(company,), commitments=(signed,)), 1.1 + 0.1 - 0.3


def leased_units_work_first():
    """60 owned units at 1,000 USD of upkeep, 40 leased at 8,000 USD by order; 70 work, 30 of them owned.

    Rent 0.32, upkeep 0.03. = 0.35
    """
    case = opening(machine(plain(demand=(("2027", 70.0),)), maintenance_usd_per_year=1000.0), 60.0, "2026")
    rent = Offer(offer="rent", accelerator="gpu", kind="lease", term_months=12.0)
    fixed = Commitment(kind="order", item="rent", period="2027", quantity=40.0, status="fixed")
    prices = (*case.prices, Price(offer="rent", period="2027", unit_price_usd=8000.0))
    return replace(case, offers=(*case.offers, rent), prices=prices, commitments=(fixed,)), 0.35


BUILDERS = (
    payment_when_due_and_capacity_on_arrival,
    lead_of_four_months_takes_two_quarters,
    life_of_nineteen_tenths_is_one_year,
    budget_of_a_year_binds_the_year,
    value_left_counts_once,
    unit_at_the_end_of_life_is_sold_in_the_next_period,
    lease_ends_with_its_term,
    sold_units_are_not_retired_again,
    gate_opens_when_the_programme_is_ready,
    unserved_demand_and_revenue_are_in_no_budget,
    half_years_are_discounted_from_their_middle,
    yearly_rates_are_prorated_in_quarters,
    limit_binds_arrivals_in_units,
    acquisition_is_paid_at_signing_and_pays_once_owned,
    leased_units_work_first,
    *hand_more.BUILDERS,
    *hand_rules.BUILDERS,
    *hand_shocks.BUILDERS,
)
HAND_CASES = tuple(HandCase(build.__name__, *build(), build.__doc__) for build in BUILDERS)
