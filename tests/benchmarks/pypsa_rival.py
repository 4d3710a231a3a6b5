"""States the reduced problem in PyPSA and prints JSON: `python -m tests.benchmarks.pypsa_rival FACTS`.

FACTS is JSON: folder, gap, limit. Reads the tables by itself and imports nothing of the planner, so it also runs in an
environment that holds PyPSA alone.

What PyPSA says by itself: every order of an offer is a generator on the bus of its accelerator, with a build year, a
life, whole lots (`p_nom_mod`) and failures (`p_max_pu`); links with efficiencies turn active units into queries of
each workload; loads are the demand, and a generator at the penalty is what is not served. A purchase price is spread
over the years of service, so that the discounted sum is what is paid.

What it cannot say, and is added to its linopy model as its `extra_functionality` would: a yearly budget over purchases,
upkeep, design and deals (its global constraints know no spending of generators by year); the binaries of starts and
closings with their costs; that an order and a route wait for what they require.
"""

from __future__ import annotations

import json
import logging
import math
import resource
import sys
import time
import warnings
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from tests.benchmarks.pypsa_facts import MUSD, SECONDS_OF_YEAR, Facts, named, number, years_of

missing = ""
try:
    import highspy  # noqa: F401
    import numpy as np
    import pandas as pd
    import pypsa
    import xarray as xr
except ImportError as error:
    missing = str(error)

_KB_OF_MB = 1024


@dataclass
class Orders:
    """The orders that the offers allow, side by side; `costs` is what one unit costs by year."""

    names: list = field(default_factory=list)
    gates: list = field(default_factory=list)
    years: list = field(default_factory=list)
    costs: list = field(default_factory=list)
    columns: dict = field(default_factory=dict)

    def add(self, offer, year, costs, **columns):
        self.names.append(f"{offer['offer']} {year}")
        self.gates.append(named(offer["requires"]))
        self.years.append(year)
        self.costs.append(costs)
        for column, value in columns.items():
            self.columns.setdefault(column, []).append(value)


def network(facts, orders):
    """The network with everything that PyPSA says by itself."""
    years = [facts.start + year for year in facts.years]
    net = pypsa.Network()
    net.set_snapshots(pd.MultiIndex.from_product([years, [0]], names=["period", "timestep"]))
    net.investment_periods = years
    net.investment_period_weightings["objective"] = [facts.discount(year) for year in facts.years]
    net.investment_period_weightings["years"] = 1.0
    net.add("Bus", [f"units {machine}" for machine in facts.machines])
    net.add("Bus", [f"queries {row['workload']}" for row in facts.workloads])
    add_work(net, facts)
    add_fleet(net, facts)
    columns = dict(orders.columns)
    columns["p_max_pu"] = over_time(net, orders.names, columns["p_max_pu"])
    net.add("Generator", orders.names, p_nom_extendable=True, **columns)
    return net


def over_time(net, names, values):
    """A frame of one column for each name."""
    return pd.DataFrame(dict(zip(names, values, strict=True)), index=net.snapshots)


def add_work(net, facts):
    """Loads, what is not served, and the links from active units to queries."""
    names = [row["workload"] for row in facts.workloads]
    buses = [f"queries {name}" for name in names]
    asked = [[facts.peak_demand(name, year) for year in facts.years] for name in names]
    penalties = [
        number(row["penalty_usd_per_1000"]) / 1000 * SECONDS_OF_YEAR / number(row["peak_to_average"], 1.0) * MUSD
        for row in facts.workloads
    ]
    loads = [f"demand {name}" for name in names]
    net.add("Load", loads, bus=buses, p_set=over_time(net, loads, asked))
    always = {"build_year": facts.start, "lifetime": math.inf}
    unserved = [f"unserved {name}" for name in names]
    net.add("Generator", unserved, bus=buses, p_nom=[max(row) for row in asked], marginal_cost=penalties, **always)
    links = [f"{row['accelerator']} on {row['workload']}" for row in facts.throughput]
    opened = sum(float(one["units"]) for one in facts.fleet)
    rates = [[facts.rate_of(row, year) for year in facts.years] for row in facts.throughput]
    net.add(
        "Link",
        links,
        bus0=[f"units {row['accelerator']}" for row in facts.throughput],
        bus1=[f"queries {row['workload']}" for row in facts.throughput],
        p_nom=[max(facts.most_units(row["accelerator"]), opened) for row in facts.throughput],
        efficiency=over_time(net, links, rates),
        **always,
    )


def add_fleet(net, facts):
    """The cohorts that are there when the plan starts and still have a life before them."""
    left = {
        index: facts.life(row["accelerator"]) - (facts.start - int(row["in_service_since"][:4]))
        for index, row in enumerate(facts.fleet)
    }
    rows = [(index, facts.fleet[index]) for index, years in left.items() if years > 0]
    names = [f"opening {index} {row['accelerator']}" for index, row in rows]
    shares = [[facts.survival(row["accelerator"], year) for year in facts.years] for _, row in rows]
    net.add(
        "Generator",
        names,
        bus=[f"units {row['accelerator']}" for _, row in rows],
        p_nom=[float(row["units"]) for _, row in rows],
        p_max_pu=over_time(net, names, shares),
        marginal_cost=[facts.upkeep[row["accelerator"]] for _, row in rows],
        build_year=facts.start,
        lifetime=[left[index] for index, _ in rows],
    )


def orders_of(facts):
    """Every order that an offer allows: whole lots, from its arrival to the end of its life."""
    found = Orders()
    for offer in facts.offers:
        machine, lead = offer["accelerator"], years_of(number(offer["lead_time_months"]))
        deposit = number(offer["deposit_share"]) if lead else 1.0
        lot = float(offer["lot_size"])
        for year in facts.window(offer, "first_order", "last_order"):
            price, due = facts.prices[offer["offer"]][year], year + lead
            if price is None or due >= facts.count:
                continue
            costs = [0.0] * facts.count
            costs[year] += deposit * price * MUSD
            costs[due] += ((1 - deposit) * price + number(offer["integration_usd_per_unit"])) * MUSD
            serves = range(due, min(facts.count, due + facts.life(machine)))
            present = sum(facts.discount(at) * cost for at, cost in enumerate(costs))
            found.add(
                offer,
                year,
                costs,
                bus=f"units {machine}",
                p_nom_mod=lot,
                p_nom_max=math.ceil(facts.most_units(machine) / lot) * lot,
                p_max_pu=[facts.survival(machine, at - due) for at in facts.years],
                capital_cost=present / sum(facts.discount(at) for at in serves),
                marginal_cost=facts.upkeep[machine],
                build_year=facts.start + due,
                lifetime=facts.life(machine),
            )
    return found


@dataclass
class Events:
    """The starts or closings that are possible: what, when, from when its effect is there, and its costs by year."""

    items: list = field(default_factory=list)
    gates: list = field(default_factory=list)
    years: list = field(default_factory=list)
    effects: list = field(default_factory=list)
    costs: list = field(default_factory=list)

    def add(self, item, gates, years, lag, costs):
        for year in years:
            self.items.append(item)
            self.gates.append(gates)
            self.years.append(year)
            self.effects.append(year + lag)
            self.costs.append(costs(year))


def events_of(facts):
    """Starts and closings."""
    starts, closings = Events(), Events()
    for row in facts.routes:
        years = facts.window(row, "first_start", "last_start")
        lag, gates = facts.route_lag(row), named(row["requires"])
        starts.add(row["programme"], gates, years, lag, lambda at, route=row: facts.route_costs(route, at))
    for row in facts.companies:
        years, lag = facts.window(row, "first_signing", "last_signing"), facts.company_lag(row)
        closings.add(row["acquisition"], [], years, lag, lambda at, one=row: facts.company_costs(one, at))
    return starts, closings


def add_strategy(net, facts, orders):
    """Starts, closings, gates and the budget, added to the linopy model; costs of the first two to the objective."""
    model = net.model
    starts, closings = events_of(facts)
    start = model.add_variables(binary=True, coords=[pd.RangeIndex(len(starts.items), name="start")], name="start")
    close = model.add_variables(binary=True, coords=[pd.RangeIndex(len(closings.items), name="close")], name="close")
    for events, variable, name in ((starts, start, "start"), (closings, close, "close")):
        items = sorted(set(events.items))
        happens = [[float(item == one) for item in events.items] for one in items]
        once = xr.DataArray(happens, dims=(f"one_{name}", name))
        model.add_constraints((variable * once).sum(name) <= 1, name=f"{name} once")
    weights = [facts.discount(year) for year in facts.years]
    present = [np.array(events.costs) @ weights for events in (starts, closings)]
    costs = (start * xr.DataArray(present[0], dims="start")).sum()
    costs = costs + (close * xr.DataArray(present[1], dims="close")).sum()
    model.add_objective(model.objective.expression + costs, overwrite=True)
    waiting = [index for index, gates in enumerate(starts.gates) if gates]
    opened = matrix(waiting, starts, closings, ("start", "close"), 1.0).assign_coords(start=waiting)
    model.add_constraints(start.sel(start=waiting) - (close * opened).sum("close") <= 0, name="starts wait")
    units = model.variables["Generator-p_nom"]
    gated = [index for index, gates in enumerate(orders.gates) if gates]
    names = [orders.names[index] for index in gated]
    most = np.array(orders.columns["p_nom_max"])[gated][:, None]
    opened = matrix(gated, orders, starts, ("name", "start"), most).assign_coords(name=names)
    model.add_constraints(units.sel(name=names) - (start * opened).sum("start") <= 0, name="orders wait")
    add_budget(net, facts, orders, ((start, starts, "start"), (close, closings, "close")))


def matrix(rows, waiting, events, dims, most):
    """`most` where the effect of an event is there in the year of what waits for it, else nought."""
    found = [
        [
            float(events.items[event] in waiting.gates[row] and events.effects[event] <= waiting.years[row])
            for event in range(len(events.items))
        ]
        for row in rows
    ]
    return xr.DataArray(np.array(found) * most, dims=dims)


def add_budget(net, facts, orders, strategy):
    """What is spent in a year on purchases, upkeep, designs and deals keeps to the budget."""
    model, generators = net.model, net.generators
    units, active = model.variables["Generator-p_nom"], model.variables["Generator-p"]
    upkeep = generators.marginal_cost[generators.bus.str.startswith("units ")]
    years = active.coords["snapshot"]

    def by_year(values, dim):
        return xr.DataArray(np.array(values).T, dims=("snapshot", dim), coords={"snapshot": years})

    kept = xr.DataArray(upkeep.to_numpy(), dims="name", coords={"name": list(upkeep.index)})
    paid = by_year(orders.costs, "name").assign_coords(name=orders.names)
    spent = (active.sel(name=list(upkeep.index)) * kept).sum("name") + (units.sel(name=orders.names) * paid).sum("name")
    for variable, events, name in strategy:
        spent = spent + (variable * by_year(events.costs, name)).sum(name)
    amounts = xr.DataArray(facts.budget, dims="snapshot", coords={"snapshot": years})
    model.add_constraints(spent <= amounts, name="budget")


def run(facts):
    """Sizes, seconds and the optimum in PyPSA with HiGHS."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    known = Facts(Path(facts["folder"]))
    began = time.perf_counter()
    orders = orders_of(known)
    net = network(known, orders)
    # The start value is nought, so there is no constant to include.
    net.optimize.create_model(multi_investment_periods=True, include_objective_constant=False)
    add_strategy(net, known, orders)
    built = time.perf_counter()
    wishes = {"mip_rel_gap": facts["gap"], "time_limit": facts["limit"], "output_flag": False}
    status, condition = net.optimize.solve_model(solver_name="highs", solver_options=wishes)
    solved = time.perf_counter()
    model = net.model
    return {
        "status": "optimal" if (status, condition) == ("ok", "optimal") else condition,
        "objective": float(model.objective.value),
        "starts": round(float(model.solution["start"].sum())),
        "closings": round(float(model.solution["close"].sum())),
        "columns": int(model.nvars),
        "rows": int(model.ncons),
        "seconds": {"build": built - began, "solve": solved - built},
        "parent_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_OF_MB,
        "versions": {name: metadata.version(name) for name in ("pypsa", "linopy", "highspy")},
    }


if __name__ == "__main__":
    found = {"status": "not installed", "detail": missing} if missing else run(json.loads(sys.argv[1]))
    sys.stdout.write(json.dumps(found) + "\n")
