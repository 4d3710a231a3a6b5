"""Plans over trees that are too wide to be one program: found, and read, path by path."""

from __future__ import annotations

from models.outcome import Outcome, SolveOptions
from models.solvers.child import Engine
from models.uncertainty.decomposition.path_plans import WIDE_FROM, PathPlans
from models.uncertainty.scenario_tree import ScenarioTree
from models.uncertainty.solve_tree import is_planned_by_path, solve_by_path
from planner.interrupts import Keys
from planner.journal import Journal
from planner.plan_request import Request
from planner.plan_solves import engines_of, workers_of
from planner.search_ends import stopper

NO_WORTHS_NOTE = f"What more of an amount is worth is not computed for a tree of {WIDE_FROM:,} columns or more."


def wide_tree(request: Request, tree: ScenarioTree | None, options: SolveOptions) -> ScenarioTree | None:
    """Returns the tree where its plan is made path by path; what is asked beside a plan needs the whole program."""
    if tree is None or request.information or request.risk_curve:
        return None
    return tree if is_planned_by_path(tree, options) else None


def planned_by_path(
    tree: ScenarioTree,
    request: Request,
    options: SolveOptions,
    *,
    engine: Engine,
    journal: Journal,
    keys: Keys,
) -> tuple[Outcome, PathPlans | None]:
    """Returns the outcome of the search by path, and its plan; None where the tree has to be searched as a whole."""
    journal.begin("solve")
    with engines_of(request, options, tree, None, journal) as engines:
        found, plans = solve_by_path(
            tree, engine, options, workers=workers_of(request), engines=engines,
            on_progress=journal.progress, on_step=journal.step, should_stop=stopper(journal, keys),
        )  # fmt: skip
    journal.end()
    if plans is not None:
        stopped = f"{found.status.value}, stopped by {found.stop.value}. {found.detail}"
        journal.note(f"{found.solver} {found.version}: {stopped}".rstrip())
        journal.note(NO_WORTHS_NOTE)
    return found, plans
