"""Polished plans: exact integers, rows kept, duals at this plan; and what is said when that cannot be had."""

from dataclasses import replace

import numpy as np
import pytest

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.polish import INTEGER_TOLERANCE, ROW_TOLERANCE, polish, rounded
from models.solvers.child import Engine
from models.solvers.plain import greatest_violation
from models.solvers.self_tests import self_tests
from tests.models.solvers.solver_programs import knapsacks, make

LARGE_DEMAND = next(test.program for test in self_tests() if test.name == "large demand")
EXACT = SolveOptions(gap=1e-9)


@pytest.fixture(scope="module")
def engine():
    with Engine.start("glop") as started:
        yield started


def claimed(program, values, *, bound=None, solver="scip"):
    values = np.array(values, dtype=float)
    objective = program.objective_of(values)
    return Outcome(
        Status.OPTIMAL,
        Stop.GAP,
        solver,
        "1",
        objective=objective,
        bound=objective if bound is None else bound,
        solution=values,
        seconds={"solve": 1.0},
    )


def test_sloppy_integers_become_exact_and_the_row_holds(engine):
    """13,698 lots less a hair and 4600 units: the plan is 0.0003 of demand short, and is made whole at 6849.46."""
    sloppy = claimed(LARGE_DEMAND, [4600.0, 13698 - 4e-5], bound=6849.45)
    polished = polish(LARGE_DEMAND, sloppy, engine=engine)
    assert polished.status is Status.OPTIMAL
    assert polished.values[1] == 13698.0
    assert polished.values[0] == pytest.approx(4600.0, abs=1e-3)
    assert polished.objective == pytest.approx(6849.46, abs=1e-6)
    assert polished.objective == LARGE_DEMAND.objective_of(polished.values)
    assert greatest_violation(LARGE_DEMAND, polished.values) <= ROW_TOLERANCE
    assert (polished.bound, polished.stop) == (6849.45, Stop.GAP)
    assert polished.detail.startswith("polished by highs: integers moved 4.0e-05, rows kept to ")
    assert set(polished.seconds) == {"solve", "polish"}


def test_duals_are_those_at_this_plan(engine):
    """With the lots fixed, demand is met by units of 0.0001 for 0.001 each: one more costs 0.1."""
    polished = polish(LARGE_DEMAND, claimed(LARGE_DEMAND, [4600.0, 13698.0]), engine=engine)
    assert polished.row_duals.tolist() == pytest.approx([0.1])
    assert polished.reduced_costs.tolist() == pytest.approx([0.0, 0.5 - 7.3 * 0.1])


@pytest.mark.parametrize(("solver", "code"), [("scip", "highs"), ("highs", "glop"), ("cbc", "highs")])
def test_plan_is_polished_by_another_code_than_made_it(engine, solver, code):
    polished = polish(LARGE_DEMAND, claimed(LARGE_DEMAND, [4600.0, 13698.0], solver=solver), engine=engine)
    assert f"polished by {code}" in polished.detail


@pytest.mark.parametrize("name", ["scip", "highs", "cbc"])
def test_polishing_a_real_plan_keeps_its_optimum(name):
    program = knapsacks(columns=25, rows=4, seed=6)
    program = replace(program, is_integer=np.arange(25) % 4 != 0)
    with Engine.start(name) as started:
        outcome = started.solve(program, EXACT)
        polished = polish(program, outcome, engine=started, options=EXACT)
    assert polished.status is Status.OPTIMAL
    assert polished.objective == pytest.approx(outcome.objective, rel=1e-7)
    whole = polished.values[program.is_integer]
    assert (whole == np.rint(whole)).all()
    assert greatest_violation(program, polished.values) <= ROW_TOLERANCE
    assert polished.row_duals.shape == (4,)
    assert polished.reduced_costs.shape == (25,)


def test_integer_that_is_none_is_a_failure_by_name(engine):
    program = make([1, 1], [[1, 1]], lower=[1], upper=[9], least=[0, 0], most=[5, 5], whole=[1, 0])
    polished = polish(program, claimed(program, [1 + 2 * INTEGER_TOLERANCE, 0]), engine=engine)
    assert (polished.status, polished.stop, polished.solution, polished.objective) == (
        Status.FAILED,
        Stop.FAILURE,
        None,
        None,
    )
    assert polished.detail == "polishing failed: x[0] = 1.0002 is not a whole number"


def test_rounding_out_of_bounds_is_a_failure_by_name():
    program = make([1], [[1]], lower=[0], upper=[9], least=[0], most=[4.99995], whole=[1])
    rounding = rounded(program, np.array([4.99995]))
    assert rounding.fault == "x[0] = 4.99995 rounds to a value outside its bounds"


def test_rounding_that_breaks_a_row_is_a_failure(engine):
    """3 × 0.99995 = 2.99985 keeps the row; 3 × 1 = 3 does not, and nothing else can move."""
    program = make([-1], [[3]], lower=[-np.inf], upper=[2.9999], least=[0], most=[5], whole=[1])
    polished = polish(program, claimed(program, [0.99995]), engine=engine)
    assert polished.status is Status.FAILED
    assert polished.solution is None
    assert polished.detail.startswith(
        "polishing failed: the plan with rounded integers has no solution (highs: infeasible"
    )
    assert "glop: infeasible" in polished.detail


def test_outcome_without_a_plan_is_returned_as_it_is(engine):
    outcome = Outcome(Status.INFEASIBLE, Stop.PROOF, "scip", "1")
    assert polish(LARGE_DEMAND, outcome, engine=engine) is outcome


def test_bound_that_a_plan_proves_false_is_refused(engine):
    polished = polish(LARGE_DEMAND, claimed(LARGE_DEMAND, [4600.0, 13698.0], bound=6849.49), engine=engine)
    assert (polished.status, polished.bound) == (Status.FEASIBLE, None)
    assert "scip calls 6849.49 a bound, which this plan of 6849.46 proves false; it is refused" in polished.detail


def test_status_is_judged_again_for_the_polished_plan(engine):
    """One lot too many costs 0.04 more than the bound: within 0.1 %, not within 1e-9."""
    plan = claimed(LARGE_DEMAND, [0.0, 13699.0], bound=6849.46)
    assert polish(LARGE_DEMAND, plan, engine=engine).status is Status.OPTIMAL
    assert polish(LARGE_DEMAND, plan, engine=engine, options=EXACT).status is Status.FEASIBLE


def test_relaxed_plan_is_polished_without_rounding(engine):
    options = SolveOptions(relax=True)
    outcome = engine.solve(LARGE_DEMAND, options)
    polished = polish(LARGE_DEMAND, outcome, engine=engine, options=options)
    assert polished.status is Status.OPTIMAL
    assert polished.values[1] == pytest.approx(100_000 / 7.3)
