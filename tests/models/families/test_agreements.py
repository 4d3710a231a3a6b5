"""Supply agreements solved by hand: prepayment, term and what is owed by calendar year."""

from __future__ import annotations

import pytest

from models.tables.holding_rows import OpenOrder
from models.tables.strategy_rows import Agreement, Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, tiny_case


def agreed(case, **values):
    pact = Agreement(**{"agreement": "pact", "term_months": 12.0, **values})
    return add(change(case, "offers", "alpha_list", requires=("pact",)), agreements=(pact,))


@pytest.mark.parametrize(("prepayment", "expected"), [(7.0, 9.0), (8.0, 300 * Y)])
def test_an_agreement_is_signed_where_it_is_worth_its_prepayment(by_hand, prepayment, expected):
    """100 alpha behind it: 2.0 and the prepayment, or 300 Y = 9.4608."""
    by_hand(agreed(alone(tiny_case()), prepayment_musd=prepayment), expected)


def test_what_is_owed_counts_calendar_years_in_proportion_to_their_live_part(by_hand):
    """Half-years from 2027H2; live for 2027H2 and 2028H1; 40 units a year, 4,000 USD for each one short.

    21 %: 2027 owes 20, ten come (0.2): 0.04, with the half-year; 2028 owes 20: 0.08 at its last half-year. 0.1 at once.
    """
    case = alone(tiny_case(start="2027H2", period="half", discount_rate=0.21, demand=(("2027H2", 10.0),)))
    case = agreed(case, prepayment_musd=0.1, min_units_per_year=40.0, shortfall_usd_per_unit=4000.0)
    signed = Commitment(kind="sign", item="pact", period="2027H2", status="fixed")
    by_hand(add(case, commitments=(signed,)), 0.34 * 1.1**-0.5 + 0.08 * 1.1**-2.5)


def test_units_are_taken_where_the_fee_is_dearer_than_they_are(by_hand):
    """10 needed, 40 owed in the first year, 25,000 USD for one short: 40 × 0.02, signed once."""
    case = agreed(alone(tiny_case(demand=(("2027", 10.0),))), min_units_per_year=40.0, shortfall_usd_per_unit=25000.0)
    by_hand(case, 0.8)


def test_a_surplus_of_one_year_does_not_pay_the_shortfall_of_the_next(by_hand):
    """100 in 2027; 60 a year owed in 2027 and 2028 at 4,000 USD: 2.0 + 0.24."""
    case = agreed(alone(tiny_case()), term_months=24.0, min_units_per_year=60.0, shortfall_usd_per_unit=4000.0)
    by_hand(case, 2.24)


def test_open_orders_count_as_received(by_hand):
    """60 owed in 2027; 45 are due from an open order, 55 more are bought: 1.1, nothing short."""
    case = agreed(alone(tiny_case()), min_units_per_year=60.0, shortfall_usd_per_unit=4000.0)
    due = OpenOrder(offer="alpha_list", site="north", units=45.0, due="2027")
    by_hand(add(case, open_orders=(due,)), 1.1)


def test_an_agreement_signed_before_the_plan_owes_what_is_left_of_its_term(by_hand):
    """Signed in 2026 for two years: live in 2027 only; 50 owed, 10 needed: 0.2 + 40 × 4,000 USD.

    Its prepayment is spent.
    """
    case = agreed(alone(tiny_case(demand=(("2027", 10.0),))), term_months=24.0, prepayment_musd=9.0,
                  min_units_per_year=50.0, shortfall_usd_per_unit=4000.0, last_signing="2026")  # fmt: skip
    by_hand(add(case, commitments=(Commitment(kind="sign", item="pact", period="2026", status="done"),)), 0.36)


def test_the_lag_is_rounded_up_and_the_term_counts_from_it(by_hand):
    """A lag of 13 months: live in 2029 only. 0.1 + 2.0 + 200 Y"""
    by_hand(agreed(alone(tiny_case()), lag_months=13.0, prepayment_musd=0.1), 2.1 + 200 * Y)
