"""The sheet of checks: figures of the plan, live copies of its main requirements, and the one overall flag."""

from __future__ import annotations

from planner.documents.xlsx.cell_style import FINE, SHARE, TINY, VERDICT, CellKind, Look
from planner.documents.xlsx.time_sheet import FIRST, LABEL, TOTAL, Cell, TimeSheet
from planner.documents.xlsx.workbook_writing import FAILS, HOLDS
from planner.export.workbook.as_solved_sheet import changed
from planner.export.workbook.plan_book import (
    CHANGED,
    CHECK_COLUMNS,
    CHECKS,
    OVERALL_ROW,
    SOLVED,
    Check,
    PlanBook,
)

TOLERANCE = 1e-6
LEAST_SIZE = 1.0


def begin_checks(book: PlanBook) -> None:
    """Writes the figures that the plan came with; the other sheets are compared with them."""
    page = book.begin(
        CHECKS,
        "Checks: do workbook, ledger and solver agree, and does the plan keep its rules",
        "Difference, or figure",
    )
    manifest = book.facts.loaded.manifest
    page.row = OVERALL_ROW + 1
    book.cells[("tolerance",)] = page.constant(
        "Allowed difference", TOLERANCE, unit="of the size", numbers=TINY, note="as in the independent check"
    )
    book.cells[("least size",)] = page.constant("Size of what is next to nothing", LEAST_SIZE, numbers=FINE)
    page.section("What the plan came with")
    objective = float(manifest.get("objective_musd") or 0.0)
    book.cells[("objective",)] = page.constant(
        "Objective of the solver", objective, unit="USD million", kind=CellKind.PLAN, numbers=FINE, note="manifest.json"
    )
    records = book.facts.records("costs")
    ledger = sum(float(row["discounted_musd"]) * book.facts.weight(row) for row in records)
    book.cells[("ledger",)] = page.constant(
        "Ledger: all discounted lines", ledger, unit="USD million", kind=CellKind.PLAN, numbers=FINE, note="table costs"
    )
    for row in book.facts.records("key_figures"):
        if row["value"] is None:
            continue
        unit = str(row["unit"])
        numbers = SHARE if unit == "fraction" else FINE
        book.cells["figure", str(row["name"])] = page.constant(
            str(row["name"]), float(row["value"]), unit=unit, kind=CellKind.PLAN, numbers=numbers,
            note=f"table key_figures, {row['periods']} periods",
        )  # fmt: skip


def finish_checks(book: PlanBook) -> str:
    """Writes the master check, every other check and the overall flag; returns the words of the flag."""
    page = book.pages[CHECKS]
    page.section("Master check: inputs, workbook, ledger and solver")
    first = page.row
    holds = [_check(book, page, check) for check in [*_as_solved(), *_master(book)]]
    page.section("The rules of the plan, computed here")
    rules = page.row
    holds += [_check(book, page, check) for check in book.checks]
    after_rules = page.row - 1
    every = f"{holds[0].on(CHECKS)}:{holds[-1].on(CHECKS)}"
    _independent(book, page)
    overall = min(cell.value for cell in holds)
    row, after = OVERALL_ROW, page.row
    page.row = row
    flag = page.constant(
        "Overall", overall, kind=CellKind.CALC, numbers=VERDICT, formula=f"MIN({every})", is_strong=True,
        note=f"{len(holds)} checks, from row {first + 1} on",
    )  # fmt: skip
    page.row = after
    words = HOLDS if overall else FAILS
    form = book.formats.text(Look.FLAG)
    told = f'IF({flag.on(CHECKS)}=1,"{HOLDS}","{FAILS}")'
    # An edited tolerance is an edited input too, so what is counted here does not go by it.
    formula = f'=IF({changed(CellKind.INPUT).on(CHECKS)}>0,"{CHANGED}",{told})'
    page.sheet.write_formula(2, LABEL, formula, form, words)
    last = FIRST + CHECK_COLUMNS.index("holds")
    alarm = {"type": "cell", "criteria": "==", "value": 0, "format": book.formats.alarm()}
    page.sheet.conditional_format(first, last, rules - 2, last, alarm)
    page.sheet.conditional_format(rules, last, after_rules, last, alarm)
    return words


def _as_solved() -> list[Check]:
    """Returns the checks that inputs and values of the plan are still those with which it was solved."""
    return [
        Check(label, "cells changed", f"hidden sheet {SOLVED}", changed(kind).on(CHECKS), 0.0, 1.0)
        for label, kind in (("Inputs as they were solved", CellKind.INPUT), ("Plan as it was solved", CellKind.PLAN))
    ]


def _master(book: PlanBook) -> list[Check]:
    npc, ledger, objective = (book.cells[(name,)] for name in ("npc", "ledger", "objective"))
    case = book.facts.loaded.case
    pairs = [("Workbook and ledger: net present cost", npc, ledger)]
    if not (book.facts.is_branching and case.settings.risk_aversion):
        # With aversion to risk on several futures the solver minimises more than the expected cost.
        pairs += [
            ("Workbook and solver: net present cost", npc, objective),
            ("Ledger and solver: net present cost", ledger, objective),
        ]
    return [
        Check(label, "USD million", "sheet Cash", f"{one.on(CHECKS)}-{other.on(CHECKS)}", one.value - other.value, one)
        for label, one, other in pairs
    ]


def _check(book: PlanBook, page: TimeSheet, check: Check) -> Cell:
    row = page.row
    page.begin_row(check.label, check.unit, check.note)
    difference = page.cell(row, TOTAL, check.formula, check.difference, numbers=TINY, kind=CellKind.LINK)
    if isinstance(check.size, Cell):
        size = page.cell(row, FIRST, check.size.on(CHECKS), check.size.value, numbers=FINE, kind=CellKind.LINK)
    else:
        size = page.number(row, FIRST, check.size, numbers=FINE)
    tolerance, least = book.cells[("tolerance",)], book.cells[("least size",)]
    allowed = page.cell(
        row, FIRST + 1, f"{tolerance.on(CHECKS)}*MAX({least.on(CHECKS)},ABS({size.on(CHECKS)}))",
        tolerance.value * max(least.value, abs(size.value)), numbers=TINY,
    )  # fmt: skip
    holds = 1.0 if abs(difference.value) <= allowed.value else 0.0
    return page.cell(
        row, FIRST + 2, f"IF(ABS({difference.on(CHECKS)})<={allowed.on(CHECKS)},1,0)", holds, numbers=VERDICT
    )


def _independent(book: PlanBook, page: TimeSheet) -> None:
    """Writes what the independent check of the plan has compared, before it was written."""
    check = book.facts.loaded.manifest.get("check") or {}
    page.section("The independent check of the plan, outside this workbook")
    passed = "passed" if check.get("passed") else "NOT PASSED"
    page.says(
        f"{passed}: {check.get('comparisons', 0):,} comparisons of {len(check.get('requirements', {}))} requirements"
    )
    for name, count in (check.get("requirements") or {}).items():
        page.constant(str(name), float(count), unit="comparisons", kind=CellKind.PLAN)
