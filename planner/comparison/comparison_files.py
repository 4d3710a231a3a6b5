"""Writes a comparison to a folder: workbook, report, Markdown and JSON, all of them or none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planner.comparison.compare_runs import compare
from planner.comparison.comparison_items import Comparison
from planner.comparison.comparison_texts import headline, verdict_text
from planner.documents.content.comparison_document import comparison_document
from planner.documents.document_files import document_files
from planner.files.run_folder import dated_target, exact_target, write_run
from planner.files.safe_reading import names_in
from planner.verification.written_runs import read_checked_run

WORKBOOK, REPORT, MARKDOWN, JSON = "comparison.xlsx", "comparison.html", "comparison.md", "comparison.json"
FILES = (WORKBOOK, REPORT, MARKDOWN, JSON)
SCHEMA_VERSION = 1
_DIGEST_LENGTH = 8


def compared(run_folders: Sequence[Path]) -> Comparison:
    """Returns the comparison of written runs; the first is the reference.

    Raises:
        CaseFaults: a folder is no run, or there are too few or too many.
        CheckFailed: the plan of one of them does not hold.
    """
    return compare([read_checked_run(folder) for folder in run_folders])


def write_files(comparison: Comparison, out_folder: Path | None = None, *, replace: bool = False) -> list[Path]:
    """Writes the four files of a comparison and returns their paths.

    Without a folder they land below `outputs/compare-CASE/`. `replace` allows an earlier comparison in its place.

    Raises:
        CaseFaults: the folder to write holds something else.
        OutputError: the machine refuses.
    """
    files = comparison_files(comparison)
    if out_folder is None:
        digest = hashlib.sha256(files[JSON]).hexdigest()[:_DIGEST_LENGTH]
        target = dated_target(f"compare-{comparison.sides[0].case}", digest)
    else:
        target = exact_target(out_folder, replace=replace, is_ours=_is_comparison, what="comparison")
    folder = write_run(target, files, last=JSON)
    return [folder / name for name in FILES]


def comparison_files(comparison: Comparison) -> dict[str, bytes]:
    """Returns the files of a comparison by name."""
    facts = json.dumps(comparison_facts(comparison), indent=1, ensure_ascii=False, allow_nan=False)
    document = comparison_document(comparison)
    made = document_files(document, workbook=WORKBOOK, page=REPORT, markdown=MARKDOWN)
    return {**made, JSON: f"{facts}\n".encode()}


def comparison_facts(comparison: Comparison) -> dict[str, Any]:
    """Returns a comparison for JSON: runs, verdicts, and every table as records."""
    verdicts = [
        {
            "run": comparison.sides[run].letter,
            **asdict(comparison.verdicts[run - 1]),
            "text": verdict_text(comparison, run),
        }
        for run in comparison.others
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "runs": [asdict(side) for side in comparison.sides],
        "headline": headline(comparison),
        "is_same": comparison.is_same,
        "verdicts": verdicts,
        "notes": list(comparison.notes),
        "grain": comparison.grain,
        "tables": {name: list(table.records()) for name, table in comparison.tables.items()},
    }


def _is_comparison(folder: Path) -> bool:
    """True for a folder that holds the four files and nothing else."""
    return names_in(folder) == sorted(FILES)
