"""Result tables as lists, a row each: orders, sales, milestones, what is owed after the end, and what binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.documents.xlsx.cell_style import FACTOR, FINE, SHARE, TENTHS, WHOLE, CellKind, Look, Numbers
from planner.documents.xlsx.time_sheet import HEADER_ROW, LABEL, TimeSheet
from planner.export.workbook.plan_book import BINDING, MILESTONES, ORDER_LIST, OWED, SALES, PlanBook


@dataclass(frozen=True)
class Shown:
    """A column of a list: that of the table, its header with the unit, its width, and how numbers are written."""

    name: str
    header: str
    width: float = 12
    numbers: Numbers | None = None
    """None for text."""


_SCENARIOS = Shown("scenarios", "Scenarios", 16)
_REPORTED = Shown("reported", "Reported", 12)
_ORDERS = (
    Shown("period", "Ordered", 9), Shown("offer", "Offer", 26), Shown("accelerator", "Accelerator", 16),
    Shown("vendor", "Vendor", 14), Shown("kind", "Kind", 8), Shown("lots", "Lots", 9, TENTHS),
    Shown("units", "Units", 11, WHOLE), Shown("unit_price_usd", "List price of a unit, USD (lease: a year)", 14, WHOLE),
    Shown("invoice_musd", "Invoice after discounts, USD million (lease: a year)", 15, TENTHS),
    Shown("contract_musd", "Contract, USD million (lease: whole term)", 14, TENTHS), Shown("due", "Due", 9),
    Shown("arrives", "Arrives", 14), Shown("arriving_units", "Units that arrive", 11, WHOLE),
    Shown("ends", "Lease ends", 11), Shown("committed", "Committed", 13),
)  # fmt: skip
_SALES = (
    Shown("period", "Period", 10), Shown("accelerator", "Accelerator", 20), Shown("site", "Site", 18),
    Shown("vintage", "In service since", 14), Shown("age_years", "Age, years", 10, TENTHS),
    Shown("units", "Units", 12, WHOLE), Shown("unit_value_usd", "Brings a unit, USD", 14, WHOLE),
    Shown("musd", "Brings, USD million", 14, TENTHS), Shown("end_of_life", "End of life", 10), _REPORTED,
)  # fmt: skip
_MILESTONES = (
    Shown("when", "When", 10), Shown("item", "What", 32), Shown("what", "Happens", 40),
    Shown("periods", "Periods", 24), Shown("units", "Units", 12, WHOLE), Shown("musd", "USD million", 14, TENTHS),
    _REPORTED,
)  # fmt: skip
_BINDING = (
    Shown("kind", "Kind", 13), Shown("item", "Of", 22), Shown("period", "Period", 12),
    Shown("used", "Used", 13, TENTHS), Shown("available", "Available", 13, TENTHS),
    Shown("share", "Share used", 9, SHARE), Shown("unit", "Unit", 13),
    Shown("worth_of_one_per_cent_musd", "1 % more saves, USD million", 13, FINE),
    Shown("worth_of_one_unit_musd", "One unit more saves, USD million", 13, FACTOR),
    Shown("price", "Next small amount saves, USD million a unit", 15, FACTOR),
    Shown("holds_up_to", "That price holds for so many more", 13, TENTHS), Shown("note", "Note", 40),
)  # fmt: skip


def write_lists(book: PlanBook) -> None:
    """Writes the lists, each on a sheet of its own."""
    lists = (
        (ORDER_LIST, "Orders one by one: what they cost, when they arrive, and when leases end", "orders", _ORDERS,
         "Nothing is ordered."),
        (SALES, "Machines that are sold or retired", "sales", _SALES, "Nothing is sold or retired."),
        (MILESTONES, "What happens without being decided", "milestones", _MILESTONES, "Nothing."),
        (BINDING, "What binds, and what more of it saves with lots, deals, tape-outs and modules held", "binding",
         _BINDING, "Nothing binds."),
    )  # fmt: skip
    for name, title, table, columns, nothing in lists:
        rows = book.facts.records(table)
        shown = (*columns, _SCENARIOS) if book.facts.is_branching else columns
        write_list(book, book.pages[name], title, rows, shown, nothing)
    _owed(book)


def write_list(
    book: PlanBook,
    page: TimeSheet,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Shown],
    nothing: str,
    *,
    top: int = HEADER_ROW,
) -> None:
    """Writes one list with its header in row `top`; a blank cell is one that the table leaves blank."""
    book.titles(page, title)
    for at, column in enumerate(columns):
        page.sheet.set_column(at, at, column.width)
        page.text(top, at, column.header, Look.HEADER if column.numbers else Look.HEADER_LEFT)
    page.sheet.set_row_pixels(top, 76)
    if top == HEADER_ROW:
        page.sheet.freeze_panes(HEADER_ROW + 1, 1)
        page.sheet.repeat_rows(HEADER_ROW)
    page.row = top + 1
    for row in rows:
        texts = []
        for at, column in enumerate(columns):
            value = row.get(column.name)
            if column.numbers is None:
                text = str(value or "").replace(";", ", ")
                page.text(page.row, at, text, Look.WORDS)
                texts.append((text, column.width * _NARROWER))
            elif isinstance(value, int | float):
                page.number(page.row, at, float(value), kind=CellKind.PLAN, numbers=column.numbers)
        page.make_room(page.row, texts)
        page.row += 1
    if not rows:
        page.says(nothing)
    page.sheet.print_area(0, 0, page.row, len(columns) - 1)


def _owed(book: PlanBook) -> None:
    """Writes what is owed after the reported periods, a column a calendar year."""
    records = book.facts.records("owed")
    years = sorted({int(row["year"]) for row in records})
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in records:
        key = tuple(str(row.get(name, "")) for name in ("what", "line", "from", "to", "scenarios"))
        found.setdefault(key, {**row})[str(row["year"])] = row["musd"]
    columns = [Shown("what", "What", 42), Shown("line", "Line", 26), Shown("from", "From", 10), Shown("to", "To", 10)]
    columns += [Shown(str(year), f"{year}, USD million", 12, book.money) for year in years]
    columns.append(Shown("whole_musd", "In all, USD million", 14, book.money))
    if book.facts.is_branching:
        columns.append(_SCENARIOS)
    page = book.pages[OWED]
    nothing = "Nothing is owed after the end."
    title = "Owed after the end: committed in the reported periods and due later, not discounted"
    write_list(book, page, title, list(found.values()), columns, nothing)
    whole = book.cells.get(("figure", "owed_after_end"))
    if records and whole is not None:
        at = 4 + len(years)
        label = "Expected, in all" if book.facts.is_branching else "In all"
        page.text(page.row, LABEL, label, Look.LABEL_STRONG)
        page.cell(page.row, at, whole.on(OWED), whole.value, kind=CellKind.LINK, numbers=book.money, is_strong=True)
        page.row += 1
        page.sheet.print_area(0, 0, page.row, len(columns) - 1)


_NARROWER = 0.85
"""Names break at no space."""
