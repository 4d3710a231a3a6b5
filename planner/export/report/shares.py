"""Shares of vendors in installed capability, period by period, summed up from the fleet as the policies count it."""

from __future__ import annotations

from collections.abc import Mapping

from models.case import Case
from planner.export.dossier import Dossier
from planner.export.report.cells import number, reported, text, weight


def capabilities(case: Case) -> dict[str, float]:
    """Returns the weight of a unit of each accelerator: stated, or its mean rate over the best rates."""
    rates = [(row, row.rate_at(case.settings.calendar.years_before(row.as_of))) for row in case.throughput]
    best: dict[str, float] = {}
    for row, rate in rates:
        best[row.workload] = max(best.get(row.workload, 0.0), rate)
    relative = {row.accelerator: 0.0 for row in case.accelerators}
    for row, rate in rates:
        relative[row.accelerator] += rate / best[row.workload]
    count = max(1, len(case.workloads))
    return {
        row.accelerator: relative[row.accelerator] / count if row.capability is None else row.capability
        for row in case.accelerators
    }


def vendors_of(case: Case) -> dict[str, str]:
    """Returns the vendor of each accelerator."""
    return {row.accelerator: row.vendor for row in case.accelerators}


def installed(dossier: Dossier) -> dict[tuple[str, str], float]:
    """Returns installed capability by vendor and period; an expected value where the plan branches."""
    vendors, worth = vendors_of(dossier.case), capabilities(dossier.case)
    found: dict[tuple[str, str], float] = {}
    for row in reported(dossier, "fleet"):
        accelerator = text(row["accelerator"])
        key = vendors[accelerator], text(row["period"])
        found[key] = found.get(key, 0.0) + number(row["units"]) * worth[accelerator] * weight(row)
    return found


def largest_vendor(dossier: Dossier) -> tuple[str, float]:
    """Returns the vendor with the most installed capability over the reported periods, and its share."""
    rows = [row for row in dossier.records("key_figures") if row["name"] == "share_of_largest_vendor"]
    return (text(rows[0]["of"]), number(rows[0]["value"])) if rows and rows[0]["value"] is not None else ("", 0.0)


def by_period(dossier: Dossier) -> Mapping[str, Mapping[str, float]]:
    """Returns each vendor's share of installed capability by reported period; vendors without any are left out."""
    amounts = installed(dossier)
    whole: dict[str, float] = {}
    for (_, period), amount in amounts.items():
        whole[period] = whole.get(period, 0.0) + amount
    found: dict[str, dict[str, float]] = {}
    for vendor in dict.fromkeys(vendors_of(dossier.case).values()):
        shares = {period: amounts.get((vendor, period), 0.0) / whole[period] for period in whole if whole[period] > 0}
        if any(shares.values()):
            found[vendor] = shares
    return found
