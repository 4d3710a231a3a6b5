"""Solves the plan over a scenario tree: as one program, or by decomposition into paths where the tree is wide.

One program grows with the number of futures, and so does each of the thousands of linear programs that its search
takes; by decomposition the work is proportional to the number of futures. A tree of few futures is as fast as one
program, which then also closes gaps that the duality gap of the decomposition leaves open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.build import Model
from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.solvers.catalogue import NATIVE
from models.solvers.child import Engine
from models.solvers.normalise import sound, within_gap
from models.stages import JOINED, solve_model, with_first_plan
from models.uncertainty.decomposition.decomposed import SOLVER, DecomposedResult, search_by_scenario
from models.uncertainty.decomposition.path_programs import NotDecomposableError
from models.uncertainty.decomposition.tree_columns import tree_solution
from models.uncertainty.least_regret import solve_measure
from models.uncertainty.scenario_tree import ScenarioTree

LEAST_FUTURES = 6
"""From this many futures on a tree is decomposed: by then its search as one program takes longer."""
SMALL = 30_000
"""Up to this many columns the program of a tree can still be searched as one, where decomposition leaves a gap."""


def why_one_program(scenarios: ScenarioTree, model: Model, options: SolveOptions) -> str:
    """Returns why the plan over a tree is searched as one program, as a sentence; blank where it is decomposed."""
    if len(scenarios.names) < LEAST_FUTURES:
        return f"The tree has fewer than {LEAST_FUTURES} futures and is solved as one program."
    if scenarios.case.settings.risk_aversion > 0:
        return "With risk aversion the tree is solved as one program: its objective is no sum over the futures."
    if model.frame.best_alone:
        return "The greatest regret is minimised over the tree as one program: it is no sum over the futures."
    if options.solver != NATIVE:
        return f"The solver {options.solver} solves the tree as one program."
    if options.relax or not model.program.is_integer.any() or model.program is not model.builder.program:
        return "The tree is solved as one program."
    return ""


def solve_tree(
    scenarios: ScenarioTree | None,
    model: Model,
    engine: Engine,
    options: SolveOptions,
    *,
    workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    on_step: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Outcome:
    """Returns the unpolished outcome of a plan, whose model is `model`; over a tree unless `scenarios` is None.

    Where a tree is decomposed and its gap stays open, the search of the whole tree goes on from the plan if it is small
    enough; the best plan and the best bound of both are returned.
    """
    if scenarios is None:
        return solve_measure(model, engine, options, on_progress=on_progress, should_stop=should_stop)
    reason = why_one_program(scenarios, model, options)
    found: Outcome | None = None
    if not reason:
        try:
            result = search_by_scenario(
                scenarios, engine, options,
                workers=workers, on_progress=on_progress, on_step=on_step, should_stop=should_stop,
            )  # fmt: skip
            found = _outcome(scenarios, model, result, options)
        except NotDecomposableError as differing:
            reason = f"The tree is solved as one program: {differing}."
    if found is None:
        outcome = solve_measure(model, engine, options, on_progress=on_progress, should_stop=should_stop)
        return replace(outcome, detail="; ".join(filter(None, [outcome.detail, reason])))
    if found.status is Status.NOTHING_FOUND and found.stop in {Stop.TIME, Stop.INTERRUPT}:
        return with_first_plan(model, engine, options, found, on_progress)
    if not _goes_on(model, found):
        return found
    return _gone_on(model, engine, options, found, on_progress, should_stop)


def _goes_on(model: Model, found: Outcome) -> bool:
    """Whether the whole tree is searched after the decomposition."""
    is_ended = found.status in {Status.OPTIMAL, Status.INFEASIBLE} or found.stop in {Stop.TIME, Stop.INTERRUPT}
    return not is_ended and (model.program.column_count < SMALL or found.solution is None)


def _outcome(scenarios: ScenarioTree, model: Model, result: DecomposedResult, options: SolveOptions) -> Outcome:
    """The outcome of a decomposition, with its plan put together in the columns of the tree."""
    solution = objective = None
    bound, notes = result.bound, [result.detail]
    if result.plan is not None:
        solution = tree_solution(scenarios, model, result.plan.structures, result.plan.solutions)
        objective = model.program.objective_of(solution)
        bound, note = sound(objective, bound, model.program, solution, SOLVER)
        notes.append(note)
    status = result.status
    if status is Status.OPTIMAL and not within_gap(objective, bound, options.gap):
        status = Status.FEASIBLE
    return Outcome(
        status,
        result.stop,
        SOLVER,
        result.version,
        objective=objective,
        bound=bound,
        solution=solution,
        incumbents=tuple(result.incumbents),
        seconds={"solve": sum(result.seconds.values())},
        detail="; ".join(filter(None, notes)),
    )


def _gone_on(
    model: Model,
    engine: Engine,
    options: SolveOptions,
    first: Outcome,
    on_progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> Outcome:
    """The best of a decomposition and of the search of the whole tree, which starts from its plan."""
    spent = first.seconds["solve"]
    left = None if options.time_limit_s is None else max(1.0, options.time_limit_s - spent)
    hint = options.hint if first.solution is None else first.solution
    second = solve_model(
        model,
        engine,
        replace(options, time_limit_s=left, hint=hint),
        on_progress=on_progress,
        should_stop=should_stop,
        goes_on=first.solution is None,
    )
    bounds = [one.bound for one in (first, second) if one.bound is not None]
    plans = [one for one in (second, first) if one.objective is not None]
    if not plans or second.status is Status.INFEASIBLE:
        return second
    best = min(plans, key=lambda one: float(np.inf if one.objective is None else one.objective))
    bound, note = sound(best.objective, max(bounds, default=None), model.program, best.solution, SOLVER)
    is_closed = within_gap(best.objective, bound, options.gap)
    return replace(
        best,
        status=Status.OPTIMAL if is_closed else Status.FEASIBLE,
        stop=Stop.GAP if is_closed else second.stop,
        solver=f"{first.solver}{JOINED}{second.solver}",
        version=first.version,
        bound=bound,
        incumbents=first.incumbents + second.incumbents,
        seconds={"solve": spent + sum(second.seconds.values())},
        detail="; ".join(filter(None, [first.detail, second.detail, note])),
    )
