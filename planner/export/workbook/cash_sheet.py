"""The sheet of cash: every cost line, totals, discounting and net present cost; and the same by the year."""

from __future__ import annotations

from models.tables.fleet_rows import CASH_CATEGORIES
from planner.documents.xlsx.cell_style import FACTOR, FINE, SHARE, WHOLE, CellKind
from planner.documents.xlsx.line_formulas import plus, same, times
from planner.documents.xlsx.time_sheet import NUMBER_ROW, TOP, TOTAL, YEAR_ROW, Cell, Sum, TimeRow, TimeSheet
from planner.export.workbook.plan_book import CASH, CHECKS, YEARS, PlanBook
from planner.export.workbook.series_by_period import OTHER_CATEGORIES, VALUE_LEFT

MUSD = "USD million"
HALF = 0.5


def write_cash(book: PlanBook) -> None:
    """Writes cost lines by category, cash, the net present cost, and the check of the totals against the ledger."""
    page = book.begin(CASH, "Cash: cost lines, totals and net present cost")
    numbers = book.money
    cash = [_category(book, page, category) for category in CASH_CATEGORIES]
    page.section("Cash")
    for line in cash:
        book.lines["cash", line.label] = page.formula(
            line.label, same(line, CASH), line.values, unit=MUSD, numbers=numbers
        )
    rows = [book.lines["cash", category] for category in CASH_CATEGORIES]
    total = book.lines["cash", "all"] = page.added("Cash", rows, unit=MUSD, numbers=numbers)
    _kinds(book, page, rows[0].row - 1)
    _running(page, total, book)
    others = [_category(book, page, category) for category in OTHER_CATEGORIES]
    page.section("What the plan is weighed by: cash, less revenue, and penalties, which are no cash")
    cost = page.added("Cash, revenue and penalties", [total, *others], unit=MUSD, numbers=numbers)
    _compare_lines(book, page, cost)
    _discounting(book, page, cost, _value_left(book, page))


def _category(book: PlanBook, page: TimeSheet, category: str) -> TimeRow:
    """Writes the lines of a category and their sum."""
    page.section(category)
    found = book.facts.series("costs", ("category", "line"), "musd")
    kinds = {(row["category"], row["line"]): str(row["kind"]) for row in book.facts.records("costs")}
    lines = [
        page.values(line, values, unit=MUSD, numbers=book.money, note=kinds[of, line])
        for (of, line), values in found.items()
        if of == category
    ]
    for line in lines:
        book.lines["cost", category, line.label] = line
    written = page.added(f"All of {category}", lines, unit=MUSD, numbers=book.money)
    return TimeRow(written.sheet, written.row, written.values, category, written.total)


def _kinds(book: PlanBook, page: TimeSheet, last: int) -> None:
    """Writes capital and running cost apart, by what the ledger says of each line, and checks both against the plan."""
    for kind, label in (("capex", "Capital cost, less resale"), ("opex", "Running cost")):
        told = book.facts.series("period_figures", (), f"{kind}_musd").get(())
        if told is None:
            continue
        found = book.facts.series("costs", ("kind",), "musd").get((kind,), (None,) * len(told))
        cells = f"{{0}}${TOP + 1}:{{0}}${last}"

        def rule(here: str, _: str, kind: str = kind, cells: str = cells) -> str:
            return f'SUMIFS({cells.format(here)},{cells.format("$D")},"{kind}")'

        line = page.formula(
            label, rule, [value or 0.0 for value in found], unit=MUSD, numbers=book.money, note=f"lines of {kind}"
        )
        plan = page.values(f"{label}, by the plan", told, unit=MUSD, numbers=book.money, note="table period_figures")
        gap = page.differs(line, plan, unit=MUSD)
        size = book.lines["cash", "all"].cell
        book.check(
            f"{label}: sum of its lines", gap.constant(CHECKS), gap.total, size=size, unit=MUSD, note="sheet Cash"
        )


def _running(page: TimeSheet, total: TimeRow, book: PlanBook) -> None:
    """Writes the corkscrew of cash: opening, spent, closing."""
    page.section("Cash spent so far")
    closing = [sum(total.values[: index + 1]) for index in range(len(total.values))]
    closing_row = page.row + 3
    opening = page.formula(
        "Opening", lambda _, before: f"{before}{closing_row}", [0.0, *closing[:-1]], unit=MUSD, total=Sum.NONE,
        numbers=book.money,
    )  # fmt: skip
    spent = page.formula("Spent", same(total, CASH), total.values, unit=MUSD, numbers=book.money)
    page.formula(
        "Closing", plus([opening, spent], CASH), closing, unit=MUSD, total=Sum.NONE,
        numbers=book.money, is_strong=True, before=0.0,
    )  # fmt: skip


def _compare_lines(book: PlanBook, page: TimeSheet, cost: TimeRow) -> None:
    """Checks that the cash of the plan's own table is what the lines add up to here."""
    told = book.facts.series("period_figures", (), "cash_musd").get(())
    if told is not None:
        line = page.values("Cash, by the plan", told, unit=MUSD, numbers=book.money, note="table period_figures")
        total = book.lines["cash", "all"]
        gap = page.differs(total, line, unit=MUSD)
        label = "Cash of each period is the sum of its lines"
        book.check(label, gap.constant(CHECKS), gap.total, size=total.cell, unit=MUSD, note="sheet Cash")
    figure = book.cells["figure", "cash_cost"]
    cash = book.lines["cash", "all"]
    last = book.facts.reported - 1
    book.check(
        "Cash of the reported periods", f"SUM({cash.span(CHECKS, 0, last)})-{figure.on(CHECKS)}",
        sum(cash.values[: last + 1]) - figure.value, size=figure, unit=MUSD,
        note="sheet Cash against the key figure of the plan",
    )  # fmt: skip


def _value_left(book: PlanBook, page: TimeSheet) -> Cell:
    """Writes what is left at the end of the horizon, as income."""
    page.section("Value left at the end of the horizon")
    sums: dict[str, float] = {}
    for row in book.facts.records("costs"):
        if row["category"] == VALUE_LEFT:
            sums[row["line"]] = sums.get(row["line"], 0.0) + float(row["musd"]) * book.facts.weight(row)
    first = page.row
    for line, value in sums.items():
        page.constant(line, value, unit=MUSD, kind=CellKind.PLAN, numbers=book.money, note="not discounted")
    formula = f"SUM($C${first + 1}:$C${page.row})" if sums else "0"
    return page.constant(
        "Value left",
        sum(sums.values()),
        unit=MUSD,
        kind=CellKind.CALC,
        numbers=book.money,
        formula=formula,
        is_strong=True,
    )


def _discounting(book: PlanBook, page: TimeSheet, cost: TimeRow, left: Cell) -> None:
    """Writes discount factors and the net present cost."""
    case, delta = book.facts.loaded.case, book.facts.loaded.calendar.delta
    page.section("Discounting")
    source = book.cells["settings", "discount_rate"]
    rate = page.constant(
        "Discount rate", source.value, unit="a year", kind=CellKind.LINK, formula=source.on(CASH), numbers=SHARE
    )
    length = page.constant("Length of a period", delta, unit="years", numbers=FACTOR, note=f"a {case.settings.period}")
    middle = page.constant("Middle of a period", HALF, unit="periods", numbers=FINE, note="cash flows in the middle")
    size = len(book.facts.labels)
    ages = [(index + 1 - HALF) * delta for index in range(size)]
    years = page.formula(
        "Years to the middle", lambda here, _: f"({here}${NUMBER_ROW + 1}-{middle.on(CASH)})*{length.on(CASH)}", ages,
        unit="years", numbers=FINE, total=Sum.NONE,
    )  # fmt: skip
    factors = [(1 + rate.value) ** -age for age in ages]
    factor = page.formula(
        "Discount factor", lambda here, _: f"(1+{rate.on(CASH)})^-{years.at(here)}", factors, unit="factor",
        numbers=FACTOR, total=Sum.NONE,
    )  # fmt: skip
    book.lines[("factor",)] = factor
    discounted = page.formula(
        "Discounted cost", times([cost, factor], CASH),
        [one * each for one, each in zip(cost.values, factors, strict=True)], unit=MUSD, numbers=book.money,
        is_strong=True, total=Sum.ALL, note="total: all optimised periods",
    )  # fmt: skip
    end = page.constant(
        "End of the horizon", size * delta, unit="years", kind=CellKind.CALC, numbers=FINE,
        formula=f"MAX({book.numbers_row(CASH)})*{length.on(CASH)}",
    )  # fmt: skip
    last = page.constant(
        "Discount factor of the end", (1 + rate.value) ** -end.value, unit="factor", kind=CellKind.CALC, numbers=FACTOR,
        formula=f"(1+{rate.on(CASH)})^-{end.on(CASH)}",
    )  # fmt: skip
    worth = page.constant(
        "Discounted value left", left.value * last.value, unit=MUSD, kind=CellKind.CALC, numbers=book.money,
        formula=f"{left.on(CASH)}*{last.on(CASH)}",
    )  # fmt: skip
    book.cells[("npc",)] = page.constant(
        "Net present cost", discounted.total + worth.value, unit=MUSD, kind=CellKind.CALC, numbers=book.money,
        formula=f"{discounted.constant()}+{worth.on(CASH)}", is_strong=True, note="what the plan minimises",
    )  # fmt: skip
    book.cells[("discounted cost",)] = discounted.cell
    _ledger(book, page, discounted)


def _ledger(book: PlanBook, page: TimeSheet, discounted: TimeRow) -> None:
    """Writes the discounted amounts of the ledger, period by period, and the check against the formulas."""
    page.section("The ledger of the plan, discounted")
    told = [0.0] * len(book.facts.labels)
    for row in book.facts.records("costs"):
        if row["category"] != VALUE_LEFT:
            told[book.facts.period(row["period"])] += float(row["discounted_musd"]) * book.facts.weight(row)
    line = page.values("Discounted cost, by the ledger", told, unit=MUSD, numbers=book.money, note="table costs")
    gap = page.differs(discounted, line, unit=MUSD)
    book.check(
        "Discounted cost of each period is the ledger's", gap.constant(CHECKS), gap.total, size=discounted.cell,
        unit=MUSD, note="sheet Cash: formula and table costs",
    )  # fmt: skip


def write_years(book: PlanBook) -> None:
    """Writes cash, orders and arrivals by calendar year, where periods are shorter."""
    if YEARS not in book.pages:
        return
    page = book.begin(YEARS, "The plan by calendar year")
    page.section("Cash")
    lines = [_by_year(book, page, book.lines["cash", category], category, MUSD) for category in CASH_CATEGORIES]
    for line in lines:
        book.lines["year", "cash", line.label] = line
    whole = book.lines["cash", "all"]
    added = page.added("Cash", lines, unit=MUSD, numbers=book.money, total=Sum.NONE)
    page.cell(
        added.row, TOTAL, whole.constant(YEARS), whole.total, kind=CellKind.LINK, numbers=book.money, is_strong=True
    )
    book.lines["year", "cash", "all"] = added
    given = [(key[1], line) for key, line in book.lines.items() if key[0] == "given" and key[1].startswith("Budget ")]
    if given:
        page.section("Budgets, in the year in which their spans begin")
    for name, line in given:
        book.lines["year", "given", name] = _by_year(book, page, line, name, MUSD)
    page.section("Units ordered")
    for key, line in list(book.lines.items()):
        if key[0] == "units":
            book.lines["year", *key] = _by_year(book, page, line, line.label, "units")
    page.section("Contract value of the orders, in the year in which they are placed")
    for key, line in list(book.lines.items()):
        if key[0] == "contract_musd" and key[1] != "all":
            book.lines["year", *key] = _by_year(book, page, line, line.label, MUSD)
    page.section("Units that arrive")
    for key, line in list(book.lines.items()):
        if key[0] == "arrives":
            _by_year(book, page, line, key[1], "units")


def _by_year(book: PlanBook, page: TimeSheet, line: TimeRow, label: str, unit: str) -> TimeRow:
    years = TimeRow(line.sheet, YEAR_ROW, line.values)
    values = [
        sum(value for value, at in zip(line.values, book.facts.years, strict=True) if at == int(year))
        for year in page.columns
    ]
    numbers = book.money if unit == MUSD else WHOLE
    written = page.formula(
        label,
        lambda here, _: f"SUMIFS({line.span(YEARS)},{years.span(YEARS)},{here}${YEAR_ROW + 1})",
        values,
        unit=unit,
        numbers=numbers,
        kind=CellKind.LINK,
        total=Sum.NONE,
    )
    # A year may hold reported and other periods; the total is that of the line.
    page.cell(written.row, TOTAL, line.constant(YEARS), line.total, kind=CellKind.LINK, numbers=numbers)
    return written
