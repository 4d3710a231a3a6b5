"""Work and demand: who does which queries, and what stays undone.

    work_within_active   Σ_w assign[g,s,w,n] / rate[g,w,n] ≤ utilisation_g · active[g,s,n]
    demand_balance       Σ_{g,s} assign[g,s,w,n] + unserved[w,n] = demand[w,n]
    minimum_service      unserved[w,n] ≤ (1 − least service_w) · demand[w,n]        (a bound of the variable)

| symbol | kind | unit | meaning |
|---|---|---|---|
| assign[g,s,w,n] | variable | queries/s at peak | workload w served by g at s |
| unserved[w,n] | variable | queries/s at peak | demand not met |
| rate[g,w,n] | parameter | queries/s | throughput of one unit, with its software gain |
| demand[w,n] | parameter | queries/s at peak | queries a day / 86,400 × peak-to-average ratio |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param
from models.builder import Builder, VariableBlock
from models.data.machines import WorkData
from models.frame import MUSD, SECONDS_OF_YEAR, Frame
from models.ledger import Ledger
from models.requirement import GivesWay, Requirement

MINIMUM_SERVICE = Requirement(
    "minimum_service", "the minimum service levels", "queries/s", gives_way=GivesWay.AT_ITS_PENALTY
)
"""A bound of the variable, not a row."""


@dataclass(frozen=True, eq=False)
class Assignments:
    """Work done and not done."""

    assign: VariableBlock
    unserved: VariableBlock


def define(builder: Builder, frame: Frame, ledger: Ledger, work: WorkData, active: VariableBlock) -> Assignments:
    """States the assignment of work, the balance of demand, and their costs."""
    G, S, W, N = frame.accelerator, frame.site, frame.workload, frame.node
    can = work.allowed[None, :, :, None] & (work.rate > 0)[:, None] & active.exists[:, :, None, :]
    can &= (work.demand > 0)[None, None]
    assign = builder.block("assign", (G, S, W, N), where=can)
    per_unit = Param((G, W, N), np.divide(1.0, work.rate, out=np.zeros_like(work.rate), where=work.rate > 0))
    capacity = active.expr * Param((G,), work.utilisation)
    builder.require("work_within_active", (G, S, N), (assign.expr * per_unit).sum(W), "<=", capacity)
    demand = Param((W, N), work.demand)
    unserved = builder.block("unserved", (W, N), upper=demand, where=work.demand > 0)
    most = ((1.0 - work.min_service[:, None]) * work.demand).ravel()
    asked = np.flatnonzero(((work.demand > 0) & (work.min_service[:, None] > 0)).ravel())
    builder.cap(MINIMUM_SERVICE.rows, unserved, asked, most[asked])
    served = assign.expr.sum(G, S)
    builder.require("demand_balance", (W, N), served + unserved.expr, "==", demand, where=work.demand > 0)
    _costs(frame, ledger, work, assign, served, unserved)
    return Assignments(assign, unserved)


def _costs(
    frame: Frame, ledger: Ledger, work: WorkData, assign: VariableBlock, served: Expr, unserved: VariableBlock
) -> None:
    G, W = frame.accelerator, frame.workload
    queries = SECONDS_OF_YEAR * frame.delta / work.peak * MUSD
    if work.variable.any():
        cost = Param((G, W), work.variable * queries)
        ledger.add("variable", "queries", W, (assign.expr * cost).sum(G, frame.site))
    if work.revenue.any():
        ledger.add("revenue", "queries", W, -(served * Param((W,), work.revenue * queries)))
    ledger.add("unserved", "queries", W, unserved.expr * Param((W,), work.penalty * queries))
