"""Tables of actuals to fill in: as a folder of CSV files, or as a workbook."""

from __future__ import annotations

from dataclasses import replace
from inspect import getdoc
from pathlib import Path

from models.tables.actual_rows import ACTUAL_TABLES
from models.tables.column_descriptions import columns_of
from planner.case.numbers import NumberStyle
from planner.case.read import WORKBOOK
from planner.case.template import header_text, write_texts
from planner.case.workbook_form import FormRow, FormSheet, actual_columns, typed
from planner.files.whole_writing import require_target, write_file

EXAMPLE = "example: delete this row"
_HOW = (
    "Actuals of a plan: what was delivered, paid, lost, demanded and reached.",
    "Fill in what is known; every table may stay empty. Row 2 explains the columns.",
    "A time is 2027, 2027H1, 2027Q3 or 2027-07. Names are those of the case that was planned.",
    "The example rows show the form: delete them.",
    "fleetplan actuals RUN FILE compares them with the plan.",
)


def write_actuals_template(target: Path, *, clear: bool = False) -> tuple[Path, ...]:
    """Writes empty tables of actuals into a folder, or as a workbook where the name ends so; returns the files.

    With `clear` there are no example rows.

    Raises:
        CaseFaults: something is at the target.
        OutputError: the machine refuses.
    """
    if target.suffix.lower() != WORKBOOK:
        texts = {f"{name}.csv": header_text(row_class, clear=clear) for name, row_class in ACTUAL_TABLES.items()}
        return write_texts(target, texts)
    from planner.export.case_workbook import tables_workbook

    require_target(target)
    sheets = [actual_sheet(name, with_example=not clear) for name in ACTUAL_TABLES]
    return (write_file(target, tables_workbook("Actuals", sheets, _HOW)),)


def actual_sheet(table: str, *, with_example: bool) -> FormSheet:
    """Returns a table of actuals as an empty sheet, or with its example; raises KeyError for one that is not there."""
    row_class = ACTUAL_TABLES[table]
    columns = actual_columns(row_class)
    sheet = FormSheet(table, (getdoc(row_class) or "").splitlines()[0], False, tuple(columns.values()))
    if not with_example:
        return sheet
    examples = {name: facts.example for name, facts in columns_of(row_class).items()} | {"note": EXAMPLE}
    cells = tuple(typed(examples.get(name, ""), column, NumberStyle()) for name, column in columns.items())
    return replace(sheet, rows=(FormRow(cells),))
