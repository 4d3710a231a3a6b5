"""The sheet that is read first: figures, a table of what to do, remarks, and charts on a page of their own."""

from __future__ import annotations

from xlsxwriter import Workbook

from planner.documents.live_workbook import FirstSheet, SheetNumber
from planner.documents.xlsx.cell_style import Look
from planner.documents.xlsx.item_charts import item_chart
from planner.documents.xlsx.line_formulas import LABEL, Formulas
from planner.documents.xlsx.line_sheets import write_term
from planner.documents.xlsx.time_sheet import TimeSheet
from planner.documents.xlsx.workbook_writing import ROW_PIXELS

_FIRST_ROW, _FIGURE = 4, 3
_ACROSS, _DOWN = 775, 640
"""Pixels that fit on a landscape page of A4 at full size; without Arial columns are drawn a fifth wider than asked."""
_LEAST_SCALE = 0.6
_NARROWER = 0.85
"""Without Arial fewer letters go into a width, and names break at no space."""
_CHART_ROWS, _CHART_GAP = 15, 8


def write_first(workbook: Workbook, page: TimeSheet, sheet: FirstSheet, formulas: Formulas) -> None:
    """Writes the sheet, on one page of print but for its charts."""
    widths = [width for _, width in sheet.headings]
    for column, width in enumerate([*widths, 2]):
        page.sheet.set_column(column, column, width)
    page.row = _FIRST_ROW
    _write_figures(page, sheet, formulas)
    _write_table(page, sheet, formulas)
    page.sheet.freeze_panes(3, 0)
    page.sheet.repeat_rows(0, 2)
    rows, pixels = page.row, sum(round(7 * width + 5) for width in widths)
    _write_charts(workbook, page, sheet, formulas, pixels)
    for sentence in sheet.after:
        page.sentence(sentence)
    page.sheet.print_area(0, 0, page.row, len(widths) - 1)
    # One page for the list where that stays readable; manual breaks need a scale of our own, not "fit to page".
    fitting = min(_ACROSS / pixels, _DOWN / (rows * ROW_PIXELS + 12))
    page.sheet.set_print_scale(int(100 * max(_LEAST_SCALE, min(1.0, fitting))))
    page.is_scaled = True


def _write_figures(page: TimeSheet, sheet: FirstSheet, formulas: Formulas) -> None:
    page.text(page.row, LABEL, sheet.standing, Look.LABEL_STRONG)
    for label, figure, unit in sheet.figures:
        page.row += 1
        page.text(page.row, LABEL, label)
        write_term(page, page.row, _FIGURE, figure.term, formulas, shape=figure.shape)
        page.text(page.row, _FIGURE + 1, unit, Look.UNIT)
    page.row += 2


def _write_table(page: TimeSheet, sheet: FirstSheet, formulas: Formulas) -> None:
    rows = [row for row in sheet.rows if not isinstance(row, str)]
    numeric = {column for row in rows for column, cell in enumerate(row) if isinstance(cell, SheetNumber)}
    for column, (heading, _) in enumerate(sheet.headings):
        page.text(page.row, column, heading, Look.HEADER if column in numeric else Look.HEADER_LEFT)
    page.row += 1
    for row in sheet.rows:
        if isinstance(row, str):
            page.sentence(row)
            continue
        texts = []
        for column, cell in enumerate(row):
            if isinstance(cell, SheetNumber):
                write_term(page, page.row, column, cell.term, formulas, shape=cell.shape)
            elif cell is not None:
                page.text(page.row, column, cell, Look.WORDS)
                texts.append((cell, sheet.headings[column][1] * _NARROWER))
        page.make_room(page.row, texts)
        page.row += 1


def _write_charts(workbook: Workbook, page: TimeSheet, sheet: FirstSheet, formulas: Formulas, pixels: int) -> None:
    """Writes the charts below the table, two abreast, on a page of their own."""
    page.sheet.set_h_pagebreaks([page.row + 1])
    page.row += 1
    for column in range(len(sheet.headings)):
        page.text(page.row, column, "" if column else "Charts", Look.SECTION)
    page.row += 1
    for at, described in enumerate(sheet.charts):
        chart = item_chart(workbook, described, formulas.places)
        chart.set_size({"width": pixels // 2 - _CHART_GAP, "height": _CHART_ROWS * ROW_PIXELS - 6})
        left = _CHART_GAP // 2 + at % 2 * (pixels // 2)
        row = page.row + at // 2 * _CHART_ROWS
        page.sheet.insert_chart(row, LABEL, chart, {"x_offset": left, "y_offset": 4, "object_position": 2})
    page.row += -(-len(sheet.charts) // 2) * _CHART_ROWS
