"""The check's own calendar: labels, spans and periods as whole months, nothing shared with the builder."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MONTHS_OF_PERIOD = {"year": 12, "half": 6, "quarter": 3, "month": 1}
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365
SECONDS_PER_DAY = 86_400
HOURS_PER_YEAR = 24 * DAYS_PER_YEAR
NOISE = 1e-9

Interval = tuple[int, int]

_LABEL = re.compile(r"([0-9]{4})(?:-([0-9]{2})|Q([1-4])|H([12]))?")


def interval(label: str) -> Interval:
    """Returns the first month of a label or span and the first month after it, counted from year 0.

    Raises:
        ValueError: the text is neither a label nor a span `A..B`.

    >>> interval("2027Q3")
    (24330, 24333)
    >>> interval("2027Q3..2028Q2")
    (24330, 24342)
    """
    if ".." in label:
        left, right = label.split("..", 1)
        first, end = interval(left)[0], interval(right)[1]
        if end <= first:
            msg = f"span '{label}' ends before it begins"
            raise ValueError(msg)
        return first, end
    found = _LABEL.fullmatch(label.strip())
    if found is None or (found[2] is not None and not 1 <= int(found[2]) <= MONTHS_PER_YEAR):
        msg = f"'{label}' is no period label"
        raise ValueError(msg)
    year = MONTHS_PER_YEAR * int(found[1])
    if found[2]:
        first, length = year + int(found[2]) - 1, 1
    elif found[3]:
        first, length = year + 3 * (int(found[3]) - 1), 3
    elif found[4]:
        first, length = year + 6 * (int(found[4]) - 1), 6
    else:
        first, length = year, 12
    return first, first + length


@dataclass(frozen=True)
class CheckCalendar:
    """The periods of a plan: `start` in months from year 0, `months` of a period, `periods` that are optimised.

    With `lead_rounding` nearest, a lag of less than half a period more is not rounded up.
    """

    start: int
    months: int
    periods: int
    lead_rounding: str = "up"
    labels: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.start % self.months:
            msg = f"the plan starts in month {self.start % MONTHS_PER_YEAR + 1}, inside a period of the calendar"
            raise ValueError(msg)
        object.__setattr__(self, "labels", tuple(self.label(t) for t in range(self.periods)))

    @property
    def years(self) -> float:
        """Length of a period in years."""
        return self.months / MONTHS_PER_YEAR

    def label(self, period: int) -> str:
        """Returns the label of a period, which may lie before or after the horizon."""
        year, month = divmod(self.start + period * self.months, MONTHS_PER_YEAR)
        if self.months == MONTHS_PER_YEAR:
            return f"{year}"
        if self.months == 1:
            return f"{year}-{month + 1:02d}"
        return f"{year}{'H' if self.months == 6 else 'Q'}{month // self.months + 1}"

    def exact(self, label: str) -> int:
        """Returns the period that a label names, in or outside the horizon.

        Raises:
            ValueError: the text is no label of a period of this length.
        """
        first, end = interval(label)
        if ".." in label or end - first != self.months:
            msg = f"'{label}' is no label of a period of {self.months} months"
            raise ValueError(msg)
        return (first - self.start) // self.months

    def holding(self, label: str) -> int:
        """Returns the period in which a label begins."""
        return (interval(label)[0] - self.start) // self.months

    def touching(self, label: str) -> range:
        """Returns the periods that share a month with a label or span, in or outside the horizon."""
        first, end = interval(label)
        return range((first - self.start) // self.months, -((self.start - end) // self.months))

    def within(self, stretch: Interval) -> range:
        """Returns the periods of the horizon that begin in a stretch of months."""
        first = max(0, -((self.start - stretch[0]) // self.months))
        end = min(self.periods, -((self.start - stretch[1]) // self.months))
        return range(first, max(first, end))

    def window(self, first: str | None, last: str | None) -> range:
        """Returns the periods of the horizon from the one in which `first` begins to the one in which `last` ends."""
        begin = 0 if first is None else self.touching(first).start
        end = self.periods if last is None else self.touching(last).stop
        return range(max(0, begin), max(0, min(self.periods, end)))

    def whole(self, label: str) -> Interval:
        """Returns the stretch of a span in whole periods; a span finer than a period is that period.

        Raises:
            ValueError: the span cuts a period, or is no span.
        """
        stretch = interval(label)
        if self.is_aligned(stretch):
            return stretch
        touched = self.touching(label)
        if len(touched) != 1:
            msg = f"span '{label}' cuts a period"
            raise ValueError(msg)
        first = self.start + touched[0] * self.months
        return first, first + self.months

    def is_aligned(self, stretch: Interval) -> bool:
        """True when a stretch of months cuts no period."""
        return all((month - self.start) % self.months == 0 for month in stretch)

    def year_of(self, period: int) -> int:
        """Returns the calendar year in which a period begins."""
        return (self.start + period * self.months) // MONTHS_PER_YEAR

    def years_since(self, label: str | None, period: int) -> float:
        """Returns the years from a label, None for the start of the plan, to the start of a period."""
        first = self.start if label is None else interval(label)[0]
        return (self.start + period * self.months - first) / MONTHS_PER_YEAR

    def lag(self, months: float) -> int:
        """Returns a lag in periods, rounded up or to the nearest; half a period is rounded up."""
        spare = 0.5 if self.lead_rounding == "nearest" else 0.0
        whole = math.floor(months / self.months + NOISE)
        rest = months / self.months - whole
        return max(0, whole + (rest > NOISE and rest >= spare - NOISE))

    def term(self, months: float) -> int:
        """Returns a term in periods, rounded up."""
        return max(0, math.ceil(months / self.months - NOISE))

    def life(self, years: float, age_months: int = 0) -> int:
        """Returns the periods that are left of a life at an age, rounded down once; a life is at least a period."""
        months = max(years * MONTHS_PER_YEAR, self.months) - age_months
        return math.floor(months / self.months + NOISE)

    def stretches(self, labels: Iterable[str]) -> dict[Interval, list[int]]:
        """Returns the stretches that rows of one limit or budget bind, each with the positions of its rows.

        A row finer than a period is added to the other rows inside that period; the stretch is then the period.

        Raises:
            ValueError: a span cuts a period.
        """
        found: dict[Interval, list[int]] = {}
        for position, label in enumerate(labels):
            found.setdefault(self.whole(label), []).append(position)
        return dict(sorted(found.items()))


def calendar_of(start: str, period: str, periods: int, lead_rounding: str = "up") -> CheckCalendar:
    """Returns the calendar of the settings `start`, `period` and the number of optimised periods.

    Raises:
        ValueError: the start is no label or lies inside a period of the calendar.
    """
    return CheckCalendar(interval(start)[0], MONTHS_OF_PERIOD[period], periods, lead_rounding)
