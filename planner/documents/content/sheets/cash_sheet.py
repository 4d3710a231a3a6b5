"""The sheets of cash: every cost line, totals, discounting and net present cost; and the same by calendar year."""

from __future__ import annotations

from models.tables.fleet_rows import CASH_CATEGORIES
from planner.documents.cell_text import FACTOR, FINE, SHARE, WHOLE
from planner.documents.content.sheets.plan_lines import CASH, MUSD, YEARS, PlanLines
from planner.documents.content.sheets.series_by_period import OTHER_CATEGORIES, VALUE_LEFT
from planner.documents.formula_terms import ONE, ZERO, Fold, Folded, Number, Term, largest
from planner.documents.line_items import (
    Added,
    AddedByNote,
    ByYear,
    Constant,
    LineItem,
    PeriodNumber,
    PeriodNumbers,
    Prior,
    RowCells,
    TimeAxis,
    Total,
)
from planner.documents.live_workbook import LineSheet

_HALF = 0.5
_KINDS = {"capex": "Capital cost, less resale", "opex": "Running cost", "borrowing": "Borrowed (negative) and repaid"}


def add_cash(plan: PlanLines) -> None:
    """Adds cost lines by category, cash, the net present cost, and the checks of the totals against the ledger."""
    sheet = plan.sheet(CASH, "Cash: cost lines, totals and net present cost")
    of_category = {category: _category(plan, sheet, category) for category in CASH_CATEGORIES if _has(plan, category)}
    sheet.part("Cash")
    for category, line in of_category.items():
        plan.items["cash", category] = sheet.add(LineItem(category, line, MUSD, shape=plan.money))
    cash = LineItem("Cash", Added(tuple(item for _, item in plan.kept("cash"))), MUSD, shape=plan.money, is_strong=True)
    plan.items[("all cash",)] = sheet.add(cash)
    _kinds(plan, sheet, cash)
    _spent_so_far(plan, sheet, cash)
    for category in OTHER_CATEGORIES:
        if _has(plan, category):
            plan.items["income", category] = _category(plan, sheet, category)
    others = [item for _, item in plan.kept("income")]
    sheet.part("What the plan is weighed by: cash, less revenue and incentives, and penalties, which are no cash")
    weighed = Added((cash, *others))
    cost = sheet.add(LineItem("Cash, revenue and penalties", weighed, MUSD, shape=plan.money, is_strong=True))
    _compare_cash(plan, sheet, cash)
    _discounting(plan, sheet, cost, _value_left(plan, sheet))


def _has(plan: PlanLines, category: str) -> bool:
    """False for categories of contracts that the case does not have."""
    contracts: dict[str, bool] = {"financing": bool(plan.case.facilities), "incentive": bool(plan.case.milestones)}
    return contracts.get(category, True)


def _category(plan: PlanLines, sheet: LineSheet, category: str) -> LineItem:
    """Adds the lines of a category and their sum."""
    sheet.part(category)
    found = plan.facts.series("costs", ("category", "line", "kind"), "musd")
    for (of, name, kind), values in found.items():
        if of == category:
            line = LineItem(name, values, MUSD, kind, plan.money)
            plan.items["cost", category, name] = sheet.add(line)
    lines = tuple(line for key, line in plan.items.items() if key[:2] == ("cost", category))
    return sheet.add(LineItem(f"All of {category}", Added(lines), MUSD, shape=plan.money, is_strong=True))


def _kinds(plan: PlanLines, sheet: LineSheet, cash: LineItem) -> None:
    """Adds capital and running cost apart, by the kind of each line in the ledger, and compares both with the plan."""
    lines = tuple(item for _, item in plan.kept("cost"))
    for kind, label in _KINDS.items():
        if kind == "borrowing" and not plan.case.facilities:
            continue
        amounts = AddedByNote(lines, kind) if lines else ZERO
        line = sheet.add(LineItem(label, amounts, MUSD, f"lines of {kind}", plan.money))
        given = _by_plan(plan, sheet, label, f"{kind}_musd")
        check = f"{label}: sum of its lines"
        sheet.must_agree(check, line, given, cash.whole, unit=MUSD, note="sheet Cash")


def _by_plan(plan: PlanLines, sheet: LineSheet, label: str, column: str) -> LineItem:
    values = plan.facts.series("period_figures", (), column)[()]
    return sheet.add(LineItem(f"{label}, by the plan", values, MUSD, "table period_figures", plan.money))


def _spent_so_far(plan: PlanLines, sheet: LineSheet, cash: LineItem) -> None:
    """Adds the corkscrew of cash: opening, spent, closing."""
    sheet.part("Cash spent so far")
    closing = LineItem("Closing", unit=MUSD, shape=plan.money, total=Total.NONE, is_strong=True)
    opening = sheet.add(LineItem("Opening", Prior(closing), MUSD, shape=plan.money, total=Total.NONE))
    closing.source = opening + sheet.add(LineItem("Spent", cash, MUSD, shape=plan.money))
    sheet.add(closing)


def _compare_cash(plan: PlanLines, sheet: LineSheet, cash: LineItem) -> None:
    """Adds the checks that the cash of the plan's own tables is what the lines add up to here."""
    given = _by_plan(plan, sheet, "Cash", "cash_musd")
    label = "Cash of each period is the sum of its lines"
    sheet.must_agree(label, cash, given, cash.whole, unit=MUSD, note="sheet Cash")
    figure, note = plan.constants["figure", "cash_cost"], "sheet Cash against the key figure of the plan"
    reported = cash.summed(0, plan.facts.reported - 1)
    sheet.must_hold("Cash of the reported periods", reported - figure, figure, unit=MUSD, note=note)


def _value_left(plan: PlanLines, sheet: LineSheet) -> Constant:
    """Adds what is left at the end of the horizon, as income."""
    sheet.part("Value left at the end of the horizon")
    lines = tuple(
        sheet.add(Constant(str(row["line"]), Number(float(row["musd"])), MUSD, "not discounted", plan.money))
        for row in plan.facts.records("costs_by_line")
        if row["category"] == VALUE_LEFT
    )
    whole = Folded(Fold.SUM, (RowCells(lines),)) if lines else Added(())
    return sheet.add(Constant("Value left", whole, MUSD, shape=plan.money, is_strong=True))


def _discounting(plan: PlanLines, sheet: LineSheet, cost: LineItem, left: Constant) -> None:
    """Adds discount factors and the net present cost."""
    delta, period = plan.facts.loaded.calendar.delta, plan.case.settings.period
    sheet.part("Discounting")
    rate = sheet.add(Constant("Discount rate", plan.setting("discount_rate"), "a year", shape=SHARE))
    length = Constant("Length of a period", Number(delta), "years", f"a {period}", FACTOR, is_input=True)
    middle = Constant("Middle of a period", Number(_HALF), "periods", "cash flows in the middle", FINE, is_input=True)
    sheet.add(length)
    sheet.add(middle)
    middles = (PeriodNumber() - middle) * length
    years = sheet.add(LineItem("Years to the middle", middles, "years", shape=FINE, total=Total.NONE))
    factor = sheet.add(LineItem("Discount factor", (ONE + rate) ** -years, "factor", shape=FACTOR, total=Total.NONE))
    note = "total: all optimised periods"
    discounted = LineItem("Discounted cost", cost * factor, MUSD, note, plan.money, Total.ALL, is_strong=True)
    sheet.add(discounted)
    horizon = largest(PeriodNumbers(sheet.axis)) * length
    end = sheet.add(Constant("End of the horizon", horizon, "years", shape=FINE))
    last = sheet.add(Constant("Discount factor of the end", (ONE + rate) ** -end, "factor", shape=FACTOR))
    worth = sheet.add(Constant("Discounted value left", left * last, MUSD, shape=plan.money))
    npc: Term = discounted.whole + worth
    note = "what the plan minimises"
    cost_row = Constant("Net present cost", npc, MUSD, note, plan.money, is_strong=True)
    plan.constants[("net present cost",)] = sheet.add(cost_row)
    sheet.part("The ledger of the plan, discounted")
    given = _by_plan(plan, sheet, "Discounted cost", "discounted_musd")
    label, note = "Discounted cost of each period is the ledger's", "sheet Cash: formula and table period_figures"
    sheet.must_agree(label, discounted, given, discounted.whole, unit=MUSD, note=note)


def add_years(plan: PlanLines) -> None:
    """Adds cash, orders and arrivals by calendar year, where periods are shorter."""
    facts = plan.facts
    if facts.is_yearly:
        return
    years = sorted(set(facts.years))
    reported = len(set(facts.years[: facts.reported]))
    axis = TimeAxis(tuple(map(str, years)), reported, tuple(years), is_by_year=True)
    sheet = plan.sheet(YEARS, "The plan by calendar year", axis=axis)
    sheet.part("Cash")
    lines = [_by_year(plan, sheet, line, category, MUSD) for category, line in plan.kept("cash")]
    for line in lines:
        plan.items["year", "cash", line.label] = line
    whole = plan.items[("all cash",)].whole
    sheet.add(LineItem("Cash", Added(tuple(lines)), MUSD, shape=plan.money, total=whole, is_strong=True))
    given = [(name, line) for name, line in plan.kept("given") if name.startswith("Budget ")]
    if given:
        sheet.part("Budgets, in the year in which their spans begin")
    for name, line in given:
        plan.items["year", "given", name] = _by_year(plan, sheet, line, name, MUSD)
    for title, kind, unit in (
        ("Units ordered", "units", "units"),
        ("Contract value of the orders, in the year in which they are placed", "contract_musd", MUSD),
        ("Units that arrive", "arrives", "units"),
    ):
        sheet.part(title)
        for name, line in plan.kept(kind):
            _by_year(plan, sheet, line, name, unit)


def _by_year(plan: PlanLines, sheet: LineSheet, line: LineItem, label: str, unit: str) -> LineItem:
    # A year may hold reported and other periods; the total is that of the line.
    shape = plan.money if unit == MUSD else WHOLE
    return sheet.add(LineItem(label, ByYear(line), unit, shape=shape, total=line.whole))
