"""Alternatives as plans of their own: priced, checked, and written as runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models.alternatives.nearest_plan import bounded, with_decisions
from models.outcome import Outcome, Status, Stop
from models.recourse import as_columns
from models.solution import Solution
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import planned_model
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import exact_target, folder_name
from planner.finished_plan import exact_and_priced
from planner.journal import Journal, SilentWatcher
from planner.manifest import size_of, summary_of
from planner.plan_request import Request, merged
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun
from planner.runs import PlannedCase, verified, write_planned
from planner.studies.alternative_plans import AlternativePlan, Alternatives


def planned_alternative(run: LoadedRun, found: Alternatives, plan: AlternativePlan, request: Request) -> PlannedCase:
    """Returns an alternative as a plan of its case, which has passed the independent check.

    Its bound is that of the case: what every plan costs at least. The gap asked for is how much alternatives may cost
    more. Of a plan of least measure orders and strategic decisions are held, and the rest is planned for least cost.

    Raises:
        CheckFailed: the independent check refuses the plan.
        NoPlanFound, InternalError: the plan cannot be made exact.
    """
    journal, read = Journal(SilentWatcher()), run.read
    options = replace(merged(request, read.case.solver), threads=1, gap=found.options.within)
    tree = run.scenario_tree
    model = planned_model(read.case, base=tree is None)
    values = as_columns(model.program, plan.result["plan"])
    solver, version = plan.result["solver"]["name"], plan.result["solver"]["version"]
    outcome = Outcome(Status.FEASIBLE, Stop.GAP, solver, version, bound=found.bound_musd, solution=values)
    held = with_decisions(model, values) if plan.measure else model
    with Engine.start(options.solver) as engine:
        outcome = exact_and_priced(held, outcome, options, engine=engine, journal=journal)
    if plan.measure:
        outcome = bounded(outcome, found.bound_musd, options.gap)
    journal.outcome(summary_of(read.case, outcome))
    journal.begin("results")
    tables = tables_of(Solution(model, outcome))
    journal.begin("verify")
    report = verified(read.case, tree, tables, outcome)
    journal.end()
    return PlannedCase(
        read=read, options=options, tree=tree, size=size_of(model), outcome=outcome, tables=tables, report=report,
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
