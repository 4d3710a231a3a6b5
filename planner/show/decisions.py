"""The decision list: what to do in each stretch of the plan, read from the finished tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from models.calendar import Calendar, parse_label, parse_span
from models.case import Case
from planner.results import Table
from planner.show.numbers import counted, money

MOST_ROWS = 14
"""Plans with more periods than this are told by the year."""

REFUND = "refund "
_FATES = (
    ("tape_outs", "programme", "ready"),
    ("acquisitions", "acquisition", "owned"),
    ("expansions", "expansion", "energised"),
)
NOTHING = 1e-6
"""Units below this are noise of the solver."""

Records = list[dict[str, Any]]
Comings = dict[tuple[str, str], list[tuple[str, float]]]
"""By order (offer, period): in which periods how many of its units arrive."""


class _Dated(Protocol):
    @property
    def period(self) -> str: ...


_Row = TypeVar("_Row", bound=_Dated)


def reached(state: str, label: str) -> str:
    """Returns since when something is in a state; a blank label says that it failed before.

    >>> reached("ready", "2028Q1"), reached("ready", "")
    ('ready 2028Q1', 'never ready (fails)')
    """
    return f"{state} {label}" if label else f"never {state} (fails)"


def closing_words(row: Mapping[str, Any]) -> str:
    """Returns when a company is closed and owned.

    >>> closing_words({"closed": "2028", "owned": ""}), closing_words({"closed": "", "owned": ""})
    ('closed 2028, never owned (fails)', 'never closed (fails)')
    """
    closed = reached("closed", row["closed"])
    return f"{closed}, {reached('owned', row['owned'])}" if row["closed"] else closed


def calendar_of(case: Case) -> Calendar:
    """Returns the periods that are optimised, lookahead included."""
    return case.settings.calendar


def in_force(calendar: Calendar, rows: Sequence[_Row], period: int) -> _Row | None:
    """Returns the row that holds at the start of a period, of rows that hold until the label of the next."""
    start = calendar.start_month + period * calendar.months
    known = [row for row in rows if parse_label(row.period)[0] <= start]
    return max(known, key=lambda row: parse_label(row.period)[0], default=None)


def failure_of(case: Case, calendar: Calendar, item: str) -> int | None:
    """Returns the period in which an item fails, as the case says; None where it does not."""
    rows = [row for row in case.delays if row.item == item]
    found = ((period, in_force(calendar, rows, period)) for period in range(calendar.count))
    return next((period for period, row in found if row is not None and row.fails), None)


def leads_of(case: Case, calendar: Calendar, offer: str) -> list[int]:
    """Returns by period how many periods an arrival lies after its order at least."""
    rows = [row for row in case.lead_times if row.offer == offer]
    usual = next(row.lead_time_months for row in case.offers if row.offer == offer)
    held = (in_force(calendar, rows, period) for period in range(calendar.count))
    return [calendar.lag_periods(usual if row is None else row.lead_time_months) for row in held]


def comings_of(case: Case, tables: Mapping[str, Records]) -> Comings:
    """Returns in which periods how many units of each order (offer, period) arrive, the first ordered first.

    Only of offers that can arrive otherwise than they are due, and of a plan for one future.
    """
    calendar, found = calendar_of(case), Comings()
    if any("probability" in row for row in tables["orders"]):
        return found
    moved = [row.offer for row in case.lead_times] + [row.offer for row in case.backlogs]
    for offer in dict.fromkeys(moved):
        leads = leads_of(case, calendar, offer)
        # What was ordered before the plan waits with the rest, and has no label.
        waiting = [(calendar.period_at(row.due), -1, "", row.units) for row in case.open_orders if row.offer == offer]
        for row in tables["orders"]:
            if row["offer"] == offer:
                placed = calendar.period_at(row["period"])
                free = (period for period in range(placed, calendar.count) if period - placed >= leads[period])
                waiting.append((next(free, calendar.count), placed, row["period"], row["units"]))
        begin, arrived = 0.0, _arrived(calendar, tables, offer)
        for _, _, label, units in sorted(waiting):
            parts = [(at, min(begin + units, high) - max(begin, low)) for at, low, high in arrived]
            begin += units
            if label:
                found[offer, label] = [(at, part) for at, part in parts if part > NOTHING]
    return found


def _arrived(calendar: Calendar, tables: Mapping[str, Records], offer: str) -> list[tuple[str, float, float]]:
    """Returns periods with the units of an offer that have arrived before and after them."""
    units = dict.fromkeys(calendar.labels, 0.0)
    for row in tables["arrivals"]:
        if row["offer"] == offer:
            units[row["period"]] += row["units"]
    found, so_far = [], 0.0
    for label, more in units.items():
        found.append((label, so_far, so_far + more))
        so_far += more
    return found


def coming_words(comings: Sequence[Sequence[tuple[str, float]]], due: Sequence[str], units: float) -> str:
    """Returns when orders arrive, where that is not just when they are due; nothing where it is."""
    periods = sorted({label for parts in comings for label, _ in parts}, key=parse_label)
    there = sum(part for parts in comings for _, part in parts)
    is_whole = there >= units - NOTHING * max(1.0, units)
    if is_whole and all({label for label, _ in parts} == {at} for parts, at in zip(comings, due, strict=True)):
        return ""
    if not periods:
        return "does not arrive within the plan"
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    if is_whole:
        return f"arrives {when}"
    return f"{counted(round(there, 2))} of it arrive {when}, the rest not within the plan"


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
        # Blank is the date of what never comes.
        return bool(label) and self.first <= parse_label(label)[0] < self.end

    def when(self, label: str) -> str:
        """Names a period inside the stretch; nothing where the stretch is one period."""
        return "" if self.periods == (label,) else label.removeprefix(self.label).lstrip("-")


def steps_of(case: Case, tables: Mapping[str, Table]) -> list[Step]:
    """Returns the reported periods as rows, by the year where there are many."""
    records = {name: list(table.records()) for name, table in tables.items()}
    comings = comings_of(case, records)
    return [_step(case, records, stretch, comings) for stretch in _stretches(case)]


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


def _step(case: Case, records: Mapping[str, Records], stretch: _Stretch, comings: Comings) -> Step:
    figures = [row for row in records["period_figures"] if row["period"] in stretch.periods]
    decisions = [
        *_agreements(records, stretch),
        *_acquisitions(records, stretch),
        *_starts(records, stretch),
        *_expansions(case, records, stretch),
        *_orders(case, records, stretch, comings),
    ]
    return Step(
        label=stretch.label,
        decisions=tuple(decisions),
        milestones=tuple(_milestones(case, records, stretch)),
        cash_musd=sum(row["cash_musd"] for row in figures),
        budgets=tuple(_budgets(records, stretch)),
        served=tuple(_served(case, records, stretch)),
        mw=max((row["mw"] for row in figures), default=0.0),
    )


def _orders(case: Case, records: Mapping[str, Records], stretch: _Stretch, comings: Comings) -> Iterator[str]:
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
        own = [row for row in rows if (offer, row["period"]) in comings]
        parts = [comings[offer, row["period"]] for row in own]
        told = coming_words(parts, [row["due"] for row in own], units) if own else ""
        yield f"{verb} {counted(units)} {offer}{when}{later}{f', {told}' if told else ''}{made}"


def _agreements(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["agreements"]:
        if stretch.holds(row["signed"]):
            yield f"sign {row['agreement']}{_times(stretch, [row['signed']])}, live to {row['live_to']}"


def _acquisitions(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["acquisitions"]:
        if stretch.holds(row["signed"]):
            when = _times(stretch, [row["signed"]])
            owned = reached("owned", row["owned"])
            yield f"buy {row['acquisition']}{when} for {money(row['price_musd'])} USD million, {owned}"


def _starts(records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    for row in records["tape_outs"]:
        if stretch.holds(row["start"]):
            when = _times(stretch, [row["start"]])
            dates = f"tape-out {row['tape_out']}, {reached('ready', row['ready'])}"
            yield f"start {row['programme']} by {row['route']}{when}: {dates}"


def _expansions(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    module_mw = {row.expansion: row.module_mw for row in case.expansions}
    by_name: dict[str, Records] = {}
    for row in records["expansions"]:
        if stretch.holds(row["period"]):
            by_name.setdefault(row["expansion"], []).append(row)
    for name, rows in by_name.items():
        added = counted(sum(row["modules"] for row in rows) * module_mw[name])
        when = _times(stretch, [row["period"] for row in rows])
        yield f"build {added} MW {name} at {rows[0]['site']}{when}, {powered([row['energised'] for row in rows])}"


def powered(labels: Sequence[str]) -> str:
    """Returns since when modules have power; a blank label says that they never have.

    >>> powered(["2028", "2027"]), powered([""]), powered(["2028", ""])
    ('power on 2027 to 2028', 'never energised (fails)', 'power on 2028, some never energised (fails)')
    """
    on = sorted({label for label in labels if label}, key=parse_label)
    if not on:
        return reached("energised", "")
    some = f", some {reached('energised', '')}" if "" in labels else ""
    return (f"power on {on[0]}" if len(on) == 1 else f"power on {on[0]} to {on[-1]}") + some


def _milestones(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    yield from _failures(case, records, stretch)
    for row in records["tape_outs"]:
        if row["tape_out"] != row["start"] and stretch.holds(row["tape_out"]):
            yield f"{row['programme']} tapes out{_times(stretch, [row['tape_out']])}"
        if stretch.holds(row["ready"]):
            yield f"{row['programme']} is ready{_times(stretch, [row['ready']])}"
    for row in records["acquisitions"]:
        if row["owned"] != row["signed"] and stretch.holds(row["owned"]):
            yield f"{row['acquisition']} is owned{_times(stretch, [row['owned']])}"
    for row in records["costs"]:
        if row["category"] == "acquisition" and row["line"].startswith(REFUND) and row["period"] in stretch.periods:
            back = f"{money(-row['musd'])} USD million"
            yield f"{row['line'].removeprefix(REFUND)} pays back {back}{_times(stretch, [row['period']])}"


def _failures(case: Case, records: Mapping[str, Records], stretch: _Stretch) -> Iterator[str]:
    calendar = calendar_of(case)
    for table, item, date in _FATES:
        lost = {row[item]: None for row in records[table] if not row[date]}
        for name in lost:
            period = failure_of(case, calendar, name)
            if period is not None and calendar.labels[period] in stretch.periods:
                yield f"{name} fails{_times(stretch, [calendar.labels[period]])}"


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
