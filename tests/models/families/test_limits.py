"""Limits solved by hand: they bind what arrives in their span, in what the units take."""

from __future__ import annotations

from models.tables.fleet_rows import Limit, LimitUse
from models.tables.holding_rows import OpenOrder
from models.tables.strategy_rows import AddedSupply, Agreement, Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, tiny_case


def limited(case, *amounts, use=1.0):
    rows = tuple(Limit(limit="hbm", span=span, amount=amount) for span, amount in amounts)
    return add(case, limits=rows, limit_use=(LimitUse(limit="hbm", offer="alpha_list", use_per_unit=use),))


def late(case):
    return change(case, "offers", "alpha_list", lead_time_months=12.0)


def test_a_limit_binds_arrivals_not_orders(by_hand):
    """Lead of a year, 100 from 2028 on. None in 2027 hinders nothing: 2.0. None in 2028 delays all by a year."""
    case = late(alone(tiny_case(demand=(("2027", 0.0), ("2028", 100.0)))))
    by_hand(limited(case, ("2027", 0.0)), 2.0)
    by_hand(limited(case, ("2028", 0.0)), 2.0 + 100 * Y)


def test_a_limit_of_a_span_is_one_sum(by_hand):
    """Half-years; 60 units in all of 2027, each taking two of 120: 60 in the first half-year; 40 in 2028.

    40 queries/s wait a year: 2.0 + 40 Y.
    """
    case = alone(tiny_case(start="2027H1", period="half", periods=4))
    by_hand(limited(case, ("2027", 120.0), use=2.0), 2.0 + 40 * Y)


def test_offers_share_a_limit(by_hand):
    """100 units of either; 150 asked for: x alpha + y beta with x + y = 100 and x + 2 y = 150: 50 each. 1.0 + 2.2"""
    case = limited(tiny_case(demand=(("2027", 150.0),)), ("2027..2029", 100.0))
    case = add(case, limit_use=(LimitUse(limit="hbm", offer="beta_list", use_per_unit=1.0),))
    by_hand(case, 1.0 + 2.2)


def test_open_orders_take_from_the_limit(by_hand):
    """60 in 2027, of which 25 are due from an open order: 35 more; 40 in 2028. 75 × 0.02 + 40 Y."""
    due = OpenOrder(offer="alpha_list", site="north", units=25.0, due="2027")
    by_hand(add(limited(alone(tiny_case()), ("2027", 60.0)), open_orders=(due,)), 75 * 0.02 + 40 * Y)


def test_an_agreement_adds_to_the_limit_in_proportion_to_its_live_part_of_the_span(by_hand):
    """Two half-years, 40 units in 2027, and 60 a year while live: from the second half-year on, so 30.

    The span is one sum, so all 70 arrive at once: 1.4, 0.1 for the agreement, and 30 queries/s unserved for a year at
    10 USD per thousand: 300 Y. Without the agreement 60 would be.
    """
    case = limited(alone(tiny_case(start="2027H1", period="half", periods=2)), ("2027", 40.0))
    case = change(case, "workloads", "chat", penalty_usd_per_1000=10.0)
    pact = Agreement(agreement="pact", lag_months=6.0, term_months=12.0, prepayment_musd=0.1)
    more = AddedSupply(gate="pact", limit="hbm", amount_per_year=60.0)
    by_hand(add(case, agreements=(pact,), added_supply=(more,)), 1.4 + 0.1 + 300 * Y)


def test_what_an_agreement_adds_ends_with_its_term(by_hand):
    """10 units a year, and 50 more in 2027 by an agreement signed before; 100 queries/s, 3 USD per thousand.

    60, 10 and 10 arrive: 80 × 0.02; 40, 30 and 20 are unserved: 270 Y.
    """
    case = limited(alone(tiny_case()), ("2027", 10.0), ("2028", 10.0), ("2029", 10.0))
    case = change(case, "workloads", "chat", penalty_usd_per_1000=3.0)
    pact = Agreement(agreement="pact", lag_months=12.0, term_months=12.0)
    more = AddedSupply(gate="pact", limit="hbm", amount_per_year=50.0)
    signed = Commitment(kind="sign", item="pact", period="2026", status="done")
    by_hand(add(case, agreements=(pact,), added_supply=(more,), commitments=(signed,)), 1.6 + 270 * Y)


def test_a_blank_amount_is_no_limit(by_hand):
    """Half-years: 30 in the first quarter and a blank second quarter make no limit in the first half-year."""
    case = alone(tiny_case(start="2027H1", period="half"))
    by_hand(limited(case, ("2027Q1", 30.0), ("2027Q2", None)), 2.0)
    by_hand(limited(case, ("2027Q1", 30.0), ("2027Q2", 20.0)), 2.0 + 50 * Y / 2)
