"""The sheet of service: who serves which workload, against demand."""

from __future__ import annotations

from typing import Any

from planner.documents.xlsx.cell_style import FINE, SHARE, CellKind
from planner.documents.xlsx.line_formulas import share
from planner.documents.xlsx.time_sheet import Sum, TimeRow, TimeSheet
from planner.export.workbook.plan_book import CHECKS, SERVICE, PlanBook, scaled


def write_service(book: PlanBook) -> None:
    """Writes demand, what serves it, and what is not served; rates are queries a second at peak."""
    page = book.begin(SERVICE, "Service: demand and who serves it, queries a second at peak")
    for row in book.facts.loaded.case.workloads:
        _workload(book, page, row)
    page.section("Share of demand that is not served")
    for row in book.facts.loaded.case.workloads:
        demand, unserved = book.lines["demand", row.workload], book.lines["unserved", row.workload]
        book.lines["unserved share", row.workload] = page.formula(
            row.workload,
            share(unserved, demand, SERVICE),
            [part / whole if whole else None for part, whole in zip(unserved.values, demand.values, strict=True)],
            unit="share", numbers=SHARE, total=Sum.MOST, note="total: the most; blank where nothing is asked for",
        )  # fmt: skip


def _workload(book: PlanBook, page: TimeSheet, row: Any) -> None:  # noqa: ANN401  a row of workloads
    facts, name = book.facts, row.workload
    page.section(f"{name} (one is a {row.unit})" if row.unit else name)
    unit = "queries/s"
    asked = facts.series("service", ("workload",), "demand_qps")[(name,)]
    numbers = scaled([value or 0.0 for value in asked])
    demand = page.values("Demand", asked, unit=unit, total=Sum.NONE, numbers=numbers)
    serving = [
        page.values(f"{kind} at {site}", values, unit=unit, total=Sum.NONE, numbers=numbers)
        for (work, kind, site), values in facts.series(
            "assignments", ("workload", "accelerator", "site"), "qps"
        ).items()
        if work == name
    ]
    served = page.added("Served", serving, unit=unit, total=Sum.NONE, numbers=numbers)
    left = facts.series("service", ("workload",), "unserved_qps")[(name,)]
    unserved = page.values("Not served (decision)", left, unit=unit, total=Sum.NONE, numbers=numbers)
    gap = [done + rest - all_ for done, rest, all_ in zip(served.values, unserved.values, demand.values, strict=True)]
    balance = page.formula(
        "Served and not served, less demand",
        lambda here, _: f"{served.at(here)}+{unserved.at(here)}-{demand.at(here)}", gap,
        unit=unit, total=Sum.SIZE, numbers=FINE,
    )  # fmt: skip
    book.lines["demand", name], book.lines["served", name] = demand, served
    book.lines["unserved", name] = unserved
    book.check(
        f"Service balance: {name}", balance.constant(CHECKS), balance.total, size=max(demand.values), unit=unit,
        note="sheet Service, by period",
    )  # fmt: skip
    _promise(book, page, row, demand, unserved)


def _promise(book: PlanBook, page: TimeSheet, row: Any, demand: TimeRow, unserved: TimeRow) -> None:  # noqa: ANN401  a row of workloads
    """Writes how far service lies above the least that is promised."""
    if not row.min_service:
        return
    least = page.constant(
        "Least service", row.min_service, unit="share", kind=CellKind.LINK, numbers=SHARE,
        formula=book.cells["assumptions", "workloads", row.workload, "min_service"].on(SERVICE),
    )  # fmt: skip
    room = page.formula(
        "Room to the least service",
        lambda here, _: f"(1-{least.on(SERVICE)})*{demand.at(here)}-{unserved.at(here)}",
        [(1 - least.value) * all_ - rest for all_, rest in zip(demand.values, unserved.values, strict=True)],
        unit="queries/s", total=Sum.LEAST, note="total: the least", numbers=scaled(demand.values),
    )  # fmt: skip
    book.check(
        f"Least service: {row.workload}", f"MAX(0,-{room.constant(CHECKS)})", max(0.0, -room.total),
        size=max(demand.values), unit="queries/s", note="sheet Service",
    )  # fmt: skip
