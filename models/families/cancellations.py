"""Cancellations: orders that are taken back before they are due, or because the seller is late.

    cancel_within_order   Σ_{m on the path to n} (cancel[o,v,m] + late_cancel[o,v,m]) ≤ order[o,v]

    cancel[o,v,m]         at nodes m after v, not yet deliverable, at least so many months before the nominal due date
    late_cancel[o,v,m]    at nodes m not yet deliverable, where it is certain to come later than the right allows
    arrivals              follow orders less what is cancelled
    paid at m             (fee_o − deposit_o) · price[o,v] a unit, and the balance of the nominal due date is not due;
                          of a late one everything comes back that was paid
    open orders           Σ_{m on the path to n} cancel_open[b,m] ≤ units of b, by the same rights from the date of the
                          order on, at all of its sites in proportion; what was paid stands in place of the deposit

Offers with volume discounts, and those that a disruption of their supply has touched, have no such right in the model:
which of their units an order brings is not fixed there.

| symbol | kind | unit | meaning |
|---|---|---|---|
| cancel[o,v,m], late_cancel[o,v,m] | variable | lots, or units of a divisible offer | of an order of v cancelled at m |
| cancel_open[b,m] | variable | as cancel[o,v,m] | of an order b from before the plan cancelled at m |
| fee_o, deposit_o | parameter | share | of the order's value |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation, total
from models.builder import Builder, VariableBlock
from models.case import Case
from models.data.offer_data import PlacedOrder, Supply, deliveries, placed_orders
from models.frame import Frame
from models.ledger import Ledger
from models.program import Floats
from models.tables.fleet_rows import Offer

ROUNDING = 1e-9
"""Lots this near to a whole number are whole."""


@dataclass(frozen=True, eq=False)
class PlannedCancellations:
    """What is cancelled of orders of the plan, by (offer, pair of nodes of the order and its cancellation)."""

    early: VariableBlock
    late: VariableBlock

    @property
    def expr(self) -> Expr:
        """Lots, or units of divisible offers, cancelled by either right."""
        return self.early.expr + self.late.expr


@dataclass(frozen=True, eq=False)
class OpenCancellations:
    """What is cancelled of orders from before the plan, by (order, node)."""

    orders: tuple[PlacedOrder, ...]
    axis: Axis
    lots: VariableBlock
    is_late: np.ndarray
    """(order, node): what is cancelled there comes later than the right of late orders allows."""

    def units(self, supply: Supply) -> Expr:
        """Units cancelled by (order, node)."""
        return self.lots.expr * Param((self.axis,), supply.lot[[one.offer for one in self.orders]])


@dataclass(frozen=True, eq=False)
class Cancellations:
    """What is cancelled of orders of the plan, and of those from before it; None where nothing of them can be."""

    planned: PlannedCancellations | None
    opened: OpenCancellations | None


def define(builder: Builder, frame: Frame, supply: Supply, order: VariableBlock, most: Floats) -> Cancellations | None:
    """States what may be cancelled of the orders, of `most` lots by (offer, node); None where no order has a right."""
    planned = _define_planned(builder, frame, supply, order, most)
    opened = _define_opened(builder, frame, supply)
    return None if planned is None and opened is None else Cancellations(planned, opened)


def _define_planned(
    builder: Builder, frame: Frame, supply: Supply, order: VariableBlock, most: Floats
) -> PlannedCancellations | None:
    early, late = _rights(frame, supply, order)
    if not (early | late).any():
        return None
    O, P, pairs = frame.offer, frame.pair, frame.tree.pairs
    whole = np.repeat(supply.is_lotted[:, None], len(P), axis=1)
    bound = Param((O, P), most[:, pairs.first])
    found = PlannedCancellations(
        builder.block("cancel", (O, P), upper=bound, integer=whole, where=early),
        builder.block("late_cancel", (O, P), upper=bound, integer=whole, where=late),
    )
    ordered = order.expr.through(Relation.of((frame.node,), (P,), (pairs.first, np.arange(len(P)))))
    so_far, last = found.expr.through(frame.pairs_so_far), frame.is_last_chance(early | late)
    builder.require("cancel_within_order", (O, P), so_far, "<=", ordered, where=last)
    return found


def _define_opened(builder: Builder, frame: Frame, supply: Supply) -> OpenCancellations | None:
    """States what may be cancelled of orders from before the plan."""
    fixed = has_fixed_deliveries(frame, supply) & ~supply.is_lease
    orders, early, late = [], [], []
    for one in placed_orders(frame):
        in_time, overdue = _open_rights(frame, supply, one)
        if fixed[one.offer] and (in_time | overdue).any():
            orders.append(one)
            early.append(in_time)
            late.append(overdue)
    if not orders:
        return None
    B, N = Axis("open order", tuple(one.name for one in orders)), frame.node
    may = np.array(early) | np.array(late)
    offers = [one.offer for one in orders]
    most = np.array([one.units for one in orders]) / supply.lot[offers]
    whole = np.repeat(supply.is_lotted[offers][:, None], len(N), axis=1)
    # Lots that are whole but for rounding can be cancelled to the last.
    most = np.where(supply.is_lotted[offers], np.floor(most * (1 + ROUNDING) + ROUNDING), most)
    lots = builder.block("cancel_open", (B, N), upper=Param((B,), most), integer=whole, where=may)
    so_far = lots.expr.through(frame.profile(B, np.ones((len(B), frame.farthest))))
    builder.require("cancel_within_order", (B, N), so_far, "<=", Param((B,), most), where=_is_last(frame, may))
    return OpenCancellations(tuple(orders), B, lots, np.array(late))


def _open_rights(frame: Frame, supply: Supply, one: PlacedOrder) -> tuple[np.ndarray, np.ndarray]:
    """By node: an order from before the plan is cancelled in time, and because the seller is late."""
    row, months, period = frame.case.offers[one.offer], frame.calendar.months, frame.tree.period
    promised = one.ordered + int(supply.lead[one.offer])
    left, waits = (promised - period) * months, period < one.due
    until = np.inf if row.cancel_until_months is None else row.cancel_until_months
    over = (period + 1 - promised) * months
    early = waits & (left >= until) & (left > 0)
    return early, waits & (period >= promised) & (over > late_months(frame.case, row))


def _is_last(frame: Frame, may: np.ndarray) -> np.ndarray:
    """(order, node): something may be cancelled there, and on some path not at the next node."""
    tree = frame.tree
    found = may.copy()
    for node in range(len(tree)):
        after = np.flatnonzero(tree.parent == node)
        if len(after):
            found[:, node] &= ~may[:, after].all(axis=1)
    return found


def _rights(frame: Frame, supply: Supply, order: VariableBlock) -> tuple[np.ndarray, np.ndarray]:
    """(offer, pair): cancelled in time, and cancelled because the seller is late."""
    age, months = frame.tree.age(frame.tree.pairs), frame.calendar.months
    rows = frame.case.offers
    fixed = has_fixed_deliveries(frame, supply) & ~supply.is_lease
    waits = order.exists[:, frame.tree.pairs.first] & ~deliveries(frame, supply.lead_at)[1] & (age >= 1)
    waits &= fixed[:, None]
    until = np.array([np.inf if row.cancel_until_months is None else row.cancel_until_months for row in rows])
    left = (supply.lead[:, None] - age) * months
    allowed = np.array([late_months(frame.case, row) for row in rows])
    over = (age + 1 - supply.lead[:, None]) * months
    early = waits & (left >= until[:, None]) & (left > 0)
    return early, waits & (age >= supply.lead[:, None]) & (over > allowed[:, None])


def has_fixed_deliveries(frame: Frame, supply: Supply) -> np.ndarray:
    """Returns by offer whether an order brings its own units: no volume discounts, and no disruption of supply."""
    tiers = {row.offer for row in frame.case.price_tiers}
    plain = np.array([row.offer not in tiers for row in frame.case.offers], dtype=bool)
    return np.asarray(plain & ~supply.touched.any(axis=1) & (supply.share_at == 1.0).all(axis=1))


def late_months(case: Case, offer: Offer) -> float:
    """Returns the months of delay beyond which an order may be cancelled, by its offer or an agreement behind it."""
    given = [one.late_exit_months for one in case.agreements if one.agreement in offer.requires]
    return min([np.inf if months is None else months for months in (offer.late_exit_months, *given)])


def not_arriving(frame: Frame, supply: Supply, cancelled: Cancellations) -> Expr:
    """Returns the units by (offer, node) that do not arrive where they were due, as they were cancelled."""
    O, S, N, found = frame.offer, frame.site, frame.node, []
    if cancelled.planned is not None:
        found.append(_planned_not_arriving(frame, supply, cancelled.planned))
    if cancelled.opened is not None:
        found.append(open_not_arriving(frame, supply, cancelled.opened, any_site=True).sum(S))
    return total((O, N), found)


def open_not_arriving(frame: Frame, supply: Supply, opened: OpenCancellations, *, any_site: bool = False) -> Expr:
    """Returns the units of orders from before the plan that do not arrive by (offer, site, node), as cancelled.

    Those that may arrive at any site of their offer are among them if asked for.
    """
    O, S, N, tree = frame.offer, frame.site, frame.node, frame.tree
    source: list[int] = []
    target: list[int] = []
    weights: list[float] = []
    for b, one in enumerate(opened.orders):
        arrives = np.flatnonzero(tree.period[tree.pairs.last] == one.due)
        for site, units, is_free in one.at_site:
            if is_free and not any_site:
                continue
            source += (b * len(N) + tree.pairs.first[arrives]).tolist()
            target += ((one.offer * len(S) + site) * len(N) + tree.pairs.last[arrives]).tolist()
            weights += [units / one.units] * len(arrives)
    cells = np.array(source, dtype=np.int64), np.array(target, dtype=np.int64)
    return opened.units(supply).through(Relation.of((opened.axis, N), (O, S, N), cells, np.array(weights)))


def _planned_not_arriving(frame: Frame, supply: Supply, cancelled: PlannedCancellations) -> Expr:
    O, N, P, tree = frame.offer, frame.node, frame.pair, frame.tree
    pair, node = tree.pairs_after
    arrives = deliveries(frame, supply.lead_at)[0][:, tree.pair_number(tree.pairs.first[pair], node)]
    offer, entry = np.nonzero(arrives)
    cells = (offer * len(P) + pair[entry], offer * len(N) + node[entry])
    return (cancelled.expr * Param((O,), supply.lot)).through(Relation.of((O, P), (O, N), cells))


def pay(frame: Frame, ledger: Ledger, supply: Supply, cancelled: Cancellations) -> None:
    """Adds fees less deposits, balances that are not due any more, and what comes back of late orders."""
    parts = []
    if cancelled.planned is not None:
        parts.append(_planned_money(frame, supply, cancelled.planned))
    if cancelled.opened is not None:
        parts.append(_open_money(frame, supply, cancelled.opened))
    if not parts:
        return
    axes = frame.offer, frame.node
    fees, not_due, paid_back = (total(axes, exprs) for exprs in zip(*parts, strict=True))
    ledger.add("hardware", "cancellation", frame.offer, fees)
    ledger.add("hardware", "balance not due", frame.offer, not_due)
    ledger.add("hardware", "late order paid back", frame.offer, paid_back)


def _open_money(frame: Frame, supply: Supply, opened: OpenCancellations) -> tuple[Expr, Expr, Expr]:
    """By (offer, node): fees less what was paid, balances that are not due any more, and what comes back."""
    O, N, B, tree = frame.offer, frame.node, opened.axis, frame.tree
    units, at = opened.units(supply), np.arange(len(N))
    fee, paid = np.zeros((len(B), len(N))), np.zeros((len(B), len(N)))
    source: list[int] = []
    target: list[int] = []
    weights: list[float] = []
    for b, one in enumerate(opened.orders):
        fee[b] = frame.case.offers[one.offer].cancel_fee_share * one.price
        paid[b] = one.paid + sum(musd * (tree.period >= due) for due, musd in one.balances)
        for due, musd in one.balances:
            later = np.flatnonzero((tree.period[tree.pairs.last] == due) & (tree.period[tree.pairs.first] < due))
            source += (b * len(N) + tree.pairs.first[later]).tolist()
            target += (one.offer * len(N) + tree.pairs.last[later]).tolist()
            weights += [-musd] * len(later)
    here = np.concatenate([one.offer * len(N) + at for one in opened.orders])
    at_once = Relation.of((B, N), (O, N), (np.arange(len(B) * len(N)), here))
    cells = np.array(source, dtype=np.int64), np.array(target, dtype=np.int64)
    early = (units * Param((B, N), fee - paid)).where(~opened.is_late).through(at_once)
    late = (units * Param((B, N), -paid)).where(opened.is_late).through(at_once)
    return early, units.through(Relation.of((B, N), (O, N), cells, np.array(weights))), late


def _planned_money(frame: Frame, supply: Supply, cancelled: PlannedCancellations) -> tuple[Expr, Expr, Expr]:
    O, N, P, tree = frame.offer, frame.node, frame.pair, frame.tree
    pairs, rows = tree.pairs, frame.case.offers
    price = Param((O, P), supply.price[:, pairs.first] * supply.lot[:, None])
    fee = Param((O,), np.array([row.cancel_fee_share - row.deposit_share for row in rows]))
    rest = Param((O,), np.array([row.deposit_share - 1.0 for row in rows]))
    at_once = Relation.of((P,), (N,), (np.arange(len(P)), pairs.last))
    early = cancelled.early.expr * price
    pair, node = tree.pairs_after
    due = tree.period[node] - tree.period[pairs.first[pair]] == supply.lead[:, None]
    offer, entry = np.nonzero(due)
    cells = (offer * len(P) + pair[entry], offer * len(N) + node[entry])
    not_due = (early * rest).through(Relation.of((O, P), (O, N), cells))
    return (early * fee).through(at_once), not_due, -((cancelled.late.expr * price).through(at_once))
