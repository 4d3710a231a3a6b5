"""A whole search closes its gap around the known optimum, and no delay changes its plan."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Stop
from models.program import relaxed
from models.solvers.mathopt import model_of
from models.solvers.plain import greatest_violation
from models.solvers.warm import WarmProgram
from models.stages import guide_of
from models.tree_search.branch_and_bound import BranchAndBound
from models.tree_search.extended_formulation import extended_formulation
from models.tree_search.infeasibility import FarkasRayFinder
from models.tree_search.lp_protocol import Accuracy, LpResult, LpStatus
from models.tree_search.primal_heuristics import DivesAndWindows
from models.tree_search.reduced_lp import ReducedLp
from models.tree_search.search_state import SearchCallbacks, SearchState, ignore
from models.tree_search.strong_branching import StrongBranching
from planner.case import read_case
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[3] / "inputs"
GAP = 0.002
SLOW_S = 0.002


class BrokenDownError(Exception):
    """What a relaxation runs into."""


class Around:
    """A relaxation around another one, with its marks."""

    def __init__(self, inner):
        self._inner = inner

    def saved_basis(self):
        return self._inner.saved_basis()

    def restore_basis(self, mark):
        self._inner.restore_basis(mark)


class Paced(Around):
    """A relaxation that sleeps at random before it answers, counts its answers and their steps, and may fail."""

    def __init__(self, inner, seed, seconds, fails_at):
        super().__init__(inner)
        self._random, self._seconds = np.random.default_rng(seed), seconds
        self._fails_at, self.programs, self.iterations = fails_at, 0, 0

    def solve(self, lower, upper, cutoff=np.inf, accuracy=Accuracy.DUAL_BOUND):
        self.programs += 1
        if self.programs == self._fails_at:
            raise BrokenDownError
        if self._seconds and self._random.random() < 0.3:
            time.sleep(self._random.exponential(self._seconds))
        answer = self._inner.solve(lower, upper, cutoff, accuracy)
        self.iterations += answer.iterations
        return answer


def warm(part):
    return WarmProgram(model_of(part), part, seconds_left=lambda: None, interrupter=None)


def searched(model, gap=GAP, *, pause=0.0, seed=0, lp_limit=3000, fails_at=0, is_lean=True, ends=lambda: None):
    """A whole search as the solver's process makes it; returns its state and when plans came."""
    guide = guide_of(model)
    formulation = extended_formulation(model.program, guide)
    continuous, events = relaxed(formulation.program), []
    lean = (
        ReducedLp(continuous, guide.stock_rows, warm, formulation.dual_bounds, gap, aggregate_from=0)
        if is_lean
        else warm(continuous)
    )
    listener = SearchCallbacks(
        lambda *_: events.append((state.lp_count, state.iterations, state.incumbent_cost)), ignore, ends
    )
    relaxation = Paced(lean, seed, pause, fails_at)
    state = SearchState(formulation, relaxation, FarkasRayFinder(continuous, warm), listener, gap, lp_limit=lp_limit)
    BranchAndBound(state, StrongBranching(state), DivesAndWindows(state)).run()
    return state, events


@pytest.fixture(scope="module")
def small():
    """A real case that a search of some hundred linear programs closes."""
    return build(read_case(INPUTS / "make-or-buy-2023").case)


@pytest.fixture(scope="module")
def plain(small):
    return searched(small)


@pytest.mark.parametrize("seed", [1, 2])
def test_delays_change_no_plan_no_cost_no_bound_and_no_count(small, plain, seed):
    first, events = plain
    state, reported = searched(small, pause=SLOW_S, seed=seed)
    np.testing.assert_array_equal(state.incumbent, first.incumbent)
    known = (first.incumbent_cost, first.best_bound, first.lp_count, first.iterations)
    assert (state.incumbent_cost, state.best_bound, state.lp_count, state.iterations) == known
    assert reported == events
    assert len(events) > 1


def test_every_linear_program_and_step_is_counted_once(plain):
    state, _ = plain
    assert state.lp_count == state.lp.programs
    assert state.iterations == state.lp.iterations


def test_smaller_and_whole_linear_programs_close_the_gap_and_prove_of_each_other(small, plain):
    lean, whole = plain[0], searched(small, is_lean=False)[0]
    for one, other in ((lean, whole), (whole, lean)):
        assert one.incumbent_cost - one.best_bound <= GAP * (1.0 + 1e-9) * abs(one.incumbent_cost)
        assert one.best_bound <= other.incumbent_cost + 1e-7 * abs(other.incumbent_cost)
        assert small.program.objective_of(one.incumbent) == pytest.approx(one.incumbent_cost, rel=1e-9)
        assert greatest_violation(small.program, one.incumbent) < 1e-6


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_search_ends_within_the_gap_of_the_known_optimum(engine, size):
    left_open = 0
    for seed in range(16):
        model = build(random_case(seed, size))
        best = engine.solve(model.program, SolveOptions(gap=0.0, time_limit_s=60.0), code="scip").objective
        scale = max(1.0, abs(best))
        for gap in (1e-4, 0.05):
            state, _ = searched(model, gap)
            assert state.best_bound <= best + 1e-7 * scale, f"{size} {seed}: the bound lies above the optimum"
            assert state.incumbent_cost >= best - 1e-6 * scale
            assert greatest_violation(model.program, state.incumbent) < 1e-6
            whole = state.incumbent[model.program.is_integer]
            np.testing.assert_allclose(whole, np.rint(whole), atol=1e-6)
            if state.best_bound < state.cutoff:
                # A part that is empty by less than 1e-7 cannot be proven so.
                assert state.best_bound == state.unresolved_bound
                left_open += 1
            else:
                assert state.incumbent_cost <= best + gap * abs(state.incumbent_cost) + 1e-6 * scale
    assert left_open <= 2


class Lying(Around):
    """A relaxation that says of every fourth question after the first what is not so."""

    def __init__(self, inner, verdict):
        super().__init__(inner)
        self._verdict, self._asked = verdict, 0

    def solve(self, lower, upper, cutoff=np.inf, accuracy=Accuracy.DUAL_BOUND):
        self._asked += 1
        if self._asked % 4 == 0:
            return LpResult(self._verdict)
        return self._inner.solve(lower, upper, cutoff, accuracy)


@pytest.mark.parametrize("verdict", [LpStatus.INFEASIBLE, LpStatus.FAILED])
def test_part_that_is_lost_to_a_failure_leaves_the_bound_where_it_was(engine, verdict):
    """What GLOP calls empty is believed with a proof only."""
    left_open = 0
    for seed in range(12):
        model = build(random_case(seed, "small"))
        best = engine.solve(model.program, SolveOptions(gap=0.0, time_limit_s=60.0), code="scip").objective
        formulation = extended_formulation(model.program, guide_of(model))
        continuous = relaxed(formulation.program)
        listener = SearchCallbacks(ignore, ignore, lambda: None)
        lying = Lying(warm(continuous), verdict)
        state = SearchState(formulation, lying, FarkasRayFinder(continuous, warm), listener, 1e-6, lp_limit=1000)
        BranchAndBound(state, StrongBranching(state), DivesAndWindows(state)).run()
        assert state.best_bound <= best + 1e-7 * max(1.0, abs(best)), f"{seed}: the bound lies above the optimum"
        left_open += state.best_bound < state.cutoff
    assert left_open > 0, "no lie was of any weight"


def test_error_of_a_linear_program_is_raised_by_the_search(small):
    with pytest.raises(BrokenDownError):
        searched(small, fails_at=30)


@pytest.mark.parametrize("most", [1, 40])
def test_search_that_has_used_up_its_programs_ends_with_a_bound_that_is_proven(small, plain, most):
    state, _ = searched(small, lp_limit=most)
    assert most <= state.lp_count < most + 120
    assert np.isfinite(state.best_bound)
    assert state.best_bound <= plain[0].incumbent_cost
    assert state.best_bound < state.cutoff


def test_search_that_is_to_end_ends_after_the_running_part(small, plain):
    asked = []
    state, _ = searched(small, ends=lambda: asked.append(1) or (Stop.TIME if len(asked) > 20 else None))
    assert state.stop is Stop.TIME
    assert state.lp_count < plain[0].lp_count
    assert state.best_bound <= plain[0].incumbent_cost
