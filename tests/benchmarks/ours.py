"""Makes the plan of one rung and prints, as JSON, what each phase took: `python -m tests.benchmarks.ours FACTS`.

FACTS is JSON: folder, futures, seed, gap, limit, engine, `solve` (false: up to the model only) and `traced` (true: the
model is built once more to count its memory). A process of its own for each run, so that its peak memory is that of
one case.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import tracemalloc
from pathlib import Path

from models.outcome import SolveOptions
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import solve_model
from models.verify import verify
from planner.case.assemble import assemble
from planner.case.canonical import case_hash
from planner.case.read import read_source
from planner.errors import FaultLog
from planner.results import tables_of
from tests.benchmarks.ladder import model_of

PHASES = ("read", "check", "build", "hand-off", "solve", "polish", "results", "verify")
_KB_OF_MB = 1024
_BYTES_OF_MB = 1024 * 1024


def peak_mb():
    """The most memory that this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_OF_MB


class Laps:
    """Seconds by phase, one after another; `processor` are those of processor time, the solver's process included."""

    def __init__(self):
        self.seconds, self.processor = {}, {}
        self._solver_pid = None
        self._began, self._used = time.perf_counter(), self._processor_now()

    def follow(self, pid):
        """Counts the process of a solver from now on."""
        self._solver_pid = pid
        self._used = self._processor_now()

    def end(self, name):
        now, used = time.perf_counter(), self._processor_now()
        self.seconds[name], self._began = now - self._began, now
        self.processor[name], self._used = used - self._used, used

    def _processor_now(self):
        of_solver = 0.0 if self._solver_pid is None else processor_seconds(self._solver_pid)
        return time.process_time() + of_solver


def run(facts):
    """Seconds by phase, sizes, memory and what was found."""
    laps = Laps()
    if not facts["solve"]:
        return run_with(facts, None, laps)
    with Engine.start(facts["engine"]) as engine:
        trouble = engine.await_ready()
        if trouble:
            raise RuntimeError(trouble)
        laps.end("start")
        laps.follow(engine.pid)
        found = run_with(facts, engine, laps)
    return found | {"cpu_s": cpu_seconds()}


def run_with(facts, engine, laps):
    case = read(Path(facts["folder"]), laps)
    model = model_of(case, facts["futures"], facts["seed"])
    laps.end("build")
    program = model.program
    told = {
        "columns": program.column_count,
        "integers": int(program.is_integer.sum()),
        "rows": program.row_count,
        "non_zeros": program.non_zeros,
        "seconds": laps.seconds,
        "processor": laps.processor,
    }
    if engine is not None:
        told |= solved(facts, engine, case, model, laps)
    return told | ({"build_mb": build_memory(case, facts)} if facts["traced"] else {})


def build_memory(case, facts):
    """The most memory that a build holds at once, MB; counted apart, because counting slows it."""
    tracemalloc.start()
    model_of(case, facts["futures"], facts["seed"])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / _BYTES_OF_MB


def read(folder, laps):
    """The case of a folder: read as text, then typed and checked."""
    log = FaultLog()
    source = read_source(folder, log)
    laps.end("read")
    case = assemble(source.raw, log).case
    if case is None or log.faults:
        raise ValueError("; ".join(str(fault.text) for fault in log.faults[:5]))
    case_hash(case)
    laps.end("check")
    return case


def solved(facts, engine, case, model, laps):
    """What the search, the polish and the check of a model found."""
    options = SolveOptions(solver=facts["engine"], gap=facts["gap"], time_limit_s=facts["limit"])
    found = solve_model(model, engine, options)
    laps.end("solve")
    laps.seconds["hand-off"] = found.seconds.get("hand-off", 0.0)
    laps.seconds["solve"] -= laps.seconds["hand-off"]
    polished = polish(model.program, found, engine=engine, options=options)
    laps.end("polish")
    if polished.has_solution:
        tables = tables_of(Solution(model, polished))
        laps.end("results")
        # The check knows one history; a plan on a tree is checked future by future elsewhere.
        if facts["futures"] == 1:
            report = verify(case, {name: list(t.records()) for name, t in tables.items()}, polished.objective)
            laps.end("verify")
            if not report.passed:
                raise RuntimeError(report.summary())
    memory = [one.peak_memory_mb for one in (found, polished) if one.peak_memory_mb is not None]
    plans = [progress.seconds for progress in found.incumbents if progress.objective is not None]
    return {
        "first_plan_s": min(plans, default=None),
        "status": polished.status.value,
        "objective": polished.objective,
        "bound": polished.bound,
        "gap_left": polished.gap,
        "parent_mb": peak_mb(),
        "solver_mb": max(memory, default=None),
    }


def processor_seconds(pid):
    """Seconds of processor time that a running process has used; 0 where the system does not say."""
    # Linux numbers the clock of a process after it.
    scheduler_clock = 2
    try:
        return time.clock_gettime(~pid << 3 | scheduler_clock)
    except (AttributeError, OSError):
        return 0.0


def cpu_seconds():
    """Seconds of processor time of this process and of those that it has started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1]))) + "\n")
