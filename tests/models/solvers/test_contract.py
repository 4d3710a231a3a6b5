"""What every engine promises: the same twelve situations, reported the same way."""

import itertools
import os
import signal
import time

import numpy as np
import pytest

from models.outcome import NoSolutionError, SolveOptions, Status, Stop
from models.solvers import wire
from models.solvers.plain import greatest_violation
from models.tree_search.branching_guide import default_guide
from tests.models.solvers.solver_programs import knapsacks, make, market_split
from tests.models.solvers.test_child import children_of

INTEGER_ENGINES = ("native", "scip", "highs", "cp_sat", "cbc")
STREAMING_ENGINES = ("native", "scip", "highs", "cp_sat")
LP_ENGINES = ("native", "glop", "highs", "scip", "cp_sat", "cbc")
HARD = knapsacks(columns=100, rows=10, seed=3)
# A fast machine solves the usual number of linear programs of `native` before three seconds are over.
ENDLESS = wire.Search(default_guide(HARD), 10**9)
HOPELESS = market_split(columns=50, rows=6, seed=2)
FREE = {"least": [0, 0], "most": [5, 5], "whole": [1, 1]}


def brute_force(program):
    """The least objective over all binary points; the program has binaries only."""
    points = np.array(list(itertools.product((0.0, 1.0), repeat=program.column_count)))
    kept = [point for point in points if greatest_violation(program, point) < 1e-9]
    return min(program.objective_of(point) for point in kept)


@pytest.fixture(scope="module")
def known(engines):
    """A program that is not solved within two seconds, and a plan of it."""
    program = knapsacks(columns=60, rows=8, seed=3)
    return program, engines["scip"].solve(program, SolveOptions(gap=0.0, time_limit_s=2.0))


@pytest.mark.parametrize("name", INTEGER_ENGINES)
class TestIntegerEngine:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_optimum_is_that_of_enumeration(self, engines, name, seed):
        program = knapsacks(columns=9, rows=3, seed=seed, constant=123.25)
        outcome = engines[name].solve(program, SolveOptions(gap=0.0, time_limit_s=20))
        assert (outcome.status, outcome.stop) == (Status.OPTIMAL, Stop.PROOF)
        assert outcome.objective == pytest.approx(brute_force(program), rel=1e-9)
        assert outcome.bound == pytest.approx(outcome.objective, rel=2e-9)
        assert greatest_violation(program, outcome.values) < 1e-9
        assert outcome.solver == name
        assert outcome.version
        assert outcome.seconds["hand-off"] > 0
        assert outcome.seconds["solve"] > 0
        assert outcome.peak_memory_mb > 5

    def test_gap_stop_is_optimal_with_a_bound_that_holds(self, engines, name):
        program = knapsacks(columns=30, rows=5, seed=4)
        exact = engines["cp_sat"].solve(program, SolveOptions(gap=0.0, time_limit_s=20))
        outcome = engines[name].solve(program, SolveOptions(gap=0.05, time_limit_s=20))
        assert exact.status is Status.OPTIMAL
        assert outcome.status is Status.OPTIMAL
        assert outcome.stop in (Stop.GAP, Stop.PROOF)
        assert outcome.gap <= 0.05 + 1e-6
        assert outcome.bound <= exact.objective + 1e-6 * abs(exact.objective)
        assert exact.objective <= outcome.objective + 1e-6 * abs(exact.objective)

    def test_time_limit_keeps_the_incumbent_and_progress_only_gets_better(self, engines, name):
        seen = []
        options = SolveOptions(gap=0.0, time_limit_s=3.0)
        outcome = engines[name].solve(HARD, options, search=ENDLESS, on_progress=seen.append)
        assert (outcome.status, outcome.stop) == (Status.FEASIBLE, Stop.TIME)
        assert outcome.gap > 0
        assert outcome.bound < outcome.objective
        assert greatest_violation(HARD, outcome.values) < 1e-6
        assert 0.5 < outcome.seconds["solve"] < 0.8 + 5
        objectives = [each.objective for each in seen if each.objective is not None]
        bounds = [each.bound for each in seen if each.bound is not None]
        assert objectives
        assert bounds
        assert objectives == sorted(objectives, reverse=True)
        assert bounds == sorted(bounds)
        assert bounds[-1] <= objectives[-1]
        history = [each.objective for each in outcome.incumbents]
        assert history == sorted(set(history), reverse=True)
        assert history

    def test_time_limit_before_a_plan_is_nothing_found(self, engines, name):
        outcome = engines[name].solve(HOPELESS, SolveOptions(time_limit_s=0.5))
        assert (outcome.status, outcome.stop) == (Status.NOTHING_FOUND, Stop.TIME)
        assert outcome.objective is None
        with pytest.raises(NoSolutionError, match="nothing found"):
            outcome.values  # noqa: B018

    @pytest.mark.parametrize("side", [3, 31])
    def test_infeasible_is_proven(self, engines, name, side):
        """2x + 2y = 3 has no whole solution; 2x + 2y = 31 has none at all with x, y ≤ 5."""
        program = make([1, 1], [[2, 2]], lower=[side], upper=[side], **FREE)
        outcome = engines[name].solve(program, SolveOptions(time_limit_s=20))
        assert (outcome.status, outcome.stop) == (Status.INFEASIBLE, Stop.PROOF)
        assert outcome.solution is None
        assert outcome.bound is None

    def test_interrupt_keeps_the_incumbent(self, engines, name):
        seen = []
        outcome = engines[name].solve(
            HARD,
            SolveOptions(gap=0.0, time_limit_s=30),
            search=ENDLESS,
            on_progress=lambda progress: seen.append(progress.objective),
            should_stop=lambda: any(objective is not None for objective in seen),
        )
        assert (outcome.status, outcome.stop) == (Status.FEASIBLE, Stop.INTERRUPT)
        assert greatest_violation(HARD, outcome.values) < 1e-6
        assert outcome.objective == pytest.approx(HARD.objective_of(outcome.values), rel=1e-9)
        assert outcome.seconds["solve"] < 5

    def test_interrupt_before_a_plan_is_nothing_found(self, engines, name):
        outcome = engines[name].solve(HOPELESS, SolveOptions(time_limit_s=30), should_stop=lambda: True)
        assert (outcome.status, outcome.stop) == (Status.NOTHING_FOUND, Stop.INTERRUPT)
        assert outcome.seconds["solve"] < 5

    def test_memory_limit_ends_the_child_and_the_next_solve_works(self, engines, name):
        before = engines[name].pid
        outcome = engines[name].solve(HARD, SolveOptions(gap=0.0, time_limit_s=20, memory_mb=20), search=ENDLESS)
        assert outcome.stop is Stop.MEMORY
        assert outcome.status in (Status.FEASIBLE, Status.NOTHING_FOUND)
        assert outcome.has_solution is (outcome.status is Status.FEASIBLE)
        assert outcome.peak_memory_mb > 20
        again = engines[name].solve(knapsacks(columns=9, rows=3, seed=1), SolveOptions(time_limit_s=20))
        assert again.status is Status.OPTIMAL
        assert engines[name].pid != before

    def test_killed_child_is_called_killed_and_the_next_solve_works(self, engines, name):
        engine = engines[name]
        engine.await_ready()
        outcome = engine.solve(
            HARD,
            SolveOptions(gap=0.0, time_limit_s=20),
            on_progress=lambda _: os.kill(engine.pid, signal.SIGKILL),
        )
        assert outcome.stop is Stop.KILLED
        assert outcome.status is (Status.FEASIBLE if outcome.has_solution else Status.FAILED)
        assert "was killed (SIGKILL" in outcome.detail
        assert (
            engine.solve(knapsacks(columns=9, rows=3, seed=1), SolveOptions(time_limit_s=20)).status is Status.OPTIMAL
        )

    def test_numbers_that_are_not_numbers_are_a_failure(self, engines, name):
        program = make([1, np.nan], [[1, 1]], lower=[1], upper=[np.inf], **FREE)
        outcome = engines[name].solve(program, SolveOptions(time_limit_s=20))
        assert outcome.status is Status.FAILED
        assert "not a finite number" in outcome.detail

    def test_empty_programs_are_answered(self, engines, name):
        nothing = make([], [], lower=[], upper=[], least=[], most=[], whole=[], constant=7.0)
        no_rows = make([1, -1], [], lower=[], upper=[], constant=7.0, **FREE)
        outcomes = [engines[name].solve(program, SolveOptions()) for program in (nothing, no_rows)]
        assert [outcome.status for outcome in outcomes] == [Status.OPTIMAL, Status.OPTIMAL]
        assert [outcome.objective for outcome in outcomes] == [7.0, 2.0]

    def test_hint_is_the_first_plan(self, engines, known, name):
        program, plan = known
        hint = np.where(np.arange(60) == 0, np.nan, plan.values)
        hinted = engines[name].solve(program, SolveOptions(gap=0.0, time_limit_s=2.0, hint=hint))
        assert hinted.objective <= plan.objective + 1e-6 * abs(plan.objective)

    def test_seed_and_threads_are_accepted(self, engines, name):
        program = knapsacks(columns=9, rows=3, seed=1)
        outcome = engines[name].solve(program, SolveOptions(gap=0.0, seed=11, threads=2, time_limit_s=20))
        assert outcome.status is Status.OPTIMAL
        assert outcome.objective == pytest.approx(brute_force(program), rel=1e-9)


def test_cbc_that_is_killed_inside_its_process_is_called_killed(engines):
    """CBC runs as a program of its own below the solver's process, and may be ended alone."""

    def kill(_):
        for pid in children_of(engines["cbc"].pid):
            os.kill(pid, signal.SIGKILL)

    outcome = engines["cbc"].solve(HARD, SolveOptions(gap=0.0, time_limit_s=20), on_progress=kill)
    assert (outcome.status, outcome.stop) == (Status.FAILED, Stop.KILLED)
    assert "was killed (SIGKILL" in outcome.detail


@pytest.mark.parametrize("name", ["scip", "highs", "cbc"])
@pytest.mark.parametrize("whole", [0, 1])
def test_unbounded_is_proven(engines, name, whole):
    program = make(
        [-1, -1], [[1, -1]], lower=[0], upper=[np.inf], least=[0, 0], most=[np.inf, 5], whole=[whole, 1], constant=3.0
    )
    outcome = engines[name].solve(program, SolveOptions(time_limit_s=20))
    assert (outcome.status, outcome.stop) == (Status.UNBOUNDED, Stop.PROOF)
    assert outcome.solution is None


@pytest.mark.parametrize("most", [np.inf, 2e7])
def test_cp_sat_refuses_columns_without_bounds(engines, most):
    """CP-SAT cuts bounds off at 1e7, which would make its proofs those of another program."""
    program = make([1, 1], [[1, 1]], lower=[1], upper=[np.inf], least=[0, 0], most=[most, 5], whole=[1, 1])
    outcome = engines["cp_sat"].solve(program, SolveOptions(time_limit_s=20))
    assert outcome.status is Status.FAILED
    assert outcome.detail == "CP-SAT needs bounds within ±1e+07 on every column; 1 have none. Use scip or highs."


def test_cp_sat_claims_no_proof_where_columns_are_continuous(engines):
    """min −x − y with 2x + 2y ≤ 3: the optimum is −1.5, and a grid of whole numbers has −1 with a "proof"."""
    program = make([-1, -1], [[2, 2]], lower=[-np.inf], upper=[3], least=[0, 0], most=[1, 1], whole=[1, 0])
    seen = []
    outcome = engines["cp_sat"].solve(program, SolveOptions(gap=0.0, time_limit_s=20), on_progress=seen.append)
    assert (outcome.status, outcome.stop, outcome.bound) == (Status.FEASIBLE, Stop.GAP, None)
    assert [each.bound for each in seen] == [None] * len(seen)
    assert "on a grid" in outcome.detail
    never = make([1, 1], [[2, 2]], lower=[1], upper=[1], least=[0, 0], most=[1, 0.4], whole=[1, 0])
    outcome = engines["cp_sat"].solve(never, SolveOptions(time_limit_s=20))
    assert outcome.status is Status.NOTHING_FOUND
    assert engines["scip"].solve(never, SolveOptions(time_limit_s=20)).status is Status.INFEASIBLE


@pytest.mark.parametrize("name", STREAMING_ENGINES)
def test_streamed_plans_survive_the_end_of_the_child(engines, name):
    """The child is killed at its third message that carries an objective: what it had handed over stays."""
    engine = engines[name]
    engine.await_ready()
    seen = []

    def kill_later(progress):
        seen.append(progress)
        if sum(each.objective is not None for each in seen) == 3:
            os.kill(engine.pid, signal.SIGKILL)

    outcome = engine.solve(HARD, SolveOptions(gap=0.0, time_limit_s=20), on_progress=kill_later)
    assert (outcome.status, outcome.stop) == (Status.FEASIBLE, Stop.KILLED)
    assert greatest_violation(HARD, outcome.values) < 1e-6
    assert outcome.objective == min(each.objective for each in seen if each.objective is not None)


def test_missing_licence_is_a_failure_in_words(engines):
    program = knapsacks(columns=9, rows=3, seed=1)
    outcome = engines["gurobi"].solve(program, SolveOptions(time_limit_s=20))
    if outcome.status is Status.OPTIMAL:
        pytest.skip("this machine has Gurobi")
    assert outcome.status is Status.FAILED
    assert "licence" in outcome.detail


def test_missing_solver_of_pulp_is_a_failure_in_words(engines):
    outcome = engines["pulp:CHOCO_CMD"].solve(knapsacks(columns=9, rows=3, seed=1), SolveOptions(time_limit_s=20))
    assert outcome.status is Status.FAILED
    assert "PuLP finds no CHOCO_CMD on this machine" in outcome.detail


def test_any_solver_of_pulp_is_read_by_its_solution_status(engines):
    engine = engines["pulp:PULP_CBC_CMD"]
    program = knapsacks(columns=9, rows=3, seed=1)
    optimal = engine.solve(program, SolveOptions(gap=0.0, time_limit_s=20))
    assert optimal.status is Status.OPTIMAL
    assert optimal.objective == pytest.approx(brute_force(program), rel=1e-9)
    limited = engine.solve(HARD, SolveOptions(gap=0.0, time_limit_s=2.0))
    assert (limited.status, limited.stop) == (Status.FEASIBLE, Stop.TIME)
    assert engine.solve(HOPELESS, SolveOptions(time_limit_s=0.5)).status is Status.NOTHING_FOUND
    half = make([1, 1], [[2, 2]], lower=[3], upper=[3], **FREE)
    assert engine.solve(half, SolveOptions(time_limit_s=20)).status is Status.INFEASIBLE


@pytest.mark.parametrize("name", ["glop", "pdlp"])
def test_engines_of_continuous_programs_refuse_integers(engines, name):
    outcome = engines[name].solve(knapsacks(columns=9, rows=3, seed=1), SolveOptions())
    assert outcome.status is Status.FAILED
    assert "continuous programs only" in outcome.detail


@pytest.mark.parametrize("name", LP_ENGINES)
class TestContinuousPrograms:
    def test_relaxation_has_duals_that_prove_it(self, engines, name):
        """With reduced costs c − Aᵀy, the dual bound b·y + Σ min over the column's box equals the objective."""
        program = knapsacks(columns=30, rows=5, seed=7)
        outcome = engines[name].solve(program, SolveOptions(relax=True, time_limit_s=20))
        assert (outcome.status, outcome.stop) == (Status.OPTIMAL, Stop.PROOF)
        prices = np.bincount(
            program.columns, outcome.row_duals[program.row_of_entries()] * program.values, program.column_count
        )
        np.testing.assert_allclose(outcome.reduced_costs, program.objective - prices, atol=1e-7)
        box = np.minimum(outcome.reduced_costs * program.column_lower, outcome.reduced_costs * program.column_upper)
        bound = outcome.row_duals @ program.row_upper + box.sum() + program.constant
        assert (outcome.row_duals <= 1e-9).all()
        assert bound == pytest.approx(outcome.objective, rel=1e-8)

    def test_infeasible_and_unbounded_are_told_apart(self, engines, name):
        box = {"least": [0, 0], "whole": [0, 0]}
        infeasible = make([-1, -1], [[1, -1], [1, -1]], lower=[1, -9], upper=[9, 0], most=[9, 9], **box)
        assert engines[name].solve(infeasible, SolveOptions(time_limit_s=20)).status is Status.INFEASIBLE
        if name == "cp_sat":
            return
        unbounded = make([-1, -1], [[1, -1]], lower=[0], upper=[np.inf], most=[np.inf, 5], **box)
        assert engines[name].solve(unbounded, SolveOptions(time_limit_s=20)).status is Status.UNBOUNDED
        both = make([-1, 0], [[1, -1], [0, 1]], lower=[0, 7], upper=[np.inf, 9], most=[np.inf, 5], **box)
        assert engines[name].solve(both, SolveOptions(time_limit_s=20)).status is Status.INFEASIBLE


def test_stop_is_prompt_even_where_the_engine_cannot_be_asked(engines):
    began = time.monotonic()
    outcome = engines["highs"].solve(
        HARD, SolveOptions(gap=0.0, time_limit_s=30), should_stop=lambda: time.monotonic() > began + 1.0
    )
    assert outcome.status is Status.FEASIBLE
    assert time.monotonic() - began < 4
