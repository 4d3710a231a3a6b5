"""Sheets of line items: where their rows stand, and their numbers, formulas, words and checks."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TypeAlias

from xlsxwriter.utility import xl_col_to_name

from planner.documents.cell_text import FINE, TINY, VERDICT, Shape
from planner.documents.formula_terms import Number, Term
from planner.documents.line_items import Constant, LineItem
from planner.documents.live_workbook import Check, CheckSheet, EventRow, LineSheet, PartTitle, Remark, Verdicts
from planner.documents.xlsx.cell_style import CellKind
from planner.documents.xlsx.line_formulas import FIRST, NOTE, TOP, TOTAL, VERDICT_COLUMN, Formulas, Place
from planner.documents.xlsx.time_sheet import TimeSheet

Places: TypeAlias = MutableMapping[object, Place]
_AT_START = "at the start"


def place_rows(sheet: LineSheet, places: Places) -> None:
    """Adds where each row of a sheet stands that formulas may read."""
    row = TOP
    for entry in sheet.rows:
        if isinstance(entry, PartTitle):
            row += 1 if row > TOP else 0
        elif isinstance(entry, LineItem | Constant | Check):
            places[entry] = Place(sheet.name, row)
        row += 1


def write_rows(page: TimeSheet, sheet: LineSheet, formulas: Formulas) -> None:
    """Writes the rows of a sheet below its header."""
    for row in sheet.rows:
        if isinstance(row, LineItem):
            _write_item(page, row, formulas)
        elif isinstance(row, Constant):
            _write_constant(page, row, formulas)
        elif isinstance(row, PartTitle):
            page.section(row.title)
        elif isinstance(row, Remark):
            page.sentence(row.text)
        elif isinstance(row, EventRow):
            page.events(row.label, row.words, note=row.note)
        elif isinstance(sheet, CheckSheet) and sheet.verdicts is not None:
            _write_check(page, row, sheet.verdicts, formulas)
    if isinstance(sheet, CheckSheet) and sheet.verdicts is not None:
        _show_failures(page, sheet.verdicts, formulas.places)


def write_term(
    page: TimeSheet, row: int, column: int, term: Term, formulas: Formulas, *, shape: Shape, is_input: bool = False,
    is_strong: bool = False,
) -> None:  # fmt: skip
    """Writes a number, or a term as a formula with its value."""
    if isinstance(term, Number):
        page.number(row, column, term.amount, kind=CellKind.INPUT if is_input else CellKind.PLAN, numbers=shape)
        return
    formula = formulas.of(term, page.name)
    kind = CellKind.LINK if formulas.has_links else CellKind.CALC
    page.cell(row, column, formula, term.value(0), kind=kind, numbers=shape, is_strong=is_strong)


def _write_constant(page: TimeSheet, constant: Constant, formulas: Formulas) -> None:
    row = page.begin_row(constant.label, constant.unit, constant.note, is_strong=constant.is_strong)
    write_term(
        page, row, TOTAL, constant.source, formulas, shape=constant.shape, is_input=constant.is_input,
        is_strong=constant.is_strong,
    )  # fmt: skip


def _write_item(page: TimeSheet, item: LineItem, formulas: Formulas) -> None:
    row = page.begin_row(item.label, item.unit, item.note, is_strong=item.is_strong)
    if item.start:
        page.number(row, NOTE, item.start, kind=CellKind.INPUT, numbers=item.shape, lead=_AT_START)
    if isinstance(item.source, Term):
        formula = formulas.across(item.source, page.name)
        kind = CellKind.LINK if formulas.has_links else CellKind.CALC
        values = [item.value(at) for at in range(len(page.columns))]
        page.formulas(row, formula, values, kind=kind, numbers=item.shape, is_strong=item.is_strong)
    else:
        kind = CellKind.INPUT if item.is_input else CellKind.PLAN
        for at, value in enumerate(item.source):
            if value is not None:
                page.number(row, FIRST + at, value, kind=kind, numbers=item.shape)
    if item.total_term is not None:
        shape = item.total_shape or item.shape
        write_term(page, row, TOTAL, item.total_term, formulas, shape=shape, is_strong=item.is_strong)


def _write_check(page: TimeSheet, check: Check, verdicts: Verdicts, formulas: Formulas) -> None:
    """Writes a difference, the size of what is compared, how much is allowed, and whether it holds."""
    row = page.begin_row(check.label, check.unit, check.note)
    write_term(page, row, TOTAL, check.difference, formulas, shape=TINY)
    write_term(page, row, FIRST, check.size, formulas, shape=FINE)
    n = row + 1
    difference, size, allowed = (f"${xl_col_to_name(column)}${n}" for column in (TOTAL, FIRST, FIRST + 1))
    tolerance, least = (formulas.of(term, page.name) for term in (verdicts.tolerance, verdicts.least))
    most = verdicts.allowed(check)
    page.cell(row, FIRST + 1, f"{tolerance}*MAX({least},ABS({size}))", most, numbers=TINY)
    formula, holds = f"IF(ABS({difference})<={allowed},1,0)", float(abs(check.difference.number()) <= most)
    page.cell(row, VERDICT_COLUMN, formula, holds, numbers=VERDICT)


def _show_failures(page: TimeSheet, verdicts: Verdicts, places: Places) -> None:
    first, last = places[verdicts.checks[0]].row, places[verdicts.checks[-1]].row
    # Rows between the checks are blank there, and a blank is not compared with a number.
    facts = {"type": "formula", "criteria": f"=AND(ISNUMBER($G{first + 1}),$G{first + 1}=0)"}
    page.sheet.conditional_format(
        first, VERDICT_COLUMN, last, VERDICT_COLUMN, {**facts, "format": page.formats.alarm()}
    )  # fmt: skip
