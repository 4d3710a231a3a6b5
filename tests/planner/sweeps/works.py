"""Work that is done in no time, or goes wrong on purpose; workers find it by its dotted path."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

LOG = "FLEETPLAN_TEST_CALLS"


def called(name, what="began"):
    """Adds a line to the log of calls, in one write, so that workers do not disturb each other."""
    path = os.environ.get(LOG)
    if path:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(handle, f"{what} {name}\n".encode())
        finally:
            os.close(handle)


def calls(path, what="began"):
    lines = Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
    return [line.partition(" ")[2] for line in lines if line.startswith(what)]


def counting(context, point):
    """Adds up along the chain: the result tells which start was seen; `do` says what goes wrong."""
    called(point.name)
    recipe = point.recipe
    time.sleep(recipe.get("sleep", 0.0))
    match recipe.get("do"):
        case "raise":
            msg = "this point\ncannot be done"
            raise ValueError(msg)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once":
            mark = Path(recipe["mark"])
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            raise SystemExit(3)
        case "odd":
            return {"value": object()}
    seen = 0.0 if context.start is None else float(context.start.arrays["total"].sum())
    total = seen + recipe["add"]
    context.store_plan({"total": np.array([total / 3, total / 3, total - 2 * (total / 3)]), "names": np.array(["ä"])})
    context.timing["sleep"] = time.perf_counter()
    called(point.name, "ended")
    base = 0.0 if context.base is None else float(context.base["values"].sum()) + context.base["more"]["one"]
    return {"total": total, "start": seen if context.start is not None else None, "base": base, "pair": (1, 2)}


def solving(context, point):
    """Solves the base case at other prices; the plan of the neighbour is the hint."""
    from dataclasses import replace

    from models.build import build
    from models.stages import solve_model

    called(point.name)
    prices = tuple(
        replace(row, unit_price_usd=row.unit_price_usd * point.recipe["factor"]) for row in context.case.prices
    )
    model = build(replace(context.case, prices=prices))
    hint = None if context.start is None else context.start.arrays["solution"]
    outcome = solve_model(model, context.engine, replace(context.options, hint=hint))
    assert outcome.has_solution, outcome.detail
    context.store_plan({"solution": outcome.values})
    context.timing["solver"] = outcome.seconds.get("solve", 0.0)
    return {"objective": outcome.objective, "bound": outcome.bound, "status": outcome.status.value}


def long_solve(context, point):
    """Keeps the solver busy for as long as it takes."""
    from models.build import build

    called(f"{os.getpid()} {context.engine.await_ready()}")
    called(f"{context.engine.pid}", "solver")
    time.sleep(600)
    return {"columns": build(context.case).program.column_count}


def solver_killed(context, point):
    """Ends the solver at its first plan, as often as the recipe says."""
    from models.build import build

    called(point.name)

    def kill(progress):
        if len(calls(os.environ[LOG], "kill")) < point.recipe["times"]:
            called(point.name, "kill")
            os.kill(context.engine.pid, signal.SIGKILL)

    model = build(context.case)
    try:
        outcome = context.engine.solve(model.program, context.options, on_progress=kill)
    except Exception as error:
        return {"swallowed": str(error)}
    return {"status": outcome.status.value}


def printing(context, point):
    """Prints where workers talk to their parent."""
    print("this is no message")
    print('{"said": "done", "key": "none", "seconds": 1}', flush=True)
    return {"engine": context.options.solver, "threads": context.options.threads}


def helpless(context, point):
    """Changes what all points share."""
    context.base["values"][0] = 7.0
    return {}
