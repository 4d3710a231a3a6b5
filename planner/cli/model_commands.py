"""Texts about the model: its equations, and its program as a file that any solver reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import models
from planner.files.whole_writing import require_target, write_file

HEADING = "# The model, family by family"
# By these an earlier export is known, which may be written over.
LP_BEGINS, MPS_BEGINS = b"Minimize\n objective:", b"NAME program FREE\n"

DISCOUNTING = """\
The objective is to minimise the net present cost at the start of the first period. A flow of period t, counted from 0,
is discounted by (1 + r)^−((t + ½)Δ), as if due in the middle of its period; salvage value is deducted at the
end of the last optimised period T, discounted by (1 + r)^−(TΔ). r is the yearly discount rate and Δ the length of a
period in years. With scenarios every amount is multiplied by the probability of its node."""


def formulation_text() -> str:
    """Returns the equations of every family of requirements as Markdown, in the order in which they are stated."""
    root = Path(models.__file__).parent
    order = dict.fromkeys(re.findall(r"\b(\w+)\.define", (root / "build.py").read_text(encoding="utf-8")))
    texts = {path.stem: _docstring(path) for path in sorted((root / "families").glob("*.py"))}
    named = [name for name in [*order, *texts] if texts.get(name) and name != "__init__"]
    parts = [HEADING, "Generated from the code. Money is USD million.", DISCOUNTING]
    for name in dict.fromkeys(named):
        title, _, body = texts[name].partition("\n")
        parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n{title}\n{body}".rstrip())
    return "\n\n".join(parts) + "\n"


def export_program(case: Path, *, lp: Path | None, mps: Path | None, base: bool = False) -> Iterator[str]:
    """Writes the program of a case, `base` without its scenarios, and yields a line for each file.

    Raises:
        CaseFaults: the case has faults, or something else is where a file is to be written.
        OutputError: the machine refuses.
    """
    from models.solvers.program_text import lp_text, mps_text
    from models.uncertainty.scenario_tree import planned_model
    from planner.case import read_case

    asked = [(path, begins) for path, begins in ((lp, LP_BEGINS), (mps, MPS_BEGINS)) if path is not None]
    for path, begins in asked:
        require_target(path, ours=[begins])
    read = read_case(case).case
    program = planned_model(read, base=base).program
    if read.settings.objective == "regret" and not base:
        yield "The objective is the expected cost: regret is measured against costs that `plan` finds by solving."
    size = f"{program.column_count:,} columns, {program.row_count:,} rows, {program.non_zeros:,} non-zeros"
    for path, begins in asked:
        text = lp_text(program) if begins is LP_BEGINS else mps_text(program)
        write_file(path, (piece.encode() for piece in text), ours=[begins])
        yield f"{path}: {size}"


def write_formulation(path: Path) -> None:
    """Writes the equations of every family to a file.

    Raises:
        CaseFaults: something else is there, or nothing can be written there.
        OutputError: the machine refuses.
    """
    write_file(path, formulation_text().encode(), ours=[HEADING.encode()])


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def write_any_template(target: Path, *, only_required: bool, clear: bool, actuals: bool, wide: bool) -> str:
    """Writes what to begin with, a case or tables of actuals, as a folder or workbook; returns what is said of it.

    Raises:
        CaseFaults: something is at the target.
    """
    if actuals:
        from planner.tracking.actuals_template import write_actuals_template

        write_actuals_template(target, clear=clear)
        return f"Tables of actuals in {target}. Fill them in, then: fleetplan actuals RUN {target}"
    if target.suffix.lower() == ".xlsx":
        from planner.case_conversion import template_workbook

        return template_workbook(target, clear=clear, wide=wide).text
    if wide:
        from planner.errors import CaseFaults, Fault

        remedy = "Name a workbook, such as case.xlsx; `fleetplan convert --wide` writes folders too."
        raise CaseFaults([Fault("--wide", "is for a workbook", remedy)])
    from planner.case_conversion import template_folder

    files = template_folder(target, only_required=only_required, clear=clear)
    return f"{len(files)} files in {target}. Fill them in, then: fleetplan check {target}"
