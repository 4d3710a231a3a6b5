"""A whole search closes its gap around the known optimum, and no delay changes its plan."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Stop
from models.solvers.mathopt import model_of
from models.solvers.plain import greatest_violation, relaxed
from models.solvers.search.emptiness import RayFinder
from models.solvers.search.form import form_of
from models.solvers.search.lean import Lean
from models.solvers.search.relaxation import Answer, Care, Verdict
from models.solvers.search.run import run
from models.solvers.search.state import Listener, State, ignore
from models.solvers.warm import WarmProgram
from models.stages import guide_of
from planner.case import read_case
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[2] / "inputs"
GAP = 0.002
SLOW_S = 0.002


class BrokenDownError(Exception):
    """What a relaxation runs into."""


class Around:
    """A relaxation around another one, with its marks."""

    def __init__(self, inner):
        self._inner = inner

    def mark(self):
        return self._inner.mark()

    def go_back(self, mark):
        self._inner.go_back(mark)


class Paced(Around):
    """A relaxation that sleeps at random before it answers, counts its answers and their steps, and may fail."""

    def __init__(self, inner, seed, seconds, fails_at):
        super().__init__(inner)
        self._random, self._seconds = np.random.default_rng(seed), seconds
        self._fails_at, self.programs, self.steps = fails_at, 0, 0

    def solve(self, lower, upper, cutoff=np.inf, care=Care.PROOF):
        self.programs += 1
        if self.programs == self._fails_at:
            raise BrokenDownError
        if self._seconds and self._random.random() < 0.3:
            time.sleep(self._random.exponential(self._seconds))
        answer = self._inner.solve(lower, upper, cutoff, care)
        self.steps += answer.steps
        return answer


def warm(part):
    return WarmProgram(model_of(part), part, seconds_left=lambda: None, interrupter=None)


def searched(model, gap=GAP, *, pause=0.0, seed=0, most_programs=3000, fails_at=0, is_lean=True, ends=lambda: None):
    """A whole search as the solver's process makes it; returns its state and when plans came."""
    guide = guide_of(model)
    form = form_of(model.program, guide)
    continuous, events = relaxed(form.program), []
    lean = Lean(continuous, guide.chains, warm, form.proofs, gap, tied_from=0) if is_lean else warm(continuous)
    listener = Listener(lambda *_: events.append((state.programs, state.steps, state.cost)), ignore, ends)
    relaxation = Paced(lean, seed, pause, fails_at)
    state = State(form, relaxation, RayFinder(continuous, warm), listener, gap, most_programs=most_programs)
    run(state)
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
    state, told = searched(small, pause=SLOW_S, seed=seed)
    np.testing.assert_array_equal(state.plan, first.plan)
    known = (first.cost, first.bound, first.programs, first.steps)
    assert (state.cost, state.bound, state.programs, state.steps) == known
    assert told == events
    assert len(events) > 1


def test_every_linear_program_and_step_is_counted_once(plain):
    state, _ = plain
    assert state.programs == state.relaxation.programs
    assert state.steps == state.relaxation.steps


def test_smaller_and_whole_linear_programs_close_the_gap_and_prove_of_each_other(small, plain):
    lean, whole = plain[0], searched(small, is_lean=False)[0]
    for one, other in ((lean, whole), (whole, lean)):
        assert one.cost - one.bound <= GAP * (1.0 + 1e-9) * abs(one.cost)
        assert one.bound <= other.cost + 1e-7 * abs(other.cost)
        assert small.program.objective_of(one.plan) == pytest.approx(one.cost, rel=1e-9)
        assert greatest_violation(small.program, one.plan) < 1e-6


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_search_ends_within_the_gap_of_the_known_optimum(engine, size):
    left_open = 0
    for seed in range(16):
        model = build(random_case(seed, size))
        best = engine.solve(model.program, SolveOptions(gap=0.0, time_limit_s=60.0), code="scip").objective
        scale = max(1.0, abs(best))
        for gap in (1e-4, 0.05):
            state, _ = searched(model, gap)
            assert state.bound <= best + 1e-7 * scale, f"{size} {seed}: the bound lies above the optimum"
            assert state.cost >= best - 1e-6 * scale
            assert greatest_violation(model.program, state.plan) < 1e-6
            whole = state.plan[model.program.is_integer]
            np.testing.assert_allclose(whole, np.rint(whole), atol=1e-6)
            if state.bound < state.worth:
                # A part that is empty by less than 1e-7 cannot be proven so.
                assert state.bound == state.unproven
                left_open += 1
            else:
                assert state.cost <= best + gap * abs(state.cost) + 1e-6 * scale
    assert left_open <= 2


class Lying(Around):
    """A relaxation that says of every fourth question after the first what is not so."""

    def __init__(self, inner, verdict):
        super().__init__(inner)
        self._verdict, self._asked = verdict, 0

    def solve(self, lower, upper, cutoff=np.inf, care=Care.PROOF):
        self._asked += 1
        if self._asked % 4 == 0:
            return Answer(self._verdict)
        return self._inner.solve(lower, upper, cutoff, care)


@pytest.mark.parametrize("verdict", [Verdict.EMPTY, Verdict.BROKEN])
def test_part_that_is_lost_to_a_failure_leaves_the_bound_where_it_was(engine, verdict):
    """What GLOP calls empty is believed with a proof only."""
    left_open = 0
    for seed in range(12):
        model = build(random_case(seed, "small"))
        best = engine.solve(model.program, SolveOptions(gap=0.0, time_limit_s=60.0), code="scip").objective
        form = form_of(model.program, guide_of(model))
        continuous = relaxed(form.program)
        listener = Listener(ignore, ignore, lambda: None)
        lying = Lying(warm(continuous), verdict)
        state = State(form, lying, RayFinder(continuous, warm), listener, 1e-6, most_programs=1000)
        run(state)
        assert state.bound <= best + 1e-7 * max(1.0, abs(best)), f"{seed}: the bound lies above the optimum"
        left_open += state.bound < state.worth
    assert left_open > 0, "no lie was of any weight"


def test_error_of_a_linear_program_is_raised_by_the_search(small):
    with pytest.raises(BrokenDownError):
        searched(small, fails_at=30)


@pytest.mark.parametrize("most", [1, 40])
def test_search_that_has_used_up_its_programs_ends_with_a_bound_that_is_proven(small, plain, most):
    state, _ = searched(small, most_programs=most)
    assert most <= state.programs < most + 120
    assert np.isfinite(state.bound)
    assert state.bound <= plain[0].cost
    assert state.bound < state.worth


def test_search_that_is_to_end_ends_after_the_running_part(small, plain):
    asked = []
    state, _ = searched(small, ends=lambda: asked.append(1) or (Stop.TIME if len(asked) > 20 else None))
    assert state.stop is Stop.TIME
    assert state.programs < plain[0].programs
    assert state.bound <= plain[0].cost
