"""Budgets solved by hand: one sum over each span, of cash only, with what earlier spans left over."""

from __future__ import annotations

import pytest

from models.tables.fleet_rows import Resale
from models.tables.holding_rows import OpeningFleet
from models.tables.strategy_rows import Budget, Policy
from tests.models.tiny import YEAR_UNSERVED as Y
from tests.models.tiny import add, alone, change, changed, tiny_case


def budget(span, amount, *, carry=False, categories=("hardware",)):
    return Budget(budget="capital", categories=categories, span=span, amount_musd=amount, carry_over=carry)


def test_a_yearly_budget_is_one_row_a_year_not_one_a_period(by_hand):
    """Quarters at 10 USD per thousand; 1.2 for hardware in 2027: 60 alpha at once, 40 a year later. 2.0 + 400 Y

    1.2 a quarter would buy all in the second one; 0.3 a quarter 15 units each.
    """
    case = alone(tiny_case(start="2027Q1", period="quarter", periods=5))
    case = change(case, "workloads", "chat", penalty_usd_per_1000=10.0)
    by_hand(add(case, budgets=(budget("2027", 1.2),)), 2.0 + 400 * Y)


def test_budgets_bind_when_money_is_paid_not_when_it_is_committed(by_hand):
    """Lead of a year, a quarter deposit: 0.5 in 2027 and 1.5 in 2028. A budget of 0.5 in 2027 buys all 100."""
    case = change(alone(tiny_case()), "offers", "alpha_list", lead_time_months=12.0, deposit_share=0.25)
    by_hand(add(case, budgets=(budget("2027", 0.5),)), 2.0 + 100 * Y)


@pytest.mark.parametrize(("carry", "expected"), [(True, 2.0 + 20 * Y), (False, 2.0 + 40 * Y)])
def test_what_is_left_over_is_handed_on_only_where_it_is_said(by_hand, carry, expected):
    """0.8 a year; 20, then 100; at most 60 units a year, and none in advance: 20 in 2027 for 0.4.

    With what 2027 left 1.2 may be spent in 2028: 60 of the 80 that are missing, 20 Y; without it 0.8: 40 Y.
    """
    case = alone(tiny_case(demand=(("2027", 20.0), ("2028", 100.0))))
    case = add(case, policies=(Policy(policy="roof", kind="max_capability", span="2027", value=20.0),))
    rows = [budget(year, 0.8, carry=carry) for year in ("2027", "2028", "2029")]
    by_hand(add(case, budgets=rows), expected)


def test_cash_budgets_count_income_of_sales_but_neither_penalty_nor_revenue(by_hand):
    """1.0 of cash in 2027 and ten old beta that bring 22,000 USD each: 61 alpha. The other 39 come in 2028.

    1.22 − 0.22 + 0.78 + 39 Y, less 0.5 USD per thousand of the 261 years of a query/s served.
    """
    case = change(alone_work(), "workloads", "chat", revenue_usd_per_1000=0.5)
    row = OpeningFleet(accelerator="beta", site="north", units=10.0, in_service_since="2026")
    resale = [Resale(accelerator="beta", age_years=age, fraction_of_reference_price=0.5 if age < 3 else 0.0)
              for age in (0.0, 1.0, 3.0)]  # fmt: skip
    case = add(case, opening_fleet=(row,), resale=resale, budgets=(budget("2027", 1.0, categories=("all",)),))
    by_hand(case, 1.22 - 0.22 + 0.78 + 39 * Y - 0.5 * 261 * Y)


def alone_work():
    """The tiny case in which beta does nothing."""
    case = tiny_case()
    return changed(case, throughput=case.throughput[:1], offers=case.offers[:1], prices=case.prices[:1])


def test_categories_that_a_budget_does_not_name_are_free(by_hand):
    """No hardware in 2027, but power: 100 Y then and 2.0 later."""
    case = change(alone(tiny_case()), "sites", "north", fixed_musd_per_year=1.0)
    by_hand(add(case, budgets=(budget("2027", 0.0),)), 2.0 + 100 * Y + 3.0)


def test_a_blank_amount_is_no_limit_and_breaks_no_other_row(by_hand):
    """2027 without a limit, 0.4 in 2028: 100 in 2027; 20 more in 2028, 30 in 2029. 150 asked for from 2028: 30 Y."""
    case = alone(tiny_case(demand=(("2027", 100.0), ("2028", 150.0))))
    case = change(case, "offers", "alpha_list", max_lots_per_period=100.0)
    by_hand(add(case, budgets=(budget("2027", None), budget("2028", 0.4))), 3.0 + 30 * Y)


def test_rows_finer_than_a_period_are_one_row(by_hand):
    """0.3 in each quarter of 2027 is 1.2 in the year: 60 in 2027."""
    rows = [budget(f"2027Q{quarter}", 0.3) for quarter in (1, 2, 3, 4)]
    by_hand(add(alone(tiny_case()), budgets=rows), 2.0 + 40 * Y)


def test_a_budget_over_several_years_is_one_sum(by_hand):
    """1.6 over 2027 and 2028: 80 by 2028, wherever; 20 in 2029. 2.0 + 40 Y"""
    by_hand(add(alone(tiny_case()), budgets=(budget("2027..2028", 1.6),)), 2.0 + 40 * Y)
