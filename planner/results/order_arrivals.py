"""When the units of each order arrive: the first that can be delivered is taken to arrive first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.families.cancellations import OpenCancellations, PlannedCancellations
from models.program import Floats, Ints
from models.solution import Solution
from planner.results.kept_orders import units_kept
from planner.results.node_labels import NodeLabels

PART = 1e-6
"""Parts of an order below this share of all arrivals of its offer, or units, are noise of the solver."""

Waiting = tuple[int, int, int, float]
"""When units can be delivered, when they were ordered, the node of their order (−1: before the plan), how many."""

Parts = tuple[tuple[int, float], ...]
"""Periods in which units of an order arrive, and how many."""
Fate = tuple[Parts, float]
"""When units of an order arrive, and how many are cancelled."""


def arrivals_of_orders(
    solution: Solution, places: NodeLabels, offer: int
) -> dict[int, list[tuple[tuple[int, ...], Fate]]]:
    """Returns, by node of an order, its futures, when its units arrive in them, and how many are cancelled.

    What was ordered before the plan waits with the rest. Units that do not arrive within the horizon are in no part.
    """
    tree, supply = solution.model.frame.tree, solution.model.supply
    ordered = solution.value(solution.model.orders.units)[offer]
    placed = np.flatnonzero(ordered)
    gone = _cancelled(solution, offer)
    if supply.is_due_only[offer] and not gone:
        due = tree.period[placed] + supply.lead[offer]
        return {
            int(node): [(places.futures[node], (((int(at), float(ordered[node])),), 0.0))]
            for node, at in zip(placed, due, strict=True)
        }
    found: dict[int, list[tuple[tuple[int, ...], Fate]]] = {int(node): [] for node in placed}
    for path in tree.paths():
        future = int(tree.future[path[-1]])
        on_path = set(path.tolist())
        lost = {node: sum(units for at, units in gone.get(node, ()) if at in on_path) for node in path.tolist()}
        for node, parts in _on_path(solution, offer, path, ordered, _by_node(lost, len(ordered))).items():
            fate = parts, lost[node]
            same = [entry for entry in found[node] if entry[1] == fate]
            if same:
                found[node].remove(same[0])
            found[node].append((((*same[0][0], future) if same else (future,)), fate))
    return found


def _by_node(amounts: dict[int, float], count: int) -> Floats:
    found = np.zeros(count)
    found[list(amounts)] = list(amounts.values())
    return found


def _cancelled(solution: Solution, offer: int) -> dict[int, list[tuple[int, float]]]:
    """By node of an order: the nodes in which units of it are cancelled, and how many."""
    found: dict[int, list[tuple[int, float]]] = {}
    for row in cancelled_orders(solution):
        if row.offer == offer and row.ordered >= 0:
            found.setdefault(row.ordered, []).append((row.node, row.units))
    return found


@dataclass(frozen=True)
class CancelledOrder:
    """Units of an order that are cancelled, by positions of the offer and of nodes."""

    offer: int
    ordered: int
    """The node of the order; of one from before the plan its period, negative."""
    node: int
    units: float
    price: float
    """USD million a unit."""
    is_late: bool


def cancelled_orders(solution: Solution) -> list[CancelledOrder]:
    """Returns what is cancelled of orders; nothing below the noise of a solver."""
    cancelled = solution.model.orders.cancelled
    if cancelled is None:
        return []
    planned = [] if cancelled.planned is None else list(_of_plan(solution, cancelled.planned))
    return [*planned, *(() if cancelled.opened is None else _from_before(solution, cancelled.opened))]


def _of_plan(solution: Solution, cancelled: PlannedCancellations) -> Iterator[CancelledOrder]:
    supply, pairs = solution.model.supply, solution.model.frame.tree.pairs
    for is_late, block in enumerate((cancelled.early, cancelled.late)):
        lots = solution.value(block)
        for offer, pair in zip(*np.nonzero(lots), strict=True):
            units, ordered = float(lots[offer, pair] * supply.lot[offer]), int(pairs.first[pair])
            price = float(supply.price[offer, ordered])
            yield CancelledOrder(int(offer), ordered, int(pairs.last[pair]), units, price, bool(is_late))


def _from_before(solution: Solution, opened: OpenCancellations) -> Iterator[CancelledOrder]:
    lots, lot = solution.value(opened.lots), solution.model.supply.lot
    for b, node in zip(*np.nonzero(lots), strict=True):
        one = opened.orders[b]
        units = float(lots[b, node] * lot[one.offer])
        yield CancelledOrder(one.offer, one.ordered, int(node), units, one.price, bool(opened.is_late[b, node]))


def _on_path(solution: Solution, offer: int, path: Ints, ordered: Floats, lost: Floats) -> dict[int, Parts]:
    supply, frame = solution.model.supply, solution.model.frame
    came = solution.value(solution.model.orders.receive)[offer].sum(axis=0)[path]
    last = len(path)
    gone: dict[tuple[str, int], float] = {}
    for one in cancelled_orders(solution):
        if one.ordered < 0 and one.node in path:
            key = frame.offer.labels[one.offer], one.ordered
            gone[key] = gone.get(key, 0.0) + one.units
    waiting: list[Waiting] = [
        (due, -1, -1, units * (float(supply.share_at[offer, path[due]]) if 0 <= due < last else 1.0))
        for row, units in zip(frame.case.open_orders, units_kept(frame.case, gone), strict=True)
        if row.offer == frame.offer.labels[offer]
        for due in [frame.calendar.period_at(row.due)]
    ]
    for placed, node in enumerate(path):
        if ordered[node]:
            free = (t for t in range(placed, last) if t - placed >= supply.lead_at[offer, path[t]])
            due = next(free, last)
            share = float(supply.share_at[offer, path[due]]) if 0 <= due < last else 1.0
            waiting.append((due, placed, int(node), float(ordered[node] - lost[node]) * share))
    return matched(waiting, came)


def matched(waiting: Sequence[Waiting], came: Floats) -> dict[int, Parts]:
    """Returns which of the units that came in each period are those of which order, first deliverable first."""
    least = PART * max(1.0, float(came.sum()))
    return {
        node: tuple((t, part) for t, part in parts if part > least)
        for (_, _, node, _), parts in taken_in_turn(waiting, came)
        if node >= 0
    }


def taken_in_turn(waiting: Sequence[Waiting], came: Sequence[float] | Floats) -> Iterator[tuple[Waiting, Parts]]:
    """Yields what waits, first deliverable first, with the periods in which its units come and how many, 0 included."""
    ends, begin = np.cumsum(came), 0.0
    for one in sorted(waiting):
        units = one[-1]
        yield (
            one,
            tuple(
                (t, max(0.0, float(min(begin + units, end) - max(begin, end - came[t])))) for t, end in enumerate(ends)
            ),
        )
        begin += units
