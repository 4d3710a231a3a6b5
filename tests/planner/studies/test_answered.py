"""Points that end once their question is answered: their brackets contain what enumeration finds."""

from __future__ import annotations

import os

import pytest

from models.outcome import SolveOptions
from models.solvers.catalogue import facts_of
from planner.studies.future_recipes import future_of, recipe_of, refusals
from planner.studies.point_work import answer
from planner.studies.significance import bracket_of, has_plan, is_impossible
from planner.sweeps.point_runner import WarmEngine
from planner.sweeps.points import Point, StoredPlan, WorkContext
from tests.oracle.brute_force import brute_force
from tests.oracle.random_cases import random_case

SEEDS = int(os.environ.get("ORACLE_ANSWERED_SEEDS", "16"))
FEW = 4
GAP = 1e-3
TOLERANCE = 1e-7


@pytest.fixture(scope="module")
def native():
    engine = WarmEngine(facts_of("native"))
    yield engine
    engine.close()


def worked(case, engine, question, recipe, start=None):
    """The result of a point, and what its neighbours start from."""
    context = WorkContext(case=case, options=SolveOptions(gap=GAP, threads=1), engine=engine, start=start)
    result = answer(context, Point("one", question, recipe))
    return result, None if context.plan is None else StoredPlan(context.plan)


def holds(result, optimum):
    """Checks that the bracket of a result contains the optimum; a case that is refused has none."""
    if result["status"] == "faults":
        return
    if optimum is None:
        assert is_impossible(result)
        return
    least, most = bracket_of(result)
    scale = TOLERANCE * max(1.0, abs(optimum))
    assert least <= optimum + scale
    assert most >= optimum - scale


def answers_within_a_question(case, engine):
    optimum = brute_force(case).objective
    if optimum is None or refusals(case):
        return
    for share in (0.97, 0.9995, 1.0005, 1.03):
        target = optimum * share
        for name in ("answered_above", "answered_below"):
            result, _ = worked(case, engine, "plan", recipe_of(**{name: target}))
            holds(result, optimum)
            least, most = bracket_of(result)
            assert has_plan(result) or (name == "answered_above" and least > target)
            # What lies farther from the target than the gap is distinguished from it.
            if abs(share - 1.0) > 2 * GAP and target < optimum and name == "answered_above":
                assert least > target
            if abs(share - 1.0) > 2 * GAP and target > optimum and name == "answered_below":
                assert most < target


def compared_with_another_demand(case, engine):
    recipes = {
        side: recipe_of(levers=[(f"demand:{case.workloads[0].workload}:queries_per_day_million", "multiply", factor)])
        for side, factor in (("first", 0.9), ("second", 1.05))
    }
    costs = {side: brute_force(future_of(case, recipe).case).objective for side, recipe in recipes.items()}
    alone, start = worked(case, engine, "plan", recipe_of())
    holds(alone, brute_force(case).objective)
    for given in (None, start):
        result, pair = worked(case, engine, "compare", recipes, given)
        check_pair(result, costs)
    if pair is not None:
        # From the same pair itself the answer is the same.
        result, _ = worked(case, engine, "compare", recipes, pair)
        check_pair(result, costs)


def check_pair(result, costs):
    strained = [side for side in costs if result[side].get("breaches")]
    for side, cost in costs.items():
        if side not in strained:
            holds(result[side], cost)
    if strained or None in costs.values() or "faults" in {result[side]["status"] for side in costs}:
        return
    first, second = (bracket_of(result[side]) for side in ("first", "second"))
    apart = abs(costs["first"] - costs["second"])
    if apart > 3 * GAP * max(abs(cost) for cost in costs.values()):
        assert first[1] < second[0] if costs["first"] < costs["second"] else second[1] < first[0]


def planned_after_a_neighbour(case, engine):
    """Other demand from the plan, basis and pseudo-costs of the case itself, and of a neighbour of another size."""
    _, start = worked(case, engine, "plan", recipe_of())
    _, other = worked(random_case(1, "tiny"), engine, "plan", recipe_of())
    recipe = recipe_of(levers=[(f"demand:{case.workloads[0].workload}:queries_per_day_million", "multiply", 1.1)])
    optimum = brute_force(future_of(case, recipe).case).objective
    for given in (start, other):
        result, _ = worked(case, engine, "plan", recipe, given)
        if not result.get("breaches"):
            holds(result, optimum)
            if optimum is not None and has_plan(result):
                least, most = bracket_of(result)
                assert most - least <= 2 * GAP * max(1.0, abs(most))


@pytest.mark.parametrize("seed", range(FEW))
def test_brackets_contain_what_enumeration_finds(seed, native):
    case = random_case(seed, "tiny")
    answers_within_a_question(case, native)
    compared_with_another_demand(case, native)
    planned_after_a_neighbour(case, native)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FEW, SEEDS))
def test_many_brackets_contain_what_enumeration_finds(seed, native):
    test_brackets_contain_what_enumeration_finds(seed, native)
