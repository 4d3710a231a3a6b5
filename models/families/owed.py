"""What is owed after the end, where the case says that it counts: a negative value left.

    rent_owed   owed[o,v,l] ≥ K[o,v] · bill[o,v] − C[o,v,l] · lot_o · order[o,v]      leases with volume discounts

    value left −= Σ_v max(0, K[o,v] · price[o,v] − C[o,v,l]) · Σ_s receive[o,s,v]     leases without
    value left −= max(0, Σ_{t ≥ T, in term} Δ · δ(t) · (rent_l − cheapest rent)) · units_l        running leases
    value left −= Σ_v Σ_{t ≥ T} fee_k · least_k · Δ · δ(t) · sign[k,v]                live, and no longer to be avoided

    K[o,v] = Σ_{t ≥ T, in term} Δ · δ(t);  C[o,v,l] = the same sum times the cheapest rent then on offer
    δ(t) discounts from the middle of the period to the end of the horizon T; a fee falls due at the end of its year

What is on offer after the end is what has a price there: an offer whose row in `prices` begins at or after the end, in
its window. A shortfall can be avoided from the first year on in which such an offer that requires the agreement could
arrive.

| symbol | kind | unit | meaning |
|---|---|---|---|
| owed[o,v,l] | variable | USD million | rent of an order of v due after leaf l above the cheapest rent then on offer |
| K[o,v] | parameter | years | remaining term after the horizon, discounted |
| rent_l, units_l | parameter | USD million a unit and year, units | of a running lease |
| C[o,v,l] | parameter | USD million a unit | cheapest rent then on offer for the same accelerator over that time |
| fee_k, least_k | parameter | USD million a unit, units a year | of the agreement |
"""

from __future__ import annotations

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder
from models.calendar import MONTHS_OF_YEAR, parse_label
from models.data.after_horizon import after_end, cheapest_rents, first_arrivals
from models.data.offer_data import Supply
from models.data.strategic_options import Strategy
from models.families.agreements import Agreements
from models.families.orders import Orders
from models.frame import MUSD, Frame
from models.ledger import Ledger
from models.program import Floats


def define(
    builder: Builder,
    frame: Frame,
    ledger: Ledger,
    supply: Supply,
    strategy: Strategy,
    orders: Orders,
    bill: Expr,
    agreements: Agreements,
) -> None:
    """Adds what is owed to the value left; nothing unless the case counts it."""
    if frame.case.settings.count_owed == "count":
        _rents(builder, frame, ledger, supply, orders, bill)
        _running_rents(frame, ledger)
        _shortfalls(frame, ledger, strategy, agreements)


def _rents(builder: Builder, frame: Frame, ledger: Ledger, supply: Supply, orders: Orders, bill: Expr) -> None:
    O, N, tree = frame.offer, frame.node, frame.tree
    pairs = tree.pairs
    at_leaf = tree.period[pairs.last] == frame.steps - 1
    tiers = {row.offer for row in frame.case.price_tiers}
    by_order = supply.is_lease & np.array([name in tiers for name in O.labels], dtype=bool)
    years, rents = _after(frame, supply, np.zeros(len(O), dtype=np.int64))
    excess = np.maximum(0.0, years[:, pairs.first] * supply.price_of_arrival[:, pairs.first] - rents)
    by_arrival = np.where((supply.is_lease & ~by_order)[:, None] & at_leaf, excess, 0.0)
    owed = orders.arrivals.through(frame.relation(O, by_arrival))
    if by_order.any():
        waiting = np.where(by_order[:, None] & at_leaf, excess * supply.open_units.sum(axis=1)[:, pairs.first], 0.0)
        known = np.array([np.bincount(pairs.last, weights=row, minlength=len(N)) for row in waiting])
        years, rents = _after(frame, supply, supply.lead)
        owed = owed + Param((O, N), known) + _by_order(builder, frame, orders, bill, by_order, years, rents)
    ledger.add("value_left", "owed rent", O, owed)


def _after(frame: Frame, supply: Supply, lag: np.ndarray) -> tuple[Floats, Floats]:
    """Years of the term after the end by (offer, node), and the cheapest rents for them by (offer, pair of nodes).

    The term begins `lag` periods after the node; both are discounted to the end.
    """
    tree, pairs = frame.tree, frame.tree.pairs
    longest = int((lag + supply.term).max(initial=0)) + 1
    weight = frame.delta * after_end(frame, longest)
    so_far = np.concatenate([[0.0], np.cumsum(weight)])
    first = np.clip(tree.period + lag[:, None] - frame.steps, 0, longest)
    end = np.clip(tree.period + (lag + supply.term)[:, None] - frame.steps, 0, longest)
    rents = np.zeros((len(frame.offer), len(pairs.first)))
    for future, case in enumerate(frame.cases):
        cheap = cheapest_rents(case, frame.calendar, longest)[supply.accelerator] * MUSD
        summed = np.concatenate([np.zeros((len(cheap), 1)), np.cumsum(cheap * weight, axis=1)], axis=1)
        by_node = np.take_along_axis(summed, end, axis=1) - np.take_along_axis(summed, first, axis=1)
        own = tree.future[pairs.last] == future
        rents[:, own] = by_node[:, pairs.first[own]]
    return so_far[end] - so_far[first], rents


def _by_order(
    builder: Builder, frame: Frame, orders: Orders, bill: Expr, by_order: np.ndarray, years: Floats, rents: Floats
) -> Expr:
    """States by order and leaf what is owed above the cheapest rent; returns it by (offer, node)."""
    O, N, tree = frame.offer, frame.node, frame.tree
    pairs, labels = tree.pairs, frame.node.labels
    kept = np.flatnonzero(tree.period[pairs.last] == frame.steps - 1)
    first, last = pairs.first[kept], pairs.last[kept]
    P = Axis("order and leaf", tuple(f"{labels[v]}>{labels[n]}" for v, n in zip(first, last, strict=True)))
    to_pair = Relation.of((N,), (P,), (first, np.arange(len(kept))))
    is_owed = by_order[:, None] & (years[:, first] > 0) & orders.order.exists[:, first]
    owed = builder.block("owed", (O, P), where=is_owed)
    rent = bill.through(to_pair) * Param((O, P), years[:, first])
    then = orders.units.through(to_pair) * Param((O, P), rents[:, kept])
    builder.require("rent_owed", (O, P), owed.expr, ">=", rent - then, where=is_owed)
    return owed.expr.through(Relation.of((P,), (N,), (np.arange(len(kept)), last)))


def _running_rents(frame: Frame, ledger: Ledger) -> None:
    """Adds the same of leases that run already, for the months that are left of them after the end."""
    L, N, months = Axis("lease", tuple(row.lease for row in frame.case.open_leases)), frame.node, frame.calendar.months
    known = np.zeros((len(L), len(N)))
    for node in frame.tree.leaves if len(L) else ():
        case = frame.cases[frame.tree.future[node]]
        left = np.array([parse_label(row.ends)[0] - frame.calendar.end_month for row in case.open_leases])
        longest = max(1, -(-int(left.max()) // months))
        inside = np.clip(left[:, None] - months * np.arange(longest), 0, months) / MONTHS_OF_YEAR
        cheap = cheapest_rents(case, frame.calendar, longest)
        kind = [frame.accelerator.position(row.accelerator) for row in case.open_leases]
        rent = np.array([row.rent_usd_per_unit_per_year for row in case.open_leases])
        above = ((rent[:, None] - cheap[kind]) * inside * after_end(frame, longest)).sum(axis=1)
        known[:, node] = np.maximum(0.0, above) * [row.units for row in case.open_leases] * MUSD
    if known.any():
        ledger.add("value_left", "owed running", L, Expr.given((L, N), known))


def _shortfalls(frame: Frame, ledger: Ledger, strategy: Strategy, agreements: Agreements) -> None:
    case, K, N, calendar = frame.case, frame.agreement, frame.node, frame.calendar
    fee = [row.min_units_per_year * row.shortfall_usd_per_unit * MUSD * frame.delta for row in case.agreements]
    if not any(fee):
        return
    longest = int((strategy.live + strategy.term).max(initial=0)) + frame.farthest
    arrival = first_arrivals(case, calendar, longest)
    years = np.array([calendar.year_of(frame.steps + j) for j in range(longest)])
    year_end = np.array([np.flatnonzero(years == year)[-1] for year in years])
    weight = after_end(frame, longest)[year_end]
    amounts = np.zeros((len(K), frame.farthest))
    for k in range(len(K)):
        lost = np.where(year_end < arrival[k], weight * fee[k], 0.0)
        so_far = np.concatenate([[0.0], np.cumsum(lost)])
        # Of a signing so many periods before the last: the term begins and ends so far after the end.
        begin = np.clip(strategy.live[k] - 1 - frame.elapsed, 0, longest)
        end = np.clip(strategy.live[k] + strategy.term[k] - 1 - frame.elapsed, 0, longest)
        amounts[k] = so_far[end] - so_far[begin]
    leaf = (frame.tree.period == frame.steps - 1).astype(float)
    at_end = Param((K, N), np.broadcast_to(leaf, (len(K), len(N))).copy())
    ledger.add("value_left", "owed shortfall", K, agreements.signings.unfold(amounts) * at_end)
