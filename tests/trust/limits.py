"""T13: limits of time and memory are kept, and so is the best plan until then."""

from __future__ import annotations

import time

from models.outcome import SolveOptions, Status, Stop
from models.solvers import wire
from models.solvers.plain import greatest_violation
from models.tree_search.branching_guide import default_guide
from tests.models.solvers.solver_programs import knapsacks
from tests.trust.tools import require

TITLE = "limits: five engines × 1, 5 and 20 s on programs that take longer, and a memory limit"
ENGINES = ("native", "scip", "highs", "cp_sat", "cbc")
LIMITS = (1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 20.0, None)
LONGEST = 20.0
MEMORY_MB = 20


def count():
    return len(ENGINES) * len(LIMITS)


def check(number, tools):
    name, limit = ENGINES[number % len(ENGINES)], LIMITS[number // len(ENGINES)]
    # Some engine proves an optimum of the smaller ones within twenty seconds.
    columns, rows = (100, 10) if limit != LONGEST else (300, 20)
    program = knapsacks(columns=columns, rows=rows, seed=100 + number)
    # A fast machine solves the usual number of linear programs of `native` before the time is over.
    endless = wire.Search(default_guide(program), 10**9)
    engine = tools.engines[name]
    engine.await_ready()
    if limit is None:
        found = engine.solve(program, SolveOptions(gap=0.0, time_limit_s=30.0, memory_mb=MEMORY_MB), search=endless)
        require(found.stop is Stop.MEMORY, f"{name}: {found.stop.value}, {found.peak_memory_mb} MB")
        require(found.has_solution is (found.status is Status.FEASIBLE), f"{name}: {found.status.value}")
        return f"{name}: ended at {found.peak_memory_mb:.0f} MB of {MEMORY_MB}"
    began = time.monotonic()
    found = engine.solve(program, SolveOptions(gap=0.0, time_limit_s=limit), search=endless)
    took = time.monotonic() - began
    require(took <= limit + max(5.0, 0.25 * limit), f"{name}: {took:.2f} s of {limit}")
    if found.status is Status.NOTHING_FOUND and found.stop is Stop.TIME:
        # A busy machine may leave no time for a first plan; then none was ever told.
        require(not found.incumbents, f"{name}: the plan {found.incumbents} is lost")
        return f"{name}: {took:.2f} s of {limit:.0f}, nothing found"
    require((found.status, found.stop) == (Status.FEASIBLE, Stop.TIME), f"{name}: {found.status}, {found.stop}")
    require(greatest_violation(program, found.values) < 1e-6, f"{name}: the plan breaks a row")
    require(found.bound <= found.objective, f"{name}: bound {found.bound} above {found.objective}")
    require(abs(program.objective_of(found.values) - found.objective) < 1e-4, f"{name}: another cost than told")
    return f"{name}: {took:.2f} s of {limit:.0f}, gap {100 * found.gap:.2f} %"
