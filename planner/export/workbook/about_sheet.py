"""The last sheet: what was planned, how, by which versions, and how to read the workbook."""

from __future__ import annotations

from collections.abc import Iterator

from planner.documents.xlsx.cell_style import WHOLE, CellKind, Look
from planner.documents.xlsx.time_sheet import LABEL, TOP, TimeSheet
from planner.export.workbook.plan_book import ABOUT, CHANGED, SOLVED, PlanBook

_WIDTHS = (30, 100)
HONEST = (
    "Decisions and cost lines are values of the plan; totals, slack, discounting and checks are formulas over them. "
    "The solver does not run again: after a changed input no figure here is one of a plan for it. Every sheet then "
    f"says '{CHANGED}', and after a changed value of the plan that a check fails; the hidden sheet '{SOLVED}' "
    "tells which cells.",
    "Cost lines are the ledger of the plan. A changed price or order shows in arrivals due, values at list prices "
    "and checks, not in the ledger's lines: put the inputs right in the case, and plan again.",
    "This workbook was not tested in Microsoft Office: LibreOffice and a formula engine stood in.",
    "Sheets are protected without a password, so that formulas are not overwritten by accident.",
)


def write_about(book: PlanBook) -> None:
    """Writes where the plan comes from, warnings and the legend."""
    page = book.pages[ABOUT]
    book.titles(page, "About this workbook")
    for column, width in enumerate(_WIDTHS):
        page.sheet.set_column(column, column, width)
    page.row = TOP - 2
    for title, rows in (("Run", _run(book)), ("Solver", _solver(book)), ("Versions", _versions(book))):
        _head(page, title)
        for label, text in rows:
            page.text(page.row, LABEL, label, Look.LABEL)
            page.text(page.row, 1, text, Look.WORDS)
            page.make_room(page.row, [(text, _WIDTHS[1])])
            page.row += 1
    _warnings(book, page)
    _head(page, "How to read it")
    for sentence in HONEST:
        page.text(page.row, 1, sentence, Look.WORDS)
        page.make_room(page.row, [(sentence, _WIDTHS[1])])
        page.row += 1
    _legend(book, page)
    page.sheet.print_area(0, 0, page.row - 1, 1)


def _head(page: TimeSheet, title: str) -> None:
    page.row += 1
    page.text(page.row, LABEL, title, Look.SECTION)
    page.text(page.row, 1, "", Look.SECTION)
    page.row += 1


def _run(book: PlanBook) -> Iterator[tuple[str, str]]:
    loaded = book.facts.loaded
    manifest, settings = loaded.manifest, loaded.case.settings
    yield "Case", settings.name
    yield "Run", loaded.name
    yield "Command", str(manifest.get("command", ""))
    yield "Money", f"USD million, {settings.currency_basis}, discounted at {100 * settings.discount_rate:g} % a year"
    yield "Discounting", "flows from the middle of their period, the value left from the end of the last optimised one"
    yield (
        "Periods",
        f"{settings.periods} of one {settings.period} from {settings.start}, lookahead {settings.lookahead_periods}",
    )
    yield "Hash of the inputs", loaded.read.case_hash
    if book.facts.is_branching:
        yield "Futures", "several: amounts are expected values over the scenarios"


def _solver(book: PlanBook) -> Iterator[tuple[str, str]]:
    manifest = book.facts.loaded.manifest
    gap, bound = manifest.get("gap"), manifest.get("bound_musd")
    yield "Status", f"{manifest.get('status', '')}, stopped by {manifest.get('stop', '')}"
    yield "Objective", f"{float(manifest.get('objective_musd') or 0.0):,.6f} USD million"
    if gap is not None and bound is not None:
        yield "Least possible", f"{float(bound):,.6f} USD million"
        yield "Gap", f"{100 * float(gap):.4g} %, {float(manifest.get('gap_musd') or 0.0):,.3f} USD million"
    solver = manifest.get("solver") or {}
    yield "Solver", f"{solver.get('name', '')}, {solver.get('version', '')}"
    yield "Detail", str(manifest.get("detail", ""))
    second = manifest.get("second_solver") or {}
    if second:
        yield "Second solver", str(second.get("text", ""))
    check = manifest.get("check") or {}
    passed = "passed" if check.get("passed") else "not passed"
    yield "Independent check", f"{passed}, {check.get('comparisons', 0):,} comparisons"


def _versions(book: PlanBook) -> Iterator[tuple[str, str]]:
    manifest = book.facts.loaded.manifest
    yield "fleetplan", str(manifest.get("fleetplan_version", ""))
    yield "Schema of the inputs", str(manifest.get("schema_version", ""))
    platform = manifest.get("platform") or {}
    yield "Platform", f"{platform.get('system', '')}, Python {platform.get('python', '')}"
    for name, version in (manifest.get("packages") or {}).items():
        yield str(name), str(version or "not installed")


def _warnings(book: PlanBook, page: TimeSheet) -> None:
    _head(page, "Warnings about the inputs")
    found = [str(text) for text in book.facts.loaded.manifest.get("warnings") or []]
    for text in found or ["None."]:
        page.text(page.row, 1, text, Look.WORDS)
        page.make_room(page.row, [(text, _WIDTHS[1])])
        page.row += 1


def _legend(book: PlanBook, page: TimeSheet) -> None:
    _head(page, "Legend")
    meanings = {
        CellKind.INPUT: "an input of the case, or a constant",
        CellKind.PLAN: "a value of the plan: a decision, or a figure of the solver or the ledger",
        CellKind.CALC: "a formula over cells of its sheet",
        CellKind.LINK: "a formula that reads other sheets",
    }
    for kind, meaning in meanings.items():
        form = book.formats.number(kind, WHOLE)
        page.sheet.write_number(page.row, LABEL, 1234, form)
        page.text(page.row, 1, meaning, Look.WORDS)
        page.row += 1
    page.sheet.write_number(page.row, LABEL, -1234, book.formats.number(CellKind.CALC, WHOLE))
    page.text(page.row, 1, "brackets: below zero (income where the line is a cost); a dash is zero", Look.WORDS)
    page.row += 1
