"""Alternatives as plans of their own: priced, checked, and written as runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.build import Model
from models.outcome import Outcome, Status, Stop
from models.recourse import as_columns
from models.solution import Solution
from models.solvers.child import Engine
from models.solvers.normalise import within_gap
from models.uncertainty.scenario_tree import scenario_tree
from planner.case import ReadCase
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import exact_target, folder_name
from planner.journal import Journal, SilentWatcher
from planner.manifest import size_of, summary_of
from planner.plan_request import Request, merged
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun
from planner.runs import PlannedCase, exact_and_priced, verified, write_planned
from planner.studies.alternative_plans import AlternativePlan, Alternatives

_DECIDED = ("start", "close", "sign", "build", "order")


def planned_alternative(run: LoadedRun, found: Alternatives, plan: AlternativePlan, request: Request) -> PlannedCase:
    """Returns an alternative as a plan of its case, which has passed the independent check.

    Its bound is that of the case: what every plan costs at least. The gap asked for is how much alternatives may cost
    more. Of a plan of least measure orders and strategic decisions are held, and the rest is planned for least cost.

    Raises:
        CheckFailed: the independent check refuses the plan.
        NoPlanFound, InternalError: the plan cannot be made exact.
    """
    journal, read = Journal(SilentWatcher()), run.read
    options = replace(merged(request, read.case.solver), threads=1)
    tree = scenario_tree(read.case) if len(found.probability) > 1 else None
    model = _model(read, is_tree=tree is not None)
    values = as_columns(model.program, plan.result["plan"])
    held = _held(model, values) if plan.measure else model
    cost = model.program.objective_of(values)
    asked = replace(options, gap=found.options.within, hint=None)
    status = Status.OPTIMAL if within_gap(cost, found.bound_musd, asked.gap) else Status.FEASIBLE
    solver, version = plan.result["solver"]["name"], plan.result["solver"]["version"]
    outcome = Outcome(status, Stop.GAP, solver, version, objective=cost, bound=found.bound_musd, solution=values)
    with Engine.start(options.solver) as engine:
        outcome = exact_and_priced(held, outcome, asked, engine=engine, journal=journal)
    journal.outcome(summary_of(read.case, outcome))
    journal.begin("results")
    tables = tables_of(Solution(model, outcome))
    journal.begin("verify")
    report = verified(read.case, tree, tables, outcome)
    journal.end()
    return PlannedCase(
        read=read, options=asked, tree=tree, size=size_of(model), outcome=outcome, tables=tables, report=report,
        second=None, journal=journal,
    )  # fmt: skip


def write_alternatives(run: LoadedRun, found: Alternatives, request: Request, folder: Path) -> Sequence[Path]:
    """Writes each alternative as a run into a folder that must not hold them yet, and returns the runs.

    Raises:
        CaseFaults: something lies there.
        CheckFailed, NoPlanFound, InternalError: as `planned_alternative`.
    """
    plans = [*found.plans, *found.preferred]
    targets = [exact_target(folder / folder_name(plan.name), replace=False) for plan in plans]
    return [
        write_planned(planned_alternative(run, found, plan, request), target, request.command)
        for plan, target in zip(plans, targets, strict=True)
    ]


def named_alternative(found: Alternatives, name: str) -> AlternativePlan:
    """Returns an alternative by its name.

    Raises:
        CaseFaults: there is none of that name.
    """
    known = {plan.name: plan for plan in (*found.plans, *found.preferred)}
    if name not in known:
        remedy = f"Available: {', '.join(known) or 'none'}."
        raise CaseFaults([Fault("alternative", "is not one of those that were found", remedy, value=name)])
    return known[name]


def _model(read: ReadCase, *, is_tree: bool) -> Model:
    from models.uncertainty.scenario_tree import planned_model

    return planned_model(read.case, base=not is_tree)


def _held(model: Model, values: np.ndarray) -> Model:
    """The model with the orders and strategic decisions of a plan."""
    program = model.program
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    for name in _DECIDED:
        block = model.builder.blocks[name]
        columns = block.column[block.exists]
        kept = np.where(program.is_integer[columns], np.rint(values[columns]), values[columns])
        lower[columns] = upper[columns] = np.clip(kept, program.column_lower[columns], program.column_upper[columns])
    return replace(model, program=replace(program, column_lower=lower, column_upper=upper))
