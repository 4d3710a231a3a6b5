"""Acquisitions solved by hand: the price at signing, integration from closing, contribution from owned on."""

from __future__ import annotations

from models.tables.strategy_rows import Acquisition, Commitment
from tests.models.tiny import add, alone, changed, tiny_case


def company(**values):
    """Half-years: closed after three months, owned after nine, so one and two half-years."""
    return Acquisition(
        **{
            "acquisition": "firm",
            "price_musd": 1.0,
            "price_growth_per_year": 0.21,
            "months_to_close": 3.0,
            "months_to_integrate": 6.0,
            "integration_musd_per_year": 0.4,
            "integration_years": 0.75,
            "contribution_musd_per_year": 0.2,
            **values,
        }
    )


def case_of(*, row=None, period="2028H1", status="fixed", **settings):
    case = alone(tiny_case(**{"start": "2027H1", "period": "half", "periods": 6, **settings}))
    case = changed(case, demand=(("2027H1", 0.0),))
    signed = Commitment(kind="close", item="firm", period=period, status=status)
    return add(case, acquisitions=(row or company(),), commitments=(signed,))


def test_each_part_is_paid_in_its_own_periods(by_hand):
    """21 %; signed after one year: 1.21. Closed in the fourth half-year: 0.2 and 0.1; owned: −0.1 twice."""
    expected = 1.21 * 1.1**-2.5 + 0.2 * 1.1**-3.5 + (0.1 - 0.1) * 1.1**-4.5 - 0.1 * 1.1**-5.5
    by_hand(case_of(discount_rate=0.21), expected)


def test_a_price_grows_from_when_it_was_asked(by_hand):
    """21 % a year since 2025H1: three years until it is signed in 2028H1: 1.21³. Integration 0.3, contribution −0.2."""
    by_hand(case_of(row=company(as_of="2025H1")), 1.21**3 + 0.3 - 0.2)


def test_it_is_signed_when_the_growth_of_its_price_and_its_contribution_say_so(by_hand):
    """No integration cost; 1.0 a year once owned: signed at once, 1.0, owned for four half-years: −2.0."""
    row = company(integration_musd_per_year=0.0, contribution_musd_per_year=1.0)
    by_hand(changed(case_of(row=row), commitments=()), -1.0)


def test_it_is_left_alone_where_it_costs_more_than_it_brings(by_hand):
    by_hand(changed(case_of(), commitments=()), 0.0)


def test_what_was_signed_before_the_plan_is_paid_as_far_as_it_falls_into_it(by_hand):
    """Signed in 2026H1: closed in 2026H2, when 0.2 of its 0.3 was paid; owned from 2027H1 on: 0.1 − 6 × 0.1."""
    by_hand(case_of(period="2026H1", status="done"), 0.1 - 0.6)


def test_a_company_that_loses_money_has_a_negative_contribution(by_hand):
    """Signed in 2028H1 at 1.21, integration 0.3, owned in two half-years at a loss of 0.1 each."""
    by_hand(case_of(row=company(contribution_musd_per_year=-0.2)), 1.21 + 0.3 + 0.2)
