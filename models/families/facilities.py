"""Facilities: loans that are drawn against what is spent, and paid back with interest.

    facility_limits     Σ_{v∈A(n)} left_f(t(n)−t(v)) · draw[f,v] ≤ limit_f
    facility_advance    draw[f,n] ≤ advance_f · outlays of the categories of f in n

    left_f(k)     share of a draw that is outstanding k periods after it: 1 − k/m with level repayment, 1 until k = m
                  with a bullet; m is the term in periods
    repaid_f(k)   = left_f(k−1) − left_f(k) for k ≥ 1
    interest      rate_f · Δ · (outstanding at the start of the period + ½ · drawn in it − ½ · repaid in it)

Draws and repayments lie in the middle of their periods. What is outstanding at the end of the horizon is a negative
value left.

| symbol | kind | unit | meaning |
|---|---|---|---|
| draw[f,n] | variable | USD million | drawn of facility f |
| limit_f | parameter | USD million | maximum amount outstanding |
| advance_f | parameter | share | maximum draw per outlay of the period |
| rate_f | parameter | 1/year | interest |
| Δ | parameter | years | length of a period |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation, total
from models.builder import Builder
from models.frame import Events, Frame, past_events
from models.ledger import Ledger
from models.program import Floats
from models.requirement import Amounts, GivesWay, Requirement
from models.tables.contract_rows import Facility

FACILITY = Requirement(
    "facility_limits", "the limits of facilities", "USD million", "facility", gives_way=GivesWay.AT_ITS_MONEY,
    priced=True,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Facilities:
    """Draws of facilities and what follows from them, USD million by (facility, node)."""

    draws: Events
    repaid: Expr
    interest: Expr
    fee: Expr
    outstanding: Expr
    """At the end of the period."""
    amounts: Amounts


def define(builder: Builder, frame: Frame, ledger: Ledger) -> Facilities:
    """States the facilities and what they cost; the categories that they finance are closed from here on."""
    case, N = frame.case, frame.node
    F = Axis("facility", tuple(row.facility for row in case.facilities))
    limit = np.array([row.limit_musd for row in case.facilities])
    inside = [frame.window(row.first_draw, row.last_draw) for row in case.facilities]
    may_draw = np.array(inside, dtype=bool).reshape(len(F), len(N)) & (limit > 0)[:, None]
    draw = builder.block("draw", (F, N), upper=Param((F,), limit), where=may_draw)
    events = Events(frame, draw, F, past_events(frame, "draw", F, lambda item, _: F.position(item)))
    left, repaid, interest = _schedules(frame, case.facilities)
    outstanding = events.unfold(left)
    fee = events.expr * Param((F,), np.array([row.fee_share for row in case.facilities]))
    found = Facilities(
        events, events.unfold(repaid), events.unfold(interest), fee, outstanding, _amounts(frame, F, limit, outstanding)
    )
    if len(F):
        builder.require("facility_limits", (F, N), outstanding, "<=", Param((F,), limit))
        builder.require("facility_advance", (F, N), draw.expr, "<=", _advances(frame, ledger, F), where=draw.exists)
        _pay(frame, ledger, F, found)
    return found


def _schedules(frame: Frame, rows: tuple[Facility, ...]) -> tuple[Floats, Floats, Floats]:
    """Shares of a draw by (facility, periods since): outstanding at the end, repaid, and what interest is paid on.

    The last is USD million of interest for each USD million drawn.
    """
    elapsed = frame.elapsed
    left = np.zeros((len(rows), len(elapsed)))
    for f, row in enumerate(rows):
        term = frame.calendar.term_periods(row.term_months)
        is_level = row.repayment == "level"
        left[f] = np.where(elapsed < term, 1.0 - elapsed / term if is_level else 1.0, 0.0)
    before = np.concatenate([np.zeros((len(rows), 1)), left[:, :-1]], axis=1)
    drawn = (elapsed == 0).astype(float)
    repaid = before + drawn - left
    rate = np.array([row.rate_per_year for row in rows])[:, None]
    return left, repaid, rate * frame.delta * (before + 0.5 * drawn - 0.5 * repaid)


def _advances(frame: Frame, ledger: Ledger, F: Axis) -> Expr:
    """The most that may be drawn by (facility, node): a share of what is spent in the same period."""
    N = frame.node
    nodes = np.arange(len(N))
    parts = [
        ledger.outlays(row.categories).through(
            Relation.of((N,), (F, N), (nodes, f * len(N) + nodes), row.advance_share)
        )
        for f, row in enumerate(frame.case.facilities)
    ]
    return total((F, N), parts)


def _amounts(frame: Frame, F: Axis, limit: Floats, outstanding: Expr) -> Amounts:
    N = frame.node
    items = tuple(name for name in F.labels for _ in N.labels)
    labels = tuple(frame.calendar.labels[t] for _ in F.labels for t in frame.tree.period)
    node = np.tile(np.arange(len(N)), len(F))
    return Amounts(
        FACILITY, (F, N), items, labels, node, frame.tree.period[node], outstanding,
        Expr.given((F, N), Param((F,), limit)), np.repeat(limit, len(N)), np.ones(len(items), dtype=bool),
    )  # fmt: skip


def _pay(frame: Frame, ledger: Ledger, F: Axis, found: Facilities) -> None:
    ledger.add("financing", "draw", F, found.draws.expr * -1.0)
    ledger.add("financing", "repayment", F, found.repaid)
    ledger.add("financing", "interest", F, found.interest)
    ledger.add("financing", "fee", F, found.fee)
    leaf = (frame.tree.period == frame.steps - 1).astype(float)
    at_end = Param((F, frame.node), np.broadcast_to(leaf, (len(F), len(leaf))).copy())
    ledger.add("value_left", "loan", F, found.outstanding * at_end)
