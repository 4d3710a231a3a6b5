"""Trees of four years that branch after the first, solved by hand: what is shared, what each branch does alone.

Unless a case says otherwise, alpha lives four years, costs 20,000 USD for 1 query/s and arrives at once; a query/s
unserved for a year costs 0.031536; the second future has a probability of 0.4 and is told apart from 2028 on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.algebra import Axis
from models.build import build, build_from
from models.data.strategy import strategy_of
from models.data.supply import supply_of
from models.frame import frame_of
from models.moves import Agreement, Budget, Commitment, Policy
from models.rows import Limit, LimitUse, OpenOrder, Price, PriceTier, Site
from models.tree import branching
from models.verify import verify
from planner.results import tables_of
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, changed, demand, rich_case, tiny_case, with_programme

ROOT, LOW, HIGH = 0, (1, 3, 5), (2, 4, 6)
YEAR = 100 * YEAR_UNSERVED  # 100 queries/s unserved for a year: 3.1536


def base(**changes):
    return change(alone(tiny_case(**{"periods": 4, **changes})), "accelerators", "alpha", life_years=4.0)


def tree_of(chance=0.4):
    return branching(4, (1.0 - chance, chance), (1, 1))


def two(low, high, chance=0.4):
    return build(low, futures=(low, high), tree=tree_of(chance))


def from_2028(rate, before=100.0):
    return demand(("2027", before), ("2028", rate))


def ordered(solution, offer=0):
    return solution.value(solution.model.orders.units)[offer]


def check_paths(solution, cases, *, touched=None):
    """Each path is a plan without branches: the independent check accepts it with its own future's case."""
    frame = solution.model.frame
    leaf = Axis("leaf", tuple(frame.node.labels[n] for n in frame.tree.leaves))
    costs = solution.money(solution.model.ledger.path_cost(leaf))
    for cost, path in zip(costs, frame.tree.paths(), strict=True):
        future = int(frame.tree.future[path[-1]])
        tables = {}
        for name, table in tables_of(solution).items():
            rows = [row for row in table.records() if str(future + 1) in str(row.get("scenarios", "")).split(";")]
            tables[name] = rows
        tables["key_figures"] = [{"name": "net_present_cost", "value": float(cost), "unit": "USD million"}]
        report = verify(cases[future], tables, float(cost), touched=touched if future else None)
        assert report.findings == ()
    expected = float(solution.money(solution.model.ledger.expected()))
    assert costs @ frame.tree.probability[frame.tree.leaves] == pytest.approx(expected)


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


def late(**changes):
    return change(base(**changes), "offers", "alpha_list", lead_time_months=12.0)


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


def disrupted(cases, *, lead=None):
    """The tree with a touched offer in the second future, whose lead there is `lead` periods."""
    frame = frame_of(cases, tree_of())
    strategy = strategy_of(frame)
    supply = supply_of(frame, strategy)
    touched, lead_at = supply.touched.copy(), supply.lead_at.copy()
    touched[:, HIGH] = True
    if lead is not None:
        lead_at[:, HIGH] = lead
    return build_from(frame, strategy, replace(supply, touched=touched, lead_at=lead_at))


def test_an_order_before_the_branch_arrives_in_both_and_later_where_the_lead_has_grown(plan_of):
    """A lead of one year, in the second future of two. 100 at the root work from 2028, or there from 2029.

    2.0 + 3.1536 for 2027 + 0.4 × 3.1536 for 2028 = 6.41504; the bill is paid in 2028 on both paths.
    """
    cases = (late(), late())
    solution = plan_of(disrupted(cases, lead=2))
    assert solution.outcome.objective == pytest.approx(2.0 + YEAR + 0.4 * YEAR)
    arrived = solution.value(solution.model.orders.arrivals)[0]
    assert arrived == pytest.approx([0, 100, 0, 0, 100, 0, 0])
    (bills,) = [line for line in solution.model.ledger.lines if (line.category, line.what) == ("hardware", "units")]
    paid = solution.money(bills.amount)[0]
    assert paid == pytest.approx([0, 2, 2, 0, 0, 0, 0])
    check_paths(solution, cases, touched={"alpha_list": 1})


def test_a_lead_that_shrinks_lets_two_orders_arrive_together(plan_of):
    """Lead two years, in the second future none from 2028 on: the root's order arrives in 2028, when it is passed by.

    100 from 2028 on. Order of 2027: on the first path it works from 2029, on the second from 2028: 2.0 + 0.6 × 3.1536.
    """
    case = change(base(demand=from_2028(100.0, before=0.0)), "offers", "alpha_list", lead_time_months=24.0)
    solution = plan_of(disrupted((case, case), lead=0))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.6 * YEAR)
    assert solution.value(solution.model.orders.arrivals)[0] == pytest.approx([0, 0, 100, 100, 0, 0, 0])


def test_gated_units_work_as_soon_as_they_arrive_where_the_lead_has_shrunk(plan_of):
    """Lead a year, in the second future none; 100 from 2028 on, behind a chip that is ready in 2028 for nothing.

    Ordered in 2028, working in 2029 on the first path, in 2028 on the second: 2.0 + 0.6 × 3.1536.
    """
    chip = {"design_months": 0.0, "design_cost_musd": 0.0, "first_start": "2028"}
    case = with_programme(late(demand=from_2028(100.0, before=0.0)), **chip)
    solution = plan_of(disrupted((case, case), lead=0))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.6 * YEAR)


def test_an_order_may_be_as_large_as_is_needed_where_the_lead_has_shrunk(plan_of):
    """Lead a year, in the second future none; 100 in 2028 only; no order in 2027. Second path: 2.0; first: 3.1536."""
    case = late(demand=demand(("2027", 0.0), ("2028", 100.0), ("2029", 0.0)))
    case = change(case, "offers", "alpha_list", first_order="2028")
    solution = plan_of(disrupted((case, case), lead=0))
    assert solution.outcome.objective == pytest.approx(0.6 * YEAR + 0.4 * 2.0)


def short_supply():
    """Lead of a year; 100 from 2028 on. 100 units a year may arrive, in the second future none in 2028."""
    cases = []
    for amount in (100.0, 0.0):
        spans = (("2027", 100.0), ("2028", amount), ("2029", 100.0), ("2030", 100.0))
        rows = tuple(Limit(limit="hbm", span=span, amount=most) for span, most in spans)
        use = LimitUse(limit="hbm", offer="alpha_list", use_per_unit=1.0)
        cases.append(add(late(demand=from_2028(100.0, before=0.0)), limits=rows, limit_use=(use,)))
    return cases


def test_a_shortage_makes_a_backlog_where_a_disruption_has_touched_the_offer(plan_of):
    """The 100 of the root arrive in 2028, or a year late where nothing can arrive: 2.0 + 0.4 × 3.1536."""
    solution = plan_of(disrupted(short_supply()))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.4 * YEAR)
    assert solution.value(solution.model.orders.arrivals)[0] == pytest.approx([0, 100, 0, 0, 100, 0, 0])
    check_paths(solution, short_supply(), touched={"alpha_list": 1})


def test_a_shortage_forbids_the_order_where_nothing_has_touched_the_offer(plan_of):
    """Arrivals equal orders: nothing at the root, 100 in 2028 for 2029: 2.0 + 3.1536."""
    solution = plan_of(two(*short_supply()))
    assert solution.outcome.objective == pytest.approx(2.0 + YEAR)
    assert ordered(solution)[ROOT] == 0.0


def test_no_more_arrives_than_was_ordered_where_a_disruption_has_touched_the_offer(plan_of):
    """Nothing can be ordered after 2027, and both paths need 100 and then 200: what is there is what was ordered."""
    cases = [
        change(case, "offers", "alpha_list", last_order="2027") for case in (late(), late(demand=from_2028(200.0)))
    ]
    solution = plan_of(disrupted(cases))
    arrivals, units = solution.value(solution.model.orders.arrivals)[0], ordered(solution)
    assert units[ROOT] == pytest.approx(200.0)
    assert arrivals[list(LOW)].sum() == pytest.approx(200.0)
    assert arrivals[list(HIGH)].sum() == pytest.approx(200.0)
    assert solution.outcome.objective == pytest.approx(4.0 + YEAR)


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


def test_a_disruption_does_not_open_sites_that_an_offer_may_not_use(plan_of):
    """alpha may stand in the north only, which has no power; ten open units are due in the south: 10 of 100 served."""
    case = changed(base(), sites=(Site(site="north", power_mw=0.0), Site(site="south")))
    case = change(case, "offers", "alpha_list", sites=("north",))
    case = add(case, open_orders=(OpenOrder(offer="alpha_list", site="south", units=10.0, due="2027"),))
    expected = 4 * 90 * YEAR_UNSERVED
    assert plan_of(case).outcome.objective == pytest.approx(expected)
    assert plan_of(disrupted((case, case))).outcome.objective == pytest.approx(expected)


@pytest.mark.parametrize("aversion", [0.0, 0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("level", [0.9, 0.4])
def test_risk_aversion_weighs_the_mean_with_the_mean_of_the_worst_paths(cost_of, aversion, level):
    """The choice of 100 or 200 at the root with p = 0.3: paths cost 2.0 and 7.1536, or 4.0 both.

    At the level 0.9 the worst tenth is the second path; at 0.4 the worst 0.6 is half each path: 4.5768 for 100.
    """
    low, high = (
        changed(late(demand=from_2028(rate, before=0.0)), risk_aversion=aversion, risk_level=level)
        for rate in (100.0, 200.0)
    )
    worst = 2 + 2 + YEAR
    tail = worst if level == 0.9 else (2 + worst) / 2
    few, many = (1 - aversion) * (0.7 * 2 + 0.3 * worst) + aversion * tail, 4.0
    assert cost_of(two(low, high, 0.3)) == pytest.approx(min(few, many))


def test_full_aversion_at_a_high_level_is_the_least_worst_path(plan_of):
    low, high = (
        changed(late(demand=from_2028(rate, before=0.0)), risk_aversion=1.0, risk_level=0.99) for rate in (100.0, 200.0)
    )
    solution = plan_of(two(low, high, 0.3))
    leaf = Axis("leaf", ("low", "high"))
    worst = solution.money(solution.model.ledger.path_cost(leaf)).max()
    alone_high = plan_of(high).outcome.objective
    assert worst == pytest.approx(solution.outcome.objective)
    assert worst >= alone_high - 1e-9


def test_risk_aversion_changes_nothing_where_there_is_one_path(cost_of):
    averse = base(risk_aversion=0.7, discount_rate=0.1)
    assert cost_of(averse) == pytest.approx(cost_of(base(discount_rate=0.1)))


def test_equal_futures_cost_what_one_path_costs(plan_of, cost_of):
    case = rich_case(periods=5, lookahead_periods=1)
    tree = branching(6, (0.25, 0.75), (2, 2))
    solution = plan_of(build(case, futures=(case, case), tree=tree))
    assert solution.outcome.objective == pytest.approx(cost_of(case), rel=1e-6)
    check_paths(solution, (case, case))


@pytest.mark.parametrize("revealed", [(1, 1, 1), (1, 2, 3), (4, 3, 4), (2, 4, 4)])
def test_when_equal_futures_are_told_apart_does_not_matter(cost_of, revealed):
    case = late(discount_rate=0.1, demand=demand(("2027", 50.0), ("2029", 140.0)))
    tree = branching(4, (0.2, 0.3, 0.5), revealed)
    assert cost_of(build(case, futures=(case,) * 3, tree=tree)) == pytest.approx(cost_of(case))


def test_knowing_in_time_costs_what_knowing_all_costs_and_knowing_later_costs_more(cost_of):
    """60 or 200 in 2030, with a lead of two years: known in 2028 it is known in time, in 2029 or 2030 too late."""
    low, high = (
        change(
            late(discount_rate=0.1, demand=demand(("2027", 0.0), ("2030", rate))),
            "offers",
            "alpha_list",
            lead_time_months=24.0,
        )
        for rate in (60.0, 200.0)
    )
    known = 0.6 * cost_of(low) + 0.4 * cost_of(high)
    costs = [
        cost_of(build(low, futures=(low, high), tree=branching(4, (0.6, 0.4), (when, when)))) for when in (1, 2, 3)
    ]
    assert costs[0] == pytest.approx(known)
    assert costs[1] > known * 1.01
    assert costs[2] == pytest.approx(costs[1])


def test_a_future_that_cannot_happen_changes_nothing_but_its_own_feasibility(cost_of):
    low, high = base(), base(demand=from_2028(200.0))
    assert cost_of(two(low, high, chance=0.0)) == pytest.approx(cost_of(low))


def test_the_reveal_may_split_off_one_future_after_the_other(plan_of):
    """100; 200 from 2028, 2029 or never, with 0.2, 0.3 and 0.5: 2.0 + 0.5 × 2.0, ordered where each is told apart."""
    never, soon, later = base(), base(demand=from_2028(200.0)), base(demand=demand(("2027", 100.0), ("2029", 200.0)))
    tree = branching(4, (0.5, 0.2, 0.3), (2, 1, 2))
    solution = plan_of(build(never, futures=(never, soon, later), tree=tree))
    assert solution.outcome.objective == pytest.approx(3.0)
    units = dict(zip(solution.model.frame.node.labels, ordered(solution), strict=True))
    assert {label: number for label, number in units.items() if number} == pytest.approx(
        {"2027/1": 100.0, "2028/2": 100.0, "2029/3": 100.0}
    )
    assert np.isclose(solution.model.frame.tree.probability.sum(), 4.0)
    check_paths(solution, (never, soon, later))


@pytest.mark.parametrize("aversion", [0.0, 0.6])
def test_plans_with_every_feature_hold_on_each_path(plan_of, aversion):
    """Six quarters; from the third on demand, rents, limits and budgets differ between three futures."""
    case = rich_case(periods=5, lookahead_periods=1, demand_interpolation="step", risk_aversion=aversion)
    cases = []
    for factor in (1.0, 1.8, 0.5):
        later = demand(("2027Q3", 150.0 * factor), ("2028Q1", 250.0 * factor))
        rent = Price(offer="beta_rent", period="2028Q1", unit_price_usd=18000.0 * factor)
        changes = {
            "demand": (*(row for row in case.demand if row.period == "2027Q1"), *later),
            "prices": (*(row for row in case.prices if row.period == "2027Q1"), rent),
            "limits": tuple(replace(row, amount=row.amount and row.amount * factor) for row in case.limits),
            "budgets": tuple(replace(row, amount_musd=row.amount_musd * factor) for row in case.budgets),
        }
        cases.append(changed(case, **changes))
    solution = plan_of(build(cases[0], futures=cases, tree=branching(6, (0.4, 0.3, 0.3), (2, 2, 3))))
    check_paths(solution, cases)
    assert len(set(np.round(solution.money(solution.model.ledger.by_node(("lease",)))[-3:], 6))) == 3
