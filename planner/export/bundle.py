"""The documents that go with every run: workbook, report, and page for pasting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import CaseFaults, Fault
from planner.export.dossier import Dossier, dossier_of

if TYPE_CHECKING:
    from planner.case import ReadCase
    from planner.export.report.markup import Html
    from planner.export.workbook.book import Book

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
KINDS = ("svg", "png")


@dataclass(frozen=True, eq=False)
class Begun:
    """What of the documents follows from the case alone; each can be used once."""

    book: Book
    inputs: Html


def begun(read: ReadCase, name: str) -> Begun:
    """Loads the libraries of the documents and begins them before there is a plan; `name` is what the run is called."""
    import planner.export.markdown  # noqa: F401
    from planner.export.report import begun_report
    from planner.export.workbook import begun_workbook

    dossier = Dossier({"case": read.case.settings.name}, {}, read, name)
    return Begun(begun_workbook(dossier), begun_report(dossier))


def exports(dossier: Dossier, begun: Begun | None = None) -> dict[str, bytes]:
    """Returns the documents of a run by file name; `begun` is what was made of them before, for the same run."""
    from planner.export.markdown import plan_markdown
    from planner.export.report import report_html
    from planner.export.workbook import plan_workbook

    return {
        WORKBOOK: plan_workbook(dossier, None if begun is None else begun.book),
        REPORT: report_html(dossier, None if begun is None else begun.inputs).encode(),
        PAGE: plan_markdown(dossier).encode(),
    }


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


def write_slides(run: Path, deck: Path, template: Path | None) -> Path:
    """Writes the slides of a run, whole or not at all, and returns their file.

    Raises:
        CaseFaults: the run or the template cannot be read, or the deck cannot be written.
    """
    from planner.export.slides import slides

    try:
        company = None if template is None else template.read_bytes()
        made = slides(dossier_of(run), company)
        draft = deck.with_name(f".{deck.name}.partial")
        draft.write_bytes(made)
        draft.replace(deck)
    except OSError as error:
        expected = f"cannot be read or written ({error.strerror})"
        raise CaseFaults([Fault(str(error.filename or deck), expected, "Name another file.")]) from error
    return deck


__all__ = ["PAGE", "REPORT", "WORKBOOK", "Begun", "begun", "exports", "kinds_of", "write_slides"]
