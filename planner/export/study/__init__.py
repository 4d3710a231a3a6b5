"""The documents of a study: workbook, report and page."""

from __future__ import annotations

from planner.export.study.markdown import study_markdown
from planner.export.study.page import study_html
from planner.whatif.study import Study

WORKBOOK, REPORT, MARKDOWN = "study.xlsx", "report.html", "study.md"


def documents(study: Study, run: str) -> dict[str, bytes]:
    """Returns the documents of a study by file name; `run` is the name of its folder.

    Raises:
        KeyError: a chart names a table or column that is not there.
    """
    from planner.export.study.workbook import study_workbook

    return {
        WORKBOOK: study_workbook(study, run),
        REPORT: study_html(study, run).encode(),
        MARKDOWN: study_markdown(study, run).encode(),
    }


__all__ = ["MARKDOWN", "REPORT", "WORKBOOK", "documents"]
