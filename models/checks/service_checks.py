"""Service: how much of each workload is asked for and served, in rates, shares and amounts of its own unit."""

from __future__ import annotations

from models.checks.evidence import Evidence, Served
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.checks.time import DAYS_PER_YEAR, SECONDS_PER_DAY
from models.checks.work_checks import assigned

SHARE_DIGITS = 6
"""Shares that agree in these digits are equally small; a share of 1 in these digits is service in full."""


def share_of(part: float, whole: float) -> float | None:
    """Returns a share; None of nothing."""
    return part / whole if whole > 0 else None


def least_of(shares: list[tuple[str, float | None]]) -> tuple[str, float | None]:
    """Returns the first of the smallest shares with its name; no name where all is served, no share without demand."""
    name, least = "", None
    for other, share in shares:
        if share is not None and (least is None or round(share, SHARE_DIGITS) < round(least, SHARE_DIGITS)):
            name, least = other, share
    return ("" if least is None or round(least, SHARE_DIGITS) >= 1 else name), least


@recomputes(
    "service",
    {
        "workload": "*workload",
        "period": "*period",
        "demand_qps": "quantity",
        "served_qps": "quantity",
        "unserved_qps": "quantity",
        "share_served": "perhaps",
        "demand_million": "quantity",
        "served_million": "quantity",
        "unserved_million": "quantity",
    },
)
def service_table(plan: Evidence, record: Recorder) -> None:
    """Demand is the case's, served is what is assigned; shares follow, and millions are average units of the period."""
    served = assigned(plan)
    for workload, demand in plan.facts.demand.items():
        peak = plan.facts.workloads[workload].peak_to_average
        million = DAYS_PER_YEAR * SECONDS_PER_DAY * plan.calendar.years / peak / 1e6
        for t, asked in enumerate(demand):
            where = (workload, plan.labels[t])
            row = plan.service.get((workload, t), (0.0, 0.0, 0.0))
            record.equal(row[0], asked, where, "demand_qps")
            record.equal(row[1], served.get((workload, t), 0.0), where, "served_qps", asked)
            amounts = plan.amounts.get((workload, t), Served(None, 0.0, 0.0, 0.0))
            record.follows(amounts.share, share_of(row[1], row[0]), where, "share_served")
            record.follows(amounts.demand, row[0] * million, where, "demand_million")
            record.follows(amounts.served, row[1] * million, where, "served_million")
            record.follows(amounts.unserved, row[2] * million, where, "unserved_million")


@recomputes(
    "service_by_workload",
    {
        "workload": "*workload",
        "unit": "text",
        "demand_million": "quantity",
        "served_million": "quantity",
        "unserved_million": "quantity",
        "share_served": "perhaps",
        "worst_period": "text or blank",
        "worst_share": "perhaps",
    },
)
def service_by_workload(plan: Evidence, record: Recorder) -> None:
    """Amounts are summed over the reported periods; the worst is the first with the least share; least served first."""
    reported = range(plan.case.settings.periods)
    for row in plan.by_workload:
        name = row["workload"]
        where = (name,)
        rows = {t: plan.amounts.get((name, t), Served(None, 0.0, 0.0, 0.0)) for t in reported}
        record.same(row["unit"], plan.facts.workloads[name].unit, where, "unit")
        record.follows(row["demand_million"], sum(own.demand for own in rows.values()), where, "demand_million")
        record.follows(row["served_million"], sum(own.served for own in rows.values()), where, "served_million")
        missed = sum(own.unserved for own in rows.values())
        record.follows(row["unserved_million"], missed, where, "unserved_million")
        share = share_of(row["served_million"], row["demand_million"])
        record.follows(row["share_served"], share, where, "share_served")
        period, least = least_of([(plan.labels[t], own.share) for t, own in rows.items()])
        record.same(row["worst_period"], period, where, "worst_period")
        record.follows(row["worst_share"], least, where, "worst_share")
    names = [row["workload"] for row in plan.by_workload]
    shares = {row["workload"]: row["share_served"] for row in plan.by_workload}
    order = sorted(
        plan.facts.workloads,
        key=lambda name: (shares.get(name) is None, round(shares.get(name) or 0.0, SHARE_DIGITS)),
    )
    record.same(", ".join(names), ", ".join(order), ("all",), "workloads, the least served first")
