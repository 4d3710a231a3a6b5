"""Result tables of tape-outs, acquisitions, agreements and expansions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.frame import Events
from models.solution import Solution
from planner.results.places import Places
from planner.results.table import Cell, Table


def _happenings(solution: Solution, events: Events) -> Iterator[tuple[int, int, int, float]]:
    """Yields (item, node, period, quantity) of what happens in the plan and what was done before it."""
    tree = solution.model.frame.tree
    for item, period, quantity in events.past:
        yield item, 0, period, quantity
    taken = solution.value(events.block)
    for item, node in zip(*np.nonzero(taken > 0.5), strict=True):
        yield int(item), int(node), int(tree.period[node]), float(round(taken[item, node]))


def tape_outs(solution: Solution, places: Places) -> Table:
    """Returns when programmes start, tape out and are ready."""
    model = solution.model
    label = model.frame.calendar.label_of
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for route, node, period, _ in _happenings(solution, model.programmes.starts):
        given = model.frame.case.routes[route]
        tape_out = period + int(model.strategy.design[route])
        ready = period + int(model.strategy.ready[route])
        rows.append((node, (given.programme, given.route, label(period), label(tape_out), label(ready))))
    return places.table("tape_outs", "programme route start tape_out ready", rows)


def acquisitions(solution: Solution, places: Places) -> Table:
    """Returns when companies are signed, closed and owned, and their price at signing (0 if paid before the plan)."""
    model = solution.model
    label = model.frame.calendar.label_of
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for item, node, period, _ in _happenings(solution, model.acquisitions.closings):
        given = model.frame.case.acquisitions[item]
        price = given.price_musd * (1.0 + given.price_growth_per_year) ** (period * model.frame.delta)
        closed, owned = period + int(model.strategy.close[item]), period + int(model.strategy.own[item])
        paid = price if period >= 0 else 0.0
        rows.append((node, (given.acquisition, label(period), label(closed), label(owned), paid)))
    return places.table("acquisitions", "acquisition signed closed owned price_musd", rows)


def agreements(solution: Solution, places: Places) -> Table:
    """Returns when agreements are signed and live."""
    model = solution.model
    label = model.frame.calendar.label_of
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for item, node, period, _ in _happenings(solution, model.agreements.signings):
        first = period + int(model.strategy.live[item])
        last = first + int(model.strategy.term[item]) - 1
        rows.append((node, (model.frame.case.agreements[item].agreement, label(period), label(first), label(last))))
    return places.table("agreements", "agreement signed live_from live_to", rows)


def expansions(solution: Solution, places: Places) -> Table:
    """Returns which modules are ordered and when they are energised."""
    model = solution.model
    calendar = model.frame.calendar
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for item, node, period, modules in _happenings(solution, model.expansions.builds):
        given = model.frame.case.expansions[item]
        energised = period + calendar.lag_periods(given.lead_time_months)
        cells = (given.expansion, given.site, calendar.label_of(period), modules, calendar.label_of(energised))
        rows.append((node, cells))
    return places.table("expansions", "expansion site period modules energised", rows)
