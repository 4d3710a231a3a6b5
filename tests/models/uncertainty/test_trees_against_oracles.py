"""Plans over random scenarios against two answers of other codes: the textbook formulation, and enumeration.

The scenarios of a tree need not be checked input, only possible: the reader refuses more than the mathematics does.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from models.families.risk import MEAN_WEIGHT
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.uncertainty.least_regret import solve_measure
from models.uncertainty.risk_curve import path_costs
from models.uncertainty.scenario_tree import scenario_tree
from models.uncertainty.two_stage import two_stage_model
from models.verify import verify
from planner.results import tables_of
from tests.oracle.brute_tree import brute_regret, brute_tree
from tests.oracle.random_trees import futures_of, groups_of, tree_case
from tests.oracle.textbook_tree import solve_textbook_tree

FEW, FAST, MANY = 4, 9, int(os.environ.get("ORACLE_TREE_SEEDS", "20"))


@pytest.fixture(scope="module")
def highs():
    with Engine.start("highs") as started:
        yield started


def planned(case, engine):
    """The cost of the best plan over the scenarios, which has passed the check of trees; None where there is none."""
    model = scenario_tree(case).model()
    options = SolveOptions(solver="highs", gap=0.0, time_limit_s=60.0)
    found = engine.solve(model.program, options, code="highs")
    if found.status is Status.INFEASIBLE:
        return None
    outcome = polish(model.program, found, engine=engine, options=options)
    assert outcome.status is Status.OPTIMAL, f"{outcome.status.value}: {outcome.detail}"
    tables = {name: list(table.records()) for name, table in tables_of(Solution(model, outcome)).items()}
    report = verify(case, tables, outcome.objective, futures=model.frame.futures)
    assert report.passed, report.summary()
    assert outcome.bound <= outcome.objective + 1e-6 * max(1.0, abs(outcome.objective))
    return outcome.objective


def against_textbook(seed, engine):
    """True where both have a plan, which then costs the same; False where both say that there is none."""
    case = tree_case(seed)
    cost = planned(case, engine)
    book = solve_textbook_tree(futures_of(case), [row.probability for row in case.scenarios], groups_of(case))
    if cost is None or book.status == "infeasible":
        assert cost is None, f"seed {seed}: the textbook has no plan"
        assert book.status == "infeasible", f"seed {seed}: the textbook has a plan of {book.objective}"
        return False
    assert book.status == "optimal", f"seed {seed}: {book.status}"
    assert cost == pytest.approx(book.objective, rel=1e-6, abs=1e-6), f"seed {seed}"
    return True


def against_enumeration(seed, engine):
    """The same with enumeration."""
    case = tree_case(seed, "tiny")
    cost = planned(case, engine)
    counted = brute_tree(futures_of(case), [row.probability for row in case.scenarios], groups_of(case))
    if cost is None or counted is None:
        assert cost is counted, f"seed {seed}: {cost} and {counted}"
        return False
    assert cost == pytest.approx(counted, rel=1e-6, abs=1e-6), f"seed {seed}"
    return True


def at_once_against(seed, engine, size):
    """True where the two-stage plan costs what textbook or enumeration say; False where there is none."""
    case = tree_case(seed, size)
    chances, futures = [row.probability for row in case.scenarios], futures_of(case)
    model = two_stage_model(scenario_tree(case))
    options = SolveOptions(solver="highs", gap=0.0, time_limit_s=60.0)
    found = engine.solve(model.program, options, code="highs")
    if size == "tiny":
        together = [[tuple(range(len(futures)))]] * model.frame.steps
        other = brute_tree(futures, chances, together)
    else:
        book = solve_textbook_tree(futures, chances, groups_of(case), at_once=True)
        other = None if book.status == "infeasible" else book.objective
    if found.status is Status.INFEASIBLE or other is None:
        assert (found.status is Status.INFEASIBLE) == (other is None), f"seed {seed}: {found.status} and {other}"
        return False
    assert found.objective == pytest.approx(other, rel=1e-6, abs=1e-6), f"seed {seed}"
    return True


def regret_against(seed, engine, size):
    """True where the greatest regret is the least by textbook or enumeration; False where there is no plan.

    The objective has a thousandth of the mean regret in it, which is no more than the greatest: what it is at least is
    a bound, and the greatest regret of its plan is at most a thousandth above the least.
    """
    case = tree_case(seed, size)
    tree, futures = scenario_tree(case), futures_of(case)
    options = SolveOptions(solver="highs", gap=0.0, time_limit_s=60.0)
    names = [row.scenario for row in case.scenarios]
    if size == "tiny":
        least, found = brute_regret(futures, groups_of(case))
        alone = dict(zip(names, found, strict=True))
    else:
        alone = {name: best_cost(tree.future(name), engine, options) for name in tree.names}
        least = None
    if None in alone.values():
        return False
    model = tree.model([float(alone[name]) for name in tree.names])
    outcome = solve_measure(model, engine, options)
    if size != "tiny":
        chosen = [number for number, name in enumerate(names) if name in alone]
        groups = [[tuple(chosen.index(n) for n in part if n in chosen) for part in parts] for parts in groups_of(case)]
        kept = [futures[number] for number in chosen]
        book = solve_textbook_tree(
            kept, [1.0] * len(kept), [[part for part in parts if part] for parts in groups], alone=list(alone.values())
        )
        least = None if book.status == "infeasible" else book.objective
    if least is None or outcome.status is Status.INFEASIBLE:
        assert (least is None) == (outcome.status is Status.INFEASIBLE), f"seed {seed}: {least}, {outcome.status}"
        return False
    costs = path_costs(Solution(model, outcome))
    greatest = max(costs - np.array(model.frame.best_alone)[tree.tree.future[tree.tree.leaves]])
    room = 1e-6 * max(1.0, *(abs(cost) for cost in model.frame.best_alone))
    assert outcome.bound <= least + room, f"seed {seed}: {outcome.bound} bounds {least}"
    assert least - room <= greatest <= least / (1.0 - MEAN_WEIGHT) + 3 * room, f"seed {seed}: {greatest} and {least}"
    return True


def best_cost(model, engine, options):
    outcome = engine.solve(model.program, options, code="highs")
    return None if outcome.status is Status.INFEASIBLE else outcome.objective


@pytest.mark.parametrize("size", ["small", "tiny"])
def test_least_regret_agrees_with_textbook_and_enumeration(highs, size):
    assert sum(regret_against(seed, highs, size) for seed in range(FEW)) >= FEW // 2


@pytest.mark.slow
@pytest.mark.parametrize("size", ["small", "tiny"])
def test_many_least_regrets_agree_with_textbook_and_enumeration(highs, size):
    assert sum(regret_against(seed, highs, size) for seed in range(MANY)) >= 0.7 * MANY


@pytest.mark.parametrize("size", ["small", "tiny"])
def test_two_stage_plans_agree_with_textbook_and_enumeration(highs, size):
    assert sum(at_once_against(seed, highs, size) for seed in range(FEW)) >= FEW // 2


@pytest.mark.slow
@pytest.mark.parametrize("size", ["small", "tiny"])
def test_many_two_stage_plans_agree_with_textbook_and_enumeration(highs, size):
    assert sum(at_once_against(seed, highs, size) for seed in range(MANY)) >= 0.7 * MANY


def test_random_trees_agree_with_the_textbook(highs):
    assert sum(against_textbook(seed, highs) for seed in range(FAST)) >= FAST // 2


def test_tiny_trees_agree_with_enumeration(highs):
    assert sum(against_enumeration(seed, highs) for seed in range(FAST)) >= FAST // 2


@pytest.mark.slow
def test_many_random_trees_agree_with_the_textbook(highs):
    assert sum(against_textbook(seed, highs) for seed in range(MANY)) >= 0.7 * MANY


@pytest.mark.slow
def test_many_tiny_trees_agree_with_enumeration(highs):
    assert sum(against_enumeration(seed, highs) for seed in range(MANY)) >= 0.7 * MANY
