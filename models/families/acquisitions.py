"""Acquisitions: signing, closing, owning, and what they cost.

    once_each   Σ_{v∈A(leaf)} close[a,v] ≤ 1                              for each company, on each path

    owned[a,n] = Σ_{v∈A(n): owned by n} close[a,v]
    owned (closed) from the first node u on with t(u)−t(v) ≥ the months to close and integrate (to close) with the
    delay known at u, where the deal has not failed
    refund     (1 − break fee share) · price at v, at the first node from signing + planned months to close on at which
               the deal has failed and has not closed

| symbol | kind | unit | meaning |
|---|---|---|---|
| close[a,n] | variable | 0 or 1 | acquisition a is signed |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param
from models.builder import Builder
from models.data.strategic_options import Strategy
from models.frame import Effects, Events, Frame, past_events
from models.ledger import Ledger
from models.program import Floats, Ints


@dataclass(frozen=True, eq=False)
class Acquisitions:
    """Signings of acquisitions and what follows from them."""

    closings: Events
    closed: Effects
    """How long each signing has been closed."""
    owning: Effects
    """How long what was signed has been owned."""
    owned: Expr
    """(acquisition, node): 1 from owned on."""
    taken: Expr
    """(acquisition, node): 1 from the signing on."""


def define(builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy) -> Acquisitions:
    """States the acquisitions, once each, and their costs."""
    A, N = frame.acquisition, frame.node
    close = builder.block("close", (A, N), upper=1.0, integer=True, where=strategy.may_close)
    events = Events(frame, close, A, past_events(frame, "close", A, lambda item, _: A.position(item)))
    closed, owning = events.effects(strategy.close_lag, state="closed"), events.effects(strategy.own_lag)
    always = np.ones((len(A), frame.farthest))
    owned, taken = events.unfold(always, owning), events.unfold(always)
    leaf = frame.tree.period == frame.steps - 1
    builder.require("once_each", (A, N), taken, "<=", 1.0, where=np.broadcast_to(leaf, (len(A), len(N))))
    acquisitions = Acquisitions(events, closed, owning, owned, taken)
    _costs(frame, ledger, acquisitions)
    return acquisitions


def _costs(frame: Frame, ledger: Ledger, acquisitions: Acquisitions) -> None:
    A, N, events = frame.acquisition, frame.node, acquisitions.closings
    rows = frame.case.acquisitions
    price = _price(frame, frame.tree.period)
    ledger.add("acquisition", "price", A, events.expr * Param((A, N), price))
    length = np.array([row.integration_years / frame.delta for row in rows])[:, None]
    overlap = np.clip(length - frame.elapsed, 0.0, 1.0)
    integration = np.array([row.integration_musd_per_year for row in rows])[:, None] * frame.delta
    ledger.add("acquisition", "integration", A, events.unfold(integration * overlap, acquisitions.closed))
    income = np.array([row.contribution_musd_per_year for row in rows])[:, None] * frame.delta
    yearly = np.repeat(-income, frame.farthest, axis=1)
    ledger.add("acquisition", "contribution", A, events.unfold(yearly, acquisitions.owning))
    back = 1.0 - np.array([row.break_fee_share for row in rows])
    if back.any() and acquisitions.closed.lag.failed.any():
        ledger.add("acquisition", "refund", A, _refund(frame, acquisitions, back, price))


def _price(frame: Frame, period: Ints | int) -> Floats:
    """(acquisition, …) USD million at signing in a period, or in each of several."""
    years = np.atleast_1d(period) * frame.delta
    found = [
        row.price_musd * (1.0 + row.price_growth_per_year) ** (frame.calendar.years_before(row.as_of) + years)
        for row in frame.case.acquisitions
    ]
    return np.array(found).reshape(len(frame.acquisition), len(years))


def _refund(frame: Frame, acquisitions: Acquisitions, back: Floats, price: Floats) -> Expr:
    """(acquisition, node) USD million that come back where a deal fails before it closes, as a negative amount."""
    tree, pairs, closed = frame.tree, frame.tree.pairs, acquisitions.closed
    planned, failed = closed.lag.planned[:, None], closed.lag.failed
    broken = (tree.age(pairs) >= planned) & failed[:, pairs.last] & (closed.since < 0)
    above = tree.parent_pair
    first = broken & ~((above >= 0) & broken[:, np.maximum(above, 0)])
    amounts = np.where(first, -back[:, None] * price[:, pairs.first], 0.0)
    known = np.zeros((len(acquisitions.closings.past), len(tree)))
    refunded = [row for row in frame.case.commitments if row.late == "refunded" and row.period]
    paid = {(row.item, frame.calendar.period_at(row.period)) for row in refunded}
    for i, (item, period, _) in enumerate(acquisitions.closings.past):
        lost = (tree.period - period >= planned[item]) & failed[item] & (closed.past[i] < 0)
        at = lost & ~((tree.parent >= 0) & lost[np.maximum(tree.parent, 0)])
        if (frame.acquisition.labels[item], period) not in paid:
            known[i, at] = -back[item] * _price(frame, period)[item, 0]
    return acquisitions.closings.unfold_once(amounts, known)
