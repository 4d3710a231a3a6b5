"""Measures what staying near an earlier plan saves, over re-plans of the shipped cases with demand and prices moved.

    python -m tests.benchmarks.nervousness [--seeds 6] [--share 0.005] [--cases mid-size,…]

Each row of `demand` and `prices` is multiplied by a factor of its own within 5 %. Of each re-plan the plan of least
cost and the nearest one within the share are compared with the plan of the case as it is, scenarios left aside.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from models.alternatives.nearest_plan import nearest_plan
from models.build import build
from models.outcome import SolveOptions
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.stages import solve_model
from planner.case import read_case
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun
from planner.results.stability_tables import changes_between, earlier_plan

INPUTS = Path(__file__).parents[2] / "inputs"
CASES = ("deals-2026", "frontier-lab", "make-or-buy-2023", "mid-size", "tenth-of-google")
SPREAD, SHARE, SEEDS = 0.05, 0.005, 6


@dataclass(frozen=True)
class Replan:
    """Nervousness and flips of the plan of least cost and of the nearest one, the cost of the latter, and seconds."""

    case: str
    seed: int
    free: float
    free_flips: int
    near: float
    near_flips: int
    dearer: float
    seconds: tuple[float, float]


def moved(case, seed, spread=SPREAD):
    """The case with every row of demand and prices multiplied by a factor of its own; no price falls below resale."""
    draw = random.Random(f"nervousness {case.settings.name} {seed}")

    def factor():
        return draw.uniform(1.0 - spread, 1.0 + spread)

    return replace(
        case,
        demand=tuple(
            replace(row, queries_per_day_million=row.queries_per_day_million * factor()) for row in case.demand
        ),
        prices=tuple(replace(row, unit_price_usd=row.unit_price_usd * factor()) for row in case.prices),
    )


def replans(name, seeds, share, engine):
    """Yields each re-plan of a case; one without a plan is left out."""
    read = read_case(INPUTS / name)
    case = replace(read.case, scenarios=(), scenario_values=())
    options = SolveOptions(gap=case.solver.gap, threads=1, time_limit_s=120.0)

    def planned(one):
        model = build(one)
        found = solve_model(model, engine, options)
        return model, polish(model.program, found, engine=engine, options=options)

    def run_of(one, model, outcome):
        return LoadedRun({}, tables_of(Solution(model, outcome)), replace(read, case=one), name)

    before = run_of(case, *planned(case))
    for seed in range(1, seeds + 1):
        other = moved(case, seed)
        began = time.perf_counter()
        model, cheapest = planned(other)
        if not cheapest.has_solution:
            continue
        middle = time.perf_counter()
        best = nearest_plan(model, cheapest, earlier_plan(before, other, None), share, engine, options)
        seconds = middle - began, time.perf_counter() - middle
        free, near = (changes_between(before, run_of(other, model, outcome)) for outcome in (cheapest, best.outcome))
        yield Replan(
            name, seed, free.nervousness or 0.0, len(free.flipped), near.nervousness or 0.0, len(near.flipped),
            best.outcome.objective / cheapest.objective - 1.0, seconds,
        )  # fmt: skip


def table_of(found):
    """The table as Markdown: medians by case and over all re-plans."""
    rows = ["| case | re-plans | nervousness, least cost | nearest | flips | nearest | dearer by | seconds | nearest |"]
    rows.append("|---|---|---|---|---|---|---|---|---|")
    groups = [(name, [one for one in found if one.case == name]) for name in dict.fromkeys(one.case for one in found)]
    for name, own in [*groups, ("all", found)]:
        middle = statistics.median
        rows.append(
            f"| {name} | {len(own)} | {100 * middle(one.free for one in own):.1f} % | "
            f"{100 * middle(one.near for one in own):.1f} % | {sum(one.free_flips for one in own)} | "
            f"{sum(one.near_flips for one in own)} | {100 * middle(one.dearer for one in own):.2f} % | "
            f"{middle(one.seconds[0] for one in own):.1f} | {middle(one.seconds[1] for one in own):.1f} |"
        )
    return "\n".join(rows)


def main(words=None):
    """Measures and prints the table; nothing passes or fails by it."""
    found = argparse.ArgumentParser(prog="python -m tests.benchmarks.nervousness", description=__doc__)
    found.add_argument("--seeds", type=int, default=SEEDS)
    found.add_argument("--share", type=float, default=SHARE)
    found.add_argument("--cases", default=",".join(CASES))
    asked = found.parse_args(words)
    with Engine.start("native") as engine:
        made = []
        for name in asked.cases.split(","):
            for one in replans(name, asked.seeds, asked.share, engine):
                made.append(one)
                print(one, file=sys.stderr, flush=True)
    print(table_of(made))
    ratios = [one.near / one.free for one in made if one.free > 0]
    if ratios:
        print(f"Median of nearest over least cost, of {len(ratios)} that moved: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
