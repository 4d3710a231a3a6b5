"""Prints, for each case and engine, how large the program is, how long each phase takes, and how far the gap closes.

    python -m tests.benchmarks.engines [--gap 0.001] [--limit 60] [--engines native,scip,highs,cbc,cp_sat] [CASE ...]

Beside our program stands the textbook formulation of the same case (PuLP loops) in CBC, HiGHS and SCIP at the same
gap with `--textbook`. Runs are one after another; on a noisy machine read ratios, not seconds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from models.build import build
from models.outcome import SolveOptions
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import solve_model
from models.verify import verify
from planner.case import read_case
from planner.results import tables_of
from tests.oracle.textbook import solve_textbook

INPUTS = Path(__file__).parents[2] / "inputs"
CASES = ("tenth-of-google", "make-or-buy-2023", "mid-size", "frontier-lab", "frontier-lab-quarterly")
PHASES = ("read", "build", "hand-off", "solve", "polish", "results", "verify")


def run(case, engine, gap, limit):
    """Seconds by phase and the polished outcome of one case with one engine."""
    seconds, began = {}, time.perf_counter()

    def lap(name):
        nonlocal began
        now = time.perf_counter()
        seconds[name], began = now - began, now

    read = read_case(INPUTS / case)
    lap("read")
    model = build(read.case)
    lap("build")
    options = SolveOptions(solver=engine.name, gap=gap, time_limit_s=limit)
    found = solve_model(model, engine, options)
    lap("solve")
    seconds["hand-off"] = found.seconds.get("hand-off", 0.0)
    seconds["solve"] -= seconds["hand-off"]
    polished = polish(model.program, found, engine=engine, options=options)
    lap("polish")
    if polished.has_solution:
        tables = tables_of(Solution(model, polished))
        lap("results")
        report = verify(read.case, {name: list(t.records()) for name, t in tables.items()}, polished.objective)
        lap("verify")
        assert report.passed, report.summary()
    return model.program, found, polished, seconds


def number(value, form):
    return format(value, form) if value is not None else "–"


def ours(names, engines, gap, limit):
    columns = ("case", "engine", "columns", "rows", "non-zeros", *PHASES, "cost", "gap %", "MB")
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for case in names:
        for name in engines:
            with Engine.start(name) as engine:
                engine.await_ready()
                program, found, polished, seconds = run(case, engine, gap, limit)
            size = f"{program.column_count:,}", f"{program.row_count:,}", f"{program.non_zeros:,}"
            times = [number(seconds.get(phase), ".3f") for phase in PHASES]
            gap_now = None if polished.gap is None else 100 * polished.gap
            end = number(polished.objective, ",.1f"), number(gap_now, ".3f"), number(found.peak_memory_mb, ",.0f")
            print("| " + " | ".join((case, name, *size, *times, *end)) + " |", flush=True)


def textbook(names, gap, limit):
    columns = ("case", "textbook in", "columns", "rows", "non-zeros", "build", "write", "solve", "cost", "gap %")
    print("\n| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for case in names:
        for name in ("cbc", "highs", "scip"):
            solved = solve_textbook(read_case(INPUTS / case).case, solver=name, gap=gap, time_limit=limit)
            size = f"{solved.columns:,}", f"{solved.rows:,}", f"{solved.nonzeros:,}"
            times = [number(solved.seconds.get(phase), ".2f") for phase in ("build", "write", "solve")]
            known = solved.objective is not None and solved.bound is not None
            left = 100 * abs(solved.objective - solved.bound) / abs(solved.objective) if known else None
            cells = (case, name, *size, *times, number(solved.objective, ",.1f"), number(left, ".3f"))
            print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=CASES)
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--engines", default="native,scip,highs,cbc,cp_sat")
    parser.add_argument("--textbook", action="store_true")
    asked = parser.parse_args()
    ours(asked.cases, asked.engines.split(","), asked.gap, asked.limit)
    if asked.textbook:
        textbook(asked.cases, asked.gap, asked.limit)


if __name__ == "__main__":
    main()
