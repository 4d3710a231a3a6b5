"""How far a plan lies from an earlier plan: a linear amount in a program with a few more columns and rows.

    distance     ½ Σ_{o,t} δ_t · v[o,t] · (more[o,t] + less[o,t]) + FLIP_WEIGHT · earlier value · Σ_i flips[i]
    moved        Σ_n π_n · units[o,n] − more[o,t] + less[o,t] = before[o,t]           over the nodes n of period t
    flips[i]     = 1 − Σ take[i,n] over the nodes of t_i       where the earlier plan takes i in t_i
                 = Σ take[i,n]                                  where it does not
    of modules   flips[e] ≥ build[e,n] / most[e,n] before t_e, and flips[e] + Σ build[e,n] ≥ 1 in t_e

Orders are compared over the periods that both plans cover, strategic decisions over those of them in which no futures
are distinguished yet. A strategic decision flips where one plan takes it and the other does not, or not in the same
period; that of an expansion is its first module. A tape-out by another route is no flip.

| symbol | kind | unit | meaning |
|---|---|---|---|
| more[o,t], less[o,t] | variable | units | expected units that are ordered more, or less, than in the earlier plan |
| flips[i] | variable of expansions, else linear | | decision i is another one than in the earlier plan |
| v[o,t] | parameter | USD million | list price of a unit; of a lease, for its whole term |
| δ_t | parameter | | discount factor from the first period that both plans cover |
| π_n | parameter | | probability of a node |
| before[o,t] | parameter | units | expected units that the earlier plan orders |
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.algebra import Expr
from models.build import Model
from models.data.offer_data import list_prices
from models.frame import MUSD, Frame
from models.program import Floats, Ints, Program, with_columns, with_rows

FLIP_WEIGHT = 0.05
"""A flip weighs as much as moving a twentieth of the value that the earlier plan orders: a tape-out or a deal is undone
for a large part of the orders, and not for a few lots."""
EVENTS = {"tape_out": "start", "deal": "close", "agreement": "sign", "expansion": "build"}
"""Kinds of strategic decisions, and the blocks of their variables."""
EXPANSION = "expansion"

Cells = Mapping[tuple[str, str], float]
"""By offer and label of a period."""


@dataclass(frozen=True)
class EarlierPlan:
    """What an earlier plan orders and decides in the periods that it shares with another one.

    `units` and `values` (USD million a unit at its own list prices) are by offer and period, `taken` is the period of a
    strategic decision by kind and item. `shared` are the labels of the periods, `decided` those in which strategic
    decisions are compared.
    """

    shared: tuple[str, ...]
    decided: tuple[str, ...]
    units: Cells
    values: Cells
    taken: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class DistanceProgram:
    """A program with the columns that the distance needs, and the distance as an amount of it."""

    program: Program
    amount: Expr
    size: float
    """USD million of present value that the earlier plan orders."""
    _own: int
    _moved: Ints
    _flips: Ints

    def columns_of(self, solution: Floats) -> Floats:
        """Returns a plan in the columns of the model as one in those of the program."""
        found = np.zeros(self.program.column_count)
        found[: self._own] = solution[: self._own]
        apart = self.program.row_lower[self._moved] - self.program.row_activity(found)[self._moved]
        count = len(self._moved)
        found[self._own : self._own + count] = np.maximum(0.0, -apart)
        found[self._own + count : self._own + 2 * count] = np.maximum(0.0, apart)
        first = self._own + 2 * count
        lacking = self.program.row_lower[self._flips] - self.program.row_activity(found)[self._flips]
        rows = self.program.row_of_entries()
        for row, lack in zip(self._flips.tolist(), lacking.tolist(), strict=True):
            if lack > 0.0:
                own = self.program.columns[rows == row]
                found[own[own >= first]] = 1.0
        return found


def order_values(frame: Frame) -> dict[tuple[str, str], float]:
    """Returns the list price of a unit by offer and period, USD million, of a lease for its whole term.

    On a tree it is the expected one. Periods in which no price holds are left out.
    """
    offers, term = frame.case.offers, frame.calendar.term_periods
    years = [term(row.term_months) * frame.delta if row.kind == "lease" else 1.0 for row in offers]
    price = np.nan_to_num(frame.by_node(lambda one: list_prices(frame, one))) * MUSD
    weighted = price * np.array(years)[:, None] * frame.tree.probability[None, :]
    found: dict[tuple[str, str], float] = {}
    for period, label in enumerate(frame.calendar.labels):
        values = weighted[:, frame.tree.period == period].sum(axis=1)
        found |= {(name, label): float(value) for name, value in zip(frame.offer.labels, values, strict=True) if value}
    return found


def discounts(shared: Sequence[str], *, rate: float, years: float) -> dict[str, float]:
    """Returns the discount factors of periods of `years` years from the first of them.

    >>> discounts(["2027", "2028"], rate=0.25, years=1.0)
    {'2027': 1.0, '2028': 0.8}
    """
    return {label: (1.0 + rate) ** (-place * years) for place, label in enumerate(shared)}


def weights_of(earlier: EarlierPlan, values: Cells, discount: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Returns the present value of a unit by offer and period: at `values`, else at the earlier plan's own prices."""
    known = {**earlier.values, **values}
    return {cell: known[cell] * discount[cell[1]] for cell in known if cell[1] in discount}


def with_distance(model: Model, program: Program, earlier: EarlierPlan) -> DistanceProgram:
    """Returns `program`, the model's own or one with more rows, with the distance from an earlier plan."""
    model = model.searched
    settings, own = model.frame.case.settings, program.column_count
    discount = discounts(earlier.shared, rate=settings.discount_rate, years=model.frame.delta)
    weights = weights_of(earlier, order_values(model.frame), discount)
    size = math.fsum(units * weights.get(cell, 0.0) for cell, units in earlier.units.items())
    ordered = _ordered(model, earlier)
    cells = sorted(cell for cell in weights if cell in ordered)
    count, first_row = len(cells), program.row_count
    program = _with_moved(program, [ordered[cell] for cell in cells], [earlier.units.get(cell, 0.0) for cell in cells])
    moved = first_row + np.arange(count)
    fixed = sum(0.5 * weights[cell] * units for cell, units in earlier.units.items() if cell not in ordered)
    flip = FLIP_WEIGHT * max(size, 1.0)
    coefficients, constant = np.zeros(own + 2 * count), fixed
    coefficients[own:] = np.tile([0.5 * weights[cell] for cell in cells], 2)
    modules: list[tuple[Ints, str | None]] = []
    for key, columns, periods in _decisions(model, earlier):
        when = earlier.taken.get(key)
        if key[0] == EXPANSION:
            modules.append((columns, when))
            continue
        if when is None:
            coefficients[columns] += flip
        else:
            constant += flip
            coefficients[columns[periods == earlier.decided.index(when)]] -= flip
    known = {key for key, _, _ in _decisions(model, earlier)}
    constant += flip * len(earlier.taken.keys() - known)
    program, flips = _with_module_flips(model, program, earlier, modules)
    amount = np.concatenate([coefficients, np.full(len(modules), flip)])
    at = np.flatnonzero(amount)
    distance = Expr((), np.zeros(len(at), dtype=np.int64), at, amount[at], np.array([constant]))
    return DistanceProgram(program, distance, size, own, moved, flips)


def _ordered(model: Model, earlier: EarlierPlan) -> dict[tuple[str, str], tuple[Ints, Floats]]:
    """The columns and coefficients of the expected units that are ordered, by offer and shared period."""
    frame, units = model.frame, model.orders.units
    offer, node = np.divmod(units.rows, len(frame.node))
    labels, shared = frame.calendar.labels, set(earlier.shared)
    found: dict[tuple[str, str], tuple[Ints, Floats]] = {}
    key = offer * len(labels) + frame.tree.period[node]
    for cell in np.unique(key).tolist():
        name, label = frame.offer.labels[cell // len(labels)], labels[cell % len(labels)]
        inside = key == cell
        if label in shared:
            chance = frame.tree.probability[node[inside]]
            found[name, label] = units.columns[inside], units.coefs[inside] * chance
    return found


def _with_moved(program: Program, terms: Sequence[tuple[Ints, Floats]], before: Sequence[float]) -> Program:
    """Adds `more`, then `less`, and the rows in which they say how far the orders lie from those before."""
    first, count, nothing = program.column_count, len(terms), np.empty(0, dtype=np.int64)
    if not count:
        return program
    program = with_columns(program, nothing, nothing, np.empty(0), count=2 * count, upper=np.inf)
    rows = np.repeat(np.arange(count), [len(columns) for columns, _ in terms])
    own = np.arange(count)
    entries = (
        np.concatenate([rows, own, own]),
        np.concatenate([*(columns for columns, _ in terms), first + own, first + count + own]),
        np.concatenate([*(coefs for _, coefs in terms), -np.ones(count), np.ones(count)]),
    )
    return with_rows(program, "moved", entries, np.asarray(before, dtype=float))


def _decisions(model: Model, earlier: EarlierPlan) -> list[tuple[tuple[str, str], Ints, Ints]]:
    """The strategic decisions by kind and item, with their columns, and the place of its period among those decided."""
    labels = model.frame.calendar.labels
    place = {label: number for number, label in enumerate(earlier.decided)}
    at = np.array([place.get(labels[period], -1) for period in model.frame.tree.period], dtype=np.int64)
    found = []
    for kind, name in EVENTS.items():
        block = model.builder.blocks[name]
        items = [label.split("/")[0] if kind == "tape_out" else label for label in block.axes[0].labels]
        for item in dict.fromkeys(items):
            columns = block.column[[own for own, other in enumerate(items) if other == item]]
            keep = (columns >= 0) & (at >= 0)[None, :]
            found.append(((kind, item), columns[keep], np.broadcast_to(at, columns.shape)[keep]))
    return found


def _with_module_flips(
    model: Model, program: Program, earlier: EarlierPlan, modules: Sequence[tuple[Ints, str | None]]
) -> tuple[Program, Ints]:
    """Adds a column for each expansion that is 1 where its first module is not in the period of the earlier plan."""
    nothing, first, first_row = np.empty(0, dtype=np.int64), program.column_count, program.row_count
    if not modules:
        return program, nothing
    program = with_columns(program, nothing, nothing, np.empty(0), count=len(modules), upper=1.0, integer=True)
    labels, period = model.frame.calendar.labels, _period_of_builds(model)
    rows: list[tuple[list[int], list[float], float]] = []
    for number, (columns, when) in enumerate(modules):
        at = np.array([labels[period[int(column)]] for column in columns], dtype=str)
        order = {label: place for place, label in enumerate(earlier.decided)}
        places = np.array([order[label] for label in at.tolist()], dtype=np.int64)
        until = len(earlier.decided) if when is None else order[when]
        for column in columns[places < until].tolist():
            most = max(1.0, float(program.column_upper[column]))
            rows.append(([first + number, column], [1.0, -1.0 / most], 0.0))
        if when is not None:
            taken = columns[places == until].tolist()
            rows.append(([first + number, *taken], [1.0] * (1 + len(taken)), 1.0))
    entries = (
        np.repeat(np.arange(len(rows)), [len(columns) for columns, _, _ in rows]),
        np.array([column for columns, _, _ in rows for column in columns], dtype=np.int64),
        np.array([value for _, values, _ in rows for value in values]),
    )
    lower = np.array([least for _, _, least in rows])
    program = with_rows(program, "flipped", entries, lower, np.full(len(rows), np.inf))
    return program, first_row + np.arange(len(rows))


def _period_of_builds(model: Model) -> dict[int, int]:
    block, period = model.builder.blocks[EVENTS[EXPANSION]].column, model.frame.tree.period
    rows, nodes = np.nonzero(block >= 0)
    return {int(block[row, node]): int(period[node]) for row, node in zip(rows, nodes, strict=True)}


__all__ = [
    "EVENTS", "EXPANSION", "FLIP_WEIGHT", "Cells", "DistanceProgram", "EarlierPlan", "discounts", "order_values",
    "weights_of", "with_distance",
]  # fmt: skip
