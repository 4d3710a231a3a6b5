"""Studies on a terminal: progress of the points, headlines, the main table, and where everything lies."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from models.tables.strategy_rows import LASTING, PERMANENT
from planner.documents.blocks import Column, TableBlock
from planner.documents.content.study_document import study_document
from planner.documents.document_terminal import document_view, table_views
from planner.errors import listed
from planner.show.output_options import OutputOptions
from planner.sweeps.sweep_progress import begin_text

if TYPE_CHECKING:
    from planner.studies.study_model import Study
    from planner.studies.study_run import StudyRun
    from planner.tracking.tracked_runs import TrackedRun

_TARGETS = 2
_HEADINGS = ("Disruption", "Hits", "How", "From", "Months", "Recovery", "A year", "From where")
_LISTED = tuple(Column(title.lower().replace(" ", "_"), title) for title in _HEADINGS)


def sweep_watcher(output_options: OutputOptions, workers: int | None) -> AbstractContextManager[Any]:
    """Returns who follows the points: a live line on a terminal, plain lines elsewhere, nobody when quiet."""
    from planner.sweeps.sweep_progress import LiveSweepProgress, PlainSweepProgress
    from planner.sweeps.sweep_run import NoSweepProgress, core_count

    if output_options.quiet:
        return nullcontext(NoSweepProgress())
    console = output_options.err()
    kind = LiveSweepProgress if console.is_terminal else PlainSweepProgress
    return kind(console, workers=workers or core_count(), verbose=output_options.verbose)


def show_study(output_options: OutputOptions, done: StudyRun, case: Path | None = None) -> None:
    """Prints the headlines of a study, its first table, and where the rest lies, and a case that was written."""
    console = output_options.out()
    console.print(document_view(study_document(done.study, done.folder.name), console.width))
    runs = begin_text(done.worked_out + done.reused, done.reused)
    console.print(Text(f"{runs}. Study in {done.folder}"), soft_wrap=True)
    points = {"worked_out": done.worked_out, "reused": done.reused, "folder": str(done.points)}
    _show_rest(output_options, done.study, done.folder, case, {"points": points})


def show_tracking(output_options: OutputOptions, done: TrackedRun) -> None:
    """Prints a plan against its actuals, and where the study lies and a case that was written."""
    console = output_options.out()
    console.print(document_view(study_document(done.study, done.folder.name), console.width))
    console.print(Text(f"Study in {done.folder}"), soft_wrap=True)
    _show_rest(output_options, done.study, done.folder, done.case, {})


def _show_rest(
    output_options: OutputOptions, study: Study, folder: Path, case: Path | None, more: Mapping[str, Any]
) -> None:
    """Prints where a case was written, and the study as JSON."""
    if case is not None:
        output_options.out().print(Text(f"Case  {case}"), soft_wrap=True)
    output_options.print_json(
        {
            "exit_code": 0,
            "kind": study.kind,
            "case": study.case_name,
            "headlines": list(study.headlines),
            "notes": list(study.notes),
            "facts": dict(study.facts),
            "tables": {table.name: table.records() for table in study.tables},
            **more,
            "folder": str(folder),
            **({} if case is None else {"case_folder": str(case)}),
        }
    )


def show_disruptions(case: Path, output_options: OutputOptions, *, library: bool) -> None:
    """Prints the disruptions that can be named for a case, and those of the library that it has no roles for."""
    from models.whatif.disruption_library import mapped
    from planner.case import read_case
    from planner.case.disruption_file import default_library, read_library
    from planner.studies.study_run import unusable_note

    read = read_case(case).case
    rows = [(row, "the case") for row in read.disruptions]
    unusable: dict[str, tuple[str, ...]] = {}
    folder = default_library()
    if library and folder is not None:
        found, missing = mapped(read_library(folder), read.roles)
        own = {row.disruption for row in read.disruptions}
        rows += [(row, "the library") for row in found if row.disruption not in own]
        unusable = {name: tuple(roles) for name, roles in missing.items()}
    alike: dict[tuple[str, ...], list[str]] = {}
    for row, origin in rows:
        how = {"fail": "fails"}.get(row.field) or (
            f"{row.field} × {row.value:g}" if row.effect == "multiply" else f"{row.field} {row.value:+g}"
        )
        lasts = row.field in PERMANENT or (row.field in LASTING and not row.months)
        months = "for good" if lasts else f"{row.months:g}"
        cells = (how, row.start, months, f"{row.recovery_months:g}", f"{row.probability_per_year:.0%}", origin)
        alike.setdefault((row.disruption, *cells), []).append(row.target)
    listing = tuple((name, listed(hits, most=_TARGETS), *others) for (name, *others), hits in alike.items())
    console = output_options.out()
    for part in table_views(TableBlock("disruptions", "Disruptions", "", _LISTED, listing), "", console.width):
        console.print(part)
    for line in unusable_note(unusable):
        console.print(Text(line), soft_wrap=True)
    facts = [
        {"disruption": row.disruption, "target": row.target, "field": row.field, "value": row.value, "from": origin}
        for row, origin in rows
    ]
    output_options.print_json(
        {"exit_code": 0, "disruptions": facts, "unusable": {k: list(v) for k, v in unusable.items()}}
    )
