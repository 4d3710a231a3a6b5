"""The statements of a plan, recomputed from ledger, decisions and case: each line, each sum, the balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.checks.evidence import Evidence
from models.checks.loan_schedules import outstanding
from models.checks.plan_check import recomputes
from models.checks.report import Recorder
from models.checks.statement_assets import (
    Books,
    Carried,
    added,
    books_of,
    ledger_lines,
    nothing,
    once,
    sold_book_value,
    total,
)
from models.checks.statement_leases import LeaseLine, Leases, leases_of

Lines = dict[tuple[str, str], list[float]]
"""By section and line: USD million by period."""
Sides = dict[tuple[str, str], list[tuple[float, float, float]]]
"""By side and line of the balance sheet: what each period begins with, its cost, and what is left at its end."""
LEAST = 1e-9
_CELLS_OF_LINES = {"period": "*period", "section": "*text", "line": "*text", "musd": "number"}
CELLS = {
    "income_statement": _CELLS_OF_LINES,
    "cash_flow_statement": _CELLS_OF_LINES,
    "balance_sheet": {
        "period": "*period",
        "side": "*text",
        "line": "*text",
        "opening_musd": "number",
        "cost_musd": "number",
        "charged_so_far_musd": "number",
        "musd": "number",
    },
    "book_values": {
        "account": "*text",
        "item": "*text",
        "vintage": "*text or blank",
        "period": "*period",
        "cost_musd": "number",
        "opening_musd": "number",
        "paid_musd": "number",
        "received_musd": "number",
        "charged_musd": "number",
        "removed_musd": "number",
        "musd": "number",
    },
    "lease_liabilities": {
        "account": "*text",
        "lease": "*text",
        "begins": "*text",
        "period": "*period",
        "opening_musd": "number",
        "added_musd": "number",
        "interest_musd": "number",
        "paid_musd": "number",
        "ended_musd": "number",
        "musd": "number",
    },
}
"""The cells of each statement; a star marks those that identify a row."""
_COST_OF = {
    "power": "electricity", "variable": "cost per query", "carbon": "carbon", "incentive": "incentives",
    "revenue": "revenue",
}  # fmt: skip
_COST_OF_LINE = {
    ("maintenance", "units"): "maintenance",
    ("maintenance", "fixed"): "fixed cost of sites",
    ("tape_out", "sustaining"): "sustaining of own chips",
    ("acquisition", "integration"): "integration of acquisitions",
    ("acquisition", "contribution"): "contribution of acquisitions",
    ("agreement", "shortfall"): "shortfall fees",
    ("agreement", "level"): "shortfall fees",
    ("financing", "interest"): "interest on loans",
    ("lease", "exit"): "lease exit fees",
}
_SECTIONS = {
    "income": ("revenue", "incentives", "contribution of acquisitions"),
    "running cost": (
        "electricity", "maintenance", "fixed cost of sites", "cost per query", "carbon", "lease expense",
        "lease exit fees", "integration of leased units", "design, masks and respins of own chips",
        "sustaining of own chips", "integration of acquisitions", "shortfall fees", "cancellation fees",
    ),
    "depreciation and amortisation": ("accelerators", "power", "programmes", "agreements", "finance leases"),
    "gains and losses": (
        "resale", "failed units", "leases left early", "power modules that fail", "own chips that fail",
        "acquisitions that fail",
    ),
    "financing cost": ("interest on loans", "loan fees", "interest on finance leases"),
}  # fmt: skip
_OPERATING = {
    "lease": "rents of accelerators", "agreement": "prepayments of agreements", "revenue": "revenue",
    "incentive": "incentives",
}  # fmt: skip
_INVESTING = {
    "hardware": "accelerators", "expansion": "power modules", "tape_out": "own chips", "acquisition": "acquisitions",
    "resale": "resale",
}  # fmt: skip
_FINANCING = {"draw": "loans drawn", "repayment": "loans repaid", "fee": "loan fees"}
NO_CASH = ("unserved", "value_left")


@dataclass(frozen=True)
class Statements:
    """All that the statements are made of."""

    books: Books
    leases: Leases
    income: Lines
    cash: Lines


def statements_of(plan: Evidence) -> Statements:
    """Returns the accounts and lines of a plan, which are worked out once."""

    def work() -> Statements:
        books, leases = books_of(plan), leases_of(plan)
        return Statements(books, leases, _income(plan, books, leases), _cash(plan, leases))

    return once(plan, "statements", work)


def _first_words(plan: Evidence) -> Iterable[tuple[str, str, str, list[float]]]:
    """Yields the cash lines of the ledger: category, first word of what it is, whole name, USD million by period."""
    for (category, line), amounts in ledger_lines(plan).items():
        if category in NO_CASH:
            continue
        words = line.split(" ")
        # What is done to running leases is that which is done to others.
        is_fee = " exit fee " in f" {line}" or " end fee " in line
        is_exit = is_fee and category == "lease" and words[0] in ("exit", "running")
        yield category, "exit" if is_exit else words[0], line, amounts


def _is_leased(plan: Evidence, line: str) -> bool:
    offer = plan.facts.offers.get(line.removeprefix("integration "))
    return line.startswith("integration ") and offer is not None and offer.kind == "lease"


def _income(plan: Evidence, books: Books, leases: Leases) -> Lines:
    cost: dict[str, list[float]] = {line: nothing(plan) for lines in _SECTIONS.values() for line in lines}

    def add(line: str, amounts: Iterable[float]) -> None:
        cost[line] = added(cost[line], amounts)

    for category, word, line, amounts in _first_words(plan):
        if category in _COST_OF or (category, word) in _COST_OF_LINE:
            add(_COST_OF.get(category) or _COST_OF_LINE[category, word], amounts)
        elif category == "lease" or (category == "expansion" and word in ("rent", "exit")):
            add("lease expense", amounts)
        elif category == "tape_out" and not plan.case.settings.capitalise_programmes:
            add("design, masks and respins of own chips", amounts)
        elif category == "resale":
            add("resale", amounts)
        elif category == "hardware" and _is_leased(plan, line):
            add("integration of leased units", amounts)
    for (kind, _, _), periods in leases.items():
        for t, one in periods.items():
            is_finance = kind == "finance leases"
            cost["lease expense"][t] += (0.0 if is_finance else one.interest + one.right_charged) - one.paid
            cost["leases left early"][t] += one.right_removed - one.ended
            if is_finance:
                cost["interest on finance leases"][t] += one.interest
                cost["finance leases"][t] += one.right_charged
    for account in ("accelerators", "power", "programmes", "agreements", "loan fees"):
        add(account, total(plan, books, account, "charged"))
    add("cancellation fees", total(plan, books, "orders", "charged"))
    sold = sold_book_value(plan)
    add("resale", sold)
    add("failed units", added(total(plan, books, "accelerators", "removed"), (-musd for musd in sold)))
    add("power modules that fail", total(plan, books, "construction", "removed"))
    add("own chips that fail", total(plan, books, "programmes", "removed"))
    add("acquisitions that fail", total(plan, books, "acquisitions", "removed"))
    return {(section, line): cost[line] for section, lines in _SECTIONS.items() for line in lines}


def _cash(plan: Evidence, leases: Leases) -> Lines:
    found: Lines = {}

    def add(section: str, line: str, amounts: Iterable[float]) -> None:
        found[section, line] = added(found.get((section, line), nothing(plan)), amounts)

    for category, word, line, amounts in _first_words(plan):
        add(*_cash_place(plan, category, word, line), (-musd for musd in amounts))
    for (kind, _, _), periods in leases.items():
        for t, one in periods.items() if kind == "finance leases" else ():
            rents = "rents of power modules" if one.is_of_power else "rents of accelerators"
            moved = [one.paid - one.interest if u == t else 0.0 for u in range(plan.calendar.periods)]
            add("operating", rents, moved)
            add("financing", "finance leases paid back", (-musd for musd in moved))
    whole = added(nothing(plan), *found.values())
    add("financing", "cash put in", (-musd for musd in whole))
    return found


def _cash_place(plan: Evidence, category: str, word: str, line: str) -> tuple[str, str]:
    if category == "financing":
        return ("financing", _FINANCING[word]) if word in _FINANCING else ("operating", "interest on loans")
    if category == "hardware" and _is_leased(plan, line):
        return "operating", "integration of leased units"
    if category == "expansion" and word in ("rent", "exit"):
        return "operating", "rents of power modules"
    if (category, word) in _COST_OF_LINE or category in ("power", "variable", "carbon"):
        return "operating", "running costs"
    if category in _OPERATING:
        return "operating", _OPERATING[category]
    section = "investing" if category != "tape_out" or plan.case.settings.capitalise_programmes else "operating"
    return section, _INVESTING[category]


def _compare(plan: Evidence, record: Recorder, expected: Mapping[tuple[object, ...], Mapping[str, float]]) -> None:
    """Compares the rows of the table with the name of the requirement; what is next to nothing may be left out."""
    keys = [name for name, kind in CELLS[record.requirement].items() if kind.startswith("*")]
    given = {tuple(row[name] for name in keys): row for row in plan.rows[record.requirement]}
    for key in {**expected, **given}:
        where = tuple(plan.calendar.label(part) if isinstance(part, int) else str(part) for part in key)
        amounts, row = expected.get(key), given.get(key)
        if amounts is None:
            record.fault(where, "row", "given", "one that follows from the plan")
            continue
        if row is None:
            is_least = "all" not in key and all(abs(musd) <= 2 * LEAST for musd in amounts.values())
            record.holds(where, "row", found="missing", expected="given", fact=is_least)
            continue
        for column, musd in amounts.items():
            record.equal(row[column], musd, where, column)


def _with_sums(plan: Evidence, lines: Lines) -> dict[tuple[object, ...], dict[str, float]]:
    found: dict[tuple[object, ...], dict[str, float]] = {}
    for t in range(plan.calendar.periods):
        for (section, line), amounts in lines.items():
            found[t, section, line] = {"musd": amounts[t]}
            own = found.setdefault((t, section, "all"), {"musd": 0.0})
            own["musd"] += amounts[t]
        found[t, "all", "all"] = {"musd": sum(amounts[t] for amounts in lines.values())}
    return found


@recomputes("income_statement", CELLS["income_statement"])
def income_statement(plan: Evidence, record: Recorder) -> None:
    """Costs of a period are what is paid of them, what assets lose, and what is lost or gained as they go."""
    _compare(plan, record, _with_sums(plan, statements_of(plan).income))


@recomputes("cash_flow_statement", CELLS["cash_flow_statement"])
def cash_flow_statement(plan: Evidence, record: Recorder) -> None:
    """Each cash line of the ledger stands once; what is put in makes up for the rest, and no cash is left."""
    lines = statements_of(plan).cash
    _compare(plan, record, _with_sums(plan, lines))
    for row in plan.rows["cash_flow_statement"]:
        t = row["period"]
        if row["line"] == "cash put in" and t in plan.periods:
            own = plan.periods[t]
            cash = own["cash_musd"] + own["incentive_musd"] + own["revenue_musd"]
            record.equal(row["musd"], cash, (plan.labels[t], "cash put in"), "musd, against the cash of the ledger")


@recomputes("balance_sheet", CELLS["balance_sheet"])
def balance_sheet(plan: Evidence, record: Recorder) -> None:
    """Assets and liabilities are those of the accounts, equity what was put in less the costs, and the sides agree."""
    expected: dict[tuple[object, ...], dict[str, float]] = {}
    sides = _sides(plan)
    for t in range(plan.calendar.periods):
        for side in ("assets", "liabilities", "equity"):
            own = {line: list(rows[t]) for (group, line), rows in sides.items() if group == side}
            own["all"] = added((0.0, 0.0, 0.0), *own.values())
            for line, (opening, cost, closing) in own.items():
                amounts_of = {"opening_musd": opening, "cost_musd": cost, "charged_so_far_musd": cost - closing}
                expected[t, side, line] = {**amounts_of, "musd": closing}
    _compare(plan, record, expected)
    _compare_sides(plan, record)


def _sides(plan: Evidence) -> Sides:
    """Returns the lines of the balance sheet by side."""
    parts = statements_of(plan)
    sides: Sides = {}
    for (kind, _, _), periods in parts.books.items():
        for t, one in periods.items():
            _book(sides, plan, kind, t, one)
    for (kind, _, _), leases in parts.leases.items():
        for t, lease in leases.items():
            _add(sides, plan, ("assets", kind), t, (lease.right_opening, lease.cost, lease.right_closing))
            _add(sides, plan, ("liabilities", kind), t, (lease.opening, lease.closing, lease.closing))
    for facility in plan.case.facilities:
        for t in range(plan.calendar.periods):
            left = outstanding(plan, facility, t)
            _add(sides, plan, ("liabilities", "loans"), t, (outstanding(plan, facility, t - 1), left, left))
    net = added(nothing(plan), *parts.income.values())
    start = sum(rows[0][0] * (1 if side == "assets" else -1) for (side, _), rows in sides.items())
    for line, amounts, first in (
        ("equity at the start", nothing(plan), start),
        ("net cost so far", [-musd for musd in net], 0.0),
        ("cash put in", parts.cash["financing", "cash put in"], 0.0),
    ):
        for t in range(plan.calendar.periods):
            before, after = (first + sum(amounts[:end]) for end in (t, t + 1))
            _add(sides, plan, ("equity", line), t, (before, after, after))
    return sides


def _compare_sides(plan: Evidence, record: Recorder) -> None:
    """To the cent, as far as numbers of that size have cents."""
    for column in ("opening_musd", "musd"):
        whole = {
            (row["period"], row["side"]): row[column] for row in plan.rows["balance_sheet"] if row["line"] == "all"
        }
        for t in range(plan.calendar.periods):
            assets, *others = (whole.get((t, side), 0.0) for side in ("assets", "liabilities", "equity"))
            gap = assets - sum(others)
            allowed = max(1e-8, 1e-12 * max(abs(assets), *(abs(musd) for musd in others)))
            record.holds((plan.labels[t], "assets"), column, found=gap, expected="0: liabilities and equity",
                         fact=abs(gap) <= allowed)  # fmt: skip


def _add(
    sides: Sides, plan: Evidence, line: tuple[str, str], t: int,
    amounts: tuple[float, float, float],
) -> None:  # fmt: skip
    rows = sides.setdefault(line, [(0.0, 0.0, 0.0)] * plan.calendar.periods)
    rows[t] = rows[t][0] + amounts[0], rows[t][1] + amounts[1], rows[t][2] + amounts[2]


def _book(sides: Sides, plan: Evidence, kind: str, t: int, one: Carried) -> None:
    """Adds an account: of orders what is paid ahead is an asset, and what came unpaid a payable."""
    if kind == "loan fees":
        _add(sides, plan, ("liabilities", "loan fees not yet charged"), t, (-one.opening, -one.closing, -one.closing))
    elif kind == "orders":
        ahead, behind = max(one.closing, 0.0), max(-one.closing, 0.0)
        _add(sides, plan, ("assets", kind), t, (max(one.opening, 0.0), ahead, ahead))
        _add(sides, plan, ("liabilities", "payables for what has come"), t, (max(-one.opening, 0.0), behind, behind))
    else:
        _add(sides, plan, ("assets", kind), t, (one.opening, one.cost, one.closing))


@recomputes("book_values", CELLS["book_values"])
def book_values(plan: Evidence, record: Recorder) -> None:
    """What is carried of each item begins with what was left, and loses value in a straight line over its life."""
    expected: dict[tuple[object, ...], dict[str, float]] = {}
    parts = statements_of(plan)
    for key, periods in parts.books.items():
        for t, one in periods.items():
            flows = {"paid_musd": one.paid, "received_musd": one.received, "charged_musd": one.charged}
            ends = {"cost_musd": one.cost, "opening_musd": one.opening, "musd": one.closing}
            expected[*key, t] = {**ends, **flows, "removed_musd": one.removed}
    for key, leases in parts.leases.items():
        for t, lease in leases.items():
            expected[*key, t] = _right(lease)
    _compare(plan, record, expected)


def _right(lease: LeaseLine) -> dict[str, float]:
    return {
        "cost_musd": lease.cost, "opening_musd": lease.right_opening, "paid_musd": 0.0, "received_musd": lease.added,
        "charged_musd": lease.right_charged, "removed_musd": lease.right_removed, "musd": lease.right_closing,
    }  # fmt: skip


@recomputes("lease_liabilities", CELLS["lease_liabilities"])
def lease_liabilities(plan: Evidence, record: Recorder) -> None:
    """What is owed of a lease is worth its payments to come, at the borrowing rate."""
    expected: dict[tuple[object, ...], dict[str, float]] = {}
    for key, periods in statements_of(plan).leases.items():
        for t, one in periods.items():
            expected[*key, t] = {
                "opening_musd": one.opening, "added_musd": one.added, "interest_musd": one.interest,
                "paid_musd": one.paid, "ended_musd": one.ended, "musd": one.closing,
            }  # fmt: skip
    _compare(plan, record, expected)


TABLES = (income_statement, balance_sheet, cash_flow_statement, book_values, lease_liabilities)
