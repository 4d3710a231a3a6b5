"""The sheets of checks and of where a document is from: do the formulas give what is stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from xlsxwriter.format import Format

from planner.documents.cell_text import FINE, TINY, VERDICT, Shape
from planner.documents.live_workbook import LEAST_SIZE, TOLERANCE
from planner.documents.xlsx.cell_formulas import BASE_ROW, VALUE_COLUMN, Group, at, groups_of
from planner.documents.xlsx.cell_style import CellKind, Look
from planner.documents.xlsx.document_book import ABOUT, CHECKS, FLAG_ROW, TOP, DocumentBook, Leaf
from planner.documents.xlsx.workbook_writing import FAILS, HOLDS, LINE_PIXELS, lines_of, sheet_prefix

AboutPart: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""The title of a part, and its labels and texts."""
_HEADS = ("What must hold", "Unit", "In this workbook", "As found", "Difference", "Allowed", "Holds")
_WIDTHS = (70.0, 13.0, 17.0, 17.0, 13.0, 13.0, 9.0)
_ABOUT_WIDTHS = (38.0, 100.0)
_HONEST = (
    "Everything of a plan is a value that the solver found. Formulas are only what follows from those values by a "
    "simple step: differences, shares of the undisturbed cost, largest and mean regret, and what is read from another "
    "sheet. Change a value and they follow; the solver does not run again.",
    "Charts read the sheet Chart data, whose rows are sorted for them.",
    "This workbook was not tested in Microsoft Office: LibreOffice and a formula engine stood in.",
    "Sheets are protected without a password, so that formulas are not overwritten by accident; filters work.",
)
_MEANINGS = (
    (CellKind.PLAN, "a value that was found"),
    (CellKind.CALC, "a formula over cells of its sheet and of the sheet Checks"),
    (CellKind.LINK, "a formula that reads another sheet"),
)


def write_checks(book: DocumentBook) -> str:
    """Writes the sheet of checks and returns the words of the overall flag; nothing where no cell is a formula."""
    groups = [*groups_of(book.document)]
    if not groups:
        return ""
    leaf = book.leaf(CHECKS, "Checks: do the formulas give what was found")
    leaf.widths(_WIDTHS)
    constants = book.document.constants.values()
    for row, (label, unit, value) in enumerate(constants, BASE_ROW):
        leaf.text(row, 0, label, Look.LABEL)
        leaf.text(row, 1, unit, Look.UNIT)
        leaf.value(row, VALUE_COLUMN, value, book.formats.value(CellKind.PLAN, FINE))
    first = BASE_ROW + max(1, len(constants))
    allowances = (("Allowed difference, of the size", TOLERANCE), ("Size of what is next to nothing", LEAST_SIZE))
    for row, (label, value) in enumerate(allowances, first):
        leaf.text(row, 0, label, Look.LABEL)
        leaf.value(
            row,
            VALUE_COLUMN,
            value,
            book.formats.value(CellKind.PLAN, TINY if value < 1 else FINE),
        )
    head = first + 3
    for place, title in enumerate(_HEADS):
        leaf.text(head, place, title, Look.HEADER_LEFT if place < VALUE_COLUMN else Look.HEADER)
    leaf.heads = (head, head)
    leaf.sheet.freeze_panes(head + 1, 1)
    holds = [_check(book, leaf, head + 1 + row, group, first) for row, group in enumerate(groups)]
    overall = min(holds)
    words = HOLDS if overall else FAILS
    span = f"G{head + 2}:G{head + 1 + len(holds)}"
    flag = book.formats.text(Look.FLAG)
    leaf.sheet.write_formula(FLAG_ROW, 0, f'=IF(MIN({span})=1,"{HOLDS}","{FAILS}")', flag, words)
    alarm = {"type": "cell", "criteria": "==", "value": 0, "format": book.formats.alarm()}
    leaf.sheet.conditional_format(head + 1, 6, head + len(holds), 6, alarm)
    return words


def _check(book: DocumentBook, leaf: Leaf, row: int, group: Group, first: int) -> float:
    """Writes one check and returns 1 where it holds; `first` is the row of the allowed difference."""
    table, reported, here = group.table, group.reported, group.here
    unit = table.columns[group.first].unit
    leaf.text(row, 0, f"Sheet {book.names[table.name]}: {group.says}, added up", Look.LABEL)
    leaf.text(row, 1, unit, Look.UNIT)
    tiny = book.formats.value(CellKind.CALC, TINY)
    end = len(table.rows) - 1
    span = f"{sheet_prefix(book.names[table.name])}{at(0, group.first)}:{at(end, group.last)}"
    leaf.formula(row, 2, f"SUM({span})", here, book.formats.value(CellKind.LINK, FINE))
    leaf.value(row, 3, reported, book.formats.value(CellKind.PLAN, FINE))
    n = row + 1
    leaf.formula(row, 4, f"C{n}-D{n}", here - reported, tiny)
    tolerance, least = f"$C${first + 1}", f"$C${first + 2}"
    allowed = TOLERANCE * max(LEAST_SIZE, abs(reported))
    leaf.formula(row, 5, f"{tolerance}*MAX({least},ABS(D{n}))", allowed, tiny)
    holds = 1.0 if abs(here - reported) <= allowed else 0.0
    form = book.formats.value(CellKind.CALC, VERDICT)
    leaf.formula(row, 6, f"IF(ABS(E{n})<=F{n},1,0)", holds, form)
    return holds


def write_about(book: DocumentBook) -> None:
    """Writes where a document comes from, what limits it, and how to read the workbook."""
    document = book.document
    notes = tuple(("", note) for note in document.notes or ("Nothing is noted.",))
    reading = tuple(("", sentence) for sentence in (*document.how_to_read, *_HONEST))
    parts = (document.kind.capitalize(), document.facts), ("What limits it", notes), ("How to read it", reading)
    samples = [(1234.0, book.formats.value(kind, Shape()), meaning) for kind, meaning in _MEANINGS]
    samples += [
        (-1234.0, book.formats.value(CellKind.PLAN, Shape()), "brackets: below zero; a dash is zero"),
        (-1234.0, book.formats.value(CellKind.PLAN, Shape(is_signed=True)), "a difference, with its sign"),
        (1234.0, book.formats.value(CellKind.PLAN, Shape(), is_quiet=True), "within the gaps: no finding"),
    ]
    draw_about(book.leaf(ABOUT, "About this workbook"), parts, samples)


def draw_about(leaf: Leaf, parts: Sequence[AboutPart], samples: Sequence[tuple[float, Format, str]]) -> None:
    """Writes parts with labels and texts, and a legend of numbers in the formats that are explained."""
    leaf.widths(_ABOUT_WIDTHS)
    row = TOP - 1
    for title, texts in parts:
        row = _head(leaf, row + 1, title)
        for label, text in texts:
            if label:
                leaf.text(row, 0, label, Look.LABEL)
            row = _says(leaf, row, text)
    row = _head(leaf, row + 1, "Legend")
    for amount, form, meaning in samples:
        leaf.value(row, 0, amount, form)
        row = _says(leaf, row, meaning)


def _head(leaf: Leaf, row: int, title: str) -> int:
    leaf.text(row, 0, title, Look.SECTION)
    leaf.text(row, 1, "", Look.SECTION)
    return row + 1


def _says(leaf: Leaf, row: int, text: str) -> int:
    leaf.text(row, 1, text, Look.WORDS)
    lines = lines_of(text, _ABOUT_WIDTHS[1] * 0.95)
    if lines > 1:
        leaf.sheet.set_row_pixels(row, lines * LINE_PIXELS + 4)
    return row + 1
