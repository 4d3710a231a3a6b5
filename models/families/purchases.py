"""Purchases and leases: bills, when they are paid, and volume tiers.

    price_tiers   Σ_i part[i] = Q(n);  from_i · chosen[i] ≤ part[i] ≤ to_i · chosen[i];  Σ_i chosen[i] = 1
                  Q(n) = units of the offer ordered in the span up to n
                  C(n) = Σ_i fixed_i · chosen[i] + price · (1 − discount_i) · part[i]

    bill(n) = price · lot_o · order[o,n], or C(n) − C(p(n)) where tiers hold; the deposit share is paid at n, the rest
    one nominal lead later. A lease pays the price of one nominal lead before arrival, each period of its term. What is
    not delivered of a purchase, 1 − share of the bill, is paid back where it would have been deliverable, but not
    before the balance is due.

| symbol | kind | unit | meaning |
|---|---|---|---|
| part[i] | variable | units | Q, if it lies in tier i; else 0 |
| chosen[i] | variable | 0 or 1 | Q lies in tier i |
| from_i, to_i | parameter | units | ends of tier i |
| fixed_i | parameter | USD million | extra cost of units in lower tiers over the price of tier i |
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder
from models.calendar import parse_label, parse_span
from models.data.offer_data import Supply, delivered_by, deliveries
from models.families import cancellations
from models.families.orders import Orders
from models.frame import MUSD, Frame
from models.ledger import Ledger
from models.program import Floats
from models.tables.fleet_rows import PriceTier

NEXT = 1e-6
"""A tier of a divisible offer ends this far (relative) below the start of the next, which its start belongs to."""


def define(builder: Builder, frame: Frame, ledger: Ledger, supply: Supply, orders: Orders, largest: Floats) -> Expr:
    """States bills, which it returns by (offer, node), and adds the lines of `hardware` and `lease`."""
    O, N = frame.offer, frame.node
    bill = orders.units * Param((O, N), supply.price)
    tiered = np.zeros((len(O), len(N)), dtype=bool)
    tier_bill = Expr.zero((O, N))
    for (offer, span), tiers in _tiers_by_span(frame).items():
        inside = _nodes_of(frame, span) & supply.may_order[frame.offer.position(offer)]
        if inside.any():
            tiered[frame.offer.position(offer)] |= inside
            tier_bill = tier_bill + _tier_bill(builder, frame, supply, orders, largest, tiers, inside)
    rent_by_order = tier_bill + bill.where(~tiered & _wholly_by_order(frame, supply)[:, None])
    bill = bill.where(~tiered) + tier_bill
    is_lease = np.broadcast_to(supply.is_lease[:, None], (len(O), len(N)))
    ledger.add("hardware", "units", O, bill.where(~is_lease).through(_payments(frame, supply)))
    if not supply.is_whole:
        ledger.add("hardware", "undelivered", O, bill.where(~is_lease).through(_paid_back(frame, supply)))
    if orders.cancelled is not None:
        cancellations.pay(frame, ledger, supply, orders.cancelled)
    ledger.add("hardware", "open orders", O, Expr.given((O, N), supply.open_balance))
    integration = np.array([row.integration_usd_per_unit for row in frame.case.offers]) * MUSD
    ledger.add("hardware", "integration", O, orders.arrivals * Param((O,), integration))
    ledger.add("lease", "units", O, _lease_cost(frame, supply, orders, rent_by_order.where(is_lease), tiered))
    return bill


def _payments(frame: Frame, supply: Supply) -> Relation:
    share = np.array([row.deposit_share for row in frame.case.offers])
    parts = np.zeros((len(share), frame.farthest))
    parts[:, 0] = share
    parts[np.arange(len(share)), np.minimum(supply.lead, frame.farthest - 1)] += 1.0 - share
    return frame.profile(frame.offer, parts)


def _paid_back(frame: Frame, supply: Supply) -> Relation:
    """Relates a bill to what comes back of it: the share not delivered, once it is known and the balance was due."""
    tree, pairs, above = frame.tree, frame.tree.pairs, frame.tree.parent_pair
    due = deliveries(frame, supply.lead_at)[1] & (tree.age(pairs) >= supply.lead[:, None])
    before = (above >= 0) & due[:, np.maximum(above, 0)]
    return frame.relation(frame.offer, np.where(due & ~before, delivered_by(frame, supply) - 1.0, 0.0))


def _lease_cost(frame: Frame, supply: Supply, orders: Orders, bill: Expr, tiered: np.ndarray) -> Expr:
    """Rent of what has arrived, and of what was ordered where tiers hold: `bill` is a yearly one by order."""
    O, N = frame.offer, frame.node
    price, by_order = supply.price_of_arrival, _paid_by_order(frame, supply, tiered)
    yearly = (orders.arrivals * Param((O, N), price)).where(supply.is_lease[:, None] & ~by_order)
    open_units = supply.open_units.sum(axis=1) * price
    yearly = yearly + Param((O, N), np.where(supply.is_lease[:, None] & by_order, open_units, 0.0))
    since = frame.elapsed
    in_term = np.where(since < supply.term[:, None], frame.delta, 0.0)
    lead = supply.lead[:, None]
    after_lead = np.where((since >= lead) & (since < lead + supply.term[:, None]), frame.delta, 0.0)
    return yearly.through(frame.profile(O, in_term)) + bill.through(frame.profile(O, after_lead))


def _paid_by_order(frame: Frame, supply: Supply, tiered: np.ndarray) -> np.ndarray:
    """(offer, node): the rent of what arrives there is in the bill of its order."""
    period = np.maximum(frame.tree.period - supply.lead[:, None], 0)
    ordered_at = np.array([frame.tree.ancestor_at(row) for row in period]).reshape(tiered.shape)
    found = np.take_along_axis(tiered, ordered_at, axis=1) & (frame.tree.period >= supply.lead[:, None])
    return np.asarray(found | _wholly_by_order(frame, supply)[:, None])


def _wholly_by_order(frame: Frame, supply: Supply) -> np.ndarray:
    """By offer: arrivals cannot be assigned to their orders, of which some have tiers; so all pay by their orders."""
    tiers = {row.offer for row in frame.case.price_tiers}
    has_tiers = np.array([offer in tiers for offer in frame.offer.labels], dtype=bool)
    return np.asarray(supply.is_lease & has_tiers & ~supply.is_due_only)


def _tiers_by_span(frame: Frame) -> dict[tuple[str, str], list[PriceTier]]:
    found: dict[tuple[str, str], list[PriceTier]] = {}
    for row in frame.case.price_tiers:
        found.setdefault((row.offer, row.span), []).append(row)
    return {key: sorted(rows, key=lambda row: row.from_units) for key, rows in found.items()}


def _nodes_of(frame: Frame, span: str) -> np.ndarray:
    first, end = (month - frame.calendar.start_month for month in parse_span(span))
    start = frame.tree.period * frame.calendar.months
    return np.asarray((start >= first) & (start < end))


def _tier_bill(
    builder: Builder,
    frame: Frame,
    supply: Supply,
    orders: Orders,
    largest: Floats,
    tiers: Sequence[PriceTier],
    inside: np.ndarray,
) -> Expr:
    """States the tiers of one offer and span; returns the bill over (offer, node)."""
    O, N = frame.offer, frame.node
    name, span, offer = tiers[0].offer, tiers[0].span, frame.offer.position(tiers[0].offer)
    starts = [0.0, *(row.from_units for row in tiers if row.from_units > 0)]
    discounts = [0.0] * (tiers[0].from_units > 0) + [row.discount for row in tiers]
    step = supply.lot[offer] if supply.is_lotted[offer] else 0.0
    most = np.ceil(largest[offer] / supply.lot[offer]) * supply.lot[offer] if step else largest[offer]
    reach = float(most[inside].sum()) + starts[-1] + _ordered_before(frame, name, span)
    ends = [end_of_lower_tier(start, step) for start in starts[1:]] + [max(reach, starts[-1])]
    price = float(supply.price[offer, inside].max())
    own = _own_nodes(frame, inside)
    within = Relation.of((N,), (own,), _path_cells(frame, inside))
    total = orders.units.through(Relation.of((O,), (Axis("one", (name,)),), (np.array([offer]), np.array([0]))))
    quantity = total.sum(total.axes[0]).through(within)
    before = _ordered_before(frame, name, span)
    if before > 0:
        quantity = quantity + Param((own,), np.full(len(own), before))
    tier = Axis("tier", tuple(f"{start:g}" for start in starts))
    part = builder.block(f"part:{name}:{span}", (own, tier), upper=Param((tier,), np.array(ends)))
    chosen = builder.block(f"chosen:{name}:{span}", (own, tier), upper=1.0, integer=True)
    builder.require("price_tiers", (own,), part.expr.sum(tier), "==", quantity)
    builder.require("price_tiers", (own,), chosen.expr.sum(tier), "==", 1.0)
    builder.require("price_tiers", (own, tier), part.expr, "<=", chosen.expr * Param((tier,), np.array(ends)))
    builder.require("price_tiers", (own, tier), part.expr, ">=", chosen.expr * Param((tier,), np.array(starts)))
    unit = price * (1.0 - np.array(discounts))
    fixed = np.zeros(len(starts))
    if tiers[0].kind == "incremental":
        for i in range(1, len(starts)):
            fixed[i] = fixed[i - 1] + (unit[i - 1] - unit[i]) * starts[i]
    cost = (part.expr * Param((tier,), unit) + chosen.expr * Param((tier,), fixed)).sum(tier)
    at = np.flatnonzero(inside)
    new = Relation.of((own,), (O, N), (np.arange(len(at)), offer * len(N) + at))
    found = cost.through(new) - cost.through(_children(frame, own, inside, offer))
    if before > 0:
        # What was ordered before the plan has been billed: the first orders in it pay what they add.
        reached = max(i for i, start in enumerate(starts) if before >= start - NEXT * max(1.0, start))
        billed = np.zeros((len(O), len(N)))
        billed[offer, _first_inside(frame, inside)] = unit[reached] * before + fixed[reached]
        found = found - Param((O, N), billed)
    return found


def end_of_lower_tier(start: float, step: float) -> float:
    """The largest quantity below a tier's start: the next lower lot, or a millionth less when divisible."""
    return float((np.ceil(start / step - 1e-9) - 1.0) * step) if step else start - NEXT * max(1.0, start)


def _own_nodes(frame: Frame, inside: np.ndarray) -> Axis:
    return Axis("tier node", tuple(frame.node.labels[n] for n in np.flatnonzero(inside)))


def _path_cells(frame: Frame, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(node, own node) for each node of the span that lies on the path up to an own node."""
    pairs = frame.tree.pairs
    number = np.cumsum(inside) - 1
    keep = inside[pairs.first] & inside[pairs.last]
    return pairs.first[keep], number[pairs.last[keep]]


def _children(frame: Frame, own: Axis, inside: np.ndarray, offer: int) -> Relation:
    """Relates the cost up to a node to the bills of its next nodes in the span, from which it is taken off."""
    number = np.cumsum(inside) - 1
    at = np.flatnonzero(inside)
    above = frame.tree.parent[at]
    outside = (above >= 0) & ~inside[np.maximum(above, 0)]
    while outside.any():
        above = np.where(outside, frame.tree.parent[np.maximum(above, 0)], above)
        outside = (above >= 0) & ~inside[np.maximum(above, 0)]
    keep = above >= 0
    cells = number[above[keep]], offer * len(frame.node) + at[keep]
    return Relation.of((own,), (frame.offer, frame.node), cells)


def _first_inside(frame: Frame, inside: np.ndarray) -> np.ndarray:
    """The first nodes of a span on their paths: no node before them lies in it."""
    found, parent = [], frame.tree.parent
    for node in np.flatnonzero(inside):
        above = int(parent[node])
        while above >= 0 and not inside[above]:
            above = int(parent[above])
        if above < 0:
            found.append(int(node))
    return np.array(found, dtype=np.int64)


def _ordered_before(frame: Frame, offer: str, span: str) -> float:
    """Units of an offer that were ordered in a span before the plan."""
    first, end = parse_span(span)
    rows = [row for row in frame.case.past_orders if row.offer == offer and first <= parse_label(row.period)[0] < end]
    return sum(row.units for row in rows)
