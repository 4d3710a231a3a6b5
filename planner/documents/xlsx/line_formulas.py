"""Formulas that are copied across time, from the lines and constants that they read."""

from __future__ import annotations

from collections.abc import Sequence

from planner.documents.xlsx.time_sheet import Cell, Rule, TimeRow

Operand = TimeRow | Cell


def address(operand: Operand, here: str, sheet: str) -> str:
    """Returns the address of a line in a column, or of a constant, for a formula on a sheet."""
    return operand.on(sheet) if isinstance(operand, Cell) else operand.at(here, sheet)


def same(line: TimeRow, sheet: str) -> Rule:
    """Returns the rule of a copy."""
    return lambda here, _: line.at(here, sheet)


def plus(operands: Sequence[Operand], sheet: str) -> Rule:
    """Returns the rule of a sum, term by term."""
    return lambda here, _: "+".join(address(one, here, sheet) for one in operands) or "0"


def minus(one: Operand, others: Sequence[Operand], sheet: str) -> Rule:
    """Returns the rule of one less others."""
    return lambda here, _: "-".join(address(each, here, sheet) for each in (one, *others))


def times(operands: Sequence[Operand], sheet: str, divisor: Cell | None = None) -> Rule:
    """Returns the rule of a product, over a constant where one is given."""
    tail = "" if divisor is None else f"/{divisor.on(sheet)}"
    return lambda here, _: "*".join(address(one, here, sheet) for one in operands) + tail


def share(part: TimeRow, whole: TimeRow, sheet: str) -> Rule:
    """Returns the rule of a part of a whole, blank where the whole is zero."""

    def rule(here: str, _: str) -> str:
        of = whole.at(here, sheet)
        return f'IF({of},{part.at(here, sheet)}/{of},"")'

    return rule
