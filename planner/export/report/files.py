"""Writes the report, the Markdown and the charts of a written run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from planner.errors import OwnError
from planner.export.dossier import dossier_of
from planner.export.markdown import plan_markdown
from planner.export.report.figures import chart_files
from planner.export.report.page import report_html

REPORT = "report.html"
MARKDOWN = "plan.md"
CHARTS = "charts"


def write_report(run_folder: Path, out: Path | None = None, charts: Sequence[str] | None = None) -> list[Path]:
    """Writes `report.html` and `plan.md` of a run to its folder, or to `out`, and returns what was written.

    `charts` names the kinds of chart files (`svg`, `png`) that are written to the folder `charts` beside them.
    Each file appears whole under its name or not at all.

    Raises:
        CaseFaults: the folder is no run, or its files cannot be read.
        OwnError: a file cannot be written.
    """
    dossier = dossier_of(run_folder)
    made = {REPORT: report_html(dossier).encode(), MARKDOWN: plan_markdown(dossier).encode()}
    if charts:
        made |= {f"{CHARTS}/{name}": data for name, data in chart_files(dossier, charts).items()}
    folder = out or run_folder
    return [_write(folder / name, data) for name, data in made.items()]


def _write(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(draft).chmod(0o644)
            Path(draft).replace(path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        msg = f"{path} could not be written: {error.strerror or error}."
        raise OwnError(msg) from error
    return path
