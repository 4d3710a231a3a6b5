"""Solves a model with the solver that was asked for; the native one may go through two stages.

1. The native search (`models.tree_search`): branch and bound with a warm linear program in each node. It is given
   what a general code does not know: which integers decide most, and which of them follow each other.
2. Where that has used up its linear programs with the gap still open: SCIP on the whole model, from the best plan.

The best plan and the best bound of both are returned. Stages end by gaps and by counted linear programs, not by times,
so that the same inputs give the same plan.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.build import Model
from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.program import Ints, Program
from models.solvers.catalogue import NATIVE, SCIP
from models.solvers.child import Engine, lp_engine
from models.solvers.normalise import sound, within_gap
from models.solvers.wire import Search
from models.tree_search.branching_guide import (
    LP_LIMIT,
    NO_PREDECESSOR,
    NO_SERIES,
    BranchingGuide,
    LargeBranchingGuide,
    Priority,
)
from models.tree_search.lp_protocol import WarmStart

LARGE = 30_000
"""From this many columns on a linear program takes seconds: branching and heuristics are those of large programs."""
PRIORITIES = {
    "start": Priority.STRATEGY,
    "close": Priority.STRATEGY,
    "sign": Priority.STRATEGY,
    "reached": Priority.CHOICE,
    "late": Priority.CHOICE,
    "open": Priority.CHOICE,
    "chosen": Priority.CHOICE,
    "placed": Priority.CHOICE,
    "build": Priority.CAPACITY,
    "order": Priority.LOT_SIZE,
}
_AT_MOST_ONCE = "once_each"
_MODULES = "build"
_ORDERS = "order"
_EVENTS = ("start", "close", "sign")
_STOCKS = "fleet_balance"
_ENDED = (Stop.ANSWERED, Stop.INTERRUPT, Stop.KILLED, Stop.MEMORY, Stop.TIME)
_DECIDED = (Status.INFEASIBLE, Status.UNBOUNDED)

JOINED = ", then "
"""Between the names of the solvers that had a part in a plan, in their order."""
Follow = Callable[[Progress], None]


def solve_model(
    model: Model,
    engine: Engine,
    options: SolveOptions,
    *,
    on_progress: Follow | None = None,
    should_stop: Callable[[], bool] | None = None,
    goes_on: bool = True,
    start: WarmStart | None = None,
    lp_limit: int = LP_LIMIT,
) -> Outcome:
    """Returns the unpolished outcome of `options.solver`, and for the native search that of SCIP after it.

    The native search takes `lp_limit` linear programs at most.
    `start` is where the search of a neighbouring program ended (`Outcome.end`); one that does not fit is ignored.
    SCIP only goes on where the search has left the gap open, and not at all without `goes_on`. Where another solver was
    stopped before it had a plan, the native one makes a first one (`models.tree_search.starting_plan`). `solver` of the
    outcome names all that had a part in it.
    """
    program = model.program
    if options.relax or not program.is_integer.any():
        return engine.solve(program, options, code=options.solver, on_progress=on_progress, should_stop=should_stop)
    if options.solver != NATIVE:
        found = engine.solve(program, options, code=options.solver, on_progress=on_progress, should_stop=should_stop)
        is_stopped = found.status is Status.NOTHING_FOUND and found.stop in (Stop.TIME, Stop.INTERRUPT)
        return with_first_plan(model, engine, options, found, on_progress) if is_stopped else found
    first = engine.solve(
        program,
        options,
        code=NATIVE,
        search=Search(_guide_by_size(model), lp_limit, start=start),
        on_progress=on_progress,
        should_stop=should_stop,
    )
    if first.status in {*_DECIDED, Status.OPTIMAL} or first.stop in _ENDED or not goes_on:
        return first
    return _second(program, engine, options, first, on_progress, should_stop)


def guide_of(model: Model) -> BranchingGuide:
    """Returns what the search should know of the integers of a model."""
    model = model.searched
    count, tree = model.program.column_count, model.frame.tree
    # What was added to the program since it was built is yes or no, for a strategic decision.
    priority = np.full(count, int(Priority.STRATEGY), dtype=np.int64)
    period = np.full(count, tree.periods, dtype=np.int64)
    for block in model.builder.blocks.values():
        exists = block.exists
        priority[block.column[exists]] = PRIORITIES.get(block.name.partition(":")[0], Priority.LOT_SIZE)
        if model.frame.node in block.axes:
            shape = [1] * block.column.ndim
            shape[block.axes.index(model.frame.node)] = -1
            of_cells = np.broadcast_to(tree.period.reshape(shape), block.column.shape)
            period[block.column[exists]] = of_cells[exists]
    priority[~model.program.is_integer] = Priority.NONE
    return BranchingGuide(
        priority, period, _predecessors(model), _rows_of(model, _AT_MOST_ONCE), _rows_of(model, _STOCKS)
    )


def _guide_by_size(model: Model) -> BranchingGuide:
    return large_guide_of(model) if model.program.column_count >= LARGE else guide_of(model)


def large_guide_of(model: Model) -> LargeBranchingGuide:
    """Returns what the search of a large model should know: also its stocks, and what is ordered time after time."""
    model = model.searched
    guide, frame, stock = guide_of(model), model.frame, model.fleet.stock
    period = guide.period.copy()
    last = frame.tree.period[model.fleet.vintages.pairs.last]
    period[stock.column[stock.exists]] = np.broadcast_to(last, stock.column.shape)[stock.exists]
    series = np.arange(model.program.column_count)
    for name in (_ORDERS, _MODULES, *_EVENTS):
        # Each takes the number of the first of its offer, expansion, route, company or agreement.
        columns = (
            model.builder.blocks[name].column if name in model.builder.blocks else np.empty((0, 0), dtype=np.int64)
        )
        for row in columns:
            if (row >= 0).any():
                series[row[row >= 0]] = row[row >= 0][0]
    return LargeBranchingGuide(
        guide.priority,
        guide.period,
        guide.predecessor,
        guide.sos1_rows,
        guide.stock_rows,
        never_aggregated=period % max(1, round(1 / frame.delta)) == 0,
        series=series,
    )


def _rows_of(model: Model, name: str) -> Ints:
    rows = [np.arange(rows.first, rows.first + len(rows.cells)) for rows in model.builder.rows if rows.name == name]
    return np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)


def _predecessors(model: Model) -> Ints:
    """By column: that of the same expansion or offer at the last node before at which there could be orders."""
    found = np.full(model.program.column_count, NO_SERIES, dtype=np.int64)
    blocks, parent = model.builder.blocks, model.frame.tree.parent
    for columns in itertools.chain.from_iterable(blocks[name].column for name in (_MODULES, _ORDERS) if name in blocks):
        last = np.full(len(columns), NO_PREDECESSOR, dtype=np.int64)
        for node, column in enumerate(columns):
            above = int(parent[node])
            before = NO_PREDECESSOR if above < 0 else int(columns[above]) if columns[above] >= 0 else int(last[above])
            last[node] = before
            if column >= 0:
                found[column] = before
    return found


def with_first_plan(
    model: Model, engine: Engine, options: SolveOptions, found: Outcome, on_progress: Follow | None
) -> Outcome:
    """Returns an outcome that has no plan with the first plan of the native search, if that makes one."""
    search = Search(_guide_by_size(model), 0)
    with lp_engine(engine, NATIVE) as runner:
        first = runner.solve(
            model.program,
            replace(options, solver=NATIVE, time_limit_s=None),
            code=NATIVE,
            search=search,
            on_progress=on_progress,
        )
    if first.solution is None:
        return found
    together = best_of_both(model.program, found, first, options.gap)
    return together if together.status is Status.OPTIMAL else replace(together, stop=found.stop)


def _second(
    program: Program,
    engine: Engine,
    options: SolveOptions,
    first: Outcome,
    on_progress: Follow | None,
    should_stop: Callable[[], bool] | None,
) -> Outcome:
    """Goes on with SCIP from the best plan; returns the best plan and bound of both."""
    spent = sum(first.seconds.values())
    left = None if options.time_limit_s is None else max(1.0, options.time_limit_s - spent)
    hint = options.hint if first.solution is None else first.solution

    def follow(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(_joint(progress, first, spent))

    outcome = engine.solve(
        program,
        replace(options, solver=SCIP, time_limit_s=left, hint=hint),
        code=SCIP,
        on_progress=follow,
        should_stop=should_stop,
    )
    return best_of_both(program, first, outcome, options.gap)


def _joint(progress: Progress, first: Outcome, spent: float) -> Progress:
    """What a message of the second stage means for the whole search."""
    plans = [cost for cost in (first.objective, progress.objective) if cost is not None]
    bounds = [bound for bound in (first.bound, progress.bound) if bound is not None]
    return Progress(progress.seconds + spent, min(plans, default=None), max(bounds, default=None), progress.phase)


def best_of_both(program: Program, first: Outcome, second: Outcome, gap: float) -> Outcome:
    """Returns the best plan and the best bound of two searches of the same program, one after the other."""
    seconds = {
        name: first.seconds.get(name, 0.0) + second.seconds.get(name, 0.0)
        for name in dict.fromkeys((*first.seconds, *second.seconds))
    }
    memory = [peak for peak in (first.peak_memory_mb, second.peak_memory_mb) if peak is not None]
    detail = "; ".join(filter(None, [first.detail, second.detail]))
    common = replace(
        second,
        solver=f"{first.solver}{JOINED}{second.solver}",
        version="; ".join(dict.fromkeys((first.version, second.version))),
        seconds=seconds,
        peak_memory_mb=max(memory, default=None),
        detail=detail,
    )
    if second.status in _DECIDED and first.solution is None:
        return common
    plans = [outcome for outcome in (second, first) if outcome.objective is not None]
    bounds = [outcome.bound for outcome in (first, second) if outcome.bound is not None]
    bound = max(bounds, default=None)
    if not plans:
        return replace(common, bound=bound)
    best = min(plans, key=lambda outcome: float(outcome.objective or 0.0))
    bound, note = sound(best.objective, bound, program, best.solution, common.solver)
    done = within_gap(best.objective, bound, gap)
    return replace(
        common,
        status=Status.OPTIMAL if done else Status.FEASIBLE,
        stop=Stop.GAP if done else second.stop,
        objective=best.objective,
        bound=bound,
        detail="; ".join(filter(None, [detail, note])),
        solution=best.solution,
        incumbents=first.incumbents + second.incumbents,
    )
