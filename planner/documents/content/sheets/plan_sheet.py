"""The sheet of the plan: what to do when, time across, in words and links to the other sheets."""

from __future__ import annotations

from planner.documents.cell_text import SHARE, TENTHS
from planner.documents.content.sheets.deals_sheet import events_of
from planner.documents.content.sheets.plan_lines import MUSD, PLAN, PlanLines, quantity
from planner.documents.line_items import LineItem, Total
from planner.documents.live_workbook import LineSheet

_DEALS = {
    "agreements": "Sign supply agreements",
    "acquisitions": "Buy companies",
    "tape_outs": "Start chip programmes",
}
_BOUGHT = (
    ("Order power", "expansion mw", "MW facility"),
    ("Order machines", "units", "units"),
    ("Machines arrive", "arrives", "units"),
)


def add_plan(plan: PlanLines) -> None:
    """Adds signings, starts, power, orders, arrivals, and what comes of them."""
    sheet = plan.sheet(PLAN, "The plan: what to do, and when")
    for table, title in _DEALS.items():
        events = events_of(plan, table)
        if events:
            sheet.part(title)
            sheet.rows += events
    for title, kind, unit in _BOUGHT:
        lines = plan.kept(kind)
        if lines:
            sheet.part(title)
        for label, line in lines:
            sheet.add(LineItem(label, line, unit))
    sold = plan.facts.series("sales", ("accelerator",), "units", where=("end_of_life", "no"))
    if sold:
        sheet.part("Sell or retire machines before the end of their life")
    for (accelerator,), units in sold.items():
        sheet.add(LineItem(accelerator, units, "units", shape=quantity(units)))
    _outcome(plan, sheet)


def _outcome(plan: PlanLines, sheet: LineSheet) -> None:
    sheet.part("What comes of it")
    items = plan.items
    if ("all units",) in items:
        fleet = LineItem("Fleet at the end of the period", items[("all units",)], "units", total=Total.NONE)
        sheet.add(fleet)
    power = items[("all power",)]
    sheet.add(LineItem("Power drawn", power, "MW facility", shape=TENTHS, total=Total.NONE))
    sheet.add(LineItem("Cash", items[("all cash",)], MUSD, shape=plan.money))
    for name, line in plan.kept("unserved share"):
        sheet.add(LineItem(f"Not served: {name}", line, "share", shape=SHARE, total=Total.MOST))
    for name, line in plan.kept("left"):
        if name.startswith("Budget "):
            label = f"Left of the {name[0].lower()}{name[1:]}"
            sheet.add(LineItem(label, line, MUSD, shape=plan.money, total=Total.NONE))
