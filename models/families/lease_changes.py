"""Leases that end early or are renewed: units of a lease as a stock by the node in which their term begins.

    lease_exit      Σ_{m on the path to n} leave[c,b,m] ≤ begun[c,b]                        n the last chance on a path
    lease_renewal   renew[c,n] ≤ begun[c',b] − Σ_{m on the path to n} leave[c',b,m]
                    c' the term before c, b the ancestor of n in which it began

    begun[c,b]      what arrives of an offer at a site, what runs of a lease at the start, or what is renewed
    leave[c,b,m]    units of a term that began in b of which notice is given in m; they leave after the notice, before
                    the end of the term, and pay the exit fee then
    in term         begun[c,b] − left, for the periods of the term
    paid            rent[c,b] · Δ in each period of the term, and fee_c · rent[c,b] where units leave

| symbol | kind | unit | meaning |
|---|---|---|---|
| leave[c,b,m] | variable | units | of term c begun at b, notice given at m |
| renew[c,n] | variable | units | that stay for another term c from n on |
| fee_c | parameter | years of rent | exit fee |
| Δ | parameter | years | length of a period |
| rent[c,b] | parameter | USD million a unit and year | of a term that began at b |

Terms of an offer are those at one site; a renewed term costs the price of renewal, or the offer's price when it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder, VariableBlock
from models.calendar import MONTHS_OF_YEAR, parse_label
from models.data.offer_data import Supply
from models.frame import MUSD, Frame
from models.ledger import Ledger
from models.program import Floats
from models.tables.fleet_rows import Offer
from models.tables.holding_rows import OpenLease

Contract: TypeAlias = Offer | OpenLease


@dataclass(frozen=True)
class LeaseTerm:
    """One term of a lease: of an offer at a site, or of a lease that runs; the first, or a renewal."""

    contract: Contract
    position: int
    """Of the offer or running lease in its table."""
    site: int
    accelerator: int
    renewal: int
    """0 for the first term."""
    periods: int
    before: int
    """The number of the term that it renews; −1 for a first one."""

    @property
    def is_offer(self) -> bool:
        """True for an offer, False for a lease that runs at the start."""
        return isinstance(self.contract, Offer)

    @property
    def name(self) -> str:
        """The offer or lease."""
        return self.contract.offer if isinstance(self.contract, Offer) else self.contract.lease


@dataclass(frozen=True, eq=False)
class LeaseChanges:
    """What leaves early and what is renewed."""

    terms: tuple[LeaseTerm, ...]
    axis: Axis
    begun: Expr
    """(term, node) units."""
    leave: VariableBlock
    """(term, pair of nodes: begin and notice)."""
    renew: VariableBlock
    """(term, node)."""
    rent: Floats
    """(term, node) USD million a unit and year."""
    units: Expr
    """(accelerator, site, node): what is renewed and in term, less what has left before its end."""


def define(builder: Builder, frame: Frame, ledger: Ledger, supply: Supply, receive: VariableBlock) -> LeaseChanges:
    """States exits and renewals of leases, and what they cost."""
    terms = _terms(frame, supply)
    C = Axis("lease term", tuple(_label(frame, term) for term in terms))
    begins, rent = _begins(frame, supply, terms, receive)
    N, P = frame.node, frame.pair
    is_renewal = np.array([term.renewal > 0 for term in terms], dtype=bool)
    renew = builder.block("renew", (C, N), where=begins & is_renewal[:, None])
    begun = _first_terms(frame, C, terms, receive) + renew.expr
    may_leave = _may_leave(frame, terms, begins)
    leave = builder.block("leave", (C, P), where=may_leave)
    changes = LeaseChanges(terms, C, begun, leave, renew, rent, _units(frame, C, terms, renew, leave))
    if terms:
        _limit(builder, frame, changes, may_leave)
        _pay(frame, ledger, changes)
    return changes


def notice_periods(frame: Frame, term: LeaseTerm) -> int:
    """Returns the periods from notice to exit."""
    return frame.calendar.lag_periods(term.contract.exit_notice_months)


def _label(frame: Frame, term: LeaseTerm) -> str:
    return f"{term.name}@{frame.site.labels[term.site]}#{term.renewal}"


def _terms(frame: Frame, supply: Supply) -> tuple[LeaseTerm, ...]:
    """The terms of all leases with a right to leave or to renew."""
    found: list[LeaseTerm] = []
    for o, offer in enumerate(frame.case.offers):
        if offer.kind == "lease":
            for s in np.flatnonzero(supply.at_site[o]):
                _add(found, frame, offer, o, int(s), int(supply.accelerator[o]), int(supply.term[o]))
    for i, lease in enumerate(frame.case.open_leases):
        months = parse_label(lease.ends)[0] - frame.calendar.start_month
        place = frame.site.position(lease.site), frame.accelerator.position(lease.accelerator)
        _add(found, frame, lease, i, *place, months // frame.calendar.months)
    return tuple(found)


def _add(
    found: list[LeaseTerm], frame: Frame, contract: Contract, position: int, site: int, kind: int, periods: int
) -> None:
    if contract.exit_fee_months is None and contract.renew_months is None:
        return
    found.append(LeaseTerm(contract, position, site, kind, 0, periods, -1))
    if contract.renew_months is not None:
        again = frame.calendar.term_periods(contract.renew_months)
        for number in range(1, (1 if contract.renewals is None else int(contract.renewals)) + 1):
            found.append(LeaseTerm(contract, position, site, kind, number, again, len(found) - 1))


def _begins(
    frame: Frame, supply: Supply, terms: tuple[LeaseTerm, ...], receive: VariableBlock
) -> tuple[np.ndarray, Floats]:
    """(term, node): a term may begin there, and its rent a unit and year."""
    N, tree = len(frame.node), frame.tree
    begins, rent = np.zeros((len(terms), N), dtype=bool), np.zeros((len(terms), N))
    for c, term in enumerate(terms):
        if term.before < 0:
            if term.is_offer:
                begins[c], rent[c] = receive.exists[term.position, term.site], supply.price_of_arrival[term.position]
            else:
                begins[c] = tree.period == 0
                rent[c] = _running_rent(term)
            continue
        before = tree.period - terms[term.before].periods
        begins[c] = (before >= 0) & begins[term.before, tree.ancestor_at(np.maximum(before, 0))]
        price = term.contract.renew_usd_per_unit_per_year
        if price is not None:
            rent[c] = price * MUSD
        elif term.contract.offer:
            rent[c] = supply.price[frame.offer.position(term.contract.offer)]
            begins[c] &= rent[c] > 0
        else:
            rent[c] = _running_rent(term)
    return begins, rent


def _running_rent(term: LeaseTerm) -> float:
    assert isinstance(term.contract, OpenLease)
    return term.contract.rent_usd_per_unit_per_year * MUSD


def _first_terms(frame: Frame, C: Axis, terms: tuple[LeaseTerm, ...], receive: VariableBlock) -> Expr:
    """(term, node) units whose first term begins: arrivals, and at the root what runs already."""
    S, N = len(frame.site), frame.node
    own = [(c, term.position * S + term.site) for c, term in enumerate(terms) if term.before < 0 and term.is_offer]
    cells = np.array([cell for _, cell in own], dtype=np.int64), np.array([c for c, _ in own], dtype=np.int64)
    arrived = receive.expr.through(Relation.of((frame.offer, frame.site), (C,), cells)).on((C, N))
    running = np.zeros((len(terms), len(N)))
    for c, term in enumerate(terms):
        if isinstance(term.contract, OpenLease) and term.before < 0:
            running[c, frame.tree.period == 0] = term.contract.units
    return arrived + Param((C, N), running) if running.any() else arrived


def _may_leave(frame: Frame, terms: tuple[LeaseTerm, ...], begins: np.ndarray) -> np.ndarray:
    """(term, pair of begin and notice): the exit lies in the term, after its first period."""
    age, first = frame.tree.age(frame.tree.pairs), frame.tree.pairs.first
    found = np.zeros((len(terms), len(age)), dtype=bool)
    for c, term in enumerate(terms):
        if term.contract.exit_fee_months is not None:
            gone = age + notice_periods(frame, term)
            # A lease that runs at the start may be left in the first period.
            least = 0 if not term.is_offer and term.before < 0 else 1
            # An exit after the plan would cost nothing in it.
            in_plan = frame.tree.period[first] + gone < frame.steps
            found[c] = begins[c, first] & (gone >= least) & (gone < term.periods) & in_plan
    return found


def _from_notice(
    frame: Frame, C: Axis, terms: tuple[LeaseTerm, ...], weight: Floats, *, at_exit: bool = False
) -> Relation:
    """Relates notices to nodes, by `weight[term, begin]`: those after the exit within the term, or that of the exit."""
    N, P, tree = frame.node, frame.pair, frame.tree
    pair, node = tree.pairs_after
    first, last = tree.pairs.first[pair], tree.pairs.last[pair]
    since_notice, since_begin = tree.period[node] - tree.period[last], tree.period[node] - tree.period[first]
    source, target, values = [], [], []
    for c, term in enumerate(terms):
        notice = notice_periods(frame, term)
        gone = (since_notice >= notice) & (since_begin < term.periods)
        kept = np.flatnonzero(since_notice == notice if at_exit else gone)
        source.append(c * len(P) + pair[kept])
        target.append(c * len(N) + node[kept])
        values.append(weight[c, first[kept]])
    parts = (np.concatenate(source), np.concatenate(target)), np.concatenate(values)
    return Relation.of((C, P), (C, N), *parts)


def _in_term(frame: Frame, C: Axis, terms: tuple[LeaseTerm, ...]) -> Relation:
    """Relates renewals to the nodes of their terms."""
    length = np.array([term.periods if term.renewal else 0 for term in terms], dtype=np.int64)
    return frame.profile(C, (frame.elapsed < length[:, None]).astype(float))


def _units(frame: Frame, C: Axis, terms: tuple[LeaseTerm, ...], renew: VariableBlock, leave: VariableBlock) -> Expr:
    """(accelerator, site, node): what is renewed and in term, less what has left."""
    G, S, N = frame.accelerator, frame.site, frame.node
    if not terms:
        return Expr.zero((G, S, N))
    gone = leave.expr.through(_from_notice(frame, C, terms, np.ones((len(terms), len(N)))))
    held = renew.expr.through(_in_term(frame, C, terms)) - gone
    cells = np.array([term.accelerator * len(S) + term.site for term in terms], dtype=np.int64)
    return held.through(Relation.of((C,), (G, S), (np.arange(len(terms)), cells)))


def _limit(builder: Builder, frame: Frame, changes: LeaseChanges, may_leave: np.ndarray) -> None:
    """States that no more leave than have begun, and no more are renewed than are left at the end of a term."""
    C, N, P, tree, terms = changes.axis, frame.node, frame.pair, frame.tree, changes.terms
    pairs = tree.pairs
    so_far = changes.leave.expr.through(frame.pairs_so_far)
    begun = changes.begun.through(Relation.of((N,), (P,), (pairs.first, np.arange(len(P)))))
    builder.require("lease_exit", (C, P), so_far, "<=", begun, where=frame.is_last_chance(may_leave))
    source, ended, target = [], [], []
    for c, term in enumerate(terms):
        nodes = np.flatnonzero(changes.renew.exists[c])
        if len(nodes):
            begin = tree.ancestor_at(tree.period - terms[term.before].periods)[nodes]
            source.append(term.before * len(N) + begin)
            ended.append(term.before * len(P) + tree.pair_number(begin, nodes))
            target.append(c * len(N) + nodes)
    if source:
        cells = np.concatenate(target)
        first = changes.begun.through(Relation.of((C, N), (C, N), (np.concatenate(source), cells)))
        left = so_far.through(Relation.of((C, P), (C, N), (np.concatenate(ended), cells)))
        renewed, exists = changes.renew.expr, changes.renew.exists
        builder.require("lease_renewal", (C, N), renewed, "<=", first - left, where=exists)


def _pay(frame: Frame, ledger: Ledger, changes: LeaseChanges) -> None:
    """Adds rents that are not due any more, fees, and rents of renewed terms; of offers, and of running leases."""
    C, N, terms = changes.axis, frame.node, changes.terms
    delta, rent = frame.delta, changes.rent
    fees = np.array([(term.contract.exit_fee_months or 0.0) / MONTHS_OF_YEAR for term in terms])[:, None]
    saved = changes.leave.expr.through(_from_notice(frame, C, terms, rent * delta))
    paid = changes.leave.expr.through(_from_notice(frame, C, terms, rent * fees, at_exit=True))
    again = (changes.renew.expr * Param((C, N), rent * delta)).through(_in_term(frame, C, terms))
    running = Axis("lease", tuple(row.lease for row in frame.case.open_leases))
    for prefix, axis, is_offer in (("", frame.offer, True), ("running ", running, False)):
        own = [(c, term.position) for c, term in enumerate(terms) if term.is_offer == is_offer]
        if own:
            cells = np.array([c for c, _ in own], dtype=np.int64), np.array([item for _, item in own], dtype=np.int64)
            to_item = Relation.of((C,), (axis,), cells)
            ledger.add("lease", f"{prefix}left early", axis, -(saved.through(to_item)))
            ledger.add("lease", f"{prefix}exit fee", axis, paid.through(to_item))
            ledger.add("lease", f"{prefix}renewed", axis, again.through(to_item))


def held_changes(frame: Frame, changes: LeaseChanges, leave: Floats, renew: Floats) -> Floats:
    """Returns by (term, pair of its begin and a node) the units that a plan holds more, or less, than without changes.

    `leave` and `renew` are the values of the variables.
    """
    tree, pairs = frame.tree, frame.tree.pairs
    age = tree.age(pairs)
    found = np.zeros(leave.shape)
    pair, node = tree.pairs_after
    first, last = pairs.first[pair], pairs.last[pair]
    later = tree.pair_number(first, node)
    for c, term in enumerate(changes.terms):
        if term.renewal:
            found[c] = np.where(age < term.periods, renew[c, pairs.first], 0.0)
        gone = tree.period[node] - tree.period[last] >= notice_periods(frame, term)
        gone &= tree.period[node] - tree.period[first] < term.periods
        found[c] -= np.bincount(later[gone], weights=leave[c, pair[gone]], minlength=len(age))
    return found
