"""Plan against actual: periods, deliveries, forecasts, dates, proposals that somebody accepts, and the command."""

from __future__ import annotations

import json
import zipfile

import pytest
from typer.testing import CliRunner

import planner
from models.tables.column_descriptions import columns_of
from models.tables.strategy_rows import Uncertain
from planner.cli.commands import app
from planner.errors import CaseFaults
from tests.planner.tiny import write_tiny
from tests.planner.tracking.tracked_case import QUARTERS, TABLES, planned, rows_of

runner = CliRunner(env={"COLUMNS": "160"})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    return planned(folder), folder / "run"


@pytest.fixture(scope="module")
def yearly(tmp_path_factory):
    """A plan of two years: 12 units of chip in 2027."""
    folder = tmp_path_factory.mktemp("yearly")
    return planner.plan(planner.read_case(write_tiny(folder / "case")), opposites=False)


def actuals(folder, **tables):
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def records(found, table):
    return list(found.raw_tables[table].records())


def fault(plan, folder, **how):
    with pytest.raises(CaseFaults) as caught:
        planner.actuals(plan, folder, **how)
    return caught.value.text


def test_forecast_errors_by_hand(run, tmp_path):
    """Forecast 8.64, 12.96, 17.28, 25.92; observed 8, 16, 16, 24.

    Sums 64.8 and 64: bias 0.8 / 64. Off by 0.64, 3.04, 1.28 and 1.92: 6.88 / 64.
    """
    text = "workload,period,queries_per_day_million,share_served\nchat,2027Q1,8,1\nchat,2027Q2,16,0.5\n"
    text += "chat,2027-07,12,\nchat,2027-08,16,\nchat,2027-09,20,\nchat,2027Q4,24,\n"
    found = planner.actuals(run[0], actuals(tmp_path / "actuals", observed_demand=text))
    [error] = records(found, "forecast_errors")
    assert (error["periods"], error["bias"], error["wmape"]) == pytest.approx((4, 0.8 / 64, 6.88 / 64))
    rows = records(found, "demand")
    assert [row["observed"] for row in rows] == pytest.approx([8, 16, 16, 24])
    assert [row["share_served"] for row in rows] == [1, 0.5, None, None]
    assert "The forecast of chat was 1.2 % too high, with a weighted absolute error of 10.8 %." in found.headlines
    assert "so that no cost is compared" in found.headlines[0]


def test_delivered_against_promised_by_hand(run, tmp_path):
    """Chip: 30 promised for April, 20 come in April, 6 in May, 4 not yet; large: the second delivery is late.

    The plan has large arrive in 2027Q1 to Q4; units without a promise of their own fill these in turn.
    """
    arrivals = {row["period"]: float(row["units"]) for row in rows_of(run[1] / "tables" / "arrivals.csv")
                if row["offer"] == "large_list"}  # fmt: skip
    first, second = list(arrivals)[:2]
    assert (first, second) == ("2027Q1", "2027Q2")
    text = "offer,site,promised,units_promised,period,units\nchip_list,home,2027-04,30,2027-05,6\n"
    text += (
        f"chip_list,home,2027-04,,2027-04,20\nlarge_list,home,,,2027Q1,1\nlarge_list,home,,,2027Q3,{arrivals[first]}\n"
    )
    found = planner.actuals(run[0], actuals(tmp_path / "actuals", deliveries=text), until="2027Q4")
    chip, large = records(found, "deliveries")
    assert (chip["promised"], chip["on_time"], chip["late"], chip["outstanding"]) == (30, 20, 6, 4)
    assert chip["mean_delay_months"] == pytest.approx(6 / 26)
    # The first unit is in time; of the first quarter's the rest is six months late, and one of the second three.
    late = arrivals[first] - 1
    assert (large["on_time"], large["late"]) == pytest.approx((1, arrivals[first]))
    assert large["mean_delay_months"] == pytest.approx((6 * late + 3) / (arrivals[first] + 1))
    assert large["outstanding"] == pytest.approx(sum(arrivals.values()) - arrivals[first] - 1)


def test_more_than_was_promised_is_beyond_promises(run, tmp_path):
    text = "offer,site,promised,units_promised,period,units\nchip_list,home,2027Q1,15,2027Q1,18\n"
    found = planner.actuals(run[0], actuals(tmp_path / "actuals", deliveries=text), until="2027Q4")
    chip, _ = records(found, "deliveries")
    assert (chip["promised"], chip["on_time"], chip["unplanned"]) == (15, 15, 3)


def test_periods_of_a_plan_are_split_only_where_that_is_said(yearly, tmp_path):
    folder = actuals(tmp_path / "actuals", deliveries="offer,site,period,units\nchip_list,home,2027Q1,3\n")
    assert "Compare by shorter periods with --by and --pro-rata" in fault(yearly, folder)
    assert "Add --pro-rata to split them evenly by months." in fault(yearly, folder, by="quarter")
    assert "Use one of month, quarter, half, year." in fault(yearly, folder, by="week")
    found = planner.actuals(yearly, folder, by="quarter", pro_rata=True)
    [row] = records(found, "variance_items")
    assert (row["period"], row["planned_quantity"], row["actual_quantity"]) == ("2027Q1", 3, 3)
    assert any("split evenly by months (--pro-rata)" in note for note in found.notes)
    whole = planner.actuals(yearly, folder, until="2027")
    [row] = records(whole, "variance_items")
    assert (row["period"], row["planned_quantity"], row["volume_musd"]) == ("2027", 12, pytest.approx(-0.9))


def test_a_period_that_has_begun_is_not_compared_and_named(run, tmp_path):
    text = "workload,period,queries_per_day_million\nchat,2027Q1,8\nchat,2027Q2,16\nchat,2027-07,12\n"
    folder = actuals(tmp_path / "actuals", observed_demand=text)
    found = planner.actuals(run[0], folder)
    assert [row["period"] for row in records(found, "demand")] == ["2027Q1", "2027Q2"]
    said = "2027Q3 is not compared: the actuals end inside it. --until 2027Q3 says that it is whole."
    assert said in found.notes
    whole = planner.actuals(run[0], folder, until="2027Q3")
    assert len(records(whole, "demand")) == 3
    assert said not in whole.notes


def test_a_row_of_a_longer_period_is_a_fault(run, tmp_path):
    folder = actuals(tmp_path / "actuals", payments="period,category,item,amount_musd\n2027,power,home,1\n")
    assert fault(run[0], folder).startswith(
        "payments.csv row 2, period = 2027: is longer than the quarters that are compared. Write a row for each, or "
        "compare by longer periods: --by year."
    )
    [row] = records(planner.actuals(run[0], folder, by="year"), "variance_items")
    assert (row["period"], row["actual_musd"]) == ("2027", 1)


def test_a_category_without_items_is_compared_as_a_whole(run, tmp_path):
    text = "period,category,vendor,amount_musd\n2027Q4,maintenance,Acme,1\n"
    found = planner.actuals(run[0], actuals(tmp_path / "actuals", payments=text))
    rows = records(found, "variance_items")
    assert {(row["vendor"], row["item"]) for row in rows} == {("Acme", "")}
    planned_musd = sum(float(row["musd"]) for row in rows_of(run[1] / "tables" / "costs.csv")
                       if row["category"] == "maintenance")  # fmt: skip
    assert sum(row["planned_musd"] for row in rows) == pytest.approx(planned_musd)
    assert any("not compared, as there are no actuals" in note and "hardware" in note for note in found.notes)


def test_bills_pay_a_lease_by_unit_years_and_name_what_nothing_maps(tmp_path):
    """Ten units at 40,000 a year are leased; the bill has 2 unit-years in the first quarter for 0.09."""
    tables = {
        **TABLES, "offers": "offer,accelerator,kind,term_months\nchip_cloud,chip,lease,12\n",
        "prices": "offer,period,unit_price_usd\nchip_cloud,2027Q1,40000\n",
        "demand": "workload,period,queries_per_day_million\nchat,2027Q1,8.64\n",
        "accelerators": "accelerator,vendor,it_kw,life_years\nchip,maker,1,3\n",
        "throughput": "accelerator,workload,queries_per_second\nchip,chat,10\n",
        "limits": "limit,span,amount\nchips,2027,100\n", "limit_use": "limit,offer,use_per_unit\nchips,chip_cloud,1\n",
    }  # fmt: skip
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "case", **tables)), opposites=False)
    head = (
        "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ProviderName,SkuId,ContractApplied,"
    )
    head += "PricingQuantity\n"
    when = "USD,2027-01-01T00:00:00Z,2027-04-01T00:00:00Z,Cloud"
    applied = '"{""Elements"": [{""ContractCommitmentId"": ""C1""}]}"'
    bills = f"{head}100000,90000,{when},GPU,{applied},17520\n5,7000,{when},DISK,,\n"
    contract = (
        "ContractId,ContractCommitmentId,ContractCommitmentCategory,ContractCommitmentPeriodStart,"
        "ContractCommitmentPeriodEnd,ContractCommitmentCost,BillingCurrency\n"
        "C,C1,Spend,2027-01-01T00:00:00Z,2028-01-01T00:00:00Z,400000,USD\n"
    )
    mapping = f"column,key,item,units_per_quantity\nContractCommitmentId,C1,chip_cloud,{1 / 8760!r}\n"
    found = planner.actuals(plan, actuals(tmp_path / "actuals", bills=bills, contract=contract, bill_items=mapping))
    [row] = records(found, "variance_items")
    assert (row["unit"], row["planned_quantity"], row["actual_quantity"]) == ("unit-years", 2.5, pytest.approx(2))
    # Price (45,000 − 40,000) · 2, volume −0.5 · 40,000.
    assert (row["price_musd"], row["volume_musd"]) == pytest.approx((0.01, -0.02))
    [left] = records(found, "not_compared")
    assert (left["place"], left["what"], left["musd"]) == ("bills.csv row 3", "SkuId DISK", pytest.approx(0.007))
    assert any(line.startswith("1 row of bills, 0.0070 USD million") for line in found.headlines)
    [sums] = records(found, "bills")
    assert (sums["rows"], sums["billed_musd"], sums["effective_musd"], sums["mapped_musd"]) == pytest.approx(
        (2, 0.100005, 0.097, 0.09)
    )
    assert (sums["contracted_musd"], sums["list_musd"]) == (None, None)
    [commitment] = records(found, "contract_commitments")
    assert (commitment["committed_musd"], commitment["applied_musd"]) == (0.4, 0.09)


def test_failures_power_and_what_comes_later(run, tmp_path):
    fleet = (
        "accelerator,site,change,period,units,proceeds_musd\nchip,home,failed,2027Q2,1,\nchip,home,sold,2027Q3,2,0.1\n"
    )
    fleet += "chip,home,sold,2028Q1,5,0.2\n"
    power = "site,period,mwh,peak_mw\nhome,2027-01,5,0.02\nhome,2027-02,6,0.03\n"
    found = planner.actuals(
        run[0], actuals(tmp_path / "actuals", fleet_changes=fleet, power_used=power), until="2027Q4"
    )
    owned = sum(
        float(row["units"]) / 4 for row in rows_of(run[1] / "tables" / "fleet.csv") if row["accelerator"] == "chip"
    )
    [failed] = records(found, "failures")
    assert (failed["failed"], failed["unit_years"]) == (1, pytest.approx(owned))
    [row] = [row for row in records(found, "variance_items") if row["category"] == "resale"]
    assert (row["actual_musd"], row["actual_quantity"]) == (-0.1, 2)
    [used] = records(found, "power_used")
    assert (used["used_mwh"], used["peak_mw"]) == (11, 0.03)
    assert {row["why"] for row in records(found, "not_compared")} == {"lies after the compared periods"}


def test_proposals_are_rows_of_uncertain_and_nothing_takes_them_unasked(run, tmp_path):
    text = "workload,period,queries_per_day_million\n"
    text += "".join(f"chat,{quarter},{demand}\n" for quarter, demand in zip(QUARTERS, (9, 12, 20, 26), strict=True))
    folder = actuals(tmp_path / "actuals", observed_demand=text)
    result = runner.invoke(app, ["actuals", str(run[1]), str(folder), "-o", str(tmp_path / "study")])
    assert result.exit_code == 0, result.output
    rows = rows_of(tmp_path / "study" / "tables" / "proposed_uncertain.csv")
    assert list(rows[0]) == list(columns_of(Uncertain))
    assert not (run[1] / "inputs" / "uncertain.csv").exists()
    accepted = tmp_path / "next"
    again = ["actuals", str(run[1]), str(folder), "-o", str(tmp_path / "other"), "--accept", str(accepted), "--json"]
    result = runner.invoke(app, again)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["case_folder"] == str(accepted)
    case = planner.read_case(accepted)
    [row] = case.read.case.uncertain
    assert (row.table, row.key, row.column, row.effect) == ("demand", "chat", "queries_per_day_million", "multiply")
    assert float(rows[0]["p1"]) == row.p1
    assert case.read.case.demand == run[0].case.read.case.demand
    assert (tmp_path / "study" / "actuals" / "observed_demand.csv").read_bytes() == text.encode()
    # Accepting twice puts the row in place of the first.
    assert len(planner.actuals(planner.load_run(run[1]), folder).accept().read.case.uncertain) == 1


def test_without_proposals_nothing_can_be_accepted(run, tmp_path):
    folder = actuals(tmp_path / "actuals", payments="period,category,item,amount_musd\n2027Q1,power,home,1\n")
    with pytest.raises(CaseFaults, match="nothing is proposed"):
        planner.actuals(run[0], folder).accept()


def test_text_of_the_actuals_becomes_no_formula_and_no_markup(run, tmp_path):
    rows = "2027Q1,agreement,=1+1,1\n2027Q1,variable,<script>alert(1)</script>,1\n"
    folder = actuals(tmp_path / "actuals", payments="period,category,vendor,amount_musd\n" + rows)
    study = planner.actuals(run[0], folder).write(tmp_path / "study")
    assert "<script>alert" not in (study / "report.html").read_text(encoding="utf-8")
    with zipfile.ZipFile(study / "study.xlsx") as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any("<f>1+1" in sheet for sheet in sheets)
    assert "'=1+1" in (study / "tables" / "variance_items.csv").read_text(encoding="utf-8")


def test_documents_show_labels_and_tables_keep_ids(tmp_path):
    tables = TABLES | {"offers": "offer,accelerator,kind,lot_size,label\nchip_list,chip,buy,1,List price of the chip\n"
                       "large_list,large,buy,1,\n"}  # fmt: skip
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "case", **tables)), opposites=False)
    folder = actuals(tmp_path / "actuals", deliveries="offer,site,period,units\nchip_list,home,2027Q4,3\n")
    study = planner.actuals(plan, folder).write(tmp_path / "study")
    assert "List price of the chip" in (study / "study.md").read_text(encoding="utf-8")
    assert {row["offer"] for row in rows_of(study / "tables" / "deliveries.csv")} == {"chip_list", "large_list"}


def test_a_plan_over_scenarios_asks_which_came(tmp_path):
    tables = {
        **TABLES,
        "scenarios": "scenario,probability,revealed\ncalm,0.5,2027Q1\nwild,0.5,2027Q3\n",
        "scenario_values": "scenario,table,key,column,period,effect,value\n"
        "wild,demand,chat,queries_per_day_million,2027Q3,multiply,1.5\n",
    }
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "case", **tables)), opposites=False)
    power = "site,period,mwh,cost_musd\n" + "".join(f"home,{quarter},1,1\n" for quarter in QUARTERS)
    folder = actuals(tmp_path / "actuals", power_used=power)
    assert (
        "plans differently for its scenarios in the compared periods. Say which came with --scenario: calm, wild"
        in fault(plan, folder)
    )
    assert "Did you mean calm?" in fault(plan, folder, scenario="clam")
    costs = {name: planner.actuals(plan, folder, scenario=name).raw_tables["by_category"] for name in ("calm", "wild")}
    assert list(costs["calm"].records()) != list(costs["wild"].records())
    before = planner.actuals(plan, folder, until="2027Q1")
    assert len(records(before, "variance_items")) == 1


def test_dates_are_late_by_the_middles_of_their_labels(tmp_path):
    text = {
        **TABLES,
        "expansions": "expansion,site,module_mw,cost_musd_per_module,max_modules\nhall,home,1,0.01,2\n",
        "sites": "site,power_mw,pue,electricity_usd_per_mwh\nhome,0.02,1,50\n",
    }
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "case", **text)), opposites=False)
    [built] = {row["period"] for row in plan.loaded.records("expansions")}
    assert built in QUARTERS
    folder = actuals(
        tmp_path / "actuals",
        event_dates=f"item,event,period\nhall,energised,2028-02\nhall,ordered,{built}\n",
        payments="period,category,item,amount_musd\n2027Q4,expansion,hall,0.01\n",
    )
    found = planner.actuals(plan, folder)
    late, in_time = records(found, "event_dates")
    quarter = int(built[-1])
    assert late["months_late"] == pytest.approx(13.5 - 3 * (quarter - 1) - 1.5)
    assert in_time["months_late"] == 0
    timing = {
        row["period"]: row["timing_musd"] for row in records(found, "variance_items") if row["category"] == "expansion"
    }
    assert timing == ({built: pytest.approx(-0.01), "2027Q4": pytest.approx(0.01)} if quarter < 4 else {built: 0})
