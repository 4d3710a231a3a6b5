"""The command `scenarios` and its API: trees are shown, scenarios made and written as cases, faults refused."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import planner
from planner.cli.commands import app
from planner.errors import CaseFaults
from tests.planner.tiny import FUTURES, INPUTS

KNOWN = Path(__file__).parents[1] / "cases" / "known" / "scenarios-ignored"
UNCERTAIN = """name,table,key,column,effect,distribution,p1,p2,low,high
size,demand,w,queries_per_day_million,multiply,uniform,1,3,1,3
price,prices,o,unit_price_usd,multiply,uniform,1,2,1,2
speed,throughput,g,queries_per_second,multiply,uniform,1,2,1,2
"""


@pytest.fixture
def case(tmp_path):
    """The known case without risk and scenarios, with ranges."""
    folder = shutil.copytree(KNOWN, tmp_path / "case")
    lines = (folder / "plan.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("risk_")]
    (folder / "plan.toml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    (folder / "uncertain.csv").write_text(UNCERTAIN, encoding="utf-8")
    for name in ("scenarios", "scenario_values"):
        (folder / f"{name}.csv").unlink()
    return folder


def asked(*words):
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})


def facts(*words):
    found = asked(*words, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def rows(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_the_tree_of_a_case_is_shown_with_what_becomes_known():
    found = facts("scenarios", INPUTS / FUTURES)
    assert found["headlines"] == ["15 scenarios in 4 stages: they differ from 2027, 2028, 2029 on. 123 nodes."]
    stages, branches, nodes = (found["tables"][name] for name in ("stages", "branches", "nodes"))
    assert [row["branches"] for row in stages] == [1, 5, 12, 15]
    assert sum(row["nodes"] for row in stages) == len(nodes) == 123
    for period in {row["period"] for row in nodes}:
        assert sum(row["probability"] for row in nodes if row["period"] == period) == pytest.approx(1)
    known = {row["scenarios"]: row for row in branches}
    assert known["squeeze_then_blockade"]["known"] == "blockade"
    assert known["squeeze_then_blockade"]["from"] == "2029"
    price = "price of vr_cloud_3y × 0.6, gen2031_list × 0.77, gen2029_list × 0.78, rubin_ultra_list × 0.82"
    assert known["prices_fall"]["known"] == price
    said = asked("scenarios", INPUTS / FUTURES).output
    assert "supply of amd_allocation, cloud_contracts, nvidia_allocation × 0.7" in said


@pytest.mark.parametrize("target", ["made", "made.xlsx"])
def test_a_lattice_is_written_as_a_case_that_plans_as_by_hand(case, tmp_path, target):
    """Half of the futures has three times the demand from 2028 on: 20 more units at the price of 2028."""
    made = tmp_path / target
    found = asked("scenarios", case, "--lattice", "low,high", "--reveal", "2028:size", "-o", made)
    assert found.exit_code == 0, found.output
    plan = planner.plan(planner.read_case(made))
    assert plan.objective_musd == pytest.approx(10 / 1.1**0.5 + 0.5 * 20 / 1.1**1.5)
    assert list(plan.futures["scenario"]) == ["2028 size low", "2028 size high"]
    if target == "made":
        readme = (made / "README.md").read_text(encoding="utf-8")
        assert "2 are all combinations of the ends low, high, equally likely, known from 2028." in readme
        assert "# scenarios-ignored" in readme.partition("## Scenarios")[2]
        for file in case.iterdir():
            if file.name != "README.md":
                assert (made / file.name).read_bytes() == file.read_bytes()


def test_a_sample_is_the_same_on_the_command_line_and_in_python(case, tmp_path):
    words = ["--sample", 30, "--reveal", "2028:size;price", "--reveal", "2029:size", "--seed", 5, "--reduce", 4]
    assert asked("scenarios", case, *words, "-o", tmp_path / "made").exit_code == 0
    reveal = {"2028": ["size", "price"], "2029": ["size"]}
    made = planner.read_case(case).scenarios(sample=30, reveal=reveal, seed=5, reduce=4)
    made.write(tmp_path / "other")
    for name in ("scenarios.csv", "scenario_values.csv", "plan.toml", "demand.csv"):
        assert (tmp_path / "made" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    read = planner.read_case(tmp_path / "made")
    assert read.case_hash == made.case.case_hash
    assert made.headlines[1] == "30 were drawn from uncertain with seed 5, known from 2028, 2029."
    assert made.headlines[2].startswith("4 of 30 are kept by fast forward selection")
    assert len(made.tables["draws"]) == 5 * 2 + 30
    assert set(made.tables["represented"]["represented_by"]) == set(read.tables["scenarios"]["scenario"])
    assert planner.plan(read).futures["probability"].sum() == pytest.approx(1)


def test_scenarios_of_a_case_can_be_reduced_again(tmp_path):
    """Of the demands 1.5, 2 and 3 with probabilities 0.5, 0.3 and 0.2 the middle one represents the others best."""
    made = planner.read_case(KNOWN).scenarios(reduce=1)
    (row,) = made.case.tables["scenarios"].to_dict("records")
    assert (row["scenario"], row["probability"], row["note"]) == ("mid", 1.0, "represents 2 more")
    deviation = (0.5 * 1.5**2 + 0.3 * 2**2 + 0.2 * 3**2 - (0.5 * 1.5 + 0.3 * 2 + 0.2 * 3) ** 2) ** 0.5
    assert f"distance {(0.5 * 0.5 + 0.2 * 1) / deviation:.4g} standard deviations, 100.0 %" in made.headlines[1]


def test_a_case_that_leaves_its_scenarios_aside_shows_them(tmp_path):
    folder = shutil.copytree(KNOWN, tmp_path / "case")
    text = (folder / "plan.toml").read_text(encoding="utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("risk_"))
    (folder / "plan.toml").write_text("use_scenarios = false\n" + kept + "\n", encoding="utf-8")
    assert "planned without them: use_scenarios = false" in asked("scenarios", folder).output
    made = tmp_path / "made"
    assert "it is true in the case with these" in asked("scenarios", folder, "--reduce", 2, "-o", made).output
    assert planner.read_case(made).settings["use_scenarios"] is True


def with_probabilities(case, *values):
    folder = shutil.copytree(KNOWN, case / "weighed")
    lines = [f"{name},{value},2028" for name, value in zip(("lo", "mid", "hi"), values, strict=True)]
    text = "\n".join(["scenario,probability,revealed", *lines])
    (folder / "scenarios.csv").write_text(text + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("form", ["folder", "workbook"])
def test_probabilities_are_normalised_on_request_alone_and_that_is_stated(tmp_path, form):
    """The shares 0.2, 0.1 and 0.1 of 0.4 are a half and two quarters."""
    case = with_probabilities(tmp_path, 0.2, 0.1, 0.1)
    with pytest.raises(CaseFaults, match=r"add up to 0\.4"):
        planner.read_case(case)
    if form == "workbook":
        assert asked("convert", case, tmp_path / "case.xlsx").exit_code == 0
        case = tmp_path / "case.xlsx"
    run = tmp_path / "run"
    found = asked("plan", case, "--normalise", "-o", run)
    assert found.exit_code == 0, found.output
    assert "The probabilities did not add up to 1 and were divided by their sum." in " ".join(found.stdout.split())
    assert [row["probability"] for row in rows(run / "tables" / "futures.csv")] == ["0.5", "0.25", "0.25"]
    kept = rows(run / "inputs" / "scenarios.csv")
    assert [row["note"] for row in kept] == [f"normalised: the probability was {p} of 0.4" for p in (0.2, 0.1, 0.1)]
    assert "did not add up to 1" in (run / "plan.md").read_text(encoding="utf-8")
    assert asked("verify", run).exit_code == 0
    read = planner.read_case(case, normalise=True)
    assert list(read.tables["scenarios"]["probability"]) == [0.5, 0.25, 0.25]
    assert asked("scenarios", case, "--normalise", "-o", tmp_path / "made").exit_code == 0
    assert planner.read_case(tmp_path / "made").case_hash == read.case_hash


def test_normalising_what_adds_up_is_without_effect_and_says_so(tmp_path):
    found = asked("plan", KNOWN, "--normalise", "-o", tmp_path / "run")
    assert "--normalise has no effect: the probabilities add up to 1." in found.output
    assert (tmp_path / "run" / "inputs" / "scenarios.csv").read_bytes() == (KNOWN / "scenarios.csv").read_bytes()
    assert "--normalise has no effect" in asked("scenarios", KNOWN, "--normalise").output
    assert "has nothing to write" in asked("scenarios", KNOWN, "--normalise", "-o", tmp_path / "made").output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "scenarios.csv: has no scenarios. Fill it in, or make scenarios"),
        (["--sample", 5], "it is not stated when the draws become known. Name a label, such as --reveal 2028."),
        (["--sample", 5, "--reveal", "2028"], "row 4, table = throughput: (speed) applies to the whole plan"),
        (["--sample", 5, "--reveal", "2028"], 'inputs of each reveal without it: --reveal "2028:size;price".'),
        (["--sample", 5, "--reveal", "someday"], "'someday' is not a period label"),
        (["--sample", 0, "--reveal", "2028:size"], "Invalid value for '--sample'"),
        (["--reduce", 0], "Invalid value for '--reduce'"),
        (["--sample", 5, "--reveal", "2028:seize"], "Did you mean size?"),
        (["--sample", 5, "--lattice", "low,high", "--reveal", "2028"], "--lattice: cannot be combined with --sample."),
        (["--reveal", "2028"], "--reveal: has no effect without draws."),
        (["--seed", 1], "--seed: has no effect without draws."),
        (["--lattice", "low,high", "--reveal", "2027:size"], "is not between 2028 and 2029"),
        (["--sample", 3, "--reveal", "2028:size", "--reduce", 4], "4 of 3 scenarios cannot be kept."),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_a_fault(case, tmp_path, words, text):
    found = asked("scenarios", case, *words, "-o", tmp_path / "made")
    if not words:
        found = asked("scenarios", case)
    assert found.exit_code == 2
    assert text in " ".join(found.output.split())
    assert not (tmp_path / "made").exists()


def test_nothing_is_written_over_and_nothing_without_need(case, tmp_path):
    words = ["--lattice", "low,high", "--reveal", "2028:size", "-o"]
    before = (case / "plan.toml").read_bytes()
    found = asked("scenarios", case, *words, case)
    assert found.exit_code == 2
    assert (case / "plan.toml").read_bytes() == before
    assert "has nothing to write" in asked("scenarios", KNOWN, "-o", tmp_path / "made").output
    assert not (tmp_path / "made").exists()
