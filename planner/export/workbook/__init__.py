"""The plan as a workbook: decisions as values, everything computed from them as live formulas."""

from __future__ import annotations

from planner.export.dossier import Dossier
from planner.export.workbook.about import write_about
from planner.export.workbook.assumptions import write_assumptions
from planner.export.workbook.book import Book
from planner.export.workbook.budgets import write_budgets
from planner.export.workbook.cash import write_cash, write_years
from planner.export.workbook.checks import begin_checks, finish_checks
from planner.export.workbook.deals import write_deals
from planner.export.workbook.facts import Facts
from planner.export.workbook.fleet import write_fleet
from planner.export.workbook.lists import write_lists
from planner.export.workbook.orders import write_arrivals, write_orders
from planner.export.workbook.plan import write_plan
from planner.export.workbook.power import write_power
from planner.export.workbook.sections import sheets_of, write_sections
from planner.export.workbook.service import write_service
from planner.export.workbook.solved import write_solved
from planner.export.workbook.summary import write_summary


def plan_workbook(dossier: Dossier) -> bytes:
    """Returns `plan.xlsx` of a plan; the same plan gives the same bytes."""
    book = Book(Facts(dossier), sheets_of(dossier))
    # Sheets are written in the order in which they refer to each other, which is not that in which they are shown.
    for write in (
        write_assumptions,
        begin_checks,
        write_orders,
        write_arrivals,
        write_fleet,
        write_deals,
        write_power,
        write_service,
        write_cash,
        write_budgets,
        write_years,
        write_lists,
        write_sections,
        write_plan,
        write_summary,
        write_about,
    ):
        write(book)
    flag = finish_checks(book)
    write_solved(book)
    return book.finish(flag)


__all__ = ["plan_workbook"]
