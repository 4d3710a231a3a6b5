"""The command `backtest`: policies of planning again in histories, against the best plan for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli.study_commands import (
    AsJson,
    Calm,
    CaseFolder,
    Cluster,
    Executor,
    Gap,
    Library,
    Limit,
    Output,
    Part,
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
    from planner.studies.study_run import Question


def backtest(
    context: typer.Context, case: CaseFolder, *,
    histories: Annotated[
        str, typer.Option(help="A number of draws, scenarios, disruptions, or a table of histories (file or folder).")
    ] = "20",
    policy: Annotated[
        list[str] | None,
        typer.Option(help="replan, scenarios, frozen or stable. Repeatable. [default: all that the case allows]"),
    ] = None,
    every: Annotated[str, typer.Option(help="When plans are made: year, half or quarter. [default: year]")] = "",
    forecast: Annotated[
        str, typer.Option(help="Forecast after the last known value: rebased (moved by it) or unchanged.")
    ] = "rebased",
    course: Annotated[str, typer.Option(help="How drawn values come about: drift, step or redrawn.")] = "drift",
    scenario_count: Annotated[int, typer.Option(min=2, help="Drawn scenarios of the policy scenarios.")] = 3,
    stability: Annotated[
        str, typer.Option(help="How much more a plan of the policy stable may cost, such as 0.5% or 0.005.")
    ] = "0.5%",
    draw_seed: Annotated[int, typer.Option(min=0, help="Random seed of the draws.")] = 0, library: Library = False,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, shard: Part = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Plan again through histories, by several policies.

    The study has realised cost, service and nervousness of each, against the best plan that knows the history.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    share = share_of_text("--stability", stability)

    def question(known: Case) -> Question:
        from planner.studies.backtest_paths import BacktestOptions
        from planner.studies.histories import Course, Forecast, chosen
        from planner.studies.questions.backtest import backtest as ask
        from planner.studies.questions.backtest import default_policies, histories_of

        way = chosen("--course", course, Course)
        found, is_drawn = histories_of(known, histories, draw_seed, way)
        asked = BacktestOptions(
            policies=tuple(policy or default_policies(known)), every=every,
            forecast=chosen("--forecast", forecast, Forecast), course=way, scenarios=scenario_count, share=share,
            seed=draw_seed,
        )  # fmt: skip
        return lambda context: ask(context, found, asked, is_drawn=is_drawn)

    make_and_show("backtest", case, question, output_options, context.params)


def add_to(app: typer.Typer) -> None:
    """Adds the command to a command line."""
    app.command()(backtest)
