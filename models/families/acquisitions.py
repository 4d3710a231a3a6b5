"""Acquisitions: signing, closing, owning, and what they cost.

    once_each   Σ_{v∈A(leaf)} close[a,v] ≤ 1                              for each company, on each path

    owned[a,n] = Σ_{v∈A(n), t(n)−t(v) ≥ months to close and integrate} close[a,v]

| symbol | kind | unit | meaning |
|---|---|---|---|
| close[a,n] | variable | 0 or 1 | acquisition a is signed |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param
from models.builder import Builder
from models.data.strategy import Strategy
from models.frame import Events, Frame, past_events
from models.ledger import Ledger


@dataclass(frozen=True, eq=False)
class Acquisitions:
    """Signings of acquisitions and what follows from them."""

    closings: Events
    owned: Expr
    """(acquisition, node): 1 from owned on."""
    taken: Expr
    """(acquisition, node): 1 from the signing on."""


def define(builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy) -> Acquisitions:
    """States the acquisitions, once each, and their costs."""
    A, N = frame.acquisition, frame.node
    close = builder.block("close", (A, N), upper=1.0, integer=True, where=strategy.may_close)
    events = Events(frame, close, A, past_events(frame, "close", A, lambda item, _: A.position(item)))
    owned = events.unfold((frame.elapsed >= strategy.own[:, None]).astype(float))
    taken = events.unfold(np.ones((len(A), frame.farthest)))
    leaf = frame.tree.period == frame.steps - 1
    builder.require("once_each", (A, N), taken, "<=", 1.0, where=np.broadcast_to(leaf, (len(A), len(N))))
    _costs(frame, ledger, events, strategy)
    return Acquisitions(events, owned, taken)


def _costs(frame: Frame, ledger: Ledger, events: Events, strategy: Strategy) -> None:
    A, N = frame.acquisition, frame.node
    rows, years = frame.case.acquisitions, frame.tree.period * frame.delta
    price = np.array([row.price_musd * (1.0 + row.price_growth_per_year) ** years for row in rows])
    ledger.add("acquisition", "price", A, events.expr * Param((A, N), price.reshape(len(A), len(N))))
    since = frame.elapsed - strategy.close[:, None]
    length = np.array([row.integration_years / frame.delta for row in rows])[:, None]
    overlap = np.where(since >= 0, np.clip(length - since, 0.0, 1.0), 0.0)
    integration = np.array([row.integration_musd_per_year for row in rows])[:, None] * frame.delta
    ledger.add("acquisition", "integration", A, events.unfold(integration * overlap))
    income = np.array([row.contribution_musd_per_year for row in rows])[:, None] * frame.delta
    owned = (frame.elapsed >= strategy.own[:, None]).astype(float)
    ledger.add("acquisition", "contribution", A, events.unfold(-income * owned))
