"""The sheet of service: who serves which workload, against demand."""

from __future__ import annotations

from models.tables.fleet_rows import Workload
from planner.documents.cell_text import FINE, SHARE
from planner.documents.content.sheets.plan_lines import SERVICE, PlanLines, quantity
from planner.documents.formula_terms import ONE, Fold, Folded, Share
from planner.documents.line_items import Added, Constant, LineItem, Total
from planner.documents.live_workbook import LineSheet

_QPS = "queries/s"


def add_service(plan: PlanLines) -> None:
    """Adds demand, what serves it, and what is not served; rates are queries a second at peak."""
    sheet = plan.sheet(SERVICE, "Service: demand and who serves it, queries a second at peak")
    lines = {row.workload: _workload(plan, sheet, row) for row in plan.case.workloads}
    sheet.part("Share of demand that is not served")
    note = "total: the most; blank where nothing is asked for"
    for name, (demand, unserved) in lines.items():
        share = LineItem(name, Share(unserved, demand), "share", note, SHARE, Total.MOST)
        plan.items["unserved share", name] = sheet.add(share)


def _workload(plan: PlanLines, sheet: LineSheet, row: Workload) -> tuple[LineItem, LineItem]:
    """Adds a workload and returns its demand and what of it is not served."""
    facts, name = plan.facts, row.workload
    sheet.part(f"{name} (one is a {row.unit})" if row.unit else name)
    asked = facts.series("service", ("workload",), "demand_qps")[(name,)]
    shape = quantity(asked)
    demand = sheet.add(LineItem("Demand", asked, _QPS, shape=shape, total=Total.NONE))
    work = facts.series("assignments", ("workload", "accelerator", "site"), "qps")
    serving = tuple(
        sheet.add(LineItem(f"{kind} at {site}", values, _QPS, shape=shape, total=Total.NONE))
        for (served_by, kind, site), values in work.items()
        if served_by == name
    )
    served = sheet.add(LineItem("Served", Added(serving), _QPS, shape=shape, total=Total.NONE, is_strong=True))
    left = facts.series("service", ("workload",), "unserved_qps")[(name,)]
    unserved = sheet.add(LineItem("Not served (decision)", left, _QPS, shape=shape, total=Total.NONE))
    gap = served + unserved - demand
    balance = sheet.add(LineItem("Served and not served, less demand", gap, _QPS, shape=FINE, total=Total.SIZE))
    most = Folded(Fold.MOST, (demand.over(),))
    sheet.must_hold(f"Service balance: {name}", balance.whole, most, unit=_QPS, note="sheet Service, by period")
    if row.min_service:
        least = plan.input("workloads", name, column="min_service")
        promised = sheet.add(Constant("Least service", least, "share", shape=SHARE))
        room = LineItem(
            "Room to the least service",
            (ONE - promised) * demand - unserved,
            _QPS,
            "total: the least",
            shape,
            Total.LEAST,
        )
        sheet.must_cover(f"Least service: {name}", sheet.add(room), most, unit=_QPS, note="sheet Service")
    return demand, unserved
