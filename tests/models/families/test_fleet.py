"""The fleet solved by hand: failures, ends of lives and terms, sales and the value left."""

from __future__ import annotations

import pytest

from models.tables.fleet_rows import Resale
from models.tables.holding_rows import OpeningFleet
from models.tables.strategy_rows import Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, rent, tiny_case

CURVE = ((0.0, 0.5), (1.0, 0.4), (2.0, 0.3), (3.0, 0.2))


def alpha(case, **values):
    return change(case, "accelerators", "alpha", **values)


def curve(case):
    rows = tuple(Resale(accelerator="alpha", age_years=age, fraction_of_reference_price=part) for age, part in CURVE)
    return add(case, resale=rows)


def opening(case, units, since, accelerator="alpha"):
    row = OpeningFleet(accelerator=accelerator, site="north", units=units, in_service_since=since)
    return add(case, opening_fleet=(row,))


def closed(case):
    return change(case, "offers", "alpha_list", max_lots_per_period=0.0)


def test_failures_act_from_the_period_after_arrival_and_compound(by_hand):
    """A fifth fails: 100 in 2027, 80 left in 2028 and 20 more; 64 + 16 in 2029 and 20 more. = 2.8"""
    by_hand(alpha(alone(tiny_case()), failure_rate_per_year=0.2), 2.8)


def test_a_yearly_failure_rate_acts_by_the_period(by_hand):
    """Quarters, 19 % a year: 0.81^(1/4) of 100 opening units outlive each quarter; what is lost is unserved.

    In service since 2027Q1, so nothing fails in the first quarter: 100 (1 − s) + 100 (1 − s²) quarters of a query/s.
    """
    case = alone(tiny_case(start="2027Q1", period="quarter"))
    case = opening(closed(alpha(case, failure_rate_per_year=0.19)), 100.0, "2027Q1")
    alive = 0.81**0.25
    by_hand(case, 25 * Y * ((1 - alive) + (1 - alive**2)))


@pytest.mark.parametrize(("early", "expected"), [(True, -60 * 0.008 - 40 * 0.004), (False, -100 * 0.004)])
def test_a_unit_that_is_sold_early_is_gone_once(by_hand, early, expected):
    """100 opening units of age 0; demand 100, 40, 40. 60 are sold in 2028 at 0.4 × 0.02; 40 are left at age 3.

    Without early retirement all 100 are left.
    """
    case = closed(curve(alone(tiny_case(demand=(("2027", 100.0), ("2028", 40.0)), early_retirement=early))))
    by_hand(opening(case, 100.0, "2027"), expected)


def test_units_end_with_their_life_and_are_sold_in_the_next_period(by_hand):
    """21 %; life two years: 100 in 2027, sold in 2029 at 0.3 × 0.02, when 100 more come; these are left at age 1.

    2.0 / 1.1 + (2.0 − 0.6) × 1.21^−2.5 − 0.8 × 1.21^−3.
    """
    case = curve(alpha(alone(tiny_case(discount_rate=0.21)), life_years=2.0))
    by_hand(case, 2.0 / 1.1 + 1.4 * 1.21**-2.5 - 0.8 * 1.21**-3)


def test_the_value_left_is_counted_once_from_the_end_of_the_horizon(by_hand):
    """21 %; 100 alpha bought in 2027 are three years old at the end: 2.0 / 1.1 − 0.4 × 1.21^−3."""
    by_hand(curve(alone(tiny_case(discount_rate=0.21))), 2.0 / 1.1 - 0.4 * 1.21**-3)


def test_what_fails_is_not_sold(by_hand):
    """100 opening units, a tenth fails, life two years: 100, 90; 81 are sold at age 2. Unserved 10 Y + 100 Y."""
    case = alpha(closed(curve(alone(tiny_case()))), failure_rate_per_year=0.1, life_years=2.0)
    by_hand(opening(case, 100.0, "2027"), 110 * Y - 81 * 0.006)


@pytest.mark.parametrize(
    ("since", "years", "sold_at"), [("2026-10", 2, 0.2), ("2025", 1, 0.2), ("2024", 0, 0.2), ("2023", 0, None)]
)
def test_the_age_of_an_opening_cohort_is_rounded_up(by_hand, since, years, sold_at):
    """Life three years, nothing else on offer: it serves for three years less its age, and is then sold at age 3.

    At the start with an age of three years it is sold at once; beyond it is gone and worth nothing.
    """
    case = opening(closed(curve(alone(changed(tiny_case(), early_retirement=False)))), 100.0, since)
    by_hand(case, 100 * Y * (3 - years) - (0.0 if sold_at is None else 100 * 0.02 * sold_at))


@pytest.mark.parametrize(
    ("life", "since", "kind", "served"),
    [
        (2.5, "2025-12", "year", 1),
        (4.5, "2025-07", "year", 3),
        (4.5, "2025-07", "quarter", 12),
        (2.5, "2024-07", "year", 0),
    ],
)
def test_what_is_left_of_a_life_is_rounded_down_once(by_hand, life, since, kind, served):
    """13 months of 30 leave 17, which is a year; 18 of 54 leave 36: three years, or twelve quarters; 30 of 30 none."""
    periods, first = (6, "2027") if kind == "year" else (24, "2027Q1")
    case = tiny_case(period=kind, start=first, periods=periods, demand=((first, 100.0),))
    case = opening(closed(alpha(alone(case), life_years=life)), 100.0, since)
    by_hand(case, 100 * Y * (periods - served) * (1.0 if kind == "year" else 0.25))


@pytest.mark.parametrize(("rounding", "months", "late"), [("up", 4, 1), ("nearest", 4, 0), ("nearest", 6, 1)])
def test_leads_are_rounded_up_or_to_the_nearest(by_hand, rounding, months, late):
    """100 alpha for 2.0 serve three years, after a lead of 4 or 6 months; half a year is a year either way."""
    case = alone(tiny_case(periods=3, lead_rounding=rounding))
    by_hand(change(case, "offers", "alpha_list", lead_time_months=float(months)), 2.0 + 100 * Y * late)


def test_a_life_is_rounded_down_to_periods(by_hand):
    """1.9 years are one year: 100 alpha every year: 6.0; beta lives three: 2.2."""
    by_hand(alpha(alone(tiny_case()), life_years=1.9), 6.0)
    by_hand(alpha(tiny_case(), life_years=1.9), 2.2)


def test_leases_end_after_their_term(by_hand):
    """A lease of two years at 6,000 USD, in 2027 only: 0.6 and 0.6, and 100 Y in 2029."""
    by_hand(rent(closed(alone(tiny_case())), 6000.0, term_months=24.0, last_order="2027"), 1.2 + 100 * Y)


def test_the_term_of_a_lease_is_rounded_up(by_hand):
    """13 months serve, and cost, two years: 1.2 + 100 Y."""
    by_hand(rent(closed(alone(tiny_case())), 6000.0, term_months=13.0, last_order="2027"), 1.2 + 100 * Y)


def test_leased_units_neither_fail_nor_need_maintenance(by_hand):
    """Half of the owned units would fail, and owned ones cost 1,000 USD: three years of rent, 1.8."""
    case = alpha(alone(tiny_case()), failure_rate_per_year=0.5, maintenance_usd_per_year=1000.0)
    by_hand(rent(closed(case), 6000.0, term_months=36.0), 1.8)


def test_leased_units_work_first(by_hand):
    """60 owned at 1,000 USD a year of upkeep, 40 leased by commitment at 8,000 USD; 70 work: 30 owned ones."""
    case = alpha(alone(tiny_case(periods=1, demand=(("2027", 70.0),))), maintenance_usd_per_year=1000.0)
    fixed = Commitment(kind="order", item="alpha_rent", period="2027", quantity=40.0, status="fixed")
    by_hand(add(rent(opening(case, 60.0, "2027")), commitments=(fixed,)), 0.32 + 0.03)


def test_maintenance_is_for_active_units_and_site_costs_for_all_periods(by_hand):
    """100 owned, 40 work, at 1,000 USD a year, in three quarters: 3 × 0.01; the site costs 0.4 a year: 0.3."""
    case = alone(tiny_case(start="2027Q1", period="quarter", demand=(("2027Q1", 40.0),)))
    case = change(alpha(case, maintenance_usd_per_year=1000.0), "sites", "north", fixed_musd_per_year=0.4)
    by_hand(opening(case, 100.0, "2027Q1"), 0.03 + 0.3)
