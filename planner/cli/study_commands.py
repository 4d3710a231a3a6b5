"""The commands of what-if analysis: `disrupt | stress | regret | tornado | grid | sample | breakeven | evaluate`.

They stand on the command line beside those of `planner.cli.commands`, which adds them.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.errors import CaseFaults, Fault, WrittenRun
from planner.show.output_options import OutputOptions

if TYPE_CHECKING:
    from models.case import Case
    from planner.studies.study_context import NamedFuture
    from planner.studies.study_run import Question, StudyRun

CaseFolder = Annotated[Path, typer.Argument(help="The case: a folder with plan.toml and CSV tables, or a .xlsx file.")]
Disruptions = Annotated[
    list[str] | None,
    typer.Option(
        "--disruption",
        "-d",
        help="NAME, with another onset NAME@2028, scaled NAME*0.5, combined A+B. Repeatable. [default: each alone]",
    ),
]
Scenarios = Annotated[bool, typer.Option("--scenarios", help="Use the scenarios of the case instead of disruptions.")]
Onsets = Annotated[str, typer.Option(help="Move each disruption to each of these onsets, such as 2028,2029.")]
Depths = Annotated[str, typer.Option(help="Scale the depth of each disruption by each of these, such as 0.5,1.")]
Library = Annotated[bool, typer.Option("--library", help="Add the library of disruptions, by the case's roles.")]
Listing = Annotated[bool, typer.Option("--list", help="List the available disruptions and stop.")]
Free = Annotated[bool, typer.Option("--free-strategy", help="Let later tape-outs, deals and expansions react as well.")]
Base = Annotated[bool, typer.Option("--base", help="Stress the plan for the base case, without scenarios.")]
Solver = Annotated[str | None, typer.Option(help="Solver; see `fleetplan solvers`.")]
Gap = Annotated[float | None, typer.Option(min=0.0, help="Relative optimality gap of each search, such as 0.001.")]
Limit = Annotated[float | None, typer.Option(min=0.001, help="Time limit of each search in seconds.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write.")]
Replace = Annotated[bool, typer.Option("--replace", help="With -o: overwrite an earlier study there.")]
Points = Annotated[Path | None, typer.Option(help="Folder of stored runs. [default: outputs/CASE/points]")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Worker processes; results do not depend on it. [default: all cores]")
]
Executor = Annotated[str, typer.Option(help="How to run the workers: local, serial or dask.")]
Cluster = Annotated[str | None, typer.Option(help="With --executor dask: the address of the scheduler, or local.")]
Retry = Annotated[bool, typer.Option("--retry", help="Try failed and quarantined runs again.")]
Part = Annotated[str | None, typer.Option("--shard", help="k/n: only the k-th of n parts of the runs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON to standard output.")]
Calm = Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")]
Wordy = Annotated[bool, typer.Option("--verbose", "-v", help="Show every run, and the traceback of an error.")]
Drawn = Annotated[
    list[str] | None,
    typer.Option("--input", "-i", help="A row of `uncertain` that is drawn. Repeatable. [default: all rows]"),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        help="A row of `uncertain`, a term of a contract such as 'rate of LOAN', or TABLE:KEY:COLUMN=LOW..HIGH "
        "(factors). Repeatable. [default: all rows and terms]",
    ),
]
OneInput = Annotated[
    str,
    typer.Option("--input", "-i", help="A row of `uncertain`, a term of a contract, or TABLE:KEY:COLUMN=LOW..HIGH."),
]
Decision = Annotated[str, typer.Option(help="Decision: tape_out:NAME, deal:NAME, agreement:NAME or expansion:NAME.")]


def disrupt(
    context: typer.Context, case: CaseFolder, *, disruption: Disruptions = None, scenarios: Scenarios = False,
    onsets: Onsets = "", depths: Depths = "", library: Library = False, listing: Listing = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Re-plan under disruptions that are known in advance."""
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    if listing:
        from planner.show.study_text import show_disruptions

        show_disruptions(case, output_options, library=library)
        return

    def question(known: Case) -> Question:
        from planner.studies.questions.known_futures import known_futures

        futures = _futures(known, disruption, scenarios=scenarios, onsets=onsets, depths=depths)
        return lambda asked: known_futures(asked, futures)

    make_and_show("disrupt", case, question, output_options, context.params)


def stress(
    context: typer.Context, case: CaseFolder, *, disruption: Disruptions = None, scenarios: Scenarios = False,
    onsets: Onsets = "", depths: Depths = "", library: Library = False,
    free_strategy: Free = False, base: Base = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Expose the undisturbed plan to unanticipated disruptions.

    The plan is made over the scenarios of the case, if it has any.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.studies.questions.stress import stress as ask
        from planner.studies.scenario_work import has_scenarios

        futures = _futures(known, disruption, scenarios=scenarios, onsets=onsets, depths=depths)
        is_tree = not base and not scenarios and has_scenarios(known)
        return lambda asked: ask(asked, futures, strategy_stays=not free_strategy, over_scenarios=is_tree)

    make_and_show("stress", case, question, output_options, context.params)


def regret(
    context: typer.Context, case: CaseFolder, *, disruption: Disruptions = None, scenarios: Scenarios = False,
    onsets: Onsets = "", depths: Depths = "", library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Evaluate the plan for each future in all futures: regret.

    The study also reports which decisions are robust.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.studies.questions.regret import regret as ask

        futures = _futures(known, disruption, scenarios=scenarios, onsets=onsets, depths=depths)
        return lambda asked: ask(asked, futures)

    make_and_show("regret", case, question, output_options, context.params)


def tornado(
    context: typer.Context, case: CaseFolder, *, inputs: Inputs = None, library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Vary one input at a time between its low and high value.

    The study reports cost, service and decisions that change.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.studies.questions.tornado import tornado as ask
        from planner.studies.varied_inputs import inputs_of

        found = inputs_of(known, inputs or ())
        return lambda asked: ask(asked, found)

    make_and_show("tornado", case, question, output_options, context.params)


def grid(
    context: typer.Context, case: CaseFolder, *,
    across: Annotated[str, typer.Option("--x", help="Input on the horizontal axis, as --input of tornado.")],
    down: Annotated[str, typer.Option("--y", help="Input on the vertical axis.")],
    steps: Annotated[str, typer.Option(help="Number of values on each axis, such as 7x5.")] = "5x5",
    decision: Decision = "", library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Vary two inputs together; show where a decision changes."""
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    wanted = _steps(steps)

    def question(known: Case) -> Question:
        from planner.studies.questions.two_inputs import grid as ask
        from planner.studies.varied_inputs import input_of, require_once

        pair = input_of(known, across), input_of(known, down)
        require_once(pair[0].name, [entry.name for entry in pair])
        _require_decision(known, decision)
        return lambda asked: ask(asked, *pair, wanted, decision)

    make_and_show("grid", case, question, output_options, context.params)


def sample(
    context: typer.Context, case: CaseFolder, *,
    method: Annotated[str, typer.Option(help="monte_carlo, latin_hypercube, morris or sobol.")] = "latin_hypercube",
    count: Annotated[int, typer.Option(min=1, help="Draws; trajectories of Morris; base samples of Sobol.")] = 50,
    draw_seed: Annotated[int, typer.Option(min=0, help="Random seed of the draws.")] = 0,
    inputs: Drawn = None, library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Sample all uncertain inputs together.

    The study reports the distribution of cost, the frequency of each decision, and cost drivers.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.studies.questions.sample import sample as ask

        return lambda asked: ask(asked, method=method, count=count, seed=draw_seed, only=tuple(inputs or ()))

    make_and_show("sample", case, question, output_options, context.params)


def breakeven(
    context: typer.Context, case: CaseFolder, *, name: OneInput, decision: Decision,
    tolerance: Annotated[float, typer.Option(min=1e-6, max=1.0, help="Bracket width, as a share of the range.")] = 0.01,
    library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Find the input value at which a decision begins to pay.

    The study also finds where a decision ceases to pay, with a proven bracket.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.studies.questions.breakeven import breakeven as ask
        from planner.studies.varied_inputs import input_of

        entry = input_of(known, name)
        _require_decision(known, decision or "(none)")
        return lambda asked: ask(asked, entry, decision, share=tolerance)

    make_and_show("breakeven", case, question, output_options, context.params)


def evaluate(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(help="The run whose plan is evaluated, such as outputs/CASE/DATE-HASH.")],
    *,
    count: Annotated[
        int | None,
        typer.Option(min=1, help="Futures drawn. [default: 200; with --scenarios: each scenario once]"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the draws.")] = 0,
    scenarios: Annotated[
        bool, typer.Option("--scenarios", help="Use the scenarios of the case instead of its uncertain inputs.")
    ] = False,
    reveal: Annotated[
        str, typer.Option(help="Period from which the plan may react. [default: the first reveal of its scenarios]")
    ] = "",
    against: Annotated[Path | None, typer.Option(help="A run to compare with in the same futures.")] = None,
    inputs: Drawn = None,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Evaluate a plan in futures that it was not made for.

    Decisions before the reveal are kept; from then on each path is planned again.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(run, PLAN)

    def question(_: Case) -> Question:
        from planner.studies.evaluation_paths import EvaluationOptions
        from planner.studies.questions.evaluate import evaluate as ask
        from planner.verification.written_runs import read_checked_run

        options = EvaluationOptions(
            count=count, seed=seed, over_scenarios=scenarios, reveal=reveal, inputs=tuple(inputs or ())
        )
        loaded, other = read_checked_run(run), None if against is None else read_checked_run(against)
        return lambda asked: ask(asked, loaded, options, other)

    make_and_show("evaluate", inputs_of(run), question, output_options, context.params)


COMMANDS: tuple[Callable[..., None], ...] = (disrupt, stress, regret, tornado, grid, sample, breakeven, evaluate)


def add_to(app: typer.Typer) -> None:
    """Adds the commands to a command line."""
    for command in COMMANDS:
        app.command()(command)


def output_options_of(context: typer.Context, *, as_json: bool, quiet: bool, verbose: bool) -> OutputOptions:
    """Returns how a command prints, and remembers it for errors."""
    output_options = OutputOptions(as_json=as_json, quiet=quiet, verbose=verbose)
    context.find_root().obj = output_options
    return output_options


def make_and_show(
    kind: str,
    case: Path,
    question: Callable[[Case], Question],
    output_options: OutputOptions,
    given: Mapping[str, Any],
    finish: Callable[[StudyRun], Path] | None = None,
) -> None:
    """Makes a study with the options that all commands share, and shows it with the case that `finish` writes."""
    from planner.show.study_text import show_study, sweep_watcher

    with sweep_watcher(output_options, given["workers"]) as watcher:
        from planner.plan_request import Request
        from planner.studies.study_run import PartFinished, StudyOptions, make_study

        request = Request(
            solver=given["solver"],
            gap=given["gap"],
            time_limit_s=given["time_limit"],
            output=given["output"],
            replace=given["replace"],
            command=shlex.join(["fleetplan", *sys.argv[1:]]),
        )
        shared = {name: given[name] for name in ("points", "workers", "executor", "cluster", "retry")}
        part_of = _shard(given.get("shard"))
        study_options = StudyOptions(
            request=request, kind=kind, adds_library=given.get("library", False), shard=part_of, **shared
        )
        try:
            done = make_study(case, question, study_options, watcher)
        except PartFinished as part:
            output_options.out().print(str(part), soft_wrap=True, markup=False, highlight=False)
            output_options.print_json({"exit_code": 0, "kind": kind, "message": str(part)})
            return
    with WrittenRun(done.folder):
        show_study(output_options, done, None if finish is None else finish(done))


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    part, slash, parts = text.partition("/")
    if not slash or not part.isdigit() or not parts.isdigit() or not 1 <= int(part) <= int(parts):
        expected = "must be the number of a part and the number of parts"
        raise CaseFaults([Fault("--shard", expected, "Write for example 1/4.", value=text)])
    return int(part), int(parts)


def _futures(case: Case, names: list[str] | None, *, scenarios: bool, onsets: str, depths: str) -> list[NamedFuture]:
    from planner.studies.study_context import futures_of

    parts = [part.strip() for part in depths.split(",") if part.strip()]
    try:
        scales = [float(part) for part in parts]
    except ValueError as error:
        fault = Fault("--depths", "must be numbers separated by commas", "Write for example 0.5,1.", value=depths)
        raise CaseFaults([fault]) from error
    labels = [part.strip() for part in onsets.split(",") if part.strip()]
    if scenarios and (names or labels or scales):
        remedy = "Leave out --disruption, --onsets and --depths, or --scenarios."
        raise CaseFaults([Fault("--scenarios", "cannot be combined with disruptions, onsets or depths", remedy)])
    found = futures_of(case, names or (), scenarios=scenarios, onsets=labels, depths=scales)
    if not found:
        what = "scenarios" if scenarios else "disruptions"
        remedy = "Fill in the table." if scenarios else f"Fill in the table {what}, or add --library."
        raise CaseFaults([Fault(f"{what}.csv", f"has no {what} within the horizon", remedy)])
    return found


def _steps(text: str) -> tuple[int, int]:
    across, times, down = text.lower().partition("x")
    if not times or not across.isdigit() or not down.isdigit() or min(int(across), int(down)) < 2:
        expected = "must be two whole numbers of at least 2"
        raise CaseFaults([Fault("--steps", expected, "Write for example 7x5.", value=text)])
    return int(across), int(down)


def _require_decision(case: Case, decision: str) -> None:
    from planner.case.nearest_name import nearest
    from planner.studies.point_summary import decision_names

    known = decision_names(case)
    if decision and decision not in known:
        close = nearest(decision, known)
        remedy = f"Did you mean {close}?" if close else f"Available: {', '.join(known) or 'none'}."
        raise CaseFaults([Fault("--decision", "is not a decision of this case", remedy, value=decision)])
