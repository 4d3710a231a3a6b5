"""The periods in which a plan is compared with what happened: quarters, or the plan's own where these are longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.calendar import MONTHS_OF_KIND, Calendar, LabelError, label_at, parse_label
from planner.errors import CaseFaults, Fault
from planner.tracking.actuals_reading import Actuals, labels_of

USUAL = "quarter"


@dataclass(frozen=True)
class ComparedPeriods:
    """Equal periods from the start of a plan; months are counted from the year 0.

    `calendar` is that of the plan. Periods of the plan that are longer are split evenly by months.
    """

    calendar: Calendar
    months: int
    count: int
    begun: str = ""
    """The period after the last, where the actuals end inside it."""

    @property
    def start(self) -> int:
        """The first month."""
        return self.calendar.start_month

    @property
    def end(self) -> int:
        """The month after the last."""
        return self.start + self.months * self.count

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the periods."""
        return tuple(label_at(self.start + self.months * at, self.months) for at in range(self.count))

    @property
    def is_pro_rata(self) -> bool:
        """True where periods of the plan are split."""
        return self.calendar.months > self.months

    def position(self, label: str) -> int | None:
        """Returns the period that a label lies in; None for one after the last."""
        first, _ = parse_label(label)
        at = (first - self.start) // self.months
        return at if at < self.count else None

    def shares(self, label: str) -> Iterator[tuple[int, float]]:
        """Yields the periods that a period of the plan fills, with the share of it that lies in each."""
        first, months = parse_label(label)
        step = min(months, self.months)
        for month in range(first, first + months, step):
            at = (month - self.start) // self.months
            if 0 <= at < self.count:
                yield at, step / months

    def is_within(self, label: str) -> bool:
        """Returns whether a label lies within one period, or after the last."""
        first, months = parse_label(label)
        return (
            first >= self.end or (first - self.start) // self.months == (first + months - 1 - self.start) // self.months
        )


def compared_periods(
    actuals: Actuals, calendar: Calendar, reported: int, *, by: str = "", until: str = "", pro_rata: bool = False
) -> ComparedPeriods:
    """Returns the periods to compare: whole ones, until the last month of the actuals or the end of a label.

    Raises:
        CaseFaults: periods of the plan would have to be split, a row is of more than one period, or none is whole.
    """
    if by and by not in MONTHS_OF_KIND:
        kinds = ", ".join(MONTHS_OF_KIND)
        raise CaseFaults([Fault("--by", "is not a kind of period", f"Use one of {kinds}.", value=by)])
    months = MONTHS_OF_KIND[by] if by else max(MONTHS_OF_KIND[USUAL], calendar.months)
    if months < calendar.months and not pro_rata:
        expected = f"is shorter than the periods of the plan, which are {calendar.period}s"
        raise CaseFaults([Fault("--by", expected, "Add --pro-rata to split them evenly by months.", value=by)])
    if calendar.start_month % months:
        expected = f"does not fit to a plan that starts in {calendar.start}"
        raise CaseFaults([Fault("--by", expected, "Compare by shorter periods.", value=by or USUAL)])
    stated = _end_of(until)
    last = stated or _last_month(actuals)
    horizon = calendar.start_month + reported * calendar.months
    count = (min(last, horizon) - calendar.start_month) // months
    found = ComparedPeriods(calendar, months, max(count, 0))
    if found.end < min(last, horizon):
        found = replace(found, begun=label_at(found.end, months))
    _require_within(actuals, found)
    if count < 1:
        _refuse_empty(found, last, is_stated=bool(stated))
    return found


def _end_of(until: str) -> int:
    try:
        return sum(parse_label(until)) if until else 0
    except LabelError as error:
        remedy = "Write the last period that the actuals cover, such as 2027Q4."
        raise CaseFaults([Fault("--until", "is not a period label", remedy, value=until)]) from error


def _last_month(actuals: Actuals) -> int:
    """Returns the month after the last that the actuals are of; 0 without any."""
    labels = [label for _, _, label in labels_of(actuals)] + [bill.last for bill in actuals.bills]
    return max((sum(parse_label(label)) for label in labels), default=0)


def _require_within(actuals: Actuals, periods: ComparedPeriods) -> None:
    faults = []
    for table, index, label in labels_of(actuals):
        if not periods.is_within(label):
            kinds = {months: kind for kind, months in MONTHS_OF_KIND.items()}
            file = table if actuals.is_workbook else f"{table}.csv"
            expected = f"is longer than the {kinds[periods.months]}s that are compared"
            remedy = f"Write a row for each, or compare by longer periods: --by {kinds[max(parse_label(label)[1], 3)]}."
            faults.append(Fault(file, expected, remedy, actuals.rows[table][index], "period", label))
    if faults:
        raise CaseFaults(faults)


def _refuse_empty(periods: ComparedPeriods, last: int, *, is_stated: bool) -> None:
    if last <= periods.start:
        expected = "hold nothing that happened within the plan"
        raise CaseFaults([Fault("actuals", expected, "Fill in a table, or name the last period with --until.")])
    first = label_at(periods.start, periods.months)
    expected = f"end in {label_at(last - 1, 1)}, before the first compared period, {first}, does"
    remedy = "Compare by shorter periods with --by and --pro-rata"
    remedy += "." if is_stated else f", or write --until {first} if nothing more came in it."
    raise CaseFaults([Fault("actuals", expected, remedy)])
