"""The decision list: what to do in each stretch of the plan, read from the finished tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.calendar import Calendar, parse_label, parse_span
from models.case import Case
from planner.results import Table
from planner.show.numbers import counted, money

MOST_ROWS = 14
"""Plans with more periods than this are told by the year."""

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Use:
    """What a budget, or the demand of a workload, comes to: `taken` of `there`."""

    name: str
    taken: float
    there: float

    @property
    def share(self) -> float:
        """The fraction taken; 1 where there is nothing to take."""
        return self.taken / self.there if self.there > 0 else 1.0


@dataclass(frozen=True)
class Step:
    """One row of the list; cash in USD million, power in MW at its highest."""

    label: str
    decisions: tuple[str, ...]
    milestones: tuple[str, ...]
    cash_musd: float
    budgets: tuple[Use, ...]
    served: tuple[Use, ...]
    mw: float


@dataclass(frozen=True)
class _Stretch:
    label: str
    first: int
    end: int
    periods: tuple[str, ...]

    def holds(self, label: str) -> bool:
        return self.first <= parse_label(label)[0] < self.end

    def when(self, label: str) -> str:
        """Names a period inside the stretch; nothing where the stretch is one period."""
        return "" if self.periods == (label,) else label.removeprefix(self.label).lstrip("-")


def steps_of(case: Case, tables: Mapping[str, Table]) -> list[Step]:
    """Returns the reported periods as rows, by the year where there are many."""
    records = {name: list(table.records()) for name, table in tables.items()}
    return [_step(case, records, stretch) for stretch in _stretches(case)]


def _stretches(case: Case) -> Iterator[_Stretch]:
    settings = case.settings
    calendar = Calendar(settings.start, settings.period, settings.periods)
    by_label: dict[str, list[str]] = {}
    for label in calendar.labels:
        key = label if settings.periods <= MOST_ROWS else label[:4]
        by_label.setdefault(key, []).append(label)
    for key, periods in by_label.items():
        last, months = parse_label(periods[-1])
        yield _Stretch(key, parse_label(periods[0])[0], last + months, tuple(periods))


def _step(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Step:
    figures = [row for row in records["period_figures"] if row["period"] in stretch.periods]
    decisions = [
        *_agreements(records, stretch),
        *_acquisitions(records, stretch),
        *_starts(records, stretch),
        *_expansions(case, records, stretch),
        *_orders(case, records, stretch),
    ]
    return Step(
        label=stretch.label,
        decisions=tuple(decisions),
        milestones=tuple(_milestones(records, stretch)),
        cash_musd=sum(row["cash_musd"] for row in figures),
        budgets=tuple(_budgets(records, stretch)),
        served=tuple(_served(case, records, stretch)),
        mw=max((row["mw"] for row in figures), default=0.0),
    )


def _orders(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    leases = {row.offer for row in case.offers if row.kind == "lease"}
    by_offer: dict[str, Records] = {}
    for row in records["orders"]:
        if row["period"] in stretch.periods:
            by_offer.setdefault(row["offer"], []).append(row)
    for offer, rows in sorted(by_offer.items(), key=lambda entry: -sum(row["units"] for row in entry[1])):
        units = sum(row["units"] for row in rows)
        verb = "lease" if offer in leases else "order"
        made = " (committed)" if all(row["committed"] == "yes" for row in rows) else ""
        when = _times(stretch, [row["period"] for row in rows])
        due = sorted({row["due"] for row in rows})
        later = f", due {due[0]}" if len(stretch.periods) == 1 and due != list(stretch.periods) else ""
        yield f"{verb} {counted(units)} {offer}{when}{later}{made}"


def _agreements(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["agreements"]:
        if stretch.holds(row["signed"]):
            yield f"sign {row['agreement']}{_times(stretch, [row['signed']])}, live to {row['live_to']}"


def _acquisitions(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["acquisitions"]:
        if stretch.holds(row["signed"]):
            when = _times(stretch, [row["signed"]])
            yield f"buy {row['acquisition']}{when} for {money(row['price_musd'])} USD million, owned {row['owned']}"


def _starts(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["tape_outs"]:
        if stretch.holds(row["start"]):
            when = _times(stretch, [row["start"]])
            dates = f"tape-out {row['tape_out']}, ready {row['ready']}"
            yield f"start {row['programme']} by {row['route']}{when}: {dates}"


def _expansions(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    module_mw = {row.expansion: row.module_mw for row in case.expansions}
    by_name: dict[str, Records] = {}
    for row in records["expansions"]:
        if stretch.holds(row["period"]):
            by_name.setdefault(row["expansion"], []).append(row)
    for name, rows in by_name.items():
        added = counted(sum(row["modules"] for row in rows) * module_mw[name])
        on = sorted({row["energised"] for row in rows})
        when = _times(stretch, [row["period"] for row in rows])
        power = f", power on {on[0]}" if len(on) == 1 else f", power on {on[0]} to {on[-1]}"
        yield f"build {added} MW {name} at {rows[0]['site']}{when}{power}"


def _milestones(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["tape_outs"]:
        if row["tape_out"] != row["start"] and stretch.holds(row["tape_out"]):
            yield f"{row['programme']} tapes out{_times(stretch, [row['tape_out']])}"
        if stretch.holds(row["ready"]):
            yield f"{row['programme']} is ready{_times(stretch, [row['ready']])}"
    for row in records["acquisitions"]:
        if row["owned"] != row["signed"] and stretch.holds(row["owned"]):
            yield f"{row['acquisition']} is owned{_times(stretch, [row['owned']])}"


def _times(stretch: _Stretch, periods: list[str]) -> str:
    named = [name for name in dict.fromkeys(stretch.when(period) for period in periods) if name]
    if not named:
        return ""
    return f" in {', '.join(named)}" if len(named) <= 4 else f" in {named[0]} to {named[-1]}"


def _budgets(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[Use]:
    """Yields the budgets whose spans end in the stretch; a rest that was carried here counts as there."""
    spent: dict[str, list[float]] = {}
    for row in records["budgets"]:
        first, end = parse_span(row["span"])
        if row["amount_musd"] is None or not stretch.first < end <= stretch.end:
            continue
        # A span of several rows is told where it ends, under its own name.
        name = row["budget"] if first >= stretch.first else f"{row['budget']} {row['span']}"
        sums = spent.setdefault(name, [0.0, 0.0, 0.0])
        sums[0] += row["spent_musd"]
        sums[1] += row["amount_musd"]
        sums[2] = sums[2] if sums[1] > row["amount_musd"] else row["carried_musd"]
    for name, (taken, there, carried) in spent.items():
        yield Use(name, taken, there + carried)


def _served(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[Use]:
    for workload in case.workloads:
        rows = [
            row
            for row in records["service"]
            if row["workload"] == workload.workload and row["period"] in stretch.periods
        ]
        there = sum(row["demand_qps"] for row in rows)
        if there > 0:
            yield Use(workload.workload, sum(row["served_qps"] for row in rows), there)
