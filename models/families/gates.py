"""Gates and exclusions: what may be taken only where something else is ready, owned or live.

    gates               lot_o · order[o,n] ≤ largest[o,n] · open[x,n]         for each gate x that offer o requires
                        build[e,n] ≤ most_e · open[x,n]; start[m,n], close[a,n], sign[k,n] ≤ open[x,n]
    work_through_gate   Σ_s assign[g,s,w,n] ≤ demand[w,n] · Σ_o ever[x(o),n−lead_o]
                        for accelerators that come through gated offers only: follows from the rest, and keeps the
                        relaxation from working with chips that nobody has taped out
    excludes            Σ_{v∈A(leaf)} start[m,v] + taken[y,leaf] ≤ 1          likewise for close and sign
                        lot_o · order[o,n] ≤ largest[o,n] · (1 − taken[y,n])  likewise for build

| symbol | kind | unit | meaning |
|---|---|---|---|
| open[x,n] | expression | 0 or 1 | programme ready, company owned, or agreement live |
| ever[x,n] | expression | 0 or 1 | as open, but an agreement also counts after its term |
| taken[y,n] | expression | 0 or 1 | started, signed or closed up to n |
| largest[o,n] | parameter | units | upper bound on the order, from need and supply |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation, gather
from models.builder import Builder, VariableBlock
from models.data.offer_data import Supply
from models.frame import Frame
from models.program import Floats


@dataclass(frozen=True, eq=False)
class Gates:
    """Expressions over (gate, node)."""

    open: Expr
    ever: Expr
    taken: Expr


@dataclass(frozen=True, eq=False)
class Gated:
    """Something that can be taken: its rows with `requires` and `excludes`, its amount, and its bound."""

    axis: Axis
    rows: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]
    amount: Expr
    """(axis, node): what is taken there."""
    most: Param
    exists: np.ndarray
    is_single: bool
    """True for routes, companies and agreements, which are taken once."""
    so_far: Expr | None = None
    """(axis, node): taken up to the node, for what is taken once."""


def define(builder: Builder, frame: Frame, gates: Gates, gated: Sequence[Gated]) -> None:
    """States gates and exclusions of everything that can be taken."""
    for things in gated:
        _gates(builder, frame, gates, things)
        _excludes(builder, frame, gates, things)


def _links(frame: Frame, axis: Axis, names: Sequence[tuple[str, ...]]) -> tuple[Axis, Relation, Relation] | None:
    """An axis of (thing, gate) pairs, and its relations from things and from gates."""
    pairs = [(i, frame.gate.position(name)) for i, cell in enumerate(names) for name in cell]
    if not pairs:
        return None
    thing, gate = np.array(pairs, dtype=np.int64).T
    labels = tuple(f"{axis.labels[i]}:{frame.gate.labels[x]}" for i, x in pairs)
    link = Axis(f"{axis.name} and gate", labels)
    return link, gather(axis, link, thing), gather(frame.gate, link, gate)


def _spread_mask(mask: np.ndarray, link: Relation) -> np.ndarray:
    found = np.zeros((len(link.target[0]), mask.shape[1]), dtype=bool)
    found[link.target_cells] = mask[link.source_cells]
    return found


def _gates(builder: Builder, frame: Frame, gates: Gates, things: Gated) -> None:
    links = _links(frame, things.axis, [requires for requires, _ in things.rows])
    if links is None:
        return
    link, from_thing, from_gate = links
    most = Expr.given((things.axis, frame.node), things.most).through(from_thing).constant
    assert most is not None
    bound = Param((link, frame.node), most.reshape(len(link), len(frame.node)))
    builder.require(
        "gates",
        (link, frame.node),
        things.amount.through(from_thing),
        "<=",
        gates.open.through(from_gate) * bound,
        where=_spread_mask(things.exists, from_thing),
    )


def _excludes(builder: Builder, frame: Frame, gates: Gates, things: Gated) -> None:
    links = _links(frame, things.axis, [excludes for _, excludes in things.rows])
    if links is None:
        return
    link, from_thing, from_gate = links
    axes = (link, frame.node)
    taken = gates.taken.through(from_gate)
    if things.is_single:
        assert things.so_far is not None
        leaf = np.broadcast_to(frame.tree.period == frame.steps - 1, (len(link), len(frame.node)))
        builder.require("excludes", axes, things.so_far.through(from_thing) + taken, "<=", 1.0, where=leaf)
        return
    most = Expr.given((things.axis, frame.node), things.most).through(from_thing).constant
    assert most is not None
    bound = Param(axes, most.reshape(len(link), len(frame.node)))
    left = things.amount.through(from_thing) + taken * bound
    builder.require("excludes", axes, left, "<=", bound, where=_spread_mask(things.exists, from_thing))


def define_work_through_gate(
    builder: Builder, frame: Frame, supply: Supply, gates: Gates, assign: VariableBlock, demand: Floats
) -> None:
    """States the linking of work to the gates of accelerators that can only come through gates."""
    G, W, N = frame.accelerator, frame.workload, frame.node
    free = np.zeros(len(G), dtype=bool)
    there = [row.accelerator for row in frame.case.opening_fleet] + [row.accelerator for row in frame.case.open_leases]
    for name in there:
        free[G.position(name)] = True
    for i, offer in enumerate(frame.case.offers):
        if supply.open_units[i].any() or (supply.may_order[i].any() and not offer.requires):
            free[supply.accelerator[i]] = True
    ways: dict[tuple[int, int], int] = {}
    for i, offer in enumerate(frame.case.offers):
        if not free[supply.accelerator[i]] and offer.requires and supply.may_order[i].any():
            way = int(supply.accelerator[i]), frame.gate.position(offer.requires[0])
            ways[way] = min(int(supply.lead_at[i].min()), ways.get(way, frame.steps))
    reach = Expr.zero((G, N))
    for (accelerator, gate), lead in ways.items():
        lag = np.zeros((len(frame.gate), frame.farthest))
        lag[:, lead] = 1.0
        later = gates.ever.through(frame.profile(frame.gate, lag))
        one = (np.array([gate]), np.array([accelerator]))
        reach = reach + later.through(Relation.of((frame.gate,), (G,), one))
    if len(reach.rows) == 0:
        return
    wanted = reach.spread(W, at=1) * Param((W, N), demand)
    worked = assign.expr.sum(frame.site)
    mask = np.zeros(worked.size, dtype=bool)
    mask[worked.rows] = True
    mask = mask.reshape(len(G), len(W), len(N)) & ~free[:, None, None]
    builder.require("work_through_gate", (G, W, N), worked, "<=", wanted, where=mask)
