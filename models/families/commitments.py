"""Commitments: decisions that are already made, fixed, or barred.

    commitments   order, build, draw: Σ over the committed nodes = (fixed) or ≥ (done) quantity; barred: 0
                  start, close, sign: Σ over the committed nodes = 1 (fixed or done); barred: 0

A commitment with a period holds at the nodes of that period; without one, on each path over all its nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder, VariableBlock
from models.frame import Events, Frame
from models.requirement import GivesWay, Requirement
from models.tables.strategy_rows import Commitment

COMMITMENTS = Requirement("commitments", "the commitments", "of what is committed", gives_way=GivesWay.BY_ITS_SIZE)
BARRED = Requirement("barred", "the barred decisions", "of barred decisions")
"""Bounds of variables, not rows."""


def define(builder: Builder, frame: Frame, ordered: Expr, events: Sequence[Events]) -> None:
    """States all commitments: of what is `ordered`, in units by (offer, node), and of other decisions."""
    amounts = {"order": ordered} | {one.block.name: one.expr for one in events}
    for row in frame.case.commitments:
        if row.period and frame.calendar.period_at(row.period) < 0:
            continue
        amount = amounts[row.kind]
        items = _items(amount.axes[0], row)
        if row.status == "barred":
            _bar(builder, frame, builder.blocks[row.kind], items, row)
        else:
            _commit(builder, frame, amount, items, row)


def _items(axis: Axis, row: Commitment) -> np.ndarray:
    """The positions of the item: for a start, of the route, or of all routes of the programme."""
    if row.kind != "start":
        return np.array([axis.position(row.item)])
    wanted = [i for i, label in enumerate(axis.labels) if label.split("/")[0] == row.item]
    return np.array([i for i in wanted if row.route in {"", axis.labels[i].split("/", 1)[1]}])


def _nodes(frame: Frame, row: Commitment) -> np.ndarray:
    if not row.period:
        return np.ones(len(frame.tree), dtype=bool)
    first = frame.calendar.period_at(row.period)
    return np.asarray((frame.tree.period >= first) & (frame.tree.period <= frame.last_period(row.period)))


def _bar(builder: Builder, frame: Frame, block: VariableBlock, items: np.ndarray, row: Commitment) -> None:
    mask = np.zeros(block.exists.shape, dtype=bool)
    mask[items] = _nodes(frame, row)
    cells = np.flatnonzero((mask & block.exists).ravel())
    builder.cap(BARRED.rows, block, cells, np.zeros(len(cells)))


def _commit(builder: Builder, frame: Frame, amount: Expr, items: np.ndarray, row: Commitment) -> None:
    """One row for each path: the sum over its committed nodes, bound at the last of them."""
    tree, pairs, inside = frame.tree, frame.tree.pairs, _nodes(frame, row)
    last = int(tree.period[inside].max())
    at_end = np.flatnonzero(tree.period == last)
    one = Axis("commitment", tuple(f"{row.kind}:{row.item}:{frame.node.labels[n]}" for n in at_end))
    number = np.full(len(tree), -1)
    number[at_end] = np.arange(len(at_end))
    keep = inside[pairs.first] & (number[pairs.last] >= 0)
    cells = (items[:, None] * len(tree) + pairs.first[keep]).ravel()
    target = np.tile(number[pairs.last[keep]], len(items))
    summed = amount.through(Relation.of((amount.axes[0], frame.node), (one,), (cells, target)))
    quantity = 1.0 if row.quantity is None or row.kind in {"start", "close", "sign"} else row.quantity
    sense = ">=" if row.status == "done" and row.kind in {"order", "build", "draw"} else "=="
    builder.require("commitments", (one,), summed, sense, Param((one,), np.full(len(one), quantity)))
