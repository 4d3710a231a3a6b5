"""The cases with scenarios: sourced, with probabilities that follow from their notes, and otherwise their base case."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from models.build import build
from models.uncertainty.scenario_tree import scenario_tree
from planner.case import read_case
from tests.planner.tiny import FUTURES, INPUTS, fleetplan, manifest_of

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
