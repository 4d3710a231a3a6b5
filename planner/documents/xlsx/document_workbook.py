"""A document as a workbook: what it found, its tables and charts, and where all of it comes from."""

from __future__ import annotations

from planner.documents.blocks import Document, Medium
from planner.documents.xlsx.check_sheets import write_about, write_checks
from planner.documents.xlsx.document_book import SUMMARY, DocumentBook, sheet_names
from planner.documents.xlsx.map_sheet import write_map
from planner.documents.xlsx.native_charts import make_charts
from planner.documents.xlsx.summary_sheet import write_summary
from planner.documents.xlsx.table_sheets import write_table


def document_workbook(document: Document) -> bytes:
    """Returns a document as the bytes of an `.xlsx` file; the same document gives the same bytes.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    book = DocumentBook(document, sheet_names(document))
    summary = book.leaf(SUMMARY, document.title)
    write_map(book)
    for table in document.tables(Medium.SHEETS):
        write_table(book, table)
    write_summary(book, summary, make_charts(book))
    flag = write_checks(book)
    write_about(book)
    return book.finish(flag)
