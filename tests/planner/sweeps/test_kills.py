"""Sweeps whose workers and parents are killed: nothing is lost, nothing is done twice, nobody is left behind."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace

import pytest

from planner.case import read_case
from planner.errors import CaseFaults
from planner.sweeps.points import Point
from planner.sweeps.sweep_lock import SweepLock
from planner.sweeps.sweep_run import run
from tests.planner.sweeps.chaos import CHAINS, LENGTH, torment
from tests.planner.sweeps.making import content, grid, is_alive, killed, processes_of, started, sweep_of, wait_until
from tests.planner.sweeps.works import LOG, calls
from tests.planner.tiny import INPUTS


def check(report, tmp_path, sleep):
    assert not report.lost
    assert not report.rewritten
    whole = run(sweep_of(grid(CHAINS, LENGTH, sleep=sleep), tmp_path), tmp_path / "whole", workers=2)
    assert len(whole.points) == CHAINS * LENGTH
    for found in report.contents:
        assert found == content(tmp_path / "whole")
    # A kill costs at most the points that are being worked out.
    assert report.began <= report.points + report.workers_killed + 2 * report.parents_killed


def test_kills_of_workers_and_parents_lose_nothing_and_repeat_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(LOG, "")
    report = torment(tmp_path, moments=5, sleep=0.03, workers=2, seed=5)
    assert report.workers_killed + report.parents_killed == 5
    check(report, tmp_path, 0.03)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_fifty_kills_of_a_sweep_of_sixty_points_lose_nothing_and_repeat_nothing(seed, tmp_path, monkeypatch):
    monkeypatch.setenv(LOG, "")
    report = torment(tmp_path, moments=50, sleep=0.2, workers=2, seed=seed)
    assert report.workers_killed >= 5
    assert report.parents_killed >= 5
    assert report.workers_killed + report.parents_killed == 50
    check(report, tmp_path, 0.2)


@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_the_solver_ends_with_the_worker_and_the_worker_with_the_parent(victim, tmp_path, log):
    process = started(tmp_path, tmp_path / "s", chains=1, length=1, sleep=0, workers=1, work="long_solve")
    try:
        wait_until(lambda: calls(log, "solver"), what="the solver did not start")
        workers, solver = processes_of(tmp_path / "s"), int(calls(log, "solver")[0])
        assert len(workers) == 1
        assert is_alive(solver)
        if victim == "parent":
            killed(process)
        else:
            os.kill(workers[0], signal.SIGKILL)
        wait_until(lambda: not is_alive(solver) and not is_alive(workers[0]), 10.0, "someone is left behind")
    finally:
        killed(process)
        wait_until(lambda: not processes_of(tmp_path / "s"), 10.0, "workers are left behind")


@pytest.mark.parametrize(
    ("executor", "times", "status"), [("local", 2, "done"), ("local", 3, "parked"), ("serial", 2, "done")]
)
def test_a_solver_that_is_killed_is_never_an_answer(executor, times, status, tmp_path, log):
    read = read_case(INPUTS / "make-or-buy-2023")
    # So narrow a gap that the search goes on for long after its first plan, however late the signal comes.
    sweep = sweep_of([Point("p", "plan", {"times": times})], tmp_path, work="solver_killed", gap=0.0005)
    sweep = replace(sweep, case=read.case, case_hash=read.case_hash)
    found = run(sweep, tmp_path / "s", workers=1, executor=executor)
    assert found.points["p"].status.value == status
    assert found.points["p"].result == ({"status": "optimal"} if status == "done" else None)
    assert len(calls(log, "kill")) == times
    assert len(calls(log)) == 3
    attempt = tmp_path / "s" / "attempts" / found.points["p"].key / "1.json"
    assert "lost its solver: the solver's process was killed (SIGKILL" in json.loads(attempt.read_bytes())["ending"]


def test_the_first_interrupt_finishes_the_points_at_work_and_keeps_them(tmp_path, log):
    process = started(tmp_path, tmp_path / "s", chains=30, length=2, sleep=0.1, workers=2)
    wait_until(lambda: len(calls(log, "ended")) >= 3)
    os.kill(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    points, failed, quarantined, worked_out, stopped = out.split()
    assert stopped == "True"
    assert int(points) == int(worked_out) < 60
    assert len(calls(log)) == len(calls(log, "ended")) == int(points)
    assert (failed, quarantined) == ("0", "0")
    assert errors == ""
    assert not processes_of(tmp_path / "s")


def test_the_second_interrupt_ends_at_once_and_keeps_what_is_finished(tmp_path, log):
    process = started(tmp_path, tmp_path / "s", chains=1, length=1, sleep=0, workers=1, work="long_solve")
    wait_until(lambda: calls(log, "solver"), what="the solver did not start")
    os.kill(process.pid, signal.SIGINT)
    with pytest.raises(AssertionError):
        wait_until(lambda: process.poll() is not None, 0.3)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert not processes_of(tmp_path / "s")
    assert not is_alive(int(calls(log, "solver")[0]))
    assert not list((tmp_path / "s" / "points").iterdir())
    assert not list((tmp_path / "s").glob("lock*"))


def test_two_runs_of_one_sweep_do_not_run_at_once(tmp_path, log):
    process = started(tmp_path, tmp_path / "s", chains=20, length=1, sleep=0.2, workers=1)
    try:
        wait_until(lambda: calls(log))
        for shard in (None, (1, 2)):
            with pytest.raises(CaseFaults) as caught:
                run(sweep_of(grid(20, 1, sleep=0.2), tmp_path), tmp_path / "s", executor="serial", shard=shard)
            assert f"is in use by another run of this sweep (process {process.pid} on" in caught.value.lines[0]
    finally:
        killed(process)
    found = run(sweep_of(grid(20, 1, sleep=0.0), tmp_path), tmp_path / "s", workers=2)
    assert not found.missing
    assert not list((tmp_path / "s").glob("lock*"))


def test_a_lock_that_nobody_holds_any_more_is_no_hindrance(tmp_path):
    for name in ("lock", "lock-1-of-2"):
        (tmp_path / name).write_text(json.dumps({"pid": 1, "host": "elsewhere"}), encoding="utf-8")
    with SweepLock(tmp_path, None) as lock:
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]
        assert json.loads((tmp_path / "lock").read_bytes())["pid"] == os.getpid()
        assert lock.handle > 0
    assert not list(tmp_path.iterdir())


def test_shards_of_one_division_run_beside_each_other_and_no_others_do(tmp_path):
    with SweepLock(tmp_path, (1, 3)), SweepLock(tmp_path, (2, 3)):
        for shard in ((1, 3), (1, 2), None):
            with pytest.raises(CaseFaults), SweepLock(tmp_path, shard):
                pass
        with SweepLock(tmp_path, (3, 3)):
            assert len(list(tmp_path.iterdir())) == 3
    assert not list(tmp_path.iterdir())
