"""Makes the plan of a search exact, near an earlier one where asked, prices it, and makes its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from models.alternatives.nearest_plan import bounded
from models.build import Model
from models.checks.binding_checks import blank_prices
from models.checks.requirements import PRICE_TABLES
from models.outcome import Outcome, SolveOptions, Stop
from models.polish import polish
from models.prices import priced, relief_of, unknown_prices
from models.solution import Solution
from models.solvers.child import Engine
from models.uncertainty.decomposition.decomposed import SOLVER as BY_SCENARIO
from models.uncertainty.decomposition.path_plans import NO_WORTHS, WIDE_FROM
from models.uncertainty.least_regret import BestAlone
from models.uncertainty.scenario_tree import ScenarioTree
from models.worth import with_worths, without_worths
from planner.errors import InternalError, NoPlanFound
from planner.interrupts import Keys
from planner.journal import Journal
from planner.manifest import summary_of
from planner.plan_by_path import NO_WORTHS_NOTE
from planner.plan_near import EarlierRun
from planner.plan_opposites import opposites_beside
from planner.plan_request import Request
from planner.results import Table, tables_of
from planner.scenario_worth import tables_beside
from planner.search_ends import AFTER_KILL
from planner.second_opinion import SecondOpinion, second_opinion


class FinishedPlan(NamedTuple):
    """An exact plan with its tables; the options have the gap that it may have, the second opinion is of its search."""

    outcome: Outcome
    options: SolveOptions
    second: SecondOpinion | None
    tables: dict[str, Table]


def finished_plan(
    request: Request,
    plan_of: tuple[ScenarioTree | None, Model],
    found: Outcome,
    options: SolveOptions,
    *,
    near: EarlierRun | None,
    second: Engine | None,
    alone: BestAlone | None,
    engine: Engine,
    journal: Journal,
    keys: Keys,
) -> FinishedPlan:
    """Returns the plan of a search, which is near an earlier one where that was asked for, with all its tables.

    Raises:
        NoPlanFound: something outside ended the solver's process.
        InternalError: the plan of the search cannot be made exact.
    """
    tree, model = plan_of
    moved = None if near is None else near.nearest(model, found, options, engine, journal, keys)
    held, found, options = (model, found, options) if moved is None else moved.to_be_priced
    outcome = exact_and_priced(held, found, options, engine=engine, journal=journal)
    if moved is not None:
        outcome = bounded(outcome, moved.cheapest.bound, options.gap)
    compared = outcome if moved is None else moved.cheapest
    opinion = _asked_again(model, compared, options, second, journal=journal, keys=keys)
    tables = _tables(request, tree, Solution(model, outcome), alone, engine, options, journal=journal, keys=keys)
    tables |= {} if moved is None else moved.tables(tables)
    outcome = with_unknown_prices(outcome, tables)
    journal.outcome(summary_of(model.frame.stated, outcome))
    return FinishedPlan(outcome, options, opinion, tables)


def _tables(
    request: Request,
    tree: ScenarioTree | None,
    solution: Solution,
    alone: BestAlone | None,
    engine: Engine,
    options: SolveOptions,
    *,
    journal: Journal,
    keys: Keys,
) -> dict[str, Table]:
    """Returns the result tables, and those of what is asked beside a plan."""
    journal.begin("results")
    tables = tables_of(solution)
    if tree is not None:
        if request.information or request.risk_curve:
            journal.begin("information and risk")
        tables |= tables_beside(request, tree, solution, alone, engine=engine, options=options, on_step=journal.step)
    return tables | opposites_beside(request, tree, solution, tables, engine, options, journal=journal, keys=keys)


def exact_and_priced(
    model: Model, found: Outcome, options: SolveOptions, *, engine: Engine, journal: Journal
) -> Outcome:
    """Returns a plan with exact integers, the prices at it, and what more of what binds is worth.

    Raises:
        NoPlanFound: something outside ended the solver's process.
        InternalError: the plan of the search cannot be made exact.
    """
    journal.begin("polish")
    if found.solver == BY_SCENARIO and model.program.column_count >= WIDE_FROM:
        journal.note(NO_WORTHS_NOTE)
        return without_worths(Solution(model, found), NO_WORTHS)
    polished = polish(model.program, found, engine=engine, options=options)
    if polished.stop is Stop.KILLED and not polished.has_solution:
        msg = f"The solver was killed while the plan of {found.solver} was polished: {polished.detail}. {AFTER_KILL}"
        raise NoPlanFound(msg)
    if not polished.has_solution:
        msg = f"The plan of {found.solver} could not be polished: {polished.detail}. Try another with --solver."
        raise InternalError(msg)
    relief = relief_of(model, polished.values, relax=options.relax)
    polished = priced(model, polished, engine=engine, options=options, relief=relief)
    journal.begin("worth")
    return with_worths(model, polished, engine=engine, relief=relief)


def _asked_again(
    model: Model,
    outcome: Outcome,
    options: SolveOptions,
    other: Engine | None,
    *,
    journal: Journal,
    keys: Keys,
) -> SecondOpinion | None:
    """Returns what the second solver finds; None where there is none, or the user has stopped the search."""
    if other is None or outcome.stop is Stop.INTERRUPT:
        return None
    journal.begin("second solver")
    second = second_opinion(model, outcome, options, engine=other, journal=journal, interrupts=keys)
    journal.note(second.text)
    return second


__all__ = ["FinishedPlan", "exact_and_priced", "finished_plan"]


def with_unknown_prices(outcome: Outcome, tables: Mapping[str, Table]) -> Outcome:
    """Returns an outcome whose detail says how many prices its tables leave blank, where they were not asked for."""
    names = {*PRICE_TABLES.values(), "binding"}
    blank = sum(blank_prices({name: tables[name].mappings() for name in names}, PRICE_TABLES).values())
    if blank <= unknown_prices(outcome.detail):
        return outcome
    return replace(outcome, detail="; ".join(filter(None, [outcome.detail, f"{blank} prices are not known"])))
