"""Cancellations: orders that are taken back before they are due, or because the seller is late.

    cancel_within_order   Σ_{m on the path to n} (cancel[o,v,m] + late_cancel[o,v,m]) ≤ order[o,v]

    cancel[o,v,m]         at nodes m after v, not yet deliverable, at least so many months before the nominal due date
    late_cancel[o,v,m]    at nodes m not yet deliverable, where it is certain to come later than the right allows
    arrivals              follow orders less what is cancelled
    paid at m             (fee_o − deposit_o) · price[o,v] a unit, and the balance of the nominal due date is not due;
                          of a late one everything comes back that was paid

Offers with volume discounts, and those that a disruption of their supply has touched, have no such right in the model:
which of their units an order brings is not fixed there.

| symbol | kind | unit | meaning |
|---|---|---|---|
| cancel[o,v,m], late_cancel[o,v,m] | variable | lots, or units of a divisible offer | of an order of v cancelled at m |
| fee_o, deposit_o | parameter | share | of the order's value |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation
from models.builder import Builder, VariableBlock
from models.case import Case
from models.data.offer_data import Supply, deliveries
from models.frame import Frame
from models.ledger import Ledger
from models.program import Floats
from models.tables.fleet_rows import Offer


@dataclass(frozen=True, eq=False)
class Cancellations:
    """What is cancelled, by (offer, pair of nodes of the order and its cancellation)."""

    early: VariableBlock
    late: VariableBlock

    @property
    def expr(self) -> Expr:
        """Lots, or units of divisible offers, cancelled by either right."""
        return self.early.expr + self.late.expr


def define(builder: Builder, frame: Frame, supply: Supply, order: VariableBlock, most: Floats) -> Cancellations | None:
    """States what may be cancelled of the orders, of `most` lots by (offer, node); None where no offer has a right."""
    early, late = _rights(frame, supply, order)
    if not (early | late).any():
        return None
    O, P, pairs = frame.offer, frame.pair, frame.tree.pairs
    whole = np.repeat(supply.is_lotted[:, None], len(P), axis=1)
    bound = Param((O, P), most[:, pairs.first])
    found = Cancellations(
        builder.block("cancel", (O, P), upper=bound, integer=whole, where=early),
        builder.block("late_cancel", (O, P), upper=bound, integer=whole, where=late),
    )
    ordered = order.expr.through(Relation.of((frame.node,), (P,), (pairs.first, np.arange(len(P)))))
    so_far, last = found.expr.through(frame.pairs_so_far), frame.is_last_chance(early | late)
    builder.require("cancel_within_order", (O, P), so_far, "<=", ordered, where=last)
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
    O, N, P, tree = frame.offer, frame.node, frame.pair, frame.tree
    pair, node = tree.pairs_after
    arrives = deliveries(frame, supply.lead_at)[0][:, tree.pair_number(tree.pairs.first[pair], node)]
    offer, entry = np.nonzero(arrives)
    cells = (offer * len(P) + pair[entry], offer * len(N) + node[entry])
    return (cancelled.expr * Param((O,), supply.lot)).through(Relation.of((O, P), (O, N), cells))


def pay(frame: Frame, ledger: Ledger, supply: Supply, cancelled: Cancellations) -> None:
    """Adds fees less deposits, balances that are not due any more, and what comes back of late orders."""
    O, N, P, tree = frame.offer, frame.node, frame.pair, frame.tree
    pairs, rows = tree.pairs, frame.case.offers
    price = Param((O, P), supply.price[:, pairs.first] * supply.lot[:, None])
    fee = Param((O,), np.array([row.cancel_fee_share - row.deposit_share for row in rows]))
    rest = Param((O,), np.array([row.deposit_share - 1.0 for row in rows]))
    at_once = Relation.of((P,), (N,), (np.arange(len(P)), pairs.last))
    early = cancelled.early.expr * price
    ledger.add("hardware", "cancellation", O, (early * fee).through(at_once))
    pair, node = tree.pairs_after
    due = tree.period[node] - tree.period[pairs.first[pair]] == supply.lead[:, None]
    offer, entry = np.nonzero(due)
    cells = (offer * len(P) + pair[entry], offer * len(N) + node[entry])
    ledger.add("hardware", "balance not due", O, (early * rest).through(Relation.of((O, P), (O, N), cells)))
    ledger.add("hardware", "late order paid back", O, -((cancelled.late.expr * price).through(at_once)))
