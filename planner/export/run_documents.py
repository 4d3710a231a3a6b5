"""The documents that go with every run: workbook, report, and page for pasting."""

from __future__ import annotations

from planner.export.loaded_run import LoadedRun

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
DOCUMENTS = (REPORT, PAGE, WORKBOOK)
"""What is made of the other files of a run, and can be made again."""


def exports(loaded: LoadedRun) -> dict[str, bytes]:
    """Returns the documents of a run by file name."""
    from planner.export.workbook import plan_workbook

    return {**pages(loaded), WORKBOOK: plan_workbook(loaded)}


def pages(loaded: LoadedRun) -> dict[str, bytes]:
    """Returns the documents of a run that are no workbook, by file name."""
    # What draws them takes a while to load, which a plan that is only read need not wait for.
    from planner.documents.content.plan_document import plan_document
    from planner.documents.document_markdown import document_markdown
    from planner.documents.html.document_page import document_html

    document = plan_document(loaded)
    return {REPORT: document_html(document).encode(), PAGE: document_markdown(document).encode()}


__all__ = ["DOCUMENTS", "PAGE", "REPORT", "WORKBOOK", "exports", "pages"]
