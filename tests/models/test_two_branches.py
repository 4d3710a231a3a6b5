"""Trees of four years that branch after the first, solved by hand: what is shared, what each branch does alone.

Unless a case says otherwise, alpha lives four years, costs 20,000 USD for 1 query/s and arrives at once; a query/s
unserved for a year costs 0.031536; the second future has a probability of 0.4 and is told apart from 2028 on.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.tables.fleet_rows import Limit, LimitUse, Price, PriceTier
from models.tables.strategy_rows import Agreement, Budget, Commitment, Policy
from tests.models.branches import HIGH, LOW, ROOT, YEAR, base, check_paths, from_2028, late, ordered, two
from tests.models.tiny import YEAR_UNSERVED, add, change, changed, demand, tiny_case, with_programme


def test_each_branch_buys_for_its_own_demand_and_pays_with_its_probability(plan_of):
    """100 at the root: 2.0. In the second future 100 more in 2028: 0.4 × 2.0. = 2.8"""
    low, high = base(), base(demand=from_2028(200.0))
    solution = plan_of(two(low, high))
    assert solution.outcome.objective == pytest.approx(2.8)
    assert ordered(solution)[[ROOT, LOW[0], HIGH[0]]] == pytest.approx([100.0, 0.0, 100.0])
    check_paths(solution, (low, high))


@pytest.mark.parametrize(("chance", "first", "expected"), [(0.4, 200.0, 4.0), (0.3, 100.0, 2 + 0.3 * (2 + YEAR))])
def test_one_decision_is_made_before_the_futures_are_told_apart(plan_of, chance, first, expected):
    """A lead of a year: what works in 2028 is ordered in 2027. 100 then, or 200 with the chance p.

    100 at the root: 2.0 + p × (2.0 + 3.1536) for an order of 2028 that is a year late; 200 at the root: 4.0. Equal at
    p = 0.388.
    """
    low, high = (late(demand=from_2028(rate, before=0.0)) for rate in (100.0, 200.0))
    solution = plan_of(two(low, high, chance))
    assert solution.outcome.objective == pytest.approx(expected)
    assert ordered(solution)[ROOT] == pytest.approx(first)
    check_paths(solution, (low, high))


@pytest.mark.parametrize(("chance", "at_root", "expected"), [(0.4, 100.0, 2.0), (0.2, 0.0, 0.8 * 0.5 + 0.2 * 6.0)])
def test_a_price_that_may_rise_or_fall_is_waited_for_only_where_that_pays(plan_of, chance, at_root, expected):
    """100 from 2028 on at 20,000 USD in 2027; then at 5,000 or, with the chance p, at 60,000 USD.

    At the root 2.0; waiting (1 − p) × 0.5 + p × 6.0: 2.7 at p = 0.4, 1.6 at p = 0.2.
    """
    cases = []
    for price in (5000.0, 60000.0):
        later = Price(offer="alpha_list", period="2028", unit_price_usd=price)
        cases.append(add(base(demand=from_2028(100.0, before=0.0)), prices=(later,)))
    solution = plan_of(two(*cases, chance))
    assert solution.outcome.objective == pytest.approx(expected)
    assert ordered(solution)[ROOT] == pytest.approx(at_root)
    check_paths(solution, cases)


def test_a_budget_binds_the_sum_over_its_span_on_each_path(plan_of):
    """Hardware at most 3.0 over 2027 and 2028. 100, then 150 or 200.

    Low: 150 units, 3.0. High: 150 by 2028, 50 unserved in 2028: 1.5768, and 1.0 in 2029. 0.6 × 3.0 + 0.4 × 5.5768.
    One budget for both branches together, or one a branch, gives another sum.
    """
    row = Budget(budget="capital", categories=("hardware",), span="2027..2028", amount_musd=3.0)
    cases = [add(base(demand=from_2028(rate)), budgets=(row,)) for rate in (150.0, 200.0)]
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(0.6 * 3.0 + 0.4 * (4.0 + YEAR / 2))
    check_paths(solution, cases)


def test_what_a_budget_leaves_over_is_carried_along_each_path(plan_of):
    """Hardware 2.2 in 2027, 0.6 in 2028, 0.6 in 2029, carried over; 100, then 120 or 200; 160 in 2029 in both.

    Low: 2.4 by 2028; 3.2 by 2029, of 3.4. High: 2.8 by 2028, 140 units: 60 unserved in 2028; 3.4 by 2029, 170 units,
    30 unserved of 200 in 2029 and 0.6 in 2030 without a budget.
    """
    rows = tuple(
        Budget(budget="capital", categories=("hardware",), span=year, amount_musd=amount, carry_over=True)
        for year, amount in (("2027", 2.2), ("2028", 0.6), ("2029", 0.6))
    )
    low = add(base(demand=demand(("2027", 100.0), ("2028", 120.0), ("2029", 160.0))), budgets=rows)
    high = add(base(demand=from_2028(200.0)), budgets=rows)
    solution = plan_of(two(low, high))
    assert solution.outcome.objective == pytest.approx(0.6 * 3.2 + 0.4 * (4.0 + 90 * YEAR_UNSERVED))
    check_paths(solution, (low, high))


def test_amounts_of_budgets_and_limits_are_those_of_each_future(plan_of):
    """2028: hardware 0.5 in the first future, 1.0 in the second, in which 20 units may arrive. Both need 200 then.

    Low: 25 more, 75 unserved. High: 20 more, 80 unserved. Both buy the rest in 2029: 4.0 + ….
    """
    cases = []
    for amount, units in ((0.5, 100.0), (1.0, 20.0)):
        row = Budget(budget="capital", categories=("hardware",), span="2028", amount_musd=amount)
        first = Budget(budget="capital", categories=("hardware",), span="2027", amount_musd=2.0)
        limit = Limit(limit="hbm", span="2028", amount=units)
        use = LimitUse(limit="hbm", offer="alpha_list", use_per_unit=1.0)
        cases.append(add(base(demand=from_2028(200.0)), budgets=(first, row), limits=(limit,), limit_use=(use,)))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(4.0 + (0.6 * 75 + 0.4 * 80) * YEAR_UNSERVED)
    check_paths(solution, cases)


def test_a_limit_binds_the_sum_over_its_span_on_each_path(plan_of):
    """130 units over 2027 and 2028; 100, then 130 or 200: 70 wait for 2029. 0.6 × 2.6 + 0.4 × (4.0 + 70 × 0.031536)."""
    row = Limit(limit="hbm", span="2027..2028", amount=130.0)
    use = LimitUse(limit="hbm", offer="alpha_list", use_per_unit=1.0)
    cases = [add(base(demand=from_2028(rate)), limits=(row,), limit_use=(use,)) for rate in (130.0, 200.0)]
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(0.6 * 2.6 + 0.4 * (4.0 + 70 * YEAR_UNSERVED))
    check_paths(solution, cases)


def test_a_gate_that_opens_in_one_branch_stays_shut_in_the_other(plan_of):
    """beta, 2 queries/s for 4,000 USD, waits for a chip: 5.0 and a year. 10, and from 2029 20 or 1,000.

    10 alpha: 0.2. Low: 10 more for 0.2, five beta would cost 0.02. High: start 2028, 495 beta in 2029: 5.0 + 1.98.
    """
    cases = []
    for rate in (20.0, 1000.0):
        case = tiny_case(periods=4, demand=(("2027", 10.0), ("2029", rate)))
        case = changed(case, prices=(case.prices[0], replace(case.prices[1], unit_price_usd=4000.0)))
        case = change(case, "accelerators", "alpha", life_years=4.0)
        chip = {"design_months": 12.0, "design_cost_musd": 5.0, "first_start": "2028"}
        cases.append(with_programme(case, offer="beta_list", **chip))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(0.2 + 0.6 * 0.2 + 0.4 * 6.98)
    started = solution.value(solution.model.programmes.starts.block)[0]
    assert started == pytest.approx([0, 0, 1, 0, 0, 0, 0])
    assert solution.value(solution.model.programmes.ready)[0] == pytest.approx([0, 0, 0, 0, 1, 0, 1])
    assert ordered(solution, 1) == pytest.approx([0, 0, 0, 0, 495, 0, 0])
    check_paths(solution, cases)


def test_a_programme_may_start_once_on_each_path(plan_of):
    """As above, but both futures need 1,000 from 2029 on: one start in each branch, 0.2 + 6.98 whichever comes."""
    case = tiny_case(periods=4, demand=(("2027", 10.0), ("2029", 1000.0)))
    case = changed(case, prices=(case.prices[0], replace(case.prices[1], unit_price_usd=4000.0)))
    case = change(case, "accelerators", "alpha", life_years=4.0)
    case = with_programme(case, offer="beta_list", design_months=12.0, design_cost_musd=5.0, first_start="2028")
    solution = plan_of(two(case, case))
    assert solution.outcome.objective == pytest.approx(7.18)
    assert solution.value(solution.model.programmes.starts.block)[0, [1, 2]] == pytest.approx([1, 1])


def test_take_or_pay_is_owed_on_each_path_for_its_own_arrivals(plan_of):
    """100 units a year agreed for four years at 4,000 USD a unit short; 100, then 100 or 100 more every year.

    2.0 at the root. Low: 0.4 in each of three years. High: 2.0 in each. 2.0 + 0.6 × 1.2 + 0.4 × 6.0 = 5.12
    """
    pact = Agreement(
        agreement="pact", term_months=48.0, min_units_per_year=100.0, shortfall_usd_per_unit=4000.0, last_signing="2027"
    )
    cases = []
    for rates in (demand(("2027", 100.0)), demand(("2027", 100.0), ("2028", 200.0), ("2029", 300.0), ("2030", 400.0))):
        case = change(base(demand=rates), "offers", "alpha_list", requires=("pact",))
        cases.append(add(case, agreements=(pact,)))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(5.12)
    check_paths(solution, cases)


@pytest.mark.parametrize(("kind", "more"), [("incremental", 1.9), ("all_units", 1.6)])
def test_tiers_count_the_units_of_each_path(plan_of, kind, more):
    """10 % off from 150 units over all four years; 100, then 100 or 200. 2.0 at the root.

    High, 100 more: 50 × 0.02 + 50 × 0.018 = 1.9, or 200 × 0.018 − 2.0 = 1.6.
    """
    tier = PriceTier(offer="alpha_list", span="2027..2030", from_units=150.0, discount=0.1, kind=kind)
    cases = [add(base(demand=from_2028(rate)), price_tiers=(tier,)) for rate in (100.0, 200.0)]
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.4 * more)
    check_paths(solution, cases)


def test_orders_grow_on_each_path_from_its_own_year_before(plan_of):
    """alpha lives a year; 100 at the root, then 100 and 200, or 200 and 400: each path doubles at most.

    2.0 + 0.6 × (2.0 + 4.0) + 0.4 × (4.0 + 8.0); were 400 measured by the other branch, 200 of it would be missing.
    """
    rule = Policy(policy="pace", kind="max_order_growth", span="2027..2030", value=1.0)
    cases = []
    for rates in ((100.0, 200.0), (200.0, 400.0)):
        points = demand(("2027", 100.0), ("2028", rates[0]), ("2029", rates[1]), ("2030", 0.0))
        cases.append(add(change(base(demand=points), "accelerators", "alpha", life_years=1.0), policies=(rule,)))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.6 * 6.0 + 0.4 * 12.0)
    check_paths(solution, cases)


def test_shares_hold_on_each_path(plan_of):
    """At most half of the capability from verde in 2028: 50 and 25 beta for 100, or 100 and 50 for 200.

    beta comes from 2028 on; 100 alpha of 2027 weigh 50 beta. Low: 50 alpha are given up, 25 beta bought: 1.1.
    High: 50 beta: 2.2.
    """
    rule = Policy(policy="mix", kind="max_vendor_share", subject="verde", span="2028", value=0.5)
    cases = []
    for rate in (100.0, 200.0):
        case = change(
            tiny_case(periods=4, demand=(("2027", 100.0), ("2028", rate))), "accelerators", "alpha", life_years=4.0
        )
        cases.append(add(change(case, "offers", "beta_list", first_order="2028"), policies=(rule,)))
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.6 * 1.1 + 0.4 * 2.2)
    check_paths(solution, cases)


def test_commitments_hold_on_each_path(plan_of):
    """At least 30 in 2028, of which the second future needs 20. 0.6 whichever comes."""
    row = Commitment(kind="order", item="alpha_list", quantity=30.0, status="done", period="2028")
    cases = [add(base(demand=from_2028(rate, before=0.0)), commitments=(row,)) for rate in (0.0, 20.0)]
    solution = plan_of(two(*cases))
    assert solution.outcome.objective == pytest.approx(0.6)
    assert ordered(solution)[[1, 2]] == pytest.approx([30.0, 30.0])
    check_paths(solution, cases)
