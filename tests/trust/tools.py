"""What every check may use: solver processes that stay warm, a folder of its own, and words for what is wrong."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from models.build import build
from models.outcome import SolveOptions, Status
from models.polish import polish
from models.program import Program
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import solve_model
from models.verify import verify
from planner.results import tables_of

RELATIVE = 1e-6


class Engines(dict):
    """Solver processes by name, each started when it is first asked for."""

    def __missing__(self, name):
        self[name] = Engine.start(name)
        return self[name]

    def close(self):
        for engine in self.values():
            engine.close()
        self.clear()


class Tools:
    """What a worker keeps from one check to the next, and the folder that each check gets anew."""

    def __init__(self):
        self.engines = Engines()
        self._home = Path(tempfile.mkdtemp(prefix="trust-"))
        self._folders = 0

    def folder(self):
        """A new, empty folder; those of earlier checks are taken away."""
        shutil.rmtree(self._home, ignore_errors=True)
        self._folders += 1
        found = self._home / str(self._folders)
        found.mkdir(parents=True)
        return found

    def close(self):
        self.engines.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def outcome(self, program: Program, solver, *, gap=0.0, limit=30.0, seed=0):
        """The unpolished outcome of one solver."""
        options = SolveOptions(solver=solver, gap=gap, time_limit_s=limit, seed=seed)
        return self.engines[solver].solve(program, options)

    def answered(self, model, solver, *, gap=0.0, limit=30.0, seed=0):
        """The unpolished outcome as the planner asks for it: the native search with its guide, and SCIP behind it."""
        options = SolveOptions(solver=solver, gap=gap, time_limit_s=limit, seed=seed)
        return solve_model(model, self.engines[solver], options)

    def planned(self, case, solver, **options):
        """A polished plan that has passed the independent check, as (outcome, tables); it need not be proven."""
        model = build(case)
        found = self.answered(model, solver, **options)
        if not found.has_solution:
            return found, {}
        wishes = SolveOptions(solver=solver, gap=options.get("gap", 0.0), time_limit_s=60.0)
        found = polish(model.program, found, engine=self.engines["scip"], options=wishes)
        require(found.has_solution, f"{solver}: the plan cannot be polished: {found.detail}")
        tables = {name: list(table.records()) for name, table in tables_of(Solution(model, found)).items()}
        report = verify(case, tables, found.objective)
        require(report.passed, f"{solver}: the independent check refuses the plan: {report.summary()}")
        return found, tables

    def optimal(self, case, solver, **options):
        """The same, proven: anything but an optimum is a miss."""
        found, tables = self.planned(case, solver, **options)
        require(found.status is Status.OPTIMAL, f"{solver}: {found.status.value}, {found.stop.value}: {found.detail}")
        return found, tables


def require(fact, told):
    """Raises what a check tells where it does not hold."""
    if not fact:
        raise AssertionError(told)


def is_close(left, right, relative=RELATIVE):
    """True where two numbers agree, relative to the larger of them and one."""
    return abs(left - right) <= relative * max(1.0, abs(left), abs(right))


def require_close(found, expected, what, relative=RELATIVE):
    require(is_close(found, expected, relative), f"{what}: {found!r}, expected {expected!r}")
