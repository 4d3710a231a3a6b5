"""The documents that go with every run: workbook, report, and page for pasting."""

from __future__ import annotations

from pathlib import Path

from planner.errors import CaseFaults, Fault
from planner.export.dossier import Dossier, dossier_of

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
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


__all__ = ["PAGE", "REPORT", "WORKBOOK", "exports", "kinds_of", "write_slides"]
