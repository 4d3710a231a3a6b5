"""Charts of the sheet that is read first; all of them follow cells of the other sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.content.cost_categories import category_colour
from planner.documents.content.plan_money import cash_chart
from planner.documents.content.plan_supply import fleet_chart, vendor_chart
from planner.documents.content.sheets.plan_lines import MUSD, PlanLines
from planner.documents.line_items import LineItem
from planner.documents.live_workbook import ItemChart

_NOTHING = 1e-9
_INSTALLED = "installed"


def charts(plan: PlanLines) -> tuple[tuple[ItemChart, ...], tuple[str, ...]]:
    """Returns the charts that have anything to show, and what is said below them."""
    loaded = plan.facts.loaded
    fleet = replace(fleet_chart(loaded), y="units at the end of the period")
    vendors = replace(vendor_chart(loaded), y="share of installed capability")
    found = [
        *_capacity(plan),
        *_spending(plan),
        *_drawn(fleet, dict(plan.kept("fleet"))),
        *_drawn(vendors, dict(plan.kept("vendor"))),
    ]
    unserved = ChartBlock("unserved", "Demand that is not served", ChartKind.COLUMNS, "", "", "share of demand")
    missed = [*_drawn(unserved, dict(plan.kept("unserved share")))]
    return (*found, *missed), () if missed else ("All demand is served in every period.",)


def _drawn(chart: ChartBlock, lines: Mapping[str, LineItem]) -> Iterator[ItemChart]:
    shown = {name: line for name, line in lines.items() if any(abs(value) > _NOTHING for value in line.numbers)}
    if shown:
        yield ItemChart(chart, shown)


def _capacity(plan: PlanLines) -> Iterator[ItemChart]:
    """Yields installed capability, and the part of it that demand keeps at work."""
    installed = plan.items.get(("installed",))
    if installed is not None:
        chart = ChartBlock(
            "capacity", "Capacity against demand", ChartKind.COLUMNS, "", "", "capability-weighted units",
            palette={_INSTALLED: "#7db8e8"},
        )  # fmt: skip
        yield ItemChart(chart, {_INSTALLED: installed}, plan.items[("at work",)], "demand keeps at work")


def _spending(plan: PlanLines) -> Iterator[ItemChart]:
    """Yields cash by category, with the budget that counts all of it where there is one for each column."""
    is_by_year = not plan.facts.is_yearly
    lines = {
        key[-1]: line for key, line in plan.items.items() if key[:-1] == (("year", "cash") if is_by_year else ("cash",))
    }
    known = cash_chart(plan.facts.loaded)
    title = f"{known.title} and year" if is_by_year else known.title
    chart = replace(known, title=title, y=MUSD, palette={name: category_colour(name) for name in lines})
    for drawn in _drawn(chart, lines):
        yield replace(drawn, line=_budget(plan, is_by_year=is_by_year), line_name="budget")


def _budget(plan: PlanLines, *, is_by_year: bool) -> LineItem | None:
    """Returns the amounts of the first budget over all categories, where each column has one."""
    for row in plan.case.budgets:
        name = f"Budget {row.budget}"
        line = plan.items.get(("year", "given", name) if is_by_year else ("given", name))
        if "all" in row.categories and line is not None and all(line.numbers):
            return line
    return None
