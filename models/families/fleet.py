"""The fleet: what is owned by vintage, leased, active, sold, and worth at the end.

    fleet_balance          stock[g,s,n,n] = Σ_{o buys g} receive[o,s,n]
                           stock[g,s,v,n] ≤ (1 − f_g)^Δ · stock[g,s,v,p(n)]          while younger than its life
                           (equality without early retirement)
                           cohort[c,n] ≤ (1 − f_g)^Δ · cohort[c,p(n)]                likewise, from its opening units
                           (its life less its age at the start, in months, rounded down once to periods)
    active_within_fleet    active[g,s,n] ≤ Σ_v stock[g,s,v,n] + leased[g,s,n]
    owned_at_work          maintained[g,s,n] ≥ active[g,s,n] − leased[g,s,n]

    sold[g,s,v,n] = (1 − f_g)^Δ · stock[g,s,v,p(n)] − stock[g,s,v,n], at the resale value of its age

| symbol | kind | unit | meaning |
|---|---|---|---|
| stock[g,s,v,n] | variable | units | units of vintage v owned at n |
| cohort[c,n] | variable | units | units of an opening cohort owned at n |
| active[g,s,n] | variable | units | units powered and working |
| maintained[g,s,n] | variable | units | active owned units; only if the accelerator can also be leased |
| leased[g,s,n] | expression | units | leased units in term, running leases included |
| f_g | parameter | 1/year | annual failure rate |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder, VariableBlock
from models.data.machines import AcceleratorData
from models.data.offer_data import Supply
from models.frame import MUSD, Frame
from models.ledger import Ledger
from models.tree import Pairs


@dataclass(frozen=True, eq=False)
class Vintages:
    """Vintages and the nodes in which they can be owned: an axis of (vintage, node) pairs."""

    axis: Axis
    pairs: Pairs
    parent: np.ndarray
    """The pair of the same vintage one node earlier; −1 in the node of arrival."""
    age: np.ndarray


@dataclass(frozen=True, eq=False)
class Fleet:
    """What is owned, leased and active."""

    vintages: Vintages
    stock: VariableBlock
    cohort: VariableBlock
    owned: Expr
    """(accelerator, site, node)."""
    leased: Expr
    """(accelerator, site, node)."""
    installed: Expr
    """(accelerator, node): owned and leased."""
    active: VariableBlock


def vintages_of(frame: Frame, machines: AcceleratorData) -> Vintages:
    """Returns the pairs of nodes that lie at most the longest life apart."""
    tree, longest = frame.tree, int(machines.life.max(initial=1))
    every = tree.pairs
    age = tree.age(every)
    keep = age <= longest
    number = np.where(keep, np.cumsum(keep) - 1, -1)
    parent = tree.parent_pair
    above = np.where(parent >= 0, number[np.maximum(parent, 0)], -1)[keep]
    pairs = every.select(keep)
    labels = frame.node.labels
    names = tuple(f"{labels[v]}>{labels[n]}" for v, n in zip(pairs.first, pairs.last, strict=True))
    return Vintages(Axis("vintage", names), pairs, above, age[keep])


def define(
    builder: Builder,
    frame: Frame,
    ledger: Ledger,
    supply: Supply,
    machines: AcceleratorData,
    receive: VariableBlock,
    running: Expr,
) -> Fleet:
    """States stocks, active units, maintenance, sales and the value left.

    `running` are the units of running leases in term, and what changes of leases, over (accelerator, site, node).
    """
    vintages = vintages_of(frame, machines)
    stock, sales, left = _stock(builder, frame, supply, machines, vintages, receive)
    cohort, cohorts, early_sales, early_left = _cohorts(builder, frame, machines)
    ledger.add("resale", "units", frame.accelerator, -(sales + early_sales))
    ledger.add("value_left", "units", frame.accelerator, -(left + early_left))
    owned = _owned(frame, vintages, stock, machines, cohort, cohorts)
    leased = _leased(frame, supply, receive)
    G, S, N = frame.accelerator, frame.site, frame.node
    there = np.zeros(leased.size, dtype=bool)
    if len(running.rows) or (running.constant is not None and running.constant.any()):
        leased = leased + running
        there = np.zeros(leased.size, dtype=bool) if running.constant is None else running.constant > 0
    fleet = owned + leased
    has_any = there.copy()
    has_any[fleet.rows] = True
    active = builder.block("active", (G, S, N), where=has_any.reshape(len(G), len(S), len(N)))
    builder.require("active_within_fleet", (G, S, N), active.expr, "<=", fleet)
    _maintenance(builder, frame, ledger, supply, active, leased)
    return Fleet(vintages, stock, cohort, owned, leased, fleet.sum(S), active)


def _purchases(frame: Frame, supply: Supply, *, leases: bool) -> Relation:
    offers = np.flatnonzero(supply.is_lease == leases)
    return Relation.of((frame.offer,), (frame.accelerator,), (offers, supply.accelerator[offers]))


def _stock(
    builder: Builder,
    frame: Frame,
    supply: Supply,
    machines: AcceleratorData,
    vintages: Vintages,
    receive: VariableBlock,
) -> tuple[VariableBlock, Expr, Expr]:
    """Returns the stocks, and over (accelerator, node) what sales bring and what is left at the end."""
    G, S, P = frame.accelerator, frame.site, vintages.axis
    bought = receive.expr.through(_purchases(frame, supply, leases=False))
    newest = np.flatnonzero(vintages.parent < 0)
    arrived = bought.through(Relation.of((frame.node,), (P,), (vintages.pairs.first[newest], newest)))
    can_arrive = np.zeros((len(G), len(S), len(frame.node)), dtype=bool)
    can_arrive.ravel()[bought.rows] = True
    younger = vintages.age < machines.life[:, None]
    exists = can_arrive[:, :, vintages.pairs.first] & younger[:, None, :]
    stock = builder.block("stock", (G, S, P), where=exists)
    is_new = np.broadcast_to(vintages.parent < 0, exists.shape)
    builder.require("fleet_balance", (G, S, P), stock.expr, "==", arrived, where=exists & is_new)
    older = np.flatnonzero(vintages.parent >= 0)
    one_on = Relation.of((P,), (P,), (vintages.parent[older], older))
    survivors = stock.expr.through(one_on) * Param((G,), machines.survival)
    sense = "<=" if frame.case.settings.early_retirement else "=="
    builder.require("fleet_balance", (G, S, P), stock.expr, sense, survivors, where=exists & ~is_new)
    years = vintages.age * frame.delta
    value = np.array([machines.resale_musd(frame.case, g, years) for g in range(len(G))]).reshape(len(G), len(P))
    sold = survivors - stock.expr.where(~is_new)
    to_node = Relation.of((P,), (frame.node,), (np.arange(len(P)), vintages.pairs.last))
    sales = (sold * Param((G, P), value)).sum(S).through(to_node)
    end = np.array([machines.resale_musd(frame.case, g, years + frame.delta) for g in range(len(G))])
    at_end = end.reshape(len(G), len(P)) * (frame.tree.period[vintages.pairs.last] == frame.steps - 1)
    return stock, sales, (stock.expr * Param((G, P), at_end)).sum(S).through(to_node)


def _cohorts(builder: Builder, frame: Frame, machines: AcceleratorData) -> tuple[VariableBlock, Axis, Expr, Expr]:
    """Returns the opening cohorts, and over (accelerator, node) what sales bring and what is left at the end."""
    C, N, period = Axis("cohort", machines.cohort_labels), frame.node, frame.tree.period
    kind = machines.cohort_accelerator
    exists = period < machines.cohort_left[:, None]
    block = builder.block("cohort", (C, N), where=exists)
    survival = Param((C,), machines.survival[kind])
    one_on = Relation.of((N,), (N,), (frame.tree.parent[1:], np.arange(1, len(N))))
    alive = (machines.cohort_left >= 0)[:, None] & (period == 0)
    opening = Param((C, N), np.where(alive, machines.cohort_units[:, None], 0.0))
    survivors = block.expr.through(one_on) * survival + opening
    sense = "<=" if frame.case.settings.early_retirement else "=="
    builder.require("fleet_balance", (C, N), block.expr, sense, survivors, where=exists)
    years = (machines.cohort_age[:, None] + period) * frame.delta
    value = np.array([machines.resale_musd(frame.case, g, years[c]) for c, g in enumerate(kind)]).reshape(
        len(C), len(N)
    )
    end = np.array([machines.resale_musd(frame.case, g, years[c] + frame.delta) for c, g in enumerate(kind)])
    at_end = end.reshape(len(C), len(N)) * (period == frame.steps - 1)
    of_kind = Relation.of((C,), (frame.accelerator,), (np.arange(len(C)), kind))
    sales = ((survivors - block.expr) * Param((C, N), value)).through(of_kind)
    return block, C, sales, (block.expr * Param((C, N), at_end)).through(of_kind)


def _owned(
    frame: Frame,
    vintages: Vintages,
    stock: VariableBlock,
    machines: AcceleratorData,
    cohort: VariableBlock,
    cohorts: Axis,
) -> Expr:
    to_node = Relation.of((vintages.axis,), (frame.node,), (np.arange(len(vintages.axis)), vintages.pairs.last))
    place = machines.cohort_accelerator * len(frame.site) + machines.cohort_site
    at = Relation.of((cohorts,), (frame.accelerator, frame.site), (np.arange(len(cohorts)), place))
    return stock.expr.through(to_node) + cohort.expr.through(at)


def _leased(frame: Frame, supply: Supply, receive: VariableBlock) -> Expr:
    in_term = (frame.elapsed < supply.term[:, None]).astype(float)
    return (
        receive.expr.through(frame.profile(frame.offer, in_term))
        .on((frame.offer, frame.site, frame.node))
        .through(_purchases(frame, supply, leases=True))
    )


def _maintenance(
    builder: Builder, frame: Frame, ledger: Ledger, supply: Supply, active: VariableBlock, leased: Expr
) -> None:
    G, S, N = frame.accelerator, frame.site, frame.node
    price = np.array([row.maintenance_usd_per_year for row in frame.case.accelerators]) * MUSD * frame.delta
    can_lease = np.zeros(len(G), dtype=bool)
    can_lease[supply.accelerator[supply.is_lease]] = True
    for row in frame.case.open_leases:
        can_lease[frame.accelerator.position(row.accelerator)] = True
    shared = active.exists & (can_lease & (price > 0))[:, None, None]
    maintained = builder.block("maintained", (G, S, N), where=shared)
    builder.require("owned_at_work", (G, S, N), maintained.expr + leased, ">=", active.expr, where=shared)
    paid = maintained.expr + active.expr.where(active.exists & ~can_lease[:, None, None])
    ledger.add("maintenance", "units", G, (paid * Param((G,), price)).sum(S))
