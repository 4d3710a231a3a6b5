"""What the opposite of a decision costs: on cases solved by hand, on a tree, and on results with gaps."""

from __future__ import annotations

import pytest

from models.checks.opposite_checks import MADE, NO_OPPOSITE
from models.solvers.child import Engine
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Commitment
from planner.results.table import table
from planner.studies.future_recipes import future_of, recipe_of
from planner.studies.opposites import COSTS, NOT_SOLVED, OPEN, PAYS, opposite_of, opposites
from planner.studies.point_summary import decisions_of
from tests.models.tiny import add, change, tiny_case
from tests.planner.studies.making import firm_case, result, solving, with_two_scenarios

FIRM = "deal:firm"
NOTHING = {"status": "nothing found", "why": ["no plan was found within 1 s"]}


@pytest.fixture(scope="module")
def engine():
    with Engine.start("native") as warm:
        yield warm


def opposite(case, engine, name=FIRM, **how):
    context = solving(case, engine, **how)
    return opposites(context, context.base(), [name])[name]


def test_why_the_company_is_bought(engine):
    # With it 0.3 + 50 x 0.02 = 1.3, without it 100 x 0.02 = 2: it saves 0.7.
    found = opposite(firm_case(), engine)
    assert found.taken
    assert (found.least, found.found, found.most) == pytest.approx((0.7, 0.7, 0.7))
    assert found.verdict == PAYS


def test_why_the_company_is_not_bought(engine):
    # At 1.2 it would cost 1.2 + 1 = 2.2 against 2.
    found = opposite(change(firm_case(), "acquisitions", "firm", price_musd=1.2), engine)
    assert not found.taken
    assert (found.least, found.most) == pytest.approx((0.2, 0.2))
    assert found.result["decisions"][FIRM]["taken"]


def test_the_opposite_is_taken_at_its_best_time(engine):
    # Money is discounted at 25 % from the middle of its year. At 1.2 it costs 1.2 + 1 - 2 = 0.2 at once.
    dear = change(firm_case(discount_rate=0.25), "acquisitions", "firm", price_musd=1.2)
    assert opposite(dear, engine).found == pytest.approx(0.2 / 1.25**0.5)
    # At 3 it costs 2 more at once; in 2029 it saves nothing and costs 3 discounted twice more: 1.92, which is less.
    found = opposite(change(dear, "acquisitions", "firm", price_musd=3.0), engine)
    assert found.found == pytest.approx(3.0 / 1.25**2.5)
    assert found.result["decisions"][FIRM]["when"] == "2029"


def test_what_was_decided_before_the_plan_has_no_opposite(engine):
    done = Commitment(kind="close", item="firm", period="2026", status="done")
    found = opposite(add(firm_case(), commitments=(done,)), engine)
    assert (found.verdict, found.found) == (MADE, None)


def test_an_opposite_that_no_plan_can_have(engine):
    # All chat must be served and alpha is barred, so that nothing serves it without beta.
    barred = Commitment(kind="order", item="alpha_list", status="barred")
    case = add(change(firm_case(), "workloads", "chat", min_service=1.0), commitments=(barred,))
    found = opposite(case, engine)
    assert found.verdict == NO_OPPOSITE
    assert found.reason


def test_a_commitment_may_cost_more_than_its_opposite(engine):
    # Fixed at 1.2 it costs 2.2, where 2 would do.
    fixed = Commitment(kind="close", item="firm", period="2027", status="fixed")
    case = add(change(firm_case(), "acquisitions", "firm", price_musd=1.2), commitments=(fixed,))
    found = opposite(case, engine)
    assert found.most == pytest.approx(-0.2)
    assert found.verdict == COSTS


def test_the_opposite_on_a_tree_is_one_for_all_scenarios(engine):
    """Demand is 100 or, from 2028, 20 queries/s with 50 % each; machines are leased by nobody.

    Bought in 2027 for both: 1.3 as without scenarios, since all are bought in 2027; without the company 2. Forced at
    1.2 it costs 0.2 more, as one deal for both scenarios.
    """
    case = with_two_scenarios(firm_case(), 0.2)
    assert opposite(case, engine, over_scenarios=True).found == pytest.approx(0.7)
    dear = change(case, "acquisitions", "firm", price_musd=1.2)
    found = opposite(dear, engine, over_scenarios=True)
    assert (found.taken, found.found) == (False, pytest.approx(0.2))


def test_decisions_over_scenarios_are_those_of_the_first_that_takes_them():
    hall = Expansion(expansion="hall", site="north", module_mw=1.0, cost_musd_per_module=1.0, max_modules=3)
    rows = [
        ("hall", "2027", 1.0, "same;other"), ("hall", "2028", 2.0, "same"), ("hall", "2029", 1.0, "other"),
    ]  # fmt: skip
    signed = [("firm", "2028", "other"), ("firm", "2029", "same")]
    tables = {
        "tape_outs": table("tape_outs", "programme route start scenarios", []),
        "acquisitions": table("acquisitions", "acquisition signed scenarios", signed),
        "agreements": table("agreements", "agreement signed scenarios", []),
        "expansions": table("expansions", "expansion period modules scenarios", rows),
    }
    assert decisions_of(add(firm_case(), expansions=(hall,)), tables) == {
        FIRM: {"taken": True, "how": "", "when": "2028"},
        "expansion:hall": {"taken": True, "how": "3 modules", "when": "2027: 1, 2028: 2"},
    }


def test_gaps_widen_the_bracket_and_may_leave_it_open():
    plan = result(100.0, 98.0)
    found = opposite_of(FIRM, result(103.0, 101.0), plan, taken=True)
    assert (found.least, found.found, found.most) == (1.0, 3.0, 5.0)
    assert opposite_of(FIRM, result(101.0, 99.5), plan, taken=True).verdict == OPEN
    nothing = opposite_of(FIRM, NOTHING, plan, taken=True)
    assert (nothing.verdict, nothing.reason) == (NOT_SOLVED, "no plan was found within 1 s")


def test_a_decision_may_be_put_off_until_a_period():
    case = future_of(firm_case(), recipe_of(not_before={FIRM: "2029", "order:alpha_list": "2028"})).case
    assert [(row.kind, row.item, row.period, row.status) for row in case.commitments] == [
        ("close", "firm", "2027", "barred"),
        ("close", "firm", "2028", "barred"),
        ("order", "alpha_list", "2027", "barred"),
    ]


def test_taken_at_its_best_time_keeps_the_periods_in_which_it_is_barred():
    barred = Commitment(kind="close", item="firm", period="2027", status="barred")
    case = add(firm_case(), commitments=(barred,))
    rows = future_of(case, recipe_of(decide=[(FIRM, True)])).case.commitments
    assert [(row.period, row.status) for row in rows] == [("2027", "barred"), ("", "fixed")]
    assert len(future_of(add(tiny_case(), commitments=()), {}).case.commitments) == 0
