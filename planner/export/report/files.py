"""Writes the report, the Markdown and the charts of a written run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planner.export.markdown import plan_markdown
from planner.export.report.figures import chart_files
from planner.export.report.page import report_html
from planner.files.whole_writing import require_target, write_file
from planner.written import sound_dossier_of

REPORT = "report.html"
MARKDOWN = "plan.md"
CHARTS = "charts"
_BEGINS = {
    ".html": b'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"',
    ".svg": b"<svg",
    ".png": b"\x89PNG",
}


def write_report(run_folder: Path, out: Path | None = None, charts: Sequence[str] | None = None) -> list[Path]:
    """Writes `report.html` and `plan.md` of a run to its folder, or to `out`, and returns what was written.

    `charts` names the kinds of chart files (`svg`, `png`) that are written to the folder `charts` beside them.
    Each file appears whole under its name or not at all.

    Raises:
        CaseFaults: the folder is no run, its files cannot be read, or something else is where one is to be written.
        CheckFailed: the plan of the run does not hold.
        OutputError: the machine refuses.
    """
    folder = out or run_folder
    dossier = sound_dossier_of(run_folder)
    made = {REPORT: report_html(dossier).encode(), MARKDOWN: plan_markdown(dossier).encode()}
    if charts:
        made |= {f"{CHARTS}/{name}": data for name, data in chart_files(dossier, charts).items()}
    places = {folder / name: data for name, data in made.items()}
    # In its own folder the names belong to the run, whatever was done to the files.
    ours = {place: [b""] if out is None else _beginnings(place, data) for place, data in places.items()}
    for place in places:
        require_target(place, ours=ours[place])
    return [write_file(place, data, ours=ours[place]) for place, data in places.items()]


def _beginnings(place: Path, data: bytes) -> list[bytes]:
    """Returns how an earlier file of the same kind begins: a page of the same plan has the same title."""
    if place.suffix in _BEGINS:
        return [_BEGINS[place.suffix]]
    return [data[: data.index(b"\n") + 1]]
