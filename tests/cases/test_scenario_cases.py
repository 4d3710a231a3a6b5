"""The cases with scenarios: sourced, with probabilities that follow from their notes, and otherwise their base case."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame

import planner
from models.build import build
from models.uncertainty.scenario_tree import scenario_tree
from planner.case import read_case
from tests.planner.tiny import FUTURES, INPUTS, ROOT, fleetplan, manifest_of

OF_SCENARIOS = ("disruptions", "scenarios", "scenario_values")
FACTORS = re.compile(r"(?:0?\.\d+)(?: x 0?\.\d+)*")


@pytest.fixture(scope="module")
def futures():
    return read_case(INPUTS / FUTURES).case


@pytest.fixture(scope="module")
def tree(futures):
    return scenario_tree(futures)


def test_the_futures_are_those_of_the_frontier_lab(futures):
    """Every other table is that of the lab, and so is the plan of the base case."""
    lab = read_case(INPUTS / "frontier-lab").case
    same = {name: getattr(lab, name) for name in OF_SCENARIOS}
    as_the_lab = replace(futures, **same, settings=replace(futures.settings, name="frontier-lab"), solver=lab.solver)
    assert as_the_lab == lab
    one, other = build(futures).program, build(lab).program
    for array in ("objective", "column_lower", "column_upper", "starts", "columns", "values", "row_lower", "row_upper"):
        assert np.array_equal(getattr(one, array), getattr(other, array)), array


def test_the_tree_has_what_was_asked_for(futures, tree):
    assert len(tree.names) == len(futures.scenarios) >= 12
    assert tree.stages == 4
    assert tree.revealed == ("2027", "2028", "2029")
    used = {name for row in futures.scenarios for name in row.disruptions}
    assert used == {row.disruption for row in futures.disruptions}
    fields = {(row.target, row.field) for row in futures.disruptions}
    assert {(row.programme, field) for row in futures.programmes for field in ("respin", "fail")} <= fields


def test_every_probability_is_the_product_in_its_note(futures):
    for row in futures.scenarios:
        factors = FACTORS.search(row.note)[0].split(" x ")
        assert row.probability == pytest.approx(math.prod(map(float, factors)), abs=1e-12), row.scenario
        assert row.source
    assert math.fsum(row.probability for row in futures.scenarios) == pytest.approx(1)
    assert all(row.source and row.note for name in OF_SCENARIOS for row in getattr(futures, name))


def test_what_may_happen_adds_up_to_one_after_every_branch():
    """The table of the README has the shares of each branch; where nothing more happens has the rest."""
    text = (INPUTS / FUTURES / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| 20")]
    shares = {}
    for known, before, _, probability, _ in rows:
        shares.setdefault((known, before), []).append(float(probability))
    first = next(branch for branch in shares if branch[0] == "2027")
    assert sum(shares.pop(first)) == pytest.approx(1)
    assert all(0 < sum(found) < 1 for found in shares.values())


@pytest.mark.slow
def test_the_futures_are_planned_to_their_gap(tmp_path):
    ended = fleetplan("plan", INPUTS / FUTURES, "-o", "run", "-q", cwd=tmp_path, timeout=540)
    assert ended.returncode == 0, ended.stderr
    assert "Planned over 15 scenarios in 4 stages, which differ from 2027, 2028, 2029 on." in ended.stdout
    found = manifest_of(tmp_path / "run")
    assert found["status"] == "optimal"
    assert found["check"]["passed"]


@pytest.fixture(scope="module")
def four():
    return planner.read_case(INPUTS / "make-or-buy-2023").with_setting("use_scenarios", True)


def test_the_four_futures_of_2023_are_a_tree_of_two_stages(four):
    made = four.scenarios()
    assert made.headlines[0] == "4 scenarios in 2 stages: they differ from 2026 on. 34 nodes."
    ends = {row.key: (row.low, row.high) for row in four.read.case.uncertain}
    for row in four.read.case.scenario_values:
        assert row.value == ends[row.key][row.scenario == "demand_surges"], row
    assert planner.read_case(INPUTS / "make-or-buy-2023").settings["use_scenarios"] is False


@pytest.mark.slow
def test_the_walk_through_tells_what_the_plan_over_four_futures_is(four):
    """Costs, decisions and the worth of information as the README has them, each within the gap of 0.05 %."""
    text = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("**Four futures.**")[2].partition("## The cases")[0]
    )
    plan = planner.plan(four, gap=0.0005, time_limit_s=400)
    assert plan.gap <= 0.0005
    assert abs(plan.objective_musd - figure(text, r"expected cost is ([\d,]+)")) <= 0.0005 * plan.objective_musd
    for name, cost in plan.futures.set_index("scenario")["cost_musd"].items():
        assert cost == pytest.approx(figure(text, rf"`{name}`.*\| ([\d,]+) \|"), rel=0.01), name
    rows = plan.tables["decisions"]
    early = rows[rows["when"].astype(str) < "2026"]
    first = {(str(row.when), row.verb, row.item) for row in early.itertuples()}
    assert {
        ("2024", "buy", "chip_team_deal"),
        ("2025", "start", "own_chip"),
        ("2025", "sign", "supply_agreement"),
    } <= first
    assert early[early["verb"] == "build"].drop_duplicates(["when", "item"])["units"].sum() == 400
    barred = four.with_table("commitments", DataFrame([{"kind": "start", "item": "own_chip", "status": "barred"}]))
    without = planner.plan(barred, gap=0.001, time_limit_s=400).objective_musd
    assert abs(without - figure(text, r"chip barred it would be ([\d,]+)")) <= 0.001 * without
    worth = plan.information().set_index("name")
    for name, pattern in (("VSS", r"some (\d+) USD million more"), ("EVPI", r"would save some (\d+)")):
        assert worth.at_least_musd[name] - 20 <= figure(text, pattern) <= worth.at_most_musd[name] + 20


def figure(text, pattern):
    return float(re.search(pattern, " ".join(text.splitlines()) if "\\|" not in pattern else text)[1].replace(",", ""))
