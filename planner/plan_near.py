"""Keeps a plan near an earlier one: of all plans within a share of the least cost, the nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.alternatives.nearest_plan import NearestPlan, nearest_plan
from models.alternatives.plan_distance import EarlierPlan, order_values
from models.build import Model
from models.case import Case
from models.outcome import Outcome, SolveOptions, Stop
from models.polish import polish
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import ScenarioTree
from planner.errors import CaseFaults, Fault
from planner.interrupts import Keys
from planner.journal import Journal
from planner.plan_request import STABILITY, Request
from planner.results import Table
from planner.results.loaded_run import LoadedRun
from planner.results.stability_tables import NearestFacts, changes_of, earlier_plan, stability_tables


@dataclass(frozen=True, eq=False)
class NearPlan:
    """The plan nearest to an earlier one, and what is needed to price it and to show how far it moved."""

    case: Case
    run: LoadedRun
    earlier: EarlierPlan
    model: Model
    cheapest: Outcome
    """The exact plan of least cost."""
    found: NearestPlan
    share: float
    options: SolveOptions

    @property
    def to_be_priced(self) -> tuple[Model, Outcome, SolveOptions]:
        """The model with the decisions of the plan, the plan, and the options with the gap that it may have."""
        asked = replace(self.options, gap=self.options.gap + self.share)
        return self.found.held, self.found.outcome, asked

    def tables(self, tables: Mapping[str, Table]) -> dict[str, Table]:
        """Returns what is ordered and decided otherwise than in the earlier plan, from the tables of the plan."""
        from planner.verification.run_files import digest_of

        records = {name: list(table.records()) for name, table in tables.items()}
        values = order_values(self.model.frame)
        changes = changes_of(self.earlier, self.case, records, values)
        facts = NearestFacts(
            run=self.run.name,
            digest=digest_of(self.run.manifest) if self.run.manifest.get("files") else "",
            share=self.share,
            least_cost_musd=self.cheapest.objective or 0.0,
            least_distance_musd=self.found.least,
        )
        return stability_tables(changes, facts)


@dataclass(frozen=True, eq=False)
class EarlierRun:
    """A run that a plan is to stay near to, and what it may cost."""

    case: Case
    run: LoadedRun
    plan: EarlierPlan
    share: float

    def nearest(
        self, model: Model, found: Outcome, options: SolveOptions, engine: Engine, journal: Journal, keys: Keys
    ) -> NearPlan | None:
        """Returns the plan nearest to the earlier one; None where the search for least cost was stopped by the user."""
        if found.stop is Stop.INTERRUPT:
            journal.note("The search was stopped: the plan is not brought nearer to the earlier one.")
            return None
        journal.begin("nearest plan")
        cheapest = polish(model.program, found, engine=engine, options=options)
        if not cheapest.has_solution:
            return None

        def should_stop() -> bool:
            return keys.asked

        best = nearest_plan(model, cheapest, self.plan, self.share, engine, options, should_stop=should_stop)
        return NearPlan(self.case, self.run, self.plan, model, cheapest, best, self.share, options)


def earlier_run(request: Request, case: Case, tree: ScenarioTree | None, measure: str) -> EarlierRun | None:
    """Returns the run that a plan is to stay near to; None where that was not asked for.

    Raises:
        CaseFaults: the request makes no sense, or the run shares no period with the case.
        CheckFailed: the plan of the run does not hold.
    """
    if request.near is None:
        if request.stability is not None:
            raise CaseFaults([Fault("--stability", "needs an earlier plan", "Name its run with --near.")])
        return None
    share = STABILITY if request.stability is None else request.stability
    if not 0.0 <= share <= 1.0:
        remedy = "Write for example 0.5%."
        raise CaseFaults([Fault("--stability", "must be a share from 0 % to 100 %", remedy, value=str(share))])
    if measure != "cost":
        remedy = "Leave out --near, or minimise cost."
        raise CaseFaults([Fault("--near", "cannot be combined with the objective regret", remedy)])
    run = request.near
    if isinstance(run, Path):
        # A plan that is not near another one needs nothing of what reads runs.
        from planner.verification.written_runs import read_checked_run

        run = read_checked_run(run)
    return EarlierRun(case, run, earlier_plan(run, case, tree), share)


__all__ = ["EarlierRun", "NearPlan", "earlier_run"]
