"""Plans in fresh futures: a newsvendor by hand, the futures that a plan was made for, and what stands in the way."""

from __future__ import annotations

import csv
import json
import math
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from models.recourse import HELD, values_of
from models.uncertainty.risk_measures import conditional_value_at_risk, quantile_of
from models.uncertainty.scenario_tree import planned_model
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.results.path_rows import rows_by_scenario
from planner.studies.evaluation_paths import expected_cost, least_expected_cost
from planner.studies.evaluation_statistics import NORMAL_FROM, Estimate, PathValues, share_of_paths
from planner.studies.followed_plans import TABLES, decided_values
from planner.studies.questions.evaluate import _agrees
from tests.planner.frozen.answers import planned_run
from tests.planner.frozen.subjects import CASES
from tests.planner.tiny import INPUTS

runner = CliRunner(env={"COLUMNS": "160"})

# One order in 2027 arrives in 2028 and is paid then: 1 USD million a unit of 1 query a second. Demand in 2028 is 20, or
# 10 or 30. What is not served for a year costs 80 USD a thousand, 2.52288 USD million: a unit is worth its price as
# long as demand exceeds it with more than 1/2.52288 = 0.396, so that the plan over scenarios orders 20.
SHORT = 0.08 * 31.536
NOW = 1.1**-1.5
FILES = {
    "plan.toml": 'schema_version = 1\nname = "newsvendor"\ncurrency_basis = "real"\nstart = "2027"\nperiod = "year"\n'
    "periods = 2\ndiscount_rate = 0.1\nrisk_level = 0.8\n\n[solver]\ngap = 0.0\ntime_limit_s = 60\n",
    "workloads.csv": "workload,min_service,penalty_usd_per_1000\nw,0,80\n",
    "demand.csv": "workload,period,queries_per_day_million\nw,2027,0\nw,2028,1.728\n",
    "accelerators.csv": "accelerator,vendor,it_kw,life_years,utilisation,reference_price_usd\ng,v,1,10,1,1000000\n",
    "throughput.csv": "accelerator,workload,queries_per_second\ng,w,1\n",
    "offers.csv": "offer,accelerator,kind,lead_time_months,last_order\no,g,buy,12,2027\n",
    "prices.csv": "offer,period,unit_price_usd\no,2027,1000000\n",
    "resale.csv": "accelerator,age_years,fraction_of_reference_price\n*,0,0\n",
    "sites.csv": "site\ns\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2028,\n",
    "scenarios.csv": "scenario,probability,revealed\nlow,0.3,2028\nmiddle,0.4,2028\nhigh,0.3,2028\n",
    "scenario_values.csv": "scenario,table,key,column,period,effect,value\n"
    "low,demand,w,queries_per_day_million,2028,multiply,0.5\n"
    "high,demand,w,queries_per_day_million,2028,multiply,1.5\n",
    "uncertain.csv": "name,table,key,column,effect,distribution,p1,p2,p3\n"
    "growth,demand,w,queries_per_day_million,multiply,discrete,0.5,1,1.5\n",
}


def by_hand(factor, units=20.0):
    """What a path costs whose demand is 20 times a factor, with so many units."""
    return NOW * (units + SHORT * max(0.0, 20.0 * factor - units))


def written(folder, **changes):
    folder.mkdir(parents=True)
    for name, text in (FILES | changes).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def asked(*words):
    return runner.invoke(app, [str(word) for word in words])


def evaluated(run, folder, *options):
    ended = asked(
        "evaluate", run, "-o", folder, "--points", run.parent / "points", "--executor", "serial", "-q", *options
    )
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def rows_in(folder, table):
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def statistics_of(folder, name="statistics"):
    return {row["measure"]: row for row in rows_in(folder, name)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The run over the scenarios, and that of the base case, which orders the same 20."""
    place = tmp_path_factory.mktemp("evaluate")
    case = written(place / "case")
    for name, options in (("tree", ()), ("base", ("--base",))):
        ended = asked("plan", case, "-o", place / name, "-q", *options)
        assert ended.exit_code == 0, ended.output
    return SimpleNamespace(case=case, tree=place / "tree", base=place / "base")


def test_every_path_of_a_newsvendor_costs_what_the_hand_finds(runs, tmp_path):
    said = evaluated(runs.tree, tmp_path / "study", "--count", 120, "--seed", 3)
    paths = rows_in(tmp_path / "study", "paths")
    assert [row["path"] for row in paths] == [f"path {number}" for number in range(1, 121)]
    drawn = np.array([float(row["input_1"]) for row in paths])
    assert set(drawn) == {0.5, 1.0, 1.5}
    costs = np.array([by_hand(factor) for factor in drawn])
    assert [float(row["cost_musd"]) for row in paths] == pytest.approx(costs.tolist())
    found = statistics_of(tmp_path / "study")
    half = 1.959964 * costs.std(ddof=1) / math.sqrt(120)
    mean = found["expected cost"]
    assert [float(mean[name]) for name in ("estimate", "low", "high")] == pytest.approx(
        [costs.mean(), costs.mean() - half, costs.mean() + half]
    )
    assert mean["interval"] == "normal"
    # The tree expects 0.3 × low + 0.4 × middle + 0.3 × high.
    planned = 0.7 * by_hand(1.0) + 0.3 * by_hand(1.5)
    assert float(mean["in_sample"]) == pytest.approx(planned)
    worst = found["CVaR, the worst 20 %"]
    assert float(worst["estimate"]) == pytest.approx(np.sort(costs)[-24:].mean())
    assert float(worst["in_sample"]) == pytest.approx(by_hand(1.5))
    short = found["paths with unserved demand"]
    assert float(short["estimate"]) == pytest.approx((drawn == 1.5).mean())
    assert float(short["in_sample"]) == pytest.approx(0.3)
    assert f"Over 120 fresh futures the plan costs {costs.mean():,.0f} USD million on average" in said
    (kept,) = rows_in(tmp_path / "study", "kept")
    assert (kept["when"], kept["verb"], kept["item"], float(kept["units"])) == ("2027", "order", "o", pytest.approx(20))


def test_a_plan_evaluated_in_its_own_scenarios_costs_what_it_was_planned_to(runs, tmp_path):
    evaluated(runs.tree, tmp_path / "study", "--scenarios")
    mean = statistics_of(tmp_path / "study")["expected cost"]
    assert float(mean["estimate"]) == pytest.approx(float(mean["in_sample"]))
    assert float(mean["low"]) <= float(mean["in_sample"]) * (1 + 1e-9)
    assert mean["interval"] == "none"
    paths = rows_in(tmp_path / "study", "paths")
    assert [(row["path"], float(row["weight"])) for row in paths] == [("low", 0.3), ("middle", 0.4), ("high", 0.3)]
    own = {row["scenario"]: float(row["cost_musd"]) for row in rows_in(runs.tree, "futures")}
    assert {row["path"]: pytest.approx(float(row["cost_musd"])) for row in paths} == own


def test_several_stages_keep_each_path_until_it_is_told_apart(runs, tmp_path):
    """Three years; the second stage parts high from higher. The plan keeps what a path has decided until then."""
    changes = {
        "plan.toml": FILES["plan.toml"].replace("periods = 2", "periods = 3"),
        "offers.csv": "offer,accelerator,kind,lead_time_months\no,g,buy,12\n",
        "scenarios.csv": "scenario,probability,revealed\nlow,0.5,2028\nhigh,0.3,2028\nhigher,0.2,2028\n",
        "scenario_values.csv": "scenario,table,key,column,period,effect,value,known_from\n"
        "high,demand,w,queries_per_day_million,2028,multiply,1.5,2028\n"
        "higher,demand,w,queries_per_day_million,2028,multiply,1.5,2028\n"
        "higher,demand,w,queries_per_day_million,2029,multiply,3,2029\n",
        "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2029,\n",
    }
    case = written(tmp_path / "case", **changes)
    assert asked("plan", case, "-o", tmp_path / "run", "-q").exit_code == 0
    evaluated(tmp_path / "run", tmp_path / "study", "--scenarios")
    own = {row["scenario"]: float(row["cost_musd"]) for row in rows_in(tmp_path / "run", "futures")}
    found = {row["path"]: pytest.approx(float(row["cost_musd"])) for row in rows_in(tmp_path / "study", "paths")}
    assert found == own


def test_scenarios_are_drawn_by_their_probability_and_each_is_solved_once(runs, tmp_path):
    evaluated(runs.tree, tmp_path / "study", "--scenarios", "--count", 400, "--seed", 5)
    names = [row["path"].partition(": ")[2] for row in rows_in(tmp_path / "study", "paths")]
    shares = {name: names.count(name) / 400 for name in ("low", "middle", "high")}
    assert shares == pytest.approx({"low": 0.3, "middle": 0.4, "high": 0.3}, abs=0.08)
    study = json.loads((tmp_path / "study" / "study.json").read_text(encoding="utf-8"))
    assert (study["facts"]["count"], study["facts"]["points"]) == (400, 3)


def test_two_plans_are_compared_in_the_same_futures_and_no_difference_is_no_finding(runs, tmp_path):
    said = evaluated(runs.tree, tmp_path / "same", "--count", 8, "--against", runs.base)
    assert "is not a finding" in " ".join(said.split())
    # A plan that has nothing to sell unserved demand for orders 30, and regrets it when demand is low.
    dear = written(tmp_path / "dear", **{"workloads.csv": FILES["workloads.csv"].replace("80", "800")})
    assert asked("plan", dear, "-o", tmp_path / "more", "-q").exit_code == 0
    evaluated(runs.tree, tmp_path / "study", "--scenarios", "--against", tmp_path / "more")
    (mean, less, more) = rows_in(tmp_path / "study", "differences")
    saved = 0.7 * (by_hand(1.0) - by_hand(1.0, 30.0)) + 0.3 * (by_hand(1.5) - by_hand(1.5, 30.0))
    assert float(mean["estimate"]) == pytest.approx(saved)
    assert mean["finding"] == "less"
    assert (float(less["estimate"]), float(more["estimate"])) == (pytest.approx(0.7), pytest.approx(0.3))
    notes = json.loads((tmp_path / "study" / "study.json").read_text(encoding="utf-8"))["notes"]
    assert any("was planned with other inputs" in note for note in notes)


def test_a_limit_that_cannot_be_met_is_named_with_its_path_and_amount_and_priced(tmp_path):
    """At least 0.9 must be served; the base plan orders 20, and 27 of 30 are asked for: 7 more than there are.

    Each unserved query costs its penalty, and those below the least service once more.
    """
    case = written(tmp_path / "case", **{"workloads.csv": "workload,min_service,penalty_usd_per_1000\nw,0.9,80\n"})
    assert asked("plan", case, "--base", "-o", tmp_path / "run", "-q").exit_code == 0
    said = evaluated(tmp_path / "run", tmp_path / "study", "--scenarios")
    assert "in high minimum_service w,2028 by 7 queries/s." in " ".join(said.split())
    paths = {row["path"]: row for row in rows_in(tmp_path / "study", "paths")}
    assert float(paths["high"]["cost_musd"]) == pytest.approx(by_hand(1.5) + NOW * 7 * SHORT)
    assert (paths["high"]["broken"], paths["low"]["broken"]) == ("1", "0")
    (row,) = rows_in(tmp_path / "study", "violations")
    assert (row["future"], float(row["amount"])) == ("high", pytest.approx(7.0))


def test_what_is_on_order_arrives_late_where_a_limit_turns_out_lower(tmp_path):
    """20 units are on order for 2028 and paid then. Where 15 a year are to be had, 5 of them come a year later."""
    case = written(
        tmp_path / "case",
        **{
            "plan.toml": FILES["plan.toml"].replace("periods = 2", "periods = 3"),
            "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027..2029,\n",
            "demand.csv": FILES["demand.csv"] + "w,2029,1.728\n",
            "limits.csv": "limit,span,amount\nall,2027,20\nall,2028,20\nall,2029,20\n",
            "limit_use.csv": "limit,offer,use_per_unit\nall,o,1\n",
            "uncertain.csv": "name,table,key,column,effect,distribution,p1,p2,p3\n"
            "supply,limits,all,amount,multiply,discrete,0.75,1,1\n",
        },
    )
    assert asked("plan", case, "--base", "-o", tmp_path / "run", "-q").exit_code == 0
    said = evaluated(tmp_path / "run", tmp_path / "study", "--count", "3", "--reveal", "2028")
    paths = rows_in(tmp_path / "study", "paths")
    late = [row for row in paths if float(row["input_1"]) == 0.75]
    assert 1 <= len(late) < len(paths)
    assert f"In {len(late)} of 3 paths less can be had than is on order, so that orders arrive late" in said
    for row in paths:
        is_late = row in late
        cost = NOW * (20 + 5 * SHORT) if is_late else by_hand(1.0)
        assert row["delayed"] == ("yes" if is_late else "")
        assert float(row["cost_musd"]) == pytest.approx(cost)


def test_an_input_without_periods_has_its_drawn_value_over_the_whole_plan(tmp_path):
    """The 20 units that were ordered do 0.5 or 1 query a second: 10 or 20 of 20 are served."""
    head = "name,table,key,column,effect,distribution,p1,p2"
    uncertain = f"{head}\nspeed,throughput,g,queries_per_second,multiply,discrete,0.5,1\n"
    case = written(tmp_path / "case", **{"uncertain.csv": uncertain})
    assert asked("plan", case, "--base", "-o", tmp_path / "run", "-q").exit_code == 0
    evaluated(tmp_path / "run", tmp_path / "study", "--count", 8, "--seed", 2, "--reveal", "2028")
    paths = rows_in(tmp_path / "study", "paths")
    assert {float(row["input_1"]) for row in paths} == {0.5, 1.0}
    for row in paths:
        served = 20.0 * float(row["input_1"])
        assert float(row["cost_musd"]) == pytest.approx(NOW * (20.0 + SHORT * (20.0 - served)))


def test_an_interrupted_evaluation_goes_on_and_gives_the_same_tables(runs, tmp_path):
    options = ["--count", 6, "--seed", 9, "--points", tmp_path / "points", "-o", tmp_path / "study"]
    words = ["evaluate", runs.tree, "--executor", "serial", "-q", *options]
    for part in ("1/2", "2/2"):
        ended = asked(*words, "--shard", part)
        assert ended.exit_code == 0, ended.output
    # A point that was lost is worked out again, and only that one.
    next(iter(sorted((tmp_path / "points" / "points").iterdir()))).unlink()
    ended = asked(*words, "--replace", "--json")
    assert json.loads(ended.stdout)["points"] | {"folder": ""} == {"worked_out": 1, "reused": 5, "folder": ""}
    evaluated(runs.tree, tmp_path / "whole", "--count", 6, "--seed", 9)
    for name in ("statistics", "paths", "kept"):
        assert rows_in(tmp_path / "study", name) == rows_in(tmp_path / "whole", name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["base"], "is a plan for one future, which has no reveal. Add --reveal LABEL, such as --reveal 2028."),
        (["tree", "--reveal", "soon"], "is no period label"),
        (["tree", "--reveal", "2027"], "leaves nothing decided before it"),
        (["tree", "-i", "growht"], "Did you mean growth?"),
        (["case"], "is not a run"),
        (["tree", "--scenarios", "-i", "growth"], "--input: has no effect on scenarios"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_a_remedy(runs, tmp_path, options, words):
    name, *rest = options
    ended = asked("evaluate", getattr(runs, name), "-o", tmp_path / "study", "-q", *rest)
    assert ended.exit_code == 2
    assert words in " ".join(ended.output.split())


def test_a_case_with_nothing_to_draw_says_what_to_fill_in(runs, tmp_path):
    case = shutil.copytree(runs.case, tmp_path / "case")
    (case / "uncertain.csv").unlink()
    assert asked("plan", case, "-o", tmp_path / "run", "-q").exit_code == 0
    ended = asked("evaluate", tmp_path / "run", "-q")
    assert ended.exit_code == 2
    assert "add --scenarios for the scenarios of the case" in " ".join(ended.output.split())


def test_a_plan_is_evaluated_from_python(runs):
    plan = planner.load_run(runs.tree)
    found = plan.evaluate(scenarios=True, workers=1, against=planner.load_run(runs.base))
    assert found.headlines[0].startswith("Over 3 paths the plan costs")
    assert found.tables["differences"]["estimate"][0] == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(CaseFaults, match="--count, 0: is below 1"):
        plan.evaluate(count=0, workers=1)


@pytest.mark.parametrize("name", ["make-or-buy-2023", "frontier-lab"])
def test_what_is_followed_of_a_written_plan_is_what_its_columns_were(name, tmp_path):
    run = planned_run(INPUTS / name, name, CASES[name], tmp_path / "run")
    columns = values_of(planned_model(run.read.case), run.outcome.values)
    own = {key: value for key, value in columns.items() if key.partition("[")[0] in HELD and value > 1e-6}
    loaded = run.loaded()
    (rows,) = rows_by_scenario(loaded, TABLES).values()
    assert decided_values(loaded.case, rows) == pytest.approx(own)


def test_the_own_gap_of_a_plan_is_part_of_whether_its_expected_cost_agrees():
    value = Estimate(37_265.0, 37_262.0, 37_265.0, "none")
    assert _agrees(value, 37_295.0, 37_295.0) == ", outside that interval"
    assert _agrees(value, 37_146.0, 37_295.0) == ", which agrees within its gap"
    assert _agrees(value, 37_000.0, 37_263.0) == ", which agrees"
    assert _agrees(value, 37_000.0, 37_200.0) == ", outside that interval"


def test_what_a_plan_costs_at_least_is_its_bound_only_where_it_minimises_cost(runs):
    loaded = planner.load_run(runs.tree)._loaded
    gap_left = replace(loaded, manifest={**loaded.manifest, "bound_musd": 1.0})
    assert least_expected_cost(gap_left) == 1.0
    settings = replace(loaded.case.settings, risk_aversion=0.5)
    averse = replace(gap_left, read=replace(loaded.read, case=replace(loaded.case, settings=settings)))
    assert least_expected_cost(averse) == expected_cost(loaded)


def test_intervals_carry_the_gaps_and_their_method_follows_the_number_of_paths():
    found = np.arange(10.0)
    few = PathValues(found, found - 1.0, found + 2.0, np.full(10, 0.1), is_drawn=True, seed=1)
    mean = few.mean()
    assert mean.interval == "bootstrap"
    assert mean.value == pytest.approx(4.5)
    assert mean.low < 3.5
    assert mean.high > 6.5
    again = few.mean()
    assert (mean.low, mean.high) == (again.low, again.high)
    exact = PathValues(found, found - 1.0, None, np.full(10, 0.1), is_drawn=False, seed=1)
    assert (exact.mean().low, exact.mean().high) == (pytest.approx(3.5), None)
    many = np.tile(found, NORMAL_FROM // 10)
    assert PathValues(many, many, many, np.full(len(many), 1 / len(many)), True, 1).mean().interval == "normal"
    never = share_of_paths([False] * 50, np.full(50, 0.02), is_drawn=True)
    assert (never.value, never.low) == (0.0, 0.0)
    assert never.high == pytest.approx(1.959964**2 / (50 + 1.959964**2), rel=1e-4)


def test_the_mean_of_the_worst_paths_splits_the_one_at_its_edge():
    costs, chance = np.array([10.0, 40.0, 20.0]), np.array([0.5, 0.2, 0.3])
    assert conditional_value_at_risk(costs, chance, 0.6) == pytest.approx((0.2 * 40 + 0.2 * 20) / 0.4)
    assert conditional_value_at_risk(costs, chance, 0.0) == pytest.approx(19.0)
    assert [quantile_of(costs, chance, share) for share in (0.5, 0.51, 0.8, 0.81)] == [10.0, 20.0, 20.0, 40.0]
