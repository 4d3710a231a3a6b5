"""Expansions: power that is added at a site, in modules.

    expansion_modules   Σ_{v∈A(leaf)} build[e,v] ≤ most_e                 on each path

    site_opened         most_e · open[s,n] ≥ energised[e,n]               where fixed cost begins with the first module
    site_stays_open     open[s,n] ≥ open[s,p(n)]
    site_opens          open[s,n] ≤ open[s,p(n)] + Σ_{e at s} energised[e,n]

    energised[e,n] = Σ_{v∈A(n): energised by n, in its term} build[e,v]
    energised from the first node u on with t(u)−t(v) ≥ lead(e,u), where the expansion has not failed, for its term
    rent in each period of the term, growing by the year from its beginning; the exit fee in its last period

| symbol | kind | unit | meaning |
|---|---|---|---|
| build[e,n] | variable | modules | expansion e is ordered |
| open[s,n] | variable | 0 or 1 | a module has been energised at site s |
| most_e | parameter | modules | maximum modules over the plan |
| lead(e,u) | parameter | periods | order to power, with the delay known at u; cost and window keep the nominal one |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation
from models.builder import Builder
from models.data.delays import lag_of
from models.data.strategic_options import Strategy, required
from models.frame import Effects, Events, Frame, past_events
from models.ledger import Ledger
from models.program import Floats, Ints
from models.requirement import Requirement
from models.tables.site_rows import Site

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
    term: Ints
    """By expansion: periods of its term; the length of the plan and more where it has no end."""


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
    term = _terms(frame)
    in_term = frame.elapsed < term[:, None]
    energised = events.unfold(in_term.astype(float), energising)
    cost = np.array([row.cost_musd_per_module for row in rows])[:, None]
    periods = np.maximum(lead, 1)[:, None]
    ledger.add("expansion", "modules", E, events.unfold(np.where(frame.elapsed < periods, cost / periods, 0.0)))
    _rents(frame, ledger, events, energising, term)
    life = np.array([row.life_years for row in rows])[:, None]
    years = (frame.elapsed + 1) * frame.delta
    left = np.where(life > 0, np.maximum(0.0, 1.0 - years / np.maximum(life, 1e-12)), 0.0)
    at_end = Param((E, N), np.broadcast_to(leaf, (len(E), len(N))).astype(float))
    ledger.add("value_left", "modules", E, -(events.unfold(cost * left, energising) * at_end))
    return Expansions(events, energising, energised, largest_build, term)


def _terms(frame: Frame) -> Ints:
    rows, calendar = frame.case.expansions, frame.calendar
    ends = [frame.farthest + 1 if row.term_months is None else calendar.term_periods(row.term_months) for row in rows]
    return np.array(ends, dtype=np.int64)


def _rents(frame: Frame, ledger: Ledger, events: Events, energising: Effects, term: Ints) -> None:
    """Adds the rent of modules and the fees at the end of their terms."""
    E, rows, since = frame.expansion, frame.case.expansions, frame.elapsed
    rent = np.array([row.rent_musd_per_module_per_year for row in rows])[:, None] * frame.delta
    growth = np.array([1.0 + row.rent_growth_per_year for row in rows])[:, None] ** (since * frame.delta)
    if rent.any():
        paid = np.where(since < term[:, None], rent * growth, 0.0)
        ledger.add("expansion", "rent", E, events.unfold(paid, energising))
    fee = np.array([row.exit_fee_musd_per_module for row in rows])[:, None]
    if fee.any():
        at_end = np.where(since == term[:, None] - 1, fee, 0.0)
        ledger.add("expansion", "exit fee", E, events.unfold(at_end, energising))


def define_fixed_costs(builder: Builder, frame: Frame, ledger: Ledger, expansions: Expansions) -> None:
    """States the fixed cost of sites: from the start, or from the first module on where the site has no power."""
    S, N, E = frame.site, frame.node, frame.expansion
    rows = frame.case.sites
    price = np.array([row.fixed_musd_per_year for row in rows]) * frame.delta
    waits = np.array([waits_for_module(row) for row in rows], dtype=bool)
    paid = Expr.given((S, N), Param((S,), np.where(waits, 0.0, price)))
    if waits.any():
        exists = np.broadcast_to(waits[:, None], (len(S), len(N)))
        opened = builder.block("open", (S, N), upper=1.0, integer=True, where=exists)
        at = np.array([S.position(row.site) for row in frame.case.expansions], dtype=np.int64)
        own = np.flatnonzero(waits[at])
        to_expansion = Relation.of((S,), (E,), (at[own], own))
        most = Param((E,), np.array([row.max_modules for row in frame.case.expansions], dtype=float))
        is_own = np.broadcast_to(waits[at][:, None], (len(E), len(N)))
        allowed = opened.expr.through(to_expansion) * most
        builder.require("site_opened", (E, N), expansions.energised, "<=", allowed, where=is_own)
        follows = frame.tree.parent >= 0
        nodes = np.flatnonzero(follows)
        before = Relation.of((N,), (N,), (frame.tree.parent[nodes], nodes))
        stays = opened.expr.through(before)
        builder.require("site_stays_open", (S, N), opened.expr, ">=", stays, where=exists & follows)
        # A plan that is not the cheapest would otherwise pay before there is a module.
        begins = expansions.energised.through(Relation.of((E,), (S,), (own, at[own])))
        builder.require("site_opens", (S, N), opened.expr, "<=", stays + begins, where=exists)
        paid = paid + opened.expr * Param((S,), price)
    ledger.add("maintenance", "fixed", S, paid)


def waits_for_module(row: Site) -> bool:
    """True for a site whose fixed cost begins with its first module: it has no power of its own."""
    return row.fixed_from == "first_module" and row.power_mw == 0 and row.fixed_musd_per_year > 0
