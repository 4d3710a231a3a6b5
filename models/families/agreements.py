"""Supply agreements: signing, term, prepayment and take-or-pay.

    once_each     Σ_{v∈A(leaf)} sign[k,v] ≤ 1                             for each agreement, on each path
    take_or_pay   shortfall[k,y] ≥ Σ_{n∈y} Δ · least_k · live[k,n] − Σ_{n∈y} Σ_{o requires k} taken[o,n]
                                                                          for each calendar year y, on each path

    taken[o,n] = Σ_s receive[o,s,n], and what is due at n and not delivered
    live[k,n] = Σ_{v∈A(n), lag ≤ t(n)−t(v) < lag + term} sign[k,v]

| symbol | kind | unit | meaning |
|---|---|---|---|
| sign[k,n] | variable | 0 or 1 | agreement k is signed |
| shortfall[k,y] | variable | units | shortfall of a calendar year |
| least_k | parameter | units a year | take-or-pay quantity |
| Δ | parameter | years | length of a period |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation
from models.builder import Builder
from models.data.series import calendar_years
from models.data.strategic_options import Strategy, opened_with
from models.frame import MUSD, Events, Frame, past_events
from models.ledger import Ledger
from models.program import Floats


@dataclass(frozen=True, eq=False)
class Agreements:
    """Signings of agreements and what follows from them."""

    signings: Events
    live: Expr
    """(agreement, node): 1 while it is in its term."""
    ever: Expr
    """(agreement, node): 1 from its first live period on."""
    taken: Expr
    """(agreement, node): 1 from the signing on."""


def define(builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy) -> Agreements:
    """States the agreements, once each, and their prepayments."""
    K, N = frame.agreement, frame.node
    sign = builder.block("sign", (K, N), upper=1.0, integer=True, where=strategy.may_sign)
    events = Events(frame, sign, K, past_events(frame, "sign", K, lambda item, _: K.position(item)))
    since = frame.elapsed - strategy.live[:, None]
    live = events.unfold(((since >= 0) & (since < strategy.term[:, None])).astype(float))
    taken = events.unfold(np.ones((len(K), frame.farthest)))
    leaf = frame.tree.period == frame.steps - 1
    builder.require("once_each", (K, N), taken, "<=", 1.0, where=np.broadcast_to(leaf, (len(K), len(N))))
    prepayment = np.array([row.prepayment_musd for row in frame.case.agreements])
    ledger.add("agreement", "prepayment", K, events.expr * Param((K,), prepayment))
    return Agreements(events, live, events.unfold((since >= 0).astype(float)), taken)


def define_take_or_pay(
    builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy, agreements: Agreements, arrivals: Expr
) -> None:
    """States what is owed for units that were agreed and not received."""
    case, K, N = frame.case, frame.agreement, frame.node
    least = np.array([row.min_units_per_year for row in case.agreements])
    if not least.any():
        return
    years = calendar_years(frame)
    year, in_year = years.axis, years.from_nodes
    owed = (agreements.live * Param((K,), least * frame.delta)).through(in_year)
    offers = [(frame.offer.position(offer), k) for k, name in enumerate(K.labels) for offer in opened_with(case, name)]
    pairs = np.array(offers, dtype=np.int64).reshape(-1, 2)
    received = arrivals.through(Relation.of((frame.offer,), (K,), (pairs[:, 0], pairs[:, 1]))).through(in_year)
    has_least = np.broadcast_to((least > 0)[:, None], (len(K), len(year)))
    begun = _year_begun(frame, strategy, agreements, least)
    if begun.any():
        first = np.array([span.first == 0 for span in (years.rows[row] for row in years.ends.row)], dtype=float)
        owed = owed + Param((K, year), begun[:, None] * first)
    shortfall = builder.block("shortfall", (K, year), where=has_least)
    builder.require("take_or_pay", (K, year), shortfall.expr + received, ">=", owed, where=has_least)
    fee = np.array([row.shortfall_usd_per_unit for row in case.agreements]) * MUSD
    paid_at = Relation.of((year,), (N,), (np.arange(len(year)), years.ends.end))
    ledger.add("agreement", "shortfall", K, (shortfall.expr * Param((K,), fee)).through(paid_at))


def _year_begun(frame: Frame, strategy: Strategy, agreements: Agreements, least: Floats) -> Floats:
    """By agreement: units owed for the part of the first calendar year before the plan, less what was taken in it."""
    found = np.zeros(len(least))
    year = frame.calendar.year_of(0)
    for item, period, _ in agreements.signings.past:
        taken = frame.case.agreements[item].taken_before
        begin, end = period + int(strategy.live[item]), period + int(strategy.live[item] + strategy.term[item])
        past = [t for t in range(begin, min(end, 0)) if frame.calendar.year_of(t) == year]
        if taken is not None and past and least[item] > 0:
            found[item] = len(past) * frame.delta * least[item] - taken
    return found
