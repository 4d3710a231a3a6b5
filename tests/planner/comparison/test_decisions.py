"""What changed in decisions: found, and told in the words of the trade."""

from __future__ import annotations

import pytest

from planner.comparison import compare
from planner.comparison.compared_quantities import shifts_and_gains
from planner.comparison.comparison_headline import page_of
from planner.comparison.comparison_items import ChangeKind, DecisionKind, Standing
from tests.planner.comparison.made import decision, line, loaded, order, plan, sale

DEAL = ("team", "2027", "2027", "2028", 360.0)
TAPE_OUT = ("own", "partner", "2027", "2028", "2029")


@pytest.fixture
def told(tmp_path):
    """The change of one item between two plans, and its words."""

    def compare_tables(first, other, item, **facts):
        found = compare([loaded(tmp_path, "a", tables=first, **facts), loaded(tmp_path, "b", tables=other, **facts)])
        entry = decision(found, item)
        return entry.changes[0], entry.wordings[0]

    return compare_tables


def test_an_order_a_year_later_is_told_as_moved(told):
    found = told({"orders": [order("2027", 12)]}, {"orders": [order("2028", 12)]}, "chip_list")
    assert found == (ChangeKind.LATER, "12 units moved from 2027 to 2028")


def test_an_order_a_year_earlier_is_told_as_moved(told):
    found = told({"orders": [order("2029", 1200)]}, {"orders": [order("2027", 1200)]}, "chip_list")
    assert found == (ChangeKind.EARLIER, "1,200 units moved from 2029 to 2027")


def test_orders_that_move_both_ways_are_moved(told):
    first = {"orders": [order("2027", 8), order("2029", 8)]}
    other = {"orders": [order("2027", 4), order("2028", 12)]}
    change, words = told(first, other, "chip_list")
    assert change is ChangeKind.MOVED
    assert words == "4 units moved from 2027 to 2028; 8 units moved from 2029 to 2028"


def test_more_and_fewer_are_told_with_the_periods(told):
    first, other = {"orders": [order("2027", 12)]}, {"orders": [order("2027", 12), order("2029", 8)]}
    assert told(first, other, "chip_list") == (ChangeKind.MORE, "8 units more (20, not 12; +66.7 %) in 2029")


def test_fewer_orders_are_told_as_fewer(told):
    first, other = {"orders": [order("2027", 12), order("2028", 12)]}, {"orders": [order("2027", 8), order("2028", 4)]}
    words = "12 units fewer (12, not 24; −50.0 %): −4 in 2027, −8 in 2028"
    assert told(first, other, "chip_list") == (ChangeKind.FEWER, words)


def test_a_total_that_hardly_changes_is_told_by_its_moves(told):
    first = {"orders": [order("2027", 1000), order("2028", 1000)]}
    other = {"orders": [order("2027", 600), order("2028", 1440)]}
    words = "40 units more (2,040, not 2,000; +2.0 %) in 2028; 400 units moved from 2027 to 2028"
    assert told(first, other, "chip_list") == (ChangeKind.MORE, words)


def test_an_offer_of_one_run_only_flips(told):
    change, words = told({}, {"orders": [order("2027", 12)]}, "chip_list")
    assert (change, words) == (ChangeKind.ADDED, "added: 12 units, 2027")
    assert change.is_flip


def test_a_tape_out_a_year_later_is_told_so(told):
    later = ("own", "partner", "2028", "2029", "2030")
    found = told({"tape_outs": [TAPE_OUT]}, {"tape_outs": [later]}, "own")
    assert found == (ChangeKind.LATER, "tape-out a year later (2029, not 2028)")


def test_what_does_not_move_along_with_the_tape_out_is_told_as_well(told):
    other = ("own", "in_house", "2027", "2029", "2031")
    change, words = told({"tape_outs": [TAPE_OUT]}, {"tape_outs": [other]}, "own")
    assert change is ChangeKind.LATER
    assert words == "tape-out a year later (2029, not 2028); by in_house, not partner; ready 2031, not 2029"


def test_another_route_alone_is_a_change(told):
    change, words = told({"tape_outs": [TAPE_OUT]}, {"tape_outs": [("own", "team", "2027", "2028", "2029")]}, "own")
    assert (change, words) == (ChangeKind.CHANGED, "by team, not partner")


def test_a_dropped_deal_flips_and_an_added_one_too(told, tmp_path):
    change, words = told({"acquisitions": [DEAL]}, {}, "team")
    assert (change, words) == (ChangeKind.DROPPED, "dropped: signed 2027 for 360 USD million, owned 2028")
    runs = [loaded(tmp_path, "c"), loaded(tmp_path, "d", tables={"acquisitions": [DEAL]})]
    assert decision(compare(runs), "team").is_flip


def test_the_price_of_a_deal_is_told(told):
    found = told({"acquisitions": [DEAL]}, {"acquisitions": [(*DEAL[:4], 2360.0)]}, "team")
    assert found == (ChangeKind.CHANGED, "price 2,360, not 360 USD million")


def test_an_agreement_that_ends_later_is_a_change(told):
    first, other = ("supply", "2027", "2027", "2028"), ("supply", "2027", "2027", "2029")
    found = told({"agreements": [first]}, {"agreements": [other]}, "supply")
    assert found == (ChangeKind.CHANGED, "live to 2029, not 2028")


def test_an_agreement_signed_earlier_is_told_once(told):
    first, other = ("supply", "2028", "2028", "2030"), ("supply", "2027", "2027", "2029")
    found = told({"agreements": [first]}, {"agreements": [other]}, "supply")
    assert found == (ChangeKind.EARLIER, "signed a year earlier (2027, not 2028)")


def test_an_expansion_is_counted_in_modules(told):
    first, other = (
        {"expansions": [("hall", "home", "2027", 2.0, "2028")]},
        {"expansions": [("hall", "home", "2027", 1.0, "2028"), ("hall", "home", "2028", 1.0, "2029")]},
    )
    assert told(first, other, "hall") == (ChangeKind.LATER, "1 module moved from 2027 to 2028")


LOST, NO_DEAL = (*TAPE_OUT[:4], ""), ("team", "2027", "", "", 360.0)


@pytest.mark.parametrize(
    ("table", "first", "other", "expected"),
    [
        ("tape_outs", TAPE_OUT, LOST, (ChangeKind.CHANGED, "never ready (fails), not 2029")),
        ("tape_outs", LOST, TAPE_OUT, (ChangeKind.CHANGED, "ready 2029 instead of failing")),
        ("tape_outs", LOST, LOST, (ChangeKind.SAME, "")),
        ("acquisitions", DEAL, NO_DEAL, (ChangeKind.CHANGED, "never owned (fails), not 2028")),
        ("acquisitions", NO_DEAL, DEAL, (ChangeKind.CHANGED, "owned 2028 instead of failing")),
    ],
)
def test_what_fails_in_one_run_only_is_told_as_never(told, table, first, other, expected):
    assert told({table: [first]}, {table: [other]}, first[0]) == expected


def test_what_fails_is_told_as_never_in_the_words_of_a_run(tmp_path):
    rows = {"tape_outs": [(*TAPE_OUT[:4], "")], "acquisitions": [("team", "2027", "", "", 360.0)]}
    rows["expansions"] = [("hall", "home", "2027", 3.0, ""), ("hall", "home", "2026", 1.0, "2027")]
    found = compare([loaded(tmp_path, "a", tables=rows), loaded(tmp_path, "b")])
    assert decision(found, "own").texts[0] == "by partner: start 2027, tape-out 2028, never ready (fails)"
    assert decision(found, "team").texts[0].endswith("USD million, never owned (fails)")
    assert decision(found, "hall").texts[0] == "4 modules, 2026 to 2027; 3 never energised (fails)"


def hall(*dates):
    return {"expansions": [("hall", "home", "2027", 2.0, date) for date in dates]}


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        (hall("2028"), hall("2028"), (ChangeKind.SAME, "")),
        (hall("2028"), hall("2029"), (ChangeKind.CHANGED, "power on 2029, not power on 2028")),
        (hall("2028"), hall(""), (ChangeKind.CHANGED, "never energised (fails), not power on 2028")),
    ],
)
def test_the_same_modules_with_power_at_another_time_are_a_change(told, first, other, expected):
    assert told(first, other, "hall") == expected


def test_more_modules_of_which_some_never_have_power_are_told_so(told):
    change, words = told(hall("2028"), hall("2028", ""), "hall")
    assert change is ChangeKind.MORE
    assert words.endswith("; 2 never energised (fails)")


def test_expected_orders_of_a_tree_are_weighted_by_their_probability(tmp_path):
    tree = loaded(tmp_path, "tree")
    columns = (*tree.tables["orders"].columns, "node", "scenarios", "probability")
    rows = ((*order("2028", 10), "n1", "1", 0.25), (*order("2028", 30), "n2", "2", 0.75))
    tables = dict(tree.tables) | {"orders": type(tree.tables["orders"])("orders", columns, rows)}
    branching = type(tree)(tree.manifest, tables, tree.read, "tree")
    found = compare([loaded(tmp_path, "flat", tables={"orders": [order("2028", 25)]}), branching])
    assert line(found.orders, "order", "chip_list", "2028").values == (25.0, 25.0)
    assert decision(found, "chip_list").changes == (ChangeKind.SAME,)


def test_an_event_with_a_chance_is_told_with_it(tmp_path):
    tree = loaded(tmp_path, "tree")
    columns = (*tree.tables["acquisitions"].columns, "node", "scenarios", "probability")
    rows = ((*DEAL, "n1", "1", 0.25),)
    tables = dict(tree.tables) | {"acquisitions": type(tree.tables["orders"])("acquisitions", columns, rows)}
    found = compare([loaded(tmp_path, "sure", tables={"acquisitions": [DEAL]}), type(tree)({}, tables, tree.read, "t")])
    entry = decision(found, "team")
    assert entry.changes == (ChangeKind.CHANGED,)
    assert entry.texts[1].endswith("owned 2028 (25 %)")


def test_what_is_sold_by_decision_is_compared_and_what_ends_is_not(told):
    first = {"sales": [sale("2027", 8), sale("2029", 40, is_end=True)]}
    other = {"sales": [sale("2028", 8), sale("2029", 12, is_end=True)]}
    assert told(first, other, "chip") == (ChangeKind.LATER, "8 units moved from 2027 to 2028")


def test_sales_are_called_sales(tmp_path):
    tables = {"sales": [sale("2027", 8)]}
    found = compare([loaded(tmp_path, name, tables=tables) for name in ("a", "b")])
    assert decision(found, "chip").kind is DecisionKind.SALE
    assert line(found.orders, "sale", "chip", "2027").values == (8.0, 8.0)


def test_leases_are_called_leases(tmp_path):
    changes = {
        "offers": "offer,accelerator,kind,lot_size,term_months\nchip_list,chip,buy,4,\ncloud,chip,lease,,12\n",
        "prices": "offer,period,unit_price_usd\nchip_list,2027,100000\ncloud,2027,50000\n",
    }
    tables = {"orders": [order("2027", 8, "cloud")]}
    found = compare([loaded(tmp_path, "a", changes=changes), loaded(tmp_path, "b", tables=tables, changes=changes)])
    assert decision(found, "cloud").kind is DecisionKind.LEASE


def test_orders_in_the_lookahead_are_not_compared(tmp_path):
    changes = {"plan": plan(periods=2, lookahead=2)}
    tables = {"orders": [order("2027", 12), order("2030", 40)]}
    runs = [loaded(tmp_path, "a", changes=changes), loaded(tmp_path, "b", tables=tables, changes=changes)]
    found = compare(runs)
    assert decision(found, "chip_list").texts[1] == "12 units, 2027"
    assert any("lookahead periods of A and B" in note for note in found.notes)


def test_three_runs_are_each_held_against_the_first(tmp_path):
    runs = [
        loaded(tmp_path, "a", tables={"orders": [order("2027", 12)]}),
        loaded(tmp_path, "b", tables={"orders": [order("2027", 12)]}),
        loaded(tmp_path, "c", tables={"orders": [order("2027", 16)]}),
    ]
    entry = decision(compare(runs), "chip_list")
    assert entry.changes == (ChangeKind.SAME, ChangeKind.MORE)
    assert entry.wordings[1] == "4 units more (16, not 12; +33.3 %) in 2027"


def test_strategic_flips_come_first_on_the_page(tmp_path):
    first = {"orders": [order("2027", 4000)], "tape_outs": [TAPE_OUT]}
    other = {"orders": [order("2027", 2000), order("2027", 4, "other")], "acquisitions": [DEAL]}
    found = compare([loaded(tmp_path, "a", tables=first), loaded(tmp_path, "b", tables=other)])
    assert [entry.item for entry in page_of(found).decisions] == ["own", "team", "other", "chip_list"]


def test_shifts_and_gains_account_for_every_unit():
    before, after = {"2027": 10.0, "2028": 5.0}, {"2028": 2.0, "2029": 9.0, "2030": 7.0}
    shifts, gains = shifts_and_gains(before, after)
    now = dict(before)
    for source, target, amount in shifts:
        now[source] -= amount
        now[target] = now.get(target, 0.0) + amount
    for slot, amount in gains:
        now[slot] = now.get(slot, 0.0) + amount
    assert {slot: amount for slot, amount in now.items() if amount} == after


def test_units_that_differ_by_rounding_are_the_same(tmp_path):
    runs = [
        loaded(tmp_path, "a", tables={"orders": [order("2027", 12.0)]}),
        loaded(tmp_path, "b", tables={"orders": [order("2027", 12.0000001)]}),
    ]
    found = compare(runs)
    assert line(found.orders, "order", "chip_list", "2027").standings == (Standing.SAME,)
    assert decision(found, "chip_list").changes == (ChangeKind.SAME,)
