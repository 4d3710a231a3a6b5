"""The commands that answer why, by when, and at which price: `explain`.

They stand on the command line beside those of `planner.cli.commands`, which adds them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.cli.study_commands import (
    AsJson,
    Calm,
    Cluster,
    Executor,
    Gap,
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

if TYPE_CHECKING:
    from models.case import Case
    from planner.studies.study_run import Question

RunFolder = Annotated[Path, typer.Argument(help="The run, such as outputs/CASE/DATE-HASH.")]
Decisions = Annotated[
    list[str] | None,
    typer.Option(
        "--decision", help="tape_out:NAME, deal:NAME, agreement:NAME or expansion:NAME. Repeatable. [default: all]"
    ),
]


def explain(
    context: typer.Context, run: RunFolder, *, decisions: Decisions = None,
    flips: Annotated[bool, typer.Option("--flips/--no-flips", help="Also find what flips each decision.")] = True,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, output: Output = None, replace: Replace = False,
    points: Points = None, workers: Workers = None, executor: Executor = "local", cluster: Cluster = None,
    retry: Retry = False, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Explain why each strategic decision of a plan is as it is.

    The study has the cost of the opposite of each decision, where it comes from, and the nearest change that flips it.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.files.run_folder import PLAN, inputs_of, run_json

    run_json(run, PLAN)

    def question(known: Case) -> Question:
        from planner.studies.explained_plan import explained_plan
        from planner.studies.questions.explain import explain as ask
        from planner.verification.written_runs import read_checked_run

        plan = explained_plan(read_checked_run(run), known, decisions or ())
        return lambda asked: ask(plan.context(asked), plan, flips=flips)

    make_and_show("explain", inputs_of(run), question, output_options, context.params)


COMMANDS: tuple[Callable[..., None], ...] = (explain,)


def add_to(app: typer.Typer) -> None:
    """Adds the commands to a command line."""
    for command in COMMANDS:
        app.command()(command)
