"""What is asked beside a plan over scenarios, recomputed as far as tables go: information, risk curve, regret.

Costs of other plans are as they were stated; that they fit each other, and this plan, is checked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from models.case import Case
from models.checks.opposite_checks import DECISION_VALUES
from models.checks.report import Recorder
from models.checks.scenario_distributions import number_of, worst_shares
from models.checks.scenario_nodes import Nodes
from models.checks.stability_checks import STABILITY
from models.checks.tables import Tables

WORTH: dict[str, dict[str, str]] = {
    "information": {"name": "*text", "at_least_musd": "perhaps", "at_most_musd": "perhaps", "meaning": "text"},
    "risk_curve": {
        "risk_aversion": "*number",
        "expected_musd": "number",
        "cvar_musd": "number",
        "objective_musd": "number",
        "bound_musd": "perhaps",
    },
    "regret": {
        "scenario": "*text",
        "cost_musd": "number",
        "best_musd": "number",
        "best_at_least_musd": "perhaps",
        "regret_musd": "number",
        "regret_at_most_musd": "perhaps",
    },
}
"""The columns of each table with the kind of their cells; a plan over scenarios has those that were asked for."""
BESIDE = WORTH | {"decision_values": DECISION_VALUES} | STABILITY
"""The columns of all tables that stand beside a plan: a plan has those that were asked for."""
MEANINGS = {
    "WS": "expected cost if the scenario were known from the start",
    "RP": "expected cost of the plan over scenarios",
    "RP_two_stage": "expected cost if all orders and strategic decisions are fixed at the start",
    "EEV": "expected cost if the plan for the mean is followed, and made anew when scenarios are ruled out",
    "EEV_fixed": "expected cost if all orders and strategic decisions of the plan for the mean are carried out",
    "EVPI": "expected value of perfect information: RP less WS",
    "VSS": "value of the stochastic solution: EEV less RP",
    "VMS": "value of the multi-stage solution, of deciding in stages: RP_two_stage less RP",
}
"""The rows of `information`."""
_DIFFERENCES = {"EVPI": ("RP", "WS"), "VSS": ("EEV", "RP"), "VMS": ("RP_two_stage", "RP")}
_ORDERS = (("WS", "RP"), ("RP", "EEV"), ("RP", "RP_two_stage"), ("RP_two_stage", "EEV_fixed"))
_MEAN_WEIGHT = 1e-3
"""The weight of the mean regret in the objective, beside that of the greatest."""

Interval = tuple[float | None, float | None]


def information(tables: Tables, objective: float | None, record: Recorder) -> None:
    """RP is the cost of this plan, differences follow from the costs, and no order of them is broken."""
    rows = _rows(tables, "information", record)
    record.same(";".join(str(row.get("name")) for row in rows), ";".join(MEANINGS), ("information",), "name")
    costs = {str(row.get("name")): (_perhaps(row, "at_least_musd"), _perhaps(row, "at_most_musd")) for row in rows}
    for row in rows:
        name = str(row.get("name"))
        record.same(str(row.get("meaning")), MEANINGS.get(name, ""), ("information", name), "meaning")
        low, high = costs[name]
        if low is not None and high is not None:
            record.at_most(low, high, ("information", name), "at_least_musd, against at_most_musd")
    if set(costs) != set(MEANINGS):
        return
    if objective is not None:
        record.follows(costs["RP"][1], objective, ("information", "RP"), "at_most_musd")
        record.equal(costs["RP"][1] or 0.0, objective, ("information", "RP"), "at_most_musd")
    for name, (more, less) in _DIFFERENCES.items():
        wanted = _between(costs[more][0], costs[less][1]), _between(costs[more][1], costs[less][0])
        size = max((abs(cost) for pair in (costs[more], costs[less]) for cost in pair if cost is not None), default=0.0)
        for column, found, expected in zip(("at_least_musd", "at_most_musd"), costs[name], wanted, strict=True):
            if found is None or expected is None:
                record.follows(found, expected, ("information", name), column)
            else:
                record.equal(found, expected, ("information", name), column, size)
    for lower, upper in _ORDERS:
        least, most = costs[lower][0], costs[upper][1]
        if least is not None and most is not None:
            record.at_most(least, most, ("information", lower), f"at_least_musd, against the most that {upper} can be")


def risk_curve(case: Case, tables: Tables, costs: Mapping[str, float], nodes: Nodes, record: Recorder) -> None:
    """Each point weighs its mean and tail; none is better than another's bound; this plan lies on none better."""
    rows = _rows(tables, "risk_curve", record)
    points = [{name: number_of(row.get(name)) for name in WORTH["risk_curve"]} for row in rows]
    shares = worst_shares(costs, nodes, 1.0 - case.settings.risk_level)
    mean = math.fsum(nodes.probability[name] * cost for name, cost in costs.items())
    tail = math.fsum(share * costs[name] for name, share in shares.items()) / math.fsum(shares.values())
    for point, after in zip(points, [*points[1:], None], strict=True):
        aversion = point["risk_aversion"]
        where = ("risk_curve", f"{aversion:g}")
        weighed = (1.0 - aversion) * point["expected_musd"] + aversion * point["cvar_musd"]
        own = (1.0 - aversion) * mean + aversion * tail
        record.equal(point["objective_musd"], weighed, where, "objective_musd", abs(point["cvar_musd"]))
        record.at_most(point["expected_musd"], point["cvar_musd"], where, "expected_musd, against cvar_musd")
        if not math.isnan(point["bound_musd"]):
            record.at_most(point["bound_musd"], point["objective_musd"], where, "bound_musd")
            record.at_most(point["bound_musd"], own, where, "bound_musd, against this plan")
        for other in points:
            there = (1.0 - aversion) * other["expected_musd"] + aversion * other["cvar_musd"]
            record.at_most(point["objective_musd"], there, where, "objective_musd, against another point")
        if aversion == case.settings.risk_aversion:
            record.at_most(point["objective_musd"], own, where, "objective_musd, against this plan")
            # A point that is no better than this plan is this plan.
            if abs(point["objective_musd"] - own) <= record.tolerance * max(1.0, abs(own)):
                record.equal(point["expected_musd"], mean, where, "expected_musd of this plan")
                record.equal(point["cvar_musd"], tail, where, "cvar_musd of this plan")
        record.holds(where, "risk_aversion", found=f"{aversion:g}", expected="from 0 to 1", fact=0.0 <= aversion <= 1.0)
        if after is not None:
            record.holds(where, "risk_aversion", found=f"{after['risk_aversion']:g} after it", expected="more after it",
                         fact=after["risk_aversion"] > aversion)  # fmt: skip
            record.at_most(point["expected_musd"], after["expected_musd"], where, "expected_musd, against the next")
            record.at_least(point["cvar_musd"], after["cvar_musd"], where, "cvar_musd, against the next")


def regret(tables: Tables, costs: Mapping[str, float], record: Recorder) -> None:
    """Regret is the cost of a path less the best cost for its scenario alone; at most, less the bound of that cost."""
    rows = _rows(tables, "regret", record)
    record.same(";".join(str(row.get("scenario")) for row in rows), ";".join(costs), ("regret",), "scenario")
    for row in rows:
        name = str(row.get("scenario"))
        if name not in costs:
            continue
        where, cost, best = ("regret", name), costs[name], number_of(row.get("best_musd"))
        least, most = _perhaps(row, "best_at_least_musd"), _perhaps(row, "regret_at_most_musd")
        record.equal(number_of(row.get("cost_musd")), cost, where, "cost_musd")
        record.equal(number_of(row.get("regret_musd")), cost - best, where, "regret_musd", abs(cost))
        if least is None or most is None:
            record.follows(most, least, where, "regret_at_most_musd")
            continue
        record.at_most(least, best, where, "best_at_least_musd, against best_musd")
        record.at_most(least, cost, where, "best_at_least_musd, against the cost of this plan")
        record.equal(most, cost - least, where, "regret_at_most_musd", abs(cost))


def regret_objective(tables: Tables, costs: Mapping[str, float]) -> float:
    """Returns the objective of a plan of least regret: the greatest regret, and a little of the mean."""
    best = {str(row.get("scenario")): number_of(row.get("best_musd")) for row in tables["regret"]}
    found = [cost - best.get(name, math.nan) for name, cost in costs.items()]
    return (1.0 - _MEAN_WEIGHT) * max(found) + _MEAN_WEIGHT * math.fsum(found) / len(found)


def _rows(tables: Tables, table: str, record: Recorder) -> Sequence[Mapping[str, Any]]:
    rows = [row for row in tables[table] if isinstance(row, Mapping)]
    for number, row in enumerate(rows, start=1):
        record.same(", ".join(row), ", ".join(WORTH[table]), (table, f"row {number}"), "columns")
    return rows


def _perhaps(row: Mapping[str, Any], column: str) -> float | None:
    cell = row.get(column)
    return None if cell is None or (isinstance(cell, str) and not cell.strip()) else number_of(cell)


def _between(more: float | None, less: float | None) -> float | None:
    return None if more is None or less is None else max(0.0, more - less)
