"""Texts about the model: its equations, and its program as a file that any solver reads."""

from __future__ import annotations

import ast
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import models
from planner.errors import CaseFaults, Fault


def formulation_text() -> str:
    """Returns the equations of every family of requirements as Markdown, in the order in which they are stated."""
    root = Path(models.__file__).parent
    order = dict.fromkeys(re.findall(r"\b(\w+)\.define", (root / "build.py").read_text(encoding="utf-8")))
    texts = {path.stem: _docstring(path) for path in sorted((root / "families").glob("*.py"))}
    named = [name for name in [*order, *texts] if texts.get(name) and name != "__init__"]
    parts = ["# The model, family by family", "Printed from the code that states it. Money is USD million."]
    for name in dict.fromkeys(named):
        title, _, body = texts[name].partition("\n")
        parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n{title}\n{body}".rstrip())
    return "\n\n".join(parts) + "\n"


def export_program(case: Path, *, lp: Path | None, mps: Path | None) -> Iterator[str]:
    """Writes the program of a case and yields a line for each file.

    Raises:
        CaseFaults: the case has faults, or a file cannot be written.
    """
    from models.build import build
    from models.solvers.files import lp_text, mps_text
    from planner.case import read_case

    program = build(read_case(case).case).program
    size = f"{program.column_count:,} columns, {program.row_count:,} rows, {program.non_zeros:,} non-zeros"
    for path, pieces in ((lp, lp_text), (mps, mps_text)):
        if path is not None:
            write_text(path, pieces(program))
            yield f"{path}: {size}"


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Writes text to a file, whole or not at all.

    Raises:
        CaseFaults: the file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        draft.chmod(0o644)
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> CaseFaults:
    return CaseFaults([Fault(str(path), f"cannot be written ({error.strerror})", "Name another file.")])


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
