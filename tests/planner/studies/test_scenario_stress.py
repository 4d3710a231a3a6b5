"""Disruptions on a plan over scenarios: what is decided stays, the rest reacts without knowing the scenario."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from models.outcome import SolveOptions
from models.polish import polish
from models.recourse import fix_decisions, values_of
from models.solvers.child import Engine
from models.stages import solve_model
from models.tables.fleet_rows import Limit, LimitUse
from planner.cli.commands import app
from planner.studies.scenario_work import path_values, reasons, tree_of_case
from planner.sweeps.points import StoredPlan
from tests.planner.studies.test_evaluate import FILES, SHORT, written

runner = CliRunner(env={"COLUMNS": "160"})
# Orders of 2027 and 2028 arrive a year later; only 2029 has demand: 10, 20 or 30, known from 2029 on. 20 are ordered in
# 2028, at 1 USD million each; what is not served costs SHORT.
END = 1.1**-2.5
OPTIONS = SolveOptions(gap=0.0)
CASE = {
    "plan.toml": FILES["plan.toml"].replace("periods = 2", "periods = 3"),
    "demand.csv": "workload,period,queries_per_day_million\nw,2027,0\nw,2028,0\nw,2029,1.728\n",
    "offers.csv": "offer,accelerator,kind,lead_time_months,last_order\no,g,buy,12,2028\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2029,\n",
    "scenarios.csv": FILES["scenarios.csv"].replace("2028", "2029"),
    "scenario_values.csv": FILES["scenario_values.csv"].replace("2028", "2029"),
    "disruptions.csv": "disruption,target,field,effect,value,start,months\n"
    "dear,o,price,multiply,2,2028,12\nsurge,w,demand,multiply,1.5,2029,12\n",
}


def stressed(case, folder, *options):
    words = ["stress", case, "-o", folder, "--points", folder.parent / "points", "--executor", "serial", "-q", *options]
    ended = runner.invoke(app, [str(word) for word in words])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def rows_in(folder, table):
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    place = tmp_path_factory.mktemp("stress")
    case = written(place / "case", **CASE)
    said = stressed(case, place / "study", "-d", "dear", "-d", "surge", "-d", "dear*0")
    return place / "study", said


def test_what_reacts_before_the_scenarios_differ_is_the_same_in_all_of_them(study):
    """At a price of 2 a unit is worth it where demand exceeds it with more than 2 / 2.52288 = 0.79: 10 are ordered.

    Who knew the scenario would order what it needs, for 40: less than 20 + 2.52288 × (0.4 × 10 + 0.3 × 20) = 45.2.
    """
    row = {row["future"]: row for row in rows_in(study[0], "futures")}["dear"]
    undisturbed = END * (20 + SHORT * 0.3 * 10)
    assert row["seen"] == "2028"
    assert float(row["cost_musd"]) == pytest.approx(END * (20 + SHORT * 10))
    assert float(row["change_musd"]) == pytest.approx(END * (20 + SHORT * 10) - undisturbed)
    assert row["finding"] == "more"
    paths = {row["scenario"]: float(row["now_musd"]) for row in rows_in(study[0], "paths") if row["future"] == "dear"}
    assert paths == pytest.approx({"low": END * 20, "middle": END * (20 + SHORT * 10), "high": END * (20 + SHORT * 20)})
    (reaction,) = [row for row in rows_in(study[0], "reactions") if row["future"] == "dear"]
    assert (float(reaction["planned"]), float(reaction["now"])) == (pytest.approx(20), pytest.approx(10))


def test_what_is_decided_before_stays_in_every_branch(study):
    """A surge in 2029 finds the 20 that were ordered, and 15, 30 or 45 to serve."""
    row = {row["future"]: row for row in rows_in(study[0], "futures")}["surge"]
    assert row["seen"] == "2029"
    assert float(row["cost_musd"]) == pytest.approx(END * (20 + SHORT * (0.4 * 10 + 0.3 * 25)))
    assert not [row for row in rows_in(study[0], "reactions") if row["future"] == "surge"]


def test_a_disruption_that_changes_nothing_leaves_the_cost_of_the_plan(study):
    row = {row["future"]: row for row in rows_in(study[0], "futures")}["dear*0"]
    assert float(row["change_musd"]) == pytest.approx(0.0, abs=1e-6)
    facts = json.loads((study[0] / "study.json").read_text(encoding="utf-8"))["facts"]
    assert float(row["cost_musd"]) == pytest.approx(facts["base_cost_musd"])
    assert all(
        float(row["change_musd"]) == pytest.approx(0.0, abs=1e-6)
        for row in rows_in(study[0], "paths")
        if row["future"] == "dear*0"
    )


def test_a_study_of_the_plan_over_scenarios_does_not_say_that_it_ignores_them(study):
    notes = json.loads((study[0] / "study.json").read_text(encoding="utf-8"))["notes"]
    assert any("on top of each scenario" in note for note in notes)
    assert not any("ignored" in note for note in notes)


def test_a_limit_that_a_branch_cannot_meet_is_named_and_priced_by_its_probability(tmp_path):
    """At least 0.9 must be served: 27 are ordered for 30. The surge asks for 40.5 in `high`: 13.5 are missing."""
    case = written(tmp_path / "case", **CASE, **{"workloads.csv": FILES["workloads.csv"].replace("w,0,", "w,0.9,")})
    stressed(case, tmp_path / "study", "-d", "surge")
    (row,) = rows_in(tmp_path / "study", "violations")
    assert (row["requirement"], row["where"]) == ("minimum_service", "w,2029/high")
    assert float(row["amount"]) == pytest.approx(13.5)
    assert float(row["price_musd"]) == pytest.approx(0.3 * END * 13.5 * SHORT)
    (whole,) = rows_in(tmp_path / "study", "futures")
    own = END * (27 + SHORT * (0.4 * 3 + 0.3 * 18))
    assert float(whole["cost_musd"]) == pytest.approx(own + 0.3 * END * 13.5 * SHORT)


def test_the_base_case_is_stressed_where_that_is_asked_for(tmp_path):
    case = written(tmp_path / "case", **CASE)
    stressed(case, tmp_path / "study", "-d", "surge", "--base")
    (row,) = rows_in(tmp_path / "study", "futures")
    assert float(row["cost_musd"]) == pytest.approx(END * (20 + SHORT * 10))
    found = planner.stress(planner.read_case(case), ["surge"], base=True, workers=1)
    assert found.tables["futures"]["cost_musd"][0] == pytest.approx(END * (20 + SHORT * 10))
    assert any("ignored" in note for note in found.notes)


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """The tree of the case, its model, and its plan by the names of columns, with a warm engine."""
    case = planner.read_case(written(tmp_path_factory.mktemp("tree") / "case", **CASE)).read.case
    tree = tree_of_case(case)
    model = tree.model()
    with Engine.start("native") as engine:
        outcome = polish(model.program, solve_model(model, engine, OPTIONS), engine=engine, options=OPTIONS)
        yield tree, model, values_of(model, outcome.values), engine


def test_each_path_of_a_plan_costs_by_itself_what_it_does_in_the_tree(solved):
    tree, model, values, engine = solved
    costs = {}
    for path in model.frame.tree.paths():
        name = tree.names[int(model.frame.tree.future[path[-1]])]
        line = tree.future(name)
        held = fix_decisions(line, path_values(model, path, values), 3)
        costs[name] = solve_model(replace(line, program=held.exact), engine, OPTIONS).objective
    assert costs == pytest.approx({"low": END * 20, "middle": END * 20, "high": END * (20 + SHORT * 10)})


def test_a_branch_that_cannot_go_on_is_named_with_what_stands_in_the_way(solved):
    """20 are ordered in 2028 and must come in 2029, where `high` lets nothing arrive."""
    tree, model, values, engine = solved
    limits = tuple(Limit(limit="hbm", span=span, amount=most) for span, most in (("2027..2028", 99.0), ("2029", 0.0)))
    use = (LimitUse(limit="hbm", offer="o", use_per_unit=1.0),)
    cases = [
        replace(case, limits=limits, limit_use=use) if name == "high" else case
        for name, case in zip(tree.names, tree.cases, strict=True)
    ]
    stored = StoredPlan({"names": np.array(list(values)), "values": np.array(list(values.values()))})
    context = SimpleNamespace(engine=engine, options=OPTIONS, start=stored)
    first, *others = reasons(context, replace(tree, cases=tuple(cases)), model, 2, strategy_stays=True)
    assert first == "In the scenario high:"
    assert "hbm in 2029" in " ".join(others)
