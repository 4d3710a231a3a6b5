"""The command that follows a plan while it is carried out: `actuals`.

It stands on the command line beside those of `planner.cli.commands`, which adds it.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from planner.cli.run_commands import RunFolder
from planner.cli.study_commands import AsJson, Output, Replace, output_options_of
from planner.errors import WrittenRun

Source = Annotated[Path, typer.Argument(help="The actuals: a folder of CSV tables and bills, or a .xlsx file.")]


def actuals(
    context: typer.Context, run: RunFolder, source: Source, *,
    by: Annotated[
        str, typer.Option(help="Compare by month, quarter, half or year. [default: quarter, or the plan's period]")
    ] = "",
    until: Annotated[
        str, typer.Option(help="The last period that the actuals cover. [default: that of their last row]")
    ] = "",
    pro_rata: Annotated[
        bool, typer.Option("--pro-rata", help="Split longer periods of the plan evenly by months.")
    ] = False,
    scenario: Annotated[str, typer.Option(help="Of a plan over scenarios: the one that came.")] = "",
    accept: Annotated[
        Path | None, typer.Option(help="Write the case with the proposed rows of `uncertain` to this folder or .xlsx.")
    ] = None,
    output: Output = None, replace: Replace = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare a plan with what happened: variances, deliveries and forecast errors.

    Price, volume, timing and mix variances by period, vendor and category; delivered against promised; bias and WMAPE
    of the demand forecast, with proposals for `uncertain`. `fleetplan template FOLDER --actuals` writes the tables.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=False, verbose=False)
    from planner.show.study_text import show_tracking
    from planner.tracking.plan_tracking import TrackingOptions
    from planner.tracking.tracked_runs import write_tracking
    from planner.verification.written_runs import read_checked_run

    done = write_tracking(
        read_checked_run(run), source, TrackingOptions(by=by, until=until, pro_rata=pro_rata, scenario=scenario),
        output=output, replace=replace, accept=accept, command=shlex.join(["fleetplan", *sys.argv[1:]]),
    )  # fmt: skip
    with WrittenRun(done.folder):
        show_tracking(output_options, done)


def add_to(app: typer.Typer) -> None:
    """Adds the command to a command line."""
    app.command()(actuals)
