"""The report of a plan: one HTML file that opens offline, and its charts as files."""

from __future__ import annotations

from planner.export.report.figures import chart_files, charts
from planner.export.report.page import report_html

__all__ = ["chart_files", "charts", "report_html"]
