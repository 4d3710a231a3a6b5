"""The hidden sheet of what was entered and decided when the plan was solved, and what was changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from xlsxwriter.utility import xl_col_to_name

from planner.documents.xlsx.cell_style import CellKind, Look
from planner.documents.xlsx.line_formulas import HEADER_ROW, LABEL, TOP, Place
from planner.documents.xlsx.time_sheet import OpenCell, TimeSheet
from planner.documents.xlsx.workbook_writing import sheet_prefix, write_safe

SOLVED = "As solved"
SOLVED_TITLE = "As solved: what was entered and decided when the plan was made"

_SHIFT = 5
"""How many columns further right a value stands here than on its sheet, to leave room for the counts."""
_COUNTS = {CellKind.INPUT: 2, CellKind.PLAN: 3}
_HEADERS = ("Sheet", "Row", "Inputs changed", "Plan values changed", "", "As solved, from column A of the sheet on")
_SIDE_BY_SIDE = 1
_WIDTH = 12


def changed_place(*, is_input: bool) -> Place:
    """Returns where the cells of a kind that were changed are counted."""
    return Place(SOLVED, TOP, _COUNTS[CellKind.INPUT if is_input else CellKind.PLAN])


def write_solved(page: TimeSheet, entries: Mapping[str, Sequence[OpenCell]]) -> None:
    """Writes each open cell of the other sheets once more, and counts those that no longer hold the same."""
    for column, word in enumerate(_HEADERS):
        page.text(HEADER_ROW, column, word, Look.HEADER_LEFT)
    page.text(TOP, LABEL, "All sheets", Look.LABEL_STRONG)
    page.row = TOP + 1
    widest = max((_sheet(page, name, own) for name, own in entries.items()), default=0)
    for column in _COUNTS.values():
        letter = xl_col_to_name(column)
        page.cell(TOP, column, f"SUM({letter}{TOP + 2}:{letter}{max(page.row, TOP + 2)})", 0.0, is_strong=True)
    page.sheet.set_column(LABEL, widest + _SHIFT, _WIDTH)
    # A hidden sheet with an area of print is printed by LibreOffice.
    page.sheet.hide()


def _sheet(page: TimeSheet, name: str, entries: Sequence[OpenCell]) -> int:
    """Writes the open cells of a sheet, and returns the last column that has one."""
    form = page.formats.text(Look.TEXT)
    rows: dict[int, dict[int, OpenCell]] = {}
    for entry in entries:
        rows.setdefault(entry.row, {})[entry.column] = entry
    for row, found in sorted(rows.items()):
        page.text(page.row, LABEL, name, Look.UNIT)
        page.sheet.write_number(page.row, 1, row + 1, form)
        for entry in found.values():
            column = entry.column + _SHIFT
            if isinstance(entry.value, str):
                write_safe(page.sheet, page.row, column, entry.value, form)
            else:
                page.sheet.write_number(page.row, column, entry.value, form)
        for kind, column in _COUNTS.items():
            own = [found[at] for at in sorted(found) if found[at].kind is kind]
            if own:
                formula = "+".join(term for run in _runs(own) for term in _terms(page, name, run))
                page.cell(page.row, column, formula, 0.0)
        page.row += 1
    return max((entry.column for entry in entries), default=0)


def _runs(entries: Sequence[OpenCell]) -> Iterator[list[OpenCell]]:
    """Yields the entries of a row side by side, all of them numbers or not."""
    run = [entries[0]]
    for before, entry in pairwise(entries):
        is_next = entry.column - before.column == _SIDE_BY_SIDE
        if not is_next or isinstance(entry.value, str) != isinstance(before.value, str):
            yield run
            run = []
        run.append(entry)
    yield run


def _terms(page: TimeSheet, name: str, run: Sequence[OpenCell]) -> Iterator[str]:
    """Yields what counts the cells of a run that differ; a blank is no 0, and letters count as they are written."""
    on, here = sheet_prefix(name), page.row + 1
    there = run[0].row + 1
    if isinstance(run[0].value, str):
        for entry in run:
            column, own = xl_col_to_name(entry.column), xl_col_to_name(entry.column + _SHIFT)
            yield f"(1-EXACT({on}{column}{there},{own}{here}))"
        return
    first, last = run[0].column, run[-1].column
    cells = f"{on}{xl_col_to_name(first)}{there}:{xl_col_to_name(last)}{there}"
    solved = f"{xl_col_to_name(first + _SHIFT)}{here}:{xl_col_to_name(last + _SHIFT)}{here}"
    yield f'SUMPRODUCT(1*({cells}&"|"<>{solved}&"|"))'
