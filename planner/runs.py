"""Makes a plan: from the folder of a case to a plan that is solved, polished, checked and written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path

from models.build import Model
from models.case import Case
from models.outcome import Outcome, SolveOptions, Status, Stop
from models.solvers.catalogue import facts_of
from models.solvers.child import Engine
from models.uncertainty.decomposition.path_plans import ProgramSize
from models.uncertainty.least_regret import BestAlone
from models.uncertainty.scenario_tree import ScenarioTree, model_over, scenario_tree
from models.uncertainty.solve_tree import solve_tree
from models.verify import Report, verify
from planner.case import ReadCase, read_case
from planner.errors import (
    CheckFailed,
    InfeasibleCase,
    WrittenRun,
    rendered,
)
from planner.files.run_folder import (
    MANIFEST,
    Target,
    dated_target,
    exact_target,
    options_digest,
    points_folder,
    run_json,
)
from planner.finished_plan import finished_plan, with_unknown_prices
from planner.future_texts import NOT_NORMALISED, normalised_remark, planned_for, why_infeasible
from planner.interrupts import Interrupts, Keys
from planner.journal import Journal, Watcher
from planner.manifest import PlanFacts, size_of, summary_of, write_plan
from planner.plan_by_path import planned_by_path, wide_tree
from planner.plan_near import earlier_run
from planner.plan_request import Request, merged, start_engine
from planner.plan_solves import engines_of, let_go, note_resumed, stored_solves, workers_of
from planner.results import Table
from planner.results.loaded_run import LoadedRun
from planner.results.tables_by_path import tables_by_path
from planner.scenario_worth import measure_of, plans_alone
from planner.search_ends import require_plan, require_right_answers, stopper
from planner.second_opinion import SecondOpinion, second_engine
from planner.sweeps.solve_store import SolveStore
from planner.sweeps.sweep_run import require_executor

_MOST_FINDINGS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedCase:
    """A plan that has passed the independent check, in memory."""

    read: ReadCase
    options: SolveOptions
    size: ProgramSize
    outcome: Outcome
    """The polished outcome: exact integers, prices at this plan, the bound of the search; without values where the plan
    was made path by path."""
    tables: Mapping[str, Table]
    report: Report
    second: SecondOpinion | None
    journal: Journal
    """What happened when; its phases end when the plan is written."""
    tree: ScenarioTree | None = None
    """The scenarios that the plan is made over; None for the tables as they stand."""
    solves: SolveStore | None = None
    """Where the solves of the plan are stored until it is written."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds of each phase that has ended."""
        return self.journal.seconds

    def facts(self, command: str) -> PlanFacts:
        """Returns what is written about the plan."""
        names = () if self.tree is None else self.tree.names
        return PlanFacts(self.read, command, self.options, self.size, names, self.outcome, self.report, self.second)

    @property
    def gap_musd(self) -> float | None:
        """How much the plan may lie above the least possible cost, USD million; None while there is no bound."""
        return gap_musd(self.outcome)

    @property
    def planned_for(self) -> str:
        """Whether it is a plan over the scenarios of the case, in one line; blank where it has none."""
        return planned_for(self.read.case, self.tree)

    @property
    def is_interrupted(self) -> bool:
        """True when the user stopped the search."""
        return self.outcome.stop is Stop.INTERRUPT

    @property
    def exit_code(self) -> int:
        """0, or 5 where a second solver disagrees."""
        return CheckFailed.exit_code if self.second is not None and self.second.agrees is False else 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Run(PlannedCase):
    """A plan that was written to `folder`."""

    folder: Path

    def loaded(self) -> LoadedRun:
        """Returns the run as exporters receive it; of its files only the manifest is read."""
        return LoadedRun(run_json(self.folder, MANIFEST), self.tables, self.read, self.folder.name)


def gap_musd(outcome: Outcome) -> float | None:
    """Returns |objective − bound| in USD million; None where either is unknown."""
    if outcome.objective is None or outcome.bound is None:
        return None
    return abs(outcome.objective - outcome.bound)


def make_plan(folder: Path, request: Request, watcher: Watcher, engine: Engine | None = None) -> Run:
    """Reads a case, plans, checks and writes the run; nothing is written as a plan unless the check passes.

    Ctrl-C once ends the search and keeps its best plan; twice raises KeyboardInterrupt. `engine` is what
    `start_engine` has returned for the same folder and request, where the caller started it before it loaded this
    module; it is closed here.

    Raises:
        CaseFaults: the case or the request has faults.
        InfeasibleCase: no plan can meet the requirements.
        NoPlanFound: no plan was found within the limits.
        CheckFailed: the independent check refuses the plan.
        InternalError: a solver broke down.
        OutputError: the run cannot be written.
    """
    with WrittenRun() as written, ExitStack() as stack:
        engine = stack.enter_context(engine or start_engine(folder, request))
        interrupts = stack.enter_context(Interrupts())
        journal = Journal(watcher)

        require_executor(request.executor, request.cluster, request.workers)
        _require_library(request)
        journal.begin("read")
        target = None if request.output is None else exact_target(request.output, replace=request.replace)
        read = _read(folder, request, journal)
        options = merged(request, read.case.solver)
        target = target or dated_target(
            read.case.settings.name, options_digest(read.case_hash, options, base=request.base)
        )
        for line in rendered(read.warnings):
            journal.note(f"Warning: {line}")
        points = points_folder(read.case.settings.name)
        planned = plan_case(read, request, options, engine, journal=journal, keys=interrupts, points=points)

        interrupts.let_finish()
        written.folder = write_planned(planned, target, request.command, parquet=request.parquet)
        let_go(planned.solves, planned.outcome, journal)
    return Run(**{part.name: getattr(planned, part.name) for part in fields(planned)}, folder=written.folder)


def _read(folder: Path, request: Request, journal: Journal) -> ReadCase:
    """Returns the case, with probabilities that add up to 1 where the request asks for that."""
    if not request.normalise:
        return read_case(folder, on_step=journal.step)
    from planner.scenario_cases import read_normalised

    read = read_normalised(folder, on_step=journal.step)
    journal.note(normalised_remark(read.case) or NOT_NORMALISED)
    return read


def plan_case(
    read: ReadCase, request: Request, options: SolveOptions, engine: Engine, *, journal: Journal, keys: Keys,
    points: Path | None = None,
) -> PlannedCase:  # fmt: skip
    """Builds, solves, polishes and checks a case that was read; `engine` has been started and is not closed here.

    Solves of a plan over scenarios are stored in the folder that the request names, else in `points`.

    Raises:
        CaseFaults: the request has faults.
        InfeasibleCase: no plan can meet the requirements.
        NoPlanFound: no plan was found within the limits.
        CheckFailed: the independent check refuses the plan.
        InternalError: a solver broke down.
    """
    with ExitStack() as stack:
        engine = _engine_for(options.solver, engine, stack)
        other = second_engine(request, options, stack)

        journal.begin("build")
        tree = None if request.base else scenario_tree(read.case)
        measure = measure_of(read, request, tree)
        before = earlier_run(request, read.case, tree, measure)
        wide = None if other or before or measure != "cost" else wide_tree(request, tree, options)
        model = None if wide is not None or measure != "cost" else model_over(read.case, tree)
        size = None if model is None else size_of(model)
        journal.note(planned_for(read.case, tree))

        journal.begin("self-tests")
        require_right_answers(engine)
        keys.keep_plans()
        solves = stack.enter_context(stored_solves(read, request, options, tree, engine, journal, points))
        alone = _alone(tree, measure, engine, options, journal)
        found, plans = None, None
        if wide is not None:
            found, plans = planned_by_path(wide, request, options, engine=engine, journal=journal, keys=keys)
        if found is not None and plans is not None:
            journal.begin("results")
            second, size, tables = None, plans.size, tables_by_path(plans)
            outcome = with_unknown_prices(found, tables)
            journal.outcome(summary_of(read.case, outcome))
        else:
            model = model or model_over(read.case, tree, () if alone is None else alone.references)
            plan_of = tree, model
            outcome = _solved(read, plan_of, options, request, found, engine=engine, journal=journal, keys=keys)
            made = finished_plan(
                request, plan_of, outcome, options, near=before, second=other, alone=alone, engine=engine,
                journal=journal, keys=keys,
            )  # fmt: skip
            (outcome, options, second, tables), size = made, size or size_of(model)

        journal.begin("verify")
        report = verified(read.case, tree, tables, outcome)
        journal.note(report.summary())
        note_resumed(solves, journal)
        journal.end()
    return PlannedCase(
        read=read, options=options, tree=tree, size=size, outcome=outcome, tables=tables,
        report=report, second=second, journal=journal, solves=solves,
    )  # fmt: skip


def _alone(
    tree: ScenarioTree | None, measure: str, engine: Engine, options: SolveOptions, journal: Journal
) -> BestAlone | None:
    """Returns the least cost of each scenario alone, where the greatest regret is minimised."""
    if tree is None or measure != "regret":
        return None
    journal.begin("scenarios alone")
    return plans_alone(tree, engine, options, journal.step)


def _require_library(request: Request) -> None:
    if request.parquet:
        from planner.parquet_tables import require_parquet

        require_parquet()


def write_planned(planned: PlannedCase, target: Target, command: str, *, parquet: bool = False) -> Path:
    """Writes the folder of a run, with `parquet` also its tables as Parquet, and returns it.

    Raises:
        CaseFaults, InternalError: it cannot be written.
    """
    planned.journal.begin("write")
    folder = write_plan(target, planned.facts(command), planned.tables, planned.journal, parquet=parquet)
    planned.journal.end()
    return folder


def _engine_for(name: str, engine: Engine, stack: ExitStack) -> Engine:
    """Returns the engine that was started where it can run the solver that is asked for, else another."""
    if engine.facts.family is facts_of(name).family:
        return engine
    engine.close()
    return stack.enter_context(Engine.start(name))


def _solved(
    read: ReadCase,
    plan_of: tuple[ScenarioTree | None, Model],
    options: SolveOptions,
    request: Request,
    tried: Outcome | None,
    *,
    engine: Engine,
    journal: Journal,
    keys: Keys,
) -> Outcome:
    """Returns the outcome of the search, which has a plan; `tried` is that of a search by path, which has none.

    Raises:
        InfeasibleCase, NoPlanFound, InternalError: there is no plan.
    """
    journal.begin("solve")
    name, (tree, model) = read.case.settings.name, plan_of
    with engines_of(request, options, tree, model, journal) as engines:
        found = solve_tree(
            tree, model, engine, options, workers=workers_of(request), engines=engines, tried=tried,
            on_progress=journal.progress, on_step=journal.step, should_stop=stopper(journal, keys),
        )  # fmt: skip
    journal.end()
    journal.split("solve", {name: found.seconds.get(name, 0.0) for name in ("start", "hand-off")})
    journal.note(f"{found.solver} {found.version}: {found.status.value}, stopped by {found.stop.value}. {found.detail}")
    if found.status is Status.INFEASIBLE:
        journal.begin("diagnose")
        raise InfeasibleCase(why_infeasible(name, model, engine, tree))
    require_plan(name, found, options)
    return found


def verified(case: Case, tree: ScenarioTree | None, tables: Mapping[str, Table], outcome: Outcome) -> Report:
    """Returns the report of the independent check, which the plan has passed.

    Raises:
        CheckFailed: it has not.
    """
    records = {name: table.mappings() for name, table in tables.items()}
    futures = {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))
    report = verify(case, records, outcome.objective, futures=futures, is_priced=True)
    if not report.passed:
        found = "\n".join(str(finding) for finding in report.findings[:_MOST_FINDINGS])
        msg = f"The independent check refuses the plan; nothing was written. {report.summary(0)}\n{found}"
        raise CheckFailed(msg)
    return report


__all__ = ["PlannedCase", "Request", "Run", "gap_musd", "make_plan", "merged", "plan_case", "write_planned"]
