"""Orders and arrivals.

    arrivals_follow_orders   Σ_s receive[o,s,n] = share[o,n] · (lot_o · Σ_{v: first deliverable at n} order[o,v]
                                                                + open orders due)
                             (summed over the path and ≤ where a disruption has touched the offer; but what is ordered
                             once it has last touched is not late: since then at least as much arrives as was ordered
                             since then and is deliverable; where that was before the plan, with open orders that were
                             ordered since, less came_before. There too, a site that is open to open orders only
                             receives no more than those)
    order_lots               min_lots_o · placed[o,n] ≤ order[o,n] ≤ largest order[o,n] · placed[o,n]

| symbol | kind | unit | meaning |
|---|---|---|---|
| order[o,n] | variable | lots (units where divisible) | quantity ordered |
| placed[o,n] | variable | 0 or 1 | an order is placed; only for offers with a minimum order |
| receive[o,s,n] | variable | units | units that arrive at a site |
| lot_o | parameter | units | units per lot |
| share[o,n] | parameter | | delivered of what is due there; the rest never comes |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation
from models.builder import Builder, VariableBlock
from models.data.offer_data import Supply, delivered_by, deliveries
from models.families import cancellations
from models.families.cancellations import Cancellations
from models.frame import Frame
from models.program import Floats
from models.requirement import Requirement

LARGEST_ORDER = Requirement("largest_order", "the maximum orders of offers", "lots")
"""A bound of the variable, not a row."""


@dataclass(frozen=True, eq=False)
class Orders:
    """What is ordered and what arrives."""

    order: VariableBlock
    most: Floats
    """(offer, node) lots that an order never exceeds."""
    receive: VariableBlock
    units: Expr
    """Units ordered by (offer, node)."""
    arrivals: Expr
    """Units received by (offer, node)."""
    cancelled: Cancellations | None
    """What is cancelled; None where nothing can be."""
    lost: Expr | None
    """Units that were due and are not delivered, by (offer, node); None where all is."""

    @property
    def taken(self) -> Expr:
        """Units that count as taken by the buyer, by (offer, node): received, or due and not delivered."""
        return self.arrivals if self.lost is None else self.arrivals + self.lost


def define(builder: Builder, frame: Frame, supply: Supply, largest: Floats) -> Orders:
    """States orders and arrivals; `largest[o,n]` bounds the units of an order."""
    O, S, N = frame.offer, frame.site, frame.node
    upper = most_lots(frame, supply, largest, is_capped=not builder.is_loose)
    order = builder.block(
        "order",
        (O, N),
        upper=Param((O, N), upper),
        integer=np.repeat(supply.is_lotted[:, None], len(N), axis=1),
        where=supply.may_order,
    )
    capped = np.broadcast_to(_most_in_a_period(frame, supply), order.column.shape).ravel()
    cells = np.flatnonzero(order.exists.ravel() & np.isfinite(capped))
    builder.cap(LARGEST_ORDER.rows, order, cells, capped[cells])
    units = order.expr * Param((O,), supply.lot)
    due = units.through(_first_deliverable(frame, supply))
    cancelled = cancellations.define(builder, frame, supply, order, upper)
    if cancelled is not None:
        due = due - cancellations.not_arriving(frame, supply, cancelled)
    may_arrive = np.zeros((len(O), len(N)), dtype=bool)
    may_arrive.ravel()[due.rows] = True
    may_arrive |= supply.open_units.sum(axis=1) > 0
    ever = np.asarray(may_arrive.any(axis=1), dtype=bool)
    may_arrive |= supply.touched & ever[:, None]
    receive = builder.block("receive", (O, S, N), where=_sites(supply) & may_arrive[:, None, :])
    arrivals = receive.expr.sum(S)
    known = Param((O, N), supply.open_units.sum(axis=1))
    builder.require("arrivals_follow_orders", (O, N), arrivals, "==", due + known, where=~supply.touched)
    if supply.touched.any():
        path = _path_sums(frame, supply)
        builder.require(
            "arrivals_follow_orders",
            (O, N),
            arrivals.through(path),
            "<=",
            (due + known).through(path),
            where=supply.touched,
        )
        # Otherwise a lease, which is paid for as it arrives, could be ordered for nothing and taken as needed.
        since = supply.touched[:, frame.tree.pairs.last] & (
            frame.tree.period[frame.tree.pairs.first] >= supply.late_since[:, frame.tree.pairs.last]
        )
        can_order = (supply.touched & supply.may_order).any(axis=1)
        builder.require(
            "arrivals_follow_orders",
            (O, N),
            arrivals.through(frame.relation(O, since.astype(float))),
            ">=",
            _punctual(frame, supply, units.through(frame.relation(O, since * delivered_by(frame, supply)))),
            where=supply.touched & (can_order | (supply.punctual > 0).any(axis=1))[:, None],
        )
    _least_orders(builder, frame, order, upper)
    _open_orders_stay(builder, frame, supply, receive, cancelled)
    lost = None
    if not supply.is_whole:
        missing = units.through(_first_deliverable(frame, supply, lost=True))
        lost = missing + Param((O, N), supply.open_lost)
    return Orders(order, upper, receive, units, arrivals, cancelled, lost)


def _punctual(frame: Frame, supply: Supply, ordered: Expr) -> Expr:
    """What must have come since the offer was last touched, with orders from before the plan where that was then."""
    axes = (frame.offer, frame.node)
    return ordered + Param(axes, supply.punctual) if supply.punctual.any() else ordered


def most_lots(frame: Frame, supply: Supply, largest: Floats, *, is_capped: bool = True) -> Floats:
    """(offer, node) lots: what can be needed, rounded up, and not below the least order.

    If capped, not above the largest order that the offer takes either.
    """
    whole = supply.is_lotted[:, None]
    lots = largest / supply.lot[:, None]
    least = np.array([[row.min_lots] for row in frame.case.offers])
    found = np.maximum(np.where(whole, np.ceil(lots - 1e-9), lots), np.where(whole, np.ceil(least - 1e-9), least))
    return np.minimum(found, _most_in_a_period(frame, supply)) if is_capped else found


def _most_in_a_period(frame: Frame, supply: Supply) -> Floats:
    """(offer, 1) lots that one order may have by its offer; inf for any."""
    most = [[np.inf if row.max_lots_per_period is None else row.max_lots_per_period] for row in frame.case.offers]
    return np.where(supply.is_lotted[:, None], np.floor(np.array(most) + 1e-9), np.array(most))


def _sites(supply: Supply) -> np.ndarray:
    """(offer, site, 1): allowed, or an open order is due there."""
    return (supply.at_site | (supply.open_units > 0).any(axis=2))[:, :, None]


def _first_deliverable(frame: Frame, supply: Supply, *, lost: bool = False) -> Relation:
    """Relates an order of node v to the first node u of each path with t(u) − t(v) ≥ lead(o,u).

    What is related is the share that is delivered there, or the one that is `lost`.
    """
    first, _ = deliveries(frame, supply.lead_at)
    offer, pair = np.nonzero(first)
    pairs, width, axes = frame.tree.pairs, len(frame.tree), (frame.offer, frame.node)
    cells = (offer * width + pairs.first[pair], offer * width + pairs.last[pair])
    if supply.is_whole:
        return Relation.of(axes, axes, cells)
    share = supply.share_at[offer, pairs.last[pair]]
    return Relation.of(axes, axes, cells, 1.0 - share if lost else share)


def _path_sums(frame: Frame, supply: Supply) -> Relation:
    return frame.profile(frame.offer, np.ones((len(supply.lot), frame.farthest)))


def _least_orders(builder: Builder, frame: Frame, order: VariableBlock, upper: Floats) -> None:
    O, N = frame.offer, frame.node
    least = np.array([row.min_lots for row in frame.case.offers])
    whole = np.array([row.lot_size is not None for row in frame.case.offers])
    is_free = (least <= 0) | (whole & (least <= 1))
    if is_free.all():
        return
    placed = builder.block("placed", (O, N), upper=1.0, integer=True, where=order.exists & ~is_free[:, None])
    bound = Param((O, N), np.maximum(upper, least[:, None]) * placed.exists)
    builder.require("order_lots", (O, N), order.expr, "<=", placed.expr * bound, where=placed.exists)
    builder.require("order_lots", (O, N), order.expr, ">=", placed.expr * Param((O,), least), where=placed.exists)


def _open_orders_stay(
    builder: Builder, frame: Frame, supply: Supply, receive: VariableBlock, cancelled: Cancellations | None
) -> None:
    """Open orders arrive at their site: a least receipt there where no disruption has touched the offer.

    What may be cancelled of them, or arrive at any site, lowers it.
    """
    axes = (frame.offer, frame.site, frame.node)
    known = (supply.open_units - supply.open_free) * ~supply.touched[:, None, :]
    may_go = np.zeros(known.shape, dtype=bool)
    if cancelled is not None and cancelled.opened is not None:
        gone = cancellations.open_not_arriving(frame, supply, cancelled.opened)
        may_go.ravel()[gone.rows] = True
        at_least = Expr.given(axes, known) - gone
        builder.require("arrivals_follow_orders", axes, receive.expr, ">=", at_least, where=may_go)
        only = may_go & ~supply.at_site[:, :, None]
        builder.require("arrivals_follow_orders", axes, receive.expr, "<=", at_least, where=only)
    cells = np.flatnonzero((known.ravel() > 0) & ~may_go.ravel())
    if len(cells):
        builder.fix(receive, cells, lower=known.ravel()[cells])
    at_other = ~supply.at_site[:, :, None] & receive.exists & ~supply.touched[:, None, :]
    others = np.flatnonzero(at_other.ravel())
    if len(others):
        builder.fix(receive, others, upper=known.ravel()[others])
    path = _path_sums(frame, supply)
    due = Expr.given(axes, supply.open_units).through(path).on(axes)
    late = ~supply.at_site[:, :, None] & receive.exists & supply.touched[:, None, :]
    builder.require("arrivals_follow_orders", axes, receive.expr.through(path).on(axes), "<=", due, where=late)
