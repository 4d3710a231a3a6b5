"""Plans held in a changed case: what was decided stays, the rest reacts, and what cannot be taken any more waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.recourse import fix_decisions, values_of
from models.solution import Solution
from models.solve import solve
from models.solvers.child import Engine
from models.stages import solve_model
from models.tables.disruption_rows import Delay
from models.tables.fleet_rows import Limit, LimitUse, Resale
from models.tables.holding_rows import OpeningFleet
from models.tables.strategy_rows import Acquisition, Commitment
from tests.models.tiny import add, alone, change, changed, tiny_case, with_programme

OPTIONS = SolveOptions(gap=0.0)


@pytest.fixture(scope="module")
def engine():
    with Engine.start("scip") as started:
        yield started


def planned(case, engine):
    """The model of a case, its polished plan by the names of its columns, and its cost."""
    model = build(case)
    outcome = polish(model.program, solve_model(model, engine, OPTIONS), engine=engine, options=OPTIONS)
    assert outcome.status is Status.OPTIMAL
    return model, values_of(model, outcome.values), outcome.objective


def reacted(case, plan, seen, engine, **options):
    """The held program, and the polished solution of the changed case under it; None where there is none."""
    model = build(case)
    held = fix_decisions(model, plan, seen, **options)
    outcome = solve(held.program, OPTIONS, engine=engine)
    if outcome.status is Status.INFEASIBLE:
        return held, None
    outcome = polish(held.program, outcome, engine=engine, options=OPTIONS)
    return held, Solution(model, outcome)


def ordered(solution, offer=0):
    return solution.value(solution.model.orders.units)[offer].tolist()


def growing(**changes):
    """100 queries/s in 2027, 200 from 2028: 100 alpha in 2027 for 2.0, and 100 in 2028 for 2.0."""
    return alone(tiny_case(demand=(("2027", 100.0), ("2028", 200.0)), **changes))


def test_orders_before_the_change_is_seen_stay_and_later_ones_react(engine):
    _, plan, cost = planned(growing(), engine)
    assert cost == pytest.approx(4.0)
    lower = changed(growing(), demand=(("2027", 100.0), ("2028", 120.0)))
    held, solution = reacted(lower, plan, 1, engine)
    assert ordered(solution) == pytest.approx([100.0, 20.0, 0.0], abs=1e-3)
    assert solution.outcome.objective == pytest.approx(2.4, abs=1e-4)
    assert held.released == ()
    assert held.lifted == ()


def test_what_was_ordered_stays_even_where_the_changed_case_has_no_use_for_it(engine):
    # Ordered in 2027 for 2028: 100 units for 2.0. Of 10 queries/s nobody would order more than 10.
    case = change(
        alone(tiny_case(demand=(("2027", 0.0), ("2028", 100.0)))), "offers", "alpha_list", lead_time_months=12.0
    )
    _, plan, cost = planned(case, engine)
    assert cost == pytest.approx(2.0)
    lower = changed(case, demand=(("2027", 0.0), ("2028", 10.0)))
    _, solution = reacted(lower, plan, 1, engine)
    assert ordered(solution)[0] == pytest.approx(100.0, abs=1e-3)
    assert solution.outcome.objective == pytest.approx(2.0, abs=1e-4)
    assert planned(lower, engine)[2] == pytest.approx(0.2)


def test_sales_before_the_change_is_seen_stay(engine):
    # 100 units are there and 50 are needed: 50 are sold at once for 10,000 USD each, 0.5. From 2028 on 100 are needed:
    # 50 are bought for 1.0. Who knew would have kept them all, at no cost.
    case = add(
        alone(tiny_case(demand=(("2027", 50.0),))),
        opening_fleet=(OpeningFleet(accelerator="alpha", site="north", units=100.0, in_service_since="2027"),),
        resale=tuple(
            Resale(accelerator="alpha", age_years=age, fraction_of_reference_price=share)
            for age, share in ((0.0, 0.5), (1.0, 0.25), (2.0, 0.0))
        ),
    )
    _, plan, cost = planned(case, engine)
    assert cost == pytest.approx(-0.5)
    more = changed(case, demand=(("2027", 50.0), ("2028", 100.0)))
    assert planned(more, engine)[2] == pytest.approx(0.0, abs=1e-6)
    _, solution = reacted(more, plan, 1, engine)
    assert ordered(solution) == pytest.approx([0.0, 50.0, 0.0], abs=1e-3)
    assert solution.outcome.objective == pytest.approx(0.5, abs=1e-4)


def test_a_change_seen_in_the_first_period_holds_nothing_but_strategy(engine):
    _, plan, _ = planned(growing(), engine)
    lower = changed(growing(), demand=(("2027", 30.0), ("2028", 50.0)))
    _, solution = reacted(lower, plan, 0, engine)
    assert solution.outcome.objective == pytest.approx(1.0)


def test_a_plan_held_to_the_end_is_the_plan(engine):
    _, plan, cost = planned(growing(), engine)
    _, solution = reacted(growing(), plan, 3, engine)
    assert solution.outcome.objective == pytest.approx(cost, abs=1e-4)


def chip_case(last=1000.0):
    """A chip for 0.3 that is designed in 2028 saves 2,000 USD of 22,000 for each query/s that is asked for in 2029."""
    demand = (("2027", 0.0), ("2029", last))
    return with_programme(tiny_case(demand=demand, discount_rate=0.1))


def test_later_strategy_stays_unless_it_is_set_free(engine):
    _, plan, cost = planned(chip_case(), engine)
    factor = [1.1 ** -(t + 0.5) for t in range(3)]
    assert cost == pytest.approx(0.3 * factor[1] + 20.0 * factor[2])
    lower = changed(chip_case(), demand=(("2027", 0.0), ("2029", 100.0)))
    held, solution = reacted(lower, plan, 1, engine)
    assert solution.outcome.objective == pytest.approx(0.3 * factor[1] + 2.0 * factor[2], abs=1e-4)
    assert held.released == ()
    _, solution = reacted(lower, plan, 1, engine, strategy_stays=False)
    assert solution.outcome.objective == pytest.approx(2.2 * factor[2], abs=1e-4)


def test_strategy_before_the_change_is_seen_stays_even_when_later_strategy_is_free(engine):
    _, plan, _ = planned(chip_case(), engine)
    lower = changed(chip_case(), demand=(("2027", 0.0), ("2029", 100.0)))
    _, solution = reacted(lower, plan, 2, engine, strategy_stays=False)
    factor = [1.1 ** -(t + 0.5) for t in range(3)]
    assert solution.outcome.objective == pytest.approx(0.3 * factor[1] + 2.0 * factor[2], abs=1e-4)


def deal_case(*rows, start="2028"):
    """Four years; a company is signed in 2027 and owned a year later; with it a chip is designed in 2028 for 2029."""
    case = with_programme(tiny_case(periods=4, demand=(("2027", 0.0), ("2030", 1000.0))), requires=("firm",))
    firm = Acquisition(acquisition="firm", price_musd=0.1, months_to_close=12.0, break_fee_share=1.0)
    signed = [Commitment(kind="close", item="firm", period="2027", status="fixed")]
    signed += [Commitment(kind="start", item="chip", period=start, status="fixed")] if start else []
    return add(case, acquisitions=(firm,), commitments=tuple(signed), delays=rows)


def test_a_decision_whose_gate_opens_later_is_postponed_and_named(engine):
    _, plan, cost = planned(deal_case(), engine)
    assert cost == pytest.approx(0.1 + 0.3 + 20.0)
    late = deal_case(Delay(item="firm", period="2028", months=12.0), start="")
    held, solution = reacted(late, plan, 1, engine)
    assert held.released == ("start[chip/house,2028]",)
    starts = solution.value(solution.model.programmes.starts.expr)[0].tolist()
    assert starts == [0.0, 0.0, 1.0, 0.0]
    assert solution.outcome.objective == pytest.approx(20.4, abs=1e-4)


def test_a_decision_whose_gate_never_opens_is_given_up_and_named(engine):
    _, plan, _ = planned(deal_case(), engine)
    lost = deal_case(Delay(item="firm", period="2028", fails=True), start="")
    held, solution = reacted(lost, plan, 1, engine)
    assert held.released == ("start[chip/house,2028]",)
    # The price is lost, and 1,000 queries/s are done by 500 beta.
    assert solution.outcome.objective == pytest.approx(0.1 + 22.0, abs=1e-4)


def test_a_barred_decision_is_released(engine):
    _, plan, _ = planned(deal_case(), engine)
    bar = Commitment(kind="start", item="chip", period="2028", status="barred")
    held, solution = reacted(add(deal_case(start=""), commitments=(bar,)), plan, 1, engine)
    assert held.released == ("start[chip/house,2028]",)
    assert solution.outcome.objective == pytest.approx(20.4, abs=1e-4)


def quarterly(amount):
    """Four quarters; demand in the first asks for 80 units, in the third for 100; a yearly supply of `amount`."""
    case = alone(tiny_case(period="quarter", start="2027Q1", periods=4, demand=(("2027Q1", 80.0), ("2027Q3", 100.0))))
    case = replace(case, prices=(replace(case.prices[0], period="2027Q1"),))
    limits = (Limit(limit="wafers", span="2027", amount=amount),)
    return add(case, limits=limits, limit_use=(LimitUse(limit="wafers", offer="alpha_list", use_per_unit=1.0),))


def test_a_yearly_supply_that_is_cut_below_what_has_arrived_lets_nothing_more_come(engine):
    # A unit for 1,000 USD is cheaper than a query/s that is not served in a quarter (7,884 USD); later is cheaper.
    case = changed(quarterly(120.0), discount_rate=0.1)
    case = replace(case, prices=(replace(case.prices[0], unit_price_usd=1000.0),))
    _, plan, _ = planned(case, engine)
    cut = replace(case, limits=(replace(case.limits[0], amount=60.0),))
    held, solution = reacted(cut, plan, 2, engine)
    assert held.lifted == ("limits[wafers:2027]",)
    assert ordered(solution) == pytest.approx([80.0, 0.0, 0.0, 0.0], abs=1e-2)
    unserved = solution.value(solution.model.assignments.unserved.expr)[0].tolist()
    assert unserved == pytest.approx([0.0, 0.0, 20.0, 20.0], abs=1e-2)
