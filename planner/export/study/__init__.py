"""The documents of a study: workbook, report and page."""

from __future__ import annotations

from planner.whatif.study import Study


def documents(study: Study, run: str) -> dict[str, bytes]:
    """Returns the documents of a study by file name; `run` is the name of its folder."""
    return {}
