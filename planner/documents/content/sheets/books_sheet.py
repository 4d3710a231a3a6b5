"""The sheet of accounts behind the statements: what is carried of each kind, by formulas from the cash lines on."""

from __future__ import annotations

from models.calendar import MONTHS_OF_YEAR, parse_label
from planner.documents.cell_text import FINE, PLAIN
from planner.documents.content.sheets.plan_lines import BOOKS, MUSD, PlanLines
from planner.documents.formula_terms import ONE, ZERO, Number, Term, largest, size_of
from planner.documents.line_items import Added, Constant, LineItem, PeriodNumber, Prior, Total
from planner.documents.live_workbook import LineSheet
from planner.results.lease_accounts import FINANCE, OPERATING_LEASE
from planner.results.ledger_places import ACCELERATORS, CONSTRUCTION, LOAN_FEES, LOANS, ORDERS, PLACES, POWER, what_of
from planner.results.statement_tables import ASSETS, PAYABLES

TITLES = {
    ORDERS: "Orders on the way, less payables for what has come", ACCELERATORS: "Accelerators",
    CONSTRUCTION: "Power modules under construction", POWER: "Power modules", "programmes": "Own chips",
    "acquisitions": "Acquisitions", "agreements": "Prepayments of agreements", FINANCE: "Right of use: finance leases",
    OPERATING_LEASE: "Right of use: operating leases", LOAN_FEES: "Loan fees not yet charged",
}  # fmt: skip
"""What each account is called."""
FLOWS = ("paid", "received", "charged", "removed")
_LABELS = {
    "paid": "Paid", "received": "From another account", "charged": "Charged as a cost",
    "removed": "Removed: sold, failed or ended",
}  # fmt: skip


def add_books(plan: PlanLines) -> None:
    """Adds a corkscrew for each account, for leases and for loans, and the depreciation of accelerators by vintage."""
    sheet = plan.sheet(BOOKS, "Books: what is carried, charged and owed")
    _vintages(plan, sheet)
    for kind in (*ASSETS, LOAN_FEES):
        _account(plan, sheet, kind)
    for kind in (FINANCE, OPERATING_LEASE):
        _lease(plan, sheet, kind)
    _loans(plan, sheet)


def cash_rows(plan: PlanLines, account: str) -> tuple[LineItem, ...]:
    """Returns the rows of the sheet Cash that are booked on an account."""
    capitalised, bought = plan.case.settings.capitalise_programmes, _bought(plan)
    found = []
    for key, item in plan.items.items():
        if key[0] != "cost" or (account == "programmes" and not capitalised):
            continue
        what, name = what_of(key[1], key[2])
        place = PLACES[key[1], what]
        is_leased = account == ACCELERATORS and name not in bought
        if place is not None and place.account == account and not is_leased:
            found.append(item)
    return tuple(found)


def _bought(plan: PlanLines) -> frozenset[str]:
    return frozenset(offer.offer for offer in plan.case.offers if offer.kind == "buy")


def _given(plan: PlanLines, table: str, kind: str, column: str) -> tuple[float | None, ...]:
    """Returns a column of the rows of an account, by period."""
    series = plan.facts.series(table, ("account",), column, where=("account", kind))
    return series.get((kind,), (None,) * len(plan.facts.labels))


def _start(plan: PlanLines, table: str, kind: str) -> float:
    return _given(plan, table, kind, "opening_musd")[0] or 0.0


def _vintages(plan: PlanLines, sheet: LineSheet) -> None:
    """Adds what the units of each vintage that are held have cost, and by formula what they lose in a period."""
    found = plan.facts.series("book_values", ("item", "vintage"), "cost_musd", where=("account", ACCELERATORS))
    if not found:
        return
    calendar, chosen = plan.facts.loaded.calendar, plan.case.settings.accelerator_years
    sheet.part("Accelerators by vintage: cost of the units that are held, and their depreciation")
    length = Number(MONTHS_OF_YEAR / calendar.months)
    in_a_year = sheet.add(Constant("Periods in a year", length, "periods", shape=FINE, is_input=True))
    opening = {(row.accelerator, row.in_service_since) for row in plan.case.opening_fleet}
    for (name, label), cost in found.items():
        years = plan.input("accelerators", name, column="life_years")
        years = years if chosen is None else plan.setting("accelerator_years")
        periods: Term = years * in_a_year
        title = f"{name} of {label}"
        if (name, label) in opening:
            age = Number(max(0, calendar.start_month - parse_label(label)[0]) / calendar.months)
            periods -= sheet.add(Constant(f"{title}: age at the start", age, "periods", shape=FINE, is_input=True))
        life = sheet.add(Constant(f"{title}: life left", largest(ONE, periods), "periods", shape=FINE))
        number = Number(max(0, plan.facts.period(label)) + 1.0)
        first = sheet.add(Constant(f"{title}: first period", number, "number", shape=PLAIN, is_input=True))
        held = sheet.add(LineItem(f"{title}: cost", cost, MUSD, "of units held", plan.money, Total.NONE))
        before = PeriodNumber() - first
        worn = _left(before, life) - _left(before + ONE, life)
        row = LineItem(f"{title}: depreciation", held * worn, MUSD, shape=plan.money)
        plan.items["depreciation", name, label] = sheet.add(row)


def _left(age: Term, life: Term) -> Term:
    return largest(ZERO, ONE - largest(ZERO, age) / life)


def _account(plan: PlanLines, sheet: LineSheet, kind: str) -> None:
    """Adds the corkscrew of an account: opening, what happens, closing."""
    given = {flow: _given(plan, "book_values", kind, f"{flow}_musd") for flow in FLOWS}
    if not any(any(values) for values in given.values()) and not _start(plan, "book_values", kind):
        return
    sheet.part(TITLES[kind])
    closing = LineItem("Closing", unit=MUSD, shape=plan.money, total=Total.NONE, is_strong=True)
    closing.start = _start(plan, "book_values", kind)
    opening = sheet.add(LineItem("Opening", Prior(closing), MUSD, shape=plan.money, total=Total.NONE))
    rows = {}
    for flow in FLOWS:
        source, note = _source(plan, kind, flow)
        line = LineItem(_LABELS[flow], given[flow] if source is None else source, MUSD, note, plan.money)
        rows[flow] = plan.items["account", kind, flow] = sheet.add(line)
    closing.source = opening + rows["paid"] + rows["received"] - rows["charged"] - rows["removed"]
    plan.items["account", kind, "closing"] = sheet.add(closing)
    values = _given(plan, "book_values", kind, "musd")
    plan_row = sheet.add(LineItem("Closing, by the plan", values, MUSD, "table book_values", plan.money, Total.NONE))
    label, note = f"Account {kind}: closing is the plan's", f"sheet {BOOKS}"
    sheet.must_agree(label, closing, plan_row, size_of(plan_row.over()), unit=MUSD, note=note)
    if kind == ACCELERATORS:
        values = _line(plan, "income_statement", "failed units")
        failed = LineItem("Of what is removed: units that failed", values, MUSD, "table income_statement", plan.money)
        plan.items["failed",] = sheet.add(failed)
    if kind == ORDERS:
        values = _line(plan, "balance_sheet", PAYABLES)
        row = LineItem("Payables for what has come", values, MUSD, "table balance_sheet", plan.money, Total.NONE)
        plan.items["payables",] = sheet.add(row)


def _line(plan: PlanLines, table: str, line: str) -> tuple[float | None, ...]:
    """Returns a line of a statement, by period."""
    series = plan.facts.series(table, ("line",), "musd", where=("line", line))
    return series.get((line,), (None,) * len(plan.facts.labels))


def _source(plan: PlanLines, kind: str, flow: str) -> tuple[Term | None, str]:
    """What a row of an account follows from; None where it is given by the plan."""
    if flow == "paid":
        rows = cash_rows(plan, kind)
        return (Added(rows), "sheet Cash") if rows else (None, "table book_values")
    before = {ACCELERATORS: ORDERS, POWER: CONSTRUCTION}
    if flow == "received" and kind in before:
        other = plan.items.get(("account", before[kind], "received"))
        return (None, "table book_values") if other is None else (-other, f"leaves {before[kind]}")
    if flow == "charged" and kind == ACCELERATORS:
        return Added(tuple(item for key, item in plan.items.items() if key[0] == "depreciation")), "by vintage"
    return None, "table book_values"


def _lease(plan: PlanLines, sheet: LineSheet, kind: str) -> None:
    """Adds the corkscrew of what is owed of leases."""
    flows = {"added": "New leases", "interest": "Interest", "paid": "Paid", "ended": "Ended early"}
    given = {flow: _given(plan, "lease_liabilities", kind, f"{flow}_musd") for flow in flows}
    if not any(any(values) for values in given.values()):
        return
    sheet.part(f"Lease liabilities: {kind}")
    closing = LineItem("Closing", unit=MUSD, shape=plan.money, total=Total.NONE, is_strong=True)
    closing.start = _start(plan, "lease_liabilities", kind)
    opening = sheet.add(LineItem("Opening", Prior(closing), MUSD, shape=plan.money, total=Total.NONE))
    rows = {}
    for flow, label in flows.items():
        line = LineItem(label, given[flow], MUSD, "table lease_liabilities", plan.money)
        rows[flow] = plan.items["lease", kind, flow] = sheet.add(line)
    closing.source = opening + rows["added"] + rows["interest"] - rows["paid"] - rows["ended"]
    plan.items["lease", kind, "closing"] = sheet.add(closing)


def _loans(plan: PlanLines, sheet: LineSheet) -> None:
    """Adds the corkscrew of loans: drawn and repaid as the sheet Cash has it."""
    rows = cash_rows(plan, LOANS)
    records = [row for row in plan.facts.records("financing") if plan.facts.period(str(row["period"])) == 0]
    start = sum(row["outstanding_musd"] - row["drawn_musd"] + row["repaid_musd"] for row in records)
    if not rows and not start:
        return
    sheet.part("Loans")
    closing = LineItem("Closing", unit=MUSD, shape=plan.money, total=Total.NONE, is_strong=True)
    closing.start = start
    opening = sheet.add(LineItem("Opening", Prior(closing), MUSD, shape=plan.money, total=Total.NONE))
    moved = sheet.add(LineItem("Drawn less repaid", -Added(rows), MUSD, "sheet Cash", plan.money))
    closing.source = opening + moved
    plan.items["loans", "closing"] = sheet.add(closing)
