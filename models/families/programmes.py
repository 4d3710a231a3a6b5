"""Own chip programmes: routes, tape-outs, ramps and what they cost.

    once_each   Σ_m Σ_{v∈A(leaf)} start[m,v] ≤ 1                          for each programme, on each path
    ramp        Σ_{o requires j} Σ_s receive[o,s,n] ≤ Δ · Σ_m Σ_{v∈A(n)} start[m,v] · most_j(months since ready)

    ready[j,n] = Σ_m Σ_{v∈A(n): ready by n} start[m,v]
    ready from the first node u on with t(u)−t(v) ≥ lag(m,u), where the programme has not failed
    masks[m,n]   = Σ_{v: tape-out at n} (mask set + planned respins · cost of a respin) · start[m,v]
    respins[m,n] = cost of a respin · Σ_{v: not ready before n} (unplanned[m,n] − unplanned[m,p(n)]) · start[m,v]
                   from the tape-out on, where what is unplanned before it counts as 0; of a tape-out before the plan
                   all that are known count, less those that were paid for by then
    where a programme fails before it is ready, its design, masks and respins are no longer paid from that node on;
    where it is known to have failed it is not started, unless that is committed

| symbol | kind | unit | meaning |
|---|---|---|---|
| start[m,n] | variable | 0 or 1 | route m of its programme starts |
| lag(m,u) | parameter | periods | design, tape-out to volume, respins and delay as known at u, rounded up |
| unplanned[m,n] | parameter | respins | known at n beyond those planned for by `tape_out_risk`; 0 while not known |
| most_j | parameter | units a year | ramp of the programme by months since ready |
| Δ | parameter | years | length of a period |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Expr, Param, Relation, gather
from models.builder import Builder
from models.data.strategic_options import Strategy, opened_with, risk_cost
from models.frame import Effects, Events, Frame, past_events
from models.ledger import Ledger
from models.program import Floats
from models.requirement import Amounts, Requirement

RAMP = Requirement("ramp", "the ramps of own chips", "units a year", "ramp", compares=True, priced=True)


@dataclass(frozen=True, eq=False)
class Programmes:
    """Starts of programmes and what follows from them."""

    starts: Events
    readiness: Effects
    """How long each start has been ready."""
    ready: Expr
    """(programme, node): 1 from ready on."""
    taken: Expr
    """(programme, node): 1 from the start on."""
    running: Expr
    """(programme, node): 1 while started and not ready."""


def define(builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy) -> Programmes:
    """States the starts of programmes, once each, and their costs."""
    J, M, N = frame.programme, frame.route, frame.node
    start = builder.block("start", (M, N), upper=1.0, integer=True, where=strategy.may_start)

    def route_of(programme: str, route: str) -> int:
        names = [f"{programme}/{route}"] if route else [name for name in M.labels if name.split("/")[0] == programme]
        return M.position(names[0])

    events = Events(frame, start, M, past_events(frame, "start", M, route_of))
    of_programme = Relation.of((M,), (J,), (np.arange(len(M)), strategy.programme_of))
    readiness, always = events.effects(strategy.ready_lag), np.ones((len(M), frame.farthest))
    ready = events.unfold(always, readiness).through(of_programme)
    taken = events.unfold(always).through(of_programme)
    leaf = frame.tree.period == frame.steps - 1
    builder.require("once_each", (J, N), taken, "<=", 1.0, where=np.broadcast_to(leaf, (len(J), len(N))))
    _costs(frame, ledger, events, readiness, strategy)
    worth = np.array([row.terminal_value_musd for row in frame.case.programmes])
    if worth.any():
        at_end = Param((J, N), worth[:, None] * leaf)
        ledger.add("value_left", "programme", J, -(ready * at_end))
    return Programmes(events, readiness, ready, taken, taken - ready)


def _costs(frame: Frame, ledger: Ledger, events: Events, readiness: Effects, strategy: Strategy) -> None:
    routes, elapsed = frame.case.routes, frame.elapsed
    design = np.array([row.design_cost_musd for row in routes])[:, None]
    periods = np.maximum(strategy.design, 1)[:, None]
    setting = frame.case.settings.tape_out_risk
    masks = np.array([row.mask_set_musd + risk_cost(row, setting) for row in routes])[:, None]
    sustaining = np.array([row.sustaining_musd_per_year for row in routes])[:, None] * frame.delta
    designing = np.where(elapsed < periods, design / periods, 0.0)
    ledger.add("tape_out", "design", frame.route, _until_failure(events, readiness, designing))
    at_tape_out = masks * (elapsed == strategy.design[:, None])
    ledger.add("tape_out", "masks", frame.route, _until_failure(events, readiness, at_tape_out))
    if strategy.respins.are_known:
        ledger.add("tape_out", "respins", frame.route, _respins(frame, events, readiness, strategy))
    yearly = np.repeat(sustaining, frame.farthest, axis=1)
    ledger.add("tape_out", "sustaining", frame.route, events.unfold(yearly, readiness))


def _until_failure(events: Events, readiness: Effects, amounts: Floats) -> Expr:
    """As `Events.unfold`, but nothing from the node on in which a programme fails before it is ready."""
    if not readiness.lag.failed.any():
        return events.unfold(amounts)
    tree, pairs, failed = events.frame.tree, events.frame.tree.pairs, readiness.lag.failed
    stopped = failed[:, pairs.last] & (readiness.since < 0)
    own = np.where(stopped, 0.0, amounts[:, tree.age(pairs)])
    known = np.zeros((len(events.past), len(tree)))
    for i, (item, period, _) in enumerate(events.past):
        stopped_past = failed[item] & (readiness.past[i] < 0)
        known[i] = np.where(stopped_past, 0.0, amounts[item, tree.period - period])
    return events.unfold_once(own, known)


def _respins(frame: Frame, events: Events, readiness: Effects, strategy: Strategy) -> Expr:
    """(route, node) USD million: what respins cost beyond those planned for, when that is known."""
    tree, pairs, failed = frame.tree, frame.tree.pairs, readiness.lag.failed
    musd = strategy.respins.unplanned_musd()
    more = musd - np.where(tree.parent >= 0, musd[:, tree.parent], 0.0)
    above, age, design = tree.parent_pair, tree.age(pairs), strategy.design[:, None]
    was_ready = (above >= 0) & (readiness.since[:, np.maximum(above, 0)] >= 0)
    lost = failed[:, pairs.last] & (readiness.since < 0)
    later = np.where(was_ready, 0.0, more[:, pairs.last])
    own = np.where(age == design, musd[:, pairs.last], np.where(age > design, later, 0.0))
    known, paid = np.zeros((len(events.past), len(tree))), _paid_before(frame, events)
    for i, (item, period, _) in enumerate(events.past):
        since, elapsed = readiness.past[i], tree.period - period
        later = more[item]
        if period + strategy.design[item] < 0:
            in_all = strategy.respins.known_musd(item, paid[i])
            later = in_all - np.where(tree.parent >= 0, in_all[tree.parent], paid[i] * strategy.respins.cost_each[item])
        further = np.where(since > 0, 0.0, later)
        amounts = np.where(elapsed == strategy.design[item], musd[item], further * (elapsed > strategy.design[item]))
        known[i] = np.where(failed[item] & (since < 0), 0.0, amounts)
    return events.unfold_once(np.where(lost, 0.0, own), known)


def _paid_before(frame: Frame, events: Events) -> list[float]:
    """By start before the plan: the respins that were paid for by then."""
    paid = {(row.item, row.period): row.respins_paid for row in frame.case.commitments if row.kind == "start"}
    by_period = {(item, frame.calendar.period_at(label)): found for (item, label), found in paid.items() if label}
    names = [label.split("/")[0] for label in events.axis.labels]
    return [by_period[names[item], period] for item, period, _ in events.past]


def define_ramp(
    builder: Builder, frame: Frame, strategy: Strategy, programmes: Programmes, arrivals: Expr
) -> tuple[Amounts, ...]:
    """States how fast the units of a programme can arrive after it is ready, and returns that where there are ramps."""
    case, J, N = frame.case, frame.programme, frame.node
    ramped = [row.programme for row in case.programmes if any(r.programme == row.programme for r in case.ramp)]
    if not ramped:
        return ()
    most = np.array([_ramp(frame, row.programme) for row in case.routes])
    of_programme = Relation.of((frame.route,), (J,), (np.arange(len(frame.route)), strategy.programme_of))
    allowed = programmes.starts.unfold(most * frame.delta, programmes.readiness).through(of_programme)
    offers = [(frame.offer.position(offer), j) for j, name in enumerate(J.labels) for offer in opened_with(case, name)]
    pairs = np.array(offers, dtype=np.int64).reshape(-1, 2)
    received = arrivals.through(Relation.of((frame.offer,), (J,), (pairs[:, 0], pairs[:, 1])))
    is_ramped = np.array([[name in ramped] for name in J.labels])
    where = np.broadcast_to(is_ramped, (len(J), len(N)))
    builder.require("ramp", (J, N), received, "<=", allowed, where=where)
    period = np.tile(frame.tree.period, len(J))
    bounding = Amounts(
        RAMP, (J, N), tuple(name for name in J.labels for _ in N.labels),
        tuple(frame.calendar.labels[t] for t in period.tolist()), np.tile(np.arange(len(N)), len(J)), period,
        received, allowed, None, where.ravel(), units=("units",) * period.size,
    )  # fmt: skip
    return (bounding,)


def _ramp(frame: Frame, programme: str) -> Floats:
    """Units a year by periods since ready."""
    rows = sorted((r for r in frame.case.ramp if r.programme == programme), key=lambda r: r.months_since_ready)
    months = np.array([row.months_since_ready for row in rows])
    units = np.array([row.max_units_per_year for row in rows])
    since = frame.elapsed * frame.calendar.months
    step = np.searchsorted(months, since + 1e-9, side="right") - 1
    value = units[np.maximum(step, 0)] if len(units) else np.zeros(len(since))
    return np.where(step >= 0, value, 0.0)


def on_gates(frame: Frame, programmes: Expr, acquisitions: Expr, agreements: Expr) -> Expr:
    """Returns expressions over (programme | acquisition | agreement, node) as one over (gate, node)."""
    G, N = frame.gate, frame.node
    found = Expr.zero((G, N))
    first = 0
    for part in (programmes, acquisitions, agreements):
        axis = part.axes[0]
        positions = np.arange(len(G)) - first
        inside = (positions >= 0) & (positions < len(axis))
        found = found + part.through(gather(axis, G, np.where(inside, positions, -1)))
        first += len(axis)
    return found
