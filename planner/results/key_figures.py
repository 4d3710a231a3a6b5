"""The figures that a strategy team reads first."""

from __future__ import annotations

import numpy as np

from models.frame import SECONDS_OF_YEAR
from models.moves import CASH_CATEGORIES
from models.program import Floats
from models.solution import Solution
from planner.results.places import Places
from planner.results.table import Cell, Table, table


def key_figures(solution: Solution, _: Places) -> Table:
    """Returns figures of the whole plan; on a branching tree they are expected values."""
    weight = solution.model.frame.tree.probability
    served, demand = queries(solution)
    cash = spending(solution, CASH_CATEGORIES)
    hardware = spending(solution, ("hardware",))
    drawn = solution.value(solution.model.power.drawn).sum(axis=0)
    whole: list[tuple[str, float, str]] = [
        ("net_present_cost", float(solution.money(solution.model.ledger.expected())[()]), "USD million"),
        ("cash_cost", float(cash @ weight), "USD million"),
        ("cost_per_thousand_queries", _per_thousand(float(cash @ weight), float(served @ weight)), "USD"),
        ("hardware_cost_per_thousand_queries", _per_thousand(float(hardware @ weight), float(served @ weight)), "USD"),
        ("share_of_demand_served", _ratio(float(served @ weight), float(demand @ weight)), "fraction"),
        ("share_of_largest_vendor", largest_vendor(solution)[1], "fraction"),
        ("utilisation", _ratio(*_capacity(solution)), "fraction"),
        ("peak_mw", float(drawn.max(initial=0.0)), "MW"),
    ]
    if solution.model.work.revenue.any():
        whole.append(("net_present_value", net_present_value(solution), "USD million"))
    return table("key_figures", "name value unit", whole)


def net_present_value(solution: Solution) -> float:
    """Returns revenue and value left less all cash costs, discounted; the penalty for unserved demand is not cash."""
    frame = solution.model.frame
    unserved = spending(solution, ("unserved",)) * frame.discount @ frame.tree.probability
    return float(unserved - solution.money(solution.model.ledger.expected())[()])


def period_figures(solution: Solution, places: Places) -> Table:
    """Returns by period the cash by category, demand served, power, and what a thousand queries cost."""
    served, demand = queries(solution)
    cash = {category: spending(solution, (category,)) for category in CASH_CATEGORIES}
    total_cash = spending(solution, CASH_CATEGORIES)
    drawn = solution.value(solution.model.power.drawn).sum(axis=0)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for node, period in enumerate(places.period):
        amounts = tuple(float(cash[category][node]) for category in CASH_CATEGORIES)
        share = _ratio(served[node], demand[node])
        unit_cost = _per_thousand(total_cash[node], served[node])
        rows.append((node, (period, *amounts, float(total_cash[node]), unit_cost, share, float(drawn[node]))))
    named = " ".join(f"{category}_musd" for category in CASH_CATEGORIES)
    columns = f"period {named} cash_musd cost_per_thousand_queries_usd share_served mw"
    return places.table("period_figures", columns, rows)


def queries(solution: Solution) -> tuple[Floats, Floats]:
    """Returns thousand queries served and asked for, by node."""
    model = solution.model
    seconds = SECONDS_OF_YEAR * model.frame.delta / model.work.peak[:, None] / 1000.0
    served = solution.value(model.assignments.assign).sum(axis=(0, 1)) * seconds
    return served.sum(axis=0), (model.work.demand * seconds).sum(axis=0)


def spending(solution: Solution, categories: tuple[str, ...]) -> Floats:
    """Returns USD million of some categories, by node."""
    return solution.money(solution.model.ledger.by_node(categories))


def largest_vendor(solution: Solution) -> tuple[str, float]:
    """Returns the vendor with the largest share of installed capability over the horizon, and its share."""
    model = solution.model
    installed = solution.value((model.fleet.owned + model.fleet.leased).sum(model.frame.site))
    capability = (installed * model.machines.capability[:, None]) @ model.frame.tree.probability
    vendors = [row.vendor for row in model.frame.case.accelerators]
    totals = {vendor: 0.0 for vendor in vendors}
    for vendor, amount in zip(vendors, capability, strict=True):
        totals[vendor] += float(amount)
    name = max(totals, key=lambda vendor: totals[vendor])
    return name, _ratio(totals[name], sum(totals.values()))


def _capacity(solution: Solution) -> tuple[float, float]:
    """Returns the usable unit-periods that work at peak, and those that are installed, at work or idle."""
    model = solution.model
    assign = solution.value(model.assignments.assign).sum(axis=1)
    rate = model.work.rate
    busy = np.divide(assign, rate, out=np.zeros_like(assign), where=rate > 0).sum(axis=(0, 1))
    installed = solution.value((model.fleet.owned + model.fleet.leased).sum(model.frame.site))
    usable = (installed * model.work.utilisation[:, None]).sum(axis=0)
    weight = model.frame.tree.probability
    return float(busy @ weight), float(usable @ weight)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _per_thousand(musd: float, thousand: float) -> float:
    return float(musd * 1e6 / thousand) if thousand > 0 else 0.0
