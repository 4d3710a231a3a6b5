"""Times the command itself: how long until it says something, and what it spends outside its solver."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.ladder import INPUTS, ROOT

CASE = "frontier-lab"
COMMANDS = {"--help": ("--help",), f"plan {CASE}": ("plan", str(INPUTS / CASE), "--output", "{folder}")}
SOLVER_PHASES = ("solve", "polish", "hand-off")
"""Phases in which this process does nothing but wait for the solver; its self-tests are ours to answer for."""


def surroundings():
    """What the command finds around it: as after an installation, its modules lie there compiled."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "fleetplan-pyc")}


def command_of(arguments, folder):
    """The installed command where there is one beside this Python, else the module."""
    installed = Path(sys.executable).with_name("fleetplan")
    begin = [str(installed)] if installed.exists() else [sys.executable, "-m", "planner.cli"]
    return [*begin, *(part.format(folder=folder) for part in arguments)]


def first_output(arguments):
    """Seconds until a command writes its first byte; the command is ended then."""
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        process = subprocess.Popen(
            command_of(arguments, Path(scratch) / "plan"),
            cwd=ROOT,
            env=surroundings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            found = os.read(process.stdout.fileno(), 1)
            seconds = time.perf_counter() - began
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()
            process.wait()
    if not found:
        msg = f"the command {' '.join(arguments)} says nothing"
        raise RuntimeError(msg)
    return {"seconds": seconds, "status": "optimal"}


def whole_plan(gap, limit):
    """Wall seconds of `fleetplan plan` on frontier-lab, its seconds by phase, and those outside the solver."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "plan"
        arguments = ("plan", str(INPUTS / CASE), "--output", "{folder}", "--gap", str(gap), "--time-limit", str(limit))
        began = time.perf_counter()
        subprocess.run(
            command_of(arguments, folder),
            cwd=ROOT,
            env=surroundings(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=2 * limit + 120,
            check=True,
        )
        wall = time.perf_counter() - began
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    phases = manifest["seconds"]
    solver = sum(phases.get(name, 0.0) for name in SOLVER_PHASES)
    phases = phases | {"write": manifest["seconds_until_written"] - sum(phases.values())}
    # What no phase holds: the interpreter, its imports, and the exports after the journal was closed.
    phases["the rest"] = wall - sum(phases.values())
    return {
        "status": manifest["status"],
        "wall": wall,
        "solver": solver,
        "outside": wall - solver,
        "phases": phases,
        "gap_left": manifest["gap"],
    }
