"""A comparison as a workbook: a summary that prints on one page, then a sheet for each part with live differences."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from planner.compare.grids import category_name, is_total
from planner.compare.page import Page, decision_words, figure_name, page_of
from planner.compare.parts import CASH, FRACTION, MUSD, Comparison, Line, Standing
from planner.compare.sheets import (
    RUNS,
    RUNS_COST,
    RUNS_FIRST,
    RUNS_GAP,
    Book,
    Sheet,
    line_titles,
    number_format,
    print_set_up,
    write_line,
)
from planner.compare.words import headline, verdict_text
from planner.documents.xlsx.safe_cells import write_safe

# The date of every entry in the file, so that equal content gives equal bytes.
_ZERO_DAY = datetime.datetime(1980, 1, 1)
_ZOOM = 90
_LABEL_WIDTH, _VALUE_WIDTH, _REMARK_WIDTH = 34, 12, 15
_DETAILS = (
    ("Orders", "orders", ("Kind", "Item")),
    ("Money", "money", ("Category",)),
    ("Service", "service", ("Workload",)),
    ("Key figures", "key_figures", ("Figure",)),
)


def comparison_workbook(comparison: Comparison) -> bytes:
    """Returns a comparison as the bytes of an `.xlsx` file.

    Differences, per cent and what lies inside the gaps are formulas over the values of the runs, with their values
    stored; values on the summary are links to the sheets behind it.
    """
    book = Book.new()
    book.book.set_properties({"title": "fleetplan compare", "created": _ZERO_DAY})
    names = ("Summary", "Decisions", *(name for name, _, _ in _DETAILS), "Inputs", RUNS)
    sheets = {name: Sheet(book, book.book.add_worksheet(name)) for name in names}
    links: dict[tuple[str, ...], dict[int, str]] = {}
    for name, part, labels in _DETAILS:
        links |= _detail(sheets[name], comparison, name, part, labels)
    _summary(sheets["Summary"], comparison, page_of(comparison), links)
    _decisions(sheets["Decisions"], comparison)
    _inputs(sheets["Inputs"], comparison)
    _runs(sheets[RUNS], comparison)
    return book.bytes()


def _lines(comparison: Comparison, part: str) -> tuple[Line, ...]:
    found: tuple[Line, ...] = getattr(comparison, part)
    return found


def _detail(
    sheet: Sheet, comparison: Comparison, name: str, part: str, labels: tuple[str, ...]
) -> dict[tuple[str, ...], dict[int, str]]:
    """Writes every line of a part; returns where the values stand, by the part and labels of the line, and run."""
    times = {"orders": comparison.grain.capitalize(), "money": "Year", "service": comparison.grain.capitalize()}
    titles = [*labels, *([times[part]] if part in times else []), *(["Measure"] if part == "service" else []), "Unit"]
    start = len(titles)
    sheet.text(0, 0, _TITLES[part], bold=True, font_size=13, font_color="#1F3A5F")
    sheet.head(2, [*titles, *line_titles(comparison)], start)
    links: dict[tuple[str, ...], dict[int, str]] = {}
    for row, line in enumerate(_lines(comparison, part), start=3):
        bold = {"bold": True} if part == "money" and is_total(line) else {}
        for column, label in enumerate((*line.labels, "share" if line.unit == FRACTION else line.unit)):
            told = figure_name(line) if part == "key_figures" and column == 0 else label
            sheet.text(row, column, category_name(told) if part == "money" and column == 0 else told, **bold)
        write_line(sheet, comparison, (row, start), line)
        links[part, *line.labels] = {
            run: f"'{name}'!{xl_rowcol_to_cell(row, start + (0 if run == 0 else 1 + 4 * (run - 1)))}"
            for run, value in enumerate(line.values)
            if value is not None
        }
    sheet.sheet.set_column(0, start - 1, 16)
    _widths(sheet, comparison, start)
    sheet.sheet.freeze_panes(3, start)
    sheet.sheet.repeat_rows(2)
    print_set_up(sheet, comparison, pages_high=0)
    return links


_TITLES = {
    "orders": "Orders, leases and expansions: what is ordered when",
    "money": "Money by category and calendar year, USD million; net present adds up to the objective",
    "service": "Service by workload: demand and unserved work at peak, and the share served",
    "key_figures": "Key figures",
}


def _widths(sheet: Sheet, comparison: Comparison, start: int) -> None:
    sheet.sheet.set_column(start, start, _VALUE_WIDTH)
    for run in comparison.others:
        column = start + 1 + 4 * (run - 1)
        sheet.sheet.set_column(column, column + 1, _VALUE_WIDTH)
        sheet.sheet.set_column(column + 2, column + 2, 9)
        sheet.sheet.set_column(column + 3, column + 3, _REMARK_WIDTH)


def _summary(sheet: Sheet, comparison: Comparison, page: Page, links: dict[tuple[str, ...], dict[int, str]]) -> None:
    first, *others = comparison.sides
    sheet.sheet.set_column(0, 0, _LABEL_WIDTH)
    _widths(sheet, comparison, 1)
    last = 1 + 4 * len(others)
    sheet.text(
        0,
        0,
        f"{', '.join(side.letter for side in others)} against {first.letter}: {first.case}",
        bold=True,
        font_size=15,
    )
    row = _verdicts(sheet, comparison, 1, last)
    row = _paragraphs(sheet, row + 1, last, "What changed in the inputs", page.inputs or ("no input differs",))
    if page.decisions:
        row = _told_decisions(sheet, comparison, page, row + 1, last)
    parts = (
        (f"Net present, {MUSD}", "money", page.present),
        (f"Cash, {MUSD}", "money", page.cash),
        ("Share of demand served", "service", page.service),
        ("Key figures", "key_figures", page.key_figures),
    )
    for title, part, lines in parts:
        row += 1
        sheet.head(row, [title, *line_titles(comparison)], 1)
        for line in lines:
            row += 1
            sheet.text(row, 0, _name(part, line), bold=is_total(line))
            write_line(sheet, comparison, (row, 1), line, links[part, *line.labels], is_bold=is_total(line))
        if lines and part == "money" and lines[0].labels[0] == CASH:
            years = [number for number, line in enumerate(lines) if line.labels[1].isdigit()]
            first_row = row - len(lines) + 1
            _chart(sheet, comparison, (first_row + years[0], first_row + years[-1]), (row + 2, last))
            row += 12
        row += 1
    print_set_up(sheet, comparison, pages_high=1, landscape=False)
    sheet.sheet.set_zoom(_ZOOM)
    sheet.sheet.print_area(0, 0, row, last)


def _name(part: str, line: Line) -> str:
    if part == "money":
        return line.labels[1] if line.labels[0] == CASH else category_name(line.labels[0])
    if part == "service":
        return f"{line.labels[0]}, {line.labels[1]}"
    return figure_name(line) if line.unit == FRACTION else f"{figure_name(line)}, {line.unit}"


def _chart(sheet: Sheet, comparison: Comparison, rows: tuple[int, int], at: tuple[int, int]) -> None:
    """Adds bars of cash by year, a series a run, over the cells of the summary."""
    chart = sheet.book.book.add_chart({"type": "column"})
    colours = ("#1f3a5f", "#d9822b", "#4c9f70", "#a64d79", "#7a7a7a", "#c9b037")
    for run, side in enumerate(comparison.sides[: len(colours)]):
        column = 1 if run == 0 else 2 + 4 * (run - 1)
        chart.add_series(
            {
                "name": side.letter,
                "categories": ["Summary", rows[0], 0, rows[1], 0],
                "values": ["Summary", rows[0], column, rows[1], column],
                "fill": {"color": colours[run]},
                "gap": 60,
            }
        )
    chart.set_title({"name": f"Cash by year, {MUSD}", "name_font": {"size": 10}})
    chart.set_legend({"position": "right"})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E3E3E3"}}})
    chart.set_size({"width": min(230 + at[1] * 84, 900), "height": 230})
    sheet.sheet.insert_chart(at[0] - 1, 0, chart, {"object_position": 2})


def _verdicts(sheet: Sheet, comparison: Comparison, row: int, last: int) -> int:
    for side in comparison.sides:
        text = f"{side.letter}   {side.name}: {side.case}, {side.horizon}"
        _merged(sheet, row, last, text, font_color="#555555")
        row += 1
    for run in comparison.others:
        standing = comparison.verdicts[run - 1].standing
        colour: dict[str, Any] = (
            {"bg_color": "#FDF7E3"} if standing is not Standing.DIFFERENT else {"bg_color": "#F2F5F9"}
        )
        _merged(sheet, row, last, verdict_text(comparison, run), bold=True, **colour)
        row += 1
    _merged(sheet, row, last, headline(comparison))
    for note in comparison.notes:
        row += 1
        _merged(sheet, row, last, note, font_color="#7A5A00")
    return row + 1


def _paragraphs(sheet: Sheet, row: int, last: int, title: str, lines: Sequence[str]) -> int:
    sheet.head(row, [title, *[""] * last], last + 1)
    for line in lines:
        row += 1
        _merged(sheet, row, last, line)
    return row + 1


def _told_decisions(sheet: Sheet, comparison: Comparison, page: Page, row: int, last: int) -> int:
    sheet.head(row, ["What changed in the decisions (bold: done in one run only)", *[""] * last], last + 1)
    named = len(comparison.sides) > 2
    for entry in page.decisions:
        for run, text, flips in decision_words(comparison, entry):
            row += 1
            sheet.text(row, 0, f"{entry.kind.value} {entry.item}", bold=entry.is_flip, text_wrap=True, valign="top")
            told = f"{comparison.sides[run].letter}: {text}" if named else text
            _merged(sheet, row, last, told, first=1, bold=flips)
    if page.more_decisions:
        row += 1
        sheet.text(row, 0, page.more_decisions, italic=True)
    return row + 1


def _merged(sheet: Sheet, row: int, last: int, text: str, *, first: int = 0, **style: object) -> None:
    """Writes text across the page, in a row that is high enough for it."""
    found = sheet.book.style(text_wrap=True, valign="top", **style)
    sheet.sheet.merge_range(row, first, row, last, "", found)
    write_safe(sheet.sheet, row, first, text, found)
    runs = last // 4
    room = (_VALUE_WIDTH + runs * (2 * _VALUE_WIDTH + 9 + _REMARK_WIDTH)) + (_LABEL_WIDTH if first == 0 else 0)
    sheet.high_enough(row, [(text, room)])


def _decisions(sheet: Sheet, comparison: Comparison) -> None:
    sheet.text(0, 0, "Every decision that some run takes; bold: done in one run only", bold=True, font_size=13)
    letters = [side.letter for side in comparison.sides]
    changes = [title for letter in letters[1:] for title in (f"{letter}: change", f"{letter}: in words")]
    sheet.head(2, ["Kind", "Item", *letters, *changes], 99)
    widths = [11, 24, *[30] * len(letters), *[11, 52] * len(comparison.others)]
    for row, (entry, cells) in enumerate(
        zip(comparison.decisions, comparison.tables["decisions"].rows, strict=True), start=3
    ):
        for column, value in enumerate(cells):
            sheet.text(row, column, str(value), bold=entry.is_flip, text_wrap=True, valign="top")
        sheet.high_enough(row, [(str(value), width) for value, width in zip(cells, widths, strict=True)])
    for column, width in enumerate(widths):
        sheet.sheet.set_column(column, column, width)
    sheet.sheet.freeze_panes(3, 2)
    sheet.sheet.repeat_rows(2)
    print_set_up(sheet, comparison, pages_high=0)


def _inputs(sheet: Sheet, comparison: Comparison) -> None:
    sheet.text(0, 0, "Every input that is not the same in all runs", bold=True, font_size=13)
    letters = [side.letter for side in comparison.sides]
    changes = [title for letter in letters[1:] for title in (f"{letter}: change", f"{letter}: %", f"{letter}: where")]
    sheet.head(2, ["Table", "Row", "Time", "Column", "Unit", *letters, *changes], 99)
    widths = [18, 22, 16, 22, 14, *[26] * len(letters), *[12, 9, 26] * len(comparison.others)]
    for row, cells in enumerate(comparison.tables["inputs"].rows, start=3):
        for column, value in enumerate(cells):
            shown = {"num_format": "+0.0%;-0.0%"} if _is_share(column, len(letters)) else {"text_wrap": True}
            sheet.cell(row, column, value, valign="top", align="left", **shown)
        sheet.high_enough(row, [(str(value), width) for value, width in zip(cells, widths, strict=True)])
    if not comparison.inputs:
        sheet.text(3, 0, "no input differs")
    for column, width in enumerate(widths):
        sheet.sheet.set_column(column, column, width)
    sheet.sheet.freeze_panes(3, 2)
    sheet.sheet.repeat_rows(2)
    print_set_up(sheet, comparison, pages_high=0)


def _is_share(column: int, runs: int) -> bool:
    return column >= 5 + runs and (column - 5 - runs) % 3 == 1


def _runs(sheet: Sheet, comparison: Comparison) -> None:
    sheet.text(0, 0, "The runs; the first is the reference", bold=True, font_size=13)
    titles = ["", "Run", "Case", "Horizon", "Status", f"Net present cost, {MUSD}", f"Gap, {MUSD}", "Bound", "Case hash"]
    sheet.head(RUNS_FIRST - 1, titles, RUNS_COST)
    for row, side in enumerate(comparison.sides, start=RUNS_FIRST):
        for column, text in enumerate((side.letter, side.name, side.case, side.horizon, side.status)):
            sheet.text(row, column, text)
        sheet.cell(row, RUNS_COST, side.objective_musd, num_format=number_format(MUSD))
        sheet.cell(row, RUNS_GAP, side.gap_musd, num_format="#,##0.000")
        sheet.cell(row, RUNS_GAP + 1, side.bound_musd, num_format=number_format(MUSD))
        sheet.text(row, RUNS_GAP + 2, side.case_hash)
    last = RUNS_FIRST + len(comparison.sides) + 1
    for number, text in enumerate(
        (
            "A plan costs at most its gap more than the least possible cost of its case.",
            "Two costs that differ by no more than both gaps together are no finding; the remark says so.",
            "Decisions are values from the solver. Differences, per cent and remarks are formulas over them.",
        )
    ):
        sheet.text(last + number, 0, text)
    sheet.sheet.set_column(0, 0, 5)
    sheet.sheet.set_column(1, 4, 24)
    sheet.sheet.set_column(RUNS_COST, RUNS_GAP + 1, 16)
    sheet.sheet.set_column(RUNS_GAP + 2, RUNS_GAP + 2, 68)
    print_set_up(sheet, comparison, pages_high=0)
