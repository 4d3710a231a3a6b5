"""The sheet of budgets and limits: what each span gives, what is taken of it, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.tables.fleet_rows import CASH_CATEGORIES
from planner.documents.xlsx.cell_style import FACTOR, PLAIN, SHARE, WHOLE, CellKind, Numbers
from planner.documents.xlsx.line_formulas import plus, same, times
from planner.documents.xlsx.time_sheet import Sum, TimeRow, TimeSheet
from planner.export.workbook.plan_book import BUDGETS, CHECKS, PlanBook
from planner.export.workbook.series_by_period import PeriodSeries, Record

_SPENDING: dict[str, tuple[str, str, Numbers | None, str]] = {
    "available_musd": ("Available, with what was left over", "USD million", None, "table budgets"),
    "gross_musd": ("Spent, gross", "USD million", None, "before income from resale"),
    "resale_musd": ("Income from resale that counts", "USD million", None, "table budgets"),
    "share_used": ("Share used: spent of available", "share", SHARE, "net of resale"),
}
_PRICE = ("Next one saves", "USD million each", FACTOR, "a small amount; lots, deals and modules held")
_WORTHS: dict[str, tuple[str, str, Numbers | None, str]] = {
    "worth_of_one_per_cent_musd": ("1 % more saves", "USD million", FACTOR, "found by solving again"),
    "worth_of_one_unit_musd": ("One more saves", "USD million", FACTOR, "found by solving again"),
    "holds_up_to": ("The price holds for so many more", "", None, "each saves as much up to there"),
}
"""By column of the tables: label, unit (the limit's own where none), how numbers are written, and note."""


@dataclass(frozen=True)
class Span:
    """A row of a budget or limit: its periods, first and last, amount (None: no limit), and what the plan says."""

    label: str
    first: int
    last: int
    amount: float | None
    slack: float | None
    told: Mapping[str, float | None]
    """What else the plan says of it, by column of the tables of budgets, limits, and of what binds."""
    carries: bool = False


def write_budgets(book: PlanBook) -> None:
    """Writes a corkscrew for each budget and limit: left over, given, taken, lapsed."""
    page = book.begin(BUDGETS, "Budgets and limits: given, taken and left", total="Constant or total")
    facts = book.facts
    spans = _spans(facts, "budgets", "budget", "amount_musd", "slack_musd")
    for name, rows in spans.items():
        page.section(f"Budget {name}")
        _budget(book, page, name, rows)
    for name, rows in _spans(facts, "limits", "limit", "supply", "slack").items():
        page.section(f"Limit {name}")
        _limit(book, page, name, rows)


def _spans(facts: PeriodSeries, table: str, item: str, amount: str, slack: str) -> dict[str, list[Span]]:
    """Returns the rows of a result table by name, in periods; several futures are averaged."""
    carrying = {(row.budget, row.span) for row in facts.loaded.case.budgets if row.carry_over}
    found: dict[str, dict[str, list[Record]]] = {}
    for row in facts.records(table):
        found.setdefault(str(row[item]), {}).setdefault(str(row["span"]), []).append(row)
    worths: dict[tuple[str, str], list[Record]] = {}
    for row in facts.records("binding"):
        if row["requirement"] == table:
            worths.setdefault((str(row["item"]), str(row["period"])), []).append(row)
    made = {}
    for name, spans in found.items():
        made[name] = [
            Span(
                label,
                *_periods(facts, label),
                _mean(facts, rows, amount),
                _mean(facts, rows, slack),
                {column: _mean(facts, rows, column) for column in ("price", *_SPENDING) if column in rows[0]}
                | {column: _mean(facts, worths.get((name, label), []), column) for column in _WORTHS},
                table == "budgets" and _carries(facts, carrying, name, label),
            )
            for label, rows in spans.items()
        ]
    return made


def _periods(facts: PeriodSeries, span: str) -> tuple[int, int]:
    calendar = facts.loaded.calendar
    first, end = calendar.span(span)
    low, high = calendar.period_of_month(first), calendar.period_of_month(end - 1)
    return max(low, 0), min(high, len(facts.labels) - 1)


def _carries(facts: PeriodSeries, carrying: set[tuple[str, str]], name: str, label: str) -> bool:
    """True where the last input row inside the span hands on what it leaves."""
    inside = [row for row in carrying if row[0] == name and _periods(facts, row[1]) == _periods(facts, label)]
    return bool(inside)


def _mean(facts: PeriodSeries, rows: Sequence[Record], column: str) -> float | None:
    if not rows or any(row[column] is None for row in rows):
        return None
    return sum(float(row[column]) * facts.weight(row) for row in rows)


def _budget(book: PlanBook, page: TimeSheet, name: str, rows: list[Span]) -> None:
    own = next(row for row in book.facts.loaded.case.budgets if row.budget == name)
    categories = CASH_CATEGORIES if "all" in own.categories else own.categories
    is_all = set(categories) == set(CASH_CATEGORIES)
    lines = [book.lines["cash", "all"]] if is_all else [book.lines["cash", each] for each in categories]
    note = "all categories" if is_all else ", ".join(categories)
    spent = page.added("Spent", lines, unit="USD million", note=note, numbers=book.money, is_strong=False)
    book.lines["budget spent", name] = spent
    _corkscrew(book, page, f"Budget {name}", rows, spent, unit="USD million", numbers=book.money)


def _limit(book: PlanBook, page: TimeSheet, name: str, rows: list[Span]) -> None:
    case = book.facts.loaded.case
    unit = next((row.unit for row in case.limits if row.limit == name), "")
    taken = []
    for use in case.limit_use:
        if use.limit != name or ("arrives", use.offer) not in book.lines:
            continue
        arrives = book.lines["arrives", use.offer]
        each = book.cells["assumptions", "limit_use", name, use.offer, "use_per_unit"]
        taken.append(
            page.formula(
                f"Taken by {use.offer}",
                times([arrives, each], BUDGETS),
                [value * each.value for value in arrives.values],
                unit=unit, kind=CellKind.LINK,
            )
        )  # fmt: skip
    used = page.added("Taken", taken, unit=unit)
    _corkscrew(book, page, f"Limit {name}", rows, used, unit=unit, numbers=WHOLE)


def _corkscrew(
    book: PlanBook, page: TimeSheet, name: str, rows: list[Span], taken: TimeRow, *, unit: str, numbers: Numbers
) -> None:
    """Writes what is given in each span, taken, and left; what is not carried on lapses at the end of a span."""
    bound = [row for row in rows if row.amount is not None]
    if not bound:
        page.says("There is no limit.")
        return
    size = len(taken.values)
    given_values: list[float | None] = [None] * size
    counted_values: list[float] = [0.0] * size
    lapse_values: list[float] = [0.0] * size
    for row in bound:
        given_values[row.first] = (given_values[row.first] or 0.0) + (row.amount or 0.0)
        counted_values[row.first : row.last + 1] = [1.0] * (row.last + 1 - row.first)
        lapse_values[row.last] = 0.0 if row.carries else 1.0
    for row in rows:
        if row.amount is None:
            # A span without a limit hands nothing on.
            lapse_values[row.last] = 1.0
    flags = {"unit": "flag", "numbers": PLAIN, "total": Sum.NONE, "kind": CellKind.INPUT}
    given = page.values(
        "Given, in the first period of each span", given_values, unit=unit, kind=CellKind.INPUT, numbers=numbers
    )
    is_whole = all(counted_values)
    counted = None if is_whole else page.values("A limit holds", counted_values, **flags)  # type: ignore[arg-type]
    lapse = page.values("What is left lapses after it", lapse_values, **flags)  # type: ignore[arg-type]
    left_values, lapsed_values, closing = _run(given.values, taken.values, counted_values, lapse_values)
    closing_row = page.row + 4
    opening = page.formula(
        "Left over from before", lambda _, before: f"{before}{closing_row}", [0.0, *closing[:-1]], unit=unit,
        total=Sum.NONE, numbers=numbers,
    )  # fmt: skip
    left = page.formula(
        "Left after what is taken",
        lambda here, _: (
            f"{opening.at(here)}+{given.at(here)}-{taken.at(here)}" + (f"*{counted.at(here)}" if counted else "")
        ),
        left_values, unit=unit, total=Sum.NONE, numbers=numbers, is_strong=True,
    )  # fmt: skip
    lapsed = page.formula(
        "Lapsed", lambda here, _: f"-{left.at(here)}*{lapse.at(here)}", lapsed_values, unit=unit, numbers=numbers
    )
    page.formula(
        "Left over", plus([left, lapsed], BUDGETS), closing, unit=unit, total=Sum.NONE,
        numbers=numbers, before=0.0,
    )  # fmt: skip
    book.lines["given", name], book.lines["left", name] = given, left
    _slack(book, page, name, bound, left, taken, unit=unit, numbers=numbers)


def _run(
    given: Sequence[float], taken: Sequence[float], counted: Sequence[float], lapses: Sequence[float]
) -> tuple[list[float], list[float], list[float]]:
    """Returns what is left, lapsed and carried on in each period."""
    left, lapsed, closing = [], [], []
    over = 0.0
    for more, used, counts, ends in zip(given, taken, counted, lapses, strict=True):
        rest = over + more - used * counts
        gone = -rest * ends
        over = rest + gone
        left.append(rest)
        lapsed.append(gone)
        closing.append(over)
    return left, lapsed, closing


def _slack(
    book: PlanBook,
    page: TimeSheet,
    name: str,
    rows: list[Span],
    left: TimeRow,
    taken: TimeRow,
    *,
    unit: str,
    numbers: Numbers,
) -> None:
    """Writes slack at the ends of spans, by formula and by the plan, and adds the checks."""
    size = len(left.values)
    ends: list[float] = [0.0] * size
    told: list[float | None] = [None] * size
    columns: dict[str, list[float | None]] = {column: [None] * size for column in ("price", *_SPENDING, *_WORTHS)}
    for row in rows:
        ends[row.last], told[row.last] = 1.0, row.slack
        for column, value in row.told.items():
            columns[column][row.last] = value
    if all(ends):
        slack = page.formula(
            "Slack", same(left, BUDGETS), left.values, unit=unit, total=Sum.LEAST, numbers=numbers,
            note="total: the least",
        )  # fmt: skip
        _compare(book, page, name, slack, taken, told, columns, unit=unit, numbers=numbers)
        return
    flag = page.values("A span ends", ends, unit="flag", numbers=PLAIN, total=Sum.NONE, kind=CellKind.INPUT)
    slack = page.formula(
        "Slack at the end of each span", times([left, flag], BUDGETS),
        [value * ends[index] for index, value in enumerate(left.values)], unit=unit, total=Sum.LEAST, numbers=numbers,
        note="total: the least",
    )  # fmt: skip
    _compare(book, page, name, slack, taken, told, columns, unit=unit, numbers=numbers)


def _told(page: TimeSheet, columns: Mapping[str, Sequence[float | None]], unit: str, numbers: Numbers) -> None:
    """Writes what the plan says of spending, gross and net, and of what more is worth; blank: not told."""
    for column, (label, of, own, note) in (_SPENDING | _WORTHS | {"price": _PRICE}).items():
        values = columns[column]
        is_told = any(values) if column in ("price", "resale_musd") else any(value is not None for value in values)
        if is_told:
            page.values(label, values, unit=of or unit, numbers=own or numbers, total=Sum.NONE, note=note)


def _compare(
    book: PlanBook, page: TimeSheet, name: str, slack: TimeRow, taken: TimeRow, told: Sequence[float | None],
    columns: Mapping[str, Sequence[float | None]], *, unit: str, numbers: Numbers,
) -> None:  # fmt: skip
    """Writes what the plan says of slack and what relief is worth, and adds the checks."""
    plan = page.values("Slack, by the plan", told, unit=unit, numbers=numbers, total=Sum.NONE)
    _told(page, columns, unit, numbers)
    book.check(
        f"{name} is not overdrawn", f"MAX(0,-{slack.constant(CHECKS)})", max(0.0, -slack.total), size=taken.cell,
        unit=unit, note="sheet Budgets and limits",
    )  # fmt: skip
    gap = page.differs(slack, plan, unit=unit)
    book.check(
        f"{name}: slack is the plan's", gap.constant(CHECKS), gap.total, size=taken.cell, unit=unit,
        note="sheet Budgets and limits: formula and plan",
    )  # fmt: skip
