"""The commands that ask what would happen: `disrupt | stress | regret | tornado | grid | sample | breakeven`.

They stand on the command line beside those of `planner.commands`, which adds them.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.errors import CaseFaults, Fault, WrittenRun
from planner.show.voice import Voice

if TYPE_CHECKING:
    from models.case import Case
    from planner.whatif.asked import NamedFuture
    from planner.whatif.run import Question

CaseFolder = Annotated[Path, typer.Argument(help="The case: a folder with plan.toml and CSV tables, or a .xlsx.")]
Disruptions = Annotated[
    list[str] | None,
    typer.Option(
        "--disruption",
        "-d",
        help="NAME, moved as NAME@2028, scaled as NAME*0.5, combined as A+B. Repeat for more. [default: each alone]",
    ),
]
Scenarios = Annotated[bool, typer.Option("--scenarios", help="The futures of the table `scenarios` instead.")]
Onsets = Annotated[str, typer.Option(help="Move each disruption to each of these periods: 2028,2029,2030.")]
Depths = Annotated[str, typer.Option(help="Scale each disruption by each of these: 0.5,1,1.5.")]
Library = Annotated[bool, typer.Option("--library", help="Add the library of disruptions, by the case's roles.")]
Listing = Annotated[bool, typer.Option("--list", help="List the disruptions that can be named.")]
Free = Annotated[bool, typer.Option("--free-strategy", help="Let later tape-outs, deals and modules react too.")]
Solver = Annotated[str | None, typer.Option(help="Solver; see `fleetplan solvers`.")]
Gap = Annotated[float | None, typer.Option(min=0.0, help="Stop each search within this share of the least cost.")]
Limit = Annotated[float | None, typer.Option(min=0.001, help="Seconds for each search.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write exactly this folder.")]
Replace = Annotated[bool, typer.Option("--replace", help="With -o: write over an earlier run there.")]
Points = Annotated[Path | None, typer.Option(help="Keep points here. [default: outputs/CASE/points]")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes at a time. [default: all cores]")]
Executor = Annotated[str, typer.Option(help="local, serial or dask.")]
Cluster = Annotated[str | None, typer.Option(help="With dask: the scheduler's address, or local.")]
Retry = Annotated[bool, typer.Option("--retry", help="Work off failed and parked points again.")]
Part = Annotated[str | None, typer.Option("--shard", help="k/n: only the k-th of n parts of the points.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON on the standard output.")]
Calm = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Wordy = Annotated[bool, typer.Option("--verbose", "-v", help="Show every point, and the inner story of an error.")]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        help="A row of `uncertain`, or TABLE:KEY:COLUMN=LOW..HIGH (factors). Repeat for more. [default: all rows]",
    ),
]
OneInput = Annotated[str, typer.Option("--input", "-i", help="A row of `uncertain`, or TABLE:KEY:COLUMN=LOW..HIGH.")]
Decision = Annotated[str, typer.Option(help="tape_out:NAME, deal:NAME, agreement:NAME or expansion:NAME.")]


def disrupt(
    context: typer.Context, case: CaseFolder, *, disruption: Disruptions = None, scenarios: Scenarios = False,
    onsets: Onsets = "", depths: Depths = "", library: Library = False, listing: Listing = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Plan again under disruptions that are known in advance."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)
    if listing:
        from planner.show.studies import show_disruptions

        show_disruptions(case, voice, library=library)
        return

    def question(known: Case) -> Question:
        from planner.whatif.questions.replan import replan

        futures = _futures(known, disruption, scenarios=scenarios, onsets=onsets, depths=depths)
        return lambda asked: replan(asked, futures)

    _study("disrupt", case, question, voice, context.params)


def stress(
    context: typer.Context, case: CaseFolder, *, disruption: Disruptions = None, scenarios: Scenarios = False,
    onsets: Onsets = "", depths: Depths = "", library: Library = False,
    free_strategy: Free = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Send the undisturbed plan through disruptions that it does not expect."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.whatif.questions.stress import stress as ask

        futures = _futures(known, disruption, scenarios=scenarios, onsets=onsets, depths=depths)
        return lambda asked: ask(asked, futures, strategy_stays=not free_strategy)

    _study("stress", case, question, voice, context.params)


def regret(
    context: typer.Context, case: CaseFolder, *, disruption: Disruptions = None, scenarios: Scenarios = False,
    onsets: Onsets = "", depths: Depths = "", library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Compare plans, each made for one future, in all futures; tell which decisions survive."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.whatif.questions.regret import regret as ask

        futures = _futures(known, disruption, scenarios=scenarios, onsets=onsets, depths=depths)
        return lambda asked: ask(asked, futures)

    _study("regret", case, question, voice, context.params)


def tornado(
    context: typer.Context, case: CaseFolder, *, inputs: Inputs = None, library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Vary one input at a time between its ends: cost, service, and decisions that flip."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.whatif.inputs import inputs_of
        from planner.whatif.questions.tornado import tornado as ask

        found = inputs_of(known, inputs or ())
        return lambda asked: ask(asked, found)

    _study("tornado", case, question, voice, context.params)


def grid(
    context: typer.Context, case: CaseFolder, *,
    across: Annotated[str, typer.Option("--x", help="The input across, as --input of tornado.")],
    down: Annotated[str, typer.Option("--y", help="The input down.")],
    steps: Annotated[str, typer.Option(help="Values across and down, as 7x5.")] = "5x5",
    decision: Decision = "", library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Vary two inputs together, and draw the frontier where a decision flips."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)
    wanted = _steps(steps)

    def question(known: Case) -> Question:
        from planner.whatif.inputs import input_of, require_once
        from planner.whatif.questions.grid import grid as ask

        pair = input_of(known, across), input_of(known, down)
        require_once(pair[0].name, [entry.name for entry in pair])
        _require_decision(known, decision)
        return lambda asked: ask(asked, *pair, wanted, decision)

    _study("grid", case, question, voice, context.params)


def sample(
    context: typer.Context, case: CaseFolder, *,
    method: Annotated[str, typer.Option(help="monte_carlo, latin_hypercube, morris or sobol.")] = "latin_hypercube",
    count: Annotated[int, typer.Option(min=1, help="Draws; trajectories of morris; base points of sobol.")] = 50,
    draw_seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    inputs: Inputs = None, library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Draw all uncertain inputs together: the spread of cost, how often each decision is taken, what drives it."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.whatif.questions.sample import sample as ask

        return lambda asked: ask(asked, method=method, count=count, seed=draw_seed, only=tuple(inputs or ()))

    _study("sample", case, question, voice, context.params)


def breakeven(
    context: typer.Context, case: CaseFolder, *, name: OneInput, decision: Decision,
    tolerance: Annotated[float, typer.Option(min=1e-6, max=1.0, help="Bracket, as a share of the range.")] = 0.01,
    library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Find the value of an input at which a decision begins or ceases to pay, with bracket and evidence."""
    voice = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)

    def question(known: Case) -> Question:
        from planner.whatif.inputs import input_of
        from planner.whatif.questions.breakeven import breakeven as ask

        entry = input_of(known, name)
        _require_decision(known, decision or "(none)")
        return lambda asked: ask(asked, entry, decision, share=tolerance)

    _study("breakeven", case, question, voice, context.params)


COMMANDS: tuple[Callable[..., None], ...] = (disrupt, stress, regret, tornado, grid, sample, breakeven)


def add_to(app: typer.Typer) -> None:
    """Adds the commands to a command line."""
    for command in COMMANDS:
        app.command()(command)


def _voice(context: typer.Context, *, as_json: bool, quiet: bool, verbose: bool) -> Voice:
    voice = Voice(as_json=as_json, quiet=quiet, verbose=verbose)
    context.find_root().obj = voice
    return voice


def _study(kind: str, case: Path, question: Callable[[Case], Question], voice: Voice, given: Mapping[str, Any]) -> None:
    """Carries out a study with the options that all commands share, and shows it."""
    from planner.show.studies import show_study, sweep_watcher

    with sweep_watcher(voice, given["workers"]) as watcher:
        from planner.request import Request
        from planner.whatif.run import PartDone, Wishes, make_study

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
        wishes = Wishes(request=request, kind=kind, adds_library=given["library"], shard=part_of, **shared)
        try:
            done = make_study(case, question, wishes, watcher)
        except PartDone as part:
            voice.out().print(str(part), soft_wrap=True, markup=False, highlight=False)
            voice.say_json({"exit_code": 0, "kind": kind, "message": str(part)})
            return
    with WrittenRun(done.folder):
        show_study(voice, done)


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    part, slash, parts = text.partition("/")
    if not slash or not part.isdigit() or not parts.isdigit() or not 1 <= int(part) <= int(parts):
        fault = Fault("--shard", "must be a part and how many there are", "Write for example 1/4.", value=text)
        raise CaseFaults([fault])
    return int(part), int(parts)


def _futures(case: Case, names: list[str] | None, *, scenarios: bool, onsets: str, depths: str) -> list[NamedFuture]:
    from planner.whatif.asked import futures_of

    parts = [part.strip() for part in depths.split(",") if part.strip()]
    try:
        scales = [float(part) for part in parts]
    except ValueError as error:
        fault = Fault("--depths", "must be numbers with commas between them", "Write for example 0.5,1.", value=depths)
        raise CaseFaults([fault]) from error
    labels = [part.strip() for part in onsets.split(",") if part.strip()]
    if scenarios and (names or labels or scales):
        remedy = "Leave out --disruption, --onsets and --depths, or --scenarios."
        raise CaseFaults([Fault("--scenarios", "asks for the scenarios as they are", remedy)])
    found = futures_of(case, names or (), scenarios=scenarios, onsets=labels, depths=scales)
    if not found:
        what = "scenarios" if scenarios else "disruptions"
        remedy = "Fill in the table." if scenarios else f"Fill in the table {what}, or add --library."
        raise CaseFaults([Fault(f"{what}.csv", f"has no {what} within the horizon to ask about", remedy)])
    return found


def _steps(text: str) -> tuple[int, int]:
    across, times, down = text.lower().partition("x")
    if not times or not across.isdigit() or not down.isdigit() or min(int(across), int(down)) < 2:
        raise CaseFaults([Fault("--steps", "must be two counts of at least 2", "Write for example 7x5.", value=text)])
    return int(across), int(down)


def _require_decision(case: Case, decision: str) -> None:
    from planner.case.nearest import nearest
    from planner.whatif.summary import decision_names

    known = decision_names(case)
    if decision and decision not in known:
        close = nearest(decision, known)
        remedy = f"Did you mean {close}?" if close else f"Known are {', '.join(known) or 'none'}."
        raise CaseFaults([Fault("--decision", "is no decision of this case", remedy, value=decision)])
