"""Programs of extreme size brought to the size that solvers are made for, and their answers taken back.

Solvers judge by absolute tolerances: a reduced cost of 1e-7 is nothing to them, and so is a row that is broken by 1e-6.
A machine that costs 0.001 USD, or 1e10 machines, hides whole plans below that. All factors are powers of two, so that
nothing is rounded; a program of ordinary size is handed over as it is.

    x = column · y,    row i times row[i],    cost times money
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.outcome import Outcome, SolveOptions, Status
from models.program import Floats, Program
from models.solvers import wire
from models.solvers.catalogue import NATIVE
from models.solvers.plain import greatest_violation
from models.tree_search.bound_propagation import BOUND_SLACK, propagated_bounds

LEAST_COST, MOST_COST = 1e-6, 1e7
"""Costs by unit of ordinary size, USD million; the dual tolerance of solvers is 1e-7."""
LEAST_SIDE, MOST_SIDE, MOST_ENTRY = 1e-4, 1e8, 1e8
"""Bounds and coefficients of ordinary size; the primal tolerance of solvers is 1e-6."""
COUNTLESS = 1e8
"""From this many lots on a column is handed over as continuous: one lot more is less than what rows are kept to."""
_LEAST_WANTED, _MOST_WANTED, _MOST_TAKEN = 1e-3, 1e6, 1e9
"""Where costs are moved to, and how far the dearest may go so that the cheapest gets there."""
_LOST_WORDS = (
    "the least cost of a unit is lost in the tolerances of solvers beside the greatest, so that no bound is reported; "
    "plan with the solver native, or state lots, prices and penalties of like size"
)
MOST_RANGE = 1e13
"""A coefficient beyond this, after scaling, leaves nothing of what stands beside it."""
_WORTH = 1e-6
"""Lost costs below this share of the objective do not matter."""
_LEAST_ASKED = 1e-3
_LOST = 1e-6
"""A cost by unit below this, after scaling, is not distinguished from 0 by every solver."""
_SMALL, _LARGE = 2.0**-10, 2.0**20
_TARGET = 2.0**16
"""Columns that can get larger than ordinary come to this size, those that cannot get near 1 to 1."""
_STEP = 4
"""Exponents of columns are multiples of this, so that columns that follow each other have the same factor."""


@dataclass(frozen=True)
class Scaling:
    """A program as it is handed over, and the factors that lead back to the one that was asked for."""

    asked: Program
    program: Program
    column: Floats
    row: Floats
    money: float
    lost: float
    """What columns may cost together whose cost by unit is below the tolerances all the same, in scaled money."""
    refuses_bounds: bool = False
    """True for a code whose bounds are its word alone, where costs are lost to it."""

    @property
    def refusal(self) -> str:
        """Why no solver can be trusted with the program, with the remedy; empty where some can."""
        program = self.program
        most = np.zeros(program.row_count)
        np.maximum.at(most, program.row_of_entries(), np.abs(program.values))
        widest = float(most.max(initial=0.0))
        if widest <= MOST_RANGE:
            return ""
        reason = f"a row has a coefficient of {widest:.1e} beside sides and coefficients of ordinary size"
        return f"{reason}, which no solver can resolve. State amounts in units or lots of like size."

    def for_code(self, code: str) -> Scaling:
        """Returns the scaling for the answers of a code; the native search and linear programs prove by duals."""
        return replace(self, refuses_bounds=self.lost > 0 and code != NATIVE and bool(self.program.is_integer.any()))

    def values(self, solution: Floats) -> Floats:
        """Returns the columns of the program that was asked for."""
        found: Floats = self.column * solution
        return found

    def hint(self, values: Floats | None) -> Floats | None:
        """Returns a hint for the program that is handed over."""
        return None if values is None else values / self.column

    def options(self, asked: SolveOptions) -> SolveOptions:
        """Returns options for the program that is handed over: their hint and costs in its units and money."""
        above, below = asked.answered_above, asked.answered_below
        return replace(
            asked,
            hint=self.hint(asked.hint),
            answered_above=None if above is None else above * self.money,
            answered_below=None if below is None else below * self.money,
        )

    def cost(self, scaled: float | None) -> float | None:
        """Returns an objective or a bound in the money that was asked for."""
        return None if scaled is None else scaled / self.money

    def again(self, asked: wire.RepeatedSolve) -> wire.RepeatedSolve:
        """Returns further solves as those of the program that is handed over."""
        return replace(asked, values=asked.values / self.column[asked.columns])

    def message(self, message: object) -> object:
        """Returns a message about the program that is handed over as one about the program that was asked for."""
        if not isinstance(message, wire.BetterPlan | wire.ProgressReport):
            return message
        scaled = message.progress
        bound = None if self.refuses_bounds else self.cost(scaled.bound)
        progress = replace(scaled, objective=self.cost(scaled.objective), bound=bound)
        if isinstance(message, wire.ProgressReport):
            return wire.ProgressReport(progress)
        return wire.BetterPlan(progress, self.values(message.values))

    def outcome(self, found: Outcome, again: wire.RepeatedSolve | None = None) -> Outcome:
        """Returns an outcome of the program that is handed over as one of the program that was asked for."""
        solution = None if found.solution is None else self.values(found.solution)
        duals = None if found.row_duals is None else self.row * found.row_duals / self.money
        reduced = None if found.reduced_costs is None else found.reduced_costs / (self.column * self.money)
        further = found.again
        if further is not None and again is not None:
            further = further / self.money / np.column_stack([np.ones(len(again.columns)), self.column[again.columns]])
        if self.refuses_bounds and self.lost > _WORTH * abs(found.objective or 0.0):
            status = Status.FEASIBLE if found.status is Status.OPTIMAL else found.status
            detail = "; ".join(filter(None, [found.detail, _LOST_WORDS]))
            found = replace(found, status=status, bound=None, detail=detail)
        return replace(
            found,
            objective=self.asked.objective_of(solution) if solution is not None else self.cost(found.objective),
            bound=self.cost(found.bound),
            solution=solution,
            row_duals=duals,
            reduced_costs=reduced,
            again=further,
        )


def scaling_of(program: Program) -> Scaling | None:
    """Returns how a program is brought to ordinary size; None where it has it."""
    if _is_ordinary(program):
        return None
    size = _sizes(program)
    is_integer = program.is_integer & (size <= COUNTLESS)
    column = np.where(is_integer, 1.0, _column_factors(size))
    entries = np.abs(program.values) * column[program.columns]
    row = _row_factors(program, entries * (size / column)[program.columns])
    cost = np.abs(program.objective) * column
    money = _money_factor(cost[cost > 0])
    scaled = replace(
        program,
        objective=program.objective * column * money,
        constant=program.constant * money,
        column_lower=program.column_lower / column,
        column_upper=program.column_upper / column,
        is_integer=is_integer,
        values=program.values * row[program.row_of_entries()] * column[program.columns],
        row_lower=program.row_lower * row,
        row_upper=program.row_upper * row,
    )
    below = (cost > 0) & (cost * money < _LOST)
    lost = float((cost * size / column)[below].sum()) * money
    found = Scaling(program, scaled, column, row, money, lost)
    factors = np.concatenate([column, row, [money]])
    unchanged = (factors == 1.0).all() and (is_integer == program.is_integer).all()
    return None if unchanged and lost == 0.0 and not found.refusal else found


def _is_ordinary(program: Program) -> bool:
    sides = np.concatenate([program.row_lower, program.row_upper, program.column_lower, program.column_upper])
    return (
        _within(program.objective, LEAST_COST, MOST_COST)
        and _within(sides, LEAST_SIDE, MOST_SIDE)
        and _within(program.values, 1.0 / MOST_ENTRY, MOST_ENTRY)
    )


def _within(values: Floats, least: float, most: float) -> bool:
    size = np.abs(values[np.isfinite(values) & (values != 0)])
    return bool(((size >= least) & (size <= most)).all())


def _sizes(program: Program) -> Floats:
    """How large each column can get, as far as bounds and rows tell; 1 where they tell nothing."""
    lower, upper = propagated_bounds(program)
    size = np.maximum(np.abs(lower), np.abs(upper))
    # Bounds that follow from rows are a little wider than they must be, so that nothing is never quite 0.
    return np.where(np.isfinite(size) & (size > 10.0 * BOUND_SLACK), size, 1.0)


def _column_factors(size: Floats) -> Floats:
    target = np.where(size < _SMALL, 1.0, _TARGET)
    exponent = _STEP * np.rint(np.log2(size / target) / _STEP)
    return np.where((size < _SMALL) | (size > _LARGE), np.exp2(exponent), 1.0)


def _row_factors(program: Program, terms: Floats) -> Floats:
    most = np.zeros(program.row_count)
    np.maximum.at(most, program.row_of_entries(), terms)
    known = most > 0
    factor = np.ones(program.row_count)
    wanted = np.where(most < _SMALL, 1.0, np.minimum(most, _LARGE))
    factor[known] = wanted[known] / most[known]
    # A row that asks for little of what can be much must go on asking for it.
    side = np.minimum(_size_of(program.row_lower), _size_of(program.row_upper))
    factor = np.maximum(factor, np.minimum(1.0, _LEAST_ASKED / side))
    found: Floats = np.exp2(np.rint(np.log2(factor)))
    return found


def _size_of(side: Floats) -> Floats:
    """The size of each side of a row; infinite where it says nothing, or 0."""
    return np.where(np.isfinite(side) & (side != 0), np.abs(side), np.inf)


def _money_factor(cost: Floats) -> float:
    if not len(cost):
        return 1.0
    least, most = float(cost.min()), float(cost.max())
    wanted = 1.0
    if least < _LEAST_WANTED:
        wanted = max(1.0, min(_LEAST_WANTED / least, _MOST_TAKEN / most))
    elif most > MOST_COST:
        wanted = max(_MOST_WANTED / most, _LEAST_WANTED / least)
    return float(np.exp2(np.rint(np.log2(wanted))))


def violation(program: Program, solution: Floats) -> float:
    """Returns the greatest breach of a row or bound, relative as in `greatest_violation`, at ordinary size."""
    scaling = scaling_of(program)
    if scaling is None:
        return greatest_violation(program, solution)
    return greatest_violation(scaling.program, solution / scaling.column)
