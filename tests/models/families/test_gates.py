"""Gates and exclusions solved by hand. The chip costs 0.3 and takes six months unless a case says otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from models.tables.fleet_rows import Price
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Acquisition, Agreement, Commitment
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, rent, tiny_case, with_programme


def cheap_beta(case, price=4000.0):
    """beta at 2,000 USD for a query/s."""
    return changed(case, prices=(case.prices[0], Price(offer="beta_list", period="2027", unit_price_usd=price)))


@pytest.mark.parametrize(("months", "years"), [(1.0, 1), (12.0, 1), (13.0, 2), (24.0, 2)])
def test_a_gate_opens_not_one_period_early(by_hand, months, years):
    """Alpha waits for the chip: 0.3 + 2.0 and 100 Y for every year until it is ready, rounded up."""
    case = with_programme(alone(tiny_case()), design_months=months)
    solution = by_hand(case, 2.3 + 100 * Y * years)
    assert np.flatnonzero(solution.value(solution.model.orders.order)[0]).tolist() == [years]


def test_a_lead_runs_from_the_order_that_the_gate_allows(by_hand):
    """Ready after a year, then a lead of a year: 0.3 + 2.0 + 200 Y."""
    case = with_programme(alone(tiny_case()), design_months=12.0)
    by_hand(change(case, "offers", "alpha_list", lead_time_months=12.0), 2.3 + 200 * Y)


def test_a_gate_is_paid_for_once_and_only_where_it_is_worth_it(by_hand):
    """beta at 2,000 USD a query/s with the chip ready in 2028: 0.3 + 0.2 + 100 Y = 3.65; alpha 2.0. For 1,000: beta.

    1,000 queries/s: 20 for alpha at once; beta: 0.3 + 2.0 + 1,000 Y = 33.8. Ready at once it would be 2.3.
    """
    for rate, months, expected in ((100.0, 6.0, 2.0), (1000.0, 6.0, 20.0), (1000.0, 0.0, 2.3)):
        case = cheap_beta(tiny_case(demand=(("2027", rate),)))
        by_hand(with_programme(case, offer="beta_list", design_months=months), expected)


def test_an_agreement_is_a_gate_while_it_is_live(by_hand):
    """Live for a year; alpha costs 10,000 USD from 2028 on; demand 100, then 200.

    Signed in 2027: 200 at 20,000 USD in 2027: 4.0. Signed in 2028: 100 Y + 2.0 = 5.15. Were it a gate for ever: 3.0.
    """
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 200.0))))
    case = change(case, "offers", "alpha_list", requires=("pact",))
    case = add(case, prices=(Price(offer="alpha_list", period="2028", unit_price_usd=10000.0),))
    by_hand(add(case, agreements=(Agreement(agreement="pact", term_months=12.0),)), 4.0)


def test_all_gates_of_an_offer_are_needed(by_hand):
    """The chip after a year and a company after two: 0.3 + 0.5 + 2.0 + 200 Y."""
    case = with_programme(alone(tiny_case()), design_months=12.0)
    case = add(case, acquisitions=(Acquisition(acquisition="firm", price_musd=0.5, months_to_close=24.0),))
    by_hand(change(case, "offers", "alpha_list", requires=("chip", "firm")), 2.8 + 200 * Y)


def test_gates_of_a_lease_bind_its_order_too(by_hand):
    """Rent at 6,000 USD a year behind the chip, 24 months, at 3 USD per thousand: 0.3 + 1.2 + 300 Y."""
    case = change(alone(tiny_case()), "offers", "alpha_list", max_lots_per_period=0.0)
    case = change(
        rent(case, 6000.0, requires=("chip",), term_months=24.0), "workloads", "chat", penalty_usd_per_1000=3.0
    )
    by_hand(with_programme(case, offer="", design_months=12.0), 1.5 + 300 * Y)


def test_an_expansion_waits_for_its_gate(by_hand):
    """No power without the module of 0.1 MW for 0.1, which waits for a company that is owned after a year.

    0.5 + 0.1 + 2.0 + 100 Y.
    """
    case = change(alone(tiny_case()), "sites", "north", power_mw=0.0)
    hall = Expansion(
        expansion="hall", site="north", module_mw=0.1, cost_musd_per_module=0.1, max_modules=1, requires=("firm",)
    )
    case = add(
        case,
        expansions=(hall,),
        acquisitions=(Acquisition(acquisition="firm", price_musd=0.5, months_to_integrate=5.0),),
    )
    by_hand(case, 2.6 + 100 * Y)


def company(**values):
    """Bought for 0.5, it brings in 0.4 a year from its signing on: −0.7 over three years."""
    return Acquisition(**{"acquisition": "firm", "price_musd": 0.5, "contribution_musd_per_year": 0.4, **values})


def test_what_excludes_each_other_is_not_taken_together(by_hand):
    """beta with the chip, at once: 0.3 + 0.2 instead of 2.0. The company: −0.7. The better one: 0.5; both: −0.2."""
    case = cheap_beta(tiny_case())
    free = with_programme(add(case, acquisitions=(company(),)), offer="beta_list", design_months=0.0)
    by_hand(free, -0.2)
    by_hand(change(free, "routes", "chip", excludes=("firm",)), 0.5)
    by_hand(change(free, "acquisitions", "firm", excludes=("chip",)), 0.5)


def test_an_offer_ends_where_what_it_excludes_is_taken_that_node_included(by_hand):
    """100, and 150 from 2028 on. Order 150 in 2027, sign in 2028: 3.0 + 0.5 − 0.8 = 2.7; signed in 2027: 2.3."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 150.0))))
    case = change(add(case, acquisitions=(company(),)), "offers", "alpha_list", excludes=("firm",))
    by_hand(case, 2.7)


def test_what_was_done_before_the_plan_excludes_too(by_hand):
    """The company was bought in 2026: alpha is not on offer any more; −1.2 of contributions, 300 Y."""
    case = change(add(alone(tiny_case()), acquisitions=(company(),)), "offers", "alpha_list", excludes=("firm",))
    done = Commitment(kind="close", item="firm", period="2026", status="done")
    by_hand(add(case, commitments=(done,)), -1.2 + 300 * Y)


def test_a_gate_that_was_opened_before_the_plan_costs_what_falls_into_it(by_hand):
    """Started in 2026 with 18 months of design for 0.4: 0.2 in 2027, ready in 2028. 0.2 + 2.0 + 100 Y"""
    case = with_programme(alone(tiny_case()), design_months=18.0, design_cost_musd=0.4)
    done = Commitment(kind="start", item="chip", route="house", period="2026", status="done")
    by_hand(add(case, commitments=(done,)), 2.2 + 100 * Y)
