"""Writes a comparison to a folder: workbook, report, Markdown and JSON, all of them or none."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planner.compare.core import compare
from planner.compare.parts import Comparison
from planner.compare.words import headline, verdict_text
from planner.documents.content.comparison import comparison_document
from planner.errors import CaseFaults, Fault
from planner.export.dossier import dossier_of
from planner.folder import Target, dated_target, exact_target, write_run

WORKBOOK, REPORT, MARKDOWN, JSON = "comparison.xlsx", "comparison.html", "comparison.md", "comparison.json"
FILES = (WORKBOOK, REPORT, MARKDOWN, JSON)
SCHEMA_VERSION = 1
_DIGEST_LENGTH = 8


def compared(run_folders: Sequence[Path]) -> Comparison:
    """Returns the comparison of written runs; the first is the reference.

    Raises:
        CaseFaults: a folder is no run, or there are too few or too many.
    """
    return compare([dossier_of(folder) for folder in run_folders])


def write_comparison(
    run_folders: Sequence[Path], out_folder: Path | None = None, *, replace: bool = False
) -> list[Path]:
    """Compares written runs, writes the four files, and returns their paths.

    Without a folder they land below `outputs/compare-CASE/`. `replace` allows an earlier comparison in its place.

    Raises:
        CaseFaults: a folder is no run, or the folder to write holds something else.
        OwnError: the disk does not do as told.
    """
    return write_files(compared(run_folders), out_folder, replace=replace)


def write_files(comparison: Comparison, out_folder: Path | None = None, *, replace: bool = False) -> list[Path]:
    """Writes the four files of a comparison and returns their paths; see `write_comparison`."""
    files = comparison_files(comparison)
    if out_folder is None:
        digest = hashlib.sha256(files[JSON]).hexdigest()[:_DIGEST_LENGTH]
        target = dated_target(f"compare-{comparison.sides[0].case}", digest)
    elif replace and _is_comparison(out_folder):
        return _replaced(files, out_folder)
    else:
        target = _new_target(out_folder)
    folder = write_run(target, files, last=JSON)
    return [folder / name for name in FILES]


def comparison_files(comparison: Comparison) -> dict[str, bytes]:
    """Returns the files of a comparison by name."""
    # The libraries of the documents take a while to load, which a comparison on the screen alone need not wait for.
    from planner.documents.document_markdown import document_markdown
    from planner.documents.html.document_page import document_html
    from planner.documents.xlsx.document_workbook import document_workbook

    document = comparison_document(comparison)
    return {
        WORKBOOK: document_workbook(document),
        REPORT: document_html(document).encode(),
        MARKDOWN: document_markdown(document).encode(),
        JSON: (json.dumps(comparison_facts(comparison), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode(),
    }


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
    return folder.is_dir() and sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def _new_target(folder: Path) -> Target:
    if _is_comparison(folder):
        remedy = "Name another folder, or add --replace to write over it."
        raise CaseFaults([Fault(str(folder), "holds an earlier comparison", remedy)])
    return exact_target(folder, replace=False)


def _replaced(files: dict[str, bytes], folder: Path) -> list[Path]:
    """Puts new files in the place of an earlier comparison, which comes back when that fails."""
    place = folder.resolve()
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".earlier", dir=place.parent))
    aside.rmdir()
    place.rename(aside)
    with contextlib.ExitStack() as unless_it_is_there:
        unless_it_is_there.callback(aside.rename, place)
        write_run(exact_target(place, replace=False), files, last=JSON)
        unless_it_is_there.pop_all()
    shutil.rmtree(aside, ignore_errors=True)
    return [folder / name for name in FILES]
