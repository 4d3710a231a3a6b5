"""A case of two periods that is solved in no time, as text: every test writes its own copy and changes a cell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from planner.documents.content.plan_headline import standing

ROOT = Path(__file__).resolve().parents[2]
INPUTS = ROOT / "inputs"
SHIPPED = sorted(path.parent.name for path in INPUTS.glob("*/plan.toml"))
"""The names of the cases that come with the project."""
FUTURES = "frontier-lab-futures"
"""The case with the tables of frontier-lab and fifteen scenarios, each of which is checked as a case of its own."""
ONE_FUTURE = [name for name in SHIPPED if name != FUTURES]

# Demand is 8.64 million queries a day, which is 100 a second; a unit does 10 a second, so ten units serve all.
# They come in lots of 4: three lots of 12 units at 0.1 USD million cost 1.2 USD million in the first period.
FILES = {
    "plan.toml": 'schema_version = 1\nname = "tiny"\ncurrency_basis = "real"\nstart = "2027"\nperiod = "year"\n'
    "periods = 2\ndiscount_rate = 0.1\n\n[solver]\ngap = 0.000001\ntime_limit_s = 30\n",
    "workloads.csv": "workload,min_service,penalty_usd_per_1000\nchat,1,5\n",
    "demand.csv": "workload,period,queries_per_day_million\nchat,2027,8.64\n",
    "accelerators.csv": "accelerator,vendor,it_kw,life_years,reference_price_usd\nchip,maker,1,3,100000\n",
    "throughput.csv": "accelerator,workload,queries_per_second\nchip,chat,10\n",
    "offers.csv": "offer,accelerator,kind,lot_size\nchip_list,chip,buy,4\n",
    "prices.csv": "offer,period,unit_price_usd\nchip_list,2027,100000\n",
    "sites.csv": "site,power_mw,pue,electricity_usd_per_mwh\nhome,1,1,50\n",
    "budgets.csv": "budget,categories,span,amount_musd\ncompute,all,2027,5\ncompute,all,2028,5\n",
}


def write_tiny(folder, **changes):
    """Writes the case with some files replaced: `demand="…"` stands for demand.csv, `plan` for plan.toml."""
    folder.mkdir(parents=True)
    files = FILES | {("plan.toml" if name == "plan" else f"{name}.csv"): text for name, text in changes.items()}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def command(*arguments):
    """The command line that runs fleetplan from the sources."""
    return [sys.executable, "-m", "planner.cli", *map(str, arguments)]


def environment():
    """The environment in which the command finds the sources and prints 100 columns."""
    return os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"}


def fleetplan(*arguments, cwd, timeout=60):
    """Runs the command to its end."""
    return subprocess.run(
        command(*arguments), cwd=cwd, env=environment(), capture_output=True, text=True, timeout=timeout, check=False
    )


def manifest_of(run):
    return json.loads((run / "manifest.json").read_text(encoding="utf-8"))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def standing_of(outcome, asked):
    """How good an outcome is proven to be, in the words of every medium."""
    known = outcome.objective is not None and outcome.bound is not None
    facts = {"status": outcome.status.value, "stop": outcome.stop.value, "gap": outcome.gap, "options": {"gap": asked}}
    return standing(facts | {"gap_musd": abs(outcome.objective - outcome.bound) if known else None}).text
