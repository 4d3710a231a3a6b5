"""The documents that go with every run: workbook, report, and page for pasting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import CaseFaults, Fault
from planner.export.dossier import Dossier, dossier_of
from planner.export.scribe import Scribe

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

    book: Book | Scribe
    """The workbook itself, or a process that has begun it."""
    inputs: Html


def begun(read: ReadCase, name: str, scribe: Scribe | None = None) -> Begun:
    """Loads the libraries of the documents and begins them before there is a plan; `name` is what the run is called.

    The workbook is begun by `scribe` where there is one, for the same case and name.
    """
    import planner.export.markdown  # noqa: F401
    from planner.export.report import begun_report

    dossier = Dossier({"case": read.case.settings.name}, {}, read, name)
    if scribe is not None:
        return Begun(scribe, begun_report(dossier))
    from planner.export.workbook import begun_workbook

    return Begun(begun_workbook(dossier), begun_report(dossier))


class Documents:
    """The documents of one plan while they are made; where a process writes the workbook it has started on it.

    `begun` is what was made of them before, for the same run.
    """

    def __init__(self, dossier: Dossier, begun: Begun | None = None) -> None:
        self._dossier = dossier
        self._inputs = None if begun is None else begun.inputs
        self._scribe, self._book = _hands(begun)
        if self._scribe is not None:
            self._scribe.ask(dossier)

    def pages(self) -> dict[str, bytes]:
        """Returns the report and the page for pasting, by file name."""
        from planner.export.markdown import plan_markdown
        from planner.export.report import report_html

        return {
            REPORT: report_html(self._dossier, self._inputs).encode(),
            PAGE: plan_markdown(self._dossier).encode(),
        }

    def workbook(self) -> bytes:
        """Returns the workbook, which is waited for where a process writes it."""
        written = None if self._scribe is None else self._scribe.answer()
        if written is not None:
            return written
        from planner.export.workbook import plan_workbook

        return plan_workbook(self._dossier, self._book)


def exports(dossier: Dossier, begun: Begun | None = None) -> dict[str, bytes]:
    """Returns the documents of a run by file name; `begun` is what was made of them before, for the same run."""
    documents = Documents(dossier, begun)
    return documents.pages() | {WORKBOOK: documents.workbook()}


def _hands(begun: Begun | None) -> tuple[Scribe | None, Book | None]:
    """Returns the process that writes the workbook, or the workbook as it was begun here."""
    if begun is None:
        return None, None
    return (begun.book, None) if isinstance(begun.book, Scribe) else (None, begun.book)


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


__all__ = ["PAGE", "REPORT", "WORKBOOK", "Begun", "Documents", "begun", "exports", "kinds_of", "write_slides"]
