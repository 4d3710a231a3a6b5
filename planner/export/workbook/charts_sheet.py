"""Charts of the summary: all of them point at cells of the other sheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlsxwriter.chart import Chart

from models.tables.fleet_rows import CASH_CATEGORIES
from planner.documents.cell_text import axis_percent
from planner.documents.xlsx.cell_style import GREY, NAVY, PALETTE, Look
from planner.documents.xlsx.time_sheet import FIRST, HEADER_ROW, LABEL, TimeRow, TimeSheet
from planner.documents.xlsx.workbook_writing import ROW_PIXELS
from planner.export.workbook.plan_book import POWER, SERVICE, YEARS, PlanBook

CHART_ROWS = 15
HEIGHT = CHART_ROWS * ROW_PIXELS - 6
GAP = 8
NOTHING = 1e-9


def add_charts(book: PlanBook, page: TimeSheet, width: int) -> int:
    """Adds the charts below the list, on a page of their own, and returns the last row that they take.

    Two stand abreast within the width, in pixels.
    """
    page.sheet.set_h_pagebreaks([page.row + 1])
    page.row += 1
    page.text(page.row, LABEL, "Charts", Look.SECTION)
    for column in range(1, 7):
        page.text(page.row, column, "", Look.SECTION)
    first = page.row + 1
    made = [
        _capacity(book),
        _spending(book),
        _fleet(book),
        _vendors(book),
        _unserved(book),
    ]
    shown = [chart for chart in made if chart is not None]
    for at, chart in enumerate(shown):
        row = first + (at // 2) * CHART_ROWS
        chart.set_size({"width": width // 2 - GAP, "height": HEIGHT})
        left = GAP // 2 + at % 2 * (width // 2)
        page.sheet.insert_chart(row, LABEL, chart, {"x_offset": left, "y_offset": 4, "object_position": 2})
    last = first + -(-len(shown) // 2) * CHART_ROWS
    if _unserved(book, only_asks=True) is None:
        page.text(last, LABEL, "All demand is served in every period.", Look.SUBTITLE)
        last += 1
    page.row = last
    return last


def _series(chart: Chart, line: TimeRow, axis: TimeRow, *, colour: str, is_line: bool = False, name: str = "") -> None:
    """Adds a line of a sheet to a chart; its name is that of the cell, so that no text of the inputs is read."""
    end = FIRST + len(line.values) - 1
    facts: dict[str, Any] = {
        "name": name or [line.sheet, line.row, LABEL],
        "categories": [axis.sheet, HEADER_ROW, FIRST, HEADER_ROW, end],
        "values": [line.sheet, line.row, FIRST, line.row, end],
    }
    if is_line:
        facts |= {
            "line": {"color": colour, "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": colour}},
        }
    else:
        facts |= {"fill": {"color": colour}, "border": {"none": True}, "gap": 60}
    chart.add_series(facts)


def _chart(book: PlanBook, subtype: str, title: str, unit: str, form: str = "#,##0") -> Chart:
    chart = book.workbook.add_chart({"type": "column", "subtype": subtype} if subtype else {"type": "column"})
    chart.set_title({"name": title, "name_font": {"size": 11, "bold": True, "color": NAVY}, "overlay": False})
    size = len(book.facts.labels)
    axis = {"num_font": {"size": 8, "color": GREY}, "line": {"color": GREY}, "label_position": "low"}
    chart.set_x_axis({**axis, "interval_unit": max(1, size // 12)})
    chart.set_y_axis({
        "num_font": {"size": 8, "color": GREY}, "num_format": form, "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}},
        "name": unit, "name_font": {"size": 8, "bold": False, "color": GREY},
    })  # fmt: skip
    chart.set_legend({"position": "right", "font": {"size": 8}})
    chart.set_chartarea({"border": {"color": "#D9D9D9"}})
    return chart


def _capacity(book: PlanBook) -> Chart | None:
    """Installed capability, and the part of it that demand keeps at work."""
    if ("capability", "all") not in book.lines:
        return None
    installed, work = book.lines["capability", "all"], book.lines["at work", "all"]
    chart = _chart(book, "", "Capacity against demand", "capability-weighted units")
    _series(chart, installed, installed, colour=PALETTE[8], name="installed")
    line = book.workbook.add_chart({"type": "line"})
    _series(line, work, work, colour=PALETTE[4], is_line=True, name="demand keeps at work")
    chart.combine(line)
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    assert work.sheet == POWER
    return chart


def _spending(book: PlanBook) -> Chart | None:
    """Cash by category, with the budget that counts all of it where there is one for each column."""
    is_long = YEARS in book.pages
    lines = [book.lines["year", "cash", each] if is_long else book.lines["cash", each] for each in CASH_CATEGORIES]
    lines = [line for line in lines if any(abs(value) > NOTHING for value in line.values)]
    if not lines:
        return None
    title = "Spending by category and year" if is_long else "Spending by category"
    chart = _chart(book, "stacked", title, "USD million")
    for line, colour in zip(lines, _colours(len(lines)), strict=True):
        _series(chart, line, line, colour=colour)
    budget = _budget_line(book, is_long=is_long)
    if budget is not None:
        over = book.workbook.add_chart({"type": "line"})
        _series(over, budget, budget, colour="#C00000", is_line=True, name="budget")
        chart.combine(over)
        chart.set_title(
            {
                "name": title.replace("Spending", "Spending and budget", 1),
                "name_font": {"size": 11, "bold": True, "color": NAVY},
            }
        )
    return chart


def _budget_line(book: PlanBook, *, is_long: bool) -> TimeRow | None:
    """Returns the amounts of the first budget over all categories, where each column has one."""
    for row in book.facts.loaded.case.budgets:
        name = f"Budget {row.budget}"
        key = ("year", "given", name) if is_long else ("given", name)
        if "all" in row.categories and key in book.lines and all(book.lines[key].values):
            return book.lines[key]
    return None


def _fleet(book: PlanBook) -> Chart | None:
    lines = [line for key, line in book.lines.items() if key[0] == "fleet" and key[1] != "all"]
    return _stack(book, lines, "stacked", "Fleet by accelerator", "units at the end of the period")


def _vendors(book: PlanBook) -> Chart | None:
    lines = [line for key, line in book.lines.items() if key[0] == "vendor"]
    return _stack(book, lines, "percent_stacked", "Vendor share of installed capability", "share", form="0%")


def _unserved(book: PlanBook, *, only_asks: bool = False) -> Chart | None:
    lines = [line for key, line in book.lines.items() if key[0] == "unserved share"]
    lines = [line for line in lines if any(value > NOTHING for value in line.values)]
    if not lines or only_asks:
        return None if not lines else _chart(book, "", "", "")
    assert lines[0].sheet == SERVICE
    form = axis_percent([0.0, *(value for line in lines for value in line.values)])
    chart = _chart(book, "", "Demand that is not served", "share of demand", form)
    for line, colour in zip(lines, _colours(len(lines)), strict=True):
        _series(chart, line, line, colour=colour)
    return chart


def _stack(
    book: PlanBook, lines: Sequence[TimeRow], subtype: str, title: str, unit: str, form: str = "#,##0"
) -> Chart | None:
    shown = [line for line in lines if any(abs(value) > NOTHING for value in line.values)]
    if not shown:
        return None
    chart = _chart(book, subtype, title, unit, form)
    for line, colour in zip(shown, _colours(len(shown)), strict=True):
        _series(chart, line, line, colour=colour)
    return chart


def _colours(count: int) -> list[str]:
    return [PALETTE[index % len(PALETTE)] for index in range(count)]
