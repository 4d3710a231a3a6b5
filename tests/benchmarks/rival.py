"""Solves one case as a rival would, and prints JSON: `python -m tests.benchmarks.rival FACTS`.

FACTS is JSON: folder, futures, seed, form, solver, gap, limit, threads. The form `textbook` is the PuLP formulation of
`tests/oracle`; `exported` is our own model from its file, without stages and hints. SCIP and HiGHS run at their own
default tolerances, which are looser and faster than those that the planner asks for.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from planner.case import read_case
from tests.benchmarks.ladder import model_of
from tests.benchmarks.measure import run_json
from tests.benchmarks.ours import Laps, cpu_seconds, peak_mb

READ_S = 120.0
OVERRUN = 1.5


def run(facts):
    """Status, objective, bound, gap, sizes, seconds by phase, memory."""
    case = read_case(Path(facts["folder"])).case
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "problem.mps"
        found = (textbook if facts["form"] == "textbook" else exported)(facts, case, path)
    return found | {"parent_mb": peak_mb(), "cpu_s": cpu_seconds()}


def textbook(facts, case, path):
    """The textbook formulation, built with PuLP and solved by CBC, or through a file by SCIP or HiGHS."""
    # PuLP is loaded only here: this process also exports our own model.
    from tests.oracle import textbook as oracle

    laps = Laps()
    problem, _ = oracle.textbook_problem(case)
    laps.end("build")
    if facts["solver"] == "cbc":
        limits = (facts["gap"], facts["limit"], facts["threads"])
        status, objective, bound, spent = oracle.cbc(problem, "cbc", path.parent, limits)
        found = {"status": status, "objective": objective, "bound": bound, "seconds": laps.seconds | spent}
    else:
        problem.writeMPS(str(path), rename=True)
        laps.end("write")
        found = raw(facts, path, laps)
    rows = problem.constraints()
    sizes = {
        "columns": len(problem.variables()),
        "rows": len(rows),
        "non_zeros": sum(len(row) for row in rows),
    }
    return with_gap(found | sizes)


def exported(facts, case, path):
    """Our own model, written to a file and solved as it stands."""
    from models.solvers.program_text import mps_text

    laps = Laps()
    program = model_of(case, facts["futures"], facts["seed"]).program
    laps.end("build")
    with path.open("w", encoding="utf-8") as file:
        file.writelines(mps_text(program, short_names=True))
    laps.end("write")
    sizes = {"columns": program.column_count, "rows": program.row_count, "non_zeros": program.non_zeros}
    return with_gap(raw(facts, path, laps) | sizes)


def raw(facts, path, laps):
    """Solves a file with SCIP or HiGHS in a process that holds nothing else."""
    asked = {name: facts[name] for name in ("solver", "gap", "limit", "threads")}
    command = ("tests.benchmarks.raw", path, json.dumps(asked))
    found = run_json(command, timeout=READ_S + OVERRUN * facts["limit"])
    both = {name: getattr(laps, name) | found.get(name, {}) for name in ("seconds", "processor")}
    return {"objective": None, "bound": None, **found, **both}


def with_gap(found):
    objective, bound = found["objective"], found["bound"]
    known = objective is not None and bound is not None
    return found | {"gap_left": abs(objective - bound) / max(abs(objective), 1e-9) if known else None}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1]))) + "\n")
