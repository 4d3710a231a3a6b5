"""Two branches, in one of which a disruption has touched an offer: leads and supply differ there.

The cases are those of `branches`: alpha lives four years and costs 0.02; a query/s unserved for a year costs 0.031536.
"""

from __future__ import annotations

import pytest

from models.tables.fleet_rows import Limit, LimitUse
from models.tables.holding_rows import OpenOrder
from models.tables.site_rows import Site
from tests.models.branches import (
    HIGH,
    LOW,
    ROOT,
    YEAR,
    base,
    check_paths,
    disrupted,
    from_2028,
    hit,
    late,
    ordered,
    two,
)
from tests.models.tiny import YEAR_UNSERVED, add, change, changed, demand, with_programme


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
    check_paths(solution, [cases[0], hit(cases[1], lead=2)])


def test_an_order_arrives_once_the_lead_has_shrunk_to_its_age(plan_of):
    """Lead two years, in the second future none from 2028 on: the root's order arrives in 2028, when it is passed by.

    100 from 2028 on. Order of 2027: on the first path it works from 2029, on the second from 2028: 2.0 + 0.6 × 3.1536.
    """
    case = change(base(demand=from_2028(100.0, before=0.0)), "offers", "alpha_list", lead_time_months=24.0)
    solution = plan_of(disrupted((case, case), lead=0))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.6 * YEAR)
    assert solution.value(solution.model.orders.arrivals)[0] == pytest.approx([0, 0, 100, 100, 0, 0, 0])
    check_paths(solution, [case, hit(case, lead=0)])


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
    low, high = short_supply()
    solution = plan_of(disrupted((low, high)))
    assert solution.outcome.objective == pytest.approx(2.0 + 0.4 * YEAR)
    assert solution.value(solution.model.orders.arrivals)[0] == pytest.approx([0, 100, 0, 0, 100, 0, 0])
    check_paths(solution, [low, hit(high)])


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


def test_a_disruption_does_not_open_sites_that_an_offer_may_not_use(plan_of):
    """alpha may stand in the north only, which has no power; ten open units are due in the south: 10 of 100 served."""
    case = changed(base(), sites=(Site(site="north", power_mw=0.0), Site(site="south")))
    case = change(case, "offers", "alpha_list", sites=("north",))
    case = add(case, open_orders=(OpenOrder(offer="alpha_list", site="south", units=10.0, due="2027"),))
    expected = 4 * 90 * YEAR_UNSERVED
    assert plan_of(case).outcome.objective == pytest.approx(expected)
    assert plan_of(disrupted((case, case))).outcome.objective == pytest.approx(expected)
