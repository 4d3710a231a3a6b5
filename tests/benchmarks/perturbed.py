"""Cases beside a base case: prices, demand, speeds and costs moved at random, each by a factor of its own.

The search is changed with a look at the seeds of `TUNING` alone; those of `REPORTED` are for measuring.
"""

from __future__ import annotations

import random
from dataclasses import replace

from tests.benchmarks import ladder
from tests.benchmarks.scaling import least_prices
from tests.case_folder import write_case

SPREAD = 0.15
"""Every factor lies within 1 less and 1 more than this, uniformly."""
REPORTED = tuple(range(1, 21))
TUNING = tuple(range(101, 133))
UNCHANGED = 0
"""The seed of the base itself."""
BASES = ("mid-year", "lab-year")
SOLVERS = ("scip", "highs")
PATIENCE, LEAST_S = 1.1, 5.0
"""The second solver is given so many times the seconds of the first one, and at least so many seconds."""


def folder_of(rung, seed, within):
    """The folder with the files of a perturbed case of a rung, written below `within`; that of the rung for seed 0."""
    if seed == UNCHANGED:
        return ladder.folder_of(rung, within)
    folder = within / f"{rung.name}-perturbed-{seed}"
    if not (folder / "plan.toml").exists():
        write_case(perturbed(ladder.case_of(rung), seed), folder)
    return folder


def perturbed(case, seed, spread=SPREAD):
    """The case with other prices (by offer), demand (by workload), speeds (by accelerator and workload) and costs.

    No price falls below that at which a unit could be resold at once for more than it costs, unless it was there
    before. The same seed gives the same case.
    """
    draw = random.Random(f"perturbed {seed}")

    def factors(keys):
        return {key: draw.uniform(1.0 - spread, 1.0 + spread) for key in dict.fromkeys(keys)}

    def moved(rows, *columns):
        """Each row with these costs multiplied by one factor."""
        return tuple(_scaled(row, draw.uniform(1.0 - spread, 1.0 + spread), columns) for row in rows)

    price = factors(row.offer for row in case.prices)
    demand = factors(row.workload for row in case.demand)
    speed = factors((row.accelerator, row.workload) for row in case.throughput)
    costs = {
        "accelerators": moved(case.accelerators, "maintenance_usd_per_year"),
        "offers": moved(case.offers, "integration_usd_per_unit"),
        "sites": moved(case.sites, "electricity_usd_per_mwh", "fixed_musd_per_year"),
        "expansions": moved(case.expansions, "cost_musd_per_module"),
        "routes": moved(
            case.routes, "design_cost_musd", "mask_set_musd", "respin_cost_musd", "sustaining_musd_per_year"
        ),
        "acquisitions": moved(case.acquisitions, "price_musd", "integration_musd_per_year"),
        "agreements": moved(case.agreements, "prepayment_musd", "shortfall_usd_per_unit"),
    }
    case = replace(case, **costs)
    floors = least_prices(case)
    prices = tuple(
        replace(
            row,
            unit_price_usd=max(
                _rounded(row.unit_price_usd * price[row.offer]), min(row.unit_price_usd, floors[row.offer])
            ),
        )
        for row in case.prices
    )
    return replace(
        case,
        prices=prices,
        demand=tuple(_scaled(row, demand[row.workload], ("queries_per_day_million",)) for row in case.demand),
        throughput=tuple(
            _scaled(row, speed[row.accelerator, row.workload], ("queries_per_second",)) for row in case.throughput
        ),
    )


def _scaled(row, factor, columns):
    values = {name: getattr(row, name) for name in columns}
    return replace(row, **{name: _rounded(value * factor) for name, value in values.items() if value is not None})


def _rounded(value):
    """Six digits, as a table of inputs would have."""
    return float(f"{value:.6g}")
