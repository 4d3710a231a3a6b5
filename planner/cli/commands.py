"""All commands: `fleetplan plan | check | template | convert | solvers | …`, and those of the modules beside this one.

Heavy imports stand inside the commands, so that help and the first line of progress appear at once.
"""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from planner.cli import (
    backtest_command,
    decision_commands,
    replan_commands,
    run_commands,
    scenario_commands,
    study_commands,
    tracking_commands,
)
from planner.errors import CaseFaults, Fault, PlannerError, WrittenRun
from planner.plan_request import Request, levels_of, share_of_text, start_engine
from planner.show.output_options import OutputOptions, ending_of, fault_facts, print_error

if TYPE_CHECKING:
    from planner.runs import Run


class Commands(typer.core.TyperGroup):
    """The group of all commands; errors of a known kind end in their text and exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  the name of the type depends on the version of Typer
        """Runs a command."""
        try:
            _require_working_folder()
            return super().invoke(ctx)
        except PlannerError as error:
            print_error(error, ctx.obj or OutputOptions())
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            # The library would print a word of its own; `planner.cli` says how it ended.
            raise ending_of(error) from error


app = typer.Typer(
    name="fleetplan",
    cls=Commands,
    no_args_is_help=True,
    # Help is text: brackets and colons of it stay, and errors that quote an argument show it as it is.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    help="Plans how an AI company gets its compute: purchases, leases, own chips, acquisitions and power.",
)

CaseFolder = Annotated[Path, typer.Argument(help="The case: a folder with plan.toml and CSV tables, or a .xlsx file.")]
Annotate = Annotated[Path | None, typer.Option(help="Write a workbook with faulty cells in red to this file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON to standard output.")]
Base = Annotated[bool, typer.Option("--base", help="Plan the base case, without scenarios.")]
Normalise = Annotated[
    bool, typer.Option("--normalise", help="Divide probabilities that do not add up to 1 by their sum.")
]
Objective = Annotated[str | None, typer.Option(help="What is minimised over scenarios: cost or regret (the greatest).")]
Workers = Annotated[int | None, typer.Option(min=1, help="Solver processes for many scenarios. [default: all cores]")]
Points = Annotated[Path | None, typer.Option(help="Folder for solves until the plan is written. [outputs/CASE/points]")]
InformationToo = Annotated[bool, typer.Option("--information", help="Add the value of information and of stages.")]
Opposites = Annotated[
    bool, typer.Option("--opposites/--no-opposites", help="Add what the opposite of each strategic decision costs.")
]
RiskCurve = Annotated[str, typer.Option(help="Add expected cost and CVaR by risk aversion, such as 0,0.25,0.5,1.")]
Calm = Annotated[bool, typer.Option("--quiet", "-q", help="Do not show progress.")]
Wordy = Annotated[bool, typer.Option("--verbose", "-v", help="Show every step, and the traceback of an error.")]


@app.command()
def plan(
    context: typer.Context,
    case: CaseFolder,
    *,
    solver: Annotated[str | None, typer.Option(help="Solver; see `fleetplan solvers`. [default: native]")] = None,
    gap: Annotated[float | None, typer.Option(min=0.0, help="Relative optimality gap, such as 0.001.")] = None,
    time_limit: Annotated[float | None, typer.Option(min=0.001, help="Time limit of the search in seconds.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Number of threads, for solvers that support it.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed of the solver. [default: 0]")] = None,
    memory_limit: Annotated[int | None, typer.Option(min=1, help="Memory limit of the solver process in MB.")] = None,
    workers: Workers = None, executor: study_commands.Executor = "local", cluster: study_commands.Cluster = None,
    points: Points = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="With -o: overwrite an earlier run there.")] = False,
    second_solver: Annotated[str | None, typer.Option(help="Solve again with this solver and compare.")] = None,
    base: Base = False, normalise: Normalise = False, objective: Objective = None, information: InformationToo = False,
    risk_curve: RiskCurve = "", opposites: Opposites = True, parquet: run_commands.Parquet = False,
    near: decision_commands.Near = None, stability: decision_commands.Stability = None, annotate: Annotate = None,
    as_json: AsJson = False, quiet: Calm = False, verbose: Wordy = False,
) -> None:  # fmt: skip
    """Make a plan: solve, check, show and write it to outputs/.

    Ctrl-C once keeps the best plan so far; twice stops at once. A plan over scenarios that was ended from outside is
    resumed by the same command. Exit codes: 0 done, 2 faults in the input,
    3 infeasible, 4 no plan within the time and memory limits, 5 the independent check refuses the plan, 6 the result
    cannot be written or printed, 130 stopped, 1 an internal error.
    """
    output_options = _voice(context, as_json=as_json, quiet=quiet, verbose=verbose)
    request = Request(
        solver=solver, gap=gap, time_limit_s=time_limit, threads=threads, seed=seed, memory_mb=memory_limit,
        workers=workers, executor=executor, cluster=cluster, points=points, second_solver=second_solver, output=output,
        replace=replace, base=base, normalise=normalise, objective=objective, information=information,
        risk_curve=levels_of(risk_curve), opposites=opposites, parquet=parquet, near=near,
        stability=None if stability is None else share_of_text("--stability", stability),
        command=shlex.join(["fleetplan", *sys.argv[1:]]),
    )  # fmt: skip
    from planner.show.live_progress import watcher_of

    with (
        _annotating(case, annotate, output_options),
        # The solver's process loads its library while this one loads the rest.
        start_engine(case, request) as engine,
        watcher_of(output_options) as watcher,
    ):
        from planner.runs import make_plan

        run = make_plan(case, request, watcher, engine)
    with WrittenRun(run.folder):
        _show(output_options, run, is_normalised=normalise)
    if run.exit_code:
        raise typer.Exit(run.exit_code)


@app.command()
def check(context: typer.Context, case: CaseFolder, *, annotate: Annotate = None, as_json: AsJson = False) -> None:
    """List the faults and warnings of a case, without solving."""
    output_options = _voice(context, as_json=as_json)
    from planner.case import read_case
    from planner.show.fault_lists import show_warnings
    from planner.show.live_progress import reading_watcher

    with _annotating(case, annotate, output_options), reading_watcher(output_options) as watcher:
        read = read_case(case, on_step=watcher.step)
    rows = sum(good for good, _ in read.row_counts.values())
    console = output_options.out()
    show_warnings(console, read.warnings)
    console.print(f"{read.case.settings.name}: {rows:,} rows in {len(read.files)} files, no faults.", style="green")
    facts = {"case": read.case.settings.name, "exit_code": 0, "rows": rows, "case_hash": read.case_hash}
    output_options.print_json(facts | {"faults": [], "warnings": [fault_facts(warning) for warning in read.warnings]})


@app.command()
def template(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder to write, created if missing; or FILE.xlsx.")],
    *,
    only_required: Annotated[bool, typer.Option("--only-required", help="Only the required tables.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Headers alone, without examples.")] = False,
    actuals: Annotated[bool, typer.Option("--actuals", help="The tables of actuals instead of a case.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Workbook: series with their periods across.")] = False,
) -> None:
    """Write an empty case to fill in, as a folder or workbook.

    Every table has its units, meanings and an example row. A name that ends in .xlsx gives a workbook with drop-down
    lists, anything else a folder of CSV tables.
    """
    output_options = _voice(context)
    from planner.cli.model_commands import write_any_template

    text = write_any_template(folder, only_required=only_required, clear=clear, actuals=actuals, wide=wide)
    output_options.out().print(text, soft_wrap=True)


@app.command()
def convert(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A case: folder or .xlsx.")],
    target: Annotated[Path, typer.Argument(help="The result: FILE.xlsx, or a folder.")],
    *,
    period: Annotated[str | None, typer.Option(help="Convert to shorter periods: half, quarter or month.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Series with their periods across, a row each.")] = False,
    parquet: run_commands.Parquet = False,
) -> None:
    """Convert a case between folder and workbook, losslessly.

    With --period it is also converted to shorter periods, provided that no value has to be invented; everything that
    is split or interpolated is listed. With --wide demand, prices, limits, budgets and site_series have a column for
    each period; without it, a row, whichever way they were read.
    """
    output_options = _voice(context)
    from planner.case_conversion import convert as converted

    output_options.out().print(converted(source, target, period, wide=wide, parquet=parquet).text, soft_wrap=True)


run_commands.add_to(app)


@app.command()
def solvers(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the solvers on this machine and their self-tests."""
    output_options = _voice(context, as_json=as_json)
    from planner.show.solver_list import engines, show_engines

    found = engines()
    show_engines(output_options.out(), found)
    output_options.print_json({"solvers": [engine.facts() for engine in found]})


@app.command("export-model")
def export_model(
    context: typer.Context,
    case: CaseFolder,
    *,
    lp: Annotated[Path | None, typer.Option(help="Write the program in CPLEX LP format to this file.")] = None,
    mps: Annotated[Path | None, typer.Option(help="Write the program in free MPS format to this file.")] = None,
    base: Base = False,
) -> None:
    """Write the mixed-integer program of a case as LP or MPS."""
    output_options = _voice(context)
    if lp is None and mps is None:
        msg = "name a file with --lp or --mps"
        raise typer.BadParameter(msg)
    from planner.cli.model_commands import export_program

    for line in export_program(case, lp=lp, mps=mps, base=base):
        output_options.out().print(line, soft_wrap=True)


@app.command()
def formulation(
    context: typer.Context,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file, as Markdown.")] = None,
) -> None:
    """Print the equations of the model, generated from the code."""
    output_options = _voice(context)
    from planner.cli.model_commands import formulation_text, write_formulation

    if output is None:
        output_options.out().print(formulation_text(), soft_wrap=True)
    else:
        write_formulation(output)
        output_options.out().print(f"The formulation is in {output}.", soft_wrap=True)


@app.command()
def version(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print the versions of fleetplan and its dependencies."""
    output_options = _voice(context, as_json=as_json)
    from planner.versions import PACKAGES, package_version
    from planner.versions import version as own_version

    found = {"fleetplan": own_version(), "python": sys.version.split()[0]}
    found |= {name: package_version(name) or "not installed" for name in PACKAGES}
    for name, number in found.items():
        output_options.out().print(f"{name} {number}")
    output_options.print_json(found)


study_commands.add_to(app)
decision_commands.add_to(app)
scenario_commands.add_to(app)
tracking_commands.add_to(app)
replan_commands.add_to(app)
backtest_command.add_to(app)


def _show(output_options: OutputOptions, run: Run, *, is_normalised: bool) -> None:
    """Prints a plan that was written."""
    from planner.future_texts import NOT_NORMALISED, normalised_remark
    from planner.show.plan_text import plan_facts, show_plan

    console = output_options.out()
    remark = normalised_remark(run.read.case) or NOT_NORMALISED
    if is_normalised and remark not in run.planned_for:
        console.print(remark, soft_wrap=True)
    if run.tree is not None and len(run.tree.names) > 1:
        from planner.documents.document_terminal import document_view
        from planner.plan_documents import scenario_document

        console.print(document_view(scenario_document(run.loaded()), console.width))
        console.print(f"Files  {run.folder}", soft_wrap=True)
    else:
        if run.planned_for:
            console.print(run.planned_for, soft_wrap=True)
        show_plan(console, run)
    output_options.print_json(plan_facts(run))


def _require_working_folder() -> None:
    try:
        Path.cwd()
    except OSError as error:
        remedy = "Change to an existing folder."
        raise CaseFaults([Fault("the working directory", "no longer exists", remedy)]) from error


@contextlib.contextmanager
def _annotating(case: Path, target: Path | None, output_options: OutputOptions) -> Iterator[None]:
    """Writes an annotated workbook when the case has faults and a file for it was named."""
    try:
        yield
    except CaseFaults as error:
        if target is not None:
            from planner.case_conversion import write_annotated

            write_annotated(case, [*error.faults, *error.warnings], target)
            output_options.err().print(f"The faulty cells are marked in {target}.", soft_wrap=True)
        raise


def _voice(
    context: typer.Context, *, as_json: bool = False, quiet: bool = False, verbose: bool = False
) -> OutputOptions:
    """Returns how this command speaks, and leaves it where the group finds it when the command fails."""
    output_options = OutputOptions(as_json=as_json, quiet=quiet, verbose=verbose)
    context.find_root().obj = output_options
    return output_options
