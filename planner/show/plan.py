"""The plan in the terminal: headline, decisions, tightest constraints, files. It computes nothing but shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from models.outcome import Outcome, Status, Stop
from planner.documents.document_terminal import tiles_view, title_line
from planner.manifest import periods_of, summary_of
from planner.runs import Run, gap_musd
from planner.show.decisions import Step, Use, steps_of
from planner.show.headline import tiles
from planner.show.numbers import counted, gap_percent, money
from planner.show.remarks import remarks
from planner.show.voice import fault_facts
from planner.show.worth import NOTHING_BINDS, tightest

NARROW = 60
"""Below this many columns, cash and power are told in words, as budgets are."""
WIDE = 100
"""From this many columns on, budgets are shown in money and not only in per cent."""
_MOST_BUDGETS = 4
_IN_FULL = 1 - 1e-6
_STOPS = {
    Stop.GAP: "the gap was reached",
    Stop.PROOF: "the proof is complete",
    Stop.TIME: "the time limit",
    Stop.MEMORY: "the memory limit",
    Stop.INTERRUPT: "your Ctrl-C",
    Stop.WORK: "the search's limit of linear programs",
    Stop.KILLED: "something outside, which killed the solver",
    Stop.FAILURE: "a failure of the solver",
}


def show_plan(console: Console, run: Run) -> None:
    """Prints a plan."""
    settings = run.read.case.settings
    console.print(title_line(settings.name, console.width))
    console.print(_standing(run))
    if run.second is not None and run.second.agrees is False:
        console.print(Text(f"✘ {run.second.text}", style="bold white on red"))
    console.print()
    console.print(tiles_view(tiles(run.read.case, run.tables), console.width))
    console.print()
    console.print(decision_table(steps_of(run.read.case, run.tables), console.width))
    console.print()
    console.print(
        Text("What binds, and what more of it saves (lots, deals and modules held as they are)", style="bold")
    )
    _bullets(console, tightest(run.tables["binding"]) or [NOTHING_BINDS])
    console.print()
    known = remarks(run.read.case, run.tables)
    if known:
        console.print(Text("What to know", style="bold"))
        _bullets(console, known)
        console.print()
    for line in _notes(run):
        console.print(line)
    console.print(Text.assemble(("Files  ", "bold"), str(run.folder)), soft_wrap=True)


def plan_facts(run: Run) -> dict[str, Any]:
    """Returns what is printed of a plan as JSON."""
    second = run.second
    return {
        **summary_of(run.read.case, run.outcome),
        "exit_code": run.exit_code,
        "standing": standing_text(run.outcome, run.options.gap),
        "interrupted": run.is_interrupted,
        "checked": run.report.passed,
        "solver": {"name": run.outcome.solver, "version": run.outcome.version},
        "second_solver": None if second is None else {"agrees": second.agrees, "text": second.text},
        "seconds": {name: round(value, 3) for name, value in run.seconds.items()},
        "periods": periods_of(run.read.case),
        "key_figures": {str(row["name"]): row["value"] for row in run.tables["key_figures"].records()},
        "key_figures_of": {
            str(row["name"]): {"periods": row["periods"], "of": row["of"], "unit": row["unit"]}
            for row in run.tables["key_figures"].records()
        },
        "remarks": remarks(run.read.case, run.tables),
        "warnings": [fault_facts(warning) for warning in run.read.warnings],
        "folder": str(run.folder),
    }


def standing_text(outcome: Outcome, asked: float) -> str:
    """Returns how good the plan is proven to be, in one line; the same words serve the screen and the files."""
    within = gap_musd(outcome)
    if outcome.gap is None or within is None:
        return f"Best plan found; how far it lies from the least possible cost is not known. {_stopped(outcome)}"
    distance = f"{gap_percent(outcome.gap)} % ({money(within)} USD million)"
    wish = f"{gap_percent(asked)} % was asked"
    if outcome.status is Status.OPTIMAL:
        if within == 0:
            return "Optimal: no plan costs less."
        return f"Optimal within {distance}; {wish}."
    return f"Best plan found: at most {distance} above the least possible cost; {wish}. {_stopped(outcome)}"


def decision_table(steps: Sequence[Step], width: int) -> Grid:
    """Returns the decision list as a grid of `width` columns; a narrow one tells budgets and service in words."""
    is_wide = width >= WIDE
    has_budgets = is_wide and any(step.budgets for step in steps)
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, width=width)
    grid.add_column("When", no_wrap=True, style="bold")
    grid.add_column("What to do", ratio=1)
    is_narrow = width < NARROW
    if not is_narrow:
        grid.add_column("Cash,\nUSD\nmillion", justify="right", no_wrap=True)
    if has_budgets:
        grid.add_column("Budgets: spent of amount,\nUSD million (%)", justify="right", overflow="fold")
    if is_wide:
        grid.add_column("Served,\n%", justify="right", overflow="fold")
    if not is_narrow:
        grid.add_column("Power,\nMW", justify="right", no_wrap=True)
    for step in steps:
        words = _in_words(step, has_figures=is_narrow, has_use=not is_wide)
        cells: list[RenderableType] = [Text(step.label), _doings(step, words)]
        if not is_narrow:
            cells.append(Text(money(step.cash_musd)))
        if has_budgets:
            cells.append(Text("\n".join(_budget_amounts(step.budgets))))
        if is_wide:
            cells.append(Text("\n".join(f"{use.name} {use.per_cent()}" for use in step.served)))
        if not is_narrow:
            cells.append(Text(counted(round(step.mw))))
        grid.add_row(*cells)
        grid.add_section()
    return grid


def _standing(run: Run) -> Text:
    outcome, report = run.outcome, run.report
    good = outcome.status is Status.OPTIMAL
    mark = "INTERRUPTED  " if run.is_interrupted else ""
    comparisons = f"{sum(report.checked.values()):,} comparisons of {report.applied} requirements hold"
    return Text.assemble(
        (mark, "bold yellow"),
        (standing_text(outcome, run.options.gap), "bold green" if good else "bold yellow"),
        "\n",
        ("✔ Checked ", "bold green"),
        f"independently: {comparisons}.",
    )


def _in_words(step: Step, *, has_figures: bool, has_use: bool) -> Iterator[tuple[str, str]]:
    """Yields what a narrow list has no column for: cash and power, then budgets and service."""
    if has_figures:
        yield "cash", f"{money(step.cash_musd)} USD million"
        yield "power", f"{counted(round(step.mw))} MW"
    if has_use:
        spent = ", ".join(f"{use.name} {use.per_cent(0)} %" for use in step.budgets if use.share is not None)
        yield "spent", f"{spent} of the budget" if spent else ""
        short = [use for use in step.served if use.share is not None and use.share < _IN_FULL]
        served = ", ".join(f"{use.name} {use.per_cent()} %" for use in short)
        rest = "the others" if short else "every workload"
        full = f"{rest} in full" if len(short) < len(step.served) else ""
        yield "serves", ", ".join(filter(None, [served, full]))


def _doings(step: Step, words: Iterable[tuple[str, str]]) -> RenderableType:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, min_width=6)
    grid.add_column(overflow="fold")
    for line in step.decisions:
        verb, _, rest = line.partition(" ")
        grid.add_row(Text(verb, style="bold"), Text(rest))
    if not step.decisions:
        grid.add_row(Text(""), Text("nothing to decide", style="dim"))
    for mark, line in [*(("→", line) for line in step.milestones), *words]:
        if line:
            grid.add_row(Text(mark, style="dim"), Text(line, style="dim"))
    return grid


def _budget_amounts(uses: Sequence[Use]) -> Iterator[str]:
    shown = sorted(uses, key=lambda use: -(use.share or 0.0))[:_MOST_BUDGETS]
    for use in uses:
        if use in shown:
            yield f"{use.name} {money(use.taken)} of {money(use.there)} ({use.per_cent(0)})"
    if len(uses) > len(shown):
        yield f"and {len(uses) - len(shown)} more"


def _bullets(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        grid = Grid.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text("  •"), Text(line))
        console.print(grid)


def _notes(run: Run) -> Iterator[Text]:
    if run.second is not None:
        yield Text.assemble(("Second solver  ", "bold"), (run.second.text, "green" if run.second.agrees else "yellow"))
    extra = run.read.case.settings.lookahead_periods
    if extra:
        yield Text(f"{extra} periods of lookahead are optimised and not shown; net present cost alone counts them.")
    warnings = len(run.read.warnings)
    if warnings:
        yield Text(f"{warnings} warning{'' if warnings == 1 else 's'} about the input; see run.log.", "yellow")
    spent = sum(run.seconds.values())
    solver = f"{run.outcome.solver} ({run.outcome.version})"
    yield Text.assemble(
        ("Solved ", "bold"), f"in {run.seconds.get('solve', 0.0):.1f} s by {solver}, {spent:.1f} s in all"
    )


def _stopped(outcome: Outcome) -> str:
    return f"Stopped by {_STOPS[outcome.stop]}."


__all__ = ["decision_table", "plan_facts", "show_plan", "standing_text"]
