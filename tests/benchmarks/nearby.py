"""Prints how fast near-by programs are answered: one changed input, tornado and breakeven, many points.

    python -m tests.benchmarks.nearby [--tables inputs,commands,points] [--changes 50] [--points 200] [--cold 10]
        [--seed 1]

Seconds are processor time of all processes, so that other work on the machine moves them little. A study shares them
between two workers: half of them by the clock, on two cores of its own. What is `of textbook` is divided by the
processor time of the textbook formulation of frontier-lab in SCIP, of the same run: targets are meant where that takes
2 s.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from models.outcome import SolveOptions
from models.whatif.sampling import ends
from planner.case import read_case
from planner.studies.future_recipes import recipe_of
from planner.sweeps.payload import KeyedPoint, files_of, loaded
from planner.sweeps.point_runner import PointRunner
from planner.sweeps.points import Point, Sweep
from planner.sweeps.sweep_run import run
from tests.benchmarks.ladder import INPUTS, ROOT
from tests.benchmarks.ours import cpu_seconds, processor_seconds
from tests.benchmarks.sweeps import WORK, cold_run, head, row
from tests.oracle.textbook import solve_textbook

CASE, CHANGED = "frontier-lab", "make-or-buy-2023"
TEXTBOOK_S = 2.0
"""What the textbook takes where the targets are meant."""
COMMANDS = {
    "tornado": ["tornado", str(INPUTS / CHANGED)],
    "breakeven": [
        "breakeven", str(INPUTS / CHANGED), "--decision", "tape_out:own_chip",
        "-i", "throughput:own_chip:queries_per_second=0.85..1.15",
    ],
}  # fmt: skip
TARGETS = {"tornado": 8.0, "breakeven": 20.0}


def changes(case, count, seed):
    """As many points, each with one row of `uncertain` at a random value between its ends, from the base plan."""
    rng, rows = random.Random(seed), list(case.uncertain)
    points = [Point("base", "plan", recipe_of())]
    for number in range(count):
        chosen = rng.choice(rows)
        lever = (chosen.name, chosen.effect, rng.uniform(*ends(chosen)))
        points.append(Point(f"{number} {chosen.name}", "plan", recipe_of(levers=[lever]), "base"))
    return tuple(points)


def children_s():
    """Processor seconds of all processes that were started here and have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


class Worked:
    """Points that are worked out in this process, one after another, with their processor seconds."""

    def __init__(self, sweep):
        self._sweep = loaded(files_of(sweep))
        self._runner = PointRunner(self._sweep)
        self.gap = sweep.options.gap
        self.base = self.perform(self._sweep.entries[0], None)[0]

    def perform(self, entry, start):
        engine = self._runner._engine
        child = 0.0 if engine.pid is None else processor_seconds(engine.pid)
        began = time.process_time()
        found = self._runner.perform(entry, start)
        return found, time.process_time() - began + processor_seconds(engine.pid) - child

    def all(self, *, from_base):
        """The seconds of each point, and how many were answered within the gap."""
        seconds, closed = [], 0
        for entry in self._sweep.entries[1:]:
            alone = KeyedPoint(entry.point, entry.key, entry.after if from_base else None)
            found, spent = self.perform(alone, self.base.plan if from_base else None)
            seconds.append(spent)
            closed += (found.result or {}).get("status") == "optimal"
        return seconds, closed

    def close(self):
        self._runner.close()


def textbook_s():
    """Processor seconds of the textbook formulation of frontier-lab in SCIP; this process writes, a child solves."""
    began = cpu_seconds()
    solved = solve_textbook(read_case(INPUTS / CASE).case, solver="scip", gap=0.001, time_limit=600)
    assert solved.status == "optimal"
    return cpu_seconds() - began


def sweep_of(name, gap, count, seed):
    read = read_case(INPUTS / name)
    options = SolveOptions(gap=gap, threads=1)
    return Sweep(read.case, read.case_hash, options, changes(read.case, count, seed), WORK)


def one_changed_input(asked, book):
    head("one changed input", "start", "points", "within the gap", "median s", "95 % s", "mean s", "median of textbook")
    for name, gap in ((CASE, 0.001), (CHANGED, read_case(INPUTS / CHANGED).case.solver.gap)):
        worked = Worked(sweep_of(name, gap, asked.changes, asked.seed))
        for words, from_base in (("nothing", False), ("the base plan", True)):
            seconds, closed = worked.all(from_base=from_base)
            median, late = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
            cells = (f"{median:.2f}", f"{late:.2f}", f"{statistics.mean(seconds):.2f}", f"{median / book:.3f}")
            row(name, words, len(seconds), closed, *cells)
        worked.close()
    print(f"\nTargets of frontier-lab: median {0.3 / TEXTBOOK_S:.2f} of the textbook, 95 % {2 / TEXTBOOK_S:.2f} of it.")


def commands(_asked, book):
    head("command", "s by the clock", "processor s", "of two cores of textbook", "target of textbook")
    for name, words in COMMANDS.items():
        with tempfile.TemporaryDirectory() as folder:
            began, clock = children_s(), time.perf_counter()
            line = [sys.executable, "-P", "-c", "from planner.cli import main; main()", *words]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            subprocess.run(line, cwd=folder, env=environment, check=True, capture_output=True)
            clock, spent = time.perf_counter() - clock, children_s() - began
        row(name, f"{clock:.1f}", f"{spent:.1f}", f"{spent / 2 / book:.2f}", f"{TARGETS[name] / TEXTBOOK_S:.1f}")


def many_points(asked, _book):
    head("points", "processor s", "s a point", "cold runs", "s a cold run", "ratio", "target")
    sweep = sweep_of(CASE, 0.001, asked.points - 1, asked.seed)
    with tempfile.TemporaryDirectory() as base:
        began = children_s()
        found = run(sweep, Path(base) / "points", workers=2)
        warm = (children_s() - began) / len(found.points)
        keys = [point.key for point in found.points.values()]
        sample = random.Random(asked.seed).sample(keys, min(asked.cold, len(keys)))
        began = children_s()
        for key in sample:
            cold_run(found.folder, key)
        cold = (children_s() - began) / len(sample)
    row(len(keys), f"{warm * len(keys):.0f}", f"{warm:.2f}", len(sample), f"{cold:.2f}", f"{cold / warm:.1f}", "5.0")


TABLES = {"inputs": one_changed_input, "commands": commands, "points": many_points}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--cold", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    book = textbook_s()
    print(f"The textbook formulation of {CASE} in SCIP takes {book:.2f} s of processor time here.")
    for name in asked.tables.split(","):
        TABLES[name](asked, book)


if __name__ == "__main__":
    main()
