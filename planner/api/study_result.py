"""Questions about a case and comparisons of plans, in memory: sentences, tables as DataFrames, documents when asked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.api.frames import Frames
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import exact_target

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.case import Case
    from planner.api.editable_case import EditableCase
    from planner.results.loaded_run import LoadedRun
    from planner.studies.evaluation_paths import EvaluationOptions
    from planner.studies.study_context import NamedFuture
    from planner.studies.study_run import Question


class StudyResult:
    """What a question has found: `headlines` that a board reads, `notes` that limit them, and tables."""

    def __init__(
        self,
        headlines: Sequence[str],
        notes: Sequence[str],
        tables: Mapping[str, Any],
        write: Callable[[Path, bool], Path],
    ) -> None:
        self.headlines = tuple(headlines)
        self.notes = tuple(notes)
        self.raw_tables = tables
        self.writer = write

    @property
    def tables(self) -> Mapping[str, DataFrame]:
        """The tables by name as DataFrames."""
        return Frames(self.raw_tables)

    def write(self, folder: str | PathLike[str], *, replace: bool = False) -> Path:
        """Writes workbook, report, Markdown and tables, as the command does, and returns the folder.

        Raises:
            CaseFaults: something lies there; `replace` allows an earlier study in its place.
            OutputError: the machine refuses.
        """
        return self.writer(Path(folder), replace)

    def __repr__(self) -> str:
        return "\n".join(self.headlines)


def disrupt(case: EditableCase, disruptions: Sequence[str] = (), **how: Any) -> StudyResult:  # noqa: ANN401
    """Plans again under disruptions that are known in advance; all of the case's where none are named.

    `how` may hold solver, gap, time_limit_s, workers, library (True adds the library's events) and points (a folder
    in which points are kept, so that a stopped sweep goes on).

    Raises:
        CaseFaults: a name or an option has faults.
        InfeasibleCase, NoPlanFound: the undisturbed case has no plan.
    """
    from planner.studies.questions.known_futures import known_futures

    return answered("disrupt", case, lambda known: _over(known, disruptions, known_futures), how)


def stress(
    case: EditableCase,
    disruptions: Sequence[str] = (),
    *,
    base: bool = False,
    **how: Any,  # noqa: ANN401
) -> StudyResult:
    """Sends the undisturbed plan through disruptions that it does not expect; `how` and errors as for `disrupt`.

    The plan is made over the scenarios of the case where it has some, unless `base`.
    """
    from planner.studies.questions.stress import stress as ask
    from planner.studies.scenario_work import has_scenarios

    def question(known: Case) -> Question:
        over = not base and has_scenarios(known)
        return _over(known, disruptions, lambda asked, futures: ask(asked, futures, over_scenarios=over))

    return answered("stress", case, question, how)


def regret(case: EditableCase, disruptions: Sequence[str] = (), **how: Any) -> StudyResult:  # noqa: ANN401
    """Compares plans, each made for one future, in all futures; `how` and errors as for `disrupt`."""
    from planner.studies.questions.regret import regret as ask

    return answered("regret", case, lambda known: _over(known, disruptions, ask), how)


def tornado(case: EditableCase, inputs: Sequence[str] = (), **how: Any) -> StudyResult:  # noqa: ANN401
    """Varies inputs one at a time; all rows of `uncertain` where none are named; `how` and errors as for `disrupt`."""
    from planner.studies.questions.tornado import tornado as ask
    from planner.studies.varied_inputs import inputs_of

    def question(known: Case) -> Question:
        found = inputs_of(known, inputs)
        return lambda asked: ask(asked, found)

    return answered("tornado", case, question, how)


def sample(
    case: EditableCase,
    *,
    count: int = 100,
    seed: int = 0,
    inputs: Sequence[str] = (),
    method: str = "latin_hypercube",
    **how: Any,  # noqa: ANN401
) -> StudyResult:
    """Draws the uncertain inputs together `count` times; `how` and errors as for `disrupt`."""
    from planner.studies.questions.sample import sample as ask

    def question(_: Case) -> Question:
        return lambda asked: ask(asked, method=method, count=count, seed=seed, only=tuple(inputs))

    return answered("sample", case, question, how)


def breakeven(case: EditableCase, decision: str, of: str, *, tolerance: float = 0.01, **how: Any) -> StudyResult:  # noqa: ANN401
    """Finds the value of an input at which a decision flips, to a share of its span; `how` and errors as `disrupt`."""
    from planner.studies.questions.breakeven import breakeven as ask
    from planner.studies.varied_inputs import input_of

    def question(known: Case) -> Question:
        entry = input_of(known, of)
        return lambda asked: ask(asked, entry, decision, share=tolerance)

    return answered("breakeven", case, question, how)


def backtest(
    case: EditableCase,
    histories: int | str | PathLike[str] = 20,
    *,
    policies: Sequence[str] = (),
    every: str = "",
    forecast: str = "rebased",
    course: str = "drift",
    scenario_count: int = 3,
    stability: float = 0.005,
    seed: int = 0,
    **how: Any,  # noqa: ANN401
) -> StudyResult:
    """Plans again through histories, by several policies, against the best plan that knows each history.

    `histories` is a number of draws of `uncertain`, `scenarios`, `disruptions`, or the path of a table of histories;
    `policies` are of replan, scenarios, frozen and stable, all that the case allows where none are named; `every` is
    year, half or quarter. `forecast` (rebased or unchanged) is what is believed after the last known value, `course`
    (drift, step or redrawn) how drawn values come about, `stability` the share by which a plan of stable may cost more
    than the least. `how` and errors as for `disrupt`.
    """
    from planner.studies.backtest_paths import BacktestOptions
    from planner.studies.histories import Course, Forecast, chosen
    from planner.studies.questions.backtest import backtest as ask
    from planner.studies.questions.backtest import default_policies, histories_of

    way, believed = chosen("course", course, Course), chosen("forecast", forecast, Forecast)

    def question(known: Case) -> Question:
        found, is_drawn = histories_of(known, str(histories), seed, way)
        asked = BacktestOptions(
            policies=tuple(policies) or default_policies(known), every=every, forecast=believed, course=way,
            scenarios=scenario_count, share=stability, seed=seed,
        )  # fmt: skip
        return lambda context: ask(context, found, asked, is_drawn=is_drawn)

    return answered("backtest", case, question, how)


def evaluation_result(
    case: EditableCase,
    run: LoadedRun,
    asked: EvaluationOptions,
    against: LoadedRun | None,
    how: Mapping[str, Any],
) -> StudyResult:
    """Returns the evaluation of a plan in fresh futures; see `SolvedPlan.evaluate`."""
    from planner.studies.questions.evaluate import evaluate as ask

    def question(_: Case) -> Question:
        return lambda context: ask(context, run, asked, against)

    return answered("evaluate", case, question, how)


def comparison_result(loaded_runs: Sequence[LoadedRun]) -> StudyResult:
    """Returns what differs between plans; the first is the reference."""
    from planner.comparison import compare
    from planner.comparison.comparison_files import write_files
    from planner.comparison.comparison_texts import headline, verdict_text

    found = compare(loaded_runs)
    said = [verdict_text(found, run) for run in found.others]

    def write(folder: Path, replace: bool) -> Path:
        write_files(found, folder, replace=replace)
        return folder

    return StudyResult([*said, headline(found)], found.notes, found.tables, write)


def _over(known: Case, disruptions: Sequence[str], ask: Callable[..., Any]) -> Question:
    from planner.studies.study_context import futures_of

    futures: Sequence[NamedFuture] = futures_of(known, tuple(disruptions))
    if not futures:
        raise CaseFaults([Fault("disruptions", "has no disruptions within the horizon", "Name some, or library=True.")])
    return lambda asked: ask(asked, futures)


def answered(
    kind: str, case: EditableCase, question: Callable[[Case], Question], how: Mapping[str, Any]
) -> StudyResult:
    """Returns the answer to a question about a case; `how` holds the options that all questions share.

    Raises:
        CaseFaults: an option is unknown, or the question has faults.
    """
    from planner.plan_request import Request
    from planner.studies.study_run import StudyOptions, answer, write_study
    from planner.sweeps.sweep_run import NoSweepProgress

    known = {"solver", "gap", "time_limit_s", "workers", "library", "points"}
    if odd := sorted(set(how) - known):
        raise CaseFaults(
            [Fault(f"planner.{kind}", f"has no option {odd[0]}", f"Options are {', '.join(sorted(known))}.")]
        )
    request = Request(
        solver=how.get("solver"), gap=how.get("gap"), time_limit_s=how.get("time_limit_s"), command=f"planner.{kind}"
    )
    wishes = StudyOptions(request=request, kind=kind, adds_library=bool(how.get("library")), workers=how.get("workers"))
    with tempfile.TemporaryDirectory(prefix="fleetplan-points-") as scratch:
        points = Path(how["points"]) if how.get("points") else Path(scratch) / "points"
        study, _ = answer(case.read, question, wishes, points, NoSweepProgress())

    def write(folder: Path, replace: bool) -> Path:
        return write_study(exact_target(folder, replace=replace), case.read, study, request.command)

    tables = {table.name: table.plain() for table in study.tables}
    return StudyResult(study.headlines, study.notes, tables, write)
