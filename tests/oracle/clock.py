"""Periods and labels for the oracle: months since year 0, and nothing that the planner's own calendar knows."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass

MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
NOISE = 1e-9
HOURS_PER_YEAR = 8760.0
SECONDS_PER_YEAR = 365.0 * 86400.0


def label_months(label):
    """First month of a label and the first month after it, counted from year 0."""
    found = re.fullmatch(r"(\d{4})(?:H([12])|Q([1-4])|-(\d{2}))?", label.strip())
    if not found:
        message = f"not a label: {label!r}"
        raise ValueError(message)
    year, half, quarter, month = found.groups()
    first = int(year) * 12
    if half:
        return first + 6 * (int(half) - 1), first + 6 * int(half)
    if quarter:
        return first + 3 * (int(quarter) - 1), first + 3 * int(quarter)
    if month:
        return first + int(month) - 1, first + int(month)
    return first, first + 12


def span_months(span):
    """First month of `A` or `A..B`, and the first month after it."""
    ends = span.split("..")
    return label_months(ends[0])[0], label_months(ends[-1])[1]


@dataclass(frozen=True)
class Clock:
    """`count` equal periods of `step` months from month `start` on."""

    start: int
    step: int
    count: int
    rounding: str = "up"

    @classmethod
    def of(cls, settings):
        """The optimised periods of a case, lookahead included."""
        count = settings.periods + settings.lookahead_periods
        return cls(label_months(settings.start)[0], MONTHS[settings.period], count, settings.lead_rounding)

    @property
    def years(self):
        """Length of a period in years."""
        return self.step / 12

    @property
    def periods(self):
        """All periods."""
        return range(self.count)

    def lag(self, months):
        """Whole periods of a lag: that cover a number of months, or the nearest, a half upwards."""
        if self.rounding == "nearest":
            return math.floor(months / self.step + 0.5 + NOISE)
        return max(0, math.ceil(months / self.step - NOISE))

    def term(self, months):
        """Whole periods that cover a term."""
        return math.ceil(months / self.step - NOISE)

    def life(self, years):
        """Whole periods inside a life, at least one."""
        return max(1, math.floor(years * 12 / self.step + NOISE))

    def left(self, years, since):
        """Whole periods that are left at the start of a life that began with a label; negative after its end."""
        end = label_months(since)[0] + max(years * 12, self.step)
        return math.floor((end - self.start) / self.step + NOISE)

    def years_from(self, label, period):
        """Years from a label, None for the start, to the start of a period."""
        return (self.month(period) - (self.start if label is None else label_months(label)[0])) / 12

    def month(self, period):
        """First month of a period."""
        return self.start + period * self.step

    def period_of(self, label):
        """The period that holds the first month of a label; may lie outside the horizon."""
        return (label_months(label)[0] - self.start) // self.step

    def label(self, period):
        """The ordinary label of a period."""
        year, month = divmod(self.month(period), 12)
        part = {12: "", 6: f"H{month // 6 + 1}", 3: f"Q{month // 3 + 1}", 1: f"-{month + 1:02d}"}
        return f"{year}{part[self.step]}"

    def calendar_year(self, period):
        """The calendar year in which a period starts."""
        return self.month(period) // 12

    def inside(self, span):
        """Periods that start within a span."""
        first, end = span_months(span)
        return [t for t in self.periods if first <= self.month(t) < end]

    def window(self, first, last):
        """Periods from label `first` to label `last`; None means the end of the horizon on that side."""
        begin = self.start if first is None else label_months(first)[0]
        end = self.month(self.count) if last is None else label_months(last)[1]
        return [t for t in self.periods if begin <= self.month(t) < end]

    def step_value(self, rows, period):
        """The value of the last (label, value) row at or before the start of a period; None before the first."""
        known = [(label_months(label)[0], value) for label, value in rows]
        held = [(month, value) for month, value in known if month <= self.month(period)]
        return max(held)[1] if held else None

    def discount(self, rate, period):
        """Factor of the middle of a period."""
        return (1 + rate) ** (-(period + 0.5) * self.years)

    def discount_end(self, rate):
        """Factor of the end of the horizon."""
        return (1 + rate) ** (-self.count * self.years)

    def merged(self, rows):
        """Rows of one limit or budget as (periods, amount, carry_over), those inside one period added up.

        `rows` are (span, amount, carry_over); an amount of None means no limit.
        """
        whole, finer = [], {}
        for span, amount, carry in sorted(rows, key=lambda row: span_months(row[0])):
            first, end = span_months(span)
            if end - first >= self.step:
                whole.append((self.inside(span), amount, carry))
            else:
                finer.setdefault((first - self.start) // self.step, []).append((amount, carry))
        for period, parts in finer.items():
            amounts = [amount for amount, _ in parts]
            total = None if None in amounts else sum(amounts)
            whole.append(([period], total, parts[-1][1]))
        return sorted((row for row in whole if row[0] and row[0][0] in self.periods), key=lambda row: row[0][0])


def demand_at(case, clock, workload, period):
    """Average demand in million queries a day at the start of a period."""
    rows = sorted(
        (label_months(row.period)[0], row.queries_per_day_million) for row in case.demand if row.workload == workload
    )
    month = clock.month(period)
    before = [row for row in rows if row[0] <= month]
    after = [row for row in rows if row[0] > month]
    if not before:
        message = f"no demand of {workload} in {clock.label(period)}"
        raise ValueError(message)
    (left, low) = before[-1]
    if case.settings.demand_interpolation == "step" or not after:
        return low
    (right, high) = after[0]
    share = (month - left) / (right - left)
    if case.settings.demand_interpolation == "linear":
        return low + share * (high - low)
    return low * (high / low) ** share if low > 0 else 0.0


def resale_fraction(case, accelerator, age):
    """Resale value over reference price at an age in years."""
    own = [row for row in case.resale if row.accelerator == accelerator]
    rows = sorted(
        (row.age_years, row.fraction_of_reference_price)
        for row in own or [row for row in case.resale if row.accelerator == "*"]
    )
    if not rows or age > rows[-1][0] + NOISE:
        return 0.0
    if age <= rows[0][0]:
        return rows[0][1]
    for (young, high), (old, low) in itertools.pairwise(rows):
        if age <= old:
            return high + (low - high) * (age - young) / (old - young)
    return rows[-1][1]


def rates_at(case, period):
    """Queries per second of one unit by (accelerator, workload) in a period."""
    clock, found = Clock.of(case.settings), {}
    for row in case.throughput:
        growth = (1 + row.software_gain_per_year) ** clock.years_from(row.as_of, period)
        found[row.accelerator, row.workload] = row.queries_per_second * growth
    return found


def capabilities(case):
    """Weight of a unit in shares, by accelerator."""
    rates = rates_at(case, 0)
    best = {}
    for (_, workload), rate in rates.items():
        best[workload] = max(best.get(workload, 0.0), rate)
    weights = {}
    for row in case.accelerators:
        name = row.accelerator
        shares = [rates.get((name, w.workload), 0.0) / best[w.workload] for w in case.workloads if w.workload in best]
        weights[name] = sum(shares) / len(case.workloads) if row.capability is None else row.capability
    return weights
