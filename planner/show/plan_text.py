"""A plan that was just made, on the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from planner.documents.content.plan_document import plan_document
from planner.documents.content.plan_headline import standing
from planner.documents.content.plan_remarks import remarks
from planner.documents.document_terminal import document_view
from planner.manifest import periods_of, stated_options, summary_of
from planner.runs import Run
from planner.show.output_options import fault_facts


def show_plan(console: Console, run: Run) -> None:
    """Prints a plan, and where its files are."""
    console.print(document_view(plan_document(run.loaded()), console.width))
    for line in _endings(run):
        console.print(line)
    console.print(Text.assemble(("Files  ", "bold"), str(run.folder)), soft_wrap=True)


def plan_facts(run: Run) -> dict[str, Any]:
    """Returns what is printed of a plan as JSON."""
    second = run.second
    summary = summary_of(run.read.case, run.outcome)
    known = {**summary, "options": stated_options(run.options), "interrupted": run.is_interrupted}
    return {
        **summary,
        "exit_code": run.exit_code,
        "standing": standing(known).text,
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


def _endings(run: Run) -> Iterator[Text]:
    yield Text("")
    if run.second is not None and run.second.agrees is False:
        yield Text(f"✘ {run.second.text}", style="bold white on red")
    spent = sum(run.seconds.values())
    solver = f"{run.outcome.solver} ({run.outcome.version})"
    yield Text.assemble(
        ("Solved ", "bold"), f"in {run.seconds.get('solve', 0.0):.1f} s by {solver}, {spent:.1f} s in all"
    )


__all__ = ["plan_facts", "show_plan"]
