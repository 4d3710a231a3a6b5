"""Plans in memory and plans of written runs: tables as DataFrames, the proof, and the run folder when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.api.editable_case import EditableCase
from planner.api.frames import Frames, futures_frame, statement_frames
from planner.api.search_callbacks import Callback, NoInterrupts, ProgressForwarder
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import exact_target
from planner.journal import Journal, SilentWatcher
from planner.results.loaded_run import LoadedRun, read_run

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.case import Case
    from planner.api.alternatives_result import AlternativesResult
    from planner.api.study_result import StudyResult
    from planner.files.run_approval import RunApproval
    from planner.runs import PlannedCase

IN_MEMORY = "in-memory"
"""What a plan is called that was not written."""


def plan(
    case: EditableCase,
    *,
    solver: str | None = None,
    gap: float | None = None,
    time_limit_s: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    memory_mb: int | None = None,
    workers: int | None = None,
    second_solver: str | None = None,
    base: bool = False,
    objective: str | None = None,
    points: str | PathLike[str] | None = None,
    opposites: bool = True,
    near: SolvedPlan | None = None,
    stability: float | None = None,
    progress: Callback | None = None,
) -> SolvedPlan:
    """Returns a plan of a case, made in memory and independently checked; no run is written.

    It is a plan over the scenarios of the case where it has some; with `base` they are ignored. `objective` is `cost`,
    or `regret` for the least greatest regret over the scenarios. Without `opposites` the table `decision_values`, which
    has what the opposite of each strategic decision costs, is left out. With `near`, an earlier plan, it is the plan
    nearest to that one of all whose cost lies within the share `stability` (0.005 unless given) of the least. What is
    not given is taken from `plan.toml`,
    else the default. `points` is a folder in which solves of a plan over scenarios are stored until it is made: where
    the process is ended meanwhile, the same call resumes it. `progress` is called while the search goes on; what it
    raises ends the search and is raised here.

    Raises:
        CaseFaults: an option has faults.
        InfeasibleCase: no plan can meet the requirements; the error names the least repair.
        NoPlanFound: no plan was found within the limits.
        CheckFailed: the independent check refuses the plan.
    """
    from models.solvers.child import Engine
    from planner.plan_request import Request, merged
    from planner.plan_solves import let_go
    from planner.runs import plan_case

    request = Request(
        solver=solver, gap=gap, time_limit_s=time_limit_s, threads=threads, seed=seed, memory_mb=memory_mb,
        workers=workers, second_solver=second_solver, base=base, objective=objective,
        opposites=opposites, points=None if points is None else Path(points),
        near=None if near is None else near.loaded, stability=stability, command="planner.plan",
    )  # fmt: skip
    journal = Journal(ProgressForwarder(progress))
    options = merged(request, case.read.case.solver)
    with ExitStack() as stack:
        engine = stack.enter_context(Engine.start(options.solver))
        planned = plan_case(case.read, request, options, engine, journal=journal, keys=NoInterrupts())
        let_go(planned.solves, planned.outcome, journal)
        return SolvedPlan.of_memory(planned)


def load_run(folder: str | PathLike[str]) -> SolvedPlan:
    """Returns the plan in the folder of a run; `verify` checks it again.

    Raises:
        CaseFaults: the folder is no run, or its files cannot be read.
    """
    return SolvedPlan(read_run(Path(folder)), folder=Path(folder))


def compare(plans: Sequence[SolvedPlan]) -> StudyResult:
    """Returns what differs between plans; the first is the reference.

    Raises:
        CaseFaults: there are fewer than two plans, or too many.
        CheckFailed: the plan of a run that was read does not hold.
    """
    from planner.api.study_result import comparison_result
    from planner.verification.written_runs import read_checked_run

    return comparison_result([one.loaded if one.folder is None else read_checked_run(one.folder) for one in plans])


def worth(plan: SolvedPlan, *, only_rights: bool = False, **how: Any) -> StudyResult:  # noqa: ANN401
    """Returns what the terms of a plan are worth: the sheet for negotiations, with a table for each vendor.

    The prices at which offers, deals, programmes, agreements and expansions enter and leave the plan; what more of each
    limit, budget, site and vendor saves, and earlier delivery; what each right of a contract is worth; what a thousand
    queries cost by each offer beside what the plan pays. `only_rights` leaves out all but the rights. `how` as for
    `planner.disrupt`.

    Raises:
        CaseFaults: an option has faults, or the plan does not minimise expected cost.
    """
    return plan.worth(only_rights=only_rights, **how)


class SolvedPlan:
    """A plan: how good it is proven to be, and its tables."""

    def __init__(self, loaded: LoadedRun, *, folder: Path | None = None, planned: PlannedCase | None = None) -> None:
        self._loaded = loaded
        self._planned = planned
        self.folder = folder
        """The folder of the run; None for a plan that was not written."""

    @classmethod
    def of_memory(cls, planned: PlannedCase) -> SolvedPlan:
        """Returns a plan that was just made."""
        from planner.manifest import manifest_of

        facts = planned.facts("planner.plan")
        manifest = json.loads(json.dumps(manifest_of(facts, planned.journal, {}, IN_MEMORY), allow_nan=False))
        return cls(LoadedRun(manifest, planned.tables, planned.read, IN_MEMORY), planned=planned)

    @property
    def loaded(self) -> LoadedRun:
        """The plan as exporters read it."""
        return self._loaded

    @property
    def case(self) -> EditableCase:
        """The case that was planned."""
        return EditableCase(self._loaded.read)

    @property
    def status(self) -> str:
        """`optimal`: proven within the gap that was asked for; `feasible`: the best plan found."""
        return str(self._loaded.manifest["status"])

    @property
    def objective_musd(self) -> float:
        """The net present cost, USD million."""
        return float(self._loaded.manifest["objective_musd"])

    @property
    def bound_musd(self) -> float | None:
        """What every plan costs at least, USD million; None where it is not known."""
        value = self._loaded.manifest.get("bound_musd")
        return None if value is None else float(value)

    @property
    def gap(self) -> float | None:
        """How far the plan can lie above the least cost, as a fraction; None where it is not known."""
        value = self._loaded.manifest.get("gap")
        return None if value is None else float(value)

    @property
    def futures(self) -> DataFrame:
        """What each scenario costs and how it is served, a row a scenario; without rows in a plan for one future."""
        return futures_frame(self._loaded.tables)

    def information(self) -> DataFrame:
        """What knowing the future, planning over scenarios and deciding in stages are worth, at least and at most.

        Solves each scenario by itself, the mean of all, and the tree three times more, to the gap of the plan; a run
        that was planned with `--information` has it already. Blank where it is not known; `attrs["notes"]` says why.

        Raises:
            CaseFaults: the plan is for one future, or minimises regret.
            CheckFailed: the costs cannot stand in the order in which they must.
        """
        from planner.api.scenario_questions import information_of

        return information_of(self._loaded)

    def risk_curve(self, risk_aversions: Sequence[float]) -> DataFrame:
        """Returns mean cost and mean of the worst paths for several weights of the latter, each a checked plan.

        Each is solved to the gap of the plan, with the bound of its objective beside it.

        Raises:
            CaseFaults: the plan is for one future or minimises regret, or a weight is not from 0 to 1.
            NoPlanFound: no plan was found for some weight.
        """
        from planner.api.scenario_questions import risk_curve_of

        return risk_curve_of(self._loaded, tuple(risk_aversions))

    def evaluate(
        self,
        *,
        count: int | None = None,
        seed: int = 0,
        scenarios: bool = False,
        reveal: str = "",
        against: SolvedPlan | None = None,
        inputs: Sequence[str] = (),
        **how: Any,  # noqa: ANN401
    ) -> StudyResult:
        """Evaluates the plan out of sample: its decisions before the reveal are kept, each future is planned again.

        Futures are `count` draws (200) of the uncertain inputs, or of the scenarios: without a count each of them once.
        `reveal` is the period from which the plan may react: by default the first in which its scenarios differ.
        `against` is a plan that is compared in the same futures. `how` as for `planner.disrupt`.

        Raises:
            CaseFaults: there is nothing to draw, or an option has faults.
        """
        from planner.api.study_result import evaluation_result
        from planner.studies.evaluation_paths import EvaluationOptions

        asked = EvaluationOptions(count=count, seed=seed, over_scenarios=scenarios, reveal=reveal, inputs=tuple(inputs))
        return evaluation_result(self.case, self._loaded, asked, None if against is None else against.loaded, how)

    def explain(
        self,
        decisions: Sequence[str] = (),
        *,
        flips: bool = True,
        by_when: bool = False,
        waiting: float = 0.001,
        **how: Any,  # noqa: ANN401
    ) -> StudyResult:
        """Explains why strategic decisions, all where none are named, are as they are, or by when they must be made.

        What is taken is barred, what is not taken is taken at its best time: what that costs at least and at most,
        where it comes from by category and year, and, unless `flips` is false, the nearest change that flips the
        decision. With `by_when` instead what it costs to make each early decision later, orders included, and the last
        date at which that is proven to cost less than the share `waiting` of the cost. Decisions are named
        `tape_out:NAME`, `deal:NAME`, `agreement:NAME` or `expansion:NAME`; `how` as for `planner.disrupt`.

        Raises:
            CaseFaults: a name or an option has faults, or the plan minimises regret.
        """
        from planner.api.decision_questions import calendar_result, explanation_result

        if by_when:
            return calendar_result(self.case, self._loaded, decisions, how, waiting=waiting)
        return explanation_result(self.case, self._loaded, decisions, how, flips=flips)

    def alternatives(
        self,
        *,
        within: float = 0.01,
        count: int = 5,
        months: int | None = 24,
        before: str = "",
        measures: bool = True,
        **how: Any,  # noqa: ANN401
    ) -> AlternativesResult[SolvedPlan]:
        """Finds plans with other strategic decisions that cost at most `within` more than the least possible.

        At most `count` by cost; dates of tape-outs, deals and agreements count if more than `months` apart (None:
        never). With `measures` also the least vendor share, capital outlay before the period `before` (the first third
        of the horizon), unserved demand and power at that cost. `how` as for `planner.disrupt`.

        Raises:
            CaseFaults: the plan minimises regret, or an option has faults.
        """
        from planner.api.alternatives_result import alternatives_result
        from planner.studies.alternative_plans import AlternativesOptions

        options = AlternativesOptions(within=within, count=count, months=months, before=before, measures=measures)
        return alternatives_result(self.case, self._loaded, options, how, self.of_memory)

    def worth(self, *, only_rights: bool = False, **how: Any) -> StudyResult:  # noqa: ANN401
        """Returns what the terms of the plan are worth; see `planner.worth`."""
        from planner.api.decision_questions import worth_result

        return worth_result(self.case, self._loaded, how, only_rights=only_rights)

    def robust(
        self,
        disruptions: Sequence[str] = (),
        *,
        scenarios: bool = True,
        within: float = 0.01,
        count: int = 5,
        **how: Any,  # noqa: ANN401
    ) -> StudyResult:
        """Shows which decisions survive over futures and alternatives: no regret, hedges and bets, with their signs.

        Futures are disruptions, all of the case's where none are named, and its scenarios unless `scenarios` is false;
        alternatives are at most `count` plans that cost at most `within` more. `how` as for `planner.disrupt`.

        Raises:
            CaseFaults: the plan minimises regret, there is no future, or an option has faults.
        """
        from planner.api.decision_questions import robust_result
        from planner.studies.alternative_plans import AlternativesOptions

        options = AlternativesOptions(within=within, count=count, measures=False)
        return robust_result(self.case, self._loaded, disruptions, options, how, scenarios=scenarios)

    def _futures(self) -> Mapping[str, Case]:
        """The case of each scenario that the plan is made over."""
        from models.uncertainty.scenario_tree import scenario_tree

        tree = scenario_tree(self._loaded.case) if self._loaded.manifest.get("scenarios") else None
        return {} if tree is None else dict(zip(tree.names, tree.cases, strict=True))

    @property
    def tables(self) -> Mapping[str, DataFrame]:
        """The result tables by name as DataFrames: periods ordered, units in `attrs["units"]`."""
        return Frames(self._loaded.tables)

    @property
    def statements(self) -> Mapping[str, DataFrame]:
        """Income, balance sheet, cash flow: a row a line, a column a period or node of the tree, USD million."""
        return statement_frames(self._loaded.tables)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The manifest: options, versions, seconds, check, hashes."""
        return dict(self._loaded.manifest)

    @property
    def approval(self) -> RunApproval:
        """What people have decided about the run: `state`, `by`, `at`, `digest`, `text`, and `changed` files."""
        from planner.api.approvals import approval_of

        return approval_of(self.folder)

    def approve(self, *, by: str, note: str = "", supersedes: SolvedPlan | None = None) -> RunApproval:
        """Approves the written plan, which is verified first: from then on nothing writes into its folder.

        `supersedes` is the approved run that it takes the place of.

        Raises:
            CaseFaults: it is not written, is approved already, or a text or `supersedes` has faults.
            CheckFailed: the run does not hold.
        """
        from planner.api.approvals import approve

        return approve(self, supersedes, by, note)

    def verify(self, *, resolve: bool = False) -> tuple[str, ...]:
        """Checks the plan again, independently of how it was made; returns the findings, none where all holds.

        With `resolve` the case is solved again where nothing was found, and cost, bound and prices are compared.
        """
        if self.folder is not None:
            from planner.verification.written_runs import verify_run

            found = tuple(verify_run(self.folder).findings)
        else:
            from models.verify import verify

            records = {name: table.mappings() for name, table in self._loaded.tables.items()}
            futures = self._futures()
            report = verify(self._loaded.case, records, self.objective_musd, futures=futures, is_priced=True)
            found = tuple(str(finding) for finding in report.findings)
        if found or not resolve:
            return found
        from planner.verification.solved_again import solved_again

        return solved_again(self._loaded, Journal(SilentWatcher())).findings

    def write(self, folder: str | PathLike[str], *, replace: bool = False, parquet: bool = False) -> Path:
        """Writes the run folder, as the command does, and returns it; `replace` allows an earlier run in its place.

        `parquet` also writes the tables as Parquet.

        Raises:
            CaseFaults: something lies there, or the plan was read from a run, which need not be written again.
            OutputError: the machine refuses.
        """
        if self._planned is None:
            raise CaseFaults([Fault(str(self.folder), "is written already", "Copy the folder of the run.")])
        from planner.runs import write_planned

        target = exact_target(Path(folder), replace=replace)
        self.folder = write_planned(self._planned, target, "planner.plan", parquet=parquet)
        return self.folder

    def __repr__(self) -> str:
        within = "gap not known" if self.gap is None else f"gap {100 * self.gap:.4g} %"
        return f"<plan of {self._loaded.case.settings.name}: {self.objective_musd:,.1f} USD million, {within}>"


explain = SolvedPlan.explain
"""`planner.explain(plan, …)`: the method of the plan."""
