"""Kills workers and parents of a sweep at random moments, begins it again, and looks at what is left."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass, field

from tests.planner.sweeps.making import content, is_alive, killed, processes_of, started, wait_until
from tests.planner.sweeps.works import LOG, calls

CHAINS, LENGTH = 12, 5


@dataclass
class Report:
    """What happened; `rewritten` and `lost` name results that a later run did again or did not find."""

    workers_killed: int = 0
    parents_killed: int = 0
    rounds: int = 0
    points: int = 0
    began: int = 0
    rewritten: set = field(default_factory=set)
    lost: set = field(default_factory=set)
    contents: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    slowest_end_s: float = 0.0
    seconds: float = 0.0


def torment(base, *, moments, sleep, workers, seed, work="counting", chains=CHAINS, length=LENGTH):
    """A sweep is killed at so many random moments; where it ends too soon, the next one begins in another folder."""
    luck, report, began = random.Random(seed), Report(), time.monotonic()
    left = moments
    while left > 0 or not report.rounds:
        folder = base / f"round{report.rounds}"
        os.environ[LOG] = str(base / f"calls{report.rounds}")
        left = _round(base, folder, left, report, luck, (chains, length, sleep, workers, work))
        report.rounds += 1
        report.began += len(calls(os.environ[LOG]))
        report.points += chains * length
        report.contents.append(content(folder))
    report.seconds = time.monotonic() - began
    return report


def _round(base, folder, left, report, luck, shape):
    chains, length, sleep, workers, work = shape

    def begin():
        return started(base, folder, chains=chains, length=length, sleep=sleep, workers=workers, work=work)

    process, seen = begin(), {}
    while True:  # until the sweep ends by itself
        if left and luck.random() < 0.8:
            _await_work(process, len(calls(os.environ[LOG])))
        until = time.monotonic() + luck.uniform(0.0, 0.5)
        while time.monotonic() < until and process.poll() is None:
            time.sleep(0.005)
        if process.poll() is not None:
            break
        if left == 0:
            continue
        _look(folder, seen, report)
        alive = processes_of(folder)
        # The third kill of one point would set it aside, as it should, and this is about those that go on.
        if alive and luck.random() < 0.75 and not _endangered(folder):
            os.kill(luck.choice(alive), signal.SIGKILL)
            report.workers_killed += 1
        else:
            killed(process)
            died = time.monotonic()
            wait_until(lambda pids=alive: not any(map(is_alive, pids)) and not processes_of(folder), 10.0, "orphans")
            report.slowest_end_s = max(report.slowest_end_s, time.monotonic() - died)
            report.parents_killed += 1
            process = begin()
        left -= 1
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    report.outputs.append(out.strip())
    _look(folder, seen, report)
    return left


def _await_work(process, known):
    """Waits until another point is begun: a worker that has yet to start has nothing to lose."""
    wait_until(lambda: len(calls(os.environ[LOG])) > known or process.poll() is not None, 60.0, "nothing is begun")


def _look(folder, seen, report):
    """Compares the results with those that were there before."""
    points = folder / "points"
    now = {path.name: path.stat().st_mtime_ns for path in points.glob("*.json")} if points.is_dir() else {}
    report.lost |= seen.keys() - now.keys()
    report.rewritten |= {name for name, stamp in seen.items() if name in now and now[name] != stamp}
    seen |= now


def _endangered(folder):
    attempts = folder / "attempts"
    twice = {path.parent.name for path in attempts.glob("*/2.json")} if attempts.is_dir() else set()
    return any(not (folder / "points" / f"{key}.json").exists() for key in twice)
