"""One engine a process: what the parent loads, what the child loads, and what is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from models.outcome import SolveOptions, Status, Stop
from models.solvers.catalogue import ENGINES, UnknownEngineError, facts_of
from models.solvers.child import Engine
from models.solvers.solver_worker import SOLVER_LIBRARIES
from tests.models.solvers.solver_programs import knapsacks

SMALL = knapsacks(columns=9, rows=3, seed=1)
HARD = knapsacks(columns=100, rows=10, seed=3)
ROOT = Path(__file__).parents[3]
LONG = SolveOptions(gap=0.0, time_limit_s=60)


def run_python(code):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def gone_within(pids, seconds):
    until = time.monotonic() + seconds
    while any(is_running(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(is_running(pid) for pid in pids)


def test_parent_imports_no_solver_library():
    done = run_python(
        "import sys\n"
        "from models.solve import available_engines, solve\n"
        "from models.polish import polish\n"
        "from models.solvers.self_tests import self_tests\n"
        "program = self_tests()[0].program\n"
        "polish(program, solve(program))\n"
        "available_engines()\n"
        f"print([name for name in {SOLVER_LIBRARIES!r} if name in sys.modules])\n"
    )
    assert done.stderr == ""
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("facts", ENGINES, ids=lambda facts: facts.name)
def test_child_loads_exactly_one_solver_library(facts):
    with Engine.start(facts.name) as engine:
        engine.solve(SMALL, SolveOptions(relax=True, time_limit_s=10))
        assert engine.libraries == (facts.family.value,)


def test_start_returns_before_the_library_is_loaded():
    began = time.monotonic()
    with Engine.start("scip") as engine:
        assert time.monotonic() - began < 0.15
        assert engine.version == ""
        assert engine.solve(SMALL, SolveOptions()).seconds["start"] > 0
        assert engine.version.startswith("OR-Tools ")


def test_warm_engine_keeps_its_process_between_solves():
    with Engine.start("scip") as engine:
        first = engine.solve(SMALL, SolveOptions(gap=0.0))
        pid = engine.pid
        second = engine.solve(SMALL, SolveOptions(gap=0.0))
        assert engine.pid == pid
        assert second.objective == first.objective
        assert "start" not in second.seconds


def test_engine_runs_the_other_codes_of_its_library_and_no_others():
    with Engine.start("scip") as engine:
        assert engine.solve(SMALL, SolveOptions(relax=True), code="highs").solver == "highs"
        with pytest.raises(UnknownEngineError, match="engine 'scip' cannot run 'cbc': it belongs to another library"):
            engine.solve(SMALL, SolveOptions(), code="cbc")


def test_unknown_engine_is_named_with_the_known_ones():
    with pytest.raises(UnknownEngineError) as caught:
        Engine.start("cplexx")
    assert str(caught.value) == (
        "solver 'cplexx' is unknown. Use one of: native, scip, highs, cp_sat, gurobi, glop, pdlp, cbc, "
        "or pulp:NAME for a solver that PuLP knows."
    )
    assert facts_of("pulp:XPRESS").label == "XPRESS"


@pytest.mark.parametrize("threads", [(1, 2), (2, None, 1)])
def test_highs_takes_another_number_of_threads_at_each_solve(threads):
    with Engine.start("highs") as engine:
        for number in threads:
            assert engine.solve(SMALL, SolveOptions(gap=0.0, threads=number)).status is Status.OPTIMAL


@pytest.mark.parametrize("name", ["scip", "cbc"])
def test_close_during_a_solve_leaves_no_process_thread_or_folder(name):
    threads = threading.active_count()
    family = []
    engine = Engine.start(name)

    def look(progress):
        family.extend([engine.pid, *children_of(engine.pid)])
        message = "enough"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="enough"):
        engine.solve(HARD, LONG, on_progress=look)
    assert len(family) == (2 if name == "cbc" else 1)
    assert gone_within(family, 3)
    assert engine.pid is None
    assert threading.active_count() == threads


def test_scratch_folders_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Engine.start("highs") as engine:
        engine.solve(SMALL, SolveOptions())
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["scip", "cbc"])
def test_child_ends_when_its_parent_is_killed(name):
    code = (
        "import os, sys\n"
        "from tests.models.solvers.test_child import HARD, LONG, children_of\n"
        "from models.solvers.child import Engine\n"
        f"engine = Engine.start({name!r})\n"
        "tell = lambda _: print(engine.pid, *children_of(engine.pid), flush=True)\n"
        "engine.solve(HARD, LONG, on_progress=tell)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        family = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(family) == (2 if name == "cbc" else 1)
    assert gone_within(family, 5)


@pytest.fixture
def listens_to_ctrl_c():
    """A process that a shell has put into the background ignores SIGINT, and so would the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listens_to_ctrl_c")
def test_first_ctrl_c_keeps_the_best_plan():
    pressed = []

    def press(progress):
        if progress.objective is not None and not pressed:
            pressed.append(progress)
            signal.raise_signal(signal.SIGINT)

    with Engine.start("scip") as engine:
        outcome = engine.solve(HARD, LONG, on_progress=press)
    assert (outcome.status, outcome.stop) == (Status.FEASIBLE, Stop.INTERRUPT)
    assert outcome.objective <= pressed[0].objective


def test_terminal_interrupt_does_not_reach_the_child():
    with Engine.start("glop") as engine:
        engine.await_ready()
        pid = engine.pid
        os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
        assert engine.solve(SMALL, SolveOptions(relax=True)).status is Status.OPTIMAL
        assert engine.pid == pid


def test_an_idle_engine_is_ended_at_once():
    spent = []
    for _ in range(3):
        with Engine.start("glop") as engine:
            engine.await_ready()
            began = time.monotonic()
        spent.append(time.monotonic() - began)
    assert min(spent) < 0.15


def test_the_number_of_a_child_that_has_ended_is_kept_until_its_group_is_ended():
    """Numbers are given out again: a group that is ended by a number that is free may be anybody's."""
    engine = Engine.start("scip")
    assert engine.await_ready() == ""
    process = engine._child._process
    os.kill(process.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while engine._child.is_alive and time.monotonic() < until:
        time.sleep(0.01)
    assert process.returncode is None, "it was asked how it ended, and its number is free"
    os.kill(process.pid, 0)
    assert "SIGKILL" in engine._child.close()
    assert process.returncode == -signal.SIGKILL
