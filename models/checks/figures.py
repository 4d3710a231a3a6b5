"""The figures that are read first, recomputed from the tables that they sum up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.checks.evidence import USD_PER_MUSD, Evidence, Figure
from models.checks.fleet_checks import in_place
from models.checks.money import discount_factor, kind_of
from models.checks.plan_check import recomputes
from models.checks.policy_checks import capability_by_accelerator
from models.checks.power_checks import KW_PER_MW
from models.checks.report import Recorder
from models.checks.service_checks import least_of
from models.checks.time import interval
from models.tables.fleet_rows import CASH_CATEGORIES

KINDS = ("capex", "opex", "borrowing", "incentive", "revenue", "penalty", "value_left")
OPTIONAL = ("borrowing", "incentive", "revenue")
REPORTED, OPTIMISED, AFTER = "reported", "optimised", "after"

Sum = tuple[float, float]
"""A sum, and the size of its largest part."""


@dataclass(frozen=True)
class FigureParts:
    """What the key figures of one history are made of: sums that are weighted with those of other histories.

    `reported` are sums of columns of `period_figures` over the reported periods, `served` millions of all workloads in
    them, `work` what is asked for and served of each, `owed_until` the label until which something is owed, `peak` the
    greatest power with its period, negative, and `further` what other requirements bring (None: not known).
    """

    discounted: Mapping[str, Sum]
    reported: Mapping[str, Sum]
    served: float
    owed: Sum
    owed_until: str
    work: Mapping[str, tuple[float, float]]
    capability: Mapping[str, float]
    busy: float
    usable: float
    peak: tuple[float, int]
    further: Mapping[str, tuple[float | None, float]]


Paths = Sequence[tuple[float, FigureParts]]
"""The histories of a plan with their probabilities; a plan for one future has one."""


def parts_of(plan: Evidence) -> FigureParts:
    """Returns what the key figures of a history are made of."""
    reported = plan.case.settings.periods
    rows = [row for t, row in plan.periods.items() if t < reported]
    busy, usable = _capacity(plan)
    return FigureParts(
        {kind: _summed(_discounted(plan, kind)) for kind in KINDS},
        {column: _summed(row[column] for row in rows) for column in _COLUMNS},
        sum(own.served for (_, t), own in plan.amounts.items() if t < reported),
        _summed(row.musd for row in plan.owed.values()),
        max((row.last for row in plan.owed.values()), key=interval, default=""),
        {
            name: (math.fsum(row["demand_million"] for row in own), math.fsum(row["served_million"] for row in own))
            for name in plan.facts.workloads
            for own in [[row for row in plan.by_workload if row["workload"] == name]]
        },
        _capability(plan),
        busy,
        usable,
        max(((row["mw"], -t) for t, row in plan.periods.items() if t < reported), default=(0.0, 0)),
        {name: (one[0], one[4]) for name, one in plan.further_figures.items()},
    )


_COLUMNS = (
    "cash_musd", "capex_musd", "opex_musd", "penalty_musd", "hardware_musd", *(f"{kind}_musd" for kind in OPTIONAL)
)  # fmt: skip


def _summed(parts: Iterable[float]) -> Sum:
    known = list(parts)
    return math.fsum(known), max((abs(part) for part in known), default=0.0)


def _weighted(sums: Iterable[tuple[float, Sum]]) -> Sum:
    known = list(sums)
    return math.fsum(weight * one[0] for weight, one in known), max(
        (weight * one[1] for weight, one in known), default=0.0
    )


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
        served = sum(own.served for (_, at), own in plan.amounts.items() if at == t)
        cost = _unit_cost(plan, served, row["capex_musd"] + row["opex_musd"])
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


def _unit_cost(plan: Evidence, served_million: float, musd: float) -> float | None:
    if len({row.unit for row in plan.facts.workloads.values()}) != 1:
        return None
    thousands = served_million * 1000.0
    return musd * USD_PER_MUSD / thousands if thousands > 0 else None


@recomputes(
    "key_figures", {"name": "*text", "value": "perhaps", "unit": "text", "periods": "text", "of": "text or blank"}
)
def key_figures(plan: Evidence, record: Recorder) -> None:
    """Discounted figures are those of the optimised periods, all others of the reported ones; no other names."""
    expected_figures(((1.0, parts_of(plan)),), plan, record)


def expected_figures(paths: Paths, one: Evidence, record: Recorder) -> None:
    """Compares the key figures of a plan with expected values over its histories, of which `one` is the first."""
    expected, figures = figures_of(paths, one) | _further(paths, one), one.figures
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
    _vendor(paths, one, record)
    for name in figures:
        record.holds((name,), "name", found=name, expected="a key figure of the plan",
                     fact=name in expected)  # fmt: skip


VENDOR = "share_of_largest_vendor"


def _further(paths: Paths, one: Evidence) -> dict[str, Figure]:
    """Figures that other requirements bring, weighted; blank where one history has none."""
    found: dict[str, Figure] = {}
    for name, (_, unit, periods, of, _) in one.further_figures.items():
        own = [(weight, parts.further.get(name)) for weight, parts in paths]
        parts = [weight * figure[0] for weight, figure in own if figure is not None and figure[0] is not None]
        scale = max((figure[1] for _, figure in own if figure is not None), default=0.0)
        found[name] = (math.fsum(parts) if len(parts) == len(paths) else None, unit, periods, of, scale)
    return found


def figures_of(paths: Paths, one: Evidence) -> dict[str, Figure]:
    """Returns the key figures by name, expected values of several histories; `one` is the first of them."""
    sums = {
        kind: _weighted((weight, parts.discounted[kind]) for weight, parts in paths)
        for kind in KINDS
        if _is_there(one, kind)
    }
    scale = max((largest for _, largest in sums.values()), default=0.0)
    total = math.fsum(amount for amount, _ in sums.values())
    found: dict[str, Figure] = {"net_present_cost": (total, "USD million", OPTIMISED, "", scale)}
    for kind, (amount, _) in sums.items():
        found[f"discounted_{kind}"] = (amount, "USD million", OPTIMISED, "", scale)
    if _is_there(one, "revenue"):
        found["net_present_value"] = (sums["penalty"][0] - total, "USD million", OPTIMISED, "", scale)
    found |= _reported(paths, one)
    found |= _owed(paths, found["cash_cost"][0] or 0.0)
    least = least_of([(name, _share_served(paths, name)) for name in one.facts.workloads])
    found["least_share_served"] = (least[1], "fraction", REPORTED, least[0], 0.0)
    found[VENDOR] = (max(_shares(paths).values(), default=None), "fraction", REPORTED, "", 0.0)
    busy = sum(weight * parts.busy for weight, parts in paths)
    usable = sum(weight * parts.usable for weight, parts in paths)
    found["utilisation"] = (busy / usable if usable > 0 else None, "fraction", REPORTED, "", 0.0)
    most, at = max(parts.peak for _, parts in paths)
    found["peak_mw"] = (most, "MW", REPORTED, one.labels[-at] if most > 0 else "", 0.0)
    return found


def _owed(paths: Paths, cash: float) -> dict[str, Figure]:
    whole, largest = _weighted((weight, parts.owed) for weight, parts in paths)
    last = max((parts.owed_until for _, parts in paths if parts.owed_until), key=interval, default="")
    share = whole / cash if cash > 1e-9 else None
    return {
        "owed_after_end": (whole, "USD million", AFTER, last, largest),
        "owed_share_of_cash": (share, "fraction", AFTER, last, 0.0),
    }


def _share_served(paths: Paths, workload: str) -> float | None:
    asked = math.fsum(weight * parts.work[workload][0] for weight, parts in paths)
    served = math.fsum(weight * parts.work[workload][1] for weight, parts in paths)
    return served / asked if asked > 0 else None


def _discounted(plan: Evidence, kind: str) -> list[float]:
    return [
        musd * discount_factor(plan, t)
        for category, lines in plan.expected.items()
        for (what, item, t), musd in lines.items()
        if kind_of(category, f"{what} {item}") == kind
    ]


def _is_there(plan: Evidence, kind: str) -> bool:
    """False for a kind of line that a case does not have."""
    given = {
        "borrowing": plan.case.facilities,
        "incentive": plan.case.milestones,
        "revenue": any(row.revenue_usd_per_1000 for row in plan.facts.workloads.values()),
    }
    return bool(given.get(kind, True))


def _reported(paths: Paths, one: Evidence) -> dict[str, Figure]:
    names = {"cash_cost": "cash_musd", "capex": "capex_musd", "opex": "opex_musd", "unserved_penalty": "penalty_musd"}
    names |= {kind: f"{kind}_musd" for kind in OPTIONAL if _is_there(one, kind)}
    sums = {column: _weighted((weight, parts.reported[column]) for weight, parts in paths) for column in _COLUMNS}
    found: dict[str, Figure] = {
        name: (sums[column][0], "USD million", REPORTED, "", sums[column][1]) for name, column in names.items()
    }
    served = sum(weight * parts.served for weight, parts in paths)
    paid = sums["capex_musd"][0] + sums["opex_musd"][0]
    for name, musd in (("", paid), ("hardware_", sums["hardware_musd"][0])):
        cost = _unit_cost(one, served, musd)
        found[f"{name}cost_per_thousand_queries"] = (cost, "USD", REPORTED, "", 0.0)
    return found


def _capability(plan: Evidence) -> dict[str, float]:
    """Installed capability by vendor, over the reported periods."""
    totals: dict[str, float] = {}
    for (accelerator, t), amount in capability_by_accelerator(plan).items():
        if t < plan.case.settings.periods:
            vendor = plan.facts.accelerators[accelerator].vendor
            totals[vendor] = totals.get(vendor, 0.0) + amount
    return totals


def _shares(paths: Paths) -> dict[str, float]:
    """Each vendor's share of installed capability over the reported periods; none where nothing is installed."""
    totals: dict[str, float] = {}
    for weight, parts in paths:
        for vendor, amount in parts.capability.items():
            totals[vendor] = totals.get(vendor, 0.0) + weight * amount
    whole = sum(totals.values())
    return {vendor: amount / whole for vendor, amount in totals.items()} if whole > 0 else {}


def _vendor(paths: Paths, one: Evidence, record: Recorder) -> None:
    """The vendor that is named has the largest share, or is blank where nothing is installed."""
    shares, row = _shares(paths), one.figures.get(VENDOR)
    if row is not None:
        if not shares:
            record.same(row["of"], "", (VENDOR,), "of")
        else:
            own = shares.get(row["of"], 0.0)
            record.equal(own, max(shares.values()), (VENDOR, row["of"]), "share of the vendor that is named under of")


def _capacity(plan: Evidence) -> tuple[float, float]:
    """The unit-periods that work at peak, and those that can, in the reported periods."""
    periods = range(plan.case.settings.periods)
    busy = sum(
        qps / plan.facts.rates[accelerator, workload][t]
        for (accelerator, _, workload, t), qps in plan.assignments.items()
        if t in periods and (accelerator, workload) in plan.facts.rates
    )
    usable = sum(
        units * plan.facts.accelerators[accelerator].utilisation
        for (accelerator, _, t), units in in_place(plan).items()
        if t in periods
    )
    return busy, usable
