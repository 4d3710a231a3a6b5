"""Leases that run when the plan starts, month by month, for the textbook formulation and the enumeration."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.clock import label_months


def key_of(row):
    """What the spending of a running lease is listed by, apart from offers."""
    return "running", row.lease


def sellers(case):
    """The vendor behind each offer and running lease."""
    vendors = {row.accelerator: row.vendor for row in case.accelerators}
    found = {row.offer: vendors[row.accelerator] for row in case.offers}
    return found | {key_of(row): vendors[row.accelerator] for row in case.open_leases}


def months_inside(clock, row, period):
    """The months of a period before the lease ends."""
    end = label_months(row.ends)[0]
    return sum(1 for month in range(clock.month(period), clock.month(period + 1)) if month < end)


def serves(clock, row, period):
    """True in a period that lies wholly before the end."""
    return months_inside(clock, row, period) == clock.step


def rent(clock, row, period):
    """USD that a lease costs in a period."""
    months = Fraction(months_inside(clock, row, period), 12)
    return months * Fraction(str(row.units)) * Fraction(str(row.rent_usd_per_unit_per_year))
