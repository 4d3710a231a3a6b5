"""Plans looked for beside the proof take effect by counted work: no delay of either thread changes a search."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from models.build import build
from models.outcome import SolveOptions, Stop
from models.solvers.mathopt import model_of
from models.solvers.plain import greatest_violation, relaxed
from models.solvers.search.aside import Aside
from models.solvers.search.emptiness import RayFinder
from models.solvers.search.form import form_of
from models.solvers.search.lean import Lean
from models.solvers.search.relaxation import Answer, Care, Verdict
from models.solvers.search.run import run
from models.solvers.search.state import STEPS_TO_ASK, Listener, State, ignore, no_ray
from models.solvers.warm import WarmProgram
from models.stages import guide_of
from planner.case import read_case
from tests.oracle.random_cases import random_case

INPUTS = Path(__file__).parents[2] / "inputs"
GAP = 0.002
SLOW_S = 0.002
PAUSES = ((0.0, 0.0), (SLOW_S, 0.0), (0.0, SLOW_S))
NOWHERE = np.empty(0)


class BrokenDownError(Exception):
    """What an attempt runs into."""


class Counting:
    """A relaxation without answers, each of which takes as many steps and seconds as told."""

    def __init__(self, steps, seconds=0.0):
        self._steps, self._seconds = steps, seconds

    def solve(self, lower, upper, cutoff=np.inf, care=Care.PROOF):
        time.sleep(self._seconds)
        return Answer(Verdict.BROKEN, steps=self._steps)


class Paced:
    """A relaxation that sleeps at random before it answers, and counts the steps of its answers."""

    def __init__(self, inner, seed, seconds):
        self._inner, self._random, self._seconds = inner, np.random.default_rng(seed), seconds
        self.steps = 0

    def solve(self, lower, upper, cutoff=np.inf, care=Care.PROOF):
        if self._seconds and self._random.random() < 0.3:
            time.sleep(self._random.exponential(self._seconds))
        answer = self._inner.solve(lower, upper, cutoff, care)
        self.steps += answer.steps
        return answer


class Noted(Aside):
    """Notes at which effort of the search an attempt began and took effect, and what it had found by then."""

    def __init__(self, prepare):
        super().__init__(prepare)
        self.begun, self.taken = [], []

    def begin(self, state, attempt):
        self.begun.append(state.effort)
        super().begin(state, attempt)

    def due(self, effort):
        side = super().due(effort)
        if side is not None:
            self.taken.append((effort, side.programs, side.steps, side.cost))
        return side


def counted(steps=5, seconds=0.0, should_end=lambda: None):
    """A search of which nothing is known but its work: 30 for each program with 5 steps."""
    return State(None, Counting(steps, seconds), no_ray, Listener(ignore, ignore, should_end), 0.01)


def of_programs(count, after_s=0.0):
    """An attempt that asks for so many programs and then dawdles."""

    def attempt(side):
        for _ in range(count):
            side.try_out(NOWHERE, NOWHERE)
        time.sleep(after_s)

    return attempt


def taken_at(state, aside, most=200):
    """The effort of the search at which an attempt takes effect."""
    for _ in range(most):
        state.try_out(NOWHERE, NOWHERE)
        side = aside.due(state.effort)
        if side is not None:
            return state.effort, side.effort
    return None


@pytest.mark.parametrize(("of_search", "of_attempt"), [(0.0, 0.0), (0.004, 0.0), (0.0, 0.004), (0.001, 0.001)])
@pytest.mark.parametrize("before", [0, 3])
def test_attempt_takes_effect_when_the_search_has_worked_as_much_whoever_is_slow(of_search, of_attempt, before):
    """Nine programs of 25 + 7 are 288: after ten of the search's own 25 + 5, counted from where the attempt began."""
    assert STEPS_TO_ASK == 25
    state, aside = counted(seconds=of_search), Aside(lambda: Counting(7, of_attempt))
    for _ in range(before):
        state.try_out(NOWHERE, NOWHERE)
    aside.begin(state, of_programs(9))
    assert not aside.is_free
    assert taken_at(state, aside) == (300 + 30 * before, 288)
    assert aside.is_free
    assert aside.due(10**9) is None


@pytest.mark.parametrize("after_s", [0.0, 0.05])
def test_attempt_that_has_worked_just_as_much_is_waited_for(after_s):
    state, aside = counted(), Aside(lambda: Counting(5))
    aside.begin(state, of_programs(10, after_s))
    assert taken_at(state, aside) == (300, 300)


def test_attempt_that_has_ended_long_ago_is_still_to_come_until_the_search_has_worked_as_much():
    state, aside = counted(), Aside(lambda: Counting(5))
    aside.begin(state, of_programs(4))
    aside._thread.join()
    assert [aside.due(effort) is None for effort in (0, 30, 119)] == [True, True, True]
    assert aside.due(120) is not None


def test_attempt_begins_with_what_the_search_knows_and_leaves_it_alone():
    state, seen = counted(), []
    state.cost, state.plan, state.bound = 12.0, np.array([1.0]), 11.0
    aside = Aside(lambda: Counting(5))

    def attempt(side):
        seen.append((side.cost, side.plan, side.bound, side.gap, side.programs, side.steps))
        side.cost, side.stop = 1.0, Stop.TIME
        side.try_out(NOWHERE, NOWHERE)

    aside.begin(state, attempt)
    aside._thread.join()
    assert seen == [(12.0, state.plan, 11.0, state.gap, 0, 0)]
    assert (state.cost, state.stop, state.programs) == (12.0, None, 0)


def failing(programs):
    def attempt(side):
        of_programs(programs)(side)
        raise BrokenDownError

    return attempt


@pytest.mark.parametrize("seconds", [0.0, 0.003])
def test_error_of_an_attempt_is_raised_by_the_search_when_it_is_due(seconds):
    state, aside = counted(), Aside(lambda: Counting(5, seconds))
    aside.begin(state, failing(4))
    with pytest.raises(BrokenDownError):
        taken_at(state, aside)
    assert state.effort == 120
    assert aside.leave() is None


def test_error_of_an_attempt_is_raised_when_it_is_left():
    aside = Aside(lambda: Counting(5))
    aside.begin(counted(), failing(4))
    aside._thread.join()
    with pytest.raises(BrokenDownError):
        aside.leave()


def endless(side):
    """Goes on for ten seconds unless it is ended; a test that fails need not hang."""
    until = time.monotonic() + 10.0
    while not side.is_done and time.monotonic() < until:
        side.try_out(NOWHERE, NOWHERE)


def test_attempt_that_is_left_ends_soon_and_tells_what_it_has_spent():
    aside = Aside(lambda: Counting(5, 0.001))
    aside.begin(counted(), endless)
    thread = aside._thread
    time.sleep(0.05)
    assert thread.is_alive()
    began = time.monotonic()
    side = aside.leave()
    assert time.monotonic() - began < 2.0
    assert not thread.is_alive()
    assert side.stop is Stop.INTERRUPT
    assert side.steps == 5 * side.programs > 0
    assert aside.is_free


def test_attempt_ends_when_the_search_is_to_end():
    ends = []
    aside = Aside(lambda: Counting(5, 0.001))
    aside.begin(counted(should_end=lambda: Stop.TIME if ends else None), endless)
    thread = aside._thread
    assert thread.is_alive()
    ends.append(True)
    thread.join(5.0)
    assert not thread.is_alive()
    assert aside.due(10**9).stop is Stop.TIME


def warm(part):
    return WarmProgram(model_of(part), part, seconds_left=lambda: None, interrupter=None)


def searched(model, gap=GAP, *, beside=True, pauses=(0.0, 0.0), seed=0, most_programs=2000, of_attempts=None):
    """A whole search as the solver's process makes it; returns its state, what came aside, and when plans came."""
    guide = guide_of(model)
    form = form_of(model.program, guide)
    continuous = relaxed(form.program)
    lean, twins, events = Lean(continuous, guide.chains, warm, form.proofs, gap), [], []
    listener = Listener(lambda *_: events.append((state.programs, state.cost)), ignore, lambda: None)
    relaxation = Paced(lean, seed, pauses[0])
    state = State(form, relaxation, RayFinder(continuous, warm), listener, gap, most_programs=most_programs)

    def prepare():
        twins[:] = [lean.twin(twins[0] if twins else None)]
        return of_attempts or Paced(twins[0], seed + 1, pauses[1])

    aside = Noted(prepare) if beside else None
    run(state, None, aside)
    return state, aside, events


@pytest.fixture(scope="module")
def small():
    """A real case that a search of some hundred linear programs closes."""
    return build(read_case(INPUTS / "make-or-buy-2023").case)


@pytest.fixture(scope="module")
def delayed(small):
    """The same search three times: undisturbed, with a slow search, and with slow attempts."""
    return [searched(small, pauses=pauses, seed=seed) for seed, pauses in enumerate(PAUSES)]


def test_delays_change_no_plan_no_cost_no_bound_and_no_count(delayed):
    first, aside, events = delayed[0]
    assert len(aside.taken) > 2, "next to nothing came from aside"
    assert min(cost for *_, cost in aside.taken) == first.cost, "the best plan did not come from aside"
    for state, other, told in delayed[1:]:
        np.testing.assert_array_equal(state.plan, first.plan)
        assert (state.cost, state.bound, state.programs) == (first.cost, first.bound, first.programs)
        assert state.history == first.history
        assert told == events
        assert (other.begun, other.taken) == (aside.begun, aside.taken)


def test_attempt_has_never_worked_more_than_the_search_since_it_began(delayed):
    for _, aside, _ in delayed:
        for begun, (effort, programs, steps, _) in zip(aside.begun, aside.taken, strict=False):
            assert steps + STEPS_TO_ASK * programs <= effort - begun
        assert len(aside.begun) - len(aside.taken) in {0, 1}


def test_steps_of_attempts_are_counted_with_those_of_the_search(delayed):
    for state, aside, _ in delayed:
        taken = sum(steps for _, _, steps, _ in aside.taken)
        assert taken > 0
        assert state.steps >= state.relaxation.steps + taken


def test_searches_with_and_without_aside_close_the_gap_and_prove_of_each_other(small, delayed):
    beside, alone = delayed[0][0], searched(small, beside=False)[0]
    for one, other in ((beside, alone), (alone, beside)):
        assert one.cost - one.bound <= GAP * abs(one.cost)
        assert one.bound <= other.cost + 1e-7 * abs(other.cost)
        assert small.program.objective_of(one.plan) == pytest.approx(one.cost, rel=1e-9)
        assert greatest_violation(small.program, one.plan) < 1e-6


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_searches_with_and_without_aside_end_within_the_gap_of_the_known_optimum(engine, size):
    begun = left_open = 0
    for seed in range(12):
        model = build(random_case(seed, size))
        best = engine.solve(model.program, SolveOptions(gap=0.0, time_limit_s=60.0), code="scip").objective
        scale = max(1.0, abs(best))
        for beside in (True, False):
            state, aside, _ = searched(model, 1e-4, beside=beside)
            assert state.bound <= best + 1e-7 * scale, f"{size} {seed}: the bound lies above the optimum"
            assert state.cost >= best - 1e-6 * scale
            assert greatest_violation(model.program, state.plan) < 1e-6
            whole = state.plan[model.program.is_integer]
            np.testing.assert_allclose(whole, np.rint(whole), atol=1e-6)
            begun += 0 if aside is None else len(aside.begun)
            if state.bound < state.worth:
                # A part that is empty by less than 1e-7 cannot be proven so.
                assert state.bound == state.unproven
                left_open += 1
            else:
                assert state.cost <= best + 1e-4 * abs(state.cost) + 1e-6 * scale
    assert left_open <= 2
    assert begun > 0


class Breaking:
    """Answers nothing and raises at the third question."""

    def __init__(self):
        self.asked = 0

    def solve(self, lower, upper, cutoff=np.inf, care=Care.PROOF):
        self.asked += 1
        if self.asked == 3:
            raise BrokenDownError
        return Answer(Verdict.BROKEN)


def test_search_raises_what_its_attempts_raise(small):
    breaking, before = Breaking(), set(threading.enumerate())
    with pytest.raises(BrokenDownError):
        searched(small, of_attempts=breaking)
    assert breaking.asked == 3
    assert set(threading.enumerate()) <= before


def test_search_that_has_used_up_its_programs_leaves_no_thread_behind(small):
    before = set(threading.enumerate())
    state, aside, _ = searched(small, most_programs=40, pauses=(0.0, 0.01))
    assert 40 <= state.programs < 60
    assert len(aside.begun) == len(aside.taken) + 1, "no attempt was under way at the end"
    assert set(threading.enumerate()) <= before
