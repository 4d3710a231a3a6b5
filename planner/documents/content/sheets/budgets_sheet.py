"""The sheet of budgets and limits: what each span gives, what is taken of it, and what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.tables.fleet_rows import CASH_CATEGORIES
from planner.documents.cell_text import FACTOR, PLAIN, SHARE, WHOLE, Shape
from planner.documents.content.sheets.plan_lines import BUDGETS, MUSD, PlanLines
from planner.documents.content.sheets.series_by_period import Record
from planner.documents.formula_terms import Term
from planner.documents.line_items import Added, LineItem, Prior, Total
from planner.documents.live_workbook import LineSheet

_MORE: dict[str, tuple[str, str, Shape | None, str]] = {
    "available_musd": ("Available, with what was left over", MUSD, None, "table budgets"),
    "gross_musd": ("Spent, gross", MUSD, None, "before income from resale"),
    "resale_musd": ("Income from resale that counts", MUSD, None, "table budgets"),
    "share_used": ("Share used: spent of available", "share", SHARE, "net of resale"),
    "worth_of_one_per_cent_musd": ("1 % more saves", MUSD, FACTOR, "found by solving again"),
    "worth_of_one_unit_musd": ("One more saves", MUSD, FACTOR, "found by solving again"),
    "holds_up_to": ("The price holds for so many more", "", None, "each saves as much up to there"),
    "price": ("Next one saves", "USD million each", FACTOR, "a small amount; lots, deals and modules held"),
}
"""By column of the tables: label, unit (the limit's own where none), how numbers are written, and note."""
_UNTOLD_WHERE_ZERO = ("price", "resale_musd")


@dataclass(frozen=True)
class Span:
    """A row of a budget or limit: its first and last period, amount (None: no limit), and its figures in the plan."""

    first: int
    last: int
    amount: float | None
    slack: float | None
    more: Mapping[str, float | None]
    carries: bool


@dataclass(frozen=True, eq=False)
class Allowance:
    """A budget or limit: its name, unit, spans, and what is taken of it."""

    name: str
    unit: str
    shape: Shape
    spans: list[Span]
    taken: LineItem


def add_budgets(plan: PlanLines) -> None:
    """Adds a corkscrew for each budget and limit: left over, given, taken, lapsed."""
    sheet = plan.sheet(BUDGETS, "Budgets and limits: given, taken and left")
    for name, spans in _spans(plan, "budgets", "budget", "amount_musd", "slack_musd").items():
        sheet.part(f"Budget {name}")
        spent = _spent(plan, sheet, name)
        _corkscrew(plan, sheet, Allowance(f"Budget {name}", MUSD, plan.money, spans, spent))
    for name, spans in _spans(plan, "limits", "limit", "supply", "slack").items():
        sheet.part(f"Limit {name}")
        taken = _taken(plan, sheet, name)
        _corkscrew(plan, sheet, Allowance(f"Limit {name}", taken.unit, WHOLE, spans, taken))


def _spans(plan: PlanLines, table: str, item: str, amount: str, slack: str) -> dict[str, list[Span]]:
    """Returns the rows of a result table by name, in periods."""
    worths: dict[tuple[str, str], Record] = {
        (row["item"], row["period"]): row for row in plan.facts.records("binding") if row["requirement"] == table
    }
    found: dict[str, list[Span]] = {}
    for row in plan.facts.records(table):
        name, label = str(row[item]), str(row["span"])
        first, last = _periods(plan, label)
        known = {**worths.get((name, label), {}), **row}
        more = {column: known.get(column) for column in _MORE}
        carries = table == "budgets" and _carries(plan, name, (first, last))
        found.setdefault(name, []).append(Span(first, last, row[amount], row[slack], more, carries))
    return found


def _periods(plan: PlanLines, span: str) -> tuple[int, int]:
    calendar = plan.facts.loaded.calendar
    first, end = calendar.span(span)
    low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
    return max(low, 0), min(high, len(plan.facts.labels) - 1)


def _carries(plan: PlanLines, name: str, periods: tuple[int, int]) -> bool:
    """True where the last input row inside the span hands on what it leaves."""
    return any(
        row.carry_over and row.budget == name and _periods(plan, row.span) == periods for row in plan.case.budgets
    )


def _spent(plan: PlanLines, sheet: LineSheet, name: str) -> LineItem:
    own = next(row for row in plan.case.budgets if row.budget == name)
    categories = CASH_CATEGORIES if "all" in own.categories else own.categories
    is_all = set(categories) == set(CASH_CATEGORIES)
    of_category = [plan.items.get(("cash", each), plan.items.get(("income", each))) for each in categories]
    lines = [plan.items[("all cash",)]] if is_all else [line for line in of_category if line is not None]
    note = "all categories" if is_all else ", ".join(categories)
    return sheet.add(LineItem("Spent", Added(tuple(lines)), MUSD, note, plan.money))


def _taken(plan: PlanLines, sheet: LineSheet, name: str) -> LineItem:
    unit = next((row.unit for row in plan.case.limits if row.limit == name), "")
    taken = tuple(
        sheet.add(
            LineItem(
                f"Taken by {use.offer}",
                plan.items["arrives", use.offer] * plan.input("limit_use", name, use.offer, column="use_per_unit"),
                unit,
            )
        )
        for use in plan.case.limit_use
        if use.limit == name and ("arrives", use.offer) in plan.items
    )
    return sheet.add(LineItem("Taken", Added(taken), unit, is_strong=True))


def _corkscrew(plan: PlanLines, sheet: LineSheet, allowance: Allowance) -> None:
    """Adds what is given in each span, taken, and left; what is not carried on lapses at the end of a span."""
    bound = [span for span in allowance.spans if span.amount is not None]
    if not bound:
        sheet.remark("There is no limit.")
        return
    unit, shape, taken = allowance.unit, allowance.shape, allowance.taken
    size = len(sheet.axis.labels)
    amounts: list[float | None] = [None] * size
    counts, lapses = [0.0] * size, [0.0] * size
    for span in bound:
        amounts[span.first] = (amounts[span.first] or 0.0) + (span.amount or 0.0)
        counts[span.first : span.last + 1] = [1.0] * (span.last + 1 - span.first)
    for span in allowance.spans:
        # A span without a limit hands nothing on.
        lapses[span.last] = 0.0 if span.carries and span.amount is not None else 1.0
    given = sheet.add(LineItem("Given, in the first period of each span", amounts, unit, shape=shape, is_input=True))
    counted: Term = taken
    if not all(counts):
        counted = taken * sheet.add(_flag("A limit holds", counts))
    lapse = sheet.add(_flag("What is left lapses after it", lapses))
    over = LineItem("Left over", unit=unit, shape=shape, total=Total.NONE)
    opening = sheet.add(LineItem("Left over from before", Prior(over), unit, shape=shape, total=Total.NONE))
    left = LineItem(
        "Left after what is taken", opening + given - counted, unit, shape=shape, total=Total.NONE, is_strong=True
    )
    sheet.add(left)
    over.source = left + sheet.add(LineItem("Lapsed", -left * lapse, unit, shape=shape))
    sheet.add(over)
    plan.items["given", allowance.name], plan.items["left", allowance.name] = given, left
    _slack(sheet, allowance, bound, left)


def _flag(label: str, values: list[float]) -> LineItem:
    return LineItem(label, values, "flag", shape=PLAIN, total=Total.NONE, is_input=True)


def _slack(sheet: LineSheet, allowance: Allowance, bound: list[Span], left: LineItem) -> None:
    """Adds slack at the ends of spans, by formula and by the plan, what relief is worth, and the checks."""
    name, unit, shape = allowance.name, allowance.unit, allowance.shape
    at_end: dict[int, Span] = {span.last: span for span in bound}
    size, note = len(sheet.axis.labels), "total: the least"
    ends = [float(at in at_end) for at in range(size)]
    if all(ends):
        slack = LineItem("Slack", left, unit, note, shape, Total.LEAST)
    else:
        is_end = sheet.add(_flag("A span ends", ends))
        slack = LineItem("Slack at the end of each span", left * is_end, unit, note, shape, Total.LEAST)
    sheet.add(slack)
    values = [at_end[at].slack if at in at_end else None for at in range(size)]
    given = sheet.add(LineItem("Slack, by the plan", values, unit, shape=shape, total=Total.NONE))
    for column, (label, of, own, remark) in _MORE.items():
        found = [at_end[at].more[column] if at in at_end else None for at in range(size)]
        if any(found) or (column not in _UNTOLD_WHERE_ZERO and any(value is not None for value in found)):
            sheet.add(LineItem(label, found, of or unit, remark, own or shape, Total.NONE))
    whole, note = allowance.taken.whole, "sheet Budgets and limits"
    sheet.must_cover(f"{name} is not overdrawn", slack, whole, unit=unit, note=note)
    note = "sheet Budgets and limits: formula and plan"
    sheet.must_agree(f"{name}: slack is the plan's", slack, given, whole, unit=unit, note=note)
