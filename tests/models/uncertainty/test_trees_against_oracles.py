"""Plans over random scenarios against two answers of other codes: the textbook formulation, and enumeration.

The scenarios of a tree need not be checked input, only possible: the reader refuses more than the mathematics does.
"""

from __future__ import annotations

import pytest

from models.outcome import SolveOptions, Status
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import scenario_tree
from models.verify import verify
from planner.results import tables_of
from tests.oracle.brute_tree import brute_tree
from tests.oracle.random_trees import futures_of, groups_of, tree_case
from tests.oracle.textbook_tree import solve_textbook_tree

FAST, MANY = 9, 130


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


def test_random_trees_agree_with_the_textbook(highs):
    assert sum(against_textbook(seed, highs) for seed in range(FAST)) >= FAST // 2


def test_tiny_trees_agree_with_enumeration(highs):
    assert sum(against_enumeration(seed, highs) for seed in range(FAST)) >= FAST // 2


@pytest.mark.slow
def test_a_hundred_random_trees_agree_with_the_textbook(highs):
    assert sum(against_textbook(seed, highs) for seed in range(MANY)) >= 100


@pytest.mark.slow
def test_a_hundred_tiny_trees_agree_with_enumeration(highs):
    assert sum(against_enumeration(seed, highs) for seed in range(MANY)) >= 100
