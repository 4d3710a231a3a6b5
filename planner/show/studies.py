"""Studies on a terminal: progress of the points, headlines, the main table, and where everything lies."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from planner.documents.blocks import Column, TableBlock
from planner.documents.content.study import study_document
from planner.documents.document_terminal import document_view, table_views
from planner.errors import listed
from planner.show.voice import Voice

if TYPE_CHECKING:
    from planner.whatif.run import Done

_TARGETS = 2
_HEADINGS = ("Disruption", "Hits", "How", "From", "Months", "Recovery", "A year", "From where")
_LISTED = tuple(Column(title.lower().replace(" ", "_"), title) for title in _HEADINGS)


def sweep_watcher(voice: Voice, workers: int | None) -> AbstractContextManager[Any]:
    """Returns who follows the points: a live line on a terminal, plain lines elsewhere, nobody when quiet."""
    from planner.sweeps.run import Quiet, core_count
    from planner.sweeps.show import LivelySweep, PlainSweep

    if voice.quiet:
        return nullcontext(Quiet())
    console = voice.err()
    kind = LivelySweep if console.is_terminal else PlainSweep
    return kind(console, workers=workers or core_count(), verbose=voice.verbose)


def show_study(voice: Voice, done: Done) -> None:
    """Prints the headlines of a study, its first table, and where the rest lies."""
    study, console = done.study, voice.out()
    console.print(document_view(study_document(study, done.folder.name), console.width))
    known = f", {done.reused} of them from earlier" if done.reused else ""
    console.print(Text(f"{done.worked_out + done.reused} points{known}. Study in {done.folder}"), soft_wrap=True)
    voice.say_json(
        {
            "exit_code": 0,
            "kind": study.kind,
            "case": study.case_name,
            "headlines": list(study.headlines),
            "notes": list(study.notes),
            "facts": dict(study.facts),
            "tables": {table.name: table.records() for table in study.tables},
            "points": {"worked_out": done.worked_out, "reused": done.reused, "folder": str(done.points)},
            "folder": str(done.folder),
        }
    )


def show_disruptions(case: Path, voice: Voice, *, library: bool) -> None:
    """Prints the disruptions that can be named for a case, and those of the library that it has no roles for."""
    from models.whatif.event_library import mapped
    from planner.case import read_case
    from planner.case.event_library import default_library, read_library
    from planner.whatif.run import unusable_note

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
        months = "for good" if row.field == "fail" or (row.field == "slip" and not row.months) else f"{row.months:g}"
        cells = (how, row.start, months, f"{row.recovery_months:g}", f"{row.probability_per_year:.0%}", origin)
        alike.setdefault((row.disruption, *cells), []).append(row.target)
    listing = tuple((name, listed(hits, most=_TARGETS), *others) for (name, *others), hits in alike.items())
    console = voice.out()
    for part in table_views(TableBlock("disruptions", "Disruptions", "", _LISTED, listing), "", console.width):
        console.print(part)
    for line in unusable_note(unusable):
        console.print(Text(line), soft_wrap=True)
    facts = [
        {"disruption": row.disruption, "target": row.target, "field": row.field, "value": row.value, "from": origin}
        for row, origin in rows
    ]
    voice.say_json({"exit_code": 0, "disruptions": facts, "unusable": {k: list(v) for k, v in unusable.items()}})
