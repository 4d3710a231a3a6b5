"""T14: the same inputs give the same bytes; another seed gives another plan within the gap."""

from __future__ import annotations

import json
import os
import subprocess

from tests.oracle.random_cases import random_case
from tests.planner.tiny import INPUTS, command, environment
from tests.trust.folders import written
from tests.trust.tools import RELATIVE, require

TITLE = "determinism: 20 repeats equal to the last byte, 10 seeds within the gap"
REPEATS, SEEDS = 20, 10
TOLD_APART = ("seconds",)
GAP = 1e-3


def count():
    return REPEATS + SEEDS


def plan(case, folder, *words, hash_seed="0"):
    """The tables and the facts of a plan made by the command in a process of its own."""
    done = subprocess.run(
        command("plan", case, "-o", folder, "--quiet", *words), env=environment() | {"PYTHONHASHSEED": hash_seed},
        cwd=folder.parent, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    require(done.returncode == 0, done.stdout + done.stderr)
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    files = {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}
    return {name: value for name, value in told.items() if name not in TOLD_APART}, files


def check(number, tools):
    folder = tools.folder()
    if number >= REPEATS:
        return seeded(number - REPEATS, folder)
    # Half of the repeats of the case with everything, half of random ones.
    case = INPUTS / "make-or-buy-2023"
    if number % 2 == 0:
        case = written(map(random_case, range(number, 40 * REPEATS, REPEATS)), folder)
    first = plan(case, folder / "first", "--gap", "0.001")
    again = plan(case, folder / "again", "--gap", "0.001", hash_seed=str(1 + os.getpid() % 1000 + number))
    require(first[0] == again[0], "plan.json differs")
    require(first[1] == again[1], f"tables differ: {[n for n in first[1] if first[1][n] != again[1].get(n)]}")
    return f"{case.name}: {len(first[1])} tables"


def seeded(seed, folder):
    case = INPUTS / "make-or-buy-2023"
    (one, _), (other, _) = (plan(case, folder / str(s), "--gap", str(GAP), "--seed", str(s)) for s in (0, seed + 1))
    for left, right in ((one, other), (other, one)):
        low = left["bound_musd"] - RELATIVE * abs(left["bound_musd"])
        require(right["objective_musd"] >= low, f"{right['objective_musd']} lies below the bound {low}")
    apart = abs(one["objective_musd"] - other["objective_musd"]) / abs(one["objective_musd"])
    require(apart <= GAP * 1.01, f"seeds 0 and {seed + 1} differ by {apart:.2e}")
    return f"seeds 0 and {seed + 1} differ by {apart:.1e} of the cost"


def remark(details):
    """The widest spread over seeds."""
    found = [float(told.split()[-4]) for told in details if told.startswith("seeds")]
    return f"{len(found)} seeds: costs differ from that of seed 0 by at most {max(found):.1e}" if found else ""
