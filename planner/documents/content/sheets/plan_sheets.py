"""The workbook of a plan: its sheets and their order."""

from __future__ import annotations

from planner.documents.content.sheets.about_sheet import about_sheet
from planner.documents.content.sheets.arrivals_sheet import add_arrivals
from planner.documents.content.sheets.assumptions_sheet import assumptions_sheet
from planner.documents.content.sheets.books_sheet import add_books
from planner.documents.content.sheets.budgets_sheet import add_budgets
from planner.documents.content.sheets.cash_sheet import add_cash, add_years
from planner.documents.content.sheets.checks_sheet import begin_checks, finish_checks
from planner.documents.content.sheets.deals_sheet import add_deals
from planner.documents.content.sheets.decisions_sheet import first_sheet
from planner.documents.content.sheets.fleet_sheet import add_fleet
from planner.documents.content.sheets.list_sheets import list_sheets, section_sheets
from planner.documents.content.sheets.orders_sheet import add_orders
from planner.documents.content.sheets.plan_lines import (
    ARRIVALS,
    BINDING,
    BOOKS,
    BUDGETS,
    CASH,
    CHECKS,
    DEALS,
    FLEET,
    MILESTONES,
    ORDER_LIST,
    ORDERS,
    OWED,
    PLAN,
    POWER,
    SALES,
    SERVICE,
    STATEMENTS,
    SUMMARY,
    YEARS,
    PlanLines,
)
from planner.documents.content.sheets.plan_sheet import add_plan
from planner.documents.content.sheets.power_sheet import add_power
from planner.documents.content.sheets.series_by_period import PeriodSeries
from planner.documents.content.sheets.service_sheet import add_service
from planner.documents.content.sheets.statements_sheet import add_statements
from planner.documents.live_workbook import AnySheet, LiveWorkbook
from planner.results.loaded_run import LoadedRun

_ORDER = (
    SUMMARY, PLAN, ORDERS, ORDER_LIST, ARRIVALS, FLEET, SALES, POWER, SERVICE, DEALS, MILESTONES, CASH, YEARS,
    STATEMENTS, BOOKS, OWED, BUDGETS, BINDING,
)  # fmt: skip


def plan_sheets(loaded: LoadedRun) -> LiveWorkbook:
    """Returns the workbook of a plan for one future, from its finished tables."""
    plan = PlanLines(PeriodSeries(loaded))
    # Rows are made in the order in which they refer to each other, which is not that in which sheets are shown.
    checks = begin_checks(plan)
    for add in (
        add_orders,
        add_arrivals,
        add_fleet,
        add_deals,
        add_power,
        add_service,
        add_cash,
        add_books,
        add_statements,
        add_budgets,
        add_years,
        add_plan,
    ):
        add(plan)
    finish_checks(plan, checks)
    known: dict[str, AnySheet] = {**plan.sheets, **list_sheets(plan), SUMMARY: first_sheet(plan)}
    first = (known[name] for name in _ORDER if name in known)
    last = assumptions_sheet(plan), known[CHECKS], about_sheet(plan)
    settings = loaded.case.settings
    run = f"{settings.name} · run {loaded.name}"
    ahead = f"; {settings.lookahead_periods} lookahead periods in grey" if settings.lookahead_periods else ""
    return LiveWorkbook(
        f"Plan of {loaded.manifest.get('case', '')}",
        f"{run} · {settings.currency_basis} USD; costs are positive, income is in brackets{ahead}",
        run,
        (*first, *section_sheets(plan), *last),
    )
