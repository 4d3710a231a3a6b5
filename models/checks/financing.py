"""Facilities, recomputed: what is drawn, repaid and outstanding, its interest and fees, and what bounds it."""

from __future__ import annotations

import itertools

from models.checks.evidence import Amounts, Evidence, Lines, UsedAmount
from models.checks.loan_schedules import draws, instalments, interest, outstanding
from models.checks.money import compare_lines
from models.checks.money_supply import INCOME, add
from models.checks.plan_check import compares, listed, recomputes
from models.checks.report import Recorder

UNIT = "USD million"


def financing_lines(plan: Evidence) -> Lines:
    """Returns draws (negative), repayments, interest and fees by facility."""
    lines: Lines = {}
    for row in plan.case.facilities:
        drawn, repaid = draws(plan, row.facility), instalments(plan, row)
        for t in range(plan.calendar.periods):
            musd = drawn.get(t, 0.0)
            add(lines, "draw", row.facility, t, -musd)
            add(lines, "fee", row.facility, t, musd * row.fee_share)
            add(lines, "repayment", row.facility, t, repaid.get(t, 0.0))
            add(lines, "interest", row.facility, t, interest(plan, row, t))
    return lines


def facility_amounts(plan: Evidence) -> Amounts:
    """Returns what may be outstanding of each facility in each period, and what is."""
    return {
        ("facility_limits", row.facility, plan.labels[t]): UsedAmount(
            outstanding(plan, row, t), row.limit_musd, UNIT, t, "facility", f"facility {row.facility}",
            t < plan.case.settings.periods,
        )
        for row in plan.case.facilities
        for t in range(plan.calendar.periods)
    }  # fmt: skip


@compares("financing.drawn_musd", amounts=facility_amounts)
def facility_limits(plan: Evidence, record: Recorder) -> None:
    """What is outstanding at the end of each period ≤ the limit."""
    for row in plan.case.facilities:
        for t, label in enumerate(plan.labels):
            record.at_most(outstanding(plan, row, t), row.limit_musd, (row.facility, label), "outstanding, USD million")


@compares("financing.drawn_musd costs.musd")
def facility_advance(plan: Evidence, record: Recorder) -> None:
    """A draw lies in the window and is at most its share of what is spent on the categories in the same period."""
    for row in plan.case.facilities:
        inside = plan.calendar.window(row.first_draw, row.last_draw)
        for t, musd in draws(plan, row.facility).items():
            if t < 0 or musd <= record.tolerance:
                continue
            where = (row.facility, plan.labels[t])
            record.holds(where, "period", found=plan.labels[t], expected="inside the window", fact=t in inside)
            spent = [
                amount
                for category in row.categories
                for (what, _, at), amount in plan.expected[category].items()
                if at == t and (category, what) not in INCOME
            ]
            record.at_most(musd, row.advance_share * sum(spent), where, "draw, USD million")


@compares("costs.musd financing.drawn_musd", category="financing", lines=financing_lines)
def cost_financing(plan: Evidence, record: Recorder) -> None:
    """Draws come in, instalments, interest and fees are paid."""
    compare_lines(plan, record, "financing")


@recomputes(
    "financing",
    {
        "facility": "*text",
        "period": "*period",
        "drawn_musd": "quantity",
        "repaid_musd": "quantity",
        "interest_musd": "quantity",
        "fee_musd": "quantity",
        "outstanding_musd": "quantity",
        "limit_musd": "quantity",
        "slack_musd": "quantity",
        "price": "perhaps",
    },
    prices="facility_limits",
)
def financing_table(plan: Evidence, record: Recorder) -> None:
    """Each facility and period has what is drawn, repaid, paid for it and outstanding at its end."""
    known = {row.facility: row for row in plan.case.facilities}
    expected = itertools.product(known, range(plan.calendar.periods))
    for name, t, where, row in listed(plan, record, "financing", "facility", expected):
        given, left = known[name], outstanding(plan, known[name], t)
        record.equal(row["repaid_musd"], instalments(plan, given).get(t, 0.0), where, "repaid_musd", left)
        record.equal(row["interest_musd"], interest(plan, given, t), where, "interest_musd", left)
        record.equal(row["fee_musd"], row["drawn_musd"] * given.fee_share, where, "fee_musd")
        record.equal(row["outstanding_musd"], left, where, "outstanding_musd", row["drawn_musd"])
        record.equal(row["limit_musd"], given.limit_musd, where, "limit_musd")
        record.follows(row["slack_musd"], row["limit_musd"] - row["outstanding_musd"], where, "slack_musd", left)
