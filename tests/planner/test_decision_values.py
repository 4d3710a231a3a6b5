"""What each strategic decision of a plan is worth: the table of the run by hand, over scenarios too, and its sentences.

100 queries/s are served by 12 units at 0.1 USD million (three lots of four, 1.2 in all), or, once a company of 0.3 USD
million is bought, by five units of twice the speed at the same price (0.5): the company saves 0.4.
"""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import planner
from planner.cli.commands import app
from tests.planner.tiny import write_tiny

TABLES = {
    "accelerators": "accelerator,vendor,it_kw,life_years,reference_price_usd\n"
    "chip,maker,1,3,100000\nfast,maker,1,3,100000\n",
    "throughput": "accelerator,workload,queries_per_second\nchip,chat,10\nfast,chat,20\n",
    "offers": "offer,accelerator,kind,lot_size,requires\nchip_list,chip,buy,4,\nfast_list,fast,buy,1,firm\n",
    "prices": "offer,period,unit_price_usd\nchip_list,2027,100000\nfast_list,2027,100000\n",
    "sites": "site,power_mw,pue,electricity_usd_per_mwh\nhome,1,1,0\n",
    "acquisitions": "acquisition,price_musd,last_signing\nfirm,0.3,2027\nother,0.2,2027\n",
}
SCENARIOS = {
    "scenarios": "scenario,probability,revealed\nsame,0.5,2027\nless,0.5,2028\n",
    "scenario_values": "scenario,table,key,period,effect,value,column\n"
    "less,demand,chat,2028,multiply,0.5,queries_per_day_million\n",
}
HALF_YEAR = 1.1**-0.5
"""Money of a year is discounted from its middle."""
runner = CliRunner(env={"COLUMNS": "160"})


def values(plan):
    return {row["item"]: row for row in plan.tables["decision_values"].to_dict("records")}


@pytest.mark.parametrize("further", [{}, SCENARIOS], ids=["one future", "scenarios"])
def test_the_opposite_of_each_decision_and_the_price_it_pays_up_to(further, tmp_path):
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "tiny", **TABLES, **further)))
    assert plan.verify() == ()
    rows = values(plan)
    firm, other = rows["firm"], rows["other"]
    assert (firm["taken"], other["taken"]) == ("yes", "no")
    # The gap of the search is a millionth.
    assert firm["cost_low_musd"] == pytest.approx(0.4 * HALF_YEAR, abs=1e-5)
    assert firm["cost_high_musd"] == pytest.approx(0.4 * HALF_YEAR, abs=1e-5)
    assert firm["share_low"] == pytest.approx(0.4 / 0.8, abs=1e-4)
    assert (firm["price_musd"], firm["pays_to_musd"]) == (0.3, pytest.approx(0.7, abs=1e-4))
    # The other company costs 0.2 and does nothing.
    assert other["cost_low_musd"] == pytest.approx(0.2 * HALF_YEAR, abs=1e-5)


def test_a_budget_without_room_ends_what_a_decision_pays_up_to(tmp_path):
    budgets = "budget,categories,span,amount_musd\ncompute,all,2027,1.25\ncompute,all,2028,5\n"
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "tiny", **TABLES, budgets=budgets)))
    # 0.8 of 1.25 are spent, so that there is room for 0.45 more, where 0.4 are saved; of 0.9 there is room for 0.1.
    assert values(plan)["firm"]["pays_to_musd"] == pytest.approx(0.7, abs=1e-4)
    tight = write_tiny(tmp_path / "tight", **TABLES, budgets=budgets.replace("1.25", "0.9"))
    workload = "workload,min_service,penalty_usd_per_1000\nchat,0,5\n"
    (tight / "workloads.csv").write_text(workload, encoding="utf-8")
    assert values(planner.plan(planner.read_case(tight)))["firm"]["pays_to_musd"] == pytest.approx(0.4, abs=1e-4)


def test_the_first_page_says_what_each_decision_is_worth_and_the_option_leaves_it_out(tmp_path):
    case = write_tiny(tmp_path / "tiny", **TABLES)
    shown = runner.invoke(app, ["plan", str(case), "-o", str(tmp_path / "run"), "-q"])
    assert shown.exit_code == 0, shown.output
    line = (
        "firm (deal, 2027): without it +0.38 USD million (50.00 %); pays at least up to a price of 0.70 USD million "
        "(it is 0.30)."
    )
    words = " ".join(shown.output.split())
    assert line in words
    assert "other (deal, not taken): with it +0.19 USD million (25.00 %)." in words
    assert line in " ".join((tmp_path / "run" / "plan.md").read_text(encoding="utf-8").split())
    left_out = runner.invoke(
        app, ["plan", str(case), "-o", str(tmp_path / "without"), "--no-opposites", "-q", "--json"]
    )
    assert (
        "decision_values" not in json.loads((tmp_path / "without" / "plan.json").read_text(encoding="utf-8"))["tables"]
    )
    assert left_out.exit_code == 0
    assert planner.load_run(tmp_path / "run").verify() == ()


def test_a_decision_without_opposite_says_so(tmp_path):
    offers = TABLES["offers"].replace("chip_list,chip,buy,4,", "chip_list,chip,buy,4,firm")
    commitments = "kind,item,period,status\nclose,other,2026,done\n"
    plan = planner.plan(
        planner.read_case(write_tiny(tmp_path / "tiny", **TABLES | {"offers": offers}, commitments=commitments))
    )
    rows = values(plan)
    assert rows["firm"]["note"] == "no plan has the opposite"
    assert rows["other"]["note"] == "made before the plan"
