"""The public way to solve."""

import pytest

from models.outcome import SolveOptions, Status
from models.solve import DEFAULT, solve
from models.solvers.catalogue import UnknownEngineError
from models.solvers.child import Engine
from models.solvers.self_tests import self_tests

KNAPSACK = self_tests()[0].program


def test_default_solver_is_the_default_of_the_options():
    assert SolveOptions().solver == DEFAULT
    assert solve(KNAPSACK).solver == DEFAULT


@pytest.mark.parametrize("name", ["highs", "cbc"])
def test_options_choose_the_solver(name):
    outcome = solve(KNAPSACK, SolveOptions(solver=name, gap=0.0))
    assert (outcome.status, outcome.objective, outcome.solver) == (Status.OPTIMAL, pytest.approx(-220.0), name)


def test_warm_engine_runs_the_solver_of_the_options():
    with Engine.start("scip") as engine:
        pid = engine.pid
        outcomes = [solve(KNAPSACK, SolveOptions(solver=name), engine=engine) for name in ("scip", "highs", "cp_sat")]
        assert engine.pid == pid
    assert [outcome.solver for outcome in outcomes] == ["scip", "highs", "cp_sat"]


def test_warm_engine_of_another_library_is_refused():
    with Engine.start("cbc") as engine, pytest.raises(UnknownEngineError, match="belongs to another library"):
        solve(KNAPSACK, SolveOptions(solver="scip"), engine=engine)


def test_progress_and_stop_reach_the_solve():
    seen = []
    outcome = solve(KNAPSACK, SolveOptions(gap=0.0), on_progress=seen.append, should_stop=lambda: False)
    assert outcome.status is Status.OPTIMAL
    assert seen[-1].objective == pytest.approx(-220.0)
