"""A document as files: workbook, page and Markdown."""

from __future__ import annotations

from planner.documents.blocks import Document


def document_files(document: Document, *, workbook: str, page: str, markdown: str) -> dict[str, bytes]:
    """Returns the files of a document by the names that they are to have.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    # The libraries of the files take a while to load, which a document on the screen alone need not wait for.
    from planner.documents.xlsx.document_workbook import document_workbook

    return {workbook: document_workbook(document), **page_files(document, page=page, markdown=markdown)}


def page_files(document: Document, *, page: str, markdown: str) -> dict[str, bytes]:
    """Returns the files of a document that are no workbook, by the names that they are to have.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    from planner.documents.document_markdown import document_markdown
    from planner.documents.html.document_page import document_html

    return {page: document_html(document).encode(), markdown: document_markdown(document).encode()}
