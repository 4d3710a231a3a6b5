"""Plans that stay near an earlier one: nervousness by hand, the tables of the run, their check, and what is refused.

100 queries/s need ten units. A unit of `first` costs 0.100 USD million, one of `second` 0.101: a plan buys `first`, and
where its price rises by 2 % it buys `second`, unless it is to stay near the plan before.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import planner
from models.verify import verify
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.results.loaded_run import read_run
from planner.results.stability_tables import changes_between
from planner.verification.written_runs import verify_run
from tests.planner.tiny import FILES, write_tiny

OFFERS = "offer,accelerator,kind,lot_size\nfirst,chip,buy,1\nsecond,chip,buy,1\n"
PRICES = "offer,period,unit_price_usd\nfirst,2027,{first}\nsecond,2027,101000\n"
SCENARIOS = {
    "scenarios": "scenario,probability,revealed\nsame,0.5,2027\nless,0.5,2028\n",
    "scenario_values": "scenario,table,key,period,effect,value,column\n"
    "less,demand,chat,2028,multiply,0.5,queries_per_day_million\n",
}
STABILITY = ("stability", "order_changes", "strategic_changes")
runner = CliRunner(env={"COLUMNS": "160"})


def case_with(folder, first=100000, **tables):
    return planner.read_case(write_tiny(folder, offers=OFFERS, prices=PRICES.format(first=first), **tables))


def fleetplan(*words):
    return runner.invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folders of an earlier run, of a run at other prices, and of one that stays near the earlier one."""
    folder = tmp_path_factory.mktemp("runs")
    for name, first in (("was", 100000), ("now", 102000)):
        case_with(folder / f"case-{name}", first)
        assert fleetplan("plan", folder / f"case-{name}", "-o", folder / name, "-q").exit_code == 0
    near = fleetplan(
        "plan", folder / "case-now", "-o", folder / "near", "-q", "--near", folder / "was", "--stability", "2%"
    )
    assert near.exit_code == 0, near.output
    return folder / "was", folder / "now", folder / "near", near.stdout


def test_nervousness_is_the_share_of_the_planned_order_value_that_moved(runs):
    was, now, near, _ = (read_run(folder) if not isinstance(folder, str) else folder for folder in runs)
    changes = changes_between(was, now)
    # Ten units of 0.102 are gone and ten of 0.101 are new: all that is planned, (1.02 + 1.01) / 2, moved.
    assert changes.planned_musd == pytest.approx(1.015)
    assert changes.moved_musd == pytest.approx(1.015)
    assert changes.nervousness == pytest.approx(1.0)
    assert changes_between(was, near).nervousness == 0.0
    assert changes_between(was, was).nervousness == 0.0


def test_half_of_an_order_that_moves_is_half_of_the_value(runs):
    was = read_run(runs[0])
    table = was.tables["orders"]
    at = [table.columns.index(name) for name in ("offer", "units")]
    (row,) = table.rows
    half = [list(row), list(row)]
    half[0][at[1]], half[1][at[0]], half[1][at[1]] = 5.0, "second", 5.0
    other = replace(was, tables={**was.tables, "orders": replace(table, rows=tuple(map(tuple, half)))})
    changes = changes_between(was, other)
    # Five units of 0.100 are gone, five of 0.101 new: (0.5 + 0.505) / 2 of (1.0 + 0.5 + 0.505) / 2.
    assert changes.nervousness == pytest.approx(1.005 / 2.005)


def test_the_plan_that_stays_near_costs_what_was_allowed_and_is_checked(runs):
    near, printed = runs[2], runs[3]
    assert verify_run(near).findings == ()
    (head,) = read_run(near).records("stability")
    manifest = json.loads((near / "manifest.json").read_text(encoding="utf-8"))
    assert (head["run"], head["nervousness"], head["flips"]) == ("was", 0.0, 0)
    assert manifest["objective_musd"] <= head["most_musd"] == pytest.approx(1.02 * head["least_cost_musd"])
    assert manifest["bound_musd"] == pytest.approx(head["least_cost_musd"], rel=1e-5)
    assert "0.0 % of the planned order value moved" in " ".join(printed.split())
    for name in ("report.html", "plan.md"):
        assert "nearest to run was that was found" in (near / name).read_text(encoding="utf-8")


def test_each_figure_of_the_tables_is_recomputed(runs):
    loaded = read_run(runs[2])
    tables = {name: list(table.records()) for name, table in loaded.tables.items()}
    cost = loaded.manifest["objective_musd"]
    assert verify(loaded.case, tables, cost).passed
    stated = {"run", "digest", "kind", "item"}
    for name in STABILITY:
        for row, own in enumerate(tables[name]):
            for column, cell in own.items():
                if column in stated:
                    continue
                other = "2029" if isinstance(cell, str) else (cell or 0.0) + 0.37
                rows = [{**one, column: other} if at == row else one for at, one in enumerate(tables[name])]
                if column == "least_distance_musd":
                    rows[row][column] = 7.0
                assert not verify(loaded.case, {**tables, name: rows}, cost).passed, (name, column)
    assert not verify(loaded.case, {**tables, "order_changes": []}, cost).passed


def test_compare_has_the_nervousness_of_each_run(runs, tmp_path):
    found = fleetplan("compare", *runs[:3], "-o", tmp_path / "compared")
    assert found.exit_code == 0, found.output
    facts = json.loads((tmp_path / "compared" / "comparison.json").read_text(encoding="utf-8"))
    rows = facts["tables"]["stability"]
    assert [row["nervousness"] for row in rows] == pytest.approx([1.0, 0.0])
    assert "100.0 % of the planned order value moved" in " ".join(found.stdout.split())
    assert "100.0 % of the planned order value moved" in (tmp_path / "compared" / "comparison.md").read_text("utf-8")


def test_over_scenarios_orders_count_as_expected_and_decisions_until_futures_differ(tmp_path):
    deal = "acquisition,price_musd,last_signing\nfirm,0.001,2028\n"
    gated = OFFERS.replace("lot_size", "lot_size,requires").replace(
        "buy,1\nsecond,chip,buy,1", "buy,1,\nsecond,chip,buy,1,firm"
    )
    tables = {"acquisitions": deal, **SCENARIOS}
    was, now = (
        planner.read_case(write_tiny(tmp_path / name, offers=gated, prices=PRICES.format(first=first), **tables))
        for name, first in (("was", 100000), ("now", 103000))
    )
    before = planner.plan(was, opposites=False)
    free, near = planner.plan(now, opposites=False), planner.plan(now, opposites=False, near=before, stability=0.05)
    changes = changes_between(before.loaded, free.loaded)
    assert changes.decided == ("2027",)
    assert changes.flipped == (("deal", "firm", "", "2027"),)
    assert near.verify() == ()
    assert near.tables["stability"]["nervousness"].tolist() == [0.0]
    assert near.tables["stability"]["decided_to"].tolist() == ["2027"]
    assert near.tables["strategic_changes"].empty


@pytest.mark.slow
def test_the_same_case_stays_as_it_was_at_no_cost(tmp_path):
    case = case_with(tmp_path / "case")
    before = planner.plan(case, opposites=False)
    again = planner.plan(case, opposites=False, near=before, stability=0.0)
    assert again.loaded.manifest["objective_musd"] == pytest.approx(before.loaded.manifest["objective_musd"])
    assert again.tables["stability"]["distance_musd"].tolist() == [0.0]


def test_what_makes_no_sense_is_refused(runs, tmp_path):
    case = case_with(tmp_path / "case")
    quarters = FILES["plan.toml"].replace('"year"', '"quarter"').replace('"2027"', '"2027Q1"')
    for words, said in (
        (("--stability", "1%"), "needs an earlier plan"),
        (("--near", runs[0], "--stability", "-1%"), "must be a share"),
        (("--near", runs[0], "--stability", "much"), "must be a share"),
        (("--near", tmp_path / "nowhere"), "nowhere"),
    ):
        found = fleetplan("plan", tmp_path / "case", "-o", tmp_path / "run", "-q", *words)
        assert (found.exit_code, (tmp_path / "run").exists()) == (2, False), found.output
        assert said in " ".join(found.output.split())
    late = case_with(
        tmp_path / "late",
        plan=FILES["plan.toml"].replace('"2027"', '"2031"'),
        budgets="budget,categories,span,amount_musd\n",
    )
    other = case_with(tmp_path / "quarters", plan=quarters, budgets="budget,categories,span,amount_musd\n")
    before = planner.plan(case, opposites=False)
    for one, said in ((late, "covers no period"), (other, "plans by year")):
        with pytest.raises(CaseFaults, match=said):
            planner.plan(one, near=before)
    with pytest.raises(CaseFaults, match="from 0 % to 100 %"):
        planner.plan(case, near=before, stability=1.5)


@pytest.mark.slow
def test_the_frontier_has_the_least_cost_and_what_each_share_saves(runs, tmp_path):
    found = fleetplan("stability", runs[0].parent / "case-now", "--near", runs[0], "-o", tmp_path / "study", "-q")
    assert found.exit_code == 0, found.output
    with (tmp_path / "study" / "tables" / "frontier.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: _number(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    assert len(rows) <= 10
    # Ten units of `first` cost 0.01 more than ten of `second`: 0.99 %. Five cost half of that, and half of the value
    # stays: (0.51 + 0.505) / 2 moved of (1.02 + 0.51 + 0.505) / 2.
    nervous = {row["plan"]: row["nervousness"] for row in rows}
    assert [nervous[f"within {share} %"] for share in ("0", "0.5", "1", "5")] == pytest.approx(
        [1.0, 1.015 / 2.035, 0.0, 0.0]
    )
    assert nervous["least cost"] == pytest.approx(1.0)
    for row in rows[1:]:
        assert row["cost_musd"] <= (1.0 + row["share"]) * rows[0]["cost_musd"] + 1e-9
        assert row["least_distance_musd"] <= row["distance_musd"] + 1e-9


def _number(cell):
    try:
        return float(cell)
    except ValueError:
        return cell
