"""A plan that goes on from another one, on the terminal and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from planner.comparison.comparison_files import comparison_facts
from planner.documents.content.comparison_document import comparison_document
from planner.documents.content.study_document import study_document
from planner.documents.document_terminal import document_view, table_views
from planner.show.output_options import OutputOptions
from planner.show.plan_text import plan_facts

if TYPE_CHECKING:
    from planner.replanning.replanned_runs import ReplannedRun


def show_replan(output_options: OutputOptions, done: ReplannedRun) -> None:
    """Prints what was carried over, how the new plan differs from the one before, and where everything lies."""
    console = output_options.out()
    console.print(document_view(study_document(done.study, done.folder.name), console.width))
    for part in table_views(done.study.table("carried_over"), "", console.width):
        console.print(part)
    console.print(document_view(comparison_document(done.comparison), console.width))
    for what, place in (("Case", done.case), ("Run", done.run.folder), ("Study", done.folder)):
        console.print(Text(f"{what:6}{place}"), soft_wrap=True)
    output_options.print_json(
        {
            **plan_facts(done.run),
            "kind": done.study.kind,
            "headlines": list(done.study.headlines),
            "notes": list(done.study.notes),
            "tables": {table.name: table.records() for table in done.study.tables},
            "comparison": dict(comparison_facts(done.comparison)),
            "case_folder": str(done.case),
            "study_folder": str(done.folder),
        }
    )
