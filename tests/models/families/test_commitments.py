"""Commitments solved by hand: done is at least, fixed is exactly, barred is none."""

from __future__ import annotations

import pytest

from models.outcome import Status
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Acquisition, Agreement, Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, tiny_case, with_programme


def committed(case, kind, item, status, **values):
    return add(case, commitments=(Commitment(kind=kind, item=item, status=status, **values),))


@pytest.mark.parametrize(
    ("status", "quantity", "expected"),
    [("done", 30.0, 2.0), ("fixed", 30.0, 0.6 + 1.4 + 70 * Y), ("done", 130.0, 2.6), ("barred", None, 2.0 + 100 * Y)],
)
def test_an_order_of_a_period_counts_units(by_hand, status, quantity, expected):
    """100 alpha in 2027 at least, or exactly 30, then 70 in 2028; or 130, of which 30 idle; or none before 2028."""
    by_hand(committed(alone(tiny_case()), "order", "alpha_list", status, period="2027", quantity=quantity), expected)


def test_units_of_a_lotted_offer_are_committed_in_units(by_hand):
    """At least 30 units in lots of 20: 40. = 0.8; nothing is asked for."""
    case = change(alone(tiny_case(demand=(("2027", 0.0),))), "offers", "alpha_list", lot_size=20.0)
    by_hand(committed(case, "order", "alpha_list", "done", period="2028", quantity=30.0), 0.8)


def test_without_a_period_the_sum_over_all_periods_is_meant(by_hand):
    """30 alpha over the plan, wherever, and 35 beta; barred in every period: 50 beta."""
    by_hand(committed(tiny_case(), "order", "alpha_list", "fixed", quantity=30.0), 0.6 + 1.54)
    by_hand(committed(tiny_case(), "order", "alpha_list", "barred"), 2.2)


def test_a_period_of_a_coarser_label_is_all_its_periods(by_hand):
    """Half-years; exactly 30 in all of 2027, then 70 in 2028 at 10 USD per thousand: 2.0 + 700 Y."""
    case = change(
        alone(tiny_case(start="2027H1", period="half", periods=4)), "workloads", "chat", penalty_usd_per_1000=10.0
    )
    by_hand(committed(case, "order", "alpha_list", "fixed", period="2027", quantity=30.0), 2.0 + 700 * Y)


def test_a_start_without_a_route_or_period_happens_once_by_any_route(by_hand):
    """21 %, no demand: the last year is the cheapest, 0.3 by the house or 0.2 by the partner."""
    case = with_programme(alone(tiny_case(demand=(("2027", 0.0),), discount_rate=0.21)), offer="", design_months=1.0)
    partner = with_programme(tiny_case(), offer="", route="partner", design_months=1.0, design_cost_musd=0.2).routes
    case = add(case, routes=partner)
    by_hand(committed(case, "start", "chip", "fixed"), 0.2 * 1.21**-2.5)
    by_hand(committed(case, "start", "chip", "fixed", route="house"), 0.3 * 1.21**-2.5)
    by_hand(committed(case, "start", "chip", "fixed", route="house", period="2027"), 0.3 / 1.1)
    by_hand(committed(case, "start", "chip", "done", period="2028"), 0.2 * 1.21**-1.5)


def test_a_route_may_be_barred_alone(by_hand):
    """The partner, at once for 0.1, is barred; the house takes a year: 0.3 + 2.0 + 100 Y. Both barred: 300 Y."""
    case = with_programme(alone(tiny_case()), design_months=12.0)
    partner = with_programme(tiny_case(), offer="", route="partner", design_months=0.0, design_cost_musd=0.1).routes
    case = add(case, routes=partner)
    by_hand(case, 2.1)
    by_hand(committed(case, "start", "chip", "barred", route="partner"), 2.3 + 100 * Y)
    by_hand(committed(case, "start", "chip", "barred"), 300 * Y)


def test_signings_are_committed_once(by_hand):
    """A company of 0.5 and an agreement of 0.1 that nobody needs."""
    case = alone(tiny_case())
    case = add(
        case,
        acquisitions=(Acquisition(acquisition="firm", price_musd=0.5),),
        agreements=(Agreement(agreement="pact", term_months=12.0, prepayment_musd=0.1),),
    )
    case = committed(case, "close", "firm", "fixed")
    by_hand(committed(case, "sign", "pact", "done", period="2028"), 2.6)


def test_modules_are_committed_by_number(by_hand):
    """No demand; two modules in 2028, and one in 2027 barred: 2.0."""
    hall = Expansion(expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=1.0, max_modules=3)
    case = add(changed(tiny_case(), demand=(("2027", 0.0),)), expansions=(hall,))
    case = committed(case, "build", "hall", "barred", period="2027")
    by_hand(committed(case, "build", "hall", "done", period="2028", quantity=2.0), 2.0)


def test_commitments_that_contradict_a_limit_have_no_plan(outcome_of):
    case = change(alone(tiny_case()), "offers", "alpha_list", max_lots_per_period=20.0)
    case = committed(case, "order", "alpha_list", "done", period="2028", quantity=30.0)
    assert outcome_of(case).status is Status.INFEASIBLE
