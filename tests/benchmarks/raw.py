"""Solves an MPS file with SCIP or HiGHS through MathOpt, at their default tolerances, and prints JSON.

`python -m tests.benchmarks.raw FILE FACTS`, FACTS with solver, gap, limit, threads. Holds no other library.
"""

from __future__ import annotations

import datetime
import json
import math
import resource
import sys
import time

from ortools.math_opt.python import mathopt

from tests.oracle.run_mps import read

_KB_OF_MB = 1024


def solve(path, facts):
    """Status, objective, bound, seconds and memory."""
    began, used = time.perf_counter(), [time.process_time()]
    model, _ = read(path)
    ready = time.perf_counter()
    used.append(time.process_time())
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=facts["limit"]), relative_gap_tolerance=facts["gap"]
    )
    engine = mathopt.SolverType.GSCIP
    if facts["solver"] == "highs":
        engine = mathopt.SolverType.HIGHS
        parameters.highs.int_options["threads"] = facts["threads"]
    result = mathopt.solve(model, engine, params=parameters)
    ended = time.perf_counter()
    used.append(time.process_time())
    bound = result.termination.objective_bounds.dual_bound
    return {
        "status": result.termination.reason.name.lower().replace("no_solution_found", "nothing found"),
        "objective": result.objective_value() if result.has_primal_feasible_solution() else None,
        "bound": bound if math.isfinite(bound) else None,
        "seconds": {"read": ready - began, "solve": ended - ready},
        "processor": {"read": used[1] - used[0], "solve": used[2] - used[1]},
        "solver_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_OF_MB,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(solve(sys.argv[1], json.loads(sys.argv[2]))) + "\n")
