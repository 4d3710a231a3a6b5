"""The documents that go with every run: workbook, report, and page for pasting."""

from __future__ import annotations

from planner.export.dossier import Dossier

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
DOCUMENTS = (REPORT, PAGE, WORKBOOK)
"""What is made of the other files of a run, and can be made again."""


def exports(dossier: Dossier) -> dict[str, bytes]:
    """Returns the documents of a run by file name."""
    from planner.export.markdown import plan_markdown
    from planner.export.report.page import report_html
    from planner.export.workbook import plan_workbook

    return {
        REPORT: report_html(dossier).encode(),
        PAGE: plan_markdown(dossier).encode(),
        WORKBOOK: plan_workbook(dossier),
    }


__all__ = ["DOCUMENTS", "PAGE", "REPORT", "WORKBOOK", "exports"]
