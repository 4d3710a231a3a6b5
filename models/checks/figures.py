"""The figures that are read first, recomputed from the tables that they sum up."""

from __future__ import annotations

import math
from typing import Any

from models.checks.evidence import Evidence, Figure
from models.checks.fleet_checks import in_place
from models.checks.money import discount_factor, kind_of
from models.checks.plan_check import recomputes
from models.checks.policy_checks import capability_by_accelerator
from models.checks.power_checks import KW_PER_MW
from models.checks.report import Recorder
from models.checks.service_checks import least_of
from models.checks.time import interval
from models.tables.fleet_rows import CASH_CATEGORIES

USD_PER_MUSD = 1e6
KINDS = ("capex", "opex", "borrowing", "incentive", "revenue", "penalty", "value_left")
OPTIONAL = ("borrowing", "incentive", "revenue")
REPORTED, OPTIMISED, AFTER = "reported", "optimised", "after"

Paths = tuple[tuple[float, Evidence], ...]
"""The histories of a plan with their probabilities; a plan for one future has one."""


@recomputes(
    "period_figures",
    {
        "period": "*period",
        "reported": "text",
        **{f"{category}_musd": "number" for category in CASH_CATEGORIES},
        "cash_musd": "number",
        "capex_musd": "number",
        "opex_musd": "number",
        "borrowing_musd": "number",
        "incentive_musd": "number",
        "revenue_musd": "number",
        "penalty_musd": "number",
        "discounted_musd": "number",
        "cost_per_thousand_queries_usd": "perhaps",
        "least_share_served": "perhaps",
        "least_served": "text or blank",
        "mw": "quantity",
    },
)
def period_figures(plan: Evidence, record: Recorder) -> None:
    """Cash by category and kind, and the discounted amount, are sums of lines; power is that of what is active.

    A period before the end of the reported ones is reported. The least share served is that of one workload, and cost
    is stated per query only where all workloads have one unit.
    """
    drawn = _drawn(plan)
    for t, label in enumerate(plan.labels):
        row, where = plan.periods.get(t), (label,)
        if row is None:
            record.fault(where, "row", "missing", "in the table")
            continue
        record.same(row["reported"], "yes" if t < plan.case.settings.periods else "no", where, "reported")
        _money_of(plan, record, row, t, where)
        name, least = least_of([(w, plan.amounts[w, t].share) for w in plan.facts.workloads if (w, t) in plan.amounts])
        record.follows(row["least_share_served"], least, where, "least_share_served")
        record.same(row["least_served"], name, where, "least_served")
        cost = _per_thousand(plan, row["capex_musd"] + row["opex_musd"], range(t, t + 1))
        record.follows(row["cost_per_thousand_queries_usd"], cost, where, "cost_per_thousand_queries_usd")
        record.equal(row["mw"], drawn[t], where, "mw")


def _money_of(plan: Evidence, record: Recorder, row: dict[str, Any], t: int, where: tuple[str, ...]) -> None:
    lines = [(category, line, musd) for (category, line, at), (musd, _) in plan.costs.items() if at == t]
    for category in CASH_CATEGORIES:
        amounts = [musd for own, _, musd in lines if own == category]
        _sum(record, row[f"{category}_musd"], amounts, where, f"{category}_musd")
    _sum(record, row["cash_musd"], [musd for own, _, musd in lines if own in CASH_CATEGORIES], where, "cash_musd")
    for kind in ("capex", "opex", "borrowing", "incentive", "revenue", "penalty"):
        amounts = [musd for own, line, musd in lines if kind_of(own, line) == kind]
        _sum(record, row[f"{kind}_musd"], amounts, where, f"{kind}_musd")
    discounted = [own for (_, _, at), (_, own) in plan.costs.items() if at == t]
    _sum(record, row["discounted_musd"], discounted, where, "discounted_musd")


def _sum(record: Recorder, found: float, parts: list[float], where: tuple[str, ...], what: str) -> None:
    # Lines below a thousandth of a dollar are not listed, so that a sum may be off by them.
    record.equal(found, math.fsum(parts), where, what, max((abs(part) for part in parts), default=0.0))


def _drawn(plan: Evidence) -> list[float]:
    found = [0.0] * plan.calendar.periods
    for (accelerator, site, t), units in plan.active.items():
        found[t] += units * plan.facts.accelerators[accelerator].it_kw * plan.facts.sites[site].pue / KW_PER_MW
    return found


def _per_thousand(plan: Evidence, musd: float, periods: range) -> float | None:
    return _unit_cost(((1.0, plan),), musd, periods)


def _unit_cost(paths: Paths, musd: float, periods: range) -> float | None:
    if len({row.unit for row in paths[0][1].facts.workloads.values()}) != 1:
        return None
    served = [weight * own.served for weight, plan in paths for (_, t), own in plan.amounts.items() if t in periods]
    thousands = sum(served) * 1000.0
    return musd * USD_PER_MUSD / thousands if thousands > 0 else None


@recomputes(
    "key_figures", {"name": "*text", "value": "perhaps", "unit": "text", "periods": "text", "of": "text or blank"}
)
def key_figures(plan: Evidence, record: Recorder) -> None:
    """Discounted figures are those of the optimised periods, all others of the reported ones; no other names."""
    expected_figures(((1.0, plan),), record)


def expected_figures(paths: Paths, record: Recorder) -> None:
    """Compares the key figures of a plan with expected values over its histories."""
    expected, figures = figures_of(paths) | _further(paths), paths[0][1].figures
    for name, (value, unit, periods, of, scale) in expected.items():
        row, where = figures.get(name), (name,)
        if row is None:
            record.fault(where, "row", "missing", "in the table")
            continue
        found = row["value"]
        if found is None or value is None:
            record.follows(found, value, where, "value")
        else:
            record.equal(found, value, where, "value", scale)
        record.same(row["unit"], unit, where, "unit")
        record.same(row["periods"], periods, where, "periods")
        if name != VENDOR:
            record.same(row["of"], of, where, "of")
    _vendor(paths, record)
    for name in figures:
        record.holds((name,), "name", found=name, expected="a key figure of the plan",
                     fact=name in expected)  # fmt: skip


VENDOR = "share_of_largest_vendor"


def _further(paths: Paths) -> dict[str, Figure]:
    """Figures that other requirements bring, weighted; blank where one history has none."""
    found: dict[str, Figure] = {}
    for name, (_, unit, periods, of, _) in paths[0][1].further_figures.items():
        own = [(weight, plan.further_figures.get(name)) for weight, plan in paths]
        parts = [weight * one[0] for weight, one in own if one is not None and one[0] is not None]
        scale = max((one[4] for _, one in own if one is not None), default=0.0)
        found[name] = (math.fsum(parts) if len(parts) == len(paths) else None, unit, periods, of, scale)
    return found


def figures_of(paths: Paths) -> dict[str, Figure]:
    """Returns the key figures by name; expected values where there are several histories."""
    one = paths[0][1]
    has_revenue = _is_there(one, "revenue")
    parts = {kind: _discounted(paths, kind) for kind in KINDS if _is_there(one, kind)}
    scale = max((abs(amount) for amounts in parts.values() for amount in amounts), default=0.0)
    sums = {kind: math.fsum(amounts) for kind, amounts in parts.items()}
    total = math.fsum(sums.values())
    found: dict[str, Figure] = {"net_present_cost": (total, "USD million", OPTIMISED, "", scale)}
    for kind, amount in sums.items():
        found[f"discounted_{kind}"] = (amount, "USD million", OPTIMISED, "", scale)
    if has_revenue:
        found["net_present_value"] = (sums["penalty"] - total, "USD million", OPTIMISED, "", scale)
    found |= _reported(paths)
    found |= _owed(paths, found["cash_cost"][0] or 0.0)
    least = least_of([(name, _share_served(paths, name)) for name in one.facts.workloads])
    found["least_share_served"] = (least[1], "fraction", REPORTED, least[0], 0.0)
    found[VENDOR] = (max(_shares(paths).values(), default=None), "fraction", REPORTED, "", 0.0)
    found["utilisation"] = (_utilisation(paths), "fraction", REPORTED, "", 0.0)
    reported = one.case.settings.periods
    powers = [(row["mw"], -t) for _, plan in paths for t, row in plan.periods.items() if t < reported]
    most, at = max(powers, default=(0.0, 0))
    found["peak_mw"] = (most, "MW", REPORTED, one.labels[-at] if most > 0 else "", 0.0)
    return found


def _owed(paths: Paths, cash: float) -> dict[str, Figure]:
    amounts = [weight * row.musd for weight, plan in paths for row in plan.owed.values()]
    last = max((row.last for _, plan in paths for row in plan.owed.values()), key=interval, default="")
    whole, largest = math.fsum(amounts), max(amounts, default=0.0)
    share = whole / cash if cash > 1e-9 else None
    return {
        "owed_after_end": (whole, "USD million", AFTER, last, largest),
        "owed_share_of_cash": (share, "fraction", AFTER, last, 0.0),
    }


def _share_served(paths: Paths, workload: str) -> float | None:
    rows = [(weight, row) for weight, plan in paths for row in plan.by_workload if row["workload"] == workload]
    asked = math.fsum(weight * row["demand_million"] for weight, row in rows)
    served = math.fsum(weight * row["served_million"] for weight, row in rows)
    return served / asked if asked > 0 else None


def _discounted(paths: Paths, kind: str) -> list[float]:
    return [
        weight * musd * discount_factor(plan, t)
        for weight, plan in paths
        for category, lines in plan.expected.items()
        for (what, item, t), musd in lines.items()
        if kind_of(category, f"{what} {item}") == kind
    ]


def _reported(paths: Paths) -> dict[str, Figure]:
    periods = range(paths[0][1].case.settings.periods)
    rows = [(weight, row) for weight, plan in paths for t, row in plan.periods.items() if t in periods]
    names = {"cash_cost": "cash_musd", "capex": "capex_musd", "opex": "opex_musd", "unserved_penalty": "penalty_musd"}
    names |= {kind: f"{kind}_musd" for kind in OPTIONAL if _is_there(paths[0][1], kind)}
    found: dict[str, Figure] = {}
    for name, column in names.items():
        amounts = [weight * row[column] for weight, row in rows]
        scale = max((abs(amount) for amount in amounts), default=0.0)
        found[name] = (math.fsum(amounts), "USD million", REPORTED, "", scale)
    hardware = math.fsum(weight * row["hardware_musd"] for weight, row in rows)
    paid = math.fsum(weight * (row["capex_musd"] + row["opex_musd"]) for weight, row in rows)
    for name, musd in (("", paid), ("hardware_", hardware)):
        cost = _unit_cost(paths, musd, periods)
        found[f"{name}cost_per_thousand_queries"] = (cost, "USD", REPORTED, "", 0.0)
    return found


def _is_there(plan: Evidence, kind: str) -> bool:
    """False for a kind of line that a case does not have."""
    given = {
        "borrowing": plan.case.facilities,
        "incentive": plan.case.milestones,
        "revenue": any(row.revenue_usd_per_1000 for row in plan.facts.workloads.values()),
    }
    return bool(given.get(kind, True))


def _shares(paths: Paths) -> dict[str, float]:
    """Each vendor's share of installed capability over the reported periods; none where nothing is installed."""
    totals: dict[str, float] = {}
    for weight, plan in paths:
        for (accelerator, t), amount in capability_by_accelerator(plan).items():
            if t < plan.case.settings.periods:
                vendor = plan.facts.accelerators[accelerator].vendor
                totals[vendor] = totals.get(vendor, 0.0) + weight * amount
    whole = sum(totals.values())
    return {vendor: amount / whole for vendor, amount in totals.items()} if whole > 0 else {}


def _vendor(paths: Paths, record: Recorder) -> None:
    """The vendor that is named has the largest share, or is blank where nothing is installed."""
    shares, row = _shares(paths), paths[0][1].figures.get(VENDOR)
    if row is not None:
        if not shares:
            record.same(row["of"], "", (VENDOR,), "of")
        else:
            own = shares.get(row["of"], 0.0)
            record.equal(own, max(shares.values()), (VENDOR, row["of"]), "share of the vendor that is named under of")


def _utilisation(paths: Paths) -> float | None:
    periods = range(paths[0][1].case.settings.periods)
    busy = sum(
        weight * qps / plan.facts.rates[accelerator, workload][t]
        for weight, plan in paths
        for (accelerator, _, workload, t), qps in plan.assignments.items()
        if t in periods and (accelerator, workload) in plan.facts.rates
    )
    usable = sum(
        weight * units * plan.facts.accelerators[accelerator].utilisation
        for weight, plan in paths
        for (accelerator, _, t), units in in_place(plan).items()
        if t in periods
    )
    return busy / usable if usable > 0 else None
