"""More cases solved by hand: agreements, tiers, expansions, carry-over, ramps, failures and ages."""

from __future__ import annotations

from dataclasses import replace

from models.case import (
    Agreement,
    Budget,
    Commitment,
    Expansion,
    OpenLease,
    OpenOrder,
    PriceTier,
    Programme,
    Ramp,
    Route,
)
from tests.oracle.hand_base import closed, machine, offer, opening, plain, resale, settings, site


def take_or_pay_counts_calendar_years_in_proportion():
    """Half-years 2027 and 2028; signed in 2027H2 for 0.3, live for 2027H2 and 2028H1; at least 40 units a year.

    2027: 20 owed, 10 bought at 10,000 USD for 10 queries/s: 0.1 and 10 × 4,000 = 0.04. 2028: 20 owed: 0.08. The first
    half-year is unserved: 10 × 0.031536 / 2 = 0.15768. = 0.67768
    """
    case = plain(period="half", start="2027H1", periods=4, demand=(("2027", 10.0),))
    case = offer(case, price=10000.0, requires=("pact",))
    pact = Agreement(
        agreement="pact", term_months=12.0, prepayment_musd=0.3, min_units_per_year=40.0, shortfall_usd_per_unit=4000.0
    )
    signed = Commitment(kind="sign", item="pact", period="2027H2", status="fixed")
    return replace(case, agreements=(pact,), commitments=(signed,)), 0.67768


def tiers(case, kind):
    """The case with 10 % off from 50 units and 20 % off from 120 units."""
    rows = ((50.0, 0.1), (120.0, 0.2))
    made = tuple(
        PriceTier(offer="list", span="2027..2028", from_units=begin, discount=off, kind=kind) for begin, off in rows
    )
    return replace(offer(case, price=10000.0, lot_size=10.0), price_tiers=made)


def incremental_tiers_price_each_unit():
    """100 units in 2027 and 50 in 2028 at 10,000 USD less the discount of each unit's tier, at 10 %.

    100 units: 0.5 + 0.45 = 0.95. 150 units: 0.5 + 70 × 0.009 + 30 × 0.008 = 1.37, so 0.42 in 2028.
    0.95 × 1.1^−0.5 + 0.42 × 1.1^−1.5 = 1.2698...
    """
    case = plain(periods=2, rate=0.1, demand=(("2027", 100.0), ("2028", 150.0)))
    return tiers(case, "incremental"), 0.95 * 1.1**-0.5 + 0.42 * 1.1**-1.5


def all_units_tiers_reprice_the_whole_span():
    """100 units in 2027 at 10 % off: 0.9. With 50 in 2028 the span reaches 150 units at 20 % off: 1.2, so 0.3 more.

    0.9 × 1.1^−0.5 + 0.3 × 1.1^−1.5 = 1.1181...
    """
    case = plain(periods=2, rate=0.1, demand=(("2027", 100.0), ("2028", 150.0)))
    return tiers(case, "all_units"), 0.9 * 1.1**-0.5 + 0.3 * 1.1**-1.5


def expansion_is_paid_over_its_lead_and_keeps_value():
    """Four half-years at 21 %; 100 opening units of 1 kW at a site without power; modules of 60 kW at 1.2 in 10 months.

    Two modules: 1.2 together in each of 2027H1 and 2027H2, work from 2028H1. Unserved at 10 USD: 15.768 in each of the
    first two half-years. After one of ten years they are worth 2 × 1.2 × 0.9 = 2.16.
    16.968 × (1.21^−0.25 + 1.21^−0.75) − 2.16 × 1.21^−2 = 29.4106...
    """
    case = plain(period="half", start="2027H1", periods=4, rate=0.21, penalty=10.0)
    case = site(opening(closed(case), 100.0, "2027H1"), power_mw=0.0)
    hall = Expansion(
        expansion="hall",
        site="north",
        module_mw=0.06,
        cost_musd_per_module=1.2,
        max_modules=3,
        lead_time_months=10.0,
        life_years=10.0,
    )
    expected = 16.968 * (1.21**-0.25 + 1.21**-0.75) - 2.16 * 1.21**-2
    return replace(case, expansions=(hall,)), expected


def budget_left_over_is_carried():
    """Hardware 0.5 a year, carried over; demand 20, 20, 100. 20 units in 2027 for 0.4; 1.5 − 0.4 = 1.1 for 55 more.

    1.5 for hardware; in 2029 25 queries/s unserved: 0.7884. = 2.2884
    """
    case = plain(periods=3, demand=(("2027", 20.0), ("2029", 100.0)))
    rows = tuple(
        Budget(budget="capital", categories=("hardware",), span=year, amount_musd=0.5, carry_over=True)
        for year in ("2027", "2028", "2029")
    )
    return replace(case, budgets=rows), 2.2884


def ramp_grows_with_months_since_ready():
    """Four quarters; ready three months after a start in 2027Q1; 40 units a year at first, 80 from six months on.

    Arrivals 0, 10, 10, 20 at 10,000 USD: 0.4. Unserved 100 + 90 + 80 + 60 = 330 quarters of a query/s at 4 USD:
    330 × 0.031536 = 10.40688. Design 0.1 and masks 0.05 at the start. = 10.95688
    """
    case = plain(period="quarter", start="2027Q1", periods=4, penalty=4.0)
    case = offer(case, price=10000.0, requires=("chip",))
    route = Route(
        programme="chip",
        route="house",
        design_months=0.0,
        design_cost_musd=0.1,
        mask_set_musd=0.05,
        tape_out_to_volume_months=3.0,
    )
    ramp = tuple(
        Ramp(programme="chip", months_since_ready=months, max_units_per_year=most)
        for months, most in ((0, 40), (6, 80))
    )
    return replace(case, programmes=(Programme(programme="chip"),), routes=(route,), ramp=ramp), 10.95688


def failures_start_after_the_period_of_arrival():
    """Two years, a fifth fails: 100 units in 2027 serve all; 80 are left in 2028, so 20 more. 2.0 + 0.4. = 2.4"""
    return machine(plain(periods=2), failure_rate_per_year=0.2), 2.4


def age_of_an_opening_cohort_is_rounded_up():
    """In service since July 2025: 18 of the 36 months of its life are left, which is one year: it serves 2027 only.

    For its resale value it is two years old in 2027 and three in 2028. Then its 100 units are sold at a tenth of
    20,000 USD: −0.2; nothing serves: 3.1536. = 2.9536
    """
    case = settings(opening(closed(plain(periods=2)), 100.0, "2025-07"), early_retirement=False)
    return resale(case, (1.0, 0.5), (3.0, 0.1)), 2.9536


def open_orders_pay_their_balance_when_due():
    """10 units due in 2028 with 5,000 USD to pay and 1,000 USD of integration: 0.06.

    2027 is unserved: 0.31536. = 0.37536
    """
    case = offer(plain(periods=2, demand=(("2027", 10.0),)), max_lots_per_period=0.0, integration_usd_per_unit=1000.0)
    row = OpenOrder(offer="list", site="north", units=10.0, due="2028", balance_usd_per_unit=5000.0)
    return replace(case, open_orders=(row,)), 0.37536


def running_lease_is_paid_to_its_end_and_serves_whole_periods():
    """Half-years, 8 % a year: 60 units at 5,000 USD a year are leased until September 2027.

    In 2027H1 they serve: 0.15 of rent and 40 / 2 Y unserved; in 2027H2 three months of rent, 0.075, and 50 Y unserved.
    (0.15 + 0.63072) × 1.08^−0.25 + (0.075 + 1.5768) × 1.08^−0.75
    """
    case = closed(plain(period="half", start="2027H1", periods=2, rate=0.08))
    row = OpenLease(
        lease="old", accelerator="gpu", site="north", units=60.0, rent_usd_per_unit_per_year=5000.0, ends="2027-10"
    )
    expected = (0.15 + 0.63072) * 1.08**-0.25 + (0.075 + 1.5768) * 1.08**-0.75
    return replace(case, open_leases=(row,)), expected


BUILDERS = (
    take_or_pay_counts_calendar_years_in_proportion,
    incremental_tiers_price_each_unit,
    all_units_tiers_reprice_the_whole_span,
    expansion_is_paid_over_its_lead_and_keeps_value,
    budget_left_over_is_carried,
    ramp_grows_with_months_since_ready,
    failures_start_after_the_period_of_arrival,
    age_of_an_opening_cohort_is_rounded_up,
    open_orders_pay_their_balance_when_due,
    running_lease_is_paid_to_its_end_and_serves_whole_periods,
)
