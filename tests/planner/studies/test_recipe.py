"""Recipes: canonical, combined, and when futures can be told apart; inputs and futures as they are named."""

from __future__ import annotations

import pytest

from models.tables.disruption_rows import Delay
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.site_rows import Expansion
from models.tables.strategy_rows import Commitment, Disruption, Scenario, ScenarioValue, Uncertain
from models.whatif.shock import ShockError
from planner.studies.future_recipes import future_of, in_vain, known_in_advance, recipe_of, refusals
from planner.studies.point_work import first_difference
from planner.studies.study_context import BASE, futures_of
from planner.studies.varied_inputs import VariedInput, inputs_of
from tests.models.tiny import add, tiny_case
from tests.planner.studies.making import hit, shocked, strategic_case, uncertain


def test_equal_futures_have_equal_recipes():
    assert recipe_of(shocks="b@2028+a") == recipe_of(shocks=" a + b@2028*1 ")
    assert recipe_of() == {}


def test_a_future_changes_inputs_first_and_hits_them_then():
    recipe = recipe_of(shocks="dear", levers=[("price b", "multiply", 0.5)])
    future = future_of(strategic_case(), recipe)
    prices = {(row.offer, row.period): row.unit_price_usd for row in future.case.prices}
    # 44,000 USD are halved, and doubled for 2028.
    assert prices["beta_list", "2027"] == 22000.0
    assert prices["beta_list", "2028"] == 44000.0
    assert prices["beta_list", "2029"] == 22000.0
    assert future.seen == "2028"


def test_a_recipe_of_nothing_is_the_case_itself():
    case = strategic_case()
    future = future_of(case, {})
    assert future.case is case
    assert future.seen is None
    assert future.changes == ()


def test_a_lever_on_a_disruption_applies_that_disruption():
    case = strategic_case()
    row = Uncertain(
        name="how dear", table="disruptions", key="dear", column="depth", distribution="uniform", p1=0.0, p2=1.0
    )
    for name in ("disruption:dear:depth", "how dear"):
        recipe = recipe_of(levers=[(name, "set", 0.5)])
        future = future_of(add(case, uncertain=(row,)), recipe)
        prices = {(price.offer, price.period): price.unit_price_usd for price in future.case.prices}
        assert prices["beta_list", "2028"] == 66000.0


def test_decisions_are_taken_or_barred_whenever_that_is_best():
    recipe = recipe_of(decide=[("tape_out:chip", True), ("deal:firm", False)])
    rows = future_of(strategic_case(), recipe).case.commitments
    assert [(row.kind, row.item, row.period, row.status) for row in rows] == [
        ("start", "chip", "", "fixed"),
        ("close", "firm", "", "barred"),
    ]


def test_an_expansion_can_be_taken_at_any_time():
    hall = Expansion(expansion="hall", site="north", module_mw=1.0, cost_musd_per_module=1.0, max_modules=2)
    case = add(tiny_case(), expansions=(hall,))
    future = future_of(case, recipe_of(decide=[("expansion:hall", True)]))
    assert refusals(future.case) == []
    assert [(row.kind, row.quantity, row.status) for row in future.case.commitments] == [("build", 1.0, "done")]


def test_a_changed_case_with_a_fault_says_which():
    case = add(tiny_case(), commitments=(Commitment(kind="order", item="alpha_list", status="done"),))
    assert len(refusals(case)) == 1
    assert refusals(tiny_case()) == []


def test_a_deal_that_is_known_to_fail_is_not_signed_in_time_to_fail():
    case = add(strategic_case(), delays=(Delay(item="firm", period="2029", fails=True),))
    rows = known_in_advance(case)[0].commitments
    # Signed in 2027 it closes in 2028, before it can fail.
    assert [(row.item, row.period, row.status) for row in rows] == [
        ("firm", "2028", "barred"),
        ("firm", "2029", "barred"),
    ]


def test_a_deal_that_is_fixed_stays_fixed_even_if_it_fails():
    fixed = Commitment(kind="close", item="firm", period="2028", status="fixed")
    case = add(strategic_case(), delays=(Delay(item="firm", period="2029", fails=True),), commitments=(fixed,))
    assert known_in_advance(case)[0].commitments == (fixed,)
    assert in_vain(case, 0) == []


def test_what_has_failed_is_not_begun_any_more():
    case = add(strategic_case(), delays=(Delay(item="chip", period="2028", fails=True),))
    assert [(row.kind, row.item, row.period) for row in in_vain(case, 0)] == [
        ("start", "chip", "2028"),
        ("start", "chip", "2029"),
    ]
    assert [row.period for row in in_vain(case, 2)] == ["2029"]


def difference(case, left, right):
    return first_difference(case, future_of(case, left), future_of(case, right))


@pytest.mark.parametrize(
    ("left", "right", "period"),
    [("", "dear", 1), ("dear", "dearer", 1), ("dear", "dear+dearer", 2), ("", "dearer", 2), ("dear", "dear", 3)],
)
def test_futures_differ_from_the_first_input_on_that_differs(left, right, period):
    case = strategic_case()
    assert difference(case, shocked(left), shocked(right)) == period
    assert difference(case, shocked(right), shocked(left)) == period


def test_futures_that_are_the_same_by_other_names_never_differ():
    assert difference(strategic_case(), shocked("dear"), shocked("dear@2028")) == 3


def test_a_future_without_effect_never_differs():
    assert difference(add(strategic_case(), disruptions=(hit("idle", value=1.0),)), {}, shocked("idle")) == 3


def yearly(*rows):
    """Two years of quarters with a supply of 400 a year."""
    case = tiny_case(period="quarter", start="2027Q1", periods=7, lookahead_periods=1)
    limits = tuple(Limit(limit="wafers", span=year, amount=400.0) for year in ("2027", "2028"))
    uses = (LimitUse(limit="wafers", offer="alpha_list", use_per_unit=1.0),)
    return add(case, limits=limits, limit_use=uses, disruptions=rows)


def fire(name, start):
    return Disruption(
        disruption=name, target="wafers", field="supply", effect="multiply", value=0.5, start=start, months=3.0
    )


def test_a_row_of_a_year_is_not_seen_before_the_disruption():
    case = yearly(fire("fire", "2027Q3"))
    assert {row.span: row.amount for row in future_of(case, shocked("fire")).case.limits}["2027"] == 350.0
    assert difference(case, {}, shocked("fire")) == 2


def test_what_two_futures_share_does_not_tell_them_apart():
    case = yearly(fire("early", "2027Q1"), fire("late", "2027Q4"))
    assert difference(case, shocked("early"), shocked("early+late")) == 3
    assert difference(case, shocked("early"), shocked("late")) == 0
    assert difference(case, {}, shocked("early+late")) == 0


def test_a_scenario_is_told_apart_once_it_is_revealed_though_it_changes_later_inputs():
    case = add(
        tiny_case(),
        scenarios=(
            Scenario(scenario="calm", probability=0.5, revealed="2027"),
            Scenario(scenario="boom", probability=0.5, revealed="2028"),
        ),
        scenario_values=(
            ScenarioValue(
                scenario="boom",
                table="demand",
                key="chat",
                period="2029",
                effect="multiply",
                value=2.0,
                column="queries_per_day_million",
            ),
        ),
    )
    assert difference(case, {}, recipe_of(scenario="boom")) == 1
    assert future_of(case, recipe_of(scenario="boom")).known_from == "2028"
    assert difference(case, {}, recipe_of(scenario="calm")) == 3


def test_without_names_each_disruption_within_the_horizon_is_a_future():
    case = add(strategic_case(), disruptions=(hit("long ago", start="2020"), hit("far away", start="2040")))
    assert [future.name for future in futures_of(case, [])] == ["dear", "dearer", "lost"]
    with pytest.raises(ShockError, match="over before the plan starts"):
        futures_of(case, ["long ago"])


def test_onsets_and_depths_multiply_the_futures_but_for_parts_that_name_their_own():
    found = futures_of(strategic_case(), ["dear", "dear@2029*0.5"], onsets=["2027", "2028"], depths=[1.0, 2.0])
    assert [future.name for future in found] == [
        "dear@2027", "dear@2027*2", "dear@2028", "dear@2028*2", "dear@2029*0.5",
    ]  # fmt: skip


def test_a_scenario_with_the_name_of_the_undisturbed_plan_gets_another():
    case = add(tiny_case(), scenarios=(Scenario(scenario=BASE, probability=1.0, revealed="2027"),))
    (future,) = futures_of(case, [], scenarios=True)
    assert future.name != BASE
    assert future.probability == 1.0


def test_names_may_hold_bars_and_spaces():
    case = add(tiny_case(), disruptions=(hit("a | b: c = d"),))
    (future,) = futures_of(case, [])
    assert future_of(case, future.recipe).seen == "2028"


def test_inputs_are_rows_of_uncertain_or_numbers_with_their_ends():
    case = strategic_case()
    assert inputs_of(case, []) == [
        VariedInput("price a", "multiply", 0.5, 1.5),
        VariedInput("price b", "multiply", 0.75, 1.25),
    ]
    texts = ["price a=0.9..1.1", "prices:beta_list:unit_price_usd=0.5..2", "disruption:dear:depth=0..1"]
    assert inputs_of(case, texts) == [
        VariedInput("price a", "multiply", 0.9, 1.1),
        VariedInput("prices:beta_list:unit_price_usd", "multiply", 0.5, 2.0),
        VariedInput("disruption:dear:depth", "set", 0.0, 1.0),
    ]


def test_an_input_may_have_signs_in_its_name():
    case = add(tiny_case(), uncertain=(uncertain("x = y..z", "alpha_list", 0.5, 1.5),))
    assert inputs_of(case, ["x = y..z"]) == [VariedInput("x = y..z", "multiply", 0.5, 1.5)]
    assert inputs_of(case, ["x = y..z=0.7..0.8"]) == [VariedInput("x = y..z", "multiply", 0.7, 0.8)]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["nothing"], "is no input"),
        (["price c=0.5..1"], "Did you mean price"),
        (["price a=1..0.5"], "does not say its ends"),
        (["price a=low..high"], "does not say its ends"),
        (["price a=0.5..inf"], "does not say its ends"),
        (["prices:beta_list:unit_price_usd"], "needs its ends"),
        (["prices:gamma_list:unit_price_usd=0.5..1"], "no row of prices"),
        (["price a=-1..1"], "must be at least 0"),
        (["price a", "price a=0.9..1.1"], "named twice"),
    ],
)
def test_inputs_that_make_no_sense_are_refused_with_the_remedy(texts, words):
    with pytest.raises(ShockError, match=words):
        inputs_of(strategic_case(), texts)


def test_without_uncertain_inputs_there_is_nothing_to_vary():
    with pytest.raises(ShockError, match="no table `uncertain`"):
        inputs_of(tiny_case(), [])
