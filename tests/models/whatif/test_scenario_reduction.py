"""Scenario reduction: against its definition, every subset, and the transport problem; and the rows that it keeps."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

from models.tables.strategy_rows import Scenario, ScenarioValue
from models.whatif.scenario_generation import Reveal, sampled
from models.whatif.scenario_reduction import forward_selection, reduced, scenario_distances
from models.whatif.shock import ShockError
from planner.case import read_case

CASE = read_case(Path(__file__).parents[3] / "inputs" / "make-or-buy-2023").case


def random_set(seed):
    """Points in the plane with unequal probabilities, and their distances."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 9))
    points = rng.normal(size=(count, 2))
    chance = rng.dirichlet(np.ones(count))
    distance = np.sqrt(((points[:, None] - points[None, :]) ** 2).sum(axis=2))
    return distance, chance


def loss(distance, chance, kept):
    """The distance of a subset, by its definition."""
    return math.fsum(p * min(distance[i][j] for j in kept) for i, p in enumerate(chance))


@pytest.mark.parametrize("seed", range(40))
def test_each_step_takes_the_best_next_one_of_all(seed):
    distance, chance = random_set(seed)
    count = len(chance)
    chosen = []
    for keep in range(1, count + 1):
        best = min((i for i in range(count) if i not in chosen), key=lambda i: loss(distance, chance, [*chosen, i]))
        chosen.append(best)
        found = forward_selection(distance, chance, keep)
        assert list(found.kept) == chosen
        assert found.distance == pytest.approx(loss(distance, chance, chosen), abs=1e-12)
        assert found.probability.sum() == pytest.approx(1)
        subsets = [loss(distance, chance, kept) for kept in combinations(range(count), keep)]
        assert found.distance >= min(subsets) - 1e-12
        if keep in (1, count):
            assert found.distance == pytest.approx(min(subsets), abs=1e-12)
    assert found.distance == 0


@pytest.mark.parametrize("seed", range(12))
def test_the_distance_is_that_of_the_cheapest_transport(seed):
    """Moving all probability to the kept scenarios, in the shares that they get: a linear program."""
    distance, chance = random_set(seed)
    found = forward_selection(distance, chance, max(1, len(chance) // 2))
    solver = pywraplp.Solver.CreateSolver("GLOP")
    flow = [[solver.NumVar(0, 1, "") for _ in found.kept] for _ in chance]
    for row, share in zip(flow, chance, strict=True):
        solver.Add(solver.Sum(row) == share)
    for column, share in zip(zip(*flow, strict=True), found.probability, strict=True):
        solver.Add(solver.Sum(column) == share)
    costs = [flow[i][at] * distance[i][j] for i in range(len(chance)) for at, j in enumerate(found.kept)]
    solver.Minimize(solver.Sum(costs))
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    assert found.distance == pytest.approx(solver.Objective().Value(), abs=1e-7)


def test_scenarios_of_no_probability_are_never_kept():
    distance, chance = random_set(3)
    chance = np.append(chance, 0.0)
    wide = np.zeros((len(chance), len(chance)))
    wide[:-1, :-1] = distance
    found = forward_selection(wide, chance, len(chance) - 1)
    assert len(chance) - 1 not in found.kept
    with pytest.raises(ShockError, match="cannot be kept"):
        forward_selection(wide, chance, len(chance))


@pytest.mark.parametrize("keep", [0, 4])
def test_a_number_that_cannot_be_kept_is_refused(keep):
    with pytest.raises(ShockError, match=f"{keep} of 3 scenarios cannot be kept. Use a number from 1 to 3."):
        forward_selection(np.zeros((3, 3)), [0.5, 0.25, 0.25], keep)


def test_distances_are_in_standard_deviations_of_what_differs():
    """Of four equally likely scenarios two double a price: mean 1.5, deviation 0.5, so the doubled lie 2 away.

    One has a disruption: mean 1/4, deviation sqrt(3)/4, so it lies 4/sqrt(3) away.
    """
    rows = [Scenario(scenario=name, probability=0.25, revealed="2026") for name in "abcd"]
    rows[3] = replace(rows[3], disruptions=("queue",))
    price = ScenarioValue(
        scenario="c",
        table="prices",
        key="h100_cloud",
        column="unit_price_usd",
        period="2026",
        effect="multiply",
        value=2.0,
    )
    values = (price, replace(price, scenario="d"))
    found = scenario_distances(replace(CASE, scenarios=tuple(rows), scenario_values=values))
    far = 4 / math.sqrt(3)
    both = math.hypot(2, far)
    assert found == pytest.approx(np.array([[0, 0, 2, both], [0, 0, 2, both], [2, 2, 0, far], [both, both, far, 0]]))


def test_a_reduced_case_keeps_rows_and_gives_away_probability():
    made = sampled(CASE, 40, [Reveal("2026", ("demand", "rent"))], seed=3)
    case = replace(CASE, scenarios=made.scenarios, scenario_values=made.values)
    found = reduced(case, 6)
    kept = [row.scenario for row in found.scenarios]
    assert kept == [row.scenario for row in made.scenarios if row.scenario in kept]
    assert len(found.scenarios) == 6
    assert math.fsum(row.probability for row in found.scenarios) == pytest.approx(1, abs=1e-9)
    assert {row.scenario for row in found.values} == {row.scenario for row in found.scenarios}
    for row in found.scenarios:
        own = [name for name, kept in found.represented_by.items() if kept == row.scenario]
        assert row.probability == pytest.approx(len(own) / 40)
        assert row.note.endswith(f"represents {len(own) - 1} more") or len(own) == 1
    assert found.represented_by.keys() == {row.scenario for row in made.scenarios}
    whole = reduced(case, 40)
    assert whole.reduction.distance == 0
    assert [row.probability for row in whole.scenarios] == pytest.approx([1 / 40] * 40)
