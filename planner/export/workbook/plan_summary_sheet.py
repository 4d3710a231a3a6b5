"""The first sheet: headline figures, the decision list, and charts."""

from __future__ import annotations

from planner.documents.content.plan_remarks import owed_lines, remarks
from planner.documents.xlsx.cell_style import SHARE, TENTHS, CellKind, Look, Numbers
from planner.documents.xlsx.time_sheet import LABEL, TimeSheet
from planner.documents.xlsx.workbook_writing import ROW_PIXELS
from planner.export.workbook.charts_sheet import add_charts
from planner.export.workbook.decisions_sheet import ListedAmount, ListedDecision, decisions
from planner.export.workbook.plan_book import SUMMARY, PlanBook

WIDTHS = (12, 11, 46, 12, 15, 13, 46)
HEADERS = ("When", "What to do", "What", "How much", "Unit", "USD million", "Then")
_FIGURE = 3
_ACROSS, _DOWN = 775, 640
"""Pixels that fit on a landscape page of A4 at full size; without Arial columns are drawn a fifth wider than asked."""
_LEAST_SCALE = 0.6
_WHOLE_FROM = 1000.0
_NARROWER = 0.85
"""Without Arial fewer letters go into a width, and names break at no space."""
_RIGHT = {"How much", "USD million"}


def write_summary(book: PlanBook) -> None:
    """Writes the page that is read first."""
    page = book.pages[SUMMARY]
    for column, width in enumerate(WIDTHS):
        page.sheet.set_column(column, column, width)
    page.sheet.set_column(len(WIDTHS), len(WIDTHS), 2)
    book.titles(page, "Summary: what to do, when, for how much")
    page.row = 4
    _headline(book, page)
    page.row += 1
    head = page.row
    for column, word in enumerate(HEADERS):
        page.text(head, column, word, Look.HEADER if word in _RIGHT else Look.HEADER_LEFT)
    page.row += 1
    listed = decisions(book)
    for one in listed:
        _row(page, one)
    if not listed:
        page.says("Nothing is decided: the fleet and the orders that there are serve as they are.")
    page.says("Amounts are what a decision costs in all, after volume discounts; Cash shows when it is paid.")
    _served(book, page)
    _owed(book, page)
    for sentence in remarks(book.facts.loaded.case, book.facts.loaded.tables):
        page.says(sentence)
    page.sheet.freeze_panes(3, 0)
    page.sheet.repeat_rows(0, 2)
    rows = page.row
    last = add_charts(book, page, _pixels())
    page.sheet.print_area(0, 0, last, len(WIDTHS) - 1)
    # One page for the list where that stays readable; manual breaks need a scale of our own, not "fit to page".
    fitting = min(_ACROSS / _pixels(), _DOWN / (rows * ROW_PIXELS + 12))
    page.sheet.set_print_scale(int(100 * max(_LEAST_SCALE, min(1.0, fitting))))


def _pixels() -> int:
    """Returns how wide the sheet is, in pixels."""
    return sum(7 * width + 5 for width in WIDTHS)


def _headline(book: PlanBook, page: TimeSheet) -> None:
    manifest = book.facts.loaded.manifest
    gap = manifest.get("gap")
    status = str(manifest.get("status", ""))
    within = (
        ""
        if gap is None
        else f", proven within {100 * float(gap):.3g} % ({float(manifest['gap_musd'] or 0):,.1f} USD million)"
    )
    figures = [
        ("Net present cost", ("npc",), "USD million", book.money),
        ("Cash spent", ("figure", "cash_cost"), "USD million", book.money),
        ("Owed after the end", ("figure", "owed_after_end"), "USD million", book.money),
        (
            "Least served workload",
            ("figure", "least_share_served"),
            "of its demand",
            Numbers(2, is_share=True),
        ),
        ("Cash for 1,000 queries", ("figure", "cost_per_thousand_queries"), "USD", Numbers(2)),
        ("Largest vendor's share", ("figure", "share_of_largest_vendor"), "of installed capability", SHARE),
        ("Highest power drawn", ("figure", "peak_mw"), "MW facility", TENTHS),
    ]
    page.text(page.row, LABEL, f"Plan: {status}{within}", Look.LABEL_STRONG)
    page.row += 1
    for label, key, unit, numbers in figures:
        cell = book.cells.get(key)
        if cell is None:
            continue
        page.text(page.row, LABEL, label, Look.TEXT)
        page.cell(page.row, _FIGURE, cell.on(SUMMARY), cell.value, kind=CellKind.LINK, numbers=numbers)
        page.text(page.row, _FIGURE + 1, unit, Look.UNIT)
        page.row += 1


def _served(book: PlanBook, page: TimeSheet) -> None:
    """Writes how each workload is served in the reported periods, least served first; never a sum over workloads."""
    for row in book.facts.records("service_by_workload"):
        where = f" (scenarios {row['scenarios']})" if "scenarios" in row else ""
        share, unit = row["share_served"], f" (one is a {row['unit']})" if row["unit"] else ""
        then = f"{_million(row['served_million'])} of {_million(row['demand_million'])} million{unit}"
        if row["worst_period"]:
            then += f"; least {100 * row['worst_share']:.4g} %, in {row['worst_period']}"
        amount = None if share is None else ListedAmount(share, numbers=Numbers(2, is_share=True))
        said = "of its demand" if share is not None else "no demand"
        _row(page, ListedDecision(row["worst_period"], "Serve", f"{row['workload']}{where}", amount, said, None, then))


def _million(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE_FROM else f"{value:.4g}"


def _owed(book: PlanBook, page: TimeSheet) -> None:
    """Writes what is committed at the end of the reported periods and due after it, in all years."""
    for what, when, musd in owed_lines(book.facts.loaded.tables):
        _row(
            page, ListedDecision(when, "Owed", what, None, "after the end", ListedAmount(musd, numbers=book.money), "")
        )


def _row(page: TimeSheet, one: ListedDecision) -> None:
    row = page.row
    for column, text in ((0, one.when), (1, one.act), (2, one.item), (4, one.unit), (6, one.then)):
        page.text(row, column, text, Look.WORDS)
    page.make_room(row, [(one.item, WIDTHS[2] * _NARROWER), (one.then, WIDTHS[6] * _NARROWER)])
    for column, amount in ((3, one.quantity), (5, one.musd)):
        _amount(page, row, column, amount)
    page.row += 1


def _amount(page: TimeSheet, row: int, column: int, amount: ListedAmount | None) -> None:
    if amount is None:
        return
    if amount.formula:
        page.cell(row, column, amount.formula, amount.value, kind=amount.kind, numbers=amount.numbers)
    else:
        page.number(row, column, amount.value, kind=amount.kind, numbers=amount.numbers)
