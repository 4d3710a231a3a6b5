"""Measures plans over wide scenario trees by decomposition, and prints a table; nothing passes or fails by time.

    python -m tests.benchmarks.wide_trees [--trees 32,6x6] [--seed 2026] [--workers 1] [--rivals 32] [--store]

Trees are of frontier-lab by year. `32` are 32 futures that part after three years: independent draws of each workload's
demand and each vendor's prices, of unequal probabilities. `32-ordered` are those of the ladder, ordered by demand.
`6x6` parts twice, `10x10x10` three times; `frontier-lab-futures` is that case as `plan` plans it, to its own gap. Each
run is a process of its own; seconds are processor seconds of all its processes, without reading. Beside them stands the
textbook formulation of frontier-lab in SCIP, in the same run, which says how fast the machine is. With `--store` the
solves are stored, as `plan` does, and a second run finds them. `--rivals` writes the
tree as one program and solves it with SCIP and HiGHS in as much time as the decomposition took. With `--check` each
path passes the independent check, which is not timed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from models.calendar import label_at, parse_label
from models.outcome import Outcome, SolveOptions
from models.solution import Solution
from models.solvers.child import Engine
from models.tables.fleet_rows import Demand
from models.tree import branching, grown
from models.uncertainty.decomposition.decomposed import search_by_scenario
from models.uncertainty.decomposition.path_programs import PathBuilder
from models.uncertainty.scenario_tree import ScenarioTree, scenario_tree
from models.uncertainty.solve_tree import MOST_AT_ONCE, solve_tree
from models.verify import verify
from planner.case import read_case
from planner.results import tables_of
from planner.sweeps.solve_store import PREFIX, SUFFIX, SolveStore
from tests.benchmarks import scaling
from tests.benchmarks.ladder import INPUTS, case_of, rung_of
from tests.benchmarks.measure import run_json
from tests.benchmarks.ours import cpu_seconds, peak_mb

SEED = 2026
GAPS = {"8": 0.001, "32": 0.0015, "100": 0.0015, "300": 0.002, "1000": 0.0025}
STAGED_GAPS = {"6x6": 0.0025, "10x10": 0.004, "10x10x10": 0.006}
REVEALS = {1: (3,), 2: (3, 6), 3: (2, 4, 6)}
"""Periods in which a tree of so many branchings parts."""
_KB_OF_MB = 1024
_LIMIT_S = 3600.0


def gap_of(name):
    """The gap that a tree is searched to."""
    if (INPUTS / name).is_dir():
        return read_case(INPUTS / name).case.solver.gap
    return {**GAPS, **STAGED_GAPS}.get(name.removesuffix("-ordered"), 0.0025)


def tree_of(name, seed=SEED):
    """The scenario tree of a name."""
    case = scaling.certain(case_of(rung_of("lab-year")))
    periods = scaling.calendar_of(case).count
    if name.endswith("-ordered"):
        found = scaling.futures_of(case, int(name.removesuffix("-ordered")), seed)
        tree = branching(periods, found.probability, found.revealed)
        return ScenarioTree(case, names_of(len(found.cases)), found.probability, found.cases, tree)
    widths = [int(part) for part in name.split("x")]
    return drawn_tree(case, widths, REVEALS[len(widths)], random.Random(f"wide trees {name} {seed}"))


def names_of(count):
    return tuple(f"s{number + 1}" for number in range(count))


def drawn_tree(case, widths, reveals, draw):
    """A tree whose branches are independent draws: each node has `widths` branches of unequal probability."""
    periods = scaling.calendar_of(case).count
    leaves = [(case, 1.0)]
    for width, reveal in zip(widths, reveals, strict=True):
        leaves = [
            (shocked(parent, reveal, draw), weight * draw.uniform(0.5, 1.5)) for parent, weight in leaves
            for _ in range(width)
        ]  # fmt: skip
    total = sum(weight for _, weight in leaves)
    count = len(leaves)
    groups = []
    for period in range(periods):
        size = math.prod(width for width, reveal in zip(widths, reveals, strict=True) if period < reveal)
        groups.append([tuple(range(at, at + size)) for at in range(0, count, size)])
    chances = tuple(weight / total for _, weight in leaves)
    tree = grown(groups, chances)
    return ScenarioTree(case, names_of(count), chances, tuple(one for one, _ in leaves), tree)


def shocked(case, reveal, draw):
    """The case with other demand by workload (at most 15 %) and prices by vendor (at most 8 %) from a period on."""
    calendar, floors = scaling.calendar_of(case), scaling.least_prices(case)
    month = calendar.start_month + calendar.months * reveal
    vendor = {row.accelerator: row.vendor for row in case.accelerators}
    demand = {row.workload: 1 + scaling.FUTURE_DEMAND * draw.uniform(-1, 1) for row in case.workloads}
    price = {name: 1 + scaling.FUTURE_PRICE * draw.uniform(-1, 1) for name in sorted(set(vendor.values()))}
    labels = [(parse_label(label)[0], label) for label in calendar.labels]
    rows = [row for row in case.demand if parse_label(row.period)[0] < month]
    for workload in case.workloads:
        known = scaling.demand_series([row for row in case.demand if row.workload == workload.workload])
        for begin, label in labels:
            if begin >= month:
                factor = scaling._drift(demand[workload.workload], begin - month)
                value = scaling.value_at(known, begin) * factor
                rows.append(Demand(workload=workload.workload, period=label, queries_per_day_million=value))
    prices = [row for row in case.prices if parse_label(row.period)[0] < month]
    for offer in case.offers:
        own = [row for row in case.prices if row.offer == offer.offer]
        known = sorted((parse_label(row.period)[0], row.unit_price_usd) for row in own)
        for begin in sorted({month, *(at for at, _ in known if at > month)}):
            before = scaling.value_at(known, begin)
            if before is not None:
                factor = scaling._drift(price[vendor[offer.accelerator]], begin - month)
                changed = max(before * factor, min(before, floors[offer.offer]))
                label = label_at(begin, calendar.months)
                prices.append(replace(own[0], period=label, unit_price_usd=changed))
    return replace(case, demand=tuple(rows), prices=tuple(prices))


def run(facts):
    """What a decomposition found and took; a case of the inputs is planned as the command does."""
    if (INPUTS / facts["tree"]).is_dir():
        return run_case(facts)
    scenarios = tree_of(facts["tree"], facts["seed"])
    if len(scenarios.names) <= MOST_AT_ONCE:
        return planned(scenarios, facts)
    before, began = cpu_seconds(), time.perf_counter()
    with Engine.start("native") as engine:
        engine.await_ready()
        options = SolveOptions(gap=facts["gap"], time_limit_s=facts["limit"])
        engine.answers = store = SolveStore(Path(facts["store"]), b"") if facts["store"] else None
        found = search_by_scenario(scenarios, engine, options, workers=facts["workers"])
    spent, wall = cpu_seconds() - before, time.perf_counter() - began
    memory = memory_used()
    cost = None if found.plan is None else found.plan.cost
    gap = None if cost is None or found.bound is None else (cost - found.bound) / abs(cost)
    checked = checked_plan(scenarios, found) if facts["check"] and found.plan is not None else None
    return {
        "status": found.status.value, "objective": cost, "bound": found.bound, "gap_left": gap, "cpu_s": spent,
        "wall_s": wall, "stored_mb": store and store.size_mb, "phases": found.seconds, "detail": found.detail,
        "checked": checked, **memory,
    }  # fmt: skip


def run_case(facts):
    """What the plan over the scenarios of a case found and took, without what follows from a plan."""
    return planned(scenario_tree(read_case(INPUTS / facts["tree"]).case), facts)


def planned(scenarios, facts):
    """What `plan` finds of a tree that is searched as one program first, and takes."""
    before, began = cpu_seconds(), time.perf_counter()
    with Engine.start("native") as engine:
        engine.await_ready()
        options = SolveOptions(gap=facts["gap"], time_limit_s=facts["limit"])
        found = solve_tree(scenarios, scenarios.model(), engine, options, workers=facts["workers"])
    memory = memory_used()
    return {
        "status": found.status.value, "objective": found.objective, "bound": found.bound, "gap_left": found.gap,
        "cpu_s": cpu_seconds() - before, "wall_s": time.perf_counter() - began, "detail": found.detail, **memory,
    }  # fmt: skip


def memory_used():
    """The most memory of this process and of those that it has started, MB."""
    return {
        "parent_mb": peak_mb(),
        "solver_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KB_OF_MB,
    }


def checked_plan(scenarios, found):
    """Whether the independent check passes the plan of each path as a plan of its own in the case of its future."""
    builder = PathBuilder(scenarios)
    for future, (case, solution, cost) in enumerate(
        zip(scenarios.cases, found.plan.solutions, found.plan.costs.tolist(), strict=True)
    ):
        outcome = Outcome(found.status, found.stop, "", "", objective=cost, bound=None, solution=solution)
        made = tables_of(Solution(builder.model(future), outcome))
        report = verify(case, {name: list(table.records()) for name, table in made.items()}, cost)
        if not report.passed:
            return False
    return True


def rival(facts):
    """What SCIP or HiGHS find on the tree as one program, in a limit of wall time."""
    from models.solvers.program_text import mps_text

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "tree.mps"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(mps_text(tree_of(facts["tree"], facts["seed"]).model().program, short_names=True))
        before = cpu_seconds()
        asked = {"solver": facts["solver"], "gap": facts["gap"], "limit": facts["limit"], "threads": 1}
        found = run_json(("tests.benchmarks.raw", path, json.dumps(asked)), timeout=120.0 + 1.5 * facts["limit"])
    cost, bound = found.get("objective"), found.get("bound")
    gap = None if cost is None or bound is None else (cost - bound) / abs(cost)
    return {**found, "gap_left": gap, "cpu_s": cpu_seconds() - before}


def textbook():
    """Seconds of the textbook formulation of frontier-lab in SCIP: how fast the machine is just now."""
    facts = {
        "folder": str(INPUTS / "frontier-lab"), "futures": 1, "seed": 0, "form": "textbook", "solver": "scip",
        "gap": 0.001, "limit": 300.0, "threads": 1,
    }  # fmt: skip
    found = run_json(("tests.benchmarks.rival", json.dumps(facts)), timeout=600.0)
    return {"seconds": found.get("seconds", {}).get("solve"), "cpu_s": found.get("cpu_s")}


def line(record):
    """A record as a row of the table."""

    def number(value, form):
        return "–" if value is None else format(value, form)

    cells = (
        record["tree"], record["who"], number(record.get("gap_left") and 100 * record["gap_left"], ".3f"),
        number(100 * record["gap"], ".2f"), number(record.get("cpu_s"), ".1f"), number(record.get("wall_s"), ".1f"),
        number(record.get("parent_mb"), ".0f"), number(record.get("solver_mb"), ".0f"),
        number(record.get("stored_mb"), ".1f"),
        {True: "yes", False: "NO", None: ""}[record.get("checked")],
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| futures | by | gap % | asked % | processor s | wall s | MB | MB of a solver | MB stored | checked |\n"
    + "|---" * 10
    + "|"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", default=",".join([*GAPS, *STAGED_GAPS]))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rivals", default="", help="trees that SCIP and HiGHS solve too")
    parser.add_argument("--store", action="store_true", help="once more with solves stored, and once with them found")
    parser.add_argument("--check", action="store_true", help="the independent check reads each plan")
    parser.add_argument("--limit", type=float, default=_LIMIT_S, help="seconds of wall time for a tree")
    parser.add_argument("--keep", type=Path, help="file to which records are added, as lines of JSON")
    parser.add_argument("--facts", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.facts:
        facts = json.loads(asked.facts)
        sys.stdout.write(json.dumps((rival if "solver" in facts else run)(facts)) + "\n")
        return
    speed = textbook()
    print(f"Textbook of frontier-lab in SCIP: {speed['seconds']:.2f} s of wall time, {speed['cpu_s']:.2f} s in all.")
    print(HEAD, flush=True)
    for name in asked.trees.split(","):
        facts = {"tree": name, "seed": asked.seed, "gap": gap_of(name), "limit": asked.limit}
        own = facts | {"workers": asked.workers, "check": asked.check, "store": ""}
        mine = made(own, "decomposition", speed, asked)
        if asked.store:
            with tempfile.TemporaryDirectory() as scratch:
                own |= {"store": str(Path(scratch) / f"{PREFIX}tree{SUFFIX}")}
                for who in ("decomposition, stored", "decomposition, resumed"):
                    made(own, who, speed, asked)
        for solver in ("scip", "highs") if name in asked.rivals.split(",") else ():
            made(facts | {"solver": solver, "limit": mine["wall_s"]}, solver, speed, asked)


def made(facts, who, speed, asked):
    """The record of a run in a process of its own, printed and kept."""
    command = ("tests.benchmarks.wide_trees", "--facts", json.dumps(facts))
    record = {**facts, "who": who, "textbook": speed, **run_json(command, timeout=2.0 * facts["limit"] + 300.0)}
    print(line(record), flush=True)
    if asked.keep is not None:
        with asked.keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
    return record


if __name__ == "__main__":
    main()
