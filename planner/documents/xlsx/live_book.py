"""A workbook with live formulas: its sheets in order, with titles, headers, flags and print set-up."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest

from xlsxwriter.format import Format

from planner.documents.blocks import TableBlock
from planner.documents.cell_text import WHOLE, Shape, number
from planner.documents.formula_terms import Term
from planner.documents.line_items import TimeAxis
from planner.documents.live_workbook import (
    AboutSheet,
    AnySheet,
    CheckSheet,
    FirstSheet,
    InputSheet,
    LineSheet,
    LiveWorkbook,
    TableSheet,
)
from planner.documents.xlsx.as_solved_sheet import SOLVED, SOLVED_TITLE, changed_place, write_solved
from planner.documents.xlsx.cell_formulas import FIRST_ROW
from planner.documents.xlsx.cell_style import CellKind, Look
from planner.documents.xlsx.check_sheets import draw_about
from planner.documents.xlsx.document_book import A4_WIDTH, DocumentFormats, Leaf
from planner.documents.xlsx.first_sheet import write_first
from planner.documents.xlsx.input_sheet import place_inputs, write_inputs
from planner.documents.xlsx.item_charts import draw_stack
from planner.documents.xlsx.line_formulas import (
    FIRST,
    HEADER_ROW,
    LABEL,
    NOTE,
    NUMBER_ROW,
    TOP,
    TOTAL,
    UNIT,
    YEAR_ROW,
    Formulas,
    Place,
)
from planner.documents.xlsx.line_sheets import place_rows, write_rows
from planner.documents.xlsx.table_sheets import draw_table, freeze, widths_of
from planner.documents.xlsx.time_sheet import OpenCell, TimeSheet
from planner.documents.xlsx.workbook_writing import (
    A3,
    A4,
    FAILS,
    HOLDS,
    PlainSheet,
    begin_workbook,
    close_sheet,
    set_up_page,
    write_formula,
)

CHANGED = "Inputs changed: plan again"
_SAMPLE = 1234.0
_MEANINGS = {
    CellKind.INPUT: "an input of the case, or a constant",
    CellKind.PLAN: "a value of the plan: a decision, or a figure of the solver or the ledger",
    CellKind.CALC: "a formula over cells of its sheet",
    CellKind.LINK: "a formula that reads other sheets",
}
_FLAG_ROW = 2
_MOST_ON_A4, _MOST_ON_A3 = 14, 30
_TABLE_GAP = 4


def live_workbook(described: LiveWorkbook) -> bytes:
    """Returns a workbook as the bytes of an `.xlsx` file; the same description gives the same bytes."""
    book = LiveBook(described)
    for sheet in described.sheets:
        book.write(sheet)
    return book.finish()


@dataclass(eq=False)
class LiveBook:
    """The workbook while it is written."""

    described: LiveWorkbook
    stream: io.BytesIO = field(default_factory=io.BytesIO)
    pages: dict[str, TimeSheet] = field(default_factory=dict)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    open_cells: dict[str, list[OpenCell]] = field(default_factory=dict)
    """The cells of each sheet that can be overwritten."""

    def __post_init__(self) -> None:
        self.workbook = begin_workbook(self.stream, self.described.title)
        self.formats = DocumentFormats(self.workbook)
        places: dict[object, Place] = {
            ("changed", is_input): changed_place(is_input=is_input) for is_input in (True, False)
        }
        for sheet in self.described.sheets:
            self._begin(sheet)
            if isinstance(sheet, LineSheet):
                place_rows(sheet, places)
            elif isinstance(sheet, InputSheet):
                place_inputs(sheet, places)
        self.pages[SOLVED] = self._page(SOLVED, SOLVED_TITLE, TimeAxis())
        self.formulas = Formulas(places)

    def write(self, sheet: AnySheet) -> None:
        """Writes a sheet."""
        if isinstance(sheet, LineSheet):
            page = self.pages[sheet.name]
            _write_header(page, sheet)
            write_rows(page, sheet, self.formulas)
        elif isinstance(sheet, FirstSheet):
            write_first(self.workbook, self.pages[sheet.name], sheet, self.formulas)
        elif isinstance(sheet, InputSheet):
            write_inputs(self.pages[sheet.name], sheet)
        elif isinstance(sheet, AboutSheet):
            draw_about(self.leaves[sheet.name], sheet.parts, self._samples())
        else:
            self._write_tables(self.leaves[sheet.name], sheet)

    def finish(self) -> bytes:
        """Writes what was solved, flags and print set-up, and returns the bytes of the workbook."""
        self.open_cells |= {name: page.entries for name, page in self.pages.items() if name != SOLVED}
        order = {sheet.name: self.open_cells[sheet.name] for sheet in self.described.sheets}
        write_solved(self.pages[SOLVED], order)
        checks = next(sheet for sheet in self.described.sheets if isinstance(sheet, CheckSheet))
        words = self._write_flag(checks)
        for page in self.pages.values():
            self._show_flag(page.sheet, checks, words, is_own=page.name == checks.name)
            if page.columns:
                page.finish(hides_noise=page.name != checks.name)
            self._set_up(page, is_checks=page.name == checks.name)
            close_sheet(page.sheet)
        for leaf in self.leaves.values():
            self._show_flag(leaf.sheet, checks, words, is_own=False)
            paper = A4 if leaf.width <= A4_WIDTH else A3
            set_up_page(leaf.sheet, self.described.footer, paper=paper)
            leaf.sheet.fit_to_pages(1, 0)
            leaf.sheet.repeat_rows(*leaf.heads)
            leaf.sheet.print_area(0, 0, leaf.rows - 1, leaf.columns - 1)
            close_sheet(leaf.sheet, has_filter=True)
        self.pages[self.described.sheets[0].name].sheet.activate()
        self.workbook.close()
        return self.stream.getvalue()

    def _begin(self, sheet: AnySheet) -> None:
        if isinstance(sheet, TableSheet | AboutSheet):
            added = self.workbook.add_worksheet(sheet.name, worksheet_class=PlainSheet)
            leaf = self.leaves[sheet.name] = Leaf(sheet.name, added, self.formats, is_locked=True)
            self.open_cells[sheet.name] = []
            leaf.titles(sheet.title, self.described.subtitle)
        elif isinstance(sheet, LineSheet):
            self.pages[sheet.name] = self._page(sheet.name, sheet.title, sheet.axis)
        else:
            self.pages[sheet.name] = self._page(sheet.name, sheet.title, TimeAxis())

    def _page(self, name: str, title: str, axis: TimeAxis) -> TimeSheet:
        sheet = self.workbook.add_worksheet(name, worksheet_class=PlainSheet)
        page = TimeSheet(name, sheet, self.formats, axis.labels, axis.reported)
        page.titles(title, self.described.subtitle)
        return page

    def _write_tables(self, leaf: Leaf, sheet: TableSheet) -> None:
        """Writes tables below each other, and the charts that read them."""
        every = [widths_of(table) for table in sheet.tables]
        leaf.widths([max(own) for own in zip_longest(*every, fillvalue=0.0)])
        first = FIRST_ROW
        firsts: dict[str, int] = {}
        for table in sheet.tables:
            if firsts:
                leaf.text(first - _TABLE_GAP + 1, LABEL, table.title, Look.SECTION)
            write = partial(self._write_number, leaf, table, {} if firsts else sheet.links)
            firsts[table.name] = first
            first = draw_table(leaf, table, write, first) + _TABLE_GAP
        freeze(leaf, sheet.tables[0])
        if len(firsts) == 1:
            leaf.sheet.autofilter(FIRST_ROW - 1, 0, leaf.rows - 1, len(sheet.tables[0].columns) - 1)
        for chart in sheet.charts:
            table = next(table for table in sheet.tables if table.name == chart.table)
            draw_stack(self.workbook, leaf, chart, table, firsts[table.name])

    def _samples(self) -> list[tuple[float, Format, str]]:
        found = [(_SAMPLE, self.formats.number(kind, WHOLE), meaning) for kind, meaning in _MEANINGS.items()]
        brackets = "brackets: below zero (income where the line is a cost); a dash is zero"
        return [*found, (-_SAMPLE, self.formats.number(CellKind.CALC, WHOLE), brackets)]

    def _write_number(
        self, leaf: Leaf, table: TableBlock, links: Mapping[tuple[int, int], Term], cell: tuple[int, int],
        where: tuple[int, int], shape: Shape,
    ) -> None:  # fmt: skip
        """Writes a number of a table, which can be overwritten, or a formula that reads where it stands elsewhere."""
        is_strong, link = cell[0] in table.bold, links.get(cell)
        if link is not None:
            form = self.formats.value(CellKind.LINK, shape, is_strong=is_strong)
            leaf.formula(*where, self.formulas.of(link, leaf.name), link.number(), form)
            return
        value = number(table.rows[cell[0]][cell[1]]) or 0.0
        leaf.value(*where, value, self.formats.value(CellKind.PLAN, shape, is_strong=is_strong))
        self.open_cells[leaf.name].append(OpenCell(*where, CellKind.PLAN, value))

    def _write_flag(self, checks: CheckSheet) -> str:
        """Writes the words of the overall verdict, and returns them."""
        assert checks.verdicts is not None
        words = HOLDS if min(checks.verdicts.numbers()) else FAILS
        flag = f'IF({self._overall(checks)}=1,"{HOLDS}","{FAILS}")'
        changed = changed_place(is_input=True)
        # An edited tolerance is an edited input too, so what is counted here does not go by it.
        counted = f"'{changed.sheet}'!$C${changed.row + 1}"
        formula = f'IF({counted}>0,"{CHANGED}",{flag})'
        form = self.formats.text(Look.FLAG)
        write_formula(self.pages[checks.name].sheet, _FLAG_ROW, LABEL, formula, words, form)
        return words

    def _overall(self, checks: CheckSheet) -> str:
        return f"$C${self.formulas.places[checks.rows[0]].row + 1}"

    def _show_flag(self, sheet: PlainSheet, checks: CheckSheet, words: str, *, is_own: bool) -> None:
        if not is_own:
            form = self.formats.text(Look.FLAG)
            write_formula(sheet, _FLAG_ROW, LABEL, f"{checks.name}!$A${_FLAG_ROW + 1}", words, form)
        alarm = {"type": "formula", "criteria": f'=$A${_FLAG_ROW + 1}<>"{HOLDS}"', "format": self.formats.alarm()}
        sheet.conditional_format(_FLAG_ROW, LABEL, _FLAG_ROW, LABEL, alarm)

    def _set_up(self, page: TimeSheet, *, is_checks: bool) -> None:
        sheet, count = page.sheet, len(page.columns)
        is_wide = count > _MOST_ON_A4 or page.is_wide
        set_up_page(sheet, self.described.footer, paper=A3 if is_wide else A4)
        if page.is_scaled:
            return
        across = -(-count // _MOST_ON_A3) if count else 1
        sheet.fit_to_pages(across, 0)
        if across > 1:
            sheet.repeat_columns(LABEL, NOTE)
        if count:
            sheet.repeat_rows(0 if is_checks else HEADER_ROW, HEADER_ROW if is_checks else YEAR_ROW)
            sheet.print_area(0, 0, max(page.row - 1, TOP), FIRST + count - 1)


def _write_header(page: TimeSheet, sheet: LineSheet) -> None:
    """Writes the header over time: labels, numbers of the periods and calendar years."""
    axis, is_checks = sheet.axis, isinstance(sheet, CheckSheet)
    is_ahead = axis.reported < len(axis.labels)
    total = f"{sheet.total}, of the reported periods" if is_ahead else sheet.total
    for column, word in ((LABEL, "Line"), (UNIT, "Unit"), (TOTAL, total), (NOTE, "Note")):
        page.text(HEADER_ROW, column, word, Look.HEADER_LEFT)
    has_years = axis.is_by_year or (axis.is_of_periods and not axis.is_yearly)
    timing = page.formats.text(Look.TIMING)
    for index, label in enumerate(axis.labels):
        is_grey = not is_checks and index >= axis.reported
        page.text(HEADER_ROW, FIRST + index, label, Look.HEADER_GREY if is_grey else Look.HEADER)
        if axis.is_of_periods:
            page.sheet.write_number(NUMBER_ROW, FIRST + index, index + 1, timing)
        if has_years:
            page.sheet.write_number(YEAR_ROW, FIRST + index, axis.years[index], timing)
    if axis.is_of_periods:
        page.text(NUMBER_ROW, LABEL, "Number of the period", Look.UNIT)
    if has_years:
        page.text(YEAR_ROW, LABEL, "Calendar year", Look.UNIT)
    else:
        page.sheet.set_row_pixels(YEAR_ROW, 4)
    page.sheet.set_row_pixels(HEADER_ROW, 30)
    page.sheet.freeze_panes(TOP, FIRST)
