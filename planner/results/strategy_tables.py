"""Result tables of tape-outs, acquisitions, agreements, expansions and facilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.calendar import Calendar
from models.frame import Effects, Events
from models.solution import Solution
from models.tables.site_rows import Expansion
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table


@dataclass(frozen=True)
class _Event:
    """What happens in the plan, or was done before it: `past` is its number among those, None in the plan."""

    item: int
    node: int
    period: int
    quantity: float
    past: int | None = None


def _happenings(solution: Solution, events: Events) -> Iterator[_Event]:
    tree = solution.model.frame.tree
    for number, (item, period, quantity) in enumerate(events.past):
        yield _Event(item, 0, period, quantity, number)
    taken = solution.value(events.block)
    for item, node in zip(*np.nonzero(taken > 0.5), strict=True):
        yield _Event(int(item), int(node), int(tree.period[node]), float(round(taken[item, node])))


def _dates(
    solution: Solution, places: NodeLabels, event: _Event, effects: tuple[Effects, ...]
) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """The futures of an event by the dates of its effects there: the actual ones; blank for what never comes.

    What is still to come at the end of the horizon is dated by what is known then.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for future in places.futures[event.node]:
        dates = tuple(_date(solution, event, one, places.leaf_of[future]) for one in effects)
        found.setdefault(dates, []).append(future)
    return [(tuple(futures), dates) for dates, futures in found.items()]


def _date(solution: Solution, event: _Event, effects: Effects, leaf: int) -> str:
    frame, lag = solution.model.frame, effects.lag
    tree, pairs = frame.tree, frame.tree.pairs
    if event.past is not None:
        since = int(effects.past[event.past][leaf])
    else:
        pair = np.flatnonzero((pairs.first == event.node) & (pairs.last == leaf))[0]
        since = int(effects.since[event.item, pair])
    if since >= 0:
        return frame.calendar.label_of(int(tree.period[leaf]) - since)
    return "" if lag.failed[event.item, leaf] else frame.calendar.label_of(event.period + int(lag.at[event.item, leaf]))


def tape_outs(solution: Solution, places: NodeLabels) -> Table:
    """Returns when programmes start and tape out, and when they are ready (blank: never)."""
    model = solution.model
    label = model.frame.calendar.label_of
    rows: list[tuple[int, tuple[int, ...], tuple[Cell, ...]]] = []
    for event in _happenings(solution, model.programmes.starts):
        given = model.frame.case.routes[event.item]
        tape_out = label(event.period + int(model.strategy.design[event.item]))
        for futures, dates in _dates(solution, places, event, (model.programmes.readiness,)):
            cells = given.programme, given.route, label(event.period), tape_out, *dates
            rows.append((event.node, futures, cells))
    return places.split_table("tape_outs", "programme route start tape_out ready", rows)


def acquisitions(solution: Solution, places: NodeLabels) -> Table:
    """Returns when companies are signed, closed and owned (blank: never), and their price at signing.

    The price is 0 if it was paid before the plan.
    """
    model = solution.model
    rows: list[tuple[int, tuple[int, ...], tuple[Cell, ...]]] = []
    for event in _happenings(solution, model.acquisitions.closings):
        given = model.frame.case.acquisitions[event.item]
        years = model.frame.calendar.years_before(given.as_of) + event.period * model.frame.delta
        price = given.price_musd * (1.0 + given.price_growth_per_year) ** years
        paid, signed = price if event.period >= 0 else 0.0, model.frame.calendar.label_of(event.period)
        effects = model.acquisitions.closed, model.acquisitions.owning
        for futures, dates in _dates(solution, places, event, effects):
            rows.append((event.node, futures, (given.acquisition, signed, *dates, paid)))
    return places.split_table("acquisitions", "acquisition signed closed owned price_musd", rows)


def agreements(solution: Solution, places: NodeLabels) -> Table:
    """Returns when agreements are signed and live."""
    model = solution.model
    label = model.frame.calendar.label_of
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for event in _happenings(solution, model.agreements.signings):
        first = event.period + int(model.strategy.live[event.item])
        last = first + int(model.strategy.term[event.item]) - 1
        name = model.frame.case.agreements[event.item].agreement
        rows.append((event.node, (name, label(event.period), label(first), label(last))))
    return places.table("agreements", "agreement signed live_from live_to", rows)


def expansions(solution: Solution, places: NodeLabels) -> Table:
    """Returns which modules are ordered, when they are energised (blank: never), and the last period of their term."""
    model = solution.model
    rows: list[tuple[int, tuple[int, ...], tuple[Cell, ...]]] = []
    for event in _happenings(solution, model.expansions.builds):
        given, ordered = model.frame.case.expansions[event.item], model.frame.calendar.label_of(event.period)
        for futures, dates in _dates(solution, places, event, (model.expansions.energising,)):
            ends = _end_of_term(model.frame.calendar, given, dates[0])
            rows.append((event.node, futures, (given.expansion, given.site, ordered, event.quantity, *dates, ends)))
    return places.split_table("expansions", "expansion site period modules energised ends", rows)


def _end_of_term(calendar: Calendar, given: Expansion, energised: str) -> str:
    """The last period in which modules have power; blank where there is none, or no end."""
    if not energised or given.term_months is None:
        return ""
    return calendar.label_of(calendar.period_at(energised) + calendar.term_periods(given.term_months) - 1)


def commit_levels(solution: Solution, places: NodeLabels) -> Table:
    """Returns what each year of an agreement's term obliges to, what counted, and what the shortfall costs."""
    model = solution.model
    found, calendar = model.commit_levels, model.frame.calendar
    values = [solution.value(one) for one in (found.counted, found.brought_forward, found.short)]
    level, fee = solution.value(found.level), solution.money(found.fee)
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for i, row in enumerate(model.frame.case.commit_levels):
        first, last = found.years[i]
        for node in np.flatnonzero(level[i] > row.amount / 2):
            begin = int(model.frame.tree.period[node]) - last + first
            amounts = *(max(0.0, float(value[i, node])) for value in values), float(fee[i, node])
            span = calendar.label_of(begin), places.period[node]
            rows.append((int(node), (row.agreement, row.year_of_term, *span, row.unit, row.amount, *amounts)))
    columns = "agreement year_of_term from to unit level counted brought_forward shortfall fee_musd"
    return places.table("commit_levels", columns, rows)


MAKES = (tape_outs, acquisitions, agreements, expansions, commit_levels)
