"""The sheet of tape-outs and deals: programmes, acquisitions, agreements and power expansions over time."""

from __future__ import annotations

from typing import Any

from planner.documents.xlsx.cell_style import TENTHS, WHOLE, CellKind
from planner.documents.xlsx.line_formulas import times
from planner.documents.xlsx.time_sheet import Sum, TimeSheet
from planner.export.workbook.plan_book import DEALS, PlanBook
from planner.results.decisions_table import closing_words, reached
from planner.results.milestones import failure_of

Events = dict[int, tuple[str, bool]]


def write_deals(book: PlanBook) -> None:
    """Writes what is started, bought, signed and built, and when it works."""
    page = book.begin(DEALS, "Tape-outs and deals: programmes, acquisitions, agreements, power")
    for title, nothing, table, found in (
        ("Chip programmes", "No programme is started.", "tape_outs", tape_out_events),
        ("Acquisitions", "No company is bought.", "acquisitions", acquisition_events),
        ("Supply agreements", "No agreement is signed.", "agreements", agreement_events),
    ):
        page.section(title)
        rows = book.facts.records(table)
        for row in rows:
            label, note, events = found(book, row)
            page.events(label, events, note=note)
        if not rows:
            page.says(nothing)
    _prices(book, page)
    _expansions(book, page)


def tape_out_events(book: PlanBook, row: dict[str, Any]) -> tuple[str, str, Events]:
    """Returns label, note and words over time of a programme."""
    period = book.facts.period
    start, tape_out, ready = period(row["start"]), period(row["tape_out"]), period(row["ready"])
    fails = None if row["ready"] else _failure(book, row["programme"], start)
    events = _spell(book, start, tape_out, "design")
    events |= _spell(book, tape_out, ready if fails is None else fails, "to volume")
    events |= _spell(book, ready, len(book.facts.labels), "in volume")
    events |= {ready: ("ready", True), tape_out: ("tape-out", True), start: ("start", True)}
    if start == tape_out:
        events[start] = ("start, tape-out", True)
    _fail(events, fails)
    note = f"start {row['start']}, tape-out {row['tape_out']}, {reached('ready', row['ready'])}"
    return f"{row['programme']} by {row['route']}", note, events


def acquisition_events(book: PlanBook, row: dict[str, Any]) -> tuple[str, str, Events]:
    """Returns label, note and words over time of an acquisition."""
    signed, closed, owned = (book.facts.period(row[name]) for name in ("signed", "closed", "owned"))
    fails = None if row["owned"] else _failure(book, row["acquisition"], signed)
    last = owned if fails is None else fails
    events = _spell(book, signed, min(closed, last), "closing") | _spell(book, closed, last, "integrating")
    events |= _spell(book, owned, len(book.facts.labels), "owned")
    events |= {owned: ("owned", True), closed: ("close" if closed < owned else "owned", True), signed: ("sign", True)}
    _fail(events, fails)
    return str(row["acquisition"]), f"sign {row['signed']}, {closing_words(row)}", events


def _failure(book: PlanBook, item: str, begun: int) -> int:
    """Returns the period in which what was begun turns out to fail; after the plan where the case does not say."""
    found = failure_of(book.facts.loaded.case, book.facts.loaded.calendar, item)
    return len(book.facts.labels) if found is None else max(found, begun)


def _fail(events: Events, period: int | None) -> None:
    if period is not None:
        word, is_event = events.get(period, ("", False))
        events[period] = (f"{word}, fails" if is_event else "fails", True)


def agreement_events(book: PlanBook, row: dict[str, Any]) -> tuple[str, str, Events]:
    """Returns label, note and words over time of an agreement."""
    signed, first, last = (book.facts.period(row[name]) for name in ("signed", "live_from", "live_to"))
    events = _spell(book, signed, first, "waiting") | _spell(book, first, last + 1, "live") | {signed: ("sign", True)}
    return str(row["agreement"]), f"sign {row['signed']}, live {row['live_from']} to {row['live_to']}", events


def _spell(book: PlanBook, first: int, end: int, word: str) -> Events:
    return {index: (word, False) for index in range(max(first, 0), min(end, len(book.facts.labels)))}


def _prices(book: PlanBook, page: TimeSheet) -> None:
    """Writes the prices of what is signed."""
    deals = [(row, "acquisition", "Price at signing") for row in book.facts.records("acquisitions")]
    if deals:
        page.section("Price of acquisitions at signing")
        for row, kind, _ in deals:
            cell = page.constant(
                str(row[kind]), float(row["price_musd"]), unit="USD million", kind=CellKind.PLAN, numbers=book.money,
                note=f"signed {row['signed']}",
            )  # fmt: skip
            book.cells["price", str(row[kind])] = cell
    signed = list(dict.fromkeys(str(row["agreement"]) for row in book.facts.records("agreements")))
    if signed:
        page.section("Prepayment of agreements")
        for name in signed:
            source = book.cells["assumptions", "agreements", name, "prepayment_musd"]
            book.cells["price", name] = page.constant(
                name, source.value, unit="USD million", kind=CellKind.LINK, formula=source.on(DEALS), numbers=book.money
            )


def _expansions(book: PlanBook, page: TimeSheet) -> None:
    """Writes modules ordered and energised, as a corkscrew of the power that is added."""
    facts = book.facts
    ordered = facts.series("expansions", ("expansion", "site"), "modules")
    energised = facts.series("expansions", ("expansion", "site"), "modules", when="energised")
    if not ordered:
        page.section("Power expansions")
        page.says("No power is added.")
    for (name, site), modules in ordered.items():
        page.section(f"{name} at {site}")
        order = page.values("Modules ordered (decision)", modules, unit="modules")
        power = book.cells["assumptions", "expansions", name, "module_mw"]
        cost = book.cells["assumptions", "expansions", name, "cost_musd_per_module"]
        mw = page.constant(
            "Power of a module",
            power.value,
            unit="MW facility",
            kind=CellKind.LINK,
            formula=power.on(DEALS),
            numbers=TENTHS,
        )
        price = page.constant(
            "Cost of a module",
            cost.value,
            unit="USD million",
            kind=CellKind.LINK,
            formula=cost.on(DEALS),
            numbers=TENTHS,
        )
        book.lines["expansion mw", name] = page.formula(
            "Power ordered", times([order, mw], DEALS),
            [value * mw.value for value in order.values], unit="MW facility", numbers=TENTHS,
        )  # fmt: skip
        book.lines["expansion cost", name] = page.formula(
            "Cost of what is ordered", times([order, price], DEALS),
            [value * price.value for value in order.values], unit="USD million", numbers=book.money,
        )  # fmt: skip
        fails = any(row["expansion"] == name and not row["energised"] for row in facts.records("expansions"))
        note = f"{'some ' * any(energised[name, site])}{reached('energised', '')}" if fails else ""
        on = page.values("Modules energised", energised[name, site], unit="modules", numbers=WHOLE, note=note)
        _running(book, page, name, site, on.row, on.values, mw.value, mw.on(DEALS))


def _running(
    book: PlanBook, page: TimeSheet, name: str, site: str, row: int, added: tuple[float, ...], each: float, mw: str
) -> None:
    """Writes modules and power at work: opening, energised, closing."""
    start = sum(
        float(found["modules"]) * book.facts.weight(found)
        for found in book.facts.records("expansions")
        if found["expansion"] == name and book.facts.period(found["energised"]) < 0
    )
    closing = [start + sum(added[: index + 1]) for index in range(len(added))]
    page.formula(
        "Modules at work", lambda here, before: f"{before}{row + 2}+{here}{row + 1}", closing, unit="modules",
        total=Sum.NONE, before=start,
    )  # fmt: skip
    book.lines["energised", site, name] = page.formula(
        "Power added", lambda here, _: f"{here}{row + 2}*{mw}", [value * each for value in closing],
        unit="MW facility", total=Sum.NONE, numbers=TENTHS, is_strong=True,
    )  # fmt: skip
