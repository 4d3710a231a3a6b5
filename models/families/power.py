"""Power: what active units draw, and what a site has.

    site_power   drawn[s,n] ≤ share[s,n] · (existing[s,n] + Σ_{e at s} module_e · energised[e,n])

    drawn[s,n] = Σ_g kW_g · PUE_s / 1000 · active[g,s,n]

| symbol | kind | unit | meaning |
|---|---|---|---|
| kW_g | parameter | kW | IT power of one unit |
| PUE_s | parameter | | facility power over IT power |
| existing[s,n] | parameter | MW | facility power of the site; without it there is no limit |
| share[s,n] | parameter | | usable share of it and of the modules |
| module_e | parameter | MW | facility power of one module |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation
from models.builder import Builder, VariableBlock
from models.data.sites import places_of
from models.frame import HOURS_OF_YEAR, MUSD, Frame
from models.ledger import Ledger
from models.requirement import Amounts, Requirement

SITE_POWER = Requirement("site_power", "the site power limits", "MW", "power", " at ", priced=True)


@dataclass(frozen=True, eq=False)
class Power:
    """Facility power by (site, node), MW."""

    drawn_by_accelerator: Expr
    """MW by (accelerator, node)."""
    drawn: Expr
    available: Expr
    is_limited: np.ndarray
    amounts: Amounts


def define(builder: Builder, frame: Frame, ledger: Ledger, active: VariableBlock, energised: Expr) -> Power:
    """States the power of sites and what electricity costs."""
    G, S, N = frame.accelerator, frame.site, frame.node
    case = frame.case
    machine = np.array([row.it_kw for row in case.accelerators])
    pue = np.array([row.pue for row in case.sites])
    mw = Param((G, S), machine[:, None] * pue / 1000.0)
    by_machine = active.expr * mw
    drawn = by_machine.sum(G)
    found = places_of(frame)
    at = np.array([S.position(row.site) for row in case.expansions], dtype=np.int64)
    modules = np.array([row.module_mw for row in case.expansions], dtype=float)
    at_site = Relation.of((frame.expansion,), (S,), (np.arange(len(at)), at), modules)
    available = (energised.through(at_site) + Param((S, N), found.power)) * Param((S, N), found.share)
    builder.require("site_power", (S, N), drawn, "<=", available, where=found.is_limited)
    price = found.electricity * MUSD * HOURS_OF_YEAR * frame.delta
    ledger.add("power", "electricity", S, drawn * Param((S, N), price))
    period = np.tile(frame.tree.period, len(S))
    stated = np.where(found.is_limited, found.power, np.inf).ravel()
    bounding = Amounts(
        SITE_POWER, (S, N), tuple(site for site in S.labels for _ in N.labels),
        tuple(frame.calendar.labels[t] for t in period.tolist()), np.tile(np.arange(len(N)), len(S)), period,
        drawn, available, stated, found.is_limited.ravel(), share=found.share.ravel(),
    )  # fmt: skip
    return Power(by_machine.sum(S), drawn, available, found.is_limited, bounding)
