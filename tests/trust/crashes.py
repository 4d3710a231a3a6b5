"""T12: sweeps that are killed, stopped, or meet a disk that takes nothing: nothing is lost, nothing is done twice."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import time

from planner.errors import PlannerError
from planner.sweeps.sweep_run import run
from tests.planner.sweeps.chaos import torment
from tests.planner.sweeps.making import content, grid, killed, processes_of, started, sweep_of, wait_until
from tests.planner.sweeps.works import LOG, calls
from tests.trust.tools import require

TITLE = "crashes: 200 kills of workers and parents; 20 each of SIGTERM, full disk, read-only disk, locked, clock back"
KILLS, OF_EACH = 200, 20
CHAINS, LENGTH, SLEEP = 5, 3, 0.03
POINTS = CHAINS * LENGTH


def whole(base):
    """What an uninterrupted run writes."""
    found = run(sweep_of(grid(CHAINS, LENGTH, sleep=SLEEP), base), base / "whole", workers=1, executor="serial")
    require(len(found.points) == POINTS, f"{len(found.points)} points")
    return content(base / "whole")


def kill(number, base):
    """One kill at a random moment: a worker, or the parent."""
    report = torment(base, moments=1, sleep=SLEEP, workers=2, seed=number, chains=CHAINS, length=LENGTH)
    os.environ[LOG] = ""
    require(report.workers_killed + report.parents_killed == 1, "nothing was killed")
    require(not report.lost, f"lost: {report.lost}")
    require(not report.rewritten, f"done again: {report.rewritten}")
    # A worker has one point at work, the parent has two.
    most = report.points + report.workers_killed + 2 * report.parents_killed
    require(report.began <= most, f"{report.began} points begun of {report.points}")
    expected = whole(base)
    require(all(found == expected for found in report.contents), "another content than without a kill")
    return "worker" if report.workers_killed else "parent"


def begun(base, number, **more):
    """A sweep in a process of its own, and the log of its calls."""
    os.environ[LOG] = str(base / "calls")
    process = started(base, base / "s", chains=CHAINS, length=LENGTH, sleep=SLEEP, workers=2, **more)
    wanted = 1 + number % (POINTS - 2)
    wait_until(lambda: len(calls(os.environ[LOG])) >= wanted or process.poll() is not None, 60.0, "nothing is begun")
    return process


def stamps(folder):
    points = folder / "points"
    return {path.name: path.stat().st_mtime_ns for path in points.glob("*.json")} if points.is_dir() else {}


def goes_on(base, before, told):
    """The sweep is run again: what was there stays, the rest is added, and all is as in an uninterrupted run."""
    wait_until(lambda: not processes_of(base / "s"), 20.0, "workers are left behind")
    log = base / "again"
    os.environ[LOG] = str(log)
    began = time.monotonic()
    found = run(sweep_of(grid(CHAINS, LENGTH, sleep=SLEEP), base), base / "s", workers=1, executor="serial")
    took = time.monotonic() - began
    os.environ[LOG] = ""
    require(len(found.points) == POINTS and not found.missing, f"{told}: {len(found.points)} points")
    again = stamps(base / "s")
    changed = [name for name, stamp in before.items() if again.get(name) != stamp]
    require(not changed, f"{told}: lost or done again: {changed}")
    require(len(calls(log)) == POINTS - len(before), f"{told}: {len(calls(log))} begun, {len(before)} were there")
    require(content(base / "s") == whole(base), f"{told}: another content")
    return f"{told}: {len(before)} of {POINTS} were there, resumed in {took:.1f} s"


def sigterm(number, base):
    process = begun(base, number)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)
    return goes_on(base, stamps(base / "s"), f"SIGTERM, ended with {process.returncode}")


def full_disk(number, base):
    """No file may grow beyond a hundred bytes from some moment on, as where a disk is full."""
    process = begun(base, number)
    for pid in (process.pid, *processes_of(base / "s")):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, 100))
    process.communicate(timeout=120)
    whole_ones = {path.name: json.loads(path.read_bytes()) for path in (base / "s" / "points").glob("*.json")}
    require(all(whole_ones.values()), f"cut off: {whole_ones}")
    return goes_on(base, stamps(base / "s"), f"full disk, ended with {process.returncode}")


def read_only_disk(number, base):
    """The sweep is killed, and begun again while its disk takes no writes: refused in words, and nothing is lost."""
    disk = base / "disk"
    disk.mkdir()
    mounted = _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", disk)
    require(mounted, "only root can mount a disk to make it read-only")
    try:
        process = begun(disk, number)
        killed(process)
        wait_until(lambda: not processes_of(disk / "s"), 20.0, "workers are left behind")
        before = stamps(disk / "s")
        wait_until(lambda: _mount("-o", "remount,ro", disk), 20.0, "the disk is busy")
        os.environ[LOG] = ""
        refused = ""
        try:
            run(sweep_of(grid(CHAINS, LENGTH, sleep=SLEEP), disk), disk / "s", workers=1, executor="serial")
        except PlannerError as error:
            refused = str(error)
        require(_mount("-o", "remount,rw", disk), "the disk stays read-only")
        if len(before) < POINTS:
            require("read-only" in refused.lower() or "cannot be written" in refused, f"not refused: {refused!r}")
        return goes_on(disk, before, f"read-only disk, {refused[:80]!r}")
    finally:
        subprocess.run(["umount", str(disk)], check=False, capture_output=True)


def _mount(*words):
    done = subprocess.run(["mount", *map(str, words)], check=False, capture_output=True)
    return done.returncode == 0


def locked(number, base):
    """Another run of the same sweep is refused while one is at work, and does it no harm."""
    process = begun(base, number)
    try:
        refused = ""
        try:
            run(sweep_of(grid(CHAINS, LENGTH, sleep=SLEEP), base), base / "s", workers=1, executor="serial")
        except PlannerError as error:
            refused = str(error)
        ended = process.poll() is not None
    finally:
        process.communicate(timeout=60)
    require("is in use by another run of this sweep" in refused or ended, f"not refused: {refused!r}")
    return goes_on(base, stamps(base / "s"), f"locked, {'refused' if refused else 'ended before'}")


def clock_back(number, base):
    """The sweep is killed, and all its files are of tomorrow when it is begun again."""
    process = begun(base, number)
    killed(process)
    wait_until(lambda: not processes_of(base / "s"), 20.0, "workers are left behind")
    tomorrow = time.time() + 86400
    for path in (base / "s").rglob("*"):
        os.utime(path, (tomorrow, tomorrow))
    return goes_on(base, stamps(base / "s"), "clock back")


SITUATIONS = (sigterm, full_disk, read_only_disk, locked, clock_back)


def count():
    return KILLS + OF_EACH * len(SITUATIONS)


def check(number, tools):
    base = tools.folder()
    if number < KILLS:
        return kill(number, base)
    return SITUATIONS[(number - KILLS) % len(SITUATIONS)](number, base)
