"""Writes the report, the Markdown, the charts and the slides of a written run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from planner.documents.blocks import Document
from planner.documents.content.approval_stamp import stamped
from planner.documents.document_files import page_files
from planner.documents.html.chart_files import chart_files
from planner.documents.pptx.deck import BEGINS
from planner.documents.pptx.document_slides import document_slides
from planner.errors import CaseFaults, Fault, UnreadableError
from planner.files.run_approval import require_unapproved
from planner.files.safe_reading import read_file
from planner.files.whole_writing import require_target, write_file
from planner.plan_documents import PAGE, REPORT, WORKBOOK, document_of, stamped_documents
from planner.results.loaded_run import LoadedRun
from planner.verification.written_runs import read_checked_run

CHARTS = "charts"
KINDS = ("svg", "png")
_BEGINS = {
    ".html": b'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"',
    ".svg": b"<svg",
    ".png": b"\x89PNG",
    ".parquet": b"PAR1",
}
_PART_NAME = 49
"""Bytes of a workbook up to the end of the name of its first part: they show which parts it has, and that no office
program has saved it."""


def kinds_of(text: str) -> tuple[str, ...]:
    """Returns the kinds of chart files that a list such as `svg,png` names.

    Raises:
        CaseFaults: one of them is unknown.
    """
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    for kind in kinds:
        if kind not in KINDS:
            raise CaseFaults([Fault("--charts", "is no kind of chart file", "Write svg, png or svg,png.", value=kind)])
    return kinds


def write_report(
    run_folder: Path, out: Path | None = None, charts: Sequence[str] | None = None, *, parquet: bool = False
) -> list[Path]:
    """Writes the documents of a run to the folder `out`, or its pages to its own, and returns what was written.

    To its own folder `report.html` and `plan.md` are written as they were. Elsewhere they and `plan.xlsx` say whether
    the plan is a draft, approved or superseded, which files in the folder itself never say. `charts` names the kinds of
    chart files (`svg`, `png`) that are written to the folder `charts` beside them, and `parquet` writes the tables as
    Parquet to the folder `parquet`.

    Each file appears whole under its name or not at all.

    Raises:
        CaseFaults: the folder is no run, its files cannot be read, something else is where one is to be written, or
            that is in an approved run.
        CheckFailed: the plan of the run does not hold.
        OutputError: the machine refuses.
    """
    folder = out or run_folder
    require_unapproved(folder)
    loaded = read_checked_run(run_folder)
    document = document_of(loaded)
    is_own = _lies_in(folder, run_folder)
    made = page_files(document, page=REPORT, markdown=PAGE) if is_own else stamped_documents(loaded)
    if charts:
        made |= {f"{CHARTS}/{name}": data for name, data in chart_files(document, charts).items()}
    if parquet:
        from planner.parquet_tables import parquet_files

        made |= parquet_files(loaded)
    places = {folder / name: data for name, data in made.items()}
    # In its own folder the names belong to the run, whatever was done to the files.
    ours = {place: [b""] if out is None else _beginnings(place, data) for place, data in places.items()}
    for place in places:
        require_target(place, ours=ours[place])
    return [write_file(place, data, ours=ours[place]) for place, data in places.items()]


def require_slides(deck: Path) -> None:
    """Tries the place of a deck before the work that fills it.

    Raises:
        CaseFaults: something else is there, or nothing can be written there.
    """
    require_target(deck, ours=[BEGINS])


def write_slides(run: Path, deck: Path, template: Path | None) -> Path:
    """Writes the slides of a run, whole or not at all, and returns their file.

    Raises:
        CaseFaults: the run or the template cannot be read, or something else is where the deck is to be written.
        CheckFailed: the plan of the run does not hold.
        OutputError: the machine refuses.
    """
    require_slides(deck)
    try:
        company = None if template is None else read_file(template)
    except UnreadableError as error:
        raise CaseFaults([Fault(str(template), error.expected, error.remedy)]) from error
    made = document_slides(_document_for(deck, run, read_checked_run(run)), company)
    return write_file(deck, made, ours=[BEGINS])


def _document_for(place: Path, run: Path, loaded: LoadedRun) -> Document:
    """Returns the document of a run, with its approval where the place is not in the folder of the run."""
    document = document_of(loaded)
    return document if _lies_in(place, run) else stamped(document, loaded.approval)


def _lies_in(place: Path, folder: Path) -> bool:
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder))


def _beginnings(place: Path, data: bytes) -> list[bytes]:
    """Returns how an earlier file of the same kind begins: a page of the same plan has the same title."""
    if place.suffix in _BEGINS:
        return [_BEGINS[place.suffix]]
    if place.name == WORKBOOK:
        return [data[:_PART_NAME]]
    return [data[: data.index(b"\n") + 1]]
