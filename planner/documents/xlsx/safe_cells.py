"""Cells of a workbook that are text and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.documents.safe_text import plain

LONGEST = 32_000
"""Characters; a cell holds little more, and XlsxWriter leaves out one that is longer."""


def write_safe(sheet: Worksheet, row: int, column: int, text: str | Sequence[str], style: Format) -> None:
    """Writes text, or lines of it below each other, as text: no formula, link or markup comes of it."""
    shown = safe(text) if isinstance(text, str) else "\n".join(map(safe, text))[:LONGEST]
    if shown.startswith("<r>") and shown.endswith("</r>"):
        # XlsxWriter passes such a text on as markup of its own; in two runs it is escaped like any other.
        sheet.write_rich_string(row, column, shown[0], style, shown[1:], style)
    else:
        sheet.write_string(row, column, shown, style)


def safe(text: str) -> str:
    """Returns text that a cell can hold and that shows as what it is."""
    shown = plain(text)
    # XlsxWriter leaves out a cell that is longer than a spreadsheet allows.
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
