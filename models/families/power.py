"""Power: what active units draw, and what a site has.

    site_power   Σ_g kW_g · PUE_s / 1000 · active[g,s,n] ≤ existing_s + Σ_{e at s} module_e · energised[e,n]

| symbol | kind | unit | meaning |
|---|---|---|---|
| kW_g | datum | kW | machine power of one unit |
| PUE_s | datum | | facility power over machine power |
| existing_s | datum | MW | facility power of the site |
| module_e | datum | MW | facility power of one module |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation
from models.builder import Block, Builder
from models.frame import HOURS_OF_YEAR, MUSD, Frame
from models.ledger import Ledger


@dataclass(frozen=True, eq=False)
class Power:
    """Facility power by (site, node), MW."""

    drawn: Expr
    available: Expr


def define(builder: Builder, frame: Frame, ledger: Ledger, active: Block, energised: Expr) -> Power:
    """States the power of sites and what electricity costs."""
    G, S, N = frame.accelerator, frame.site, frame.node
    case = frame.case
    machine = np.array([row.it_kw for row in case.accelerators])
    pue = np.array([row.pue for row in case.sites])
    mw = Param((G, S), machine[:, None] * pue / 1000.0)
    drawn = (active.expr * mw).sum(G)
    limited = np.array([row.power_mw is not None for row in case.sites])
    existing = Param((S,), np.array([row.power_mw or 0.0 for row in case.sites]))
    places = np.array([S.position(row.site) for row in case.expansions], dtype=np.int64)
    modules = np.array([row.module_mw for row in case.expansions], dtype=float)
    at_site = Relation.of((frame.expansion,), (S,), (np.arange(len(places)), places), modules)
    available = energised.through(at_site) + existing
    mask = np.broadcast_to(limited[:, None], (len(S), len(N)))
    builder.require("site_power", (S, N), drawn, "<=", available, where=mask)
    price = np.array([row.electricity_usd_per_mwh for row in case.sites]) * MUSD * HOURS_OF_YEAR * frame.delta
    ledger.add("power", "electricity", S, drawn * Param((S,), price))
    return Power(drawn, available)
