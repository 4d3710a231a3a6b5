"""What is drawn of facilities, when it is repaid, and the interest on it, from the plan and the case alone."""

from __future__ import annotations

from collections.abc import Iterator

from models.checks.evidence import Evidence
from models.tables.contract_rows import Facility


def draws(plan: Evidence, facility: str, end: int | None = None) -> dict[int, float]:
    """Returns what is drawn by period, USD million, before period `end` if given; draws before the plan are data."""
    found = {
        row["period"]: row["drawn_musd"]
        for row in plan.rows["financing"]
        if row["facility"] == facility and row["drawn_musd"] and (end is None or row["period"] < end)
    }
    for row in plan.case.commitments:
        if (row.kind, row.item, row.status) == ("draw", facility, "done") and row.period:
            t = plan.calendar.holding(row.period)
            if t < 0:
                found[t] = found.get(t, 0.0) + (1.0 if row.quantity is None else row.quantity)
    return found


def instalments(plan: Evidence, row: Facility, end: int | None = None) -> dict[int, float]:
    """Returns what is repaid by period, which may lie after the horizon: equal instalments, or all at the end."""
    found: dict[int, float] = {}
    term = plan.calendar.term(row.term_months)
    for t, musd in draws(plan, row.facility, end).items():
        parts = [term] if row.repayment == "bullet" else range(1, term + 1)
        for k in parts:
            found[t + k] = found.get(t + k, 0.0) + musd / len(parts)
    return found


def outstanding(plan: Evidence, row: Facility, period: int, end: int | None = None) -> float:
    """Returns what is outstanding at the end of a period: drawn and not yet repaid."""
    drawn = sum(musd for t, musd in draws(plan, row.facility, end).items() if t <= period)
    return drawn - sum(musd for t, musd in instalments(plan, row, end).items() if t <= period)


def interest(plan: Evidence, row: Facility, period: int, end: int | None = None) -> float:
    """Returns rate × Δ × (outstanding at the start + half of what is drawn − half of what is repaid)."""
    drawn = draws(plan, row.facility, end).get(period, 0.0)
    repaid = instalments(plan, row, end).get(period, 0.0)
    base = outstanding(plan, row, period - 1, end) + 0.5 * drawn - 0.5 * repaid
    return row.rate_per_year * plan.calendar.years * base


def loans_left(plan: Evidence) -> Iterator[tuple[str, float]]:
    """Yields each facility with what is outstanding at the end of the horizon."""
    for row in plan.case.facilities:
        yield row.facility, outstanding(plan, row, plan.calendar.periods - 1)
