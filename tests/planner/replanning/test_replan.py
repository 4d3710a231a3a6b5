"""The command and the function that make the next plan of a run."""

import json

import pytest
from typer.testing import CliRunner

import planner
from planner.case import read_case
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.replanning.carried_case import position_of
from planner.studies.questions.replan import rest_musd
from planner.verification.written_runs import verify_run

runner = CliRunner()
FILES = {
    "plan.toml": 'schema_version = 1\nname = "small"\ncurrency_basis = "real"\nstart = "2027"\n'
    'period = "year"\nperiods = 4\n'
    "discount_rate = 0.08\n",
    "workloads.csv": "workload,penalty_usd_per_1000\nchat,2\n",
    "demand.csv": "workload,period,queries_per_day_million\nchat,2027,8.64\nchat,2029,17.28\n",
    "accelerators.csv": "accelerator,vendor,it_kw,life_years,failure_rate_per_year,reference_price_usd\n"
    "alpha,verde,1,3,0.05,20000\n",
    "throughput.csv": "accelerator,workload,queries_per_second,software_gain_per_year\nalpha,chat,1,0.1\n",
    "offers.csv": "offer,accelerator,kind,lead_time_months,deposit_share,last_order\n"
    "list,alpha,buy,12,0.3,\nold_list,alpha,buy,12,0.3,2027\n",
    "prices.csv": "offer,period,unit_price_usd\nlist,2027,20000\nlist,2028,19000\nold_list,2027,40000\n",
    "sites.csv": "site,electricity_usd_per_mwh\nhome,60\n",
    "opening_fleet.csv": "accelerator,site,units,in_service_since\nalpha,home,60,2026\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2028,50\nall,all,2029..2030,50\n",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A case in a folder and its run."""
    place = tmp_path_factory.mktemp("replan")
    folder = place / "case"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    plan = planner.plan(planner.read_case(folder), gap=0.0)
    plan.write(place / "run")
    return place / "run"


def test_the_next_plan_costs_what_the_rest_of_the_plan_did_and_says_what_it_has_of_it(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["replan", str(run), "--as-of", "2028", "--gap", "0", "-o", "next", "--json", "-q"]
    result = runner.invoke(app, asked)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["objective_musd"] == pytest.approx(
        rest_musd(position_of(planner.load_run(run).loaded, "2028")), rel=1e-7
    )
    before, after = found["tables"]["costs_from_the_date"]
    assert before["most_musd"] == pytest.approx(after["most_musd"], rel=1e-7)
    carried = {(row["table"], row["what"]): row for row in found["tables"]["carried_over"]}
    assert carried["open_orders", "on order"]["amount"] > 0
    assert "orders row 2" in carried["open_orders", "on order"]["source"]
    assert carried["opening_fleet", "owned"]["amount"] == pytest.approx(57.0, abs=1e-6)
    case = read_case(tmp_path / "next").case
    assert (case.settings.start, case.settings.periods, case.settings.carried_from) == ("2028", 3, "run")
    assert case.throughput[0].as_of == "2027"
    assert case.budgets[0].span == "2028"
    text = (tmp_path / "next" / "README.md").read_text(encoding="utf-8")
    assert "| open_orders | list home 2028 | on order |" in text
    assert verify_run(tmp_path / found["folder"]).passed
    assert (tmp_path / found["study_folder"] / "comparison" / "comparison.html").is_file()
    assert found["comparison"]["runs"][0]["name"] == "run"


def test_the_function_gives_the_case_the_plan_and_the_list(run, tmp_path):
    plan = planner.load_run(run)
    result = planner.replan(plan, as_of="2029", gap=0.0)
    assert result.plan.objective_musd == pytest.approx(rest_musd(position_of(plan.loaded, "2029")), rel=1e-7)
    assert result.case.settings["start"] == "2029"
    assert not result.tables["carried_over"].empty
    assert "The base: " in repr(result)
    assert (result.write(tmp_path / "study") / "report.html").is_file()


def test_new_prices_are_of_new_orders_and_old_orders_keep_theirs(run):
    plan = planner.load_run(run)
    prices = plan.case.tables["prices"]
    prices["unit_price_usd"] = prices["unit_price_usd"] * 2
    same, dear = (planner.replan(plan, as_of="2028", tables=tables, gap=0.0) for tables in (None, {"prices": prices}))
    owed = [result.case.tables["open_orders"]["balance_usd_per_unit"][0] for result in (same, dear)]
    assert owed[0] == owed[1] == pytest.approx(0.7 * 20000)
    assert dear.plan.objective_musd > same.plan.objective_musd + 0.01


def test_fenced_decisions_are_held_although_others_would_be_cheaper_now(run):
    plan = planner.load_run(run)
    demand = plan.case.tables["demand"]
    demand["queries_per_day_million"] = demand["queries_per_day_million"] * 1.5
    free, held = (planner.replan(plan, as_of="2028", tables={"demand": demand}, fence=n, gap=0.0) for n in (0, 2))
    old = plan.tables["orders"].set_index("period")["units"]
    new = held.plan.tables["orders"].set_index("period")["units"]
    for period in ("2028", "2029"):
        assert new.get(period, 0.0) == pytest.approx(old.get(period, 0.0), abs=1e-6)
    assert free.plan.objective_musd < held.plan.objective_musd - 1e-3
    assert held.tables["not_kept"].empty
    assert set(held.tables["fenced"]["item"]) == {"list"}


def test_what_cannot_be_kept_gives_way_by_name_at_its_worth(run):
    plan = planner.load_run(run)
    budgets = plan.case.tables["budgets"]
    budgets["span"], budgets["amount_musd"] = ["2027..2028", "2029..2030"], [50.0, 0.2]
    held = planner.replan(plan, as_of="2028", tables={"budgets": budgets}, fence=2, fence_kinds=["orders"], gap=0.0)
    moved = held.tables["not_kept"].set_index("period")
    (period,) = moved.index
    assert period in ("2028", "2029")
    (row,) = moved.to_dict("records")
    assert row["new"] < row["old"]
    assert row["moved_musd"] == pytest.approx((row["old"] - row["new"]) * 0.019, rel=1e-6)
    assert "budget all" in row["why"]
    orders = held.plan.tables["orders"].set_index("period")["units"]
    assert orders.get(period, 0.0) == pytest.approx(row["new"], abs=1e-5)
    with pytest.raises(CaseFaults, match="--fence-kinds"):
        planner.replan(plan, as_of="2028", fence=1, fence_kinds=["purchases"])


def written(folder, **tables):
    """A folder of actuals."""
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_what_came_takes_the_place_of_the_plan(run, tmp_path):
    plan = planner.load_run(run)
    planned = plan.tables["arrivals"].set_index("period")["units"]
    ordered = float(planned["2028"])
    actuals = written(
        tmp_path / "actuals",
        deliveries="offer,site,promised,units_promised,period,units,balance_usd_per_unit\n"
        f"list,home,2028,{ordered},2028,10,\nlist,home,2030,{ordered - 10},,,9000\n",
        fleet_changes="accelerator,site,change,period,in_service_since,units\nalpha,home,failed,2028,2026,7\n",
        payments="period,category,item,amount_musd\n2028,hardware,list,0.4\n",
    )
    as_planned, as_came = (planner.replan(plan, as_of="2029", actuals=what, gap=0.0) for what in (None, actuals))
    fleet = as_came.case.tables["opening_fleet"].set_index("in_service_since")["units"]
    assert fleet["2026"] == pytest.approx(60 - 7, abs=1e-6)
    assert fleet["2028"] == pytest.approx(10, abs=1e-6)
    late = as_came.case.tables["open_orders"].set_index("due").loc["2030"]
    assert late["units"] == pytest.approx(ordered - 10, abs=1e-6)
    assert late["balance_usd_per_unit"] == 9000
    said = as_came.tables["carried_over"]
    assert said["source"].str.contains("actuals: deliveries.csv row").any()
    assert as_came.plan.objective_musd > as_planned.plan.objective_musd


def test_actuals_that_are_the_plan_change_nothing(run, tmp_path):
    plan = planner.load_run(run)
    arrivals = plan.tables["arrivals"]
    past = arrivals[arrivals["period"].astype(str) < "2030"]
    rows = [f"list,{row.site},{row.period},{row.units!r}" for row in past.itertuples()]
    text = "\n".join(["offer,site,period,units", *rows])
    actuals = written(tmp_path / "actuals", deliveries=text + "\n")
    cases = [planner.replan(plan, as_of="2030", actuals=what, gap=0.0).case for what in (None, actuals)]
    fleets = [case.tables["opening_fleet"].set_index("in_service_since")["units"] for case in cases]
    assert fleets[1].to_dict() == pytest.approx(fleets[0].to_dict(), abs=1e-6)


def test_what_is_late_is_kept_apart_from_what_may_be_cancelled(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    for name, text in FILES.items():
        text = text.replace("deposit_share,", "deposit_share,cancel_until_months,cancel_fee_share,")
        text = text.replace("12,0.3,", "12,0.3,0,0.1,")
        (folder / name).write_text(text, encoding="utf-8")
    plan = planner.plan(planner.read_case(folder), gap=0.0)
    ordered = plan.tables["orders"].set_index("period")["units"]
    came = written(
        tmp_path / "came",
        deliveries=f"offer,site,period,units\nlist,home,2028,{float(ordered['2027']) - 3.0}\n",
    )
    result = planner.replan(plan, as_of="2029", actuals=came, gap=0.0)
    due = result.case.tables["open_orders"].fillna({"ordered": ""}).set_index("ordered")
    assert due.loc["2028", "units"] == pytest.approx(float(ordered["2028"]))
    assert due.loc["2028", "paid_usd_per_unit"] == pytest.approx(0.3 * 19000)
    assert due.loc["", "units"] == pytest.approx(3.0)
    assert any("not known when it was ordered" in note for note in result.notes)


def test_what_does_not_fit_is_refused_and_nothing_is_written(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "price.csv").write_text("offer\nlist\n", encoding="utf-8")
    plan = planner.load_run(run)
    with pytest.raises(CaseFaults, match=r"price\.csv"):
        planner.replan(plan, as_of="2028", tables=tmp_path / "new")
    with pytest.raises(CaseFaults, match="--branch"):
        planner.replan(plan, as_of="2028", branch="calm")
    result = runner.invoke(app, ["replan", str(run), "--as-of", "2031", "-o", "next"])
    assert result.exit_code == 2
    assert "Later periods: 2028 to 2030." in result.output
    assert not (tmp_path / "next").exists()
    assert not (tmp_path / "outputs").exists()
