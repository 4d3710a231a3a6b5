"""Solves the plan over a scenario tree: as one program, or by decomposition into paths where the tree is wide.

One program grows with the number of futures, and so does each of the thousands of linear programs that its search
takes; by decomposition the work is proportional to the number of futures. A tree of few futures is as fast as one
program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from models.build import Model
from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.solvers.catalogue import NATIVE
from models.solvers.child import Engine
from models.solvers.normalise import sound, within_gap
from models.stages import best_of_both, solve_model, with_first_plan
from models.uncertainty.decomposition.decomposed import SOLVER, DecomposedResult, search_by_scenario
from models.uncertainty.decomposition.path_plans import WIDE_FROM, PathPlans, estimated_size
from models.uncertainty.decomposition.path_programs import NotDecomposableError
from models.uncertainty.decomposition.tree_columns import tree_solution
from models.uncertainty.least_regret import solve_measure
from models.uncertainty.scenario_tree import ScenarioTree

LEAST_FUTURES = 6
"""From this many futures on a tree is decomposed where its search as one program leaves a gap."""
MOST_AT_ONCE = 16
"""Up to this many futures a tree is first searched as one program: of frontier-lab that finds plans in 10 to 30 s for
16 futures, and none of 32; decomposition then proves more."""
FIRST_LPS = 300
"""Linear programs of the search as one program, before a tree is decomposed. Of five drawn trees of 8 to 15 futures it
closed gaps of 0.1 to 0.5 % with 155 to 263; where it does not close one with 300, it does not with six times as many.
"""
_ONE_PROGRAM = "The tree is solved as one program."


def why_one_program(scenarios: ScenarioTree, model: Model, options: SolveOptions) -> str:
    """Returns why the plan over a tree is searched as one program, as a sentence; blank where it is decomposed."""
    if reason := _why_not_decomposed(scenarios, options):
        return reason
    if model.frame.best_alone:
        return "The greatest regret is minimised over the tree as one program: it is no sum over the futures."
    if not model.program.is_integer.any() or model.program is not model.builder.program:
        return _ONE_PROGRAM
    return ""


def _why_not_decomposed(scenarios: ScenarioTree, options: SolveOptions) -> str:
    """Why a tree is not decomposed, whatever its program is."""
    if len(scenarios.names) < LEAST_FUTURES:
        return f"The tree has fewer than {LEAST_FUTURES} futures and is solved as one program."
    if scenarios.case.settings.risk_aversion > 0:
        return "With risk aversion the tree is solved as one program: its objective is no sum over the futures."
    if options.solver != NATIVE:
        return f"The solver {options.solver} solves the tree as one program."
    return _ONE_PROGRAM if options.relax else ""


def is_planned_by_path(scenarios: ScenarioTree, options: SolveOptions) -> bool:
    """Whether the tree is so wide that its program is not made: plans, tables and the check go path by path."""
    is_decomposed = len(scenarios.names) > MOST_AT_ONCE and not _why_not_decomposed(scenarios, options)
    return is_decomposed and estimated_size(scenarios.searched).columns >= WIDE_FROM


def solve_by_path(
    scenarios: ScenarioTree,
    engine: Engine,
    options: SolveOptions,
    *,
    workers: int = 1,
    engines: Sequence[Engine] = (),
    on_progress: Callable[[Progress], None] | None = None,
    on_step: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Outcome, PathPlans | None]:
    """Returns the outcome of a plan over a wide tree, without values, and its plan path by path where it has one.

    Where it has none, `solve_tree` goes on from the outcome.
    """
    try:
        result = search_by_scenario(
            scenarios.searched, engine, options, workers=workers, engines=engines, on_progress=on_progress,
            on_step=on_step, should_stop=should_stop,
        )  # fmt: skip
    except NotDecomposableError as differing:
        detail = f"The tree is solved as one program: {differing}."
        return Outcome(Status.NOTHING_FOUND, Stop.WORK, SOLVER, engine.version, detail=detail), None
    outcome = _without_values(result, options)
    plan = result.plan
    if plan is None:
        return outcome, None
    place = {future: number for number, future in enumerate(scenarios.order or range(len(scenarios.names)))}
    given = [place[future] for future in range(len(place))]
    solutions = tuple(plan.solutions[number] for number in given)
    structures = tuple(plan.structures[number] for number in given)
    return outcome, PathPlans(scenarios, solutions, structures, plan.costs[given])


def solve_tree(
    scenarios: ScenarioTree | None,
    model: Model,
    engine: Engine,
    options: SolveOptions,
    *,
    workers: int = 1,
    engines: Sequence[Engine] = (),
    on_progress: Callable[[Progress], None] | None = None,
    on_step: Callable[[str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    tried: Outcome | None = None,
) -> Outcome:
    """Returns the unpolished outcome of a plan, whose model is `model`; over a tree unless `scenarios` is None.

    By decomposition `workers` engines share the work, or `engines` where they are given.
    A tree of few futures is searched as one program first, and decomposed where the gap stays open; where a wide one
    has no plan by decomposition, the whole tree is searched. The best plan and bound of both are returned. One that is
    stopped before it has a plan gets a first plan, beside what was proven by then. `tried` is the outcome of a
    decomposition that has found no plan.
    """
    if scenarios is None:
        return solve_measure(model, engine, options, on_progress=on_progress, should_stop=should_stop)
    # What is found holds for the model in any order: its columns are the same.
    scenarios, model = scenarios.searched, model.searched
    follow, stop = on_progress, should_stop
    reason = why_one_program(scenarios, model, options)
    first: Outcome | None = None
    if not reason and len(scenarios.names) <= MOST_AT_ONCE:
        first = solve_model(
            model, engine, options, on_progress=follow, should_stop=stop, goes_on=False, lp_limit=FIRST_LPS
        )
        if first.status in {Status.OPTIMAL, Status.INFEASIBLE} or first.stop in _ENDED:
            return first
    if not reason:
        left = _after(options, first)
        try:
            found = tried
            if found is None:
                result = search_by_scenario(
                    scenarios, engine, left, workers=workers, engines=engines, on_progress=_joined(follow, first),
                    on_step=on_step, should_stop=stop, known_cost=None if first is None else first.objective,
                )  # fmt: skip
                found = _outcome(scenarios, model, result, options)
            found = found if first is None else best_of_both(model.program, first, found, options.gap)
        except NotDecomposableError as differing:
            reason = f"The tree is solved as one program: {differing}."
        else:
            if found.solution is None and found.stop in {Stop.TIME, Stop.INTERRUPT}:
                # What was proven by then holds for any plan.
                return with_first_plan(model, engine, options, found, follow)
            if found.solution is not None or found.status is Status.INFEASIBLE:
                return found
            # Where no plan was found by scenario, the whole tree may have one.
            whole = solve_model(model, engine, _after(options, found), on_progress=follow, should_stop=stop)
            return best_of_both(model.program, found, whole, options.gap)
    outcome = solve_measure(model, engine, _after(options, first), on_progress=follow, should_stop=stop)
    outcome = replace(outcome, detail="; ".join(filter(None, [outcome.detail, reason])))
    return outcome if first is None else best_of_both(model.program, first, outcome, options.gap)


_ROUNDING = 1e-9
_ENDED = (Stop.TIME, Stop.INTERRUPT, Stop.MEMORY, Stop.KILLED)


def _after(options: SolveOptions, first: Outcome | None) -> SolveOptions:
    """How to go on after a search: from its plan, in the time that is left."""
    if first is None:
        return options
    limit = options.time_limit_s
    left = None if limit is None else max(1.0, limit - sum(first.seconds.values()))
    return replace(options, time_limit_s=left, hint=options.hint if first.solution is None else first.solution)


def _joined(follow: Callable[[Progress], None] | None, first: Outcome | None) -> Callable[[Progress], None] | None:
    """Reports progress of a second search beside what the first one has found."""
    if follow is None or first is None:
        return follow
    spent, costs, bounds = sum(first.seconds.values()), first.objective, first.bound

    def joined(progress: Progress) -> None:
        plans = [cost for cost in (costs, progress.objective) if cost is not None]
        proven = [bound for bound in (bounds, progress.bound) if bound is not None]
        best = Progress(progress.seconds + spent, min(plans, default=None), max(proven, default=None), progress.phase)
        follow(best)

    return joined


def _outcome(scenarios: ScenarioTree, model: Model, result: DecomposedResult, options: SolveOptions) -> Outcome:
    """The outcome of a decomposition, with its plan put together in the columns of the tree."""
    found = _without_values(result, options)
    if result.plan is None:
        return found
    solution = tree_solution(scenarios, model, result.plan.structures, result.plan.solutions)
    objective = model.program.objective_of(solution)
    bound, note = sound(objective, result.bound, model.program, solution, SOLVER)
    return replace(
        found,
        status=_status_of(result, objective, bound, options),
        objective=objective,
        bound=bound,
        solution=solution,
        detail="; ".join(filter(None, [found.detail, note])),
    )


def _status_of(result: DecomposedResult, objective: float | None, bound: float | None, options: SolveOptions) -> Status:
    is_open = result.status is Status.OPTIMAL and not within_gap(objective, bound, options.gap)
    return Status.FEASIBLE if is_open else result.status


def _without_values(result: DecomposedResult, options: SolveOptions) -> Outcome:
    """The outcome of a decomposition, whose plan stays path by path."""
    objective, bound, notes = None if result.plan is None else result.plan.cost, result.bound, [result.detail]
    if objective is not None and bound is not None and bound > objective:
        # Rounding errors are taken off; what lies further above is no bound.
        is_rounding = bound - objective <= _ROUNDING * abs(objective)
        notes.append("" if is_rounding else f"{bound:.9g} lies above the cost of a plan, and is refused as a bound")
        bound = objective if is_rounding else None
    return Outcome(
        _status_of(result, objective, bound, options),
        result.stop,
        SOLVER,
        result.version,
        objective=objective,
        bound=bound,
        incumbents=tuple(result.incumbents),
        seconds={"solve": sum(result.seconds.values())},
        detail="; ".join(filter(None, notes)),
    )
