"""Incentives, recomputed: what counts towards each milestone, when it is reached, and what that brings."""

from __future__ import annotations

import itertools

from models.checks.evidence import Evidence, Lines
from models.checks.level_years import leased_under
from models.checks.money import compare_lines
from models.checks.money_supply import RUNNING, add
from models.checks.plan_check import compares, listed, recomputes
from models.checks.power_checks import KW_PER_MW
from models.checks.report import Recorder
from models.tables.contract_rows import IncentiveMilestone


def _offers(plan: Evidence, subject: str) -> set[str]:
    """The offers that a subject names: as vendor, else as accelerator, else by name, else through an agreement."""
    facts = plan.facts
    for found in (
        {name for name in facts.offers if facts.vendor(name) == subject},
        {name for name, offer in facts.offers.items() if offer.accelerator == subject},
        {subject} & facts.offers.keys(),
    ):
        if found:
            return found
    return {name for name, offer in facts.offers.items() if subject in offer.requires}


def counted(plan: Evidence, row: IncentiveMilestone) -> list[float]:
    """Returns by period what has counted so far: units that have arrived, their facility MW, or what was spent."""
    offers, found = _offers(plan, row.subject), [0.0] * plan.calendar.periods
    if row.measure == "musd":
        leases = leased_under(plan, offers)
        for category in ("hardware", "lease"):
            for (what, item, t), musd in plan.expected[category].items():
                if item in (leases if what.startswith(RUNNING) else offers):
                    found[t] += musd
    else:
        for (name, site, t), units in plan.arrivals.items():
            if name in offers:
                it_kw = plan.facts.accelerators[plan.facts.offers[name].accelerator].it_kw
                mw = it_kw * plan.facts.sites[site].pue / KW_PER_MW
                found[t] += units * (mw if row.measure == "mw" else 1.0)
    found[0] += row.counted_before
    for t in range(1, len(found)):
        found[t] += found[t - 1]
    return found


def reached_in(plan: Evidence, milestone: str) -> list[int]:
    """Returns the periods in which a milestone is said to be reached."""
    rows = plan.rows["incentives"]
    return [row["period"] for row in rows if row["milestone"] == milestone and row["reached"] == "yes"]


def income(plan: Evidence, row: IncentiveMilestone, period: int) -> float:
    """Returns what a milestone brings in a period: the value of the last label, before any that of the milestone."""
    month = plan.calendar.start + period * plan.calendar.months
    steps = sorted(
        (plan.calendar.touching(one.period).start, one.value_musd)
        for one in plan.case.milestone_values
        if one.milestone == row.milestone
    )
    begun = [value for t, value in steps if plan.calendar.start + t * plan.calendar.months <= month]
    return begun[-1] if begun else row.value_musd


def incentive_lines(plan: Evidence) -> Lines:
    """Returns the income of each milestone where it is reached, negative."""
    lines: Lines = {}
    for row in plan.case.milestones:
        for t in reached_in(plan, row.milestone):
            add(lines, "milestone", row.milestone, t, -income(plan, row, t))
    return lines


@compares("incentives.reached arrivals.units costs.musd")
def milestone(plan: Evidence, record: Recorder) -> None:
    """A milestone is reached at most once, in time, and where at least its amount has counted by then."""
    for row in plan.case.milestones:
        so_far, periods = counted(plan, row), reached_in(plan, row.milestone)
        record.at_most(len(periods), 1, (row.milestone,), "times reached")
        inside = plan.calendar.window(None, row.by)
        for t in periods:
            where = (row.milestone, plan.labels[t])
            record.holds(where, "period", found=plan.labels[t], expected=f"by {row.by}", fact=t in inside)
            record.at_least(so_far[t], row.amount, where, f"counted, {row.measure}")


@compares("costs.musd incentives.reached", category="incentive", lines=incentive_lines)
def cost_incentive(plan: Evidence, record: Recorder) -> None:
    """What a milestone brings is income where it is reached."""
    compare_lines(plan, record, "incentive")


@recomputes(
    "incentives",
    {
        "milestone": "*text",
        "period": "*period",
        "counted": "quantity",
        "amount": "quantity",
        "measure": "text",
        "reached": "yes or no",
        "income_musd": "quantity",
    },
)
def incentives_table(plan: Evidence, record: Recorder) -> None:
    """Each milestone and period has what has counted so far, the amount, and what it brings where it is reached."""
    known = {row.milestone: (row, counted(plan, row)) for row in plan.case.milestones}
    expected = itertools.product(known, range(plan.calendar.periods))
    for name, t, where, row in listed(plan, record, "incentives", "milestone", expected):
        given, so_far = known[name]
        record.equal(row["counted"], so_far[t], where, "counted")
        record.equal(row["amount"], given.amount, where, "amount")
        record.same(row["measure"], given.measure, where, "measure")
        brings = income(plan, given, t) if row["reached"] == "yes" else 0.0
        record.equal(row["income_musd"], brings, where, "income_musd")
