"""The sheet of the plan: what to do when, time across, in words and links to the other sheets."""

from __future__ import annotations

from planner.documents.xlsx.cell_style import SHARE, TENTHS
from planner.documents.xlsx.time_sheet import Sum, TimeSheet
from planner.export.workbook.deals_sheet import acquisition_events, agreement_events, tape_out_events
from planner.export.workbook.plan_book import PLAN, PlanBook, scaled


def write_plan(book: PlanBook) -> None:
    """Writes signings, starts, power, orders, arrivals, and what comes of them."""
    page = book.begin(PLAN, "The plan: what to do, and when")
    _deals(book, page)
    _bought(book, page)
    _outcome(book, page)


def _deals(book: PlanBook, page: TimeSheet) -> None:
    for title, table, found in (
        ("Sign supply agreements", "agreements", agreement_events),
        ("Buy companies", "acquisitions", acquisition_events),
        ("Start chip programmes", "tape_outs", tape_out_events),
    ):
        rows = book.facts.records(table)
        if rows:
            page.section(title)
        for row in rows:
            label, note, events = found(book, row)
            page.events(label, events, note=note)


def _bought(book: PlanBook, page: TimeSheet) -> None:
    groups = (
        ("Order power", "expansion mw", "MW facility", 1),
        ("Order machines", "units", "units", 1),
        ("Machines arrive", "arrives", "units", 1),
    )
    sold = book.facts.series("sales", ("accelerator",), "units", where=("end_of_life", "no"))
    for title, kind, unit, at in groups:
        lines = [(key[at], line) for key, line in book.lines.items() if key[0] == kind]
        if lines:
            page.section(title)
        for label, line in lines:
            page.link(line, label=label, unit=unit)
    if sold:
        page.section("Sell or retire machines before the end of their life")
    for (accelerator,), units in sold.items():
        page.values(accelerator, units, unit="units", numbers=scaled(units))


def _outcome(book: PlanBook, page: TimeSheet) -> None:
    page.section("What comes of it")
    if ("fleet", "all") in book.lines:
        page.link(book.lines["fleet", "all"], label="Fleet at the end of the period", unit="units", total=Sum.NONE)
    page.link(book.lines["drawn", "all"], label="Power drawn", unit="MW facility", total=Sum.NONE, numbers=TENTHS)
    page.link(book.lines["cash", "all"], label="Cash", unit="USD million", numbers=book.money)
    for key, line in book.lines.items():
        if key[0] == "unserved share":
            page.link(line, label=f"Not served: {key[1]}", unit="share", total=Sum.MOST, numbers=SHARE)
    for key, line in book.lines.items():
        if key[0] == "left" and key[1].startswith("Budget "):
            page.link(
                line,
                label=f"Left of the {key[1][0].lower()}{key[1][1:]}",
                unit="USD million",
                total=Sum.NONE,
                numbers=book.money,
            )
