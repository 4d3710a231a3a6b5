"""Orders that are delivered in part, solved by hand: what arrives, what is paid back, and what is ordered again.

alpha costs 20,000 USD for 1 query/s, comes after a year, and lives four; 100 queries/s are asked from 2028 on, and cost
3.1536 a year unserved (`YEAR`). Of an order 40 % is paid at once.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.build import build
from models.outcome import SolveOptions
from models.tables.disruption_rows import Backlog, LeadTime
from models.tables.fleet_rows import PriceTier
from models.tables.holding_rows import OpenOrder
from models.tables.strategy_rows import Agreement, Commitment, Disruption, Scenario
from models.uncertainty.brackets import Bracket
from models.uncertainty.information import information
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import verify
from planner.results import tables_of
from tests.models.branches import YEAR, late
from tests.models.tiny import add, change, changed

COST = 2.0


def case_of(**values):
    case = late(demand=(("2027", 0.0), ("2028", 100.0)))
    return change(case, "offers", "alpha_list", deposit_share=0.4, **values)


def share(period, delivered, months=12.0):
    return LeadTime(offer="alpha_list", period=period, lead_time_months=months, delivered_share=delivered)


def checked(model, plan_of):
    """The objective, and the tables, of a plan that the check accepts."""
    solution = plan_of(model)
    tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
    report = verify(model.frame.stated, tables, solution.outcome.objective, futures=model.frame.futures)
    assert report.findings == ()
    return solution.outcome.objective, tables


def lines_of(tables, name=""):
    return {
        (row["line"].split()[0], row["period"]): pytest.approx(row["musd"])
        for row in tables["costs"]
        if row["category"] == "hardware" and (not name or name in row["scenarios"].split(";"))
    }


def test_what_is_not_delivered_in_one_scenario_is_paid_back_and_ordered_again(plan_of):
    """100 are ordered in 2027; with 0.4 half of them come, as is known in 2028: 1.0 comes back, and 50 come in 2029.

    More at first would be of no use with 0.6: 2.0 + 0.4 × 0.5 YEAR.
    """
    cost, tables = checked(scenario_tree(short_or_full()).model(), plan_of)
    assert cost == pytest.approx(COST + 0.4 * 0.5 * YEAR)
    assert lines_of(tables, "full") == {("units", "2027"): 0.8, ("units", "2028"): 1.2}
    again = {
        ("units", "2027"): 0.8,
        ("units", "2028"): 1.2 + 0.4,
        ("undelivered", "2028"): -1.0,
        ("units", "2029"): 0.6,
    }
    assert lines_of(tables, "short") == again
    events = [(row["item"], row["what"], row["musd"]) for row in tables["milestones"] if "pays back" in row["what"]]
    assert events == [("alpha_list", "pays back what is not delivered", pytest.approx(-1.0))]
    arriving = {(row["scenarios"], row["period"]): row["arriving_units"] for row in tables["orders"]}
    assert arriving["short", "2027"] == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("rows", "expected", "back"),
    [
        ((share("2028", 1.0),), COST, {}),
        # Known from the start: twice as many are ordered, and half of them paid back.
        ((share("2028", 0.5), share("2029", 1.0)), COST, {("undelivered", "2028"): -2.0}),
        # Of which nothing would come is not ordered: that would be a loan.
        ((share("2028", 0.0), share("2029", 1.0)), COST + YEAR, {}),
    ],
)
def test_a_share_that_is_known_in_advance_is_ordered_around(plan_of, rows, expected, back):
    cost, tables = checked(build(add(case_of(), lead_times=rows)), plan_of)
    assert cost == pytest.approx(expected)
    found = lines_of(tables)
    assert {key: musd for key, musd in found.items() if key[0] == "undelivered"} == back


def short_or_full():
    """The case in two scenarios: with 0.4 half of what is due in 2028 comes, as is known then."""
    half = {"target": "alpha_list", "field": "delivery", "effect": "multiply", "value": 0.5}
    short = Disruption(disruption="short", start="2028", months=12.0, **half)
    rows = (
        Scenario(scenario="full", probability=0.6, revealed="2028"),
        Scenario(scenario="short", probability=0.4, revealed="2028", disruptions=("short",)),
    )
    return add(case_of(), disruptions=(short,), scenarios=rows)


def test_what_a_delivery_in_part_makes_of_information_and_stages(outcome_of, engine):
    """Alone each scenario costs 2.0, as 200 are ordered and half of them paid back where half come.

    At once: 200 cost 4.0 and with 0.4 only 2.0; 50 more in 2028 would cost 1.0 in both and come a year later. The mean
    share is 0.8: 125 are ordered for 2.5; with 0.4 1.25 comes back, and 37.5 units are missing, for a year or three.
    """
    tree = scenario_tree(short_or_full())
    model = tree.model()
    found = outcome_of(model)
    options = SolveOptions(solver="scip", gap=1e-9, time_limit_s=60.0)
    worth = information(tree, model, Bracket(found.bound, found.objective), engine, options)
    assert worth.ws.high == pytest.approx(2.0)
    assert worth.rp.high == pytest.approx(2.0 + 0.4 * 0.5 * YEAR)
    assert worth.rp_two_stage.high == pytest.approx(0.6 * 4.0 + 0.4 * 2.0)
    assert worth.eev.high == pytest.approx(2.5 + 0.4 * (-1.25 + 0.75 + 0.375 * YEAR), abs=1e-5)
    assert worth.eev_fixed.high == pytest.approx(2.5 + 0.4 * (-1.25 + 3 * 0.375 * YEAR), abs=1e-5)
    assert worth.is_ordered


def test_the_least_regret_of_a_delivery_in_part_lies_between_the_orders_of_both(outcome_of):
    """Of x units ordered x − 100 are too many where all come: 0.02 each. Where half come, x / 2 are paid, and of the
    others each costs 0.02 a year later and 0.031536 meanwhile. Both regrets are the same for x = 144.08."""
    x = (2.0 + 100 * (0.02 + YEAR / 100) - 2.0) / (0.01 + 0.5 * (0.02 + YEAR / 100))
    model = scenario_tree(short_or_full()).model(best_alone=(2.0, 2.0))
    assert outcome_of(model).objective == pytest.approx(0.02 * (x - 100), abs=1e-6)


def fixed(quantity=100.0):
    return Commitment(kind="order", item="alpha_list", period="2027", quantity=quantity, status="fixed")


def test_what_comes_late_and_in_part_is_paid_back_when_it_would_have_come(plan_of):
    """Lead of two years from 2028 on: 80 of 100 come in 2029, where 0.4 comes back; 20 more come in 2030."""
    rows = (share("2028", 0.8, 24.0),)
    case = add(case_of(last_order="2027"), lead_times=rows, commitments=(fixed(),))
    cost, tables = checked(build(case), plan_of)
    assert cost == pytest.approx(COST - 0.4 + YEAR + 2 * 0.2 * YEAR)
    assert lines_of(tables) == {("units", "2027"): 0.8, ("units", "2028"): 1.2, ("undelivered", "2029"): -0.4}


def test_what_comes_early_is_paid_back_when_its_balance_was_due(plan_of):
    """No lead from 2027 on: half of it comes in 2027; the balance of 2028 is paid, and 1.0 comes back then."""
    case = add(case_of(last_order="2027"), lead_times=(share("2027", 0.5, 0.0),), commitments=(fixed(),))
    cost, tables = checked(build(case), plan_of)
    assert cost == pytest.approx(COST - 1.0 + 3 * 0.5 * YEAR)
    assert lines_of(tables) == {("units", "2027"): 0.8, ("units", "2028"): 1.2, ("undelivered", "2028"): -1.0}


def test_open_orders_and_their_balances_are_delivered_in_part_too(plan_of):
    """Of 100 units due in 2028 at 6,000 USD 25 do not come, and their balance is not due; 25 are bought in 2029."""
    due = OpenOrder(offer="alpha_list", site="north", units=100.0, due="2028", balance_usd_per_unit=6000.0)
    case = add(case_of(first_order="2029"), lead_times=(share("2028", 0.75),), open_orders=(due,))
    cost, tables = checked(build(case), plan_of)
    assert lines_of(tables)["open", "2028"] == pytest.approx(0.75 * 0.6)
    assert cost == pytest.approx(0.45 + 2 * 0.25 * YEAR + 0.5)


def test_a_discount_counts_what_is_ordered_whatever_comes_of_it(plan_of):
    """From 150 units on all cost half: 200 are ordered for 2.0, and half come: 1.0 is paid back."""
    tier = PriceTier(offer="alpha_list", span="2027", from_units=150.0, discount=0.5, kind="all_units")
    case = add(case_of(last_order="2027"), price_tiers=(tier,), lead_times=(share("2028", 0.5),))
    cost, tables = checked(build(case), plan_of)
    assert cost == pytest.approx(1.0)
    assert lines_of(tables)["undelivered", "2028"] == pytest.approx(-1.0)


def test_least_orders_are_placed_again_where_nothing_came(plan_of):
    """Four lots of 30 at least: 2.4. Where none of them comes in 2028, they come a year later for the same money."""
    none = {"target": "alpha_list", "field": "delivery", "effect": "multiply", "value": 0.0}
    zero = Disruption(disruption="zero", start="2028", months=12.0, **none)
    rows = tuple(
        Scenario(scenario=name, probability=0.5, revealed="2028", disruptions=disruptions)
        for name, disruptions in (("all", ()), ("none", ("zero",)))
    )
    case = add(case_of(lot_size=30.0, min_lots=4), disruptions=(zero,), scenarios=rows)
    cost, _ = checked(scenario_tree(case).model(), plan_of)
    assert cost == pytest.approx(2.4 + 0.5 * YEAR)


def test_what_may_come_late_comes_once_and_in_its_part(plan_of):
    """100 are due in 2028, when half are delivered and a backlog begins: the others do not come in 2029 either."""
    waiting = Backlog(offer="alpha_list", since="2028")
    rows = share("2028", 0.5), share("2029", 1.0)
    case = add(case_of(last_order="2027"), lead_times=rows, backlogs=(waiting,), commitments=(fixed(),))
    cost, _ = checked(build(case), plan_of)
    assert cost == pytest.approx(1.0 + 3 * 0.5 * YEAR)


def test_what_is_owed_after_the_reported_periods_is_less_what_is_then_paid_back(plan_of):
    """100 are ordered in 2029, the last reported year: 0.8 then, 1.2 in 2030, when half do not come: 1.2 − 1.0."""
    case = late(periods=3, lookahead_periods=1, demand=(("2027", 0.0), ("2030", 100.0)))
    case = change(case, "offers", "alpha_list", deposit_share=0.4, first_order="2029")
    order = replace(fixed(), period="2029")
    _, tables = checked(build(add(case, lead_times=(share("2030", 0.5),), commitments=(order,))), plan_of)
    assert [(row["what"], row["musd"]) for row in tables["owed"]] == [("balance of alpha_list", pytest.approx(0.2))]


def test_mutants_of_partial_deliveries_are_rejected_by_name(plan_of):
    """Another share, another amount of what arrives or is paid back, and what is paid back at another time."""
    due = OpenOrder(offer="alpha_list", site="north", units=40.0, due="2028", balance_usd_per_unit=6000.0)
    rows = share("2028", 0.75), share("2029", 0.5), share("2030", 1.0)
    orders = replace(fixed(60.0), period="2028"), fixed(20.0)
    case = add(case_of(), lead_times=rows, open_orders=(due,), commitments=orders)
    solution = plan_of(build(case))
    tables = {name: list(table.records()) for name, table in tables_of(solution).items()}
    cost = solution.outcome.objective
    assert verify(case, tables, cost).findings == ()
    mutants = []
    for at, row in enumerate(rows[:2]):
        for other in (0.0, row.delivered_share - 0.05, row.delivered_share + 0.01, 1.0):
            changed = tuple(replace(r, delivered_share=other) if k == at else r for k, r in enumerate(rows))
            mutants.append((replace(case, lead_times=changed), tables, {"arrivals_follow_orders", "cost_hardware"}))
    for k, row in enumerate(tables["costs"]):
        for by in (-0.1, 0.1) if row["line"].split()[0] in ("undelivered", "open") else ():
            mutants.append((case, edited(tables, "costs", k, musd=row["musd"] + by), {"cost_hardware"}))
            later = edited(tables, "costs", k, period="2030")
            mutants.append((case, later, {"cost_hardware", "tables"}))
    for k, row in enumerate(tables["arrivals"]):
        others = [edited(tables, "arrivals", k, units=row["units"] + by) for by in (-2.0, 2.0)]
        mutants += [(case, other, {"arrivals_follow_orders"}) for other in others]
    for k, row in enumerate(tables["orders"]):
        for by in (-5.0, 5.0):
            arriving = edited(tables, "orders", k, arriving_units=row["arriving_units"] + by)
            mutants.append((case, arriving, {"orders_table"}))
    for k, row in enumerate(tables["milestones"]):
        if "not delivered" in row["what"]:
            mutants.append((case, edited(tables, "milestones", k, musd=row["musd"] / 2), {"milestones_table"}))
    assert len(mutants) >= 20
    for number, (own, changed, names) in enumerate(mutants):
        assert names & set(verify(own, changed, cost).broken), f"mutant {number}"


def edited(tables, table, at, **cells):
    rows = [{**row, **cells} if k == at else row for k, row in enumerate(tables[table])]
    return tables | {table: rows}


def test_a_buyer_has_taken_what_the_seller_does_not_deliver(plan_of):
    """100 a year are agreed for 2028 at 10,000 USD a unit of shortfall; half of what is ordered comes: no fee."""
    pact = Agreement(
        agreement="pact", lag_months=12.0, term_months=12.0, min_units_per_year=100.0, shortfall_usd_per_unit=10000.0
    )
    sign = Commitment(kind="sign", item="pact", period="2027", status="fixed")
    case = add(case_of(), agreements=(pact,), commitments=(fixed(), sign), lead_times=(share("2028", 0.5),))
    case = change(case, "offers", "alpha_list", last_order="2027")
    unbound, _ = checked(build(case), plan_of)
    assert unbound == pytest.approx(COST - 1.0 + 3 * 0.5 * YEAR + 1.0)
    terms = {"requires": ("pact",), "first_order": "2028", "last_order": "2028", "lead_time_months": 0.0}
    own = change(case, "offers", "alpha_list", **terms)
    own = changed(own, commitments=(sign,), lead_times=(share("2028", 0.5, 0.0),))
    cost, tables = checked(build(own), plan_of)
    # Of 200 ordered for 4.0 half come, and 2.0 comes back; nothing falls short.
    assert cost == pytest.approx(COST)
    assert not [row for row in tables["costs"] if row["line"].startswith("shortfall") and row["musd"] > 1e-9]
