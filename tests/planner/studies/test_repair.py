"""The command and function `repair` on a small case without a plan: its menu, what is written, and what is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import planner
from models.least_repair import InputChange
from models.whatif.changeable_inputs import changeable_inputs
from planner.case.read import read_files
from planner.cli.commands import app
from planner.repaired_case import CellChange, repaired
from planner.studies.repair_texts import change_text
from planner.studies.repair_work import change_facts
from tests.planner.tiny import FILES, INPUTS, write_tiny

runner = CliRunner(env={"COLUMNS": "200"})

# 100 queries a second need ten units of ten a second each year. What is bought arrives a year late, so that 2027 needs
# leases, of which one lot of 4 may be taken a period: 40 %. Three lots are enough (0.6 a year for 12 units at 0.05), or
# deliveries at once (10 units at 0.1: 1.0), or 40 % of service.
BROKEN = {
    "offers": "offer,accelerator,kind,lot_size,lead_time_months,max_lots_per_period,term_months,note\n"
    "# what can be had\n"
    'chip_list,chip,buy,,12,,,"late, as told"\n'
    "cloud,chip,lease,4,0,1,12,\n",
    "prices": "offer,period,unit_price_usd\nchip_list,2027,100000\ncloud,2027,50000\n",
    "workloads": "workload,min_service,penalty_usd_per_1000\nchat,1,5\n",
    "sites": "site,pue,electricity_usd_per_mwh\nhome,1,0\n",
}


def invoked(*arguments):
    return runner.invoke(app, [str(part) for part in arguments])


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("repair") / "tiny", **BROKEN)


@pytest.fixture(scope="module")
def study(broken):
    """What the command prints as JSON; the second repair is applied to a folder."""
    place = broken.parent / "applied"
    ended = invoked(
        "repair",
        broken,
        "--apply",
        2,
        "-o",
        place,
        "--points",
        broken.parent / "points",
        "--json",
        "-q",
        "--workers",
        1,
    )
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def test_three_kinds_are_enough_with_the_values_and_costs_of_the_hand(study):
    """What the cheapest plan after each repair costs, discounted at mid-year with 10 % (1.1 ** -0.5 = 0.953463).

    Deliveries at once: 6 units for 0.6 USD million in 2027 and a lot of leases, 0.2 in each year, are less (0.9361)
    than 10 units for 1.0 (0.9535). Three lots of leases: 12 units at 0.05 a year are 0.6 in 2027, and in 2028 buying
    (0.1 a unit, ordered in 2027) is dearer than 0.6 · 1.1 ** -1.5 (0.5201) of leases: 1.0921. Service of 40 %: each of
    6 units' work not done is 10 queries/s for a year, 315,360 thousand queries, 1.5768 USD million at the penalty.
    """
    rows = study["tables"]["repairs"]
    menu = {row["kind"]: row for row in rows}
    assert set(menu) == {"time", "service", "supply"}
    assert [row["repair"] for row in rows] == [1, 2, 3]
    assert menu["time"]["change"] == "Deliver chip_list at once instead of 12 months after the order"
    assert menu["supply"]["change"] == "Raise the maximum order of cloud from 1 to 3 lots a period"
    assert menu["service"]["change"] == "Lower the minimum service of chat from 100 to 40 %"
    assert menu["time"]["cost_musd"] == pytest.approx(0.8 * 1.1**-0.5 + 0.2 * 1.1**-1.5, rel=1e-4)
    assert menu["supply"]["cost_musd"] == pytest.approx(0.6 * (1.1**-0.5 + 1.1**-1.5), rel=1e-4)
    assert menu["service"]["price_musd"] == pytest.approx(6 * 1.5768 * 1.1**-0.5, rel=1e-4)
    assert menu["time"]["price_musd"] is None
    assert [row["cost_musd"] for row in rows] == sorted(row["cost_musd"] for row in rows)
    for row in rows:
        assert (row["minimal"], row["tried"]) == ("proven", "a plan, checked")
        assert row["bound_musd"] <= row["cost_musd"]
    assert (menu["time"]["size"], menu["service"]["size"], menu["supply"]["size"]) == (12.0, 60.0, 200.0)


def test_every_change_names_the_next_smaller_one_that_is_not_enough(study):
    rows = {row["table"]: row for row in study["tables"]["changes"] if row["table"] != "offers"}
    assert (rows["workloads"]["before"], rows["workloads"]["after"]) == ("100 %", "40 %")
    assert rows["workloads"]["smaller"] == "40.1 %"
    assert {row["proof"] for row in study["tables"]["changes"]} == {"proven to have no plan"}
    lots = next(row for row in study["tables"]["changes"] if row["column"] == "max_lots_per_period")
    assert (lots["row"], lots["smaller"]) == (2, "2 lots a period")


def test_what_is_not_enough_alone_is_said_with_its_proof(study):
    verdicts = {row["kind"]: row["verdict"] for row in study["tables"]["kinds"]}
    assert verdicts["money"] == "cannot: proven to have no plan, even with all such inputs at their loosest"
    assert verdicts["power"] == verdicts["rules"] == "nothing to change: the case has no such input"
    assert study["headlines"][0].startswith(
        "tiny has no plan. These requirements conflict: the minimum service levels;"
    )
    assert study["headlines"][-1] == "Proven not to be enough alone: money."


def test_a_repair_that_is_applied_changes_its_cells_and_nothing_else(study, broken):
    place = broken.parent / "applied"
    assert study["case_folder"] == str(place)
    second = study["tables"]["repairs"][1]
    assert second["kind"] == "supply"
    before, after = ((folder / "offers.csv").read_text(encoding="utf-8").splitlines() for folder in (broken, place))
    assert [line for line in after if line not in before] == ["cloud,chip,lease,4,0,3,12,"]
    assert [line for line in before if line not in after] == ["cloud,chip,lease,4,0,1,12,"]
    for name in FILES:
        if name != "offers.csv":
            assert (place / name).read_bytes() == (broken / name).read_bytes()
    assert "- Raise the maximum order of cloud from 1 to 3 lots a period." in (place / "README.md").read_text()
    ended = invoked("plan", place, "-o", broken.parent / "run", "--json", "-q")
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["objective_musd"] == pytest.approx(second["cost_musd"], rel=1e-4)


def test_the_study_is_written_with_page_workbook_markdown_and_tables(study):
    folder = Path(study["folder"])
    assert {"report.html", "study.xlsx", "study.md", "study.json"} <= {path.name for path in folder.iterdir()}
    with (folder / "tables" / "repairs.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["time", "supply", "service"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    for line in study["headlines"]:
        assert line.split(":")[0] in page


def test_in_python_a_repair_gives_a_case_that_has_a_plan(broken, study):
    menu = planner.repair(planner.read_case(broken), workers=1, points=broken.parent / "points")
    assert list(menu.headlines) == study["headlines"]
    case = menu.apply(1)
    assert case.tables["offers"]["lead_time_months"].tolist() == [0.0, 0.0]
    assert planner.plan(case).objective_musd == pytest.approx(0.8 * 1.1**-0.5 + 0.2 * 1.1**-1.5, rel=1e-4)
    with pytest.raises(
        planner.CaseFaults, match=r"--apply, 4: is not the number of a repair\. Choose one of 1, 2, 3\."
    ):
        menu.apply(4)


def test_a_case_with_a_plan_has_nothing_to_repair(tmp_path):
    ended = invoked("repair", write_tiny(tmp_path / "fine"), "--points", tmp_path / "points", "-q", "--workers", 1)
    assert ended.exit_code == 2
    assert "tiny: has a plan that meets all requirements, so there is nothing to repair." in ended.output
    assert not (tmp_path / "outputs").exists()


def test_apply_without_a_place_is_refused(broken):
    ended = invoked("repair", broken, "--apply", 1)
    assert ended.exit_code == 2
    assert "its place is not given" in ended.output


@pytest.mark.slow
def test_a_workbook_is_repaired_as_a_workbook(broken, study, tmp_path):
    book = tmp_path / "tiny.xlsx"
    assert invoked("convert", broken, book).exit_code == 0
    points = tmp_path / "points"
    ended = invoked("repair", book, "--apply", 1, "-o", tmp_path / "out.xlsx", "--points", points, "-q", "--workers", 1)
    assert ended.exit_code == 0, ended.output
    case = planner.read_case(tmp_path / "out.xlsx")
    assert case.tables["offers"]["lead_time_months"].tolist() == [0.0, 0.0]
    assert case.tables["offers"]["max_lots_per_period"].tolist()[1] == 1.0


def test_a_scenario_that_cannot_be_met_is_named_and_repaired(tmp_path):
    """Ten units are enough for the scenario `low`; `high` asks for 14 in 2028, and 12 lots of one unit may be had.

    14 queries/s need 14 lots in one order, as nothing may be ordered in 2027: 2 more than 12.
    """
    case = write_tiny(
        tmp_path / "tree",
        offers="offer,accelerator,kind,lot_size,max_lots_per_period,first_order\nchip_list,chip,buy,1,12,2028\n",
        demand="workload,period,queries_per_day_million\nchat,2027,0\nchat,2028,8.64\n",
        sites="site,pue,electricity_usd_per_mwh\nhome,1,0\n",
        scenarios="scenario,probability,revealed\nlow,0.5,2028\nhigh,0.5,2028\n",
        scenario_values="scenario,table,key,period,effect,value,column\n"
        "high,demand,chat,2028,multiply,1.4,queries_per_day_million\n",
    )
    ended = invoked(
        "repair", case, "--points", tmp_path / "points", "-o", tmp_path / "out", "--json", "-q", "--workers", 1
    )
    assert ended.exit_code == 0, ended.output
    said = json.loads(ended.stdout)
    assert said["headlines"][0].startswith("tiny has no plan in the scenario high, even planned by itself.")
    menu = {row["kind"]: row for row in said["tables"]["repairs"]}
    assert menu["supply"]["change"] == "Raise the maximum order of chip_list from 12 to 14 lots a period"
    # 12 of 14 units serve 85.7 % of the demand of `high`.
    assert menu["service"]["change"] == "Lower the minimum service of chat from 100 to 85.7 %"
    assert menu["time"]["change"] == "Order chip_list from 2027 on instead of 2028"
    # Half of the time 10 units, half of it 14, at 0.1 USD million in 2028.
    assert menu["supply"]["cost_musd"] == pytest.approx(0.1 * 12 * 1.1**-1.5, rel=1e-4)


def test_an_infeasible_plan_points_to_repair(broken, tmp_path):
    ended = invoked("plan", broken, "-o", tmp_path / "run", "-q")
    assert ended.exit_code == 3
    assert "`fleetplan repair CASE` lists the least repairs by kind" in ended.output


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("lead", ["", "sep=;\n"])
def test_cells_are_written_in_the_style_of_their_file(mark, lead):
    """A file with semicolons, comments, quoted line ends and a decimal comma keeps all of that."""
    budgets = (
        "# budgets\nbudget;categories;span;amount_musd;note\n\n"
        f'compute;all;2027;1{mark}5;"two\nlines; quoted"\ncompute;all;2028;2{mark}5;\n'
    )
    files = {**{name: text.encode() for name, text in FILES.items()}, "budgets.csv": (lead + budgets).encode()}
    read = read_files(files)
    made = repaired(read, [CellChange("budgets", 1, "amount_musd", "3.25")])
    assert made["budgets.csv"].decode() == (lead + budgets).replace(f"2{mark}5", f"3{mark}25")
    assert {name: data for name, data in made.items() if name != "budgets.csv"} == {
        name: data for name, data in files.items() if name != "budgets.csv"
    }


@pytest.mark.parametrize("name", ["frontier-lab", "make-or-buy-2023", "mid-size", "frontier-lab-futures"])
def test_every_changeable_input_of_the_shipped_cases_has_words(name):
    case = planner.read_case(INPUTS / name).read.case
    inputs = changeable_inputs(case)
    assert {one.kind.value for one in inputs} >= {"money", "service", "supply"}
    for one in inputs:
        value = one.choices[0] if one.choices else one.farthest
        text = change_text(case, change_facts(InputChange(one, value, one.now, is_proven=True)))
        assert "None" not in text
        assert "{" not in text
