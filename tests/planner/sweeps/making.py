"""Small sweeps, and sweeps in a process of their own that can be killed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from models.outcome import SolveOptions
from planner.case import read_case
from planner.sweeps.points import Point, Sweep
from planner.sweeps.sweep_run import run
from tests.planner.tiny import ROOT, write_tiny

WORKS = "tests.planner.sweeps.works"
ALIKE = ("points", "plans", "sweep.json", "case.json", "base.json", "base.npz")
"""What two runs of a sweep must have in common, byte by byte."""


def sweep_of(points, folder, *, work="counting", base=None, **options):
    """A sweep around the tiny case, which is written below the folder once."""
    place = folder / "tiny"
    if not place.exists():
        # Processes are killed at random moments: the case is there whole or not at all.
        begun = write_tiny(folder / f".tiny-{os.getpid()}")
        begun.rename(place)
    read = read_case(place)
    return Sweep(
        case=read.case,
        case_hash=read.case_hash,
        options=SolveOptions(**{"gap": 1e-6, **options}),
        points=tuple(points),
        work=f"{WORKS}:{work}",
        base=base,
    )


def base():
    return {"values": np.array([1.0, 2.0, 4.5]), "more": {"one": 1}}


def grid(chains, length, **recipe):
    """Chains of points; the numbers are such that a wrong start changes every later total."""
    points = []
    for row in range(chains):
        for column in range(length):
            after = f"{row}.{column - 1}" if column else None
            points.append(Point(f"{row}.{column}", "plan", {"add": 0.1 * (row + 1) + column / 7} | recipe, after))
    return points


def content(folder):
    """The bytes that must be alike, by path."""
    paths = [path for name in ALIKE for path in ([folder / name, *(folder / name).rglob("*")])]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()
    }


def processes_of(folder):
    """The workers of a sweep's folder that are alive, and the children that they have."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if b"planner.sweeps.sweep_worker" in words and os.fsencode(str(folder)) in words:
                found.append(int(path.parent.name))
    return sorted(found)


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def wait_until(question, seconds=20.0, what="nothing happened"):
    until = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < until, what
        time.sleep(0.01)


def started(folder, sweep_folder, *, chains, length, sleep, workers, work="counting", executor="local"):
    """A run of a grid in a process of its own."""
    words = [str(folder), str(sweep_folder), str(chains), str(length), str(sleep), str(workers), work, executor]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.planner.sweeps.making", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed(process):
    """Ends a process with no chance to tidy up."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def main():
    folder, sweep_folder, chains, length, sleep, workers, work, executor = sys.argv[1:]
    sweep = sweep_of(grid(int(chains), int(length), sleep=float(sleep)), Path(folder), work=work)
    found = run(sweep, Path(sweep_folder), workers=int(workers), executor=executor)
    print(len(found.points), len(found.failed), len(found.quarantined), found.worked_out, found.is_stopped)


if __name__ == "__main__":
    main()
