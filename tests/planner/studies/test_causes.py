"""What caused a change: Shapley's shares by their definition and by hand, flips, and mixed cases without a plan.

100 queries/s need ten units at 0.1 USD million: 1.0. A price 20 % higher makes it 1.2, twice the demand 2.0, both 2.4.
The price adds 0.2 or, after the demand, 0.4: 0.3 in the mean; the demand 1.0 or 1.2: 1.1; 0.2 is what they do together.
"""

from __future__ import annotations

import csv
import itertools
import math
import random
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import planner
from models.case import TABLES
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.studies.cause_findings import new_case, old_case
from planner.studies.input_groups import GROUPS, OTHER, changed_groups, mixed_case
from planner.studies.shapley_shares import (
    ValueBracket,
    coalitions_of,
    interactions,
    shapley_shares,
    smallest_sets,
)
from tests.planner.tiny import FILES, write_tiny

OFFERS = "offer,accelerator,kind,lot_size\nchip_list,chip,buy,1\n"
PRICES = "offer,period,unit_price_usd\nchip_list,2027,{price}\n"
DEMAND = "workload,period,queries_per_day_million\nchat,2027,{demand}\n"
BUDGETS = "budget,categories,span,amount_musd\ncompute,all,2027,\ncompute,all,2028,\n"
SITES = "site,power_mw,pue,electricity_usd_per_mwh\nhome,{power},1,0\n"
# With the company five units of twice the speed do the work of ten.
DEAL = {
    "accelerators": "accelerator,vendor,it_kw,life_years,reference_price_usd\nchip,maker,1,3,0\nfast,maker,1,3,0\n",
    "throughput": "accelerator,workload,queries_per_second\nchip,chat,10\nfast,chat,20\n",
    "offers": "offer,accelerator,kind,lot_size,requires\nchip_list,chip,buy,1,\nfast_list,fast,buy,1,firm\n",
}
HALF_YEAR = 1.1**-0.5
runner = CliRunner(env={"COLUMNS": "160"})


def case_of(folder, price=100000, demand=8.64, power=1, **tables):
    texts = {
        "offers": OFFERS, "prices": PRICES.format(price=price), "demand": DEMAND.format(demand=demand),
        "sites": SITES.format(power=power), "budgets": BUDGETS,
    }  # fmt: skip
    return planner.read_case(write_tiny(folder, **{**texts, **tables}))


def rows_of(study, table):
    return study.tables[table].to_dict("records")


def exact(number):
    return ValueBracket(number, number, number)


def test_shares_are_the_mean_over_all_orders_and_add_up_exactly():
    draw = random.Random(4)
    parts = ["a", "b", "c", "d"]
    values = {one: exact(draw.uniform(-1e5, 1e5)) for one in coalitions_of(parts)}
    shares = shapley_shares(parts, values)
    for part in parts:
        added = []
        for order in itertools.permutations(parts):
            before = frozenset(order[: order.index(part)])
            added.append(values[before | {part}].found - values[before].found)
        assert shares[part].found == pytest.approx(math.fsum(added) / len(added), rel=1e-12)
    whole = values[frozenset(parts)].found - values[frozenset()].found
    assert math.fsum(share.found for share in shares.values()) == pytest.approx(whole, rel=1e-14)


def test_parts_that_do_the_same_have_the_same_share_and_one_that_does_nothing_has_none():
    worth = {0: 0.0, 1: 3.0, 2: 7.0}
    values = {one: exact(worth[len(one - {"idle"})]) for one in coalitions_of(["a", "b", "idle"])}
    shares = shapley_shares(["a", "b", "idle"], values)
    assert (shares["a"].found, shares["b"].found, shares["idle"].found) == (3.5, 3.5, 0.0)
    together = interactions(["a", "b", "idle"], values)
    assert together["a", "b"].found == 1.0
    assert together["a", "idle"].found == together["b", "idle"].found == 0.0


def test_brackets_hold_every_share_that_values_inside_theirs_give():
    draw = random.Random(7)
    parts = ["a", "b", "c"]
    wide = {}
    for one in coalitions_of(parts):
        least = draw.uniform(0.0, 100.0)
        wide[one] = ValueBracket(least + 2.0, least, least + 2.0)
    shares = shapley_shares(parts, wide)
    for _ in range(50):
        inside = {one: exact(draw.uniform(value.least, value.most)) for one, value in wide.items()}
        for part, share in shapley_shares(parts, inside).items():
            assert shares[part].least - 1e-9 <= share.found <= shares[part].most + 1e-9
    # Weights of the coalitions with a part, and of those without it, add up to 1 each: gaps of 2 twice.
    assert all(share.most - share.least == pytest.approx(4.0) for share in shares.values())


def test_smallest_sets_are_all_of_the_least_size():
    wanted = {frozenset("ab"), frozenset("bc"), frozenset("abc")}
    assert set(smallest_sets(["a", "b", "c"], wanted.__contains__)) == {frozenset("ab"), frozenset("bc")}
    assert smallest_sets(["a"], lambda _: False) == []


def test_every_table_is_in_one_group():
    named = [table for tables in GROUPS.values() for table in tables]
    assert sorted(named) == sorted(TABLES)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The case, its plan, and the study of a case with another price and demand."""
    folder = tmp_path_factory.mktemp("causes")
    old = planner.plan(case_of(folder / "old"), opposites=False)
    new = case_of(folder / "new", price=120000, demand=17.28)
    return folder, old, planner.causes(old, new, workers=1)


def test_the_shares_of_price_and_demand_by_hand(shared):
    rows = {row["group"]: row for row in rows_of(shared[2], "causes")}
    assert rows["prices"]["share_musd"] == pytest.approx(0.3 * HALF_YEAR, abs=1e-5)
    assert rows["demand"]["share_musd"] == pytest.approx(1.1 * HALF_YEAR, abs=1e-5)
    assert rows["all changed inputs"]["share_musd"] == pytest.approx(1.4 * HALF_YEAR, abs=1e-5)
    assert rows["prices"]["alone_musd"] == pytest.approx(0.2 * HALF_YEAR, abs=1e-5)
    assert rows["prices"]["last_musd"] == pytest.approx(0.4 * HALF_YEAR, abs=1e-5)
    for row in rows.values():
        assert row["least_musd"] <= row["share_musd"] <= row["most_musd"]
        assert row["finding"] == "more"
    (pair,) = rows_of(shared[2], "together")
    assert pair["together_musd"] == pytest.approx(0.2 * HALF_YEAR, abs=1e-5)
    (flip,) = rows_of(shared[2], "flips")
    assert (flip["kind"], flip["item"], flip["flipped_by"]) == ("order", "chip_list", "demand")


def test_a_deal_that_needs_both_changes_is_flipped_by_both_together(tmp_path):
    prices = "offer,period,unit_price_usd\nchip_list,2027,{0}\nfast_list,2027,{0}\n"
    deal = "acquisition,price_musd,last_signing\nfirm,1.2,2027\n"
    old = planner.plan(
        case_of(tmp_path / "old", prices=prices.format(100000), acquisitions=deal, **DEAL), opposites=False
    )
    new = case_of(tmp_path / "new", prices=prices.format(150000), demand=17.28, acquisitions=deal, **DEAL)
    study = planner.causes(old, new, workers=1)
    (flip,) = [row for row in rows_of(study, "flips") if row["item"] == "firm"]
    # Without and with the company: 1.0 against 0.5 + 1.2; at the new price 1.5 against 0.75 + 1.2, at the new demand
    # 2.0 against 1.0 + 1.2, and with both 3.0 against 1.5 + 1.2.
    assert (flip["kind"], flip["before"], flip["flipped_by"], flip["groups"]) == (
        "deal", "not taken", "prices + demand", 2,
    )  # fmt: skip
    assert any("Flipped by prices + demand" in line for line in study.headlines)


@pytest.mark.slow
def test_groups_that_need_each_other_have_one_share(tmp_path):
    # Twenty units need 0.02 MW, and the old site has 0.012.
    old = planner.plan(case_of(tmp_path / "old", power=0.012), opposites=False)
    new = case_of(tmp_path / "new", price=120000, demand=17.28, power=0.03)
    study = planner.causes(old, new, workers=1)
    rows = {row["group"]: row for row in rows_of(study, "causes")}
    assert list(rows) == ["prices", "demand and sites and power", "all changed inputs"]
    assert rows["prices"]["share_musd"] == pytest.approx(0.3 * HALF_YEAR, abs=1e-5)
    assert any("have one share" in note for note in study.notes)
    status = {row["changed"]: row["status"] for row in rows_of(study, "coalitions")}
    assert (status["demand"], status["demand + sites and power"]) == ("infeasible", "optimal")


@pytest.mark.slow
def test_rows_that_name_what_a_mixed_case_lacks_are_left_out(tmp_path):
    old = planner.plan(case_of(tmp_path / "old"), opposites=False)
    more = {"offers": OFFERS + "cheap,chip,buy,1\n", "prices": PRICES.format(price=100000) + "cheap,2027,50000\n"}
    study = planner.causes(old, case_of(tmp_path / "new", **more), workers=1)
    rows = {row["group"]: row for row in rows_of(study, "causes")}
    # The offer saves 0.5 only once it has its price and stands among the offers: half of that each.
    for name in ("prices", "supply"):
        assert rows[name]["share_musd"] == pytest.approx(-0.25 * HALF_YEAR, abs=1e-5)
    assert any("2 rows were left out" in note and "cheap" in note for note in study.notes)


def test_a_later_case_is_compared_with_the_old_plan_carried_over(tmp_path):
    text, budgets = FILES["plan.toml"].replace("periods = 2", "periods = 3"), f"{BUDGETS}compute,all,2029,\n"
    old = planner.plan(case_of(tmp_path / "old", plan=text, budgets=budgets), opposites=False)
    from planner.replanning.carried_case import carried

    moved = carried(old.loaded, "2028").case
    grown = replace(moved, demand=tuple(replace(row, queries_per_day_million=17.28) for row in moved.demand))
    assert [group.name for group in changed_groups(old_case(old.loaded, grown).case, grown)] == ["demand"]
    with pytest.raises(CaseFaults, match="differs: it was 2027"):
        changed_groups(old.loaded.case, grown)


def test_scenarios_that_are_left_aside_are_no_change(tmp_path):
    scenarios = {
        "plan": FILES["plan.toml"].replace("[solver]", "use_scenarios = false\n\n[solver]"),
        "scenarios": "scenario,probability,revealed\nsame,0.5,2027\nless,0.5,2028\n",
        "scenario_values": "scenario,table,key,period,effect,value,column\n"
        "less,demand,chat,2028,multiply,0.5,queries_per_day_million\n",
    }
    old = planner.plan(case_of(tmp_path / "old", **scenarios), opposites=False)
    new = new_case(case_of(tmp_path / "new", price=120000, **scenarios).read.case, None, "new")
    assert [group.name for group in changed_groups(old_case(old.loaded, new.case).case, new.case)] == ["prices"]


def test_more_than_six_groups_are_merged_into_other(tmp_path):
    one = case_of(tmp_path / "one").read.case
    two = replace(
        case_of(tmp_path / "two", price=120000, demand=17.28, power=2).read.case,
        settings=replace(one.settings, discount_rate=0.2),
        offers=tuple(replace(row, integration_usd_per_unit=1.0) for row in one.offers),
        accelerators=tuple(replace(row, life_years=4) for row in one.accelerators),
        budgets=tuple(replace(row, amount_musd=9.0) for row in one.budgets),
    )
    groups = changed_groups(one, two)
    assert len(groups) == 6
    assert groups[-1].name == OTHER
    assert {name for group in groups for name in (*group.tables, *group.settings)} == {
        "prices", "demand", "sites", "offers", "accelerators", "budgets", "discount_rate",
    }  # fmt: skip
    whole = mixed_case(one, two, [table for group in groups for table in group.tables], ["discount_rate"]).case
    assert replace(whole, settings=two.settings) == two


def test_notes_and_sources_are_no_changes_and_the_same_inputs_are_refused(tmp_path):
    old = planner.plan(case_of(tmp_path / "old"), opposites=False)
    noted = PRICES.format(price=100000).replace("usd\n", "usd,note\n").replace("100000\n", "100000,said\n")
    with pytest.raises(CaseFaults, match="have the same inputs"):
        planner.causes(old, case_of(tmp_path / "noted", prices=noted))


@pytest.mark.slow
def test_the_command_takes_two_runs_and_adds_up_to_their_difference(shared, tmp_path):
    folder, old, _ = shared
    old.write(tmp_path / "was")
    planner.plan(planner.read_case(folder / "new"), opposites=False).write(tmp_path / "now")
    found = runner.invoke(
        app,
        ["causes", *map(str, (tmp_path / "was", tmp_path / "now", "-o", tmp_path / "study")), "-q", "--workers", "1"],
    )
    assert found.exit_code == 0, found.output
    with (tmp_path / "study" / "tables" / "causes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shares = [float(row["share_musd"]) for row in rows if row["group"] in ("prices", "demand")]
    runs = [planner.load_run(tmp_path / name).loaded.manifest["objective_musd"] for name in ("was", "now")]
    assert math.fsum(shares) == pytest.approx(runs[1] - runs[0], abs=1e-9)
    for name in ("report.html", "study.md", "study.xlsx"):
        assert (tmp_path / "study" / name).exists()
