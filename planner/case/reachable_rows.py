"""What a plan of a case can come to use: which rows of a series hold in it, what can be had, and what is asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from models.calendar import Calendar
from models.tables.fleet_rows import Accelerator, Demand, InputRow, Offer, Throughput, Workload
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder
from models.tables.site_rows import Expansion, Site
from models.tables.strategy_rows import Acquisition, Agreement, Commitment, Route
from planner.case.context import Context, month_of
from planner.case.reachable_dates import orderable

AnyRow = TypeVar("AnyRow", bound=InputRow)


def start_of(calendar: Calendar, period: int) -> int:
    """Returns the first month of a period, counted from the year 0."""
    return calendar.start_month + period * calendar.months


@dataclass(frozen=True)
class Unused(Generic[AnyRow]):
    """Rows of a series that hold in no period of the plan, by why."""

    late: list[AnyRow]
    """They begin after the horizon, or after the periods that count."""
    early: list[AnyRow]
    """Another row has taken their place when the plan, or what counts of it, begins."""
    between: list[AnyRow]
    """They begin and are over between the starts of two periods."""


def unused_rows(
    calendar: Calendar, rows: Iterable[AnyRow], column: str, *, inside: range | None = None, joined: bool = False
) -> Unused[AnyRow]:
    """Returns the rows of one series that no period uses; `joined` where values are interpolated between labels.

    `inside` are the periods that count, by default all of the horizon.
    """
    placed = sorted(rows, key=lambda row: month_of(getattr(row, column)))
    months = [month_of(getattr(row, column)) for row in placed]
    periods = range(calendar.count) if inside is None else inside
    used: set[int] = set()
    for period in periods:
        start = start_of(calendar, period)
        at = bisect_right(months, start) - 1
        if at >= 0:
            used.add(at)
            if joined and months[at] < start and at + 1 < len(placed):
                used.add(at + 1)
    first = start_of(calendar, periods.start) if periods else calendar.end_month
    last = start_of(calendar, periods[-1]) if periods else calendar.start_month - 1
    found: Unused[AnyRow] = Unused([], [], [])
    for at, row in enumerate(placed):
        if at not in used:
            after = months[at] > last
            (found.late if after else found.early if months[at] < first else found.between).append(row)
    return found


class ReachableRows:
    """What can be had, stand and be asked for in a case whose tables are whole."""

    def __init__(self, context: Context, calendar: Calendar) -> None:
        self.context = context
        self.calendar = calendar
        self.offers = {row.offer: row for row in context.of(Offer)}
        self.machines = {row.accelerator: row for row in context.of(Accelerator)}

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The offers that can be ordered and arrive inside the horizon, or that open orders are from."""
        found = {name for name, row in self.offers.items() if orderable(self.calendar, row)}
        return frozenset(found | {row.offer for row in self.context.of(OpenOrder) if row.units > 0})

    @cached_property
    def places(self) -> dict[str, set[str]]:
        """The sites at which each accelerator can come to stand."""
        every = {row.site for row in self.context.of(Site)}
        found: dict[str, set[str]] = {}
        for offer in self.offers.values():
            if orderable(self.calendar, offer):
                found.setdefault(offer.accelerator, set()).update(offer.sites or every)
        for order in self.context.of(OpenOrder):
            if order.units > 0 and order.offer in self.offers:
                found.setdefault(self.offers[order.offer].accelerator, set()).update(
                    (self.offers[order.offer].sites or every) if order.any_site else {order.site}
                )
        there: list[OpeningFleet | OpenLease] = [*self.context.of(OpeningFleet), *self.context.of(OpenLease)]
        for held in there:
            if held.units > 0:
                found.setdefault(held.accelerator, set()).add(held.site)
        return found

    @cached_property
    def owned(self) -> frozenset[str]:
        """The accelerators that can come to be owned, so that they are maintained, fail and are sold."""
        bought = {row.accelerator for row in self.offers.values() if row.kind == "buy" and row.offer in self.ordered}
        return frozenset(bought | {row.accelerator for row in self.context.of(OpeningFleet) if row.units > 0})

    @cached_property
    def asked(self) -> frozenset[str]:
        """The workloads with demand in the horizon."""
        interpolated = self.context.settings is not None and self.context.settings.demand_interpolation != "step"
        series: dict[str, list[Demand]] = {}
        for row in self.context.of(Demand):
            series.setdefault(row.workload, []).append(row)
        found = set()
        for name, rows in series.items():
            unused = unused_rows(self.calendar, rows, "period", joined=interpolated)
            idle = {id(row) for row in (*unused.late, *unused.early, *unused.between)}
            if any(row.queries_per_day_million > 0 for row in rows if id(row) not in idle):
                found.add(name)
        return frozenset(found)

    @cached_property
    def working(self) -> frozenset[str]:
        """The accelerators that can do work which is asked for, where they can stand."""
        allowed = {row.workload: set(row.sites) for row in self.context.of(Workload)}
        found = set()
        for row in self.context.of(Throughput):
            places = self.places.get(row.accelerator, set())
            sites = allowed.get(row.workload, set())
            if row.workload in self.asked and places and (not sites or sites & places):
                found.add(row.accelerator)
        return frozenset(found)

    @cached_property
    def required(self) -> frozenset[str]:
        """The gates that something requires."""
        gated: Sequence[type[InputRow]] = (Offer, Expansion, Route, Acquisition, Agreement)
        return frozenset(
            name for row_class in gated for row in self.context.of(row_class) for name in getattr(row, "requires", ())
        )

    @cached_property
    def committed(self) -> frozenset[str]:
        """The items that commitments take for sure."""
        rows = self.context.of(Commitment)
        return frozenset(row.item for row in rows if row.status in ("done", "fixed") and row.quantity != 0)
