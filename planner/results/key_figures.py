"""The figures that a strategy team reads first: of the reported periods, but for what is discounted."""

from __future__ import annotations

import numpy as np

from models.algebra import total
from models.ledger import KINDS, OPTIONAL_KINDS
from models.program import Floats
from models.solution import Solution
from models.tables.fleet_rows import CASH_CATEGORIES
from planner.results.node_labels import NodeLabels
from planner.results.service_totals import WorkTotals, least_of, ratio, work_of
from planner.results.table import Cell, Table, table

REPORTED, OPTIMISED = "reported", "optimised"
MUSD = "USD million"

_BY_PERIOD = ("capex", "opex", "borrowing", "incentive", "revenue", "penalty")
"""The kinds of amounts that stand in a period; the value left stands at the end."""
Figure = tuple[str, float | None, str, str, str]
"""Name, value (None: 0/0, or a sum over unlike units), unit, which periods it is of, and what it is of."""


def key_figures(solution: Solution, places: NodeLabels) -> Table:
    """Returns figures of the whole plan; on a branching tree they are expected values."""
    found = figures_of(solution, places, solution.model.frame.tree.probability)
    return table("key_figures", "name value unit periods of", found)


def figures_of(solution: Solution, places: NodeLabels, weight: Floats) -> list[Figure]:
    """Returns the key figures with nodes weighted: by probability for expected values, by 1 on a path for its own."""
    reported = weight * np.array(places.is_reported)
    discounted = _discounted(solution, weight)
    cash = {kind: by_kind(solution, kind) for kind in KINDS}
    missing = _missing_kinds(solution)
    whole: list[Figure] = [
        ("net_present_cost", sum(discounted.values()), MUSD, OPTIMISED, ""),
        *((f"discounted_{kind}", discounted[kind], MUSD, OPTIMISED, "") for kind in KINDS if kind not in missing),
    ]
    if "revenue" not in missing:
        whole.append(("net_present_value", discounted["penalty"] - sum(discounted.values()), MUSD, OPTIMISED, ""))
    paid = cash["capex"] + cash["opex"]
    whole += [
        ("cash_cost", float((paid + cash["borrowing"]) @ reported), MUSD, REPORTED, ""),
        ("capex", float(cash["capex"] @ reported), MUSD, REPORTED, ""),
        ("opex", float(cash["opex"] @ reported), MUSD, REPORTED, ""),
        ("unserved_penalty", float(cash["penalty"] @ reported), MUSD, REPORTED, ""),
    ]
    for kind in OPTIONAL_KINDS:
        if kind not in missing:
            whole.append((kind, float(cash[kind] @ reported), MUSD, REPORTED, ""))
    return whole + _unit_costs(solution, paid, reported) + _shares(solution, places, reported)


def _missing_kinds(solution: Solution) -> set[str]:
    """The kinds of lines that a case does not have."""
    case = solution.model.frame.case
    given = {
        "borrowing": bool(case.facilities),
        "incentive": bool(case.milestones),
        "revenue": bool(solution.model.work.revenue.any()),
    }
    return {kind for kind in OPTIONAL_KINDS if not given[kind]}


def _unit_costs(solution: Solution, paid: Floats, weight: Floats) -> list[Figure]:
    work, hardware = work_of(solution), spending(solution, ("hardware",))
    served = float(work.thousands() @ weight) if work.has_one_unit else 0.0
    return [
        ("cost_per_thousand_queries", _per_thousand(float(paid @ weight), served), "USD", REPORTED, ""),
        ("hardware_cost_per_thousand_queries", _per_thousand(float(hardware @ weight), served), "USD", REPORTED, ""),
    ]


def _shares(solution: Solution, places: NodeLabels, weight: Floats) -> list[Figure]:
    work = work_of(solution)
    shares = [
        (name, ratio(float(work.served[w] @ weight), float(work.demand[w] @ weight)))
        for w, name in enumerate(work.names)
    ]
    least, (vendor, share) = least_of(shares), _largest_vendor(solution, weight)
    drawn = np.where(weight > 0, megawatts(solution), 0.0)
    most = int(np.argmax(drawn))
    return [
        ("least_share_served", least.share, "fraction", REPORTED, least.name),
        ("share_of_largest_vendor", share, "fraction", REPORTED, vendor),
        ("utilisation", ratio(*_capacity(solution, weight)), "fraction", REPORTED, ""),
        ("peak_mw", float(drawn[most]), "MW", REPORTED, places.period[most] if drawn[most] > 0 else ""),
    ]


def period_figures(solution: Solution, places: NodeLabels) -> Table:
    """Returns by period the cash by category and by kind, least share served, power, and cost of a thousand queries."""
    work = work_of(solution)
    cash = [spending(solution, (category,)) for category in CASH_CATEGORIES]
    kinds = {kind: by_kind(solution, kind) for kind in KINDS}
    weighed = sum(kinds[kind] for kind in _BY_PERIOD) * solution.model.frame.discount
    drawn, thousands = megawatts(solution), work.thousands()
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for node, period in enumerate(places.period):
        paid = float(kinds["capex"][node] + kinds["opex"][node])
        by_kind_of_node = tuple(float(kinds[kind][node]) for kind in _BY_PERIOD)
        spent = paid + float(kinds["borrowing"][node])
        unit_cost = _per_thousand(paid, float(thousands[node])) if work.has_one_unit else None
        rows.append((node, (
            period, "yes" if places.is_reported[node] else "no", *(float(amount[node]) for amount in cash), spent,
            *by_kind_of_node, float(weighed[node]), unit_cost, *_least(work, node), float(drawn[node]),
        )))  # fmt: skip
    named = " ".join(f"{category}_musd" for category in CASH_CATEGORIES)
    by_kinds = "cash_musd capex_musd opex_musd borrowing_musd incentive_musd revenue_musd penalty_musd discounted_musd"
    service = "cost_per_thousand_queries_usd least_share_served least_served"
    return places.table("period_figures", f"period reported {named} {by_kinds} {service} mw", rows)


def _least(work: WorkTotals, node: int) -> tuple[Cell, Cell]:
    found = least_of([(name, work.share(w, node)) for w, name in enumerate(work.names)])
    return found.share, found.name


def spending(solution: Solution, categories: tuple[str, ...]) -> Floats:
    """Returns USD million of some categories, by node."""
    return solution.money(solution.model.ledger.by_node(categories))


def by_kind(solution: Solution, kind: str) -> Floats:
    """Returns USD million of the lines of a kind, by node; value left stands at the last nodes."""
    ledger = solution.model.ledger
    lines = [line.amount.sum(line.items) for line in ledger.lines if line.kind == kind]
    return solution.money(total((ledger.frame.node,), lines))


def megawatts(solution: Solution) -> Floats:
    """Returns the facility power that is drawn, MW by node."""
    return np.asarray(solution.value(solution.model.power.drawn).sum(axis=0))


def _discounted(solution: Solution, weight: Floats) -> dict[str, float]:
    frame = solution.model.frame
    found = {}
    for kind in KINDS:
        factor = frame.discount_end if kind == "value_left" else frame.discount
        found[kind] = float((by_kind(solution, kind) * factor) @ weight)
    return found


def _largest_vendor(solution: Solution, weight: Floats) -> tuple[str, float | None]:
    """The vendor with the largest share of installed capability, and its share; blank where nothing is installed."""
    model = solution.model
    installed = solution.value((model.fleet.owned + model.fleet.leased).sum(model.frame.site))
    capability = (installed * model.machines.capability[:, None]) @ weight
    totals = {row.vendor: 0.0 for row in model.frame.case.accelerators}
    for row, amount in zip(model.frame.case.accelerators, capability, strict=True):
        totals[row.vendor] += float(amount)
    name = max(totals, key=lambda vendor: totals[vendor])
    share = ratio(totals[name], sum(totals.values()))
    return ("", None) if share is None else (name, share)


def _capacity(solution: Solution, weight: Floats) -> tuple[float, float]:
    """Returns the usable unit-periods that work at peak, and those that are installed, at work or idle."""
    model = solution.model
    assign = solution.value(model.assignments.assign).sum(axis=1)
    rate = model.work.rate
    busy = np.divide(assign, rate, out=np.zeros_like(assign), where=rate > 0).sum(axis=(0, 1))
    installed = solution.value((model.fleet.owned + model.fleet.leased).sum(model.frame.site))
    usable = (installed * model.work.utilisation[:, None]).sum(axis=0)
    return float(busy @ weight), float(usable @ weight)


def _per_thousand(musd: float, thousand: float) -> float | None:
    return float(musd * 1e6 / thousand) if thousand > 0 else None


MAKES = (key_figures, period_figures)
