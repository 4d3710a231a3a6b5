"""The commands from an answer to a decision: `explain | alternatives | robust | worth | repair | stability | causes`.

They stand on the command line beside those of `planner.cli.commands`, which adds them.
"""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli.study_commands import (
    AsJson,
    Calm,
    CaseFolder,
    Cluster,
    Disruptions,
    Executor,
    Gap,
    Library,
    Limit,
    Output,
    Points,
    Replace,
    Retry,
    Solver,
    Wordy,
    Workers,
    make_and_show,
    output_options_of,
)
from planner.plan_request import share_of_text

if TYPE_CHECKING:
    from models.case import Case
    from planner.results.loaded_run import LoadedRun
    from planner.studies.alternative_plans import Alternatives
    from planner.studies.study_context import StudyContext
    from planner.studies.study_model import Study
    from planner.studies.study_run import Question, StudyRun

OnlyRights = Annotated[bool, typer.Option("--rights", help="Only the rights of contracts: to cancel, leave, renew, …")]
RunFolder = Annotated[Path, typer.Argument(help="The run, such as outputs/CASE/DATE-HASH.")]
Decisions = Annotated[
    list[str] | None,
    typer.Option(
        "--decision", help="tape_out:NAME, deal:NAME, agreement:NAME or expansion:NAME. Repeatable. [default: all]"
    ),
]

Near = Annotated[Path | None, typer.Option(help="Of all plans within --stability, make the one nearest to this run.")]
Stability = Annotated[
    str | None, typer.Option(help="With --near: how much above the least cost, such as 1%. [default: 0.5%]")
]
Apply = Annotated[
    int | None,
    typer.Option(min=1, help="Write the case with this repair of the menu to --output, as an ordinary case."),
]
StableBase = Annotated[bool, typer.Option("--base", help="Plan the base case, without scenarios.")]
OfBase = Annotated[bool, typer.Option("--base", help="Repair the base case, without scenarios.")]


def explain(
    context: typer.Context, run: RunFolder, *, decisions: Decisions = None,
    flips: Annotated[bool, typer.Option("--flips/--no-flips", help="Also find what flips each decision.")] = True,
    by_when: Annotated[
        bool, typer.Option("--by-when", help="Instead: by when each early decision must be made.")
    ] = False,
    waiting: Annotated[str, typer.Option(help="With --by-when: the share of the cost that waiting may cost.")] = "0.1%",
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Explain why each strategic decision of a plan is as it is, or by when it must be made.

    The study has the cost of the opposite of each decision, where it comes from, and the nearest change that flips it.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(run, PLAN)
    share = share_of_text("--waiting", waiting)

    def question(known: Case) -> Question:
        from planner.studies.explained_plan import explained_plan
        from planner.studies.questions.commit_by import commit_by
        from planner.studies.questions.explain import explain as ask
        from planner.verification.written_runs import read_checked_run

        plan = explained_plan(read_checked_run(run), known, decisions or ())
        if by_when:
            return lambda asked: commit_by(plan.context(asked), plan, decisions or (), share=share)
        return lambda asked: ask(plan.context(asked), plan, flips=flips)

    make_and_show("commit_by" if by_when else "explain", inputs_of(run), question, output_options, context.params)


def alternatives(
    context: typer.Context, run: RunFolder, *,
    within: Annotated[str, typer.Option(help="How much above the least possible cost, such as 1% or 0.01.")] = "1%",
    count: Annotated[int, typer.Option(min=0, max=26, help="At most so many alternatives by cost.")] = 5,
    months: Annotated[
        int, typer.Option(min=0, help="Dates of tape-outs, deals and agreements count if further apart than this.")
    ] = 24,
    ignore_dates: Annotated[bool, typer.Option("--ignore-dates", help="Dates never count.")] = False,
    before: Annotated[
        str, typer.Option(help="Compare capital outlay before this period. [default: the first third]")
    ] = "",
    measures: Annotated[
        bool, typer.Option("--measures/--no-measures", help="Also make vendor share, capital, power … least.")
    ] = True,
    runs: Annotated[Path | None, typer.Option(help="Also write each alternative as a run into this folder.")] = None,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Find plans with other strategic decisions at nearly the same cost.

    The study also finds the least vendor share, early capital, unserved demand and power at that cost.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(run, PLAN)
    share = share_of_text("--within", within)
    made: list[tuple[LoadedRun, Alternatives]] = []

    def question(_: Case) -> Question:
        from planner.studies.alternative_plans import AlternativesOptions, alternatives_of
        from planner.studies.questions.alternatives import alternatives_study
        from planner.verification.written_runs import read_checked_run

        options = AlternativesOptions(
            within=share, count=count, months=None if ignore_dates else months, before=before, measures=measures
        )
        loaded = read_checked_run(run)

        def ask(asked: StudyContext) -> Study:
            made.append((loaded, alternatives_of(asked, loaded, options)))
            return alternatives_study(made[-1][1], loaded)

        return ask

    make_and_show("alternatives", inputs_of(run), question, output_options, context.params)
    if runs is not None:
        from planner.plan_request import Request
        from planner.studies.alternative_runs import write_alternatives

        request = Request(
            solver=solver, gap=gap, time_limit_s=time_limit, command=shlex.join(["fleetplan", *sys.argv[1:]])
        )
        for folder in write_alternatives(*made[-1], request, runs):
            output_options.out().print(f"Run  {folder}", soft_wrap=True, markup=False, highlight=False)


def robust(
    context: typer.Context, run: RunFolder, *, disruption: Disruptions = None, library: Library = False,
    scenarios: Annotated[
        bool, typer.Option("--scenarios/--no-scenarios", help="The scenarios of the case are futures as well.")
    ] = True,
    within: Annotated[str, typer.Option(help="How much more alternatives may cost, such as 1% or 0.01.")] = "1%",
    count: Annotated[int, typer.Option(min=0, max=26, help="At most so many alternatives.")] = 5,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Show which decisions survive over futures, disruptions and alternatives.

    The study has the no-regret decisions, hedges and bets, with their regrets and the sign to watch.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(run, PLAN)
    share = share_of_text("--within", within)

    def question(known: Case) -> Question:
        from planner.studies.alternative_plans import AlternativesOptions
        from planner.studies.questions.robust import robust as ask
        from planner.studies.study_context import all_futures
        from planner.verification.written_runs import read_checked_run

        options = AlternativesOptions(within=share, count=count, measures=False)
        futures, loaded = all_futures(known, disruption or (), scenarios=scenarios), read_checked_run(run)
        return lambda asked: ask(asked, loaded, futures, options)

    make_and_show("robust", inputs_of(run), question, output_options, context.params)


def worth(
    context: typer.Context, run: RunFolder, *, rights: OnlyRights = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Show what the terms of a plan are worth: prices, supply, money, power and dates, with a page for each vendor.

    The study has walk-away prices, the worth of more, what each right of a contract is worth, and the cost of a
    thousand queries by each offer.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(run, PLAN)

    def question(_: Case) -> Question:
        from planner.studies.questions.negotiation import worth as ask
        from planner.studies.questions.negotiation import worth_of_rights
        from planner.verification.written_runs import read_checked_run

        loaded = read_checked_run(run)
        return lambda asked: (worth_of_rights if rights else ask)(asked, loaded)

    make_and_show("rights" if rights else "worth", inputs_of(run), question, output_options, context.params)


def repair(
    context: typer.Context, case: CaseFolder, *, apply: Apply = None, base: OfBase = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Find the least changes that make a plan of an infeasible case possible.

    One repair for each kind that is enough (money, time, service, supply, power, rules), proven to be minimal, priced
    and tried. --apply N writes the repaired case.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    options = dict(context.params)
    finish: Callable[[StudyRun], Path] | None = None
    if apply is not None:
        from planner.repaired_case import require_place, write_repaired

        place, number = require_place(output), apply
        options |= {"output": None}

        def finish(done: StudyRun) -> Path:
            return write_repaired(case, done.study, number, place)

    def question(known: Case) -> Question:
        from planner.studies.questions.repair import repair as ask
        from planner.studies.scenario_work import has_scenarios

        is_tree = not base and has_scenarios(known)
        return lambda asked: ask(asked, over_scenarios=is_tree)

    make_and_show("repair", case, question, output_options, options, finish)


def stability(
    context: typer.Context, case: CaseFolder, *,
    near: Annotated[Path, typer.Option(help="The run of the earlier plan.")], base: StableBase = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Show how much nervousness against an earlier plan each share of the cost saves.

    The study has the plan of least cost, and the plan nearest to the earlier one at shares of up to 5 % of the cost.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, run_json

    run_json(near, PLAN)

    def question(known: Case) -> Question:
        from planner.studies.questions.stability import stability as ask
        from planner.studies.scenario_work import has_scenarios
        from planner.verification.written_runs import read_checked_run

        loaded, is_tree = read_checked_run(near), not base and has_scenarios(known)
        return lambda asked: ask(asked, loaded, over_scenarios=is_tree)

    make_and_show("stability", case, question, output_options, context.params)


def causes(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="The earlier run.")],
    new: Annotated[Path, typer.Argument(help="The later run, or a case that is not planned yet.")],
    *,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Show what caused the change between two plans, by group of changed inputs.

    The study has the share of each group in the change of cost, what groups do together, and the smallest set of
    groups that flips each decision.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(old, PLAN)
    is_run = (new / PLAN).is_file()

    def question(known: Case) -> Question:
        from planner.studies.cause_findings import new_case, old_case
        from planner.studies.questions.causes import causes as ask
        from planner.verification.written_runs import read_checked_run

        later = new_case(known, read_checked_run(new) if is_run else None, new.name)
        earlier = old_case(read_checked_run(old), later.case)
        return lambda asked: ask(dataclasses.replace(asked, case=later.case), earlier, later)

    make_and_show("causes", inputs_of(new) if is_run else new, question, output_options, context.params)


COMMANDS: tuple[Callable[..., None], ...] = (explain, alternatives, robust, worth, repair, stability, causes)


def add_to(app: typer.Typer) -> None:
    """Adds the commands to a command line."""
    for command in COMMANDS:
        app.command()(command)
