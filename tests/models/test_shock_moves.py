"""Deals and halls that are late or fail, in plans without branches, solved by hand.

The cases are those of `branches`: four years from 2027; alpha lives four years, costs 0.02 for 1 query/s; 100 queries/s
unserved for a year cost 3.1536 (`YEAR`).
"""

from __future__ import annotations

import pytest

from models.tables.strategy_rows import Acquisition, Budget, Commitment
from tests.models.branches import YEAR
from tests.models.shocks import checked, deal, hall, lines
from tests.models.tiny import add, changed

NOTHING = {("price", "2027"): 1.0}


LINES = ("price firm", "integration firm", "contribution firm", "refund firm")


@pytest.mark.parametrize(
    ("rows", "closed", "owned", "expected"),
    [
        ([], "2028", "2029", {("integration", "2028"): 0.2, ("contribution", "2029"): -0.1}),
        ([("2028", 12.0)], "2029", "2030", {("integration", "2029"): 0.2}),
        # The integration alone takes longer.
        ([("2029", 12.0)], "2028", "2030", {("integration", "2028"): 0.2}),
        ([("2028", None)], "", "", {("refund", "2028"): -0.75}),
        ([("2027", None)], "", "", {("refund", "2028"): -0.75}),
        ([("2028", 24.0), ("2029", None)], "", "", {("refund", "2029"): -0.75}),
        ([("2029", None)], "2028", "", {("integration", "2028"): 0.2}),
        ([("2030", None)], "2028", "2029", {("integration", "2028"): 0.2, ("contribution", "2029"): -0.1}),
        ([("2028", 60.0)], "2033", "2034", {}),
    ],
)
def test_a_deal_that_is_late_or_fails_costs_and_brings_what_has_come_of_it(plan_of, rows, closed, owned, expected):
    case = deal(*rows)
    tables = checked(plan_of(case), case)
    (row,) = tables["acquisitions"]
    assert (row["closed"], row["owned"], row["price_musd"]) == (closed, owned, 1.0)
    later = {("contribution", "2030"): -0.1} if owned in {"2029", "2030"} else {}
    assert lines(tables, *LINES) == NOTHING | expected | later


def test_a_refund_is_a_part_of_the_price_at_signing_and_income_in_a_budget(plan_of):
    """Signed in 2028 at 1.1, failed from 2029 on: 0.75 × 1.1 come back in 2029, where they pay for a second deal."""
    case = deal(("2029", None), price_growth_per_year=0.1)
    second = Acquisition(acquisition="other", price_musd=0.825 / 1.21, price_growth_per_year=0.1)
    signings = (
        Commitment(kind="close", item="firm", period="2028", status="fixed"),
        Commitment(kind="close", item="other", period="2029", status="fixed"),
    )
    case = changed(add(case, acquisitions=(second,)), commitments=signings)
    case = add(case, budgets=(Budget(budget="deals", categories=("acquisition",), span="2029", amount_musd=0.0),))
    solution = plan_of(case)
    tables = checked(solution, case)
    assert lines(tables, *LINES) == {("price", "2028"): 1.1, ("refund", "2029"): -0.825}
    assert solution.outcome.objective == pytest.approx(1.1 - 0.825 + 0.825 + 2.0)


def test_nothing_comes_back_of_a_price_that_is_lost_by_contract(plan_of):
    case = deal(("2028", None), break_fee_share=1.0)
    assert lines(checked(plan_of(case), case), *LINES) == NOTHING


def test_a_deal_signed_before_the_plan_is_refunded_when_it_should_have_closed(plan_of):
    """Signed in 2026 at 1.0 / 1.1, to close in 2028, failed from 2027 on."""
    case = deal(("2027", None), price_growth_per_year=0.1, months_to_close=24.0)
    case = changed(case, commitments=(Commitment(kind="close", item="firm", period="2026", status="done"),))
    tables = checked(plan_of(case), case)
    assert lines(tables, *LINES) == {("refund", "2028"): -0.75 / 1.1}
    assert [(row["closed"], row["price_musd"]) for row in tables["acquisitions"]] == [("", 0.0)]


@pytest.mark.parametrize(
    ("rows", "energised"),
    [
        ([], "2028"),
        ([("2028", 1.0)], "2029"),
        ([("2029", 12.0)], "2028"),
        ([("2029", None)], "2028"),
        ([("2028", 24.0)], "2030"),
    ],
)
def test_a_hall_that_is_late_works_later_and_is_worth_more_at_the_end(plan_of, rows, energised):
    """0.4 for the hall at its order and 2.0; what is left of ten years at the end."""
    case = hall(*rows)
    solution = plan_of(case)
    wait = int(energised) - 2027
    left = 0.4 * (1 - (4 - wait) / 10)
    assert solution.outcome.objective == pytest.approx(2.4 + wait * YEAR - left)
    tables = checked(solution, case)
    assert [row["energised"] for row in tables["expansions"]] == [energised]
    assert lines(tables, "modules hall") == {("modules", "2027"): 0.4, ("modules", "end"): -left}


@pytest.mark.parametrize(("rows", "energised"), [([("2028", None)], ""), ([("2028", 49.0)], "2033")])
def test_a_hall_that_is_not_energised_is_paid_and_worth_nothing(plan_of, rows, energised):
    case = hall(*rows)
    assert plan_of(case).outcome.objective == pytest.approx(4 * YEAR)
    case = add(case, commitments=(Commitment(kind="build", item="hall", quantity=1.0, status="fixed"),))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(0.4 + 4 * YEAR)
    assert [row["energised"] for row in checked(solution, case)["expansions"]] == [energised]


def test_a_hall_ordered_before_the_plan_may_be_late_too(plan_of):
    """Two modules of 2026 for 50 alpha each, due in 2027: a year late. Worth 0.8 × (1 − 3 / 10) at the end."""
    case = hall(("2027", 3.0), module_mw=0.05, max_modules=2)
    done = Commitment(kind="build", item="hall", period="2026", quantity=2.0, status="done")
    case = add(case, commitments=(done,))
    solution = plan_of(case)
    assert solution.outcome.objective == pytest.approx(2.0 + YEAR - 0.56)
    checked(solution, case)
