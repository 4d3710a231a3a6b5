"""Answers that need no solver: empty, contradictory and broken programs, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.outcome import Status
from models.program import Floats, Program

ROW_TOLERANCE = 1e-9
TERM_SHARE = 1e-3


@dataclass(frozen=True)
class PlainAnswer:
    """What follows from the arrays alone."""

    status: Status
    detail: str
    solution: Floats | None = None


def plain_answer(program: Program) -> PlainAnswer | None:
    """Returns the answer where the arrays alone give it, None where a solver is needed."""
    broken = _broken(program)
    if broken:
        return PlainAnswer(Status.FAILED, broken)
    lower, upper = whole_bounds(program)
    crossed = np.flatnonzero(lower > upper)
    if crossed.size:
        return PlainAnswer(Status.INFEASIBLE, f"column {_column(program, crossed[0])}: no value between its bounds")
    crossed = np.flatnonzero(program.row_lower > program.row_upper)
    if crossed.size:
        return PlainAnswer(Status.INFEASIBLE, f"row {_row(program, crossed[0])}: lower side above upper side")
    return _separate(program, lower, upper) if program.non_zeros == 0 else None


def whole_bounds(program: Program) -> tuple[Floats, Floats]:
    """Returns the column bounds, those of integer columns moved inwards to whole numbers."""
    lower, upper, whole = program.column_lower.copy(), program.column_upper.copy(), program.is_integer
    lower[whole] = np.ceil(lower[whole] - ROW_TOLERANCE)
    upper[whole] = np.floor(upper[whole] + ROW_TOLERANCE)
    return lower, upper


def _separate(program: Program, lower: Floats, upper: Floats) -> PlainAnswer:
    """Solves a program whose rows are all empty: each column goes to its better bound."""
    bad = np.flatnonzero((program.row_lower > ROW_TOLERANCE) | (program.row_upper < -ROW_TOLERANCE))
    if bad.size:
        return PlainAnswer(Status.INFEASIBLE, f"row {_row(program, bad[0])}: has no columns and asks for a value")
    cost = program.objective
    nearest_zero = np.clip(0.0, lower, upper)
    best = np.where(cost > 0, lower, np.where(cost < 0, upper, nearest_zero))
    free = np.flatnonzero(~np.isfinite(best))
    if free.size:
        return PlainAnswer(Status.UNBOUNDED, f"column {_column(program, free[0])}: gains without a bound")
    return PlainAnswer(Status.OPTIMAL, "no rows bind: each column stands at its better bound", best)


def _broken(program: Program) -> str:
    finite = {"objective": program.objective, "coefficients": program.values, "constant": np.array(program.constant)}
    for what, numbers in finite.items():
        if not np.all(np.isfinite(numbers)):
            return f"the {what} hold a value that is not a finite number"
    bounds = (program.column_lower, program.column_upper, program.row_lower, program.row_upper)
    if any(np.isnan(numbers).any() for numbers in bounds):
        return "a bound is not a number"
    if np.isposinf(program.column_lower).any() or np.isneginf(program.column_upper).any():
        return "a column has a lower bound of +inf or an upper bound of -inf"
    if np.isposinf(program.row_lower).any() or np.isneginf(program.row_upper).any():
        return "a row has a lower side of +inf or an upper side of -inf"
    return ""


def _column(program: Program, index: np.int64) -> str:
    return program.column_name(int(index)) if program.column_names else str(index)


def _row(program: Program, index: np.int64) -> str:
    return program.row_name(int(index)) if program.row_names else str(index)


def greatest_violation(program: Program, solution: NDArray[np.float64]) -> float:
    """Returns the greatest breach of a row or column bound, relative to its size; 0 when all hold.

    The size is the greatest of 1, |bound|, and a thousandth of the row's largest term, whose last digits are rounding.
    """
    worst = 0.0
    activity, least = program.row_activity(solution), np.ones(program.row_count)
    np.maximum.at(least, program.row_of_entries(), TERM_SHARE * np.abs(program.values * solution[program.columns]))
    one = np.ones(program.column_count)
    sides = (
        (program.row_lower, activity, 1.0, least),
        (program.row_upper, activity, -1.0, least),
        (program.column_lower, solution, 1.0, one),
        (program.column_upper, solution, -1.0, one),
    )
    for bound, value, sign, size in sides:
        known = np.isfinite(bound)
        if known.any():
            breach = sign * (bound[known] - value[known]) / np.maximum(size[known], np.abs(bound[known]))
            worst = max(worst, float(breach.max()))
    return worst
