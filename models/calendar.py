"""The calendar of a plan: period labels, spans of labels, and months and years as whole periods.

Months are counted from the year 0, so January 2027 is month 2027 × 12. A span is given as its first month
and the month after its last. Periods are counted from the start of the plan; an index may be negative
(before the start) or beyond the horizon.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

MONTHS_OF_KIND = {"month": 1, "quarter": 3, "half": 6, "year": 12}
MONTHS_OF_YEAR = 12
NOISE = 1e-9
FORMS = "a year 2027, a half 2027H1, a quarter 2027Q3 or a month 2027-07"

_LABEL = re.compile(r"([0-9]{4})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2]))?")


class LabelError(ValueError):
    """A label or span that cannot be read; the text is a plain sentence."""


@lru_cache(maxsize=4096)
def parse_label(label: str) -> tuple[int, int]:
    """Returns the first month of a label, counted from the year 0, and its number of months.

    Raises LabelError for a text of another form.

    >>> parse_label("2027Q3"), parse_label("2027-07")
    ((24330, 3), (24330, 1))
    """
    found = _LABEL.fullmatch(label)
    if found is None:
        message = f"'{label}' is not a period label: write {FORMS}."
        raise LabelError(message)
    year, half, quarter, month = found.groups()
    first = int(year) * MONTHS_OF_YEAR
    if half:
        return first + (int(half) - 1) * 6, 6
    if quarter:
        return first + (int(quarter) - 1) * 3, 3
    if month:
        return first + int(month) - 1, 1
    return first, MONTHS_OF_YEAR


def parse_span(text: str) -> tuple[int, int]:
    """Returns the first month of a span and the month after its last, counted from the year 0.

    Raises LabelError for a text of another form, or a span that ends before it begins.

    >>> parse_span("2027"), parse_span("2027Q3..2028Q2")
    ((24324, 24336), (24330, 24342))
    """
    first_label, dots, last_label = text.partition("..")
    first, count = parse_label(first_label.strip())
    end = first + count
    if dots:
        last, last_count = parse_label(last_label.strip())
        end = last + last_count
        if end <= first or last < first:
            message = f"the span '{text}' ends before it begins."
            raise LabelError(message)
    return first, end


def label_at(month: int, months: int) -> str:
    """Returns the label of the stretch of 1, 3, 6 or 12 months that begins at a month since the year 0.

    Raises LabelError for years outside 0 to 9999.

    >>> label_at(24330, 3), label_at(24330, 6), label_at(24330, 1)
    ('2027Q3', '2027H2', '2027-07')
    """
    year, rest = divmod(month, MONTHS_OF_YEAR)
    if not 0 <= year <= 9999:
        message = f"the year {year} has no label: years have four digits."
        raise LabelError(message)
    if months == MONTHS_OF_YEAR:
        return f"{year:04d}"
    if months == 1:
        return f"{year:04d}-{rest + 1:02d}"
    letter = "H" if months == 6 else "Q"
    return f"{year:04d}{letter}{rest // months + 1}"


def ceil_clean(value: float) -> int:
    """Returns the value rounded up, after tiny float noise is removed.

    >>> ceil_clean(2.0000000001), ceil_clean(2.1)
    (2, 3)
    """
    return math.ceil(value - NOISE)


@dataclass(frozen=True)
class Calendar:
    """The periods of a plan: equal steps from a start, as labels, indices and years.

    `start` is a label whose first month begins a period of the kind `period` (`year`, `half`, `quarter` or
    `month`); `count` is the number of optimised periods; `lead_rounding` says how leads become periods: `up` or
    `nearest`. Raises LabelError where these do not fit.

    >>> calendar = Calendar("2027Q1", "quarter", 3)
    >>> calendar.labels
    ('2027Q1', '2027Q2', '2027Q3')
    >>> calendar.period_at("2027-06"), calendar.period_at("2026"), calendar.label_of(-1)
    (1, -4, '2026Q4')
    >>> calendar.lag_periods(4), calendar.life_periods(0.1), calendar.term_periods(36)
    (2, 1, 12)
    >>> Calendar("2027Q1", "quarter", 3, "nearest").lag_periods(4), calendar.life_periods(2.5, 13)
    (1, 5)
    """

    start: str
    period: str
    count: int
    lead_rounding: str = "up"

    def __post_init__(self) -> None:
        if self.period not in MONTHS_OF_KIND:
            message = f"'{self.period}' is not a kind of period: use {', '.join(MONTHS_OF_KIND)}."
            raise LabelError(message)
        if self.count < 1:
            message = f"a calendar of {self.count} periods is empty: use at least 1."
            raise LabelError(message)
        if self.start_month % self.months:
            message = f"'{self.start}' does not begin a {self.period} of the calendar year."
            raise LabelError(message)
        label_at(self.start_month + (self.count - 1) * self.months, self.months)

    @property
    def months(self) -> int:
        """The months of one period."""
        return MONTHS_OF_KIND[self.period]

    @property
    def delta(self) -> float:
        """The years of one period."""
        return self.months / MONTHS_OF_YEAR

    @property
    def start_month(self) -> int:
        """The first month of the plan, counted from the year 0."""
        return parse_label(self.start)[0]

    @property
    def end_month(self) -> int:
        """The month after the last of the plan, counted from the year 0."""
        return self.start_month + self.count * self.months

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the periods of the horizon, in order."""
        return tuple(self.label_of(index) for index in range(self.count))

    def parse(self, label: str) -> tuple[int, int]:
        """Returns the first month of a label, from the year 0, and its number of months; raises LabelError."""
        return parse_label(label)

    def span(self, text: str) -> tuple[int, int]:
        """Returns the first month of a span and the month after its last; raises LabelError."""
        return parse_span(text)

    def period_at(self, label: str) -> int:
        """Returns the index of the period in which a label starts, negative before the plan; raises LabelError."""
        return self.period_of_month(parse_label(label)[0])

    def period_of_month(self, month: int) -> int:
        """Returns the index of the period that a month, counted from the year 0, lies in."""
        return (month - self.start_month) // self.months

    def span_periods(self, text: str) -> range:
        """Returns the indices of the periods that a span fills, unclipped.

        Raises LabelError for a span that cuts a period (or is finer than one).

        >>> Calendar("2027", "quarter", 8).span_periods("2027H2")
        range(2, 4)
        """
        first, end = parse_span(text)
        if (first - self.start_month) % self.months or (end - self.start_month) % self.months:
            message = f"the span '{text}' cuts a {self.period}."
            raise LabelError(message)
        return range(self.period_of_month(first), self.period_of_month(end))

    def label_of(self, index: int) -> str:
        """Returns the label of the period with this index, which may lie outside the horizon."""
        return label_at(self.start_month + index * self.months, self.months)

    def lag_periods(self, months: float) -> int:
        """Returns a lag in months as periods: rounded up, or to the nearest where the calendar says so.

        Half a period is rounded up either way.
        """
        if self.lead_rounding == "nearest":
            return math.floor(months / self.months + 0.5 + NOISE)
        return ceil_clean(months / self.months)

    def term_periods(self, months: float) -> int:
        """Returns a term in months as periods, rounded up."""
        return ceil_clean(months / self.months)

    def life_periods(self, years: float, age_months: float = 0.0) -> int:
        """Returns what is left of a life at an age as whole periods, rounded down once; negative when it is over.

        A life below a period counts as one period.
        """
        life = max(years * MONTHS_OF_YEAR, float(self.months))
        return math.floor((life - age_months) / self.months + NOISE)

    def year_of(self, index: int) -> int:
        """Returns the calendar year of the period with this index."""
        return (self.start_month + index * self.months) // MONTHS_OF_YEAR

    def years_before(self, label: str | None) -> float:
        """Returns the years from a label to the start of the plan, negative after it; 0 for None. Raises LabelError.

        >>> Calendar("2028", "year", 3).years_before("2026-07")
        1.5
        """
        return 0.0 if label is None else (self.start_month - parse_label(label)[0]) / MONTHS_OF_YEAR
