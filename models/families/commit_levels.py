"""Commitment levels: what an agreement obliges to take in each year of its term, and what a shortfall costs.

    commit_level   Σ_{l'∈L(l)} short[l',n'] ≥ Σ_{l'∈L(l)} (amount_{l'} · sign[k,v] − Σ_{u in year l'} counted[k,u])
    level_short    short[l,n] ≤ amount_l · late[l,n]                         carry excess, where a later year follows
    level_excess   wanted − met before ≥ short[l,n] − M[l,n] · (1 − late[l,n])     of the same: what is left to take
    L(l)           l and the years of the term right before it that carry their excess
    v the ancestor of n whose signing makes n the last period of the year of l, n' that of the year of l'

    counted    units that arrive of the offers that require the agreement; what is spent on them, hardware and leases;
               or the facility MW of the active units of their accelerators, averaged over the year
    fee        share_l · short[l,n], at the agreement's fee a unit or MW; in n

With carry excess a year's excess lowers the levels of later years; what is paid for counts as taken. Nothing is paid
ahead: a shortfall is paid only as far as the year is short, which takes a binary.

| symbol | kind | unit | meaning |
|---|---|---|---|
| short[l,n] | variable | units, USD million or MW | shortfall of a year that ends with n |
| late[l,n] | variable | 0 or 1 | the year is short of its level |
| M[l,n] | parameter | units, USD million or MW | more than can count in the term up to n |
| amount_l | parameter | units, USD million or MW | level of the year of row l |
| share_l | parameter | share | part of the shortfall that is paid |
| counted[k,n] | expression | units, USD million or MW | what counts in a period |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation, total
from models.builder import Builder, VariableBlock
from models.calendar import MONTHS_OF_YEAR
from models.data.offer_data import Supply
from models.data.strategic_options import Strategy, opened_with
from models.families import running_leases
from models.families.agreements import Agreements
from models.frame import KW_PER_MW, MUSD, Frame
from models.ledger import Ledger
from models.program import Floats, Ints
from models.tables.contract_rows import CommitLevel


@dataclass(frozen=True, eq=False)
class CommitLevels:
    """The levels of agreements by (row of the table, node): each node is the last of at most one year of a term."""

    short: VariableBlock
    counted: Expr
    """In the year that ends with the node, or in the term up to it where excess is carried."""
    level: Expr
    """What is to be taken in that year; 0 where the agreement is not signed."""
    brought_forward: Expr
    """What earlier years of the term have above their levels, where that counts."""
    fee: Expr
    """USD million."""
    years: tuple[tuple[int, int], ...]
    """By row: the first and last period of its year, from the signing on."""


@dataclass(frozen=True, eq=False)
class Counted:
    """What may count: units that arrive by (offer, site, node), MW drawn by (accelerator, node).

    `largest[o,n]` bounds the units of an order.
    """

    receive: Expr
    mw: Expr
    supply: Supply
    largest: Floats


@dataclass(frozen=True, eq=False)
class _TermYears:
    """The rows of the table as positions: agreement, and the year's first and last period from the signing on."""

    axis: Axis
    agreement: Ints
    first: Ints
    last: Ints


def define(
    builder: Builder, frame: Frame, ledger: Ledger, strategy: Strategy, agreements: Agreements,
    counted: Counted,
) -> CommitLevels:  # fmt: skip
    """States the levels of agreements, and what shortfalls cost."""
    N, rows = frame.node, _rows(frame, strategy)
    L, table = rows.axis, frame.case.commit_levels
    signed = _signed(frame, rows, agreements)
    exists = np.zeros((len(L), len(N)), dtype=bool)
    exists.ravel()[signed.rows] = True
    if signed.constant is not None:
        exists |= signed.constant.reshape(exists.shape) > 0
    exists &= np.array([row.amount > 0 for row in table], dtype=bool)[:, None]
    short = builder.block("short", (L, N), where=exists)
    parts = [_counted(frame, ledger, L, i, row, counted) for i, row in enumerate(table)]
    taken, level = total((L, N), parts), signed * Param((L,), np.array([row.amount for row in table]))
    own = taken.through(_window(frame, rows.axis, rows.first - rows.last))
    in_year = own + _past_only(frame, rows, agreements)
    wanted, met = _carried(frame, rows, level, in_year, short.expr)
    brought = met - in_year - short.expr - wanted + level
    years = tuple(zip(rows.first.tolist(), rows.last.tolist(), strict=True))
    found = CommitLevels(short, in_year, level, brought, short.expr * Param((L,), _fees(frame)), years)
    if table:
        builder.require("commit_level", (L, N), met, ">=", wanted, where=exists)
        most, missing = _most_counted(frame, counted.supply, counted.largest), wanted - (met - short.expr)
        _never_ahead(builder, frame, short, missing, exists, most)
        ledger.add("agreement", "level", L, found.fee)
    return found


def _rows(frame: Frame, strategy: Strategy) -> _TermYears:
    table, K = frame.case.commit_levels, frame.agreement
    year = MONTHS_OF_YEAR // frame.calendar.months
    agreement = np.array([K.position(row.agreement) for row in table], dtype=np.int64)
    number = np.array([row.year_of_term for row in table], dtype=np.int64)
    live, term = strategy.live[agreement], strategy.term[agreement]
    return _TermYears(
        Axis("commit level", tuple(f"{row.agreement}/{row.year_of_term}" for row in table)),
        agreement, live + (number - 1) * year, live + np.minimum(number * year, term) - 1,
    )  # fmt: skip


def _signed(frame: Frame, rows: _TermYears, agreements: Agreements) -> Expr:
    """By (row, node): 1 where the agreement was signed so that its year ends with the node."""
    N, K, tree = frame.node, frame.agreement, frame.tree
    at = tree.period - rows.last[:, None]
    row, node = np.nonzero(at >= 0)
    signing = np.array([tree.ancestor_at(np.maximum(periods, 0)) for periods in at]).reshape(at.shape)
    cells = rows.agreement[row] * len(N) + signing[row, node]
    found = agreements.signings.expr.through(Relation.of((K, N), (rows.axis, N), (cells, row * len(N) + node)))
    known = np.zeros(at.shape)
    for item, period, _ in agreements.signings.past:
        known[(rows.agreement == item)[:, None] & (at == period)] = 1.0
    return found + Param((rows.axis, N), known) if known.any() else found


def _past_only(frame: Frame, rows: _TermYears, agreements: Agreements) -> Param:
    """What counted before the plan, in a year that was running when it started, and what earlier years left over."""
    N, at, table = frame.node, frame.tree.period - rows.last[:, None], frame.case.commit_levels
    before = np.array([row.counted_before for row in table], dtype=float)
    brought = np.array([row.brought_forward for row in table], dtype=float)
    found = np.zeros(at.shape)
    for item, period, _ in agreements.signings.past:
        own = rows.agreement == item
        counted = np.where(own & (period + rows.first < 0), before, 0.0) + np.where(own, brought, 0.0)
        found = np.where((at == period) & own[:, None], counted[:, None], found)
    return Param((rows.axis, N), found)


def _window(frame: Frame, axis: Axis, first: Ints) -> Relation:
    """Relates what counts in a period to each node up to −`first` periods later."""
    age = frame.elapsed[None, :]
    return frame.profile(axis, (age <= -first[:, None]).astype(float))


def _carried(frame: Frame, rows: _TermYears, level: Expr, counted: Expr, short: Expr) -> tuple[Expr, Expr]:
    """What is wanted and what meets it, by (row, node): with carry, of the years up to the row's together."""
    L, N, table = rows.axis, frame.node, frame.case.commit_levels
    cells = [(j, i) for i, row in enumerate(table) for j, one in enumerate(table) if _reaches(one, row, table)]
    nodes = np.arange(len(N))
    source, target = [], []
    for j, i in cells:
        then = frame.tree.period - (rows.last[i] - rows.last[j])
        kept = then >= 0
        source.append(j * len(N) + frame.tree.ancestor_at(np.maximum(then, 0))[kept])
        target.append(i * len(N) + nodes[kept])
    both = (np.concatenate(source), np.concatenate(target)) if cells else (nodes[:0], nodes[:0])
    so_far = Relation.of((L, N), (L, N), both)
    return level.through(so_far), (counted + short).through(so_far)


def _never_ahead(
    builder: Builder, frame: Frame, short: VariableBlock, missing: Expr, exists: np.ndarray, most: Floats
) -> None:
    """States that a shortfall is paid only as far as a year is short, where paying more would help a later year."""
    table, (L, N) = frame.case.commit_levels, short.axes
    may_help = np.array(
        [any(_reaches(row, one, table) for one in table if one is not row) for row in table], dtype=bool
    )
    where = exists & may_help[:, None]
    if not where.any():
        return
    late = builder.block("late", (L, N), upper=1.0, integer=True, where=where)
    amount = Param((L,), np.array([row.amount for row in table]))
    builder.require("level_short", (L, N), short.expr, "<=", late.expr * amount, where=where)
    bound = Param((L, N), most)
    least = short.expr + late.expr * bound - bound
    builder.require("level_excess", (L, N), missing, ">=", least, where=where)


def _reaches(row: CommitLevel, later: CommitLevel, table: Sequence[CommitLevel]) -> bool:
    """True where what a year has above its level counts in a later one, or in itself: each year before it carries."""
    return (row.agreement, row.year_of_term <= later.year_of_term) == (later.agreement, True) and all(
        one.carry == "excess"
        for one in table
        if one.agreement == row.agreement and row.year_of_term <= one.year_of_term < later.year_of_term
    )


def _most_counted(frame: Frame, supply: Supply, largest: Floats) -> Floats:
    """By (row, node), no less than what can count in a term up to the node and what can be paid for, in its unit.

    It follows from what is known by then, so that futures that share a node have the same.
    """
    case, periods = frame.case, np.arange(1, frame.steps + 1)

    def most(amounts: Floats) -> Floats:
        """By (offer, period): the most of any node."""
        found = np.zeros((len(frame.offer), frame.steps))
        np.maximum.at(found.T, frame.tree.period, np.nan_to_num(amounts).T)
        return found

    arriving = most(np.where(supply.may_order, largest, 0.0)) + most(supply.open_units.sum(axis=1))
    units = arriving.cumsum(axis=1)
    years = np.where(supply.is_lease, supply.term * frame.delta, 1.0)[:, None]
    price = np.maximum.accumulate(most(np.maximum(supply.price, supply.price_of_arrival)), axis=1)
    integration = np.array([row.integration_usd_per_unit for row in case.offers])[:, None] * MUSD
    spent = units * (price * years + integration) + most(supply.open_balance).cumsum(axis=1)
    pue, held = max(site.pue for site in case.sites), [(row.accelerator, row.units) for row in case.opening_fleet]
    held += [(row.accelerator, row.units) for row in case.open_leases]
    machine = {row.accelerator: row.it_kw * pue / KW_PER_MW for row in case.accelerators}
    standing = periods * sum(units * machine[name] for name, units in held)
    drawn = periods * units * np.array([machine[row.accelerator] for row in case.offers])[:, None]
    found = []
    for row in case.commit_levels:
        offers = opened_with(case, row.agreement)
        own = [frame.offer.position(offer) for offer in offers]
        counted = {"units": units, "musd": spent, "mw": drawn}[row.unit][own].sum(axis=0)
        running = sum(
            one.units * (one.rent_usd_per_unit_per_year * frame.delta * periods + one.end_fee_usd_per_unit) * MUSD
            for one in case.open_leases
            if one.offer in offers
        )
        paid = sum(
            one.amount + one.counted_before + one.brought_forward
            for one in case.commit_levels
            if one.agreement == row.agreement
        )
        found.append(
            counted + paid + (standing if row.unit == "mw" else 0.0) + (running if row.unit == "musd" else 0.0)
        )
    return np.array(found, dtype=float)[:, frame.tree.period]


def _counted(frame: Frame, ledger: Ledger, L: Axis, i: int, row: CommitLevel, counted: Counted) -> Expr:
    """What counts towards one row in each period, by (row, node)."""
    case, O, S, N = frame.case, frame.offer, frame.site, frame.node
    own = np.array([O.position(offer) for offer in opened_with(case, row.agreement)], dtype=np.int64)
    if row.unit == "units":
        cells = (own[:, None] * len(S) + np.arange(len(S))).ravel()
        return counted.receive.through(Relation.of((O, S), (L,), (cells, np.full(len(cells), i))))
    if row.unit == "musd":
        lines = [line.amount for line in ledger.lines_of(("hardware", "lease")) if line.items is O]
        found = total((O, N), lines).through(Relation.of((O,), (L,), (own, np.full(len(own), i))))
        return found + running_leases.of_offers(ledger, frame, own, L, i)
    kinds = sorted({frame.accelerator.position(case.offers[offer].accelerator) for offer in own})
    share = frame.calendar.months / MONTHS_OF_YEAR
    of_kinds = np.array(kinds, dtype=np.int64), np.full(len(kinds), i)
    return counted.mw.through(Relation.of((frame.accelerator,), (L,), of_kinds, share))


def _fees(frame: Frame) -> Floats:
    """USD million for each unit of shortfall, by row."""
    known = {row.agreement: row for row in frame.case.agreements}
    found = []
    for row in frame.case.commit_levels:
        own = known[row.agreement]
        rates = {"units": own.shortfall_usd_per_unit * MUSD, "musd": 1.0, "mw": own.shortfall_musd_per_mw}
        found.append(row.shortfall_share * rates[row.unit])
    return np.array(found, dtype=float)
