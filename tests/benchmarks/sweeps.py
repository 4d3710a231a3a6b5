"""Prints what a sweep costs and what it survives: against cold runs, outside the solver, by workers, and under kills.

    python -m tests.benchmarks.sweeps [--case frontier-lab] [--points 200] [--gap 0.001] [--cold 20]
        [--tables ratio,overhead,speed,kills] [--speed-points 40] [--executors local:1,local:2,dask:2]
        [--kill-points 60] [--kill-moments 50] [--work MODULE:FUNCTION] [--maker MODULE:FUNCTION] [--keep FOLDER]

A cold run is a Python process of its own that reads the case, starts a solver, and works out one point from nothing;
as many run at a time as the sweep has workers. It writes no workbook, so it does less than `fleetplan plan`. Where only
a sample of the cold runs is done, their mean is scaled to all points, and the table says so. A maker is given the case
and a count and returns the points; ours varies the disruptions of the case by onset and depth, deeper ones from the
plan of the next shallower. On a noisy machine read ratios, not seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from models.outcome import SolveOptions
from planner.case import read_case
from planner.sweeps.payload import json_bytes, loaded
from planner.sweeps.point_runner import SOLVER, PointRunner
from planner.sweeps.point_store import Store
from planner.sweeps.points import Point, PointStatus, Sweep, work_of
from planner.sweeps.sweep_run import run

ROOT = Path(__file__).parents[2]
WORK = "planner.studies.point_work:plan_point"
MAKER = "tests.benchmarks.sweeps:disruptions"
DEPTHS = (0.25, 0.5, 0.75, 1.0, 1.25)
COLD = "cold"


def disruptions(case, count):
    """The case as it is, then each of its disruptions at several onsets and depths, until there are enough points."""
    names = [name for name in dict.fromkeys(row.disruption for row in case.disruptions) if not _only_fails(case, name)]
    if not names:
        msg = "The case has no disruptions whose depth can vary; name another, or a maker."
        raise SystemExit(msg)
    years = range(int(case.settings.start[:4]), int(case.settings.start[:4]) + 50)
    points = [Point("base", "plan", {})]
    for year in years:
        for name in names:
            after = "base"
            for depth in DEPTHS:
                point = Point(f"{name} {year} x{depth:g}", "plan", {"shocks": f"{name}@{year}*{depth:g}"}, after)
                points.append(point)
                after = point.name
    return tuple(points[:count])


def _only_fails(case, name):
    return all(row.field == "fail" for row in case.disruptions if row.disruption == name)


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def head(*names):
    print()
    row(*names)
    print("|" + "---|" * len(names), flush=True)


def timed(sweep, folder, workers, executor="local"):
    """A sweep in a folder of its own: what came of it, and the seconds by the clock."""
    began = time.perf_counter()
    found = run(sweep, folder, workers=workers, executor=executor)
    return found, time.perf_counter() - began


def seconds_of(found):
    """Seconds of work of all points, and those of them in the solver."""
    return sum(point.seconds for point in found.points.values()), sum(p.timing[SOLVER] for p in found.points.values())


def cold_run(folder, key):
    """Seconds of one cold run, from the start of its process to its end, and its result."""
    out = folder / f"cold-{key}.json"
    words = [sys.executable, "-m", "tests.benchmarks.sweeps", "--one", COLD, str(folder), key, str(out)]
    settings = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    began = time.perf_counter()
    subprocess.run(words, cwd=ROOT, env=os.environ | settings | {"PYTHONPATH": str(ROOT)}, check=True)
    return time.perf_counter() - began


def one_cold(folder, key, out):
    """The body of a cold run."""
    sweep = loaded(Store(Path(folder), "").files())
    entry = next(entry for entry in sweep.entries if entry.key == key)
    runner = PointRunner(sweep)
    try:
        done = runner.perform(replace(entry, after=None), None)
    finally:
        runner.close()
    Path(out).write_bytes(json_bytes({"status": done.status.value, "result": done.result}, "The result"))


def ratio(sweep, asked, base):
    """The sweep against independent cold runs, with the same cores and gap."""
    found, warm_s = timed(sweep, base / "ratio", asked.workers)
    keys = [point.key for point in found.points.values() if point.status is PointStatus.DONE]
    sample = random.Random(asked.seed).sample(keys, min(asked.cold, len(keys)))
    began = time.perf_counter()
    with ThreadPoolExecutor(asked.workers) as pool:
        each = list(pool.map(lambda key: cold_run(found.folder, key), sample))
    sampled_s = time.perf_counter() - began
    count = len(found.points)
    cold_s = sampled_s * count / len(sample)
    told = f"{len(sample)} of {count}, scaled" if len(sample) < count else "all"
    head(
        "points",
        "done",
        "failed",
        "parked",
        "workers",
        "sweep s",
        "s a point",
        "cold runs",
        "cold s",
        "each s",
        "ratio",
    )
    each_s = f"{statistics.mean(each):.2f} ± {statistics.pstdev(each):.2f}"
    row(
        count,
        len(keys),
        len(found.failed),
        len(found.quarantined),
        asked.workers,
        f"{warm_s:.1f}",
        f"{warm_s / count:.2f}",
        told,
        f"{cold_s:.0f}",
        each_s,
        f"{cold_s / warm_s:.1f}",
    )
    print(f"\n{agreement(found, sample, sweep.options.gap)}")
    return found, warm_s


def agreement(found, sample, gap):
    """How far the costs of warm and cold runs lie apart, where the work tells them."""
    import json

    points = {point.key: point for point in found.points.values()}
    apart = []
    for key in sample:
        cold = json.loads((found.folder / f"cold-{key}.json").read_bytes())["result"] or {}
        name = next((name for name in ("objective_musd", "objective") if name in cold), None)
        warm = (points[key].result or {}).get(name)
        if name and cold[name] is not None and warm is not None:
            apart.append(abs(cold[name] - warm) / max(abs(cold[name]), 1e-9))
    if not apart:
        return "The work tells no cost to compare."
    return (
        f"Costs of {len(apart)} points, warm and cold: at most {max(apart):.2e} apart; "
        f"{sum(value > gap for value in apart)} of them more than the gap of {gap:g}."
    )


def overhead(found, wall_s, workers):
    """Where the time of a sweep goes, a point."""
    count = len(found.points)
    work_s, solver_s = seconds_of(found)
    head(
        "ms a point",
        "solver",
        "rest of the work",
        "engine of the sweep",
        "of it starting workers",
        "outside the solver %",
    )
    first = run_of_nothing(workers)
    rest = max(0.0, wall_s * workers - work_s)
    outside = 100 * (1 - solver_s / (wall_s * workers))
    cells = [wall_s * workers, solver_s, work_s - solver_s, rest, first * workers]
    row(*(f"{1000 * value / count:.1f}" for value in cells), f"{outside:.0f}")


def run_of_nothing(workers):
    """Seconds of a sweep with one trivial point a worker: what starting costs."""
    from tests.planner.sweeps.making import grid, sweep_of

    with tempfile.TemporaryDirectory() as base:
        return timed(sweep_of(grid(workers, 1), Path(base)), Path(base) / "s", workers)[1]


def bare(base):
    """The cost of a point that does nothing, by executor: what the engine of the sweep adds to each."""
    from tests.planner.sweeps.making import grid, sweep_of

    head("points that do nothing", "executor", "workers", "s", "ms a point beyond the start")
    for executor, workers in (("serial", 1), ("local", 1), ("local", 2)):
        count, few = 400, 2
        small, start_s = timed(sweep_of(grid(few, 1), base), base / f"few-{executor}{workers}", workers, executor)
        found, all_s = timed(
            sweep_of(grid(few, count // few), base), base / f"bare-{executor}{workers}", workers, executor
        )
        assert len(found.points) == count
        assert len(small.points) == few
        row(count, executor, workers, f"{all_s:.2f}", f"{1000 * (all_s - start_s) / (count - few):.2f}")


def speed(sweep, asked, base):
    """The same sweep with one and two workers and on the distributed engine."""
    head("points", "executor", "workers", "s", "speed-up", "same bytes")
    from tests.planner.sweeps.making import content

    first, first_s = None, None
    for wanted in asked.executors.split(","):
        executor, _, workers = wanted.partition(":")
        folder = base / f"speed-{executor}-{workers}"
        found, wall_s = timed(sweep, folder, int(workers), executor)
        first_s = first_s or wall_s
        first = first or content(folder)
        same = "yes" if content(folder) == first else "NO"
        row(len(found.points), executor, workers, f"{wall_s:.1f}", f"{first_s / wall_s:.2f}", same)


def kills(asked, base):
    """A sweep whose workers and parents are killed at random moments, with kill -9."""
    from tests.planner.sweeps.chaos import LENGTH, torment
    from tests.planner.sweeps.making import content, grid, sweep_of

    chains = max(1, asked.kill_points // LENGTH)
    head(
        "points",
        "kills",
        "of workers",
        "of parents",
        "points begun",
        "lost",
        "done twice",
        "others end within s",
        "same bytes",
    )
    shape = {"sleep": asked.kill_sleep, "workers": asked.workers, "chains": chains}
    report = torment(base / "kills", moments=asked.kill_moments, seed=asked.seed, **shape)
    whole = base / "kills" / "whole"
    run(sweep_of(grid(chains, LENGTH, sleep=asked.kill_sleep), base / "kills"), whole, workers=asked.workers)
    same = "yes" if all(found == content(whole) for found in report.contents) else "NO"
    row(
        report.points, report.workers_killed + report.parents_killed, report.workers_killed, report.parents_killed,
        report.began, len(report.lost), len(report.rewritten), f"{report.slowest_end_s:.2f}", same,
    )  # fmt: skip


def made(asked):
    """The sweep that was asked for."""
    place = Path(asked.case)
    read = read_case(place if place.exists() else ROOT / "inputs" / asked.case)
    options = SolveOptions(solver=asked.solver, gap=asked.gap, time_limit_s=asked.limit, threads=1)
    points = tuple(work_of(asked.maker)(read.case, asked.points))
    return Sweep(read.case, read.case_hash, options, points, asked.work)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--case", default="frontier-lab")
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--maker", default=MAKER)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--solver", default="native")
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--limit", type=float, default=None)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cold", type=int, default=20, help="how many of the points are also run cold")
    parser.add_argument("--tables", default="ratio,overhead,speed,kills")
    parser.add_argument("--speed-points", type=int, default=40)
    parser.add_argument("--executors", default="local:1,local:2,dask:2")
    parser.add_argument("--kill-points", type=int, default=60)
    parser.add_argument("--kill-moments", type=int, default=50)
    parser.add_argument("--kill-sleep", type=float, default=0.4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the sweeps, kept afterwards")
    return parser.parse_args()


def main():
    asked = arguments()
    if asked.one:
        one_cold(*asked.one[1:])
        return
    base = asked.keep or Path(tempfile.mkdtemp(prefix="fleetplan-sweeps-"))
    tables = asked.tables.split(",")
    try:
        if {"ratio", "overhead"} & set(tables):
            sweep = made(asked)
            found, wall_s = (
                ratio(sweep, asked, base) if "ratio" in tables else timed(sweep, base / "ratio", asked.workers)
            )
            if "overhead" in tables:
                overhead(found, wall_s, asked.workers)
        if "overhead" in tables:
            bare(base / "bare")
        if "speed" in tables:
            sweep = made(asked)
            speed(replace(sweep, points=sweep.points[: asked.speed_points]), asked, base)
        if "kills" in tables:
            kills(asked, base)
    finally:
        if asked.keep is None:
            shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
