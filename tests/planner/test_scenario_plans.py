"""Plans over scenarios as runs: made, written, checked again from their files, and told for what they are."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import pptx
import pytest
from typer.testing import CliRunner

import planner
from models.checks.worth_checks import MEANINGS
from planner.cli.commands import app
from planner.documents.html.document_page import document_html
from planner.errors import Fault
from planner.plan_documents import scenario_document
from planner.results.loaded_run import read_run
from planner.verification.written_runs import verify_run
from tests.planner.forging import field, forged

KNOWN = Path(__file__).parents[1] / "cases" / "known" / "scenarios-ignored"
BY_HAND = 10 / 1.1**0.5 + (0.5 * 5 + 0.3 * 10 + 0.2 * 20) / 1.1**1.5


def case_with(folder, **texts):
    """The known case with risk left out and other files."""
    found = shutil.copytree(KNOWN, folder)
    plan = (found / "plan.toml").read_text(encoding="utf-8")
    lines = [line for line in plan.splitlines() if not line.startswith("risk_")]
    (found / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, text in texts.items():
        (found / f"{name}.csv").write_text(text, encoding="utf-8")
    return found


def asked(*words):
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return case_with(tmp_path_factory.mktemp("known") / "case")


@pytest.fixture(scope="module")
def run(case, tmp_path_factory):
    """The folder of the run, and what the command printed."""
    folder = tmp_path_factory.mktemp("run") / "run"
    found = asked("plan", case, "-o", folder, "-q")
    assert found.exit_code == 0, found.output
    return folder, found.stdout


def rows(folder, table):
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_known_case_costs_what_it_must(run):
    folder, printed = run
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["objective_musd"] == pytest.approx(BY_HAND)
    assert manifest["scenarios"] == ["lo", "mid", "hi"]
    assert "Planned over 3 scenarios in 2 stages, which differ from 2028 on." in printed
    now, later = " ".join(printed.split()).split("What to decide later")
    assert "2027 order 10 o for 10.0 USD million, arrives 2027" in now
    assert "2028" not in now.split("What to decide now")[1]
    assert "2028 order o: 20 in hi; 10 in mid; 5 in lo" in later


def test_a_written_run_holds_and_is_proven_again(run):
    assert verify_run(run[0]).findings == ()
    found = asked("verify", run[0], "--resolve", "-q")
    assert found.exit_code == 0, found.output
    assert "Proven again" in found.stdout


def test_every_document_says_what_is_decided_now_and_what_waits(run):
    for name in ("report.html", "plan.md"):
        text = (run[0] / name).read_text(encoding="utf-8")
        assert "What to decide now" in text
        assert "What to decide later, and what it depends on" in text


def test_a_plan_over_scenarios_lists_its_warnings_and_what_the_check_found(run):
    loaded = read_run(run[0])
    fault = Fault("offers.csv row 2", "is large", "Check it.")
    manifest = dict(loaded.manifest) | {"check": {"passed": False, "comparisons": 7, "findings": ["site_power: 1"]}}
    read = dataclasses.replace(loaded.read, warnings=(fault,))
    page = document_html(scenario_document(dataclasses.replace(loaded, manifest=manifest, read=read)))
    assert "1 warning about the inputs, listed below." in page
    assert "The independent check did not pass: 1 finding in 7 comparisons." in page
    listed = page.partition('<section id="findings">')[2]
    assert listed.index("site_power: 1") < listed.index(fault.text)
    assert "Checked independently" not in page


def test_the_base_plan_is_that_of_the_tables_as_they_stand(case, tmp_path):
    found = asked("plan", case, "--base", "-o", tmp_path / "run", "-q")
    assert found.exit_code == 0, found.output
    assert "Planned the base case (--base); its 3 scenarios are ignored." in found.stdout
    assert not (tmp_path / "run" / "tables" / "futures.csv").exists()
    assert verify_run(tmp_path / "run").findings == ()
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["objective_musd"] == pytest.approx(10 / 1.1**0.5)
    assert manifest["scenarios"] == []


def test_the_settings_can_leave_scenarios_aside(case, tmp_path):
    folder = shutil.copytree(case, tmp_path / "case")
    plan = folder / "plan.toml"
    plan.write_text("use_scenarios = false\n" + plan.read_text(encoding="utf-8"), encoding="utf-8")
    found = asked("plan", folder, "-o", tmp_path / "run", "-q")
    assert "(use_scenarios = false); its 3 scenarios are ignored." in found.stdout


@pytest.mark.parametrize(("told", "named"), [([], "futures"), (["lo", "mid"], "manifest [scenarios]")])
def test_a_run_that_says_other_scenarios_is_refused(run, tmp_path, told, named):
    folder = forged(shutil.copytree(run[0], tmp_path / "run"), field("scenarios", told))
    assert any(named in finding for finding in verify_run(folder).findings)


def test_report_charts_and_slides_of_a_plan_over_scenarios_are_written_again(run, tmp_path):
    folder = shutil.copytree(run[0], tmp_path / "run")
    before = {name: (folder / name).read_bytes() for name in ("report.html", "plan.md")}
    found = asked("report", folder, "--charts", "svg", "--slides", tmp_path / "plan.pptx")
    assert found.exit_code == 0, found.output
    assert {name: (folder / name).read_bytes() for name in before} == before
    names = {"tree", "branch-timeline", "cost-distribution", "cash-fan", "power-fan", "share_served-fan"}
    assert {file.stem for file in (folder / "charts").iterdir()} == names
    slides = pptx.Presentation(tmp_path / "plan.pptx").slides
    native = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    assert len(native) == 4
    drawn = {entry.name: list(entry.values) for chart in native for entry in chart.plots[0].series}
    assert drawn["lo"] == pytest.approx([10.0, 5.0, 0.0]) or drawn["lo"] == [1.0, 1.0, 1.0]
    words = "\n".join(shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame)
    assert "2027: order 10 o for 10.0 USD million" in words
    assert "2028: order o: 20 in hi; 10 in mid; 5 in lo" in words


def test_distributions_are_those_of_the_paths(run):
    """Costs by hand: 10 units in 2027, then 5, 10 or 20 in 2028 at 1 USD million each; CVaR of 0.9 is that of `hi`."""
    folder, _ = run
    first, later = 10 / 1.1**0.5, 1 / 1.1**1.5
    costs = {row["figure"] + row["level"]: float(row["musd"]) for row in rows(folder, "cost_distribution")}
    known = {"expected": BY_HAND, "least": first + 5 * later, "quantile0.5": first + 5 * later,
             "quantile0.75": first + 10 * later, "quantile0.9": first + 20 * later, "cvar0.9": first + 20 * later,
             "risk_adjusted0.0": BY_HAND}  # fmt: skip
    assert {name: costs[name] for name in known} == pytest.approx(known)
    places = {row["scenario"]: (float(row["cumulative_probability"]), float(row["tail_probability"]))
              for row in rows(folder, "futures")}  # fmt: skip
    assert {
        name: pytest.approx(own) for name, own in {"lo": (0.5, 0), "mid": (0.8, 0), "hi": (1, 0.1)}.items()
    } == places
    (now, later_one) = rows(folder, "decision_distribution")
    assert (now["when"], now["stage"], now["probability"], now["units_mean"]) == ("2027", "1", "1.0", "10.0")
    sizes = [float(later_one[name]) for name in ("units_least", "units_mean", "units_most", "musd_mean")]
    assert sizes == pytest.approx([5, 9.5, 20, 9.5])
    cash = [row for row in rows(folder, "period_distribution") if (row["measure"], row["period"]) == ("cash", "2028")]
    named = [float(cash[0][name]) for name in ("expected", "least", "p10", "p25", "p50", "p75", "p90", "most")]
    assert named == pytest.approx([9.5, 5, 5, 5, 5, 10, 20, 20])
    put_in = [
        [row[name] for name in ("expected", "least", "p90", "most")]
        for row in rows(folder, "period_distribution")
        if (row["measure"], row["of"], row["period"]) == ("cash_flow_statement", "financing: cash put in", "2028")
    ]
    assert [[float(value) for value in known] for known in put_in] == [pytest.approx([9.5, 5, 20, 20])]
    assert "Expected income statement" in (folder / "report.html").read_text(encoding="utf-8")
    assert [(row["branch"], row["parent"], row["until"], row["count"]) for row in rows(folder, "branches")] == [
        ("2027/lo", "", "2027", "3"), *((f"2028/{name}", "2027/lo", "2029", "1") for name in ("lo", "mid", "hi")),
    ]  # fmt: skip


def test_a_plan_of_many_quarters_over_scenarios_holds_and_names_the_quarter(tmp_path):
    """Plans of many parts of years are told by the year; over scenarios each row of the tables stays at its node."""
    changes = "".join(
        f"{name},demand,w,queries_per_day_million,2028Q2,multiply,{value}\n" for name, value in (("lo", 1.5), ("hi", 3))
    )
    case = case_with(
        tmp_path / "case", budgets="budget,categories,span,amount_musd\nall,all,2027Q1..2030Q4,\n",
        demand="workload,period,queries_per_day_million\nw,2027Q1,0.864\n",
        prices="offer,period,unit_price_usd\no,2027Q1,1000000\n",
        scenarios="scenario,probability,revealed\nlo,0.5,2028Q2\nhi,0.5,2028Q2\n",
        scenario_values=f"scenario,table,key,column,period,effect,value\n{changes}",
    )  # fmt: skip
    text = (case / "plan.toml").read_text(encoding="utf-8")
    for old, new in (('"2027"', '"2027Q1"'), ('"year"', '"quarter"'), ("periods = 3", "periods = 16")):
        text = text.replace(old, new)
    (case / "plan.toml").write_text(text, encoding="utf-8")
    found = asked("plan", case, "-o", tmp_path / "run", "-q")
    assert found.exit_code == 0, found.output
    assert "2028 order in Q2 o: 20 in hi; 5 in lo" in " ".join(found.stdout.split())
    assert verify_run(tmp_path / "run").findings == ()


def test_a_scenario_that_cannot_be_met_is_named(tmp_path):
    """Nothing but 2027 may be ordered then, and all of it must be served in 2028: 20 units where 12 may be."""
    workloads = "workload,peak_to_average,min_service,penalty_usd_per_1000\nw,1,1,1000000\n"
    offers = "offer,accelerator,kind,lot_size,lead_time_months,max_lots_per_period\no,g,buy,,0,6\n"
    demand = "workload,period,queries_per_day_million\nw,2027,0.432\n"
    case = case_with(tmp_path / "case", workloads=workloads, offers=offers, demand=demand)
    found = asked("plan", case, "-o", tmp_path / "run", "-q")
    assert found.exit_code == 3
    assert (
        "No plan can meet the requirements of scenarios-ignored in the scenario hi, even planned by itself"
        in found.output
    )
    assert not (tmp_path / "run").exists()


def test_scenarios_that_do_not_fit_together_are_told_so(tmp_path):
    """12 units must be owned in the one scenario in 2028, and none may be in the other; orders take a year."""
    offers = "offer,accelerator,kind,lot_size,lead_time_months,last_order\no,g,buy,,12,2027\n"
    demand = "workload,period,queries_per_day_million\nw,2027,0\nw,2028,0.0864\n"
    workloads = "workload,peak_to_average,min_service,penalty_usd_per_1000\nw,1,1,1000000\n"
    budgets = "budget,categories,span,amount_musd\nall,all,2027,\nall,all,2028,1\nall,all,2029,1\n"
    values = (
        "scenario,table,key,column,period,effect,value\n"
        "lo,budgets,all,amount_musd,2028,set,1\nhi,demand,w,queries_per_day_million,2028,multiply,3\n"
        "hi,budgets,all,amount_musd,2028,set,3\n"
    )
    scenarios = "scenario,probability,revealed\nlo,0.5,2028\nhi,0.5,2028\n"
    case = case_with(
        tmp_path / "case", offers=offers, demand=demand, workloads=workloads, budgets=budgets, scenario_values=values,
        scenarios=scenarios,
    )  # fmt: skip
    found = asked("plan", case, "-o", tmp_path / "run", "-q")
    assert found.exit_code == 3, found.output
    assert "in all scenarios, although each is feasible by itself" in " ".join(found.output.split())


def test_in_python_a_plan_has_its_futures(case, tmp_path):
    read = planner.read_case(case)
    plan = planner.plan(read)
    assert plan.objective_musd == pytest.approx(BY_HAND)
    assert plan.futures["scenario"].tolist() == ["lo", "mid", "hi"]
    assert plan.futures["probability"] @ plan.futures["cost_musd"] == pytest.approx(BY_HAND)
    assert plan.verify(resolve=True) == ()
    assert planner.load_run(plan.write(tmp_path / "run")).verify() == ()
    assert planner.load_run(tmp_path / "run").information()["name"].tolist() == list(MEANINGS)
    base = planner.plan(read, base=True)
    assert base.objective_musd == pytest.approx(10 / 1.1**0.5)
    assert base.futures.empty
    with pytest.raises(planner.CaseFaults, match="is for one future"):
        base.information()


def test_in_python_knowing_is_worth_nothing_where_orders_arrive_at_once(case):
    """Machines arrive in the period of their order, so that waiting costs nothing: WS, RP and EEV are the same."""
    found = planner.plan(planner.read_case(case)).information().set_index("name")
    costs = found.loc[["WS", "RP", "EEV"], ["at_least_musd", "at_most_musd"]].to_numpy()
    assert costs == pytest.approx(BY_HAND)
    assert found.loc[["EVPI", "VSS"], "at_most_musd"].to_numpy() == pytest.approx(0.0, abs=1e-6)
