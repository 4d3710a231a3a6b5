"""The documents that go with every run: workbook, report, and page for pasting."""

from __future__ import annotations

from pathlib import Path

from planner.errors import CaseFaults, Fault, UnreadableError
from planner.export.dossier import Dossier
from planner.files.safe_reading import read_file
from planner.files.whole_writing import require_target, write_file

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
DOCUMENTS = (REPORT, PAGE, WORKBOOK)
"""What is made of the other files of a run, and can be made again."""
KINDS = ("svg", "png")


def exports(dossier: Dossier) -> dict[str, bytes]:
    """Returns the documents of a run by file name."""
    from planner.export.markdown import plan_markdown
    from planner.export.report import report_html
    from planner.export.workbook import plan_workbook

    return {
        REPORT: report_html(dossier).encode(),
        PAGE: plan_markdown(dossier).encode(),
        WORKBOOK: plan_workbook(dossier),
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


def require_slides(deck: Path) -> None:
    """Tries the place of a deck before the work that fills it.

    Raises:
        CaseFaults: something else is there, or nothing can be written there.
    """
    from planner.documents.pptx.deck import BEGINS

    require_target(deck, ours=[BEGINS])


def write_slides(run: Path, deck: Path, template: Path | None) -> Path:
    """Writes the slides of a run, whole or not at all, and returns their file.

    Raises:
        CaseFaults: the run or the template cannot be read, or something else is where the deck is to be written.
        CheckFailed: the plan of the run does not hold.
        OutputError: the machine refuses.
    """
    from planner.documents.pptx.deck import BEGINS
    from planner.export.slides import slides
    from planner.written import sound_dossier_of

    require_slides(deck)
    try:
        company = None if template is None else read_file(template)
    except UnreadableError as error:
        raise CaseFaults([Fault(str(template), error.expected, error.remedy)]) from error
    return write_file(deck, slides(sound_dossier_of(run), company), ours=[BEGINS])


__all__ = ["DOCUMENTS", "PAGE", "REPORT", "WORKBOOK", "exports", "kinds_of", "require_slides", "write_slides"]
