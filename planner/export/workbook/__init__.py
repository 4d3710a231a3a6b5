"""The plan as a workbook: decisions as values, everything computed from them as live formulas."""

from __future__ import annotations

from planner.export.workbook.about_sheet import write_about
from planner.export.workbook.as_solved_sheet import write_solved
from planner.export.workbook.assumptions_sheet import write_assumptions
from planner.export.workbook.budgets_sheet import write_budgets
from planner.export.workbook.cash_sheet import write_cash, write_years
from planner.export.workbook.checks_sheet import begin_checks, finish_checks
from planner.export.workbook.deals_sheet import write_deals
from planner.export.workbook.fleet_sheet import write_fleet
from planner.export.workbook.list_sheets import write_lists
from planner.export.workbook.orders_sheet import write_arrivals, write_orders
from planner.export.workbook.plan_book import PlanBook
from planner.export.workbook.plan_sheet import write_plan
from planner.export.workbook.plan_summary_sheet import write_summary
from planner.export.workbook.power_sheet import write_power
from planner.export.workbook.sections import sheets_of, write_sections
from planner.export.workbook.series_by_period import PeriodSeries
from planner.export.workbook.service_sheet import write_service
from planner.results.loaded_run import LoadedRun


def plan_workbook(loaded: LoadedRun) -> bytes:
    """Returns `plan.xlsx` of a plan; the same plan gives the same bytes."""
    book = PlanBook(PeriodSeries(loaded), sheets_of(loaded))
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
