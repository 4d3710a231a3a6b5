"""What holds of every disruption: nothing in, nothing out; order, time, depth, purity, and faults."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import permutations

import pytest

from models.case import TABLES
from models.tables.fleet_rows import Limit
from models.whatif import Shock, ShockError, disrupted, shocks_of
from tests.models.tiny import add, change, rich_case, tiny_case
from tests.models.whatif.shocks import hit, shocked, table, with_hits


def many():
    """The rich case with six disruptions: every field, some of them twice on one target."""
    return with_hits(
        rich_case(),
        hit("hbm", "supply", 0.7, "2027-05", 5.0, name="fire", recovery=4.0),
        hit("verde", "supply", 0.6, "2027Q2", 9.0, name="queue", recovery=6.0),
        hit("verde", "lead_time", 2.5, "2027Q2", 9.0, name="queue", recovery=6.0),
        hit("verde", "price", 1.3, "2027Q2", 9.0, name="queue", recovery=6.0),
        hit("alpha", "supply", -30.0, "2027Q3", 6.0, name="recall", effect="add"),
        hit("alpha_list", "price", 900.0, "2027Q3", 6.0, name="recall", effect="add"),
        hit("chat", "demand", 1.4, "2027-08", 7.0, name="surge", recovery=3.0),
        hit("chat", "demand", 1.1, "2027Q4", 6.0, name="fad"),
        hit("north", "power", 0.8, "2027-11", 4.0, name="surge"),
        hit("north", "electricity", 1.9, "2027Q2", 4.0, name="fire"),
        hit("capital", "amount", 0.9, "2028", 12.0, name="fad"),
        hit("chip", "slip", 4.0, "2027Q2", 0.0, name="surge", effect="add"),
        hit("chip", "slip", 3.0, "2027Q3", 6.0, name="fad", effect="add"),
        hit("rival", "fail", 0.0, "2027Q3", 0.0, name="recall"),
        hit("hall", "slip", 5.0, "2027Q1", 3.0, name="fire", effect="add"),
    )


NAMES = ("fire", "queue", "recall", "surge", "fad")


def test_no_disruptions_are_the_same_case():
    case = many()
    found = disrupted(case, ())
    assert found.case is case
    assert (found.changes, found.seen, found.without_effect) == ((), None, ())


def test_depth_zero_is_the_same_case():
    case = many()
    found = disrupted(case, [Shock(name, depth=0.0) for name in NAMES])
    assert found.case is case
    assert (found.changes, found.seen, found.without_effect) == ((), None, ())


def test_tables_that_nothing_hits_are_the_same_and_disruptions_stay():
    case = many()
    found = disrupted(case, [Shock("surge")])
    changed = {name for name in TABLES if getattr(found.case, name) is not getattr(case, name)}
    assert changed == {"demand", "site_series", "delays"}
    assert found.case.settings is case.settings


def test_every_field_changes_its_table():
    found = disrupted(many(), [Shock(name) for name in NAMES])
    assert {change.table for change in found.changes} == {
        "demand",
        "prices",
        "limits",
        "limit_use",
        "added_supply",
        "budgets",
        "lead_times",
        "backlogs",
        "site_series",
        "delays",
    }
    assert found.without_effect == ()


def test_the_given_case_stays_as_it_is():
    case = many()
    before = copy.deepcopy(case)
    disrupted(case, [Shock(name, depth=1.3) for name in NAMES])
    assert case == before


def test_the_order_of_disruptions_and_of_their_rows_makes_no_difference():
    case = many()
    backwards = replace(case, disruptions=case.disruptions[::-1])
    first = disrupted(case, [Shock(name) for name in NAMES])
    for names in list(permutations(NAMES))[::17]:
        found = disrupted(case, [Shock(name) for name in names])
        assert found == first
        other = disrupted(backwards, [Shock(name) for name in names])
        assert (replace(other.case, disruptions=case.disruptions), other.changes) == (first.case, first.changes)


def test_a_disruption_that_is_named_twice_counts_once_but_twice_at_other_times():
    case = with_hits(tiny_case(), hit("chat", "demand", 2.0, "2027", 36.0))
    assert disrupted(case, shocks_of("shock+shock")) == disrupted(case, shocks_of("shock"))
    twice = disrupted(case, shocks_of("shock+shock@2028")).case
    rate = case.demand[0].queries_per_day_million
    assert table(twice, "demand", "queries_per_day_million") == [(2 * rate,), (4 * rate,), (4 * rate,)]


def test_a_disruption_moved_in_time_is_the_disruption_written_there():
    case = many()
    rows = tuple(replace(row, start="2028-04") if row.disruption == "queue" else row for row in case.disruptions)
    there = disrupted(replace(case, disruptions=rows), [Shock("queue")])
    moved = disrupted(case, [Shock("queue", "2028-04")])
    assert moved.case.prices == tuple(replace(row) for row in there.case.prices)
    assert [(c.table, c.item, c.period, c.after) for c in moved.changes] == [
        (c.table, c.item, c.period, c.after) for c in there.changes
    ]
    assert moved.seen == there.seen == "2028Q2"


def test_a_disruption_at_half_its_depth_is_the_disruption_written_so():
    case = with_hits(tiny_case(), hit("alpha_list", "price", 1.5, "2028", 12.0))
    half = with_hits(tiny_case(), hit("alpha_list", "price", 1.25, "2028", 12.0))
    assert disrupted(case, [Shock("shock", depth=0.5)]).case.prices == disrupted(half, [Shock("shock")]).case.prices


def test_changes_say_what_was_and_what_is_and_why():
    found = disrupted(
        with_hits(tiny_case(), hit("alpha_list", "price", 1.2, "2028", 12.0, name="tariff")), shocks_of("tariff*0.5")
    )
    (one,) = found.changes
    assert (one.before, one.after, one.cause) == (20000.0, 22000.0, "tariff*0.5")
    assert one.text == "prices alpha_list unit_price_usd 2028: 20,000 becomes 22,000 (tariff*0.5)"


def test_what_is_seen_first_is_the_first_period_that_changes():
    case = many()
    assert disrupted(case, shocks_of("fire")).seen == "2027Q1"
    assert disrupted(case, shocks_of("fire@2027-06")).seen == "2027Q2"
    assert disrupted(case, shocks_of("fad")).seen == "2027Q3"
    assert disrupted(case, shocks_of("fad+surge")).seen == "2027Q2"


def test_one_disruption_on_another_is_both_at_once_where_they_hit_different_things():
    case = many()
    one = disrupted(disrupted(case, shocks_of("surge")).case, shocks_of("queue")).case
    both = disrupted(case, shocks_of("surge+queue")).case
    assert one == both


def test_supply_that_is_lost_twice_in_two_steps_is_lost_once_in_one():
    limits = tuple(Limit(limit="hbm", span=str(year), amount=100.0) for year in (2027, 2028, 2029))
    case = with_hits(
        add(tiny_case(), limits=limits),
        hit("hbm", "supply", 0.5, "2028", 12.0, name="fire"),
        hit("hbm", "supply", 0.8, "2028", 12.0, name="flood"),
    )
    steps = disrupted(disrupted(case, shocks_of("fire")).case, shocks_of("flood")).case
    assert table(steps, "limits", "amount") == table(disrupted(case, shocks_of("fire+flood")).case, "limits", "amount")
    assert table(steps, "limits", "amount") == [(100.0,), (40.0,), (100.0,)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            hit("alpha_lst", "price", 1.2, "2028", 12.0),
            "shock: its price needs a name in offers or vendors or accelerators, and alpha_lst is none. "
            "Did you mean alpha_list?",
        ),
        (
            hit("chat", "price", 1.2, "2028", 12.0),
            "shock: its price needs a name in offers or vendors or accelerators, and chat is none. "
            "Known names: alpha_list, beta_list, verde, rosso, alpha and 1 more.",
        ),
        (
            hit("chat", "demand", -0.5, "2028", 12.0),
            "shock: its demand of chat cannot be changed by -0.5: use a factor of at least 0.",
        ),
        (hit("chat", "demnd", 2.0, "2028", 12.0), "shock: demnd is not a field. Did you mean demand?"),
    ],
)
def test_a_disruption_that_makes_no_sense_is_refused(row, message):
    with pytest.raises(ShockError) as refused:
        shocked(tiny_case(), row)
    assert str(refused.value) == message


def test_a_slip_that_multiplies_is_refused():
    with pytest.raises(ShockError, match=r"^shock: the slip of chip is a number of months: use the effect add\.$"):
        shocked(rich_case(), hit("chip", "slip", 2.0, "2027Q2", 0.0))


def test_a_target_that_is_two_things_is_refused():
    case = change(tiny_case(), "accelerators", "alpha", vendor="alpha")
    with pytest.raises(ShockError, match=r"alpha is a name in vendors and accelerators\. Rename one"):
        shocked(case, hit("alpha", "price", 1.2, "2028", 12.0))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (hit("chat", "demand", 1.0, "2028", 12.0), "shock: its demand of chat is multiplied by 1."),
        (hit("chat", "demand", 0.0, "2028", 12.0, effect="add"), "shock: its demand of chat is changed by 0."),
        (hit("chat", "demand", 2.0, "2028", 0.0), "shock: its demand of chat lasts no time: give it months."),
    ],
)
def test_what_changes_nothing_is_said(row, sentence):
    found = shocked(tiny_case(), row)
    assert found.without_effect == (sentence,)
    assert found.changes == ()


def test_a_row_of_a_disruption_that_lies_outside_the_horizon_is_said():
    rows = hit("chat", "demand", 2.0, "2027", 12.0), hit("alpha_list", "price", 2.0, "2030", 12.0)
    found = shocked(tiny_case(), *rows)
    assert found.without_effect == ("shock: its price of alpha_list lies outside the horizon.",)
    assert {change.table for change in found.changes} == {"demand"}
