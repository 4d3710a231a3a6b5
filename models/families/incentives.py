"""Incentives: income that a seller pays once so much of what it sells has been taken.

    milestone   amount_m · reached[m,n] ≤ Σ_{v∈A(n)} counted[m,v]         at or before the last period of m
    once_each   Σ_{v∈A(leaf)} reached[m,v] ≤ 1                            on each path

    counted     units that arrive of the milestone's offers, open orders included; their facility MW at the site where
                they arrive; or what is spent on them, hardware and leases
    income      value[m,n] · reached[m,n]

| symbol | kind | unit | meaning |
|---|---|---|---|
| reached[m,n] | variable | 0 or 1 | milestone m is reached |
| counted[m,n] | expression | units, MW or USD million | what counts in the period |
| amount_m | parameter | units, MW or USD million | amount to reach |
| value[m,n] | parameter | USD million | income |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation, total
from models.builder import Builder, VariableBlock
from models.case import Case
from models.data.series import series
from models.data.strategic_options import opened_with
from models.families import running_leases
from models.frame import KW_PER_MW, Frame
from models.ledger import Ledger
from models.program import Floats
from models.tables.contract_rows import IncentiveMilestone


@dataclass(frozen=True, eq=False)
class Incentives:
    """Milestones of the plan: when they are reached, and what counts towards them by (milestone, node)."""

    reached: VariableBlock
    counted: Expr
    """The running total."""
    income: Expr
    """USD million, positive."""


def define(builder: Builder, frame: Frame, ledger: Ledger, receive: Expr) -> Incentives:
    """States the milestones; `receive` is units that arrive by (offer, site, node)."""
    rows, N = frame.case.milestones, frame.node
    M = Axis("milestone", tuple(row.milestone for row in rows))
    inside = [frame.window(None, row.by) for row in rows]
    in_time = np.array(inside, dtype=bool).reshape(len(M), len(N))
    reached = builder.block("reached", (M, N), upper=1.0, integer=True, where=in_time)
    parts = [_counted(frame, ledger, M, m, row, receive) for m, row in enumerate(rows)]
    every = np.ones((len(M), frame.farthest))
    so_far = total((M, N), parts).through(frame.profile(M, every))
    before = np.array([row.counted_before for row in rows], dtype=float)
    if before.any():
        so_far = so_far + Param((M,), before)
    value = frame.by_node(_values) if rows else np.zeros((0, len(N)))
    found = Incentives(reached, so_far, reached.expr * Param((M, N), value))
    if rows:
        amount = Param((M,), np.array([row.amount for row in rows]))
        builder.require("milestone", (M, N), reached.expr * amount, "<=", so_far, where=in_time)
        leaf = np.broadcast_to(frame.tree.period == frame.steps - 1, (len(M), len(N)))
        builder.require("once_each", (M, N), reached.expr.through(frame.profile(M, every)), "<=", 1.0, where=leaf)
        ledger.add("incentive", "milestone", M, -found.income)
    return found


def offers_of(case: Case, subject: str) -> list[str]:
    """Returns the offers whose units count: those of a vendor or accelerator, one by name, or an agreement's.

    A name that several of them have is that of the first kind.
    """
    machines = [row.accelerator for row in case.accelerators if row.vendor == subject]
    if not machines and any(row.accelerator == subject for row in case.accelerators):
        machines = [subject]
    if machines:
        return [row.offer for row in case.offers if row.accelerator in machines]
    return [subject] if any(row.offer == subject for row in case.offers) else opened_with(case, subject)


def _counted(frame: Frame, ledger: Ledger, M: Axis, m: int, row: IncentiveMilestone, receive: Expr) -> Expr:
    """What counts towards one milestone in each period, by (milestone, node)."""
    case, O, S, N = frame.case, frame.offer, frame.site, frame.node
    own = np.array([O.position(offer) for offer in offers_of(case, row.subject)], dtype=np.int64)
    if row.measure == "musd":
        lines = [line.amount for line in ledger.lines_of(("hardware", "lease")) if line.items is O]
        to_milestone = Relation.of((O,), (M,), (own, np.full(len(own), m)))
        return total((O, N), lines).through(to_milestone) + running_leases.of_offers(ledger, frame, own, M, m)
    weight = np.ones((len(own), len(S)))
    if row.measure == "mw":
        machine = {one.accelerator: one.it_kw for one in case.accelerators}
        it_kw = np.array([machine[case.offers[o].accelerator] for o in own], dtype=float)
        weight = it_kw[:, None] * np.array([site.pue for site in case.sites]) / KW_PER_MW
    cells = (own[:, None] * len(S) + np.arange(len(S))).ravel()
    return receive.through(Relation.of((O, S), (M,), (cells, np.full(len(cells), m)), weight.ravel()))


def _values(case: Case) -> Floats:
    """(milestone, period) USD million: of `milestone_values`, before their first label of `milestones`."""
    calendar = case.settings.calendar
    found = []
    for row in case.milestones:
        own = [(one.period, one.value_musd) for one in case.milestone_values if one.milestone == row.milestone]
        values = series(calendar, own)
        found.append(np.where(np.isnan(values), row.value_musd, values))
    return np.array(found, dtype=float).reshape(len(found), calendar.count)
