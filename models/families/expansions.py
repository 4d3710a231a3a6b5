"""Expansions: power that is added at a site, in modules.

    expansion_modules   Σ_{v∈A(leaf)} build[e,v] ≤ most_e                 on each path

    energised[e,n] = Σ_{v∈A(n): energised by n} build[e,v]
    energised from the first node u on with t(u)−t(v) ≥ lead(e,u), where the expansion has not failed

| symbol | kind | unit | meaning |
|---|---|---|---|
| build[e,n] | variable | modules | expansion e is ordered |
| most_e | parameter | modules | maximum modules over the plan |
| lead(e,u) | parameter | periods | order to power, with the delay known at u; cost and window keep the nominal one |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param
from models.builder import Builder
from models.data.delays import lag_of
from models.data.strategic_options import Strategy, required
from models.frame import Effects, Events, Frame, past_events
from models.ledger import Ledger
from models.program import Floats
from models.requirement import Requirement

MODULES = Requirement("expansion_modules", "the maximum number of modules", "modules")


@dataclass(frozen=True, eq=False)
class Expansions:
    """Orders of expansions and the modules that work."""

    builds: Events
    energising: Effects
    """How long each order has been energised."""
    energised: Expr
    """(expansion, node) modules."""
    most: Param
    """(expansion) modules that one order never exceeds."""


def define(builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy, largest: Floats) -> Expansions:
    """States the expansions and their costs; `largest[e]` bounds the modules of an order."""
    E, N = frame.expansion, frame.node
    rows = frame.case.expansions
    lag = lag_of(frame, E.labels, [row.lead_time_months for row in rows])
    lead = lag.planned
    may_build = np.array([frame.window(row.first_order, row.last_order) for row in rows], dtype=bool)
    may_build = may_build.reshape(len(E), len(N)) & (frame.tree.period + lead[:, None] < frame.steps)
    for i, row in enumerate(rows):
        may_build[i] &= strategy.possible[required(row.requires, frame)].all(axis=0)
    most = Param((E,), np.array([row.max_modules for row in rows], dtype=float))
    largest_build = Param((E,), largest)
    build = builder.block("build", (E, N), upper=largest_build, integer=True, where=may_build)
    events = Events(frame, build, E, past_events(frame, "build", E, lambda item, _: E.position(item)))
    ordered = events.unfold(np.ones((len(E), frame.farthest)))
    leaf = frame.tree.period == frame.steps - 1
    at_leaf = np.broadcast_to(leaf, (len(E), len(N)))
    builder.require("expansion_modules", (E, N), ordered, "<=", most, where=at_leaf)
    energising = events.effects(lag)
    energised = events.unfold(np.ones((len(E), frame.farthest)), energising)
    cost = np.array([row.cost_musd_per_module for row in rows])[:, None]
    periods = np.maximum(lead, 1)[:, None]
    ledger.add("expansion", "modules", E, events.unfold(np.where(frame.elapsed < periods, cost / periods, 0.0)))
    life = np.array([row.life_years for row in rows])[:, None]
    years = (frame.elapsed + 1) * frame.delta
    left = np.where(life > 0, np.maximum(0.0, 1.0 - years / np.maximum(life, 1e-12)), 0.0)
    at_end = Param((E, N), np.broadcast_to(leaf, (len(E), len(N))).astype(float))
    ledger.add("value_left", "modules", E, -(events.unfold(cost * left, energising) * at_end))
    return Expansions(events, energising, energised, largest_build)
