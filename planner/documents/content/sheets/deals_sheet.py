"""The sheet of tape-outs and deals: programmes, acquisitions, agreements and power expansions over time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from planner.documents.cell_text import TENTHS
from planner.documents.content.sheets.plan_lines import DEALS, MUSD, PlanLines
from planner.documents.content.sheets.series_by_period import PeriodSeries
from planner.documents.formula_terms import Number
from planner.documents.line_items import Constant, LineItem, Prior, Total
from planner.documents.live_workbook import EventRow, LineSheet
from planner.results.decisions_table import closing_words, reached
from planner.results.milestones import failure_of

Words = dict[int, tuple[str, bool]]
"""By period a word, and whether it is an event (else it lasts)."""
Record = Mapping[str, Any]


def add_deals(plan: PlanLines) -> None:
    """Adds what is started, bought, signed and built, and when it works."""
    sheet = plan.sheet(DEALS, "Tape-outs and deals: programmes, acquisitions, agreements, power")
    for title, nothing, table in (
        ("Chip programmes", "No programme is started.", "tape_outs"),
        ("Acquisitions", "No company is bought.", "acquisitions"),
        ("Supply agreements", "No agreement is signed.", "agreements"),
    ):
        sheet.part(title)
        events = events_of(plan, table)
        sheet.rows += events
        if not events:
            sheet.remark(nothing)
    _prices(plan, sheet)
    _expansions(plan, sheet)


def events_of(plan: PlanLines, table: str) -> list[EventRow]:
    """Returns a row of words over time for each row of the table of tape-outs, acquisitions or agreements."""
    make = {"tape_outs": _tape_out, "acquisitions": _acquisition, "agreements": _agreement}[table]
    return [make(plan, row) for row in plan.facts.records(table)]


def _tape_out(plan: PlanLines, row: Record) -> EventRow:
    period = plan.facts.period
    start, tape_out, ready = period(row["start"]), period(row["tape_out"]), period(row["ready"])
    fails = None if row["ready"] else _failure(plan, row["programme"], start)
    events = _spell(plan, start, tape_out, "design")
    events |= _spell(plan, tape_out, ready if fails is None else fails, "to volume")
    events |= _spell(plan, ready, len(plan.facts.labels), "in volume")
    events |= {ready: ("ready", True), tape_out: ("tape-out", True), start: ("start", True)}
    if start == tape_out:
        events[start] = ("start, tape-out", True)
    _fail(events, fails)
    note = f"start {row['start']}, tape-out {row['tape_out']}, {reached('ready', row['ready'])}"
    return EventRow(f"{row['programme']} by {row['route']}", events, note)


def _acquisition(plan: PlanLines, row: Record) -> EventRow:
    signed, closed, owned = (plan.facts.period(row[name]) for name in ("signed", "closed", "owned"))
    fails = None if row["owned"] else _failure(plan, row["acquisition"], signed)
    last = owned if fails is None else fails
    events = _spell(plan, signed, min(closed, last), "closing") | _spell(plan, closed, last, "integrating")
    events |= _spell(plan, owned, len(plan.facts.labels), "owned")
    events |= {owned: ("owned", True), closed: ("close" if closed < owned else "owned", True), signed: ("sign", True)}
    _fail(events, fails)
    return EventRow(str(row["acquisition"]), events, f"sign {row['signed']}, {closing_words(row)}")


def _failure(plan: PlanLines, item: str, begun: int) -> int:
    """Returns the period in which what was begun turns out to fail; after the plan where the case has none."""
    found = failure_of(plan.case, plan.facts.loaded.calendar, item)
    return len(plan.facts.labels) if found is None else max(found, begun)


def _fail(events: Words, period: int | None) -> None:
    if period is not None:
        word, is_event = events.get(period, ("", False))
        events[period] = (f"{word}, fails" if is_event else "fails", True)


def _agreement(plan: PlanLines, row: Record) -> EventRow:
    signed, first, last = (plan.facts.period(row[name]) for name in ("signed", "live_from", "live_to"))
    events = _spell(plan, signed, first, "waiting") | _spell(plan, first, last + 1, "live") | {signed: ("sign", True)}
    note = f"sign {row['signed']}, live {row['live_from']} to {row['live_to']}"
    return EventRow(str(row["agreement"]), events, note)


def _spell(plan: PlanLines, first: int, end: int, word: str) -> Words:
    return {index: (word, False) for index in range(max(first, 0), min(end, len(plan.facts.labels)))}


def _prices(plan: PlanLines, sheet: LineSheet) -> None:
    """Adds the prices of what is signed."""
    bought = plan.facts.records("acquisitions")
    if bought:
        sheet.part("Price of acquisitions at signing")
    for row in bought:
        name, price = str(row["acquisition"]), Number(float(row["price_musd"]))
        price_row = Constant(name, price, MUSD, f"signed {row['signed']}", plan.money)
        plan.constants["price", name] = sheet.add(price_row)
    signed = list(dict.fromkeys(str(row["agreement"]) for row in plan.facts.records("agreements")))
    if signed:
        sheet.part("Prepayment of agreements")
    for name in signed:
        paid = plan.input("agreements", name, column="prepayment_musd")
        plan.constants["price", name] = sheet.add(Constant(name, paid, MUSD, shape=plan.money))


def _after_term(facts: PeriodSeries, row: Record) -> str:
    """The first period without the modules of a row whose term ends; blank where it has no end."""
    return facts.loaded.calendar.label_of(facts.period(str(row["ends"])) + 1) if row["ends"] else ""


def _expansions(plan: PlanLines, sheet: LineSheet) -> None:
    """Adds modules ordered and energised, as a corkscrew of the power that is added."""
    facts = plan.facts
    ordered = facts.series("expansions", ("expansion", "site"), "modules")
    energised = facts.series("expansions", ("expansion", "site"), "modules", when="energised")
    ends = facts.series("expansions", ("expansion", "site"), "modules", when=partial(_after_term, facts))
    if not ordered:
        sheet.part("Power expansions")
        sheet.remark("No power is added.")
    for (name, site), modules in ordered.items():
        sheet.part(f"{name} at {site}")
        order = sheet.add(LineItem("Modules ordered (decision)", modules, "modules"))
        power = plan.input("expansions", name, column="module_mw")
        cost = plan.input("expansions", name, column="cost_musd_per_module")
        mw = sheet.add(Constant("Power of a module", power, "MW facility", shape=TENTHS))
        price = sheet.add(Constant("Cost of a module", cost, MUSD, shape=TENTHS))
        item = sheet.add(LineItem("Power ordered", order * mw, "MW facility", shape=TENTHS))
        plan.items["expansion mw", name] = item
        item = sheet.add(LineItem("Cost of what is ordered", order * price, MUSD, shape=plan.money))
        plan.items["expansion cost", name] = item
        fails = any(row["expansion"] == name and not row["energised"] for row in facts.records("expansions"))
        note = f"{'some ' * any(energised[name, site])}{reached('energised', '')}" if fails else ""
        on = sheet.add(LineItem("Modules energised", energised[name, site], "modules", note))
        start = sum(
            float(row["modules"])
            for row in facts.records("expansions")
            if row["expansion"] == name and facts.period(row["energised"]) < 0
        )
        working = LineItem("Modules at work", unit="modules", total=Total.NONE, start=start)
        ended = ends.get((name, site), ())
        gone = sheet.add(LineItem("Modules at the end of their term", ended, "modules")) if any(ended) else None
        working.source = Prior(working) + on if gone is None else Prior(working) + on - gone
        sheet.add(working)
        added = LineItem("Power added", working * mw, "MW facility", shape=TENTHS, total=Total.NONE, is_strong=True)
        plan.items["energised", site, name] = sheet.add(added)
