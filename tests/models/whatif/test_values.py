"""Single inputs with another value: keys, labels, effects, bounds, and levers by name."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from models.tables.fleet_rows import Price
from models.tables.strategy_rows import Scenario, ScenarioValue, Uncertain
from models.whatif import (
    Lever,
    ShockError,
    changed,
    disrupted,
    lever_of,
    levers_of,
    scenario_case,
    shocks_of,
    values_now,
    with_value,
)
from tests.models import tiny
from tests.models.tiny import DAY, add, demand, rich_case, tiny_case
from tests.models.whatif.shocks import hit, table, with_hits


def prices(case, offer="alpha_list"):
    return {row.period: row.unit_price_usd for row in case.prices if row.offer == offer}


def stepped(**settings):
    """The tiny case with prices of alpha_list in three years."""
    rows = tuple(
        Price(offer="alpha_list", period=label, unit_price_usd=value)
        for label, value in (("2027", 100.0), ("2028", 80.0), ("2029", 60.0))
    )
    case = tiny_case(**settings)
    return tiny.changed(case, prices=(*rows, case.prices[1]))


PRICE = Lever("price", "prices", "alpha_list", "unit_price_usd")


@pytest.mark.parametrize(
    ("effect", "value", "expected"),
    [
        ("multiply", 1.5, {"2027": 150, "2028": 120, "2029": 90}),
        ("add", -5.0, {"2027": 95, "2028": 75, "2029": 55}),
        ("set", 70.0, {"2027": 70, "2028": 70, "2029": 70}),
    ],
)
def test_a_value_without_a_label_is_for_always(effect, value, expected):
    found = with_value(stepped(), replace(PRICE, effect=effect), value)
    assert prices(found) == expected
    assert prices(found, "beta_list") == {"2027": 44000.0}


def test_a_value_with_a_label_holds_from_it_on():
    found = with_value(stepped(), replace(PRICE, period="2028"), 1.5)
    assert prices(found) == {"2027": 100, "2028": 120, "2029": 90}


def test_a_row_is_put_in_at_a_label_that_has_none():
    found = with_value(stepped(), replace(PRICE, period="2028-07"), 1.5)
    assert list(prices(found).items()) == [("2027", 100), ("2028", 80), ("2028-07", 120), ("2029", 90)]
    assert [row.offer for row in found.prices] == ["alpha_list"] * 4 + ["beta_list"]


def test_before_the_first_label_nothing_is_put_in():
    case = tiny.changed(tiny_case(), prices=(Price(offer="alpha_list", period="2028", unit_price_usd=100.0),))
    assert prices(with_value(case, replace(PRICE, period="2027"), 1.5)) == {"2028": 150.0}


def test_levers_of_one_column_with_several_labels_are_a_series():
    first, second = replace(PRICE, period="2027"), replace(PRICE, period="2028-07")
    found = changed(stepped(), {second: 3.0, first: 2.0})
    assert prices(found) == {"2027": 200, "2028": 160, "2028-07": 240, "2029": 180}
    always = changed(stepped(), {replace(PRICE, effect="set"): 10.0, replace(PRICE, period="2029", effect="add"): 1.0})
    assert prices(always) == {"2027": 10, "2028": 10, "2029": 61}


def test_the_end_of_a_label_brings_back_what_holds_there():
    first, second = replace(PRICE, period="2027-03"), replace(PRICE, period="2027-09", effect="add")
    case = tiny.changed(tiny_case(), prices=(Price(offer="alpha_list", period="2027", unit_price_usd=100.0),))
    assert prices(changed(case, {first: 2.0, second: 0.0})) == {"2027": 100, "2027-03": 200, "2027-09": 100}


def test_setting_comes_before_multiplying_before_adding_in_any_order():
    levers = {
        replace(PRICE, name="c", effect="add"): 1.0,
        replace(PRICE, name="b", effect="multiply"): 3.0,
        replace(PRICE, name="a", effect="set"): 10.0,
        Lever("all", "prices", "*", "unit_price_usd", effect="set"): 5.0,
    }
    found = changed(stepped(), levers)
    assert found == changed(stepped(), dict(reversed(levers.items())))
    assert set(prices(found).values()) == {31.0}
    assert prices(found, "beta_list") == {"2027": 5.0}


@pytest.mark.parametrize(
    ("key", "rows"),
    [("", 4), ("*", 4), ("alpha", 2), ("alpha;image", 1), ("*;chat", 3), (" alpha ; chat ", 1)],
)
def test_keys_name_rows(key, rows):
    case = rich_case()
    found = with_value(case, Lever("rate", "throughput", key, "queries_per_second"), 2.0)
    assert sum(old != new for old, new in zip(case.throughput, found.throughput, strict=True)) == rows


def test_keys_without_labels_name_every_span():
    found = with_value(rich_case(), Lever("hbm", "limits", "hbm", "amount"), 0.5)
    assert table(found, "limits", "amount") == [(450.0,), (200.0,), (None,)]
    found = with_value(rich_case(), Lever("hbm", "limits", "hbm", "amount", effect="add"), 50.0)
    assert table(found, "limits", "amount") == [(950.0,), (450.0,), (None,)]
    found = with_value(rich_case(), Lever("hbm", "limits", "hbm", "amount", effect="set"), 50.0)
    assert table(found, "limits", "amount") == [(50.0,)] * 3


@pytest.mark.parametrize(("value", "modules"), [(1.1, 4), (1.13, 5), (0.2, 1), (0.1, 0), (0.625, 3)])
def test_whole_numbers_are_rounded_to_the_nearest(value, modules):
    found = with_value(rich_case(), Lever("hall", "expansions", "hall", "max_modules"), value)
    (row,) = found.expansions
    assert row.max_modules == modules
    assert isinstance(row.max_modules, int)


def test_a_number_that_was_written_whole_may_become_a_fraction():
    case = tiny.changed(tiny_case(), prices=(Price(offer="alpha_list", period="2027", unit_price_usd=101),))
    assert prices(with_value(case, PRICE, 0.5)) == {"2027": 50.5}


@pytest.mark.parametrize(("form", "middle"), [("linear", 250.0), ("geometric", 200.0)])
def test_interpolated_demand_does_not_change_before_the_label(form, middle):
    case = tiny.changed(tiny_case(), demand=demand(("2027", 100.0), ("2029", 400.0)), demand_interpolation=form)
    found = with_value(case, Lever("d", "demand", "chat", "queries_per_day_million", "2029"), 2.0)
    rates = {row.period: row.queries_per_day_million / DAY for row in found.demand}
    assert rates == pytest.approx({"2027": 100, "2028": middle, "2029": 800})
    always = with_value(case, Lever("d", "demand", "chat", "queries_per_day_million"), 2.0)
    assert [row.period for row in always.demand] == ["2027", "2029"]


def test_what_changes_nothing_is_the_same_case_and_the_given_one_stays():
    case = rich_case()
    before = copy.deepcopy(case)
    assert with_value(case, Lever("p", "prices", "*", "unit_price_usd"), 1.0) is case
    found = with_value(case, Lever("p", "prices", "*", "unit_price_usd", "2027Q3"), 1.3)
    assert found.offers is case.offers
    assert found.prices != case.prices
    assert case == before


@pytest.mark.parametrize(
    ("lever", "value", "message"),
    [
        (
            Lever("u", "accelerators", "alpha", "utilisation"),
            1.5,
            "u: accelerators alpha utilisation would be 1.5, and must be above 0 and at most 1. "
            "Use a value that keeps it so.",
        ),
        (
            Lever("p", "prices", "alpha_list", "unit_price_usd", effect="add"),
            -1e6,
            "p: prices alpha_list unit_price_usd would be -980000, and must be at least 0. "
            "Use a value that keeps it so.",
        ),
        (PRICE, float("nan"), "price: nan is no number. Use a finite one."),
        (Lever("x", "price", "", "unit_price_usd"), 1.0, "x: there is no table price. Did you mean prices?"),
        (
            Lever("x", "prices", "", "unit_prise_usd"),
            1.0,
            "x: unit_prise_usd is not a numeric column of prices. Did you mean unit_price_usd?",
        ),
        (
            Lever("x", "prices", "", "offer"),
            1.0,
            "x: offer is not a numeric column of prices. Known names: unit_price_usd.",
        ),
        (
            Lever("x", "prices", "alpha_lst", "unit_price_usd"),
            1.0,
            "x: no row of prices has the key alpha_lst. Did you mean alpha_list?",
        ),
        (
            Lever("x", "limits", "", "amount"),
            1.0,
            "x: no row of limits has the key (blank). There are none.",
        ),
        (
            Lever("x", "offers", "alpha_list", "lead_time_months", "2028"),
            1.0,
            "x: offers has no column period or span, so the change cannot begin with 2028. Leave the period out.",
        ),
        (
            Lever("x", "prices", "alpha_list", "unit_price_usd", effect="times"),
            1.0,
            "'times' is no effect of x: use set, multiply, add.",
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused(lever, value, message):
    with pytest.raises(ShockError) as refused:
        with_value(tiny_case(), lever, value)
    assert str(refused.value) == message


def uncertain_case():
    row = Uncertain(
        name="demand_2028",
        table="demand",
        key="chat",
        column="queries_per_day_million",
        distribution="uniform",
        p1=0.5,
        p2=2.0,
        effect="multiply",
    )
    return with_hits(
        add(stepped(), uncertain=(row, replace(row, name="price", table="prices", key="*", column="unit_price_usd"))),
        hit("chat", "demand", 1.4, "2028-02", 6.0, name="surge"),
        hit("alpha_list", "price", 1.2, "2028-05", 6.0, name="surge"),
    )


def test_levers_by_name():
    case = uncertain_case()
    assert [lever.name for lever in levers_of(case)] == ["demand_2028", "price"]
    assert lever_of(case, "price") == Lever("price", "prices", "*", "unit_price_usd", "", "multiply")
    assert lever_of(case, "prices:alpha_list:unit_price_usd") == Lever(
        "prices:alpha_list:unit_price_usd", "prices", "alpha_list", "unit_price_usd", "", "multiply"
    )
    with_label = lever_of(case, "prices:alpha_list:unit_price_usd:2028", "set")
    assert (with_label.column, with_label.period, with_label.effect) == ("unit_price_usd", "2028", "set")
    assert prices(with_value(case, with_label, 5.0)) == {"2027": 100, "2028": 5, "2029": 5}
    assert lever_of(case, "prices::unit_price_usd").key == ""
    assert values_now(case, lever_of(case, "prices:alpha_list:unit_price_usd")) == (100.0, 80.0, 60.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "prise",
            "'prise' is no input: write the name of a row of uncertain, a term of a contract such as `rate of LOAN`, "
            "disruption:NAME:depth, "
            "disruption:NAME:onset_months or table:key:column. Did you mean price?",
        ),
        (
            "disruption:sorge:depth",
            "disruption:sorge:depth: there is no disruption sorge. Did you mean surge?",
        ),
        (
            "disruption:surge:dept",
            "disruption:surge:dept: dept is not a numeric column of disruptions. Did you mean depth?",
        ),
    ],
)
def test_a_name_that_is_no_lever_is_refused(text, message):
    with pytest.raises(ShockError) as refused:
        lever_of(uncertain_case(), text)
    assert str(refused.value) == message


def test_levers_of_disruptions_scale_and_move_them():
    case = uncertain_case()
    depth, onset = lever_of(case, "disruption:surge:depth"), lever_of(case, "disruption:surge:onset_months")
    assert (values_now(case, depth), values_now(case, onset)) == ((1.0,), (0.0,))
    found = changed(case, {depth: 0.5, onset: 4.0})
    assert table(found, "disruptions", "value", "start") == [(1.2, "2028-06"), (1.1, "2028-09")]
    assert (
        disrupted(found, shocks_of("surge")).case.demand == disrupted(case, shocks_of("surge@2028-06*0.5")).case.demand
    )
    assert with_value(case, depth, 1.0) is case
    assert with_value(case, onset, 0.0) is case
    assert disrupted(with_value(case, depth, 0.0), shocks_of("surge")).changes == ()


def test_a_failure_at_depth_zero_does_not_happen_and_keeps_its_name():
    case = with_hits(rich_case(), hit("chip", "fail", 1.0, "2027Q3", 0.0, name="flop"))
    lever = lever_of(case, "disruption:flop:depth")
    assert disrupted(with_value(case, lever, 0.0), shocks_of("flop")).changes == ()
    assert with_value(case, lever, 0.4) is not None
    assert disrupted(with_value(case, lever, 0.4), shocks_of("flop")).case.delays[0].fails
    both = add(case, disruptions=(hit("chip", "slip", 4.0, "2027Q2", 0.0, name="flop", effect="add"),))
    (row,) = with_value(both, lever, 0.0).disruptions
    assert (row.field, row.value) == ("slip", 0.0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("depth", -1.0, "is no depth. Use a number of at least 0; 1 is as given."),
        ("onset_months", float("inf"), "is no shift. Use a number of months."),
    ],
)
def test_levers_of_disruptions_refuse_what_makes_no_sense(name, value, message):
    case = uncertain_case()
    with pytest.raises(ShockError) as refused:
        with_value(case, lever_of(case, f"disruption:surge:{name}"), value)
    assert str(refused.value).endswith(message)


def scenarios():
    def value(table, key, column, effect, number, period="", scenario="boom"):
        return ScenarioValue(
            scenario=scenario, table=table, key=key, column=column, effect=effect, value=number, period=period
        )

    return add(
        uncertain_case(),
        scenarios=(
            Scenario(scenario="base", probability=0.6, revealed="2028"),
            Scenario(scenario="boom", probability=0.4, revealed="2028", disruptions=("surge",)),
        ),
        scenario_values=(
            value("demand", "chat", "queries_per_day_million", "multiply", 2.0, "2028"),
            value("demand", "chat", "queries_per_day_million", "multiply", 3.0, "2029"),
            value("prices", "beta_list", "unit_price_usd", "set", 40000.0, "2029"),
            value("prices", "*", "unit_price_usd", "set", 1.0, scenario="other"),
        ),
    )


def test_a_scenario_is_its_values_and_its_disruptions_on_top():
    """100 twice in 2028, of which six months of 40 % more in 2028 make 1.2; three times in 2029."""
    found = scenario_case(scenarios(), "boom")
    rates = {row.period: row.queries_per_day_million / DAY for row in found.case.demand}
    assert rates == pytest.approx({"2027": 100, "2028": 240, "2029": 300})
    assert prices(found.case, "beta_list") == {"2027": 44000, "2029": 40000}
    assert prices(found.case) == pytest.approx({"2027": 100, "2028": 88, "2029": 60})
    assert found.seen == "2028"
    assert [(c.table, c.item, c.period, c.cause) for c in found.changes] == [
        ("demand", "chat", "2028", "boom"),
        ("demand", "chat", "2028", "surge"),
        ("demand", "chat", "2029", "boom"),
        ("prices", "alpha_list", "2028", "surge"),
        ("prices", "beta_list", "2029", "boom"),
    ]


def test_a_scenario_without_anything_is_the_same_case():
    case = scenarios()
    found = scenario_case(case, "base")
    assert found.case is case
    assert (found.changes, found.seen) == ((), None)


def test_an_unknown_scenario_is_refused():
    with pytest.raises(ShockError) as refused:
        scenario_case(scenarios(), "bom")
    assert str(refused.value) == "there is no scenario bom. Did you mean boom?"


@pytest.mark.parametrize(
    ("table", "key", "column", "period", "seen"),
    [
        ("offers", "alpha_list", "lead_time_months", "", "2027Q1"),
        ("limits", "hbm", "amount", "", "2027Q1"),
        ("prices", "alpha_list", "unit_price_usd", "2027Q3", "2027Q3"),
        ("prices", "alpha_list", "unit_price_usd", "2027-08", "2027Q4"),
        ("prices", "alpha_list", "unit_price_usd", "2026", "2027Q1"),
    ],
)
def test_what_a_scenario_changes_is_seen_from_the_period_that_it_holds_for(table, key, column, period, seen):
    row = ScenarioValue(
        scenario="boom", table=table, key=key, column=column, effect="multiply", value=2.0, period=period
    )
    scenario = Scenario(scenario="boom", probability=1.0, revealed="2027Q1")
    assert scenario_case(add(rich_case(), scenarios=(scenario,), scenario_values=(row,)), "boom").seen == seen
