"""Limits, what takes of them and what adds to them, united over the futures of a tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.case import Case
from models.data.series import SpanRow, span_rows
from models.frame import Frame
from models.outcome import ModelError
from models.program import Floats
from models.tables.fleet_rows import Limit, LimitUse
from models.tables.strategy_rows import AddedSupply


@dataclass(frozen=True, eq=False)
class ScarceResources:
    """The limits of all futures: a future that lacks a row has no bound there."""

    names: tuple[str, ...]
    rows: tuple[SpanRow, ...]
    """By row: its first future's; amounts are in `amounts`."""
    amounts: Floats
    """(future, row): inf for no limit."""
    has_row: np.ndarray
    """(future, row): the future's own table has it."""
    use: tuple[LimitUse, ...]
    added: tuple[AddedSupply, ...]


def scarce_of(frame: Frame) -> ScarceResources:
    """Returns the limits of all futures; the first future's come first, in its order.

    Raises:
        ModelError: a unit takes of a limit, or a gate adds to it, in one future another amount than in the next.
    """
    tables = [{(row.item, row.first, row.last): row for row in limit_rows(frame, case)} for case in frame.cases]
    rows: dict[tuple[str, int, int], SpanRow] = {}
    for table in tables:
        rows = table if not rows else rows | {key: row for key, row in table.items() if key not in rows}
    shape = (len(tables), len(rows))
    amounts = [[table[key].amount if key in table else np.inf for key in rows] for table in tables]
    use: dict[tuple[str, str], LimitUse] = {}
    added: dict[tuple[str, str], AddedSupply] = {}
    for case in frame.cases:
        for taken in case.limit_use:
            if use.setdefault((taken.limit, taken.offer), taken).use_per_unit != taken.use_per_unit:
                _refuse(taken.limit, taken.offer)
        for extra in case.added_supply:
            if added.setdefault((extra.limit, extra.gate), extra).amount_per_year != extra.amount_per_year:
                _refuse(extra.limit, extra.gate)
    return ScarceResources(
        names=tuple(dict.fromkeys(row.limit for case in frame.cases for row in case.limits)),
        rows=tuple(rows.values()),
        amounts=np.array(amounts, dtype=float).reshape(shape),
        has_row=np.array([[key in table for key in rows] for table in tables], dtype=bool).reshape(shape),
        use=tuple(use.values()),
        added=tuple(added.values()),
    )


def limit_rows(frame: Frame, case: Case) -> list[SpanRow]:
    """Returns the rows of all limits of a case."""
    return span_rows(frame.calendar, [(row.limit, row.span, _left(row), False) for row in case.limits])


def _refuse(limit: str, what: str) -> None:
    msg = f"the futures have different amounts of '{what}' in the limit '{limit}'; they may differ in supply only"
    raise ModelError(msg)


def _left(row: Limit) -> float | None:
    return None if row.amount is None else row.amount - row.used_before
