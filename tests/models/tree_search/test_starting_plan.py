"""A search that is stopped at once has a plan all the same, and never one that breaks a row."""

from __future__ import annotations

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Status, Stop
from models.polish import polish
from models.solvers import wire
from models.solvers.child import Engine
from models.solvers.plain import greatest_violation
from models.stages import guide_of, solve_model
from models.tree_search.branching_guide import default_guide
from models.tree_search.starting_plan import starting_plan
from models.uncertainty.scenario_tree import scenario_tree
from planner.case import read_case
from tests.models.solvers.solver_programs import make
from tests.models.tree_search.fleets import INPUTS, warm
from tests.oracle.random_cases import random_case
from tests.planner.tiny import FUTURES, SHIPPED

KEPT = 1e-5
LARGE = ("frontier-lab-quarterly", FUTURES)


def at_once():
    return True


def model_of_shipped(name):
    case = read_case(INPUTS / name).case
    tree = scenario_tree(case)
    return build(case) if tree is None else tree.model()


@pytest.mark.parametrize("name", [pytest.param(one, marks=[pytest.mark.slow] * (one == FUTURES)) for one in SHIPPED])
def test_every_shipped_case_has_a_plan_when_it_is_stopped_at_once(engine, name):
    model = model_of_shipped(name)
    found = solve_model(model, engine, SolveOptions(gap=1e-9), should_stop=at_once)
    assert found.stop is Stop.INTERRUPT or found.status is Status.OPTIMAL
    assert greatest_violation(model.program, found.solution) <= KEPT
    exact = polish(model.program, found, engine=engine)
    assert exact.objective <= found.objective * (1 + 1e-9)
    # The bound of a large case takes a linear program for which a busy machine may leave no time.
    assert found.bound is not None or name in LARGE
    assert found.bound is None or exact.gap <= 0.1


def test_shortest_time_limit_leaves_a_plan_that_is_polished_and_has_a_bound(engine):
    model = model_of_shipped("frontier-lab")
    found = solve_model(model, engine, SolveOptions(gap=1e-9, time_limit_s=0.001))
    assert (found.status, found.stop) == (Status.FEASIBLE, Stop.TIME)
    exact = polish(model.program, found, engine=engine, options=SolveOptions(time_limit_s=0.001))
    assert exact.status is Status.FEASIBLE
    assert exact.bound < exact.objective


def test_first_progress_of_a_large_case_has_a_plan(engine):
    seen = []
    model = model_of_shipped("frontier-lab-quarterly")
    found = solve_model(
        model, engine, SolveOptions(gap=1e-9), on_progress=seen.append, should_stop=lambda: len(seen) > 0
    )
    assert seen[0].objective is not None
    assert found.objective <= seen[0].objective


@pytest.mark.parametrize("solver", ["scip", "highs", "cbc"])
def test_another_solver_that_is_stopped_at_once_has_a_plan(solver):
    model = model_of_shipped("frontier-lab")
    with Engine.start(solver) as engine:
        found = solve_model(model, engine, SolveOptions(solver=solver, gap=1e-9), should_stop=at_once)
    assert (found.status, found.stop) == (Status.FEASIBLE, Stop.INTERRUPT)
    assert greatest_violation(model.program, found.solution) <= KEPT
    assert found.solver in (solver, f"{solver}, then native")
    assert found.bound <= found.objective


def test_first_plans_of_random_cases_are_plans_and_cost_no_less_than_the_best_one(engine):
    seeds, missed = range(40), 0
    for seed in seeds:
        model = build(random_case(seed, "small"))
        best = engine.solve(model.program, SolveOptions(gap=1e-9), code="scip")
        plan = starting_plan(model.program, guide_of(model), warm)
        if plan is None:
            missed += 1
            continue
        whole = plan[model.program.is_integer]
        np.testing.assert_array_equal(whole, np.rint(whole))
        assert greatest_violation(model.program, plan) <= KEPT
        assert model.program.objective_of(plan) >= best.objective - 1e-6 * max(1.0, abs(best.objective))
    assert missed <= 2


def test_no_first_plan_is_called_no_plan(engine):
    """3 x + 5 y = 19 holds for x = 3, y = 2 alone; no rounding of 19 / 3 or of 3.8 finds that."""
    program = make([1, 1], [[3, 5]], lower=[19], upper=[19], least=[0, 0], most=[9, 9], whole=[1, 1])
    assert starting_plan(program, default_guide(program), warm) is None
    search = wire.Search(default_guide(program), 0)
    found = engine.solve(program, SolveOptions(), code="native", search=search)
    assert found.status is Status.NOTHING_FOUND
    assert not found.has_solution
    assert engine.solve(program, SolveOptions(gap=0.0)).objective == pytest.approx(5.0)
