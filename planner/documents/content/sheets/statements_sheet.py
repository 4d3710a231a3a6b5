"""The sheet of statements: income, cash flow and balance sheet by formulas from cash and books, and their balance."""

from __future__ import annotations

from collections.abc import Iterable

from planner.documents.content.sheets.books_sheet import TITLES, cash_rows
from planner.documents.content.sheets.plan_lines import MUSD, STATEMENTS, PlanLines
from planner.documents.formula_terms import ZERO, Term, added, size_of
from planner.documents.line_items import Added, LineItem, Prior, Total
from planner.documents.live_workbook import LineSheet
from planner.results.lease_accounts import FINANCE, OPERATING_LEASE
from planner.results.ledger_places import (
    ACCELERATORS,
    DISPOSALS,
    INVESTING,
    LEASES,
    LOAN_FEES,
    OPERATING,
    ORDERS,
    PLACES,
    PROGRAMMES,
    what_of,
)
from planner.results.statement_tables import (
    ASSETS,
    CHARGES,
    EQUITY,
    FUNDING,
    INCOME,
    INTEREST,
    LINES,
    PAYABLES,
    REMOVALS,
    RUNNING,
)

_SECTIONS = {
    INCOME: "Income", RUNNING: "Running cost", CHARGES: "Depreciation and amortisation",
    REMOVALS: "Losses, less gains", INTEREST: "Financing cost",
}  # fmt: skip
_REMOVED = {
    "power modules that fail": "construction", "own chips that fail": "programmes",
    "acquisitions that fail": "acquisitions",
}  # fmt: skip


def add_statements(plan: PlanLines) -> None:
    """Adds the three statements, and the checks against those of the plan."""
    sheet = plan.sheet(STATEMENTS, "Statements: income, cash flow and balance sheet of the cost of compute")
    sheet.remark(
        "Costs are positive in the income statement; receipts are positive in the cash flow. docs/statements.md"
    )
    net = _income(plan, sheet)
    put_in = _cash_flow(plan, sheet)
    _balance(plan, sheet, net, put_in)


def _given(plan: PlanLines, table: str, *, line: str, section: str | None = None) -> tuple[float | None, ...]:
    side = "side" if table == "balance_sheet" else "section"
    series = plan.facts.series(table, (side, "line"), "musd", where=("line", line))
    found = [values for (own, _), values in series.items() if section is None or own == section]
    return found[0] if found else (None,) * len(plan.facts.labels)


def _income(plan: PlanLines, sheet: LineSheet) -> LineItem:
    """Adds the income statement; returns its sum."""
    sums = []
    for section, title in _SECTIONS.items():
        rows: list[LineItem] = []
        for line in LINES[section]:
            source = _cost(plan, line)
            if source is not None and any(_given(plan, "income_statement", line=line, section=section)):
                if not rows:
                    sheet.part(title)
                rows.append(sheet.add(LineItem(line, source, MUSD, shape=plan.money)))
        if rows:
            total = LineItem(f"All of {title.lower()}", Added(tuple(rows)), MUSD, shape=plan.money, is_strong=True)
            sums.append(sheet.add(total))
    sheet.part("Income statement")
    net = sheet.add(LineItem("Net cost of compute", Added(tuple(sums)), MUSD, shape=plan.money, is_strong=True))
    given = _given(plan, "income_statement", line="all", section="all")
    by_plan = sheet.add(LineItem("Net cost, by the plan", given, MUSD, "table income_statement", plan.money))
    _agree(sheet, "Income statement: net cost is the plan's", net, by_plan)
    return net


def _agree(sheet: LineSheet, label: str, here: LineItem, given: LineItem) -> None:
    sheet.must_agree(label, here, given, size_of(here.over()), unit=MUSD, note=f"sheet {STATEMENTS}")


def _cost(plan: PlanLines, line: str) -> Term | None:
    """What a line of the income statement follows from; None where the plan has nothing of it."""
    direct = _direct(plan, line)
    if line == "lease expense":
        return _lease_expense(plan)
    removed, failed = _flow(plan, ACCELERATORS, "removed"), plan.items.get(("failed",))
    if line == "resale":
        rows = cash_rows(plan, DISPOSALS)
        brought: tuple[Term, ...] = (Added(rows),) if rows else ()
        book = () if removed is None or failed is None else (removed - failed,)
        return added(*brought, *book) if brought or book else None
    if line == "failed units":
        return failed
    if line == "leases left early":
        parts = [
            plan.items["account", kind, "removed"] - plan.items["lease", kind, "ended"]
            for kind in (FINANCE, OPERATING_LEASE)
            if ("lease", kind, "ended") in plan.items
        ]
        return added(*parts) if parts else None
    if line in _REMOVED:
        return _flow(plan, _REMOVED[line], "removed")
    if line == "interest on finance leases":
        return plan.items.get(("lease", FINANCE, "interest"))
    if line == "cancellation fees":
        return _flow(plan, ORDERS, "charged")
    if line == "loan fees":
        return _flow(plan, LOAN_FEES, "charged")
    if line in LINES[CHARGES]:
        return _flow(plan, line, "charged")
    return Added(direct) if direct else None


def _flow(plan: PlanLines, kind: str, flow: str) -> LineItem | None:
    return plan.items.get(("account", kind, flow))


def _direct(plan: PlanLines, line: str) -> tuple[LineItem, ...]:
    """The rows of the sheet Cash that are a cost of their period on a line."""
    found, bought = [], {offer.offer for offer in plan.case.offers if offer.kind == "buy"}
    for key, item in plan.items.items():
        if key[0] != "cost":
            continue
        what, name = what_of(key[1], key[2])
        place = PLACES[key[1], what]
        if place is None:
            continue
        own = place.cost
        if place.account == ACCELERATORS and name not in bought:
            own = "integration of leased units"
        if place.account == PROGRAMMES and not plan.case.settings.capitalise_programmes:
            own = "design, masks and respins of own chips"
        if own == line:
            found.append(item)
    return tuple(found)


def _lease_expense(plan: PlanLines) -> Term | None:
    """Rents as they are paid, less those of measured leases, and the even cost of operating leases."""
    rows = cash_rows(plan, LEASES)
    if not rows:
        return None
    found: Term = Added(rows)
    for kind in (FINANCE, OPERATING_LEASE):
        paid = plan.items.get(("lease", kind, "paid"))
        found = found if paid is None else found - paid
    interest, charged = plan.items.get(("lease", OPERATING_LEASE, "interest")), _flow(plan, OPERATING_LEASE, "charged")
    return found + interest + charged if interest is not None and charged is not None else found


def _cash_flow(plan: PlanLines, sheet: LineSheet) -> LineItem:
    """Adds the cash flow statement; returns what is put in."""
    places: dict[tuple[str, str], list[LineItem]] = {}
    bought = {offer.offer for offer in plan.case.offers if offer.kind == "buy"}
    for key, item in plan.items.items():
        place = PLACES[key[1], what_of(key[1], key[2])[0]] if key[0] == "cost" else None
        if place is None:
            continue
        section, line = place.section, place.cash
        if place.account == PROGRAMMES and not plan.case.settings.capitalise_programmes:
            section = OPERATING
        if place.account == ACCELERATORS and what_of(key[1], key[2])[1] not in bought:
            section, line = OPERATING, "integration of leased units"
        places.setdefault((section, line), []).append(item)
    sums = []
    for section in (OPERATING, INVESTING, "financing"):
        rows = [(line, Added(tuple(items))) for (own, line), items in places.items() if own == section]
        principal = _principal(plan) if section != INVESTING else None
        if rows or principal is not None:
            sheet.part(f"Cash flow: {section}")
            lines = [sheet.add(LineItem(line, -term, MUSD, shape=plan.money)) for line, term in rows]
            if principal is not None:
                label = (
                    "principal of finance leases, in financing" if section == OPERATING else "finance leases paid back"
                )
                term = principal if section == OPERATING else -principal
                lines.append(sheet.add(LineItem(label, term, MUSD, shape=plan.money)))
            whole = LineItem(f"Cash of {section}", Added(tuple(lines)), MUSD, shape=plan.money, is_strong=True)
            sums.append(sheet.add(whole))
    sheet.part("Cash flow statement")
    put_in = sheet.add(
        LineItem("Cash put in by the company", -Added(tuple(sums)), MUSD, shape=plan.money, is_strong=True)
    )
    given = _given(plan, "cash_flow_statement", line=FUNDING)
    by_plan = sheet.add(LineItem("Cash put in, by the plan", given, MUSD, "table cash_flow_statement", plan.money))
    _agree(sheet, "Cash flow statement: cash put in is the plan's", put_in, by_plan)
    return put_in


def _principal(plan: PlanLines) -> Term | None:
    paid, interest = plan.items.get(("lease", FINANCE, "paid")), plan.items.get(("lease", FINANCE, "interest"))
    return None if paid is None or interest is None else paid - interest


def _balance(plan: PlanLines, sheet: LineSheet, net: LineItem, put_in: LineItem) -> None:
    """Adds the balance sheet at the end of each period, and that its sides agree."""
    assets, liabilities = _assets(plan), _liabilities(plan)
    sides = []
    for title, lines in (("Assets", assets), ("Liabilities", liabilities)):
        sheet.part(f"Balance sheet: {title.lower()}")
        rows = [_stock(plan, sheet, label, term) for label, term in lines]
        sides.append(_whole(plan, sheet, title, rows))
    sheet.part("Balance sheet: equity")
    start = next((row["opening_musd"] for row in plan.facts.records("balance_sheet") if row["line"] == EQUITY[0]), 0.0)
    equity = [_grown(plan, sheet, EQUITY[0].capitalize(), ZERO, float(start or 0.0))]
    equity.append(_grown(plan, sheet, "Cash put in so far", put_in, 0.0))
    equity.append(_grown(plan, sheet, "Net cost so far", -net, 0.0))
    sides.append(_whole(plan, sheet, "Equity", equity))
    sheet.part("Balance")
    gap = LineItem(
        "Assets less liabilities and equity", sides[0] - sides[1] - sides[2], MUSD, "total: the largest; must be 0",
        plan.money, Total.SIZE, is_strong=True,
    )  # fmt: skip
    sheet.add(gap)
    size, note = size_of(sides[0].over()), f"sheet {STATEMENTS}"
    sheet.must_hold("The balance sheet balances", gap.whole, size, unit=MUSD, note=note)
    given = _given(plan, "balance_sheet", line="all", section="assets")
    by_plan = sheet.add(LineItem("Assets, by the plan", given, MUSD, "table balance_sheet", plan.money, Total.NONE))
    sheet.must_agree("Balance sheet: assets are the plan's", sides[0], by_plan, size, unit=MUSD, note=note)


def _stock(plan: PlanLines, sheet: LineSheet, label: str, term: Term) -> LineItem:
    return sheet.add(LineItem(label, term, MUSD, shape=plan.money, total=Total.NONE))


def _whole(plan: PlanLines, sheet: LineSheet, title: str, rows: Iterable[LineItem]) -> LineItem:
    whole = LineItem(title, Added(tuple(rows)), MUSD, shape=plan.money, total=Total.NONE, is_strong=True)
    return sheet.add(whole)


def _grown(plan: PlanLines, sheet: LineSheet, label: str, more: Term, start: float) -> LineItem:
    row = LineItem(label, unit=MUSD, shape=plan.money, total=Total.NONE, start=start)
    row.source = Prior(row) + more
    return sheet.add(row)


def _assets(plan: PlanLines) -> list[tuple[str, Term]]:
    found: list[tuple[str, Term]] = []
    for kind in ASSETS:
        closing = plan.items.get(("account", kind, "closing"))
        if closing is not None:
            title = "Orders on the way" if kind == ORDERS else TITLES[kind]
            found.append((title, closing + plan.items["payables",] if kind == ORDERS else closing))
    return found


def _liabilities(plan: PlanLines) -> list[tuple[str, Term]]:
    found: list[tuple[str, Term]] = []
    if ("loans", "closing") in plan.items:
        found.append(("Loans", plan.items["loans", "closing"]))
    fees = plan.items.get(("account", LOAN_FEES, "closing"))
    if fees is not None:
        found.append((TITLES[LOAN_FEES], -fees))
    if ("payables",) in plan.items:
        found.append((PAYABLES.capitalize(), plan.items["payables",]))
    for kind in (FINANCE, OPERATING_LEASE):
        closing = plan.items.get(("lease", kind, "closing"))
        if closing is not None:
            found.append((f"Lease liabilities: {kind}", closing))
    return found
