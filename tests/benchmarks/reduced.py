"""The part of a case that a planner of energy systems can state as well: purchases, a budget, one tape-out, one deal.

Left out: leases, limits, tiers, power, expansions, agreements, resale and early retirement. What is left keeps its
numbers. Prints, as JSON, what our planner makes of it: `python -m tests.benchmarks.reduced FACTS`, FACTS with folder,
gap, limit and engine.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from models.case import TABLES
from models.outcome import SolveOptions
from models.polish import polish
from models.solvers.child import Engine
from models.stages import solve_model
from planner.case import read_case
from tests.benchmarks.ladder import INPUTS, model_of
from tests.benchmarks.ours import cpu_seconds, peak_mb
from tests.benchmarks.scaling import calendar_of

SITE = "site"
KEPT = (
    "workloads",
    "demand",
    "accelerators",
    "throughput",
    "offers",
    "prices",
    "sites",
    "opening_fleet",
    "programmes",
    "routes",
    "acquisitions",
    "budgets",
)
"""Tables of the reduced case; every other one is empty."""
BASE = "frontier-lab"


def reduced_case(base=BASE):
    """One site, every workload, bought machines and the first programme with its routes and companies."""
    case = read_case(INPUTS / base).case
    programme = replace(case.programmes[0], terminal_value_musd=0.0)
    routes = [row for row in case.routes if row.programme == programme.programme]
    # Own design, or the design of a company that is bought: one tape-out against one deal.
    routes = [next(row for row in routes if not row.requires), next(row for row in routes if row.requires)]
    needed = {name for row in routes for name in row.requires}
    gates = {programme.programme}
    offers = [row for row in case.offers if row.kind == "buy" and set(row.requires) <= gates]
    bought = {row.offer for row in offers}
    machines = {row.accelerator for row in offers} | {row.accelerator for row in case.opening_fleet}
    left_out = [table for table in TABLES if table not in KEPT]
    powered = [row for row in case.sites if row.power_mw is not None]
    site = replace(powered[0], site=SITE, power_mw=None, fixed_musd_per_year=0.0)
    return replace(
        case,
        **dict.fromkeys(left_out, ()),
        settings=replace(case.settings, name=f"{base}-reduced", early_retirement=False),
        workloads=tuple(replace(row, min_service=0.0, revenue_usd_per_1000=None, sites=()) for row in case.workloads),
        accelerators=tuple(row for row in case.accelerators if row.accelerator in machines),
        throughput=tuple(
            replace(row, variable_usd_per_1000=0.0) for row in case.throughput if row.accelerator in machines
        ),
        offers=tuple(
            replace(row, sites=(), excludes=(), min_lots=0.0, max_lots_per_period=None, lot_size=row.lot_size or 1.0)
            for row in offers
        ),
        prices=tuple(row for row in case.prices if row.offer in bought),
        sites=(site,),
        opening_fleet=_together(case.opening_fleet),
        programmes=(programme,),
        routes=tuple(replace(row, excludes=()) for row in routes),
        acquisitions=tuple(
            replace(row, requires=(), excludes=()) for row in case.acquisitions if row.acquisition in needed
        ),
        budgets=_budgets(case),
    )


def _together(cohorts):
    """The opening fleet at one site, cohorts of one machine and year together."""
    units = {}
    for row in cohorts:
        units[row.accelerator, row.in_service_since] = units.get((row.accelerator, row.in_service_since), 0) + row.units
    found = {(row.accelerator, row.in_service_since): row for row in cohorts}
    return tuple(replace(row, site=SITE, units=units[key]) for key, row in found.items())


def _budgets(case):
    """One budget over all spending, by year: the amounts of the case's first budget."""
    first = case.budgets[0].budget
    return tuple(
        replace(row, budget="all_spending", categories=("all",), carry_over=False)
        for row in case.budgets
        if row.budget == first
    )


def run(facts):
    """Sizes, seconds and the optimum of the reduced case."""
    case = read_case(Path(facts["folder"])).case
    if calendar_of(case).period != "year":
        msg = "the reduced problem is stated by year"
        raise ValueError(msg)
    with Engine.start(facts["engine"]) as engine:
        trouble = engine.await_ready()
        if trouble:
            raise RuntimeError(trouble)
        began = time.perf_counter()
        model = model_of(case)
        built = time.perf_counter()
        options = SolveOptions(solver=facts["engine"], gap=facts["gap"], time_limit_s=facts["limit"])
        found = solve_model(model, engine, options)
        found = polish(model.program, found, engine=engine, options=options)
        solved = time.perf_counter()
        memory = found.peak_memory_mb
    program = model.program
    return {
        "status": found.status.value,
        "objective": found.objective,
        "bound": found.bound,
        "gap_left": found.gap,
        "columns": program.column_count,
        "rows": program.row_count,
        "non_zeros": program.non_zeros,
        "seconds": {"build": built - began, "solve": solved - built},
        "parent_mb": peak_mb(),
        "solver_mb": memory,
        "cpu_s": cpu_seconds(),
    } | decisions(model, found)


def decisions(model, found):
    """What was started and closed, so that a problem in which neither pays is seen."""
    if not found.has_solution:
        return {}
    taken = {"starts": model.programmes.starts, "closings": model.acquisitions.closings}
    return {name: round(float(events.block.value(found.values).sum())) for name, events in taken.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1]))) + "\n")
