"""A study as a workbook: what it found, its tables and charts, and where all of it comes from."""

from __future__ import annotations

from planner.export.study.book import SUMMARY, StudyBook, sheet_names
from planner.export.study.checks import write_about, write_checks
from planner.export.study.live import live_of
from planner.export.study.mapsheet import write_map
from planner.export.study.native import make_charts
from planner.export.study.summary import write_summary
from planner.export.study.tables import write_table
from planner.whatif.study import Study


def study_workbook(study: Study, run: str) -> bytes:
    """Returns `study.xlsx`; the same study gives the same bytes.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    book = StudyBook(study, run, sheet_names(study))
    live = live_of(study, book.names)
    summary = book.leaf(SUMMARY, study.title)
    write_map(book)
    for table in study.tables:
        write_table(book, table, live)
    write_summary(book, summary, live, make_charts(book))
    flag = write_checks(book, live)
    write_about(book)
    return book.finish(flag)
