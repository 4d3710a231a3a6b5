"""What happens on the way: tape-outs, readiness, ownership, failures, money that comes back, ends of life and lease."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from models.calendar import Calendar, parse_label
from models.case import Case
from models.solution import Solution
from planner.results.decisions_table import DecisionLine, Records, Row, is_by_year
from planner.results.node_labels import NODE_COLUMNS, NodeLabels
from planner.results.table import Cell, Table, table

MILESTONES = "when item what periods units musd reported"
REFUND, REFUNDED = "refund ", "pays back"
RESPINS, MORE_RESPINS, FEWER_RESPINS = "respins ", "costs more for respins", "needs fewer respins"
UNDELIVERED, PAID_BACK = "undelivered ", "pays back what is not delivered"
IS_REACHED = "is reached"
END_OF_LIFE = "reach the end of their life"
GIVEN_BACK = "are given back"
LEAST_UNITS = 1e-6
_FATES = (
    ("tape_outs", "programme", "ready"),
    ("acquisitions", "acquisition", "owned"),
    ("expansions", "expansion", "energised"),
)


class _Dated(Protocol):
    @property
    def period(self) -> str: ...


_Row = TypeVar("_Row", bound=_Dated)


def milestones(solution: Solution, places: NodeLabels, tables: Mapping[str, Table]) -> Table:
    """Returns what happens in the optimised periods without being decided; income is negative."""
    frame = solution.model.frame
    records = {name: list(found.records()) for name, found in tables.items()}
    rows = milestone_rows(dict(zip(frame.called, frame.cases, strict=True)), records)
    if frame.tree.is_line:
        return table("milestones", MILESTONES, [row.cells for row in rows])
    chance = places.chances
    wide = []
    for row in rows:
        futures = row.place["scenarios"]
        probability = sum(chance[name] for name in futures.split(";"))
        wide.append((*row.cells, row.place["node"], futures, probability))
    return table("milestones", f"{MILESTONES} {NODE_COLUMNS}", wide)


def milestone_rows(cases: Mapping[str, Case], tables: Records) -> list[DecisionLine]:
    """Returns the rows of the table in the order of time, given the other result tables and the case of each future."""
    case = next(iter(cases.values()))
    calendar = case.settings.calendar
    found = []
    happen = [*_failures(cases, tables), *_dates(tables), *_refunds(tables), *_ends(case, tables)]
    for when, cells, place in [*happen, *_returns(case, tables)]:
        period = calendar.period_at(when)
        if 0 <= period < calendar.count:
            reported = "yes" if period < case.settings.periods else "no"
            found.append(DecisionLine((when, *cells, reported), place))
    return sorted(found, key=lambda one: milestone_order(one.cells))


def milestone_order(cells: Sequence[Cell]) -> tuple[int, int]:
    """Returns what the rows of the table are sorted by."""
    return parse_label(str(cells[0]))


_Found = tuple[str, tuple[Cell, ...], Row]


def _single(item: str, what: str, when: str, musd: float | None = None) -> tuple[Cell, ...]:
    return item, what, when, None, musd


def _dates(tables: Records) -> Iterator[_Found]:
    for row in tables["tape_outs"]:
        if row["tape_out"] != row["start"]:
            yield row["tape_out"], _single(row["programme"], "tapes out", row["tape_out"]), row
        if row["ready"]:
            yield row["ready"], _single(row["programme"], "is ready", row["ready"]), row
    for row in tables["acquisitions"]:
        if row["owned"] and row["owned"] != row["signed"]:
            yield row["owned"], _single(row["acquisition"], "is owned", row["owned"]), row


def _refunds(tables: Records) -> Iterator[_Found]:
    for row in tables["costs"]:
        if row["category"] == "hardware" and row["line"].startswith(UNDELIVERED) and row["musd"]:
            item = row["line"].removeprefix(UNDELIVERED)
            yield row["period"], _single(item, PAID_BACK, row["period"], row["musd"]), row
        if row["category"] == "tape_out" and row["line"].startswith(RESPINS) and row["musd"]:
            item = row["line"].removeprefix(RESPINS).split("/")[0]
            what = MORE_RESPINS if row["musd"] > 0 else FEWER_RESPINS
            yield row["period"], _single(item, what, row["period"], row["musd"]), row
        if row["category"] == "acquisition" and row["line"].startswith(REFUND):
            item = row["line"].removeprefix(REFUND)
            yield row["period"], _single(item, REFUNDED, row["period"], row["musd"]), row
    for row in tables["incentives"]:
        if row["reached"] == "yes":
            income = 0.0 - row["income_musd"]
            yield row["period"], _single(row["milestone"], IS_REACHED, row["period"], income), row


def _failures(cases: Mapping[str, Case], tables: Records) -> Iterator[_Found]:
    only = next(iter(cases))
    calendar = cases[only].settings.calendar
    for name, item, date in _FATES:
        reported: set[tuple[str, str]] = set()
        for row in tables[name]:
            periods: dict[int, list[str]] = {}
            for future in str(row.get("scenarios", only)).split(";"):
                period = None if row[date] else failure_of(cases[future], calendar, row[item])
                if period is not None and (row[item], future) not in reported:
                    reported.add((row[item], future))
                    periods.setdefault(period, []).append(future)
            for period, futures in periods.items():
                label = calendar.labels[period]
                yield label, _single(row[item], "fails", label), {**row, "scenarios": ";".join(futures)}


def _ends(case: Case, tables: Records) -> Iterator[_Found]:
    """Yields the units of an accelerator that reach the end of their life, by period, in long plans by year."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    rows = [row for row in tables["sales"] if row["end_of_life"] == "yes"]
    by_year = is_by_year(case) and not any("node" in row for row in rows)
    for row in sorted(rows, key=lambda row: parse_label(row["period"])):
        slot = row["period"][:4] if by_year else row["period"]
        groups.setdefault((slot, row["accelerator"], row.get("node"), row.get("scenarios")), []).append(row)
    for (_, accelerator, *_), ended in groups.items():
        periods = ";".join(dict.fromkeys(row["period"] for row in ended))
        units, musd = sum(row["units"] for row in ended), 0.0 - sum(row["musd"] for row in ended)
        cells = accelerator, END_OF_LIFE, periods, units, musd
        yield ended[0]["period"], cells, ended[0]


def _returns(case: Case, tables: Records) -> Iterator[_Found]:
    """Yields the units of running leases in the first period that they do not serve, in each history."""
    calendar = case.settings.calendar
    for lease in case.open_leases:
        served = (parse_label(lease.ends)[0] - calendar.start_month) // calendar.months
        when = calendar.label_of(served)
        workload = case.workloads[0].workload
        for row in tables["service"]:
            if row["period"] != when or row["workload"] != workload:
                continue
            kept = lease.units - sum(_changed(lease.lease, row, tables))
            if kept > LEAST_UNITS * lease.units:
                yield when, (lease.accelerator, f"of lease {lease.lease} {GIVEN_BACK}", when, kept, None), row


def _changed(lease: str, place: Row, tables: Records) -> Iterator[float]:
    """Yields the units of a running lease that left it early or are renewed, in the futures of a row."""
    futures = set(str(place.get("scenarios", "")).split(";"))
    for row in tables["lease_changes"]:
        of_first_term = row["term"] == (0 if row["verb"] == "leave" else 1) and not row["begun"]
        reaches = futures <= set(str(row.get("scenarios", "")).split(";"))
        if row["contract"] == lease and of_first_term and reaches:
            yield row["units"]


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


def respins_of(case: Case, calendar: Calendar, item: str, period: int) -> float | None:
    """Returns the respins of a programme known in a period, or at the end of the horizon; None while not known."""
    rows = [row for row in case.delays if row.item == item and row.respins is not None]
    row = in_force(calendar, rows, min(max(period, 0), calendar.count - 1))
    return None if row is None else row.respins


MAKES = (milestones,)
