"""The commands on written runs: `verify | report | compare | approve`.

They stand on the command line beside those of `planner.cli.commands`, which adds them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from planner.cli.study_commands import AsJson, Calm, output_options_of

Parquet = Annotated[bool, typer.Option("--parquet", help="Also write the tables as Parquet (needs pyarrow).")]
RunFolder = Annotated[Path, typer.Argument(help="The folder of a run, such as outputs/CASE/DATE-HASH.")]


def verify(
    context: typer.Context,
    run: RunFolder,
    *,
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Solve again, and compare cost, bound and shadow prices.")
    ] = False,
    time_limit: Annotated[
        float | None, typer.Option(min=0.001, help="With --resolve: time limit of each search in seconds.")
    ] = None,
    as_json: AsJson = False,
    quiet: Calm = False,
) -> None:
    """Verify a run from its files alone.

    Hashes, every cell and field, and the documents are checked. What files cannot prove (the bound and shadow prices)
    is compared with --resolve.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=quiet, verbose=False)
    from planner.show.fault_lists import show_verdict
    from planner.verification.written_runs import verify_and_resolve, verify_run

    if resolve:
        from planner.show.live_progress import watcher_of

        with watcher_of(output_options) as watcher:
            found = verify_and_resolve(run, watcher, time_limit_s=time_limit)
    else:
        found = verify_run(run)
    show_verdict(output_options.out(), found)
    output_options.print_json(found.facts())
    if not found.passed:
        raise typer.Exit(found.exit_code)


def report(
    context: typer.Context,
    run: RunFolder,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write into this folder instead of the run's own.")
    ] = None,
    charts: Annotated[str, typer.Option(help="Also write each chart as an image: svg, png or svg,png.")] = "",
    slides: Annotated[Path | None, typer.Option(help="Write slides with editable charts to this file.")] = None,
    template: Annotated[Path | None, typer.Option(help="A company template (.pptx) for the slides.")] = None,
    parquet: Parquet = False,
) -> None:
    """Write the report, charts and slides of a run again.

    report.html and plan.md are written from the files of the run; charts and slides on request.
    """
    output_options = output_options_of(context, as_json=False, quiet=False, verbose=False)
    from planner.report_files import kinds_of, require_slides, write_report, write_slides

    if slides is not None:
        require_slides(slides)
    files = write_report(run, output, kinds_of(charts) or None, parquet=parquet)
    if slides is not None:
        files = [*files, write_slides(run, slides, template)]
    for file in files:
        output_options.out().print(str(file), soft_wrap=True)


def compare(
    context: typer.Context,
    runs: Annotated[list[Path], typer.Argument(help="Run folders; the first is the reference.")],
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="With -o: overwrite an earlier comparison there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare runs: decisions, money, service and inputs.

    Differences within the optimality gaps are marked as not significant.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=False, verbose=False)
    from planner.comparison.comparison_files import compared, comparison_facts, write_files
    from planner.documents.content.comparison_document import comparison_document
    from planner.documents.document_terminal import document_view
    from planner.documents.safe_text import plain

    comparison = compared(runs)
    files = write_files(comparison, output, replace=replace)
    console = output_options.out()
    console.print(document_view(comparison_document(comparison), console.width))
    for file in files:
        console.print(plain(str(file)), soft_wrap=True)
    output_options.print_json(dict(comparison_facts(comparison)))


def approve(
    context: typer.Context,
    run: RunFolder,
    *,
    by: Annotated[str, typer.Option("--by", help="Who approves the plan.")],
    note: Annotated[str, typer.Option("--note", help="A remark that is kept with the approval.")] = "",
    supersedes: Annotated[
        Path | None, typer.Option("--supersedes", help="The approved run that this one takes the place of.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Approve the plan of a run: who, when, and a digest of every file.

    The run is verified first. From then on nothing writes into its folder, and files that change all the same are named
    by verify, report, compare and replan.
    """
    output_options = output_options_of(context, as_json=as_json, quiet=False, verbose=False)
    from planner.approve_run import approve as approve_run

    done = approve_run(run, by=by, note=note, supersedes=supersedes)
    output_options.out().print(done.text, soft_wrap=True, markup=False, highlight=False)
    output_options.print_json({"folder": str(done.folder), "exit_code": 0, **done.approval.facts()})


COMMANDS: tuple[Callable[..., None], ...] = (verify, report, compare, approve)


def add_to(app: typer.Typer) -> None:
    """Adds the commands to a command line."""
    for command in COMMANDS:
        app.command()(command)
