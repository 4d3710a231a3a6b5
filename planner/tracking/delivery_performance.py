"""Delivered against promised: units, the share that came on time, and the mean delay."""

from __future__ import annotations

from dataclasses import dataclass

from models.calendar import parse_label
from models.case import Case
from planner.results.path_rows import PathRows
from planner.tracking.actuals_reading import Actuals
from planner.tracking.amount_series import vendors_of
from planner.tracking.compared_periods import ComparedPeriods
from planner.tracking.planned_amounts import number

IN_PLAN, BY_VENDOR = "plan", "vendor"
"""Who promised: the plan, where a delivery names no promise of its own."""
_LEAST = 1e-9


@dataclass(frozen=True)
class Batch:
    """Units that were promised for a label by `source`; `came` is when they were delivered, None for not yet."""

    offer: str
    promised: str
    came: str | None
    units: float
    source: str

    @property
    def is_on_time(self) -> bool:
        """Delivered no later than the promised label ends."""
        return self.came is not None and parse_label(self.came)[0] < sum(parse_label(self.promised))

    @property
    def delay_months(self) -> float:
        """Months from the middle of the promised label to that of the delivery; 0 for what is on time."""
        if self.came is None or self.is_on_time:
            return 0.0
        (first, count), (begin, months) = parse_label(self.came), parse_label(self.promised)
        return first + count / 2 - begin - months / 2


@dataclass(frozen=True, kw_only=True)
class DeliveryPerformance:
    """Units promised for the compared periods, and what became of them; `unplanned` units were promised by nobody."""

    offer: str
    vendor: str
    promised: float
    on_time: float
    late: float
    outstanding: float
    unplanned: float
    mean_delay_months: float | None

    @property
    def delivered(self) -> float:
        """Units that came of what was promised."""
        return self.on_time + self.late

    @property
    def share_on_time(self) -> float | None:
        """The share of what was promised that came on time."""
        return self.on_time / self.promised if self.promised > _LEAST else None


def delivery_performance(
    actuals: Actuals, case: Case, rows: PathRows, periods: ComparedPeriods
) -> list[DeliveryPerformance]:
    """Returns the performance of each offer with promises or deliveries; none where no delivery is given."""
    if not actuals.deliveries:
        return []
    batches, unplanned = batches_of(actuals, case, rows, periods)
    vendors, found = vendors_of(case), []
    for offer in (row.offer for row in case.offers):
        own = [batch for batch in batches if batch.offer == offer]
        beyond = unplanned.get(offer, 0.0)
        if own or beyond > _LEAST:
            came = [batch for batch in own if batch.came is not None]
            units = sum(batch.units for batch in came)
            delays = sum(batch.units * batch.delay_months for batch in came)
            found.append(
                DeliveryPerformance(
                    offer=offer, vendor=vendors[offer], promised=sum(batch.units for batch in own),
                    on_time=sum(batch.units for batch in came if batch.is_on_time),
                    late=sum(batch.units for batch in came if not batch.is_on_time),
                    outstanding=sum(batch.units for batch in own if batch.came is None), unplanned=beyond,
                    mean_delay_months=delays / units if units > _LEAST else None,
                )
            )  # fmt: skip
    return found


def batches_of(
    actuals: Actuals, case: Case, rows: PathRows, periods: ComparedPeriods
) -> tuple[list[Batch], dict[str, float]]:
    """Returns what was promised for the compared periods with its deliveries, and the units of offers beyond it.

    Purchases are taken as complete where a delivery of one is given, and leases where one of a lease is.
    """
    batches: list[Batch] = []
    unplanned: dict[str, float] = {}
    kinds = {row.offer: row.kind for row in case.offers}
    given = {kinds[row.offer] for row in actuals.deliveries}
    for offer in (name for name, kind in kinds.items() if kind in given):
        own, beyond = _own_promises(actuals, offer, periods)
        batches += own
        if beyond > _LEAST:
            unplanned[offer] = beyond
        waiting = _planned(rows, offer, periods, less=sum(batch.units for batch in own))
        for row in sorted(
            (row for row in actuals.deliveries if row.offer == offer and row.promised is None and row.period),
            key=lambda row: parse_label(str(row.period)),
        ):
            left = row.units
            while left > _LEAST and waiting:
                label, units = waiting[0]
                taken = min(left, units)
                batches.append(Batch(offer, label, row.period, taken, IN_PLAN))
                left -= taken
                waiting[0] = label, units - taken
                if waiting[0][1] <= _LEAST:
                    waiting.pop(0)
            if left > _LEAST and periods.position(str(row.period)) is not None:
                unplanned[offer] = unplanned.get(offer, 0.0) + left
        batches += [Batch(offer, label, None, units, IN_PLAN) for label, units in waiting]
    return batches, unplanned


def _own_promises(actuals: Actuals, offer: str, periods: ComparedPeriods) -> tuple[list[Batch], float]:
    """Returns the batches of deliveries that name their promise for the compared periods, and the units beyond it."""
    promises: dict[tuple[str, str, str], list[int]] = {}
    for index, row in enumerate(actuals.deliveries):
        if row.offer == offer and row.promised is not None and periods.position(row.promised) is not None:
            promises.setdefault((row.site, row.reference, row.promised), []).append(index)
    found, beyond = [], 0.0
    for (_, _, promised), indices in promises.items():
        own = [actuals.deliveries[index] for index in indices]
        stated = [row.units_promised for row in own if row.units_promised is not None]
        left = sum(stated) if stated else sum(row.units for row in own if row.period)
        for row in sorted((row for row in own if row.period), key=lambda row: parse_label(str(row.period))):
            taken = min(row.units, left)
            left -= taken
            beyond += row.units - taken
            if taken > _LEAST:
                found.append(Batch(offer, promised, row.period, taken, BY_VENDOR))
        if left > _LEAST:
            found.append(Batch(offer, promised, None, left, BY_VENDOR))
    return found, beyond


def _planned(rows: PathRows, offer: str, periods: ComparedPeriods, *, less: float) -> list[tuple[str, float]]:
    """Returns what the plan receives in the compared periods, oldest first, less the units of own promises."""
    came: dict[str, float] = {}
    for row in rows["arrivals"]:
        label = str(row["period"])
        if row["offer"] == offer and sum(parse_label(label)) <= periods.end:
            came[label] = came.get(label, 0.0) + number(row["units"])
    found = []
    for label in sorted(came, key=parse_label):
        gone = min(less, came[label])
        less -= gone
        if came[label] - gone > _LEAST:
            found.append((label, came[label] - gone))
    return found
