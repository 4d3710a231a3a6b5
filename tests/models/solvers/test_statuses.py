"""What is reported of a solve is what happened: twelve situations in every solver of the catalogue, and their words.

What `test_contract` asks of the engines for integers is asked here of the others too; the rest is asked of all.
"""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from models.outcome import Outcome, SolveOptions, Status, Stop
from models.solvers import wire
from models.solvers.catalogue import ENGINES, facts_of
from models.tree_search.branching_guide import default_guide
from planner.search_ends import _why_nothing
from tests.models.solvers.solver_programs import knapsacks, make
from tests.planner.tiny import standing_of

NAMES = [facts.name for facts in ENGINES]
MISSING = ("gurobi",)
CONTINUOUS = [facts.name for facts in ENGINES if not facts.integers]
FREE = {"least": [0, 0], "most": [5, 5]}
LIMIT = {"time_limit_s": 20.0}


def whole(name):
    return [0, 0] if name in CONTINUOUS else [1, 1]


SITUATIONS = {
    "optimal": (
        lambda name: make([1, 2], [[1, 1]], lower=[3], upper=[np.inf], whole=whole(name), **FREE),
        (Status.OPTIMAL, Stop.PROOF, 3.0),
    ),
    "infeasible": (
        lambda name: make([1, 1], [[2, 2]], lower=[31], upper=[31], whole=whole(name), **FREE),
        (Status.INFEASIBLE, Stop.PROOF, None),
    ),
    "not a number": (
        lambda name: make([1, np.nan], [[1, 1]], lower=[1], upper=[np.inf], whole=whole(name), **FREE),
        (Status.FAILED, Stop.FAILURE, None),
    ),
    "a row has a coefficient beside which nothing is left": (
        lambda name: make([1, 1], [[1, 1e30]], lower=[1], upper=[np.inf], whole=whole(name), **FREE),
        (Status.FAILED, Stop.FAILURE, None),
    ),
    "empty": (
        lambda _: make([], [], lower=[], upper=[], least=[], most=[], whole=[], constant=7.0),
        (Status.OPTIMAL, Stop.PROOF, 7.0),
    ),
}
UNBOUNDED = {"least": [0, 0], "most": [np.inf, 5], "constant": 3.0}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_situation_is_called_what_it_is(engines, situation, name):
    made, expected = SITUATIONS[situation]
    outcome = engines[name].solve(made(name), SolveOptions(gap=0.0, **LIMIT))
    if name in MISSING and situation in ("optimal", "infeasible"):
        assert (outcome.status, outcome.stop) == (Status.FAILED, Stop.FAILURE)
        assert "licence was not found" in outcome.detail
        return
    status, stop, objective = expected
    assert (outcome.status, outcome.stop) == (status, stop), outcome.detail
    assert outcome.objective == (objective if objective is None else pytest.approx(objective, rel=1e-6))
    assert outcome.has_solution is (status is Status.OPTIMAL)
    assert outcome.bound is None or outcome.bound <= outcome.objective


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (*MISSING, "cp_sat", "native")])
def test_unbounded_is_proven(engines, name):
    program = make([-1, -1], [[1, -1]], lower=[0], upper=[np.inf], whole=whole(name), **UNBOUNDED)
    outcome = engines[name].solve(program, SolveOptions(**LIMIT))
    assert (outcome.status, outcome.stop, outcome.has_solution) == (Status.UNBOUNDED, Stop.PROOF, False)


def test_unbounded_is_no_plan_and_no_proof_where_a_solver_cannot_tell(engines):
    program = make([-1, -1], [[1, -1]], lower=[0], upper=[np.inf], whole=[1, 1], **UNBOUNDED)
    native, grid = (engines[name].solve(program, SolveOptions(**LIMIT)) for name in ("native", "cp_sat"))
    assert (native.status, native.stop, native.bound) == (Status.NOTHING_FOUND, Stop.FAILURE, None)
    assert (grid.status, grid.stop, grid.bound) == (Status.FAILED, Stop.FAILURE, None)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MISSING])
def test_killed_at_rest_starts_again_and_killed_before_the_answer_is_called_killed(engines, name):
    engine = engines[name]
    engine.await_ready()
    os.kill(engine.pid, signal.SIGKILL)
    program = make([1, 2], [[1, 1]], lower=[3], upper=[np.inf], whole=whole(name), **FREE)
    outcome = engine.solve(program, SolveOptions(**LIMIT))
    assert outcome.stop is Stop.KILLED or outcome.status is Status.OPTIMAL
    if outcome.stop is Stop.KILLED:
        assert (outcome.status, outcome.has_solution) == (Status.FAILED, False)
        assert "was killed (SIGKILL" in outcome.detail
    assert engine.solve(program, SolveOptions(**LIMIT)).status is Status.OPTIMAL


@pytest.mark.parametrize("programs", [1, 30])
def test_search_that_has_used_up_its_linear_programs_says_so(engines, programs):
    program = knapsacks(columns=60, rows=8, seed=3)
    search = wire.Search(default_guide(program), programs)
    outcome = engines["native"].solve(program, SolveOptions(gap=0.0, **LIMIT), search=search)
    assert (outcome.status, outcome.stop) == (Status.FEASIBLE, Stop.WORK)
    assert outcome.bound < -24000.0
    assert outcome.bound < outcome.objective
    assert ("the plan is the first one" in outcome.detail) is (programs == 1)


@pytest.mark.parametrize("stop", Stop)
def test_every_stop_has_its_words_with_and_without_a_plan(stop):
    found = Outcome(Status.FEASIBLE, stop, "native", "1", objective=1000.0, bound=900.0)
    text = standing_of(found, 0.001)
    assert text.startswith("Best plan found: at most 10")
    assert "optimal" not in text.lower()
    nothing = Outcome(Status.NOTHING_FOUND, stop, "native", "1", bound=900.0)
    assert _why_nothing("a case", nothing, SolveOptions(time_limit_s=5, memory_mb=10)).startswith(
        "native found no plan for a case"
    )


def test_every_engine_of_the_catalogue_is_gone_through():
    assert {"native", "scip", "highs", "cp_sat", "gurobi", "glop", "pdlp", "cbc"} == set(NAMES)
    assert all(facts_of(name).label for name in NAMES)
