"""The command that plans again from a later period on: `replan`.

It stands on the command line beside those of `planner.cli.commands`, which adds it.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from planner.cli.decision_commands import Stability
from planner.cli.run_commands import RunFolder
from planner.cli.study_commands import AsJson, Calm, Gap, Limit, Solver, Wordy, Workers, output_options_of
from planner.errors import WrittenRun

AsOf = Annotated[str, typer.Option("--as-of", help="The first period of the new plan, such as 2027.")]
NewCase = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the new case to this folder, or FILE.xlsx.")
]
Tables = Annotated[Path | None, typer.Option(help="A folder with new input tables, which are laid over the old ones.")]
ActualsPlace = Annotated[
    Path | None, typer.Option(help="What came instead of the plan: a folder of tables of actuals, or FILE.xlsx.")
]
FencePeriods = Annotated[
    int, typer.Option(min=0, help="Hold the decisions of so many first periods at those of the run.")
]
FenceKinds = Annotated[
    str,
    typer.Option(
        help="With --fence: only orders, leases, programmes, deals, agreements, expansions or loans, by commas."
    ),
]
Branch = Annotated[str, typer.Option(help="Of a plan over scenarios: a scenario of the branch that has happened.")]


def replan(
    context: typer.Context, run: RunFolder, *, as_of: AsOf, branch: Branch = "", tables: Tables = None,
    actuals: ActualsPlace = None, fence: FencePeriods = 0, fence_kinds: FenceKinds = "", stability: Stability = None,
    solver: Solver = None, gap: Gap = None, time_limit: Limit = None, workers: Workers = None,
    output: NewCase = None, as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Make the next plan of a run from a later period on, with all that has been decided and paid by then.

    What is owned, leased, ordered, signed and under way is carried over into an ordinary case, which is planned and
    compared with the run.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=verbose)
    from planner.plan_request import Request, share_of_text, start_engine
    from planner.replanning.fence import fence_of
    from planner.replanning.replanned_runs import ReplanRequest, replanned_run
    from planner.show.live_progress import watcher_of
    from planner.show.replan_text import show_replan

    command = shlex.join(["fleetplan", *sys.argv[1:]])
    share = None if stability is None else share_of_text("--stability", stability)
    request = Request(
        solver=solver, gap=gap, time_limit_s=time_limit, workers=workers, command=command,
        near=None if share is None else run, stability=share,
    )  # fmt: skip
    kinds = [part.strip() for part in fence_kinds.split(",") if part.strip()]
    held = fence_of(fence, kinds) if fence or kinds else None
    asked = ReplanRequest(as_of=as_of, branch=branch, tables=tables, actuals=actuals, place=output, fence=held)
    with start_engine(run / "inputs", request) as engine, watcher_of(output_options) as watcher:
        done = replanned_run(run, asked, request, watcher, engine)
    with WrittenRun(done.run.folder):
        show_replan(output_options, done)
    if done.run.exit_code:
        raise typer.Exit(done.run.exit_code)


def add_to(app: typer.Typer) -> None:
    """Adds the command to a command line."""
    app.command()(replan)
