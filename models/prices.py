"""What one more unit of each bound is worth at a plan, found by solving again with that bound moved.

Integers are held as they are. The program is that in which no other bound is made of limits, so that nothing else takes
a requirement's price. A bound that does not bind is worth 0. For one that does, the amount of its input is raised by a
very small step, and the dual read there: where a plan is degenerate and the value of more differs from the cost of
less, this is the value of more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from models.build import REQUIREMENTS, Model, loosened
from models.families.budgets import BUDGETS, BudgetConstraint
from models.outcome import Outcome, SolveOptions
from models.polish import exact_limits
from models.program import Floats, Ints, Program, with_columns
from models.solvers import wire
from models.solvers.child import Engine, lp_engine

STEP = 1e-6
"""By this much a bound is raised, relative to max(1, |bound|): above the tolerance of a linear program."""
_BINDS = 1e-6
_NOTHING = 1e-9
_CODE = "glop"


@dataclass(frozen=True, eq=False)
class Relief:
    """A program with one more column for each bound that may be raised; the column is what the bound is raised by."""

    program: Program
    rows: Ints
    """By added column: the row that has the price."""
    columns: Ints
    steps: Floats


def priced(
    model: Model,
    outcome: Outcome,
    *,
    engine: Engine | None = None,
    options: SolveOptions | None = None,
    relief: Relief | None = None,
) -> Outcome:
    """Returns a polished outcome with `prices`; NaN where a solve gave no answer.

    `engine` is a warm engine to solve in; another is started when it is None or not of OR-Tools. `relief` is that of
    the plan, where the caller needs it again.
    """
    if outcome.solution is None:
        return outcome
    options = options or SolveOptions()
    relief = relief or relief_of(model, outcome.solution, relax=options.relax)
    prices = np.zeros(model.program.row_count)
    if len(relief.rows):
        limits = exact_limits(options)
        again = wire.RepeatedSolve(relief.columns, relief.steps, may_only_save=True)
        with lp_engine(engine, _CODE) as runner:
            answer = runner.solve(relief.program, limits, code=_CODE, again=again)
        found = np.full(len(relief.rows), np.nan) if answer.again is None else -answer.again[:, 1]
        prices[relief.rows] = np.where(np.abs(found) <= _NOTHING, 0.0, np.maximum(found, 0.0))
    unknown = int(np.isnan(prices).sum())
    note = f"{unknown} {'price is' if unknown == 1 else 'prices are'} not known"
    return replace(outcome, prices=prices, detail=f"{outcome.detail}; {note}" if unknown else outcome.detail)


def unknown_prices(detail: str) -> int:
    """Returns how many prices are not known, from the detail of an outcome.

    >>> unknown_prices("gap reached; 3 prices are not known"), unknown_prices("gap reached")
    (3, 0)
    """
    found = re.search(r"(\d+) prices? (?:is|are) not known", detail)
    return int(found[1]) if found else 0


def relief_of(model: Model, solution: Floats, *, relax: bool = False) -> Relief:
    """Returns the program of a plan with its integers held, and a column for each bound that binds at it."""
    model = model.searched
    program = loosened(model)
    whole = program.is_integer & (not relax)
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[whole] = upper[whole] = np.rint(solution[whole]) + 0.0
    held = replace(program, column_lower=lower, column_upper=upper, is_integer=np.zeros_like(program.is_integer))
    has_bound = np.isfinite(program.row_upper)
    bound = np.where(has_bound, program.row_upper, 0.0)
    size = np.maximum(1.0, np.maximum(np.abs(bound), _amounts_compared(model, program, solution)))
    binds = has_bound & (program.row_activity(solution) >= bound - _BINDS * size)
    raised = [(row, rows[binds[rows]]) for row, rows in raised_rows(model)]
    raised = [(row, rows) for row, rows in raised if len(rows)]
    priced_rows = np.array([row for row, _ in raised], dtype=np.int64)
    count = len(priced_rows)
    rows = np.concatenate([rows for _, rows in raised]) if count else np.empty(0, dtype=np.int64)
    places = np.repeat(np.arange(count), [len(rows) for _, rows in raised])
    widened = with_columns(held, rows, places, -np.ones(len(rows)), count=count, upper=0.0)
    return Relief(widened, priced_rows, held.column_count + np.arange(count), STEP * size[priced_rows])


def _amounts_compared(model: Model, program: Program, solution: Floats) -> Floats:
    """By row, the size of what is compared where one amount of the plan bounds another: there the bound says 0."""
    names = {one.rows for one in REQUIREMENTS if one.compares}
    compares = np.zeros(program.row_count, dtype=bool)
    for rows in model.builder.rows:
        compares[rows.first : rows.first + len(rows.cells)] = rows.name in names
    terms = np.abs(program.values * solution[program.columns])
    sums = np.bincount(program.row_of_entries(), weights=terms, minlength=program.row_count)
    return np.where(compares, 0.5 * sums, 0.0)


def raised_rows(model: Model) -> list[tuple[int, Ints]]:
    """Returns by row that has a price the rows whose bounds rise with the amount of its input."""
    names = {one.rows for one in REQUIREMENTS if one.priced}
    found: list[tuple[int, Ints]] = []
    for rows in model.builder.rows:
        if rows.name not in names:
            continue
        own = rows.first + np.arange(len(rows.cells))
        budgets = [one for one in model.budgets if rows.name == BUDGETS.rows and one.axis is rows.axes[0]]
        for place, row in enumerate(own.tolist()):
            reach = _carried(model, budgets[0], rows.cells, place) if budgets else np.array([place])
            found.append((row, own[reach]))
    return found


def _carried(model: Model, budget: BudgetConstraint, cells: Ints, place: int) -> Ints:
    """The places among the rows of a budget whose chains count the amount of one row: its own and later ones."""
    row, end = budget.ends.row[cells], budget.ends.end[cells]
    first = np.array(budget.first_carried)[row]
    chained = np.flatnonzero((row >= row[place]) & (first <= row[place]))
    paths = model.frame.tree.pairs
    below = set(paths.last[paths.first == end[place]].tolist())
    return chained[[int(end[other]) in below for other in chained]]
