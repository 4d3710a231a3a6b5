"""Limits: scarce resources that arriving units take.

    limits   Σ_{n∈span} Σ_o use[ℓ,o] · Σ_s receive[o,s,n] ≤ supply[ℓ,span] + Σ_{n∈span} Δ · Σ_x added[x,ℓ] · open[x,n]
             for each row of a limit, on each path whose future has it

| symbol | kind | unit | meaning |
|---|---|---|---|
| use[ℓ,o] | parameter | of the limit, per unit | use per arriving unit |
| supply[ℓ,span] | parameter | of the limit | amount of the row |
| added[x,ℓ] | parameter | of the limit, a year | added while agreement x is live or company x owned |
| Δ | parameter | years | length of a period |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Builder
from models.data.scarce_resources import scarce_of
from models.data.series import SpanEnds, SpanRow, at_ends, span_ends
from models.frame import Frame
from models.program import Floats
from models.requirement import Amounts, Requirement

LIMITS = Requirement("limits", "the supply limits", "of the limit", "limit", priced=True)


@dataclass(frozen=True, eq=False)
class Limits:
    """Rows of limits where they bind, with what is used and what is there."""

    rows: tuple[SpanRow, ...]
    ends: SpanEnds
    axis: Axis
    used: Expr
    supply: Expr
    amount: Floats
    """By row: the amount of the table, inf where there is no limit."""
    has_row: np.ndarray
    """(future, row of the table): the future's own table has it."""
    amounts: Amounts


def define(builder: Builder, frame: Frame, arrivals: Expr, opened: Expr) -> Limits:
    """States the limits; `opened` is the openness of gates over (gate, node)."""
    scarce = scarce_of(frame)
    rows = scarce.rows
    ends = span_ends(frame, rows)
    labels = tuple(f"{rows[i].item}:{label}" for i, label in zip(ends.row, ends.labels(frame, rows), strict=True))
    axis = Axis("limit row", labels)
    resources = Axis("limit", scarce.names)
    use = np.array([(frame.offer.position(row.offer), resources.position(row.limit)) for row in scarce.use])
    offer, resource = use.reshape(-1, 2).T.astype(np.int64)
    amounts = np.array([row.use_per_unit for row in scarce.use], dtype=float)
    taken = arrivals.through(Relation.of((frame.offer,), (resources,), (offer, resource), amounts))
    extra = np.array([(frame.gate.position(row.gate), resources.position(row.limit)) for row in scarce.added])
    gate, grown = extra.reshape(-1, 2).T.astype(np.int64)
    added_amounts = np.array([row.amount_per_year * frame.delta for row in scarce.added], dtype=float)
    added = opened.through(Relation.of((frame.gate,), (resources,), (gate, grown), added_amounts))
    to_rows = _to_rows(frame, rows, ends, resources, axis)
    amount = at_ends(frame, ends, scarce.amounts, "limits")
    used = taken.through(to_rows)
    known = np.where(np.isfinite(amount), amount, 0.0)
    supply = added.through(to_rows) + Param((axis,), known)
    builder.require("limits", (axis,), used, "<=", supply, where=np.isfinite(amount))
    units = {row.limit: row.unit for case in frame.cases for row in case.limits}
    own = [rows[i] for i in ends.row]
    futures = _futures(frame, ends, scarce.has_row)
    bounding = Amounts(
        LIMITS, (axis,), tuple(row.item for row in own), tuple(row.label for row in own), ends.end,
        np.array([row.first for row in own], dtype=np.int64), used, supply, amount,
        np.isfinite(amount) & np.array([len(found) > 0 for found in futures], dtype=bool),
        tuple(units.get(row.item, "") for row in own), futures,
    )  # fmt: skip
    return Limits(rows, ends, axis, used, supply, amount, scarce.has_row, bounding)


def _futures(frame: Frame, ends: SpanEnds, has_row: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """By bound row: the futures that pass through its end and have it."""
    tree = frame.tree
    paths = [(int(tree.future[path[-1]]), set(path.tolist())) for path in tree.paths()]
    return tuple(
        tuple(future for future, path in paths if end in path and has_row[future, row])
        for row, end in zip(ends.row.tolist(), ends.end.tolist(), strict=True)
    )


def _to_rows(frame: Frame, rows: tuple[SpanRow, ...], ends: SpanEnds, resources: Axis, axis: Axis) -> Relation:
    """Relates (limit, node) to the bound rows of that limit that count the node."""
    resource = np.array([resources.position(rows[i].item) for i in ends.row], dtype=np.int64)
    cells = resource[ends.member_row] * len(frame.node) + ends.member_node
    return Relation.of((resources, frame.node), (axis,), (cells, ends.member_row))
