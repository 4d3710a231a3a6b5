"""The limits that are kept from outside, with a clock and a child of the test's own."""

import queue

import numpy as np
import pytest

from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.solvers import watch as module
from models.solvers import wire
from models.solvers.catalogue import facts_of
from models.solvers.watch import Watch
from tests.models.solvers.solver_programs import knapsacks

PROGRAM = knapsacks(columns=9, rows=3, seed=1)


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


class FakeChild:
    def __init__(self):
        self.inbox = queue.Queue()
        self.sent = []
        self.held_mb = 10.0
        self.is_closed = False
        self.was_killed = False

    def send(self, message):
        self.sent.append(message)
        return True

    def memory_mb(self):
        return self.held_mb

    def watch(self, pid):
        pass

    def close(self):
        self.is_closed = True
        return "last words"

    def stops_asked(self):
        return sum(isinstance(message, wire.StopNow) for message in self.sent)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def started(name, options, search=None, **calls):
    child = FakeChild()
    calls = {"on_progress": None, "should_stop": None} | calls
    watch = Watch(facts_of(name), options, child, **calls)
    watch.begin(wire.Solve(PROGRAM, options, name, search), "1.0", waited=False)
    watch.receive(wire.Started())
    return watch, child


def found(objective, bound=-900.0):
    return wire.BetterPlan(Progress(1.0, objective, bound), np.full(9, objective))


@pytest.mark.parametrize(("limit", "end"), [(1.0, 6.0), (20.0, 25.0), (100.0, 125.0)])
@pytest.mark.parametrize("name", ["scip", "highs"])
def test_child_is_ended_five_seconds_or_a_quarter_after_its_limit(clock, name, limit, end):
    watch, child = started(name, SolveOptions(time_limit_s=limit))
    watch.receive(found(-500.0))
    clock.now = end - 0.01
    watch.check_limits()
    assert watch.outcome is None
    clock.now = end + 0.01
    watch.check_limits()
    assert child.is_closed
    assert watch.child_ended
    assert (watch.outcome.status, watch.outcome.stop) == (Status.FEASIBLE, Stop.TIME)
    assert (watch.outcome.objective, watch.outcome.bound) == (-500.0, -900.0)
    assert watch.outcome.values[0] == -500.0
    assert watch.outcome.detail == "ended from outside after the time limit"


@pytest.mark.parametrize(
    ("plan", "bound", "extra"), [(None, None, wire.FIRST_PLAN_SECONDS), (-500.0, None, 10.0), (-500.0, -900.0, 0.0)]
)
def test_native_search_has_time_for_a_first_plan_and_its_bound(clock, plan, bound, extra):
    watch, child = started("native", SolveOptions(time_limit_s=1.0))
    if plan is not None:
        watch.receive(found(plan, bound))
    clock.now = 6.0 + extra - 0.01
    watch.check_limits()
    assert not child.is_closed
    clock.now = 6.0 + extra + 0.01
    watch.check_limits()
    assert child.is_closed
    assert watch.outcome.stop is Stop.TIME


def test_part_of_another_method_has_no_time_for_a_first_plan(clock):
    watch, child = started("native", SolveOptions(time_limit_s=1.0), search=wire.Search(None, 10, node_limit=5))
    clock.now = 6.01
    watch.check_limits()
    assert child.is_closed


def test_engine_that_stops_softly_is_asked_before_it_is_ended(clock):
    watch, child = started("scip", SolveOptions(time_limit_s=10.0))
    clock.now = 12.5
    watch.check_limits()
    assert child.stops_asked() == 1
    assert watch.outcome is None


def test_engine_is_asked_three_times_at_most(clock):
    """SCIP ends its process at the fifth request."""
    watch, child = started("scip", SolveOptions(time_limit_s=1000.0))
    for second in range(1100, 1240):
        clock.now = float(second)
        watch.check_limits()
    assert child.stops_asked() == 3
    assert watch.outcome is None


def test_memory_limit_keeps_the_plan(clock):
    watch, child = started("highs", SolveOptions(memory_mb=100))
    watch.receive(found(-500.0))
    clock.now, child.held_mb = 1.0, 99.0
    watch.check_limits()
    assert watch.outcome is None
    clock.now, child.held_mb = 2.0, 101.0
    watch.check_limits()
    assert (watch.outcome.status, watch.outcome.stop) == (Status.FEASIBLE, Stop.MEMORY)
    assert watch.outcome.peak_memory_mb == 101.0
    assert child.is_closed


def test_plans_that_wait_in_the_pipe_are_read_before_the_end(clock):
    watch, child = started("highs", SolveOptions(time_limit_s=1.0))
    child.inbox.put(found(-700.0))
    clock.now = 10.0
    watch.check_limits()
    assert watch.outcome.objective == -700.0


def test_outcome_that_waits_in_the_pipe_is_taken_instead_of_ending_the_child(clock):
    watch, child = started("highs", SolveOptions(time_limit_s=1.0))
    child.inbox.put(wire.Finished(Outcome(Status.INFEASIBLE, Stop.PROOF, "highs", "1.0"), ()))
    clock.now = 10.0
    watch.check_limits()
    assert watch.outcome.status is Status.INFEASIBLE
    assert not child.is_closed


@pytest.mark.parametrize(("name", "patience"), [("scip", 3.0), ("highs", 1.0)])
def test_stop_request_ends_a_child_that_does_not_answer(clock, name, patience):
    watch, child = started(name, SolveOptions(), should_stop=lambda: True)
    watch.check_limits()
    clock.now = patience - 0.1
    watch.check_limits()
    assert watch.outcome is None
    clock.now = patience + 0.1
    watch.check_limits()
    assert (watch.outcome.status, watch.outcome.stop) == (Status.NOTHING_FOUND, Stop.INTERRUPT)
    assert child.stops_asked() >= 1


def test_second_ctrl_c_is_passed_on(clock):
    watch, child = started("scip", SolveOptions())
    watch.interrupted()
    assert child.stops_asked() == 1
    with pytest.raises(KeyboardInterrupt):
        watch.interrupted()


def test_streamed_plan_beats_a_worse_one_at_the_end(clock):
    watch, _ = started("scip", SolveOptions())
    watch.receive(found(-500.0))
    watch.receive(wire.Finished(Outcome(Status.NOTHING_FOUND, Stop.TIME, "scip", "1.0"), ("ortools",)))
    assert (watch.outcome.status, watch.outcome.objective, watch.outcome.bound) == (Status.FEASIBLE, -500.0, -900.0)
    assert [each.objective for each in watch.outcome.incumbents] == [-500.0]


def test_proof_of_the_engine_is_not_overruled_by_a_streamed_plan(clock):
    watch, _ = started("scip", SolveOptions())
    watch.receive(found(-500.0))
    proven = Outcome(Status.OPTIMAL, Stop.PROOF, "scip", "1.0", objective=-499.0, bound=-499.0)
    watch.receive(wire.Finished(proven, ("ortools",)))
    assert (watch.outcome.status, watch.outcome.objective) == (Status.OPTIMAL, -499.0)


def test_failure_of_the_engine_keeps_the_plan_that_it_had_handed_over(clock):
    watch, _ = started("scip", SolveOptions())
    watch.receive(found(-500.0))
    watch.receive(wire.Finished(Outcome(Status.FAILED, Stop.FAILURE, "scip", "1.0", detail="broke down"), ("ortools",)))
    assert (watch.outcome.status, watch.outcome.objective, watch.outcome.bound) == (Status.FAILED, -500.0, -900.0)


def test_late_answer_to_an_earlier_stop_does_not_end_this_solve(clock):
    watch, child = started("highs", SolveOptions())
    watch.receive(wire.Handover())
    assert watch.outcome is None
    assert not child.is_closed


@pytest.mark.parametrize(("plan", "status"), [(None, Status.FAILED), (-500.0, Status.FEASIBLE)])
def test_killed_child_is_called_killed_and_its_best_plan_is_kept(clock, plan, status):
    watch, child = started("scip", SolveOptions())
    if plan is not None:
        watch.receive(found(plan))
    child.was_killed = True
    watch.receive(None)
    assert (watch.outcome.status, watch.outcome.stop, watch.outcome.objective) == (status, Stop.KILLED, plan)
    assert watch.outcome.detail == "last words"
    assert watch.child_ended


def test_dead_child_is_a_failure_with_its_last_words_and_its_best_plan(clock):
    watch, _ = started("scip", SolveOptions())
    watch.receive(found(-500.0))
    watch.receive(None)
    assert (watch.outcome.status, watch.outcome.stop, watch.outcome.detail) == (
        Status.FAILED,
        Stop.FAILURE,
        "last words",
    )
    assert watch.outcome.objective == -500.0


def test_engine_without_values_says_what_was_lost(clock):
    watch, _ = started("cbc", SolveOptions(time_limit_s=1.0))
    watch.receive(wire.ProgressReport(Progress(1.0, -500.0, -900.0)))
    clock.now = 10.0
    watch.check_limits()
    assert watch.outcome.status is Status.NOTHING_FOUND
    assert watch.outcome.detail == (
        "ended from outside after the time limit; CBC had a plan of -500 "
        "and does not hand over its values while it runs"
    )
